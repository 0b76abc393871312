// SPDX-License-Identifier: GPL-2.0-only
/* The launch digest of an SNP guest (AMD 56860, SNP_LAUNCH_UPDATE, PAGE_INFO). */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "psp_crypto.h"
#include "psp_snp.h"
#include "target/i386/snp/rmp.h"

struct page_info {
	uint8_t digest_before[PSP_LAUNCH_DIGEST];
	uint8_t contents[PSP_LAUNCH_DIGEST];
	uint16_t len;
	uint8_t type;
	uint8_t imi;
	uint8_t vmpl_perms[4];	/* VMPL 3 first; VMPL 0 has all and counts as 0 */
	uint64_t gpa;
} QEMU_PACKED;

static void measure_4k(struct psp_guest *guest, hwaddr pa, uint64_t gpa,
		       struct page_info *info)
{
	uint8_t content[PSP_PAGE];

	memset(info->contents, 0, sizeof(info->contents));
	if (info->type == SNP_PAGE_NORMAL || info->type == SNP_PAGE_VMSA) {
		psp_mem_read(pa, content, sizeof(content));
		psp_sha384(content, sizeof(content), info->contents);
	}
	memcpy(info->digest_before, guest->snp.digest, PSP_LAUNCH_DIGEST);
	info->gpa = cpu_to_le64(gpa);
	psp_sha384(info, sizeof(*info), guest->snp.digest);
}

/**
 * psp_snp_measure - let a launched page count in the digest
 * @guest: the guest
 * @page: the page, its contents still plaintext
 * @type: SNP_PAGE_*; only NORMAL and VMSA pages count by their contents
 * @imi: the page is one of the incoming migration image
 * @vmpl_perms: as in the command buffer: VMPL 1 in bits 15:8 and so on
 *
 * A 2 MiB page counts as 512 of 4 KiB.
 */
void psp_snp_measure(struct psp_guest *guest, const struct snp_page *page,
		     unsigned int type, bool imi, uint32_t vmpl_perms)
{
	uint64_t gpa = page->entry & RMP_GPA_MASK;
	struct page_info info = {
		.len = cpu_to_le16(sizeof(info)),
		.type = type,
		.imi = imi,
		.vmpl_perms = { vmpl_perms >> 24, vmpl_perms >> 16, vmpl_perms >> 8 },
	};

	QEMU_BUILD_BUG_ON(sizeof(info) != 0x70);
	for (uint64_t at = 0; at < page->size; at += PSP_PAGE)
		measure_4k(guest, page->pa + at, gpa + at, &info);
}
