/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KHO, the kernel's own hand-over (CONFIG_KEXEC_HANDOVER), where it is built in. Its
 * calls have changed with its format. Those that are used here came together with the
 * size of a subtree's blob, whose name in the header tells them from what was before.
 */
#ifndef CCPX_COMPAT_KHO_H
#define CCPX_COMPAT_KHO_H

#include <linux/errno.h>
#include <linux/kexec.h>
#include <linux/mm.h>

/* Debian 12's sparse cannot ask */
#if defined(CONFIG_KEXEC_HANDOVER) && defined(__has_include)
#if __has_include("linux/kho/abi/kexec_handover.h")
#include <linux/kexec_handover.h>
#include <linux/kho/abi/kexec_handover.h>
#endif
#endif

#ifdef KHO_SUB_TREE_SIZE_PROP_NAME

#include <asm-generic/kexec_handover.h>

/*
 * In the first page's private word, with the order, until what KHO keeps is asked back:
 * kho_restore_pages() warns where it is missing, and no input from another kernel is worth a
 * warning. KHO_PAGE_MAGIC in kernel/liveupdate/kexec_handover.c; where it is another one,
 * nothing is found.
 */
#define CCPX_KHO_MAGIC	0x4b484f50UL

static inline bool ccpx_kho_heads(u64 pfn, unsigned int order)
{
	return page_private(pfn_to_page(pfn)) == (CCPX_KHO_MAGIC << 32 | order);
}

static inline bool ccpx_kho_enabled(void)
{
	return kho_is_enabled();
}

static inline int ccpx_kho_retrieve(const char *name, u64 *pa, u64 *size)
{
	phys_addr_t phys;
	size_t bytes;
	int rc = kho_retrieve_subtree(name, &phys, &bytes);

	*pa = rc ? 0 : phys;
	*size = rc ? 0 : bytes;
	return rc;
}

static inline bool ccpx_kho_restore(u64 pa, u64 size)
{
	return kho_restore_pages(pa, size >> PAGE_SHIFT);
}

static inline int ccpx_kho_preserve(u64 pa, u64 size)
{
	return kho_preserve_pages(pfn_to_page(pa >> PAGE_SHIFT), size >> PAGE_SHIFT);
}

static inline void ccpx_kho_unpreserve(u64 pa, u64 size)
{
	kho_unpreserve_pages(pfn_to_page(pa >> PAGE_SHIFT), size >> PAGE_SHIFT);
}

static inline int ccpx_kho_add(const char *name, void *blob, u64 size)
{
	return kho_add_subtree(name, blob, size);
}

static inline void ccpx_kho_remove(void *blob)
{
	kho_remove_subtree(blob);
}

/* The i-th area that an image hands on as scratch memory. */
static inline bool ccpx_kho_scratch(const struct kimage *image, u32 i, u64 *pa, u64 *size)
{
	const struct kexec_segment *s = image->kho.scratch;
	const struct kho_scratch *v;

	if (!s || i >= s->bufsz / sizeof(*v))
		return false;
	v = s->kbuf;
	*pa = v[i].addr;
	*size = v[i].size;
	return true;
}

#else

static inline bool ccpx_kho_heads(u64 pfn, unsigned int order)
{
	return false;
}

static inline bool ccpx_kho_enabled(void)
{
	return false;
}

static inline int ccpx_kho_retrieve(const char *name, u64 *pa, u64 *size)
{
	return -ENOENT;
}

static inline bool ccpx_kho_restore(u64 pa, u64 size)
{
	return false;
}

static inline int ccpx_kho_preserve(u64 pa, u64 size)
{
	return -EOPNOTSUPP;
}

static inline void ccpx_kho_unpreserve(u64 pa, u64 size)
{
}

static inline int ccpx_kho_add(const char *name, void *blob, u64 size)
{
	return -EOPNOTSUPP;
}

static inline void ccpx_kho_remove(void *blob)
{
}

static inline bool ccpx_kho_scratch(const struct kimage *image, u32 i, u64 *pa, u64 *size)
{
	return false;
}

#endif

#endif /* CCPX_COMPAT_KHO_H */
