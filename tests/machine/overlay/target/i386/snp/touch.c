// SPDX-License-Identifier: GPL-2.0-only
#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "qemu/lockable.h"
#include "qemu/timer.h"
#include "touch.h"

/* A host that goes wrong touches the same page thousands of times. */
#define NR_KEPT 256

static QemuMutex lock;
static uint64_t counter[SNP_TOUCH_NR];
static struct snp_touch kept[NR_KEPT];
static unsigned int nr_kept;
static uint64_t dropped;
static QEMUBH *listener;

/* For the control channel: the counter, the event, and the kind within the event. */
static const struct {
	const char *counter, *event, *name;
} kinds[SNP_TOUCH_NR] = {
	[SNP_TOUCH_RMP_FAULT]	= { "rmp_faults", "rmp-fault", "rmp-fault" },
	[SNP_TOUCH_RMP_FAULT_LARGE] = { "rmp_faults_large_mapping", "rmp-fault", "rmp-fault" },
	[SNP_TOUCH_RMP_TABLE]	= { "rmp_table_writes", "rmp-table-write", "rmp-table-write" },
	[SNP_TOUCH_WALK]	= { "page_walk_faults", "rmp-fault", "page-walk" },
	[SNP_TOUCH_VMCB]	= { "vmcb_faults", "vmcb-fault", "vmcb-fault" },
	[SNP_TOUCH_TMR_READ]	= { "tmr_reads", "tmr-touch", "tmr-read" },
	[SNP_TOUCH_TMR_WRITE]	= { "tmr_writes", "tmr-touch", "tmr-write" },
	[SNP_TOUCH_GUEST_READ]	= { "guest_reads", "guest-read", "guest-read" },
	[SNP_TOUCH_DMA]		= { "dma_faults", "dma-fault", "dma-fault" },
	[SNP_TOUCH_UNCHECKED]	= { "unchecked_writes", "unchecked-write", "unchecked-write" },
	[SNP_TOUCH_PSP_WRITE]	= { "psp_writes", "psp-write", "psp-write" },
	[SNP_TOUCH_IOMMU_LOG]	= { "iommu_log_faults", "iommu-log", "iommu-log" },
	[SNP_OFFENCE_ORDER]	= { "wrong_order_commands", "offence", "wrong-order" },
	[SNP_OFFENCE_BUFFER]	= { "wrong_buffer_commands", "offence", "wrong-buffer" },
	[SNP_OFFENCE_ASID]	= { "asids_reused", "offence", "asid-reused" },
	[SNP_OFFENCE_FREED]	= { "firmware_pages_freed", "offence", "page-freed" },
	[SNP_OFFENCE_LOCKED]	= { "locked_register_writes", "offence", "locked-register" },
	[SNP_OFFENCE_NO_CHECKS]	= { "cpus_without_checks", "offence", "no-checks" },
};

static void __attribute__((constructor)) touch_init(void)
{
	qemu_mutex_init(&lock);
}

/**
 * snp_touch_counter - the member of the counters that counts a kind
 * @kind: what happened
 *
 * Return: its name.
 */
const char *snp_touch_counter(enum snp_touch_kind kind)
{
	return kinds[kind].counter;
}

/**
 * snp_touch_event - the event that tells of a kind
 * @kind: what happened
 *
 * Return: its name; several kinds may share one.
 */
const char *snp_touch_event(enum snp_touch_kind kind)
{
	return kinds[kind].event;
}

/**
 * snp_touch_name - the "kind" member of such an event
 * @kind: what happened
 *
 * Return: its name; both kinds of RMP fault share one.
 */
const char *snp_touch_name(enum snp_touch_kind kind)
{
	return kinds[kind].name;
}

/**
 * snp_touch - count one forbidden touch and remember it
 * @touch: what happened; the time is filled in here
 *
 * Context: any thread, with or without the big QEMU lock.
 */
void snp_touch(const struct snp_touch *touch)
{
	qemu_mutex_lock(&lock);
	counter[touch->kind]++;
	if (nr_kept < NR_KEPT) {
		kept[nr_kept] = *touch;
		kept[nr_kept].time_ns = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
		nr_kept++;
		if (listener)
			qemu_bh_schedule(listener);
	} else {
		dropped++;
	}
	qemu_mutex_unlock(&lock);
}

/**
 * snp_touch_count - how often one kind happened since the last clear
 * @kind: the kind
 *
 * Return: the counter. Large-mapping faults are also RMP faults.
 */
uint64_t snp_touch_count(enum snp_touch_kind kind)
{
	QEMU_LOCK_GUARD(&lock);
	if (kind == SNP_TOUCH_RMP_FAULT)
		return counter[kind] + counter[SNP_TOUCH_RMP_FAULT_LARGE];
	return counter[kind];
}

/**
 * snp_touch_forbidden - the sum of all forbidden touches
 *
 * Return: the sum; each touch counts once, offences do not.
 */
uint64_t snp_touch_forbidden(void)
{
	uint64_t sum = 0;

	QEMU_LOCK_GUARD(&lock);
	for (int i = 0; i < SNP_TOUCH_FORBIDDEN_NR; i++)
		sum += counter[i];
	return sum;
}

/**
 * snp_touch_clear - forget everything
 */
void snp_touch_clear(void)
{
	QEMU_LOCK_GUARD(&lock);
	memset(counter, 0, sizeof(counter));
	nr_kept = 0;
	dropped = 0;
}

/**
 * snp_touch_listen - say which bottom half wants to know of new events
 * @bh: scheduled after each event that is kept; NULL for none
 */
void snp_touch_listen(QEMUBH *bh)
{
	QEMU_LOCK_GUARD(&lock);
	listener = bh;
}

/**
 * snp_touch_get - the events that were kept
 * @from: index of the first one wanted
 * @list: filled in; the events stay where they are until the next clear
 */
void snp_touch_get(unsigned int from, struct snp_touch_list *list)
{
	QEMU_LOCK_GUARD(&lock);
	from = MIN(from, nr_kept);
	*list = (struct snp_touch_list){ kept + from, nr_kept - from, dropped };
}
