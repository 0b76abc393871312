// SPDX-License-Identifier: GPL-2.0-only
/*
 * qualify - what a kernel can do across kexec and kdump, by scenarios in the emulated machine. scripts/qualify.sh has
 * prepared kernel, module, initramfs and disk.
 */
#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ask.h"
#include "document.h"
#include "write.h"

static const char help[] =
"usage: qualify --kernel NAME --release RELEASE --out DIRECTORY [OPTION]...\n"
"       qualify --control            TAP: cells that must fail do\n"
"       qualify --document SERIES=FILE.json...    docs/matrix.md on standard output\n"
"\n"
"  --kernel NAME        directory below build/kernels\n"
"  --disk FILE          in the build directory, with NAME and the reference (boot.tar)\n"
"  --reference NAME     the other side of a hand-over (6.12)\n"
"  --reference-release, --package, --qemu, --project, --features TEXT    for the record\n"
"  --vmlinux FILE       with debug information, for crash(8)\n"
"  --no-vmlinux WHY     there is none to be had\n"
"  --unasked WHY        nobody has looked for one\n"
"  --unbuilt WHY        ccp_ext does not build: all cells fail\n"
"\n"
"Exit status: 0 all pass or are not supported, 1 a cell fails, 2 could not tell\n";

enum option_id {
	OPTION_KERNEL = 256, OPTION_OUT, OPTION_DISK, OPTION_REFERENCE, OPTION_VMLINUX, OPTION_NO_VMLINUX, OPTION_UNASKED,
	OPTION_UNBUILT, OPTION_CONTROL, OPTION_DOCUMENT, OPTION_HELP, OPTION_RELEASE, OPTION_REFERENCE_RELEASE,
	OPTION_PACKAGE, OPTION_QEMU, OPTION_PROJECT, OPTION_FEATURES, OPTION_END,
};

static const struct option options[] = {
	{ "kernel", required_argument, NULL, OPTION_KERNEL }, { "out", required_argument, NULL, OPTION_OUT },
	{ "disk", required_argument, NULL, OPTION_DISK }, { "reference", required_argument, NULL, OPTION_REFERENCE },
	{ "vmlinux", required_argument, NULL, OPTION_VMLINUX }, { "no-vmlinux", required_argument, NULL, OPTION_NO_VMLINUX },
	{ "unasked", required_argument, NULL, OPTION_UNASKED }, { "unbuilt", required_argument, NULL, OPTION_UNBUILT },
	{ "control", no_argument, NULL, OPTION_CONTROL }, { "document", no_argument, NULL, OPTION_DOCUMENT },
	{ "help", no_argument, NULL, OPTION_HELP }, { "release", required_argument, NULL, OPTION_RELEASE },
	{ "reference-release", required_argument, NULL, OPTION_REFERENCE_RELEASE },
	{ "package", required_argument, NULL, OPTION_PACKAGE }, { "qemu", required_argument, NULL, OPTION_QEMU },
	{ "project", required_argument, NULL, OPTION_PROJECT }, { "features", required_argument, NULL, OPTION_FEATURES },
	{ NULL },
};

/* What was given, by option_id. */
static const char *given[OPTION_END - OPTION_KERNEL];

static const char *word(enum option_id id, const char *otherwise)
{
	return given[id - OPTION_KERNEL] ? given[id - OPTION_KERNEL] : otherwise;
}

static int usage(const char *what)
{
	fprintf(stderr, "qualify: %s; see qualify --help\n", what);
	return 2;
}

static void describe(struct matrix *m)
{
	time_t now = time(NULL);

	snprintf(m->kernel, sizeof(m->kernel), "%s", word(OPTION_KERNEL, ""));
	snprintf(m->release, sizeof(m->release), "%s", word(OPTION_RELEASE, ""));
	snprintf(m->package, sizeof(m->package), "%s", word(OPTION_PACKAGE, "no package"));
	snprintf(m->reference, sizeof(m->reference), "%s",
		 word(OPTION_REFERENCE_RELEASE, word(OPTION_REFERENCE, "6.12")));
	snprintf(m->qemu, sizeof(m->qemu), "%s", word(OPTION_QEMU, "?"));
	snprintf(m->project, sizeof(m->project), "%s", word(OPTION_PROJECT, "?"));
	snprintf(m->features, sizeof(m->features), "%s", word(OPTION_FEATURES, ""));
	strftime(m->started, sizeof(m->started), "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
}

static time_t since(void)
{
	const char *t0 = getenv("SNP_T0");
	static time_t start;

	if (!start)
		start = t0 && *t0 ? atoll(t0) : time(NULL);
	return time(NULL) - start;
}

static void progress(const struct matrix *m, enum kind row, enum column column)
{
	const struct cell *cell = &m->cell[row][column];

	fprintf(stderr, "[%4llds] qualify: %s, %s: %s%s%s\n", (long long)since(), row_name(row), column_name(column),
		verdict_name(cell->verdict), cell->why[0] ? ": " : "", cell->why);
}

/* As a whole or not at all. */
static int write_file(const struct matrix *m, const char *ending, bool (*writes)(FILE *f, const struct matrix *m))
{
	char path[512], tmp[sizeof(path) + 4];
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s.%s", word(OPTION_OUT, "."), m->release, ending);
	snprintf(tmp, sizeof(tmp), "%s.tmp", path);
	f = fopen(tmp, "w");
	ok = f && writes(f, m);
	if (f)
		ok = !fclose(f) && ok;
	if (ok && !rename(tmp, path))
		return 0;
	fprintf(stderr, "qualify: cannot write %s: %s\n", path, strerror(errno));
	unlink(tmp);
	return 2;
}

static bool as_json(FILE *f, const struct matrix *m)
{
	struct json_object *o = matrix_to_json(m);
	const char *flags = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
	bool ok = fprintf(f, "%s\n", flags) > 0;

	json_object_put(o);
	return ok;
}

static bool as_markdown(FILE *f, const struct matrix *m)
{
	write_markdown(f, m, 1);
	return !ferror(f);
}

static bool as_text(FILE *f, const struct matrix *m)
{
	write_text(f, m);
	return !ferror(f);
}

static int qualify(void)
{
	const struct target target = {
		.kernel = word(OPTION_KERNEL, NULL), .reference = word(OPTION_REFERENCE, "6.12"),
		.disk = word(OPTION_DISK, NULL), .vmlinux = word(OPTION_VMLINUX, NULL),
	};
	const char *looked = word(OPTION_NO_VMLINUX, NULL), *unbuilt = word(OPTION_UNBUILT, NULL);
	static struct matrix m;
	time_t start = time(NULL);

	describe(&m);
	if (unbuilt)
		matrix_set_all(&m, VERDICT_FAIL, unbuilt);
	else
		ask_all(&m, &target, looked ? VERDICT_UNSUPPORTED : VERDICT_UNKNOWN,
			looked ? looked : word(OPTION_UNASKED, "no vmlinux was named"), progress);
	if (machine_interrupted()) {
		fputs("qualify: interrupted: nothing is written\n", stderr);
		return 130;
	}
	m.seconds = time(NULL) - start;
	if (write_file(&m, "json", as_json) || write_file(&m, "md", as_markdown) || write_file(&m, "txt", as_text))
		return 2;
	write_text(stdout, &m);
	return matrix_exit_status(&m);
}

int main(int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == '?')
			return usage("unknown words");
		given[c - OPTION_KERNEL] = optarg ? optarg : "";
	}
	if (word(OPTION_HELP, NULL)) {
		fputs(help, stdout);
		return 0;
	}
	if (word(OPTION_DOCUMENT, NULL))
		return optind < argc ? document(stdout, argv + optind, argc - optind) : usage("no SERIES=FILE");
	if (optind < argc)
		return usage("too many words");
	machine_catch_signals();
	since();
	if (word(OPTION_CONTROL, NULL))
		return control(word(OPTION_REFERENCE, "6.12"));
	if (!word(OPTION_KERNEL, NULL) || !word(OPTION_RELEASE, NULL) || !word(OPTION_OUT, NULL))
		return usage("--kernel, --release and --out are needed");
	return qualify();
}
