/* SPDX-License-Identifier: GPL-2.0-only */
/* machinectl: asks the emulated SNP host and prints what it says. */
#ifndef MACHINECTL_H
#define MACHINECTL_H

#include <json-c/json.h>
#include <stdbool.h>

/* installed it has another name, for systemd has a machinectl */
#ifndef MACHINECTL
#define MACHINECTL	"machinectl"
#endif

enum {
	EXIT_DONE	= 0,
	EXIT_REFUSED	= 1,	/* the machine said no, or --clean found something */
	EXIT_UNABLE	= 2,	/* could not ask: why on stderr */
};

/* connect.c */
struct link {
	const char *path;
	int fd;
	char *buf;
	size_t used, size;
};

int link_open(struct link *link, const char *path);
int link_ask(struct link *link, const char *request, struct json_object *arguments,
	     struct json_object **answer);
struct json_object *link_next(struct link *link, int timeout_ms);

/* One run of the program. */
struct context {
	struct link link;
	bool json;
	const char *command;
};

int usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void json_print(struct json_object *object);

/* show.c */
int command_status(struct context *ctx, int argc, char **argv);
int command_counters(struct context *ctx, int argc, char **argv);
int command_census(struct context *ctx, int argc, char **argv);

/* events.c */
int command_events(struct context *ctx, int argc, char **argv);

/* faults.c */
int command_faults(struct context *ctx, int argc, char **argv);

/* changes.c */
int command_snapshot(struct context *ctx, int argc, char **argv);
int command_diff(struct context *ctx, int argc, char **argv);
int command_mark(struct context *ctx, int argc, char **argv);
int command_reset(struct context *ctx, int argc, char **argv);
int command_reset_counters(struct context *ctx, int argc, char **argv);

#endif
