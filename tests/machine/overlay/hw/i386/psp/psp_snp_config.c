// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the SEV-SNP firmware can do and how it is set up: features, versions,
 * the endorsement key that is loaded (AMD 56860).
 */
#include "qemu/osdep.h"
#include "qemu/cutils.h"
#include "qemu/host-utils.h"
#include "psp.h"
#include "target/i386/snp/host.h"

#define CONFIG_MASK_CHIP_ID	BIT(0)
#define CONFIG_MASK_CHIP_KEY	BIT(1)
#define VLEK_HASHSTICK		432	/* bytes; Linux, uapi psp-sev.h */
#define TCB_SNP_SHIFT		48	/* of Milan and Genoa; Turin: */
#define TCB_SNP_SHIFT_TURIN	24
#define MITIGATIONS		0x3ULL
#define MITIGATION_STATUS	0
#define MITIGATION_VERIFY	1
#define MITIGATION_DST_EN	BIT(0)
#define MITIGATION_SRC_EN	BIT(1)

struct snp_config {
	uint64_t reported_tcb;
	uint32_t flags;
	uint8_t reserved[52];
} QEMU_PACKED;

struct snp_commit {
	uint32_t len;
} QEMU_PACKED;

struct snp_vlek_load {
	uint32_t len;
	uint8_t version;
	uint8_t reserved[3];
	uint64_t pa;
} QEMU_PACKED;

struct snp_download {
	uint32_t len;
	uint32_t flags;		/* bit 0: commit at once */
	uint64_t pa;
	uint32_t image_len;
	uint32_t reserved;
} QEMU_PACKED;

struct snp_feature_request {
	uint32_t len;
	uint32_t ecx_in;
	uint64_t pa;
} QEMU_PACKED;

struct snp_feature_info {
	uint32_t eax, ebx, ecx, edx;
} QEMU_PACKED;

struct snp_verify_mitigation {
	uint32_t len;
	uint16_t subcommand;
	uint16_t reserved1;
	uint64_t vector;
	uint32_t flags;
	uint32_t reserved2;
	uint64_t src_pa;
	uint64_t dst_pa;
	uint8_t reserved3[24];
} QEMU_PACKED;

struct snp_mitigations {
	uint64_t verified;
	uint64_t supported;
	uint32_t failure;
} QEMU_PACKED;

static unsigned int tcb_snp_shift(void)
{
	return snp_host->profile->rmpread ? TCB_SNP_SHIFT_TURIN : TCB_SNP_SHIFT;
}

/*
 * SNP's number goes up with the minor version. Linux 7.3 takes SEV-ES away from 0x1b
 * on, of Turin from 4 on (AMD-SB-3023): here that is firmware 1.59.
 */
static unsigned int svn_of_snp(void)
{
	unsigned int before = snp_host->profile->rmpread ? 55 : 32;

	return snp_host->api_minor > before ? snp_host->api_minor - before : 1;
}

/**
 * psp_snp_current_tcb - security version numbers of what runs
 *
 * Layout as Linux has it in struct sev_snp_tcb_version_*; the numbers are made
 * up.
 *
 * Return: the TCB version.
 */
uint64_t psp_snp_current_tcb(void)
{
	uint64_t loader_and_os = snp_host->profile->rmpread ? 0x010201 : 0x0104;

	return 0xdbULL << 56 | loader_and_os |
	       (uint64_t)svn_of_snp() << tcb_snp_shift();
}

/* No part of one version may be above that of another. */
static bool tcb_within(uint64_t tcb, uint64_t bound)
{
	for (int i = 0; i < 64; i += 8)
		if ((tcb >> i & 0xff) > (bound >> i & 0xff))
			return false;
	return true;
}

/**
 * psp_snp_has_feature_info - whether there is SNP_FEATURE_INFO
 *
 * From which version on there is one is a guess; where it has to offer
 * something, there is one too.
 *
 * Return: true if there is.
 */
bool psp_snp_has_feature_info(void)
{
	return snp_host_firmware_from(57) || snp_host->x86_snp_shutdown ||
	       snp_host->ciphertext_hiding;
}

/**
 * psp_snp_features - what SNP_FEATURE_INFO offers
 *
 * Return: ECX of Fn8000_0024 subfunction 0.
 */
uint32_t psp_snp_features(void)
{
	if (!psp_snp_has_feature_info())
		return 0;
	return PSP_FEATURE_VLEK | PSP_FEATURE_RAPL_DIS | PSP_FEATURE_CXL_ALLOW |
	       (snp_host->x86_snp_shutdown ? PSP_FEATURE_X86_SHUTDOWN : 0) |
	       (snp_host->ciphertext_hiding ? PSP_FEATURE_HIDING : 0) |
	       (snp_host_firmware_from(58) ? PSP_FEATURE_MITIGATIONS : 0);
}

/**
 * psp_snp_forget - clear what a shutdown clears (56860, SNP_SHUTDOWN_EX)
 * @s: the device
 */
void psp_snp_forget(PspState *s)
{
	s->snp.reported_tcb = s->snp.committed_tcb;
	s->snp.mask_chip_id = s->snp.mask_chip_key = false;
	s->snp.vlek_loaded = false;
	s->snp.rapl_disabled = false;
	s->snp.max_snp_asid = 0;
	snp_host->ciphertext_hidden = false;
}

/**
 * psp_snp_reset - as the machine starts
 * @s: the device
 *
 * The firmware that runs is not committed yet, so that its version may not be
 * reported before SNP_COMMIT.
 */
void psp_snp_reset(PspState *s)
{
	s->snp.committed_tcb = psp_snp_current_tcb();
	if (snp_host->api_minor)
		s->snp.committed_tcb -= 1ULL << tcb_snp_shift();
	s->snp.verified_mitigations = 0;
	psp_snp_forget(s);
}

static enum psp_status config_run(PspState *s, uint8_t *buf)
{
	struct snp_config *c = (void *)buf;

	if (s->snp_state != PSP_SNP_INIT)
		return PSP_INVALID_PLATFORM_STATE;
	if (c->flags & ~(CONFIG_MASK_CHIP_ID | CONFIG_MASK_CHIP_KEY) ||
	    !buffer_is_zero(c->reserved, sizeof(c->reserved)) ||
	    !tcb_within(c->reported_tcb, s->snp.committed_tcb))
		return PSP_INVALID_PARAM;
	s->snp.reported_tcb = c->reported_tcb ?: s->snp.committed_tcb;
	s->snp.mask_chip_id = c->flags & CONFIG_MASK_CHIP_ID;
	s->snp.mask_chip_key = c->flags & CONFIG_MASK_CHIP_KEY;
	return PSP_SUCCESS;
}

static enum psp_status commit_run(PspState *s, uint8_t *buf)
{
	struct snp_commit *c = (void *)buf;

	if (c->len < sizeof(*c))
		return PSP_INVALID_PARAM;
	s->snp.committed_tcb = psp_snp_current_tcb();
	s->snp.reported_tcb = s->snp.committed_tcb;
	return PSP_SUCCESS;
}

/* What the hashstick wraps cannot be checked without AMD's keys. */
static enum psp_status vlek_load_run(PspState *s, uint8_t *buf)
{
	struct snp_vlek_load *c = (void *)buf;
	uint8_t hashstick[VLEK_HASHSTICK];

	if (s->snp_state != PSP_SNP_INIT)
		return PSP_INVALID_PLATFORM_STATE;
	if (c->len < sizeof(*c) || c->version ||
	    !buffer_is_zero(c->reserved, sizeof(c->reserved)))
		return PSP_INVALID_PARAM;
	if (!psp_mem_read(c->pa, hashstick, sizeof(hashstick)))
		return PSP_INVALID_ADDRESS;
	s->snp.vlek_loaded = true;
	return PSP_SUCCESS;
}

/* No image is signed for this machine, so none is taken. */
static enum psp_status download_run(PspState *s, uint8_t *buf)
{
	struct snp_download *c = (void *)buf;
	uint8_t byte;

	if (c->len < sizeof(*c) || c->flags & ~1u || c->reserved)
		return PSP_INVALID_PARAM;
	if (!c->image_len)
		return PSP_INVALID_LENGTH;
	if (c->pa % 4096 || !psp_mem_read(c->pa, &byte, 1))
		return PSP_INVALID_ADDRESS;
	return PSP_BAD_SIGNATURE;
}

static enum psp_status feature_info_run(PspState *s, uint8_t *buf)
{
	struct snp_feature_request *c = (void *)buf;
	struct snp_feature_info info = { .ecx = psp_snp_features() };

	if (!psp_snp_has_feature_info())
		return PSP_INVALID_COMMAND;
	if (c->len < sizeof(*c) || c->ecx_in)
		return PSP_INVALID_PARAM;
	/* Linux, snp_get_platform_data(): aligned, and within one page. */
	if (c->pa % 8 || c->pa % 4096 > 4096 - sizeof(info))
		return PSP_INVALID_ADDRESS;
	if (!psp_mem_writable(s, c->pa, sizeof(info)))
		return PSP_INVALID_PAGE_STATE;
	return psp_mem_write(c->pa, &info, sizeof(info)) ? PSP_SUCCESS :
							   PSP_INVALID_ADDRESS;
}

static enum psp_status verify_mitigation_run(PspState *s, uint8_t *buf)
{
	struct snp_verify_mitigation *c = (void *)buf;
	struct snp_mitigations result;

	if (!(psp_snp_features() & PSP_FEATURE_MITIGATIONS))
		return PSP_INVALID_COMMAND;
	if (c->len < sizeof(*c) || c->subcommand > MITIGATION_VERIFY ||
	    c->flags & ~(MITIGATION_DST_EN | MITIGATION_SRC_EN))
		return PSP_INVALID_PARAM;
	if (c->subcommand == MITIGATION_VERIFY &&
	    (ctpop64(c->vector) != 1 || c->vector & ~MITIGATIONS))
		return PSP_INVALID_PARAM;
	if (c->flags & MITIGATION_DST_EN &&
	    !psp_mem_writable(s, c->dst_pa, sizeof(result)))
		return PSP_INVALID_PAGE_STATE;

	if (c->subcommand == MITIGATION_VERIFY)
		s->snp.verified_mitigations |= c->vector;
	result = (struct snp_mitigations){
		.verified = s->snp.verified_mitigations,
		.supported = MITIGATIONS,
	};
	if (c->flags & MITIGATION_DST_EN &&
	    !psp_mem_write(c->dst_pa, &result, sizeof(result)))
		return PSP_INVALID_ADDRESS;
	return PSP_SUCCESS;
}

/* SEV-TIO is never offered, but has its names for the control channel. */
static enum psp_status tio_run(PspState *s, uint8_t *buf)
{
	return PSP_INVALID_COMMAND;
}

const struct psp_command psp_snp_config_commands[] = {
	{ 0xb2, "SNP_VERIFY_MITIGATION", sizeof(struct snp_verify_mitigation),
	  PSP_CMD_SNP, verify_mitigation_run },
	{ 0xc9, "SNP_CONFIG", sizeof(struct snp_config), PSP_CMD_SNP,
	  config_run },
	{ 0xca, "SNP_DOWNLOAD_FIRMWARE_EX", sizeof(struct snp_download),
	  PSP_CMD_SNP, download_run },
	{ 0xcb, "SNP_COMMIT", sizeof(struct snp_commit), PSP_CMD_SNP,
	  commit_run },
	{ 0xcd, "SNP_VLEK_LOAD", sizeof(struct snp_vlek_load), PSP_CMD_SNP,
	  vlek_load_run },
	{ 0xce, "SNP_FEATURE_INFO", sizeof(struct snp_feature_request),
	  PSP_CMD_SNP, feature_info_run },
	{ 0xd0, "TIO_STATUS", 0, PSP_CMD_SNP, tio_run },
	{ 0xd1, "TIO_INIT", 0, PSP_CMD_SNP, tio_run },
	{ 0xd2, "TIO_DEV_CREATE", 0, PSP_CMD_SNP, tio_run },
	{ 0xd3, "TIO_DEV_RECLAIM", 0, PSP_CMD_SNP, tio_run },
	{ 0xd4, "TIO_DEV_CONNECT", 0, PSP_CMD_SNP, tio_run },
	{ 0xd5, "TIO_DEV_DISCONNECT", 0, PSP_CMD_SNP, tio_run },
	{ }
};
