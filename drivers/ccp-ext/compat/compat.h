/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only place that knows one kernel from another. Main code speaks the
 * newest kernel; what older ones lack is found by name at run time, so that
 * nothing here asks for a version.
 */
#ifndef CCPX_COMPAT_H
#define CCPX_COMPAT_H

#include <linux/sysfs.h>
#include <linux/types.h>
#include <asm/msr.h>

/*
 * 6.16 renamed rdmsrl and its like (macros, both), and moved the functions for CPUID out of
 * <asm/processor.h>.
 */
#ifdef rdmsrq
#include <asm/cpuid/api.h>
#else
#include <asm/processor.h>

static inline int rdmsrq_safe(u32 msr, u64 *val)
{
	return rdmsrl_safe(msr, val);
}

static inline void wrmsrq(u32 msr, u64 val)
{
	wrmsrl(msr, val);
}
#endif

/* In <linux/kernel.h>, or in a header of its own that older kernels lack: the same in both. */
int __must_check hex2bin(u8 *dst, const char *src, size_t count);

struct file;

/* What the methods of a binary attribute are given: constant in newer kernels. */
#define CCPX_BIN_READ(attribute) \
	ssize_t (*)(struct file *, struct kobject *, attribute *, char *, loff_t, size_t)
#define ccpx_bin_attribute \
	typeof(*__builtin_choose_expr( \
		__builtin_types_compatible_p(typeof(((struct bin_attribute *)0)->read), \
					     CCPX_BIN_READ(struct bin_attribute)), \
		(struct bin_attribute *)0, (const struct bin_attribute *)0))

/*
 * ccp must not become a hard dependency: ccp_ext has to be loaded first. All of
 * these are looked up when needed and held only while in use.
 *
 * send: sev_do_cmd (6.9, 18085ac2f2fb "crypto: ccp: Provide an API to issue SEV and SNP commands")
 * where there is one, else sev_issue_cmd_external_user on /dev/sev.
 *
 * df_flush: sev_guest_df_flush (4.16), of a ccp that offers neither: 6.1's takes /dev/sev away when it gives its SEV half up.
 *
 * platform_shutdown: 6.16, f7b86e0e75bc "crypto: ccp - Add new SEV/SNP platform shutdown API", and
 * where that was backported: Debian's 6.12.107 has it, its 6.12.95 does not.
 */
struct ccpx_ccp {
	int	(*do_cmd)(int cmd, void *data, int *psp_ret);
	int	(*external_user)(struct file *f, unsigned int cmd, void *data, int *psp_ret);
	int	(*df_flush)(int *psp_ret);	/* NULL if there is a way to send commands */
	void	(*platform_shutdown)(void);	/* may be NULL beside all the others */
	void	*(*alloc_fw_page)(gfp_t gfp);	/* NULL before 6.9 */
	void	(*free_fw_page)(void *addr);
	int	(*iommu_snp_disable)(void);	/* NULL before 6.9 */
	struct file *dev_sev;
};

int ccpx_ccp_get(struct ccpx_ccp *ccp);
void ccpx_ccp_put(struct ccpx_ccp *ccp);
int ccpx_ccp_cmd(struct ccpx_ccp *ccp, u32 cmd, void *data, int *psp_ret);

/*
 * Flags of a mapping that is being made, which nobody else sees yet: to be written as vm_flags_init() does. Since 6.3
 * (bc292ab00f6c, "mm: introduce vma->vm_flags wrapper functions") they are constant for others.
 */
#define ccpx_new_vma_flags(vma, set, clear) \
	(*(vm_flags_t *)&(vma)->vm_flags = ((vma)->vm_flags & ~(vm_flags_t)(clear)) | (set))

bool ccpx_has_unaccepted_memory(void);

struct vmcore_cb;

int ccpx_register_vmcore_cb(struct vmcore_cb *cb);
bool ccpx_kernel_knows_snp(void);
bool ccpx_ccp_loaded(void);
int ccpx_alloc_contig(u64 start_pfn, u64 nr_pages);
void ccpx_free_contig(u64 start_pfn, u64 nr_pages);
void ccpx_free_reserved(u64 pfn);

#endif /* CCPX_COMPAT_H */
