// SPDX-License-Identifier: GPL-2.0-only
/* The SEV firmware: platform, TMR, ASIDs, guests. Run with and without SNP. */
#include "payload.h"

#define TMR_PA	0x4200000ULL
#define TMR_LEN	0x100000
#define ES	4

#define CMD_SHUTDOWN	0x02
#define CMD_STATUS	0x04
#define CMD_DF_FLUSH	0x0a
#define CMD_GET_ID	0x0c
#define CMD_INIT_EX	0x0d
#define CMD_DECOMMISSION 0x20
#define CMD_ACTIVATE	0x21
#define CMD_DEACTIVATE	0x22
#define CMD_GUEST_STATUS 0x23
#define CMD_UPDATE_DATA	0x31
#define CMD_UPDATE_VMSA	0x32
#define CMD_MEASURE	0x33
#define CMD_FINISH	0x35

struct status {
	u8 major, minor, state;
	u32 flags;
	u8 build;
	u32 guests;
} __packed;

struct update {
	u32 handle, reserved;
	u64 pa;
	u32 len;
} __packed;

static struct status status(void)
{
	struct status c = { 0 };

	CHECK_EQ(psp(CMD_STATUS, &c), 0);
	return c;
}

static void sev_up(void)
{
	ap_start();
	CHECK_EQ(psp_sev_init(true, TMR_PA, TMR_LEN), 0);
	all_run(wbinvd);
	CHECK_EQ(psp(CMD_DF_FLUSH, NULL), 0);
}

TEST("rome", unknown_command, "an unknown command is refused", "55766, command and response register")
{
	CHECK_EQ(psp(0x7f, NULL), 0x11);
	CHECK_EQ(psp(0x7ff, NULL), 0x11);
	CHECK_EQ(psp_at(CMD_STATUS, 1ULL << 44), 9);
	CHECK_EQ(psp_at(CMD_STATUS, 0), 9);
}

TEST("rome", completion_interrupt, "a command can ask for an interrupt when it is done",
     "Linux, drivers/crypto/ccp: SEV_CMDRESP_IOC, SEV_CMD_COMPLETE")
{
	CHECK_EQ(psp_interrupts(3), 2);
}

TEST("rome", platform_states, "INIT and SHUTDOWN change the platform's state",
     "55766, INIT, SHUTDOWN, PLATFORM_STATUS")
{
	CHECK_EQ(status().state, 0);
	CHECK_EQ(status().major, 0);
	CHECK_EQ(status().minor, 24);
	CHECK_EQ(status().build, 15);
	CHECK_EQ(psp_sev_init(false, 0, 0), 0);
	CHECK_EQ(status().state, 1);
	CHECK_EQ(status().flags, 0);
	CHECK_EQ(psp_sev_init(false, 0, 0), 1);
	CHECK_EQ(control_get("counters", "wrong_order_commands"), 1);
	CHECK_EQ(psp(3, NULL), 1);
	CHECK_EQ(psp(CMD_SHUTDOWN, NULL), 0);
	CHECK_EQ(status().state, 0);
	CHECK_EQ(psp(CMD_SHUTDOWN, NULL), 0);
	CHECK_EQ(psp(3, NULL), 0);
	CHECK_EQ(psp_sev_init(true, TMR_PA, TMR_LEN), 0);
	CHECK_EQ(status().flags, 0x100);
}

TEST("rome", init_ex, "INIT_EX does what INIT does", "55766, INIT_EX")
{
	struct {
		u32 len, flags;
		u64 tmr;
		u32 tmr_len, reserved;
		u64 nv;
		u32 nv_len;
	} __packed c = { sizeof(c), 1, TMR_PA, TMR_LEN, 0, TEST_PA, 0x8000 };

	for (u64 at = TEST_PA; at < TEST_PA + 0x8000; at += 8)
		page_write(at, ~0ULL);
	CHECK_EQ(psp(CMD_INIT_EX, &c), 0);
	CHECK_EQ(control_get("status", "tmr/locked"), 1);
}

TEST("rome", tmr_arguments, "the TMR is 1 MiB and aligned to it", "55766, INIT")
{
	CHECK_EQ(psp_sev_init(true, TMR_PA, 0x200000), 4);
	CHECK_EQ(psp_sev_init(true, TMR_PA + PAGE_SIZE, TMR_LEN), 9);
	CHECK_EQ(psp_sev_init(true, 0, TMR_LEN), 9);
	CHECK_EQ(psp_sev_init(true, 1ULL << 44, TMR_LEN), 9);
	CHECK_EQ(status().state, 0);
	CHECK_EQ(control_get("status", "tmr/locked"), 0);
}

TEST("rome", tmr_locked, "a locked TMR reads as ones, loses writes, counts both",
     "55766, INIT: the TMR is protected from x86")
{
	page_write(TMR_PA, 0x1234);
	CHECK_EQ(psp_sev_init(true, TMR_PA, TMR_LEN), 0);
	CHECK_EQ(page_read(TMR_PA), ~0ULL);
	CHECK_EQ(page_read(TMR_PA + TMR_LEN - 8), ~0ULL);
	page_write(TMR_PA, 0x5678);
	CHECK_EQ(control_get("counters", "tmr_reads"), 2);
	CHECK_EQ(control_get("counters", "tmr_writes"), 1);
	CHECK_EQ(control_get("counters", "forbidden"), 3);
	CHECK_EQ(control_get("status", "tmr/pa"), TMR_PA);
	page_write(TMR_PA + TMR_LEN, 1);
	CHECK_EQ(control_get("counters", "tmr_writes"), 1);
	CHECK_EQ(psp(CMD_SHUTDOWN, NULL), 0);
	CHECK_EQ(page_read(TMR_PA), 0x1234);
	CHECK_EQ(control_get("counters", "tmr_reads"), 2);
}

TEST("rome", get_id, "GET_ID says how much room it needs", "55766, GET_ID")
{
	struct {
		u64 pa;
		u32 len;
	} __packed c = { TEST_PA, 0 };

	CHECK_EQ(psp(CMD_GET_ID, &c), 4);
	CHECK_EQ(c.len, 128);
	CHECK_EQ(psp(CMD_GET_ID, &c), 0);
	CHECK(page_read(TEST_PA));
}

TEST("rome", flush_needs_wbinvd, "DF_FLUSH wants a WBINVD of every CPU first",
     "55766, DF_FLUSH")
{
	u32 handle;

	ap_start();
	CHECK_EQ(psp(CMD_DF_FLUSH, NULL), 1);
	CHECK_EQ(psp_sev_init(false, 0, 0), 0);
	CHECK_EQ(psp(CMD_DF_FLUSH, NULL), 0xe);
	wbinvd();
	CHECK_EQ(psp(CMD_DF_FLUSH, NULL), 0xe);
	ap_run(wbinvd);
	CHECK_EQ(psp(CMD_DF_FLUSH, NULL), 0);
	CHECK_EQ(psp(CMD_DF_FLUSH, NULL), 0);

	/* A WBINVD from before the guest's end does not count. */
	CHECK_EQ(sev_launch(0, 200, &handle), 0);
	all_run(wbinvd);
	CHECK_EQ(psp(CMD_DEACTIVATE, &handle), 0);
	CHECK_EQ(psp(CMD_DF_FLUSH, NULL), 0xe);
}

TEST("flush-started", flush_started_only, "... of every CPU that was started, if set so",
     "open; property flush-all-cpus")
{
	CHECK_EQ(psp_sev_init(false, 0, 0), 0);
	CHECK_EQ(psp(CMD_DF_FLUSH, NULL), 0xe);
	wbinvd();
	CHECK_EQ(psp(CMD_DF_FLUSH, NULL), 0);
}

TEST("rome", asid_life, "an ASID is dirty after its guest, until a DF_FLUSH",
     "55766, ACTIVATE, DEACTIVATE")
{
	u32 first, second, activate[2];

	sev_up();
	CHECK_EQ(sev_launch(0, 200, &first), 0);
	CHECK_EQ(sev_launch(0, 200, &second), 0xc);
	CHECK_EQ(control_get("status", "asids/active"), 1);
	activate[0] = first + 1;
	activate[1] = 201;
	CHECK_EQ(psp(CMD_ACTIVATE, activate), 0);
	CHECK_EQ(psp(CMD_ACTIVATE, activate), 0x12);
	CHECK_EQ(psp(CMD_DEACTIVATE, &first), 0);
	CHECK_EQ(psp(CMD_DEACTIVATE, &first), 8);
	CHECK_EQ(control_get("status", "asids/dirty"), 1);
	activate[0] = first;
	activate[1] = 200;
	CHECK_EQ(psp(CMD_ACTIVATE, activate), 0xf);
	all_run(wbinvd);
	CHECK_EQ(psp(CMD_DF_FLUSH, NULL), 0);
	CHECK_EQ(psp(CMD_ACTIVATE, activate), 0);
}

TEST("rome", asid_ranges, "SEV and SEV-ES guests have ASIDs of their own",
     "55766, ACTIVATE; Fn8000_001F EDX")
{
	u32 handle;

	sev_up();
	CHECK_EQ(sev_launch(0, 99, &handle), 0xd);
	CHECK_EQ(sev_launch(ES, 100, &handle), 0xd);
	CHECK_EQ(sev_launch(ES, 0, &handle), 0xd);
	CHECK_EQ(sev_launch(0, 510, &handle), 0xd);
	CHECK_EQ(sev_launch(0, 100, &handle), 0);
	CHECK_EQ(sev_launch(ES, 99, &handle), 0);
}

TEST("rome", es_needs_tmr, "no SEV-ES guest without INIT's SEV-ES flag",
     "55766, LAUNCH_START")
{
	u32 handle;

	CHECK_EQ(sev_launch(0, 200, &handle), 1);
	CHECK_EQ(psp_sev_init(false, 0, 0), 0);
	CHECK_EQ(sev_launch(ES, 1, &handle), 7);
}

TEST("rome", launch, "a guest goes from LUPDATE over LSECRET to RUNNING",
     "55766, guest life cycle and its commands")
{
	struct update c = { .pa = TEST_PA, .len = PAGE_SIZE };
	struct {
		u32 handle, policy, asid;
		u8 state;
	} __packed gs = { 0 };
	u32 handle;

	sev_up();
	CHECK_EQ(sev_launch(ES, 5, &handle), 0);
	CHECK_EQ(status().state, 2);
	CHECK_EQ(status().guests, 1);
	c.handle = gs.handle = handle;
	page_write(TEST_PA, 0x41414141);
	page_write(TEST_PA + PAGE_SIZE, 0x41414141);
	CHECK_EQ(psp(CMD_UPDATE_DATA, &c), 0);
	CHECK(page_read(TEST_PA) != 0x41414141);
	CHECK_EQ(page_read(TEST_PA + PAGE_SIZE), 0x41414141);
	CHECK_EQ(psp(CMD_UPDATE_VMSA, &c), 0);
	CHECK_EQ(psp(CMD_FINISH, &handle), 2);

	c.len = 0;
	CHECK_EQ(psp(CMD_MEASURE, &c), 4);
	CHECK_EQ(c.len, 48);
	CHECK_EQ(psp(CMD_MEASURE, &c), 0);
	CHECK_EQ(psp(CMD_UPDATE_DATA, &c), 2);
	CHECK_EQ(psp(CMD_FINISH, &handle), 0);
	CHECK_EQ(psp(CMD_GUEST_STATUS, &gs), 0);
	CHECK_EQ(gs.state, 3);
	CHECK_EQ(gs.asid, 5);
	CHECK_EQ(gs.policy, ES);
	CHECK(control_is("status", "guests/0/kind", "SEV-ES"));
	CHECK(control_is("status", "guests/0/state", "RUNNING"));

	CHECK_EQ(psp(CMD_DECOMMISSION, &handle), 0x12);
	CHECK_EQ(psp(CMD_DEACTIVATE, &handle), 0);
	CHECK_EQ(psp(CMD_DECOMMISSION, &handle), 0);
	CHECK_EQ(psp(CMD_DECOMMISSION, &handle), 0x10);
	CHECK_EQ(psp(CMD_GUEST_STATUS, &gs), 0x10);
	CHECK_EQ(status().state, 1);
}

TEST("rome", launch_arguments, "guest memory comes in blocks of 16 bytes",
     "55766, LAUNCH_UPDATE_DATA")
{
	struct update c = { .pa = TEST_PA + 8, .len = 16 };
	u32 handle;

	sev_up();
	CHECK_EQ(psp(CMD_UPDATE_DATA, &c), 0x10);
	CHECK_EQ(sev_launch(0, 200, &handle), 0);
	c.handle = handle;
	CHECK_EQ(psp(CMD_UPDATE_DATA, &c), 9);
	c.pa = TEST_PA;
	c.len = 15;
	CHECK_EQ(psp(CMD_UPDATE_DATA, &c), 4);
	CHECK_EQ(psp(CMD_UPDATE_VMSA, &c), 0x15);
	CHECK_EQ(psp(CMD_DEACTIVATE, &handle), 0);
	CHECK_EQ(psp(CMD_UPDATE_DATA, &c), 8);
}

TEST("rome", shutdown_ends_guests, "SHUTDOWN ends all guests; their ASIDs are dirty",
     "55766, SHUTDOWN")
{
	u32 handle;

	sev_up();
	CHECK_EQ(sev_launch(0, 200, &handle), 0);
	CHECK_EQ(sev_launch(ES, 1, &handle), 0);
	CHECK_EQ(psp(CMD_SHUTDOWN, NULL), 0);
	CHECK_EQ(status().guests, 0);
	CHECK_EQ(control_get("status", "asids/dirty"), 2);
	CHECK_EQ(control_get("status", "tmr/locked"), 0);
}

TEST("rome", inject_status, "the next commands can be made to fail",
     "control channel, inject")
{
	inject("INIT", 0x13, 2);
	CHECK_EQ(psp_sev_init(false, 0, 0), 0x13);
	CHECK_EQ(psp_sev_init(false, 0, 0), 0x13);
	CHECK_EQ(status().state, 0);
	CHECK_EQ(psp_sev_init(false, 0, 0), 0);
	CHECK_EQ(control_get("counters", "commands/INIT/count"), 3);
	CHECK_EQ(control_get("counters", "commands/INIT/status/0x13"), 2);
	CHECK_EQ(control_get("counters", "commands/INIT/status/0x0"), 1);
	CHECK_EQ(control_get("counters", "wrong_order_commands"), 0);
	inject("SHUTDOWN", 1, 0);
	for (int i = 0; i < 5; i++)
		CHECK_EQ(psp(CMD_SHUTDOWN, NULL), 1);
	control("{\"execute\":\"clear-injections\"");
	CHECK_EQ(psp(CMD_SHUTDOWN, NULL), 0);
}

TEST("rome", control_events, "touches are told at once, commands to who subscribes",
     "control channel, events")
{
	CHECK_EQ(psp_sev_init(true, TMR_PA, TMR_LEN), 0);
	page_read(TMR_PA);
	CHECK(control_event_is("tmr-touch", "kind", "tmr-read"));
	control("{\"execute\":\"subscribe\",\"arguments\":{\"events\":[\"psp-command\"]}");
	CHECK_EQ(psp(CMD_SHUTDOWN, NULL), 0);
	CHECK(control_event_is("psp-command", "command", "SHUTDOWN"));
}

TEST("rome", control_bounded, "the list of events is bounded, the counters are not",
     "control channel, events")
{
	CHECK_EQ(psp_sev_init(true, TMR_PA, TMR_LEN), 0);
	for (int i = 0; i < 300; i++)
		page_read(TMR_PA + i * 8);
	CHECK_EQ(control_get("counters", "tmr_reads"), 300);
	CHECK_EQ(control_get("events", "events/255/pa"), TMR_PA + 255 * 8);
	CHECK_EQ(control_get("events", "dropped"), 44);
	control("{\"execute\":\"reset-counters\"");
	CHECK_EQ(control_get("events", "events/0/pa"), ~0ULL);
	CHECK_EQ(control_get("counters", "forbidden"), 0);
}

TEST("rome", control_refuses, "a request that makes no sense is refused",
     "control channel")
{
	static const char *const bad[] = {
		"{\"execute\":\"nonsense\"", "{\"nonsense\":1",
		"{\"execute\":\"inject\"",
		"{\"execute\":\"inject\",\"arguments\":{\"command\":\"INITT\",\"status\":1}",
		"{\"execute\":\"inject\",\"arguments\":{\"command\":\"INIT\",\"status\":65536}",
		"{\"execute\":\"inject\",\"arguments\":{\"command\":\"INIT\",\"status\":1,\"count\":-1}",
		"{\"execute\":\"inject\",\"arguments\":{\"command\":4096,\"status\":1}",
		"{\"execute\":\"inject\",\"arguments\":[]",
		"{\"execute\":\"subscribe\",\"arguments\":{\"events\":[\"x\"]}",
		"{\"execute\":{}",
	};

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		const char *line = control(bad[i]);
		bool found = false;

		for (; *line; line++)
			found |= line[0] == '"' && line[1] == 'e' && line[2] == 'r' &&
				 line[3] == 'r';
		CHECK(found);
	}
	CHECK_EQ(psp_sev_init(false, 0, 0), 0);
}
