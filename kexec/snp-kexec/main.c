// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "snp-kexec.h"

static const struct {
	const char *name;
	int (*function)(struct context *c, int argc, char **argv);
	const char *description;
} commands[] = {
	{ "annotate", command_annotate, "Note in an initrd what its ccp_ext can restore" },
	{ "preflight", command_preflight, "Compare this host with an image: what would be lost?" },
	{ "load", command_load, "Put a kernel in the landing zone and make it ready" },
	{ "status", command_status, "Say what is loaded and whether a jump would be safe" },
	{ "exec", command_exec, "Jump into the loaded kernel, if that is safe" },
	{ "unload", command_unload, "Forget the loaded kernel" },
	{ "kdump", command_kdump, "Say whether the loaded crash kernel would filter its dump" },
	{ "config", command_config, "Check, show or apply /etc/snp-kexec.conf" },
};

#define MAX_OWN_OPTIONS	16
#define NR_COMMANDS	(sizeof(commands) / sizeof(commands[0]))

static const char help_options[] =
"Options, before or after the command:\n"
"      --json        print one JSON object instead of text\n"
"      --no-color    no colours (also: environment variable NO_COLOR)\n"
"      --sysfs DIR   the module's attributes (/sys/kernel/ccp_ext)\n"
"      --config FILE instead of /etc/snp-kexec.conf; /dev/null for none\n"
"      --root DIR    put DIR in front of /sys, /proc and /etc (for tests)\n"
"  -h, --help        this text, or that of COMMAND\n"
"  -V, --version     print the version\n"
"\n"
"Exit codes:\n"
"  0  done, or safe\n"
"  1  not safe or not possible; the reasons are on standard output\n"
"  2  could not tell: wrong usage, no permission, no module, read errors\n";

static void print_help(void)
{
	size_t i;

	puts("Usage: snp-kexec [OPTION]... COMMAND [ARGUMENT]...\n"
	     "\n"
	     "kexec for hosts with AMD SEV, SEV-ES or SEV-SNP. The next kernel is laid out\n"
	     "in memory that the ccp_ext module owns, and carries what it must know about\n"
	     "memory that still belongs to guests or to the firmware.\n"
	     "\n"
	     "Commands:");
	for (i = 0; i < NR_COMMANDS; i++)
		printf("  %-9s  %s\n", commands[i].name, commands[i].description);
	printf("\n%s\n"
	       "Example:\n"
	       "  snp-kexec load /boot/vmlinuz-6.12 --initrd /boot/initrd.img-6.12\n"
	       "  snp-kexec status && snp-kexec exec\n", help_options);
}

/**
 * usage_error() - one line on stderr about how the command was called
 * @command: subcommand, NULL for none
 * @fmt: what is wrong
 *
 * Return: the exit code.
 */
int usage_error(const char *command, const char *fmt, ...)
{
	va_list args;

	fputs("snp-kexec: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "; try: snp-kexec %s%s--help\n", command ?: "",
		command ? " " : "");
	return VERDICT_UNKNOWN;
}

static int flushed(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	perror("snp-kexec: standard output");
	return VERDICT_UNKNOWN;
}

/**
 * with_global_options() - a table for getopt_long()
 * @own: the subcommand's own options, ended by one without name; NULL for none
 *
 * Return: own and global ones, valid until the next call.
 */
const struct option *with_global_options(const struct option *own)
{
	static const struct option global[] = {
		{ "json", no_argument, NULL, OPTION_JSON },
		{ "help", no_argument, NULL, OPTION_HELP },
		{ "version", no_argument, NULL, OPTION_VERSION },
		{ "sysfs", required_argument, NULL, OPTION_SYSFS },
		{ "root", required_argument, NULL, OPTION_ROOT },
		{ "config", required_argument, NULL, OPTION_CONFIG },
		{ "no-color", no_argument, NULL, OPTION_NO_COLOR },
		{ NULL, 0, NULL, 0 },
	};
	static struct option all[MAX_OWN_OPTIONS + sizeof(global) / sizeof(global[0])];
	size_t nr = 0;

	while (own && own[nr].name && nr < MAX_OWN_OPTIONS) {
		all[nr] = own[nr];
		nr++;
	}
	memcpy(all + nr, global, sizeof(global));
	return all;
}

/**
 * global_option() - take one of the global options
 * @c: what the options say
 * @option: getopt_long()'s value; its argument is in optarg
 * @help: text for --help, NULL for the command's overview
 *
 * Return: PARSE_ON, PARSE_BAD if it is none of them, else an exit code.
 */
int global_option(struct context *c, int option, const char *help)
{
	switch (option) {
	case OPTION_JSON:
		c->report.json = true;
		return PARSE_ON;
	case OPTION_NO_COLOR:
		c->report.color = false;
		return PARSE_ON;
	case OPTION_SYSFS:
		c->ccp_ext = optarg;
		return PARSE_ON;
	case OPTION_ROOT:
		c->root = optarg;
		return PARSE_ON;
	case OPTION_CONFIG:
		c->config = optarg;
		return PARSE_ON;
	case 'h':
	case OPTION_HELP:
		if (help)
			printf("%s\n%s", help, help_options);
		else
			print_help();
		return flushed();
	case 'V':
	case OPTION_VERSION:
		puts("snp-kexec " SNP_KEXEC_VERSION);
		return flushed();
	default:
		return PARSE_BAD;
	}
}

/**
 * parse_no_arguments() - parsing for subcommands with global options only
 * @c: what the options say
 * @argc: argument count
 * @argv: arguments, argv[0] is the subcommand
 * @help: text for --help
 *
 * Return: PARSE_ON or an exit code.
 */
int parse_no_arguments(struct context *c, int argc, char **argv,
		       const char *help)
{
	const struct option *options = with_global_options(NULL);
	int option, done;

	while ((option = getopt_long(argc, argv, "hV", options, NULL)) != -1) {
		done = global_option(c, option, help);
		if (done == PARSE_BAD)
			return usage_error(argv[0], "%s: %s: unknown option, or its argument is missing",
					   argv[0], argv[optind - 1]);
		if (done != PARSE_ON)
			return done;
	}
	if (optind < argc)
		return usage_error(argv[0], "%s: takes no argument, got \"%s\"",
				   argv[0], argv[optind]);
	return PARSE_ON;
}

/** command_begin() - the arguments are parsed, the work starts */
void command_begin(struct context *c, const char *command)
{
	static char ccp_ext[PATH_MAX];

	if (!c->ccp_ext) {
		path_join(ccp_ext, c->root, "sys/kernel/ccp_ext");
		c->ccp_ext = ccp_ext;
	}
	report_begin(&c->report, command);
}

/** path_join() - dir/name; a path too long becomes one that does not exist */
void path_join(char path[PATH_MAX], const char *dir, const char *name)
{
	if (snprintf(path, PATH_MAX, "%s/%s", dir, name) >= PATH_MAX)
		strcpy(path, "/nonexistent");
}

int main(int argc, char **argv)
{
	const struct option *options = with_global_options(NULL);
	struct context c = {
		.root = "",
		.report.color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR"),
	};
	int option, done;
	size_t i;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "+hV", options, NULL)) != -1) {
		done = global_option(&c, option, NULL);
		if (done == PARSE_BAD)
			return usage_error(NULL, "%s: unknown option, or its argument is missing",
					   argv[optind - 1]);
		if (done != PARSE_ON)
			return done;
	}
	if (optind == argc)
		return usage_error(NULL, "no command given");

	for (i = 0; i < NR_COMMANDS; i++) {
		if (strcmp(argv[optind], commands[i].name))
			continue;
		argc -= optind;
		argv += optind;
		optind = 0;	/* glibc: start over */
		return commands[i].function(&c, argc, argv);
	}
	return usage_error(NULL, "%s: unknown command", argv[optind]);
}
