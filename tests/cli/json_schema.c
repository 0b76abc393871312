// SPDX-License-Identifier: GPL-2.0-only
/*
 * json-schema SCHEMA [DEFINITION] - hold each line of standard input against a definition
 *
 * Without DEFINITION a line is what a machine says: an event, or an answer that has to fit one of the
 * requests' definitions.
 *
 * As much of JSON Schema as docs/machine-control.schema.json uses: type, enum, properties,
 * required, additionalProperties, items, $ref. Says what does not fit, and where; exits 1 then.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <stdbool.h>

static struct json_object *definitions;
static bool quiet;

static bool fits(struct json_object *schema, struct json_object *value, const char *path);

static struct json_object *at(struct json_object *object, const char *key)
{
	struct json_object *field = NULL;

	json_object_object_get_ex(object, key, &field);
	return field;
}

static bool complain(const char *path, const char *what, const char *which)
{
	if (!quiet)
		printf("%s: %s %s\n", *path ? path : "the object", what, which);
	return false;
}

static bool is_type(struct json_object *value, const char *type)
{
	static const struct {
		const char *name;
		enum json_type type;
	} types[] = {
		{ "object", json_type_object }, { "array", json_type_array },
		{ "string", json_type_string }, { "integer", json_type_int },
		{ "boolean", json_type_boolean },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i].name, type))
			return json_object_is_type(value, types[i].type);
	fprintf(stderr, "json-schema: unknown type %s\n", type);
	exit(2);
}

static bool is_one_of(struct json_object *list, struct json_object *value)
{
	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (json_object_equal(json_object_array_get_idx(list, i), value))
			return true;
	return false;
}

static bool members_fit(struct json_object *schema, struct json_object *value, const char *path)
{
	struct json_object *properties = at(schema, "properties"), *required = at(schema, "required");
	struct json_object *others = at(schema, "additionalProperties");
	bool good = true;
	char below[256];

	for (size_t i = 0; required && i < json_object_array_length(required); i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(required, i));

		if (!at(value, name))
			good = complain(path, "lacks", name);
	}
	json_object_object_foreach(value, key, member) {
		struct json_object *known = properties ? at(properties, key) : NULL;

		snprintf(below, sizeof(below), "%s/%s", path, key);
		if (known)
			good &= fits(known, member, below);
		else if (json_object_is_type(others, json_type_object))
			good &= fits(others, member, below);
		else if (others)
			good = complain(path, "has a member that is not described:", key);
	}
	return good;
}

static bool fits(struct json_object *schema, struct json_object *value, const char *path)
{
	struct json_object *ref = at(schema, "$ref"), *type = at(schema, "type");
	struct json_object *words = at(schema, "enum"), *items = at(schema, "items");
	bool good = true;
	char below[256];

	if (ref) {
		const char *name = strrchr(json_object_get_string(ref), '/') + 1;

		if (!at(definitions, name))
			return complain(path, "no definition", name);
		return fits(at(definitions, name), value, path);
	}
	if (type && !is_type(value, json_object_get_string(type)))
		return complain(path, "is no", json_object_get_string(type));
	if (words && !is_one_of(words, value))
		return complain(path, "is none of", json_object_to_json_string(words));
	if (json_object_is_type(value, json_type_object))
		return members_fit(schema, value, path);
	for (size_t i = 0; items && i < json_object_array_length(value); i++) {
		snprintf(below, sizeof(below), "%s/%zu", path, i);
		good &= fits(items, json_object_array_get_idx(value, i), below);
	}
	return good;
}

static bool fits_one(struct json_object *value)
{
	static const char *const requests[] = {
		"status", "counters", "census", "events", "fault-list", "fault-add", "fault-clear",
		"rmpadjust", "snapshot", "snapshots", "diff", "nothing",
	};
	bool good = false;

	quiet = true;
	for (size_t i = 0; !good && i < sizeof(requests) / sizeof(requests[0]); i++)
		good = fits(at(definitions, requests[i]), value, "");
	quiet = false;
	return good || complain("", "fits no request:", json_object_to_json_string(value));
}

static bool said_by_machine(struct json_object *value)
{
	if (at(value, "event"))
		return fits(at(definitions, "event"), value, "");
	if (!fits(at(definitions, "answer"), value, ""))
		return false;
	return !at(value, "return") || fits_one(at(value, "return"));
}

int main(int argc, char **argv)
{
	struct json_object *schema = argc == 2 || argc == 3 ? json_object_from_file(argv[1]) : NULL;
	struct json_object *definition, *value;
	char *line = NULL;
	size_t size = 0, lines = 0;
	bool good = true;

	definitions = schema ? at(schema, "$defs") : NULL;
	definition = definitions && argc == 3 ? at(definitions, argv[2]) : NULL;
	if (!definitions || (argc == 3 && !definition)) {
		fputs("usage: json-schema SCHEMA [DEFINITION] <LINES\n", stderr);
		return 2;
	}
	for (; getline(&line, &size, stdin) > 0; lines++) {
		value = json_tokener_parse(line);
		if (!value)
			good = complain("", "is no JSON:", line);
		else
			good &= definition ? fits(definition, value, "") : said_by_machine(value);
		json_object_put(value);
	}
	free(line);
	json_object_put(schema);
	if (!lines)
		puts("nothing to look at");
	return good && lines ? 0 : 1;
}
