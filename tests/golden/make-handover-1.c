// SPDX-License-Identifier: GPL-2.0-only
/*
 * Made handover-1.blob, once. A blob that was released never changes: what reads
 * it today has to read it for ever. Kept to show what is in it; a format with
 * more in it gets a handover-2.
 *
 *   cc -Irmp-persist/include THIS-FILE rmp-persist/*.c
 *   ./a.out >tests/golden/handover-1.blob
 */
#include <stdio.h>

#include <rmp_persist/rmp_persist.h>

static const struct rmpp_platform_ser platform = {
	.sev_state = RMPP_SEV_INIT, .snp_state = RMPP_SNP_INIT,
	.api_major = 1, .api_minor = 55, .build = cpu_to_le32(30),
	.flags = cpu_to_le32(RMPP_PLATFORM_SNP_EN | RMPP_PLATFORM_RMP_READ |
			     RMPP_PLATFORM_PSP_DEAD),
	.guest_count = cpu_to_le32(1),
	.rmp_base = cpu_to_le64(0x7e000000), .rmp_end = cpu_to_le64(0x7f003fff),
	.rmp_cfg = 0,
	.tmr_pa = cpu_to_le64(0x76e00000), .tmr_size = cpu_to_le64(0x200000),
	.region_pa = cpu_to_le64(0x2400000), .region_size = cpu_to_le64(0x400000),
	.zone_pa = cpu_to_le64(0x68000000), .zone_size = cpu_to_le64(0x8000000),
	.policy = RMPP_POLICY_LAZY,
	.nr_assigned = cpu_to_le64(1540), .nr_immutable = cpu_to_le64(515),
	.quiesce_us = cpu_to_le64(123456), .jump_tsc = cpu_to_le64(0x123456789abcULL),
	.tsc_khz = cpu_to_le64(2445430),
	.release = "6.12.117+deb12-amd64",
};

static const struct rmpp_extent_ser extents[] = {
	{ cpu_to_le64(0x10000), cpu_to_le64(0x600),
	  cpu_to_le32(RMPP_REASON_ASSIGNED | RMPP_REASON_ROUNDING), 0 },
	{ cpu_to_le64(0x76e00), cpu_to_le64(0x200),
	  cpu_to_le32(RMPP_REASON_ASSIGNED | RMPP_REASON_TMR | RMPP_REASON_FIRMWARE), 0 },
	{ cpu_to_le64(0x100000), cpu_to_le64(0x40000),
	  cpu_to_le32(RMPP_REASON_INHERITED | RMPP_REASON_LEAKED), 0 },
};

static const struct rmpp_run_ser runs[] = {
	{ cpu_to_le64(0x10003), cpu_to_le32(0x200), cpu_to_le16(5),
	  RMPP_PAGE_GUEST_VALID, 0 },
	{ cpu_to_le64(0x10203), cpu_to_le32(1), cpu_to_le16(5),
	  RMPP_PAGE_GUEST_VALID, RMPP_RUN_VMSA },
	{ cpu_to_le64(0x10204), cpu_to_le32(1), 0, RMPP_PAGE_CONTEXT, 0 },
	{ cpu_to_le64(0x10400), cpu_to_le32(0x200), cpu_to_le16(7),
	  RMPP_PAGE_GUEST_INVALID, RMPP_RUN_2M },
	{ cpu_to_le64(0x10600), cpu_to_le32(2), 0, RMPP_PAGE_METADATA, 0 },
	{ cpu_to_le64(0x76e00), cpu_to_le32(0x200), 0, RMPP_PAGE_FIRMWARE, 0 },
};

static const struct rmpp_guest_ser guests[] = {
	{ .gctx_pa = cpu_to_le64(0x10204000), .asid = cpu_to_le32(5),
	  .policy = cpu_to_le64(0x30000), .kind = RMPP_GUEST_SNP,
	  .fate = RMPP_FATE_LOST, .fw_state = 2 },
	{ .handle = cpu_to_le32(3), .asid = cpu_to_le32(101), .policy = cpu_to_le64(5),
	  .kind = RMPP_GUEST_SEV_ES, .fate = RMPP_FATE_EVICTED, .fw_state = 0xff },
	{ .handle = cpu_to_le32(4), .asid = cpu_to_le32(102), .policy = cpu_to_le64(1),
	  .kind = RMPP_GUEST_SEV, .fate = RMPP_FATE_DECOMMISSIONED, .fw_state = 0xff },
};

static const struct rmpp_step_ser steps[] = {
	{ cpu_to_le16(RMPP_STEP_EVICT), cpu_to_le16(1), 0, 0, cpu_to_le32(2),
	  cpu_to_le64(10), cpu_to_le64(45000) },
	{ cpu_to_le16(RMPP_STEP_SEV_SHUTDOWN), cpu_to_le16(3), cpu_to_le32(110),
	  cpu_to_le32(0xffffffff), 0, cpu_to_le64(45010), cpu_to_le64(70000) },
	{ cpu_to_le16(RMPP_STEP_PUBLISH), cpu_to_le16(1), 0, 0, cpu_to_le32(6),
	  cpu_to_le64(120000), cpu_to_le64(3456) },
};

static const struct rmpp_flight_ser flight[] = {
	{ cpu_to_le64(5000000000ULL), cpu_to_le32(0x90), 0, cpu_to_le64(0x1a2b000),
	  cpu_to_le32(120), cpu_to_le32(RMPP_FLIGHT_OWN) },
	{ cpu_to_le64(5001000000ULL), cpu_to_le32(0x86), cpu_to_le32(0xf),
	  cpu_to_le64(0x1a2c000), cpu_to_le32(35), 0 },
	{ cpu_to_le64(5002000000ULL), cpu_to_le32(0x02), cpu_to_le32(0xffffffff),
	  0, 0, cpu_to_le32(RMPP_FLIGHT_OPEN | RMPP_FLIGHT_OWN) },
};

#define SECTION(number, array) \
	{ number, sizeof((array)[0]), sizeof(array) / sizeof((array)[0]), array }

static const struct {
	u32 type, entry_size, count;
	const void *entries;
} sections[] = {
	{ RMPP_SECTION_PLATFORM, sizeof(platform), 1, &platform },
	SECTION(RMPP_SECTION_QUARANTINE, extents),
	SECTION(RMPP_SECTION_RMP_RUNS, runs),
	SECTION(RMPP_SECTION_GUESTS, guests),
	SECTION(RMPP_SECTION_STEPS, steps),
	SECTION(RMPP_SECTION_FLIGHT, flight),
};

int main(void)
{
	static u8 buf[4096] __attribute__((aligned(8)));
	struct rmpp_writer w;
	unsigned int i, k;
	s64 size;

	if (rmpp_writer_init(&w, buf, sizeof(buf), 8))
		return 1;
	for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		const u8 *entry = sections[i].entries;

		if (rmpp_writer_begin(&w, sections[i].type, i ? 0 :
				      RMPP_SECTION_MUST_UNDERSTAND, sections[i].entry_size))
			return 1;
		for (k = 0; k < sections[i].count; k++, entry += sections[i].entry_size)
			if (rmpp_writer_entry(&w, entry))
				return 1;
		if (rmpp_writer_end(&w))
			return 1;
	}
	size = rmpp_writer_finish(&w, 42, 3, "ccp_ext 0.1 (golden)");
	return size < 0 || fwrite(buf, 1, (size_t)size, stdout) != (size_t)size;
}
