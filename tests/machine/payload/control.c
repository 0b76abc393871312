// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine's control channel, which the runner has connected to COM2: so
 * the payload can ask what the machine counted.
 */
#include "payload.h"

#define COM2 0x2f8

static char line[262144];
static u32 next_id;

static const char *skip_space(const char *p)
{
	while (*p == ' ')
		p++;
	return p;
}

static const char *skip_string(const char *p)
{
	for (p++; *p != '"'; p++)
		if (*p == '\\')
			p++;
	return p + 1;
}

static const char *skip_value(const char *p)
{
	int depth = 0;

	do {
		if (*p == '"') {
			p = skip_string(p);
			continue;
		}
		if (*p == '{' || *p == '[')
			depth++;
		if (*p == '}' || *p == ']')
			depth--;
		p++;
	} while (depth > 0 || (*p != ',' && *p != '}' && *p != ']'));
	return p;
}

/* A member of an object, or an element of a list if the key is a number. */
static const char *member(const char *p, const char *key, size_t len)
{
	bool list = *p == '[';
	u32 index = 0;

	for (size_t i = 0; list && i < len; i++)
		index = index * 10 + key[i] - '0';
	p = skip_space(p + 1);
	while (*p != '}' && *p != ']') {
		bool match;

		if (list) {
			match = !index--;
		} else {
			const char *end = skip_string(p);

			match = (size_t)(end - p) == len + 2;
			for (size_t i = 0; match && i < len; i++)
				match = p[1 + i] == key[i];
			p = skip_space(skip_space(end) + 1);
		}
		if (match)
			return p;
		p = skip_value(p);
		if (*p == ',')
			p = skip_space(p + 1);
	}
	return NULL;
}

static const char *lookup(const char *p, const char *path)
{
	while (p && *path) {
		size_t len = 0;

		while (path[len] && path[len] != '/')
			len++;
		p = *p == '{' || *p == '[' ? member(p, path, len) : NULL;
		path += len + (path[len] == '/');
	}
	return p;
}

static void line_read(void)
{
	size_t used = 0;
	char c;

	for (;;) {
		while (!serial_get(COM2, &c))
			asm volatile("pause");
		if (c == '\n')
			break;
		if (used + 1 < sizeof(line))
			line[used++] = c;
	}
	line[used] = 0;
}

static u64 number(const char *p)
{
	u64 v = 0;

	if (*p == 't')
		return 1;
	for (; *p >= '0' && *p <= '9'; p++)
		v = v * 10 + *p - '0';
	return v;
}

/**
 * control - send a request
 * @request: the JSON object without its closing brace
 *
 * Return: the answer's line; events before it are skipped.
 */
const char *control(const char *request)
{
	char id[32];
	u32 mine = ++next_id;

	format_to(id, sizeof(id), ",\"id\":%u}\n", mine);
	for (const char *p = request; *p; p++)
		serial_put(COM2, *p);
	for (const char *p = id; *p; p++)
		serial_put(COM2, *p);
	for (;;) {
		const char *answer;

		line_read();
		answer = line[0] == '{' ? lookup(line, "id") : NULL;
		if (answer && number(answer) == mine)
			return line;
	}
}

/**
 * control_init - connect
 * @fresh: no faults, and nothing counted so far
 *
 * What a reset cut off is answered, or read to its end, before anything counts.
 */
void control_init(bool fresh)
{
	u64 low;
	u32 high;

	serial_init(COM2);
	asm volatile("rdtsc" : "=a"(low), "=d"(high));
	next_id = (low ^ high) & 0xffffff;
	serial_put(COM2, '\n');
	control("{\"execute\":\"status\"");
	if (!fresh)
		return;
	control("{\"execute\":\"fault-clear\"");
	control("{\"execute\":\"reset-counters\"");
}

static const char *ask(const char *request, const char *path)
{
	char text[64];

	format_to(text, sizeof(text), "{\"execute\":\"%s\"", request);
	return lookup(lookup(control(text), "return"), path);
}

/**
 * control_get - ask for one number or truth value
 * @request: the request's name
 * @path: where in the answer, members separated by slashes
 *
 * Return: the number; ~0 if there is none there.
 */
u64 control_get(const char *request, const char *path)
{
	const char *p = ask(request, path);

	return p ? number(p) : ~0ULL;
}

static bool string_is(const char *p, const char *value)
{
	if (!p || *p++ != '"')
		return false;
	while (*value && *p == *value)
		p++, value++;
	return !*value && *p == '"';
}

/* control_is - whether a string in the answer is the one expected */
bool control_is(const char *request, const char *path, const char *value)
{
	return string_is(ask(request, path), value);
}

/* control_event_is - wait for an event, and look at one of its strings */
bool control_event_is(const char *name, const char *path, const char *value)
{
	do
		line_read();
	while (line[0] != '{' || !string_is(lookup(line, "event"), name));
	return string_is(lookup(line, path), value);
}

static bool contains(const char *text, const char *part)
{
	for (; *text; text++) {
		size_t i = 0;

		while (part[i] && text[i] == part[i])
			i++;
		if (!part[i])
			return true;
	}
	return false;
}

/* control_refuses - whether a request is answered with an error that says this */
bool control_refuses(const char *request, const char *why)
{
	const char *error = lookup(control(request), "error");

	return error && contains(error, why);
}

/* control_number - one number in the answer to a request with arguments */
u64 control_number(const char *request, const char *path)
{
	const char *p = lookup(lookup(control(request), "return"), path);

	return p && *p == '-' ? -number(p + 1) : p ? number(p) : ~0ULL;
}

/**
 * fault - let something go wrong
 * @members: of the fault's JSON object
 *
 * Return: its number.
 */
u32 fault(const char *members)
{
	char text[512];
	u64 id;

	format_to(text, sizeof(text), "{\"execute\":\"fault-add\",\"arguments\":{%s}",
		  members);
	id = control_number(text, "id");
	CHECK(id != ~0ULL);
	return id;
}

/* inject - let the next commands fail */
void inject(const char *command, u32 status, u32 count)
{
	char text[128];

	format_to(text, sizeof(text), "{\"execute\":\"inject\",\"arguments\":"
		  "{\"command\":\"%s\",\"status\":%u,\"count\":%u}",
		  command, status, count);
	CHECK(lookup(control(text), "return"));
}
