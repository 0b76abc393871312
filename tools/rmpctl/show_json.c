// SPDX-License-Identifier: GPL-2.0-only
/* rmpctl show --json: field names are those of format.h. */
#include <inttypes.h>
#include <json-c/json.h>

#include "rmpctl.h"

static void add_u64(struct json_object *o, const char *name, u64 value)
{
	json_object_object_add(o, name, json_object_new_uint64(value));
}

static void add_text(struct json_object *o, const char *name, const char *text)
{
	json_object_object_add(o, name, json_object_new_string(text));
}

#define ADD8(o, p, field)	add_u64(o, #field, (p)->field)
#define ADD16(o, p, field)	add_u64(o, #field, le16_to_cpu((p)->field))
#define ADD32(o, p, field)	add_u64(o, #field, le32_to_cpu((p)->field))
#define ADD64(o, p, field)	add_u64(o, #field, le64_to_cpu((p)->field))

static struct json_object *json_header(const struct rmpp_blob *blob)
{
	struct json_object *o = json_object_new_object();
	const struct rmpp_header_ser *h = blob->header;
	char text[RMPP_WRITER_SIZE];

	ADD64(o, h, incompat);
	ADD64(o, h, compat);
	ADD64(o, h, total_size);
	ADD64(o, h, generation);
	ADD64(o, h, boot_count);
	add_text(o, "writer", word_text(text, sizeof(text), h->writer, sizeof(h->writer)));
	return o;
}

static struct json_object *json_platform(const struct rmpp_platform_ser *p)
{
	struct json_object *o = json_object_new_object();
	char text[RMPP_RELEASE_SIZE];

	add_text(o, "release", word_text(text, sizeof(text), p->release, sizeof(p->release)));
	add_text(o, "sev", word_sev_state(p->sev_state));
	add_text(o, "snp", word_snp_state(p->snp_state));
	ADD8(o, p, sev_state);
	ADD8(o, p, snp_state);
	ADD8(o, p, api_major);
	ADD8(o, p, api_minor);
	ADD32(o, p, build);
	ADD32(o, p, flags);
	ADD32(o, p, guest_count);
	ADD64(o, p, rmp_base);
	ADD64(o, p, rmp_end);
	ADD64(o, p, rmp_cfg);
	ADD64(o, p, tmr_pa);
	ADD64(o, p, tmr_size);
	ADD64(o, p, region_pa);
	ADD64(o, p, region_size);
	ADD64(o, p, zone_pa);
	ADD64(o, p, zone_size);
	add_text(o, "policy", rmpp_policy_name(p->policy));
	ADD64(o, p, nr_assigned);
	ADD64(o, p, nr_immutable);
	ADD64(o, p, quiesce_us);
	ADD64(o, p, jump_tsc);
	ADD64(o, p, tsc_khz);
	return o;
}

static struct json_object *json_extent(const struct rmpp_extent_ser *x)
{
	struct json_object *o = json_object_new_object();
	char why[80];

	ADD64(o, x, pfn);
	ADD64(o, x, nr_pages);
	ADD32(o, x, reason);
	add_text(o, "why", word_reasons(why, sizeof(why), le32_to_cpu(x->reason)));
	return o;
}

static struct json_object *json_run(const struct rmpp_run_ser *r)
{
	struct json_object *o = json_object_new_object();

	ADD64(o, r, pfn);
	ADD32(o, r, nr_pages);
	ADD16(o, r, asid);
	add_text(o, "state", rmpp_page_state_name(r->state));
	ADD8(o, r, flags);
	return o;
}

static struct json_object *json_guest(const struct rmpp_guest_ser *g)
{
	struct json_object *o = json_object_new_object();

	add_text(o, "kind", word_guest_kind(g->kind));
	ADD64(o, g, gctx_pa);
	ADD32(o, g, handle);
	ADD32(o, g, asid);
	ADD64(o, g, policy);
	add_text(o, "fate", word_fate(g->fate));
	ADD8(o, g, fw_state);
	add_text(o, "state", rmpp_guest_state_name(g->kind, g->fw_state));
	return o;
}

static struct json_object *json_step(const struct rmpp_step_ser *s)
{
	struct json_object *o = json_object_new_object();

	add_text(o, "step", rmpp_step_name(le16_to_cpu(s->step)));
	ADD16(o, s, tries);
	ADD32(o, s, result);
	ADD32(o, s, psp_status);
	ADD32(o, s, count);
	ADD64(o, s, start_us);
	ADD64(o, s, duration_us);
	return o;
}

static struct json_object *json_flight(const struct rmpp_flight_ser *f)
{
	struct json_object *o = json_object_new_object();

	ADD64(o, f, time_ns);
	ADD32(o, f, command);
	add_text(o, "name", rmpp_psp_command_name(le32_to_cpu(f->command)));
	ADD32(o, f, status);
	ADD64(o, f, buffer_pa);
	ADD32(o, f, latency_us);
	ADD32(o, f, flags);
	return o;
}

static struct json_object *json_states(const struct rmpp_blob *blob)
{
	struct state_sum sum[RMPP_PAGE_STATE_MAX + 1];
	struct json_object *o = json_object_new_object(), *state;
	u32 i;

	sum_states(blob, sum);
	for (i = 0; i <= RMPP_PAGE_STATE_MAX; i++) {
		if (!sum[i].nr_runs)
			continue;
		state = json_object_new_object();
		add_u64(state, "runs", sum[i].nr_runs);
		add_u64(state, "pages", sum[i].nr_pages);
		json_object_object_add(o, rmpp_page_state_name(i), state);
	}
	return o;
}

static struct json_object *json_proof(const struct rmpp_proof_ser *p)
{
	struct json_object *o = json_object_new_object();

	ADD64(o, p, gctx_pa);
	ADD64(o, p, page_pa);
	ADD32(o, p, sum);
	return o;
}

static struct json_object *json_record(const struct rmpp_record_ser *r, const char *state)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "guest", json_guest(&r->guest));
	ADD32(o, r, uid);
	ADD32(o, r, size);
	ADD32(o, r, hops);
	add_text(o, "state", state);
	return o;
}

static struct json_object *json_entry(const struct rmpp_blob *blob, u32 type, u32 i)
{
	const void *entry = rmpp_blob_entry(blob, type, i);

	switch (type) {
	case RMPP_SECTION_RECORDS:
		return json_record(entry, word_record(blob, i));
	case RMPP_SECTION_QUARANTINE:
	case RMPP_SECTION_TOP:
		return json_extent(entry);
	case RMPP_SECTION_RMP_RUNS:
		return json_run(entry);
	case RMPP_SECTION_GUESTS:
		return json_guest(entry);
	case RMPP_SECTION_STEPS:
		return json_step(entry);
	case RMPP_SECTION_PROOFS:
		return json_proof(entry);
	default:
		return json_flight(entry);
	}
}

static void add_entries(struct json_object *o, const char *name, const struct rmpp_blob *blob,
			u32 type)
{
	struct json_object *array = json_object_new_array();
	u32 i;

	for (i = 0; i < rmpp_blob_count(blob, type); i++)
		json_object_array_add(array, json_entry(blob, type, i));
	json_object_object_add(o, name, array);
}

/**
 * show_json() - print a blob as one JSON object
 * @in:   the file
 * @blob: checked
 * @runs: with each run of the RMP
 *
 * Return: an exit code.
 */
int show_json(const struct input *in, const struct rmpp_blob *blob, bool runs)
{
	struct json_object *o = json_object_new_object();

	add_text(o, "file", in->name);
	json_object_object_add(o, "header", json_header(blob));
	json_object_object_add(o, "platform",
			       json_platform(rmpp_blob_entry(blob, RMPP_SECTION_PLATFORM, 0)));
	add_entries(o, "quarantine", blob, RMPP_SECTION_QUARANTINE);
	add_entries(o, "top", blob, RMPP_SECTION_TOP);
	json_object_object_add(o, "states", json_states(blob));
	if (runs)
		add_entries(o, "runs", blob, RMPP_SECTION_RMP_RUNS);
	add_entries(o, "guests", blob, RMPP_SECTION_GUESTS);
	add_entries(o, "steps", blob, RMPP_SECTION_STEPS);
	add_entries(o, "flight", blob, RMPP_SECTION_FLIGHT);
	add_entries(o, "proofs", blob, RMPP_SECTION_PROOFS);
	add_entries(o, "records", blob, RMPP_SECTION_RECORDS);
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
	return VERDICT_SAFE;
}
