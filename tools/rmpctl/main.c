// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "find.h"
#include "rmpctl.h"

#define SYSFS	"/sys/kernel/ccp_ext/"

static const struct {
	const char *name;
	int (*function)(int argc, char **argv);
	const char *description;
} commands[] = {
	{ "show", command_show, "Print what a blob says" },
	{ "check", command_check, "Say whether a next kernel would accept a blob" },
	{ "map", command_map, "Draw physical memory by page state" },
	{ "vmcore", command_vmcore, "Say what of guests is in a dump, or leave it out" },
	{ "metrics", command_metrics, "Print the host's state for Prometheus" },
	{ "watch", command_watch, "Show the host's state, again and again" },
};

#define NR_COMMANDS	(sizeof(commands) / sizeof(commands[0]))

static void print_help(void)
{
	size_t i;

	fputs("Usage: rmpctl COMMAND [OPTION]... [FILE|-]\n\n"
	      "Reads hand-over blobs: what one kernel leaves in memory for the next about\n"
	      "SEV, SEV-ES and SEV-SNP (docs/format.md).\n\n"
	      "Commands:\n", stdout);
	for (i = 0; i < NR_COMMANDS; i++)
		printf("  %-7s  %s\n", commands[i].name, commands[i].description);
	fputs("\nOptions:\n"
	      "      --incoming  what the previous kernel left: " SYSFS "incoming\n"
	      "      --handover ADDR  where in a dump the hand-over region is; else it is looked for\n"
	      "      --json      print one JSON object instead of text\n"
	      "  -h, --help      this text, or that of COMMAND\n"
	      "  -V, --version   print the version\n\n"
	      "FILE is a blob, a dump of the hand-over region or of the whole machine (an ELF\n"
	      "core, kdump-compressed), - standard input; without FILE it is what this kernel would leave: " SYSFS "blob\n\n"
	      "Exit codes:\n"
	      "  0  a sound blob\n"
	      "  1  a blob that a next kernel would refuse; what is wrong, and where, is said\n"
	      "  2  could not tell: wrong usage, no such file, no permission, nothing in it\n",
	      stdout);
}

/**
 * usage_error() - one line about how a command was called
 * @command: whose --help says more; "" for none
 * @what:    what is wrong
 * @arg:     of the command line
 *
 * Return: the exit code.
 */
int usage_error(const char *command, const char *what, const char *arg)
{
	fprintf(stderr, "rmpctl: %s%s; try: rmpctl %s%s--help\n", what, arg, command, *command ? " " : "");
	return VERDICT_UNKNOWN;
}

/**
 * parse_address() - a physical address
 * @text: decimal, or hexadecimal with 0x
 * @pa:   set
 *
 * Return: 0 or -1.
 */
int parse_address(const char *text, u64 *pa)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-' || value == FIND_ANYWHERE)
		return -1;
	*pa = value;
	return 0;
}

static int parse_width(const char *text, u32 *width)
{
	unsigned long value;
	char *end;

	value = strtoul(text, &end, 10);
	if (end == text || *end || *text == '-' || !value || value > MAP_WIDTH_MAX)
		return -1;
	*width = (u32)value;
	return 0;
}

/* One option; -1 to go on, else an exit code. */
static int take(struct options *o, const char *command, int c, const char *text)
{
	switch (c) {
	case 'i':
		o->incoming = true;
		break;
	case 'j':
		o->json = true;
		break;
	case 'r':
		o->runs = true;
		break;
	case 'H':
	case 'f':
	case 't':
		if (parse_address(text, c == 'H' ? &o->handover : c == 'f' ? &o->from : &o->to))
			return usage_error(command, "not an address: ", text);
		break;
	case 'w':
		if (parse_width(text, &o->width))
			return usage_error(command, "not a width from 1 to 1024: ", text);
		break;
	case 's':
		o->svg = text;
		break;
	case 'p':
		o->png = text;
		break;
	}
	return -1;
}

/* Is it an option of this subcommand? */
static bool belongs(int c, const char *command)
{
	return c == 'r' ? !strcmp(command, "show") :
	       strchr("ftwsp", c) ? !strcmp(command, "map") : c != '?';
}

/**
 * options_parse() - the options of a subcommand
 * @o:    filled
 * @argc: of the subcommand, whose name is argv[0]
 * @argv: of the subcommand
 * @help: what --help prints
 *
 * Return: -1 to go on, else an exit code.
 */
int options_parse(struct options *o, int argc, char **argv, const char *help)
{
	static const struct option options[] = {
		{ "incoming", no_argument, NULL, 'i' },
		{ "json", no_argument, NULL, 'j' },
		{ "runs", no_argument, NULL, 'r' },
		{ "handover", required_argument, NULL, 'H' },
		{ "from", required_argument, NULL, 'f' },
		{ "to", required_argument, NULL, 't' },
		{ "width", required_argument, NULL, 'w' },
		{ "svg", required_argument, NULL, 's' },
		{ "png", required_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c, ret = -1;

	memset(o, 0, sizeof(*o));
	o->handover = FIND_ANYWHERE;
	o->to = FIND_ANYWHERE;
	opterr = 0;
	optind = 1;
	while (ret < 0 && (c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == 'h') {
			fputs(help, stdout);
			return VERDICT_SAFE;
		} else if (c == ':') {
			return usage_error(argv[0], "an argument is missing: ", argv[optind - 1]);
		} else if (!belongs(c, argv[0])) {
			return usage_error(argv[0], "no such option: ",
					   argv[optind - 1 - (optarg && argv[optind - 1] == optarg)]);
		}
		ret = take(o, argv[0], c, optarg);
	}
	if (ret >= 0)
		return ret;
	if (argc - optind > 1)
		return usage_error(argv[0], "too many arguments: ", argv[optind + 1]);
	if (optind < argc && o->incoming)
		return usage_error(argv[0], "--incoming and a file: ", argv[optind]);
	o->file = optind < argc ? argv[optind] : o->incoming ? SYSFS "incoming" : SYSFS "blob";
	return -1;
}

int main(int argc, char **argv)
{
	int verdict = VERDICT_SAFE;
	size_t i;

	if (argc < 2)
		return usage_error("", "no command given", "");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_help();
	} else if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("rmpctl " RMPCTL_VERSION);
	} else {
		for (i = 0; i < NR_COMMANDS; i++)
			if (!strcmp(argv[1], commands[i].name))
				break;
		if (i == NR_COMMANDS)
			return usage_error("", "no such command: ", argv[1]);
		verdict = commands[i].function(argc - 1, argv + 1);
	}
	if (fflush(stdout) || ferror(stdout)) {
		perror("rmpctl: standard output");
		return VERDICT_UNKNOWN;
	}
	return verdict;
}
