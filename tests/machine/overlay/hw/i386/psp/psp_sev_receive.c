// SPDX-License-Identifier: GPL-2.0-only
/* RECEIVE_*: a guest comes from another host (AMD 55766). */
#include "qemu/osdep.h"
#include "psp_sev.h"

struct sev_receive_start {
	uint32_t handle;
	uint32_t policy;
	uint64_t pdh_cert_pa;
	uint32_t pdh_cert_len;
	uint32_t reserved;
	uint64_t session_pa;
	uint32_t session_len;
} QEMU_PACKED;

static enum psp_status receive_start_run(PspState *s, uint8_t *buf)
{
	struct sev_receive_start *c = (void *)buf;
	struct psp_guest *guest;
	enum psp_status status = sev_guest_new(s, c->policy, c->handle, &guest);

	if (status)
		return status;
	status = sev_session_import(s, guest, c->pdh_cert_pa, c->pdh_cert_len,
				    c->session_pa, c->session_len);
	if (status) {
		psp_guest_free(guest);
		return status;
	}
	guest->state = PSP_SEV_RUPDATE;
	sev_guest_add(s, guest);
	c->handle = guest->handle;
	return PSP_SUCCESS;
}

static enum psp_status receive_update(PspState *s, uint8_t *buf, bool vmsa)
{
	struct sev_transport_command *c = (void *)buf;
	struct psp_guest *guest;
	enum psp_status status = sev_guest_find(s, c->handle, &guest);

	if (status)
		return status;
	if (guest->state != PSP_SEV_RUPDATE)
		return PSP_INVALID_GUEST_STATE;
	if (!guest->asid)
		return PSP_INACTIVE;
	if (vmsa && guest->kind != PSP_GUEST_SEV_ES)
		return PSP_UNSUPPORTED;
	/* Linux, sev_receive_update_data(): "requires C-bit to be always set". */
	if (sev_pa(c->t.guest_pa) == c->t.guest_pa)
		return PSP_INVALID_ADDRESS;
	return sev_packet_open(s, guest, vmsa ? SEV_MAC_VMSA : SEV_MAC_PAGES,
			       &c->t);
}

static enum psp_status receive_update_data_run(PspState *s, uint8_t *buf)
{
	return receive_update(s, buf, false);
}

static enum psp_status receive_update_vmsa_run(PspState *s, uint8_t *buf)
{
	return receive_update(s, buf, true);
}

static enum psp_status receive_finish_run(PspState *s, uint8_t *buf)
{
	struct sev_handle *c = (void *)buf;
	struct psp_guest *guest;
	enum psp_status status = sev_guest_find(s, c->handle, &guest);

	if (status)
		return status;
	if (guest->state != PSP_SEV_RUPDATE)
		return PSP_INVALID_GUEST_STATE;
	guest->state = PSP_SEV_RUNNING;
	return PSP_SUCCESS;
}

const struct psp_command psp_sev_receive_commands[] = {
	{ 0x50, "RECEIVE_START", sizeof(struct sev_receive_start),
	  PSP_CMD_WRITES, receive_start_run },
	{ 0x51, "RECEIVE_UPDATE_DATA", sizeof(struct sev_transport_command), 0,
	  receive_update_data_run },
	{ 0x52, "RECEIVE_UPDATE_VMSA", sizeof(struct sev_transport_command), 0,
	  receive_update_vmsa_run },
	{ 0x53, "RECEIVE_FINISH", sizeof(struct sev_handle), 0,
	  receive_finish_run },
	{ }
};
