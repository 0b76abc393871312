// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "negotiation.h"

#define BLOB_MAX	(256UL << 20)	/* the largest region */

static void count_blob(struct nego_host *h, struct census *census, const struct rmpp_blob *blob)
{
	const struct rmpp_platform_ser *p = rmpp_blob_entry(blob, RMPP_SECTION_PLATFORM, 0);
	const struct rmpp_guest_ser *g;
	const struct rmpp_run_ser *r;
	u32 i;

	census->known = true;
	census->nr_assigned = le64_to_cpu(p->nr_assigned);
	census->nr_immutable = le64_to_cpu(p->nr_immutable);
	memcpy(census->release, p->release, sizeof(census->release));
	for (i = 0; (r = rmpp_blob_entry(blob, RMPP_SECTION_RMP_RUNS, i)); i++)
		census->nr_pages[r->state] += le32_to_cpu(r->nr_pages);
	for (i = 0; (g = rmpp_blob_entry(blob, RMPP_SECTION_GUESTS, i)); i++)
		census->nr_guests[g->kind]++;
	h->nr_guests = rmpp_blob_count(blob, RMPP_SECTION_GUESTS);
	h->nr_records = rmpp_blob_count(blob, RMPP_SECTION_RECORDS);
	h->nr_assigned = census->nr_assigned;
	h->snp = le32_to_cpu(p->flags) & (RMPP_PLATFORM_SNP_EN | RMPP_PLATFORM_SNP_EN_MIXED);
	h->incompat = le64_to_cpu(blob->header->incompat);
}

/* A blob with features that are not known here still says which ones. */
static bool read_blob(struct context *c, struct nego_host *h, struct census *census)
{
	struct rmpp_where where = { 0 };
	struct rmpp_blob blob;
	char path[PATH_MAX];
	struct bytes b;
	int err;

	path_join(path, c->ccp_ext, "blob");
	err = bytes_read(&b, path, BLOB_MAX);
	if (err) {
		fail(&c->report, "%s: %s; is this ccp_ext of the same release, and are you root?",
		     path, strerror(-err));
		return false;
	}
	err = rmpp_blob_check(&blob, b.data, b.size, &where);
	if (!err) {
		count_blob(h, census, &blob);
	} else if (err == RMPP_ERR_INCOMPAT) {
		/* as much as there can be */
		*census = (struct census) { .known = false };
		h->incompat = le64_to_cpu(((const struct rmpp_header_ser *)b.data)->incompat);
		h->nr_guests = 1;
		h->nr_assigned = 1;
		h->snp = true;
		err = 0;
	} else {
		fail(&c->report, "%s: %s at offset %llu; is this ccp_ext of the same release?",
		     path, rmpp_strerror(err), (unsigned long long)where.offset);
	}
	bytes_free(&b);
	return !err;
}

/**
 * negotiation_read() - what this host would hand over, and promises
 * @c: context; told about errors
 * @h: result
 * @census: result, for people
 * @m: as host_read_memory() filled it
 *
 * Return: true if all of it could be read.
 */
bool negotiation_read(struct context *c, struct nego_host *h, struct census *census,
		      const struct host_memory *m)
{
	char state[64], policy[64];

	memset(h, 0, sizeof(*h));
	memset(census, 0, sizeof(*census));
	if (!attr_read_line(c, "state", state, sizeof(state)) ||
	    !attr_read_line(c, "policy", policy, sizeof(policy)) || !read_blob(c, h, census))
		return false;
	h->sev = strcmp(state, "unsupported");
	h->policy = nego_policy_find(policy);
	h->held_size = m->quarantine[QUARANTINE_NOW].size;
	h->next_size = m->quarantine[QUARANTINE_NEXT].size;
	return true;
}

static const char *says(enum nego_can can)
{
	return can == NEGO_CANNOT ? "the image lacks it" : "nobody says that the image has it";
}

/**
 * negotiation_judge() - turn a matrix into reasons
 * @c: context; told each one
 * @m: filled by negotiate()
 */
void negotiation_judge(struct context *c, const struct nego_matrix *m)
{
	const struct nego_row *row;

	for (row = m->row; row < m->row + m->nr; row++) {
		if (row->verdict == NEGO_NO_GO)
			refuse(&c->report, "%s: %s; %s", row->feature, says(row->can), row->reason);
		else if (row->verdict == NEGO_UNKNOWN)
			fail(&c->report, "%s: %s; %s", row->feature, says(row->can), row->reason);
	}
}

/**
 * negotiation_note_losses() - what is certain to be lost, without being unsafe
 * @c: context; told of it
 * @m: filled by negotiate()
 */
void negotiation_note_losses(struct context *c, const struct nego_matrix *m)
{
	const struct nego_row *row;

	for (row = m->row; row < m->row + m->nr; row++)
		if (row->verdict == NEGO_LOSS)
			note(&c->report, "%s: %s; %s", row->feature, says(row->can), row->reason);
}

/**
 * negotiation_print() - the matrix, for people and as JSON
 * @c: context
 * @m: filled by negotiate()
 */
void negotiation_print(struct context *c, const struct nego_matrix *m)
{
	struct json_object *list = json_object_new_array(), *o;
	const struct nego_row *row;

	say(&c->report, "", "%-14s  %-6s  %-5s  %-8s  %s", "feature", "needed", "image",
	    "verdict", "reason");
	for (row = m->row; row < m->row + m->nr; row++) {
		say(&c->report, "", "%-14s  %-6s  %-5s  %-8s  %s", row->feature,
		    nego_need_name(row->need), nego_can_name(row->can),
		    nego_verdict_name(row->verdict), row->reason);
		o = json_object_new_object();
		json_object_object_add(o, "feature", json_object_new_string(row->feature));
		json_object_object_add(o, "needed", json_object_new_string(nego_need_name(row->need)));
		json_object_object_add(o, "image", json_object_new_string(nego_can_name(row->can)));
		json_object_object_add(o, "verdict",
				       json_object_new_string(nego_verdict_name(row->verdict)));
		json_object_object_add(o, "reason", json_object_new_string(row->reason));
		json_object_array_add(list, o);
	}
	json_object_object_add(c->report.root, "features", list);
}
