// SPDX-License-Identifier: GPL-2.0-only
/* What an initrd brings for a crash kernel: ccp_ext for its release, and something that loads it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../cpio.h"
#include "../modinfo.h"
#include "initrd.h"
#include "kdump.h"
#include "unpack.h"

#define UNPACKED_MAX	(4UL << 30)
#define HOOK		"ccp_ext-kdump"
#define ORDER		"scripts/init-top/ORDER"
#define PARM		"parm=kdump_hop:"

struct content {
	const char *release;
	bool module;		/* for that release */
	bool other;		/* for another */
	bool old;		/* one that knows nothing of crash kernels */
	bool script, ordered, has_order;	/* of initramfs-tools */
	bool hook;		/* of dracut */
	bool list;		/* conf/modules, modules-load.d: loaded, but nobody looks whether it was */
};

/* A line with nothing but this word, comments aside. */
static bool has_line(const struct cpio_entry *e, const char *word)
{
	size_t at = 0, end, length = strlen(word);

	for (; at < e->size; at = end + 1) {
		for (end = at; end < e->size && e->data[end] != '\n'; end++)
			;
		if (end - at >= length && !memcmp(e->data + at, word, length) &&
		    (end - at == length || e->data[at + length] == ' ' || e->data[at + length] == '#'))
			return true;
	}
	return false;
}

static bool has_text(const struct cpio_entry *e, const char *text)
{
	return e->size && memmem(e->data, e->size, text, strlen(text));
}

static bool ends_in(const char *name, const char *end)
{
	size_t length = strlen(name), n = strlen(end);

	return length >= n && !strcmp(name + length - n, end);
}

/* In lib/modules or usr/lib/modules, whatever stands in front. */
static bool is_for(const char *name, const char *release)
{
	const char *at = strstr(name, "lib/modules/");
	size_t length = strlen(release);

	return at && !strncmp(at + 12, release, length) && at[12 + length] == '/';
}

/* One that takes a hop, and therefore knows what to do in a crash kernel; of a packed one that is not known. */
static bool is_old(const struct cpio_entry *e)
{
	struct modinfo m;
	size_t at;

	if (modinfo_find(&m, e->data, e->size))
		return false;
	for (at = 0; at < m.size; at += strlen(m.text + at) + 1)
		if (!strncmp(m.text + at, PARM, sizeof(PARM) - 1))
			return false;
	return true;
}

static void look_at(struct content *f, const struct cpio_entry *e)
{
	if (!e->size)
		return;
	if (annotated_is_module(e->name)) {
		f->module |= is_for(e->name, f->release);
		f->other |= !is_for(e->name, f->release);
		f->old |= is_for(e->name, f->release) && is_old(e);
	} else if (ends_in(e->name, ORDER)) {
		f->has_order = true;
		f->ordered |= has_text(e, "/" HOOK);
	} else if (ends_in(e->name, "scripts/init-top/" HOOK)) {
		f->script = true;
	} else if (strstr(e->name, "/hooks/cmdline/") && ends_in(e->name, HOOK ".sh")) {
		f->hook = true;
	} else if (ends_in(e->name, "conf/modules") ||
		   (strstr(e->name, "modules-load.d/") && ends_in(e->name, ".conf"))) {
		f->list |= has_line(e, "ccp_ext");
	}
}

/* All archives from @data on. Return: bytes that were understood, or a negative enum cpio_error. */
static int walk(struct content *f, const struct bytes *b, size_t *done)
{
	struct cpio_entry e;
	struct cpio_walk w;
	int more;

	cpio_walk_begin(&w, b->data, b->size);
	while ((more = cpio_walk_next(&w, &e)) == 1)
		look_at(f, &e);
	*done = w.at;
	return more;
}

static bool walk_packed(struct kdump *k, struct content *f, const char *path, const uint8_t *data, size_t size)
{
	const char *program = unpack_program(data, size);
	struct bytes b;
	size_t done;
	int err;

	if (!program) {
		refuse(&k->c->report, "%s: neither a cpio archive nor one that is packed in a way known here, %zu bytes ahead of its end",
		       path, size);
		return false;
	}
	err = unpack(&b, data, size, UNPACKED_MAX);
	if (err == -ENOENT)
		fail(&k->c->report, "%s: packed by %s, which is not installed here", path, program);
	else if (err)
		fail(&k->c->report, "%s: %s -dc: %s", path, program,
		     err == -EBADMSG ? "failed: the file is damaged" : strerror(-err));
	if (err)
		return false;
	err = walk(f, &b, &done);
	if (err < 0)
		refuse(&k->c->report, "%s: unpacked: %s", path, cpio_strerror(err));
	bytes_free(&b);
	return err >= 0;
}

static void judge(struct kdump *k, const struct content *f, const char *path)
{
	bool closes = f->hook || (f->script && (f->ordered || !f->has_order));
	const char *how = f->hook ? "dracut's hook" : closes ? "scripts/init-top/" HOOK :
			  f->list ? "a list of modules" : "nobody";

	kdump_say(k, "ccp_ext", "%s, loaded by %s", f->module ? "in it" : "not in it", how);
	put_string(&k->c->report, "loaded_by", how);
	json_object_object_add(k->c->report.root, "has_module", json_object_new_boolean(f->module));
	if (!f->module)
		refuse(&k->c->report, "%s: there is no ccp_ext.ko for %s in it%s; install the module and make it again (docs/kdump.md, Installing)",
		       path, k->release, f->other ? ", only for another kernel" : "");
	if (f->old)
		refuse(&k->c->report, "%s: the ccp_ext.ko in it knows nothing of crash kernels; install this release's and make it again",
		       path);
	if (!closes && !f->list)
		refuse(&k->c->report, "%s: nothing in it is known to load ccp_ext; install the hook and make it again (docs/kdump.md, Installing)",
		       path);
	else if (!closes)
		note(&k->c->report, "%s: ccp_ext is loaded from a list; should that fail, /proc/vmcore stays open to all",
		     path);
}

/**
 * kdump_check_content() - does an initrd bring ccp_ext, and load it ahead of all readers?
 * @k: its release is known
 * @path: for messages
 * @initrd: hostile
 */
void kdump_check_content(struct kdump *k, const char *path, const struct bytes *initrd)
{
	struct content f = { .release = k->release };
	size_t done;
	int err = walk(&f, initrd, &done);

	if (err < 0) {
		refuse(&k->c->report, "%s: %s", path, cpio_strerror(err));
		return;
	}
	/* what is left is filling, or packed */
	if (initrd->size - done >= 4 && !walk_packed(k, &f, path, initrd->data + done, initrd->size - done))
		return;
	judge(k, &f, path);
}
