// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest messages: what a guest asks the firmware, through a host that can read
 * neither question nor answer (AMD 56860, SNP_GUEST_REQUEST). Layouts as Linux'
 * asm/sev.h and uapi sev-guest.h have them.
 */
#include "qemu/osdep.h"
#include "qemu/cutils.h"
#include "qemu/bswap.h"
#include "psp_crypto.h"
#include "psp_snp.h"

#define ALGO_AES_256_GCM	1
#define HEADER_VERSION		1
#define MESSAGE_VERSION		1
#define AAD_OFFSET		0x30	/* of "algo" */
#define AAD_LEN			48

#define MSG_REPORT_REQ		5
#define MSG_TSC_INFO_REQ	17

#define REPORT_VERSION		2

struct header {
	uint8_t tag[32];
	uint64_t sequence;
	uint8_t reserved1[8];
	uint8_t algo;
	uint8_t header_version;
	uint16_t header_len;
	uint8_t type;
	uint8_t version;
	uint16_t len;
	uint32_t reserved2;
	uint8_t vmpck;
	uint8_t reserved3[35];
} QEMU_PACKED;

struct message {
	struct header header;
	uint8_t payload[PSP_PAGE - sizeof(struct header)];
} QEMU_PACKED;

struct snp_guest_request {
	uint64_t gctx_pa;
	uint64_t req_pa;
	uint64_t res_pa;
} QEMU_PACKED;

struct report_request {
	uint8_t user_data[64];
	uint32_t vmpl;
	uint8_t reserved[28];
} QEMU_PACKED;

/* The attestation report's start; no signature follows. */
struct report {
	uint32_t version;
	uint32_t guest_svn;
	uint64_t policy;
	uint8_t family_id[16];
	uint8_t image_id[16];
	uint32_t vmpl;
	uint32_t signature_algo;
	uint64_t current_tcb;
	uint64_t platform_info;
	uint32_t flags;
	uint32_t reserved;
	uint8_t user_data[64];
	uint8_t measurement[PSP_LAUNCH_DIGEST];
	uint8_t rest[0x4a0 - 0x90 - PSP_LAUNCH_DIGEST];
} QEMU_PACKED;

struct report_response {
	uint32_t status;
	uint32_t len;
	uint8_t reserved[24];
	struct report report;
} QEMU_PACKED;

struct tsc_info_response {
	uint32_t status;
	uint32_t reserved;
	uint64_t scale;
	uint64_t offset;
	uint32_t factor;
	uint8_t rest[100];
} QEMU_PACKED;

QEMU_BUILD_BUG_ON(sizeof(struct header) != 0x60);
QEMU_BUILD_BUG_ON(offsetof(struct header, algo) != AAD_OFFSET);
QEMU_BUILD_BUG_ON(sizeof(struct report) != 0x4a0);
QEMU_BUILD_BUG_ON(sizeof(struct tsc_info_response) != 128);

static bool message_crypt(struct psp_guest *guest, struct message *m, bool encrypt)
{
	uint8_t iv[12] = { 0 };

	stq_le_p(iv, m->header.sequence);
	return psp_gcm(guest->snp.vmpck[m->header.vmpck], iv, &m->header.algo,
		       AAD_LEN, m->payload, m->header.len, m->header.tag, encrypt);
}

static bool header_is_valid(const struct psp_guest *guest, const struct header *h)
{
	return h->algo == ALGO_AES_256_GCM &&
	       h->header_version == HEADER_VERSION &&
	       h->header_len == sizeof(*h) && h->version == MESSAGE_VERSION &&
	       h->len <= sizeof(struct message) - sizeof(*h) &&
	       h->vmpck < PSP_NR_VMPCKS &&
	       h->sequence == guest->snp.messages[h->vmpck] + 1;
}

static enum psp_status report(PspState *s, const struct psp_guest *guest,
			      struct message *m)
{
	struct report_request req;
	struct report_response res = { .len = sizeof(res.report) };

	if (m->header.len != sizeof(req))
		return PSP_INVALID_LENGTH;
	memcpy(&req, m->payload, sizeof(req));
	if (req.vmpl >= PSP_NR_VMPCKS || req.vmpl < m->header.vmpck ||
	    !buffer_is_zero(req.reserved, sizeof(req.reserved))) {
		res.status = PSP_INVALID_PARAM;
		res.len = 0;
	} else {
		res.report = (struct report){
			.version = REPORT_VERSION,
			.policy = guest->policy,
			.vmpl = req.vmpl,
			.signature_algo = 1,
			.current_tcb = psp_snp_current_tcb(),
		};
		memcpy(res.report.user_data, req.user_data, sizeof(req.user_data));
		memcpy(res.report.measurement, guest->snp.digest, PSP_LAUNCH_DIGEST);
	}
	memcpy(m->payload, &res, sizeof(res));
	m->header.len = sizeof(res);
	return PSP_SUCCESS;
}

static enum psp_status tsc_info(struct message *m)
{
	struct tsc_info_response res = { .scale = 1ULL << 32 };

	if (m->header.len != sizeof(res))
		return PSP_INVALID_LENGTH;
	memcpy(m->payload, &res, sizeof(res));
	return PSP_SUCCESS;
}

static enum psp_status message_answer(PspState *s, struct psp_guest *guest,
				      struct message *m)
{
	enum psp_status status;

	switch (m->header.type) {
	case MSG_REPORT_REQ:
		status = report(s, guest, m);
		break;
	case MSG_TSC_INFO_REQ:
		status = tsc_info(m);
		break;
	default:
		return PSP_INVALID_PARAM;
	}
	m->header.type++;
	m->header.sequence++;
	return status;
}

static enum psp_status guest_request_run(PspState *s, uint8_t *buf)
{
	struct snp_guest_request *c = (void *)buf;
	struct psp_guest *guest;
	enum psp_status status = psp_snp_guest_find(s, c->gctx_pa, &guest);
	struct message m;

	if (status)
		return status;
	if (guest->state != PSP_SNP_GUEST_RUNNING)
		return PSP_INVALID_GUEST_STATE;
	if (c->req_pa % PSP_PAGE || c->res_pa % PSP_PAGE || c->req_pa == c->res_pa ||
	    !psp_mem_read(c->req_pa, &m, sizeof(m)))
		return PSP_INVALID_ADDRESS;
	if (!psp_mem_writable(s, c->res_pa, PSP_PAGE))
		return PSP_INVALID_PAGE_STATE;
	if (!header_is_valid(guest, &m.header))
		return PSP_INVALID_PARAM;
	if (guest->snp.messages[m.header.vmpck] > UINT64_MAX - 4)
		return PSP_AEAD_OFLOW;
	if (!message_crypt(guest, &m, false))
		return PSP_BAD_MEASUREMENT;
	status = message_answer(s, guest, &m);
	if (status)
		return status;
	guest->snp.messages[m.header.vmpck] = m.header.sequence;
	message_crypt(guest, &m, true);
	return psp_mem_write(c->res_pa, &m, sizeof(m)) ? PSP_SUCCESS :
							 PSP_INVALID_ADDRESS;
}

const struct psp_command psp_snp_request_commands[] = {
	{ 0x94, "SNP_GUEST_REQUEST", sizeof(struct snp_guest_request),
	  PSP_CMD_SNP, guest_request_run },
	{ }
};
