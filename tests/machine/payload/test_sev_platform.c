// SPDX-License-Identifier: GPL-2.0-only
/* The SEV platform's keys: certificates, owner, non-volatile storage. */
#include "sev.h"

#define NV	TEST_PA
#define NV2	(TEST_PA + 0x100000)
#define PDH	((u8 *)(TEST_PA + 0x200000))
#define PDH2	((u8 *)(TEST_PA + 0x201000))
#define CHAIN	((u8 *)(TEST_PA + 0x202000))
#define CHAIN2	((u8 *)(TEST_PA + 0x204000))
#define CSR	((u8 *)(TEST_PA + 0x206000))

#define CERT_USAGE	8
#define CERT_KEY	16	/* curve, x, y */
#define CERT_KEY_LEN	(4 + 72 + 72)

static u32 le32(const u8 *at)
{
	return at[0] | at[1] << 8 | at[2] << 16 | (u32)at[3] << 24;
}

static u32 csr(u32 *len)
{
	struct {
		u64 pa;
		u32 len;
	} __packed c = { (u64)CSR, *len };
	u32 status = psp(SEV_PEK_CSR, &c);

	*len = c.len;
	return status;
}

static u32 import(const void *pek, u32 pek_len, const void *oca, u32 oca_len)
{
	struct {
		u64 pek;
		u32 pek_len, reserved;
		u64 oca;
		u32 oca_len;
	} __packed c = { (u64)pek, pek_len, 0, (u64)oca, oca_len };

	return psp(SEV_PEK_CERT_IMPORT, &c);
}

static bool same_key(const u8 *a, const u8 *b)
{
	return same(a + CERT_KEY, b + CERT_KEY, CERT_KEY_LEN);
}

TEST("rome", pdh_export, "PDH_CERT_EXPORT says how much room it needs, and gives PDH, PEK, OCA, CEK",
     "55766, PDH_CERT_EXPORT")
{
	struct {
		u64 pdh;
		u32 pdh_len, reserved;
		u64 chain;
		u32 chain_len;
	} __packed c = { 0 };

	CHECK_EQ(sev_pdh_export(PDH, CHAIN), 1);
	CHECK_EQ(psp_sev_init(false, 0, 0), 0);
	CHECK_EQ(psp(SEV_PDH_CERT_EXPORT, &c), 4);
	CHECK_EQ(c.pdh_len, CERT_LEN);
	CHECK_EQ(c.chain_len, 3 * CERT_LEN);
	c.chain_len--;
	CHECK_EQ(psp(SEV_PDH_CERT_EXPORT, &c), 4);
	CHECK_EQ(sev_pdh_export(PDH, CHAIN), 0);
	CHECK_EQ(le32(PDH), 1);
	CHECK_EQ(le32(PDH + CERT_USAGE), 0x1003);
	CHECK_EQ(le32(CHAIN + CERT_USAGE), 0x1002);
	CHECK_EQ(le32(CHAIN + CERT_LEN + CERT_USAGE), 0x1001);
	CHECK_EQ(le32(CHAIN + 2 * CERT_LEN + CERT_USAGE), 0x1004);
}

TEST("rome", pek_pdh_gen, "PEK_GEN changes all keys, PDH_GEN only the PDH; both outlive a reset",
     "55766, PEK_GEN, PDH_GEN")
{
	CHECK_EQ(psp(SEV_PEK_GEN, NULL), 1);
	CHECK_EQ(psp(SEV_PDH_GEN, NULL), 1);
	CHECK_EQ(psp_sev_init(false, 0, 0), 0);
	CHECK_EQ(sev_pdh_export(PDH, CHAIN), 0);
	CHECK_EQ(psp(SEV_PDH_GEN, NULL), 0);
	CHECK_EQ(sev_pdh_export(PDH2, CHAIN2), 0);
	CHECK(!same_key(PDH, PDH2));
	CHECK(same_key(CHAIN, CHAIN2));
	CHECK_EQ(psp(SEV_PEK_GEN, NULL), 0);
	CHECK_EQ(sev_pdh_export(PDH, CHAIN), 0);
	CHECK(!same_key(CHAIN, CHAIN2));
	CHECK(same_key(CHAIN + 2 * CERT_LEN, CHAIN2 + 2 * CERT_LEN));

	CHECK_EQ(psp(SEV_SHUTDOWN, NULL), 0);
	CHECK_EQ(psp_sev_init(false, 0, 0), 0);
	CHECK_EQ(sev_pdh_export(PDH2, CHAIN2), 0);
	CHECK(same_key(PDH, PDH2));
	CHECK_EQ(psp(SEV_SHUTDOWN, NULL), 0);
	CHECK_EQ(psp(SEV_FACTORY_RESET, NULL), 0);
	CHECK_EQ(psp_sev_init(false, 0, 0), 0);
	CHECK_EQ(sev_pdh_export(PDH2, CHAIN2), 0);
	CHECK(!same_key(PDH, PDH2));
}

TEST("rome", key_gen_states, "PEK_GEN and PEK_CERT_IMPORT want INIT, not WORKING; the others take both",
     "55766, PEK_GEN, PEK_CERT_IMPORT, PDH_GEN, PEK_CSR")
{
	u32 handle, len = CERT_LEN;

	CHECK_EQ(csr(&len), 1);
	CHECK_EQ(import(PDH, CERT_LEN, PDH, CERT_LEN), 1);
	sev_up(false);
	CHECK_EQ(sev_launch(0, 200, &handle), 0);
	CHECK_EQ(psp(SEV_PEK_GEN, NULL), 1);
	CHECK_EQ(import(PDH, CERT_LEN, PDH, CERT_LEN), 1);
	CHECK_EQ(psp(SEV_PDH_GEN, NULL), 0);
	len = CERT_LEN;
	CHECK_EQ(csr(&len), 0);
	CHECK_EQ(sev_pdh_export(PDH, CHAIN), 0);
}

TEST("rome", pek_import, "PEK_CERT_IMPORT makes somebody the owner, once, until PEK_GEN",
     "55766, PEK_CSR, PEK_CERT_IMPORT, PLATFORM_STATUS")
{
	u32 len = 0;

	CHECK_EQ(psp_sev_init(false, 0, 0), 0);
	CHECK_EQ(sev_status().flags, 0);
	CHECK_EQ(csr(&len), 4);
	CHECK_EQ(len, CERT_LEN);
	CHECK_EQ(csr(&len), 0);
	CHECK_EQ(le32(CSR + CERT_USAGE), 0x1002);
	CHECK_EQ(sev_pdh_export(PDH, CHAIN), 0);
	CHECK(same_key(CSR, CHAIN));

	/* The owner's key here is the CEK's, under another name. */
	memcpy(CHAIN2, CHAIN + 2 * CERT_LEN, CERT_LEN);
	CHECK_EQ(import(CSR, CERT_LEN, CHAIN2, CERT_LEN), 6);
	CHAIN2[CERT_USAGE] = 0x01;
	CHECK_EQ(import(CSR, CERT_LEN - 1, CHAIN2, CERT_LEN), 4);
	CHECK_EQ(import(CSR, CERT_LEN, CHAIN2, CERT_LEN + 1), 4);
	CHECK_EQ(import((void *)(1ULL << 44), CERT_LEN, CHAIN2, CERT_LEN), 9);
	CSR[CERT_KEY + 4] ^= 1;
	CHECK_EQ(import(CSR, CERT_LEN, CHAIN2, CERT_LEN), 6);
	CSR[CERT_KEY + 4] ^= 1;
	CHAIN2[CERT_KEY + 4] ^= 1;
	CHECK_EQ(import(CSR, CERT_LEN, CHAIN2, CERT_LEN), 6);
	CHAIN2[CERT_KEY + 4] ^= 1;
	CHECK_EQ(sev_status().flags, 0);
	CHECK_EQ(import(CSR, CERT_LEN, CHAIN2, CERT_LEN), 0);
	CHECK_EQ(sev_status().flags, 1);
	CHECK_EQ(import(CSR, CERT_LEN, CHAIN2, CERT_LEN), 5);
	CHECK_EQ(sev_pdh_export(PDH, CHAIN), 0);
	CHECK(same_key(CHAIN + CERT_LEN, CHAIN2));

	CHECK_EQ(psp(SEV_SHUTDOWN, NULL), 0);
	CHECK_EQ(psp_sev_init(false, 0, 0), 0);
	CHECK_EQ(sev_status().flags, 1);
	CHECK_EQ(psp(SEV_PEK_GEN, NULL), 0);
	CHECK_EQ(sev_status().flags, 0);
}

TEST("rome", nv_arguments, "INIT_EX's area is 32 KiB of whole pages", "55766, INIT_EX; Linux, NV_LENGTH")
{
	fill(NV, 0xff, NV_LEN);
	CHECK_EQ(sev_init_ex(NV, NV_LEN - 1), 4);
	CHECK_EQ(sev_init_ex(NV, 2 * NV_LEN), 4);
	CHECK_EQ(sev_init_ex(NV + 16, NV_LEN), 9);
	CHECK_EQ(sev_init_ex(1ULL << 44, NV_LEN), 9);
	CHECK_EQ(sev_status().state, 0);
	CHECK_EQ(sev_init_ex(NV, NV_LEN), 0);
	CHECK_EQ(sev_init_ex(NV, NV_LEN), 1);
}

TEST("rome", nv_kept, "keys and owner are kept in INIT_EX's area, and follow it",
     "55766, INIT_EX: non-volatile storage in the host's hands")
{
	fill(NV, 0xff, NV_LEN);
	fill(NV2, 0xff, NV_LEN);
	CHECK_EQ(sev_init_ex(NV, NV_LEN), 0);
	CHECK(*(u64 *)NV != ~0ULL);
	CHECK_EQ(sev_pdh_export(PDH, CHAIN), 0);
	CHECK_EQ(psp(SEV_SHUTDOWN, NULL), 0);
	CHECK_EQ(sev_init_ex(NV2, NV_LEN), 0);
	CHECK_EQ(sev_pdh_export(PDH2, CHAIN2), 0);
	CHECK(!same_key(PDH, PDH2));
	CHECK_EQ(psp(SEV_SHUTDOWN, NULL), 0);

	/* It is the contents that count, not the place. */
	memcpy((void *)NV2, (void *)NV, NV_LEN);
	CHECK_EQ(sev_init_ex(NV2, NV_LEN), 0);
	CHECK_EQ(sev_pdh_export(PDH2, CHAIN2), 0);
	CHECK(same_key(PDH, PDH2));
	CHECK_EQ(psp(SEV_PDH_GEN, NULL), 0);
	CHECK(!same((void *)NV, (void *)NV2, NV_LEN));
	CHECK_EQ(sev_pdh_export(PDH, CHAIN), 0);
	CHECK_EQ(psp(SEV_SHUTDOWN, NULL), 0);
	CHECK_EQ(sev_init_ex(NV2, NV_LEN), 0);
	CHECK_EQ(sev_pdh_export(PDH2, CHAIN2), 0);
	CHECK(same_key(PDH, PDH2));
}

TEST("rome", nv_integrity, "an area that was tampered with is refused, and fresh the next time",
     "55766, INIT_EX: SECURE_DATA_INVALID; Linux, __sev_platform_init_locked")
{
	fill(NV, 0, NV_LEN);
	CHECK_EQ(sev_init_ex(NV, NV_LEN), 0x18);
	CHECK_EQ(sev_status().state, 0);
	CHECK_EQ(sev_init_ex(NV, NV_LEN), 0);
	CHECK_EQ(psp(SEV_SHUTDOWN, NULL), 0);
	((u8 *)NV)[100] ^= 1;
	CHECK_EQ(sev_init_ex(NV, NV_LEN), 0x18);
	CHECK_EQ(sev_init_ex(NV, NV_LEN), 0);
	CHECK_EQ(psp(SEV_SHUTDOWN, NULL), 0);
	((u8 *)NV)[NV_LEN - 1] ^= 1;
	CHECK_EQ(sev_init_ex(NV, NV_LEN), 0x18);
}

TEST("rome", nv_reset, "FACTORY_RESET makes the area fresh", "55766, FACTORY_RESET; Linux, sev_write_init_ex_file_if_required")
{
	fill(NV, 0xff, NV_LEN);
	CHECK_EQ(sev_init_ex(NV, NV_LEN), 0);
	CHECK_EQ(psp(SEV_FACTORY_RESET, NULL), 1);
	CHECK_EQ(psp(SEV_SHUTDOWN, NULL), 0);
	CHECK(*(u64 *)NV != ~0ULL);
	CHECK_EQ(psp(SEV_FACTORY_RESET, NULL), 0);
	for (u64 at = NV; at < NV + NV_LEN; at += 8)
		if (*(u64 *)at != ~0ULL)
			CHECK_EQ(at, 0);
}

TEST("milan", nv_pages, "with SNP INIT_EX's area has to be Firmware pages",
     "56860, on legacy commands; Linux, __sev_platform_init_handle_init_ex_path")
{
	fill(NV, 0xff, NV_LEN);
	snp_up();
	CHECK_EQ(sev_init_ex(NV, NV_LEN), 0x1a);
	for (u64 at = NV; at < NV + NV_LEN - PAGE_SIZE; at += PAGE_SIZE)
		CHECK_EQ(rmp_firmware(at), RMP_OK);
	CHECK_EQ(sev_init_ex(NV, NV_LEN), 0x1a);
	CHECK_EQ(control_get("counters", "wrong_buffer_commands"), 2);
	CHECK_EQ(rmp_firmware(NV + NV_LEN - PAGE_SIZE), RMP_OK);
	CHECK_EQ(sev_init_ex(NV, NV_LEN), 0);
	CHECK_EQ(psp(SEV_PDH_GEN, NULL), 0);
	CHECK(page_read(NV) != ~0ULL);
}

TEST("rome", reserved_fields, "INIT and INIT_EX want unknown flags and reserved words to be 0",
     "55766, INIT, INIT_EX: INVALID_PARAM")
{
	struct {
		u32 flags, reserved;
		u64 tmr;
		u32 len;
	} __packed c = { 2, 0, 0, 0 };

	CHECK_EQ(psp(SEV_INIT, &c), 0x16);
	c.flags = 0;
	c.reserved = 1;
	CHECK_EQ(psp(SEV_INIT, &c), 0x16);
	c.reserved = 0;
	CHECK_EQ(psp(SEV_INIT, &c), 0);
}

TEST("rome", download, "DOWNLOAD_FIRMWARE wants UNINIT and a signed image that is not older",
     "55766, DOWNLOAD_FIRMWARE")
{
	struct {
		char magic[8];
		u8 major, minor, build, reserved[5];
	} __packed *image = (void *)TEST_PA;
	struct {
		u64 pa;
		u32 len;
	} __packed c = { TEST_PA, 16 };

	struct sev_platform have = sev_status();

	fill(TEST_PA, 0, PAGE_SIZE);
	CHECK_EQ(psp(SEV_DOWNLOAD_FIRMWARE, &c), 0xa);
	memcpy(image->magic, "SEVEMU", 7);
	image->major = have.major;
	image->minor = have.minor;
	image->build = have.build - 1;
	CHECK_EQ(psp(SEV_DOWNLOAD_FIRMWARE, &c), 0x22);
	image->build = have.build + 1;
	c.len = 8;
	CHECK_EQ(psp(SEV_DOWNLOAD_FIRMWARE, &c), 4);
	c.len = 16;
	c.pa += 8;
	CHECK_EQ(psp(SEV_DOWNLOAD_FIRMWARE, &c), 9);
	c.pa -= 8;
	CHECK_EQ(psp_sev_init(false, 0, 0), 0);
	CHECK_EQ(psp(SEV_DOWNLOAD_FIRMWARE, &c), 1);
	CHECK_EQ(psp(SEV_SHUTDOWN, NULL), 0);
	CHECK_EQ(sev_status().build, have.build);
	CHECK_EQ(psp(SEV_DOWNLOAD_FIRMWARE, &c), 0);
	CHECK_EQ(sev_status().build, have.build + 1);
}

TEST("rome", download_gone, "a reset brings the firmware back that the machine has",
     "55766, DOWNLOAD_FIRMWARE: into the secure processor's RAM")
{
	CHECK_EQ(sev_status().build, 15);	/* of the profile rome */
}
