// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dumps of the whole machine, made by QEMU: all of its memory, the RMP included, and no filter. The
 * control of each is the dump itself, before rmpctl has taken out what is not the host's. With
 * KEEP_DUMPS in the environment they stay beside the logs.
 */
#include <stdlib.h>
#include <string.h>

#include "dump.h"
#include "hop.h"
#include "preserve.h"

#define SYSFS "/sys/kernel/ccp_ext"

/* One dump in each format: vmcore.elf and vmcore.kdump beside the logs. */
static bool dump_machine(struct run *r)
{
	static const char * const formats[][2] = { { "elf", "elf" }, { "kdump", "kdump-raw-zlib" } };
	char directory[512];
	size_t i;

	/* QEMU has a directory of its own */
	if (!on_host(r, 0, "pwd"))
		return false;
	r->output[strcspn(r->output, "\n")] = '\0';
	snprintf(directory, sizeof(directory), "%.500s", r->output);
	for (i = 0; i < 2; i++) {
		struct json_object *arguments = json_object_new_object();
		char to[600];

		snprintf(to, sizeof(to), "file:%s/vmcore.%s", directory, formats[i][0]);
		json_object_object_add(arguments, "paging", json_object_new_boolean(false));
		json_object_object_add(arguments, "protocol", json_object_new_string(to));
		json_object_object_add(arguments, "format", json_object_new_string(formats[i][1]));
		if (machine_monitor(&r->machine, "dump-guest-memory", arguments))
			return fail(r, "%s: %s", formats[i][1], r->machine.error);
	}
	return true;
}

/* The running host's own blob, for a dump whose region has only what a crash kernel is told. */
static bool fetch_blob(struct run *r)
{
	char path[512];
	FILE *f;
	bool ok;

	if (!inside(r, 60, "base64 " SYSFS "/blob"))
		return false;
	snprintf(path, sizeof(path), "%s/blob.base64", r->machine.logs);
	f = fopen(path, "w");
	ok = f && fputs(r->output, f) >= 0;
	if (f)
		ok = !fclose(f) && ok;
	return ok ? on_host(r, 0, "base64 -d blob.base64 >blob && $RMPCTL check blob") :
	       fail(r, "cannot write %s", path);
}

/* What audit lists is no less than what the machine itself counts as assigned, and is in the dump. */
static bool lists_what_is_assigned(struct run *r, const char *file, const char *options)
{
	long long assigned = hop_assigned_pages(&r->machine), listed, rmp;
	struct json_object *audit;
	char words[512];

	snprintf(words, sizeof(words), "%s %s", options, file);
	audit = dump_audit(r, 1, words);
	if (!audit)
		return false;
	listed = dump_number(audit, NULL, "listed");
	rmp = dump_number(audit, NULL, "rmp_pages");
	json_object_put(audit);
	snprintf(r->note, sizeof(r->note), "%lld pages assigned, %lld listed", assigned, listed);
	if (!rmp)
		return fail(r, "the RMP is not in the dump");
	/* pages of SEV-ES guests are in no RMP */
	return (assigned > 0 && listed >= assigned) ||
	       fail(r, "%lld pages are assigned, and only %lld are listed", assigned, listed);
}

static bool audit_and_scrub(struct run *r, const char *options)
{
	static const char * const files[] = { "vmcore.elf", "vmcore.kdump" };
	bool ok = dump_machine(r);
	size_t i;

	for (i = 0; ok && i < 2; i++)
		ok = lists_what_is_assigned(r, files[i], options) &&
		     on_host(r, 0, "$RMPCTL vmcore scrub %s %s clean", options, files[i]) &&
		     on_host(r, 0, "$RMPCTL vmcore audit %s clean", options) && on_host(r, 0, "rm clean");
	if (!getenv("KEEP_DUMPS"))
		ok = on_host(r, 0, "rm -f vmcore.elf vmcore.kdump clean") && ok;
	return ok;
}

static bool with_the_blob_of_sysfs(struct run *r)
{
	return fetch_blob(r) && audit_and_scrub(r, "--blob blob");
}

/* What the kernel keeps current in the region is enough: the RMP is in the dump. */
static bool with_the_region_in_the_dump(struct run *r)
{
	return audit_and_scrub(r, "");
}

const struct scenario dump_scenario = {
	.name = "kdump-machine", .on_demand = true,
	.title = "dumps of a host with guests, made by QEMU",
	.config = { .name = "kdump-machine", .memory = "1G", .monitor = true, .append = PRESERVE },
	.steps = {
		{
			.name = "a_dump_of_all_memory_is_audited_and_scrubbed_by_the_blob_of_sysfs",
			.sev_es = 1, .snp = 1, .after = with_the_blob_of_sysfs,
		},
		{
			.name = "the_hand_over_is_found_in_a_dump_and_tells_whose_its_pages_are",
			.after = with_the_region_in_the_dump,
		},
		{
			.name = "that_of_a_kernel_whose_guests_were_preserved_is_found_as_well",
			.label = "preserve, and a dump", .next = "6.12",
			.after = with_the_region_in_the_dump,
		},
	},
};
