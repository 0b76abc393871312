// SPDX-License-Identifier: GPL-2.0-only
#include "walk.h"

static enum walk_end hop(struct drive *d, const struct hopset *set, struct walk *walk,
			 void (*told)(void *context, const struct walk *walk), void *context)
{
	if (!drive_to(d, plan_place(d->rules, set->entry[0].hop).kernel))
		return WALK_UNDECIDED;
	for (walk->hops = 0; walk->hops < set->nr;) {
		const struct hopset_entry *e = &set->entry[walk->hops++];

		plan_draw(&walk->plan, d->rules, e->hop, d->place, &e->without);
		drive_hop(d, &walk->plan, &walk->result);
		if (machine_interrupted())
			return WALK_UNDECIDED;
		if (told)
			told(context, walk);
		if (!walk->result.ok)
			return WALK_FAILED;
	}
	return WALK_SURVIVED;
}

enum walk_end walk_along(struct drive *d, const struct hopset *set, struct walk *walk,
			 void (*told)(void *context, const struct walk *walk), void *context)
{
	enum walk_end end = hop(d, set, walk, told, context);

	drive_stop(d);
	return end;
}
