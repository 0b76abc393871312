// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "os.h"
#include "signals.h"
#include "zone.h"

#define CHUNK	(1UL << 20)

static const char commit_attr[] = "zone_commit";

/**
 * zone_lock() - open the zone for this process alone
 * @c: context; told about errors
 * @z: result, for zone_unlock()
 */
bool zone_lock(struct context *c, struct zone *z)
{
	path_join(z->path, c->ccp_ext, "zone_data");
	z->fd = open(z->path, O_RDWR | O_CLOEXEC);
	if (z->fd < 0) {
		fail(&c->report, "%s: %s; the landing zone must be writable: is ccp_ext loaded with zone_mb, and are you root?",
		     z->path, strerror(errno));
		return false;
	}
	if (!flock(z->fd, LOCK_EX | LOCK_NB))
		return true;
	fail(&c->report, "%s: %s; another snp-kexec is at work: wait for it",
	     z->path, errno == EWOULDBLOCK ? "locked" : strerror(errno));
	zone_unlock(z);
	return false;
}

/** zone_unlock() - close it */
void zone_unlock(struct zone *z)
{
	close(z->fd);
}

/** attr_write() - one write to an attribute of ccp_ext */
bool attr_write(struct context *c, const char *name, const char *value)
{
	char path[PATH_MAX];
	int err;

	path_join(path, c->ccp_ext, name);
	err = os_attr_write(path, value);
	if (err)
		fail(&c->report, "%s: writing \"%s\": %s; see the kernel log",
		     path, value, strerror(-err));
	return !err;
}

static const char *kexec_hint(int err)
{
	switch (err) {
	case -EPERM:
		return "the kernel is locked down (try --file), kernel.kexec_load_disabled is 1, or CAP_SYS_BOOT is missing";
	case -EBUSY:
		return "another kexec is being loaded: try again";
	case -EADDRNOTAVAIL:
	case -EINVAL:
		return "the kernel does not accept the landing zone as destination";
	default:
		return "see the kernel log";
	}
}

static bool kexec_unload(struct context *c)
{
	int err = os_kexec_unload();

	if (err)
		fail(&c->report, "cannot unload: %s; %s",
		     strerror(-err), kexec_hint(err));
	return !err;
}

/**
 * zone_clear() - nothing is loaded, nothing is committed, nothing is donated
 * @c: context; told about errors
 *
 * Goes on after an error, to leave as little behind as can be.
 */
bool zone_clear(struct context *c)
{
	bool ok = kexec_unload(c);

	ok &= attr_write(c, "image_file", "0");
	ok &= attr_write(c, "image_donate", "0");
	ok &= attr_write(c, commit_attr, "0 0");
	return ok;
}

static int write_piece(const struct zone *z, const uint8_t *data, size_t size,
		       uint64_t offset)
{
	size_t done = 0;

	while (done < size) {
		size_t length = size - done < CHUNK ? size - done : CHUNK;
		ssize_t n;

		if (signals_stop)
			return -EINTR;
		n = pwrite(z->fd, data + done, length, (off_t)(offset + done));
		if (n < 0 && errno != EINTR)
			return -errno;
		if (!n)
			return -ENOSPC;
		if (n > 0)
			done += (size_t)n;
	}
	return 0;
}

/* -EILSEQ: what is read is not what was written. */
static int compare_piece(const struct zone *z, const uint8_t *data, size_t size,
			 uint64_t offset, uint8_t *buffer)
{
	size_t done = 0;

	while (done < size) {
		size_t length = size - done < CHUNK ? size - done : CHUNK;
		ssize_t n;

		if (signals_stop)
			return -EINTR;
		n = pread(z->fd, buffer, length, (off_t)(offset + done));
		if (n < 0 && errno != EINTR)
			return -errno;
		if (!n)
			return -ENODATA;
		if (n > 0 && memcmp(buffer, data + done, (size_t)n))
			return -EILSEQ;
		if (n > 0)
			done += (size_t)n;
	}
	return 0;
}

static bool piece_failed(struct context *c, const struct zone *z,
			 const struct image_write *w, const char *doing, int err)
{
	if (err == -EINTR)
		return false;
	if (err == -EILSEQ)
		fail(&c->report, "%s: %s: what is read back is not what was written; do not trust this zone, reboot through the firmware",
		     z->path, inplace_piece_name(w->id));
	else
		fail(&c->report, "%s: %s %s: %s; see the kernel log", z->path,
		     doing, inplace_piece_name(w->id), strerror(-err));
	return false;
}

/**
 * zone_write() - all pieces, then all of them read back and compared
 * @c: context; told about errors
 * @z: the locked zone
 * @image: a built image
 *
 * Return: false on error, and when signals_stop was set.
 */
bool zone_write(struct context *c, struct zone *z, const struct image *image)
{
	uint8_t *buffer = malloc(CHUNK);
	const struct image_write *w = image->write;
	const struct image_write *end = w + image->nr_writes;
	const struct inplace_piece *piece = image->layout.piece;
	int err = 0;

	if (!buffer)
		abort();
	for (; w < end && !err; w++) {
		err = write_piece(z, w->data, w->size, piece[w->id].offset);
		if (err)
			piece_failed(c, z, w, "writing", err);
	}
	for (w = image->write; w < end && !err; w++) {
		err = compare_piece(z, w->data, w->size, piece[w->id].offset,
				    buffer);
		if (err)
			piece_failed(c, z, w, "reading back", err);
	}
	free(buffer);
	return !err;
}

/**
 * zone_commit() - tell the module what the zone holds, so that it can watch it
 * @c: context; told about errors
 * @image: what was written
 */
bool zone_commit(struct context *c, const struct image *image)
{
	uint64_t entry = image->layout.piece[INPLACE_TRAMPOLINE].offset;
	struct host_image now;
	char value[64];
	bool ok;

	snprintf(value, sizeof(value), "%llu %llu",
		 (unsigned long long)image->layout.used,
		 (unsigned long long)entry);
	if (!attr_write(c, commit_attr, value))
		return false;
	ok = host_read_image(c, &now);
	if (ok && (!now.committed || now.size != image->layout.used ||
		   now.entry != entry)) {
		fail(&c->report, "%s/%s: wrote \"%s\", but the module did not take it; see the kernel log",
		     c->ccp_ext, commit_attr, value);
		ok = false;
	}
	host_free(NULL, &now);
	if (ok && image->features[0])
		ok = attr_write(c, "image_features", image->features);
	return ok;
}

/*
 * The kernel takes the image's own pages from this CPU's free lists, and the
 * module has just put clean ones there: nothing may come in between. The
 * content of the segment does not matter, the entry point lies in the zone.
 */
static bool load_page(struct context *c, const struct image *image)
{
	const struct inplace_layout *l = &image->layout;
	int err;

	if (!attr_write(c, "image_donate", "1"))
		return false;
	err = os_kexec_load(l->zone_pa + l->piece[INPLACE_TRAMPOLINE].offset,
			    image->trampoline,
			    l->zone_pa + l->piece[INPLACE_SEGMENT].offset);
	if (err)
		fail(&c->report, "kexec_load: %s; %s", strerror(-err),
		     kexec_hint(err));
	return attr_write(c, "image_donate", "0") && !err;
}

/* Every line of the module's verdict is a reason. */
static void refuse_dirty(struct context *c, struct host_image *now)
{
	char *line, *save = NULL;

	for (line = strtok_r((char *)now->check.data, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		refuse(&c->report, "the loaded image's own pages: %s", line);
}

/* The module says more than "clean" if a guest that starts later could make the image dirty. */
static bool stays_clean(const struct host_image *now)
{
	return strcspn((char *)now->check.data, "\n ") == strcspn((char *)now->check.data, "\n");
}

/* 1: clean, 0: dirty, or may become so (told if this was the last try), -1: error */
static int judge(struct context *c, bool last)
{
	struct host_image now;
	int verdict = -1;

	if (host_read_image(c, &now)) {
		if (now.loaded && host_image_is(&now, "clean"))
			verdict = stays_clean(&now) || last;
		else if (now.loaded && host_image_is(&now, "dirty"))
			verdict = 0;
		else
			fail(&c->report, "%s/image: the module does not see the image that was just loaded (%.*s); see the kernel log",
			     c->ccp_ext,
			     now.check.size ? (int)strcspn((char *)now.check.data, "\n") : 0,
			     now.check.size ? (char *)now.check.data : "");
	}
	if (!verdict && last)
		refuse_dirty(c, &now);
	if (verdict > 0 && !stays_clean(&now))
		note(&c->report, "the loaded image is %.*s: a guest that starts later may come too near, and exec would refuse then",
		     (int)strcspn((char *)now.check.data, "\n"), (char *)now.check.data);
	host_free(NULL, &now);
	return verdict;
}

/**
 * zone_load() - load until the kernel's own pages for the image are clean, and among themselves
 * @c: context; told about errors, and about dirt that stays
 * @image: a committed image, or one that the kernel is to lay out
 * @max_tries: at least 1
 * @tries: how many it took
 *
 * The caller has pinned itself to one CPU.
 *
 * Return: true if a clean image is loaded; else call zone_clear().
 */
bool zone_load(struct context *c, const struct image *image,
	       unsigned int max_tries, unsigned int *tries)
{
	int verdict = 0;

	for (*tries = 0; !verdict && *tries < max_tries; ) {
		if (signals_stop || (*tries && !kexec_unload(c)))
			return false;
		++*tries;
		if (!(image->options->file ? steer_load : load_page)(c, image))
			return false;
		verdict = judge(c, *tries == max_tries);
	}
	if (!verdict)
		refuse(&c->report, "after %u tries guests or firmware still own memory next to these pages; stop some guests and load again, or reboot through the firmware",
		       *tries);
	return verdict > 0 && !signals_stop;
}
