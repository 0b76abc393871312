// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "jump.h"

#define MIB	(1ULL << 20)

static const char help[] =
"Usage: snp-kexec status\n"
"\n"
"Say what ccp_ext owns, what is loaded, what is kept out, and what exec would\n"
"answer now. Exit code 0 if exec would jump.\n";

static void say_range(struct context *c, const char *label,
		      const struct inplace_range *r)
{
	if (r->pa)
		say(&c->report, label, "%#llx, %llu MiB",
		    (unsigned long long)r->pa,
		    (unsigned long long)(r->size / MIB));
	else
		say(&c->report, label, "none");
	put_range(&c->report, label, r->pa, r->size);
}

static void put_quarantine(struct context *c, const char *key,
			   const struct kept_out *k)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "ranges", json_object_new_uint64(k->nr));
	json_object_object_add(o, "size", json_object_new_uint64(k->size));
	json_object_object_add(c->report.root, key, o);
}

static void describe_image(struct context *c, const struct host_image *i)
{
	const char *text = i->check.size ? (const char *)i->check.data : "?";
	struct json_object *features = json_object_new_array();
	uint32_t f;

	say(&c->report, "kexec", "%s", i->loaded ? "loaded" : "not loaded");
	if (i->committed)
		say(&c->report, "zone holds", "%llu MiB, entry at %#llx",
		    (unsigned long long)((i->size + MIB - 1) / MIB),
		    (unsigned long long)i->entry);
	else
		say(&c->report, "zone holds", "nothing");
	say(&c->report, "image", "%.*s", (int)strcspn(text, "\n"), text);

	json_object_object_add(c->report.root, "loaded",
			       json_object_new_boolean(i->loaded));
	json_object_object_add(c->report.root, "committed",
			       json_object_new_boolean(i->committed));
	for (f = 0; f < RMPP_NR_FEATURES; f++)
		if (i->features & 1u << f)
			json_object_array_add(features, json_object_new_string(rmpp_feature_name(f)));
	json_object_object_add(c->report.root, "features", features);
	put_number(&c->report, "used", i->size);
	put_string(&c->report, "image", text);
}

static void describe(struct context *c, const struct jump *j)
{
	const struct kept_out *now = &j->memory.quarantine[QUARANTINE_NOW];
	const struct kept_out *next = &j->memory.quarantine[QUARANTINE_NEXT];

	say(&c->report, "state", "%s", j->state);
	if (!strcmp(j->state, "unsupported"))
		note(&c->report, "no SEV and no SNP on this host: there is nothing to hand over, and kexec(8) alone would do");
	say(&c->report, "policy", "%s; when not safe: %s", j->policy,
	    j->on_unsafe);
	put_string(&c->report, "state", j->state);
	put_string(&c->report, "policy", j->policy);
	put_string(&c->report, "on_unsafe", j->on_unsafe);
	say_range(c, "region", &j->memory.region);
	say_range(c, "zone", &j->memory.zone);
	describe_image(c, &j->image);
	say(&c->report, "quarantine", "%u ranges, %llu MiB here; %u ranges, %llu MiB at a jump now",
	    now->nr, (unsigned long long)(now->size / MIB), next->nr,
	    (unsigned long long)(next->size / MIB));
	put_quarantine(c, "quarantine", now);
	put_quarantine(c, "quarantine_next", next);
}

/** command_status() - see help */
int command_status(struct context *c, int argc, char **argv)
{
	int done = parse_no_arguments(c, argc, argv, help);
	struct jump j;
	bool loaded;

	if (done != PARSE_ON)
		return done;
	command_begin(c, "status");
	if (host_needs_no_module(c)) {
		if (host_read_loaded(c, &loaded))
			host_check_loaded(c, loaded);
	} else if (host_has_module(c)) {
		jump_read(c, &j);
		if (c->report.verdict != VERDICT_UNKNOWN)
			describe(c, &j);
		jump_check(c, &j);
		jump_free(&j);
	}
	put_verdict(&c->report, c->report.verdict == VERDICT_SAFE ?
		    "exec would jump" : "exec would not jump");
	return report_end(&c->report);
}
