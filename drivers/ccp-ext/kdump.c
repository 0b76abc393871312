// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module in a crash kernel: two sources, one filter, and the decision what to do without them.
 */
#include "ccp_ext.h"
#include "kdump.h"
#include "sysfs.h"

#include <linux/crash_dump.h>
#include <linux/mm.h>
#include <linux/slab.h>

/* 4 MiB and a half, of what is 128 MiB on a small host; less will do, with less precision */
#define MAX_EXTENTS	(1U << 18)
#define MIN_EXTENTS	(1U << 10)
#define EXTENTS_A_BUCKET 2

static struct ccpx_kdump kdump = { .untold = "nothing was handed over" };
static struct rmpp_filter filter;
static u64 nr_pages;
static const char *closed = "the sources are being read";	/* why, or NULL */

bool ccpx_in_crash_kernel(void)
{
	return is_kdump_kernel();
}

static int alloc_filter(void)
{
	struct rmpp_filter_extent *v;
	u32 *index, max;

	for (max = MAX_EXTENTS; max >= MIN_EXTENTS; max /= 2) {
		v = kvcalloc(max, sizeof(*v), GFP_KERNEL | __GFP_NOWARN);
		index = kvcalloc(max / EXTENTS_A_BUCKET, sizeof(*index), GFP_KERNEL | __GFP_NOWARN);
		if (v && index)
			return rmpp_filter_init(&filter, v, max, index, max / EXTENTS_A_BUCKET);
		kvfree(v);
		kvfree(index);
	}
	return -ENOMEM;
}

/*
 * Why nothing may be read, or NULL. The RMP tells all that is dangerous where SNP is enabled, the
 * hand-over where it is not, and in the RMP's place if it has a copy.
 */
static const char *why_closed(void)
{
	bool handed_over = kdump.handover == CCPX_SOURCE_READ;

	switch (kdump.rmp) {
	case CCPX_SOURCE_READ:
		return NULL;
	case CCPX_SOURCE_BAD:
		return handed_over && kdump.runs ? NULL :
		       "the RMP cannot be read, and nothing that was handed over tells of it";
	default:
		if (handed_over || !ccpx_sev_capable())
			return NULL;
		return kdump.handover == CCPX_SOURCE_BAD ?
		       "SEV is enabled without SNP, and what was handed over cannot be read" :
		       "SEV is enabled without SNP, and nothing was handed over (kdump_handover=)";
	}
}

static const char *source_word(enum ccpx_source source)
{
	static const char * const words[] = {
		[CCPX_SOURCE_NONE] = "none", [CCPX_SOURCE_READ] = "read", [CCPX_SOURCE_BAD] = "bad",
	};

	return words[source];
}

static const char *late_word(void)
{
	static const char * const words[] = {
		[CCPX_VMCORE_IN_TIME] = "no", [CCPX_VMCORE_WAS_OPENED] = "opened",
		[CCPX_VMCORE_IS_OPEN] = "open",
	};

	return words[ccpx_vmcore_was_late()];
}

static void summary(void)
{
	if (kdump.rmp == CCPX_SOURCE_BAD)
		pr_err("RMP: %s\n", kdump.rmp_why);
	if (kdump.handover == CCPX_SOURCE_BAD)
		pr_err("kdump_handover: %s%s\n", kdump.handover_why,
		       kdump.chain_alone ? "; its chain is kept from readers all the same" : "");
	if (closed) {
		pr_crit("/proc/vmcore is closed: %s. To dump all the same, and touch what is not the host's, start the crash kernel with modprobe.blacklist=ccp_ext\n",
			closed);
		return;
	}
	pr_info("/proc/vmcore without %llu pages in %u extents (RMP %s, handed over %s)\n",
		nr_pages, filter.nr, source_word(kdump.rmp), source_word(kdump.handover));
	if (kdump.handover != CCPX_SOURCE_READ && ccpx_sev_capable())
		pr_warn("/proc/vmcore: nothing was handed over: pages of SEV and SEV-ES guests, which no RMP names, are in it\n");
	if (kdump.rmp == CCPX_SOURCE_READ && kdump.untold)
		pr_warn("/proc/vmcore: a dump of it does not say which pages were left out: %s\n", kdump.untold);
	if (filter.granule_shift)
		pr_warn("/proc/vmcore: too little memory for all extents: rounded out to %llu KiB\n",
			(u64)PAGE_SIZE << filter.granule_shift >> 10);
}

/* ---- sysfs ---- */

SHOW(version)
{
	return sysfs_emit(buf, "%s\n", CCPX_VERSION);
}
RO(version);

static ssize_t tell(char *buf)
{
	ssize_t n;
	u32 i;

	n = sysfs_emit(buf, "state %s\n", closed ? "closed" : "filtered");
	if (closed)
		n += sysfs_emit_at(buf, n, "why %s\n", closed);
	n += sysfs_emit_at(buf, n, "rmp %s%s%s\n", source_word(kdump.rmp),
			   kdump.rmp_why ? " " : "", kdump.rmp_why ?: "");
	n += sysfs_emit_at(buf, n, "handover %s%s%s\n", source_word(kdump.handover),
			   kdump.handover_why ? " " : "", kdump.handover_why ?: "");
	if (kdump.release[0])
		n += sysfs_emit_at(buf, n, "handover_release %s\n", kdump.release);
	if (kdump.rmp == CCPX_SOURCE_READ)
		n += sysfs_emit_at(buf, n, "told %s%s\n", kdump.untold ? "no " : "yes", kdump.untold ?: "");
	n += sysfs_emit_at(buf, n, "late %s\nrefuses %d\n", late_word(), ccpx_vmcore_refuses());
	n += sysfs_emit_at(buf, n, "pages %llu\nextents %u\ngranule %llu\nwithheld %llu\nparts %llu\nruns %llu\n",
			   nr_pages, filter.nr, (u64)PAGE_SIZE << filter.granule_shift,
			   ccpx_vmcore_withheld(), ccpx_vmcore_parts(), ccpx_vmcore_runs());
	for (i = 0; i <= RMPP_PAGE_STATE_MAX; i++)
		if (kdump.counts.nr_pages[i])
			n += sysfs_emit_at(buf, n, "rmp_pages %s %llu\n", rmpp_page_state_name(i),
					   kdump.counts.nr_pages[i]);
	return n;
}

SHOW(vmcore)
{
	return tell(buf);
}
RO(vmcore);

static struct attribute *attrs[] = { &version_attr.attr, &vmcore_attr.attr, NULL };
static const struct attribute_group group = { .attrs = attrs };

static void make_files(void)
{
	struct kobject *kobj = kobject_create_and_add("ccp_ext", kernel_kobj);

	if (!kobj || sysfs_create_group(kobj, &group))
		pr_err("no files in sysfs\n");
}

/**
 * ccpx_kdump_init() - the module's whole work in a crash kernel
 *
 * Fails for nothing: a module that is not there filters nothing. It stays for good, since a callback that
 * is taken away would leave all pages to readers.
 *
 * Context: process, module init. Return: 0.
 */
int ccpx_kdump_init(void)
{
	int rc = ccpx_vmcore_close();

	__module_get(THIS_MODULE);
	make_files();
	if (rc) {
		closed = "this kernel has no /proc/vmcore";
		pr_warn("%s: nothing to filter\n", closed);
		return 0;
	}
	ccpx_note_reserve();
	ccpx_old_read();
	if (alloc_filter()) {
		closed = "there is no memory for a filter";
	} else {
		mutex_lock(&ccpx_lock);
		ccpx_kdump_read_rmp(&kdump, &filter);
		ccpx_kdump_read_handover(&kdump, &filter);
		mutex_unlock(&ccpx_lock);
		rmpp_filter_seal(&filter);
		nr_pages = rmpp_filter_pages(&filter);
		closed = why_closed();
	}
	summary();
	ccpx_note_write(tell);
	if (closed)
		return 0;
	ccpx_vmcore_map_cached();
	ccpx_vmcore_map_runs();
	ccpx_vmcore_filter(&filter);
	return 0;
}
