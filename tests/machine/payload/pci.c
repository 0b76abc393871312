// SPDX-License-Identifier: GPL-2.0-only
#include "payload.h"

#define CONFIG_ADDRESS	0xcf8
#define CONFIG_DATA	0xcfc
#define COMMAND_MEM_MASTER 6

static void config_select(unsigned int device, unsigned int reg)
{
	outl(CONFIG_ADDRESS, 1u << 31 | device << 11 | reg);
}

/**
 * pci_device - find a device and give one of its BARs an address
 * @id: device and vendor, as in its first register
 * @bar: which BAR
 * @address: the address, below 4 GiB
 *
 * Return: the address, or 0 if there is no such device.
 */
u64 pci_device(u32 id, unsigned int bar, u64 address)
{
	for (unsigned int device = 0; device < 32; device++) {
		config_select(device, 0);
		if (inl(CONFIG_DATA) != id)
			continue;
		config_select(device, 0x10 + bar * 4);
		outl(CONFIG_DATA, address);
		config_select(device, 4);
		outl(CONFIG_DATA, COMMAND_MEM_MASTER);
		return address;
	}
	return 0;
}

#define CAPABILITIES	0x34
#define CAPABILITY_MSI	5
#define MSI_ENABLE	BIT(16)
#define MSI_64		BIT(23)
#define LAPIC		0xfee00000ULL

static u32 config_at(unsigned int device, unsigned int reg)
{
	config_select(device, reg);
	return inl(CONFIG_DATA);
}

/**
 * pci_msi - let a device send message signalled interrupts to this CPU
 * @id: device and vendor, as in its first register
 * @vector: which
 */
void pci_msi(u32 id, u8 vector)
{
	unsigned int device = 0, at;
	u32 head;

	while (device < 31 && config_at(device, 0) != id)
		device++;
	at = config_at(device, CAPABILITIES) & 0xfc;
	while (at && (config_at(device, at) & 0xff) != CAPABILITY_MSI)
		at = config_at(device, at) >> 8 & 0xfc;
	if (!at)
		return;
	head = config_at(device, at);
	config_select(device, at + 4);
	outl(CONFIG_DATA, LAPIC);
	config_select(device, at + (head & MSI_64 ? 12 : 8));
	outl(CONFIG_DATA, vector);
	config_select(device, at);
	outl(CONFIG_DATA, head | MSI_ENABLE);
}
