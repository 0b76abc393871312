// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "config.h"

static const char help[] =
"Usage: snp-kexec config check|show|modprobe\n"
"       snp-kexec config apply [--dry-run]\n"
"\n"
"What is in /etc/snp-kexec.conf (--config names another file), which may be missing.\n"
"  check     is it sound? Each mistake is told with its line and column\n"
"  show      what is in force, and where each value comes from\n"
"  apply     tell the running ccp_ext what the file says; what ccp_ext takes only\n"
"            when it is loaded is named\n"
"  modprobe  print what the file says to ccp_ext as a line for /etc/modprobe.d\n"
"\n"
"  -n, --dry-run  with apply: only say what would be done\n"
"\n"
"Exit code 0 if the file is sound, or all of it in force; 1 if it has mistakes, or\n"
"if something waits for the next load of ccp_ext; 2 if it could not be read.\n";

static const struct {
	const char *word;
	void (*function)(struct context *c, bool dry_run);
} words[] = {
	{ "check", config_check },
	{ "show", config_show },
	{ "apply", config_apply },
	{ "modprobe", config_modprobe },
};

#define NR_WORDS	(sizeof(words) / sizeof(words[0]))

static int parse(struct context *c, int argc, char **argv, size_t *which, bool *dry_run)
{
	static const struct option own[] = {
		{ "dry-run", no_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 },
	};
	const struct option *options = with_global_options(own);
	int option, done;

	while ((option = getopt_long(argc, argv, "nhV", options, NULL)) != -1) {
		if (option == 'n') {
			*dry_run = true;
			continue;
		}
		done = global_option(c, option, help);
		if (done == PARSE_BAD)
			return usage_error("config", "config: %s: unknown option, or its argument is missing",
					   argv[optind - 1]);
		if (done != PARSE_ON)
			return done;
	}
	if (optind == argc)
		return usage_error("config", "config: check, show, apply or modprobe?");
	if (optind + 1 < argc)
		return usage_error("config", "config: one word is needed, got \"%s\" as well",
				   argv[optind + 1]);
	for (*which = 0; *which < NR_WORDS; ++*which)
		if (!strcmp(argv[optind], words[*which].word))
			break;
	if (*which == NR_WORDS)
		return usage_error("config", "config: %s: neither check nor show, apply or modprobe",
				   argv[optind]);
	if (*dry_run && words[*which].function != config_apply)
		return usage_error("config", "config: --dry-run goes with apply only");
	return PARSE_ON;
}

/** config_check() - list every mistake */
void config_check(struct context *c, bool dry_run)
{
	struct settings s;
	char text[256];
	unsigned int i;

	(void)dry_run;
	if (!settings_open(c, &s))
		return;
	for (i = 0; i < s.errors.nr && i < CONFIG_ERRORS_MAX; i++) {
		config_describe(text, sizeof(text), &s.errors.v[i]);
		reject(&c->report, "%s:%u:%u: %s", s.path, s.errors.v[i].line, s.errors.v[i].column, text);
	}
	if (s.errors.nr > CONFIG_ERRORS_MAX)
		reject(&c->report, "%s: %u more mistakes", s.path, s.errors.nr - CONFIG_ERRORS_MAX);
	if (!s.there)
		note(&c->report, "%s: not there: everything has its default", s.path);
	put_string(&c->report, "file", s.path);
	put_verdict(&c->report, s.errors.nr ? "it is not used before that is mended" : "sound");
	settings_close(&s);
}

/** config_modprobe() - one line of modprobe.d(5); the comment keeps people from editing it */
void config_modprobe(struct context *c, bool dry_run)
{
	char line[4096];
	struct settings s;

	(void)dry_run;
	if (!settings_read(c, &s))
		return;
	config_options(line, sizeof(line), &s.config);
	if (!c->report.json) {
		printf("# made by snp-kexec config modprobe, of %s\n", s.path);
		if (*line)
			printf("options ccp_ext %s\n", line);
	}
	put_string(&c->report, "file", s.path);
	put_string(&c->report, "options", line);
	settings_close(&s);
}

/** command_config() - see help */
int command_config(struct context *c, int argc, char **argv)
{
	bool dry_run = false;
	size_t which = 0;
	int done = parse(c, argc, argv, &which, &dry_run);

	if (done != PARSE_ON)
		return done;
	command_begin(c, "config");
	words[which].function(c, dry_run);
	return report_end(&c->report);
}
