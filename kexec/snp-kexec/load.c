// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "default_entry.h"
#include "initrd.h"
#include "negotiation.h"
#include "os.h"
#include "settings.h"
#include "signals.h"
#include "zone.h"

#define MAX_CPUS	8192	/* CONFIG_NR_CPUS of Debian's kernels */
#define KIB		1024ULL

static const char help[] =
"Usage: snp-kexec load [KERNEL] [OPTION]...\n"
"\n"
"Lay KERNEL (a bzImage) and its initrd out in the landing zone of ccp_ext, read\n"
"them back, and load the one page that jumps there. Everything is checked before\n"
"anything is changed; on any error or Ctrl-C afterwards no kernel is loaded.\n"
"Without KERNEL: the boot loader's default entry (GRUB, systemd-boot), or\n"
"/vmlinuz; with its initrd and its command line, unless options name others.\n"
"\n"
"  -i, --initrd FILE     initramfs of the next kernel\n"
"  -a, --append STRING   its command line\n"
"  -r, --reuse-cmdline   the running kernel's command line, the default with\n"
"                        KERNEL\n"
"  -t, --tries N         load until the kernel's own pages are clean, at most\n"
"                        N times (8)\n"
"  -f, --file            have the kernel read, check and lay out KERNEL itself\n"
"                        (kexec_file_load); as always where it is locked down\n"
"  -n, --dry-run         only check; change nothing\n"
"\n"
"Defaults of --tries, --file and --append may stand in /etc/snp-kexec.conf.\n"
"ccp_ext.handover=ADDRESS is added to the command line; BOOT_IMAGE= and an older\n"
"ccp_ext.handover= are taken out. It can be loaded hours ahead, but guests that\n"
"start afterwards can dirty pages of the image: see status, and load again.\n";

struct load_options {
	struct image_options image;
	unsigned int tries;
	bool dry_run, reuse;
	struct default_entry entry;	/* what is loaded if no kernel is named */
};

static bool parse_tries(const char *text, unsigned int *tries)
{
	uint64_t value;

	if (!parse_u64(&text, &value) || *text || value < config_keys[CONFIG_TRIES].min ||
	    value > config_keys[CONFIG_TRIES].max)
		return false;
	*tries = (unsigned int)value;
	return true;
}

static int parse(struct context *c, int argc, char **argv,
		 struct load_options *o)
{
	static const struct option own[] = {
		{ "initrd", required_argument, NULL, 'i' },
		{ "append", required_argument, NULL, 'a' },
		{ "reuse-cmdline", no_argument, NULL, 'r' },
		{ "tries", required_argument, NULL, 't' },
		{ "file", no_argument, NULL, 'f' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 },
	};
	const struct option *options = with_global_options(own);
	int option, done;

	while ((option = getopt_long(argc, argv, ":i:a:rt:fnhV", options,
				     NULL)) != -1) {
		switch (option) {
		case 'i':
			o->image.initrd = optarg;
			break;
		case 'a':
			o->image.append = optarg;
			break;
		case 'r':
			o->reuse = true;
			break;
		case 't':
			if (!parse_tries(optarg, &o->tries))
				return usage_error("load", "load: --tries \"%s\": a number from 1 to %u is needed",
						   optarg, (unsigned int)config_keys[CONFIG_TRIES].max);
			break;
		case 'f':
			o->image.file = true;
			break;
		case 'n':
			o->dry_run = true;
			break;
		case ':':
			return usage_error("load", "load: %s needs an argument",
					   argv[optind - 1]);
		default:
			done = global_option(c, option, help);
			if (done == PARSE_BAD)
				return usage_error("load", "load: %s: unknown option",
						   argv[optind - 1]);
			if (done != PARSE_ON)
				return done;
		}
	}
	if (optind + 1 < argc)
		return usage_error("load", "load: one KERNEL is needed, got \"%s\" as well",
				   argv[optind + 1]);
	if (o->image.append && o->reuse)
		return usage_error("load", "load: --append and --reuse-cmdline exclude each other");
	o->image.kernel = argv[optind];	/* or NULL */
	return PARSE_ON;
}

static void describe_pieces(struct context *c, const struct image *image)
{
	const struct inplace_layout *l = &image->layout;
	struct json_object *pieces = json_object_new_array(), *piece;
	int id;

	for (id = 0; id < INPLACE_NR_PIECES; id++) {
		uint64_t pa = l->zone_pa + l->piece[id].offset;

		if (!l->piece[id].size)
			continue;
		say(&c->report, inplace_piece_name(id), "%#12llx  %8llu KiB",
		    (unsigned long long)pa,
		    (unsigned long long)((l->piece[id].size + KIB - 1) / KIB));
		piece = json_object_new_object();
		json_object_object_add(piece, "name",
				       json_object_new_string(inplace_piece_name(id)));
		json_object_object_add(piece, "pa", json_object_new_uint64(pa));
		json_object_object_add(piece, "size",
				       json_object_new_uint64(l->piece[id].size));
		json_object_array_add(pieces, piece);
	}
	json_object_object_add(c->report.root, "pieces", pieces);
	put_number(&c->report, "used", l->used);
}

/* Where the pieces go is for the kernel and the module to say if they lay them out. */
static void describe(struct context *c, const struct image *image)
{
	bool file = image->options->file;

	say(&c->report, "kernel", "%s",
	    image->bz.release[0] ? image->bz.release : "?");
	say(&c->report, "way", "%s", file ? "kexec_file_load" : "kexec_load");
	put_string(&c->report, "way", file ? "kexec_file_load" : "kexec_load");
	if (!file)
		describe_pieces(c, image);
	say(&c->report, "region", "%#12llx",
	    (unsigned long long)image->input.region.pa);
	put_string(&c->report, "release", image->bz.release);
	put_string(&c->report, "cmdline", image->cmdline);
	put_range(&c->report, "region", image->input.region.pa,
		  image->input.region.size);
}

static bool pin_to_this_cpu(struct context *c)
{
	cpu_set_t *set = CPU_ALLOC(MAX_CPUS);
	size_t size = CPU_ALLOC_SIZE(MAX_CPUS);
	int cpu = sched_getcpu(), err = -1;

	if (set && cpu >= 0) {
		CPU_ZERO_S(size, set);
		CPU_SET_S((size_t)cpu, size, set);
		err = sched_setaffinity(0, size, set);
	}
	if (err)
		fail(&c->report, "sched_setaffinity: %s; the kernel's pages could not be chosen",
		     strerror(errno));
	CPU_FREE(set);
	return !err;
}

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* From here on the zone changes: at every way out either all or nothing. */
static bool load_into(struct context *c, struct zone *z,
		      const struct image *image, unsigned int max_tries)
{
	uint64_t start = now_us(), written, loaded;
	unsigned int tries = 0;

	if (!zone_clear(c))
		return false;
	if (!image->options->file &&
	    (!zone_write(c, z, image) || !zone_commit(c, image)))
		goto err_clear;
	written = now_us();
	if (!pin_to_this_cpu(c) || !zone_load(c, image, max_tries, &tries))
		goto err_clear;
	loaded = now_us();

	put_number(&c->report, "write_us", written - start);
	put_number(&c->report, "load_us", loaded - written);
	put_number(&c->report, "tries", tries);
	if (!image->options->file)
		say(&c->report, "written", "%llu ms, read back and compared",
		    (unsigned long long)((written - start) / 1000));
	say(&c->report, "loaded", "%llu us, clean at try %u",
	    (unsigned long long)(loaded - written), tries);
	return true;

err_clear:
	zone_clear(c);
	if (signals_stop)
		fail(&c->report, "interrupted by signal %d; no kernel is loaded",
		     signals_stop);
	return false;
}

/*
 * A promise that the image cannot keep is no reason to go on, and neither is one of which nobody
 * knows. What is only lost is said.
 */
static bool check_features(struct context *c, struct image *image, const struct host_memory *m)
{
	struct nego_matrix matrix;
	struct annotation a;
	struct census census;
	struct nego_image i;
	struct nego_host h;

	if (!negotiation_read(c, &h, &census, m))
		return false;
	initrd_judge(c, &i, &a, &image->bz, &image->initrd);
	strcpy(image->features, a.features);
	negotiate(&matrix, &h, &i);
	negotiation_judge(c, &matrix);
	negotiation_note_losses(c, &matrix);
	return c->report.verdict == VERDICT_SAFE;
}

static void load(struct context *c, struct load_options *o,
		 const struct host_memory *m)
{
	struct image *image = malloc(sizeof(*image));
	struct zone z;

	if (!image)
		abort();
	o->image.file |= kernel_is_locked_down(c);
	if (!image_build(c, image, &o->image, m) || !check_features(c, image, m))
		goto out;
	describe(c, image);
	if (o->dry_run || !zone_lock(c, &z))
		goto out;
	signals_catch();
	load_into(c, &z, image, o->tries);
	signals_release();
	zone_unlock(&z);
out:
	image_free(image);
	free(image);
}

/* What was not said on the command line. */
static void take_defaults(struct load_options *o, const struct settings *s, char append[CONFIG_VALUE_SIZE])
{
	if (!o->tries)
		o->tries = (unsigned int)settings_number(s, CONFIG_TRIES);
	o->image.file |= settings_number(s, CONFIG_FILE);
	if (!o->image.append && !o->reuse)
		o->image.append = settings_text(s, CONFIG_APPEND, append);
}

/* Which kernel, if nobody says. */
static bool take_default_entry(struct context *c, struct load_options *o)
{
	struct default_entry *d = &o->entry;

	if (o->image.kernel)
		return true;
	if (!default_entry_find(c, d))
		return false;
	o->image.kernel = d->kernel;
	if (!o->image.initrd && *d->initrd)
		o->image.initrd = d->initrd;
	if (!o->image.append && !o->reuse && d->has_append)
		o->image.append = d->entry.append;
	return true;
}

static void load_by_settings(struct context *c, struct load_options *o)
{
	struct host_memory m = { 0 };
	struct host_image before = { 0 };
	char append[CONFIG_VALUE_SIZE];
	struct settings s;

	if (!settings_read(c, &s))
		return;
	take_defaults(o, &s, append);
	settings_close(&s);
	if (!take_default_entry(c, o))
		return;
	if (host_has_module(c) && host_read_memory(c, &m) && host_read_image(c, &before))
		load(c, o, &m);
	host_free(&m, &before);
}

/** command_load() - see help */
int command_load(struct context *c, int argc, char **argv)
{
	struct load_options o = { 0 };
	int done = parse(c, argc, argv, &o);
	const char *why = NULL;
	bool loaded;
	int code;

	if (done != PARSE_ON)
		return done;
	command_begin(c, "load");
	if (!o.dry_run)
		why = os_refusal(c->ccp_ext);
	if (why)
		fail(&c->report, "load: %s", why);
	else
		load_by_settings(c, &o);
	put_verdict(&c->report, c->report.verdict != VERDICT_SAFE ?
		    "not loaded" : o.dry_run ? "could be loaded" :
		    "loaded; go on with: snp-kexec exec");
	loaded = c->report.verdict == VERDICT_SAFE && !o.dry_run;
	code = report_end(&c->report);
	if (loaded && code)
		fputs("snp-kexec: load: the kernel is loaded all the same; see status\n",
		      stderr);
	if (signals_stop)
		raise(signals_stop);
	return code;
}
