// SPDX-License-Identifier: GPL-2.0-only
/* Launch of SEV and SEV-ES guests: policy, keys, measurement, secret. */
#include "sev.h"
#include "session.h"

#define GUEST	TEST_PA
#define CERT	((u8 *)(TEST_PA + 0x100000))
#define PDH	((u8 *)(TEST_PA + 0x101000))
#define CHAIN	((u8 *)(TEST_PA + 0x102000))
#define SESSION	((u8 *)(TEST_PA + 0x104000))
#define HEADER	((u8 *)(TEST_PA + 0x105000))
#define DATA	((u8 *)(TEST_PA + 0x106000))

#define CERT_X	20

static void owner_certificate(u8 *cert)
{
	fill((u64)cert, 0, CERT_LEN);
	cert[0] = 1;		/* version */
	cert[16] = 2;		/* curve: P-384 */
	memcpy(cert + CERT_X, owner_x, sizeof(owner_x));
	memcpy(cert + CERT_X + 72, owner_y, sizeof(owner_y));
}

static u32 start(struct sev_start *c)
{
	c->handle = 0;
	return psp(SEV_LAUNCH_START, c);
}

/*
 * The only test of its suite: the platform's keys are the first ones.
 */
TEST("session", session, "keys of the owner, measurement and secret are what others compute",
     "55766, LAUNCH_START, LAUNCH_MEASURE, LAUNCH_UPDATE_SECRET, key derivation")
{
	struct sev_start c = { .cert_pa = (u64)CERT, .cert_len = CERT_LEN,
			       .session_pa = (u64)SESSION, .session_len = SESSION_LEN };
	struct sev_transport t = { .hdr_pa = (u64)HEADER, .hdr_len = PACKET_LEN,
				   .guest_pa = GUEST + PAGE_SIZE, .guest_len = 32,
				   .trans_pa = (u64)DATA, .trans_len = 32 };
	u8 got[48];

	sev_up(false);
	CHECK_EQ(sev_pdh_export(PDH, CHAIN), 0);
	CHECK(same(PDH + CERT_X, pdh_x, sizeof(pdh_x)));
	owner_certificate(CERT);
	memcpy(SESSION, owner_session, SESSION_LEN);

	c.session_len--;
	CHECK_EQ(start(&c), 4);
	c.session_len++;
	c.cert_len--;
	CHECK_EQ(start(&c), 4);
	c.cert_len++;
	SESSION[20] ^= 1;
	CHECK_EQ(start(&c), 0xb);
	SESSION[20] ^= 1;
	c.policy = POLICY_NODBG;	/* not what the owner agreed to */
	CHECK_EQ(start(&c), 0xb);
	c.policy = 0;
	CERT[CERT_X] ^= 1;
	CHECK_EQ(start(&c), 6);
	CERT[CERT_X] ^= 1;
	CERT[0] = 2;
	CHECK_EQ(start(&c), 6);
	CERT[0] = 1;
	CHECK_EQ(sev_status().guests, 0);
	CHECK_EQ(start(&c), 0);

	CHECK_EQ(sev_activate(c.handle, 200), 0);
	fill(GUEST, 0x41, PAGE_SIZE);
	CHECK_EQ(sev_update(c.handle, GUEST, PAGE_SIZE), 0);
	CHECK_EQ(sev_measure(c.handle, got), 0);
	CHECK(same(got, measurement, sizeof(got)));

	t.handle = c.handle;
	memcpy(HEADER, secret_header, PACKET_LEN);
	memcpy(DATA, secret_data, 32);
	DATA[0] ^= 1;
	CHECK_EQ(psp(SEV_LAUNCH_SECRET, &t), 0xb);
	DATA[0] ^= 1;
	HEADER[0] = 1;
	CHECK_EQ(psp(SEV_LAUNCH_SECRET, &t), 0x15);
	HEADER[0] = 0;
	t.trans_len = 16;
	CHECK_EQ(psp(SEV_LAUNCH_SECRET, &t), 4);
	t.trans_len = 32;
	t.hdr_len = 51;
	CHECK_EQ(psp(SEV_LAUNCH_SECRET, &t), 4);
	t.hdr_len = PACKET_LEN;
	CHECK_EQ(psp(SEV_LAUNCH_SECRET, &t), 0);
	CHECK_EQ(sev_dbg(SEV_DBG_DECRYPT, c.handle, GUEST + PAGE_SIZE, (u64)DATA, 32), 0);
	CHECK(same(DATA, "a secret of 32 bytes, no secret!", 32));
	CHECK_EQ(psp(SEV_LAUNCH_FINISH, &c.handle), 0);
	CHECK_EQ(psp(SEV_LAUNCH_SECRET, &t), 2);
}

TEST("rome", digest, "the digest depends on what was launched, and is in the attestation report",
     "55766, LAUNCH_MEASURE, ATTESTATION")
{
	struct {
		u32 handle, reserved;
		u64 pa;
		u8 nonce[16];
		u32 len;
	} __packed c = { .pa = (u64)DATA, .len = 0, .nonce = "0123456789abcdef" };
	/* SHA-256 of 16 bytes of 0x42, by sha256sum */
	static const u8 expected[32] = {
		0x90, 0x0d, 0xfe, 0xb7, 0xf1, 0xb5, 0xe3, 0x44,
		0x20, 0x9e, 0x2a, 0xbc, 0xe5, 0x6c, 0x33, 0x3d,
		0xaf, 0xe6, 0x06, 0xfb, 0x3b, 0xf5, 0x9f, 0x68,
		0xab, 0x2b, 0x0e, 0x2e, 0xf8, 0xa0, 0x66, 0x2b,
	
	};
	u8 m[48];
	u32 handle;

	sev_up(false);
	CHECK_EQ(sev_launch(0, 200, &handle), 0);
	fill(GUEST, 0x42, 16);
	CHECK_EQ(sev_update(handle, GUEST, 16), 0);
	c.handle = handle;
	CHECK_EQ(psp(SEV_ATTESTATION_REPORT, &c), 4);
	CHECK_EQ(c.len, 0xd0);
	CHECK_EQ(psp(SEV_ATTESTATION_REPORT, &c), 2);
	CHECK_EQ(sev_measure(handle, m), 0);
	CHECK_EQ(psp(SEV_ATTESTATION_REPORT, &c), 0);
	CHECK(same(DATA, c.nonce, 16));
	CHECK(same(DATA + 16, expected, 32));
	CHECK_EQ(psp(SEV_LAUNCH_FINISH, &handle), 0);
	CHECK_EQ(psp(SEV_ATTESTATION_REPORT, &c), 0);
	c.handle++;
	CHECK_EQ(psp(SEV_ATTESTATION_REPORT, &c), 0x10);
}

TEST("rome", policy, "a policy may not ask for a newer firmware, or set reserved bits",
     "55766, guest policy")
{
	u32 major = sev_status().major, minor = sev_status().minor;
	struct sev_start c = { 0 };

	sev_up(false);
	c.policy = major << 16 | (minor + 1) << 24;
	CHECK_EQ(start(&c), 7);
	c.policy = (major + 1) << 16;
	CHECK_EQ(start(&c), 7);
	c.policy = BIT(6);
	CHECK_EQ(start(&c), 7);
	c.policy = major << 16 | minor << 24;
	CHECK_EQ(start(&c), 0);
	CHECK_EQ(sev_status().state, 2);
}

TEST("rome", key_sharing, "guests share a key under one policy without NOKS, but no ASID",
     "55766, LAUNCH_START with a handle; NOKS")
{
	struct sev_start c = { .handle = 0 };
	u64 *a = (u64 *)GUEST, first;
	u32 one, alone;

	sev_up(false);
	CHECK_EQ(sev_launch(0, 200, &one), 0);
	CHECK_EQ(sev_launch(POLICY_NOKS, 201, &alone), 0);
	c.handle = alone + 1;
	CHECK_EQ(psp(SEV_LAUNCH_START, &c), 0x10);
	c.handle = alone;
	c.policy = POLICY_NOKS;
	CHECK_EQ(psp(SEV_LAUNCH_START, &c), 7);
	c.handle = one;
	c.policy = POLICY_NODBG;
	CHECK_EQ(psp(SEV_LAUNCH_START, &c), 7);
	c.policy = 0;
	CHECK_EQ(psp(SEV_LAUNCH_START, &c), 0);
	CHECK(c.handle != one);
	CHECK_EQ(sev_activate(c.handle, 200), 0xc);
	CHECK_EQ(sev_activate(c.handle, 202), 0);

	fill(GUEST, 0x42, 16);
	CHECK_EQ(sev_update(one, GUEST, 16), 0);
	first = *a;
	fill(GUEST, 0x42, 16);
	CHECK_EQ(sev_update(c.handle, GUEST, 16), 0);
	CHECK_EQ(*a, first);
	fill(GUEST, 0x42, 16);
	CHECK_EQ(sev_update(alone, GUEST, 16), 0);
	CHECK(*a != first);
}

TEST("rome", vmsa, "a VMSA is one whole page", "55766, LAUNCH_UPDATE_VMSA")
{
	struct {
		u32 handle, reserved;
		u64 pa;
		u32 len;
	} __packed c = { .pa = GUEST, .len = 16 };
	u32 handle;

	sev_up(true);
	CHECK_EQ(sev_launch(POLICY_ES, 5, &handle), 0);
	c.handle = handle;
	CHECK_EQ(psp(SEV_LAUNCH_UPDATE_VMSA, &c), 4);
	c.len = PAGE_SIZE;
	c.pa += 16;
	CHECK_EQ(psp(SEV_LAUNCH_UPDATE_VMSA, &c), 9);
	c.pa -= 16;
	CHECK_EQ(psp(SEV_LAUNCH_UPDATE_VMSA, &c), 0);
}

TEST("rome", launch_cancel, "a launch can be given up at any time, and its keys are gone",
     "55766, DEACTIVATE, DECOMMISSION in GSTATE.LUPDATE and LSECRET")
{
	u32 handle;
	u8 m[48];

	sev_up(false);
	CHECK_EQ(sev_launch(0, 200, &handle), 0);
	CHECK_EQ(psp(SEV_DECOMMISSION, &handle), 0x12);
	CHECK_EQ(psp(SEV_DEACTIVATE, &handle), 0);
	CHECK_EQ(psp(SEV_DECOMMISSION, &handle), 0);
	CHECK_EQ(sev_status().state, 1);
	CHECK_EQ(sev_launch(0, 201, &handle), 0);
	CHECK_EQ(sev_measure(handle, m), 0);
	CHECK_EQ(psp(SEV_DEACTIVATE, &handle), 0);
	CHECK_EQ(psp(SEV_LAUNCH_FINISH, &handle), 0);
	CHECK_EQ(psp(SEV_DECOMMISSION, &handle), 0);
	CHECK_EQ(sev_status().guests, 0);
	CHECK_EQ(control_get("status", "asids/dirty"), 2);
}

TEST("rome", activate_ex, "ACTIVATE_EX takes a list of CPUs that exist", "55766, ACTIVATE_EX")
{
	struct {
		u32 len, handle, asid, nr;
		u64 pa;
	} __packed c = { .len = 24, .asid = 200, .nr = 2, .pa = GUEST };
	struct sev_start s = { 0 };
	u32 *ids = (u32 *)GUEST;

	sev_up(false);
	CHECK_EQ(psp(SEV_ACTIVATE_EX, &c), 0x10);
	CHECK_EQ(start(&s), 0);
	c.handle = s.handle;
	ids[0] = 0;
	ids[1] = 7;
	CHECK_EQ(psp(SEV_ACTIVATE_EX, &c), 0x16);
	ids[1] = 1;
	c.nr = 0;
	CHECK_EQ(psp(SEV_ACTIVATE_EX, &c), 0x16);
	c.nr = 2;
	c.len = 23;
	CHECK_EQ(psp(SEV_ACTIVATE_EX, &c), 4);
	c.len = 24;
	CHECK_EQ(psp(SEV_ACTIVATE_EX, &c), 0);
	CHECK_EQ(psp(SEV_ACTIVATE_EX, &c), 0);
	CHECK_EQ(control_get("status", "asids/active"), 1);
	c.asid++;
	CHECK_EQ(psp(SEV_ACTIVATE_EX, &c), 0x12);
}

TEST("rome", commands_uninit, "guest commands want a platform that is not UNINIT",
     "55766, INVALID_PLATFORM_STATE of each guest command")
{
	static const u8 commands[] = {
		0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36,
		0x40, 0x41, 0x42, 0x43, 0x44, 0x50, 0x51, 0x52, 0x53, 0x60, 0x61,
	};

	fill(TEST_PA, 0, PAGE_SIZE);
	for (u32 i = 0; i < ARRAY_SIZE(commands); i++)
		CHECK_EQ(psp_at(commands[i], TEST_PA), 1);
	CHECK_EQ(control_get("counters", "wrong_order_commands"), ARRAY_SIZE(commands));
	CHECK_EQ(psp_sev_init(false, 0, 0), 0);
	for (u32 i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i] != 0x30 && commands[i] != 0x50)
			CHECK_EQ(psp_at(commands[i], TEST_PA), 0x10);
}

TEST("rome", contexts_leak, "without DECOMMISSION after a failed ACTIVATE contexts run out, until SHUTDOWN",
     "55766, LAUNCH_START: RESOURCE_LIMIT; the talk of 2021 on leaked ASIDs")
{
	u32 handle, n = 0, status;

	sev_up(false);
	CHECK_EQ(sev_launch(0, 200, &handle), 0);
	/* ASID 200 is taken: LAUNCH_START succeeds, ACTIVATE fails. */
	while ((status = sev_launch(0, 200, &handle)) == 0xc)
		n++;
	CHECK_EQ(status, 0x17);
	CHECK_EQ(n, 508);
	CHECK_EQ(sev_status().guests, 509);
	CHECK_EQ(control_get("status", "asids/active"), 1);
	CHECK_EQ(psp(SEV_DECOMMISSION, &handle), 0);
	CHECK_EQ(sev_launch(0, 201, &handle), 0);
	CHECK_EQ(sev_launch(0, 202, &handle), 0x17);
	CHECK_EQ(psp(SEV_SHUTDOWN, NULL), 0);
	CHECK_EQ(sev_status().guests, 0);
	CHECK_EQ(control_get("status", "asids/active"), 0);
	sev_up(false);
	CHECK_EQ(sev_launch(0, 200, &handle), 0);
}

TEST("rome", asids_leak, "without DEACTIVATE an ASID stays active, and no flush gets it back",
     "55766, DEACTIVATE, DF_FLUSH")
{
	u32 handle;

	sev_up(false);
	CHECK_EQ(sev_launch(0, 200, &handle), 0);
	CHECK_EQ(psp(SEV_DECOMMISSION, &handle), 0x12);
	all_run(wbinvd);
	CHECK_EQ(psp(SEV_DF_FLUSH, NULL), 0);
	CHECK_EQ(sev_launch(0, 200, &handle), 0xc);
	CHECK_EQ(control_get("status", "asids/active"), 1);
	CHECK_EQ(psp(SEV_DECOMMISSION, &handle), 0);
}

TEST("rome", shutdown_half, "a SHUTDOWN half executed has ended the guests, and left the TMR locked",
     "a guess at the order; the fault half")
{
	u32 handle;

	sev_up(true);
	CHECK_EQ(sev_launch(0, 200, &handle), 0);
	fault("\"command\":\"SHUTDOWN\",\"action\":\"half\",\"steps\":1");
	CHECK_EQ(psp(SEV_SHUTDOWN, NULL), 0x14);
	CHECK_EQ(sev_status().state, 1);
	CHECK_EQ(sev_status().guests, 0);
	CHECK_EQ(control_get("status", "tmr/locked"), 1);
	CHECK_EQ(psp(SEV_SHUTDOWN, NULL), 0);
	CHECK_EQ(control_get("status", "tmr/locked"), 0);
}
