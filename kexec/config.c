// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file is written by people: each mistake is told with its place, and a file with one is not used at all.
 * A line is empty, a comment (its first character is #), or `key = value`. There are neither quotes nor escapes
 * nor comments behind a value, so that what a kernel's command line holds needs no second reading.
 */
#include <stdio.h>
#include <string.h>

#include "config.h"

#define TOKEN_SHOWN	40	/* bytes of what is wrong, in a message */

struct line {
	const char *start, *at, *end;
	unsigned int number;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_key_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\t') || c == 0x7f;
}

static struct config_error *complain(struct config_errors *e, enum config_error_kind kind,
				     const struct line *l, const char *at, const struct config_key *key)
{
	/* the last place is for those that nobody reads */
	struct config_error *new = &e->v[e->nr < CONFIG_ERRORS_MAX ? e->nr : CONFIG_ERRORS_MAX];

	e->nr++;
	*new = (struct config_error) {
		.kind = kind, .line = l->number, .column = (unsigned int)(at - l->start) + 1,
		.key = key, .token = at, .length = (size_t)(l->end - at),
	};
	return new;
}

static void skip_blanks(struct line *l)
{
	while (l->at < l->end && is_blank(*l->at))
		l->at++;
}

static bool take_number(uint64_t *number, const char *text, size_t length, const struct config_key *key)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9' || v > key->max)
			return false;
		v = v * 10 + (uint64_t)(text[i] - '0');
	}
	*number = v;
	return v >= key->min && v <= key->max;
}

static bool is_word(const char *word, const char *text, size_t length)
{
	return strlen(word) == length && !memcmp(word, text, length);
}

static bool take_word(uint64_t *number, const char *text, size_t length, const char *const *words)
{
	for (*number = 0; words[*number]; ++*number)
		if (is_word(words[*number], text, length))
			return true;
	return false;
}

static bool take_bool(uint64_t *number, const char *text, size_t length)
{
	*number = is_word("yes", text, length) || is_word("1", text, length) || is_word("Y", text, length);
	return *number || is_word("no", text, length) || is_word("0", text, length) || is_word("N", text, length);
}

static bool take(const struct config_key *key, struct config_value *v, const char *text, size_t length)
{
	switch (key->type) {
	case CONFIG_NUMBER:
		return take_number(&v->number, text, length, key);
	case CONFIG_WORD:
		return take_word(&v->number, text, length, key->words);
	case CONFIG_BOOL:
		/* Y and N are how the kernel shows one: read by config_same() alone */
		return text[0] != 'Y' && text[0] != 'N' && take_bool(&v->number, text, length);
	default:
		v->text = text;
		v->length = length;
		return true;
	}
}

static void parse_value(struct config *c, struct config_errors *e, struct line *l, int id)
{
	const struct config_key *key = &config_keys[id];
	struct config_value v = { .line = l->number };
	const char *at = l->at;

	if (c->value[id].line) {
		complain(e, CONFIG_ERR_TWICE, l, l->start, key)->before = c->value[id].line;
		return;
	}
	if (at == l->end)
		complain(e, CONFIG_ERR_EMPTY, l, at, key);
	else if (l->end - at > CONFIG_TEXT_MAX)
		complain(e, CONFIG_ERR_TOO_LONG, l, at, key);
	else if (take(key, &v, at, (size_t)(l->end - at)))
		c->value[id] = v;
	else
		complain(e, memchr(at, '#', (size_t)(l->end - at)) ? CONFIG_ERR_COMMENT : CONFIG_ERR_VALUE, l, at, key);
}

/* `KEY =`; with a mistake -1. */
static int parse_key(struct config_errors *e, struct line *l)
{
	const char *key = l->at, *behind;
	int id;

	while (l->at < l->end && is_key_letter(*l->at))
		l->at++;
	behind = l->at;
	id = config_find(key, (size_t)(behind - key));
	skip_blanks(l);
	if (behind == key) {
		complain(e, CONFIG_ERR_KEY, l, key, NULL);
		return -1;
	}
	if (l->at == l->end || *l->at != '=') {
		complain(e, CONFIG_ERR_EQUALS, l, behind, NULL);
		return -1;
	}
	if (id < 0)
		complain(e, CONFIG_ERR_UNKNOWN, l, key, NULL)->length = (size_t)(behind - key);
	l->at++;
	skip_blanks(l);
	return id;
}

static void parse_line(struct config *c, struct config_errors *e, struct line *l)
{
	const char *at;
	int id;

	for (at = l->start; at < l->end; at++)
		if (is_control(*at)) {
			complain(e, CONFIG_ERR_BYTE, l, at, NULL);
			return;
		}
	while (l->end > l->start && is_blank(l->end[-1]))
		l->end--;
	skip_blanks(l);
	if (l->at == l->end || *l->at == '#')
		return;
	id = parse_key(e, l);
	if (id >= 0)
		parse_value(c, e, l, id);
}

/**
 * config_parse() - all of a file
 * @c: result; what is not in the file has line 0. Its texts lie in @text
 * @e: every mistake, in their order; with one @c is not to be used
 * @text: bytes of the file, from anybody
 * @size: how many
 */
void config_parse(struct config *c, struct config_errors *e, const char *text, size_t size)
{
	const char *end = text + size, *newline;
	struct line l = { .number = 1 };

	memset(c, 0, sizeof(*c));
	memset(e, 0, sizeof(*e));
	if (size > CONFIG_FILE_MAX) {
		l.start = text;
		l.end = text;
		complain(e, CONFIG_ERR_TOO_LARGE, &l, text, NULL);
		return;
	}
	for (; text < end; text = l.end + 1, l.number++) {
		newline = memchr(text, '\n', (size_t)(end - text));
		l.start = text;
		l.at = text;
		l.end = newline ? newline : end;
		newline = l.end;
		parse_line(c, e, &l);
		l.end = newline;
	}
}

/* What a key takes, for people. */
static void describe_wanted(char *out, size_t size, const struct config_key *key)
{
	size_t used = 0;
	int i;

	switch (key->type) {
	case CONFIG_NUMBER:
		snprintf(out, size, "a number from %llu to %llu", (unsigned long long)key->min,
			 (unsigned long long)key->max);
		break;
	case CONFIG_BOOL:
		snprintf(out, size, "yes or no");
		break;
	case CONFIG_WORD:
		for (i = 0; key->words[i] && used < size; i++)
			used += (size_t)snprintf(out + used, size - used, "%s%s", !i ? "" :
						 key->words[i + 1] ? ", " : " or ", key->words[i]);
		break;
	default:
		snprintf(out, size, "text");
	}
}

/* Nothing of it reaches a terminal as it is. */
static void show_token(char out[TOKEN_SHOWN + 4], const struct config_error *e)
{
	size_t i, length = e->length < TOKEN_SHOWN ? e->length : TOKEN_SHOWN;

	for (i = 0; i < length; i++)
		out[i] = (unsigned char)e->token[i] < ' ' || (unsigned char)e->token[i] > '~' ? '?' : e->token[i];
	snprintf(out + length, sizeof("..."), "%s", e->length > length ? "..." : "");
}

/**
 * config_describe() - a mistake as a phrase, without its place
 * @out: result
 * @size: its bytes
 * @e: of config_parse(), whose text is still there
 */
void config_describe(char *out, size_t size, const struct config_error *e)
{
	const char *name = e->key ? e->key->name : "";
	char token[TOKEN_SHOWN + 4], wanted[128] = "";

	show_token(token, e);
	if (e->key)
		describe_wanted(wanted, sizeof(wanted), e->key);
	switch (e->kind) {
	case CONFIG_ERR_BYTE:
		snprintf(out, size, "%s (byte 0x%02x): a line has text, blanks and tabs only",
			 *e->token == '\r' ? "carriage return: lines end as in DOS" : "control character",
			 (unsigned char)*e->token);
		break;
	case CONFIG_ERR_KEY:
		snprintf(out, size, "\"%s\" is no key: a line is \"key = value\", or begins with #", token);
		break;
	case CONFIG_ERR_UNKNOWN:
		snprintf(out, size, "unknown key \"%s\"; snp-kexec config show lists those that there are", token);
		break;
	case CONFIG_ERR_EQUALS:
		snprintf(out, size, "no \"=\" behind the key: a line is \"key = value\"");
		break;
	case CONFIG_ERR_TWICE:
		snprintf(out, size, "%s stands in line %u already: take one of the two out", name, e->before);
		break;
	case CONFIG_ERR_EMPTY:
		snprintf(out, size, "%s has no value: it takes %s; without the line it has its default", name, wanted);
		break;
	case CONFIG_ERR_VALUE:
		snprintf(out, size, "%s takes %s, not \"%s\"", name, wanted, token);
		break;
	case CONFIG_ERR_COMMENT:
		snprintf(out, size, "%s takes %s, not \"%s\"; a comment needs a line of its own", name, wanted, token);
		break;
	case CONFIG_ERR_TOO_LONG:
		snprintf(out, size, "%s: longer than %d bytes", name, CONFIG_TEXT_MAX);
		break;
	case CONFIG_ERR_TOO_LARGE:
		snprintf(out, size, "more than %d bytes: no configuration", CONFIG_FILE_MAX);
		break;
	}
}

/**
 * config_print() - a value as text
 * @out: result
 * @id: the key
 * @v: its value; line 0: the default
 * @as_parameter: as ccp_ext takes it, where yes is 1
 */
void config_print(char out[CONFIG_VALUE_SIZE], enum config_id id, const struct config_value *v, bool as_parameter)
{
	const struct config_key *key = &config_keys[id];
	uint64_t number = v->line ? v->number : key->initial;

	switch (key->type) {
	case CONFIG_NUMBER:
		snprintf(out, CONFIG_VALUE_SIZE, "%llu", (unsigned long long)number);
		break;
	case CONFIG_BOOL:
		snprintf(out, CONFIG_VALUE_SIZE, "%s",
			 as_parameter ? (number ? "1" : "0") : number ? "yes" : "no");
		break;
	case CONFIG_WORD:
		snprintf(out, CONFIG_VALUE_SIZE, "%s", key->words[number]);
		break;
	default:
		snprintf(out, CONFIG_VALUE_SIZE, "%.*s", v->line ? (int)v->length : 0, v->text ? v->text : "");
	}
}

/**
 * config_same() - does the module say what the file says, or the default?
 * @id: a key of the module's
 * @v: value by the file; line 0: the default
 * @text: what the module says, without a newline; from sysfs, where a bool is Y or N
 * @length: its bytes
 */
bool config_same(enum config_id id, const struct config_value *v, const char *text, size_t length)
{
	const struct config_key *key = &config_keys[id];
	uint64_t wanted = v->line ? v->number : key->initial, number;

	if (!length)
		return false;
	switch (key->type) {
	case CONFIG_NUMBER:
		return take_number(&number, text, length, key) && number == wanted;
	case CONFIG_BOOL:
		return take_bool(&number, text, length) && number == wanted;
	case CONFIG_WORD:
		return is_word(key->words[wanted], text, length);
	default:
		return false;
	}
}

/**
 * config_options() - what the file says to ccp_ext, as words between blanks for modprobe
 * @out: result, with a NUL
 * @size: its bytes; 4096 are enough for all
 * @c: parsed without a mistake
 *
 * Return: length of @out; 0 if the file says nothing to ccp_ext.
 */
size_t config_options(char *out, size_t size, const struct config *c)
{
	char value[CONFIG_VALUE_SIZE];
	size_t used = 0;
	int i;

	*out = '\0';
	for (i = 0; i < CONFIG_NR_KEYS && used < size; i++) {
		if (!config_is_module(i) || !c->value[i].line)
			continue;
		config_print(value, i, &c->value[i], true);
		used += (size_t)snprintf(out + used, size - used, "%s%s=%s", used ? " " : "",
					 config_keys[i].name, value);
	}
	return used < size ? used : size - 1;
}
