// SPDX-License-Identifier: GPL-2.0-only
/* What KHO brings is damaged on the way: its FDT, what the FDT says, or the blob. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kho.h"

#define BLOB_OFFSET	4096
#define SETUP_DATA	0x250	/* hdr.setup_data in boot_params */
#define SETUP_KHO	10
/*
 * Of KHO's FDT: its node's property, behind the root's two and the node's name, libfdt adding nodes
 * in front of others. That this is the place the next kernel's words tell.
 */
#define NAMED_ADDRESS	128
#define HEAD_BYTES	8192

static bool corrupt_at_jump(struct run *r, long long pa, int len)
{
	char fault[128];

	snprintf(fault, sizeof(fault), "{\"on\":\"kexec-jump\",\"action\":\"corrupt\",\"pa\":%lld,\"len\":%d}", pa, len);
	return !machine_control(&r->machine, "fault-add", json_tokener_parse(fault), NULL) ||
	       fail(r, "the machine does not take the fault %s", fault);
}

static bool corrupt_the_blob(struct run *r)
{
	return inside(r, 30, "cat " SYSFS "/region_address") &&
	       corrupt_at_jump(r, strtoll(r->output, NULL, 0) + BLOB_OFFSET + 64, 4);
}

static unsigned long long le64(const unsigned char *p)
{
	unsigned long long v = 0;

	for (int i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

/* The loaded image's setup_data, which begins behind its boot_params, names KHO's FDT. */
static bool find_fdt(struct run *r, unsigned long long *fdt)
{
	static unsigned char head[HEAD_BYTES];
	unsigned long long zone, node;
	const char *text;

	if (!inside(r, 30, "cat " SYSFS "/zone_address"))
		return false;
	zone = strtoull(r->output, NULL, 0);
	if (!inside(r, 30, "dd if=" SYSFS "/zone_data bs=4096 count=%d 2>/dev/null | hexdump -v -e '/1 \"%%02x\"'",
		    HEAD_BYTES / 4096))
		return false;
	text = r->output;
	for (int i = 0; i < HEAD_BYTES && sscanf(text, "%2hhx", &head[i]) == 1; i++)
		text += 2;
	for (node = le64(head + SETUP_DATA); node - zone < HEAD_BYTES - 32; node = le64(head + (node - zone)))
		if (head[node - zone + 8] == SETUP_KHO) {
			*fdt = le64(head + (node - zone) + 16);
			return *fdt || fail(r, "the image has KHO's node, and it is empty");
		}
	return fail(r, "the image carries no KHO data");
}

static bool corrupt_the_fdt(struct run *r)
{
	unsigned long long fdt;

	return find_fdt(r, &fdt) && corrupt_at_jump(r, fdt, 4);
}

/* Bits 24 to 31: it is aligned as before, and somewhere else. */
static bool corrupt_the_address_in_the_fdt(struct run *r)
{
	unsigned long long fdt;

	return find_fdt(r, &fdt) && corrupt_at_jump(r, fdt + NAMED_ADDRESS + 3, 1);
}

static bool refuses_the_blob(struct run *r)
{
	if (r->hop.quarantined <= 0 || r->hop.kept != r->hop.quarantined)
		return fail(r, "%lld of %lld pages are still kept out", r->hop.kept, r->hop.quarantined);
	return inside(r, 30, "cd " SYSFS " && grep -qx 'carrier kho' restore && grep -qE '^error -[1-9]' restore && "
		      "grep -qx 'pages_freed 0' restore && grep -q . quarantine && grep -qx degraded state || "
		      "{ cat restore; false; }") && fill_memory(r);
}

static bool refuses_the_name(struct run *r)
{
	return inside(r, 30, "grep -q 'KHO names a region that it does not keep' " SYSFS "/state && "
			     "! dmesg | grep WARNING || { cat " SYSFS "/state; false; }") && kho_knows_nothing(r);
}

static bool had_no_kho(struct run *r)
{
	return inside(r, 30, "dmesg | grep 'KHO: setup: handover FDT .* is invalid'") && kho_knows_nothing(r);
}

#define DAMAGED(what, title_text, test, does, sees) {						\
	.name = "kho-" what, .title = title_text, .on_demand = true,				\
	.config = { .name = "kho-" what, .sets = { IOMMU_UNLOCKED },				\
		    MACHINE(" nohandover " ASSUME_UNLOCKED) },					\
	.steps = { {										\
		.name = test, .label = "KHO, " what, .next = KHO, .file = true, .sev_es = 1, .snp = 1, \
		.before = refuse_shutdown, .loaded = does, .after = sees,			\
	} },											\
}

const struct scenario kho_damaged_scenarios[KHO_DAMAGED_NR] = {
	DAMAGED("bad-blob", "the blob that KHO brings is damaged by the jump",
		"a_damaged_blob_is_refused_and_the_quarantine_kept", corrupt_the_blob, refuses_the_blob),
	DAMAGED("bad-address", "KHO's FDT names another place",
		"a_region_that_kho_does_not_keep_is_refused_and_the_quarantine_kept",
		corrupt_the_address_in_the_fdt, refuses_the_name),
	DAMAGED("bad-fdt", "KHO's FDT is damaged by the jump",
		"without_a_valid_fdt_the_quarantine_is_kept_all_the_same", corrupt_the_fdt, had_no_kho),
};
