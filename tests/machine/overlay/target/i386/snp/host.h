/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TARGET_I386_SNP_HOST_H
#define TARGET_I386_SNP_HOST_H

#include "qemu/notify.h"
#include "qom/object.h"
#include "exec/hwaddr.h"
#include "qapi/qapi-types-common.h"

#define TYPE_SNP_HOST "snp-host"
OBJECT_DECLARE_SIMPLE_TYPE(SnpHost, SNP_HOST)

#define SNP_MAX_CPUS 256

/**
 * struct snp_profile - what one processor generation offers
 * @name: value of the object's profile property
 * @firmware: version of a firmware of its time, where no property says otherwise
 * @snp: has SEV-SNP: an RMP, its instructions and the firmware's SNP commands
 * @cpuid_eax: CPUID Fn8000_001F EAX, the feature bits
 * @cpuid_ebx: ... EBX: C-bit position, address bits lost, number of VMPLs
 * @segment_eax: CPUID Fn8000_0025 EAX: smallest and largest segment of an RMP
 * @segment_ebx: ... EBX: how many segments the processor caches
 * @nr_asids: CPUID Fn8000_001F ECX: the highest ASID a guest may have
 * @min_sev_asid: ... EDX: ASIDs below this one are for SEV-ES and SNP guests
 * @rmpread: has RMPREAD, and its RMP's raw layout is nobody's business
 * @rmp_segments: has the segmented RMP (MSR RMP_CFG)
 * @ciphertext_hiding: SNP_INIT_EX can make the host's reads of guests' pages all ones
 * @x86_snp_shutdown: SNP_SHUTDOWN_EX can clear SNPEn, where no property says otherwise
 * @ccx_cpus: CPUs of one core complex, which share their caches
 * @nr_contexts: guests of all kinds that the firmware can hold
 */
struct snp_profile {
	const char *name;
	const char *firmware;
	bool snp;
	uint32_t cpuid_eax;
	uint32_t cpuid_ebx;
	uint32_t segment_eax;
	uint32_t segment_ebx;
	uint32_t nr_asids;
	uint32_t min_sev_asid;
	bool rmpread;
	bool rmp_segments;
	bool ciphertext_hiding;
	bool x86_snp_shutdown;
	unsigned int ccx_cpus;
	unsigned int nr_contexts;
};

/* State of one CPU that an INIT (a new kernel's AP bring-up) leaves alone. */
struct snp_cpu {
	uint64_t syscfg;
	uint64_t hwcr;
	uint64_t flushed;	/* stamp of its last WBINVD */
	hwaddr last_look;	/* at a guest's page */
	unsigned int blamed_arming;	/* the last one that it was seen not to check in */
};

struct SnpHost {
	Object parent;
	const struct snp_profile *profile;
	uint8_t api_major, api_minor, build;

	/* Rules that AMD's manuals leave open; docs/machine.md lists them. */
	bool rmp_subentries;
	uint16_t shutdown_active_status;
	bool flush_all_cpus;
	bool rmp_1g_whole;
	bool flush_by_complex;
	uint16_t complex_cpus;	/* CPUs of a core complex; 0: as the profile says */
	bool iommu_lock_enable;

	/* A rule that a test can do without, to look at what is behind it. */
	bool iommu_locks;

	/* Said by a property, or else by the profile. */
	bool firmware_given;
	struct {
		OnOffAuto x86_snp_shutdown;
		OnOffAuto rmp_segmented;
		OnOffAuto rmp_raw_zen3;
		OnOffAuto ciphertext_hiding;
	} wanted;
	bool x86_snp_shutdown;
	bool rmp_segmented;
	bool rmp_raw_zen3;
	bool ciphertext_hiding;

	char *faults;		/* name of a file of them, or NULL */
	char *core;		/* ... for what memory held when the host died, or NULL */
	bool latency;		/* commands take the time they take on hardware */
	bool count_reads_each;	/* a second look at a guest's page counts again */

	uint64_t rmp_size;	/* bytes; 0: as much as RAM needs */
	uint64_t rmp_tail;	/* bytes of RAM above the RMP */
	uint8_t rmp_segment_shift;
	hwaddr rmp_base;
	hwaddr rmp_end;		/* last byte */

	bool iommu_enforced;	/* from SNP_INIT_EX to IOMMU_SNP_SHUTDOWN */
	bool ciphertext_hidden;	/* from an SNP_INIT_EX that asked for it */
	uint64_t stamp;		/* orders WBINVDs against ASIDs' deaths */
	struct snp_cpu cpu[SNP_MAX_CPUS];
	Notifier machine_done;
};

/* The one object, or NULL. */
extern SnpHost *snp_host;

const struct snp_profile *snp_profile_find(const char *name);
char *snp_profile_names(void);

static inline bool snp_host_has_rmp(void)
{
	return snp_host && snp_host->rmp_base;
}

/* The IOMMU's registers are locked, and its own writes restricted. */
static inline bool snp_iommu_locked(void)
{
	return snp_host->iommu_enforced && snp_host->iommu_locks;
}

static inline unsigned int snp_host_complex(int cpu_index)
{
	return cpu_index / (snp_host->complex_cpus ?:
			    snp_host->profile->ccx_cpus);
}

static inline bool snp_host_firmware_from(unsigned int minor)
{
	return snp_host->api_major > 1 ||
	       (snp_host->api_major == 1 && snp_host->api_minor >= minor);
}

/* cpu.c */
void snp_cpu_reset_all(SnpHost *host);
bool snp_cpu_enabled(int cpu_index);
bool snp_cpu_ready_for_init(bool init_rmp);
void snp_cpu_disable_all(void);
uint64_t snp_cpu_stamp(void);
uint64_t snp_cpu_rip(CPUState *cs, uintptr_t ra);
bool snp_cpu_flushed_since(uint64_t stamp, uint64_t complexes);

#endif
