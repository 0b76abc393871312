// SPDX-License-Identifier: GPL-2.0-only
/* Talking to the secure processor, as drivers/crypto/ccp does. */
#include "payload.h"

#define PSP_ID		0x14ca1022
#define PSP_BAR		0xe0000000ULL
#define REG_INTEN	0x10690
#define REG_INTSTS	0x10694
#define REG_CMDRESP	0x10980
#define REG_BUF_LO	0x109e0
#define REG_BUF_HI	0x109e4
#define RESPONSE	BIT(31)

static u64 psp_bar;

static volatile u32 *reg(u32 offset)
{
	return (volatile u32 *)(psp_bar + offset);
}

void psp_init(void)
{
	psp_bar = pci_device(PSP_ID, 2, PSP_BAR);
}

/**
 * psp_begin - give the firmware a command and do not wait
 * @command: its number
 * @pa: physical address of the command buffer
 * @interrupt: ask for an interrupt when it is complete
 */
void psp_begin(u32 command, u64 pa, bool interrupt)
{
	*reg(REG_BUF_LO) = pa;
	*reg(REG_BUF_HI) = pa >> 32;
	*reg(REG_CMDRESP) = command << 16 | interrupt;
}

/* psp_mailbox - what the mailbox's register holds */
u32 psp_mailbox(void)
{
	return *reg(REG_CMDRESP);
}

/* psp_intsts - the interrupt status register */
u32 psp_intsts(void)
{
	return *reg(REG_INTSTS);
}

/**
 * psp_msi - let the device send its interrupts to this CPU
 * @vector: as which; nobody serves it, it stays in the local APIC
 */
void psp_msi(u8 vector)
{
	pci_msi(PSP_ID, vector);
	*reg(REG_INTEN) = 2;
}

/**
 * psp_at - give the firmware a command
 * @command: its number
 * @pa: physical address of the command buffer
 *
 * Return: the firmware's status.
 */
u32 psp_at(u32 command, u64 pa)
{
	if (!psp_bar)
		return ~0u;
	psp_begin(command, pa, false);
	while (!(*reg(REG_CMDRESP) & RESPONSE))
		;
	return *reg(REG_CMDRESP) & 0xffff;
}

/* psp_interrupts - what a command with interrupt on completion leaves behind */
u32 psp_interrupts(u32 command)
{
	u32 status;

	*reg(REG_CMDRESP) = command << 16 | 1;
	status = *reg(REG_INTSTS);
	*reg(REG_INTSTS) = status;
	CHECK_EQ(*reg(REG_INTSTS), 0);
	return status;
}

/* psp - the same with a buffer of the payload's own memory, or none */
u32 psp(u32 command, void *buf)
{
	return psp_at(command, (u64)buf);
}

u32 psp_snp_init(u32 flags, u64 list)
{
	struct {
		u32 flags, reserved;
		u64 list;
		u8 rest[48];
	} __packed c = { .flags = flags, .list = list };

	return psp(0x85, &c);
}

u32 psp_snp_shutdown(u32 flags)
{
	struct {
		u32 len, flags;
	} __packed c = { 8, flags };

	return psp(0x86, &c);
}

u32 psp_reclaim(u64 pa)
{
	return psp(0xc7, &pa);
}

u32 psp_sev_init(bool es, u64 tmr, u32 len)
{
	struct {
		u32 flags, reserved;
		u64 tmr;
		u32 len;
	} __packed c = { es, 0, tmr, len };

	return psp(0x01, &c);
}

/**
 * flush_asids - WBINVD everywhere, then SNP_DF_FLUSH
 */
void flush_asids(void)
{
	all_run(wbinvd);
	CHECK_EQ(psp(0x84, NULL), 0);
}

/**
 * snp_up - bring SNP up as ccp does
 */
void snp_up(void)
{
	snp_enable();
	CHECK_EQ(psp_snp_init(1, 0), 0);
	flush_asids();
}
