// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "module.h"

static int read_attr(const struct module *m, const char *attr, char *text, size_t max)
{
	char path[PATH_MAX];
	size_t size = 0;
	ssize_t n = 1;
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", m->dir, attr) >= PATH_MAX)
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (n && size < max) {
		n = read(fd, text + size, max - size);
		if (n < 0 && errno != EINTR)
			break;
		size += n > 0 ? (size_t)n : 0;
	}
	n = n < 0 ? -errno : 0;
	close(fd);
	text[size] = '\0';
	return (int)n;
}

/** module_is_loaded() - is it there? */
bool module_is_loaded(const struct module *m)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/version", m->dir) < PATH_MAX && !access(path, F_OK);
}

/**
 * module_open() - where to read from
 * @m: filled
 * @dir: of the attributes, or NULL for the usual one
 *
 * Return: 0; VERDICT_UNKNOWN, told, if its attributes may not be read; -1 if it is not loaded.
 */
int module_open(struct module *m, const char *dir)
{
	int err;

	m->dir = dir ? dir : MODULE_SYSFS;
	m->nr_errors = 0;
	if (!module_is_loaded(m))
		return -1;
	err = read_attr(m, "version", m->text, MODULE_TEXT_MAX);
	if (!err)
		return 0;
	fprintf(stderr, "rmpctl: %s/version: %s; only root may read what ccp_ext says, run it with sudo\n",
		m->dir, strerror(-err));
	return VERDICT_UNKNOWN;
}

/**
 * module_read() - an attribute's text
 * @m: opened
 * @attr: its name
 *
 * Return: the text, until the next read; NULL if there is none, which is told unless ccp_ext is merely one that does
 * not have it.
 */
const char *module_read(struct module *m, const char *attr)
{
	int err = read_attr(m, attr, m->text, MODULE_TEXT_MAX);

	if (!err)
		return m->text;
	if (err != -ENOENT) {
		m->nr_errors++;
		fprintf(stderr, "rmpctl: note: %s/%s: %s; what it says is left out\n", m->dir, attr,
			strerror(-err));
	}
	return NULL;
}

/* Printable, and as long as it may be. */
static void copy_word(char word[WORD_SIZE], const char *text)
{
	size_t i, length = strcspn(text, "\n ");

	length = length < WORD_SIZE ? length : WORD_SIZE - 1;
	for (i = 0; i < length; i++)
		word[i] = text[i] > ' ' && text[i] <= '~' ? text[i] : '?';
	word[length] = '\0';
}

/** module_word() - the first word of an attribute */
bool module_word(struct module *m, const char *attr, char word[WORD_SIZE])
{
	const char *text = module_read(m, attr);

	if (text)
		copy_word(word, text);
	return text && *word;
}

/** text_next_line() - the line behind this one, or NULL */
const char *text_next_line(const char *line)
{
	line = strchr(line, '\n');
	return line && line[1] ? line + 1 : NULL;
}

static const char *find_value(const char *text, const char *key)
{
	size_t length = strlen(key);

	for (; text; text = text_next_line(text))
		if (!strncmp(text, key, length) && text[length] == ' ')
			return text + length + 1;
	return NULL;
}

/** text_word() - the word behind @key, in a line of its own */
bool text_word(const char *text, const char *key, char word[WORD_SIZE])
{
	const char *value = find_value(text, key);

	if (value)
		copy_word(word, value);
	return value && *word;
}

/** text_number() - the number behind @key, in a line of its own */
bool text_number(const char *text, const char *key, u64 *value)
{
	const char *at = find_value(text, key);
	unsigned long long number;
	char *end;

	if (!at || *at < '0' || *at > '9')
		return false;
	errno = 0;
	number = strtoull(at, &end, 10);
	if (errno || (*end && *end != '\n' && *end != ' '))
		return false;
	*value = number;
	return true;
}

/** text_psp_line() - is it a line of a command? */
bool text_psp_line(const char *line, struct psp_line *p)
{
	char number[16], name[WORD_SIZE];

	if (sscanf(line, "command %15s %63s %llu %llu %llu %llu", number, name, &p->commands, &p->errors,
		   &p->unanswered, &p->latency_us) != 6)
		return false;
	copy_word(p->name, strcmp(name, "?") ? name : number);
	return true;
}
