// SPDX-License-Identifier: GPL-2.0-only
/* What SNP makes of the IOMMU (AMD 48882, 2.12; AMD 56860, SNP_INIT_EX). */
#include "payload.h"

#define FIRMWARE	0x5	/* RMP entries */
#define RECLAIM		0x1
#define SHUTDOWN_IOMMU	1

#define STATUS_OVERFLOW	BIT(0)
#define STATUS_EVT_INT	BIT(1)
#define STATUS_EVT_RUN	BIT(3)
#define EVENT_TYPE(e)	((e) >> 60)
#define EVENT_WRITE	BIT(48 + 5)
#define ILLEGAL_DTE	1
#define IO_PAGE_FAULT	2
#define ILLEGAL_COMMAND	5
#define RMP_PAGE_FAULT	0xd

#define DTE_V		BIT(0)
#define DTE_IV		BIT(0)	/* of the third word */
#define DTE_TV		BIT(1)
#define DTE_MODE(n)	((u64)(n) << 9)
#define DTE_IR		BIT(61)
#define DTE_IW		BIT(62)
#define NEW_PA		(TEST_PA + 0x100000)

static const u32 locked[] = {
	IOMMU_DEVTAB, IOMMU_CMDBUF, IOMMU_EVTLOG, IOMMU_PPRLOG, IOMMU_STORE_BASE,
	IOMMU_STORE_LIMIT,
};

/* Takes SNP down again; the payload's guests are gone by then. */
static u32 snp_down(void)
{
	return psp_snp_shutdown(SHUTDOWN_IOMMU);
}

static u64 event(u32 n)
{
	return page_read(IOMMU_EVENTS + n * 16);
}

TEST("milan", iommu_locked, "registers of the IOMMU's tables and logs are locked while SNP is enabled",
     "AMD 48882, 2.12.2.1")
{
	u64 old[ARRAY_SIZE(locked)];

	iommu_up();
	snp_up();
	for (u32 i = 0; i < ARRAY_SIZE(locked); i++) {
		old[i] = *iommu_reg(locked[i]);
		*iommu_reg(locked[i]) = NEW_PA;
		CHECK_EQ(*iommu_reg(locked[i]), old[i]);
		CHECK_EQ(control_get("counters", "locked_register_writes"), i + 1);
	}
	CHECK_EQ(control_get("events", "events/0/pa"), IOMMU_MMIO + IOMMU_DEVTAB);
	CHECK(control_is("events", "events/0/kind", "locked-register"));
	CHECK_EQ(control_get("counters", "forbidden"), 0);
}

TEST("milan", iommu_locked_half, "... against writes of half a register, too", "AMD 48882, 2.12.2.1")
{
	volatile u32 *half = (volatile u32 *)iommu_reg(IOMMU_CMDBUF);
	u64 old;

	iommu_up();
	snp_up();
	old = *iommu_reg(IOMMU_CMDBUF);
	half[0] = NEW_PA;
	half[1] = 1;
	CHECK_EQ(*iommu_reg(IOMMU_CMDBUF), old);
	CHECK_EQ(control_get("counters", "locked_register_writes"), 2);
}

TEST("milan", iommu_same_value, "a write that changes nothing is no offence", "rule of the project")
{
	iommu_up();
	snp_up();
	for (u32 i = 0; i < ARRAY_SIZE(locked); i++)
		*iommu_reg(locked[i]) = *iommu_reg(locked[i]);
	CHECK_EQ(control_get("counters", "locked_register_writes"), 0);
}

TEST("milan", iommu_unlocked, "they can be written before SNP_INIT_EX and after IOMMU_SNP_SHUTDOWN",
     "AMD 48882, 2.12.2.1; AMD 56860, SNP_SHUTDOWN_EX")
{
	iommu_up();
	*iommu_reg(IOMMU_DEVTAB) = NEW_PA;
	CHECK_EQ(*iommu_reg(IOMMU_DEVTAB), NEW_PA);
	*iommu_reg(IOMMU_DEVTAB) = IOMMU_TABLE;
	snp_up();
	CHECK_EQ(snp_down(), 0);
	*iommu_reg(IOMMU_DEVTAB) = NEW_PA;
	CHECK_EQ(*iommu_reg(IOMMU_DEVTAB), NEW_PA);
	CHECK_EQ(control_get("counters", "locked_register_writes"), 0);
}

TEST("milan", iommu_stays_locked, "SNP_SHUTDOWN_EX without IOMMU_SNP_SHUTDOWN leaves them locked",
     "AMD 56860, SNP_SHUTDOWN_EX")
{
	iommu_up();
	snp_up();
	CHECK_EQ(psp_snp_shutdown(0), 0);
	*iommu_reg(IOMMU_DEVTAB) = NEW_PA;
	CHECK_EQ(*iommu_reg(IOMMU_DEVTAB), IOMMU_TABLE);
}

TEST("milan", iommu_enable_locked, "the IOMMU cannot be disabled while SNP is enabled", "a guess")
{
	iommu_up();
	snp_up();
	*iommu_reg(IOMMU_CONTROL) = 0;
	CHECK_EQ(*iommu_reg(IOMMU_CONTROL), 1);
	CHECK_EQ(control_get("counters", "locked_register_writes"), 1);
	CHECK_EQ(snp_down(), 0);
	*iommu_reg(IOMMU_CONTROL) = 0;
	CHECK_EQ(*iommu_reg(IOMMU_CONTROL), 0);
}

TEST("iommu-disable", iommu_enable_free, "... unless set so, and then nothing checks devices",
     "a guess")
{
	iommu_up();
	snp_up();
	CHECK_EQ(rmp_update(TEST_PA, (struct rmp_state){ .assigned = 1, .asid = 1 }), RMP_OK);
	*iommu_reg(IOMMU_CONTROL) = 0;
	CHECK_EQ(*iommu_reg(IOMMU_CONTROL), 0);
	dma(TEST_PA, true);
	CHECK_EQ(control_get("counters", "unchecked_writes"), 1);
	CHECK_EQ(control_get("counters", "dma_faults"), 0);
}

TEST("milan", iommu_owned, "SNP_INIT_EX takes the event log, the PPR log and the completion store",
     "AMD 56860, SNP_INIT_EX")
{
	iommu_up();
	*iommu_reg(IOMMU_STORE_LIMIT) = IOMMU_STORE + PAGE_SIZE;
	snp_up();
	CHECK_EQ(rmp_entry(IOMMU_EVENTS), FIRMWARE);
	CHECK_EQ(rmp_entry(IOMMU_PPRS), FIRMWARE);
	CHECK_EQ(rmp_entry(IOMMU_STORE), FIRMWARE);
	CHECK_EQ(rmp_entry(IOMMU_STORE + PAGE_SIZE), FIRMWARE);
	CHECK_EQ(rmp_entry(IOMMU_TABLE), 0);
	CHECK_EQ(rmp_entry(IOMMU_COMMANDS), 0);
	CHECK_EQ(try_write(map_4k(IOMMU_STORE), 1).vector, FAULT_PF);
	CHECK_EQ(snp_down(), 0);
	CHECK_EQ(rmp_entry(IOMMU_EVENTS), RECLAIM);
	CHECK_EQ(rmp_entry(IOMMU_STORE), RECLAIM);
}

TEST("milan", iommu_store, "a completion wait stores in the page that the firmware took",
     "AMD 48882, 2.12.2.2")
{
	iommu_up();
	snp_up();
	iommu_wait_store(IOMMU_STORE + 8, 0x77);
	CHECK_EQ(page_read(IOMMU_STORE + 8), 0x77);
	CHECK_EQ(control_get("counters", "forbidden"), 0);
}

TEST("milan", iommu_store_outside, "... and nowhere else: that store does not happen", "AMD 48882, 2.12.2.2")
{
	iommu_up();
	page_write(NEW_PA, 0x11);
	snp_up();
	iommu_wait_store(NEW_PA, 0x77);
	CHECK_EQ(page_read(NEW_PA), 0x11);
	CHECK_EQ(control_get("counters", "iommu_log_faults"), 1);
	CHECK_EQ(control_get("events", "events/0/pa"), NEW_PA);
	CHECK(control_is("events", "events/0/access", "completion-store"));
	CHECK_EQ(snp_down(), 0);
	iommu_wait_store(NEW_PA, 0x77);
	CHECK_EQ(page_read(NEW_PA), 0x77);
}

TEST("milan", iommu_store_reclaimed, "... nor in a page that was taken from the firmware",
     "a guess: the page is not immutable any more")
{
	iommu_up();
	snp_up();
	CHECK_EQ(psp_reclaim(IOMMU_STORE), 0);
	CHECK_EQ(rmp_shared(IOMMU_STORE), RMP_OK);
	iommu_wait_store(IOMMU_STORE, 0x77);
	CHECK_EQ(page_read(IOMMU_STORE), 0);
	CHECK_EQ(control_get("counters", "iommu_log_faults"), 1);
}

TEST("iommu-unlocked", iommu_locks_off, "set so, no register is locked and a store may go anywhere",
     "a look behind AMD 48882, 2.12.2")
{
	iommu_up();
	page_write(NEW_PA, 0x11);
	snp_up();
	*iommu_reg(IOMMU_PPRLOG) = NEW_PA;
	CHECK_EQ(*iommu_reg(IOMMU_PPRLOG), NEW_PA);
	iommu_wait_store(NEW_PA, 0x77);
	CHECK_EQ(page_read(NEW_PA), 0x77);
	CHECK_EQ(control_get("counters", "locked_register_writes"), 0);
	CHECK_EQ(control_get("counters", "forbidden"), 0);
}

TEST("milan", iommu_event, "the IOMMU logs an event in the page that the firmware took",
     "AMD 48882, 2.5")
{
	iommu_up();
	snp_up();
	iommu_bad_command();
	CHECK_EQ(EVENT_TYPE(event(0)), ILLEGAL_COMMAND);
	CHECK_EQ(page_read(IOMMU_EVENTS + 8), IOMMU_COMMANDS);
	CHECK_EQ(*iommu_reg(IOMMU_EVT_TAIL), 16);
	CHECK_EQ(*iommu_reg(IOMMU_STATUS) & STATUS_EVT_INT, STATUS_EVT_INT);
	*iommu_reg(IOMMU_STATUS) = STATUS_EVT_INT;
	CHECK_EQ(*iommu_reg(IOMMU_STATUS) & STATUS_EVT_INT, 0);
	CHECK_EQ(control_get("counters", "forbidden"), 0);
}

TEST("milan", iommu_event_lost, "an event for a page that the firmware does not own is lost",
     "AMD 48882, 2.12")
{
	iommu_up();
	snp_up();
	CHECK_EQ(psp_reclaim(IOMMU_EVENTS), 0);
	iommu_bad_command();
	CHECK_EQ(event(0), 0);
	CHECK_EQ(*iommu_reg(IOMMU_EVT_TAIL), 0);
	CHECK_EQ(control_get("counters", "iommu_log_faults"), 1);
	CHECK(control_is("events", "events/0/access", "event-log"));
}

TEST("milan", iommu_event_wraps, "the event log is a ring", "AMD 48882, 2.5")
{
	iommu_up();
	*iommu_reg(IOMMU_EVT_TAIL) = PAGE_SIZE - 16;
	*iommu_reg(IOMMU_EVT_HEAD) = PAGE_SIZE - 16;
	iommu_bad_command();
	CHECK_EQ(EVENT_TYPE(event(255)), ILLEGAL_COMMAND);
	CHECK_EQ(*iommu_reg(IOMMU_EVT_TAIL), 0);
	iommu_bad_command();
	CHECK_EQ(EVENT_TYPE(event(0)), ILLEGAL_COMMAND);
	CHECK_EQ(*iommu_reg(IOMMU_EVT_TAIL), 16);
}

TEST("milan", iommu_event_overflow, "a full event log overflows and stands still until it is restarted",
     "AMD 48882, 2.5")
{
	u64 on;

	iommu_up();
	on = *iommu_reg(IOMMU_CONTROL);
	CHECK_EQ(*iommu_reg(IOMMU_STATUS) & STATUS_EVT_RUN, STATUS_EVT_RUN);
	*iommu_reg(IOMMU_EVT_HEAD) = 16;
	iommu_bad_command();
	CHECK_EQ(event(0), 0);
	CHECK_EQ(*iommu_reg(IOMMU_STATUS) & (STATUS_OVERFLOW | STATUS_EVT_RUN), STATUS_OVERFLOW);
	*iommu_reg(IOMMU_EVT_HEAD) = 0;
	*iommu_reg(IOMMU_CONTROL) = on;
	iommu_bad_command();
	CHECK_EQ(event(0), 0);
	*iommu_reg(IOMMU_STATUS) = STATUS_OVERFLOW;
	*iommu_reg(IOMMU_CONTROL) = on;
	iommu_bad_command();
	CHECK_EQ(EVENT_TYPE(event(0)), ILLEGAL_COMMAND);
}

TEST("milan", iommu_page_fault, "a device without a translation, or with one for reads only, is stopped, and logged",
     "AMD 48882, 2.5: IO_PAGE_FAULT")
{
	iommu_up();
	page_write(TEST_PA, 0x55);
	page_write(NEW_PA, 0);
	page_write(NEW_PA + 8, TEST_PA | 1 | DTE_IR);
	iommu_dte(EDU_DEVID, 0, DTE_V | DTE_TV | DTE_MODE(1) | DTE_IR | DTE_IW | NEW_PA);
	dma(0, true);
	CHECK_EQ(event(0), (u64)IO_PAGE_FAULT << 60 | EVENT_WRITE | EDU_DEVID);
	CHECK_EQ(page_read(IOMMU_EVENTS + 8), 0);
	dma(PAGE_SIZE, true);
	/* the device writes 4 bytes at a time, so that it was stopped twice above */
	CHECK_EQ(event(2), (u64)IO_PAGE_FAULT << 60 | EVENT_WRITE | EDU_DEVID);
	CHECK_EQ(page_read(IOMMU_EVENTS + 2 * 16 + 8), PAGE_SIZE);
	CHECK_EQ(page_read(TEST_PA), 0x55);
	CHECK_EQ(control_get("counters", "forbidden"), 0);
}

TEST("milan", iommu_rmp_fault, "a device that meets an assigned page is logged",
     "Linux, amd_iommu_report_rmp_fault(): RMP_PAGE_FAULT")
{
	iommu_up();
	snp_up();
	CHECK_EQ(rmp_update(TEST_PA, (struct rmp_state){ .assigned = 1, .asid = 1 }), RMP_OK);
	dma(TEST_PA, true);
	CHECK_EQ(control_get("counters", "dma_faults"), 1);
	CHECK_EQ(event(0), (u64)RMP_PAGE_FAULT << 60 | EVENT_WRITE | EDU_DEVID);
	CHECK_EQ(page_read(IOMMU_EVENTS + 8), TEST_PA);
	CHECK_EQ(*iommu_reg(IOMMU_EVT_TAIL), 16);
}

TEST("milan", iommu_translated, "the RMP is asked about the translated address", "AMD 48882, 2.12")
{
	iommu_up();
	/* one level: the DMA address 0x1000 is TEST_PA, 0x2000 is the page after it */
	page_write(NEW_PA + 8, TEST_PA | 1 | DTE_IR | DTE_IW);
	page_write(NEW_PA + 16, (TEST_PA + PAGE_SIZE) | 1 | DTE_IR | DTE_IW);
	iommu_dte(EDU_DEVID, 0, DTE_V | DTE_TV | DTE_MODE(1) | DTE_IR | DTE_IW | NEW_PA);
	page_write(TEST_PA, 0x55);
	page_write(TEST_PA + PAGE_SIZE, 0x66);
	snp_up();
	CHECK_EQ(rmp_update(TEST_PA, (struct rmp_state){ .assigned = 1, .asid = 1 }), RMP_OK);
	dma(0x2000, false);
	dma(0x1000, true);
	CHECK_EQ(page_read(TEST_PA), 0x55);
	CHECK_EQ(control_get("counters", "dma_faults"), 1);
	CHECK_EQ(control_get("events", "events/0/pa"), TEST_PA);
	CHECK_EQ(rmp_shared(TEST_PA), RMP_OK);
	dma(0x1000, true);
	CHECK_EQ(page_read(TEST_PA), 0x66);
}

TEST("milan", iommu_pass, "a device that is not translated is checked all the same", "AMD 48882, 2.12")
{
	iommu_up();
	iommu_dte(EDU_DEVID, 0, DTE_V | DTE_IR | DTE_IW);
	page_write(TEST_PA, 0x55);
	page_write(TEST_PA + PAGE_SIZE, 0x66);
	snp_up();
	dma(TEST_PA + PAGE_SIZE, false);
	CHECK_EQ(rmp_update(TEST_PA, (struct rmp_state){ .assigned = 1, .asid = 1 }), RMP_OK);
	dma(TEST_PA, true);
	CHECK_EQ(page_read(TEST_PA), 0x55);
	CHECK_EQ(control_get("counters", "dma_faults"), 1);
	dma(TEST_PA + 2 * PAGE_SIZE, true);
	CHECK_EQ(page_read(TEST_PA + 2 * PAGE_SIZE), 0x66);
}

TEST("milan", iommu_mode_0, "an identity domain is illegal with SNP", "AMD 48882, 2.12: Mode 0")
{
	iommu_up();
	iommu_dte(EDU_DEVID, 0, DTE_V | DTE_TV | DTE_IR | DTE_IW);
	page_write(TEST_PA, 0x55);
	page_write(TEST_PA + PAGE_SIZE, 0);
	dma(TEST_PA, false);
	snp_up();
	dma(TEST_PA + PAGE_SIZE, true);
	CHECK_EQ(page_read(TEST_PA + PAGE_SIZE), 0);
	CHECK_EQ(event(0), (u64)ILLEGAL_DTE << 60 | EDU_DEVID);
	CHECK_EQ(snp_down(), 0);
	dma(TEST_PA + PAGE_SIZE, true);
	CHECK_EQ(page_read(TEST_PA + PAGE_SIZE), 0x55);
}

TEST("milan", iommu_fetch, "a table of the IOMMU in a guest's page is counted", "rule of the project")
{
	iommu_up();
	snp_up();
	CHECK_EQ(rmp_update(IOMMU_TABLE, (struct rmp_state){ .assigned = 1, .asid = 1 }), RMP_OK);
	dma(TEST_PA, false);
	CHECK(control_get("counters", "guest_reads") > 0);
	CHECK(control_is("events", "events/0/access", "iommu-read"));
}

TEST("milan", dma_message, "an interrupt message is no access to memory", "AMD 48882, 2.2.5")
{
	iommu_up();
	iommu_dte(EDU_DEVID, 0, DTE_V);
	snp_up();
	dma(0xfee00000, true);
	CHECK_EQ(control_get("counters", "forbidden"), 0);
}

TEST("milan", interrupt_off, "an interrupt is aborted while the IOMMU is on, and passes when it is off",
     "AMD 48882, IOMMU Control Register, IommuEn")
{
	lapic_on();
	pci_msi(EDU_ID, 0x45);
	iommu_up();
	iommu_dte(EDU_DEVID, 2, DTE_IV);
	edu_interrupt();
	CHECK(!lapic_pending(0x45));
	*iommu_reg(IOMMU_CONTROL) = 0;
	edu_interrupt();
	CHECK(lapic_pending(0x45));
}

#define PATIENCE 1000000

TEST("milan", dma_ring, "a virtio ring is checked at each access, not when it is set up",
     "AMD 48882, 2.12")
{
	iommu_up();
	snp_up();
	virtio_up(VIRTIO_USED);
	virtio_read(TEST_PA);
	for (u32 i = 0; i < PATIENCE && virtio_used() != 1; i++)
		asm volatile("pause");
	CHECK_EQ(virtio_used(), 1);
	CHECK_EQ(control_get("counters", "forbidden"), 0);
	CHECK_EQ(rmp_update(VIRTIO_USED, (struct rmp_state){ .assigned = 1 }), RMP_OK);
	virtio_read(TEST_PA);
	for (u32 i = 0; i < 100 && !control_get("counters", "dma_faults"); i++)
		asm volatile("pause");
	CHECK(control_get("counters", "dma_faults") > 0);
	CHECK_EQ(control_get("events", "events/0/pa") & ~0xfffULL, VIRTIO_USED);
	CHECK_EQ(virtio_used(), 1);
}

TEST("milan", dma_buffer, "... and so is the buffer of a request", "AMD 48882, 2.12")
{
	iommu_up();
	snp_up();
	virtio_up(VIRTIO_USED);
	page_write(TEST_PA, 0x55);
	CHECK_EQ(rmp_update(TEST_PA, (struct rmp_state){ .assigned = 1 }), RMP_OK);
	virtio_read(TEST_PA);
	for (u32 i = 0; i < 100 && !control_get("counters", "dma_faults"); i++)
		asm volatile("pause");
	CHECK(control_get("counters", "dma_faults") > 0);
	CHECK_EQ(page_read(TEST_PA), 0x55);
}

static volatile struct {
	u32 control, length;
	u64 address;
} __packed fw_cfg_dma;

/*
 * Two levels of tables, in the pages behind NEW_PA, which lead the disk's addresses of the ring's 2 MiB to
 * themselves, but the page behind the used ring to @behind.
 */
static void translate_ring(u64 behind)
{
	u64 upper = NEW_PA + PAGE_SIZE, lower = NEW_PA + 2 * PAGE_SIZE, block = VIRTIO_RING & -(u64)BLOCK_SIZE;

	for (u32 i = 0; i < 512; i++) {
		page_write(upper + i * 8, 0);
		page_write(lower + i * 8, (block + i * PAGE_SIZE) | 1 | DTE_IR | DTE_IW);
	}
	page_write(upper + block / BLOCK_SIZE * 8, lower | 1 | DTE_MODE(1) | DTE_IR | DTE_IW);
	page_write(lower + (VIRTIO_USED + PAGE_SIZE - block) / PAGE_SIZE * 8, behind | 1 | DTE_IR | DTE_IW);
	iommu_dte(VIRTIO_DEVID, 0, DTE_V | DTE_TV | DTE_MODE(2) | DTE_IR | DTE_IW | upper);
}

TEST("milan", dma_across, "what lies across the end of a page is translated for each of the two", "AMD 48882, 2.2.3")
{
	u64 behind = VIRTIO_USED + PAGE_SIZE;

	iommu_up();
	page_write(behind, 0x55);
	page_write(NEW_PA, 0x66);
	translate_ring(NEW_PA);
	/* flags, index, and the first element's id are the page's last words; its length is the next page's first */
	virtio_up(behind - 8);
	virtio_read(VIRTIO_RING + 8 * PAGE_SIZE);
	for (u32 i = 0; i < PATIENCE && (u32)page_read(NEW_PA) == 0x66; i++)
		asm volatile("pause");
	CHECK_EQ((u32)page_read(NEW_PA), 512 + 1);
	CHECK_EQ(page_read(behind), 0x55);
	CHECK_EQ((u32)page_read(behind - 8), 1 << 16);
}

static u32 be32(u32 v)
{
	return __builtin_bswap32(v);
}

TEST("milan", dma_around, "a write past the IOMMU is not stopped, but counted", "rule of the project")
{
	iommu_up();
	snp_up();
	CHECK_EQ(rmp_update(TEST_PA, (struct rmp_state){ .assigned = 1, .asid = 1 }), RMP_OK);
	fw_cfg_dma.control = be32(0x000a);	/* select item 0, read it */
	fw_cfg_dma.length = be32(4);
	fw_cfg_dma.address = __builtin_bswap64(TEST_PA);
	outl(0x514, 0);
	outl(0x518, be32((u64)&fw_cfg_dma));
	CHECK_EQ(fw_cfg_dma.control, 0);
	CHECK_EQ(control_get("counters", "unchecked_writes"), 1);
	CHECK_EQ(control_get("events", "events/0/pa"), TEST_PA);
}
