/* SPDX-License-Identifier: GPL-2.0-only */
/* Samples in Prometheus' text format, and as JSON. */
#ifndef RMPCTL_METRICS_H
#define RMPCTL_METRICS_H

#include <json-c/json.h>

#include "rmpctl.h"

enum metric_type { METRIC_GAUGE, METRIC_COUNTER };

struct family {
	const char *name;
	enum metric_type type;
	const char *help;
};

struct metrics {
	FILE *text;
	struct json_object *json;	/* array */
	const struct family *last;	/* whose head was written */
};

/* metrics_print.c */
void metric_number(struct metrics *m, const struct family *f, u64 value, ...) __attribute__((sentinel));
void metric_us(struct metrics *m, const struct family *f, u64 us, ...) __attribute__((sentinel));
void metric_one_of(struct metrics *m, const struct family *f, const char *label, const char *const *words,
		   const char *word);

/* metrics_collect.c */
void metrics_collect(struct metrics *m, const char *sysfs, const char *preflight, int *verdict);

#endif /* RMPCTL_METRICS_H */
