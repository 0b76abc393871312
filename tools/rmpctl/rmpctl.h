/* SPDX-License-Identifier: GPL-2.0-only */
/* rmpctl: what is in a hand-over blob. One file a subcommand, one table in main.c. */
#ifndef RMPCTL_H
#define RMPCTL_H

#include <stdio.h>

#include <rmp_persist/rmp_persist.h>

#define RMPCTL_VERSION	"0.1"

/* Exit codes, the same for all tools. */
enum verdict {
	VERDICT_SAFE	= 0,
	VERDICT_UNSAFE	= 1,	/* reasons on stdout */
	VERDICT_UNKNOWN	= 2,	/* why on stderr */
};

struct options {
	const char *file;	/* "-": stdin */
	bool json;
	bool incoming;
	bool runs;		/* show: each run */
	u64 handover;		/* in a dump: address of the region */
	u64 from, to;		/* map: addresses; to: FIND_ANYWHERE if not given */
	u32 width;		/* map: cells of a row, 0 if not given */
	const char *svg, *png;	/* map: files to write, or NULL */
};

#define MAP_WIDTH_MAX	1024u

/* A blob as it came from a file; it may lie inside a dump of the region. */
struct input {
	const char *name;
	u8 *buf;
	u64 size;		/* bytes of buf */
	u64 base;		/* where the blob begins in it */
};

/* main.c */
int command_show(int argc, char **argv);
int command_check(int argc, char **argv);
int command_map(int argc, char **argv);
int command_vmcore(int argc, char **argv);
int command_metrics(int argc, char **argv);
int command_watch(int argc, char **argv);
int usage_error(const char *command, const char *what, const char *arg);
int options_parse(struct options *o, int argc, char **argv, const char *help);
int parse_address(const char *text, u64 *pa);

/* input.c */
int input_read(struct input *in, const char *file, u64 handover);
void input_free(struct input *in);
int input_check(const struct input *in, struct rmpp_blob *blob, struct rmpp_where *where);
int input_open(struct input *in, const struct options *o, struct rmpp_blob *blob);
void input_complain(FILE *to, const struct input *in, int err,
		    const struct rmpp_where *where);

/* words.c */
const char *word_size(char *buf, size_t len, u64 bytes);
const char *word_reasons(char *buf, size_t len, u32 reasons);
const char *word_text(char *buf, size_t len, const u8 *text, size_t size);
const char *word_sev_state(u32 state);
const char *word_snp_state(u32 state);
const char *word_guest_kind(u32 kind);
const char *word_fate(u32 fate);
const char *word_record(const struct rmpp_blob *blob, u32 i);

/* Pages and runs of each state. */
struct state_sum {
	u64 nr_pages;
	u32 nr_runs;
};

void sum_states(const struct rmpp_blob *blob, struct state_sum sum[RMPP_PAGE_STATE_MAX + 1]);

/* show_json.c */
int show_json(const struct input *in, const struct rmpp_blob *blob, bool runs);

#endif /* RMPCTL_H */
