// SPDX-License-Identifier: GPL-2.0-only
/* Driving the IOMMU, as drivers/iommu/amd does. */
#include "payload.h"

#define CONTROL_ENABLE	BIT(0)
#define CONTROL_EVT_LOG	BIT(2)
#define CONTROL_CMDBUF	BIT(12)
#define CMD_COMPLETION	BIT(60)
#define CMD_STORE	BIT(0)
#define SIZE_SHIFT	56

#define EDU_BAR		0xe1000000ULL
#define EDU_BUFFER	0x40000

static u32 tail;

/* iommu_reg - one of its registers */
volatile u64 *iommu_reg(u32 offset)
{
	return (volatile u64 *)(IOMMU_MMIO + offset);
}

/**
 * iommu_up - enable it, all devices untranslated, its buffers where tests look
 */
void iommu_up(void)
{
	for (u64 pa = IOMMU_TABLE; pa < IOMMU_END; pa += 8)
		page_write(pa, 0);
	tail = 0;
	*iommu_reg(IOMMU_DEVTAB) = IOMMU_TABLE;
	*iommu_reg(IOMMU_CMDBUF) = IOMMU_COMMANDS | 8ULL << SIZE_SHIFT;
	*iommu_reg(IOMMU_EVTLOG) = IOMMU_EVENTS | 8ULL << SIZE_SHIFT;
	*iommu_reg(IOMMU_PPRLOG) = IOMMU_PPRS | 8ULL << SIZE_SHIFT;
	*iommu_reg(IOMMU_STORE_BASE) = IOMMU_STORE;
	*iommu_reg(IOMMU_STORE_LIMIT) = IOMMU_STORE;
	*iommu_reg(IOMMU_CONTROL) = CONTROL_ENABLE | CONTROL_EVT_LOG | CONTROL_CMDBUF;
}

/**
 * iommu_wait_store - a COMPLETION_WAIT that stores
 * @pa: where to
 * @value: what
 */
void iommu_wait_store(u64 pa, u64 value)
{
	page_write(IOMMU_COMMANDS + tail, CMD_COMPLETION | pa | CMD_STORE);
	page_write(IOMMU_COMMANDS + tail + 8, value);
	tail = (tail + 16) % PAGE_SIZE;
	*iommu_reg(IOMMU_CMD_TAIL) = tail;
}

/**
 * iommu_bad_command - a command that makes it log an event
 */
void iommu_bad_command(void)
{
	page_write(IOMMU_COMMANDS + tail, 0);
	page_write(IOMMU_COMMANDS + tail + 8, 0);
	tail = (tail + 16) % PAGE_SIZE;
	*iommu_reg(IOMMU_CMD_TAIL) = tail;
}

/**
 * iommu_dte - a device's entry of the table
 * @devid: its bus, device and function
 * @word: which of its four quadwords
 * @value: what to write there
 */
void iommu_dte(u32 devid, unsigned int word, u64 value)
{
	page_write(IOMMU_TABLE + devid * 32 + word * 8, value);
}

/**
 * edu_interrupt - that device interrupts, once
 */
void edu_interrupt(void)
{
	volatile u32 *reg = (void *)(pci_device(EDU_ID, 0, EDU_BAR) + 0x60);

	reg[0] = 1;
	reg[1] = 1;
}

/**
 * dma - a device reads or writes 8 bytes
 * @pa: the address that it uses
 * @to_memory: direction
 */
void dma(u64 pa, bool to_memory)
{
	u64 edu = pci_device(EDU_ID, 0, EDU_BAR);
	volatile u64 *reg = (void *)(edu + 0x80);

	reg[0] = to_memory ? EDU_BUFFER : pa;
	reg[1] = to_memory ? pa : EDU_BUFFER;
	reg[2] = 8;
	reg[3] = 1 | to_memory << 1;
	while (reg[3] & 1)
		asm volatile("pause");
}
