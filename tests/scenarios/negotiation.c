// SPDX-License-Identifier: GPL-2.0-only
/* What two kernels can make of each other: features that one has and the other lacks. */
#include <string.h>

#include "scenario.h"

#define SYSFS	"/sys/kernel/ccp_ext"

/* As if a later ccp_ext wrote it: bit 63 belongs to no feature. The tools see it before the jump. */
static bool mark_the_blob(struct run *r)
{
	return inside(r, 30, "echo 0x8000000000000000 >/sys/module/ccp_ext/parameters/assume_incompat") &&
	       inside_fails(r, 2, "0x8000000000000000, which this snp-kexec does not know",
			    "snp-kexec exec 2>&1");
}

/* Not a command to the firmware, not a page given back, and a reason that names the feature. */
static bool leaves_all_of_it_alone(struct run *r)
{
	if (r->hop.quarantined <= 0 || r->hop.kept != r->hop.quarantined)
		return fail(r, "%lld of %lld pages are still kept out", r->hop.kept, r->hop.quarantined);
	return inside(r, 30, "cd " SYSFS " && grep -qx 'found 1' restore && "
		      "grep -qx 'error -5 unknown incompatible feature' restore && "
		      "grep -qx 'lacks 63:?' restore && grep -qx 'psp_commands 0' restore && "
		      "grep -qx 'pages_freed 0' restore") &&
	       inside(r, 30, "cd " SYSFS " && grep -q . quarantine && grep -qx degraded state && "
		      "grep -q 'nothing is restored.*incompatible feature' state") &&
	       inside(r, 30, "dmesg | grep -q 'hand-over feature 63 (?), which this ccp_ext cannot restore'") &&
	       fill_memory(r);
}

static bool gets_all_of_it_back(struct run *r)
{
	if (r->hop.quarantined <= 0 || r->hop.kept)
		return fail(r, "%lld of %lld pages are still kept out", r->hop.kept, r->hop.quarantined);
	return inside(r, 30, "cd " SYSFS " && grep -qx 'error 0 none' restore && grep -qx 'lacks none' restore && "
		      "grep -qx 'pages_freed %lld' restore", r->hop.quarantined) && fill_memory(r);
}

const struct scenario unknown_feature_scenario = {
	.name = "unknown-feature",
	.title = "the previous kernel used a feature that the next one lacks",
	.config = { .name = "unknown-feature" },
	.steps = {
		{
			.name = "a_blob_with_an_unknown_feature_is_left_alone_and_its_quarantine_kept",
			.label = "unknown feature, SHUTDOWN refused",
			.next = "6.12", .sev_es = 2, .snp = 2, .force = true,
			.before = refuse_shutdown, .loaded = mark_the_blob, .after = leaves_all_of_it_alone,
		},
		{
			.name = "a_kernel_that_knows_all_features_gets_what_was_handed_on_back",
			.label = "... and on, all features known",
			.next = "6.12", .before = answer_again, .after = gets_all_of_it_back,
		},
	},
};

#define UNPACK "cd /tmp && tar -xf /dev/vda vmlinuz-6.12 initrd-6.12 vmlinuz-6.1"

/* The images of these tests are annotated when they are made. */
static bool goes_with_what_it_reads(struct run *r)
{
	return inside(r, 120, UNPACK " && snp-kexec preflight vmlinuz-6.12 initrd-6.12") &&
	       inside(r, 60, "cd /tmp && snp-kexec preflight vmlinuz-6.12 initrd-6.12 >out && "
		      "grep -q 'quarantine *should *yes *go' out && grep -q '1 SEV-ES, 1 SNP' out && "
		      "grep -q 'firmware *snp *INIT' out && grep -q 'Guest-Valid' out") &&
	       inside(r, 60, "cd /tmp && snp-kexec preflight vmlinuz-6.1 initrd-6.12 >out && "
		      "grep -q 'snp-host *should *no *loss' out && grep -q 'does not load in 6.1' out") &&
	       inside(r, 60, "cd /tmp && snp-kexec preflight vmlinuz-6.12 >out && "
		      "grep -q 'quarantine *should *no *loss' out");
}

/* An ACPI table, that of microcode being for real processors: the kernel finds both by one function. */
#define TABLE "printf 'SSDT\\044\\000\\000\\000\\002\\%03oCCPEXTEARLYAML\\001\\000\\000\\000TEST\\001\\000\\000\\000'"

static bool annotates_what_has_an_early_archive(struct run *r)
{
	static const char bytes[] = "SSDT\x24\0\0\0\2\0CCPEXTEARLYAML\1\0\0\0TEST\1\0\0";
	unsigned char sum = 0;

	for (unsigned int i = 0; i < sizeof(bytes); i++)
		sum -= (unsigned char)bytes[i];
	return inside(r, 60, "mkdir -p /tmp/early/kernel/firmware/acpi && cd /tmp/early && "
		      TABLE " >kernel/firmware/acpi/test.aml && "
		      "find . | cpio -o -H newc >/tmp/initrd", sum) &&
	       inside(r, 120, "cd /tmp && cat initrd-6.12 >>initrd && snp-kexec annotate "
		      "--module /lib/modules/$(uname -r)/ccp_ext.ko initrd && "
		      "head -c 126 initrd | grep -q ccp_ext.handover && "
		      "snp-kexec load vmlinuz-6.12 --initrd initrd && "
		      "grep -qw give-back " SYSFS "/image_features && rm initrd* vmlinuz*");
}

static bool finds_the_early_archive(struct run *r)
{
	return inside(r, 30, "dmesg | grep 'ACPI table found in initrd.*kernel/firmware/acpi/test.aml' && "
		      "grep -q '^features quarantine' /ccp_ext.handover");
}

const struct scenario negotiation_scenario = {
	.name = "negotiation",
	.title = "preflight reads what the image can; the kernel reads what it read before",
	.config = { .name = "negotiation" },
	.steps = {
		{
			.name = "preflight_reads_what_the_image_can_restore",
			.sev_es = 1, .snp = 1, .after = goes_with_what_it_reads,
		},
		{
			.name = "the_kernel_finds_early_files_behind_an_annotation",
			.label = "annotated, with an early archive",
			.next = "6.12", .loaded = annotates_what_has_an_early_archive,
			.after = finds_the_early_archive,
		},
	},
};
