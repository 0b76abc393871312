// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "machinectl.h"

/* Every leaf with its path. */
static void print_tree(const char *path, struct json_object *tree)
{
	char below[256];

	if (!json_object_is_type(tree, json_type_object)) {
		printf("  %-48s %s\n", path, json_object_to_json_string(tree));
		return;
	}
	json_object_object_foreach(tree, key, value) {
		snprintf(below, sizeof(below), "%s%s%s", path, *path ? "/" : "", key);
		print_tree(below, value);
	}
}

static int simple(struct context *ctx, const char *request, struct json_object *arguments)
{
	struct json_object *answer;
	int rc = link_ask(&ctx->link, request, arguments, &answer);

	if (rc)
		return rc;
	if (ctx->json)
		json_print(answer);
	json_object_put(answer);
	return EXIT_DONE;
}

int command_snapshot(struct context *ctx, int argc, char **argv)
{
	struct json_object *arguments;

	if (argc != 2)
		return usage_error("snapshot: one NAME is needed");
	arguments = json_object_new_object();
	json_object_object_add(arguments, "name", json_object_new_string(argv[1]));
	return simple(ctx, "snapshot", arguments);
}

int command_diff(struct context *ctx, int argc, char **argv)
{
	struct json_object *arguments, *answer, *field;
	int rc;

	if (argc < 2 || argc > 3)
		return usage_error("diff: FROM, and TO or nothing, are needed");
	arguments = json_object_new_object();
	json_object_object_add(arguments, "from", json_object_new_string(argv[1]));
	if (argc == 3)
		json_object_object_add(arguments, "to", json_object_new_string(argv[2]));
	rc = link_ask(&ctx->link, "diff", arguments, &answer);
	if (rc)
		return rc;
	if (ctx->json) {
		json_print(answer);
	} else {
		json_object_object_get_ex(answer, "time_ns", &field);
		printf("%.6f s\n", json_object_get_int64(field) / 1e9);
		json_object_object_del(answer, "time_ns");
		print_tree("", answer);
	}
	json_object_put(answer);
	return EXIT_DONE;
}

int command_mark(struct context *ctx, int argc, char **argv)
{
	struct json_object *arguments = json_object_new_object();
	char *end = NULL;
	long long mark = argc == 2 ? strtoll(argv[1], &end, 0) : 0;

	if (argc > 2 || (end && (*end || mark < 0 || mark > UINT32_MAX))) {
		json_object_put(arguments);
		return usage_error("mark: a number from 0 to 4294967295, or nothing");
	}
	json_object_object_add(arguments, "mark", json_object_new_int64(mark));
	return simple(ctx, "mark", arguments);
}

static int without_arguments(struct context *ctx, int argc, char **argv, const char *request)
{
	if (argc > 1)
		return usage_error("%s: too many arguments: %s", argv[0], argv[1]);
	return simple(ctx, request, NULL);
}

int command_reset(struct context *ctx, int argc, char **argv)
{
	return without_arguments(ctx, argc, argv, "reset-machine");
}

int command_reset_counters(struct context *ctx, int argc, char **argv)
{
	return without_arguments(ctx, argc, argv, "reset-counters");
}
