// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <stdio.h>
#include <unistd.h>

#include "jump.h"
#include "os.h"
#include "zone.h"

static const char help[] =
"Usage: snp-kexec exec\n"
"\n"
"Check as status does, write the file systems' buffers to disk and jump into the\n"
"loaded kernel at once: services are not stopped. Guests end as ccp_ext's policy\n"
"says. There is no option to jump when it is not safe: what happens if it turns\n"
"out later, in the kernel, is ccp_ext's parameter on_unsafe.\n";

static void jump(struct context *c)
{
	int err;

	sync();
	put_verdict(&c->report, "jumping");
	fflush(stdout);
	err = os_kexec_reboot();
	fail(&c->report, "reboot: %s; the loaded kernel was not started: is CAP_SYS_BOOT missing?",
	     strerror(-err));
}

/** command_exec() - see help; returns only if it did not jump */
int command_exec(struct context *c, int argc, char **argv)
{
	int done = parse_no_arguments(c, argc, argv, help);
	const char *why;
	struct zone z;
	struct jump j;

	if (done != PARSE_ON)
		return done;
	command_begin(c, "exec");
	why = os_refusal(c->ccp_ext);
	if (why)
		fail(&c->report, "exec: %s", why);
	/* The lock keeps a load from changing what was just judged. */
	else if (host_has_module(c) && zone_lock(c, &z)) {
		jump_read(c, &j);
		jump_check(c, &j);
		jump_free(&j);
		if (c->report.verdict == VERDICT_SAFE)
			jump(c);
		zone_unlock(&z);
	}
	put_verdict(&c->report, "did not jump");
	return report_end(&c->report);
}
