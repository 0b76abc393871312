// SPDX-License-Identifier: GPL-2.0-only
/* Page commands of the SEV-SNP firmware (AMD 56860). */
#include "qemu/osdep.h"
#include "psp_snp.h"

#define PADDR_2M	BIT_ULL(0)
#define MOVE_2M		BIT(0)
#define SIZE_2M		0x200000ULL

struct snp_page_reclaim {
	uint64_t pa;		/* bit 0: a 2 MiB page */
} QEMU_PACKED;

struct snp_page_set_state {
	uint32_t len;
	uint32_t reserved;
	uint64_t list_pa;
} QEMU_PACKED;

/* Linux never sends the two below: their layouts are a guess. */
struct snp_page_md_init {
	uint64_t gctx_pa;
	uint64_t pa;
} QEMU_PACKED;

struct snp_page_move {
	uint64_t gctx_pa;
	uint32_t flags;
	uint32_t reserved;
	uint64_t src_pa;
	uint64_t dst_pa;
} QEMU_PACKED;

static void entry_write(hwaddr pa, uint64_t entry, bool large)
{
	if (large)
		rmp_write_2m(RMP_PFN(pa), entry);
	else
		rmp_write(RMP_PFN(pa), entry);
}

/**
 * psp_snp_page_get - look a page up that a command works on
 * @guest: whose it has to be, if its state says that it is anybody's
 * @pa: physical address
 * @large: the command says 2 MiB
 * @states: a bit for each RMP_* state that is allowed
 * @page: set
 *
 * Return: PSP_SUCCESS or why not.
 */
enum psp_status psp_snp_page_get(const struct psp_guest *guest, hwaddr pa,
				 bool large, uint32_t states,
				 struct snp_page *page)
{
	enum rmp_state state;

	page->pa = pa;
	page->size = large ? SIZE_2M : 4096;
	if (pa % page->size || !rmp_covers(RMP_PFN(pa)))
		return PSP_INVALID_ADDRESS;
	page->entry = rmp_effective(RMP_PFN(pa), &page->large);
	state = rmp_state_of(page->entry);
	if (!(states & BIT(state)))
		return PSP_INVALID_PAGE_STATE;
	if (RMP_ASID(page->entry) && RMP_ASID(page->entry) != guest->asid)
		return PSP_INVALID_PAGE_OWNER;
	if (state == RMP_METADATA &&
	    (page->entry & RMP_GPA_MASK) != guest->gctx)
		return PSP_INVALID_PAGE_OWNER;
	return page->large == large ? PSP_SUCCESS : PSP_INVALID_PAGE_SIZE;
}

/**
 * psp_snp_page_set - give such a page another state
 * @page: the page
 * @entry: its new RMP entry
 */
void psp_snp_page_set(const struct snp_page *page, uint64_t entry)
{
	entry_write(page->pa, entry, page->large);
}

static enum psp_status page_reclaim_run(PspState *s, uint8_t *buf)
{
	struct snp_page_reclaim *c = (void *)buf;
	bool want_large = c->pa & PADDR_2M;
	hwaddr pa = c->pa & ~PADDR_2M;
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
		for (uint32_t n = 0; n < list->range[i].nr_pages; n++) {
			if (!psp_fault_step(s))
				return PSP_HWERROR_UNSAFE;
			rmp_write(RMP_PFN(list->range[i].base) + n,
				  RMP_ENTRY_HV_FIXED);
		}
	return PSP_SUCCESS;
}

/* All 512 alike, immutable, a guest's, and one behind the other. */
static bool can_unsmash(uint64_t pfn)
{
	uint64_t first = rmp_read(pfn);
	enum rmp_state state = rmp_state_of(first);

	if (state != RMP_PRE_GUEST && state != RMP_PRE_SWAP)
		return false;
	if (first & RMP_GPA_MASK & (SIZE_2M - 1) || first & RMP_VMSA)
		return false;
	for (uint64_t i = 1; i < RMP_PAGES_PER_2M; i++)
		if (rmp_read(pfn + i) != first + (i << 12))
			return false;
	return true;
}

static enum psp_status page_unsmash_run(PspState *s, uint8_t *buf)
{
	struct snp_page_reclaim *c = (void *)buf;
	hwaddr pa = c->pa & ~PADDR_2M;
	bool large;

	if (s->snp_state != PSP_SNP_INIT)
		return PSP_INVALID_PLATFORM_STATE;
	if (pa % SIZE_2M || !rmp_covers(RMP_PFN(pa + SIZE_2M - 1)))
		return PSP_INVALID_ADDRESS;
	rmp_effective(RMP_PFN(pa), &large);
	if (large)
		return PSP_INVALID_PAGE_SIZE;
	if (!can_unsmash(RMP_PFN(pa)))
		return PSP_INVALID_PAGE_STATE;
	rmp_write_2m(RMP_PFN(pa), rmp_read(RMP_PFN(pa)) | RMP_2M);
	return PSP_SUCCESS;
}

/* A Metadata page's entry carries its guest's context address as GPA. */
static enum psp_status page_md_init_run(PspState *s, uint8_t *buf)
{
	struct snp_page_md_init *c = (void *)buf;
	struct psp_guest *guest;
	enum psp_status status = psp_snp_guest_find(s, c->gctx_pa, &guest);
	struct snp_page page;

	if (status)
		return status;
	status = psp_snp_page_get(guest, c->pa, false, BIT(RMP_FIRMWARE), &page);
	if (status)
		return status;
	if (!psp_mem_writable(s, c->pa, page.size))
		return PSP_INVALID_PAGE_STATE;
	psp_mem_fill(c->pa, 0, page.size);
	psp_snp_page_set(&page, RMP_ENTRY_FIRMWARE | guest->gctx);
	return PSP_SUCCESS;
}

static enum psp_status move_guest_page(struct psp_guest *guest,
				       const struct snp_page *src, hwaddr dst_pa)
{
	struct snp_page dst;
	enum psp_status status;

	status = psp_snp_page_get(guest, dst_pa, src->large, BIT(RMP_PRE_GUEST),
				  &dst);
	if (status)
		return status;
	if ((src->entry ^ dst.entry) & RMP_GPA_MASK)
		return PSP_INVALID_PARAM;
	if (!psp_mem_decrypt(&guest->key, src->pa, src->size) ||
	    !psp_mem_copy(dst_pa, src->pa, src->size) ||
	    !psp_mem_encrypt(&guest->key, dst_pa, src->size))
		return PSP_INVALID_ADDRESS;
	psp_mem_fill(src->pa, 0, src->size);
	psp_snp_page_set(&dst, src->entry & ~RMP_IMMUTABLE);
	return PSP_SUCCESS;
}

static enum psp_status move_metadata_page(PspState *s, struct psp_guest *guest,
					  const struct snp_page *src, hwaddr dst_pa)
{
	struct snp_page dst;
	enum psp_status status;

	status = psp_snp_page_get(guest, dst_pa, src->large, BIT(RMP_FIRMWARE),
				  &dst);
	if (status)
		return status;
	if (!psp_mem_writable(s, dst_pa, dst.size))
		return PSP_INVALID_PAGE_STATE;
	if (!psp_mem_copy(dst_pa, src->pa, src->size))
		return PSP_INVALID_ADDRESS;
	psp_snp_page_set(&dst, src->entry);
	return PSP_SUCCESS;
}

/* What was moved away is left a Firmware page, that the host has to reclaim. */
static enum psp_status page_move_run(PspState *s, uint8_t *buf)
{
	struct snp_page_move *c = (void *)buf;
	struct psp_guest *guest;
	enum psp_status status = psp_snp_guest_find(s, c->gctx_pa, &guest);
	struct snp_page src;

	if (status)
		return status;
	if (!guest->asid)
		return PSP_INACTIVE;
	if (c->flags & ~MOVE_2M || c->reserved)
		return PSP_INVALID_PARAM;
	if (guest->policy & SNP_POLICY_PAGE_SWAP_DISABLE)
		return PSP_POLICY_FAILURE;
	status = psp_snp_page_get(guest, c->src_pa, c->flags & MOVE_2M,
				  BIT(RMP_PRE_GUEST) | BIT(RMP_PRE_SWAP) |
				  BIT(RMP_METADATA), &src);
	if (status)
		return status;
	status = RMP_ASID(src.entry) ?
		move_guest_page(guest, &src, c->dst_pa) :
		move_metadata_page(s, guest, &src, c->dst_pa);
	if (!status)
		psp_snp_page_set(&src, RMP_ENTRY_FIRMWARE | (src.entry & RMP_2M));
	return status;
}

const struct psp_command psp_snp_page_commands[] = {
	{ 0xc2, "SNP_PAGE_MOVE", sizeof(struct snp_page_move), PSP_CMD_SNP,
	  page_move_run },
	{ 0xc3, "SNP_PAGE_MD_INIT", sizeof(struct snp_page_md_init), PSP_CMD_SNP,
	  page_md_init_run },
	{ 0xc6, "SNP_PAGE_SET_STATE", sizeof(struct snp_page_set_state),
	  PSP_CMD_SNP, page_set_state_run },
	{ 0xc7, "SNP_PAGE_RECLAIM", sizeof(struct snp_page_reclaim),
	  PSP_CMD_SNP, page_reclaim_run },
	{ 0xc8, "SNP_PAGE_UNSMASH", sizeof(struct snp_page_reclaim),
	  PSP_CMD_SNP, page_unsmash_run },
	{ }
};
