// SPDX-License-Identifier: GPL-2.0-only
/* Page commands of the SEV-SNP firmware (AMD 56860). */
#include "qemu/osdep.h"
#include "psp.h"

#define RECLAIM_2M	BIT_ULL(0)

struct snp_page_reclaim {
	uint64_t pa;		/* bit 0: a 2 MiB page */
} QEMU_PACKED;

struct snp_page_set_state {
	uint32_t len;
	uint32_t reserved;
	uint64_t list_pa;
} QEMU_PACKED;

static void entry_write(hwaddr pa, uint64_t entry, bool large)
{
	if (large)
		rmp_write_2m(RMP_PFN(pa), entry);
	else
		rmp_write(RMP_PFN(pa), entry);
}

static enum psp_status page_reclaim_run(PspState *s, uint8_t *buf)
{
	struct snp_page_reclaim *c = (void *)buf;
	bool want_large = c->pa & RECLAIM_2M;
	hwaddr pa = c->pa & ~RECLAIM_2M;
	uint64_t entry;
	bool large;

	if (s->snp_state != PSP_SNP_INIT)
		return PSP_INVALID_PLATFORM_STATE;
	if (pa % (want_large ? 0x200000 : 0x1000) || !rmp_covers(RMP_PFN(pa)))
		return PSP_INVALID_ADDRESS;
	entry = rmp_effective(RMP_PFN(pa), &large);
	/* The firmware still uses them. */
	if (rmp_is_table(pa) || psp_tmr_contains(s, pa))
		return PSP_INVALID_PAGE_STATE;
	if (large != want_large && entry & RMP_ASSIGNED)
		return PSP_INVALID_PAGE_SIZE;
	if (!(entry & RMP_IMMUTABLE))
		return PSP_SUCCESS;

	switch (rmp_state_of(entry)) {
	case RMP_FIRMWARE:
	case RMP_METADATA:
		entry_write(pa, RMP_ENTRY_RECLAIM | (entry & RMP_2M), large);
		return PSP_SUCCESS;
	case RMP_PRE_GUEST:
	case RMP_PRE_SWAP:
		entry_write(pa, entry & ~RMP_IMMUTABLE, large);
		return PSP_SUCCESS;
	default:
		return PSP_INVALID_PAGE_STATE;
	}
}

static bool range_is_firmware(PspState *s, const struct psp_range *range)
{
	hwaddr pa = range->base;

	for (uint32_t n = 0; n < range->nr_pages; n++, pa += 4096) {
		bool large;

		if (rmp_page_state(pa) != RMP_FIRMWARE || rmp_is_table(pa) ||
		    psp_tmr_contains(s, pa))
			return false;
		rmp_effective(RMP_PFN(pa), &large);
		if (large)
			return false;
	}
	return true;
}

static enum psp_status page_set_state_run(PspState *s, uint8_t *buf)
{
	g_autofree struct psp_ranges *list = g_new0(struct psp_ranges, 1);
	struct snp_page_set_state *c = (void *)buf;
	enum psp_status status;

	if (s->snp_state != PSP_SNP_INIT)
		return PSP_INVALID_PLATFORM_STATE;
	if (c->len < sizeof(*c) || c->reserved)
		return PSP_INVALID_PARAM;
	status = psp_ranges_read(c->list_pa, list);
	if (status)
		return status;
	for (uint32_t i = 0; i < list->nr; i++)
		if (!range_is_firmware(s, &list->range[i]))
			return PSP_INVALID_PAGE_STATE;
	for (uint32_t i = 0; i < list->nr; i++)
		for (uint32_t n = 0; n < list->range[i].nr_pages; n++)
			rmp_write(RMP_PFN(list->range[i].base) + n,
				  RMP_ENTRY_HV_FIXED);
	return PSP_SUCCESS;
}

const struct psp_command psp_snp_page_commands[] = {
	{ 0xc6, "SNP_PAGE_SET_STATE", sizeof(struct snp_page_set_state),
	  PSP_CMD_SNP, page_set_state_run },
	{ 0xc7, "SNP_PAGE_RECLAIM", sizeof(struct snp_page_reclaim),
	  PSP_CMD_SNP, page_reclaim_run },
	{ }
};
