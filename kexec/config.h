/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /etc/snp-kexec.conf: lines `key = value`. Its keys are the module parameters of ccp_ext, by their names, and
 * defaults for options of snp-kexec. Pure.
 */
#ifndef KEXEC_CONFIG_H
#define KEXEC_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_PATH		"etc/snp-kexec.conf"	/* below / */
#define CONFIG_FILE_MAX		65536	/* bytes */
#define CONFIG_TEXT_MAX		2047	/* bytes of a value: what a kernel's command line takes */
#define CONFIG_ERRORS_MAX	20	/* that are told of one file */
#define CONFIG_VALUE_SIZE	(CONFIG_TEXT_MAX + 1)

enum config_id {
	CONFIG_POLICY, CONFIG_ON_UNSAFE, CONFIG_BUDGET_MS, CONFIG_REGION_MB, CONFIG_ZONE_MB,
	CONFIG_GIVEBACK, CONFIG_GIVEBACK_RATE, CONFIG_LAZY_SPARE_MB, CONFIG_CUT_MAX_MB, CONFIG_WAKE_CPUS,
	CONFIG_RECORD_KB, CONFIG_RECORD_HOPS, CONFIG_PANIC_EVICT, CONFIG_PANIC_BUDGET_MS,
	CONFIG_IN_FLIGHT, CONFIG_RMP_REGION,
	CONFIG_TRIES, CONFIG_FILE, CONFIG_APPEND, CONFIG_KDUMP_KERNEL, CONFIG_KDUMP_INITRD,
	CONFIG_NR_KEYS
};

enum config_type { CONFIG_WORD, CONFIG_NUMBER, CONFIG_BOOL, CONFIG_TEXT };

/* Who takes a value, and when. */
enum config_taker {
	CONFIG_ATTRIBUTE,	/* ccp_ext at once, by /sys/kernel/ccp_ext */
	CONFIG_PARAMETER,	/* ccp_ext at once, by /sys/module/ccp_ext/parameters */
	CONFIG_RELOAD,		/* ccp_ext when it is loaded; the same directory tells */
	CONFIG_LOAD,		/* snp-kexec load */
	CONFIG_KDUMP,		/* snp-kexec kdump */
};

struct config_key {
	const char *name;
	enum config_type type;
	enum config_taker taker;
	uint64_t min, max;		/* of a number */
	uint64_t initial;		/* number, bool (0, 1), or index of the word */
	const char *const *words;	/* NULL at their end */
};

struct config_value {
	unsigned int line;		/* 0: not in the file */
	uint64_t number;		/* as config_key.initial */
	const char *text;		/* of CONFIG_TEXT: in the file's bytes */
	size_t length;
};

struct config {
	struct config_value value[CONFIG_NR_KEYS];
};

enum config_error_kind {
	CONFIG_ERR_BYTE,	/* a control character */
	CONFIG_ERR_KEY,		/* no word of small letters, digits and _ */
	CONFIG_ERR_UNKNOWN,	/* no such key */
	CONFIG_ERR_EQUALS,	/* no = behind it */
	CONFIG_ERR_TWICE,
	CONFIG_ERR_EMPTY,	/* no value */
	CONFIG_ERR_VALUE,	/* not what the key takes */
	CONFIG_ERR_COMMENT,	/* ... because a comment follows */
	CONFIG_ERR_TOO_LONG,
	CONFIG_ERR_TOO_LARGE,	/* the file */
};

/* Where and what; line and column count from 1, a column is a byte. */
struct config_error {
	enum config_error_kind kind;
	unsigned int line, column;
	unsigned int before;		/* CONFIG_ERR_TWICE: line of the first one */
	const struct config_key *key;	/* NULL: none yet */
	const char *token;		/* in the file's bytes */
	size_t length;
};

struct config_errors {
	unsigned int nr;		/* all of them; the first CONFIG_ERRORS_MAX are kept */
	struct config_error v[CONFIG_ERRORS_MAX + 1];
};

extern const struct config_key config_keys[CONFIG_NR_KEYS];

void config_parse(struct config *c, struct config_errors *e, const char *text, size_t size);
void config_describe(char *out, size_t size, const struct config_error *e);
void config_print(char out[CONFIG_VALUE_SIZE], enum config_id id, const struct config_value *v, bool as_parameter);
bool config_same(enum config_id id, const struct config_value *v, const char *text, size_t length);
bool config_is_module(enum config_id id);
int config_find(const char *name, size_t length);
size_t config_options(char *out, size_t size, const struct config *c);

#endif /* KEXEC_CONFIG_H */
