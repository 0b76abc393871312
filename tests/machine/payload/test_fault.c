// SPDX-License-Identifier: GPL-2.0-only
/* Faults of the secure processor that somebody asked for: when, and which. */
#include "payload.h"

#define SOURCE "docs/machine.md, Faults"

#define CMD_STATUS	0x04
#define CMD_GET_ID	0x0c
#define CMD_SHUTDOWN	0x02
#define TMR_PA		0x4200000ULL
#define TMR_LEN		0x100000
#define RESPONSE	BIT(31)
#define COMPLETE	BIT(1)
#define BUFFER		TEST_PA

static u64 now_ns(void)
{
	return control_number("{\"execute\":\"snapshot\",\"arguments\":"
			      "{\"name\":\"now\"}", "time_ns");
}

static void wait_ms(u64 ms)
{
	u64 end = now_ns() + ms * 1000000;

	while (now_ns() < end)
		;
}

static u32 status(void)
{
	return psp_at(CMD_STATUS, BUFFER);
}

static void wait_done(void)
{
	while (!(psp_mailbox() & RESPONSE))
		asm volatile("pause");
}

TEST("faults", fault_nth, "a fault acts the n-th time, and no other", SOURCE)
{
	u32 id = fault("\"command\":\"PLATFORM_STATUS\",\"nth\":3,\"status\":3");

	CHECK_EQ(status(), 0);
	CHECK_EQ(psp(0x83, NULL), 9);
	CHECK_EQ(status(), 0);
	CHECK_EQ(status(), 3);
	CHECK_EQ(status(), 0);
	CHECK_EQ(control_get("fault-list", "faults/0/id"), id);
	CHECK_EQ(control_get("fault-list", "faults/0/seen"), 4);
	CHECK_EQ(control_get("fault-list", "faults/0/acted"), 1);
}

TEST("faults", fault_every, "... or every k-th time, as often as was asked", SOURCE)
{
	fault("\"command\":4,\"every\":2,\"count\":2,\"status\":5");
	for (int i = 1; i <= 8; i++)
		CHECK_EQ(status(), i == 2 || i == 4 ? 5 : 0);
}

TEST("faults", fault_any, "... on any command", SOURCE)
{
	fault("\"command\":\"any\",\"count\":2,\"status\":7");
	CHECK_EQ(status(), 7);
	CHECK_EQ(psp(CMD_GET_ID, NULL), 7);
	CHECK_EQ(status(), 0);
}

static u64 draw(u32 seed)
{
	char text[128];
	u64 drawn = 0;
	u32 id;

	format_to(text, sizeof(text), "\"command\":4,\"probability\":0.5,"
		  "\"seed\":%u,\"status\":1", seed);
	id = fault(text);
	for (int i = 0; i < 64; i++)
		drawn |= (u64)status() << i;
	format_to(text, sizeof(text), "{\"execute\":\"fault-clear\","
		  "\"arguments\":{\"id\":%u}", id);
	CHECK_EQ(control_number(text, "cleared"), 1);
	return drawn;
}

TEST("faults", fault_probability, "... by chance, and with the same seed in the same places",
     SOURCE)
{
	u64 first = draw(7);
	int ones = 0;

	CHECK_EQ(draw(7), first);
	CHECK(draw(8) != first);
	for (int i = 0; i < 64; i++)
		ones += first >> i & 1;
	CHECK(ones > 15 && ones < 49);
}

TEST("faults", fault_armed_by, "... once a moment has come", SOURCE)
{
	CHECK_EQ(inb(0x5e0), 'M');
	fault("\"command\":4,\"armed_by\":\"mark\",\"nth\":2,\"status\":6");
	for (int i = 0; i < 3; i++)
		CHECK_EQ(status(), 0);
	CHECK_EQ(control_get("fault-list", "faults/0/armed"), 0);
	outl(0x5e0, 77);
	CHECK_EQ(control_get("fault-list", "faults/0/armed"), 1);
	CHECK_EQ(control_get("counters", "moments/mark"), 1);
	CHECK_EQ(status(), 0);
	CHECK_EQ(status(), 6);
}

TEST("faults", fault_armed_by_command, "... or a command has begun", SOURCE)
{
	snp_enable();
	fault("\"command\":\"RMPUPDATE\",\"armed_by\":\"GET_ID\",\"status\":3");
	CHECK_EQ(rmp_firmware(TEST_PA), RMP_OK);
	CHECK_EQ(status(), 0);
	CHECK_EQ(control_get("fault-list", "faults/0/armed"), 0);
	psp(CMD_GET_ID, NULL);
	CHECK_EQ(control_get("fault-list", "faults/0/armed"), 1);
	CHECK_EQ(rmp_firmware(TEST_PA + PAGE_SIZE), RMP_FAIL_INUSE);
	CHECK_EQ(rmp_firmware(TEST_PA + PAGE_SIZE), RMP_OK);
}

TEST("faults", fault_insn, "RMPUPDATE can fail the n-th time too", SOURCE)
{
	snp_enable();
	fault("\"command\":\"RMPUPDATE\",\"nth\":2,\"status\":3");
	CHECK_EQ(rmp_firmware(TEST_PA), RMP_OK);
	CHECK_EQ(rmp_firmware(TEST_PA + PAGE_SIZE), RMP_FAIL_INUSE);
	CHECK_EQ(rmp_entry(TEST_PA + PAGE_SIZE), 0);
	CHECK_EQ(rmp_firmware(TEST_PA + PAGE_SIZE), RMP_OK);
}

TEST("faults", fault_delay, "a delayed command is done, and answered, when the time is over",
     SOURCE)
{
	u64 before = now_ns();

	fault("\"command\":\"INIT\",\"action\":\"delay\",\"ms\":3000");
	page_write(BUFFER, 0);
	page_write(BUFFER + 8, 0);
	page_write(BUFFER + 16, 0);
	psp_begin(1, BUFFER, false);
	CHECK_EQ(psp_mailbox(), 1 << 16);
	CHECK(control_is("status", "sev_state", "UNINIT"));
	CHECK_EQ(control_get("status", "psp_busy"), 1);
	wait_done();
	CHECK(now_ns() - before >= 3000000000);
	CHECK_EQ(psp_mailbox() & 0xffff, 0);
	CHECK(control_is("status", "sev_state", "INIT"));
	CHECK_EQ(psp_intsts(), 0);
}

TEST("faults", fault_delay_interrupt, "... and its interrupt comes then, in real time too",
     SOURCE)
{
	lapic_on();
	psp_msi(0x41);
	fault("\"command\":4,\"action\":\"delay\",\"ms\":500,\"clock\":\"real\"");
	psp_begin(CMD_STATUS, BUFFER, true);
	CHECK(!lapic_pending(0x41));
	CHECK_EQ(psp_intsts(), 0);
	while (!lapic_pending(0x41))
		asm volatile("pause");
	CHECK_EQ(psp_mailbox(), RESPONSE);
	CHECK_EQ(psp_intsts(), COMPLETE);
}

TEST("faults", fault_delay_snp, "a delayed SNP_INIT_EX changes the RMP like one that is not",
     SOURCE)
{
	void *at = map_4k(TEST_PA + 0x10000);

	snp_enable();
	CHECK_EQ(psp_snp_init(1, 0), 0);
	fault("\"command\":\"SNP_PAGE_RECLAIM\",\"action\":\"delay\",\"ms\":20");
	CHECK_EQ(rmp_firmware(TEST_PA + 0x10000), RMP_OK);
	CHECK_EQ(rmp_firmware(BUFFER), RMP_OK);
	CHECK_EQ(psp_reclaim(TEST_PA + 0x10000), 0);
	CHECK_EQ(rmp_entry(TEST_PA + 0x10000), 1);
	CHECK_EQ(try_write(at, 1).vector, FAULT_PF);
}

TEST("faults", fault_delay_inuse, "RMPUPDATE finds the buffer of a running command in use",
     "APM vol. 3, RMPUPDATE, FAIL_INUSE")
{
	snp_enable();
	fault("\"command\":4,\"action\":\"delay\",\"ms\":500");
	psp_begin(CMD_STATUS, BUFFER, false);
	CHECK_EQ(rmp_firmware(BUFFER), RMP_FAIL_INUSE);
	CHECK_EQ(rmp_firmware(BUFFER + PAGE_SIZE), RMP_OK);
	wait_done();
	CHECK_EQ(rmp_firmware(BUFFER), RMP_OK);
}

TEST("faults", fault_while_busy, "a command beside one that runs is not taken, and counted",
     "rule of the project: one mailbox, one command")
{
	fault("\"command\":4,\"action\":\"delay\",\"ms\":500");
	psp_begin(CMD_STATUS, BUFFER, false);
	psp_begin(CMD_GET_ID, BUFFER, false);
	wait_done();
	CHECK_EQ(control_get("counters", "commands/GET_ID/count"), ~0ULL);
	CHECK_EQ(control_get("counters", "commands/PLATFORM_STATUS/count"), 1);
	CHECK_EQ(control_get("counters", "wrong_order_commands"), 1);
}

TEST("faults", fault_hang, "a command that hangs is never answered, nor is the next", SOURCE)
{
	fault("\"command\":4,\"action\":\"hang\"");
	psp_begin(CMD_STATUS, BUFFER, false);
	wait_ms(50);
	CHECK_EQ(psp_mailbox(), CMD_STATUS << 16);
	psp_begin(CMD_GET_ID, BUFFER, false);
	CHECK_EQ(psp_mailbox(), CMD_STATUS << 16);
	CHECK_EQ(control_get("status", "psp_busy"), 1);
	CHECK_EQ(control_get("counters", "wrong_order_commands"), 0);
	CHECK_EQ(control_get("counters", "commands_unheard"), 1);
}

TEST("faults", fault_hang_reset, "... until the machine is reset", SOURCE)
{
	if (!test_stage) {
		fault("\"command\":4,\"action\":\"hang\"");
		psp_begin(CMD_STATUS, BUFFER, false);
		stage_next();
		return;
	}
	CHECK_EQ(control_get("status", "psp_busy"), 0);
	CHECK_EQ(status(), 0);
}

TEST("faults", fault_death, "a dead processor answers nothing, and keeps what it holds",
     SOURCE)
{
	if (test_stage) {
		CHECK_EQ(control_get("status", "psp_dead"), 0);
		CHECK_EQ(control_get("status", "tmr/locked"), 0);
		CHECK_EQ(status(), 0);
		return;
	}
	CHECK_EQ(psp_sev_init(true, TMR_PA, TMR_LEN), 0);
	fault("\"command\":\"SHUTDOWN\",\"action\":\"death\"");
	psp_begin(CMD_SHUTDOWN, 0, false);
	CHECK_EQ(psp_mailbox(), CMD_SHUTDOWN << 16);
	psp_begin(CMD_STATUS, BUFFER, false);
	CHECK_EQ(psp_mailbox(), CMD_STATUS << 16);
	CHECK_EQ(control_get("status", "psp_dead"), 1);
	CHECK_EQ(control_get("status", "tmr/locked"), 1);
	CHECK_EQ(control_get("counters", "commands/SHUTDOWN/count"), ~0ULL);
	CHECK_EQ(control_get("counters", "commands_unheard"), 1);
	stage_next();
}

TEST("faults", fault_death_ones, "... or its registers are all ones", SOURCE)
{
	fault("\"on\":\"mark\",\"action\":\"death\",\"registers\":\"ones\"");
	outl(0x5e0, 1);
	CHECK_EQ(psp_mailbox(), ~0u);
	psp_begin(CMD_STATUS, BUFFER, false);
	CHECK_EQ(psp_mailbox(), ~0u);
	CHECK_EQ(psp_intsts(), ~0u);
}

TEST("faults", fault_lost_interrupt, "a lost interrupt: complete, and nobody is told", SOURCE)
{
	lapic_on();
	psp_msi(0x42);
	fault("\"command\":4,\"action\":\"lost-interrupt\"");
	psp_begin(CMD_STATUS, BUFFER, true);
	CHECK_EQ(psp_mailbox(), RESPONSE);
	CHECK_EQ(psp_intsts(), COMPLETE);
	CHECK(!lapic_pending(0x42));
	psp_begin(CMD_STATUS, BUFFER, true);
	CHECK(lapic_pending(0x42));
}

TEST("faults", fault_spurious_interrupt, "a spurious interrupt: told, and not complete",
     SOURCE)
{
	lapic_on();
	psp_msi(0x43);
	fault("\"command\":4,\"action\":\"spurious-interrupt\"");
	fault("\"command\":4,\"action\":\"delay\",\"ms\":500");
	psp_begin(CMD_STATUS, BUFFER, false);
	CHECK(lapic_pending(0x43));
	CHECK_EQ(psp_intsts(), 0);
	CHECK_EQ(psp_mailbox(), CMD_STATUS << 16);
	wait_done();
	psp_msi(0x44);
	fault("\"on\":\"mark\",\"action\":\"spurious-interrupt\",\"pending\":1");
	outl(0x5e0, 1);
	CHECK(lapic_pending(0x44));
	CHECK_EQ(psp_intsts(), COMPLETE);
}

TEST("faults", fault_without_effect, "a command half executed: answered, and not done",
     SOURCE)
{
	fault("\"command\":\"INIT\",\"action\":\"half\",\"without\":\"effect\"");
	CHECK_EQ(psp_sev_init(false, 0, 0), 0);
	CHECK(control_is("status", "sev_state", "UNINIT"));
}

TEST("faults", fault_without_answer, "... done, and not answered", SOURCE)
{
	page_write(BUFFER, 0);
	page_write(BUFFER + 8, 0);
	page_write(BUFFER + 16, 0);
	fault("\"command\":\"INIT\",\"action\":\"half\",\"without\":\"answer\"");
	psp_begin(1, BUFFER, false);
	wait_ms(20);
	CHECK_EQ(psp_mailbox(), 1 << 16);
	CHECK(control_is("status", "sev_state", "INIT"));
}

TEST("faults", fault_reset, "the machine is reset while a command runs", SOURCE)
{
	if (test_stage) {
		CHECK_EQ(control_get("counters", "resets"), 1);
		CHECK_EQ(control_get("fault-list", "faults/0/acted"), 1);
		CHECK(control_is("status", "sev_state", "UNINIT"));
		CHECK_EQ(status(), 0);
		return;
	}
	CHECK_EQ(psp_sev_init(false, 0, 0), 0);
	control("{\"execute\":\"reset-counters\"");
	fault("\"command\":4,\"action\":\"reset\"");
	fault("\"command\":4,\"action\":\"delay\",\"ms\":20");
	stage_next();
	psp_begin(CMD_STATUS, BUFFER, false);
	for (;;)
		asm volatile("pause");
}

static volatile u64 ticks;

static void ap_tick(void)
{
	for (;;)
		ticks++;
}

static u64 ticks_in(u64 ms)
{
	u64 before = ticks;

	wait_ms(ms);
	return ticks - before;
}

/*
 * The host's scheduler has a say in when a CPU stops, and when it goes on: a busy host may let it rest
 * for a while as well, but not for so long.
 */
static void wait_still(void)
{
	for (int still = 0; still < 20; still++)
		if (ticks_in(100))
			still = -1;
}

static void wait_ticks(void)
{
	while (!ticks_in(50))
		;
}

TEST("faults", fault_cpu_stuck, "a CPU stands still for a time, and goes on", SOURCE)
{
	ap_start();
	ap_begin(ap_tick);
	wait_ticks();
	fault("\"command\":4,\"action\":\"cpu-stuck\",\"cpu\":1,\"ms\":4000");
	CHECK_EQ(status(), 0);
	wait_still();
	wait_ticks();
}

TEST("faults", fault_cpu_stuck_reset, "... or until the machine is reset", SOURCE)
{
	if (test_stage) {
		ap_start();
		ap_begin(ap_tick);
		wait_ticks();
		return;
	}
	ap_start();
	ap_begin(ap_tick);
	wait_ticks();
	fault("\"command\":4,\"action\":\"cpu-stuck\",\"cpu\":1");
	CHECK_EQ(status(), 0);
	wait_still();
	CHECK_EQ(ticks_in(500), 0);
	stage_next();
}

TEST("faults", fault_refused, "a fault that makes no sense is refused, and says why", SOURCE)
{
	static const struct {
		const char *members, *why;
	} bad[] = {
		{ "\"status\":1", "one of 'command' and 'on' is needed" },
		{ "\"command\":\"X\",\"status\":1", "'command' is neither" },
		{ "\"command\":256,\"status\":1", "a number below 256" },
		{ "\"command\":4", "'action' is needed" },
		{ "\"command\":4,\"action\":\"x\"", "must be one of status, delay" },
		{ "\"command\":4,\"status\":65536", "'status' must be" },
		{ "\"command\":4,\"action\":\"delay\"", "delay needs 'ms'" },
		{ "\"command\":4,\"status\":1,\"colour\":1", "'colour' is no member" },
		{ "\"command\":4,\"status\":1,\"probability\":2", "from 0 to 1" },
		{ "\"command\":4,\"status\":1,\"nth\":0", "'nth' must be" },
		{ "\"on\":\"noon\",\"action\":\"reset\"", "kexec-jump" },
		{ "\"on\":\"reset\",\"action\":\"reset\"", "would never end" },
		{ "\"on\":\"panic\",\"action\":\"hang\"", "firmware command only" },
		{ "\"command\":\"PSMASH\",\"action\":\"half\",\"steps\":1",
		  "firmware command only" },
		{ "\"command\":4,\"action\":\"half\"", "'steps' or 'without'" },
		{ "\"command\":4,\"action\":\"corrupt\"", "'pa' and 'len'" },
		{ "\"command\":4,\"action\":\"corrupt\",\"pa\":536870908,\"len\":8",
		  "not within the machine's RAM" },
		{ "\"command\":4,\"action\":\"cpu-stuck\",\"cpu\":2", "no CPU 2" },
	};
	char text[256];

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		format_to(text, sizeof(text), "{\"execute\":\"fault-add\","
			  "\"arguments\":{%s}", bad[i].members);
		if (!control_refuses(text, bad[i].why))
			print("# %s\n", bad[i].members);
		CHECK(control_refuses(text, bad[i].why));
	}
	CHECK(control_refuses("{\"execute\":\"fault-clear\",\"arguments\":{\"id\":999999}",
			      "no fault 999999"));
	CHECK_EQ(control_get("fault-list", "faults/0/id"), ~0ULL);
}

TEST("latency", latency, "with latencies a command takes as long as on hardware",
     "facts of the field: PLATFORM_STATUS 12 ms, DF_FLUSH 3.6 ms")
{
	u64 before = now_ns(), took;

	CHECK_EQ(status(), 0);
	took = now_ns() - before;
	CHECK(took >= 12000000);
	CHECK_EQ(control_get("status", "latency"), 1);
	psp_begin(CMD_STATUS, BUFFER, false);
	CHECK_EQ(psp_mailbox(), CMD_STATUS << 16);
	wait_done();
}
