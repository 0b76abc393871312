// SPDX-License-Identifier: GPL-2.0-only
#include <elf.h>
#include <string.h>

#include "modinfo.h"

#define SECTION_NAME	".modinfo"

static bool starts_with(const uint8_t *data, size_t size, const char *magic, size_t length)
{
	return size >= length && !memcmp(data, magic, length);
}

static int check_header(Elf64_Ehdr *h, const uint8_t *data, size_t size)
{
	if (starts_with(data, size, "\3757zXZ", 5) || starts_with(data, size, "\x1f\x8b", 2) ||
	    starts_with(data, size, "\x28\xb5\x2f\xfd", 4))
		return MODINFO_ERR_COMPRESSED;
	if (!starts_with(data, size, ELFMAG, SELFMAG))
		return MODINFO_ERR_NOT_ELF;
	if (size < sizeof(*h))
		return MODINFO_ERR_TRUNCATED;
	memcpy(h, data, sizeof(*h));
	if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2LSB ||
	    h->e_type != ET_REL || h->e_machine != EM_X86_64)
		return MODINFO_ERR_NOT_MODULE;
	/* more sections than fit the header have their number elsewhere: no module has */
	if (h->e_shentsize != sizeof(Elf64_Shdr) || !h->e_shnum || h->e_shstrndx >= h->e_shnum)
		return MODINFO_ERR_SECTIONS;
	if (h->e_shoff > size || h->e_shnum * sizeof(Elf64_Shdr) > size - h->e_shoff)
		return MODINFO_ERR_TRUNCATED;
	return MODINFO_OK;
}

static int read_section(Elf64_Shdr *s, const Elf64_Ehdr *h, const uint8_t *data, size_t size,
			unsigned int i)
{
	memcpy(s, data + h->e_shoff + i * sizeof(*s), sizeof(*s));
	if (s->sh_type == SHT_NOBITS)
		s->sh_size = 0;
	return s->sh_offset > size || s->sh_size > size - s->sh_offset ? MODINFO_ERR_TRUNCATED :
	       MODINFO_OK;
}

static bool has_name(const Elf64_Shdr *s, const uint8_t *names, size_t names_size)
{
	return s->sh_name <= names_size && sizeof(SECTION_NAME) <= names_size - s->sh_name &&
	       !memcmp(names + s->sh_name, SECTION_NAME, sizeof(SECTION_NAME));
}

/**
 * modinfo_find() - find the information of a module file
 * @m: result, points into @data; untouched on error
 * @data: the file's bytes, hostile
 * @size: how many
 *
 * Return: 0 or a negative enum modinfo_error.
 */
int modinfo_find(struct modinfo *m, const void *data, size_t size)
{
	const uint8_t *bytes = data;
	Elf64_Shdr names, s;
	unsigned int i;
	Elf64_Ehdr h;
	int err;

	err = check_header(&h, bytes, size);
	if (!err)
		err = read_section(&names, &h, bytes, size, h.e_shstrndx);
	for (i = 0; !err && i < h.e_shnum; i++) {
		err = read_section(&s, &h, bytes, size, i);
		if (err || !has_name(&s, bytes + names.sh_offset, names.sh_size))
			continue;
		if (!s.sh_size || bytes[s.sh_offset + s.sh_size - 1])
			return MODINFO_ERR_TEXT;
		m->text = (const char *)bytes + s.sh_offset;
		m->size = s.sh_size;
		return MODINFO_OK;
	}
	return err ? err : MODINFO_ERR_NONE;
}

/**
 * modinfo_get() - one value
 * @m: as modinfo_find() left it
 * @key: without '='
 *
 * Return: the first value of that name, terminated; NULL if there is none.
 */
const char *modinfo_get(const struct modinfo *m, const char *key)
{
	size_t length = strlen(key), at;

	for (at = 0; at < m->size; at += strlen(m->text + at) + 1)
		if (!strncmp(m->text + at, key, length) && m->text[at + length] == '=')
			return m->text + at + length + 1;
	return NULL;
}

/**
 * modinfo_strerror() - what is wrong with a file
 * @err: negative enum modinfo_error
 *
 * Return: a static string that completes "FILE: ...".
 */
const char *modinfo_strerror(int err)
{
	static const char *const text[] = {
		[-MODINFO_OK] = "a kernel module",
		[-MODINFO_ERR_COMPRESSED] = "compressed; unpack the module first (xz -dk, zstd -dk or gzip -dk)",
		[-MODINFO_ERR_NOT_ELF] = "not an ELF file; the module ccp_ext.ko is needed",
		[-MODINFO_ERR_NOT_MODULE] = "no kernel module for x86-64; ccp_ext.ko is needed",
		[-MODINFO_ERR_TRUNCATED] = "truncated: a section lies past its end; copy it again",
		[-MODINFO_ERR_SECTIONS] = "damaged: its section table makes no sense",
		[-MODINFO_ERR_NONE] = "no module information (.modinfo) in it",
		[-MODINFO_ERR_TEXT] = "damaged: its module information has no end",
	};

	if (err > 0 || err < MODINFO_ERR_LAST)
		return "unknown error";
	return text[-err];
}
