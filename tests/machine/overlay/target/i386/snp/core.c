// SPDX-License-Identifier: GPL-2.0-only
/*
 * What memory held when the host was reset or died, and where devices wrote before: for
 * whoever looks for the cause. The next boot would write over it.
 */
#include "qemu/osdep.h"
#include "qemu/cutils.h"
#include "qemu/error-report.h"
#include "qemu/timer.h"
#include "system/memory_mapping.h"
#include "system/runstate.h"
#include "system/system.h"
#include "core.h"

/* Some seconds of a busy disk. */
#define NR_KEPT	(1u << 20)
#define CHUNK	4096

struct core_write {
	int64_t time_ns;
	hwaddr pa;
	uint16_t who;
};

static const char *path;
static struct core_write *kept;
static unsigned int next;
static Notifier shutdown_notifier;

/**
 * snp_core_write - a device is led to memory that it will write
 * @who: PCI bus, device and function, or one of enum snp_core_writer
 * @pa: physical address
 *
 * Context: any thread.
 */
void snp_core_write(uint16_t who, hwaddr pa)
{
	if (!kept)
		return;
	kept[qatomic_fetch_inc(&next) % NR_KEPT] = (struct core_write){
		.time_ns = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL),
		.pa = pa,
		.who = who,
	};
}

/* What is zero stays a hole. */
static bool block_save(int fd, const GuestPhysBlock *block)
{
	uint64_t size = block->target_end - block->target_start;

	for (uint64_t at = 0; at < size; at += CHUNK) {
		uint64_t len = MIN(CHUNK, size - at);

		if (!buffer_is_zero(block->host_addr + at, len) &&
		    pwrite(fd, block->host_addr + at, len, block->target_start + at) != (ssize_t)len)
			return false;
	}
	return !ftruncate(fd, block->target_end);
}

static bool memory_save(const char *file)
{
	g_autofree char *name = g_strdup(file);
	int fd = qemu_open_old(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	GuestPhysBlockList list;
	GuestPhysBlock *block;
	bool ok = fd >= 0;

	guest_phys_blocks_init(&list);
	guest_phys_blocks_append(&list);
	QTAILQ_FOREACH(block, &list.head, next)
		ok = ok && block_save(fd, block);
	guest_phys_blocks_free(&list);
	if (fd >= 0)
		qemu_close(fd);
	return ok;
}

static bool writes_save(const char *file)
{
	unsigned int first = next > NR_KEPT ? next - NR_KEPT : 0;
	FILE *f = fopen(file, "w");

	if (!f)
		return false;
	for (unsigned int i = first; i != next; i++) {
		const struct core_write *w = &kept[i % NR_KEPT];

		fprintf(f, "%" PRId64 " %04x %" HWADDR_PRIx "\n", w->time_ns, w->who, w->pa);
	}
	return !fclose(f);
}

static void core_save(Notifier *notifier, void *data)
{
	ShutdownCause cause = *(ShutdownCause *)data;
	g_autofree char *writes = g_strconcat(path, ".dma", NULL);

	if (cause != SHUTDOWN_CAUSE_GUEST_RESET && cause != SHUTDOWN_CAUSE_GUEST_PANIC)
		return;
	if (memory_save(path) && writes_save(writes))
		return;
	error_report("core: cannot write '%s': %s; it is incomplete, removed", path, strerror(errno));
	unlink(path);
	unlink(writes);
}

/**
 * snp_core_init - keep what there is to keep
 * @file: where memory goes if the host resets itself and that ends QEMU; a hole where
 *	  it is zero, an offset in the file is a physical address. @file.dma: where
 *	  devices wrote last, a line each: ns of the virtual clock, who, physical address.
 *	  NULL: nothing is kept
 */
void snp_core_init(const char *file)
{
	if (!file)
		return;
	path = file;
	kept = g_new0(struct core_write, NR_KEPT);
	shutdown_notifier.notify = core_save;
	qemu_register_shutdown_notifier(&shutdown_notifier);
}
