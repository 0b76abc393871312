// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cmdline.h"
#include "image.h"

#define MIB	(1ULL << 20)

/* The whole file is read first: what was checked is what is written. */
static bool read_file(struct context *c, const char *path, uint64_t max,
		      struct bytes *b)
{
	int err = bytes_read(b, path, max);

	if (err == -EFBIG)
		refuse(&c->report, "%s: larger than the landing zone (%llu MiB); use a smaller file, or load ccp_ext with a larger zone_mb",
		       path, (unsigned long long)(max / MIB));
	else if (err)
		fail(&c->report, "%s: %s; nothing was changed", path,
		     strerror(-err));
	return !err;
}

static bool read_kernel(struct context *c, const char *path, uint64_t max,
			struct image *image)
{
	int err;

	if (!read_file(c, path, max, &image->kernel))
		return false;
	err = bzimage_check(&image->bz, image->kernel.data, image->kernel.size);
	if (err)
		refuse(&c->report, "%s: %s", path, bzimage_strerror(err));
	image->input.bz = &image->bz;
	return !err;
}

static bool read_initrd(struct context *c, const char *path, uint64_t max,
			struct image *image)
{
	if (!path)
		return true;
	if (!read_file(c, path, max, &image->initrd))
		return false;
	if (!image->initrd.size)
		refuse(&c->report, "%s: empty; leave --initrd out, or pass the right file",
		       path);
	image->input.initrd_size = image->initrd.size;
	return image->initrd.size;
}

/* By EFI, and its tables are read: those of a kernel with noefi are not, by the next one either. */
static bool was_started_by_efi(const struct context *c)
{
	char path[PATH_MAX];

	path_join(path, c->root, "sys/firmware/efi");
	return !access(path, F_OK);
}

static bool make_cmdline(struct context *c, const char *append,
			 struct image *image)
{
	size_t max = image->bz.hdr.cmdline_size;
	char path[PATH_MAX];
	struct bytes b = { 0 };
	int length;

	if (max > INPLACE_PAGE_SIZE - 1)
		max = INPLACE_PAGE_SIZE - 1;
	if (!append) {
		path_join(path, c->root, "proc/cmdline");
		length = bytes_read(&b, path, 64 << 10);
		if (length) {
			fail(&c->report, "%s: %s; give the command line with --append",
			     path, strerror(-length));
			return false;
		}
		append = (char *)b.data;
	}
	length = cmdline_make(image->cmdline, max, append,
			      image->input.region.pa, was_started_by_efi(c));
	bytes_free(&b);
	if (length == CMDLINE_ERR_TOO_LONG)
		refuse(&c->report, "the command line is too long: with what load adds it must not exceed %zu characters; shorten it",
		       max);
	else if (length < 0)
		refuse(&c->report, "the command line has a quote that is never closed; close it");
	return length >= 0;
}

static bool make_layout(struct context *c, struct image *image)
{
	const struct inplace_input *in = &image->input;
	int err = inplace_layout_make(&image->layout, in);

	if (err == INPLACE_ERR_TOO_SMALL)
		refuse(&c->report, "the landing zone is too small: this image needs %llu MiB, the zone has %llu; load ccp_ext with zone_mb=%llu or use a smaller initrd",
		       (unsigned long long)((inplace_needed(in->bz, in->initrd_size) + MIB - 1) / MIB),
		       (unsigned long long)(in->zone.size / MIB),
		       (unsigned long long)((inplace_needed(in->bz, in->initrd_size) + 4 * MIB - 1) / (4 * MIB) * 4));
	else if (err)
		refuse(&c->report, "%s", inplace_strerror(err));
	return !err;
}

static bool check_kept_out(struct context *c, const struct image *image,
			   const struct host_memory *m)
{
	const struct inplace_layout *l = &image->layout;
	int id;

	for (id = 0; id < INPLACE_NR_PIECES; id++)
		host_check_kept_out(c, m, inplace_piece_name(id),
				    l->zone_pa + l->piece[id].offset,
				    l->piece[id].size);
	host_check_kept_out(c, m, "the hand-over region", m->region.pa,
			    m->region.size);
	return c->report.verdict == VERDICT_SAFE;
}

static void add_write(struct image *image, enum inplace_piece_id id,
		      const void *data, size_t size)
{
	if (size)
		image->write[image->nr_writes++] =
			(struct image_write) { id, data, size };
}

static uint8_t *piece_buffer(const struct image *image,
			     enum inplace_piece_id id)
{
	uint8_t *buffer = malloc(image->layout.piece[id].size);

	if (!buffer)
		abort();
	return buffer;
}

/* The segment's page is written by the kernel, at the jump. */
static void fill(struct image *image)
{
	const struct inplace_piece *ext =
		&image->layout.piece[INPLACE_E820_EXT];
	const struct inplace_piece *efi = &image->layout.piece[INPLACE_EFI];

	inplace_boot_params_fill(&image->next, &image->layout, &image->input);
	inplace_trampoline_fill(image->trampoline, &image->layout);
	if (ext->size) {
		image->e820_ext = piece_buffer(image, INPLACE_E820_EXT);
		inplace_e820_ext_fill(image->e820_ext, &image->layout,
				      &image->input);
	}
	if (efi->size) {
		image->efi_setup = piece_buffer(image, INPLACE_EFI);
		inplace_efi_fill(image->efi_setup, &image->layout,
				 &image->input);
	}
	add_write(image, INPLACE_BOOT_PARAMS, &image->next,
		  sizeof(image->next));
	add_write(image, INPLACE_CMDLINE, image->cmdline,
		  sizeof(image->cmdline));
	add_write(image, INPLACE_TRAMPOLINE, image->trampoline,
		  sizeof(image->trampoline));
	add_write(image, INPLACE_E820_EXT, image->e820_ext, ext->size);
	add_write(image, INPLACE_EFI, image->efi_setup, efi->size);
	add_write(image, INPLACE_KERNEL,
		  image->kernel.data + image->bz.setup_size,
		  image->bz.kernel_size);
	add_write(image, INPLACE_INITRD, image->initrd.data,
		  image->initrd.size);
}

/**
 * image_build() - read, check and lay out; changes nothing on the host
 * @c: context; told why it cannot be
 * @image: result, for image_free() in any case; must not be moved
 * @o: what to load; must stay
 * @m: where to
 *
 * Return: true if it can be written and started.
 */
bool image_build(struct context *c, struct image *image,
		 const struct image_options *o, const struct host_memory *m)
{
	/* Without a zone there is still a kernel to be judged. */
	uint64_t max = m->zone.size ?: 1024 * MIB;

	memset(image, 0, sizeof(*image));
	image->options = o;
	image->input.zone = m->zone;
	image->input.region = m->region;
	if (!read_kernel(c, o->kernel, max, image) ||
	    !read_initrd(c, o->initrd, max, image) ||
	    !platform_read(c, image) ||
	    !make_layout(c, image) ||
	    !make_cmdline(c, o->append, image) ||
	    !check_kept_out(c, image, m))
		return false;
	fill(image);
	return true;
}

/** image_free() - the process's copy; the zone keeps its own */
void image_free(struct image *image)
{
	bytes_free(&image->kernel);
	bytes_free(&image->initrd);
	free(image->e820);
	free(image->e820_ext);
	free(image->efi_setup);
	efi_free(&image->efi);
}
