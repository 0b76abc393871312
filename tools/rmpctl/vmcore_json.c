// SPDX-License-Identifier: GPL-2.0-only
/* rmpctl vmcore audit --json */
#include <json-c/json.h>

#include "vmcore.h"

static void add_u64(struct json_object *o, const char *name, u64 value)
{
	json_object_object_add(o, name, json_object_new_uint64(value));
}

static void add_text(struct json_object *o, const char *name, const char *text)
{
	json_object_object_add(o, name, json_object_new_string(text));
}

static struct json_object *json_kinds(const struct verdict_of_audit *a)
{
	struct json_object *o = json_object_new_object(), *kind;
	u32 i;

	for (i = 0; i < KIND_COUNT; i++) {
		const struct tally *t = &a->tally[i];

		if (!t->listed)
			continue;
		kind = json_object_new_object();
		add_u64(kind, "listed", t->listed);
		add_u64(kind, "absent", t->absent);
		add_u64(kind, "zeros", t->zeros);
		add_u64(kind, "ones", t->ones);
		add_u64(kind, "content", t->content);
		json_object_object_add(o, kind_name(i), kind);
	}
	return o;
}

static struct json_object *json_pages(const struct foreign_list *list)
{
	struct json_object *array = json_object_new_array(), *o;
	u64 i;

	for (i = 0; i < list->nr; i++) {
		o = json_object_new_object();
		add_u64(o, "pfn", list->v[i].pfn);
		add_u64(o, "nr_pages", list->v[i].nr_pages);
		add_u64(o, "asid", list->v[i].asid);
		add_text(o, "state", kind_name(list->v[i].kind));
		json_object_array_add(array, o);
	}
	return array;
}

static struct json_object *json_hits(const struct vmcore_options *o, const struct hits *hits)
{
	struct json_object *array = json_object_new_array(), *hit;
	char text[256];
	u32 i;

	for (i = 0; i < hits->nr; i++) {
		const struct pattern *p = &o->pattern[hits->v[i].pattern];

		hit = json_object_new_object();
		add_u64(hit, hits->v[i].note ? "offset" : "address", hits->v[i].where);
		add_text(hit, p->option, word_text(text, sizeof(text), (const u8 *)p->text,
						   strlen(p->text)));
		json_object_array_add(array, hit);
	}
	return array;
}

/**
 * vmcore_audit_json() - all of it as one JSON object
 * @v: the dump
 * @o: options
 * @a: what was found
 */
void vmcore_audit_json(const struct vmcore *v, const struct vmcore_options *o,
		       const struct verdict_of_audit *a)
{
	struct json_object *j = json_object_new_object();

	add_text(j, "file", v->dump.name);
	add_text(j, "format", dump_format_name(&v->dump));
	json_object_object_add(j, "known", json_object_new_boolean(a->known));
	if (a->known) {
		if (v->found.nr_regions)
			add_u64(j, "region_pa", v->found.region_pa);
		add_u64(j, "generation", le64_to_cpu(v->blob.header->generation));
		json_object_object_add(j, "complete", json_object_new_boolean(!v->sources.incomplete));
		add_u64(j, "rmp_pages", v->sources.rmp_pages);
		add_u64(j, "listed", foreign_pages(&v->list));
		add_u64(j, "in_dump", foreign_pages(&a->in_dump));
		json_object_object_add(j, "kinds", json_kinds(a));
		json_object_object_add(j, "pages", json_pages(&a->in_dump));
	}
	add_u64(j, "hits", a->hits.total);
	json_object_object_add(j, "bytes_at", json_hits(o, &a->hits));
	puts(json_object_to_json_string_ext(j, JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(j);
}
