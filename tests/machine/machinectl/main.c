// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machinectl.h"

static const struct {
	const char *name;
	int (*function)(struct context *ctx, int argc, char **argv);
	const char *arguments, *description;
} commands[] = {
	{ "status", command_status, "", "state of platform, RMP, guests and ASIDs" },
	{ "counters", command_counters, "[--clean]",
	  "what was counted; --clean: exit with 1 if there is anything against the host" },
	{ "census", command_census, "", "pages of the RMP by state" },
	{ "events", command_events, "[--follow]", "forbidden touches and offences; --follow: live" },
	{ "faults", command_faults, "list | add OBJECT | clear [ID]",
	  "what shall go wrong; OBJECT is JSON, see docs/machine.md" },
	{ "snapshot", command_snapshot, "NAME", "remember the present state" },
	{ "diff", command_diff, "FROM [TO]", "what has changed since a snapshot, or between two" },
	{ "mark", command_mark, "[N]", "tell the machine that a moment has come" },
	{ "reset-counters", command_reset_counters, "", "forget what was counted" },
	{ "reset", command_reset, "", "a hard reset, as by its button" },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int help(FILE *to, int rc)
{
	fputs("usage: " MACHINECTL " [--socket SOCKET] [--json] COMMAND [ARGUMENT]...\n\n"
	      "Asks an emulated SNP host (docs/machine.md).\n\n", to);
	for (size_t i = 0; i < NR_COMMANDS; i++)
		fprintf(to, "  %s %s\n        %s\n", commands[i].name, commands[i].arguments,
			commands[i].description);
	fputs("\n  -s, --socket SOCKET  the machine's control or observer socket\n"
	      "                       (or in the environment: MACHINE_CONTROL)\n"
	      "  -j, --json           print what the machine answers, one object a line\n"
	      "  -h, --help           this text\n\n"
	      "Exit codes: 0 done; 1 the machine refused, or --clean found something;\n"
	      "2 could not ask: wrong usage, no machine, no answer\n", to);
	return rc;
}

int usage_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs(MACHINECTL ": ", stderr);
	vfprintf(stderr, format, args);
	fputs("; try: " MACHINECTL " --help\n", stderr);
	va_end(args);
	return EXIT_UNABLE;
}

/* json_print() - as the machine said it */
void json_print(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *socket = getenv("MACHINE_CONTROL");
	struct context ctx = { .json = false };
	size_t i;
	int c, rc;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "+s:jh", options, NULL)) != -1) {
		if (c == 's')
			socket = optarg;
		else if (c == 'j')
			ctx.json = true;
		else if (c == 'h')
			return help(stdout, EXIT_DONE);
		else
			return usage_error("no such option, or without its value: %s",
					   argv[optind - 1]);
	}
	if (optind == argc)
		return help(stderr, EXIT_UNABLE);
	for (i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(argv[optind], commands[i].name))
			break;
	if (i == NR_COMMANDS)
		return usage_error("no such command: %s", argv[optind]);
	if (!socket)
		return usage_error("which machine? --socket SOCKET is needed");
	if (link_open(&ctx.link, socket))
		return EXIT_UNABLE;
	ctx.command = argv[optind];
	setvbuf(stdout, NULL, _IOLBF, 0);
	rc = commands[i].function(&ctx, argc - optind, argv + optind);
	free(ctx.link.buf);
	if (fflush(stdout) || ferror(stdout)) {
		perror(MACHINECTL ": standard output");
		return EXIT_UNABLE;
	}
	return rc;
}
