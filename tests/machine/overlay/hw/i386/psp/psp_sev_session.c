// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys that a guest's context shares with its owner or with another host, and
 * the packets that they protect (55766, on LAUNCH_START, SEND_START,
 * RECEIVE_START and the transport keys).
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "psp_sev.h"

struct wrap_keys {
	uint8_t encrypt[PSP_AES_KEY];
	uint8_t integrity[PSP_AES_KEY];
};

/* False if the other side's certificate has no point of the curve. */
static bool wrap_keys_derive(PspState *s, const struct psp_ec_point *peer,
			     const uint8_t *nonce, struct wrap_keys *keys)
{
	uint8_t shared[PSP_EC], master[PSP_AES_KEY];

	if (!psp_ec_shared(s->identity.pdh, peer, shared))
		return false;
	psp_kdf(shared, sizeof(shared), "sev-master-secret", nonce, 16, master,
		sizeof(master));
	psp_kdf(master, sizeof(master), "sev-kek", NULL, 0, keys->encrypt,
		sizeof(keys->encrypt));
	psp_kdf(master, sizeof(master), "sev-kik", NULL, 0, keys->integrity,
		sizeof(keys->integrity));
	return true;
}

static void policy_mac(const struct psp_guest *guest, uint8_t *mac)
{
	uint32_t policy = cpu_to_le32(guest->policy);
	struct psp_piece piece = { &policy, sizeof(policy) };

	psp_hmac(guest->session.tik, PSP_AES_KEY, &piece, 1, mac);
}

static void wrap_mac(const struct wrap_keys *keys,
		     const struct sev_session *session, uint8_t *mac)
{
	struct psp_piece piece = { session->wrap_tk, sizeof(session->wrap_tk) };

	psp_hmac(keys->integrity, PSP_AES_KEY, &piece, 1, mac);
}

/**
 * sev_session_random - keys that nobody else knows
 * @guest: the guest
 */
void sev_session_random(struct psp_guest *guest)
{
	psp_random(guest->session.tek, PSP_AES_KEY);
	psp_random(guest->session.tik, PSP_AES_KEY);
}

/**
 * sev_session_import - take the keys that the other side chose
 * @s: the device
 * @guest: the guest; its policy has to be the one that the other side saw
 * @cert_pa: the other side's certificate for key agreement
 * @cert_len: bytes
 * @pa: the session parameters
 * @len: bytes
 *
 * Return: PSP_SUCCESS or why not.
 */
enum psp_status sev_session_import(PspState *s, struct psp_guest *guest,
				   hwaddr cert_pa, uint32_t cert_len,
				   hwaddr pa, uint32_t len)
{
	struct psp_ec_point peer;
	struct sev_session session;
	struct sev_cert cert;
	struct wrap_keys keys;
	uint8_t mac[PSP_DIGEST];

	if (cert_len != sizeof(cert) || len != sizeof(session))
		return PSP_INVALID_LENGTH;
	if (!psp_mem_read(sev_pa(cert_pa), &cert, sizeof(cert)) ||
	    !psp_mem_read(sev_pa(pa), &session, sizeof(session)))
		return PSP_INVALID_ADDRESS;
	if (!sev_cert_point(&cert, &peer) ||
	    !wrap_keys_derive(s, &peer, session.nonce, &keys))
		return PSP_INVALID_CERTIFICATE;
	wrap_mac(&keys, &session, mac);
	if (!psp_mac_equal(mac, session.wrap_mac))
		return PSP_BAD_MEASUREMENT;
	psp_ctr(keys.encrypt, session.wrap_iv, session.wrap_tk,
		sizeof(session.wrap_tk));
	memcpy(guest->session.tek, session.wrap_tk, PSP_AES_KEY);
	memcpy(guest->session.tik, session.wrap_tk + PSP_AES_KEY, PSP_AES_KEY);
	policy_mac(guest, mac);
	return psp_mac_equal(mac, session.policy_mac) ? PSP_SUCCESS :
							PSP_BAD_MEASUREMENT;
}

/**
 * sev_session_export - choose keys, and wrap them for the other side
 * @s: the device
 * @guest: the guest; its session's keys are new afterwards
 * @peer: the other side's certificate
 * @pa: where the session parameters go
 *
 * Return: PSP_SUCCESS or why not.
 */
enum psp_status sev_session_export(PspState *s, struct psp_guest *guest,
				   const struct sev_cert *peer, hwaddr pa)
{
	struct psp_session before = guest->session;
	struct psp_ec_point point;
	struct sev_session session;
	struct wrap_keys keys;

	psp_random(&session, sizeof(session));
	if (!sev_cert_point(peer, &point) ||
	    !wrap_keys_derive(s, &point, session.nonce, &keys))
		return PSP_INVALID_CERTIFICATE;
	sev_session_random(guest);
	memcpy(session.wrap_tk, guest->session.tek, PSP_AES_KEY);
	memcpy(session.wrap_tk + PSP_AES_KEY, guest->session.tik, PSP_AES_KEY);
	psp_ctr(keys.encrypt, session.wrap_iv, session.wrap_tk,
		sizeof(session.wrap_tk));
	wrap_mac(&keys, &session, session.wrap_mac);
	policy_mac(guest, session.policy_mac);
	if (psp_mem_write(pa, &session, sizeof(session)))
		return PSP_SUCCESS;
	guest->session = before;
	return PSP_INVALID_ADDRESS;
}

/**
 * sev_packet_mac - the digest that goes with a packet
 * @guest: the guest, for its integrity key
 * @context: what kind of packet
 * @packet: its header
 * @t: its lengths
 * @data: its contents, encrypted
 * @mac: set
 */
void sev_packet_mac(const struct psp_guest *guest, enum sev_mac_context context,
		    const struct sev_packet *packet,
		    const struct sev_transport *t, const uint8_t *data,
		    uint8_t *mac)
{
	uint8_t kind = context;
	struct psp_piece pieces[] = {
		{ &kind, 1 },
		{ packet, offsetof(struct sev_packet, mac) },
		{ &t->guest_len, sizeof(t->guest_len) },
		{ &t->trans_len, sizeof(t->trans_len) },
		{ data, t->trans_len },
		/* A secret is for the guest that was measured, and no other. */
		{ guest->session.measure,
		  context == SEV_MAC_SECRET ? PSP_DIGEST : 0 },
	};

	psp_hmac(guest->session.tik, PSP_AES_KEY, pieces, ARRAY_SIZE(pieces), mac);
}

/**
 * sev_packet_open - check a packet, and put its contents into guest memory
 * @s: the device
 * @guest: the guest
 * @context: what kind of packet
 * @t: where the packet is and where it goes
 *
 * Return: PSP_SUCCESS or why not.
 */
enum psp_status sev_packet_open(PspState *s, struct psp_guest *guest,
				enum sev_mac_context context,
				struct sev_transport *t)
{
	g_autofree uint8_t *data = g_malloc(SEV_PACKET_DATA_MAX);
	hwaddr pa = sev_pa(t->guest_pa);
	struct sev_packet packet;
	uint8_t mac[PSP_DIGEST];
	enum psp_status status;

	if (t->hdr_len != sizeof(packet) || t->trans_len != t->guest_len ||
	    t->guest_len > SEV_PACKET_DATA_MAX)
		return PSP_INVALID_LENGTH;
	status = sev_memory_check(s, pa, t->guest_len);
	if (status)
		return status;
	if (!psp_mem_read(sev_pa(t->hdr_pa), &packet, sizeof(packet)) ||
	    !psp_mem_read(sev_pa(t->trans_pa), data, t->trans_len))
		return PSP_INVALID_ADDRESS;
	if (packet.flags)
		return packet.flags & SEV_PACKET_COMPRESSED ? PSP_UNSUPPORTED :
							      PSP_INVALID_PARAM;
	sev_packet_mac(guest, context, &packet, t, data, mac);
	if (!psp_mac_equal(mac, packet.mac))
		return PSP_BAD_MEASUREMENT;
	psp_ctr(guest->session.tek, packet.iv, data, t->trans_len);
	if (!psp_fault_step(s))
		return PSP_HWERROR_UNSAFE;
	if (!psp_mem_write(pa, data, t->guest_len))
		return PSP_INVALID_ADDRESS;
	if (!psp_fault_step(s))
		return PSP_HWERROR_UNSAFE;
	return psp_mem_encrypt(&guest->key, pa, t->guest_len) ?
		PSP_SUCCESS : PSP_INVALID_ADDRESS;
}
