/* SPDX-License-Identifier: GPL-2.0-only */
/* The report of a stress run: what its directory says, as one HTML file. */
#ifndef STRESS_REPORT_H
#define STRESS_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <json-c/json.h>

/* Numbers of a hop; NAN: not known. */
enum measure {
	BLACKOUT_US, QUIESCE_US, GIVE_BACK_US, QUARANTINED, FREED, KEPT, PENDING, ASSIGNED_BEFORE,
	ASSIGNED_AFTER, EVICTED, FORBIDDEN, SECONDS, PRESSURE_MB, CPUS, NR_MEASURES
};

/* Texts are NULL where they are not known; they live as long as the hop's JSON. */
struct hop {
	struct json_object *json;
	double number;
	const char *from, *to, *method, *policy, *expects, *outcome, *verdict, *why, *logs;
	double value[NR_MEASURES];
	bool ok, failed;	/* neither: not known */
};

struct run {
	const char *directory;
	struct json_object *json;	/* of run.json, or NULL */
	struct hop *hop;
	size_t nr_hops;
	size_t nr_unread;	/* lines */
	bool torn;		/* the last of them had no end */
	size_t nr_ok, nr_failed, nr_lost;
	double forbidden;
};

/* read.c */
struct json_object *read_get(struct json_object *o, const char *key, enum json_type type);
const char *read_text(struct json_object *o, const char *key);
double read_number(struct json_object *o, const char *key);
struct json_object *read_file(const char *directory, const char *name);
int read_run(struct run *run, const char *directory);
void read_free(struct run *run);

/* html.c: whatever comes from a file goes through these */
void html_text(FILE *f, const char *text);
void html_short(FILE *f, const char *text, size_t most);
void html_number(FILE *f, double value, const char *unit);
void html_cell(FILE *f, const char *text);
void html_cell_number(FILE *f, double value);
void html_table(FILE *f, const char *caption, const char * const *heads);
void html_section(FILE *f, const char *id, const char *title);
extern const char html_style[];

/* The parts, in the order of the page. */
void part_head(FILE *f, const struct run *run);
void part_verdict(FILE *f, const struct run *run);
void part_failures(FILE *f, const struct run *run);
void part_survival(FILE *f, const struct run *run);
void part_blackout(FILE *f, const struct run *run);
void part_memory(FILE *f, const struct run *run);
void part_maps(FILE *f, const struct run *run);
void part_faults(FILE *f, const struct run *run);
void part_matrix(FILE *f, const struct run *run);
void part_drawn(FILE *f, const struct run *run);
void part_hops(FILE *f, const struct run *run);

#endif /* STRESS_REPORT_H */
