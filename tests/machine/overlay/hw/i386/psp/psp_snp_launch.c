// SPDX-License-Identifier: GPL-2.0-only
/* Launch of SNP guests (AMD 56860). */
#include "qemu/osdep.h"
#include "psp_snp.h"
#include "target/i386/snp/host.h"

#define START_MA_EN		BIT(0)
#define START_IMI_EN		BIT(1)

#define UPDATE_2M		BIT(0)
#define UPDATE_TYPE(flags)	((flags) >> 1 & 7)
#define UPDATE_IMI		BIT(4)
#define UPDATE_RESERVED		(~0u << 5)
#define VMPL_PERMS_RESERVED	0xe0e0e0ffu	/* VMPL 0, and three bits each */

#define FINISH_ID_BLOCK		BIT_ULL(0)
#define FINISH_AUTH_KEY		BIT_ULL(1)
#define FINISH_VCEK_DIS		BIT_ULL(2)

#define ID_BLOCK_VERSION	1
#define ID_KEY_ECDSA_P384	1

struct snp_launch_start {
	uint64_t gctx_pa;
	uint64_t policy;
	uint64_t ma_gctx_pa;
	uint32_t flags;
	uint32_t desired_tsc_khz;
	uint8_t gosvw[16];
} QEMU_PACKED;

struct snp_launch_update {
	uint64_t gctx_pa;
	uint32_t flags;
	uint32_t reserved1;
	uint64_t pa;
	uint32_t vmpl_perms;
	uint32_t reserved2;
} QEMU_PACKED;

struct snp_launch_finish {
	uint64_t gctx_pa;
	uint64_t id_block_pa;
	uint64_t id_auth_pa;
	uint64_t flags;
	uint8_t host_data[32];
} QEMU_PACKED;

struct snp_id_block {
	uint8_t digest[PSP_LAUNCH_DIGEST];
	uint8_t family_id[16];
	uint8_t image_id[16];
	uint32_t version;
	uint32_t guest_svn;
	uint64_t policy;
} QEMU_PACKED;

struct snp_id_auth {
	uint32_t id_key_algo;
	uint32_t auth_key_algo;
	uint8_t rest[4088];
} QEMU_PACKED;

/* An agent is launched itself and has no agent (56860, migration agents). */
static enum psp_status agent_check(PspState *s, const struct psp_guest *guest,
				   const struct snp_launch_start *c)
{
	struct psp_guest *agent;
	enum psp_status status;

	if (!(c->flags & START_MA_EN))
		return c->flags & START_IMI_EN ? PSP_INVALID_PARAM : PSP_SUCCESS;
	status = psp_snp_guest_find(s, c->ma_gctx_pa, &agent);
	if (status)
		return status;
	if (agent == guest)
		return PSP_INVALID_GUEST;
	if (agent->state != PSP_SNP_GUEST_RUNNING)
		return PSP_INVALID_GUEST_STATE;
	if (agent->policy & SNP_POLICY_MIGRATE_MA ||
	    !(c->policy & SNP_POLICY_MIGRATE_MA))
		return PSP_POLICY_FAILURE;
	return PSP_SUCCESS;
}

static enum psp_status launch_start_run(PspState *s, uint8_t *buf)
{
	struct snp_launch_start *c = (void *)buf;
	struct psp_guest *guest;
	enum psp_status status = psp_snp_guest_find(s, c->gctx_pa, &guest);

	if (status)
		return status;
	if (guest->state != PSP_SNP_GUEST_INIT)
		return PSP_INVALID_GUEST_STATE;
	if (c->flags & ~(START_MA_EN | START_IMI_EN))
		return PSP_INVALID_PARAM;
	status = psp_snp_policy_check(s, c->policy);
	if (!status)
		status = agent_check(s, guest, c);
	if (status)
		return status;

	guest->policy = c->policy;
	guest->snp.ma_gctx = c->flags & START_MA_EN ? c->ma_gctx_pa : 0;
	guest->snp.imi = c->flags & START_IMI_EN;
	memcpy(guest->snp.gosvw, c->gosvw, sizeof(guest->snp.gosvw));
	memset(guest->snp.digest, 0, sizeof(guest->snp.digest));
	guest->state = PSP_SNP_GUEST_LAUNCH;
	return PSP_SUCCESS;
}

/* What is in the page before it is measured and encrypted. */
static enum psp_status page_fill(struct psp_guest *guest,
				 const struct snp_page *page,
				 enum snp_page_type type)
{
	switch (type) {
	case SNP_PAGE_ZERO:
		psp_mem_fill(page->pa, 0, page->size);
		return PSP_SUCCESS;
	case SNP_PAGE_SECRETS:
		psp_snp_secrets_fill(guest, page->pa);
		return PSP_SUCCESS;
	case SNP_PAGE_CPUID:
		return psp_snp_cpuid_check(page->pa);
	default:
		return PSP_SUCCESS;
	}
}

static enum psp_status page_launch(PspState *s, struct psp_guest *guest,
				   const struct snp_launch_update *c)
{
	enum snp_page_type type = UPDATE_TYPE(c->flags);
	struct snp_page page;
	enum psp_status status;

	status = psp_snp_page_get(guest, c->pa, c->flags & UPDATE_2M,
				  BIT(RMP_PRE_GUEST), &page);
	if (!status)
		status = page_fill(guest, &page, type);
	if (status)
		return status;
	psp_snp_measure(guest, &page, type, c->flags & UPDATE_IMI, c->vmpl_perms);
	for (uint64_t at = 0; at < page.size; at += 4096) {
		if (!psp_fault_step(s))
			return PSP_HWERROR_UNSAFE;
		if (!psp_mem_encrypt(&guest->key, page.pa + at, 4096))
			return PSP_INVALID_ADDRESS;
	}
	psp_snp_page_set(&page, (page.entry & ~RMP_IMMUTABLE) | RMP_VALIDATED |
				(type == SNP_PAGE_VMSA ? RMP_VMSA : 0));
	rmp_set_permissions(RMP_PFN(page.pa), c->vmpl_perms);
	return PSP_SUCCESS;
}

static enum psp_status launch_update_run(PspState *s, uint8_t *buf)
{
	struct snp_launch_update *c = (void *)buf;
	struct psp_guest *guest;
	enum psp_status status = psp_snp_guest_find(s, c->gctx_pa, &guest);
	enum snp_page_type type = UPDATE_TYPE(c->flags);

	if (status)
		return status;
	if (guest->state != PSP_SNP_GUEST_LAUNCH)
		return PSP_INVALID_GUEST_STATE;
	if (!guest->asid)
		return PSP_INACTIVE;
	if (type < SNP_PAGE_NORMAL || type > SNP_PAGE_CPUID ||
	    c->flags & UPDATE_RESERVED || c->reserved1 || c->reserved2 ||
	    c->vmpl_perms & VMPL_PERMS_RESERVED)
		return PSP_INVALID_PARAM;
	if (c->flags & UPDATE_IMI && !guest->snp.imi)
		return PSP_INVALID_PARAM;
	if (c->flags & UPDATE_2M && type != SNP_PAGE_NORMAL &&
	    type != SNP_PAGE_ZERO && type != SNP_PAGE_UNMEASURED)
		return PSP_INVALID_PAGE_SIZE;
	return page_launch(s, guest, c);
}

/* Its signatures are not verified. */
static enum psp_status id_block_check(const struct psp_guest *guest,
				      const struct snp_launch_finish *c)
{
	struct snp_id_block block;
	struct snp_id_auth auth;

	QEMU_BUILD_BUG_ON(sizeof(block) != 96 || sizeof(auth) != 4096);
	if (!c->id_block_pa || !psp_mem_read(c->id_block_pa, &block, sizeof(block)))
		return PSP_INVALID_ADDRESS;
	if (!c->id_auth_pa || !psp_mem_read(c->id_auth_pa, &auth, sizeof(auth)))
		return PSP_INVALID_ADDRESS;
	if (block.version != ID_BLOCK_VERSION ||
	    auth.id_key_algo != ID_KEY_ECDSA_P384)
		return PSP_INVALID_PARAM;
	if (c->flags & FINISH_AUTH_KEY && auth.auth_key_algo != ID_KEY_ECDSA_P384)
		return PSP_INVALID_PARAM;
	if (memcmp(block.digest, guest->snp.digest, sizeof(block.digest)))
		return PSP_BAD_MEASUREMENT;
	return block.policy == guest->policy ? PSP_SUCCESS : PSP_POLICY_FAILURE;
}

static enum psp_status launch_finish_run(PspState *s, uint8_t *buf)
{
	struct snp_launch_finish *c = (void *)buf;
	struct psp_guest *guest;
	enum psp_status status = psp_snp_guest_find(s, c->gctx_pa, &guest);

	if (status)
		return status;
	if (guest->state != PSP_SNP_GUEST_LAUNCH)
		return PSP_INVALID_GUEST_STATE;
	if (c->flags & ~(FINISH_ID_BLOCK | FINISH_AUTH_KEY | FINISH_VCEK_DIS))
		return PSP_INVALID_PARAM;
	if ((c->flags & (FINISH_ID_BLOCK | FINISH_AUTH_KEY)) == FINISH_AUTH_KEY)
		return PSP_INVALID_PARAM;
	if (c->flags & FINISH_ID_BLOCK)
		status = id_block_check(guest, c);
	if (!status)
		guest->state = PSP_SNP_GUEST_RUNNING;
	return status;
}

const struct psp_command psp_snp_launch_commands[] = {
	{ 0xa0, "SNP_LAUNCH_START", sizeof(struct snp_launch_start),
	  PSP_CMD_SNP, launch_start_run },
	{ 0xa1, "SNP_LAUNCH_UPDATE", sizeof(struct snp_launch_update),
	  PSP_CMD_SNP, launch_update_run },
	{ 0xa2, "SNP_LAUNCH_FINISH", sizeof(struct snp_launch_finish),
	  PSP_CMD_SNP, launch_finish_run },
	{ }
};
