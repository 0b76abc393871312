// SPDX-License-Identifier: GPL-2.0-only
/* What is in the pages of a kdump-compressed dump: libkdumpfile knows how to unpack them. */
#include <inttypes.h>
#include <libkdumpfile/kdumpfile.h>

#include "dump.h"

/** kdump_content_open() - see dump.h */
int kdump_content_open(struct dump *d)
{
	kdump_ctx_t *ctx = kdump_new();

	d->kdump.content = ctx;
	if (!ctx)
		return dump_fail(d, "out of memory");
	/* what is mapped may end where the file does, with SIGBUS */
	kdump_set_number_attr(ctx, KDUMP_ATTR_FILE_MMAP_POLICY, KDUMP_MMAP_NEVER);
	if (kdump_open_fd(ctx, d->fd) != KDUMP_OK)
		return dump_fail(d, "libkdumpfile cannot open it: %s", kdump_get_err(ctx));
	return 0;
}

/** kdump_content_close() - see dump.h */
void kdump_content_close(struct dump *d)
{
	if (d->kdump.content)
		kdump_free(d->kdump.content);
	d->kdump.content = NULL;
}

/** kdump_content_read() - see dump.h */
int kdump_content_read(struct dump *d, u64 pfn, u8 *page)
{
	size_t size = RMPP_PAGE_SIZE;

	if (kdump_read(d->kdump.content, KDUMP_MACHPHYSADDR, pfn << RMPP_PAGE_SHIFT, page,
		       &size) != KDUMP_OK)
		return dump_fail(d, "page %#" PRIx64 ": libkdumpfile cannot read it: %s",
				 (uint64_t)(pfn << RMPP_PAGE_SHIFT),
				 kdump_get_err(d->kdump.content));
	return 0;
}
