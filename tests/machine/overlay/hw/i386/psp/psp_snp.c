// SPDX-License-Identifier: GPL-2.0-only
/* Platform commands of the SEV-SNP firmware (AMD 56860). */
#include "qemu/osdep.h"
#include "qemu/cutils.h"
#include "psp.h"
#include "target/i386/snp/host.h"
#include "target/i386/snp/touch.h"

#define INIT_RMP		BIT(0)
#define INIT_LIST_PADDR_EN	BIT(1)
#define INIT_RAPL_DIS		BIT(2)
#define INIT_CIPHERTEXT_HIDING	BIT(3)

#define SHUTDOWN_IOMMU		BIT(0)
#define SHUTDOWN_X86		BIT(1)

#define STATUS_RMP_INITIALIZED	BIT(0)
#define STATUS_MASK_CHIP_ID	BIT(0)
#define STATUS_MASK_CHIP_KEY	BIT(1)
#define STATUS_VLEK_EN		BIT(2)
#define STATUS_FEATURE_INFO	BIT(3)
#define STATUS_RAPL_DIS		BIT(4)
#define STATUS_HIDING_CAP	BIT(5)
#define STATUS_HIDING_EN	BIT(6)

struct snp_init_ex {
	uint32_t flags;
	uint32_t reserved1;
	uint64_t list_pa;
	uint16_t max_snp_asid;
	uint8_t reserved2[46];
} QEMU_PACKED;

struct snp_shutdown_ex {
	uint32_t len;
	uint32_t flags;
} QEMU_PACKED;

struct snp_address {
	uint64_t pa;
} QEMU_PACKED;

struct snp_platform_status {
	uint8_t api_major;
	uint8_t api_minor;
	uint8_t state;
	uint8_t rmp_initialized;
	uint32_t build;
	uint32_t flags;
	uint32_t guest_count;
	uint64_t current_tcb;
	uint64_t reported_tcb;
} QEMU_PACKED;

/* Pages outside of the RMP need no entry; the RMP's own stay Firmware. */
static bool ranges_set_hv_fixed(PspState *s, const struct psp_ranges *list)
{
	for (uint32_t i = 0; i < list->nr; i++) {
		uint64_t pfn = RMP_PFN(list->range[i].base);
		uint64_t end = pfn + list->range[i].nr_pages;

		for (; pfn < end && rmp_covers(pfn); pfn++) {
			if (rmp_page_state(pfn << 12) != RMP_HYPERVISOR)
				continue;
			if (!psp_fault_step(s))
				return false;
			rmp_write(pfn, RMP_ENTRY_HV_FIXED);
		}
	}
	return true;
}

/* Once the RMP counts, the list has to be in a page that nobody else writes. */
static enum psp_status list_read(PspState *s, hwaddr pa, struct psp_ranges *list)
{
	enum rmp_state state = rmp_page_state(pa);

	if (s->rmp_initialized && state != RMP_FIRMWARE && state != RMP_DEFAULT) {
		psp_offence(s, SNP_OFFENCE_BUFFER, pa);
		return PSP_INVALID_PAGE_STATE;
	}
	return psp_ranges_read(pa, list);
}

static enum psp_status snp_init(PspState *s, const struct snp_init_ex *c)
{
	g_autofree struct psp_ranges *list = g_new0(struct psp_ranges, 1);
	bool init_rmp = c->flags & INIT_RMP;
	enum psp_status status;

	if (s->snp_state != PSP_SNP_UNINIT || s->sev_state != PSP_SEV_UNINIT)
		return PSP_INVALID_PLATFORM_STATE;
	if (!snp_cpu_ready_for_init(init_rmp))
		return PSP_INVALID_CONFIG;
	if (!init_rmp && !s->rmp_initialized)
		return PSP_RMP_INIT_REQUIRED;
	if (c->flags & INIT_LIST_PADDR_EN) {
		status = list_read(s, c->list_pa, list);
		if (status)
			return status;
	}

	if (!psp_fault_step(s))
		return PSP_HWERROR_UNSAFE;
	if (init_rmp) {
		rmp_initialise();
		psp_asid_retire_all(s);
		rmp_flush_tlbs();
	}
	if (!ranges_set_hv_fixed(s, list) || !psp_fault_step(s))
		return PSP_HWERROR_UNSAFE;
	psp_iommu_take(s);
	snp_host->iommu_enforced = true;
	s->snp.rapl_disabled = c->flags & INIT_RAPL_DIS;
	snp_host->ciphertext_hidden = c->flags & INIT_CIPHERTEXT_HIDING;
	s->snp.max_snp_asid = snp_host->ciphertext_hidden ? c->max_snp_asid : 0;
	rmp_flush_tlbs();
	s->rmp_initialized = true;
	s->snp_state = PSP_SNP_INIT;
	return PSP_SUCCESS;
}

static enum psp_status snp_init_run(PspState *s, uint8_t *buf)
{
	return snp_init(s, &(struct snp_init_ex){ .flags = INIT_RMP });
}

/* Linux, __sev_snp_init_locked(): from 1.52 on there is a list of ranges. */
static uint32_t init_flags_known(void)
{
	uint32_t flags = INIT_RMP;

	if (snp_host_firmware_from(52))
		flags |= INIT_LIST_PADDR_EN;
	if (psp_snp_features() & PSP_FEATURE_RAPL_DIS)
		flags |= INIT_RAPL_DIS;
	if (psp_snp_features() & PSP_FEATURE_HIDING)
		flags |= INIT_CIPHERTEXT_HIDING;
	return flags;
}

static enum psp_status snp_init_ex_run(PspState *s, uint8_t *buf)
{
	struct snp_init_ex *c = (void *)buf;
	bool hiding = c->flags & INIT_CIPHERTEXT_HIDING;

	if (c->flags & ~init_flags_known() || c->reserved1 ||
	    !buffer_is_zero(c->reserved2, sizeof(c->reserved2)))
		return PSP_INVALID_PARAM;
	if (hiding && (!c->max_snp_asid ||
		       c->max_snp_asid >= snp_host->profile->min_sev_asid))
		return PSP_INVALID_PARAM;
	if (!hiding && c->max_snp_asid)
		return PSP_INVALID_PARAM;
	return snp_init(s, c);
}

static enum psp_status snp_shutdown(PspState *s, uint32_t flags)
{
	if (s->sev_state != PSP_SEV_UNINIT)
		return PSP_INVALID_PLATFORM_STATE;
	if (s->snp_state == PSP_SNP_UNINIT)
		return PSP_SUCCESS;
	if (psp_asid_any(s, PSP_ASID_ACTIVE)) {
		psp_offence(s, SNP_OFFENCE_ORDER, 0);
		return snp_host->shutdown_active_status;
	}
	if (psp_asid_any(s, PSP_ASID_DIRTY))
		return PSP_DFFLUSH_REQUIRED;

	if (!psp_fault_step(s))
		return PSP_HWERROR_UNSAFE;
	psp_guests_clear(s, true);
	psp_snp_forget(s);
	s->snp_state = PSP_SNP_UNINIT;
	if (flags & SHUTDOWN_IOMMU) {
		if (!psp_fault_step(s))
			return PSP_HWERROR_UNSAFE;
		psp_iommu_give_back(s);
		snp_host->iommu_enforced = false;
		s->rmp_initialized = false;
	}
	if (!(flags & SHUTDOWN_X86))
		return PSP_SUCCESS;
	if (!psp_fault_step(s))
		return PSP_HWERROR_UNSAFE;
	snp_cpu_disable_all();
	return PSP_SUCCESS;
}

static enum psp_status snp_shutdown_run(PspState *s, uint8_t *buf)
{
	return snp_shutdown(s, 0);
}

static enum psp_status snp_shutdown_ex_run(PspState *s, uint8_t *buf)
{
	struct snp_shutdown_ex *c = (void *)buf;
	bool iommu = c->flags & SHUTDOWN_IOMMU;
	bool x86 = c->flags & SHUTDOWN_X86;

	if (c->len < sizeof(*c) || c->flags & ~(SHUTDOWN_IOMMU | SHUTDOWN_X86))
		return PSP_INVALID_PARAM;
	if (x86 && (!iommu || !snp_host->x86_snp_shutdown))
		return PSP_INVALID_PARAM;
	return snp_shutdown(s, c->flags);
}

static uint32_t status_flags(PspState *s)
{
	return (s->snp.mask_chip_id ? STATUS_MASK_CHIP_ID : 0) |
	       (s->snp.mask_chip_key ? STATUS_MASK_CHIP_KEY : 0) |
	       (s->snp.vlek_loaded ? STATUS_VLEK_EN : 0) |
	       (psp_snp_has_feature_info() ? STATUS_FEATURE_INFO : 0) |
	       (s->snp.rapl_disabled ? STATUS_RAPL_DIS : 0) |
	       (psp_snp_features() & PSP_FEATURE_HIDING ? STATUS_HIDING_CAP : 0) |
	       (snp_host->ciphertext_hidden ? STATUS_HIDING_EN : 0);
}

/*
 * Linux, __sev_do_snp_platform_status(): a status page that was a Firmware page
 * is a Reclaim page afterwards.
 */
static void status_page_give_back(hwaddr pa, size_t len)
{
	for (uint64_t pfn = RMP_PFN(pa); pfn <= RMP_PFN(pa + len - 1); pfn++) {
		bool large;

		if (rmp_page_state(pfn << 12) != RMP_FIRMWARE)
			continue;
		rmp_effective(pfn, &large);
		if (!large)
			rmp_write(pfn, RMP_ENTRY_RECLAIM);
	}
}

static enum psp_status snp_platform_status_run(PspState *s, uint8_t *buf)
{
	struct snp_address *c = (void *)buf;
	struct snp_platform_status status = {
		.api_major = snp_host->api_major,
		.api_minor = snp_host->api_minor,
		.state = s->snp_state,
		.rmp_initialized = s->rmp_initialized ? STATUS_RMP_INITIALIZED : 0,
		.build = snp_host->build,
		.flags = status_flags(s),
		.guest_count = psp_guest_count(s, true),
		.current_tcb = psp_snp_current_tcb(),
		.reported_tcb = s->snp.reported_tcb,
	};

	if (!psp_mem_writable(s, c->pa, sizeof(status)))
		return PSP_INVALID_PAGE_STATE;
	if (!psp_mem_write(c->pa, &status, sizeof(status)))
		return PSP_INVALID_ADDRESS;
	if (s->snp_state == PSP_SNP_INIT)
		status_page_give_back(c->pa, sizeof(status));
	return PSP_SUCCESS;
}

static enum psp_status snp_df_flush_run(PspState *s, uint8_t *buf)
{
	if (s->snp_state != PSP_SNP_INIT)
		return PSP_INVALID_PLATFORM_STATE;
	return psp_asid_flush(s);
}

const struct psp_command psp_snp_commands[] = {
	{ 0x81, "SNP_INIT", 0, PSP_CMD_SNP, snp_init_run },
	{ 0x82, "SNP_SHUTDOWN", 0, PSP_CMD_SNP, snp_shutdown_run },
	{ 0x83, "SNP_PLATFORM_STATUS", sizeof(struct snp_address), PSP_CMD_SNP,
	  snp_platform_status_run },
	{ 0x84, "SNP_DF_FLUSH", 0, PSP_CMD_SNP, snp_df_flush_run },
	{ 0x85, "SNP_INIT_EX", sizeof(struct snp_init_ex), PSP_CMD_SNP,
	  snp_init_ex_run },
	{ 0x86, "SNP_SHUTDOWN_EX", sizeof(struct snp_shutdown_ex), PSP_CMD_SNP,
	  snp_shutdown_ex_run },
	{ }
};
