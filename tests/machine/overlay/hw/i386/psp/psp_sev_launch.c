// SPDX-License-Identifier: GPL-2.0-only
/* LAUNCH_* and ATTESTATION_REPORT (AMD 55766). */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "psp_sev.h"
#include "target/i386/snp/host.h"

#define USAGE_PEK		0x1002
#define ALGO_ECDSA_SHA256	0x2

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

struct sev_measurement {
	uint8_t measure[PSP_DIGEST];
	uint8_t nonce[16];
} QEMU_PACKED;

struct sev_attestation {
	uint32_t handle;
	uint32_t reserved;
	uint64_t pa;
	uint8_t nonce[16];
	uint32_t len;
} QEMU_PACKED;

struct sev_report {
	uint8_t nonce[16];
	uint8_t digest[PSP_DIGEST];
	uint32_t policy;
	uint32_t sig_usage;
	uint32_t sig_algo;
	uint32_t reserved;
	uint8_t sig[144];
} QEMU_PACKED;
QEMU_BUILD_BUG_ON(sizeof(struct sev_report) != 0xd0);

static enum psp_status launch_start_run(PspState *s, uint8_t *buf)
{
	struct sev_launch_start *c = (void *)buf;
	struct psp_guest *guest;
	enum psp_status status = sev_guest_new(s, c->policy, c->handle, &guest);

	if (status)
		return status;
	if (c->dh_cert_pa || c->session_pa)
		status = sev_session_import(s, guest, c->dh_cert_pa,
					    c->dh_cert_len, c->session_pa,
					    c->session_len);
	else
		sev_session_random(guest);
	if (status) {
		psp_guest_free(guest);
		return status;
	}
	guest->state = PSP_SEV_LUPDATE;
	guest->session.sha = psp_sha_open();
	sev_guest_add(s, guest);
	c->handle = guest->handle;
	return PSP_SUCCESS;
}

/* The digest is of plaintext: measured first, and page by page. */
static enum psp_status launch_pages(PspState *s, struct psp_guest *guest,
				    hwaddr pa, uint32_t len)
{
	uint8_t page[PSP_PAGE];

	while (len) {
		uint32_t part = MIN(len, PSP_PAGE - pa % PSP_PAGE);

		if (!psp_fault_step(s))
			return PSP_HWERROR_UNSAFE;
		if (!psp_mem_read(pa, page, part))
			return PSP_INVALID_ADDRESS;
		psp_sha_add(guest->session.sha, page, part);
		if (!psp_mem_encrypt(&guest->key, pa, part))
			return PSP_INVALID_ADDRESS;
		pa += part;
		len -= part;
	}
	return PSP_SUCCESS;
}

static enum psp_status launch_update(PspState *s, uint8_t *buf, bool vmsa)
{
	struct sev_launch_update *c = (void *)buf;
	hwaddr pa = sev_pa(c->pa);
	struct psp_guest *guest;
	enum psp_status status = sev_guest_find(s, c->handle, &guest);

	if (status)
		return status;
	if (guest->state != PSP_SEV_LUPDATE)
		return PSP_INVALID_GUEST_STATE;
	if (!guest->asid)
		return PSP_INACTIVE;
	if (vmsa && guest->kind != PSP_GUEST_SEV_ES)
		return PSP_UNSUPPORTED;
	if (vmsa && pa % PSP_PAGE)
		return PSP_INVALID_ADDRESS;
	if (vmsa && c->len != PSP_PAGE)
		return PSP_INVALID_LENGTH;
	status = sev_memory_check(s, pa, c->len);
	return status ?: launch_pages(s, guest, pa, c->len);
}

static enum psp_status launch_update_data_run(PspState *s, uint8_t *buf)
{
	return launch_update(s, buf, false);
}

static enum psp_status launch_update_vmsa_run(PspState *s, uint8_t *buf)
{
	return launch_update(s, buf, true);
}

/* 55766, LAUNCH_MEASURE: what the guest's owner computes as well. */
static void measure(struct psp_guest *guest, const uint8_t *nonce)
{
	const uint8_t head[] = {
		SEV_MAC_LAUNCH, snp_host->api_major, snp_host->api_minor,
		snp_host->build,
	};
	uint32_t policy = cpu_to_le32(guest->policy);
	struct psp_session *session = &guest->session;
	struct psp_piece pieces[] = {
		{ head, sizeof(head) }, { &policy, sizeof(policy) },
		{ session->digest, PSP_DIGEST }, { nonce, 16 },
	};

	psp_sha_close(session->sha, session->digest);
	session->sha = NULL;
	psp_hmac(session->tik, PSP_AES_KEY, pieces, ARRAY_SIZE(pieces),
		 session->measure);
}

static enum psp_status launch_measure_run(PspState *s, uint8_t *buf)
{
	struct sev_launch_update *c = (void *)buf;
	struct sev_measurement m;
	uint32_t len = c->len;
	struct psp_guest *guest;
	enum psp_status status = sev_guest_find(s, c->handle, &guest);

	if (status)
		return status;
	c->len = sizeof(m);
	if (len < sizeof(m))
		return PSP_INVALID_LENGTH;
	if (guest->state != PSP_SEV_LUPDATE)
		return PSP_INVALID_GUEST_STATE;
	if (!psp_mem_writable(s, sev_pa(c->pa), sizeof(m)))
		return PSP_INVALID_PAGE_STATE;
	if (!psp_mem_read(sev_pa(c->pa), &m, sizeof(m)))
		return PSP_INVALID_ADDRESS;
	psp_random(m.nonce, sizeof(m.nonce));
	measure(guest, m.nonce);
	memcpy(m.measure, guest->session.measure, sizeof(m.measure));
	psp_mem_write(sev_pa(c->pa), &m, sizeof(m));
	guest->state = PSP_SEV_LSECRET;
	return PSP_SUCCESS;
}

static enum psp_status launch_secret_run(PspState *s, uint8_t *buf)
{
	struct sev_transport_command *c = (void *)buf;
	struct psp_guest *guest;
	enum psp_status status = sev_guest_find(s, c->handle, &guest);

	if (status)
		return status;
	if (guest->state != PSP_SEV_LSECRET)
		return PSP_INVALID_GUEST_STATE;
	if (!guest->asid)
		return PSP_INACTIVE;
	return sev_packet_open(s, guest, SEV_MAC_SECRET, &c->t);
}

static enum psp_status launch_finish_run(PspState *s, uint8_t *buf)
{
	struct sev_handle *c = (void *)buf;
	struct psp_guest *guest;
	enum psp_status status = sev_guest_find(s, c->handle, &guest);

	if (status)
		return status;
	if (guest->state != PSP_SEV_LSECRET)
		return PSP_INVALID_GUEST_STATE;
	guest->state = PSP_SEV_RUNNING;
	return PSP_SUCCESS;
}

static enum psp_status attestation_run(PspState *s, uint8_t *buf)
{
	struct sev_attestation *c = (void *)buf;
	struct sev_report report = { 0 };
	struct psp_piece body = { &report, offsetof(struct sev_report, sig_usage) };
	uint32_t len = c->len;
	struct psp_guest *guest;
	enum psp_status status = sev_guest_find(s, c->handle, &guest);

	if (status)
		return status;
	c->len = sizeof(report);
	if (len < sizeof(report))
		return PSP_INVALID_LENGTH;
	/* A guess: from when the digest is final. */
	if (guest->state != PSP_SEV_LSECRET && guest->state != PSP_SEV_RUNNING)
		return PSP_INVALID_GUEST_STATE;
	memcpy(report.nonce, c->nonce, sizeof(report.nonce));
	memcpy(report.digest, guest->session.digest, sizeof(report.digest));
	report.policy = guest->policy;
	report.sig_usage = USAGE_PEK;
	report.sig_algo = ALGO_ECDSA_SHA256;
	psp_hmac(s->identity.pek, PSP_EC, &body, 1, report.sig);
	if (!psp_mem_writable(s, sev_pa(c->pa), sizeof(report)))
		return PSP_INVALID_PAGE_STATE;
	return psp_mem_write(sev_pa(c->pa), &report, sizeof(report)) ?
		PSP_SUCCESS : PSP_INVALID_ADDRESS;
}

const struct psp_command psp_sev_launch_commands[] = {
	{ 0x30, "LAUNCH_START", sizeof(struct sev_launch_start),
	  PSP_CMD_WRITES, launch_start_run },
	{ 0x31, "LAUNCH_UPDATE_DATA", sizeof(struct sev_launch_update), 0,
	  launch_update_data_run },
	{ 0x32, "LAUNCH_UPDATE_VMSA", sizeof(struct sev_launch_update), 0,
	  launch_update_vmsa_run },
	{ 0x33, "LAUNCH_MEASURE", sizeof(struct sev_launch_update),
	  PSP_CMD_WRITES, launch_measure_run },
	{ 0x34, "LAUNCH_UPDATE_SECRET", sizeof(struct sev_transport_command), 0,
	  launch_secret_run },
	{ 0x35, "LAUNCH_FINISH", sizeof(struct sev_handle), 0,
	  launch_finish_run },
	{ 0x36, "ATTESTATION_REPORT", sizeof(struct sev_attestation),
	  PSP_CMD_WRITES, attestation_run },
	{ }
};
