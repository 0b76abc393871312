# SPDX-License-Identifier: GPL-2.0-only
# The devices that the emulated SNP host has, and no others.
CONFIG_Q35=y
CONFIG_AMD_IOMMU=y
CONFIG_HPET=y
CONFIG_ISA_DEBUG=y
CONFIG_PCI_DEVICES=n
CONFIG_VIRTIO_PCI=y
CONFIG_VIRTIO_BLK=y
CONFIG_VIRTIO_NET=y
# A device that copies memory on demand: the machine's own DMA tests.
CONFIG_EDU=y
