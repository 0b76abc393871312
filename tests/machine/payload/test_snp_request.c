// SPDX-License-Identifier: GPL-2.0-only
/* Guest messages: the tests play the guest, and learn its keys by DBG_DECRYPT. */
#include "payload.h"

#define GCTX	(TEST_PA + 0x400000)
#define REQUEST	(TEST_PA + 0x402000)
#define ANSWER	(TEST_PA + 0x403000)
#define SECRETS_PAGE TEST_PA

#define POLICY		(0x30000 | BIT(19))
#define SECRETS		(5 << 1)

#define MSG_REPORT_REQ	5
#define MSG_REPORT_RSP	6
#define MSG_TSC_REQ	17

struct message {
	u8 tag[32];
	u64 sequence, reserved1;
	u8 algo, header_version;
	u16 header_len;
	u8 type, version;
	u16 len;
	u32 reserved2;
	u8 vmpck, reserved3[35];
	u64 payload[500];
} __packed;

static struct message message;
static u8 keys[4][32];

static u32 guest_request(u64 req, u64 res)
{
	u64 c[3] = { GCTX, req, res };

	return psp(0x94, c);
}

static void message_make(u8 type, u64 sequence, u16 len)
{
	u8 *p = (u8 *)&message;

	for (u32 i = 0; i < sizeof(message); i++)
		p[i] = 0;
	message.sequence = sequence;
	message.algo = message.header_version = message.version = 1;
	message.header_len = 0x60;
	message.type = type;
	message.len = len;
}

static u32 message_send(void)
{
	gcm(keys[message.vmpck], message.sequence, &message.algo, 48,
	    (u8 *)message.payload, message.len, message.tag, true);
	for (u32 i = 0; i < sizeof(message) / 8; i++)
		page_write(REQUEST + i * 8, ((u64 *)&message)[i]);
	return guest_request(REQUEST, ANSWER);
}

static bool answer_read(void)
{
	u8 tag[16];
	bool same = true;

	for (u32 i = 0; i < sizeof(message) / 8; i++)
		((u64 *)&message)[i] = page_read(ANSWER + i * 8);
	gcm(keys[message.vmpck & 3], message.sequence, &message.algo, 48,
	    (u8 *)message.payload, message.len & 0xfff, tag, false);
	for (int i = 0; i < 16; i++)
		same &= tag[i] == message.tag[i];
	return same;
}

/* A running guest whose message keys the host was told; an answer page. */
static void talking_guest(void)
{
	u64 c[3] = { GCTX, SECRETS_PAGE, ANSWER };

	snp_up();
	CHECK_EQ(snp_launch_start(GCTX, POLICY, 0, 0), 0);
	CHECK_EQ(snp_activate(GCTX, 9), 0);
	CHECK_EQ(snp_launch_page(GCTX, 9, SECRETS_PAGE, SECRETS), 0);
	CHECK_EQ(rmp_firmware(ANSWER), RMP_OK);
	CHECK_EQ(psp(0xb0, c), 0);
	for (int i = 0; i < 16; i++)
		((u64 *)keys)[i] = page_read(ANSWER + 32 + i * 8);
	CHECK_EQ(snp_launch_finish(GCTX), 0);
}

TEST("milan", request_known_answer, "(the tests' own AES-256-GCM is right)",
     "NIST SP 800-38D; test case 14")
{
	u8 key[32] = { 0 }, data[16] = { 0 }, tag[16];

	gcm(key, 0, NULL, 0, data, 16, tag, true);
	CHECK_EQ(*(u64 *)data, 0x6e6b604d3d40a7ceULL);
	CHECK_EQ(*(u64 *)tag, 0xf06b9999a7c8d1d0ULL);
}

TEST("milan", request_report, "a guest's request for a report is answered, for its eyes only",
     "56860, SNP_GUEST_REQUEST, MSG_REPORT_REQ")
{
	talking_guest();
	message_make(MSG_REPORT_REQ, 1, 96);
	message.payload[0] = 0x5555;			/* user data */
	CHECK_EQ(message_send(), 0);
	CHECK_EQ(rmp_entry(ANSWER), 5);
	CHECK(answer_read());
	CHECK_EQ(message.type, MSG_REPORT_RSP);
	CHECK_EQ(message.sequence, 2);
	CHECK_EQ(message.len, 32 + 1184);
	CHECK_EQ(message.payload[0], 1184ULL << 32);
	CHECK_EQ(message.payload[4 + 1], POLICY);
	CHECK_EQ(message.payload[4 + 0x50 / 8], 0x5555);
	CHECK(message.payload[4 + 0x90 / 8] != 0);	/* measurement */

	/* A VMPL above that of the key is the firmware's own refusal. */
	message_make(MSG_REPORT_REQ, 3, 96);
	message.vmpck = 0;
	message.payload[8] = 4;
	CHECK_EQ(message_send(), 0);
	CHECK(answer_read());
	CHECK_EQ(message.payload[0], 0x16);
}

TEST("milan", request_tsc, "... so is one for TSC information, with any of four keys",
     "56860, MSG_TSC_INFO_REQ; Linux, struct snp_tsc_info_resp")
{
	talking_guest();
	for (u8 key = 0; key < 4; key++) {
		message_make(MSG_TSC_REQ, 1, 128);
		message.vmpck = key;
		CHECK_EQ(message_send(), 0);
		CHECK(answer_read());
		CHECK_EQ(message.payload[0], 0);
		CHECK_EQ(message.payload[1], 1ULL << 32);
	}
}

TEST("milan", request_sequence, "a message that was sent before, or changed, is refused",
     "56860, SNP_GUEST_REQUEST: sequence numbers, BAD_MEASUREMENT")
{
	talking_guest();
	message_make(MSG_TSC_REQ, 2, 128);
	CHECK_EQ(message_send(), 0x16);
	message_make(MSG_TSC_REQ, 1, 128);
	CHECK_EQ(message_send(), 0);
	CHECK_EQ(guest_request(REQUEST, ANSWER), 0x16);
	message_make(MSG_TSC_REQ, 3, 128);
	CHECK_EQ(message_send(), 0);
	message_make(MSG_TSC_REQ, 5, 128);
	gcm(keys[0], 5, &message.algo, 48, (u8 *)message.payload, 128, message.tag, true);
	for (u32 i = 0; i < sizeof(message) / 8; i++)
		page_write(REQUEST + i * 8, ((u64 *)&message)[i]);
	page_write(REQUEST + 0x60, page_read(REQUEST + 0x60) ^ 1);
	CHECK_EQ(guest_request(REQUEST, ANSWER), 0xb);
	page_write(REQUEST + 0x60, page_read(REQUEST + 0x60) ^ 1);
	CHECK_EQ(guest_request(REQUEST, ANSWER), 0);
}

TEST("milan", request_header, "... and one whose header is not what there is",
     "56860, SNP_GUEST_REQUEST, message header")
{
	talking_guest();
	message_make(MSG_TSC_REQ, 1, 128);
	message.algo = 2;
	CHECK_EQ(message_send(), 0x16);
	message_make(MSG_TSC_REQ, 1, 128);
	message.header_version = 2;
	CHECK_EQ(message_send(), 0x16);
	message_make(MSG_TSC_REQ, 1, 128);
	message.header_len = 64;
	CHECK_EQ(message_send(), 0x16);
	message_make(7, 1, 128);
	CHECK_EQ(message_send(), 0x16);
	message_make(MSG_TSC_REQ, 1, 64);
	CHECK_EQ(message_send(), 4);
	page_write(REQUEST + 0x30, page_read(REQUEST + 0x30) | 0xffffULL << 48);
	CHECK_EQ(guest_request(REQUEST, ANSWER), 0x16);
}

TEST("milan", request_pages, "the answer goes to a Firmware page, of a running guest",
     "56860, SNP_GUEST_REQUEST; Linux, snp_handle_guest_req()")
{
	CHECK_EQ(guest_request(REQUEST, ANSWER), 1);
	snp_up();
	CHECK_EQ(guest_request(REQUEST, ANSWER), 0x10);
	CHECK_EQ(snp_launch(GCTX, 9), 0);
	CHECK_EQ(guest_request(REQUEST, ANSWER), 2);
	CHECK_EQ(snp_launch_finish(GCTX), 0);
	CHECK_EQ(guest_request(REQUEST, ANSWER), 0x1a);
	CHECK_EQ(guest_request(REQUEST + 8, ANSWER), 9);
	CHECK_EQ(guest_request(REQUEST, ANSWER + 8), 9);
	CHECK_EQ(guest_request(REQUEST, REQUEST), 9);
}
