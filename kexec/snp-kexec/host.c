// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rmp_persist/features.h>

#include "host.h"

#define ATTR_SIZE_MAX	(4U << 20)
#define PAGE_SHIFT	12
#define CPUINFO_HEAD	4096
/* Physical addresses have at most 52 bits. */
#define NR_PAGES_MAX	(1ULL << (52 - PAGE_SHIFT))

static const char *const quarantine_attr[NR_QUARANTINES] = {
	"quarantine", "quarantine_next"
};

/* The vendor of a CPU that cannot have SEV, or an empty string. */
static void other_vendor(const struct context *c, char vendor[32])
{
	char path[PATH_MAX];
	struct bytes b;
	char *at;

	vendor[0] = '\0';
	path_join(path, c->root, "proc/cpuinfo");
	if (bytes_read_head(&b, path, CPUINFO_HEAD) && !b.data)
		return;
	at = strstr((char *)b.data, "vendor_id");
	if (at && sscanf(at, "vendor_id : %31s", vendor) == 1 &&
	    (!strcmp(vendor, "AuthenticAMD") || !strcmp(vendor, "HygonGenuine")))
		vendor[0] = '\0';
	bytes_free(&b);
}

static bool module_is_there(const struct context *c)
{
	char path[PATH_MAX];

	path_join(path, c->ccp_ext, "version");
	return !access(path, F_OK);
}

/** host_needs_no_module() - has this host neither ccp_ext nor a CPU that could want it? Says so if it has not. */
bool host_needs_no_module(struct context *c)
{
	char vendor[32];

	if (module_is_there(c))
		return false;
	other_vendor(c, vendor);
	if (vendor[0])
		note(&c->report, "no ccp_ext, and a CPU of %s has no SEV: there is nothing to hand over", vendor);
	return vendor[0];
}

/** host_has_module() - is ccp_ext there? Says so if it is not. */
bool host_has_module(struct context *c)
{
	char vendor[32];

	if (module_is_there(c))
		return true;
	other_vendor(c, vendor);
	if (vendor[0]) {
		fail(&c->report, "%s: not there, and a CPU of %s has no SEV: there is nothing to hand over, kexec(8) alone will do",
		     c->ccp_ext, vendor);
		return false;
	}
	fail(&c->report, "%s: not there: the ccp_ext module is not loaded; load it from the initramfs, ahead of ccp",
	     c->ccp_ext);
	return false;
}

/**
 * attr_read() - all of an attribute of ccp_ext, as text
 * @c: context; told about errors
 * @name: of the attribute
 * @b: result, for bytes_free()
 *
 * An attribute that does not end with a line's end was cut short, and half a
 * list is worse than none.
 */
bool attr_read(struct context *c, const char *name, struct bytes *b)
{
	char path[PATH_MAX];
	int err;

	path_join(path, c->ccp_ext, name);
	err = bytes_read(b, path, ATTR_SIZE_MAX);
	if (err) {
		fail(&c->report, "%s: %s; is this ccp_ext of the same release, and are you root?",
		     path, strerror(-err));
		return false;
	}
	if ((b->size && b->data[b->size - 1] != '\n') ||
	    memchr(b->data, '\0', b->size)) {
		fail(&c->report, "%s: cut short or no text; see the kernel log",
		     path);
		bytes_free(b);
		return false;
	}
	return true;
}

/** attr_read_line() - an attribute of one line, without its end */
bool attr_read_line(struct context *c, const char *name, char *line,
		    size_t size)
{
	struct bytes b;
	size_t length;

	if (!attr_read(c, name, &b))
		return false;
	length = b.size ? strcspn((char *)b.data, "\n") : 0;
	if (length >= size)
		length = size - 1;
	memcpy(line, b.data, length);
	line[length] = '\0';
	bytes_free(&b);
	return true;
}

static bool attr_read_number(struct context *c, const char *name,
			     uint64_t *value)
{
	char line[64];
	const char *at = line;

	if (!attr_read_line(c, name, line, sizeof(line)))
		return false;
	if (parse_u64(&at, value) && !*at)
		return true;
	fail(&c->report, "%s/%s: \"%s\" is no number; is this ccp_ext of the same release?",
	     c->ccp_ext, name, line);
	return false;
}

static bool parse_range(const char **at, struct inplace_range *range)
{
	uint64_t pa, nr_pages, reason;

	if (!parse_u64(at, &pa) || !parse_u64(at, &nr_pages) ||
	    !parse_u64(at, &reason) || **at != '\n')
		return false;
	(*at)++;
	if (!nr_pages || nr_pages > NR_PAGES_MAX ||
	    pa >> PAGE_SHIFT > NR_PAGES_MAX - nr_pages)
		return false;
	*range = (struct inplace_range) { pa, nr_pages << PAGE_SHIFT };
	return true;
}

/* Lines `0xPA nr_pages 0xREASON`. One that is not so spoils the list. */
static bool read_quarantine(struct context *c, const char *name,
			    struct kept_out *k)
{
	uint32_t room = 0, line = 1;
	struct bytes b;
	const char *at;

	if (!attr_read(c, name, &b))
		return false;
	for (at = b.size ? (const char *)b.data : ""; *at; line++) {
		if (k->nr == room) {
			room = room ? room * 2 : 64;
			k->range = realloc(k->range, room * sizeof(*k->range));
			if (!k->range)
				abort();
		}
		if (!parse_range(&at, &k->range[k->nr])) {
			fail(&c->report, "%s/%s: line %u is not an address, a number of pages and a reason; is this ccp_ext of the same release?",
			     c->ccp_ext, name, line);
			bytes_free(&b);
			return false;
		}
		k->size += k->range[k->nr++].size;
	}
	bytes_free(&b);
	return true;
}

/**
 * host_read_memory() - zone, region, and what is kept out
 * @c: context; told about errors
 * @m: result, for host_free()
 *
 * Return: true if all of it could be read.
 */
bool host_read_memory(struct context *c, struct host_memory *m)
{
	bool ok = true;
	int i;

	*m = (struct host_memory) { 0 };
	ok &= attr_read_number(c, "zone_address", &m->zone.pa);
	ok &= attr_read_number(c, "zone_size", &m->zone.size);
	ok &= attr_read_number(c, "region_address", &m->region.pa);
	ok &= attr_read_number(c, "region_size", &m->region.size);
	for (i = 0; i < NR_QUARANTINES; i++)
		ok &= read_quarantine(c, quarantine_attr[i], &m->quarantine[i]);
	return ok;
}

/* `none` or `committed bytes 0x.. entry 0x.. hash 0x..` */
static bool read_commit(struct context *c, struct host_image *i)
{
	char line[256];
	const char *at = line;

	if (!attr_read_line(c, "zone_commit", line, sizeof(line)))
		return false;
	if (!strcmp(line, "none"))
		return true;
	if (!strncmp(at, "committed bytes ", 16)) {
		at += 16;
		if (parse_u64(&at, &i->size) && !strncmp(at, " entry ", 7)) {
			at += 7;
			i->committed = parse_u64(&at, &i->entry);
		}
	}
	if (!i->committed)
		fail(&c->report, "%s/zone_commit: \"%s\" is not understood; is this ccp_ext of the same release?",
		     c->ccp_ext, line);
	return i->committed;
}

static bool read_features(struct context *c, uint32_t *features)
{
	struct bytes b;

	if (!attr_read(c, "image_features", &b))
		return false;
	*features = rmpp_features_parse((char *)b.data, b.size);
	bytes_free(&b);
	return true;
}

/**
 * host_read_loaded() - is any image loaded?
 * @c: context; told about errors
 * @loaded: result
 *
 * Return: true if it could be read.
 */
bool host_read_loaded(struct context *c, bool *loaded)
{
	char path[PATH_MAX];
	struct bytes b;
	int err;

	path_join(path, c->root, "sys/kernel/kexec_loaded");
	err = bytes_read(&b, path, 64);
	if (err) {
		fail(&c->report, "%s: %s; this kernel cannot kexec (CONFIG_KEXEC)",
		     path, strerror(-err));
		return false;
	}
	*loaded = b.size && b.data[0] == '1';
	bytes_free(&b);
	return true;
}

/**
 * host_read_image() - what is loaded
 * @c: context; told about errors
 * @i: result, for host_free()
 *
 * Return: true if all of it could be read.
 */
bool host_read_image(struct context *c, struct host_image *i)
{
	bool ok = true;

	*i = (struct host_image) { 0 };
	ok &= host_read_loaded(c, &i->loaded);
	ok &= read_commit(c, i);
	ok &= read_features(c, &i->features);
	ok &= attr_read(c, "image", &i->check);
	return ok;
}

/** host_check_loaded() - is an image loaded? Refuses if not. */
bool host_check_loaded(struct context *c, bool loaded)
{
	if (!loaded)
		refuse(&c->report, "no kernel is loaded; load one with: snp-kexec load KERNEL");
	return loaded;
}

/** host_free() - either may be NULL */
void host_free(struct host_memory *m, struct host_image *i)
{
	int q;

	for (q = 0; m && q < NR_QUARANTINES; q++)
		free(m->quarantine[q].range);
	if (i)
		bytes_free(&i->check);
}

/** host_image_is() - is this the module's verdict on the loaded image? */
bool host_image_is(const struct host_image *i, const char *word)
{
	const char *text = i->check.size ? (const char *)i->check.data : "";
	size_t length = strcspn(text, "\n ");

	return length == strlen(word) && !memcmp(text, word, length);
}

/**
 * host_check_kept_out() - refuse a range that comes near quarantined memory
 * @c: context; told about each conflict
 * @m: the host's memory
 * @what: name of the range
 * @pa: first byte
 * @size: bytes
 */
void host_check_kept_out(struct context *c, const struct host_memory *m,
			 const char *what, uint64_t pa, uint64_t size)
{
	const struct inplace_range *kept;
	int i, at;

	for (i = 0; i < NR_QUARANTINES; i++) {
		at = inplace_conflict(m->quarantine[i].range,
				      m->quarantine[i].nr, pa, size);
		if (at < 0)
			continue;
		kept = &m->quarantine[i].range[at];
		refuse(&c->report, "%s (%#llx, %llu bytes) shares a 2 MiB block with %#llx, %llu bytes, which %s/%s keeps out; reboot through the firmware",
		       what, (unsigned long long)pa, (unsigned long long)size,
		       (unsigned long long)kept->pa,
		       (unsigned long long)kept->size, c->ccp_ext,
		       quarantine_attr[i]);
	}
}
