// SPDX-License-Identifier: GPL-2.0-only
/* A sample blob with every section in it, and what it takes to spoil it. */
#include "rmpp_fixture.h"

static const struct rmpp_platform_ser platform = {
	.sev_state = RMPP_SEV_UNINIT, .snp_state = RMPP_SNP_UNINIT,
	.api_major = 1, .api_minor = 55, .build = cpu_to_le32(30),
	.flags = cpu_to_le32(RMPP_PLATFORM_SNP_EN | RMPP_PLATFORM_RMP_READ),
	.rmp_base = cpu_to_le64(0x70000000), .rmp_end = cpu_to_le64(0x70803fff),
	.region_pa = cpu_to_le64(0x1000000), .region_size = cpu_to_le64(0x400000),
	.nr_assigned = cpu_to_le64(1024), .nr_immutable = cpu_to_le64(3),
	.release = "6.12.0-test",
};

static const struct rmpp_extent_ser extents[] = {
	{ cpu_to_le64(0x1000), cpu_to_le64(0x200), cpu_to_le32(RMPP_REASON_ASSIGNED), 0 },
	{ cpu_to_le64(0x2000), cpu_to_le64(0x400), cpu_to_le32(RMPP_REASON_TMR), 0 },
	{ cpu_to_le64(0x4000), cpu_to_le64(0x200), cpu_to_le32(RMPP_REASON_LEAKED), 0 },
};

static const struct rmpp_run_ser runs[] = {
	{ cpu_to_le64(0x1000), cpu_to_le32(0x200), cpu_to_le16(1), RMPP_PAGE_GUEST_VALID, 0 },
	{ cpu_to_le64(0x1200), cpu_to_le32(1), cpu_to_le16(0), RMPP_PAGE_CONTEXT, 0 },
	{ cpu_to_le64(0x2000), cpu_to_le32(0x200), cpu_to_le16(0), RMPP_PAGE_FIRMWARE,
	  RMPP_RUN_2M },
};

static const struct rmpp_guest_ser guests[] = {
	{ .gctx_pa = cpu_to_le64(0x1200000), .asid = cpu_to_le32(1),
	  .kind = RMPP_GUEST_SNP, .fate = RMPP_FATE_LOST, .fw_state = 2 },
	{ .handle = cpu_to_le32(7), .asid = cpu_to_le32(100),
	  .kind = RMPP_GUEST_SEV_ES, .fate = RMPP_FATE_EVICTED, .fw_state = 0xff },
};

static const struct rmpp_step_ser steps[] = {
	{ .step = cpu_to_le16(RMPP_STEP_EVICT), .tries = cpu_to_le16(1) },
	{ .step = cpu_to_le16(RMPP_STEP_SNP_SHUTDOWN), .tries = cpu_to_le16(2),
	  .result = cpu_to_le32(5), .psp_status = cpu_to_le32(0xf) },
};

static const struct rmpp_flight_ser flight[] = {
	{ .time_ns = cpu_to_le64(1000), .command = cpu_to_le32(0x86),
	  .status = cpu_to_le32(0xf), .latency_us = cpu_to_le32(40) },
	{ .time_ns = cpu_to_le64(2000), .command = cpu_to_le32(0x84),
	  .status = cpu_to_le32(0xffffffff), .flags = cpu_to_le32(RMPP_FLIGHT_OPEN) },
};

static const struct rmpp_proof_ser proofs[] = {
	{ .gctx_pa = cpu_to_le64(0x7000), .page_pa = cpu_to_le64(0x8000), .sum = cpu_to_le32(1) },
	{ .gctx_pa = cpu_to_le64(0x9000), .page_pa = cpu_to_le64(0xa000), .sum = cpu_to_le32(2) },
};

/* sizes, checksums and places by sample_records() */
static struct rmpp_record_ser records[] = {
	{ .key = { 1 }, .uid = cpu_to_le32(1000),
	  .guest = { .gctx_pa = cpu_to_le64(0x1200000), .asid = cpu_to_le32(1),
		     .kind = RMPP_GUEST_SNP, .fate = RMPP_FATE_LOST, .fw_state = 2 } },
	{ .key = { 2 }, .uid = 0, .hops = cpu_to_le32(3),
	  .guest = { .handle = cpu_to_le32(7), .kind = RMPP_GUEST_SEV_ES,
		     .fate = RMPP_FATE_EVICTED, .fw_state = 0xff } },
};

const char sample_record[2][17] = { "hello", "sixteen bytes it" };
static u8 record_data[24];

static const struct rmpp_extent_ser top = {
	cpu_to_le64(0x7fc00), cpu_to_le64(0x3dd), cpu_to_le32(RMPP_REASON_ASSIGNED), 0
};

static void sample_records(void)
{
	u32 i, size;
	u64 at = 0;

	for (i = 0; i < ARRAY_LEN(records); i++) {
		size = (u32)strlen(sample_record[i]);
		records[i].size = cpu_to_le32(size);
		records[i].crc = cpu_to_le32(rmpp_record_crc(sample_record[i], size));
		records[i].offset = cpu_to_le64(at);
		memcpy(record_data + at, sample_record[i], size);
		at += rmpp_record_room(size) - sizeof(records[i]);
	}
	assert_int_equal(at, sizeof(record_data));
}

static const struct {
	u32 type, entry_size, count;
	const void *entries;
} sections[] = {
	{ RMPP_SECTION_PLATFORM, sizeof(platform), 1, &platform },
	{ RMPP_SECTION_QUARANTINE, sizeof(extents[0]), ARRAY_LEN(extents), extents },
	{ RMPP_SECTION_RMP_RUNS, sizeof(runs[0]), ARRAY_LEN(runs), runs },
	{ RMPP_SECTION_GUESTS, sizeof(guests[0]), ARRAY_LEN(guests), guests },
	{ RMPP_SECTION_STEPS, sizeof(steps[0]), ARRAY_LEN(steps), steps },
	{ RMPP_SECTION_FLIGHT, sizeof(flight[0]), ARRAY_LEN(flight), flight },
	/* from here on in sample_make_preserved() only */
	{ RMPP_SECTION_PROOFS, sizeof(proofs[0]), ARRAY_LEN(proofs), proofs },
	{ RMPP_SECTION_RECORDS, sizeof(records[0]), ARRAY_LEN(records), records },
	{ RMPP_SECTION_RECORD_DATA, RMPP_RECORD_ALIGN, sizeof(record_data) / RMPP_RECORD_ALIGN,
	  record_data },
	{ RMPP_SECTION_TOP, sizeof(top), 1, &top },
};

static void make(struct sample *s, unsigned int nr_sections)
{
	struct rmpp_writer w;
	unsigned int i, k;
	s64 size;

	sample_records();
	memset(s, 0, sizeof(*s));
	assert_int_equal(rmpp_writer_init(&w, s->data, sizeof(s->data), nr_sections + 2), 0);
	for (i = 0; i < nr_sections; i++) {
		const u8 *entry = sections[i].entries;

		assert_int_equal(rmpp_writer_begin(&w, sections[i].type, 0,
						   sections[i].entry_size), 0);
		for (k = 0; k < sections[i].count; k++, entry += sections[i].entry_size)
			assert_int_equal(rmpp_writer_entry(&w, entry), 0);
		assert_int_equal(rmpp_writer_end(&w), 0);
	}
	size = rmpp_writer_finish(&w, 3, 2, "sample");
	assert_true(size > 0);
	s->size = (u64)size;
}

void sample_make(struct sample *s)
{
	make(s, RMPP_SECTION_FLIGHT);
}

void sample_make_preserved(struct sample *s)
{
	make(s, ARRAY_LEN(sections));
}

struct rmpp_header_ser *sample_header(struct sample *s)
{
	return (struct rmpp_header_ser *)s->data;
}

struct rmpp_section_ser *sample_section(struct sample *s, u32 type)
{
	struct rmpp_section_ser *section = (void *)(sample_header(s) + 1);

	while (le32_to_cpu(section->type) != type)
		section++;
	return section;
}

void *sample_entry(struct sample *s, u32 type, u32 i)
{
	const struct rmpp_section_ser *section = sample_section(s, type);

	return s->data + le64_to_cpu(section->offset) +
	       (u64)i * le32_to_cpu(section->entry_size);
}

void sample_seal(struct sample *s)
{
	struct rmpp_header_ser *h = sample_header(s);
	struct rmpp_section_ser *section = (void *)(h + 1);
	u32 nr = le32_to_cpu(h->nr_sections), i;

	for (i = 0; i < nr && i < RMPP_MAX_SECTIONS; i++, section++) {
		u64 offset = le64_to_cpu(section->offset), size = le64_to_cpu(section->size);

		if (offset <= s->size && size <= s->size - offset)
			section->crc = cpu_to_le32(rmpp_crc32c(0, s->data + offset, size));
	}
	h->header_crc = 0;
	h->header_crc = cpu_to_le32(rmpp_crc32c(0, h, sizeof(*h) + nr * sizeof(*section)));
}

void golden_load(const char *path, u8 *data, u64 size)
{
	FILE *f = fopen(path, "rb");

	assert_non_null(f);
	assert_int_equal(fread(data, 1, size + 1, f), size);
	fclose(f);
}
