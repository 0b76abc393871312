// SPDX-License-Identifier: GPL-2.0-only
/* /sys/kernel/ccp_ext; every file is described in docs/ABI/. */
#include "ccp_ext.h"
#include "compat/compat.h"

#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

/*
 * Readers and writers may be VMMs, for whose end the reboot path waits with ccpx_lock held: a signal
 * ends their wait for it.
 */
static struct kobject *kobj;

#define RO(_name) static struct kobj_attribute _name##_attr = __ATTR_RO_MODE(_name, 0400)
#define RW(_name) static struct kobj_attribute _name##_attr = __ATTR_RW_MODE(_name, 0600)
#define SHOW(_name) static ssize_t _name##_show(struct kobject *k, struct kobj_attribute *a, char *buf)
#define STORE(_name) static ssize_t _name##_store(struct kobject *k, struct kobj_attribute *a, \
						  const char *buf, size_t count)

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
	else if (!rmp.table)
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

static const char *firmware_state(u8 state)
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
		       q.build, rc == -ENODEV ? "absent" : firmware_state(q.sev_state),
		       rc == -ENODEV ? "absent" : firmware_state(q.snp_state));
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

SHOW(region_address) { return sysfs_emit(buf, "%#llx\n", ccpx_memory.region_pa); }
RO(region_address);
SHOW(region_size) { return sysfs_emit(buf, "%#llx\n", ccpx_memory.region_size); }
RO(region_size);
SHOW(zone_address) { return sysfs_emit(buf, "%#llx\n", ccpx_memory.zone_pa); }
RO(zone_address);
SHOW(zone_size) { return sysfs_emit(buf, "%#llx\n", ccpx_memory.zone_size); }
RO(zone_size);

/* A locked down kernel starts nothing but what it has checked itself. Context: ccpx_lock held. */
static int zone_may_change(void)
{
	if (ccpx_leaving || ccpx_image_file_announced() || ccpx_zone_adopted(NULL))
		return -EBUSY;
	return security_locked_down(LOCKDOWN_KEXEC);
}

SHOW(zone_commit)
{
	return ccpx_image_commit_show(buf);
}

STORE(zone_commit)
{
	u64 used, entry;
	int rc;

	if (sscanf(buf, "%lli %lli", &used, &entry) != 2)
		return -EINVAL;
	if (mutex_lock_interruptible(&ccpx_lock))
		return -ERESTARTSYS;
	rc = used ? zone_may_change() : ccpx_leaving ? -EBUSY : 0;
	rc = rc ?: ccpx_image_commit(used, entry);
	mutex_unlock(&ccpx_lock);
	return rc ?: count;
}
RW(zone_commit);

SHOW(image_features)
{
	ssize_t n = 0;
	u32 i;

	if (mutex_lock_interruptible(&ccpx_lock))
		return -ERESTARTSYS;
	for (i = 0; i < RMPP_NR_FEATURES; i++)
		if (ccpx_image_can(i))
			n += sysfs_emit_at(buf, n, "%s%s", n ? " " : "", rmpp_feature_name(i));
	mutex_unlock(&ccpx_lock);
	return n + sysfs_emit_at(buf, n, "\n");
}

STORE(image_features)
{
	int rc;

	if (mutex_lock_interruptible(&ccpx_lock))
		return -ERESTARTSYS;
	rc = ccpx_leaving ? -EBUSY : ccpx_image_set_features(rmpp_features_parse(buf, count));
	mutex_unlock(&ccpx_lock);
	return rc ?: count;
}
RW(image_features);

SHOW(image)
{
	struct ccpx_capture c;
	ssize_t n;

	if (mutex_lock_interruptible(&ccpx_lock))
		return -ERESTARTSYS;
	n = ccpx_capture(&c, NULL, NULL, 0);
	if (!n)
		n = ccpx_image_show(buf, PAGE_SIZE);
	mutex_unlock(&ccpx_lock);
	return n;
}
RO(image);

static ssize_t image_donate_store(struct kobject *k, struct kobj_attribute *a,
				  const char *buf, size_t count)
{
	struct ccpx_capture c;
	bool give;
	int rc;

	rc = kstrtobool(buf, &give);
	if (rc)
		return rc;
	if (mutex_lock_interruptible(&ccpx_lock))
		return -ERESTARTSYS;
	if (ccpx_leaving || ccpx_image_file_announced()) {
		rc = -EBUSY;
	} else if (give) {
		rc = ccpx_capture(&c, NULL, NULL, 0);
		rc = rc ?: ccpx_donate_prepare();
		if (!rc)
			ccpx_donate_pages();
	} else {
		ccpx_retake();
	}
	mutex_unlock(&ccpx_lock);
	return rc ?: count;
}
static struct kobj_attribute image_donate_attr = __ATTR(image_donate, 0200, NULL, image_donate_store);

SHOW(image_file)
{
	ssize_t n;

	if (mutex_lock_interruptible(&ccpx_lock))
		return -ERESTARTSYS;
	n = ccpx_image_file_show(buf);
	mutex_unlock(&ccpx_lock);
	return n;
}

STORE(image_file)
{
	struct ccpx_capture c;
	bool begin;
	int rc;

	rc = kstrtobool(buf, &begin);
	if (rc)
		return rc;
	if (mutex_lock_interruptible(&ccpx_lock))
		return -ERESTARTSYS;
	if (ccpx_leaving)
		rc = -EBUSY;
	else if (begin)
		rc = ccpx_capture(&c, NULL, NULL, 0) ?: ccpx_image_file_begin();
	else
		rc = ccpx_image_file_end();
	mutex_unlock(&ccpx_lock);
	return rc ?: count;
}
RW(image_file);

static struct attribute *attrs[] = {
	&version_attr.attr, &state_attr.attr, &policy_attr.attr, &on_unsafe_attr.attr,
	&probes_attr.attr, &features_attr.attr, &firmware_attr.attr, &quarantine_attr.attr,
	&quarantine_next_attr.attr, &restore_attr.attr, &giveback_attr.attr,
	&adopted_attr.attr, &adopted_release_attr.attr, &records_attr.attr, &record_erase_attr.attr,
	&last_shutdown_attr.attr, &flight_attr.attr,
	&region_address_attr.attr, &region_size_attr.attr, &zone_address_attr.attr,
	&zone_size_attr.attr, &zone_commit_attr.attr, &image_attr.attr,
	&image_donate_attr.attr, &image_features_attr.attr, &image_file_attr.attr, NULL
};

/*
 * What is read is a copy, by ccpx_lock: a reader gets a page at a time, and in between others take
 * captures, this module itself first of all, when it looks at a fresh image (image_touch.c).
 */
static void *view;
static u64 view_size;

static int view_take(void)
{
	struct ccpx_capture c;
	const void *blob;
	int rc;

	rc = ccpx_capture(&c, NULL, NULL, 0);
	if (rc)
		return rc;
	blob = ccpx_capture_blob(&view_size);
	kvfree(view);
	view = kvmalloc(view_size, GFP_KERNEL);
	if (!view) {
		view_size = 0;
		return -ENOMEM;
	}
	memcpy(view, blob, view_size);
	return 0;
}

/* A read at offset 0 takes a fresh capture; later offsets go on in the same one. */
static ssize_t blob_read(struct file *f, struct kobject *k, ccpx_bin_attribute *a,
			 char *buf, loff_t off, size_t count)
{
	ssize_t n = 0;

	if (mutex_lock_interruptible(&ccpx_lock))
		return -ERESTARTSYS;
	if (!off)
		n = view_take();
	if (!n)
		n = memory_read_from_buffer(buf, count, &off, view, view_size);
	mutex_unlock(&ccpx_lock);
	return n;
}
static struct bin_attribute blob_attr = __BIN_ATTR(blob, 0400, blob_read, NULL, 0);

static ssize_t incoming_read(struct file *f, struct kobject *k, ccpx_bin_attribute *a,
			     char *buf, loff_t off, size_t count)
{
	return memory_read_from_buffer(buf, count, &off, ccpx_restore.copy,
				       ccpx_restore.copy ? ccpx_restore.copy_size : 0);
}
static struct bin_attribute incoming_attr = __BIN_ATTR(incoming, 0400, incoming_read, NULL, 0);

static ssize_t zone_data_read(struct file *f, struct kobject *k, ccpx_bin_attribute *a,
			      char *buf, loff_t off, size_t count)
{
	return memory_read_from_buffer(buf, count, &off, ccpx_memory.zone,
				       ccpx_memory.zone_size);
}

static ssize_t zone_data_write(struct file *f, struct kobject *k, ccpx_bin_attribute *a,
			       char *buf, loff_t off, size_t count)
{
	u64 size = ccpx_memory.zone_size;
	int rc;

	if (off >= size)
		return -ENOSPC;
	count = min_t(u64, count, size - off);
	if (mutex_lock_interruptible(&ccpx_lock))
		return -ERESTARTSYS;
	rc = zone_may_change();
	if (!rc) {
		/* whatever was committed is no longer what lies there */
		ccpx_image_commit(0, 0);
		memcpy(ccpx_memory.zone + off, buf, count);
	}
	mutex_unlock(&ccpx_lock);
	return rc ?: count;
}
static struct bin_attribute zone_data_attr =
	__BIN_ATTR(zone_data, 0600, zone_data_read, zone_data_write, 0);

static ccpx_bin_attribute *bin_attrs[] = {
	&blob_attr, &incoming_attr, &zone_data_attr, NULL
};

static const struct attribute_group group = { .attrs = attrs, .bin_attrs = bin_attrs };

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
	rc = sysfs_create_group(kobj, &group);
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
	sysfs_remove_group(k, &group);
	kobject_put(k);
	kvfree(view);
	view = NULL;
}
