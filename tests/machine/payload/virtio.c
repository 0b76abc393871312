// SPDX-License-Identifier: GPL-2.0-only
/*
 * A virtio disk with one queue. Where QEMU puts the parts of its BAR 4 is taken
 * for granted: common configuration at 0, notifications at 0x3000.
 */
#include "payload.h"

#define VIRTIO_BLK_ID	0x10421af4
#define VIRTIO_BAR	0xe2000000ULL
#define NOTIFY		0x3000

#define STATUS_ACKNOWLEDGE	1
#define STATUS_DRIVER		2
#define STATUS_DRIVER_OK	4
#define STATUS_FEATURES_OK	8
#define FEATURES_HIGH		3	/* VERSION_1, ACCESS_PLATFORM */
#define DESC_NEXT		1
#define DESC_WRITE		2
#define QUEUE_SIZE		8

/* A page each, so that the RMP can tell them apart. */
#define DESC		(VIRTIO_RING)
#define AVAIL		(VIRTIO_RING + PAGE_SIZE)
#define HEADER		(VIRTIO_RING + 2 * PAGE_SIZE)
#define STATUS		(VIRTIO_RING + 3 * PAGE_SIZE)

struct desc {
	u64 pa;
	u32 len;
	u16 flags, next;
};

static u64 bar;
static u16 avail_idx;

static void write16(u32 offset, u16 v)
{
	*(volatile u16 *)(bar + offset) = v;
}

static void write32(u32 offset, u32 v)
{
	*(volatile u32 *)(bar + offset) = v;
}

static void status_write(u8 v)
{
	*(volatile u8 *)(bar + 20) = v;
}

/**
 * virtio_up - reset the disk and give it its queue
 * @used: the disk's address of the used ring
 */
void virtio_up(u64 used)
{
	for (u64 pa = VIRTIO_RING; pa < VIRTIO_END; pa += 8)
		page_write(pa, 0);
	avail_idx = 0;
	bar = pci_device(VIRTIO_BLK_ID, 4, VIRTIO_BAR);
	CHECK(bar);
	status_write(0);
	status_write(STATUS_ACKNOWLEDGE | STATUS_DRIVER);
	write32(8, 1);
	write32(12, FEATURES_HIGH);
	status_write(STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK);
	write16(22, 0);
	write16(24, QUEUE_SIZE);
	write32(32, DESC);
	write32(36, 0);
	write32(40, AVAIL);
	write32(44, 0);
	write32(48, used);
	write32(52, 0);
	write16(28, 1);
	status_write(STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK |
		     STATUS_DRIVER_OK);
}

/**
 * virtio_read - ask for the disk's first sector
 * @pa: where to
 *
 * The answer comes later, in the used ring.
 */
void virtio_read(u64 pa)
{
	volatile struct desc *desc = map_4k(DESC);
	volatile u16 *avail;

	desc[0] = (struct desc){ HEADER, 16, DESC_NEXT, 1 };
	desc[1] = (struct desc){ pa, 512, DESC_NEXT | DESC_WRITE, 2 };
	desc[2] = (struct desc){ STATUS, 1, DESC_WRITE, 0 };
	avail = map_4k(AVAIL);
	avail[2 + avail_idx % QUEUE_SIZE] = 0;
	avail[1] = ++avail_idx;
	write16(NOTIFY, 0);
}

/**
 * virtio_used - how many answers the used ring holds
 */
u16 virtio_used(void)
{
	return page_read(VIRTIO_USED) >> 16;
}
