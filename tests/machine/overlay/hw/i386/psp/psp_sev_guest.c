// SPDX-License-Identifier: GPL-2.0-only
/* Guests of the SEV firmware: contexts, ASIDs, end (AMD 55766). */
#include "qemu/osdep.h"
#include "psp_sev.h"
#include "hw/core/cpu.h"
#include "target/i386/snp/host.h"

struct sev_activate {
	uint32_t handle;
	uint32_t asid;
} QEMU_PACKED;

struct sev_activate_ex {
	uint32_t len;
	uint32_t handle;
	uint32_t asid;
	uint32_t nr_ids;
	uint64_t ids_pa;
} QEMU_PACKED;

struct sev_guest_status {
	uint32_t handle;
	uint32_t policy;
	uint32_t asid;
	uint8_t state;
} QEMU_PACKED;

/**
 * sev_pa - an address without the C-bit, which software may set
 * @pa: as found in a command
 *
 * Return: the physical address.
 */
hwaddr sev_pa(uint64_t pa)
{
	return pa & ~BIT_ULL(snp_host->profile->cpuid_ebx & 0x3f);
}

/**
 * sev_guest_find - the guest that a command is about
 * @s: the device
 * @handle: its handle
 * @guest: set
 *
 * Return: PSP_SUCCESS or why there is none.
 */
enum psp_status sev_guest_find(PspState *s, uint32_t handle,
			       struct psp_guest **guest)
{
	if (s->sev_state == PSP_SEV_UNINIT)
		return PSP_INVALID_PLATFORM_STATE;
	for (guint i = 0; i < s->guests->len; i++) {
		*guest = g_ptr_array_index(s->guests, i);
		if ((*guest)->kind != PSP_GUEST_SNP && (*guest)->handle == handle)
			return PSP_SUCCESS;
	}
	return PSP_INVALID_GUEST;
}

static enum psp_status policy_check(PspState *s, uint32_t policy)
{
	unsigned int want = SEV_POLICY_API_MAJOR(policy) << 8 |
			    SEV_POLICY_API_MINOR(policy);

	if (policy & SEV_POLICY_RESERVED ||
	    want > (snp_host->api_major << 8 | snp_host->api_minor))
		return PSP_POLICY_FAILURE;
	return policy & SEV_POLICY_ES && !s->sev_es ? PSP_POLICY_FAILURE :
						      PSP_SUCCESS;
}

/**
 * sev_guest_new - make a guest's context, as LAUNCH_START and RECEIVE_START do
 * @s: the device
 * @policy: the guest's policy
 * @share: handle of a guest whose memory key it shares, or 0
 * @guest: set; the caller adds it with sev_guest_add(), or frees it
 *
 * Return: PSP_SUCCESS or why not.
 */
enum psp_status sev_guest_new(PspState *s, uint32_t policy, uint32_t share,
			      struct psp_guest **guest)
{
	struct psp_guest *other = NULL, *it;
	enum psp_status status;

	if (s->sev_state == PSP_SEV_UNINIT)
		return PSP_INVALID_PLATFORM_STATE;
	if (share) {
		status = sev_guest_find(s, share, &other);
		if (status)
			return status;
	}
	status = policy_check(s, policy);
	if (status)
		return status;
	/* 55766, guest policy: keys are shared under one policy without NOKS. */
	if (other && (policy & SEV_POLICY_NOKS || other->policy != policy))
		return PSP_POLICY_FAILURE;
	if (psp_guest_count_all(s) >= snp_host->profile->nr_contexts)
		return PSP_RESOURCE_LIMIT;

	it = g_new0(struct psp_guest, 1);
	it->kind = policy & SEV_POLICY_ES ? PSP_GUEST_SEV_ES : PSP_GUEST_SEV;
	it->policy = policy;
	if (other)
		it->key = other->key;
	else
		psp_mem_new_key(s, &it->key);
	*guest = it;
	return PSP_SUCCESS;
}

/**
 * sev_guest_add - from now on the firmware knows a guest
 * @s: the device
 * @guest: the guest; its handle is set
 */
void sev_guest_add(PspState *s, struct psp_guest *guest)
{
	guest->handle = ++s->next_handle;
	g_ptr_array_add(s->guests, guest);
	s->sev_state = PSP_SEV_WORKING;
}

/**
 * psp_guest_count - how many guests the firmware knows
 * @s: the device
 * @snp: SNP guests, or else SEV and SEV-ES guests
 *
 * Return: their number.
 */
unsigned int psp_guest_count(PspState *s, bool snp)
{
	unsigned int n = 0;

	for (guint i = 0; i < s->guests->len; i++) {
		struct psp_guest *guest = g_ptr_array_index(s->guests, i);

		n += (guest->kind == PSP_GUEST_SNP) == snp;
	}
	return n;
}

/**
 * psp_guest_count_all - how many contexts are in use
 * @s: the device
 *
 * All kinds of guests share the contexts that the firmware has: a profile's
 * nr_contexts (55766 and 56860, RESOURCE_LIMIT).
 *
 * Return: their number.
 */
unsigned int psp_guest_count_all(PspState *s)
{
	return s->guests->len;
}

/**
 * psp_guest_free - what the list of guests does with one that is removed
 * @guest: the guest
 */
void psp_guest_free(void *guest)
{
	struct psp_guest *it = guest;

	psp_sha_close(it->session.sha, NULL);
	g_free(it);
}

/**
 * psp_guest_remove - forget a guest; its ASID becomes dirty
 * @s: the device
 * @guest: the guest
 */
void psp_guest_remove(PspState *s, struct psp_guest *guest)
{
	psp_asid_retire(s, guest->asid);
	g_ptr_array_remove(s->guests, guest);
}

/**
 * psp_guests_clear - forget all guests of one interface
 * @s: the device
 * @snp: SNP guests, or else SEV and SEV-ES guests
 */
void psp_guests_clear(PspState *s, bool snp)
{
	for (guint i = s->guests->len; i-- > 0;) {
		struct psp_guest *guest = g_ptr_array_index(s->guests, i);

		if ((guest->kind == PSP_GUEST_SNP) == snp)
			psp_guest_remove(s, guest);
	}
}

static enum psp_status activate_on(PspState *s, struct psp_guest *guest,
				   uint32_t asid, uint64_t complexes)
{
	enum psp_status status;

	if (guest->state == PSP_SEV_SENT)
		return PSP_INVALID_GUEST_STATE;
	if (guest->asid)
		return PSP_ACTIVE;
	if (!psp_asid_suits(s, guest->kind, asid))
		return PSP_INVALID_ASID;
	status = psp_asid_activate_on(s, asid, complexes);
	if (!status)
		guest->asid = asid;
	return status;
}

static enum psp_status activate_run(PspState *s, uint8_t *buf)
{
	struct sev_activate *c = (void *)buf;
	struct psp_guest *guest;
	enum psp_status status = sev_guest_find(s, c->handle, &guest);

	return status ?: activate_on(s, guest, c->asid, UINT64_MAX);
}

/* The list names CPUs by APIC ID. */
static enum psp_status complexes_read(const struct sev_activate_ex *c,
				      uint64_t *complexes)
{
	*complexes = 0;
	for (uint32_t i = 0; i < c->nr_ids; i++) {
		uint32_t apic_id;
		CPUState *cs;

		if (!psp_mem_read(sev_pa(c->ids_pa) + i * 4ULL, &apic_id, 4))
			return PSP_INVALID_ADDRESS;
		cs = cpu_by_arch_id(apic_id);
		if (!cs)
			return PSP_INVALID_PARAM;
		*complexes |= BIT_ULL(snp_host_complex(cs->cpu_index) % 64);
	}
	return PSP_SUCCESS;
}

/* Of a guest that is active it takes further core complexes. */
static enum psp_status activate_ex_run(PspState *s, uint8_t *buf)
{
	struct sev_activate_ex *c = (void *)buf;
	struct psp_guest *guest;
	uint64_t complexes;
	enum psp_status status = sev_guest_find(s, c->handle, &guest);

	if (status)
		return status;
	if (c->len < sizeof(*c))
		return PSP_INVALID_LENGTH;
	if (!c->nr_ids || c->nr_ids > SNP_MAX_CPUS)
		return PSP_INVALID_PARAM;
	status = complexes_read(c, &complexes);
	if (status)
		return status;
	if (!guest->asid || guest->asid != c->asid)
		return activate_on(s, guest, c->asid, complexes);
	psp_asid_extend(s, c->asid, complexes);
	return PSP_SUCCESS;
}

static enum psp_status deactivate_run(PspState *s, uint8_t *buf)
{
	struct sev_handle *c = (void *)buf;
	struct psp_guest *guest;
	enum psp_status status = sev_guest_find(s, c->handle, &guest);

	if (status)
		return status;
	if (!guest->asid)
		return PSP_INACTIVE;
	psp_asid_retire(s, guest->asid);
	guest->asid = 0;
	return PSP_SUCCESS;
}

static enum psp_status decommission_run(PspState *s, uint8_t *buf)
{
	struct sev_handle *c = (void *)buf;
	struct psp_guest *guest;
	enum psp_status status = sev_guest_find(s, c->handle, &guest);

	if (status)
		return status;
	if (guest->asid)
		return PSP_ACTIVE;
	psp_guest_remove(s, guest);
	if (!psp_guest_count(s, false))
		s->sev_state = PSP_SEV_INIT;
	return PSP_SUCCESS;
}

static enum psp_status guest_status_run(PspState *s, uint8_t *buf)
{
	struct sev_guest_status *c = (void *)buf;
	struct psp_guest *guest;
	enum psp_status status = sev_guest_find(s, c->handle, &guest);

	if (status)
		return status;
	c->policy = guest->policy;
	c->asid = guest->asid;
	c->state = guest->state;
	return PSP_SUCCESS;
}

const struct psp_command psp_sev_guest_commands[] = {
	{ 0x20, "DECOMMISSION", sizeof(struct sev_handle), 0, decommission_run },
	{ 0x21, "ACTIVATE", sizeof(struct sev_activate), 0, activate_run },
	{ 0x22, "DEACTIVATE", sizeof(struct sev_handle), 0, deactivate_run },
	{ 0x23, "GUEST_STATUS", sizeof(struct sev_guest_status),
	  PSP_CMD_WRITES, guest_status_run },
	{ 0x25, "ACTIVATE_EX", sizeof(struct sev_activate_ex), 0,
	  activate_ex_run },
	{ }
};
