// SPDX-License-Identifier: GPL-2.0-only
/*
 * SEND_* and RECEIVE_*. The other machine is this one with another area of
 * non-volatile storage, and therefore with other keys.
 */
#include "sev.h"

#define GUEST	TEST_PA
#define MOVED	(TEST_PA + 0x10000)
#define NV_HERE	(TEST_PA + 0x100000)
#define NV_THERE (TEST_PA + 0x110000)
#define PDH_HERE ((u8 *)(TEST_PA + 0x120000))
#define PDH_THERE ((u8 *)(TEST_PA + 0x121000))
#define CHAIN	((u8 *)(TEST_PA + 0x122000))
#define SESSION	((u8 *)(TEST_PA + 0x124000))
#define PACKETS	(TEST_PA + 0x130000)
#define PLAIN	(TEST_PA + 0x140000)

#define NR_PIECES 3
#define PIECE	PAGE_SIZE

static u32 send_start(u32 handle, void *pdh, u32 *policy)
{
	struct sev_send_start c = {
		.handle = handle, .pdh = { (u64)pdh, CERT_LEN, 0 },
		.session_pa = (u64)SESSION, .session_len = SESSION_LEN,
	};
	u32 status = psp(SEV_SEND_START, &c);

	*policy = c.policy;
	return status;
}

static struct sev_transport piece(u32 handle, u64 guest, u32 n)
{
	return (struct sev_transport) {
		.handle = handle,
		.hdr_pa = PACKETS + n * 64, .hdr_len = PACKET_LEN,
		.guest_pa = (guest + n * PIECE) | C_BIT, .guest_len = PIECE,
		.trans_pa = PACKETS + (n + 1) * PIECE, .trans_len = PIECE,
	};
}

static u32 receive_start(void *pdh, u32 policy, u32 *handle)
{
	struct sev_start c = {
		.policy = policy, .cert_pa = (u64)pdh, .cert_len = CERT_LEN,
		.session_pa = (u64)SESSION, .session_len = SESSION_LEN,
	};
	u32 status = psp(SEV_RECEIVE_START, &c);

	*handle = c.handle;
	return status;
}

static void host_up(u64 nv)
{
	CHECK_EQ(sev_init_ex(nv, NV_LEN), 0);
	all_run(wbinvd);
	CHECK_EQ(psp(SEV_DF_FLUSH, NULL), 0);
}

/* Both hosts' certificates are known; ends with "here" up. */
static void hosts_meet(void)
{
	ap_start();
	fill(NV_HERE, 0xff, NV_LEN);
	fill(NV_THERE, 0xff, NV_LEN);
	host_up(NV_THERE);
	CHECK_EQ(sev_pdh_export(PDH_THERE, CHAIN), 0);
	CHECK_EQ(psp(SEV_SHUTDOWN, NULL), 0);
	host_up(NV_HERE);
	CHECK_EQ(sev_pdh_export(PDH_HERE, CHAIN), 0);
}

static void send_all(u32 handle)
{
	for (u32 n = 0; n < NR_PIECES; n++) {
		struct sev_transport t = piece(handle, GUEST, n);

		CHECK_EQ(psp(SEV_SEND_UPDATE_DATA, &t), 0);
	}
}

TEST("rome", migrate, "what one host sends another receives, and nobody else can",
     "55766, SEND_START to RECEIVE_FINISH")
{
	u32 handle, policy = ~0u;

	hosts_meet();
	for (u32 i = 0; i < NR_PIECES * PIECE; i++)
		((u8 *)GUEST)[i] = i * 3;
	handle = sev_running(0, 200, GUEST, NR_PIECES * PIECE);
	CHECK_EQ(sev_dbg(SEV_DBG_DECRYPT, handle, GUEST, PLAIN, NR_PIECES * PIECE), 0);
	CHECK_EQ(send_start(handle, PDH_THERE, &policy), 0);
	CHECK_EQ(policy, 0);
	CHECK_EQ(sev_state(handle), STATE_SUPDATE);
	send_all(handle);
	CHECK(!same((void *)(PACKETS + PIECE), (void *)PLAIN, 16));
	CHECK(!same((void *)(PACKETS + PIECE), (void *)GUEST, 16));
	CHECK_EQ(psp(SEV_SEND_FINISH, &handle), 0);
	CHECK_EQ(sev_state(handle), STATE_SENT);
	CHECK_EQ(psp(SEV_SEND_CANCEL, &handle), 2);
	CHECK_EQ(receive_start(PDH_HERE, 0, &handle), 0xb);
	CHECK_EQ(psp(SEV_SHUTDOWN, NULL), 0);

	host_up(NV_THERE);
	CHECK_EQ(receive_start(PDH_THERE, 0, &handle), 0xb);
	CHECK_EQ(receive_start(PDH_HERE, POLICY_NODBG, &handle), 0xb);
	CHECK_EQ(sev_status().guests, 0);
	CHECK_EQ(receive_start(PDH_HERE, 0, &handle), 0);
	CHECK_EQ(sev_state(handle), STATE_RUPDATE);
	CHECK_EQ(sev_activate(handle, 300), 0);
	for (u32 n = 0; n < NR_PIECES; n++) {
		struct sev_transport t = piece(handle, MOVED, n);

		CHECK_EQ(psp(SEV_RECEIVE_UPDATE_DATA, &t), 0);
	}
	CHECK_EQ(psp(SEV_RECEIVE_FINISH, &handle), 0);
	CHECK_EQ(sev_state(handle), STATE_RUNNING);
	CHECK_EQ(sev_dbg(SEV_DBG_DECRYPT, handle, MOVED, PLAIN + 0x8000, NR_PIECES * PIECE), 0);
	CHECK(same((void *)PLAIN, (void *)(PLAIN + 0x8000), NR_PIECES * PIECE));
	CHECK(!same((void *)GUEST, (void *)MOVED, 16));
}

TEST("rome", migrate_tampered, "a packet that was changed, or is not in the session, is refused",
     "55766, RECEIVE_UPDATE_DATA: BAD_MEASUREMENT")
{
	struct sev_transport t;
	u32 handle, policy;

	hosts_meet();
	handle = sev_running(0, 200, GUEST, NR_PIECES * PIECE);
	CHECK_EQ(send_start(handle, PDH_HERE, &policy), 0);
	send_all(handle);
	CHECK_EQ(receive_start(PDH_HERE, 0, &handle), 0);
	t = piece(handle, MOVED, 0);
	CHECK_EQ(psp(SEV_RECEIVE_UPDATE_DATA, &t), 8);
	CHECK_EQ(sev_activate(handle, 201), 0);
	((u8 *)PACKETS)[PIECE + 100] ^= 1;
	CHECK_EQ(psp(SEV_RECEIVE_UPDATE_DATA, &t), 0xb);
	((u8 *)PACKETS)[PIECE + 100] ^= 1;
	((u8 *)PACKETS)[4] ^= 1;
	CHECK_EQ(psp(SEV_RECEIVE_UPDATE_DATA, &t), 0xb);
	((u8 *)PACKETS)[4] ^= 1;
	t.hdr_pa += 64;
	CHECK_EQ(psp(SEV_RECEIVE_UPDATE_DATA, &t), 0xb);
	t.hdr_pa -= 64;
	t.guest_pa &= ~C_BIT;
	CHECK_EQ(psp(SEV_RECEIVE_UPDATE_DATA, &t), 9);
	t.guest_pa |= C_BIT;
	t.guest_len = t.trans_len = 32;
	CHECK_EQ(psp(SEV_RECEIVE_UPDATE_DATA, &t), 0xb);
	t.guest_len = 16;
	CHECK_EQ(psp(SEV_RECEIVE_UPDATE_DATA, &t), 4);
	t.guest_len = t.trans_len = PIECE;
	CHECK_EQ(psp(SEV_RECEIVE_UPDATE_VMSA, &t), 0x15);
	CHECK_EQ(psp(SEV_RECEIVE_UPDATE_DATA, &t), 0);
	CHECK_EQ(psp(SEV_RECEIVE_FINISH, &handle), 0);
	CHECK_EQ(psp(SEV_RECEIVE_UPDATE_DATA, &t), 2);
	CHECK_EQ(psp(SEV_RECEIVE_FINISH, &handle), 2);
}

TEST("rome", send_lengths, "SEND_START and SEND_UPDATE_DATA say how much room they need",
     "55766, SEND_START, SEND_UPDATE_DATA; Linux, __sev_send_start_query_session_length")
{
	struct sev_send_start c = { 0 };
	struct sev_transport t = { 0 };
	u32 handle, policy;

	hosts_meet();
	c.handle = t.handle = handle = sev_running(POLICY_NODBG, 200, GUEST, PIECE);
	CHECK_EQ(psp(SEV_SEND_START, &c), 4);
	CHECK_EQ(c.session_len, SESSION_LEN);
	CHECK_EQ(c.policy, POLICY_NODBG);
	CHECK_EQ(psp(SEV_SEND_UPDATE_DATA, &t), 4);
	CHECK_EQ(t.hdr_len, PACKET_LEN);
	t = piece(handle, GUEST, 0);
	CHECK_EQ(psp(SEV_SEND_UPDATE_DATA, &t), 2);
	CHECK_EQ(send_start(handle, PDH_THERE, &policy), 0);
	t.trans_len--;
	CHECK_EQ(psp(SEV_SEND_UPDATE_DATA, &t), 4);
	CHECK_EQ(t.trans_len, PIECE);
	t.guest_pa = GUEST;
	CHECK_EQ(psp(SEV_SEND_UPDATE_DATA, &t), 9);
	t.guest_pa = (GUEST + 8) | C_BIT;
	CHECK_EQ(psp(SEV_SEND_UPDATE_DATA, &t), 9);
	t = piece(handle, GUEST, 0);
	CHECK_EQ(psp(SEV_DEACTIVATE, &handle), 0);
	CHECK_EQ(psp(SEV_SEND_UPDATE_DATA, &t), 8);
}

TEST("rome", send_rules, "SEND_START wants RUNNING, a policy that lets go, and a certificate",
     "55766, SEND_START, SEND_CANCEL; NOSEND")
{
	u32 handle, stay, policy;

	hosts_meet();
	CHECK_EQ(sev_launch(0, 200, &handle), 0);
	CHECK_EQ(send_start(handle, PDH_THERE, &policy), 2);
	stay = sev_running(POLICY_NOSEND, 201, GUEST, PIECE);
	CHECK_EQ(send_start(stay, PDH_THERE, &policy), 7);
	handle = sev_running(0, 202, GUEST, PIECE);
	CHECK_EQ(psp(SEV_SEND_FINISH, &handle), 2);
	CHECK_EQ(psp(SEV_SEND_CANCEL, &handle), 2);
	PDH_THERE[20] ^= 1;
	CHECK_EQ(send_start(handle, PDH_THERE, &policy), 6);
	PDH_THERE[20] ^= 1;
	CHECK_EQ(sev_state(handle), STATE_RUNNING);
	CHECK_EQ(send_start(handle, PDH_THERE, &policy), 0);
	CHECK_EQ(send_start(handle, PDH_THERE, &policy), 2);
	CHECK_EQ(psp(SEV_SEND_CANCEL, &handle), 0);
	CHECK_EQ(sev_state(handle), STATE_RUNNING);
	CHECK_EQ(send_start(handle, PDH_THERE, &policy), 0);
	CHECK_EQ(psp(SEV_SEND_FINISH, &handle), 0);
	CHECK_EQ(psp(SEV_DEACTIVATE, &handle), 0);
	CHECK_EQ(sev_activate(handle, 202), 2);
	CHECK_EQ(psp(SEV_DECOMMISSION, &handle), 0);
}

TEST("rome", migrate_vmsa, "a VMSA travels as a VMSA, and only as one",
     "55766, SEND_UPDATE_VMSA, RECEIVE_UPDATE_VMSA")
{
	struct {
		u32 handle;	/* no reserved word: include/linux/psp-sev.h */
		u64 hdr_pa;
		u32 hdr_len, reserved2;
		u64 guest_pa;
		u32 guest_len, reserved3;
		u64 trans_pa;
		u32 trans_len;
	} __packed v;
	struct sev_transport t;
	u32 handle, policy;

	sev_up(true);
	CHECK_EQ(sev_pdh_export(PDH_HERE, CHAIN), 0);
	fill(GUEST, 0x55, PIECE);
	fill(PLAIN + 0x8000, 0x55, PIECE);
	handle = sev_running(POLICY_ES, 5, GUEST, PIECE);
	CHECK_EQ(send_start(handle, PDH_HERE, &policy), 0);
	t = piece(handle, GUEST, 0);
	v.handle = handle;
	memcpy(&v.hdr_pa, &t.hdr_pa, sizeof(t) - 8);
	CHECK_EQ(psp(SEV_SEND_UPDATE_VMSA, &v), 0);
	CHECK_EQ(receive_start(PDH_HERE, POLICY_ES, &handle), 0);
	CHECK_EQ(sev_activate(handle, 6), 0);
	t = piece(handle, MOVED, 0);
	CHECK_EQ(psp(SEV_RECEIVE_UPDATE_DATA, &t), 0xb);
	CHECK_EQ(psp(SEV_RECEIVE_UPDATE_VMSA, &t), 0);
	CHECK_EQ(sev_dbg(SEV_DBG_DECRYPT, handle, MOVED, PLAIN, PIECE), 0);
	CHECK(same((void *)PLAIN, (void *)(PLAIN + 0x8000), PIECE));
}
