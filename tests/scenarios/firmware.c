// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "firmware.h"

struct json_object *firmware_member(struct json_object *o, const char *key)
{
	struct json_object *field = NULL;

	json_object_object_get_ex(o, key, &field);
	return field;
}

struct json_object *firmware_status(struct run *r)
{
	struct json_object *status = NULL;

	if (machine_control(&r->machine, "status", NULL, &status)) {
		fail(r, "%s", r->machine.error);
		return NULL;
	}
	return status;
}

bool firmware_is_busy(struct run *r, bool *busy)
{
	struct json_object *status = firmware_status(r);

	if (!status)
		return false;
	*busy = json_object_get_boolean(firmware_member(status, "psp_busy"));
	json_object_put(status);
	return true;
}

long long firmware_sent(struct run *r, const char *command)
{
	struct json_object *counters, *c;
	long long count = 0;

	if (machine_control(&r->machine, "counters", NULL, &counters)) {
		fail(r, "%s", r->machine.error);
		return -1;
	}
	c = firmware_member(firmware_member(counters, "commands"), command);
	if (c)
		count = json_object_get_int64(firmware_member(c, "count"));
	json_object_put(counters);
	return count;
}

long long firmware_counter(struct run *r, const char *name)
{
	struct json_object *counters;
	long long count = -1;

	if (machine_control(&r->machine, "counters", NULL, &counters)) {
		fail(r, "%s", r->machine.error);
		return -1;
	}
	if (firmware_member(counters, name))
		count = json_object_get_int64(firmware_member(counters, name));
	else
		fail(r, "no counter %s", name);
	json_object_put(counters);
	return count;
}

bool firmware_lost_no_command(struct run *r)
{
	long long lost = firmware_counter(r, "commands_unheard");

	return !lost || (lost > 0 && fail(r, "%lld commands went to a PSP that does not answer", lost));
}

bool firmware_tmr(struct run *r, unsigned long long *pa, unsigned long long *size)
{
	struct json_object *status = firmware_status(r), *tmr;

	if (!status)
		return false;
	tmr = firmware_member(status, "tmr");
	*pa = json_object_get_uint64(firmware_member(tmr, "pa"));
	*size = json_object_get_uint64(firmware_member(tmr, "size"));
	json_object_put(status);
	return *pa || fail(r, "the machine knows of no TMR");
}

int firmware_guests(struct run *r, const char *state)
{
	struct json_object *status = firmware_status(r), *guests, *guest;
	int n = 0;

	if (!status)
		return -1;
	guests = firmware_member(status, "guests");
	for (size_t i = 0; i < json_object_array_length(guests); i++) {
		guest = json_object_array_get_idx(guests, i);
		n += !state || !strcmp(json_object_get_string(firmware_member(guest, "state")), state);
	}
	json_object_put(status);
	return n;
}

bool firmware_has_guests(struct run *r, int expected)
{
	int n = firmware_guests(r, NULL);

	return n == expected || (n >= 0 && fail(r, "the firmware has %d guests instead of %d", n, expected));
}

int firmware_contexts(struct run *r, long long *gctx, int max)
{
	struct json_object *status = firmware_status(r), *guests, *pa;
	int n = 0;

	if (!status)
		return -1;
	guests = firmware_member(status, "guests");
	for (size_t i = 0; i < json_object_array_length(guests); i++) {
		pa = firmware_member(json_object_array_get_idx(guests, i), "gctx_pa");
		if (pa && n < max)
			gctx[n] = json_object_get_int64(pa);
		n += pa != NULL;
	}
	json_object_put(status);
	return n;
}
