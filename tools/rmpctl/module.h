/* SPDX-License-Identifier: GPL-2.0-only */
/* What the running ccp_ext says in its attributes. */
#ifndef RMPCTL_MODULE_H
#define RMPCTL_MODULE_H

#include "rmpctl.h"

#define MODULE_SYSFS	"/sys/kernel/ccp_ext"
#define MODULE_TEXT_MAX	(64u << 10)
#define WORD_SIZE	64

struct module {
	const char *dir;
	char text[MODULE_TEXT_MAX + 1];	/* of the attribute that was read last */
	unsigned int nr_errors;		/* attributes that are there and could not be read */
};

bool module_is_loaded(const struct module *m);
int module_open(struct module *m, const char *dir);
const char *module_read(struct module *m, const char *attr);
bool module_word(struct module *m, const char *attr, char word[WORD_SIZE]);

bool text_word(const char *text, const char *key, char word[WORD_SIZE]);
bool text_number(const char *text, const char *key, u64 *value);
const char *text_next_line(const char *line);

/* The attribute psp, a line of a command. */
struct psp_line {
	char name[WORD_SIZE];		/* its number where it has none */
	unsigned long long commands, errors, unanswered, latency_us;
};

bool text_psp_line(const char *line, struct psp_line *p);

#endif /* RMPCTL_MODULE_H */
