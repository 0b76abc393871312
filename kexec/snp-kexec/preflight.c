// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "initrd.h"
#include "negotiation.h"

#define MIB		(1ULL << 20)
#define KERNEL_MAX	(1UL << 30)

static const char help[] =
"Usage: snp-kexec preflight KERNEL [INITRD]\n"
"\n"
"Compare what this host would hand over at a jump now - its policy, its guests,\n"
"the RMP, what is kept out, the firmware's state - with what KERNEL and the ccp_ext\n"
"in INITRD can restore. Changes nothing. What INITRD can restore is read from the\n"
"note that annotate put there; without one KERNEL alone decides, and what needs\n"
"ccp_ext is not known.\n"
"\n"
"  needed   must: without it the jump is not safe, or a promise is broken;\n"
"           should: without it memory or a service is lost until a cold boot\n"
"  verdict  go, - (not needed), may-lose, loss, unknown, no-go\n"
"\n"
"Exit code 0 for go, also with losses; 1 if a row says no-go; 2 if one says unknown.\n";

static int parse(struct context *c, int argc, char **argv, const char *path[2])
{
	const struct option *options = with_global_options(NULL);
	int option, done, i;

	while ((option = getopt_long(argc, argv, "hV", options, NULL)) != -1) {
		done = global_option(c, option, help);
		if (done == PARSE_BAD)
			return usage_error("preflight", "preflight: %s: unknown option",
					   argv[optind - 1]);
		if (done != PARSE_ON)
			return done;
	}
	if (optind == argc)
		return usage_error("preflight", "preflight: no KERNEL given");
	if (optind + 2 < argc)
		return usage_error("preflight", "preflight: KERNEL and INITRD are all, got \"%s\" as well",
				   argv[optind + 2]);
	for (i = 0; optind < argc; i++, optind++)
		path[i] = argv[optind];
	return PARSE_ON;
}

static bool read_file(struct context *c, const char *path, uint64_t max, struct bytes *b)
{
	int err = path ? bytes_read(b, path, max) : 0;

	if (err)
		fail(&c->report, "%s: %s", path, strerror(-err));
	return !err;
}

static bool read_kernel(struct context *c, const char *path, struct bzimage *bz)
{
	struct bytes b = { 0 };
	int err;

	if (!read_file(c, path, KERNEL_MAX, &b))
		return false;
	err = bzimage_check(bz, b.data, b.size);
	bytes_free(&b);
	if (err)
		refuse(&c->report, "%s: %s", path, bzimage_strerror(err));
	return !err;
}

/* Lines `KEY VALUE`, printed as they are: whether it answers is what matters here. */
static void describe_firmware(struct context *c)
{
	struct json_object *o = json_object_new_object();
	char path[PATH_MAX], *line, *value, *save = NULL;
	struct bytes b;
	int err;

	path_join(path, c->ccp_ext, "firmware");
	err = bytes_read(&b, path, 4096);
	if (err)
		note(&c->report, "%s: %s; what the firmware holds stays kept out if it does not answer at the jump",
		     path, strerror(-err));
	for (line = err || !b.size ? NULL : strtok_r((char *)b.data, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		value = strchr(line, ' ');
		if (!value)
			continue;
		*value++ = '\0';
		say(&c->report, "firmware", "%-6s %s", line, value);
		json_object_object_add(o, line, json_object_new_string(value));
	}
	if (!err)
		bytes_free(&b);
	json_object_object_add(c->report.root, "firmware", o);
}

static void describe_module(struct context *c)
{
	static const char *const name[] = { "version", "state", "policy", "on_unsafe" };
	char value[4][64] = { "" }, *line, *word, *save = NULL;
	struct json_object *list = json_object_new_array();
	struct bytes b;
	size_t i;

	for (i = 0; i < 4; i++)
		if (attr_read_line(c, name[i], value[i], sizeof(value[i])))
			put_string(&c->report, name[i], value[i]);
	say(&c->report, "ccp_ext", "%s, %s; policy %s; when not safe: %s", value[0], value[1],
	    value[2], value[3]);
	if (!attr_read(c, "features", &b)) {
		json_object_put(list);
		return;
	}
	for (line = b.size ? strtok_r((char *)b.data, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		json_object_array_add(list, json_object_new_string(line));
		word = strchr(line, ' ');
		if (rmpp_feature_find(line, word ? (size_t)(word - line) : strlen(line)) < 0)
			note(&c->report, "ccp_ext has a feature that this snp-kexec does not know: %s",
			     line);
	}
	bytes_free(&b);
	json_object_object_add(c->report.root, "module", list);
}

static void describe_rmp(struct context *c, const struct census *census)
{
	struct json_object *o = json_object_new_object();
	u32 i;

	if (!census->known) {
		note(&c->report, "what is assigned is not known: this snp-kexec cannot read the blob of this ccp_ext");
		json_object_put(o);
		return;
	}
	say(&c->report, "RMP", "%llu pages assigned, %llu of them immutable",
	    (unsigned long long)census->nr_assigned, (unsigned long long)census->nr_immutable);
	json_object_object_add(o, "assigned", json_object_new_uint64(census->nr_assigned));
	json_object_object_add(o, "immutable", json_object_new_uint64(census->nr_immutable));
	for (i = 0; i <= RMPP_PAGE_STATE_MAX; i++) {
		if (!census->nr_pages[i])
			continue;
		say(&c->report, "", "%-13s %llu", rmpp_page_state_name(i),
		    (unsigned long long)census->nr_pages[i]);
		json_object_object_add(o, rmpp_page_state_name(i),
				       json_object_new_uint64(census->nr_pages[i]));
	}
	json_object_object_add(c->report.root, "rmp", o);
	o = json_object_new_object();
	say(&c->report, "guests", "%u SEV, %u SEV-ES, %u SNP", census->nr_guests[RMPP_GUEST_SEV],
	    census->nr_guests[RMPP_GUEST_SEV_ES], census->nr_guests[RMPP_GUEST_SNP]);
	json_object_object_add(o, "sev", json_object_new_uint64(census->nr_guests[RMPP_GUEST_SEV]));
	json_object_object_add(o, "sev-es",
			       json_object_new_uint64(census->nr_guests[RMPP_GUEST_SEV_ES]));
	json_object_object_add(o, "snp", json_object_new_uint64(census->nr_guests[RMPP_GUEST_SNP]));
	json_object_object_add(c->report.root, "guests", o);
}

static void describe(struct context *c, const struct nego_host *h, const struct census *census)
{
	describe_module(c);
	describe_firmware(c);
	describe_rmp(c, census);
	say(&c->report, "kept out", "%llu MiB here; %llu MiB at a jump now",
	    (unsigned long long)((h->held_size + MIB - 1) / MIB),
	    (unsigned long long)((h->next_size + MIB - 1) / MIB));
	put_number(&c->report, "held", h->held_size);
	put_number(&c->report, "held_next", h->next_size);
}

static void preflight(struct context *c, const struct bzimage *bz, const struct bytes *initrd)
{
	struct host_memory memory;
	struct nego_matrix matrix;
	struct nego_image image;
	struct annotation a;
	struct census census;
	struct nego_host h;

	if (host_read_memory(c, &memory) && negotiation_read(c, &h, &census, &memory)) {
		describe(c, &h, &census);
		say(&c->report, "kernel", "%s", bz->release[0] ? bz->release : "?");
		put_string(&c->report, "release", bz->release);
		initrd_judge(c, &image, &a, bz, initrd);
		say(&c->report, "initrd", "%s%s", image.says ? "annotated: ccp_ext " : "says nothing",
		    image.says ? a.module : "");
		json_object_object_add(c->report.root, "annotated",
				       json_object_new_boolean(image.says));
		negotiate(&matrix, &h, &image);
		negotiation_print(c, &matrix);
		negotiation_judge(c, &matrix);
	}
	host_free(&memory, NULL);
}

/** command_preflight() - see help */
int command_preflight(struct context *c, int argc, char **argv)
{
	const char *path[2] = { NULL, NULL };
	int done = parse(c, argc, argv, path);
	struct bytes initrd = { 0 };
	struct bzimage bz;

	if (done != PARSE_ON)
		return done;
	command_begin(c, "preflight");
	if (host_has_module(c) && read_kernel(c, path[0], &bz) &&
	    read_file(c, path[1], INITRD_MAX, &initrd))
		preflight(c, &bz, &initrd);
	bytes_free(&initrd);
	put_verdict(&c->report, c->report.verdict == VERDICT_SAFE ? "go" :
		    c->report.verdict == VERDICT_NOT_SAFE ? "no-go" : "could not tell");
	return report_end(&c->report);
}
