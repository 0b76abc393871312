// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "machinectl.h"

static struct json_object *at(struct json_object *event, const char *key)
{
	struct json_object *field = NULL;

	json_object_object_get_ex(event, key, &field);
	return field;
}

static void print_hex(const char *name, struct json_object *value)
{
	if (value)
		printf(" %s 0x%" PRIx64, name, json_object_get_uint64(value));
}

static void print_event(struct json_object *event)
{
	struct json_object *kind = at(event, "kind"), *time = at(event, "time_ns");
	struct json_object *cpu = at(event, "cpu"), *field;

	if (time)
		printf("%12.6f ", json_object_get_int64(time) / 1e9);
	printf("%-16s", json_object_get_string(kind ? kind : at(event, "event")));
	if (cpu && json_object_get_int(cpu) >= 0)
		printf(" CPU %d", json_object_get_int(cpu));
	print_hex("rip", at(event, "rip"));
	print_hex("pa", at(event, "pa"));
	print_hex("entry", at(event, "entry"));
	print_hex("mapping", at(event, "mapping_size"));
	print_hex("status", at(event, "status"));
	field = at(event, "access");
	if (field)
		printf(" %s", json_object_get_string(field));
	field = at(event, "command");
	if (field)
		printf(" %s", json_object_get_string(field));
	field = at(event, "crash");
	if (field && json_object_get_boolean(field))
		printf(" into a crash kernel");
	field = at(event, "cause");
	if (field)
		printf(" %s", json_object_get_string(field));
	putchar('\n');
}

/* Until the machine ends, which is no failure. */
static int follow(struct context *ctx)
{
	struct json_object *event;

	while ((event = link_next(&ctx->link, -1))) {
		if (at(event, "event") && ctx->json)
			json_print(event);
		else if (at(event, "event"))
			print_event(event);
		json_object_put(event);
	}
	return EXIT_DONE;
}

int command_events(struct context *ctx, int argc, char **argv)
{
	bool live = argc > 1 && (!strcmp(argv[1], "--follow") || !strcmp(argv[1], "-f"));
	struct json_object *answer, *events;
	int rc;

	if (argc > 1 + live)
		return usage_error("events: unknown argument: %s", argv[1 + live]);
	rc = link_ask(&ctx->link, "events", NULL, &answer);
	if (rc)
		return rc;
	events = at(answer, "events");
	if (ctx->json && !live)
		json_print(answer);
	for (size_t i = 0; i < json_object_array_length(events); i++) {
		struct json_object *event = json_object_array_get_idx(events, i);

		if (!ctx->json)
			print_event(event);
		else if (live)
			json_print(event);
	}
	if (!ctx->json && json_object_get_uint64(at(answer, "dropped")))
		printf("and %" PRIu64 " more, which were not kept\n",
		       json_object_get_uint64(at(answer, "dropped")));
	json_object_put(answer);
	return live ? follow(ctx) : EXIT_DONE;
}
