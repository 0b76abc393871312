/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SNP_KEXEC_H
#define SNP_KEXEC_H

#include <getopt.h>
#include <limits.h>

#include "report.h"

#define SNP_KEXEC_VERSION	"0.1"

/* What the global options say. */
struct context {
	const char *ccp_ext;	/* directory of the module's attributes */
	const char *root;	/* prefix of /sys, /proc and /etc, "" but for tests */
	const char *config;	/* file named by --config, or NULL */
	struct report report;
};

/* A subcommand parses its own arguments; argv[0] is its name. */
int command_load(struct context *c, int argc, char **argv);
int command_status(struct context *c, int argc, char **argv);
int command_exec(struct context *c, int argc, char **argv);
int command_annotate(struct context *c, int argc, char **argv);
int command_preflight(struct context *c, int argc, char **argv);
int command_unload(struct context *c, int argc, char **argv);
int command_kdump(struct context *c, int argc, char **argv);
int command_config(struct context *c, int argc, char **argv);

/* Global options are taken on both sides of the subcommand. */
enum global_option {
	OPTION_JSON = 0x100,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_SYSFS,
	OPTION_ROOT,
	OPTION_NO_COLOR,
	OPTION_CONFIG,
};

/* What parsing an option leads to; else it goes on. */
enum { PARSE_ON = -1, PARSE_BAD = -2 };

const struct option *with_global_options(const struct option *own);
int global_option(struct context *c, int option, const char *help);
int parse_no_arguments(struct context *c, int argc, char **argv,
		       const char *help);
void command_begin(struct context *c, const char *command);
int usage_error(const char *command, const char *fmt, ...) PRINTF_LIKE(2, 3);

void path_join(char path[PATH_MAX], const char *dir, const char *name);

#endif /* SNP_KEXEC_H */
