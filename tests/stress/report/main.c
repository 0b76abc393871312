// SPDX-License-Identifier: GPL-2.0-only
/* stress-report: one HTML file of what a stress run has left, which opens without a network. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <snp-kexec/replace.h>

#include "report.h"

static const char help[] =
"Usage: stress-report [-o FILE] RUN_DIR\n\n"
"Writes what a stress run has left in RUN_DIR (run.json, hops.ndjson, maps) as one\n"
"HTML file, RUN_DIR/report.html or FILE, which is replaced as a whole or not at all. It\n"
"opens without network. What is missing in the files is not known, and is called so.\n\n"
"Exit codes: 0 written, whatever the verdict in it; 2 not written.\n";

static int usage_error(const char *what, const char *arg)
{
	fprintf(stderr, "stress-report: %s%s; try: stress-report --help\n", what, arg);
	return 2;
}

static void page(FILE *f, const struct run *run)
{
	fputs("<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head><meta charset=\"utf-8\"/>\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	      "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>Stress run, seed ", f);
	html_short(f, run->json ? json_object_get_string(read_get(run->json, "seed", json_type_int)) : NULL, 40);
	fprintf(f, "</title>\n<style>\n%s</style></head>\n<body>\n<header><h1>kexec stress run</h1></header>\n<main>\n", html_style);
	part_verdict(f, run);
	part_head(f, run);
	part_failures(f, run);
	part_survival(f, run);
	part_blackout(f, run);
	part_memory(f, run);
	part_maps(f, run);
	part_faults(f, run);
	part_matrix(f, run);
	part_drawn(f, run);
	part_hops(f, run);
	fputs("</main>\n<footer>Sizes are in MiB of 1024&#160;KiB; a page is 4&#160;KiB. Times are those of an emulated machine.</footer>\n</body></html>\n", f);
}

static int write_page(const struct run *run, const char *path)
{
	char *data = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&data, &size);
	int err = -ENOMEM;

	if (f) {
		page(f, run);
		err = fclose(f) ? -errno : replace_whole(path, data, size);
	}
	free(data);
	if (!err)
		return 0;
	fprintf(stderr, "stress-report: %s: %s; nothing was written\n", path,
		err == -EINVAL ? "not a regular file" : strerror(-err));
	return 2;
}

static int report(const char *directory, const char *out)
{
	struct run run;
	char path[4096];
	int err = read_run(&run, directory), ret = 2;

	if (err == -ENODATA)
		fprintf(stderr, "stress-report: %s: neither run.json nor hops.ndjson is there: not the directory of a stress run\n",
			directory);
	else if (err)
		fprintf(stderr, "stress-report: %s: %s\n", directory, strerror(-err));
	else if (!out && snprintf(path, sizeof(path), "%s/report.html", directory) >= (int)sizeof(path))
		fprintf(stderr, "stress-report: %s: %s\n", directory, strerror(ENAMETOOLONG));
	else
		ret = write_page(&run, out ? out : path);
	read_free(&run);
	return ret;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *out = NULL;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":o:h", options, NULL)) != -1) {
		if (c == 'o') {
			out = optarg;
		} else if (c == 'h') {
			fputs(help, stdout);
			return 0;
		} else {
			return usage_error(c == ':' ? "an argument is missing: " : "no such option: ", argv[optind - 1]);
		}
	}
	if (argc == optind)
		return usage_error("no directory", "");
	if (argc - optind > 1)
		return usage_error("too many arguments: ", argv[optind + 1]);
	return report(argv[optind], out);
}
