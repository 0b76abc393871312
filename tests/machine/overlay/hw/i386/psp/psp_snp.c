// SPDX-License-Identifier: GPL-2.0-only
/* Platform commands of the SEV-SNP firmware (AMD 56860). */
#include "qemu/osdep.h"
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
#define STATUS_FLAG_FEATURE_INFO BIT(3)
#define FEATURE_ECX_X86_SHUTDOWN BIT(1)

struct snp_init_ex {
	uint32_t flags;
	uint32_t reserved1;
	uint64_t list_pa;
	uint8_t reserved2[48];
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

struct snp_feature_info_request {
	uint32_t len;
	uint32_t ecx_in;
	uint64_t pa;
} QEMU_PACKED;

struct snp_feature_info {
	uint32_t eax, ebx, ecx, edx;
} QEMU_PACKED;

/* Pages outside of the RMP need no entry; the RMP's own stay Firmware. */
static void ranges_set_hv_fixed(const struct psp_ranges *list)
{
	for (uint32_t i = 0; i < list->nr; i++) {
		hwaddr pa = list->range[i].base;

		for (uint32_t n = 0; n < list->range[i].nr_pages; n++, pa += 4096)
			if (rmp_page_state(pa) == RMP_HYPERVISOR)
				rmp_write(RMP_PFN(pa), RMP_ENTRY_HV_FIXED);
	}
}

static enum psp_status snp_init(PspState *s, uint32_t flags, hwaddr list_pa)
{
	g_autofree struct psp_ranges *list = g_new0(struct psp_ranges, 1);
	bool init_rmp = flags & INIT_RMP;
	enum psp_status status;

	if (s->snp_state != PSP_SNP_UNINIT || s->sev_state != PSP_SEV_UNINIT)
		return PSP_INVALID_PLATFORM_STATE;
	if (!snp_cpu_ready_for_init(init_rmp))
		return PSP_INVALID_CONFIG;
	if (!init_rmp && !s->rmp_initialized)
		return PSP_RMP_INIT_REQUIRED;
	if (flags & INIT_LIST_PADDR_EN) {
		status = psp_ranges_read(list_pa, list);
		if (status)
			return status;
	}

	if (init_rmp) {
		rmp_initialise();
		psp_asid_retire_all(s);
	}
	ranges_set_hv_fixed(list);
	psp_iommu_take(s);
	snp_host->iommu_enforced = true;
	rmp_flush_tlbs();
	s->rmp_initialized = true;
	s->snp_state = PSP_SNP_INIT;
	return PSP_SUCCESS;
}

static enum psp_status snp_init_run(PspState *s, uint8_t *buf)
{
	return snp_init(s, INIT_RMP, 0);
}

static enum psp_status snp_init_ex_run(PspState *s, uint8_t *buf)
{
	struct snp_init_ex *c = (void *)buf;

	if (c->flags & ~(INIT_RMP | INIT_LIST_PADDR_EN | INIT_RAPL_DIS))
		return c->flags & INIT_CIPHERTEXT_HIDING ? PSP_UNSUPPORTED :
							   PSP_INVALID_PARAM;
	return snp_init(s, c->flags, c->list_pa);
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

	psp_guests_clear(s, true);
	s->snp_state = PSP_SNP_UNINIT;
	if (flags & SHUTDOWN_IOMMU) {
		psp_iommu_give_back(s);
		snp_host->iommu_enforced = false;
		s->rmp_initialized = false;
	}
	if (flags & SHUTDOWN_X86)
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

static enum psp_status snp_platform_status_run(PspState *s, uint8_t *buf)
{
	struct snp_address *c = (void *)buf;
	struct snp_platform_status status = {
		.api_major = snp_host->api_major,
		.api_minor = snp_host->api_minor,
		.state = s->snp_state,
		.rmp_initialized = s->rmp_initialized ? STATUS_RMP_INITIALIZED : 0,
		.build = snp_host->build,
		.flags = snp_host->x86_snp_shutdown ? STATUS_FLAG_FEATURE_INFO : 0,
		.guest_count = psp_guest_count(s, true),
	};

	if (!psp_mem_writable(s, c->pa, sizeof(status)))
		return PSP_INVALID_PAGE_STATE;
	return psp_mem_write(c->pa, &status, sizeof(status)) ?
		PSP_SUCCESS : PSP_INVALID_ADDRESS;
}

static enum psp_status snp_df_flush_run(PspState *s, uint8_t *buf)
{
	if (s->snp_state != PSP_SNP_INIT)
		return PSP_INVALID_PLATFORM_STATE;
	return psp_asid_flush(s);
}

static enum psp_status snp_feature_info_run(PspState *s, uint8_t *buf)
{
	struct snp_feature_info_request *c = (void *)buf;
	struct snp_feature_info info = { .ecx = FEATURE_ECX_X86_SHUTDOWN };

	if (!snp_host->x86_snp_shutdown)
		return PSP_INVALID_COMMAND;
	if (!psp_mem_writable(s, c->pa, sizeof(info)))
		return PSP_INVALID_PAGE_STATE;
	return psp_mem_write(c->pa, &info, sizeof(info)) ? PSP_SUCCESS :
							   PSP_INVALID_ADDRESS;
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
	{ 0xce, "SNP_FEATURE_INFO", sizeof(struct snp_feature_info_request),
	  PSP_CMD_SNP, snp_feature_info_run },
	{ }
};
