// SPDX-License-Identifier: GPL-2.0-only
/* The SEV-SNP firmware's versions, features and configuration. */
#include "payload.h"

#define STATUS_PAGE	TEST_PA
#define BLOB		(TEST_PA + PAGE_SIZE)
#define DST		(TEST_PA + 2 * PAGE_SIZE)

#define CMD_SNP_STATUS		0x83
#define CMD_VERIFY_MITIGATION	0xb2
#define CMD_CONFIG		0xc9
#define CMD_DOWNLOAD		0xca
#define CMD_COMMIT		0xcb
#define CMD_VLEK_LOAD		0xcd
#define CMD_FEATURE_INFO	0xce
#define CMD_TIO_STATUS		0xd0
#define CMD_TIO_DEV_DISCONNECT	0xd5

#define SNP_SVN(n)	((u64)(n) << 48)

struct status {
	u8 api_major, api_minor, state, rmp_initialized;
	u32 build, flags, guests;
	u64 current_tcb, reported_tcb;
} __packed;

struct config {
	u64 reported_tcb;
	u32 flags;
	u8 reserved[52];
} __packed;

/* Through a page that is made Firmware and reclaimed, as ccp does. */
static struct status status(void)
{
	u64 pa = STATUS_PAGE;
	bool init = control_is("status", "snp_state", "INIT");
	struct status s;

	if (init)
		CHECK_EQ(rmp_firmware(pa), RMP_OK);
	CHECK_EQ(psp(CMD_SNP_STATUS, &pa), 0);
	if (init) {
		CHECK_EQ(psp_reclaim(pa), 0);
		CHECK_EQ(rmp_shared(pa), RMP_OK);
	}
	for (u32 i = 0; i < sizeof(s) / 8; i++)
		((u64 *)&s)[i] = page_read(pa + i * 8);
	return s;
}

static u32 config(u64 tcb, u32 flags)
{
	struct config c = { .reported_tcb = tcb, .flags = flags };

	return psp(CMD_CONFIG, &c);
}

static u32 vlek_load(u32 len, u8 version, u64 pa)
{
	struct {
		u32 len;
		u8 version, reserved[3];
		u64 pa;
	} __packed c = { len, version, { 0 }, pa };

	return psp(CMD_VLEK_LOAD, &c);
}

static u32 feature_info(u32 len, u32 leaf, u64 pa)
{
	struct {
		u32 len, leaf;
		u64 pa;
	} __packed c = { len, leaf, pa };

	return psp(CMD_FEATURE_INFO, &c);
}

TEST("milan", status_reclaim, "a Firmware page with the status is a Reclaim page afterwards",
     "56860, SNP_PLATFORM_STATUS; Linux, __sev_do_snp_platform_status()")
{
	u64 pa = STATUS_PAGE;

	snp_up();
	CHECK_EQ(rmp_firmware(pa), RMP_OK);
	CHECK_EQ(psp(CMD_SNP_STATUS, &pa), 0);
	CHECK_EQ(rmp_entry(pa), 1);
	CHECK_EQ(psp(CMD_SNP_STATUS, &pa), 0x1a);
	CHECK_EQ(psp_reclaim(pa), 0);
	CHECK_EQ(rmp_shared(pa), RMP_OK);
	pa = rdmsr(MSR_RMP_BASE);
	CHECK_EQ(psp(CMD_SNP_STATUS, &pa), 0x1a);
	CHECK_EQ(control_get("counters", "wrong_buffer_commands"), 2);
}

TEST("milan", config, "SNP_CONFIG reports no version above the committed one",
     "56860, SNP_CONFIG")
{
	struct config reserved = { .reserved[51] = 1 };
	struct status s = status();

	CHECK_EQ(s.current_tcb >> 48 & 0xff, 55 - 32);
	CHECK_EQ(s.reported_tcb, s.current_tcb - SNP_SVN(1));
	CHECK_EQ(config(0, 0), 1);
	snp_up();
	CHECK_EQ(config(s.current_tcb, 0), 0x16);
	CHECK_EQ(config(s.current_tcb - SNP_SVN(2), 3), 0);
	CHECK_EQ(config(0, 4), 0x16);
	CHECK_EQ(psp(CMD_CONFIG, &reserved), 0x16);
	CHECK_EQ(status().reported_tcb, s.current_tcb - SNP_SVN(2));
	CHECK_EQ(status().flags, 3);
	CHECK_EQ(config(0, 1), 0);
	CHECK_EQ(status().reported_tcb, s.reported_tcb);
	CHECK_EQ(status().flags, 1);
}

TEST("milan", commit, "SNP_COMMIT commits and reports what runs",
     "56860, SNP_COMMIT; Linux, sev-guest.rst 2.5")
{
	struct status s = status();
	u32 len = 4, wrong = 3;

	CHECK_EQ(psp(CMD_COMMIT, &wrong), 0x16);
	snp_up();
	CHECK_EQ(psp(CMD_COMMIT, &len), 0);
	CHECK_EQ(status().reported_tcb, s.current_tcb);
	CHECK_EQ(config(s.current_tcb, 0), 0);
	CHECK_EQ(psp_snp_shutdown(1), 0);
	CHECK_EQ(status().reported_tcb, s.current_tcb);
}

TEST("milan", config_shutdown, "a shutdown wipes configuration and VLEK, not what is committed",
     "56860, SNP_SHUTDOWN_EX")
{
	u64 tcb = status().reported_tcb;

	snp_up();
	CHECK_EQ(config(1, 3), 0);
	CHECK_EQ(vlek_load(16, 0, BLOB), 0);
	CHECK_EQ(status().flags, 7);
	CHECK_EQ(status().reported_tcb, 1);
	CHECK_EQ(psp_snp_shutdown(1), 0);
	CHECK_EQ(status().flags, 0);
	CHECK_EQ(status().reported_tcb, tcb);
	CHECK_EQ(psp_snp_init(1, 0), 0);
	CHECK_EQ(status().flags, 0);
}

TEST("milan", vlek_load, "SNP_VLEK_LOAD takes a hashstick of version 0 while INIT",
     "56860, SNP_VLEK_LOAD")
{
	CHECK_EQ(vlek_load(16, 0, BLOB), 1);
	snp_up();
	CHECK_EQ(vlek_load(15, 0, BLOB), 0x16);
	CHECK_EQ(vlek_load(16, 1, BLOB), 0x16);
	CHECK_EQ(vlek_load(16, 0, 1ULL << 45), 9);
	CHECK_EQ(status().flags, 0);
	CHECK_EQ(vlek_load(16, 0, BLOB), 0);
	CHECK_EQ(status().flags, 4);
}

TEST("milan", download, "no firmware image is taken", "56860, SNP_DOWNLOAD_FIRMWARE_EX")
{
	struct {
		u32 len, flags;
		u64 pa;
		u32 image_len, reserved;
	} __packed c = { sizeof(c), 0, BLOB, 4096, 0 };

	CHECK_EQ(psp(CMD_DOWNLOAD, &c), 0xa);
	c.image_len = 0;
	CHECK_EQ(psp(CMD_DOWNLOAD, &c), 4);
	c.flags = 2;
	CHECK_EQ(psp(CMD_DOWNLOAD, &c), 0x16);
}

TEST("milan", no_feature_info, "what a firmware does not have is no command",
     "56860, SNP_FEATURE_INFO, SNP_PLATFORM_STATUS")
{
	u64 nothing[8] = { 0 };

	CHECK_EQ(status().flags, 0);
	CHECK_EQ(feature_info(16, 0, DST), 0x11);
	CHECK_EQ(psp(CMD_VERIFY_MITIGATION, nothing), 0x11);
	for (u32 command = CMD_TIO_STATUS; command <= CMD_TIO_DEV_DISCONNECT; command++)
		CHECK_EQ(psp(command, nothing), 0x11);
	CHECK_EQ(control_get("counters", "commands/TIO_INIT/count"), 1);
}

TEST("new-firmware", feature_info, "SNP_FEATURE_INFO answers leaf 0, within one page",
     "56860, SNP_FEATURE_INFO; Linux, snp_get_platform_data()")
{
	CHECK_EQ(status().flags, 8);
	CHECK_EQ(feature_info(16, 1, DST), 0x16);
	CHECK_EQ(feature_info(15, 0, DST), 0x16);
	CHECK_EQ(feature_info(16, 0, DST + 4), 9);
	CHECK_EQ(feature_info(16, 0, DST + PAGE_SIZE - 8), 9);
	CHECK_EQ(feature_info(16, 0, DST + PAGE_SIZE - 16), 0);
	CHECK_EQ(page_read(DST + PAGE_SIZE - 16), 0);
	CHECK_EQ(page_read(DST + PAGE_SIZE - 8), 0x2025);
	snp_up();
	CHECK_EQ(feature_info(16, 0, DST), 0x1a);
	CHECK_EQ(rmp_firmware(DST), RMP_OK);
	CHECK_EQ(feature_info(16, 0, DST), 0);
	CHECK_EQ(rmp_entry(DST), 5);
	CHECK_EQ(psp(CMD_TIO_STATUS, NULL), 0x11);
}

TEST("new-firmware", verify_mitigation, "SNP_VERIFY_MITIGATION verifies one at a time",
     "Linux, struct sev_data_snp_verify_mitigation")
{
	struct {
		u32 len;
		u16 subcommand, reserved1;
		u64 vector;
		u32 flags, reserved2;
		u64 src, dst;
		u8 reserved3[24];
	} __packed c = { .len = sizeof(c), .flags = 1, .dst = DST };

	CHECK_EQ(psp(CMD_VERIFY_MITIGATION, &c), 0);
	CHECK_EQ(page_read(DST), 0);
	CHECK_EQ(page_read(DST + 8), 3);
	c.subcommand = 1;
	c.vector = 3;
	CHECK_EQ(psp(CMD_VERIFY_MITIGATION, &c), 0x16);
	c.vector = 4;
	CHECK_EQ(psp(CMD_VERIFY_MITIGATION, &c), 0x16);
	c.vector = 2;
	CHECK_EQ(psp(CMD_VERIFY_MITIGATION, &c), 0);
	CHECK_EQ(page_read(DST), 2);
	snp_up();
	CHECK_EQ(psp(CMD_VERIFY_MITIGATION, &c), 0x1a);
	CHECK_EQ(rmp_firmware(DST), RMP_OK);
	CHECK_EQ(psp(CMD_VERIFY_MITIGATION, &c), 0);
}
