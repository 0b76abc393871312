// SPDX-License-Identifier: GPL-2.0-only
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware.h"
#include "rmp_table.h"

/* Entry of Zen 3 and 4 (PPR of family 19h): 16 bytes, behind 16 KiB that are the processor's. */
#define BOOKKEEPING	0x4000
#define ASSIGNED	(1ULL << 0)
#define LARGE		(1ULL << 1)
#define IMMUTABLE	(1ULL << 2)
#define GPA(word)	((word) >> 12 & ((1ULL << 39) - 1))
#define ASID(word)	((word) >> 51 & 0x3ff)
#define VMSA		(1ULL << 61)
#define VALIDATED	(1ULL << 62)
#define BLOCK		512	/* pages of 2 MiB */

/* AMD 56860, page states; the first one is 0. */
static const char * const names[] = {
	"Hypervisor", "HV-Fixed", "Firmware", "Reclaim", "Context", "Metadata", "Pre-Guest", "Pre-Swap",
	"Guest-Invalid", "Guest-Valid",
};
enum { HYPERVISOR, HV_FIXED, FIRMWARE, RECLAIM, CONTEXT, METADATA, PRE_GUEST, PRE_SWAP, GUEST_INVALID, GUEST_VALID, NR };

static uint32_t entry(unsigned int state, bool large, bool vmsa, unsigned int asid)
{
	return state | large << 4 | vmsa << 5 | asid << 8;
}

static unsigned int state_of(uint64_t word)
{
	bool immutable = word & IMMUTABLE;

	if (!(word & ASSIGNED))
		return immutable ? HV_FIXED : HYPERVISOR;
	if (ASID(word) && word & VALIDATED)
		return immutable ? PRE_SWAP : GUEST_VALID;
	if (ASID(word))
		return immutable ? PRE_GUEST : GUEST_INVALID;
	if (!immutable)
		return RECLAIM;
	return word & VMSA ? CONTEXT : GPA(word) ? METADATA : FIRMWARE;
}

/* A 2 MiB entry speaks for all of its pages, whatever theirs say. */
static void decode(struct rmp_table *t)
{
	const uint64_t *word = (const uint64_t *)(t->raw + BOOKKEEPING);

	for (size_t pfn = 0; pfn < t->nr; pfn++) {
		uint64_t head = word[2 * (pfn - pfn % BLOCK)], w;
		bool large = (head & (ASSIGNED | LARGE)) == (ASSIGNED | LARGE);

		w = large ? head : word[2 * pfn];
		t->entry[pfn] = entry(state_of(w), large, ASID(w) && w & VMSA, ASID(w));
	}
}

static bool save(struct run *r, unsigned long long pa, size_t size, const char *path)
{
	struct json_object *arguments = json_object_new_object();
	bool ok;

	json_object_object_add(arguments, "val", json_object_new_int64(pa));
	json_object_object_add(arguments, "size", json_object_new_int64(size));
	json_object_object_add(arguments, "filename", json_object_new_string(path));
	ok = !machine_monitor(&r->machine, "stop", NULL) && !machine_monitor(&r->machine, "pmemsave", arguments);
	ok = !machine_monitor(&r->machine, "cont", NULL) && ok;
	return ok || fail(r, "%s", r->machine.error);
}

static bool load(struct run *r, const char *path, uint8_t *to, size_t size)
{
	FILE *f = fopen(path, "re");
	bool ok = f && fread(to, 1, size, f) == size;

	if (f)
		fclose(f);
	return ok || fail(r, "%s: not the %zu bytes of the RMP", path, size);
}

static bool alloc(struct run *r, struct rmp_table *t, size_t nr, size_t size)
{
	*t = (struct rmp_table){ .nr = nr, .size = size, .entry = calloc(nr, sizeof(*t->entry)) };
	if (size)
		t->raw = malloc(size);
	return (t->entry && (!size || t->raw)) || fail(r, "no memory for the entries of %zu pages", nr);
}

bool rmp_table_take(struct run *r, struct rmp_table *t)
{
	struct json_object *status = firmware_status(r), *rmp;
	char logs[PATH_MAX], path[PATH_MAX + 8];
	unsigned long long base;
	size_t size;

	if (!status)
		return false;
	rmp = firmware_member(status, "rmp");
	base = json_object_get_uint64(firmware_member(rmp, "base"));
	size = json_object_get_uint64(firmware_member(rmp, "end")) + 1 - base;
	json_object_put(status);
	if (size <= BOOKKEEPING || !realpath(r->machine.logs, logs))
		return fail(r, "the machine has no RMP, or no logs");
	snprintf(path, sizeof(path), "%s/rmp", logs);
	if (!alloc(r, t, (size - BOOKKEEPING) / 16, size) || !save(r, base, size, path) || !load(r, path, t->raw, size))
		return false;
	remove(path);
	t->base = base;
	decode(t);
	return true;
}

static bool add_run(struct run *r, struct rmp_table *t, const char *line)
{
	unsigned long long pa, nr;
	unsigned int asid, state;
	char name[16];

	if (sscanf(line, "%llx %llu %u %15[A-Za-z-]", &pa, &nr, &asid, name) != 4)
		return fail(r, "rmpctl shows no run but \"%.100s\"", line);
	for (state = 0; state < NR && strcmp(names[state], name); state++)
		;
	if (state == NR || (pa >> 12) + nr > t->nr)
		return fail(r, "rmpctl shows a run that the table cannot have: %.100s", line);
	for (size_t pfn = pa >> 12; nr--; pfn++)
		t->entry[pfn] = entry(state, strstr(line, ", 2 MiB"), strstr(line, ", VMSA"), asid);
	return true;
}

bool rmp_table_ask(struct run *r, const char *file, const struct rmp_table *like, struct rmp_table *t)
{
	unsigned int nr, n = 0;
	char *line, *rest;

	if (!alloc(r, t, like->nr, 0) ||
	    !inside(r, 60, "rmpctl show --runs %s | awk '/^RMP at the jump/ { nr = $5; print nr } on && !NF { exit } "
			   "on { sub(/^ */, \"\"); gsub(/ +/, \" \"); print } $1 == \"address\" { on = nr }'", file))
		return false;
	line = strtok_r(r->output, "\n", &rest);
	if (!line || sscanf(line, "%u", &nr) != 1)
		return fail(r, "rmpctl says nothing of runs in %s", file);
	while ((line = strtok_r(NULL, "\n", &rest)) && n++ < nr)
		if (!add_run(r, t, line))
			return false;
	return n == nr || fail(r, "rmpctl shows %u runs of %u in %s", n, nr, file);
}

bool rmp_table_same(struct run *r, const char *which, const struct rmp_table *a, const struct rmp_table *b)
{
	size_t differ = 0, first = 0;

	if (a->nr != b->nr)
		return fail(r, "%s: tables of %zu and of %zu pages", which, a->nr, b->nr);
	for (size_t pfn = a->nr; pfn--;) {
		if (a->entry[pfn] == b->entry[pfn])
			continue;
		differ++;
		first = pfn;
	}
	return !differ || fail(r, "%s: %zu entries differ; the first, of %#zx, is %s of ASID %u, and %s of ASID %u (%#x, %#x)",
			       which, differ, first << 12, names[a->entry[first] & 0xf], a->entry[first] >> 8,
			       names[b->entry[first] & 0xf], b->entry[first] >> 8, a->entry[first], b->entry[first]);
}

size_t rmp_table_assigned(const struct rmp_table *t)
{
	size_t n = 0;

	for (size_t pfn = 0; pfn < t->nr; pfn++)
		n += (t->entry[pfn] & 0xf) > HV_FIXED;
	return n;
}

unsigned long long rmp_table_guest_word(const struct rmp_table *t)
{
	for (size_t pfn = 0; pfn < t->nr; pfn++)
		if ((t->entry[pfn] & 0xf) == GUEST_VALID)
			return t->base + BOOKKEEPING + pfn * 16;
	return 0;
}

void rmp_table_free(struct rmp_table *t)
{
	free(t->entry);
	free(t->raw);
	*t = (struct rmp_table){ 0 };
}
