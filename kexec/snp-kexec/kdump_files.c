// SPDX-License-Identifier: GPL-2.0-only
/* Which files on this host the loaded crash kernel and its initrd are: those whose content is in memory. */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <rmp_persist/rmp_persist.h>

#include "kdump.h"

#define FILE_MAX	(1UL << 30)
#define SETUP_MAX	(256 * 512)	/* boot sector and setup code, ahead of what is loaded */

/* A kernel is loaded without its setup code, an initrd as it is. */
static bool is_piece(const struct kdump_piece *p, size_t ahead, const struct bytes *b)
{
	size_t at = b->size >= p->size ? b->size - p->size : SIZE_MAX;

	return at <= ahead && rmpp_crc32c(0, b->data + at, p->size) == p->crc;
}

static bool may_be(const char *path, const struct kdump_piece *p, size_t ahead)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && (uint64_t)st.st_size >= p->size &&
	       (uint64_t)st.st_size - p->size <= ahead;
}

/*
 * Which of the files that match is the one in memory? What comes first in @patterns goes first. Return: @b has it, @path
 * is its name; false: none.
 */
static bool find_file(const struct kdump *k, const char *const patterns[], const struct kdump_piece *p,
		      size_t ahead, struct bytes *b, char path[PATH_MAX])
{
	char pattern[PATH_MAX];
	bool found = false;
	glob_t g;
	size_t i;

	for (; *patterns && !found; patterns++) {
		path_join(pattern, k->c->root, *patterns);
		if (glob(pattern, 0, NULL, &g))
			continue;
		for (i = 0; i < g.gl_pathc && !found; i++) {
			if (!may_be(g.gl_pathv[i], p, ahead) || bytes_read(b, g.gl_pathv[i], FILE_MAX))
				continue;
			found = is_piece(p, ahead, b);
			if (found)
				snprintf(path, PATH_MAX, "%s", g.gl_pathv[i]);
			else
				bytes_free(b);
		}
		globfree(&g);
	}
	return found;
}

/* The one that was named, or one that is found. */
static bool open_piece(struct kdump *k, const char *what, const char *named, const char *const patterns[],
		       const struct kdump_piece *p, size_t ahead, struct bytes *b, char path[PATH_MAX])
{
	int err;

	if (!named) {
		if (find_file(k, patterns, p, ahead, b, path))
			return true;
		fail(&k->c->report, "which file its %s is, is not known: none in /var/lib/kdump and /boot has the %llu bytes that are loaded; name it with --%s",
		     what, (unsigned long long)p->size, what);
		return false;
	}
	snprintf(path, PATH_MAX, "%s", named);
	err = bytes_read(b, named, FILE_MAX);
	if (err) {
		fail(&k->c->report, "%s: %s", named, strerror(-err));
		return false;
	}
	if (is_piece(p, ahead, b))
		return true;
	refuse(&k->c->report, "%s: is not the %s that is loaded; load it again (kdump-config reload)", named, what);
	bytes_free(b);
	return false;
}

/** kdump_check_kernel() - which kernel is it? */
void kdump_check_kernel(struct kdump *k)
{
	static const char *const patterns[] = {
		"var/lib/kdump/vmlinuz*", "boot/vmlinuz*", "boot/bzImage*", NULL
	};
	char path[PATH_MAX];
	struct bzimage bz;
	struct bytes b;
	int err;

	if (!open_piece(k, "kernel", k->kernel, patterns, &k->armed.kernel, SETUP_MAX, &b, path))
		return;
	err = bzimage_check(&bz, b.data, b.size);
	if (err)
		fail(&k->c->report, "%s: %s", path, bzimage_strerror(err));
	else if (!bz.release[0])
		fail(&k->c->report, "%s: does not say its release", path);
	else
		snprintf(k->release, sizeof(k->release), "%s", bz.release);
	kdump_say(k, "kernel", "%s, %s", path, k->release[0] ? k->release : "?");
	put_string(&k->c->report, "kernel", path);
	put_string(&k->c->report, "release", k->release);
	bytes_free(&b);
}

/** kdump_check_initrd() - does it bring ccp_ext, and load it in time? */
void kdump_check_initrd(struct kdump *k)
{
	static const char *const patterns[] = {
		"var/lib/kdump/init*", "boot/init*", NULL
	};
	char path[PATH_MAX];
	struct bytes b;

	if (!k->armed.initrd.size) {
		refuse(&k->c->report, "it has no initrd: ccp_ext cannot be loaded ahead of what reads /proc/vmcore");
		return;
	}
	if (!open_piece(k, "initrd", k->initrd, patterns, &k->armed.initrd, 0, &b, path))
		return;
	kdump_say(k, "initrd", "%s", path);
	put_string(&k->c->report, "initrd", path);
	if (k->release[0])
		kdump_check_content(k, path, &b);
	bytes_free(&b);
}
