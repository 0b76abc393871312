// SPDX-License-Identifier: GPL-2.0-only
/* What is loaded for a panic, by this kernel's and ccp_ext's word. */
#include <errno.h>
#include <string.h>

#include "host.h"
#include "kdump.h"

#define MIB		(1ULL << 20)

static bool read_number(struct kdump *k, const char *name, uint64_t *value)
{
	char path[PATH_MAX];
	const char *at;
	struct bytes b;
	bool ok;
	int err;

	path_join(path, k->c->root, name);
	err = bytes_read(&b, path, 64);
	if (err) {
		fail(&k->c->report, "%s: %s; this kernel cannot load a crash kernel (CONFIG_CRASH_DUMP)",
		     path, strerror(-err));
		return false;
	}
	at = b.size ? (const char *)b.data : "";
	ok = parse_u64(&at, value);
	if (!ok)
		fail(&k->c->report, "%s: no number", path);
	bytes_free(&b);
	return ok;
}

/* The rest of the line that begins with @key and a blank; false if there is none, or it is too long. */
static bool line_of(const struct bytes *b, const char *key, char *value, size_t size)
{
	const char *line = b->size ? (const char *)b->data : "";
	size_t key_length = strlen(key), length;

	for (; *line; line += length + (line[length] == '\n')) {
		length = strcspn(line, "\n");
		if (length <= key_length || strncmp(line, key, key_length) || line[key_length] != ' ')
			continue;
		if (length - key_length - 1 >= size)
			return false;
		memcpy(value, line + key_length + 1, length - key_length - 1);
		value[length - key_length - 1] = '\0';
		return true;
	}
	return false;
}

static bool piece_of(const struct bytes *b, const char *key, struct kdump_piece *p)
{
	const char *at;
	char line[64];
	uint64_t crc;

	at = line;
	if (!line_of(b, key, line, sizeof(line)) || !parse_u64(&at, &p->size) || !parse_u64(&at, &crc))
		return false;
	p->crc = (uint32_t)crc;
	return true;
}

static bool read_image(struct kdump *k, const struct bytes *b)
{
	struct kdump_armed *a = &k->armed;
	char state[16] = "", efi[4];

	if (!line_of(b, "state", state, sizeof(state)))
		state[0] = '\0';
	if (!strcmp(state, "none")) {
		refuse(&k->c->report, "a crash kernel is loaded that ccp_ext has not seen: it was loaded first; load it again (kdump-config reload), and ccp_ext from the initramfs");
	} else if (!strcmp(state, "unknown")) {
		fail(&k->c->report, "%s/crash_image: what is loaded cannot be watched in this kernel; see the kernel log",
		     k->c->ccp_ext);
	} else if (!strcmp(state, "opaque")) {
		refuse(&k->c->report, "what is loaded for a panic is no Linux kernel with boot_params; load it with kexec -p");
	} else if (strcmp(state, "loaded") || !line_of(b, "by", a->by, sizeof(a->by)) ||
		   !piece_of(b, "kernel", &a->kernel) || !piece_of(b, "initrd", &a->initrd) ||
		   !line_of(b, "efi", efi, sizeof(efi))) {
		fail(&k->c->report, "%s/crash_image: not understood; is this ccp_ext of the same release?",
		     k->c->ccp_ext);
	} else {
		a->efi = efi[0] == '1';
		if (!line_of(b, "cmdline", a->cmdline, sizeof(a->cmdline)))
			a->cmdline[0] = '\0';
		a->seen = true;
	}
	return a->seen;
}

/* Will it find what this kernel knows? */
static void check_handover(struct kdump *k, const struct bytes *b)
{
	char state[32] = "?", why[128] = "see the kernel log";

	line_of(b, "state", state, sizeof(state));
	line_of(b, "why", why, sizeof(why));
	kdump_say(k, "hand-over", "%s", state);
	put_string(&k->c->report, "handover", state);
	if (strcmp(state, "current"))
		refuse(&k->c->report, "%s/crash_handover: %s: %s; a crash kernel is not told of SEV guests' pages and of the TMR",
		       k->c->ccp_ext, state, why);
}

static void describe(struct kdump *k)
{
	const struct kdump_armed *a = &k->armed;

	kdump_say(k, "crash image", "%llu KiB kernel, %llu KiB initrd, by %s",
		  (unsigned long long)a->kernel.size >> 10, (unsigned long long)a->initrd.size >> 10, a->by);
	kdump_say(k, "cmdline", "%s", a->cmdline);
	kdump_say(k, "wanted", "%s", a->words);
	put_string(&k->c->report, "by", a->by);
	put_string(&k->c->report, "cmdline", a->cmdline);
	put_string(&k->c->report, "wanted", a->words);
}

/**
 * kdump_read_armed() - what is loaded, and whether it would be told anything
 * @k: result in @k->armed; reasons go to the report
 *
 * Return: true if what is loaded is known.
 */
bool kdump_read_armed(struct kdump *k)
{
	struct kdump_armed *a = &k->armed;
	struct bytes b;
	uint64_t loaded;

	if (!read_number(k, "sys/kernel/kexec_crash_loaded", &loaded) ||
	    !read_number(k, "sys/kernel/kexec_crash_size", &a->reserved))
		return false;
	a->loaded = loaded;
	kdump_say(k, "crash kernel", "%sloaded, %llu MiB reserved", a->loaded ? "" : "not ",
		  (unsigned long long)(a->reserved / MIB));
	json_object_object_add(k->c->report.root, "loaded", json_object_new_boolean(a->loaded));
	put_number(&k->c->report, "reserved", a->reserved);
	if (!attr_read(k->c, "crash_handover", &b))
		return false;
	check_handover(k, &b);
	bytes_free(&b);
	if (!a->loaded) {
		refuse(&k->c->report, "no crash kernel is loaded: %s", a->reserved ?
		       "load one (kdump-config load)" :
		       "and no memory is reserved for one; boot with crashkernel=256M, say");
		return false;
	}
	if (!attr_read_line(k->c, "kdump_words", a->words, sizeof(a->words)) ||
	    !attr_read(k->c, "crash_image", &b))
		return false;
	if (read_image(k, &b))
		describe(k);
	bytes_free(&b);
	return a->seen;
}
