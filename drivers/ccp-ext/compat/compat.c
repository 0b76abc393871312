// SPDX-License-Identifier: GPL-2.0-only
#include "../ccp_ext.h"
#include "compat.h"

#include <linux/efi.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/mm.h>

/* Older kernels want a migrate type, whose numbers mean something else as flags. */
#ifndef ACR_FLAGS_NONE
#define ACR_FLAGS_NONE MIGRATE_MOVABLE
#endif

static void *get(const char *name)
{
	return __symbol_get(name);
}

static void put(const char *name, const void *fn)
{
	if (fn)
		__symbol_put(name);
}

/**
 * ccpx_ccp_get() - take hold of the stock ccp driver
 * @ccp: filled; given back by ccpx_ccp_put()
 *
 * Context: process. Return: 0, with df_flush set if it offers no way to send commands; -ENODEV if ccp is
 * not loaded.
 */
int ccpx_ccp_get(struct ccpx_ccp *ccp)
{
	memset(ccp, 0, sizeof(*ccp));
	ccp->do_cmd = get("sev_do_cmd");
	ccp->platform_shutdown = get("sev_platform_shutdown");
	ccp->alloc_fw_page = get("snp_alloc_firmware_page");
	ccp->free_fw_page = get("snp_free_firmware_page");
	ccp->iommu_snp_disable = get("amd_iommu_snp_disable");
	if (ccp->do_cmd)
		return 0;

	ccp->external_user = get("sev_issue_cmd_external_user");
	if (ccp->external_user) {
		ccp->dev_sev = filp_open("/dev/sev", O_RDWR, 0);
		if (!IS_ERR(ccp->dev_sev))
			return 0;
		ccp->dev_sev = NULL;
	}
	ccp->df_flush = get("sev_guest_df_flush");
	if (ccp->df_flush)
		return 0;
	ccpx_ccp_put(ccp);
	return -ENODEV;
}

void ccpx_ccp_put(struct ccpx_ccp *ccp)
{
	if (ccp->dev_sev)
		filp_close(ccp->dev_sev, NULL);
	put("sev_do_cmd", ccp->do_cmd);
	put("sev_guest_df_flush", ccp->df_flush);
	put("sev_platform_shutdown", ccp->platform_shutdown);
	put("snp_alloc_firmware_page", ccp->alloc_fw_page);
	put("snp_free_firmware_page", ccp->free_fw_page);
	put("amd_iommu_snp_disable", ccp->iommu_snp_disable);
	put("sev_issue_cmd_external_user", ccp->external_user);
	memset(ccp, 0, sizeof(*ccp));
}

int ccpx_ccp_cmd(struct ccpx_ccp *ccp, u32 cmd, void *data, int *psp_ret)
{
	if (ccp->do_cmd)
		return ccp->do_cmd(cmd, data, psp_ret);
	return ccp->external_user(ccp->dev_sev, cmd, data, psp_ret);
}

/* Is there memory that this kernel, a guest then, has not accepted yet? Kernels before 6.5 do not know of any. */
bool ccpx_has_unaccepted_memory(void)
{
#ifdef CONFIG_UNACCEPTED_MEMORY
	return efi.unaccepted != EFI_INVALID_TABLE_ADDR;
#else
	return false;
#endif
}

/* Kernels without /proc/vmcore do not have it, nor do those before 5.16. */
int ccpx_register_vmcore_cb(struct vmcore_cb *cb)
{
	void (*fn)(struct vmcore_cb *cb) = get("register_vmcore_cb");

	if (!fn)
		return -ENOENT;
	fn(cb);
	put("register_vmcore_cb", fn);
	return 0;
}

/* Exported by every ccp with SEV since 4.16. */
bool ccpx_ccp_loaded(void)
{
	const void *fn = get("sev_issue_cmd_external_user");

	put("sev_issue_cmd_external_user", fn);
	return fn;
}

/* Host support came with this export (6.9, arch/x86/virt/svm/sev.c). */
bool ccpx_kernel_knows_snp(void)
{
	const void *fn = get("snp_lookup_rmpentry");

	put("snp_lookup_rmpentry", fn);
	return fn;
}

/**
 * ccpx_alloc_contig() - take exactly these pages, if they can be had
 * @start_pfn: first page
 * @nr_pages: how many; each is a page of its own, to be freed one by one
 *
 * Context: process, may sleep and migrate. Return: 0 or -errno (-EBUSY: a page
 * in the range cannot be moved).
 */
int ccpx_alloc_contig(u64 start_pfn, u64 nr_pages)
{
	return alloc_contig_range(start_pfn, start_pfn + nr_pages, ACR_FLAGS_NONE,
				  GFP_KERNEL | __GFP_NOWARN);
}

void ccpx_free_contig(u64 start_pfn, u64 nr_pages)
{
	u64 pfn;

	for (pfn = start_pfn; pfn < start_pfn + nr_pages; pfn++)
		__free_page(pfn_to_page(pfn));
}

/* A page that boot-time reservations kept back goes to the page allocator. */
void ccpx_free_reserved(u64 pfn)
{
	free_reserved_page(pfn_to_page(pfn));
}
