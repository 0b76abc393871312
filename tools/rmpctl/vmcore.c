// SPDX-License-Identifier: GPL-2.0-only
/* rmpctl vmcore: what of others a dump has, and a dump without it. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "vmcore.h"

static const char help[] =
"Usage: rmpctl vmcore audit [OPTION]... DUMP\n"
"       rmpctl vmcore scrub [OPTION]... DUMP OUT\n\n"
"DUMP is an ELF core (/proc/vmcore, or a copy) or a kdump-compressed file.\n\n"
"audit says which pages of guests, of the firmware and of the TMR are in a dump, and\n"
"where known bytes are. scrub writes the dump once more without these pages; OUT is\n"
"replaced as a whole or not at all.\n\n"
"Which pages those are is told by the hand-over region in the dump, and by the RMP\n"
"where the dump has it.\n\n"
"Options:\n"
"      --handover ADDR  physical address of the hand-over region, not searched for\n"
"      --blob FILE      a blob from elsewhere (or a dump), not from DUMP\n"
"      --text TEXT      audit: search for this text, --hex BYTES: these bytes,\n"
"      --pattern FILE   what this file has; all three may be given more than once\n"
"      --all            audit: list all that was found, not the first 20\n"
"      --json           print one JSON object instead of text\n"
"  -h, --help           this text\n\n"
"Exit codes:\n"
"  0  audit: nothing of others, none of the known bytes; scrub: written\n"
"  1  audit: something is there, and is listed\n"
"  2  could not tell, nothing was written: wrong usage, no dump, no hand-over, full disk\n";

/**
 * vmcore_complain() - what a dump's functions have left in its error
 * @d: the dump
 *
 * Return: VERDICT_UNKNOWN.
 */
int vmcore_complain(const struct dump *d)
{
	fprintf(stderr, "rmpctl: %s: %s\n", d->name, d->error);
	return VERDICT_UNKNOWN;
}

/** vmcore_open() - see vmcore.h; vmcore_close() it in any case */
int vmcore_open(struct vmcore *v, const struct vmcore_options *o)
{
	memset(v, 0, sizeof(*v));
	v->fd = open(o->dump, O_RDONLY | O_CLOEXEC);
	if (v->fd < 0) {
		fprintf(stderr, "rmpctl: %s: %s\n", o->dump, strerror(errno));
		return VERDICT_UNKNOWN;
	}
	return dump_open(&v->dump, o->dump, v->fd) ? vmcore_complain(&v->dump) : VERDICT_SAFE;
}

/**
 * vmcore_incomplete() - say that not all pages are known, and what to do about it
 * @v: the dump
 *
 * Return: VERDICT_UNKNOWN.
 */
int vmcore_incomplete(const struct vmcore *v)
{
	fprintf(stderr, "rmpctl: %s: SNP was enabled, and neither the dump nor the blob has its RMP: pages of SNP guests cannot be told from the host's. A dump that a crash kernel with ccp_ext made of the same crash tells: --blob\n",
		v->dump.name);
	return VERDICT_UNKNOWN;
}

static int blob_in_dump(struct vmcore *v, const struct vmcore_options *o)
{
	if (find_blob(&v->dump, o->handover, &v->found)) {
		vmcore_complain(&v->dump);
		fputs("rmpctl: which pages are not the host's is not known: see --handover and --blob\n",
		      stderr);
		return VERDICT_UNKNOWN;
	}
	v->input.name = v->dump.name;
	v->input.buf = v->found.buf;
	v->input.size = v->found.size;
	v->found.buf = NULL;
	return VERDICT_SAFE;
}

/** vmcore_know() - see vmcore.h */
int vmcore_know(struct vmcore *v, const struct vmcore_options *o)
{
	struct rmpp_where where;
	int err;

	if (o->blob ? input_read(&v->input, o->blob, FIND_ANYWHERE) : blob_in_dump(v, o))
		return VERDICT_UNKNOWN;
	err = input_check(&v->input, &v->blob, &where);
	if (err) {
		input_complain(stderr, &v->input, err, &where);
		return VERDICT_UNKNOWN;
	}
	return foreign_collect(&v->dump, &v->blob, &v->list, &v->sources) ?
	       vmcore_complain(&v->dump) : VERDICT_SAFE;
}

/** vmcore_close() - forget all of it */
void vmcore_close(struct vmcore *v)
{
	foreign_free(&v->list);
	input_free(&v->input);
	free(v->found.buf);
	dump_close(&v->dump);
	if (v->fd >= 0)
		close(v->fd);
}

/* -1 to go on, else an exit code. */
static int parse(struct vmcore_options *o, int argc, char **argv, bool audit)
{
	static const struct option options[] = {
		{ "handover", required_argument, NULL, 'H' },
		{ "blob", required_argument, NULL, 'b' },
		{ "all", no_argument, NULL, 'a' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ "text", required_argument, NULL, 't' },
		{ "hex", required_argument, NULL, 't' },
		{ "pattern", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	int c, which = 0;

	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, ":h", options, &which)) != -1) {
		if (c == 'h') {
			fputs(help, stdout);
			return VERDICT_SAFE;
		} else if (c == 'j') {
			o->json = true;
		} else if (c == 'b') {
			o->blob = optarg;
		} else if (c == 'H') {
			if (parse_address(optarg, &o->handover))
				return usage_error("vmcore", "not an address: ", optarg);
		} else if (c == 'a' && audit) {
			o->all = true;
		} else if (c == 't' && audit) {
			if (pattern_add(o, options[which].name, optarg))
				return VERDICT_UNKNOWN;
		} else if (c == ':') {
			return usage_error("vmcore", "an argument is missing: ", argv[optind - 1]);
		} else {
			return usage_error("vmcore", "no such option: ",
					   argv[optind - 1 - (c == 't' && argv[optind - 1] == optarg)]);
		}
	}
	if (argc - optind < 1 + !audit)
		return usage_error("vmcore", audit ? "no dump" : "no dump, or no file to write", "");
	if (argc - optind > 1 + !audit)
		return usage_error("vmcore", "too many arguments: ", argv[optind + 1 + !audit]);
	if (o->blob && o->handover != FIND_ANYWHERE)
		return usage_error("vmcore", "--blob and --handover", "");
	o->dump = argv[optind];
	o->out = argv[optind + 1];
	return -1;
}

/**
 * command_vmcore() - the subcommand
 * @argc: its arguments, the name included
 * @argv: its arguments
 *
 * Return: an exit code.
 */
int command_vmcore(int argc, char **argv)
{
	struct vmcore_options o = { .handover = FIND_ANYWHERE };
	bool audit;
	int ret;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(help, stdout);
		return VERDICT_SAFE;
	}
	if (argc < 2)
		return usage_error("vmcore", "vmcore what? audit or scrub", "");
	audit = !strcmp(argv[1], "audit");
	if (!audit && strcmp(argv[1], "scrub"))
		return usage_error("vmcore", "no such command: vmcore ", argv[1]);
	ret = parse(&o, argc - 1, argv + 1, audit);
	if (ret < 0)
		ret = audit ? vmcore_audit(&o) : vmcore_scrub(&o);
	patterns_free(&o);
	return ret;
}
