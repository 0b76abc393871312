/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the SEV firmware (AMD 55766) share. */
#ifndef HW_I386_PSP_SEV_H
#define HW_I386_PSP_SEV_H

#include "psp.h"

#define SEV_POLICY_NODBG	BIT(0)
#define SEV_POLICY_NOKS		BIT(1)
#define SEV_POLICY_ES		BIT(2)
#define SEV_POLICY_NOSEND	BIT(3)
#define SEV_POLICY_RESERVED	0xffc0
#define SEV_POLICY_API_MAJOR(p)	((p) >> 16 & 0xff)
#define SEV_POLICY_API_MINOR(p)	((p) >> 24 & 0xff)

#define SEV_BLOCK		16
#define SEV_PACKET_DATA_MAX	0x4000	/* bytes in one packet: a guess */

/* 55766, appendix on certificates: numbers are little endian. */
struct sev_cert {
	uint32_t version;
	uint8_t api_major, api_minor;
	uint16_t reserved1;
	uint32_t usage;
	uint32_t algo;
	uint32_t curve;
	uint8_t x[72], y[72];
	uint8_t reserved2[880];
	struct {
		uint32_t usage;
		uint32_t algo;
		uint8_t value[512];
	} QEMU_PACKED sig[2];
} QEMU_PACKED;
QEMU_BUILD_BUG_ON(sizeof(struct sev_cert) != 2084);

/* 55766, LAUNCH_START: what the other side needs besides the certificate. */
struct sev_session {
	uint8_t nonce[16];
	uint8_t wrap_tk[2 * PSP_AES_KEY];
	uint8_t wrap_iv[PSP_AES_BLOCK];
	uint8_t wrap_mac[PSP_DIGEST];
	uint8_t policy_mac[PSP_DIGEST];
} QEMU_PACKED;
QEMU_BUILD_BUG_ON(sizeof(struct sev_session) != 128);

/* The header of what crosses encrypted by the session's keys. */
struct sev_packet {
	uint32_t flags;
	uint8_t iv[PSP_AES_BLOCK];
	uint8_t mac[PSP_DIGEST];
} QEMU_PACKED;
QEMU_BUILD_BUG_ON(sizeof(struct sev_packet) != 52);

#define SEV_PACKET_COMPRESSED	BIT(0)

/* First byte of what each kind of digest is made of. */
enum sev_mac_context {
	SEV_MAC_SECRET	= 1,
	SEV_MAC_PAGES	= 2,
	SEV_MAC_VMSA	= 3,
	SEV_MAC_LAUNCH	= 4,
};

/* Buffers of SEND_UPDATE_*, RECEIVE_UPDATE_* and LAUNCH_UPDATE_SECRET. */
struct sev_transport {
	uint64_t hdr_pa;
	uint32_t hdr_len;
	uint32_t reserved2;
	uint64_t guest_pa;
	uint32_t guest_len;
	uint32_t reserved3;
	uint64_t trans_pa;
	uint32_t trans_len;
} QEMU_PACKED;

struct sev_transport_command {
	uint32_t handle;
	uint32_t reserved1;
	struct sev_transport t;
} QEMU_PACKED;

struct sev_handle {
	uint32_t handle;
} QEMU_PACKED;

/* psp_sev_identity.c */
enum psp_status sev_identity_load(PspState *s, hwaddr nv_pa);
enum psp_status sev_identity_save(PspState *s);
enum psp_status sev_identity_forget(PspState *s);
void sev_identity_new_pek(PspState *s);

/* psp_sev_cert.c */
bool sev_cert_point(const struct sev_cert *cert, struct psp_ec_point *point);
void sev_cert_pdh(PspState *s, struct sev_cert *cert);

/* psp_sev_guest.c */
hwaddr sev_pa(uint64_t pa);
enum psp_status sev_guest_find(PspState *s, uint32_t handle,
			       struct psp_guest **guest);
enum psp_status sev_guest_new(PspState *s, uint32_t policy, uint32_t share,
			      struct psp_guest **guest);
void sev_guest_add(PspState *s, struct psp_guest *guest);

/* psp_sev_session.c */
void sev_session_random(struct psp_guest *guest);
enum psp_status sev_session_import(PspState *s, struct psp_guest *guest,
				   hwaddr cert_pa, uint32_t cert_len,
				   hwaddr pa, uint32_t len);
enum psp_status sev_session_export(PspState *s, struct psp_guest *guest,
				   const struct sev_cert *peer, hwaddr pa);
void sev_packet_mac(const struct psp_guest *guest, enum sev_mac_context context,
		    const struct sev_packet *packet,
		    const struct sev_transport *t, const uint8_t *data,
		    uint8_t *mac);
enum psp_status sev_packet_open(PspState *s, struct psp_guest *guest,
				enum sev_mac_context context,
				struct sev_transport *t);

/* psp_sev_memory.c */
enum psp_status sev_memory_check(PspState *s, hwaddr pa, uint32_t len);

#endif
