// SPDX-License-Identifier: GPL-2.0-only
/* What the next kernel must know of the machine, from the running one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../e820.h"
#include "image.h"

#define SMALL_FILE	4096
#define EFI_PAGE	4096
/* Room for entries that e820_normalize() joins. */
#define MEMMAP_MAX	(2 * E820_ENTRIES_MAX)

/* One file of /sys/firmware/memmap/N/, without the line's end. */
static int memmap_file(struct context *c, unsigned int n, const char *name,
		       char text[SMALL_FILE])
{
	char path[PATH_MAX];
	struct bytes b;
	int err;

	snprintf(path, sizeof(path), "%s/sys/firmware/memmap/%u/%s", c->root, n,
		 name);
	err = bytes_read(&b, path, SMALL_FILE - 1);
	if (err)
		return err;
	memcpy(text, b.data, b.size + 1);
	text[strcspn(text, "\n")] = '\0';
	bytes_free(&b);
	return 0;
}

/* -ENOENT: no such entry, the list is at its end. */
static int memmap_entry(struct context *c, unsigned int n,
			struct boot_e820_entry *e)
{
	char start[SMALL_FILE], end[SMALL_FILE], type[SMALL_FILE];
	const char *at_start = start, *at_end = end;
	uint64_t first, last;
	int err;

	err = memmap_file(c, n, "start", start);
	if (!err)
		err = memmap_file(c, n, "end", end);
	if (!err)
		err = memmap_file(c, n, "type", type);
	if (err)
		return err;
	if (!parse_u64(&at_start, &first) || !parse_u64(&at_end, &last) ||
	    *at_start || *at_end || e820_entry_set(e, first, last, type))
		return -EINVAL;
	return 0;
}

static bool read_memmap(struct context *c, struct image *image)
{
	unsigned int n;
	int err = 0, nr;

	image->e820 = calloc(MEMMAP_MAX, sizeof(*image->e820));
	if (!image->e820)
		abort();
	for (n = 0; n < MEMMAP_MAX && !err; n++)
		err = memmap_entry(c, n, &image->e820[n]);
	if (err == -ENOENT)
		n--;
	else if (err) {
		fail(&c->report, "%s/sys/firmware/memmap/%u: %s; without the memory map nothing can be loaded",
		     c->root, n - 1, strerror(-err));
		return false;
	}
	nr = e820_normalize(image->e820, n);
	if (nr < 0) {
		fail(&c->report, "%s/sys/firmware/memmap: %s; without the memory map nothing can be loaded",
		     c->root, nr == E820_ERR_NO_RAM ? "names no System RAM" :
		     nr == E820_ERR_OVERLAP ? "ranges overlap" :
		     "impossible range");
		return false;
	}
	image->input.e820 = image->e820;
	image->input.nr_e820 = (uint32_t)nr;
	return true;
}

static bool read_boot_params(struct context *c, struct image *image)
{
	char path[PATH_MAX];
	struct bytes b;
	int err;

	path_join(path, c->root, "sys/kernel/boot_params/data");
	err = bytes_read(&b, path, sizeof(image->prev));
	if (!err && b.size != sizeof(image->prev))
		err = -EINVAL;
	if (err) {
		fail(&c->report, "%s: %s; without it the next kernel would not find its screen and ACPI",
		     path, strerror(-err));
		bytes_free(&b);
		return false;
	}
	memcpy(&image->prev, b.data, sizeof(image->prev));
	bytes_free(&b);
	image->input.prev = &image->prev;
	return true;
}

/*
 * Every kernel since 5.0 keeps the address in boot_params; the EFI tables are
 * for those that found it elsewhere. With neither, the next kernel scans
 * memory below 1 MiB, as on a cold boot.
 */
static uint64_t find_rsdp(struct context *c, const struct image *image)
{
	static const char *const names[] = { "ACPI20=", "ACPI=" };
	char path[PATH_MAX];
	uint64_t pa = image->prev.acpi_rsdp_addr;
	struct bytes b;
	size_t i;

	if (pa)
		return pa;
	path_join(path, c->root, "sys/firmware/efi/systab");
	if (bytes_read(&b, path, SMALL_FILE))
		return 0;
	for (i = 0; i < 2 && !pa; i++) {
		const char *at = strstr((char *)b.data, names[i]);

		if (!at)
			continue;
		at += strlen(names[i]);
		if (!parse_u64(&at, &pa))
			pa = 0;
	}
	bytes_free(&b);
	return pa;
}

/* The flag stands in /proc/cpuinfo only if the kernel uses it. */
static bool has_5level_paging(struct context *c)
{
	char path[PATH_MAX];
	struct bytes b;
	bool found;

	path_join(path, c->root, "proc/cpuinfo");
	bytes_read_head(&b, path, 16 << 10);
	found = b.size && strstr((char *)b.data, " la57");
	bytes_free(&b);
	return found;
}

/*
 * Of its boot services' memory the firmware lets go, but for tables that the
 * first kernel keeps for itself and its followers (efi_mem_reserve()). It marks
 * them as the runtime services' own, and leaves memmap as it was: RAM.
 */
static bool reserve_efi(struct context *c, struct image *image)
{
	const struct efi_descriptor *d = image->efi.map;
	const struct efi_descriptor *end = d + image->efi.nr;
	int nr = (int)image->input.nr_e820;

	for (; d < end && nr > 0; d++)
		nr = d->num_pages > UINT64_MAX / EFI_PAGE ? E820_ERR_RANGE :
		     e820_reserve(image->e820, (uint32_t)nr, MEMMAP_MAX,
				  d->phys_addr, d->num_pages * EFI_PAGE);
	if (nr < 0)
		fail(&c->report, "%s/sys/firmware/efi/runtime-map: impossible, or in too many pieces; boot with efi=noruntime, or use --file",
		     c->root);
	else
		image->input.nr_e820 = (uint32_t)nr;
	return nr > 0;
}

/**
 * platform_read() - fill in what image->input says of the machine
 * @c: context; told about errors
 * @image: e820, prev and input are filled
 */
bool platform_read(struct context *c, struct image *image)
{
	if (!read_memmap(c, image) || !read_boot_params(c, image))
		return false;
	image->input.rsdp_pa = find_rsdp(c, image);
	image->input.paging_5level = has_5level_paging(c);
	if (image->options->file ||
	    image->prev.efi_info.efi_loader_signature != EFI_LOADER_64)
		return true;
	if (!efi_read(c, &image->efi))
		return false;
	image->input.efi = &image->efi;
	if (!image->efi.nr)
		note(&c->report, "this kernel does not use EFI's runtime services: nor will the next one");
	return reserve_efi(c, image);
}
