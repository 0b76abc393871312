// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tap.h"

static unsigned int planned, done, failed;

void tap_plan(unsigned int count)
{
	planned = count;
	printf("1..%u\n", count);
	fflush(stdout);
}

bool tap_result(bool ok, const char *name)
{
	done++;
	failed += !ok;
	printf("%sok %u - %s\n", ok ? "" : "not ", done, name);
	fflush(stdout);
	return ok;
}

void tap_note(const char *format, ...)
{
	char text[4096], *line, *rest = text;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	while ((line = strsep(&rest, "\n")))
		if (*line)
			printf("# %s\n", line);
	fflush(stdout);
}

int tap_exit_status(void)
{
	return failed || done != planned;
}
