// SPDX-License-Identifier: GPL-2.0-only
/* rmpctl vmcore audit */
#include <inttypes.h>

#include "vmcore.h"

#define SHOWN	20u		/* lines of a list without --all */

static void print_sources(const struct vmcore *v)
{
	const struct foreign_sources *s = &v->sources;
	char size[80];

	if (v->found.nr_regions)
		printf("Hand-over     at %#" PRIx64 ", generation %" PRIu64 "%s\n",
		       (uint64_t)v->found.region_pa,
		       (uint64_t)le64_to_cpu(v->blob.header->generation),
		       v->found.nr_regions > 1 ? ", the last of more than one" : "");
	else
		printf("Hand-over     from %s, generation %" PRIu64 "\n", v->input.name,
		       (uint64_t)le64_to_cpu(v->blob.header->generation));
	if (s->rmp_segmented)
		puts("RMP           segmented, not looked for in the dump");
	else if (s->rmp_pages)
		printf("RMP           in the dump, entries of %s%s\n",
		       word_size(size, sizeof(size), s->rmp_pages * RMPP_PAGE_SIZE),
		       s->rmp_missing ? ", the rest is missing" : "");
	else
		puts("RMP           not in the dump");
	printf("Blob's RMP    %s%s\n", s->runs ? "read" : "could not be read, or there was none",
	       s->runs_coarse ? ", in blocks of 2 MiB where it had too many runs" : "");
	if (s->incomplete)
		puts("NOT COMPLETE  SNP was enabled: which pages its guests had is told by an RMP alone");
}

static void print_tally(const struct verdict_of_audit *a)
{
	struct tally sum = { 0 };
	u32 i;

	printf("\n%-16s %14s %12s %12s %12s %12s\n", "pages", "not the host's", "not in dump", "zeros",
	       "ones", "with content");
	for (i = 0; i <= KIND_COUNT; i++) {
		const struct tally *t = i < KIND_COUNT ? &a->tally[i] : &sum;

		if (i < KIND_COUNT && !t->listed)
			continue;
		printf("%-16s %14" PRIu64 " %12" PRIu64 " %12" PRIu64 " %12" PRIu64 " %12" PRIu64 "\n",
		       i < KIND_COUNT ? kind_name(i) : "all", (uint64_t)t->listed,
		       (uint64_t)t->absent, (uint64_t)t->zeros, (uint64_t)t->ones,
		       (uint64_t)t->content);
		sum.listed += t->listed;
		sum.absent += t->absent;
		sum.zeros += t->zeros;
		sum.ones += t->ones;
		sum.content += t->content;
	}
}

static void print_pages(const struct verdict_of_audit *a, u64 most)
{
	u64 i;

	if (!a->in_dump.nr)
		return;
	printf("\nIn the dump:\n  %-18s %10s %5s  %s\n", "address", "pages", "ASID", "state");
	for (i = 0; i < a->in_dump.nr && i < most; i++)
		printf("  %#-18" PRIx64 " %10" PRIu64 " %5" PRIu32 "  %s\n",
		       (uint64_t)(a->in_dump.v[i].pfn << RMPP_PAGE_SHIFT),
		       (uint64_t)a->in_dump.v[i].nr_pages, a->in_dump.v[i].asid,
		       kind_name(a->in_dump.v[i].kind));
	if (i < a->in_dump.nr)
		printf("  and %" PRIu64 " more: --all lists them\n", (uint64_t)(a->in_dump.nr - i));
}

static void print_hits(const struct vmcore *v, const struct vmcore_options *o,
		       const struct verdict_of_audit *a, u32 most)
{
	u32 i;

	if (!o->nr_patterns)
		return;
	printf("\nKnown bytes: %" PRIu32 " searched for, found %" PRIu64 " times\n", o->nr_patterns,
	       (uint64_t)a->hits.total);
	for (i = 0; i < a->hits.nr && i < most; i++) {
		const struct hit *h = &a->hits.v[i];
		const struct pattern *p = &o->pattern[h->pattern];
		const struct foreign *f = h->note ? NULL :
			foreign_find(&v->list, h->where >> RMPP_PAGE_SHIFT);
		char text[40];

		printf("  %#-18" PRIx64 " --%s %s  (%s)\n", (uint64_t)h->where, p->option,
		       word_text(text, sizeof(text), (const u8 *)p->text, strlen(p->text)),
		       h->note ? "offset in the file, a note" : f ? kind_name(f->kind) :
		       a->known && !v->sources.incomplete ? "the host's" : "whose is not known");
	}
	if (i < a->hits.total)
		printf("  and %" PRIu64 " more%s\n", (uint64_t)(a->hits.total - i),
		       a->hits.total > HITS_MAX ? "" : ": --all lists them");
}

static void print(const struct vmcore *v, const struct vmcore_options *o,
		  const struct verdict_of_audit *a)
{
	u64 bad = foreign_pages(&a->in_dump);

	printf("Dump          %s, %s\n", v->dump.name, dump_format_name(&v->dump));
	if (a->known) {
		print_sources(v);
		print_tally(a);
		print_pages(a, o->all ? U64_MAX : SHOWN);
	}
	print_hits(v, o, a, o->all ? HITS_MAX : SHOWN);
	putchar('\n');
	if (a->known)
		printf("%" PRIu64 " of %" PRIu64 " pages that are not the host's are in the dump\n",
		       (uint64_t)bad, (uint64_t)foreign_pages(&v->list));
}

/**
 * vmcore_audit() - say what of others is in a dump
 * @o: options
 *
 * Without a blob known bytes are searched for all the same: those that are found are found.
 *
 * Return: an exit code.
 */
int vmcore_audit(const struct vmcore_options *o)
{
	static struct verdict_of_audit a;
	struct vmcore v;
	int ret, rc;

	ret = vmcore_open(&v, o);
	if (!ret) {
		ret = vmcore_know(&v, o);
		a.known = !ret;
		rc = a.known ? audit_pages(&v.dump, &v.list, a.tally, &a.in_dump) : 0;
		rc = rc ?: search_dump(&v.dump, o->pattern, o->nr_patterns, &a.hits);
		if (rc) {
			ret = vmcore_complain(&v.dump);
		} else {
			if (o->json)
				vmcore_audit_json(&v, o, &a);
			else if (a.known || a.hits.total)
				print(&v, o, &a);
			if (a.in_dump.nr || a.hits.total)
				ret = VERDICT_UNSAFE;
			else if (a.known && v.sources.incomplete)
				ret = vmcore_incomplete(&v);
		}
	}
	foreign_free(&a.in_dump);
	vmcore_close(&v);
	return ret;
}
