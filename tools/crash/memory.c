// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>

#include "memory.h"

static u64 limit;

/** memory_open() - see memory.h */
void memory_open(struct dump *d, u64 limit_pfn)
{
	memset(d, 0, sizeof(*d));
	d->name = "dump";
	limit = limit_pfn;
}

/** dump_fail() - see dump.h */
int dump_fail(struct dump *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(d->error, sizeof(d->error), format, args);
	va_end(args);
	return -1;
}

/** dump_next() - see dump.h; crash cannot tell which page is the next, so each may be there */
u64 dump_next(const struct dump *d, u64 pfn)
{
	(void)d;
	return pfn < limit ? pfn : RMPP_MAX_PFN;
}

/** dump_has() - see dump.h; reading shows */
bool dump_has(const struct dump *d, u64 pfn)
{
	(void)d;
	return pfn < limit;
}

/** dump_read_at() - see dump.h */
int dump_read_at(struct dump *d, u64 pa, void *buf, u64 size)
{
	(void)d;
	return memory_read(pa, buf, size);
}
