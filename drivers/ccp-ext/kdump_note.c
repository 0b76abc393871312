// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is said of the filter, inside the dump: a note of /proc/vmcore that every copy of it carries, where the kernel
 * takes such notes (CONFIG_PROC_VMCORE_DEVICE_DUMP).
 */
#include "ccp_ext.h"
#include "kdump.h"

#include <linux/crash_dump.h>
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <uapi/linux/vmcore.h>

/* One page together with the header that the kernel puts in front. */
#define NOTE_SIZE	(PAGE_SIZE - sizeof(struct vmcoredd_header))

static char *room;

static int take_room(struct vmcoredd_data *data, void *buf)
{
	room = buf;
	return 0;
}

/**
 * ccpx_note_reserve() - make room for a note
 *
 * A note moves what lies behind it in the file, which nobody may have open then: newer kernels refuse, older ones do
 * not look (vmcore_add_device_dump()). So the room is made ahead of the module's own look at the file, when
 * there is nothing to say yet. The buffer that a callback is given stays as long as /proc/vmcore does.
 *
 * Context: process, behind ccpx_vmcore_close(), once.
 */
void ccpx_note_reserve(void)
{
	struct vmcoredd_data data = {
		.dump_name = "ccp_ext", .size = NOTE_SIZE, .vmcoredd_callback = take_room,
	};
	int rc;

	if (!IS_ENABLED(CONFIG_PROC_VMCORE_DEVICE_DUMP) || ccpx_vmcore_was_late() == CCPX_VMCORE_IS_OPEN)
		return;
	rc = vmcore_add_device_dump(&data);
	if (!rc)
		return;
	/* what was taken is gone again */
	room = NULL;
	pr_info("no note in /proc/vmcore: %pe\n", ERR_PTR(rc));
}

/**
 * ccpx_note_write() - fill it
 * @tell: prints into one page, returns the length
 *
 * Context: process, ahead of whoever may read the file.
 */
void ccpx_note_write(ssize_t (*tell)(char *buf))
{
	char *page;

	if (!room)
		return;
	/* sysfs_emit() wants a page to itself */
	page = (char *)__get_free_page(GFP_KERNEL);
	if (!page)
		return;
	memcpy(room, page, min_t(size_t, tell(page), NOTE_SIZE));
	free_page((unsigned long)page);
}
