/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CCPX_SYSFS_H
#define CCPX_SYSFS_H

#include <linux/kobject.h>
#include <linux/sysfs.h>

/*
 * Readers and writers may be VMMs, for whose end the reboot path waits with ccpx_lock held: a signal
 * ends their wait for it.
 */
#define RO(_name) static struct kobj_attribute _name##_attr = __ATTR_RO_MODE(_name, 0400)
#define RW(_name) static struct kobj_attribute _name##_attr = __ATTR_RW_MODE(_name, 0600)
#define SHOW(_name) static ssize_t _name##_show(struct kobject *k, struct kobj_attribute *a, char *buf)
#define STORE(_name) static ssize_t _name##_store(struct kobject *k, struct kobj_attribute *a, \
						  const char *buf, size_t count)

extern const struct attribute_group ccpx_sysfs_image_group;	/* sysfs_image.c */
extern const struct attribute_group ccpx_sysfs_blob_group;	/* sysfs_blob.c */
extern const struct attribute_group ccpx_sysfs_psp_group;	/* sysfs_psp.c */

const char *ccpx_firmware_state(u8 state);

void ccpx_sysfs_blob_exit(void);

#endif /* CCPX_SYSFS_H */
