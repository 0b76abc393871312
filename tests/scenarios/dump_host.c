// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "dump.h"
#include "firmware.h"
#include "kdump.h"

#define OUT	"/dev/vdc"
#define DUMP_S	300

bool on_host(struct run *r, int rc, const char *format, ...)
{
	const char *build = getenv("BUILD");
	char command[1024], line[2048];
	va_list args;
	size_t size;
	int status;
	FILE *f;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	snprintf(line, sizeof(line), "RMPCTL=$(realpath '%s/bin/rmpctl'); cd '%s' && { %s; } 2>host.err",
		 build && *build ? build : "build", r->machine.logs, command);
	fflush(stdout);
	f = popen(line, "r");
	if (!f)
		return fail(r, "no shell");
	size = fread(r->output, 1, sizeof(r->output) - 1, f);
	r->output[size] = '\0';
	/* a pipe that is shut makes the command die of it, and be blamed */
	while (fread(line, 1, sizeof(line), f) > 0)
		;
	status = pclose(f);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != rc)
		return fail(r, "\"%s\" ended with %#x instead of %d (%s/host.err): %.400s", command, status, rc,
			    r->machine.logs, r->output);
	return true;
}

/* By makedumpfile as a stream, which ends where it says so, onto the disk; and from there to a file on this side. */
bool dump_to_disk(struct run *r, const char *words, const char *name)
{
	return kdump_tools(r) &&
	       inside(r, DUMP_S, "/tools/makedumpfile-1.7.6 -F %s /proc/vmcore 2>/run/dump | dd of=" OUT " bs=64k conv=fsync "
				 "2>/run/dd; grep -q 'makedumpfile Completed' /run/dump || { tail -n 5 /run/dump; exit 1; }", words) &&
	       on_host(r, 0, "rm -rf tools && mkdir tools && tar -xf ../../" KDUMP_DISK " -C tools && rm -f %s && "
			     "timeout 120 tools/makedumpfile-1.7.6 -R %s <disk >/dev/null && rm -r tools", name, name);
}

/* The list of pages may be longer than what is kept of a command's output. */
struct json_object *dump_audit(struct run *r, int rc, const char *words)
{
	struct json_object *audit;
	char path[512];

	if (!on_host(r, rc, "$RMPCTL vmcore audit --json %s >audit.json", words))
		return NULL;
	snprintf(path, sizeof(path), "%s/audit.json", r->machine.logs);
	audit = json_object_from_file(path);
	if (!audit)
		fail(r, "%s is no JSON", path);
	return audit;
}

long long dump_number(struct json_object *audit, const char *of, const char *key)
{
	struct json_object *o = of ? firmware_member(audit, of) : audit;

	return o ? json_object_get_int64(firmware_member(o, key)) : 0;
}
