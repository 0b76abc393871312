// SPDX-License-Identifier: GPL-2.0-only
/* Platform commands of the SEV firmware (AMD 55766). */
#include "qemu/osdep.h"
#include "psp.h"
#include "target/i386/snp/host.h"

#define INIT_FLAG_ES		BIT(0)
#define STATUS_FLAG_ES		BIT(8)
#define CHIP_ID_SIZE		128

struct sev_init {
	uint32_t flags;
	uint32_t reserved;
	uint64_t tmr_pa;
	uint32_t tmr_len;
} QEMU_PACKED;

struct sev_init_ex {
	uint32_t length;
	uint32_t flags;
	uint64_t tmr_pa;
	uint32_t tmr_len;
	uint32_t reserved;
	uint64_t nv_pa;
	uint32_t nv_len;
} QEMU_PACKED;

struct sev_platform_status {
	uint8_t api_major;
	uint8_t api_minor;
	uint8_t state;
	uint32_t flags;
	uint8_t build;
	uint32_t guest_count;
} QEMU_PACKED;

struct sev_get_id {
	uint64_t pa;
	uint32_t len;
} QEMU_PACKED;

static enum psp_status init(PspState *s, uint32_t flags, hwaddr tmr_pa,
			    uint32_t tmr_len)
{
	bool es = flags & INIT_FLAG_ES;
	enum psp_status status;

	if (s->sev_state != PSP_SEV_UNINIT)
		return PSP_INVALID_PLATFORM_STATE;
	if (flags & ~INIT_FLAG_ES)
		return PSP_INVALID_PARAM;
	if (es) {
		status = psp_tmr_lock(s, tmr_pa, tmr_len);
		if (status)
			return status;
	}
	s->sev_es = es;
	s->sev_state = PSP_SEV_INIT;
	/*
	 * A guess, the strict way: the firmware trusts no cache from before.
	 * With SNP up the ASIDs are in its care already.
	 */
	if (s->snp_state == PSP_SNP_UNINIT)
		psp_asid_retire_all(s);
	return PSP_SUCCESS;
}

static enum psp_status sev_init_run(PspState *s, uint8_t *buf)
{
	struct sev_init *c = (void *)buf;

	return init(s, c->flags, c->tmr_pa, c->tmr_len);
}

/* Non-volatile memory in the host's hands: accepted, never written. */
static enum psp_status sev_init_ex_run(PspState *s, uint8_t *buf)
{
	struct sev_init_ex *c = (void *)buf;

	if (c->length < sizeof(*c))
		return PSP_INVALID_LENGTH;
	if (c->nv_pa && !psp_mem_writable(s, c->nv_pa, c->nv_len))
		return PSP_INVALID_PAGE_STATE;
	return init(s, c->flags, c->tmr_pa, c->tmr_len);
}

static enum psp_status sev_shutdown_run(PspState *s, uint8_t *buf)
{
	psp_guests_clear(s, false);
	psp_tmr_release(s);
	s->sev_state = PSP_SEV_UNINIT;
	s->sev_es = false;
	return PSP_SUCCESS;
}

static enum psp_status sev_factory_reset_run(PspState *s, uint8_t *buf)
{
	return s->sev_state == PSP_SEV_UNINIT ? PSP_SUCCESS :
						PSP_INVALID_PLATFORM_STATE;
}

static enum psp_status sev_platform_status_run(PspState *s, uint8_t *buf)
{
	struct sev_platform_status *c = (void *)buf;

	*c = (struct sev_platform_status) {
		.api_major = snp_host->api_major,
		.api_minor = snp_host->api_minor,
		.state = s->sev_state,
		.flags = s->sev_es ? STATUS_FLAG_ES : 0,
		.build = snp_host->build,
		.guest_count = psp_guest_count(s, false),
	};
	return PSP_SUCCESS;
}

static enum psp_status sev_df_flush_run(PspState *s, uint8_t *buf)
{
	if (s->sev_state == PSP_SEV_UNINIT)
		return PSP_INVALID_PLATFORM_STATE;
	return psp_asid_flush(s);
}

static enum psp_status sev_get_id_run(PspState *s, uint8_t *buf)
{
	struct sev_get_id *c = (void *)buf;
	uint8_t id[CHIP_ID_SIZE];

	if (c->len < sizeof(id)) {
		c->len = sizeof(id);
		return PSP_INVALID_LENGTH;
	}
	c->len = sizeof(id);
	memset(id, 0x5e, sizeof(id));
	if (!psp_mem_writable(s, c->pa, sizeof(id)))
		return PSP_INVALID_PAGE_STATE;
	return psp_mem_write(c->pa, id, sizeof(id)) ? PSP_SUCCESS :
						      PSP_INVALID_ADDRESS;
}

const struct psp_command psp_sev_commands[] = {
	{ 0x01, "INIT", sizeof(struct sev_init), 0, sev_init_run },
	{ 0x02, "SHUTDOWN", 0, 0, sev_shutdown_run },
	{ 0x03, "FACTORY_RESET", 0, 0, sev_factory_reset_run },
	{ 0x04, "PLATFORM_STATUS", sizeof(struct sev_platform_status),
	  PSP_CMD_WRITES, sev_platform_status_run },
	{ 0x0a, "DF_FLUSH", 0, 0, sev_df_flush_run },
	{ 0x0c, "GET_ID", sizeof(struct sev_get_id), PSP_CMD_WRITES,
	  sev_get_id_run },
	{ 0x0d, "INIT_EX", sizeof(struct sev_init_ex), 0, sev_init_ex_run },
	{ }
};
