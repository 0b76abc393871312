// SPDX-License-Identifier: GPL-2.0-only
/* rmpctl map: physical memory by page state, in the terminal and as a file. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "find.h"
#include "map.h"
#include "map_blob.h"
#include "rmpctl.h"
#include "snp-kexec/replace.h"
#include "snp-kexec/signals.h"

#define TEXT_WIDTH	64u	/* where no terminal says how wide it is */
#define TEXT_ROWS	32u
#define IMAGE_WIDTH	128u
#define IMAGE_ROWS	128u
#define ADDRESS_WIDTH	17u	/* columns in front of a row, and one behind */

static const char help[] =
"Usage: rmpctl map [OPTION]... [FILE|-]\n\n"
"Draws physical memory by page state, row by row, as a blob says it was at the jump.\n"
"A cell of pages in several states shows the most dangerous one: what only the firmware\n"
"can take back (Firmware, Context, Metadata, Reclaim, Pre-Swap, Pre-Guest), then Mixed,\n"
"Guest-Valid, Guest-Invalid, quarantine, not read, HV-Fixed, Hypervisor. The legend counts\n"
"pages, whatever the cells show.\n\n"
"Options:\n"
"      --from ADDR      first physical address (0)\n"
"      --to ADDR        the address behind the last (the end of what the blob speaks of)\n"
"      --width N        cells of a row, 1 to 1024 (the terminal's; 64, and 128 in a file)\n"
"      --svg FILE       write a picture with legend, and print the legend alone\n"
"      --png FILE       write a picture without, and print the legend alone\n"
"      --incoming       what the previous kernel left\n"
"      --handover ADDR  where in a dump the hand-over region is; else it is looked for\n"
"      --json           print one JSON object instead of text\n"
"  -h, --help           this text\n\n"
"Colours only on a terminal, and not if NO_COLOR is set.\n\n"
"Exit codes: 0 drawn, 1 a blob that a next kernel would refuse, 2 could not tell, or could not write.\n";

static u32 terminal_width(void)
{
	struct winsize size;
	u32 room;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_col <= ADDRESS_WIDTH)
		return TEXT_WIDTH;
	room = size.ws_col - ADDRESS_WIDTH;
	return room < MAP_WIDTH_MAX ? room : MAP_WIDTH_MAX;
}

static int fold(struct map *m, const struct options *o, const struct map_blob *b)
{
	bool image = o->svg || o->png;
	u64 pfn = o->from >> RMPP_PAGE_SHIFT, end = b->end;

	if (o->to != FIND_ANYWHERE)
		end = (o->to >> RMPP_PAGE_SHIFT) + !!(o->to % RMPP_PAGE_SIZE);
	if (end > RMPP_MAX_PFN)
		end = RMPP_MAX_PFN;
	if (pfn >= end || o->from >= o->to) {
		fputs("rmpctl: nothing to draw: --from is not below --to, or not below the end of memory; try: rmpctl show\n",
		      stderr);
		return VERDICT_UNKNOWN;
	}
	if (map_fold(m, pfn, end - pfn, o->width ? o->width : image ? IMAGE_WIDTH : terminal_width(),
		     image ? IMAGE_ROWS : TEXT_ROWS, &b->source)) {
		fprintf(stderr, "rmpctl: %s\n", strerror(ENOMEM));
		return VERDICT_UNKNOWN;
	}
	return 0;
}

static int draw(FILE *to, const struct map *m, bool png)
{
	if (png)
		return map_png(to, m);
	map_svg(to, m);
	return 0;
}

/* The picture is whole before the file is touched. */
static int write_file(const char *path, const struct map *m, bool png)
{
	char *data = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&data, &size);
	int err = f ? draw(f, m, png) : -ENOMEM;

	if (f && fclose(f) && !err)
		err = -errno;
	signals_catch();
	if (!err)
		err = replace_whole(path, data, size);
	signals_release();
	free(data);
	if (!err)
		return 0;
	fprintf(stderr, "rmpctl: %s: %s; nothing was written\n", path,
		err == -EINVAL ? "not a regular file" : strerror(-err));
	return VERDICT_UNKNOWN;
}

static int output(const struct map *m, const struct input *in, const struct options *o,
		  const struct map_blob *b)
{
	bool color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	int ret = 0;

	if (o->svg)
		ret = write_file(o->svg, m, false);
	if (!ret && o->png)
		ret = write_file(o->png, m, true);
	if (ret)
		return ret;
	if (o->json) {
		map_json(in, m, b);
		return 0;
	}
	if (!o->svg && !o->png)
		map_text(stdout, m, color);
	printf("%s, %g KiB a cell:\n", in->name, (double)m->cell_pages * 4);
	map_text_legend(stdout, m, color);
	if (b->note)
		printf("\n%s\n", b->note);
	return 0;
}

/**
 * command_map() - the subcommand
 * @argc: its arguments, the name included
 * @argv: its arguments
 *
 * Return: an exit code.
 */
int command_map(int argc, char **argv)
{
	struct rmpp_blob blob;
	struct map_blob b = { 0 };
	struct map m = { 0 };
	struct options o;
	struct input in;
	int ret;

	ret = options_parse(&o, argc, argv, help);
	if (ret >= 0)
		return ret;
	ret = input_open(&in, &o, &blob) ?: map_blob(&b, &blob) ?: fold(&m, &o, &b) ?:
	      output(&m, &in, &o, &b);
	map_free(&m);
	map_blob_free(&b);
	input_free(&in);
	return ret;
}
