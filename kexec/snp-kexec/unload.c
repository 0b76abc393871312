// SPDX-License-Identifier: GPL-2.0-only
#include "os.h"
#include "zone.h"

static const char help[] =
"Usage: snp-kexec unload\n"
"\n"
"Forget the loaded kernel, also one that kexec(8) loaded, and what the landing\n"
"zone holds. Does nothing if there is none.\n";

/** command_unload() - see help */
int command_unload(struct context *c, int argc, char **argv)
{
	int done = parse_no_arguments(c, argc, argv, help);
	const char *why;
	struct zone z;

	if (done != PARSE_ON)
		return done;
	command_begin(c, "unload");
	why = os_refusal(c->ccp_ext);
	if (why)
		fail(&c->report, "unload: %s", why);
	else if (host_has_module(c) && zone_lock(c, &z)) {
		zone_clear(c);
		zone_unlock(&z);
	}
	put_verdict(&c->report, c->report.verdict == VERDICT_SAFE ?
		    "no kernel is loaded" : "could not unload");
	return report_end(&c->report);
}
