// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps ccp away from the PSP for as long as guests of a previous kernel live in the firmware. A
 * stock ccp cannot take an initialized firmware over: its probe fails, or shuts it down. One
 * device has one driver, so this module becomes that driver; once it lets go, ccp probes as it
 * would have done at boot.
 */
#include "ccp_ext.h"
#include "psp_raw.h"

#include <linux/pci.h>

static int hold_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	return 0;	/* the mailbox is taken for the length of a command only: psp_raw.c */
}

static void hold_remove(struct pci_dev *pdev)
{
}

static struct pci_driver hold_driver = {
	.name = "ccp_ext",
	.id_table = psp_raw_ids,
	.probe = hold_probe,
	.remove = hold_remove,
	/* nobody gives the firmware away behind our back */
	.driver.suppress_bind_attrs = true,
};

static bool held;

/**
 * ccpx_hold_psp() - become the driver of every PSP that has none
 *
 * Context: process; not while the mailbox is open, which holds the device's lock.
 * Return: 0 or -errno.
 */
int ccpx_hold_psp(void)
{
	int rc;

	if (held)
		return 0;
	rc = pci_register_driver(&hold_driver);
	held = !rc;
	return rc;
}

/* This module, and not ccp, is bound. */
bool ccpx_holds_psp(const struct device *dev)
{
	return held && dev->driver == &hold_driver.driver;
}

/**
 * ccpx_let_go_psp() - leave the PSPs to ccp
 *
 * If ccp is loaded it probes before this returns, else when it is.
 *
 * Context: as ccpx_hold_psp().
 */
void ccpx_let_go_psp(void)
{
	const struct pci_device_id *id;
	struct pci_dev *pdev = NULL;

	if (!held)
		return;
	pci_unregister_driver(&hold_driver);
	held = false;
	for (id = psp_raw_ids; id->vendor; id++)
		while ((pdev = pci_get_device(id->vendor, id->device, pdev)))
			if (device_attach(&pdev->dev) < 0)
				pr_warn("%s: ccp did not take the PSP over\n", pci_name(pdev));
}
