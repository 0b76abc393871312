// SPDX-License-Identifier: GPL-2.0-only
/* GRUB's default entry, systemd-boot's, or the links that Debian keeps to its newest kernel: the first that is there. */
#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "default_entry.h"
#include "file.h"

#define FILE_MAX	(4UL << 20)
/* systemd-boot's variables of EFI */
#define EFIVARS		"sys/firmware/efi/efivars/"
#define LOADER		"-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

enum found { FOUND_NOTHING, FOUND_ENTRY, FOUND_TROUBLE };

static bool is_there(const struct context *c, const char *path)
{
	char full[PATH_MAX];

	path_join(full, c->root, path);
	return !access(full, F_OK);
}

/* @path as its boot loader has it, which may have another idea of where / is. */
static bool locate(const struct context *c, char full[PATH_MAX], const char *base, const char *path)
{
	char below[PATH_MAX];

	path += strspn(path, "/");
	snprintf(below, sizeof(below), "%s/%s", base, path);
	path_join(full, c->root, below);
	if (!access(full, F_OK))
		return true;
	path_join(full, c->root, path);
	return !access(full, F_OK);
}

static enum found take(struct context *c, struct default_entry *d, const char *from, const char *base, int err)
{
	const char *missing = NULL;

	if (err) {
		fail(&c->report, "load: no KERNEL given, and %s: %s; name a KERNEL", from, boot_entry_strerror(err));
		return FOUND_TROUBLE;
	}
	if (!locate(c, d->kernel, base, d->entry.kernel))
		missing = d->entry.kernel;
	else if (*d->entry.initrd && !locate(c, d->initrd, base, d->entry.initrd))
		missing = d->entry.initrd;
	if (missing) {
		fail(&c->report, "load: no KERNEL given, and the default entry of %s names %s, which is not there; name a KERNEL",
		     from, missing);
		return FOUND_TROUBLE;
	}
	d->has_append = true;
	say(&c->report, "entry", "\"%s\" of %s", d->entry.title, from);
	put_string(&c->report, "entry", d->entry.title);
	return FOUND_ENTRY;
}

static enum found from_grub(struct context *c, struct default_entry *d)
{
	char path[PATH_MAX];
	struct bytes cfg, env;
	enum found found;
	bool has_env;
	int err;

	path_join(path, c->root, "boot/grub/grub.cfg");
	err = bytes_read(&cfg, path, FILE_MAX);
	if (err == -ENOENT || err == -ENOTDIR)
		return FOUND_NOTHING;
	if (err) {
		fail(&c->report, "load: no KERNEL given, and %s: %s; name a KERNEL", path, strerror(-err));
		return FOUND_TROUBLE;
	}
	path_join(path, c->root, "boot/grub/grubenv");
	has_env = !bytes_read(&env, path, FILE_MAX);
	err = boot_entry_from_grub(&d->entry, (char *)cfg.data, has_env ? (char *)env.data : NULL);
	found = take(c, d, "/boot/grub/grub.cfg", "boot", err);
	bytes_free(&cfg);
	if (has_env)
		bytes_free(&env);
	return found;
}

/* A variable is four bytes of attributes and UTF-16; what matters here is ASCII. */
static void read_efi_variable(struct context *c, const char *name, char *value, size_t size)
{
	char path[PATH_MAX];
	struct bytes b;
	size_t i, n = 0;

	*value = '\0';
	path_join(path, c->root, name);
	if (bytes_read(&b, path, FILE_MAX))
		return;
	for (i = 4; i + 1 < b.size && b.data[i] && n + 1 < size; i += 2)
		value[n++] = (char)b.data[i];
	value[n] = '\0';
	bytes_free(&b);
}

/* loader.conf's pattern, unless EFI has one. */
static void default_pattern(struct context *c, const char *base, char *pattern, size_t size)
{
	char path[PATH_MAX], *line, *end;
	struct bytes b;

	read_efi_variable(c, EFIVARS "LoaderEntryDefault" LOADER, pattern, size);
	snprintf(path, sizeof(path), "%s/%s/loader/loader.conf", c->root, base);
	if (*pattern || bytes_read(&b, path, FILE_MAX))
		return;
	for (line = strtok_r((char *)b.data, "\n", &end); line; line = strtok_r(NULL, "\n", &end))
		if (!strncmp(line, "default", 7) && strchr(" \t", line[7]))
			snprintf(pattern, size, "%s", line + 7 + strspn(line + 7, " \t"));
	bytes_free(&b);
}

/* Of those that match, or of all, the newest by its name. */
static const char *choose(const glob_t *g, const char *pattern)
{
	const char *best = NULL, *name;
	size_t i;

	for (i = 0; i < g->gl_pathc; i++) {
		name = strrchr(g->gl_pathv[i], '/') + 1;
		if (*pattern && fnmatch(pattern, name, 0))
			continue;
		if (!best || strverscmp(name, strrchr(best, '/') + 1) > 0)
			best = g->gl_pathv[i];
	}
	return best;
}

static enum found from_directory(struct context *c, struct default_entry *d, const char *base)
{
	enum found found = FOUND_NOTHING;
	char path[PATH_MAX], pattern[256];
	const char *chosen;
	struct bytes b;
	int err = 0;
	glob_t g;

	snprintf(path, sizeof(path), "%s/%s/loader/entries/*.conf", c->root, base);
	if (glob(path, 0, NULL, &g))
		return FOUND_NOTHING;
	default_pattern(c, base, pattern, sizeof(pattern));
	chosen = choose(&g, pattern);
	snprintf(path, sizeof(path), "/%s/loader/entries", base);
	if (chosen)
		err = bytes_read(&b, chosen, FILE_MAX);
	if (!chosen) {
		found = take(c, d, path, base, BOOT_ENTRY_NO_DEFAULT);
	} else if (!err) {
		found = take(c, d, chosen + strlen(c->root), base, boot_entry_from_loader(&d->entry, (char *)b.data));
		bytes_free(&b);
	} else {
		fail(&c->report, "load: no KERNEL given, and %s: %s; name a KERNEL", chosen, strerror(-err));
		found = FOUND_TROUBLE;
	}
	globfree(&g);
	return found;
}

static enum found from_loader(struct context *c, struct default_entry *d)
{
	static const char *const bases[] = { "efi", "boot/efi", "boot", NULL };
	enum found found = FOUND_NOTHING;
	const char *const *base;

	for (base = bases; *base && found == FOUND_NOTHING; base++)
		found = from_directory(c, d, *base);
	return found;
}

static enum found from_links(struct context *c, struct default_entry *d)
{
	static const char *const bases[] = { "", "boot/", NULL };
	const char *const *base;
	char path[64];

	for (base = bases; *base; base++) {
		snprintf(path, sizeof(path), "%svmlinuz", *base);
		if (!is_there(c, path))
			continue;
		path_join(d->kernel, c->root, path);
		say(&c->report, "entry", "/%s", path);
		put_string(&c->report, "entry", path);
		snprintf(path, sizeof(path), "%sinitrd.img", *base);
		if (is_there(c, path))
			path_join(d->initrd, c->root, path);
		return FOUND_ENTRY;
	}
	return FOUND_NOTHING;
}

/**
 * default_entry_find() - what a cold boot of this host would start
 * @c: told of what was found, or of why nothing was
 *
 * Of two boot loaders the one that has started this host counts: systemd-boot leaves a variable.
 */
bool default_entry_find(struct context *c, struct default_entry *d)
{
	bool by_loader = is_there(c, EFIVARS "LoaderInfo" LOADER);
	enum found found;

	memset(d, 0, sizeof(*d));
	found = by_loader ? from_loader(c, d) : from_grub(c, d);
	if (found == FOUND_NOTHING)
		found = by_loader ? from_grub(c, d) : from_loader(c, d);
	if (found == FOUND_NOTHING)
		found = from_links(c, d);
	if (found == FOUND_NOTHING)
		fail(&c->report, "load: no KERNEL given, and no default entry found: neither /boot/grub/grub.cfg, nor loader/entries in /efi, /boot/efi or /boot, nor /vmlinuz or /boot/vmlinuz; name a KERNEL");
	return found == FOUND_ENTRY;
}
