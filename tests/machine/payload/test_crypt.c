// SPDX-License-Identifier: GPL-2.0-only
/*
 * What guests' memory is encrypted with. The suite is one test, so that its
 * guest is the process' first and its key is known.
 */
#include "payload.h"

#define CMD_UPDATE_DATA	0x31
#define WORDS		1024	/* two pages */

static u32 update(u32 handle, u64 pa, u32 len)
{
	struct {
		u32 handle, reserved;
		u64 pa;
		u32 len;
	} __packed c = { handle, 0, pa, len };

	return psp(CMD_UPDATE_DATA, &c);
}

static void fill(void)
{
	for (u64 i = 0; i < WORDS; i++)
		page_write(TEST_PA + i * 8, i);
}

static void known_answer(void)
{
	/* OpenSSL and nettle agree: key 3f6524e301d20266 5dda4dd9f5244a8c
	 * 30d2568237ae3478 3b5569fc164b05d4, tweak 00000004 0... (and 00100004). */
	CHECK_EQ(page_read(TEST_PA), 0xd2db1ed8effadc40);
	CHECK_EQ(page_read(TEST_PA + 8), 0x94281cb0ee471a3b);
	CHECK_EQ(page_read(TEST_PA + 16), 0xd135e31825b75e74);
	CHECK_EQ(page_read(TEST_PA + 2048), 0x71a1e47d9e858e72);
	CHECK_EQ(page_read(TEST_PA + 4088), 0x650c86e3c0f0cac7);
	CHECK_EQ(page_read(TEST_PA + PAGE_SIZE), 0xfb27932a79d0364f);
	CHECK_EQ(page_read(TEST_PA + PAGE_SIZE + 4088), 0x50eef5466265790);
}

TEST("keys", known_answer, "guest memory is AES-128-XTS, tweak the page's address",
     "APM vol. 2, 15.34; the mode is this machine's own choice")
{
	u32 handle;

	CHECK_EQ(psp_sev_init(false, 0, 0), 0);
	ap_start();
	all_run(wbinvd);
	CHECK_EQ(psp(0x0a, NULL), 0);
	CHECK_EQ(sev_launch(0, 200, &handle), 0);
	fill();
	CHECK_EQ(update(handle, TEST_PA, 2 * PAGE_SIZE), 0);
	known_answer();

	/* In pieces, of which one crosses the pages' border, it is the same. */
	fill();
	CHECK_EQ(update(handle, TEST_PA, 48), 0);
	CHECK_EQ(update(handle, TEST_PA + 48, 4000), 0);
	CHECK_EQ(update(handle, TEST_PA + 4048, 64), 0);
	CHECK_EQ(update(handle, TEST_PA + 4112, 4080), 0);
	known_answer();
}
