// SPDX-License-Identifier: GPL-2.0-only
/* Images that kexec_file_load makes: what they carry, who may change them, and who may not load them. */
#include <string.h>

#include "hop.h"

#define SYSFS		"/sys/kernel/ccp_ext"
#define UNPACK		"tar -xOf /dev/vda vmlinuz-%s >/tmp/vmlinuz && tar -xOf /dev/vda initrd-%s >/tmp/initrd"
#define NOTHING_LOADED	"grep -qx 0 /sys/kernel/kexec_loaded && grep -qx none " SYSFS "/zone_commit"

static bool lives_with_quarantine(struct run *r)
{
	if (r->hop.quarantined <= 0)
		return fail(r, "nothing was quarantined, although the PSP refused to shut down");
	return fill_memory(r);
}

const struct scenario file_quarantine_scenario = {
	.name = "file-quarantine",
	.title = "images of kexec_file_load carry a quarantine",
	.config = { .name = "file-quarantine", .sets = { IOMMU_UNLOCKED }, .append = ASSUME_UNLOCKED },
	.steps = {
		{
			.name = "an_image_of_kexec_file_load_carries_the_quarantine",
			.label = "file, SHUTDOWN refused",
			.next = "6.12", .sev_es = 2, .snp = 2, .file = true,
			.before = refuse_shutdown, .after = lives_with_quarantine,
		},
		{
			.name = "and_on_by_another_one_to_6.1",
			.label = "file, and on to 6.1",
			.next = "6.1", .file = true, .after = lives_with_quarantine,
		},
		{
			.name = "whose_memory_map_7.3_understands_all_the_same",
			.label = "file, and on to 7.3",
			.next = "7.3", .file = true, .after = lives_with_quarantine,
		},
	},
};

const struct scenario file_control_scenario = {
	.name = "file-control",
	.title = "the control: the same, kexec_file_load as it is",
	.config = { .name = "file-control", .sets = { IOMMU_UNLOCKED },
		    .append = ASSUME_UNLOCKED " ccp_ext.on_unsafe=proceed" },
	.steps = {
		{
			.name = "an_image_of_kexec_file_load_that_nobody_steers_touches_what_is_not_ours",
			.label = "file, not steered, SHUTDOWN refused",
			.next = "6.12", .sev_es = 2, .snp = 2, .stock = true, .may_die = true, .touches = true,
			.before = refuse_shutdown, .after = hop_was_harmed,
		},
	},
};

static bool nobody_may_change_it(struct run *r)
{
	return inside_fails(r, 1, "busy", "echo changed | dd of=" SYSFS "/zone_data bs=1 seek=4194304 2>&1") &&
	       inside_fails(r, 1, "busy", "echo 0x1000 0 2>&1 >" SYSFS "/zone_commit") &&
	       inside(r, 60, "grep -q ^clean " SYSFS "/image && snp-kexec status");
}

static bool refuse_later(struct run *r)
{
	return nobody_may_change_it(r) && refuse_shutdown(r);
}

const struct scenario file_locked_iommu_scenario = {
	.name = "file-locked-iommu",
	.title = "an image of kexec_file_load cannot be told to leave the IOMMU alone",
	.config = { .name = "file-locked-iommu" },
	.steps = {
		{
			.name = "an_image_with_a_checksum_and_a_locked_iommu_end_in_a_cold_reset",
			.label = "file, IOMMU locked",
			.next = "6.12", .snp = 1, .file = true, .resets = true, .loaded = refuse_later,
		},
	},
};

#define LOCK_DOWN "mount -t securityfs none /sys/kernel/security && " \
	"echo integrity >/sys/kernel/security/lockdown"

static bool refuses_what_it_cannot_check(struct run *r)
{
	const char *series = r->scenario->config.series;

	return inside(r, 120, UNPACK, series, series) && inside(r, 30, LOCK_DOWN) &&
	       inside_fails(r, 1, "Operation not permitted", "stockkexec --page 2>&1") &&
	       inside_fails(r, 1, "Operation not permitted",
			    "echo changed | dd of=" SYSFS "/zone_data bs=1 seek=4194304 2>&1") &&
	       inside_fails(r, 2, "signature", "snp-kexec load /tmp/vmlinuz --initrd /tmp/initrd 2>&1") &&
	       inside(r, 30, NOTHING_LOADED);
}

#define LOCKDOWN(series_name) {										\
	.name = "lockdown-" series_name,								\
	.title = "a kernel that is locked down and trusts no key",					\
	.config = { .name = "lockdown-" series_name, .series = series_name },				\
	.steps = { {											\
		.name = "a_locked_down_" series_name "_starts_nothing_that_it_cannot_check",		\
		.after = refuses_what_it_cannot_check,							\
	} },												\
}

const struct scenario lockdown_scenarios[LOCKDOWN_NR] = { LOCKDOWN("6.12"), LOCKDOWN("7.3") };
