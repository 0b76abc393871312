// SPDX-License-Identifier: GPL-2.0-only
/* EFI's runtime services as the running kernel has mapped them, from /sys/firmware/efi. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"

#define EFI		"sys/firmware/efi/"
#define SMALL_FILE	4096

static int read_number(struct context *c, const char *name, uint64_t *value)
{
	char path[PATH_MAX];
	const char *at;
	struct bytes b;
	int err;

	path_join(path, c->root, name);
	err = bytes_read(&b, path, SMALL_FILE);
	if (err)
		return err;
	at = (char *)b.data;
	if (!parse_u64(&at, value) || (*at && *at != '\n'))
		err = -EINVAL;
	bytes_free(&b);
	return err;
}

/* -ENOENT: no such entry, the list is at its end. */
static int read_descriptor(struct context *c, unsigned int n, struct efi_descriptor *d)
{
	static const char *const names[] = {
		"type", "phys_addr", "virt_addr", "num_pages", "attribute"
	};
	char name[64];
	uint64_t v[5];
	int i, err = 0;

	for (i = 0; i < 5 && !err; i++) {
		snprintf(name, sizeof(name), EFI "runtime-map/%u/%s", n, names[i]);
		err = read_number(c, name, &v[i]);
		if (err == -ENOENT && i)
			err = -EINVAL;
	}
	if (err)
		return err;
	*d = (struct efi_descriptor) {
		.type = (uint32_t)v[0], .phys_addr = v[1], .virt_addr = v[2],
		.num_pages = v[3], .attribute = v[4],
	};
	return 0;
}

/* Firmware of today may have an SMBIOS 3 table only; then there is nothing to put right. */
static uint64_t find_smbios(struct context *c)
{
	uint64_t pa = EFI_NO_TABLE;
	char path[PATH_MAX];
	const char *at;
	struct bytes b;

	path_join(path, c->root, EFI "systab");
	if (bytes_read(&b, path, SMALL_FILE))
		return pa;
	at = strstr((char *)b.data, "SMBIOS=");
	if (at) {
		at += strlen("SMBIOS=");
		if (!parse_u64(&at, &pa))
			pa = EFI_NO_TABLE;
	}
	bytes_free(&b);
	return pa;
}

static bool read_map(struct context *c, struct efi_runtime *efi)
{
	uint32_t n;
	int err = 0;

	efi->map = calloc(EFI_DESCRIPTORS_MAX, sizeof(*efi->map));
	if (!efi->map)
		abort();
	for (n = 0; n < EFI_DESCRIPTORS_MAX && !err; n++)
		err = read_descriptor(c, n, &efi->map[n]);
	if (err == -ENOENT) {
		efi->nr = n - 1;
		return true;
	}
	fail(&c->report, "%s/" EFI "runtime-map/%u: %s; a part of the map would be worse than none: boot with efi=noruntime, or use --file",
	     c->root, n - 1, err ? strerror(-err) : "more entries than can be handed on");
	return false;
}

/**
 * efi_read() - what the next kernel needs to call EFI's runtime services
 * @c: context; told about errors
 * @efi: result, efi_free() in any case; nr 0 where this kernel does not call them itself
 *
 * Return: false if the map cannot be read as a whole.
 */
bool efi_read(struct context *c, struct efi_runtime *efi)
{
	*efi = (struct efi_runtime) { 0 };
	if (!read_map(c, efi))
		return false;
	if (!efi->nr)
		return true;
	efi->smbios = find_smbios(c);
	if (read_number(c, EFI "fw_vendor", &efi->fw_vendor) ||
	    read_number(c, EFI "config_table", &efi->tables))
		efi->nr = 0;
	return true;
}

void efi_free(struct efi_runtime *efi)
{
	free(efi->map);
}
