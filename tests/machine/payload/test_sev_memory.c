// SPDX-License-Identifier: GPL-2.0-only
/* DBG_DECRYPT, DBG_ENCRYPT, COPY. */
#include "sev.h"

#define GUEST	TEST_PA
#define PLAIN	(TEST_PA + 0x100000)
#define AREA	0x3000

static u32 copy(u32 handle, u64 src, u64 dst, u32 len)
{
	struct {
		u32 handle, len;
		u64 src, dst;
	} __packed c = { handle, len, src, dst };

	return psp(SEV_COPY, &c);
}

static void pattern(u64 pa, u32 len)
{
	for (u32 i = 0; i < len; i++)
		((u8 *)pa)[i] = i * 7 + (i >> 8);
}

TEST("rome", dbg_decrypt, "DBG_DECRYPT gives the plaintext, at any block and across pages",
     "55766, DBG_DECRYPT")
{
	u8 *out = (u8 *)PLAIN, *in = (u8 *)PLAIN + 0x8000;
	u32 handle;

	sev_up(false);
	pattern(GUEST, AREA);
	pattern((u64)in, AREA);
	handle = sev_running(0, 200, GUEST, AREA);
	CHECK(!same((void *)GUEST, in, 16));
	CHECK_EQ(sev_dbg(SEV_DBG_DECRYPT, handle, GUEST, PLAIN, AREA), 0);
	CHECK(same(out, in, AREA));
	fill(PLAIN, 0, AREA);
	CHECK_EQ(sev_dbg(SEV_DBG_DECRYPT, handle, GUEST + 0xff0, PLAIN + 0x7f0, 0x1010), 0);
	CHECK(same(out + 0x7f0, in + 0xff0, 0x1010));
	CHECK_EQ(out[0x7ef], 0);
	CHECK_EQ(out[0x7f0 + 0x1010], 0);
	CHECK_EQ(sev_dbg(SEV_DBG_DECRYPT, handle, GUEST | C_BIT, PLAIN, 16), 0);
	CHECK(same(out, in, 16));
}

TEST("rome", dbg_encrypt, "DBG_ENCRYPT undoes DBG_DECRYPT", "55766, DBG_ENCRYPT")
{
	u8 *before = (u8 *)PLAIN + 0x8000;
	u32 handle;

	sev_up(false);
	pattern(GUEST, AREA);
	handle = sev_running(0, 200, GUEST, AREA);
	memcpy(before, (void *)GUEST, AREA);
	CHECK_EQ(sev_dbg(SEV_DBG_DECRYPT, handle, GUEST + 0x10, PLAIN, 0x2000), 0);
	fill(GUEST + 0x10, 0, 0x2000);
	CHECK_EQ(sev_dbg(SEV_DBG_ENCRYPT, handle, PLAIN, GUEST + 0x10, 0x2000), 0);
	CHECK(same((void *)GUEST, before, AREA));
}

TEST("rome", dbg_rules, "DBG_* refuse by policy, without ASID, and what is no block",
     "55766, DBG_DECRYPT, DBG_ENCRYPT; NODBG")
{
	u32 handle, secret;

	sev_up(false);
	handle = sev_running(0, 200, GUEST, AREA);
	secret = sev_running(POLICY_NODBG, 201, GUEST + 0x10000, AREA);
	for (u32 command = SEV_DBG_DECRYPT; command <= SEV_DBG_ENCRYPT; command++) {
		CHECK_EQ(sev_dbg(command, secret, GUEST, PLAIN, 16), 7);
		CHECK_EQ(sev_dbg(command, secret + 1, GUEST, PLAIN, 16), 0x10);
		CHECK_EQ(sev_dbg(command, handle, GUEST + 8, PLAIN, 16), 9);
		CHECK_EQ(sev_dbg(command, handle, GUEST, PLAIN + 8, 16), 9);
		CHECK_EQ(sev_dbg(command, handle, GUEST, PLAIN, 17), 4);
		CHECK_EQ(sev_dbg(command, handle, GUEST, PLAIN, 0), 4);
		CHECK_EQ(sev_dbg(command, handle, 1ULL << 44, PLAIN, 16), 9);
		CHECK_EQ(sev_dbg(command, handle, GUEST, 1ULL << 44, 16), 9);
	}
	CHECK_EQ(psp(SEV_DEACTIVATE, &handle), 0);
	CHECK_EQ(sev_dbg(SEV_DBG_DECRYPT, handle, GUEST, PLAIN, 16), 8);
}

TEST("milan", dbg_pages, "with SNP DBG_DECRYPT writes to Firmware pages only",
     "56860, on legacy commands; Linux, snp_populate_cmd_buf_desc_list")
{
	u64 c = TEST_PA + 0x200000;
	u32 handle;

	for (int i = 0; i < 5; i++)
		page_write(c + i * 8, 0);
	snp_up();
	CHECK_EQ(psp_sev_init(false, 0, 0), 0);
	CHECK_EQ(rmp_firmware(c), RMP_OK);
	CHECK_EQ(psp_at(SEV_LAUNCH_START, c), 0);
	handle = page_read(c);
	CHECK_EQ(sev_activate(handle, 200), 0);
	CHECK_EQ(sev_dbg(SEV_DBG_DECRYPT, handle, GUEST, PLAIN, 16), 0x1a);
	CHECK_EQ(rmp_firmware(PLAIN), RMP_OK);
	CHECK_EQ(sev_dbg(SEV_DBG_DECRYPT, handle, GUEST, PLAIN, 16), 0);
	CHECK_EQ(sev_update(handle, GUEST, 16), 0x1a);
	CHECK_EQ(control_get("counters", "wrong_buffer_commands"), 2);
}

TEST("rome", copy, "COPY moves memory, which plain copying of ciphertext does not", "55766, COPY")
{
	u32 handle;

	sev_up(false);
	pattern(GUEST, AREA);
	handle = sev_running(0, 200, GUEST, AREA);
	CHECK_EQ(copy(handle, GUEST, GUEST + 0x10020, AREA), 0);
	CHECK(!same((void *)GUEST, (void *)(GUEST + 0x10020), 16));
	CHECK_EQ(sev_dbg(SEV_DBG_DECRYPT, handle, GUEST, PLAIN, AREA), 0);
	CHECK_EQ(sev_dbg(SEV_DBG_DECRYPT, handle, GUEST + 0x10020, PLAIN + 0x8000, AREA), 0);
	CHECK(same((void *)PLAIN, (void *)(PLAIN + 0x8000), AREA));
	CHECK_EQ(copy(handle, GUEST + 1, GUEST + 0x10000, 16), 9);
	CHECK_EQ(copy(handle, GUEST, GUEST + 0x10000, 8), 4);

	memcpy((void *)(GUEST + 0x10000), (void *)GUEST, PAGE_SIZE);
	CHECK_EQ(sev_dbg(SEV_DBG_DECRYPT, handle, GUEST + 0x10000, PLAIN + 0x8000, AREA), 0);
	CHECK(!same((void *)PLAIN, (void *)(PLAIN + 0x8000), PAGE_SIZE));
}
