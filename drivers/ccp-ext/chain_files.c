// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel shows each node of its setup_data in /sys/kernel/boot_params/setup_data/N (since
 * b3c72fc9a78e what an INDIRECT one names, too; arch/x86/kernel/ksysfs.c): readable by everybody, and
 * for as long as it runs. What was kept out and given back is anybody's memory later, and a
 * locked TMR must not be read at all. So the files of the chain's nodes go before anything comes back.
 */
#include "ccp_ext.h"

#include <linux/kernfs.h>
#include <linux/kobject.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include <chain.h>

/* What the node's own file says, or 0. */
static u32 node_type(struct kernfs_node *dir)
{
	struct kernfs_node *file = kernfs_find_and_get(dir, "type");
	struct kobj_attribute *attr;
	char *page = (char *)get_zeroed_page(GFP_KERNEL);
	u32 type = 0;

	if (file && page) {
		attr = container_of((struct attribute *)file->priv, struct kobj_attribute, attr);
		if (attr->show(dir->priv, attr, page) <= 0 || kstrtou32(strim(page), 0, &type))
			type = 0;
	}
	free_page((unsigned long)page);
	kernfs_put(file);
	return type;
}

static bool has_file(struct kernfs_node *dir, const char *name)
{
	struct kernfs_node *file = kernfs_find_and_get(dir, name);

	kernfs_put(file);
	return file;
}

static bool hide(struct kernfs_node *dir)
{
	const struct bin_attribute data = { .attr = { .name = "data" } };
	u32 type = node_type(dir);

	if (type && type != CHAIN_TYPE && type != CHAIN_INDIRECT_TYPE)
		return true;
	if (type)
		sysfs_remove_bin_file(dir->priv, &data);
	return !has_file(dir, "data");
}

/**
 * ccpx_chain_files_hide() - nobody reads what is kept out in the kernel's own files any more
 *
 * Context: process, module init. Return: false if somebody may: nothing must be given back then.
 */
bool ccpx_chain_files_hide(void)
{
	struct kernfs_node *params, *list = NULL, *dir;
	char name[12];
	bool ok = true;
	u32 i;

	params = kernfs_find_and_get(kernel_kobj->sd, "boot_params");
	if (params)
		list = kernfs_find_and_get(params, "setup_data");
	kernfs_put(params);
	for (i = 0; list; i++) {
		snprintf(name, sizeof(name), "%u", i);
		dir = kernfs_find_and_get(list, name);
		if (!dir)
			break;
		ok &= hide(dir);
		kernfs_put(dir);
	}
	kernfs_put(list);
	if (!ok)
		pr_err("what is kept out can be read in /sys/kernel/boot_params/setup_data, and that cannot be changed\n");
	return ok;
}
