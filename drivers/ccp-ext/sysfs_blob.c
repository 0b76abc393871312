// SPDX-License-Identifier: GPL-2.0-only
/* The hand-over itself, as it would be made now and as it was found: docs/ABI/. */
#include "ccp_ext.h"
#include "compat/compat.h"
#include "sysfs.h"

#include <linux/mm.h>
#include <linux/slab.h>

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

static ccpx_bin_attribute *bin_attrs[] = { &blob_attr, &incoming_attr, NULL };

const struct attribute_group ccpx_sysfs_blob_group = { .bin_attrs = bin_attrs };

/* Context: process, the files are gone. */
void ccpx_sysfs_blob_exit(void)
{
	kvfree(view);
	view = NULL;
}
