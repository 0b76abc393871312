// SPDX-License-Identifier: GPL-2.0-only
/* Guest commands of the SEV-SNP firmware: launch and end (AMD 56860). */
#include "qemu/osdep.h"
#include "psp.h"
#include "target/i386/snp/host.h"

#define POLICY_RESERVED_ONE	BIT_ULL(17)

enum page_type {
	PAGE_NORMAL = 1,
	PAGE_VMSA,
	PAGE_ZERO,
	PAGE_UNMEASURED,
	PAGE_SECRETS,
	PAGE_CPUID,
};

struct snp_gctx {
	uint64_t gctx_pa;
} QEMU_PACKED;

struct snp_activate {
	uint64_t gctx_pa;
	uint32_t asid;
} QEMU_PACKED;

struct snp_launch_start {
	uint64_t gctx_pa;
	uint64_t policy;
	uint64_t ma_gctx_pa;
	uint32_t flags;
	uint32_t desired_tsc_khz;
	uint8_t gosvw[16];
} QEMU_PACKED;

struct snp_launch_update {
	uint64_t gctx_pa;
	uint32_t flags;			/* 0: 2 MiB page; 3:1: type */
	uint32_t reserved1;
	uint64_t pa;
	uint32_t vmpl_perms;
	uint32_t reserved2;
} QEMU_PACKED;

struct snp_launch_finish {
	uint64_t gctx_pa;
	uint64_t id_block_pa;
	uint64_t id_auth_pa;
	uint64_t flags;
	uint8_t host_data[32];
} QEMU_PACKED;

struct snp_guest_status_request {
	uint64_t gctx_pa;
	uint64_t pa;
} QEMU_PACKED;

struct snp_guest_status {
	uint64_t policy;
	uint32_t asid;
	uint8_t state;
	uint8_t reserved[19];
} QEMU_PACKED;

static struct psp_guest *guest_find(PspState *s, hwaddr gctx)
{
	if (rmp_page_state(gctx) != RMP_CONTEXT)
		return NULL;
	for (guint i = 0; i < s->guests->len; i++) {
		struct psp_guest *guest = g_ptr_array_index(s->guests, i);

		if (guest->kind == PSP_GUEST_SNP && guest->gctx == gctx)
			return guest;
	}
	return NULL;
}

static enum psp_status gctx_create_run(PspState *s, uint8_t *buf)
{
	struct snp_gctx *c = (void *)buf;
	struct psp_guest *guest;

	if (s->snp_state != PSP_SNP_INIT)
		return PSP_INVALID_PLATFORM_STATE;
	if (c->gctx_pa % 4096)
		return PSP_INVALID_ADDRESS;
	if (rmp_page_state(c->gctx_pa) != RMP_FIRMWARE ||
	    psp_tmr_contains(s, c->gctx_pa))
		return PSP_INVALID_PAGE_STATE;
	if (psp_guest_count_all(s) >= snp_host->profile->nr_contexts)
		return PSP_RESOURCE_LIMIT;

	guest = g_new0(struct psp_guest, 1);
	guest->kind = PSP_GUEST_SNP;
	guest->state = PSP_SNP_GUEST_INIT;
	guest->gctx = c->gctx_pa;
	psp_mem_new_key(s, &guest->key);
	g_ptr_array_add(s->guests, guest);
	rmp_write(RMP_PFN(c->gctx_pa), RMP_ENTRY_CONTEXT);
	return PSP_SUCCESS;
}

static enum psp_status decommission_run(PspState *s, uint8_t *buf)
{
	struct snp_gctx *c = (void *)buf;
	struct psp_guest *guest = guest_find(s, c->gctx_pa);

	if (s->snp_state != PSP_SNP_INIT)
		return PSP_INVALID_PLATFORM_STATE;
	if (!guest)
		return PSP_INVALID_GUEST;
	rmp_write(RMP_PFN(guest->gctx), RMP_ENTRY_FIRMWARE);
	psp_guest_remove(s, guest);
	return PSP_SUCCESS;
}

static enum psp_status activate_run(PspState *s, uint8_t *buf)
{
	struct snp_activate *c = (void *)buf;
	struct psp_guest *guest = guest_find(s, c->gctx_pa);
	enum psp_status status;

	if (s->snp_state != PSP_SNP_INIT)
		return PSP_INVALID_PLATFORM_STATE;
	if (!guest)
		return PSP_INVALID_GUEST;
	if (guest->asid)
		return PSP_ACTIVE;
	if (guest->state == PSP_SNP_GUEST_INIT)
		return PSP_INVALID_GUEST_STATE;
	/* SNP guests use the ASIDs of SEV-ES guests. */
	if (c->asid >= snp_host->profile->min_sev_asid)
		return PSP_INVALID_ASID;
	if (c->asid && rmp_asid_in_use(c->asid))
		return PSP_INVALID_CONFIG;
	status = psp_asid_activate(s, c->asid);
	if (!status)
		guest->asid = c->asid;
	return status;
}

static enum psp_status guest_status_run(PspState *s, uint8_t *buf)
{
	struct snp_guest_status_request *c = (void *)buf;
	struct psp_guest *guest = guest_find(s, c->gctx_pa);
	struct snp_guest_status status;

	if (s->snp_state != PSP_SNP_INIT)
		return PSP_INVALID_PLATFORM_STATE;
	if (!guest)
		return PSP_INVALID_GUEST;
	status = (struct snp_guest_status) {
		.policy = guest->policy,
		.asid = guest->asid,
		.state = guest->state,
	};
	if (!psp_mem_writable(s, c->pa, sizeof(status)))
		return PSP_INVALID_PAGE_STATE;
	return psp_mem_write(c->pa, &status, sizeof(status)) ?
		PSP_SUCCESS : PSP_INVALID_ADDRESS;
}

static enum psp_status launch_start_run(PspState *s, uint8_t *buf)
{
	struct snp_launch_start *c = (void *)buf;
	struct psp_guest *guest = guest_find(s, c->gctx_pa);

	if (s->snp_state != PSP_SNP_INIT)
		return PSP_INVALID_PLATFORM_STATE;
	if (!guest)
		return PSP_INVALID_GUEST;
	if (guest->state != PSP_SNP_GUEST_INIT)
		return PSP_INVALID_GUEST_STATE;
	if (!(c->policy & POLICY_RESERVED_ONE))
		return PSP_POLICY_FAILURE;
	/* Migration agents and imported images: not modelled. */
	if (c->flags)
		return PSP_UNSUPPORTED;
	guest->policy = c->policy;
	guest->state = PSP_SNP_GUEST_LAUNCH;
	return PSP_SUCCESS;
}

static enum psp_status page_launch(struct psp_guest *guest, hwaddr pa,
				   enum page_type type, bool want_large)
{
	uint64_t size = want_large ? 0x200000 : 0x1000;
	uint64_t entry;
	bool large;

	if (pa % size || !rmp_covers(RMP_PFN(pa)))
		return PSP_INVALID_ADDRESS;
	entry = rmp_effective(RMP_PFN(pa), &large);
	if (rmp_state_of(entry) != RMP_PRE_GUEST)
		return PSP_INVALID_PAGE_STATE;
	if (RMP_ASID(entry) != guest->asid)
		return PSP_INVALID_PAGE_OWNER;
	if (large != want_large)
		return PSP_INVALID_PAGE_SIZE;
	if (type == PAGE_ZERO)
		psp_mem_fill(pa, 0, size);
	if (!psp_mem_encrypt(&guest->key, pa, size))
		return PSP_INVALID_ADDRESS;

	entry = (entry & ~RMP_IMMUTABLE) | RMP_VALIDATED;
	if (type == PAGE_VMSA)
		entry |= RMP_VMSA;
	if (large)
		rmp_write_2m(RMP_PFN(pa), entry);
	else
		rmp_write(RMP_PFN(pa), entry);
	return PSP_SUCCESS;
}

static enum psp_status launch_update_run(PspState *s, uint8_t *buf)
{
	struct snp_launch_update *c = (void *)buf;
	struct psp_guest *guest = guest_find(s, c->gctx_pa);
	enum page_type type = c->flags >> 1 & 7;
	bool large = c->flags & BIT(0);

	if (s->snp_state != PSP_SNP_INIT)
		return PSP_INVALID_PLATFORM_STATE;
	if (!guest)
		return PSP_INVALID_GUEST;
	if (guest->state != PSP_SNP_GUEST_LAUNCH)
		return PSP_INVALID_GUEST_STATE;
	if (!guest->asid)
		return PSP_INACTIVE;
	if (type < PAGE_NORMAL || type > PAGE_CPUID)
		return PSP_INVALID_PARAM;
	if (large && type != PAGE_NORMAL && type != PAGE_ZERO &&
	    type != PAGE_UNMEASURED)
		return PSP_INVALID_PAGE_SIZE;
	return page_launch(guest, c->pa, type, large);
}

static enum psp_status launch_finish_run(PspState *s, uint8_t *buf)
{
	struct snp_launch_finish *c = (void *)buf;
	struct psp_guest *guest = guest_find(s, c->gctx_pa);

	if (s->snp_state != PSP_SNP_INIT)
		return PSP_INVALID_PLATFORM_STATE;
	if (!guest)
		return PSP_INVALID_GUEST;
	if (guest->state != PSP_SNP_GUEST_LAUNCH)
		return PSP_INVALID_GUEST_STATE;
	guest->state = PSP_SNP_GUEST_RUNNING;
	return PSP_SUCCESS;
}

const struct psp_command psp_snp_guest_commands[] = {
	{ 0x90, "SNP_DECOMMISSION", sizeof(struct snp_gctx), PSP_CMD_SNP,
	  decommission_run },
	{ 0x91, "SNP_ACTIVATE", sizeof(struct snp_activate), PSP_CMD_SNP,
	  activate_run },
	{ 0x92, "SNP_GUEST_STATUS", sizeof(struct snp_guest_status_request),
	  PSP_CMD_SNP, guest_status_run },
	{ 0x93, "SNP_GCTX_CREATE", sizeof(struct snp_gctx), PSP_CMD_SNP,
	  gctx_create_run },
	{ 0xa0, "SNP_LAUNCH_START", sizeof(struct snp_launch_start),
	  PSP_CMD_SNP, launch_start_run },
	{ 0xa1, "SNP_LAUNCH_UPDATE", sizeof(struct snp_launch_update),
	  PSP_CMD_SNP, launch_update_run },
	{ 0xa2, "SNP_LAUNCH_FINISH", sizeof(struct snp_launch_finish),
	  PSP_CMD_SNP, launch_finish_run },
	{ }
};
