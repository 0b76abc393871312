// SPDX-License-Identifier: GPL-2.0-only
/* /sys/kernel/ccp_ext; every file is described in docs/ABI/. */
#include "ccp_ext.h"
#include "panic.h"
#include "sysfs.h"

#include <linux/mm.h>
#include <linux/slab.h>

static struct kobject *kobj;

SHOW(version)
{
	return sysfs_emit(buf, "%s\n", CCPX_VERSION);
}
RO(version);

SHOW(state)
{
	bool degraded = !ccpx_watch_complete() || !ccpx_image_armed() || !ccpx_memory.zone_pa;
	struct ccpx_watch_state w;
	struct ccpx_rmp rmp;
	ssize_t n;

	ccpx_watch_get(&w);
	if (ccpx_rmp_open(&rmp) || ccpx_restore.hidden || ccpx_restore.err || w.unanswered ||
	    ccpx_restore.quiesce.psp_dead)
		degraded = true;
	n = sysfs_emit(buf, "%s\n", ccpx_leaving ? "shutdown" :
		       !ccpx_sev_capable() && !rmp.base ? "unsupported" :
		       degraded ? "degraded" : "ready");
	if (!ccpx_watch_complete())
		n += sysfs_emit_at(buf, n, "ccp was loaded before ccp_ext, or commands were missed\n");
	if (!ccpx_watch_armed())
		n += sysfs_emit_at(buf, n, "ccp is not loaded\n");
	if (!ccpx_image_armed())
		n += sysfs_emit_at(buf, n, "kexec images cannot be watched\n");
	if (!ccpx_memory.zone_pa)
		n += sysfs_emit_at(buf, n, "no landing zone\n");
	if (ccpx_restore.err)
		n += sysfs_emit_at(buf, n, "nothing is restored of what the previous kernel handed over: %s\n",
				   ccpx_restore.what);
	if (ccpx_restore.hidden)
		n += sysfs_emit_at(buf, n, "memory that must be kept out is hidden from this kernel\n");
	if (w.unanswered)
		n += sysfs_emit_at(buf, n, "the firmware has not answered %s\n",
				   rmpp_psp_command_name(w.unanswered));
	if (ccpx_restore.quiesce.psp_dead)
		n += sysfs_emit_at(buf, n, "the PSP did not answer when this kernel began: it is kept from ccp, and nothing is given back\n");
	if (!rmp.base)
		n += sysfs_emit_at(buf, n, "no RMP: SEV-SNP is off\n");
	else if (!rmp.readable)
		n += sysfs_emit_at(buf, n, "RMP cannot be read\n");
	if (rmp.nr_cpus_snp_en && rmp.nr_cpus_snp_en != rmp.nr_cpus)
		n += sysfs_emit_at(buf, n, "SNP_EN is set on %u of %u CPUs\n",
				   rmp.nr_cpus_snp_en, rmp.nr_cpus);
	if (!ccpx_params.quarantine)
		n += sysfs_emit_at(buf, n, "quarantine is off\n");
	ccpx_rmp_close(&rmp);
	return n;
}
RO(state);

SHOW(policy)
{
	return sysfs_emit(buf, "%s\n", rmpp_policy_name(ccpx_params.policy));
}

STORE(policy)
{
	int rc;

	if (mutex_lock_interruptible(&ccpx_lock))
		return -ERESTARTSYS;
	rc = ccpx_policy_set(buf);
	mutex_unlock(&ccpx_lock);
	return rc ?: count;
}
RW(policy);

SHOW(adopted)
{
	ssize_t n;

	if (mutex_lock_interruptible(&ccpx_lock))
		return -ERESTARTSYS;
	n = ccpx_adopted_show(buf, PAGE_SIZE);
	mutex_unlock(&ccpx_lock);
	return n;
}
RO(adopted);

STORE(adopted_release)
{
	u64 gctx_pa = 0;
	int rc = 0;

	if (!sysfs_streq(buf, "all"))
		rc = kstrtou64(buf, 0, &gctx_pa) ?: gctx_pa ? 0 : -EINVAL;
	if (rc)
		return rc;
	if (mutex_lock_interruptible(&ccpx_lock))
		return -ERESTARTSYS;
	rc = ccpx_leaving ? -EBUSY : ccpx_adopted_release(gctx_pa);
	mutex_unlock(&ccpx_lock);
	return rc ?: count;
}
static struct kobj_attribute adopted_release_attr = __ATTR(adopted_release, 0200, NULL,
							     adopted_release_store);

SHOW(records)
{
	return ccpx_records_show(buf, PAGE_SIZE);
}
RO(records);

STORE(record_erase)
{
	u32 id = 0;
	int rc = 0;

	if (!sysfs_streq(buf, "all"))
		rc = kstrtou32(buf, 10, &id) ?: id ? 0 : -EINVAL;
	rc = rc ?: ccpx_records_erase(id);
	return rc ?: count;
}
static struct kobj_attribute record_erase_attr = __ATTR(record_erase, 0200, NULL, record_erase_store);

SHOW(on_unsafe)
{
	return sysfs_emit(buf, "%s\n", ccpx_on_unsafe_names[ccpx_params.on_unsafe]);
}

STORE(on_unsafe)
{
	int i = sysfs_match_string(ccpx_on_unsafe_names, buf);

	if (i < 0)
		return i;
	ccpx_params.on_unsafe = i;
	return count;
}
RW(on_unsafe);

SHOW(probes)
{
	const struct { const char *name; bool armed; } v[] = {
		{ "psp_watch", ccpx_watch_armed() },
		{ "ccp_teardown", ccpx_gate_can_freeze() },
		{ "ccp_commands", ccpx_gate_can_refuse() },
		{ "page_assigned", ccpx_gate_sees_pages() },
		{ "kexec_image", ccpx_image_armed() },
		{ "kexec_file", ccpx_image_file_armed() },
		{ "last_look", ccpx_jump_armed() },
		{ "reset_reason", ccpx_reset_armed() },
	};
	ssize_t n = 0;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(v); i++)
		n += sysfs_emit_at(buf, n, "%s %s\n", v[i].name, v[i].armed ? "armed" : "missing");
	return n;
}
RO(probes);

SHOW(features)
{
	static const char * const does[] = {
		[RMPP_DOES_WRITE] = "write", [RMPP_DOES_RESTORE] = "restore", [RMPP_DOES_BOTH] = "both",
	};
	ssize_t n = 0;
	u32 i;

	for (i = 0; i < RMPP_NR_FEATURES; i++)
		if (rmpp_feature_does(i))
			n += sysfs_emit_at(buf, n, "%s %s\n", rmpp_feature_name(i),
					   does[rmpp_feature_does(i)]);
	return n;
}
RO(features);

/* RMPP_SEV_* or RMPP_SNP_* as a word */
const char *ccpx_firmware_state(u8 state)
{
	static const char * const word[] = { "UNINIT", "INIT", "WORKING" };

	if (state == RMPP_SNP_ABSENT)
		return "absent";
	return state < ARRAY_SIZE(word) ? word[state] : "?";
}

/* Asks it: whoever decides on a jump wants to know whether it still answers. */
SHOW(firmware)
{
	static struct ccpx_quiesce q;
	struct ccpx_psp psp;
	ssize_t n;
	int rc;

	if (mutex_lock_interruptible(&ccpx_lock))
		return -ERESTARTSYS;
	/* the way out waits for this lock: not for as long as ccp would wait for an answer */
	ccpx_quiesce_begin(&q, ccpx_params.budget_ms);
	rc = ccpx_leaving ? -EBUSY : ccpx_psp_open(&psp, q.deadline_ns);
	if (!rc) {
		ccpx_quiesce_at_rest(&q, &psp);
		ccpx_psp_close(&psp);
	}
	n = sysfs_emit(buf, "api %u.%u\nbuild %u\nsev %s\nsnp %s\n", q.api_major, q.api_minor,
		       q.build, rc == -ENODEV ? "absent" : ccpx_firmware_state(q.sev_state),
		       rc == -ENODEV ? "absent" : ccpx_firmware_state(q.snp_state));
	mutex_unlock(&ccpx_lock);
	return rc && rc != -ENODEV ? rc : n;
}
RO(firmware);

static ssize_t emit_extents(char *buf, const struct rmpp_extents *x)
{
	ssize_t n = 0;
	u32 i;

	/*
	 * A page of text holds about 100 lines, as many as the chain has nodes. A
	 * list that is cut says so: nobody may take it for the whole.
	 */
	for (i = 0; i < x->nr && n < PAGE_SIZE - 64; i++)
		n += sysfs_emit_at(buf, n, "%#llx %llu %#x\n", x->v[i].pfn << PAGE_SHIFT,
				   x->v[i].nr_pages, x->v[i].reason);
	if (i < x->nr)
		n += sysfs_emit_at(buf, n, "...\n");
	return n;
}

SHOW(quarantine)
{
	ssize_t n;

	if (mutex_lock_interruptible(&ccpx_lock))
		return -ERESTARTSYS;
	n = emit_extents(buf, &ccpx_restore.held);
	mutex_unlock(&ccpx_lock);
	return n;
}
RO(quarantine);

SHOW(quarantine_next)
{
	struct ccpx_capture c;
	ssize_t n;
	int rc;

	if (mutex_lock_interruptible(&ccpx_lock))
		return -ERESTARTSYS;
	rc = ccpx_capture(&c, NULL, NULL, 0);
	n = rc ? rc : emit_extents(buf, &c.extents);
	mutex_unlock(&ccpx_lock);
	return n;
}
RO(quarantine_next);

SHOW(restore)
{
	struct ccpx_restore *r = &ccpx_restore;
	u64 pending, held;
	ssize_t n;
	u32 bit;

	if (mutex_lock_interruptible(&ccpx_lock))
		return -ERESTARTSYS;
	pending = ccpx_giveback_pending();
	held = rmpp_extents_pages(&r->held);
	n = sysfs_emit(buf,
		"found %d\ncarrier %s\nerror %d %s\nhops %llu\nquiesce_us %llu\nblackout_us %llu\n"
		"pages_quarantined %llu\npages_reclaimed %llu\npages_freed %llu\npages_dropped %llu\n"
		"pages_kept %llu\npages_pending %llu\npsp_commands %llu\nlacks%s",
		r->found, !r->found ? "none" : r->by_kho ? "kho" : "setup_data", r->err, r->err ? r->what : "none", r->boot_count, r->quiesce_us, r->blackout_us,
		r->nr_quarantined, r->nr_reclaimed, r->nr_freed, r->nr_dropped,
		held - pending, pending, r->nr_commands, r->lacks ? "" : " none");
	mutex_unlock(&ccpx_lock);
	for (bit = 0; bit < 64; bit++)
		if (r->lacks & 1ULL << bit)
			n += sysfs_emit_at(buf, n, " %u:%s", bit, rmpp_incompat_name(bit));
	return n + sysfs_emit_at(buf, n, "\n");
}
RO(restore);

SHOW(giveback)
{
	ssize_t n;

	if (mutex_lock_interruptible(&ccpx_lock))
		return -ERESTARTSYS;
	n = ccpx_giveback_show(buf);
	mutex_unlock(&ccpx_lock);
	return n;
}
RO(giveback);

SHOW(last_shutdown)
{
	const struct rmpp_step_ser *s;
	ssize_t n = 0;
	u32 i;

	if (!ccpx_restore.blob_valid)
		return 0;
	for (i = 0; (s = rmpp_blob_entry(&ccpx_restore.blob, RMPP_SECTION_STEPS, i)); i++)
		n += sysfs_emit_at(buf, n, "%s %u %u %#x %u %llu %llu\n",
				   rmpp_step_name(le16_to_cpu(s->step)), le16_to_cpu(s->tries),
				   le32_to_cpu(s->result), le32_to_cpu(s->psp_status),
				   le32_to_cpu(s->count), le64_to_cpu(s->start_us),
				   le64_to_cpu(s->duration_us));
	return n;
}
RO(last_shutdown);

SHOW(flight)
{
	static struct rmpp_flight_ser v[CCPX_NR_FLIGHT];
	ssize_t n = 0;
	u32 i, nr;

	if (mutex_lock_interruptible(&ccpx_lock))
		return -ERESTARTSYS;
	nr = ccpx_watch_flight(v, ARRAY_SIZE(v));
	for (i = 0; i < nr; i++)
		n += sysfs_emit_at(buf, n, "%llu %s %#x %u\n", le64_to_cpu(v[i].time_ns),
				   rmpp_psp_command_name(le32_to_cpu(v[i].command)),
				   le32_to_cpu(v[i].status), le32_to_cpu(v[i].latency_us));
	mutex_unlock(&ccpx_lock);
	return n;
}
RO(flight);

SHOW(crash_handover) { return ccpx_panic_show(buf); }
RO(crash_handover);

static struct attribute *attrs[] = {
	&version_attr.attr, &state_attr.attr, &policy_attr.attr, &on_unsafe_attr.attr,
	&probes_attr.attr, &features_attr.attr, &firmware_attr.attr, &quarantine_attr.attr,
	&quarantine_next_attr.attr, &restore_attr.attr, &giveback_attr.attr,
	&adopted_attr.attr, &adopted_release_attr.attr, &records_attr.attr, &record_erase_attr.attr,
	&last_shutdown_attr.attr, &flight_attr.attr, &crash_handover_attr.attr, NULL
};

static const struct attribute_group group = { .attrs = attrs };

static const struct attribute_group *groups[] = {
	&group, &ccpx_sysfs_image_group, &ccpx_sysfs_blob_group, &ccpx_sysfs_psp_group, NULL
};

/* Wakes up whoever polls the file. Context: process. */
void ccpx_sysfs_notify(const char *name)
{
	if (kobj)
		sysfs_notify(kobj, NULL, name);
}

int ccpx_sysfs_init(void)
{
	int rc;

	kobj = kobject_create_and_add("ccp_ext", kernel_kobj);
	if (!kobj)
		return -ENOMEM;
	rc = sysfs_create_groups(kobj, groups);
	if (rc) {
		kobject_put(kobj);
		kobj = NULL;
	}
	return rc;
}

void ccpx_sysfs_exit(void)
{
	struct kobject *k = kobj;

	/* ccpx_sysfs_notify() runs under this lock */
	mutex_lock(&ccpx_lock);
	kobj = NULL;
	mutex_unlock(&ccpx_lock);
	sysfs_remove_groups(k, groups);
	kobject_put(k);
	ccpx_sysfs_blob_exit();
}
