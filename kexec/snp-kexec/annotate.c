// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "../cpio.h"
#include "../modinfo.h"
#include "initrd.h"
#include "replace.h"
#include "signals.h"

#define MODULE_MAX	(256UL << 20)

static const char help[] =
"Usage: snp-kexec annotate --module ccp_ext.ko INITRD [-o OUT]\n"
"       snp-kexec annotate --show INITRD\n"
"\n"
"Note in INITRD which hand-over features the ccp_ext in it can restore, in a small\n"
"file ahead of what is compressed, so that preflight and load can read it. The\n"
"features come from the module file, which must be the one in INITRD. An older\n"
"note is replaced. Do it last: whoever changes INITRD afterwards makes the note\n"
"invalid. The file is replaced as a whole or not at all.\n"
"\n"
"  -m, --module FILE     ccp_ext.ko, uncompressed\n"
"  -o, --output FILE     where to; without it INITRD itself is replaced\n"
"  -s, --show            print the note instead\n";

struct annotate_options {
	const char *module, *initrd, *output;
	bool show;
};

static int parse(struct context *c, int argc, char **argv, struct annotate_options *o)
{
	static const struct option own[] = {
		{ "module", required_argument, NULL, 'm' },
		{ "output", required_argument, NULL, 'o' },
		{ "show", no_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	const struct option *options = with_global_options(own);
	int option, done;

	while ((option = getopt_long(argc, argv, ":m:o:shV", options, NULL)) != -1) {
		switch (option) {
		case 'm':
			o->module = optarg;
			break;
		case 'o':
			o->output = optarg;
			break;
		case 's':
			o->show = true;
			break;
		case ':':
			return usage_error("annotate", "annotate: %s needs an argument",
					   argv[optind - 1]);
		default:
			done = global_option(c, option, help);
			if (done == PARSE_BAD)
				return usage_error("annotate", "annotate: %s: unknown option",
						   argv[optind - 1]);
			if (done != PARSE_ON)
				return done;
		}
	}
	if (optind == argc)
		return usage_error("annotate", "annotate: no INITRD given");
	if (optind + 1 < argc)
		return usage_error("annotate", "annotate: one INITRD is needed, got \"%s\" as well",
				   argv[optind + 1]);
	if (o->show && (o->module || o->output))
		return usage_error("annotate", "annotate: --show only reads, and goes with neither --module nor --output");
	if (!o->show && !o->module)
		return usage_error("annotate", "annotate: no --module given");
	o->initrd = argv[optind];
	return PARSE_ON;
}

/* Names become words of a sysfs attribute and of a table: nothing else may be among them. */
static bool take_features(char list[ANNOTATION_VALUE_MAX + 1], const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	size_t length, used = 0;

	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		length = strspn(text, letters);
		if (!length || length >= RMPP_FEATURE_NAME_SIZE ||
		    (text[length] && text[length] != ' ') ||
		    used + length + 1 > ANNOTATION_VALUE_MAX)
			return false;
		if (used)
			list[used++] = ' ';
		memcpy(list + used, text, length);
		used += length;
		text += length;
	}
	list[used] = '\0';
	return true;
}

static bool take_word(char value[ANNOTATION_VALUE_MAX + 1], const char *text)
{
	size_t length = text ? strcspn(text, " ") : 0;

	if (!length || length > ANNOTATION_VALUE_MAX)
		return false;
	memcpy(value, text, length);
	value[length] = '\0';
	return true;
}

static bool read_module(struct context *c, const char *path, struct annotation *a)
{
	const char *name, *features;
	struct bytes b = { 0 };
	struct modinfo m;
	int err = bytes_read(&b, path, MODULE_MAX);
	bool ok = false;

	if (err) {
		fail(&c->report, "%s: %s; nothing was changed", path, strerror(-err));
		return false;
	}
	err = modinfo_find(&m, b.data, b.size);
	name = err ? NULL : modinfo_get(&m, "name");
	features = err ? NULL : modinfo_get(&m, "handover");
	if (err)
		refuse(&c->report, "%s: %s", path, modinfo_strerror(err));
	else if (name && strcmp(name, "ccp_ext"))
		refuse(&c->report, "%s: the module %.64s, not ccp_ext", path, name);
	else if (!features)
		refuse(&c->report, "%s: says nothing of hand-over features; a later ccp_ext is needed",
		       path);
	else if (!take_features(a->features, features))
		refuse(&c->report, "%s: damaged: its hand-over features are no list of names", path);
	else if (!take_word(a->release, modinfo_get(&m, "vermagic")))
		refuse(&c->report, "%s: does not say for which kernel it was built", path);
	else
		ok = true;
	if (ok && !take_word(a->module, modinfo_get(&m, "version")))
		strcpy(a->module, "?");
	bytes_free(&b);
	return ok;
}

/* 1: this is the module, 0: it is another kernel's, -1: it is not the one that was named */
static int compare_module(const struct cpio_entry *e, const struct annotation *a)
{
	char features[ANNOTATION_VALUE_MAX + 1], release[ANNOTATION_VALUE_MAX + 1];
	const char *text;
	struct modinfo m;

	if (modinfo_find(&m, e->data, e->size) ||
	    !take_word(release, modinfo_get(&m, "vermagic")) || strcmp(release, a->release))
		return 0;
	text = modinfo_get(&m, "handover");
	return text && take_features(features, text) && !strcmp(features, a->features) ? 1 : -1;
}

/* What can be seen of the initramfs must not contradict the note. */
static bool check_content(struct context *c, const char *path, const struct bytes *initrd,
			  const struct annotated *f, const struct annotation *a)
{
	bool found = false, packed = false;
	struct cpio_entry e;
	struct cpio_walk w;
	int same;

	cpio_walk_begin(&w, initrd->data, initrd->size);
	while (cpio_walk_next(&w, &e) == 1) {
		if (!annotated_is_module(e.name))
			continue;
		packed |= cpio_is_compressed(e.data, e.size);
		same = compare_module(&e, a);
		found |= same == 1;
		if (same < 0) {
			refuse(&c->report, "%s: its %s says otherwise than the given module; name the one that is in it",
			       path, e.name);
			return false;
		}
	}
	if (!f->whole && !cpio_is_compressed(w.data + w.at, w.size - w.at)) {
		refuse(&c->report, "%s: not an initramfs: neither a cpio archive nor a compressed one at offset %zu",
		       path, w.at);
		return false;
	}
	if (f->whole && !found && !packed) {
		refuse(&c->report, "%s: there is no ccp_ext.ko for %s in it", path, a->release);
		return false;
	}
	if (!found)
		note(&c->report, "%s: compressed: not looked whether ccp_ext.ko is in it", path);
	return true;
}

static int write_all(struct replacement *r, const struct bytes *initrd, const struct annotated *f,
		     const uint8_t *head, size_t head_size)
{
	int err = replace_write(r, head, head_size);

	if (!err)
		err = replace_write(r, initrd->data, f->start);
	if (!err)
		err = replace_write(r, initrd->data + f->end, initrd->size - f->end);
	return err;
}

static void replace_file(struct context *c, const struct annotate_options *o,
			 const struct bytes *initrd, const struct annotated *f,
			 const uint8_t *head, size_t head_size)
{
	const char *path = o->output ? o->output : o->initrd;
	struct replacement r;
	struct stat st;
	int err;

	err = stat(o->initrd, &st) ? -errno : 0;
	if (!err)
		err = replace_begin(&r, path, &st);
	if (!err) {
		err = write_all(&r, initrd, f, head, head_size);
		if (err)
			replace_abort(&r);
		else
			err = replace_commit(&r);
	}
	if (err == -EINTR)
		fail(&c->report, "interrupted by signal %d; %s is as it was", signals_stop, path);
	else if (err)
		fail(&c->report, "%s: %s; it is as it was", path, strerror(-err));
	else
		say(&c->report, "written", "%s", path);
}

static void annotate(struct context *c, const struct annotate_options *o,
		     const struct bytes *initrd)
{
	uint8_t head[ANNOTATION_HEAD_MAX];
	char text[ANNOTATION_MAX + 1];
	struct annotation a = { 0 };
	struct annotated f;
	size_t head_size;
	int err = annotated_find(&f, initrd->data, initrd->size);

	if (err && err != ANNOTATION_ERR_NONE) {
		refuse(&c->report, "%s: %s", o->initrd, err == ANNOTATION_ERR_CPIO ?
		       cpio_strerror(f.cpio) : annotation_strerror(err));
		return;
	}
	if (!read_module(c, o->module, &a) || !check_content(c, o->initrd, initrd, &f, &a))
		return;
	a.initrd_size = initrd->size - (f.end - f.start);
	a.initrd_crc = annotated_crc(&f, initrd->data, initrd->size);
	err = annotation_make(text, &a);
	if (err > 0)
		err = annotated_head(head, &f, initrd->data, initrd->size, text, &head_size);
	if (err) {
		refuse(&c->report, "%s: %s", o->module, annotation_strerror(err));
		return;
	}
	initrd_describe(c, &a);
	signals_catch();
	/* a file that may not grow further is an error like any other */
	signal(SIGXFSZ, SIG_IGN);
	replace_file(c, o, initrd, &f, head, head_size);
	signals_release();
}

static void show(struct context *c, const char *path, const struct bytes *initrd)
{
	struct annotation a;
	struct annotated f;
	int err = annotated_read(&f, &a, initrd->data, initrd->size);

	if (!err || err == ANNOTATION_ERR_STALE)
		initrd_describe(c, &a);
	if (err)
		refuse(&c->report, "%s: %s", path, err == ANNOTATION_ERR_CPIO ?
		       cpio_strerror(f.cpio) : annotation_strerror(err));
}

/** command_annotate() - see help */
int command_annotate(struct context *c, int argc, char **argv)
{
	struct annotate_options o = { 0 };
	int done = parse(c, argc, argv, &o), err, code;
	struct bytes initrd = { 0 };

	if (done != PARSE_ON)
		return done;
	command_begin(c, "annotate");
	err = bytes_read(&initrd, o.initrd, INITRD_MAX);
	if (err)
		fail(&c->report, "%s: %s; nothing was changed", o.initrd, strerror(-err));
	else if (!initrd.size)
		refuse(&c->report, "%s: empty", o.initrd);
	else if (o.show)
		show(c, o.initrd, &initrd);
	else
		annotate(c, &o, &initrd);
	bytes_free(&initrd);
	put_verdict(&c->report, o.show ? c->report.verdict ? "nothing that could be relied on" : "annotated" :
		    c->report.verdict ? "not annotated" : "annotated");
	code = report_end(&c->report);
	if (signals_stop && code)
		raise(signals_stop);
	return code;
}
