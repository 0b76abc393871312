/* SPDX-License-Identifier: GPL-2.0-only */
/* What a subcommand found: for people as it goes, or as one JSON object. */
#ifndef SNP_KEXEC_REPORT_H
#define SNP_KEXEC_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

/* Values are the exit codes. */
enum verdict {
	VERDICT_SAFE	= 0,
	VERDICT_NOT_SAFE = 1,
	VERDICT_UNKNOWN	= 2,
};

struct report {
	bool json, color;
	enum verdict verdict;
	struct json_object *root, *reasons;
};

#define PRINTF_LIKE(a, b)	__attribute__((format(printf, a, b)))

void report_begin(struct report *r, const char *command);
int report_end(struct report *r);

void refuse(struct report *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
void reject(struct report *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
void fail(struct report *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
void note(struct report *r, const char *fmt, ...) PRINTF_LIKE(2, 3);

void say(struct report *r, const char *label, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
void put_verdict(struct report *r, const char *text);
void put_number(struct report *r, const char *key, uint64_t value);
void put_string(struct report *r, const char *key, const char *value);
void put_range(struct report *r, const char *key, uint64_t pa, uint64_t size);

#endif /* SNP_KEXEC_REPORT_H */
