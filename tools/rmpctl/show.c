// SPDX-License-Identifier: GPL-2.0-only
/* rmpctl show: a blob for people. */
#include <inttypes.h>
#include <stdarg.h>

#include "rmpctl.h"

#define WIDTH	80	/* of buffers for words */

static const char help[] =
"Usage: rmpctl show [--incoming] [--json] [--runs] [--handover ADDR] [FILE|-]\n\n"
"Prints what a blob says: the platform at the jump, pages kept out of the next\n"
"kernel, the RMP by page state, guests and what became of them, the steps of the\n"
"shutdown, and the last firmware commands. --runs lists each run of the RMP.\n\n"
"Exit codes: 0 shown, 1 a blob that a next kernel would refuse, 2 could not tell.\n";

static void line(const char *name, const char *format, ...)
{
	va_list args;

	printf("%-13s ", name);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

static void range(const char *name, __le64 pa, __le64 size, const char *more)
{
	char text[WIDTH];

	if (!size)
		line(name, "none");
	else
		line(name, "%#" PRIx64 ", %s%s", (uint64_t)le64_to_cpu(pa),
		     word_size(text, sizeof(text), le64_to_cpu(size)), more);
}

static void show_header(const struct rmpp_blob *blob)
{
	const struct rmpp_header_ser *h = blob->header;
	char text[WIDTH];

	line("Blob", "%" PRIu64 " bytes, generation %" PRIu64 ", hop %" PRIu64 " since power-on",
	     (uint64_t)blob->size, (uint64_t)le64_to_cpu(h->generation),
	     (uint64_t)le64_to_cpu(h->boot_count));
	line("Written by", "%s", word_text(text, sizeof(text), h->writer, sizeof(h->writer)));
}

static void show_firmware(const struct rmpp_platform_ser *p, u32 flags)
{
	char guests[WIDTH] = "";

	if (p->guest_count != cpu_to_le32(U32_MAX))
		snprintf(guests, sizeof(guests), ", guests: %" PRIu32,
			 le32_to_cpu(p->guest_count));
	line("Firmware", "%u.%u build %" PRIu32 "%s", p->api_major, p->api_minor,
	     le32_to_cpu(p->build), flags & RMPP_PLATFORM_PSP_DEAD ? ", stopped answering" :
	     flags & RMPP_PLATFORM_QUIESCED ? ", shut down" : "");
	line("SEV", "%s%s", word_sev_state(p->sev_state), guests);
	line("SNP", "%s%s", word_snp_state(p->snp_state),
	     flags & RMPP_PLATFORM_SNP_EN ? ", enforced on all CPUs" :
	     flags & RMPP_PLATFORM_SNP_EN_MIXED ? ", enforced on some CPUs only" : "");
}

static void show_platform(const struct rmpp_blob *blob)
{
	const struct rmpp_platform_ser *p = rmpp_blob_entry(blob, RMPP_SECTION_PLATFORM, 0);
	u32 flags = le32_to_cpu(p->flags);
	char text[WIDTH];

	line("Kernel", "%s", word_text(text, sizeof(text), p->release, sizeof(p->release)));
	show_firmware(p, flags);
	if (p->rmp_end)
		range("RMP", p->rmp_base, cpu_to_le64(le64_to_cpu(p->rmp_end) + 1 -
						      le64_to_cpu(p->rmp_base)),
		      flags & RMPP_PLATFORM_RMP_READ ? "" : ", not read");
	else
		line("RMP", "none");
	range("TMR", p->tmr_pa, p->tmr_size,
	      flags & RMPP_PLATFORM_QUIESCED ? ", released" : ", may still be locked");
	range("Region", p->region_pa, p->region_size, "");
	range("Landing zone", p->zone_pa, p->zone_size, "");
	line("Policy", "%s%s", rmpp_policy_name(p->policy), flags & RMPP_PLATFORM_QUARANTINE_OFF ?
	     ", quarantine switched off" : "");
	line("Assigned", "%" PRIu64 " pages (%s), %" PRIu64 " of them immutable",
	     (uint64_t)le64_to_cpu(p->nr_assigned),
	     word_size(text, sizeof(text), le64_to_cpu(p->nr_assigned) * RMPP_PAGE_SIZE),
	     (uint64_t)le64_to_cpu(p->nr_immutable));
	line("Quiesce", "%.3f ms", (double)le64_to_cpu(p->quiesce_us) / 1000);
}

static void show_quarantine(const struct rmpp_blob *blob)
{
	const struct rmpp_extent_ser *x, *top = rmpp_blob_entry(blob, RMPP_SECTION_TOP, 0);
	char size[WIDTH], why[WIDTH];
	u64 pages = 0;
	u32 i;

	for (i = 0; (x = rmpp_blob_entry(blob, RMPP_SECTION_QUARANTINE, i)); i++)
		pages += le64_to_cpu(x->nr_pages);
	printf("\nQuarantine: %" PRIu32 " extents, %s\n", i,
	       word_size(size, sizeof(size), pages * RMPP_PAGE_SIZE));
	if (i)
		printf("  %-18s %12s %10s  %s\n", "address", "pages", "size", "why");
	for (i = 0; (x = rmpp_blob_entry(blob, RMPP_SECTION_QUARANTINE, i)); i++)
		printf("  %#-18" PRIx64 " %12" PRIu64 " %10s  %s\n",
		       (uint64_t)(le64_to_cpu(x->pfn) << RMPP_PAGE_SHIFT),
		       (uint64_t)le64_to_cpu(x->nr_pages),
		       word_size(size, sizeof(size), le64_to_cpu(x->nr_pages) * RMPP_PAGE_SIZE),
		       word_reasons(why, sizeof(why), le32_to_cpu(x->reason)));
	if (top)
		printf("\nCut off the end of RAM: %s from %#" PRIx64 "\n",
		       word_size(size, sizeof(size), le64_to_cpu(top->nr_pages) * RMPP_PAGE_SIZE),
		       (uint64_t)(le64_to_cpu(top->pfn) << RMPP_PAGE_SHIFT));
}

static void show_runs(const struct rmpp_blob *blob, bool each)
{
	struct state_sum sum[RMPP_PAGE_STATE_MAX + 1];
	const struct rmpp_platform_ser *p = rmpp_blob_entry(blob, RMPP_SECTION_PLATFORM, 0);
	const struct rmpp_run_ser *r;
	char size[WIDTH];
	u32 i;

	sum_states(blob, sum);
	printf("\nRMP at the jump: %" PRIu32 " runs%s\n",
	       rmpp_blob_count(blob, RMPP_SECTION_RMP_RUNS),
	       le32_to_cpu(p->flags) & RMPP_PLATFORM_RUNS_COARSE ?
	       ", merged to 2 MiB blocks where they were too many" : "");
	for (i = 0; i <= RMPP_PAGE_STATE_MAX; i++)
		if (sum[i].nr_runs)
			printf("  %-13s %8" PRIu32 " runs %12" PRIu64 " pages %10s\n",
			       rmpp_page_state_name(i), sum[i].nr_runs,
			       (uint64_t)sum[i].nr_pages,
			       word_size(size, sizeof(size), sum[i].nr_pages * RMPP_PAGE_SIZE));
	if (!each)
		return;
	printf("  %-18s %10s %5s  %s\n", "address", "pages", "ASID", "state");
	for (i = 0; (r = rmpp_blob_entry(blob, RMPP_SECTION_RMP_RUNS, i)); i++)
		printf("  %#-18" PRIx64 " %10" PRIu32 " %5u  %s%s%s\n",
		       (uint64_t)(le64_to_cpu(r->pfn) << RMPP_PAGE_SHIFT),
		       le32_to_cpu(r->nr_pages), le16_to_cpu(r->asid),
		       rmpp_page_state_name(r->state),
		       r->flags & RMPP_RUN_2M ? ", 2 MiB" : "",
		       r->flags & RMPP_RUN_VMSA ? ", VMSA" : "");
}

static void show_guests(const struct rmpp_blob *blob)
{
	const struct rmpp_guest_ser *g;
	u32 i;

	printf("\nGuests: %" PRIu32 "\n", rmpp_blob_count(blob, RMPP_SECTION_GUESTS));
	for (i = 0; (g = rmpp_blob_entry(blob, RMPP_SECTION_GUESTS, i)); i++) {
		printf("  %-6s ASID %-4" PRIu32, word_guest_kind(g->kind), le32_to_cpu(g->asid));
		if (g->kind == RMPP_GUEST_SNP)
			printf(" context %#-12" PRIx64, (uint64_t)le64_to_cpu(g->gctx_pa));
		else
			printf(" handle  %-12" PRIu32, le32_to_cpu(g->handle));
		printf(" policy %#-8" PRIx64 " %s", (uint64_t)le64_to_cpu(g->policy),
		       word_fate(g->fate));
		if (g->fw_state != RMPP_STATE_UNKNOWN)
			printf(", was %s", rmpp_guest_state_name(g->kind, g->fw_state));
		putchar('\n');
	}
}

static void show_proofs(const struct rmpp_blob *blob)
{
	const struct rmpp_proof_ser *p;
	u32 i;

	for (i = 0; (p = rmpp_blob_entry(blob, RMPP_SECTION_PROOFS, i)); i++)
		printf("  proof: context %#" PRIx64 ", page %#" PRIx64 ", plaintext CRC32C %#010" PRIx32 "\n",
		       (uint64_t)le64_to_cpu(p->gctx_pa), (uint64_t)le64_to_cpu(p->page_pa),
		       le32_to_cpu(p->sum));
}

/* What a record says is its owner's alone. */
static void show_records(const struct rmpp_blob *blob)
{
	const struct rmpp_record_ser *r;
	u32 i;

	if (rmpp_blob_count(blob, RMPP_SECTION_RECORDS))
		printf("\nRecords of VMMs: %" PRIu32 "\n", rmpp_blob_count(blob, RMPP_SECTION_RECORDS));
	for (i = 0; (r = rmpp_blob_entry(blob, RMPP_SECTION_RECORDS, i)); i++)
		printf("  %-6s ASID %-4" PRIu32 " %-14s user %-6" PRIu32 " %7" PRIu32 " bytes, %" PRIu32 " hops, %s\n",
		       word_guest_kind(r->guest.kind), le32_to_cpu(r->guest.asid),
		       word_fate(r->guest.fate), le32_to_cpu(r->uid), le32_to_cpu(r->size),
		       le32_to_cpu(r->hops), word_record(blob, i));
}

static void show_steps(const struct rmpp_blob *blob)
{
	const struct rmpp_step_ser *s;
	u32 i;

	printf("\nShutdown: %" PRIu32 " steps\n", rmpp_blob_count(blob, RMPP_SECTION_STEPS));
	if (rmpp_blob_count(blob, RMPP_SECTION_STEPS))
		printf("  %-13s %10s %10s %5s %8s  %s\n", "step", "start ms", "ms", "tries",
		       "count", "result");
	for (i = 0; (s = rmpp_blob_entry(blob, RMPP_SECTION_STEPS, i)); i++) {
		printf("  %-13s %10.3f %10.3f %5u %8" PRIu32 "  ",
		       rmpp_step_name(le16_to_cpu(s->step)),
		       (double)le64_to_cpu(s->start_us) / 1000,
		       (double)le64_to_cpu(s->duration_us) / 1000,
		       le16_to_cpu(s->tries), le32_to_cpu(s->count));
		if (s->result)
			printf("errno %" PRIu32, le32_to_cpu(s->result));
		else
			printf("ok");
		if (s->psp_status == cpu_to_le32(U32_MAX))
			printf(", no answer of the firmware");
		else if (s->psp_status)
			printf(", firmware %#" PRIx32 " %s", le32_to_cpu(s->psp_status),
			       rmpp_psp_status_name(le32_to_cpu(s->psp_status)));
		putchar('\n');
	}
}

static void show_flight(const struct rmpp_blob *blob)
{
	const struct rmpp_flight_ser *f;
	u32 i;

	printf("\nLast firmware commands: %" PRIu32 "\n",
	       rmpp_blob_count(blob, RMPP_SECTION_FLIGHT));
	for (i = 0; (f = rmpp_blob_entry(blob, RMPP_SECTION_FLIGHT, i)); i++) {
		u32 flags = le32_to_cpu(f->flags), status = le32_to_cpu(f->status);

		printf("  %14.6f s  %#04" PRIx32 " %-22s %8" PRIu32 " us  ",
		       (double)le64_to_cpu(f->time_ns) / 1e9, le32_to_cpu(f->command),
		       rmpp_psp_command_name(le32_to_cpu(f->command)),
		       le32_to_cpu(f->latency_us));
		if (flags & RMPP_FLIGHT_OPEN)
			printf("no answer");
		else if (status == U32_MAX)
			printf("no status");
		else
			printf("%#" PRIx32 " %s", status, rmpp_psp_status_name(status));
		printf("%s\n", flags & RMPP_FLIGHT_OWN ? " (ccp_ext)" : "");
	}
}

/**
 * command_show() - the subcommand
 * @argc: its arguments, the name included
 * @argv: its arguments
 *
 * Return: an exit code.
 */
int command_show(int argc, char **argv)
{
	struct rmpp_where where;
	struct rmpp_blob blob;
	struct options o;
	struct input in;
	int ret, err = 0;

	ret = options_parse(&o, argc, argv, help);
	if (ret >= 0)
		return ret;
	ret = input_read(&in, o.file, o.handover);
	if (!ret)
		err = input_check(&in, &blob, &where);
	if (err) {
		input_complain(stdout, &in, err, &where);
		ret = VERDICT_UNSAFE;
	} else if (!ret && o.json) {
		ret = show_json(&in, &blob, o.runs);
	} else if (!ret) {
		show_header(&blob);
		show_platform(&blob);
		show_quarantine(&blob);
		show_runs(&blob, o.runs);
		show_guests(&blob);
		show_proofs(&blob);
		show_records(&blob);
		show_steps(&blob);
		show_flight(&blob);
	}
	input_free(&in);
	return ret;
}
