// SPDX-License-Identifier: GPL-2.0-only
/* Platform commands of the SEV firmware (AMD 55766). */
#include "qemu/osdep.h"
#include "psp_sev.h"
#include "target/i386/snp/host.h"

#define INIT_FLAG_ES		BIT(0)
#define STATUS_FLAG_OWNED	BIT(0)
#define STATUS_FLAG_ES		BIT(8)
#define NV_SIZE			0x8000
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

struct sev_buffer {
	uint64_t pa;
	uint32_t len;
} QEMU_PACKED;

#define IMAGE_MAGIC "SEVEMU\0"

struct sev_image {
	char magic[8];
	uint8_t major, minor, build, reserved[5];
} QEMU_PACKED;

static uint32_t image_version(uint8_t major, uint8_t minor, uint8_t build)
{
	return major << 16 | minor << 8 | build;
}

static enum psp_status init(PspState *s, uint32_t flags, hwaddr tmr_pa,
			    uint32_t tmr_len, hwaddr nv_pa)
{
	bool es = flags & INIT_FLAG_ES;
	enum psp_status status;

	if (flags & ~INIT_FLAG_ES)
		return PSP_INVALID_PARAM;
	status = sev_identity_load(s, nv_pa);
	if (status)
		return status;
	if (es) {
		status = psp_tmr_lock(s, tmr_pa, tmr_len);
		if (status)
			return status;
	}
	status = sev_identity_save(s);
	if (status) {
		psp_tmr_release(s);
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

	if (s->sev_state != PSP_SEV_UNINIT)
		return PSP_INVALID_PLATFORM_STATE;
	if (c->reserved)
		return PSP_INVALID_PARAM;
	return init(s, c->flags, sev_pa(c->tmr_pa), c->tmr_len, 0);
}

static enum psp_status sev_init_ex_run(PspState *s, uint8_t *buf)
{
	struct sev_init_ex *c = (void *)buf;
	hwaddr nv_pa = sev_pa(c->nv_pa);

	if (s->sev_state != PSP_SEV_UNINIT)
		return PSP_INVALID_PLATFORM_STATE;
	if (c->length < sizeof(*c))
		return PSP_INVALID_LENGTH;
	if (c->reserved)
		return PSP_INVALID_PARAM;
	if (nv_pa) {
		if (c->nv_len != NV_SIZE)
			return PSP_INVALID_LENGTH;
		if (nv_pa % PSP_PAGE)
			return PSP_INVALID_ADDRESS;
		if (!psp_mem_writable(s, nv_pa, NV_SIZE))
			return PSP_INVALID_PAGE_STATE;
	}
	return init(s, c->flags, sev_pa(c->tmr_pa), c->tmr_len, nv_pa);
}

/* Guests first, the TMR last: what stops in between leaves it locked. */
static enum psp_status sev_shutdown_run(PspState *s, uint8_t *buf)
{
	if (!psp_fault_step(s))
		return PSP_HWERROR_UNSAFE;
	psp_guests_clear(s, false);
	if (s->sev_state == PSP_SEV_WORKING)
		s->sev_state = PSP_SEV_INIT;
	if (!psp_fault_step(s))
		return PSP_HWERROR_UNSAFE;
	psp_tmr_release(s);
	s->sev_state = PSP_SEV_UNINIT;
	s->sev_es = false;
	memset(&s->identity, 0, sizeof(s->identity));
	return PSP_SUCCESS;
}

static enum psp_status sev_factory_reset_run(PspState *s, uint8_t *buf)
{
	return s->sev_state == PSP_SEV_UNINIT ? sev_identity_forget(s) :
						PSP_INVALID_PLATFORM_STATE;
}

static enum psp_status sev_platform_status_run(PspState *s, uint8_t *buf)
{
	struct sev_platform_status *c = (void *)buf;

	*c = (struct sev_platform_status) {
		.api_major = snp_host->api_major,
		.api_minor = snp_host->api_minor,
		.state = s->sev_state,
		.flags = (s->sev_es ? STATUS_FLAG_ES : 0) |
			 (s->identity.owned ? STATUS_FLAG_OWNED : 0),
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

/*
 * AMD's images are signed and opaque; this machine's say which version they
 * are. An older one is refused, as one below the committed version is.
 */
static enum psp_status sev_download_run(PspState *s, uint8_t *buf)
{
	struct sev_buffer *c = (void *)buf;
	struct sev_image image;

	if (s->sev_state != PSP_SEV_UNINIT || s->snp_state != PSP_SNP_UNINIT)
		return PSP_INVALID_PLATFORM_STATE;
	if (c->len < sizeof(image) || c->len % SEV_BLOCK)
		return PSP_INVALID_LENGTH;
	if (sev_pa(c->pa) % SEV_BLOCK ||
	    !psp_mem_read(sev_pa(c->pa), &image, sizeof(image)))
		return PSP_INVALID_ADDRESS;
	if (memcmp(image.magic, IMAGE_MAGIC, sizeof(image.magic)))
		return PSP_BAD_SIGNATURE;
	if (image_version(image.major, image.minor, image.build) <
	    image_version(snp_host->api_major, snp_host->api_minor, snp_host->build))
		return PSP_BAD_VERSION;
	snp_host->api_major = image.major;
	snp_host->api_minor = image.minor;
	snp_host->build = image.build;
	return PSP_SUCCESS;
}

const struct psp_command psp_sev_commands[] = {
	{ 0x01, "INIT", sizeof(struct sev_init), 0, sev_init_run },
	{ 0x02, "SHUTDOWN", 0, 0, sev_shutdown_run },
	{ 0x03, "FACTORY_RESET", 0, 0, sev_factory_reset_run },
	{ 0x04, "PLATFORM_STATUS", sizeof(struct sev_platform_status),
	  PSP_CMD_WRITES, sev_platform_status_run },
	{ 0x0a, "DF_FLUSH", 0, 0, sev_df_flush_run },
	{ 0x0b, "DOWNLOAD_FIRMWARE", sizeof(struct sev_buffer), 0,
	  sev_download_run },
	{ 0x0c, "GET_ID", sizeof(struct sev_get_id), PSP_CMD_WRITES,
	  sev_get_id_run },
	{ 0x0d, "INIT_EX", sizeof(struct sev_init_ex), 0, sev_init_ex_run },
	{ }
};
