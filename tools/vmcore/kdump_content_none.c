// SPDX-License-Identifier: GPL-2.0-only
/* Where libkdumpfile is missing: static programs, systems without it. */
#include "dump.h"

/** kdump_content_open() - see dump.h */
int kdump_content_open(struct dump *d)
{
	return dump_fail(d, "kdump-compressed, and this rmpctl was built without libkdumpfile: rebuild it with libkdumpfile-dev");
}

/** kdump_content_close() - see dump.h */
void kdump_content_close(struct dump *d)
{
	d->kdump.content = NULL;
}

/** kdump_content_read() - see dump.h */
int kdump_content_read(struct dump *d, u64 pfn, u8 *page)
{
	(void)pfn;
	(void)page;
	return kdump_content_open(d);
}
