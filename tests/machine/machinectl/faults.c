// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machinectl.h"

static uint64_t number(struct json_object *fault, const char *key)
{
	struct json_object *field = NULL;

	json_object_object_get_ex(fault, key, &field);
	return json_object_get_int64(field);
}

static void print_fault(struct json_object *fault)
{
	static const char *const fate[] = { "id", "armed", "seen", "acted", "stopped", "left" };
	struct json_object *armed = NULL;

	json_object_object_get_ex(fault, "armed", &armed);
	printf("%4" PRIu64 "  %-5s seen %-5" PRIu64 " acted %-5" PRIu64, number(fault, "id"),
	       json_object_get_boolean(armed) ? "armed" : "waits", number(fault, "seen"),
	       number(fault, "acted"));
	for (size_t i = 0; i < sizeof(fate) / sizeof(fate[0]); i++)
		json_object_object_del(fault, fate[i]);
	printf("  %s\n", json_object_to_json_string_ext(fault, JSON_C_TO_STRING_PLAIN));
}

static int list(struct context *ctx)
{
	struct json_object *answer, *faults;
	int rc = link_ask(&ctx->link, "fault-list", NULL, &answer);

	if (rc)
		return rc;
	json_object_object_get_ex(answer, "faults", &faults);
	if (ctx->json)
		json_print(answer);
	else if (!json_object_array_length(faults))
		puts("no faults");
	for (size_t i = 0; !ctx->json && i < json_object_array_length(faults); i++)
		print_fault(json_object_array_get_idx(faults, i));
	json_object_put(answer);
	return EXIT_DONE;
}

static int add(struct context *ctx, const char *text)
{
	struct json_object *fault = json_tokener_parse(text), *answer;
	int rc;

	if (!json_object_is_type(fault, json_type_object)) {
		json_object_put(fault);
		return usage_error("faults add: not a JSON object: %s", text);
	}
	rc = link_ask(&ctx->link, "fault-add", fault, &answer);
	if (rc)
		return rc;
	if (ctx->json)
		json_print(answer);
	else
		printf("fault %" PRIu64 "\n", number(answer, "id"));
	json_object_put(answer);
	return EXIT_DONE;
}

static int clear(struct context *ctx, const char *id)
{
	struct json_object *arguments = NULL, *answer;
	char *end = NULL;
	long value = id ? strtol(id, &end, 10) : 0;
	int rc;

	if (id && (*end || value <= 0))
		return usage_error("faults clear: not a fault's number: %s", id);
	if (id) {
		arguments = json_object_new_object();
		json_object_object_add(arguments, "id", json_object_new_int64(value));
	}
	rc = link_ask(&ctx->link, "fault-clear", arguments, &answer);
	if (rc)
		return rc;
	if (ctx->json)
		json_print(answer);
	else
		printf("%" PRIu64 " cleared\n", number(answer, "cleared"));
	json_object_put(answer);
	return EXIT_DONE;
}

int command_faults(struct context *ctx, int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "list";

	if (!strcmp(what, "list") && argc <= 2)
		return list(ctx);
	if (!strcmp(what, "add") && argc == 3)
		return add(ctx, argv[2]);
	if (!strcmp(what, "clear") && argc <= 3)
		return clear(ctx, argc == 3 ? argv[2] : NULL);
	return usage_error("faults: list, add OBJECT or clear [ID]");
}
