/* SPDX-License-Identifier: GPL-2.0-only */
/* Shorter words for what is said in JSON again and again. */
#ifndef STRESS_JSON_H
#define STRESS_JSON_H

#include <json-c/json.h>

static inline struct json_object *json_text(const char *s)
{
	return json_object_new_string(s);
}

static inline struct json_object *json_number(long long n)
{
	return json_object_new_int64(n);
}

static inline void json_add(struct json_object *o, const char *key, struct json_object *value)
{
	json_object_object_add(o, key, value);
}

/* NULL if there is none. */
static inline struct json_object *json_get(struct json_object *o, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(o, key, &value);
	return value;
}

#endif
