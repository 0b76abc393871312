// SPDX-License-Identifier: GPL-2.0-only
/*
 * crash extension: the commands "snp" and "rmp". The only file that knows crash's defs.h, which
 * Debian ships in the package crash; built for the crash that it is loaded into (8.0 and 9.0).
 */
#include <defs.h>

/* what defs.h and the core both name */
#undef likely
#undef unlikely
#undef READ_ONCE

#include "find.h"
#include "memory.h"
#include "pages.h"
#include "show.h"

#define SYSFS_BLOB	"/sys/kernel/ccp_ext/blob"
#define MAX_LIVE	(64u << 20)

/* What was found, kept until the extension is unloaded; a dump does not change. */
static struct {
	bool known;
	u8 *buf;
	u64 region_pa;		/* 0: from sysfs */
	struct rmpp_blob blob;
	struct foreign_list list;
	struct foreign_sources sources;
} host;

static u64 handover = FIND_ANYWHERE;

/* On a live host a page may be a guest's: only what the module says is read. */
bool memory_read(u64 pa, void *buf, u64 size)
{
	return !ACTIVE() && readmem(pa, PHYSADDR, buf, (long)size, "hand-over", RETURN_ON_ERROR | QUIET);
}

static void forget(void)
{
	foreign_free(&host.list);
	free(host.buf);
	memset(&host, 0, sizeof(host));
}

/* What is no page frame number any more. */
static u64 end_pfn(void)
{
	ulong max_pfn = 0;

	if (symbol_exists("max_pfn"))
		try_get_symbol_data("max_pfn", sizeof(max_pfn), &max_pfn);
	return max_pfn && max_pfn <= RMPP_MAX_PFN ? max_pfn : 1ULL << 20;
}

static const char *read_live(u64 *size)
{
	FILE *f = fopen(SYSFS_BLOB, "r");

	if (!f)
		return "live, and " SYSFS_BLOB " cannot be read: is ccp_ext loaded?";
	host.buf = malloc(MAX_LIVE);
	*size = host.buf ? fread(host.buf, 1, MAX_LIVE, f) : 0;
	fclose(f);
	return host.buf ? NULL : "out of memory";
}

/* True, or the reason is printed. */
static bool know_host(void)
{
	struct rmpp_where where;
	struct found_blob found;
	const char *why = NULL;
	struct dump d;
	u64 size = 0;
	int err;

	if (host.known && !ACTIVE())
		return true;
	forget();
	memory_open(&d, handover == FIND_ANYWHERE ? FIND_FIRST_PFN : RMPP_MAX_PFN);
	if (ACTIVE()) {
		why = read_live(&size);
	} else if (find_blob(&d, handover, &found)) {
		why = d.error;
	} else {
		host.buf = found.buf;
		host.region_pa = found.region_pa;
		size = found.size;
	}
	if (why) {
		fprintf(fp, "%s\n", why);
		return false;
	}
	err = rmpp_blob_check(&host.blob, host.buf, size, &where);
	if (err) {
		fprintf(fp, "blob: %s at offset %llu\n", rmpp_strerror(err),
			(unsigned long long)where.offset);
		return false;
	}
	memory_open(&d, RMPP_MAX_PFN);
	if (foreign_collect(&d, &host.blob, &host.list, &host.sources)) {
		fprintf(fp, "%s\n", d.error);
		return false;
	}
	host.known = true;
	return true;
}

/* ---- snp ---- */

static char *help_snp[] = {
	"snp",
	"SEV, SEV-ES and SEV-SNP: platform, guests, quarantine, firmware commands",
	"[-p] [-q] [-g] [-c] [-s] [-r] [-a address]",
	"  This command displays what the kernel module ccp_ext left about the host's secure",
	"  processor when the kernel crashed. Without an option all but the runs is displayed.",
	" ",
	"    -p  the platform: states of the firmware, RMP, TMR.",
	"    -q  pages that are kept out of a next kernel, and why.",
	"    -g  guests and their states.",
	"    -c  the last commands to the firmware.",
	"    -s  the steps of a shutdown, where there was one.",
	"    -r  the RMP, run by run.",
	"    -a  the hand-over region is at this physical address; without it the region is",
	"        looked for, and the one of the latest hop is taken.",
	" ",
	"  On a live system " SYSFS_BLOB " is read, and no memory.",
	"\nEXAMPLES",
	"  Guests of the host:\n",
	"    crash> snp -g",
	"    ",
	"    Guests: 2",
	"      SNP    ASID 5    context 0x10204000   policy 0x30000  alive, was RUNNING",
	"      SEV-ES ASID 1    handle  4            policy 0x5      alive, was RUNNING",
	NULL
};

static void cmd_snp(void)
{
	u32 what = 0;
	int c;

	while ((c = getopt(argcnt, args, "pqgcsra:")) != -1) {
		switch (c) {
		case 'p':
			what |= SHOW_PLATFORM;
			break;
		case 'q':
			what |= SHOW_QUARANTINE;
			break;
		case 'g':
			what |= SHOW_GUESTS;
			break;
		case 'c':
			what |= SHOW_COMMANDS;
			break;
		case 's':
			what |= SHOW_STEPS;
			break;
		case 'r':
			what |= SHOW_RUNS;
			break;
		case 'a':
			handover = htoll(optarg, FAULT_ON_ERROR, NULL);
			forget();
			break;
		default:
			argerrs++;
			break;
		}
	}
	if (argerrs || optind < argcnt)
		cmd_usage(pc->curcmd, SYNOPSIS);
	if (!know_host())
		return;
	if (host.region_pa)
		fprintf(fp, "%-13s %#llx\n", "Hand-over", (unsigned long long)host.region_pa);
	show_text(fp, &host.blob, what ? what : SHOW_ALL);
}

/* ---- rmp ---- */

static char *help_rmp[] = {
	"rmp",
	"whose a page of memory is",
	"[pfn | address | -s state | -a asid]",
	"  This command displays what the RMP says of a page, by the RMP itself if the dump has",
	"  it, else by what ccp_ext noted of it, the TMR and the quarantine.",
	" ",
	"      pfn  a page frame number; numbers are hexadecimal, as all that crash reads.",
	"  address  a physical address, which is anything above the highest page frame number,",
	"           or a kernel virtual one.",
	" -s state  pages in this state: Guest-Valid, Firmware, Context, TMR, ...; or a part of it.",
	"  -a asid  pages of the guest with this ASID (decimal).",
	" ",
	"  Without an argument the pages of each state are counted.",
	"\nEXAMPLES",
	"  Whose is the page at 0x10203000?\n",
	"    crash> rmp 10203000",
	"    page 0x10203, address 0x10203000: Guest-Valid, ASID 5",
	NULL
};

static void print_sources(void)
{
	const struct foreign_sources *s = &host.sources;

	fprintf(fp, "by %s%s\n", s->rmp_pages ? "the RMP in the dump" :
		s->runs ? "what ccp_ext noted of the RMP" : "the quarantine alone: no RMP could be read",
		s->rmp_pages && s->rmp_missing ? ", of which a part is missing, and what ccp_ext noted" : "");
	if (s->incomplete)
		fprintf(fp, "not complete: SNP was enabled, and pages of its guests are not known\n");
}

static void print_sums(void)
{
	u64 pages[KIND_COUNT] = { 0 }, i;
	char size[80];

	for (i = 0; i < host.list.nr; i++)
		pages[host.list.v[i].kind] += host.list.v[i].nr_pages;
	print_sources();
	for (i = 0; i < KIND_COUNT; i++)
		if (pages[i])
			fprintf(fp, "  %-16s %12llu pages %10s\n", kind_name((u32)i),
				(unsigned long long)pages[i],
				word_size(size, sizeof(size), pages[i] * RMPP_PAGE_SIZE));
	fprintf(fp, "  %-16s %12llu pages\n", "all", (unsigned long long)foreign_pages(&host.list));
}

/* The entry itself, in the raw layout of Zen 3 and 4. */
static void print_entry(u64 pfn)
{
	const struct rmpp_platform_ser *p = rmpp_blob_entry(&host.blob, RMPP_SECTION_PLATFORM, 0);
	u64 at = le64_to_cpu(p->rmp_base) + 0x4000 + pfn * sizeof(struct rmpp_raw_entry);
	struct rmpp_raw_entry raw;
	struct rmpp_entry e;

	if (!p->rmp_end || host.sources.rmp_segmented || at + sizeof(raw) > le64_to_cpu(p->rmp_end) + 1)
		fprintf(fp, "  no RMP entry that could be read here\n");
	else if (!memory_read(at, &raw, sizeof(raw)))
		fprintf(fp, "  its RMP entry (%#llx) is not in the dump\n", (unsigned long long)at);
	else {
		rmpp_entry_from_raw(&e, &raw);
		fprintf(fp, "  RMP entry %#llx: %016llx %016llx\n", (unsigned long long)at,
			(unsigned long long)le64_to_cpu(raw.hi), (unsigned long long)le64_to_cpu(raw.lo));
		fprintf(fp, "  %s, %s, ASID %u, GPA %#llx%s%s%s\n", rmpp_page_state_name(rmpp_entry_state(&e)),
			e.pagesize_2m ? "2 MiB" : "4 KiB", e.asid, (unsigned long long)e.gpa,
			e.validated ? ", validated" : "", e.immutable ? ", immutable" : "",
			e.vmsa ? ", VMSA" : "");
	}
}

static void print_page(char *text)
{
	u64 value = htoll(text, FAULT_ON_ERROR, NULL), pfn = value;
	const struct foreign *f;
	physaddr_t pa;

	/* not IS_KVADDR(): in minimal mode crash knows nothing of the kernel's mappings */
	if ((s64)value < 0) {
		if (pc->flags & MINIMAL_MODE || !kvtop(NULL, value, &pa, 0) ||
		    pa >> RMPP_PAGE_SHIFT >= RMPP_MAX_PFN) {
			fprintf(fp, "%#llx: no page\n", (unsigned long long)value);
			return;
		}
		pfn = pa >> RMPP_PAGE_SHIFT;
	} else if (value >= end_pfn()) {
		pfn = value >> RMPP_PAGE_SHIFT;
	}
	f = foreign_find(&host.list, pfn);
	fprintf(fp, "page %#llx, address %#llx: ", (unsigned long long)pfn,
		(unsigned long long)(pfn << RMPP_PAGE_SHIFT));
	if (!f)
		fprintf(fp, host.sources.incomplete ? "whose is not known\n" : "the host's\n");
	else if (f->asid)
		fprintf(fp, "%s, ASID %u\n", kind_name(f->kind), f->asid);
	else
		fprintf(fp, "%s\n", kind_name(f->kind));
	print_entry(pfn);
}

static void print_list(const char *state, s64 asid)
{
	u64 i, pages = 0;

	print_sources();
	fprintf(fp, "  %-18s %10s %5s  %s\n", "ADDRESS", "PAGES", "ASID", "STATE");
	for (i = 0; i < host.list.nr; i++) {
		const struct foreign *f = &host.list.v[i];

		if ((state && !strcasestr(kind_name(f->kind), state)) || (asid >= 0 && f->asid != asid))
			continue;
		fprintf(fp, "  %#-18llx %10llu %5u  %s\n", (unsigned long long)f->pfn << RMPP_PAGE_SHIFT,
			(unsigned long long)f->nr_pages, f->asid, kind_name(f->kind));
		pages += f->nr_pages;
	}
	fprintf(fp, "  %llu pages\n", (unsigned long long)pages);
}

static void cmd_rmp(void)
{
	char *state = NULL;
	s64 asid = -1;
	int c;

	while ((c = getopt(argcnt, args, "s:a:")) != -1) {
		if (c == 's')
			state = optarg;
		else if (c == 'a' && decimal(optarg, 0))
			asid = (s64)stol(optarg, FAULT_ON_ERROR, NULL);
		else
			argerrs++;
	}
	if (argerrs || argcnt - optind > 1 || (optind < argcnt && (state || asid >= 0)))
		cmd_usage(pc->curcmd, SYNOPSIS);
	if (!know_host())
		return;
	if (state || asid >= 0)
		print_list(state, asid);
	else if (optind < argcnt)
		print_page(args[optind]);
	else
		print_sums();
}

static struct command_table_entry commands[] = {
	{ "snp", cmd_snp, help_snp, MINIMAL },
	{ "rmp", cmd_rmp, help_rmp, MINIMAL },
	{ NULL },
};

/* defs.h is all structures and no versions: another crash's would be read where it has something else. */
static void __attribute__((constructor)) snp_init(void)
{
	if (*CRASH_VERSION && strcmp(build_version, CRASH_VERSION))
		fprintf(stderr, "snp.so: built for crash " CRASH_VERSION ", and this is %s: make crash-extension with its header\n",
			build_version);
	else
		register_extension(commands);
}

static void __attribute__((destructor)) snp_fini(void)
{
	forget();
}
