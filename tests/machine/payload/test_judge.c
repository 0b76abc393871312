// SPDX-License-Identifier: GPL-2.0-only
/* What the machine tells of what it counted. */
#include "payload.h"

#define SOURCE "docs/machine.md, Control channel"
#define SNAPSHOT(name) "{\"execute\":\"snapshot\",\"arguments\":{\"name\":\"" name "\"}"
#define DIFF(args) "{\"execute\":\"diff\",\"arguments\":{" args "}"
#define GCTX	TEST_PA

static void guest_page(u64 pa)
{
	CHECK_EQ(rmp_update(pa, (struct rmp_state){ .gpa = PAGE_SIZE, .assigned = 1,
		.asid = 3 }), RMP_OK);
}

TEST("judge", judge_diff, "a difference tells what has changed since a snapshot", SOURCE)
{
	snp_up();
	control(SNAPSHOT("a"));
	CHECK_EQ(snp_launch(GCTX, 5), 0);
	CHECK_EQ(try_write(map_4k(GCTX), 1).vector, FAULT_PF);
	control(SNAPSHOT("b"));
	CHECK_EQ(psp(0x7f, NULL), 0x11);
	CHECK_EQ(control_number(DIFF("\"from\":\"a\",\"to\":\"b\""), "counters/rmp_faults"), 1);
	CHECK_EQ(control_number(DIFF("\"from\":\"a\",\"to\":\"b\""),
				"counters/commands/SNP_GCTX_CREATE/count"), 1);
	CHECK_EQ(control_number(DIFF("\"from\":\"a\",\"to\":\"b\""),
				"counters/commands/0x7f/count"), ~0ULL);
	CHECK_EQ(control_number(DIFF("\"from\":\"a\""), "counters/commands/0x7f/count"), 1);
	CHECK_EQ(control_number(DIFF("\"from\":\"a\""), "census/pages/Context"), 1);
	CHECK_EQ(control_number(DIFF("\"from\":\"b\",\"to\":\"a\""), "census/pages/Context"),
		 (u64)-1);
	CHECK_EQ(control_number(DIFF("\"from\":\"a\""), "guests/added/0/asid"), 5);
	CHECK_EQ(control_number(DIFF("\"from\":\"b\",\"to\":\"a\""), "guests/removed/0/asid"), 5);
	CHECK_EQ(control_number(DIFF("\"from\":\"a\""), "status/asids/to/active"), 1);
	CHECK_EQ(control_number(DIFF("\"from\":\"b\""), "status/asids/to/active"), ~0ULL);
}

TEST("judge", judge_diff_refused, "... and of which there is none it says so", SOURCE)
{
	CHECK(control_refuses(DIFF(""), "'from' must be the name of a snapshot"));
	CHECK(control_refuses(DIFF("\"from\":\"never\""), "no snapshot 'never'"));
	CHECK(control_refuses(SNAPSHOT(""), "'name' must be a string of 1 to 63"));
}

TEST("judge", judge_offence, "an offence tells command, CPU and instruction", SOURCE)
{
	CHECK_EQ(psp_sev_init(false, 0, 0), 0);
	CHECK_EQ(psp_sev_init(false, 0, 0), 1);
	CHECK(control_is("events", "events/0/kind", "wrong-order"));
	CHECK(control_is("events", "events/0/command", "INIT"));
	CHECK_EQ(control_get("events", "events/0/number"), 1);
	CHECK_EQ(control_get("events", "events/0/cpu"), 0);
	CHECK_EQ(control_get("events", "events/0/rip") >> 12, (u64)psp_begin >> 12);
	CHECK_EQ(control_get("counters", "forbidden"), 0);
}

TEST("judge", judge_offence_buffer, "... and of a buffer the page and its entry", SOURCE)
{
	snp_up();
	page_write(TEST_PA, TEST_PA + PAGE_SIZE);
	guest_page(TEST_PA + PAGE_SIZE);
	CHECK_EQ(psp_at(0x83, TEST_PA), 0x1a);
	CHECK(control_is("events", "events/0/kind", "wrong-buffer"));
	CHECK_EQ(control_get("events", "events/0/pa"), TEST_PA + PAGE_SIZE);
	CHECK_EQ(control_get("events", "events/0/entry"), 1 | PAGE_SIZE | 3ULL << 51);
	CHECK_EQ(control_get("events", "events/0/number"), 0x83);
}

TEST("judge", judge_kept, "the first 256 events are kept, the rest is counted", SOURCE)
{
	snp_enable();
	guest_page(TEST_PA);
	for (int i = 0; i < 300; i++)
		CHECK_EQ(try_write(map_4k(TEST_PA), 1).vector, FAULT_PF);
	CHECK_EQ(control_get("counters", "rmp_faults"), 300);
	CHECK_EQ(control_get("events", "dropped"), 44);
	CHECK_EQ(control_get("events", "events/255/pa"), TEST_PA);
	control("{\"execute\":\"reset-counters\"");
	CHECK_EQ(control_get("events", "dropped"), 0);
	CHECK_EQ(control_get("counters", "forbidden"), 0);
}

static void copy(volatile u64 *from)
{
	for (int i = 0; i < 512; i++)
		(void)from[i];
}

TEST("count-reads", judge_reads_each, "each look at a guest's page is counted, if set so",
     "rule of the project; property count-reads")
{
	volatile u64 *at = map_4k(TEST_PA), *next = map_4k(TEST_PA + PAGE_SIZE);

	snp_enable();
	guest_page(TEST_PA);
	guest_page(TEST_PA + PAGE_SIZE);
	copy(at);
	CHECK_EQ(control_get("counters", "guest_reads"), 1);
	copy(at);
	CHECK_EQ(control_get("counters", "guest_reads"), 2);
	copy(next);
	copy(at);
	CHECK_EQ(control_get("counters", "guest_reads"), 4);
	CHECK_EQ(control_get("events", "events/2/pa"), TEST_PA + PAGE_SIZE);
	CHECK_EQ(control_get("events", "events/2/mapping_size"), PAGE_SIZE);
}
