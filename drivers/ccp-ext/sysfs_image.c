// SPDX-License-Identifier: GPL-2.0-only
/* Files about the image for the next kernel, and about where it lies: docs/ABI/. */
#include "ccp_ext.h"
#include "compat/compat.h"
#include "sysfs.h"

#include <linux/mm.h>
#include <linux/security.h>

SHOW(region_address) { return sysfs_emit(buf, "%#llx\n", ccpx_memory.region_pa); }
RO(region_address);
SHOW(region_size) { return sysfs_emit(buf, "%#llx\n", ccpx_memory.region_size); }
RO(region_size);
/* The blob that this kernel writes is of the hop behind the one that it came by (capture_blob.c). */
SHOW(kdump_words)
{
	return sysfs_emit(buf, "ccp_ext.kdump_handover=%#llx ccp_ext.kdump_hop=%llu\n", ccpx_memory.region_pa,
			  ccpx_restore.boot_count + 1);
}
RO(kdump_words);
SHOW(crash_image) { return ccpx_crash_image_show(buf); }
RO(crash_image);
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

static struct attribute *attrs[] = {
	&region_address_attr.attr, &region_size_attr.attr, &kdump_words_attr.attr, &crash_image_attr.attr,
	&zone_address_attr.attr, &zone_size_attr.attr, &zone_commit_attr.attr, &image_attr.attr,
	&image_donate_attr.attr, &image_features_attr.attr, &image_file_attr.attr, NULL
};

static ccpx_bin_attribute *bin_attrs[] = { &zone_data_attr, NULL };

const struct attribute_group ccpx_sysfs_image_group = { .attrs = attrs, .bin_attrs = bin_attrs };
