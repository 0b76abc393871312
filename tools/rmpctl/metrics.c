// SPDX-License-Identifier: GPL-2.0-only
/* rmpctl metrics: the state of this host, for Prometheus' node_exporter. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../kexec/snp-kexec/replace.h"
#include "../../kexec/snp-kexec/signals.h"
#include "metrics.h"

static const char help[] =
"Usage: rmpctl metrics [-o FILE] [--preflight FILE] [--sysfs DIR] [--json]\n\n"
"Prints what monitoring wants to know of ccp_ext and the secure processor, in the\n"
"text format of Prometheus, for node_exporter's textfile collector. Asks neither the\n"
"firmware nor the RMP, and may be called every few seconds.\n\n"
"  -o, --output FILE     write FILE as a whole or not at all, and readable by all\n"
"      --preflight FILE  what the last snp-kexec preflight --json printed\n"
"      --sysfs DIR       the module's attributes (/sys/kernel/ccp_ext)\n"
"      --json            one JSON object instead\n\n"
"Exit codes: 0 written; without ccp_ext, too, and then ccp_ext_up is 0. 2 could not be\n"
"read or written.\n";

struct metrics_options {
	const char *output, *preflight, *sysfs;
	bool json;
};

static int parse(struct metrics_options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "preflight", required_argument, NULL, 'p' },
		{ "sysfs", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	memset(o, 0, sizeof(*o));
	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, ":o:h", options, NULL)) != -1) {
		if (c == 'o') {
			o->output = optarg;
		} else if (c == 'p') {
			o->preflight = optarg;
		} else if (c == 's') {
			o->sysfs = optarg;
		} else if (c == 'j') {
			o->json = true;
		} else if (c == 'h') {
			fputs(help, stdout);
			return VERDICT_SAFE;
		} else if (c == ':') {
			return usage_error("metrics", "an argument is missing: ", argv[optind - 1]);
		} else {
			return usage_error("metrics", "no such option: ", argv[optind - 1]);
		}
	}
	return optind < argc ? usage_error("metrics", "too many arguments: ", argv[optind]) : -1;
}

/* Whoever collects it is not root. */
static int write_file(const char *path, const char *text, size_t size)
{
	const struct stat like = { .st_mode = 0644, .st_uid = geteuid(), .st_gid = getegid() };
	struct replacement r;
	int err;

	signals_catch();
	/* a file that may not grow further is an error like any other */
	signal(SIGXFSZ, SIG_IGN);
	err = replace_begin(&r, path, &like);
	if (!err) {
		err = replace_write(&r, text, size);
		if (err)
			replace_abort(&r);
		else
			err = replace_commit(&r);
	}
	signals_release();
	if (err == -EINTR)
		fprintf(stderr, "rmpctl: interrupted by signal %d; %s is as it was\n", signals_stop, path);
	else if (err)
		fprintf(stderr, "rmpctl: %s: %s; it is as it was\n", path, err == -EINVAL ?
			"not a regular file" : strerror(-err));
	if (signals_stop)
		raise(signals_stop);
	return err ? VERDICT_UNKNOWN : VERDICT_SAFE;
}

static int write_out(const struct metrics_options *o, const char *text)
{
	if (o->output)
		return write_file(o->output, text, strlen(text));
	fputs(text, stdout);
	return VERDICT_SAFE;
}

static int write_json(const struct metrics_options *o, struct metrics *m)
{
	struct json_object *root = json_object_new_object();
	char *line = NULL;
	int ret;

	json_object_object_add(root, "metrics", json_object_get(m->json));
	if (asprintf(&line, "%s\n", json_object_to_json_string_ext(root, JSON_C_TO_STRING_PLAIN)) < 0)
		abort();
	ret = write_out(o, line);
	free(line);
	json_object_put(root);
	return ret;
}

/**
 * command_metrics() - the subcommand
 * @argc: its arguments, the name included
 * @argv: its arguments
 *
 * Return: an exit code.
 */
int command_metrics(int argc, char **argv)
{
	struct metrics m = { .json = json_object_new_array() };
	struct metrics_options o;
	char *text = NULL;
	size_t size = 0;
	int ret = parse(&o, argc, argv);

	if (ret < 0) {
		m.text = open_memstream(&text, &size);
		if (!m.text)
			abort();
		metrics_collect(&m, o.sysfs, o.preflight, &ret);
		if (fclose(m.text))
			abort();
		if (!ret)
			ret = o.json ? write_json(&o, &m) : write_out(&o, text);
		free(text);
	}
	json_object_put(m.json);
	return ret;
}
