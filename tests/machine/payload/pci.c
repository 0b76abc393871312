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
