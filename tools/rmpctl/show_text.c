// SPDX-License-Identifier: GPL-2.0-only
/* A blob for people: rmpctl show, and crash's snp. */
#include <inttypes.h>
#include <stdarg.h>

#include "show.h"

#define WIDTH	80	/* of buffers for words */

static void line(FILE *to, const char *name, const char *format, ...)
{
	va_list args;

	fprintf(to, "%-13s ", name);
	va_start(args, format);
	vfprintf(to, format, args);
	va_end(args);
	fputc('\n', to);
}

static void range(FILE *to, const char *name, __le64 pa, __le64 size, const char *more)
{
	char text[WIDTH];

	if (!size)
		line(to, name, "none");
	else
		line(to, name, "%#" PRIx64 ", %s%s", (uint64_t)le64_to_cpu(pa),
		     word_size(text, sizeof(text), le64_to_cpu(size)), more);
}

static void show_header(FILE *to, const struct rmpp_blob *blob)
{
	const struct rmpp_header_ser *h = blob->header;
	char text[WIDTH];

	line(to, "Blob", "%" PRIu64 " bytes, generation %" PRIu64 ", hop %" PRIu64 " since power-on",
	     (uint64_t)blob->size, (uint64_t)le64_to_cpu(h->generation),
	     (uint64_t)le64_to_cpu(h->boot_count));
	line(to, "Written by", "%s", word_text(text, sizeof(text), h->writer, sizeof(h->writer)));
}

static void show_firmware(FILE *to, const struct rmpp_platform_ser *p, u32 flags)
{
	char guests[WIDTH] = "", version[WIDTH] = "version not told";

	if (p->api_major || p->api_minor || p->build)
		snprintf(version, sizeof(version), "%u.%u build %" PRIu32, p->api_major, p->api_minor,
			 le32_to_cpu(p->build));
	if (p->guest_count != cpu_to_le32(U32_MAX))
		snprintf(guests, sizeof(guests), ", guests: %" PRIu32,
			 le32_to_cpu(p->guest_count));
	line(to, "Firmware", "%s%s", version, flags & RMPP_PLATFORM_PSP_DEAD ? ", stopped answering" :
	     flags & RMPP_PLATFORM_QUIESCED ? ", shut down" : "");
	line(to, "SEV", "%s%s", word_sev_state(p->sev_state), guests);
	line(to, "SNP", "%s%s", word_snp_state(p->snp_state),
	     flags & RMPP_PLATFORM_SNP_EN ? ", enforced on all CPUs" :
	     flags & RMPP_PLATFORM_SNP_EN_MIXED ? ", enforced on some CPUs only" : "");
}

static void show_platform(FILE *to, const struct rmpp_blob *blob)
{
	const struct rmpp_platform_ser *p = rmpp_blob_entry(blob, RMPP_SECTION_PLATFORM, 0);
	u32 flags = le32_to_cpu(p->flags);
	char text[WIDTH];

	line(to, "Kernel", "%s", word_text(text, sizeof(text), p->release, sizeof(p->release)));
	show_firmware(to, p, flags);
	if (p->rmp_end)
		range(to, "RMP", p->rmp_base, cpu_to_le64(le64_to_cpu(p->rmp_end) + 1 -
							  le64_to_cpu(p->rmp_base)),
		      flags & RMPP_PLATFORM_RMP_READ ? "" : ", not read");
	else
		line(to, "RMP", "none");
	range(to, "TMR", p->tmr_pa, p->tmr_size,
	      flags & RMPP_PLATFORM_QUIESCED ? ", released" : ", may still be locked");
	range(to, "Region", p->region_pa, p->region_size, "");
	range(to, "Landing zone", p->zone_pa, p->zone_size, "");
	line(to, "Policy", "%s%s", rmpp_policy_name(p->policy), flags & RMPP_PLATFORM_QUARANTINE_OFF ?
	     ", quarantine switched off" : "");
	line(to, "Assigned", "%" PRIu64 " pages (%s), %" PRIu64 " of them immutable",
	     (uint64_t)le64_to_cpu(p->nr_assigned),
	     word_size(text, sizeof(text), le64_to_cpu(p->nr_assigned) * RMPP_PAGE_SIZE),
	     (uint64_t)le64_to_cpu(p->nr_immutable));
	line(to, "Quiesce", "%.3f ms", (double)le64_to_cpu(p->quiesce_us) / 1000);
}

static void show_quarantine(FILE *to, const struct rmpp_blob *blob)
{
	const struct rmpp_extent_ser *x, *top = rmpp_blob_entry(blob, RMPP_SECTION_TOP, 0);
	char size[WIDTH], why[WIDTH];
	u64 pages = 0;
	u32 i;

	for (i = 0; (x = rmpp_blob_entry(blob, RMPP_SECTION_QUARANTINE, i)); i++)
		pages += le64_to_cpu(x->nr_pages);
	fprintf(to, "\nQuarantine: %" PRIu32 " extents, %s\n", i,
		word_size(size, sizeof(size), pages * RMPP_PAGE_SIZE));
	if (i)
		fprintf(to, "  %-18s %12s %10s  %s\n", "address", "pages", "size", "why");
	for (i = 0; (x = rmpp_blob_entry(blob, RMPP_SECTION_QUARANTINE, i)); i++)
		fprintf(to, "  %#-18" PRIx64 " %12" PRIu64 " %10s  %s\n",
			(uint64_t)(le64_to_cpu(x->pfn) << RMPP_PAGE_SHIFT),
			(uint64_t)le64_to_cpu(x->nr_pages),
			word_size(size, sizeof(size), le64_to_cpu(x->nr_pages) * RMPP_PAGE_SIZE),
			word_reasons(why, sizeof(why), le32_to_cpu(x->reason)));
	if (top)
		fprintf(to, "\nCut off the end of RAM: %s from %#" PRIx64 "\n",
			word_size(size, sizeof(size), le64_to_cpu(top->nr_pages) * RMPP_PAGE_SIZE),
			(uint64_t)(le64_to_cpu(top->pfn) << RMPP_PAGE_SHIFT));
}

static void show_runs(FILE *to, const struct rmpp_blob *blob, bool each)
{
	struct state_sum sum[RMPP_PAGE_STATE_MAX + 1];
	const struct rmpp_platform_ser *p = rmpp_blob_entry(blob, RMPP_SECTION_PLATFORM, 0);
	const struct rmpp_run_ser *r;
	char size[WIDTH];
	u32 i;

	sum_states(blob, sum);
	fprintf(to, "\nRMP at the jump: %" PRIu32 " runs%s\n",
		rmpp_blob_count(blob, RMPP_SECTION_RMP_RUNS),
		le32_to_cpu(p->flags) & RMPP_PLATFORM_RUNS_COARSE ?
		", merged to 2 MiB blocks where they were too many" : "");
	for (i = 0; i <= RMPP_PAGE_STATE_MAX; i++)
		if (sum[i].nr_runs)
			fprintf(to, "  %-13s %8" PRIu32 " runs %12" PRIu64 " pages %10s\n",
				rmpp_page_state_name(i), sum[i].nr_runs,
				(uint64_t)sum[i].nr_pages,
				word_size(size, sizeof(size), sum[i].nr_pages * RMPP_PAGE_SIZE));
	if (!each)
		return;
	fprintf(to, "  %-18s %10s %5s  %s\n", "address", "pages", "ASID", "state");
	for (i = 0; (r = rmpp_blob_entry(blob, RMPP_SECTION_RMP_RUNS, i)); i++)
		fprintf(to, "  %#-18" PRIx64 " %10" PRIu32 " %5u  %s%s%s\n",
			(uint64_t)(le64_to_cpu(r->pfn) << RMPP_PAGE_SHIFT),
			le32_to_cpu(r->nr_pages), le16_to_cpu(r->asid),
			rmpp_page_state_name(r->state),
			r->flags & RMPP_RUN_2M ? ", 2 MiB" : "",
			r->flags & RMPP_RUN_VMSA ? ", VMSA" : "");
}

static void show_guests(FILE *to, const struct rmpp_blob *blob)
{
	const struct rmpp_guest_ser *g;
	u32 i;

	fprintf(to, "\nGuests: %" PRIu32 "\n", rmpp_blob_count(blob, RMPP_SECTION_GUESTS));
	for (i = 0; (g = rmpp_blob_entry(blob, RMPP_SECTION_GUESTS, i)); i++) {
		fprintf(to, "  %-6s ASID %-4" PRIu32, word_guest_kind(g->kind), le32_to_cpu(g->asid));
		if (g->kind == RMPP_GUEST_SNP)
			fprintf(to, " context %#-12" PRIx64, (uint64_t)le64_to_cpu(g->gctx_pa));
		else
			fprintf(to, " handle  %-12" PRIu32, le32_to_cpu(g->handle));
		fprintf(to, " policy %#-8" PRIx64 " %s", (uint64_t)le64_to_cpu(g->policy),
			word_fate(g->fate));
		if (g->fw_state != RMPP_STATE_UNKNOWN)
			fprintf(to, ", was %s", rmpp_guest_state_name(g->kind, g->fw_state));
		fputc('\n', to);
	}
}

static void show_proofs(FILE *to, const struct rmpp_blob *blob)
{
	const struct rmpp_proof_ser *p;
	u32 i;

	for (i = 0; (p = rmpp_blob_entry(blob, RMPP_SECTION_PROOFS, i)); i++)
		fprintf(to, "  proof: context %#" PRIx64 ", page %#" PRIx64 ", plaintext CRC32C %#010" PRIx32 "\n",
			(uint64_t)le64_to_cpu(p->gctx_pa), (uint64_t)le64_to_cpu(p->page_pa),
			le32_to_cpu(p->sum));
}

/* What a record says is its owner's alone. */
static void show_records(FILE *to, const struct rmpp_blob *blob)
{
	const struct rmpp_record_ser *r;
	u32 i;

	if (rmpp_blob_count(blob, RMPP_SECTION_RECORDS))
		fprintf(to, "\nRecords of VMMs: %" PRIu32 "\n", rmpp_blob_count(blob, RMPP_SECTION_RECORDS));
	for (i = 0; (r = rmpp_blob_entry(blob, RMPP_SECTION_RECORDS, i)); i++)
		fprintf(to, "  %-6s ASID %-4" PRIu32 " %-14s user %-6" PRIu32 " %7" PRIu32 " bytes, %" PRIu32 " hops, %s\n",
			word_guest_kind(r->guest.kind), le32_to_cpu(r->guest.asid),
			word_fate(r->guest.fate), le32_to_cpu(r->uid), le32_to_cpu(r->size),
			le32_to_cpu(r->hops), word_record(blob, i));
}

static void show_steps(FILE *to, const struct rmpp_blob *blob)
{
	const struct rmpp_step_ser *s;
	u32 i;

	fprintf(to, "\nShutdown: %" PRIu32 " steps\n", rmpp_blob_count(blob, RMPP_SECTION_STEPS));
	if (rmpp_blob_count(blob, RMPP_SECTION_STEPS))
		fprintf(to, "  %-13s %10s %10s %5s %8s  %s\n", "step", "start ms", "ms", "tries",
			"count", "result");
	for (i = 0; (s = rmpp_blob_entry(blob, RMPP_SECTION_STEPS, i)); i++) {
		fprintf(to, "  %-13s %10.3f %10.3f %5u %8" PRIu32 "  ",
			rmpp_step_name(le16_to_cpu(s->step)),
			(double)le64_to_cpu(s->start_us) / 1000,
			(double)le64_to_cpu(s->duration_us) / 1000,
			le16_to_cpu(s->tries), le32_to_cpu(s->count));
		if (s->result)
			fprintf(to, "errno %" PRIu32, le32_to_cpu(s->result));
		else
			fprintf(to, "ok");
		if (s->psp_status == cpu_to_le32(U32_MAX))
			fprintf(to, ", no answer of the firmware");
		else if (s->psp_status)
			fprintf(to, ", firmware %#" PRIx32 " %s", le32_to_cpu(s->psp_status),
				rmpp_psp_status_name(le32_to_cpu(s->psp_status)));
		fputc('\n', to);
	}
}

static void show_flight(FILE *to, const struct rmpp_blob *blob)
{
	const struct rmpp_flight_ser *f;
	u32 i;

	fprintf(to, "\nLast firmware commands: %" PRIu32 "\n",
		rmpp_blob_count(blob, RMPP_SECTION_FLIGHT));
	for (i = 0; (f = rmpp_blob_entry(blob, RMPP_SECTION_FLIGHT, i)); i++) {
		u32 flags = le32_to_cpu(f->flags), status = le32_to_cpu(f->status);

		fprintf(to, "  %14.6f s  %#04" PRIx32 " %-22s %8" PRIu32 " us  ",
			(double)le64_to_cpu(f->time_ns) / 1e9, le32_to_cpu(f->command),
			rmpp_psp_command_name(le32_to_cpu(f->command)),
			le32_to_cpu(f->latency_us));
		if (flags & RMPP_FLIGHT_OPEN)
			fprintf(to, "no answer");
		else if (status == U32_MAX)
			fprintf(to, "no status");
		else
			fprintf(to, "%#" PRIx32 " %s", status, rmpp_psp_status_name(status));
		fprintf(to, "%s\n", flags & RMPP_FLIGHT_OWN ? " (ccp_ext)" : "");
	}
}

/**
 * show_text() - print a blob
 * @to:   where
 * @blob: checked
 * @what: SHOW_* bits
 */
void show_text(FILE *to, const struct rmpp_blob *blob, u32 what)
{
	if (what & SHOW_PLATFORM) {
		show_header(to, blob);
		show_platform(to, blob);
	}
	if (what & SHOW_QUARANTINE)
		show_quarantine(to, blob);
	if (what & (SHOW_STATES | SHOW_RUNS))
		show_runs(to, blob, what & SHOW_RUNS);
	if (what & SHOW_GUESTS) {
		show_guests(to, blob);
		show_proofs(to, blob);
		show_records(to, blob);
	}
	if (what & SHOW_STEPS)
		show_steps(to, blob);
	if (what & SHOW_COMMANDS)
		show_flight(to, blob);
}
