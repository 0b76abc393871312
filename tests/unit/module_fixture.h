/* SPDX-License-Identifier: GPL-2.0-only */
/* A synthetic kernel module: three sections, the table last; valid until a test bends it. */
#ifndef MODULE_FIXTURE_H
#define MODULE_FIXTURE_H

#include <elf.h>
#include <string.h>

#include "../../kexec/modinfo.h"

#define MODULE_FIXTURE_SIZE	2048
#define MODULE_FIXTURE_INFO	"license=GPL\0version=0.1\0name=ccp_ext\0" \
				"handover= quarantine give-back\0" \
				"vermagic=6.12.1-test SMP mod_unload "

static inline size_t module_fixture(uint8_t file[MODULE_FIXTURE_SIZE], const char *info,
				    size_t info_size)
{
	static const char names[] = "\0.shstrtab\0.modinfo";
	const size_t names_at = sizeof(Elf64_Ehdr), info_at = names_at + 32;
	const size_t table_at = (info_at + info_size + 7) & ~(size_t)7;
	const Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_REL, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
		.e_shoff = table_at, .e_ehsize = sizeof(Elf64_Ehdr),
		.e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 3, .e_shstrndx = 1,
	};
	const Elf64_Shdr table[3] = {
		[1] = { .sh_name = 1, .sh_type = SHT_STRTAB, .sh_offset = names_at,
			.sh_size = sizeof(names) },
		[2] = { .sh_name = 11, .sh_type = SHT_PROGBITS, .sh_offset = info_at,
			.sh_size = info_size },
	};

	memset(file, 0, MODULE_FIXTURE_SIZE);
	memcpy(file, &header, sizeof(header));
	memcpy(file + names_at, names, sizeof(names));
	memcpy(file + info_at, info, info_size);
	memcpy(file + table_at, table, sizeof(table));
	return table_at + sizeof(table);
}

#endif /* MODULE_FIXTURE_H */
