// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words are split as next_arg() of the kernel's lib/cmdline.c does: at white
 * space outside double quotes; '-' and '_' are one in a parameter's name.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cmdline.h"

#define HANDOVER	"ccp_ext.handover="
/* put there, with the word that follows, by the previous kernel's ccp_ext (iommu_park.c) */
#define PARKED		"ccp_ext.parked="
#define PARKED_NEXT	"amd_iommu=off"
/*
 * A kernel that has a size does not look for EFI's table of its initrd; one that
 * starts at 0 is none, and boot_params' goes first (x86's get_ramdisk_image()).
 */
#define INITRD_NAME	"initrdmem="
#define INITRD		INITRD_NAME "0,1"

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Length of the word at s; negative if a quote in it is never closed. */
static int word_length(const char *s)
{
	bool quoted = false;
	int i;

	for (i = 0; s[i] && (quoted || !is_space(s[i])); i++)
		if (s[i] == '"')
			quoted = !quoted;
	return quoted ? CMDLINE_ERR_QUOTE : i;
}

static bool has_name(const char *word, size_t length, const char *name)
{
	size_t i;

	if (length && *word == '"') {
		word++;
		length--;
	}
	if (length < strlen(name))
		return false;
	for (i = 0; name[i]; i++)
		if ((word[i] == '-' ? '_' : word[i]) != name[i])
			return false;
	return true;
}

struct output {
	char *buf;
	size_t used, max;
};

/* Past max nothing is stored, but still counted. */
static void put_word(struct output *o, const char *word, size_t length)
{
	size_t gap = o->used ? 1 : 0;

	if (o->used + gap + length <= o->max) {
		if (gap)
			o->buf[o->used] = ' ';
		memcpy(o->buf + o->used + gap, word, length);
	}
	o->used += gap + length;
}

static void put_ours(struct output *o, uint64_t region_pa, bool no_table)
{
	char handover[sizeof(HANDOVER) + 20];

	if (no_table)
		put_word(o, INITRD, strlen(INITRD));
	snprintf(handover, sizeof(handover), HANDOVER "0x%llx",
		 (unsigned long long)region_pa);
	put_word(o, handover, strlen(handover));
}

/**
 * cmdline_make() - the command line with this hand-over's address in it
 * @out: receives the result and a NUL; @max_length + 1 bytes; of no meaning on
 *	 error
 * @max_length: most that the next kernel and the page take, without the NUL
 * @in: command line as the caller wants it; white space is reduced to blanks
 * @region_pa: address of the hand-over region, bytes
 * @efi: the next kernel will read EFI's tables
 *
 * An older ccp_ext.handover= goes, wherever it stands: it names a region of a
 * kernel that is gone. So do the words by which the previous kernel told this one
 * to leave the IOMMUs alone. BOOT_IMAGE= goes as well, it would name the wrong file.
 * The new word is put in front of "--": what follows that belongs to init, and
 * the kernel would not see it.
 *
 * EFI's tables name for ever where the first kernel's initrd was described, which is
 * anybody's memory since. Kernels read it all the same, and write to it since commit
 * 6e62d1c6f2c7 ("efi: Wipe INITRD config table from memory after consumption"), unless
 * initrdmem= gave them a size before: so with @efi they get one, but for a caller's own.
 *
 * Return: length of @out or a negative enum cmdline_error.
 */
int cmdline_make(char *out, size_t max_length, const char *in,
		 uint64_t region_pa, bool efi)
{
	struct output o = { .buf = out, .max = max_length };
	bool init_words = false, parked = false, after_parked;
	int length;

	for (;; in += length) {
		while (is_space(*in))
			in++;
		if (!*in)
			break;
		length = word_length(in);
		if (length < 0)
			return length;
		after_parked = parked;
		parked = !init_words && has_name(in, length, PARKED);
		if (parked || (after_parked && length == (int)strlen(PARKED_NEXT) &&
			       !memcmp(in, PARKED_NEXT, length)))
			continue;
		if (!init_words && length == 2 && !memcmp(in, "--", 2)) {
			put_ours(&o, region_pa, efi);
			init_words = true;
		}
		if (!init_words && has_name(in, length, INITRD_NAME))
			efi = false;
		if (has_name(in, length, HANDOVER) ||
		    (!init_words && has_name(in, length, "BOOT_IMAGE=")))
			continue;
		put_word(&o, in, length);
	}
	if (!init_words)
		put_ours(&o, region_pa, efi);
	if (o.used > o.max)
		return CMDLINE_ERR_TOO_LONG;
	out[o.used] = '\0';
	return (int)o.used;
}

/**
 * cmdline_find() - a parameter's value, as a module gets it
 * @in: command line
 * @name: the parameter, '_' for '-', and its '='
 * @value: result; in @in, untouched if there is none
 *
 * What stands behind "--" belongs to init. Of several the last one counts. Quotes around a whole word are
 * not part of its value.
 *
 * Return: bytes of the value, or -1 if there is none or a quote has no end.
 */
int cmdline_find(const char *in, const char *name, const char **value)
{
	int length, found = -1;

	for (;; in += length) {
		while (is_space(*in))
			in++;
		length = word_length(in);
		if (length < 0)
			return -1;
		if (!length || (length == 2 && !memcmp(in, "--", 2)))
			return found;
		if (!has_name(in, length, name))
			continue;
		*value = in + strlen(name) + (*in == '"');
		found = (int)(in + length - *value) - (*in == '"' && in[length - 1] == '"');
	}
}
