// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "map.h"
#include "stage.h"

#define RUNS "rmpctl show --json --runs " SYSFS "/blob | tr -d ' \\n' | tr '{' '\\n' | " \
	"sed -n 's/^\"pfn\":\\([0-9]*\\),\"nr_pages\":\\([0-9]*\\),.*\"state\":\"\\([^\"]*\\)\".*/\\1 \\2 \\3/p'"
#define KEPT_OUT "sed -n 's/^\\(0x[0-9a-f]*\\) \\([0-9]*\\) .*/\\1 \\2/p' " SYSFS "/quarantine"
#define PAGES "cd /sys/firmware/memmap && for t in */type; do grep -q 'System RAM' $t && " \
	"echo $((($(cat ${t%%type}end) + 1) / 4096)); done | sort -n | tail -n 1"

static void add(struct json_object *list, unsigned long long pfn, unsigned long long nr_pages, const char *state)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "pfn", json_object_new_uint64(pfn));
	json_object_object_add(o, "nr_pages", json_object_new_uint64(nr_pages));
	if (state)
		json_object_object_add(o, "state", json_object_new_string(state));
	json_object_array_add(list, o);
}

static struct json_object *runs(char *text)
{
	struct json_object *list = json_object_new_array();
	unsigned long long pfn, nr_pages;
	char *line, *save = NULL, state[32];

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (sscanf(line, "%llu %llu %31s", &pfn, &nr_pages, state) == 3)
			add(list, pfn, nr_pages, state);
	return list;
}

static struct json_object *kept_out(char *text)
{
	struct json_object *list = json_object_new_array();
	unsigned long long pa, nr_pages;
	char *line, *save = NULL;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (sscanf(line, "%llx %llu", &pa, &nr_pages) == 2)
			add(list, pa >> 12, nr_pages, NULL);
	return list;
}

bool map_keep(struct run *r, const char *path, unsigned int hop, const char *when)
{
	struct json_object *map = json_object_new_object();
	unsigned long long pages = 0;
	bool ok;

	ok = inside(r, 60, PAGES) && sscanf(r->output, "%llu", &pages) == 1;
	json_object_object_add(map, "hop", json_object_new_int64(hop));
	json_object_object_add(map, "when", json_object_new_string(when));
	json_object_object_add(map, "pages", json_object_new_uint64(pages));
	ok = ok && inside(r, 60, RUNS);
	if (ok)
		json_object_object_add(map, "runs", runs(r->output));
	ok = ok && inside(r, 60, KEPT_OUT);
	if (ok)
		json_object_object_add(map, "kept_out", kept_out(r->output));
	ok = ok && !json_object_to_file_ext(path, map, JSON_C_TO_STRING_PLAIN);
	json_object_put(map);
	return ok;
}
