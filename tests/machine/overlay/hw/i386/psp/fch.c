// SPDX-License-Identifier: GPL-2.0-only
/*
 * The place of the Fusion Controller Hub: Linux 7.3 takes the IOAPIC that the
 * IVRS names for the southbridge's only if the PCI function of that number is a
 * SMBus controller or ISA bridge, and remaps no interrupts otherwise
 * (drivers/iommu/amd/init.c, check_sb_ioapic()). It does nothing.
 */
#include "qemu/osdep.h"
#include "hw/pci/pci_device.h"
#include "qemu/module.h"

#define TYPE_AMD_FCH	"amd-fch"
#define FCH_SMBUS_ID	0x790b

static void fch_class_init(ObjectClass *oc, void *data)
{
	PCIDeviceClass *pc = PCI_DEVICE_CLASS(oc);

	pc->vendor_id = PCI_VENDOR_ID_AMD;
	pc->device_id = FCH_SMBUS_ID;
	pc->revision = 0x61;
	pc->class_id = PCI_CLASS_SERIAL_SMBUS;
	DEVICE_CLASS(oc)->desc = "AMD FCH SMBus controller (placeholder)";
	set_bit(DEVICE_CATEGORY_MISC, DEVICE_CLASS(oc)->categories);
}

static const TypeInfo fch_type = {
	.name = TYPE_AMD_FCH,
	.parent = TYPE_PCI_DEVICE,
	.instance_size = sizeof(PCIDevice),
	.class_init = fch_class_init,
	.interfaces = (InterfaceInfo[]) {
		{ INTERFACE_CONVENTIONAL_PCI_DEVICE },
		{ }
	},
};

static void fch_register(void)
{
	type_register_static(&fch_type);
}
type_init(fch_register)
