// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mailbox: registers of drivers/crypto/ccp/sp-pci.c's "sevv2" and "pspv4"
 * in BAR 2. A command has run when the write of its number returns, unless a
 * latency or a fault makes it take time.
 */
#include "qemu/osdep.h"
#include "qemu/units.h"
#include "qapi/error.h"
#include "hw/pci/msi.h"
#include "hw/qdev-properties.h"
#include "hw/qdev-properties-system.h"
#include "psp.h"
#include "target/i386/snp/host.h"

#define REG_INTEN	0x10690
#define REG_INTSTS	0x10694
#define REG_CMDRESP	0x10980
#define REG_BUF_LO	0x109e0
#define REG_BUF_HI	0x109e4
#define REG_BOOTLOADER	0x109ec
#define REG_FEATURE	0x109fc

#define FEATURE_SEV		BIT(0)
#define INT_SEV_COMPLETE	BIT(1)

static uint64_t psp_reg_read(void *opaque, hwaddr addr, unsigned int size)
{
	PspState *s = opaque;

	if (s->dead && s->all_ones)
		return UINT32_MAX;
	switch (addr) {
	case REG_INTEN:
		return s->inten;
	case REG_INTSTS:
		return s->intsts;
	case REG_CMDRESP:
		return s->cmdresp;
	case REG_BUF_LO:
		return s->buf_lo;
	case REG_BUF_HI:
		return s->buf_hi;
	case REG_BOOTLOADER:
		return 0x00010203;
	case REG_FEATURE:
		return FEATURE_SEV;
	}
	return 0;
}

/**
 * psp_mailbox_answer - the command is done
 * @s: the device
 * @status: what the firmware says of it
 *
 * Without an interrupt.
 */
void psp_mailbox_answer(PspState *s, enum psp_status status)
{
	s->cmdresp = PSP_MAILBOX_RESPONSE | status;
	if (s->job.mailbox & PSP_MAILBOX_IOC)
		s->intsts |= INT_SEV_COMPLETE;
}

/**
 * psp_mailbox_interrupt - send the device's interrupt, if it is enabled
 * @s: the device
 * @pending: set the status bit that says a command is complete
 */
void psp_mailbox_interrupt(PspState *s, bool pending)
{
	if (pending)
		s->intsts |= INT_SEV_COMPLETE;
	if (s->inten && msi_enabled(&s->parent))
		msi_notify(&s->parent, 0);
}

static void psp_reg_write(void *opaque, hwaddr addr, uint64_t val,
			  unsigned int size)
{
	PspState *s = opaque;

	switch (addr) {
	case REG_INTEN:
		s->inten = val;
		break;
	case REG_INTSTS:
		s->intsts &= ~val;
		break;
	case REG_BUF_LO:
		s->buf_lo = val;
		break;
	case REG_BUF_HI:
		s->buf_hi = val;
		break;
	case REG_CMDRESP:
		psp_command_start(s, val, (uint64_t)s->buf_hi << 32 | s->buf_lo);
		break;
	}
}

static const MemoryRegionOps psp_reg_ops = {
	.read = psp_reg_read,
	.write = psp_reg_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 4, .max_access_size = 4 },
	.impl = { .min_access_size = 4, .max_access_size = 4 },
};

static void psp_realize(PCIDevice *dev, Error **errp)
{
	PspState *s = AMD_PSP(dev);

	if (!snp_host) {
		error_setg(errp, "amd-psp needs -object snp-host");
		return;
	}
	if (msi_init(dev, 0, 1, true, false, errp))
		return;
	memory_region_init_io(&s->mmio, OBJECT(s), &psp_reg_ops, s, "amd-psp",
			      1 * MiB);
	pci_register_bar(dev, 2, PCI_BASE_ADDRESS_SPACE_MEMORY, &s->mmio);
	psp_crypto_init();
	s->version[0] = snp_host->api_major;
	s->version[1] = snp_host->api_minor;
	s->version[2] = snp_host->build;
	s->guests = g_ptr_array_new_with_free_func(psp_guest_free);
	psp_command_realize(s);
	psp_mark_realize(s);
	psp_fault_realize(s);
	psp_channel_realize(s);
	if (snp_host->faults && !psp_fault_load(s, snp_host->faults, errp))
		return;
}

static void psp_reset(DeviceState *dev)
{
	PspState *s = AMD_PSP(dev);

	psp_tmr_release(s);
	g_ptr_array_set_size(s->guests, 0);
	memset(s->asid, 0, sizeof(s->asid));
	s->sev_state = PSP_SEV_UNINIT;
	s->sev_es = false;
	memset(&s->identity, 0, sizeof(s->identity));
	s->nv_pa = 0;
	snp_host->api_major = s->version[0];
	snp_host->api_minor = s->version[1];
	snp_host->build = s->version[2];
	s->snp_state = PSP_SNP_UNINIT;
	s->rmp_initialized = false;
	psp_snp_reset(s);
	memset(s->iommu, 0, sizeof(s->iommu));
	s->cmdresp = s->buf_lo = s->buf_hi = s->inten = s->intsts = 0;
	psp_command_reset(s);
	psp_fault_reset(s);
	snp_moment_forget();

	/* The first one is the machine's start. */
	if (s->running) {
		s->resets++;
		snp_moment(&(struct snp_moment_info) { SNP_MOMENT_RESET, -1, 0 });
	}
	s->running = true;
}

static const Property psp_properties[] = {
	DEFINE_PROP_CHR("chardev", PspState, control.client[0].chr),
	DEFINE_PROP_CHR("observer", PspState, control.client[1].chr),
};

static void psp_class_init(ObjectClass *oc, void *data)
{
	DeviceClass *dc = DEVICE_CLASS(oc);
	PCIDeviceClass *pc = PCI_DEVICE_CLASS(oc);

	pc->realize = psp_realize;
	pc->vendor_id = PCI_VENDOR_ID_AMD;
	pc->device_id = 0x14ca;		/* ccp: pspv4, no CCP engine */
	pc->class_id = 0x1080;		/* encryption controller, other */
	device_class_set_legacy_reset(dc, psp_reset);
	device_class_set_props(dc, psp_properties);
	dc->hotpluggable = false;
	dc->desc = "AMD Secure Processor with SEV firmware";
	set_bit(DEVICE_CATEGORY_MISC, dc->categories);
}

static const TypeInfo psp_type = {
	.name = TYPE_AMD_PSP,
	.parent = TYPE_PCI_DEVICE,
	.instance_size = sizeof(PspState),
	.class_init = psp_class_init,
	.interfaces = (InterfaceInfo[]) {
		{ INTERFACE_CONVENTIONAL_PCI_DEVICE },
		{ }
	},
};

static void psp_register(void)
{
	type_register_static(&psp_type);
}
type_init(psp_register)
