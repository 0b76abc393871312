// SPDX-License-Identifier: GPL-2.0-only
/*
 * grub.cfg is a script; of what grub-mkconfig makes of it only the part that names entries is read: nested menus, a
 * default, one linux and one initrd. What depends on more is refused. The other form are the entries of systemd-boot.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot_entry.h"

#define LINE_MAX_BYTES	8192
#define DEPTH_MAX	16
#define BLANKS		" \t"
#define SCRIPT		"$\\'\""	/* means something to GRUB in a word */

/* A line without white space at both ends; false at the end of the text. */
static bool next_line(const char **text, char line[LINE_MAX_BYTES])
{
	const char *at = *text + strspn(*text, BLANKS);
	size_t length = strcspn(at, "\n"), kept;

	if (!**text)
		return false;
	*text = at + length + (at[length] == '\n');
	for (kept = length; kept && strchr(BLANKS "\r", at[kept - 1]); )
		kept--;
	/* one that is longer is none of those that are looked for, or is refused by its reader */
	if (kept >= LINE_MAX_BYTES)
		kept = LINE_MAX_BYTES - 1;
	memcpy(line, at, kept);
	line[kept] = '\0';
	return true;
}

/* What follows @word and white space, or NULL if the line begins otherwise. */
static const char *after(const char *line, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(line, word, length) || !line[length] || !strchr(BLANKS, line[length]))
		return NULL;
	return line + length + strspn(line + length, BLANKS);
}

static bool copy(char *to, size_t size, const char *from, size_t length)
{
	if (length >= size)
		return false;
	memcpy(to, from, length);
	to[length] = '\0';
	return true;
}

/* The next word, which may be quoted. Return: what is behind it. */
static const char *take_word(char *word, size_t size, const char *at)
{
	const char *end;
	char quote = *at;

	if (quote == '\'' || quote == '"') {
		end = strchr(at + 1, quote);
		if (!end || !copy(word, size, at + 1, (size_t)(end - at) - 1))
			*word = '\0';
		return end ? end + 1 : at + strlen(at);
	}
	end = at + strcspn(at, BLANKS);
	if (!copy(word, size, at, (size_t)(end - at)))
		*word = '\0';
	return end + strspn(end, BLANKS);
}

/* NAME=VALUE of grubenv, or of the script. */
static void take_variable(char *value, size_t size, const char *text, const char *name)
{
	size_t length = strlen(name);
	char line[LINE_MAX_BYTES];

	*value = '\0';
	while (text && next_line(&text, line))
		if (!strncmp(line, name, length) && line[length] == '=')
			copy(value, size, line + length + 1, strlen(line + length + 1));
}

/* The default that holds if nothing is chosen for once: the last one that is set and not to next_entry. */
static void find_default(char *name, size_t size, const char *cfg, const char *env)
{
	char line[LINE_MAX_BYTES], value[512];
	const char *set;

	take_variable(name, size, env, "next_entry");
	if (*name)
		return;
	while (next_line(&cfg, line)) {
		set = after(line, "set");
		if (!set || strncmp(set, "default=", 8))
			continue;
		take_word(value, sizeof(value), set + 8);
		if (!strcmp(value, "${saved_entry}"))
			take_variable(value, sizeof(value), env, "saved_entry");
		else if (strchr(value, '$'))
			continue;
		copy(name, size, value, strlen(value));
	}
	if (!*name)
		copy(name, size, "0", 1);
}

static bool is_opened(const char *line)
{
	size_t length = strlen(line);

	return length && line[length - 1] == '{';
}

/* Is this the entry, by number, title or id? */
static bool is_named(const char *line, const char *name, unsigned long number, char *title, size_t size)
{
	const char *id = strstr(line, "menuentry_id_option"), *rest;
	char word[512], *end;
	unsigned long wanted = strtoul(name, &end, 10);

	rest = after(line, "menuentry");
	take_word(title, size, rest ? rest : after(line, "submenu"));
	if (*name && !*end)
		return wanted == number;
	if (!strcmp(title, name))
		return true;
	rest = id ? strpbrk(id, BLANKS) : NULL;
	if (!rest)
		return false;
	take_word(word, sizeof(word), rest + strspn(rest, BLANKS));
	return !strcmp(word, name);
}

/* Goes to the inside of the entry @name of this menu; a submenu is one, too. */
static bool enter(const char **text, const char *name, char *title, size_t size, bool *is_menu)
{
	char line[LINE_MAX_BYTES];
	unsigned long number = 0;
	int depth = 0;

	while (depth >= 0 && next_line(text, line)) {
		*is_menu = after(line, "submenu");
		if (!depth && (*is_menu || after(line, "menuentry")) &&
		    is_named(line, name, number++, title, size) && is_opened(line))
			return true;
		depth += is_opened(line);
		depth -= !strcmp(line, "}");
	}
	return false;
}

static int take_linux(struct boot_entry *e, const char *arguments)
{
	const char *rest = take_word(e->kernel, sizeof(e->kernel), arguments);

	if (strpbrk(arguments, SCRIPT))
		return BOOT_ENTRY_VARIABLE;
	if (!copy(e->append, sizeof(e->append), rest, strlen(rest)))
		return BOOT_ENTRY_TOO_LONG;
	return *e->kernel ? 0 : BOOT_ENTRY_NO_KERNEL;
}

static int take_initrd(struct boot_entry *e, const char *arguments)
{
	if (strpbrk(arguments, SCRIPT))
		return BOOT_ENTRY_VARIABLE;
	if (*e->initrd || *take_word(e->initrd, sizeof(e->initrd), arguments))
		return BOOT_ENTRY_INITRDS;
	return 0;
}

static int read_entry(struct boot_entry *e, const char *text)
{
	char line[LINE_MAX_BYTES];
	const char *arguments;
	int err = 0;

	while (!err && next_line(&text, line) && strcmp(line, "}")) {
		arguments = after(line, "linux");
		if (!arguments)
			arguments = after(line, "linuxefi");
		if (arguments)
			err = take_linux(e, arguments);
		arguments = after(line, "initrd");
		if (arguments && !err)
			err = take_initrd(e, arguments);
	}
	return err ? err : *e->kernel ? 0 : BOOT_ENTRY_NO_KERNEL;
}

/**
 * boot_entry_from_grub() - what GRUB would start
 * @cfg: grub.cfg
 * @env: grubenv, or NULL
 *
 * Return: 0 or a negative enum boot_entry_error.
 */
int boot_entry_from_grub(struct boot_entry *e, const char *cfg, const char *env)
{
	char path[512], name[512], *at = path, *end;
	const char *text = cfg;
	bool is_menu = true;
	int depth;

	memset(e, 0, sizeof(*e));
	find_default(path, sizeof(path), cfg, env);
	/* of a menu the first entry, until it is no menu */
	for (depth = 0; is_menu; depth++) {
		if (depth == DEPTH_MAX)
			return BOOT_ENTRY_TOO_DEEP;
		end = at + strcspn(at, ">");
		if (!copy(name, sizeof(name), at, (size_t)(end - at)) || !*name)
			copy(name, sizeof(name), "0", 1);
		at = *end ? end + 1 : end;
		if (!enter(&text, name, e->title, sizeof(e->title), &is_menu))
			return BOOT_ENTRY_NO_DEFAULT;
	}
	return read_entry(e, text);
}

/**
 * boot_entry_from_loader() - one of systemd-boot's entries
 * @text: the file
 *
 * Return: 0 or a negative enum boot_entry_error.
 */
int boot_entry_from_loader(struct boot_entry *e, const char *text)
{
	char line[LINE_MAX_BYTES];
	const char *value;
	size_t length;

	memset(e, 0, sizeof(*e));
	while (next_line(&text, line)) {
		value = after(line, "title");
		if (value && !copy(e->title, sizeof(e->title), value, strlen(value)))
			return BOOT_ENTRY_TOO_LONG;
		value = after(line, "linux");
		if (value && !copy(e->kernel, sizeof(e->kernel), value, strlen(value)))
			return BOOT_ENTRY_TOO_LONG;
		value = after(line, "initrd");
		if (value && (*e->initrd || *take_word(e->initrd, sizeof(e->initrd), value)))
			return BOOT_ENTRY_INITRDS;
		/* several lines are one */
		value = after(line, "options");
		length = strlen(e->append);
		if (value && length + strlen(value) + 2 > sizeof(e->append))
			return BOOT_ENTRY_TOO_LONG;
		if (value)
			sprintf(e->append + length, "%s%s", length ? " " : "", value);
	}
	return *e->kernel ? 0 : BOOT_ENTRY_NO_KERNEL;
}

/** boot_entry_strerror() - for people */
const char *boot_entry_strerror(int err)
{
	switch (err) {
	case 0:
		return "none";
	case BOOT_ENTRY_NO_DEFAULT:
		return "has no entry of the name that is its default";
	case BOOT_ENTRY_NO_KERNEL:
		return "its default entry starts no kernel";
	case BOOT_ENTRY_VARIABLE:
		return "its default entry has variables or quotes, which only the boot loader resolves";
	case BOOT_ENTRY_INITRDS:
		return "its default entry has more than one initrd";
	case BOOT_ENTRY_TOO_LONG:
		return "its default entry is too long";
	case BOOT_ENTRY_TOO_DEEP:
		return "its menus are too deep";
	default:
		return "cannot be read";
	}
}
