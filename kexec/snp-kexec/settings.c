// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "settings.h"

/**
 * settings_open() - read and parse the file, whatever mistakes it has
 * @c: context; told if it cannot be read
 * @s: result, for settings_close()
 *
 * That the file which nobody named is not there is no error.
 *
 * Return: false if it could not be read.
 */
bool settings_open(struct context *c, struct settings *s)
{
	int err;

	memset(s, 0, sizeof(*s));
	if (c->config)
		snprintf(s->path, sizeof(s->path), "%s", c->config);
	else
		path_join(s->path, c->root, CONFIG_PATH);
	err = bytes_read_head(&s->file, s->path, CONFIG_FILE_MAX);
	s->there = err != -ENOENT;
	if (err && err != -EFBIG && (s->there || c->config)) {
		fail(&c->report, "%s: %s; nothing was done: mend that, or name another file with --config",
		     s->path, strerror(-err));
		settings_close(s);
		return false;
	}
	config_parse(&s->config, &s->errors, s->file.data ? (const char *)s->file.data : "", s->file.size);
	return true;
}

/**
 * settings_read() - the same for those who use it: one mistake is too many
 * @c: context; told of the first one
 * @s: result, for settings_close()
 *
 * Return: true if it can be used.
 */
bool settings_read(struct context *c, struct settings *s)
{
	const struct config_error *e = s->errors.v;
	char text[256];

	if (!settings_open(c, s))
		return false;
	if (!s->errors.nr)
		return true;
	config_describe(text, sizeof(text), e);
	fail(&c->report, "%s:%u:%u: %s; nothing was done, see: snp-kexec config check", s->path, e->line,
	     e->column, text);
	settings_close(s);
	return false;
}

/** settings_close() - texts of its configuration are gone then */
void settings_close(struct settings *s)
{
	bytes_free(&s->file);
}

/** settings_text() - a text's value, or NULL if the file has none */
const char *settings_text(const struct settings *s, enum config_id id, char buf[CONFIG_VALUE_SIZE])
{
	if (!s->config.value[id].line)
		return NULL;
	config_print(buf, id, &s->config.value[id], false);
	return buf;
}

/** settings_number() - a number's or a bool's value, or its default */
uint64_t settings_number(const struct settings *s, enum config_id id)
{
	const struct config_value *v = &s->config.value[id];

	return v->line ? v->number : config_keys[id].initial;
}
