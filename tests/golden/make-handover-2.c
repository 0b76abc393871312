// SPDX-License-Identifier: GPL-2.0-only
/*
 * Made handover-2.blob, once: what make-handover-1.c says holds for it too. It has the
 * sections that handover-1 lacks: records of VMMs.
 *
 *   cc -Irmp-persist/include THIS-FILE rmp-persist/*.c
 *   ./a.out >tests/golden/handover-2.blob
 */
#include <stdio.h>

#include <rmp_persist/rmp_persist.h>

static const struct rmpp_platform_ser platform = {
	.sev_state = RMPP_SEV_UNINIT, .snp_state = RMPP_SNP_UNINIT,
	.api_major = 1, .api_minor = 55, .build = cpu_to_le32(30),
	.flags = cpu_to_le32(RMPP_PLATFORM_SNP_EN | RMPP_PLATFORM_RMP_READ | RMPP_PLATFORM_QUIESCED),
	.rmp_base = cpu_to_le64(0x7e000000), .rmp_end = cpu_to_le64(0x7f003fff),
	.region_pa = cpu_to_le64(0x2400000), .region_size = cpu_to_le64(0x400000),
	.policy = RMPP_POLICY_EVICT,
	.release = "6.12.117+deb12-amd64",
};

static const char text[2][24] = { "shared pages: 3, 4, 5", "eight by" };

/* the keys are SHA-256 of 32 bytes 0x11 and of 32 bytes 0x22 */
static struct rmpp_record_ser records[2] = {
	{
		.key = { 0x02, 0xd4, 0x49, 0xa3, 0x1f, 0xbb, 0x26, 0x7c, 0x8f, 0x35, 0x2e, 0x99,
			 0x68, 0xa7, 0x9e, 0x3e, 0x5f, 0xc9, 0x5c, 0x1b, 0xbe, 0xaa, 0x50, 0x2f,
			 0xd6, 0x45, 0x4e, 0xbd, 0xe5, 0xa4, 0xbe, 0xdc },
		.uid = cpu_to_le32(64055), .hops = 0,
		.guest = { .gctx_pa = cpu_to_le64(0x10204000), .asid = cpu_to_le32(5),
			   .policy = cpu_to_le64(0x30000), .kind = RMPP_GUEST_SNP,
			   .fate = RMPP_FATE_EVICTED, .fw_state = 0xff },
	}, {
		.key = { 0x9f, 0x72, 0xea, 0x0c, 0xf4, 0x95, 0x36, 0xe3, 0xc6, 0x6c, 0x78, 0x7f,
			 0x70, 0x51, 0x86, 0xdf, 0x9a, 0x43, 0x78, 0x08, 0x37, 0x53, 0xae, 0x95,
			 0x36, 0xd6, 0x5b, 0x3a, 0xd7, 0xfc, 0xdd, 0xc4 },
		.uid = 0, .hops = cpu_to_le32(2),
		.guest = { .handle = cpu_to_le32(4), .asid = cpu_to_le32(102),
			   .policy = cpu_to_le64(5), .kind = RMPP_GUEST_SEV_ES,
			   .fate = RMPP_FATE_DECOMMISSIONED, .fw_state = 0xff },
	},
};

static int put_records(struct rmpp_writer *w)
{
	u64 offset = 0;
	u32 i;
	int rc;

	rc = rmpp_writer_begin(w, RMPP_SECTION_RECORDS, 0, sizeof(records[0]));
	for (i = 0; i < 2 && !rc; i++) {
		u32 size = (u32)strlen(text[i]);

		records[i].offset = cpu_to_le64(offset);
		records[i].size = cpu_to_le32(size);
		records[i].crc = cpu_to_le32(rmpp_record_crc(text[i], size));
		offset += rmpp_record_room(size) - sizeof(records[i]);
		rc = rmpp_writer_entry(w, &records[i]);
	}
	rc = rc ? rc : rmpp_writer_end(w);
	rc = rc ? rc : rmpp_writer_begin(w, RMPP_SECTION_RECORD_DATA, 0, RMPP_RECORD_ALIGN);
	for (i = 0; i < 2 && !rc; i++)
		rc = rmpp_writer_record_data(w, text[i], (u32)strlen(text[i]));
	return rc ? rc : rmpp_writer_end(w);
}

int main(void)
{
	static u8 buf[4096] __attribute__((aligned(8)));
	struct rmpp_writer w;
	s64 size;

	if (rmpp_writer_init(&w, buf, sizeof(buf), 4) || put_records(&w) ||
	    rmpp_writer_begin(&w, RMPP_SECTION_PLATFORM, RMPP_SECTION_MUST_UNDERSTAND, sizeof(platform)) ||
	    rmpp_writer_entry(&w, &platform) || rmpp_writer_end(&w))
		return 1;
	size = rmpp_writer_finish(&w, 43, 4, "ccp_ext 0.1 (golden)");
	return size < 0 || fwrite(buf, 1, (size_t)size, stdout) != (size_t)size;
}
