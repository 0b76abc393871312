/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The hand-over format: what one kernel leaves in memory for the next.
 *
 * This header is the specification; docs/format.md explains it. Everything is
 * little endian, naturally aligned and position independent: offsets count from
 * the first byte of the blob. Reserved fields are zero, and a reader refuses a
 * blob in which they are not. A field is never reused with another meaning.
 *
 *   +-----------------------+ 0
 *   | rmpp_header_ser       |
 *   +-----------------------+ header.header_size
 *   | rmpp_section_ser [n]  | sorted by offset
 *   +-----------------------+
 *   | section payloads      | each 8-byte aligned, gaps zero
 *   +-----------------------+ header.total_size
 *
 * Compatibility works by feature bits, not by version numbers: an unknown
 * "incompat" bit means "keep the quarantine, restore nothing"; an unknown
 * "compat" bit is ignored. Unknown sections are skipped unless they carry
 * RMPP_SECTION_MUST_UNDERSTAND.
 */
#ifndef RMP_PERSIST_FORMAT_H
#define RMP_PERSIST_FORMAT_H

#include <rmp_persist/env.h>
#include <rmp_persist/features.h>

#define RMPP_MAGIC		"SNPHAND\n"
#define RMPP_MAGIC_SIZE		8
#define RMPP_ALIGN		8
#define RMPP_MAX_SECTIONS	32
#define RMPP_WRITER_SIZE	64

/* header.incompat: bits and their names are in features.h */
/* header.compat */
#define RMPP_COMPAT_KNOWN	0ULL

struct rmpp_header_ser {
	__u8	magic[RMPP_MAGIC_SIZE];
	__le32	header_crc;	/* CRC32C of header and section table, this field 0 */
	__le16	header_size;	/* bytes: sizeof(struct rmpp_header_ser) */
	__le16	section_size;	/* bytes: sizeof(struct rmpp_section_ser) */
	__le64	incompat;
	__le64	compat;
	__le64	total_size;	/* bytes, whole blob */
	__le64	generation;	/* +1 each time the writer publishes anew */
	__le32	nr_sections;	/* <= RMPP_MAX_SECTIONS */
	__le32	reserved;
	__le64	boot_count;	/* hops since the last cold boot, as far as known */
	__u8	writer[RMPP_WRITER_SIZE]; /* NUL-terminated, for humans only */
};
rmpp_static_assert(sizeof(struct rmpp_header_ser) == 128);

/* rmpp_section_ser.flags */
#define RMPP_SECTION_MUST_UNDERSTAND	0x1u
#define RMPP_SECTION_FLAGS_KNOWN	0x1u

enum rmpp_section_type {
	RMPP_SECTION_PLATFORM	= 1,	/* exactly one rmpp_platform_ser */
	RMPP_SECTION_QUARANTINE	= 2,	/* rmpp_extent_ser: kept out of the next kernel */
	RMPP_SECTION_RMP_RUNS	= 3,	/* rmpp_run_ser: the RMP as it was at the jump */
	RMPP_SECTION_GUESTS	= 4,	/* rmpp_guest_ser */
	RMPP_SECTION_STEPS	= 5,	/* rmpp_step_ser: what quiesce did */
	RMPP_SECTION_FLIGHT	= 6,	/* rmpp_flight_ser: the last PSP commands */
	RMPP_SECTION_PROOFS	= 7,	/* rmpp_proof_ser: what preserved guests are told by */
	RMPP_SECTION_RECORDS	= 8,	/* rmpp_record_ser: what VMMs leave for themselves */
	RMPP_SECTION_RECORD_DATA = 9,	/* 8 bytes each: the records' bytes; absent: withheld */
	RMPP_SECTION_TOP	= 10,	/* one rmpp_extent_ser: cut off the end of RAM, see there */
	RMPP_SECTION_MAX	= 10,
};

struct rmpp_section_ser {
	__le32	type;		/* enum rmpp_section_type */
	__le32	flags;		/* RMPP_SECTION_* */
	__le64	offset;		/* bytes from the start of the blob */
	__le64	size;		/* bytes: entry_size * nr_entries */
	__le32	entry_size;	/* bytes; a longer entry than known is read by its head */
	__le32	crc;		/* CRC32C of the payload; of RECORD_DATA see there */
};
rmpp_static_assert(sizeof(struct rmpp_section_ser) == 32);

/* rmpp_platform_ser.sev_state; firmware's numbers, 0xff = not read */
#define RMPP_SEV_UNINIT		0
#define RMPP_SEV_INIT		1
#define RMPP_SEV_WORKING	2
#define RMPP_STATE_UNKNOWN	0xff
/* rmpp_platform_ser.snp_state */
#define RMPP_SNP_UNINIT		0
#define RMPP_SNP_INIT		1
#define RMPP_SNP_ABSENT		0xfe

/* rmpp_platform_ser.policy */
#define RMPP_POLICY_EVICT	0
#define RMPP_POLICY_LAZY	1
#define RMPP_POLICY_PRESERVE	2
#define RMPP_POLICY_MAX		2

/* rmpp_platform_ser.flags */
#define RMPP_PLATFORM_SNP_EN		0x01u	/* SYSCFG.SNP_EN set on every online CPU */
#define RMPP_PLATFORM_SNP_EN_MIXED	0x02u	/* ... on some CPUs only */
#define RMPP_PLATFORM_RMP_READ		0x04u	/* runs come from the RMP itself */
#define RMPP_PLATFORM_RUNS_COARSE	0x08u	/* too many runs: merged to 2 MiB blocks */
#define RMPP_PLATFORM_QUIESCED		0x10u	/* both firmware states read back UNINIT */
#define RMPP_PLATFORM_PSP_DEAD		0x20u	/* firmware stopped answering */
#define RMPP_PLATFORM_QUARANTINE_OFF	0x40u	/* chain left out on request (tests only) */
#define RMPP_PLATFORM_FLAGS_KNOWN	0x7fu

#define RMPP_RELEASE_SIZE	64

struct rmpp_platform_ser {
	__u8	sev_state;
	__u8	snp_state;
	__u8	api_major;
	__u8	api_minor;
	__le32	build;		/* firmware build number */
	__le32	flags;		/* RMPP_PLATFORM_* */
	__le32	guest_count;	/* firmware's own, 0xffffffff = not read */
	__le64	rmp_base;	/* MSR C001_0132, bytes */
	__le64	rmp_end;	/* MSR C001_0133, bytes, inclusive; 0 = none */
	__le64	rmp_cfg;	/* MSR C001_0136, 0 = contiguous */
	__le64	tmr_pa;		/* bytes; 0 = none known */
	__le64	tmr_size;	/* bytes; still locked if tmr_pa != 0 and not QUIESCED */
	__le64	region_pa;	/* the hand-over region itself */
	__le64	region_size;
	__le64	zone_pa;	/* landing zone of the image, 0 = none */
	__le64	zone_size;
	__u8	policy;		/* RMPP_POLICY_* */
	__u8	reserved8[7];
	__le64	nr_assigned;	/* 4 KiB pages assigned in the RMP, its own not counted */
	__le64	nr_immutable;	/* ... of them immutable */
	__le64	quiesce_us;	/* microseconds, notifier entry to publish */
	__le64	jump_tsc;	/* TSC when published, for the blackout */
	__le64	tsc_khz;
	__u8	release[RMPP_RELEASE_SIZE]; /* NUL-terminated kernel release */
	__le64	reserved[7];
};
rmpp_static_assert(sizeof(struct rmpp_platform_ser) == 256);

/* rmpp_extent_ser.reason: why kept out; bits, merged extents carry the union */
#define RMPP_REASON_ASSIGNED	0x01u	/* assigned in the RMP */
#define RMPP_REASON_TMR		0x02u	/* TMR that may still be locked */
#define RMPP_REASON_FIRMWARE	0x04u	/* firmware-owned (command or status pages) */
#define RMPP_REASON_LEAKED	0x08u	/* leaked by a previous kernel */
#define RMPP_REASON_HV_FIXED	0x10u
#define RMPP_REASON_INHERITED	0x20u	/* quarantined by an earlier hop */
#define RMPP_REASON_ROUNDING	0x40u	/* only because of the 2 MiB rule or merging */
#define RMPP_REASON_GUEST	0x80u	/* pinned for a SEV or SEV-ES guest */
#define RMPP_REASON_KNOWN	0xffu

/* Sorted by pfn, neither overlapping nor touching, nr_pages > 0. */
struct rmpp_extent_ser {
	__le64	pfn;
	__le64	nr_pages;
	__le32	reason;		/* RMPP_REASON_* */
	__le32	reserved;
};
rmpp_static_assert(sizeof(struct rmpp_extent_ser) == 24);

/*
 * TOP: a range that was RAM when the machine was started and is reserved in the map that the
 * next kernel gets, because of pages in it that nothing else can keep out there. It begins at
 * a 2 MiB block and ends where RAM did. A kernel that knows it may give what is free of it to
 * the one after; one that does not leaves it as it is.
 */

/* Page states by the names of the SEV-SNP firmware ABI (AMD 56860). */
enum rmpp_page_state {
	RMPP_PAGE_HYPERVISOR	= 0,
	RMPP_PAGE_HV_FIXED	= 1,
	RMPP_PAGE_FIRMWARE	= 2,
	RMPP_PAGE_RECLAIM	= 3,
	RMPP_PAGE_CONTEXT	= 4,
	RMPP_PAGE_METADATA	= 5,
	RMPP_PAGE_PRE_GUEST	= 6,
	RMPP_PAGE_PRE_SWAP	= 7,
	RMPP_PAGE_GUEST_INVALID	= 8,
	RMPP_PAGE_GUEST_VALID	= 9,
	RMPP_PAGE_MIXED		= 10,	/* only in coarse runs */
	RMPP_PAGE_STATE_MAX	= 10,
};

/* rmpp_run_ser.flags */
#define RMPP_RUN_2M		0x01u	/* covered by 2 MiB entries */
#define RMPP_RUN_VMSA		0x02u
#define RMPP_RUN_FLAGS_KNOWN	0x03u

/*
 * Equal neighbours of the RMP; pages in state Hypervisor are left out. Sorted
 * by pfn, not overlapping, nr_pages > 0.
 */
struct rmpp_run_ser {
	__le64	pfn;
	__le32	nr_pages;
	__le16	asid;
	__u8	state;		/* enum rmpp_page_state */
	__u8	flags;		/* RMPP_RUN_* */
};
rmpp_static_assert(sizeof(struct rmpp_run_ser) == 16);

/* rmpp_guest_ser.kind */
#define RMPP_GUEST_SEV		1
#define RMPP_GUEST_SEV_ES	2
#define RMPP_GUEST_SNP		3
/* rmpp_guest_ser.fate: what became of the guest before the jump */
#define RMPP_FATE_ALIVE		0	/* context still in the firmware */
#define RMPP_FATE_EVICTED	1	/* its VMM exited and KVM tore it down */
#define RMPP_FATE_DECOMMISSIONED 2	/* ended by ccp_ext, also at a panic */
#define RMPP_FATE_LOST		3	/* decommission failed */

/* rmpp_guest_ser.fw_state, as GUEST_STATUS (55766) and SNP_GUEST_STATUS (56860) number them */
#define RMPP_SEV_GUEST_INVALID	0
#define RMPP_SEV_GUEST_LUPDATE	1
#define RMPP_SEV_GUEST_LSECRET	2
#define RMPP_SEV_GUEST_RUNNING	3
#define RMPP_SEV_GUEST_SUPDATE	4
#define RMPP_SEV_GUEST_RUPDATE	5
#define RMPP_SEV_GUEST_SENT	6
#define RMPP_SNP_GUEST_INIT	0
#define RMPP_SNP_GUEST_LAUNCH	1
#define RMPP_SNP_GUEST_RUNNING	2

struct rmpp_guest_ser {
	__le64	gctx_pa;	/* SNP: context page; else 0 */
	__le32	handle;		/* SEV and SEV-ES: firmware handle; else 0 */
	__le32	asid;
	__le64	policy;
	__u8	kind;		/* RMPP_GUEST_* */
	__u8	fate;		/* RMPP_FATE_* */
	__u8	fw_state;	/* when the shutdown began; 0xff: not known */
	__u8	reserved8;
	__le32	reserved;
};
rmpp_static_assert(sizeof(struct rmpp_guest_ser) == 32);

enum rmpp_step {
	RMPP_STEP_EVICT			= 1,
	RMPP_STEP_DECOMMISSION		= 2,
	RMPP_STEP_WBINVD		= 3,
	RMPP_STEP_DF_FLUSH		= 4,
	RMPP_STEP_SNP_DF_FLUSH		= 5,
	RMPP_STEP_SEV_SHUTDOWN		= 6,
	RMPP_STEP_TMR_RECLAIM		= 7,
	RMPP_STEP_SNP_SHUTDOWN		= 8,
	RMPP_STEP_VERIFY		= 9,
	RMPP_STEP_SCAN			= 10,
	RMPP_STEP_CHAIN			= 11,
	RMPP_STEP_PUBLISH		= 12,
	RMPP_STEP_MAX			= 12,
};

struct rmpp_step_ser {
	__le16	step;		/* enum rmpp_step */
	__le16	tries;
	__le32	result;		/* 0, or a positive errno */
	__le32	psp_status;	/* firmware status of the last try */
	__le32	count;		/* pages, guests or CPUs, as the step counts */
	__le64	start_us;	/* microseconds since the notifier began */
	__le64	duration_us;
};
rmpp_static_assert(sizeof(struct rmpp_step_ser) == 32);

/* rmpp_flight_ser.flags */
#define RMPP_FLIGHT_OPEN	0x1u	/* no answer seen yet */
#define RMPP_FLIGHT_OWN		0x2u	/* issued by ccp_ext, not by ccp */
#define RMPP_FLIGHT_FLAGS_KNOWN	0x3u

/* Oldest first. */
struct rmpp_flight_ser {
	__le64	time_ns;	/* CLOCK_BOOTTIME of the writing kernel */
	__le32	command;	/* firmware's command number */
	__le32	status;		/* firmware's status, 0xffffffff = none */
	__le64	buffer_pa;	/* command buffer, 0 = none */
	__le32	latency_us;
	__le32	flags;		/* RMPP_FLIGHT_* */
};
rmpp_static_assert(sizeof(struct rmpp_flight_ser) == 32);

/* A page of a preserved guest whose policy allows debugging: policy "preserve". */
struct rmpp_proof_ser {
	__le64	gctx_pa;	/* the guest's context page */
	__le64	page_pa;	/* a page of the guest */
	__le32	sum;		/* CRC32C of its plaintext, 4 KiB, before the jump */
	__le32	reserved;
};
rmpp_static_assert(sizeof(struct rmpp_proof_ser) == 24);

#define RMPP_RECORD_MAX_SIZE	(1U << 20)	/* bytes */
#define RMPP_RECORD_KEY_SIZE	32		/* bytes: a SHA-256 */
#define RMPP_RECORD_ALIGN	8

/*
 * What a VMM left beside one of its guests: bytes that nobody else makes sense of. They
 * lie in RECORD_DATA in the order of the entries, each at the next multiple of
 * RMPP_RECORD_ALIGN, without a gap and with nothing behind the last one.
 *
 * RECORD_DATA is vouched for by the checksums of the records, taken when they were
 * attached, and not by that of its section: a reader that knows it takes a damaged record
 * for damaged, and the rest for sound. Where it is absent the bytes were left out.
 */
struct rmpp_record_ser {
	__u8	key[RMPP_RECORD_KEY_SIZE]; /* SHA-256 of the key that its owner chose */
	__le64	offset;		/* bytes from the start of RECORD_DATA */
	__le32	size;		/* bytes, 1 to RMPP_RECORD_MAX_SIZE */
	__le32	crc;		/* CRC32C of its bytes and the zeros up to RMPP_RECORD_ALIGN */
	__le32	uid;		/* its owner's effective user, as the initial namespace has it */
	__le32	hops;		/* jumps behind it when this was written */
	__le64	reserved;
	struct rmpp_guest_ser guest; /* the guest, as it was at the first of these jumps */
};
rmpp_static_assert(sizeof(struct rmpp_record_ser) == 96);
rmpp_static_assert(offsetof(struct rmpp_record_ser, guest) == 64);

#endif /* RMP_PERSIST_FORMAT_H */
