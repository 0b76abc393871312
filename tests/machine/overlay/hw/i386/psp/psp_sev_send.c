// SPDX-License-Identifier: GPL-2.0-only
/* SEND_*: a guest leaves for another host (AMD 55766). */
#include "qemu/osdep.h"
#include "psp_sev.h"

#define PLATFORM_CERTS_LEN	(3 * sizeof(struct sev_cert))

struct sev_send_start {
	uint32_t handle;
	uint32_t policy;
	uint64_t pdh_cert_pa;
	uint32_t pdh_cert_len;
	uint32_t reserved1;
	uint64_t plat_certs_pa;
	uint32_t plat_certs_len;
	uint32_t reserved2;
	uint64_t amd_certs_pa;
	uint32_t amd_certs_len;
	uint32_t reserved3;
	uint64_t session_pa;
	uint32_t session_len;
} QEMU_PACKED;

/* include/linux/psp-sev.h: unlike its sisters, without a reserved word. */
struct sev_send_update_vmsa {
	uint32_t handle;
	struct sev_transport t;
} QEMU_PACKED;

static enum psp_status send_start_run(PspState *s, uint8_t *buf)
{
	struct sev_send_start *c = (void *)buf;
	uint32_t session_len = c->session_len;
	struct sev_cert cert;
	struct psp_guest *guest;
	enum psp_status status = sev_guest_find(s, c->handle, &guest);

	if (status)
		return status;
	c->policy = guest->policy;
	c->session_len = sizeof(struct sev_session);
	if (session_len < sizeof(struct sev_session))
		return PSP_INVALID_LENGTH;
	if (guest->state != PSP_SEV_RUNNING)
		return PSP_INVALID_GUEST_STATE;
	if (guest->policy & SEV_POLICY_NOSEND)
		return PSP_POLICY_FAILURE;
	if (c->pdh_cert_len != sizeof(cert) ||
	    (c->plat_certs_len && c->plat_certs_len != PLATFORM_CERTS_LEN))
		return PSP_INVALID_LENGTH;
	if (!psp_mem_read(sev_pa(c->pdh_cert_pa), &cert, sizeof(cert)))
		return PSP_INVALID_ADDRESS;
	if (!psp_mem_writable(s, sev_pa(c->session_pa), sizeof(struct sev_session)))
		return PSP_INVALID_PAGE_STATE;
	status = sev_session_export(s, guest, &cert, sev_pa(c->session_pa));
	if (!status)
		guest->state = PSP_SEV_SUPDATE;
	return status;
}

static enum psp_status packet_make(PspState *s, struct psp_guest *guest,
				   enum sev_mac_context context,
				   struct sev_transport *t, uint8_t *data)
{
	hwaddr pa = sev_pa(t->guest_pa);
	struct sev_packet packet = { 0 };

	if (!psp_fault_step(s))
		return PSP_HWERROR_UNSAFE;
	for (uint32_t done = 0; done < t->guest_len;) {
		uint32_t part = MIN(t->guest_len - done,
				    PSP_PAGE - (pa + done) % PSP_PAGE);

		if (!psp_mem_read(pa + done, data + done, part))
			return PSP_INVALID_ADDRESS;
		psp_buf_crypt(&guest->key, pa + done, data + done, part, false);
		done += part;
	}
	psp_random(packet.iv, sizeof(packet.iv));
	psp_ctr(guest->session.tek, packet.iv, data, t->guest_len);
	sev_packet_mac(guest, context, &packet, t, data, packet.mac);
	if (!psp_mem_write(sev_pa(t->hdr_pa), &packet, sizeof(packet)) ||
	    !psp_mem_write(sev_pa(t->trans_pa), data, t->trans_len))
		return PSP_INVALID_ADDRESS;
	return PSP_SUCCESS;
}

static enum psp_status send_update(PspState *s, uint32_t handle, bool vmsa,
				   struct sev_transport *t)
{
	g_autofree uint8_t *data = g_malloc(SEV_PACKET_DATA_MAX);
	bool fits = t->hdr_len >= sizeof(struct sev_packet) &&
		    t->trans_len >= t->guest_len;
	struct psp_guest *guest;
	enum psp_status status = sev_guest_find(s, handle, &guest);

	if (status)
		return status;
	t->hdr_len = sizeof(struct sev_packet);
	t->trans_len = t->guest_len;
	if (!fits)
		return PSP_INVALID_LENGTH;
	if (guest->state != PSP_SEV_SUPDATE)
		return PSP_INVALID_GUEST_STATE;
	if (!guest->asid)
		return PSP_INACTIVE;
	if (vmsa && guest->kind != PSP_GUEST_SEV_ES)
		return PSP_UNSUPPORTED;
	if (!t->guest_len || t->guest_len % SEV_BLOCK ||
	    t->guest_len > SEV_PACKET_DATA_MAX)
		return PSP_INVALID_LENGTH;
	/* Linux, sev_send_update_data(): "requires C-bit to be always set". */
	if (t->guest_pa % SEV_BLOCK || sev_pa(t->guest_pa) == t->guest_pa)
		return PSP_INVALID_ADDRESS;
	if (!psp_mem_writable(s, sev_pa(t->hdr_pa), t->hdr_len) ||
	    !psp_mem_writable(s, sev_pa(t->trans_pa), t->trans_len))
		return PSP_INVALID_PAGE_STATE;
	return packet_make(s, guest, vmsa ? SEV_MAC_VMSA : SEV_MAC_PAGES, t, data);
}

static enum psp_status send_update_data_run(PspState *s, uint8_t *buf)
{
	struct sev_transport_command *c = (void *)buf;

	return send_update(s, c->handle, false, &c->t);
}

static enum psp_status send_update_vmsa_run(PspState *s, uint8_t *buf)
{
	struct sev_send_update_vmsa *c = (void *)buf;

	return send_update(s, c->handle, true, &c->t);
}

static enum psp_status send_end(PspState *s, uint8_t *buf,
				enum psp_guest_state state)
{
	struct sev_handle *c = (void *)buf;
	struct psp_guest *guest;
	enum psp_status status = sev_guest_find(s, c->handle, &guest);

	if (status)
		return status;
	if (guest->state != PSP_SEV_SUPDATE)
		return PSP_INVALID_GUEST_STATE;
	guest->state = state;
	return PSP_SUCCESS;
}

static enum psp_status send_finish_run(PspState *s, uint8_t *buf)
{
	return send_end(s, buf, PSP_SEV_SENT);
}

static enum psp_status send_cancel_run(PspState *s, uint8_t *buf)
{
	return send_end(s, buf, PSP_SEV_RUNNING);
}

const struct psp_command psp_sev_send_commands[] = {
	{ 0x40, "SEND_START", sizeof(struct sev_send_start), PSP_CMD_WRITES,
	  send_start_run },
	{ 0x41, "SEND_UPDATE_DATA", sizeof(struct sev_transport_command),
	  PSP_CMD_WRITES, send_update_data_run },
	{ 0x42, "SEND_UPDATE_VMSA", sizeof(struct sev_send_update_vmsa),
	  PSP_CMD_WRITES, send_update_vmsa_run },
	{ 0x43, "SEND_FINISH", sizeof(struct sev_handle), 0, send_finish_run },
	{ 0x44, "SEND_CANCEL", sizeof(struct sev_handle), 0, send_cancel_run },
	{ }
};
