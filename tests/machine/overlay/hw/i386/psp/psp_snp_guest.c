// SPDX-License-Identifier: GPL-2.0-only
/* Guest commands of the SEV-SNP firmware: contexts and ASIDs (AMD 56860). */
#include "qemu/osdep.h"
#include "cpu.h"
#include "psp.h"
#include "psp_snp.h"
#include "target/i386/snp/host.h"

struct snp_gctx {
	uint64_t gctx_pa;
} QEMU_PACKED;

struct snp_activate {
	uint64_t gctx_pa;
	uint32_t asid;
} QEMU_PACKED;

/* Linux never sends it; the layout follows 55766, ACTIVATE_EX. */
struct snp_activate_ex {
	uint32_t len;
	uint32_t reserved;
	uint64_t gctx_pa;
	uint32_t asid;
	uint32_t nr_ids;
	uint64_t ids_pa;	/* APIC IDs, 32 bits each */
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

static struct psp_guest *find(PspState *s, hwaddr gctx)
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

/**
 * psp_snp_guest_find - the guest that a command is about
 * @s: the device
 * @gctx: physical address of its context page
 * @guest: set, to NULL if there is none
 *
 * Return: PSP_SUCCESS, or why the command cannot be about a guest.
 */
enum psp_status psp_snp_guest_find(PspState *s, hwaddr gctx,
				   struct psp_guest **guest)
{
	*guest = find(s, gctx);
	if (s->snp_state != PSP_SNP_INIT)
		return PSP_INVALID_PLATFORM_STATE;
	return *guest ? PSP_SUCCESS : PSP_INVALID_GUEST;
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
	for (int i = 0; i < PSP_NR_VMPCKS; i++)
		psp_mem_new_key(s, (struct psp_key *)guest->snp.vmpck[i]);
	psp_mem_new_key(s, (struct psp_key *)guest->snp.oek);
	g_ptr_array_add(s->guests, guest);
	rmp_write(RMP_PFN(c->gctx_pa), RMP_ENTRY_CONTEXT);
	return PSP_SUCCESS;
}

/* A guess: an agent cannot end while there are guests that rely on it. */
static bool is_agent(PspState *s, const struct psp_guest *agent)
{
	for (guint i = 0; i < s->guests->len; i++) {
		struct psp_guest *guest = g_ptr_array_index(s->guests, i);

		if (guest->kind == PSP_GUEST_SNP &&
		    guest->snp.ma_gctx == agent->gctx)
			return true;
	}
	return false;
}

static enum psp_status decommission_run(PspState *s, uint8_t *buf)
{
	struct snp_gctx *c = (void *)buf;
	struct psp_guest *guest;
	enum psp_status status = psp_snp_guest_find(s, c->gctx_pa, &guest);

	if (status)
		return status;
	if (is_agent(s, guest))
		return PSP_INVALID_GUEST_STATE;
	if (!psp_fault_step(s))
		return PSP_HWERROR_UNSAFE;
	psp_asid_retire(s, guest->asid);
	guest->asid = 0;
	if (!psp_fault_step(s))
		return PSP_HWERROR_UNSAFE;
	rmp_write(RMP_PFN(guest->gctx), RMP_ENTRY_FIRMWARE);
	psp_guest_remove(s, guest);
	return PSP_SUCCESS;
}

static enum psp_status activate_check(PspState *s, hwaddr gctx, uint32_t asid,
				      struct psp_guest **guest)
{
	enum psp_status status = psp_snp_guest_find(s, gctx, guest);

	if (status)
		return status;
	if ((*guest)->state == PSP_SNP_GUEST_INIT)
		return PSP_INVALID_GUEST_STATE;
	return psp_asid_suits(s, PSP_GUEST_SNP, asid) ? PSP_SUCCESS :
							PSP_INVALID_ASID;
}

static enum psp_status activate_on(PspState *s, struct psp_guest *guest,
				   uint32_t asid, uint64_t complexes)
{
	enum psp_status status;

	if (asid && rmp_asid_in_use(asid))
		return PSP_INVALID_CONFIG;
	status = psp_asid_activate_on(s, asid, complexes);
	if (!status)
		guest->asid = asid;
	return status;
}

/* 56860, guest policy: bit 20 binds the guest to the CPUs of one socket. */
static bool sockets_allowed(const struct psp_guest *guest, uint64_t complexes)
{
	int socket = -1;
	CPUState *cs;

	if (!(guest->policy & SNP_POLICY_SINGLE_SOCKET))
		return true;
	CPU_FOREACH(cs) {
		if (!(complexes & BIT_ULL(snp_host_complex(cs->cpu_index) % 64)))
			continue;
		if (socket >= 0 && socket != X86_CPU(cs)->socket_id)
			return false;
		socket = X86_CPU(cs)->socket_id;
	}
	return true;
}

static enum psp_status activate_run(PspState *s, uint8_t *buf)
{
	struct snp_activate *c = (void *)buf;
	struct psp_guest *guest;
	enum psp_status status = activate_check(s, c->gctx_pa, c->asid, &guest);

	if (guest && guest->asid)
		return PSP_ACTIVE;
	if (status)
		return status;
	if (!sockets_allowed(guest, UINT64_MAX))
		return PSP_POLICY_FAILURE;
	return activate_on(s, guest, c->asid, UINT64_MAX);
}

static enum psp_status complexes_read(const struct snp_activate_ex *c,
				      uint64_t *complexes)
{
	*complexes = 0;
	for (uint32_t i = 0; i < c->nr_ids; i++) {
		uint32_t apic_id;
		CPUState *cs;

		if (!psp_mem_read(c->ids_pa + i * 4ULL, &apic_id, 4))
			return PSP_INVALID_ADDRESS;
		cs = cpu_by_arch_id(apic_id);
		if (!cs)
			return PSP_INVALID_PARAM;
		*complexes |= BIT_ULL(snp_host_complex(cs->cpu_index) % 64);
	}
	return PSP_SUCCESS;
}

/* On an active guest it adds complexes; then the ASID must be the guest's. */
static enum psp_status activate_ex_run(PspState *s, uint8_t *buf)
{
	struct snp_activate_ex *c = (void *)buf;
	struct psp_guest *guest;
	enum psp_status status = activate_check(s, c->gctx_pa, c->asid, &guest);
	uint64_t complexes;

	if (status)
		return status;
	if (c->len < sizeof(*c) || c->reserved || !c->nr_ids ||
	    c->nr_ids > SNP_MAX_CPUS)
		return PSP_INVALID_PARAM;
	status = complexes_read(c, &complexes);
	if (status)
		return status;
	if (guest->asid && guest->asid != c->asid)
		return PSP_ACTIVE;
	if (guest->asid)
		complexes |= s->asid[guest->asid].complexes;
	if (!sockets_allowed(guest, complexes))
		return PSP_POLICY_FAILURE;
	if (!guest->asid)
		return activate_on(s, guest, c->asid, complexes);
	psp_asid_extend(s, c->asid, complexes);
	return PSP_SUCCESS;
}

static enum psp_status guest_status_run(PspState *s, uint8_t *buf)
{
	struct snp_guest_status_request *c = (void *)buf;
	struct psp_guest *guest;
	enum psp_status status = psp_snp_guest_find(s, c->gctx_pa, &guest);
	struct snp_guest_status answer;

	if (status)
		return status;
	answer = (struct snp_guest_status) {
		.policy = guest->policy,
		.asid = guest->asid,
		.state = guest->state,
	};
	if (c->pa % 4096)
		return PSP_INVALID_ADDRESS;
	if (!psp_mem_writable(s, c->pa, sizeof(answer)))
		return PSP_INVALID_PAGE_STATE;
	return psp_mem_write(c->pa, &answer, sizeof(answer)) ?
		PSP_SUCCESS : PSP_INVALID_ADDRESS;
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
	{ 0x95, "SNP_ACTIVATE_EX", sizeof(struct snp_activate_ex), PSP_CMD_SNP,
	  activate_ex_run },
	{ }
};
