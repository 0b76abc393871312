// SPDX-License-Identifier: GPL-2.0-only
/* Guest commands of the SEV firmware: launch and end (AMD 55766). */
#include "qemu/osdep.h"
#include "psp.h"
#include "target/i386/snp/host.h"

#define POLICY_ES	BIT(2)
#define BLOCK		16
#define MEASUREMENT_LEN	48

struct sev_handle {
	uint32_t handle;
} QEMU_PACKED;

struct sev_activate {
	uint32_t handle;
	uint32_t asid;
} QEMU_PACKED;

struct sev_guest_status {
	uint32_t handle;
	uint32_t policy;
	uint32_t asid;
	uint8_t state;
} QEMU_PACKED;

struct sev_launch_start {
	uint32_t handle;
	uint32_t policy;
	uint64_t dh_cert_pa;
	uint32_t dh_cert_len;
	uint32_t reserved;
	uint64_t session_pa;
	uint32_t session_len;
} QEMU_PACKED;

struct sev_launch_update {
	uint32_t handle;
	uint32_t reserved;
	uint64_t pa;
	uint32_t len;
} QEMU_PACKED;

struct sev_launch_secret {
	uint32_t handle;
	uint32_t reserved1;
	uint64_t hdr_pa;
	uint32_t hdr_len;
	uint32_t reserved2;
	uint64_t guest_pa;
	uint32_t guest_len;
	uint32_t reserved3;
	uint64_t trans_pa;
	uint32_t trans_len;
} QEMU_PACKED;

static struct psp_guest *guest_find(PspState *s, uint32_t handle)
{
	for (guint i = 0; i < s->guests->len; i++) {
		struct psp_guest *guest = g_ptr_array_index(s->guests, i);

		if (guest->kind != PSP_GUEST_SNP && guest->handle == handle)
			return guest;
	}
	return NULL;
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

static enum psp_status launch_start_run(PspState *s, uint8_t *buf)
{
	struct sev_launch_start *c = (void *)buf;
	struct psp_guest *guest;

	if (s->sev_state == PSP_SEV_UNINIT)
		return PSP_INVALID_PLATFORM_STATE;
	/* A handle in the command asks for key sharing: not modelled. */
	if (c->handle)
		return PSP_UNSUPPORTED;
	if (c->policy & POLICY_ES && !s->sev_es)
		return PSP_POLICY_FAILURE;
	if (psp_guest_count_all(s) >= snp_host->profile->nr_contexts)
		return PSP_RESOURCE_LIMIT;

	guest = g_new0(struct psp_guest, 1);
	guest->kind = c->policy & POLICY_ES ? PSP_GUEST_SEV_ES : PSP_GUEST_SEV;
	guest->state = PSP_SEV_LUPDATE;
	guest->handle = ++s->next_handle;
	guest->policy = c->policy;
	psp_mem_new_key(s, &guest->key);
	g_ptr_array_add(s->guests, guest);
	s->sev_state = PSP_SEV_WORKING;
	c->handle = guest->handle;
	return PSP_SUCCESS;
}

static enum psp_status activate_run(PspState *s, uint8_t *buf)
{
	struct sev_activate *c = (void *)buf;
	struct psp_guest *guest = guest_find(s, c->handle);
	enum psp_status status;

	if (!guest)
		return PSP_INVALID_GUEST;
	if (guest->asid)
		return PSP_ACTIVE;
	if (!psp_asid_suits(s, guest->kind, c->asid))
		return PSP_INVALID_ASID;
	status = psp_asid_activate(s, c->asid);
	if (!status)
		guest->asid = c->asid;
	return status;
}

static enum psp_status deactivate_run(PspState *s, uint8_t *buf)
{
	struct sev_handle *c = (void *)buf;
	struct psp_guest *guest = guest_find(s, c->handle);

	if (!guest)
		return PSP_INVALID_GUEST;
	if (!guest->asid)
		return PSP_INACTIVE;
	psp_asid_retire(s, guest->asid);
	guest->asid = 0;
	return PSP_SUCCESS;
}

static enum psp_status decommission_run(PspState *s, uint8_t *buf)
{
	struct sev_handle *c = (void *)buf;
	struct psp_guest *guest = guest_find(s, c->handle);

	if (!guest)
		return PSP_INVALID_GUEST;
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
	struct psp_guest *guest = guest_find(s, c->handle);

	if (!guest)
		return PSP_INVALID_GUEST;
	c->policy = guest->policy;
	c->asid = guest->asid;
	c->state = guest->state;
	return PSP_SUCCESS;
}

static enum psp_status memory_encrypt(PspState *s, struct psp_guest *guest,
				      hwaddr pa, uint32_t len)
{
	if (pa % BLOCK)
		return PSP_INVALID_ADDRESS;
	if (!len || len % BLOCK)
		return PSP_INVALID_LENGTH;
	if (!psp_mem_writable(s, pa, len))
		return PSP_INVALID_PAGE_STATE;
	return psp_mem_encrypt(&guest->key, pa, len) ? PSP_SUCCESS :
						    PSP_INVALID_ADDRESS;
}

static enum psp_status launch_update(PspState *s, uint8_t *buf, bool vmsa)
{
	struct sev_launch_update *c = (void *)buf;
	struct psp_guest *guest = guest_find(s, c->handle);

	if (!guest)
		return PSP_INVALID_GUEST;
	if (guest->state != PSP_SEV_LUPDATE)
		return PSP_INVALID_GUEST_STATE;
	if (!guest->asid)
		return PSP_INACTIVE;
	if (vmsa && guest->kind != PSP_GUEST_SEV_ES)
		return PSP_UNSUPPORTED;
	return memory_encrypt(s, guest, c->pa, c->len);
}

static enum psp_status launch_update_data_run(PspState *s, uint8_t *buf)
{
	return launch_update(s, buf, false);
}

static enum psp_status launch_update_vmsa_run(PspState *s, uint8_t *buf)
{
	return launch_update(s, buf, true);
}

/* The digest is no real one: it only has to be there. */
static enum psp_status launch_measure_run(PspState *s, uint8_t *buf)
{
	struct sev_launch_update *c = (void *)buf;
	struct psp_guest *guest = guest_find(s, c->handle);
	uint8_t measurement[MEASUREMENT_LEN];

	if (!guest)
		return PSP_INVALID_GUEST;
	if (c->len < sizeof(measurement)) {
		c->len = sizeof(measurement);
		return PSP_INVALID_LENGTH;
	}
	if (guest->state != PSP_SEV_LUPDATE)
		return PSP_INVALID_GUEST_STATE;
	c->len = sizeof(measurement);
	memset(measurement, guest->handle, sizeof(measurement));
	if (!psp_mem_writable(s, c->pa, sizeof(measurement)))
		return PSP_INVALID_PAGE_STATE;
	if (!psp_mem_write(c->pa, measurement, sizeof(measurement)))
		return PSP_INVALID_ADDRESS;
	guest->state = PSP_SEV_LSECRET;
	return PSP_SUCCESS;
}

static enum psp_status launch_secret_run(PspState *s, uint8_t *buf)
{
	struct sev_launch_secret *c = (void *)buf;
	struct psp_guest *guest = guest_find(s, c->handle);

	if (!guest)
		return PSP_INVALID_GUEST;
	if (guest->state != PSP_SEV_LSECRET)
		return PSP_INVALID_GUEST_STATE;
	return memory_encrypt(s, guest, c->guest_pa, c->guest_len);
}

static enum psp_status launch_finish_run(PspState *s, uint8_t *buf)
{
	struct sev_handle *c = (void *)buf;
	struct psp_guest *guest = guest_find(s, c->handle);

	if (!guest)
		return PSP_INVALID_GUEST;
	if (guest->state != PSP_SEV_LSECRET)
		return PSP_INVALID_GUEST_STATE;
	guest->state = PSP_SEV_RUNNING;
	return PSP_SUCCESS;
}

const struct psp_command psp_sev_guest_commands[] = {
	{ 0x20, "DECOMMISSION", sizeof(struct sev_handle), 0, decommission_run },
	{ 0x21, "ACTIVATE", sizeof(struct sev_activate), 0, activate_run },
	{ 0x22, "DEACTIVATE", sizeof(struct sev_handle), 0, deactivate_run },
	{ 0x23, "GUEST_STATUS", sizeof(struct sev_guest_status),
	  PSP_CMD_WRITES, guest_status_run },
	{ 0x30, "LAUNCH_START", sizeof(struct sev_launch_start),
	  PSP_CMD_WRITES, launch_start_run },
	{ 0x31, "LAUNCH_UPDATE_DATA", sizeof(struct sev_launch_update), 0,
	  launch_update_data_run },
	{ 0x32, "LAUNCH_UPDATE_VMSA", sizeof(struct sev_launch_update), 0,
	  launch_update_vmsa_run },
	{ 0x33, "LAUNCH_MEASURE", sizeof(struct sev_launch_update),
	  PSP_CMD_WRITES, launch_measure_run },
	{ 0x34, "LAUNCH_UPDATE_SECRET", sizeof(struct sev_launch_secret), 0,
	  launch_secret_run },
	{ 0x35, "LAUNCH_FINISH", sizeof(struct sev_handle), 0,
	  launch_finish_run },
	{ }
};
