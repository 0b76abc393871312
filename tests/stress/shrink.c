// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "shrink.h"

struct search {
	size_t *keep, nr;
	size_t *trial;
	shrink_oracle oracle;
	void *context;
	bool stopped;
};

static bool still_fails(struct search *s, size_t nr)
{
	enum shrink_answer answer = s->oracle(s->context, s->trial, nr);

	s->stopped = answer == SHRINK_STOP;
	if (answer != SHRINK_FAILS)
		return false;
	memcpy(s->keep, s->trial, nr * sizeof(*s->keep));
	s->nr = nr;
	return true;
}

/* Chunk @i of @n begins here. */
static size_t border(const struct search *s, size_t i, size_t n)
{
	return s->nr * i / n;
}

static bool only_chunk(struct search *s, size_t i, size_t n)
{
	size_t from = border(s, i, n), nr = border(s, i + 1, n) - from;

	memcpy(s->trial, s->keep + from, nr * sizeof(*s->keep));
	return still_fails(s, nr);
}

static bool all_but_chunk(struct search *s, size_t i, size_t n)
{
	size_t from = border(s, i, n), to = border(s, i + 1, n);

	memcpy(s->trial, s->keep, from * sizeof(*s->keep));
	memcpy(s->trial + from, s->keep + to, (s->nr - to) * sizeof(*s->keep));
	return still_fails(s, s->nr - (to - from));
}

static bool any_chunk(struct search *s, size_t n)
{
	for (size_t i = 0; i < n && !s->stopped; i++)
		if (only_chunk(s, i, n))
			return true;
	return false;
}

/* With two chunks one's complement is the other. */
static bool any_complement(struct search *s, size_t n)
{
	for (size_t i = 0; n > 2 && i < n && !s->stopped; i++)
		if (all_but_chunk(s, i, n))
			return true;
	return false;
}

static void search(struct search *s)
{
	size_t n = 2;

	if (still_fails(s, 0))
		return;
	while (s->nr >= 2 && !s->stopped) {
		if (any_chunk(s, n))
			n = 2;
		else if (any_complement(s, n))
			n = n > 3 ? n - 1 : 2;
		else if (n < s->nr)
			n = n * 2 < s->nr ? n * 2 : s->nr;
		else
			return;
	}
}

size_t shrink_list(size_t *keep, size_t nr, shrink_oracle oracle, void *context)
{
	struct search s = { .keep = keep, .nr = nr, .oracle = oracle, .context = context };

	s.trial = calloc(nr ? nr : 1, sizeof(*s.trial));
	if (s.trial && nr)
		search(&s);
	free(s.trial);
	return s.nr;
}

size_t shrink_tail(size_t nr, shrink_oracle oracle, void *context)
{
	size_t *trial = calloc(nr ? nr : 1, sizeof(*trial)), tail;
	enum shrink_answer answer = SHRINK_PASSES;

	for (tail = 0; trial && tail < nr; tail = tail * 2 + 1) {
		for (size_t i = 0; i < tail; i++)
			trial[i] = nr - tail + i;
		answer = oracle(context, trial, tail);
		if (answer != SHRINK_PASSES)
			break;
	}
	free(trial);
	return answer == SHRINK_FAILS ? tail : nr;
}
