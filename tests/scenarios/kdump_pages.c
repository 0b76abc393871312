// SPDX-License-Identifier: GPL-2.0-only
/* Which pages are guests', and what a dump shows of each: the list, the machine's word for it, and the look. */
#include <stdlib.h>
#include <string.h>

#include "kdump.h"

#define LINES_BYTES	3000	/* of a command */
#define READ_TIMEOUT_S	600

/* of the guests that live at the panic, as lines of corepages */
static char remembered[MACHINE_OUTPUT_BYTES];

bool kdump_remember_pages(struct run *r, int mib)
{
	if (!inside(r, 60, "for p in $(pidof sevguest); do corepages --of $p %d; done", mib) || !*r->output)
		return *r->output ? false : fail(r, "no process has a guest's memory");
	memcpy(remembered, r->output, sizeof(remembered));
	return true;
}

bool kdump_send_pages(struct run *r)
{
	const char *from = remembered, *to;
	size_t n;

	if (!inside(r, 60, ": >" KDUMP_PAGES))
		return false;
	for (; *from; from += n) {
		n = strlen(from);
		if (n > LINES_BYTES) {
			for (to = from + LINES_BYTES; *to != '\n'; to--)
				;
			n = to + 1 - from;
		}
		if (!inside(r, 60, "cat >>" KDUMP_PAGES " <<'end'\n%.*s\nend", (int)n, from))
			return false;
	}
	return true;
}

bool kdump_rmp(struct run *r, unsigned long long *base, unsigned long long *end)
{
	struct json_object *status = firmware_status(r), *rmp;

	if (!status)
		return false;
	rmp = firmware_member(status, "rmp");
	*base = json_object_get_uint64(firmware_member(rmp, "base"));
	*end = json_object_get_uint64(firmware_member(rmp, "end"));
	json_object_put(status);
	return *base || fail(r, "the machine has no RMP");
}

/* -1 with the reason */
static long long guests_pages(struct run *r)
{
	static const char * const states[] = { "Pre-Guest", "Pre-Swap", "Guest-Invalid", "Guest-Valid" };
	struct json_object *census;
	long long pages = 0;

	if (machine_control(&r->machine, "census", NULL, &census)) {
		fail(r, "%s", r->machine.error);
		return -1;
	}
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		pages += json_object_get_int64(firmware_member(firmware_member(census, "pages"), states[i]));
	json_object_put(census);
	return pages;
}

bool kdump_list_pages(struct run *r, long long *pages)
{
	unsigned long long base, end;
	long long counted = guests_pages(r);

	if (counted < 0 || !kdump_rmp(r, &base, &end) ||
	    !inside(r, 120, "corepages --rmp %#llx %#llx >" KDUMP_PAGES " && "
			    "{ n=0; while read -r _ c; do n=$((n + 0x$c)); done <" KDUMP_PAGES "; echo $n; }", base, end))
		return false;
	*pages = strtoll(r->output, NULL, 10);
	return *pages == counted ||
	       fail(r, "%lld pages of guests are listed, the machine counts %lld", *pages, counted);
}

bool kdump_look_at_pages_of_old(struct run *r, struct kdump_look *look)
{
	return inside(r, READ_TIMEOUT_S, "corepages /proc/vmcore <" KDUMP_PAGES) &&
	       (sscanf(r->output, "zero %ld content %ld missing %ld ones %ld", &look->zeros, &look->content, &look->missing,
		       &look->ones) == 4 || fail(r, "pages of guests: %.100s", r->output));
}

bool kdump_look_at_pages(struct run *r, struct kdump_look *look)
{
	return kdump_look_at_pages_of_old(r, look) &&
	       (!look->missing || fail(r, "%ld pages of guests are not in /proc/vmcore", look->missing));
}

bool kdump_dumped_pages(struct run *r, const char *how, long long *bytes, long long *shown)
{
	return inside(r, READ_TIMEOUT_S, "/tools/makedumpfile-1.7.6 -F %s /proc/vmcore 2>/run/dump | dumppages " KDUMP_PAGES
					 " || { tail -n 5 /run/dump; exit 1; }", how) &&
	       (sscanf(r->output, "bytes %lld shown %lld", bytes, shown) == 2 ||
		fail(r, "dumppages is not understood: %.100s", r->output));
}
