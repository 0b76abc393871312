// SPDX-License-Identifier: GPL-2.0-only
/* rmpctl vmcore scrub */
#include <inttypes.h>
#include <json-c/json.h>
#include <signal.h>

#include "scrub.h"
#include "snp-kexec/signals.h"
#include "vmcore.h"

static void tell(const struct vmcore *v, const struct vmcore_options *o, u64 pages)
{
	struct json_object *j;
	char size[80];

	if (!o->json) {
		printf("%s: written without %" PRIu64 " pages (%s) that are not the host's\n", o->out,
		       (uint64_t)pages, word_size(size, sizeof(size), pages * RMPP_PAGE_SIZE));
		return;
	}
	j = json_object_new_object();
	json_object_object_add(j, "file", json_object_new_string(o->out));
	json_object_object_add(j, "format", json_object_new_string(dump_format_name(&v->dump)));
	json_object_object_add(j, "listed", json_object_new_uint64(foreign_pages(&v->list)));
	json_object_object_add(j, "removed", json_object_new_uint64(pages));
	puts(json_object_to_json_string_ext(j, JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(j);
}

/**
 * vmcore_scrub() - write a dump without what is not the host's
 * @o: options
 *
 * Return: VERDICT_SAFE, or VERDICT_UNKNOWN and nothing was written.
 */
int vmcore_scrub(const struct vmcore_options *o)
{
	struct tally tally[KIND_COUNT];
	struct foreign_list in_dump = { 0 };
	struct vmcore v;
	int ret;

	ret = vmcore_open(&v, o) ?: vmcore_know(&v, o);
	if (!ret && v.sources.incomplete) {
		ret = vmcore_incomplete(&v);
		fputs("rmpctl: nothing was written\n", stderr);
	}
	signals_catch();
	/* a file that may not grow further is an error like any other */
	signal(SIGXFSZ, SIG_IGN);
	if (!ret && (audit_pages(&v.dump, &v.list, tally, &in_dump) ||
		     scrub(&v.dump, &v.list, o->out))) {
		ret = vmcore_complain(&v.dump);
		fputs("rmpctl: nothing was written\n", stderr);
	}
	signals_release();
	if (!ret)
		tell(&v, o, foreign_pages(&in_dump));
	foreign_free(&in_dump);
	vmcore_close(&v);
	return ret;
}
