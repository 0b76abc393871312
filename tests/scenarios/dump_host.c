// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "dump.h"
#include "firmware.h"

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
