// SPDX-License-Identifier: GPL-2.0-only
/* rmpctl watch: the host's state, again and again. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

#include "../../kexec/snp-kexec/signals.h"
#include "module.h"

#define PAGE_BYTES	4096u
#define BAR_WIDTH	30u
#define FALLBACK_WIDTH	80u
#define SECONDS_MAX	3600

static const char help[] =
"Usage: rmpctl watch [-n SECONDS] [--count N] [--sysfs DIR] [--json]\n\n"
"Shows the state of ccp_ext and of the firmware, guests, what is kept out and how the\n"
"give-back gets on; in a terminal in its place, else a line each time. Ctrl-C ends it.\n\n"
"  -n, --interval SECONDS  from one look to the next (2)\n"
"  -c, --count N           look N times, then end\n"
"      --sysfs DIR         the module's attributes (/sys/kernel/ccp_ext)\n"
"      --no-color          no colours (also: environment variable NO_COLOR)\n"
"      --json              a JSON object a line\n\n"
"Exit codes: 0 ended by Ctrl-C or by --count, 2 ccp_ext is not there, or may not be read.\n";

struct watch_options {
	const char *sysfs;
	unsigned long interval, count;	/* count 0: for ever */
	bool json, color, in_place;
};

/* One look. "?" and 0 where this ccp_ext does not tell. */
struct look {
	char state[WORD_SIZE], policy[WORD_SIZE], sev[WORD_SIZE], snp[WORD_SIZE], giveback[WORD_SIZE];
	u64 guests[3], adopted, hops, quarantined, freed, kept, pending, commands, errors;
};

static bool take_number(unsigned long *value, const char *text, unsigned long max)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 10);
	return !errno && *text >= '0' && *text <= '9' && !*end && *value && *value <= max;
}

static int parse(struct watch_options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "interval", required_argument, NULL, 'n' },
		{ "count", required_argument, NULL, 'c' },
		{ "sysfs", required_argument, NULL, 's' },
		{ "no-color", no_argument, NULL, 'C' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, ":n:c:h", options, NULL)) != -1) {
		if (c == 'n' && !take_number(&o->interval, optarg, SECONDS_MAX))
			return usage_error("watch", "--interval takes seconds from 1 to 3600, not ", optarg);
		if (c == 'c' && !take_number(&o->count, optarg, ~0ul))
			return usage_error("watch", "--count takes a number from 1, not ", optarg);
		if (c == 's')
			o->sysfs = optarg;
		if (c == 'j')
			o->json = true;
		if (c == 'C')
			o->color = false;
		if (c == 'h') {
			fputs(help, stdout);
			return VERDICT_SAFE;
		}
		if (c == ':')
			return usage_error("watch", "an argument is missing: ", argv[optind - 1]);
		if (c == '?')
			return usage_error("watch", "no such option: ", argv[optind - 1]);
	}
	return optind < argc ? usage_error("watch", "too many arguments: ", argv[optind]) : -1;
}

static void look_at_psp(struct look *l, const char *text)
{
	static const char *const keys[] = { "guests_sev", "guests_sev_es", "guests_snp" };
	struct psp_line p;
	unsigned int i;

	if (!text)
		return;
	text_word(text, "sev", l->sev);
	text_word(text, "snp", l->snp);
	for (i = 0; i < 3; i++)
		text_number(text, keys[i], &l->guests[i]);
	for (; text; text = text_next_line(text))
		if (text_psp_line(text, &p)) {
			l->commands += p.commands;
			l->errors += p.errors;
		}
}

static void look(struct look *l, struct module *m)
{
	const char *text;

	*l = (struct look) { .state = "?", .policy = "?", .sev = "?", .snp = "?", .giveback = "?" };
	module_word(m, "state", l->state);
	module_word(m, "policy", l->policy);
	look_at_psp(l, module_read(m, "psp"));
	text = module_read(m, "adopted");
	for (; text && *text; text = text_next_line(text))
		l->adopted++;
	text = module_read(m, "restore");
	if (text) {
		text_number(text, "hops", &l->hops);
		text_number(text, "pages_quarantined", &l->quarantined);
		text_number(text, "pages_freed", &l->freed);
		text_number(text, "pages_kept", &l->kept);
		text_number(text, "pages_pending", &l->pending);
	}
	module_word(m, "giveback", l->giveback);
}

static void now(char text[32])
{
	time_t t = time(NULL);
	struct tm tm;

	strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
}

static const char *mib(char buf[32], u64 pages)
{
	return word_size(buf, 32, pages * PAGE_BYTES);
}

static const struct {
	const char *name;
	size_t offset;
} numbers[] = {
#define NUMBER(member)	{ #member, offsetof(struct look, member) }
	NUMBER(adopted), NUMBER(hops), NUMBER(quarantined), NUMBER(freed), NUMBER(kept), NUMBER(pending),
	NUMBER(commands), NUMBER(errors),
};

static void print_json(const struct look *l)
{
	static const char *const kinds[] = { "sev", "sev-es", "snp" };
	struct json_object *o = json_object_new_object(), *guests = json_object_new_object();
	char time[32];
	size_t i;

	now(time);
	json_object_object_add(o, "time", json_object_new_string(time));
	json_object_object_add(o, "state", json_object_new_string(l->state));
	json_object_object_add(o, "policy", json_object_new_string(l->policy));
	json_object_object_add(o, "sev", json_object_new_string(l->sev));
	json_object_object_add(o, "snp", json_object_new_string(l->snp));
	json_object_object_add(o, "giveback", json_object_new_string(l->giveback));
	for (i = 0; i < 3; i++)
		json_object_object_add(guests, kinds[i], json_object_new_uint64(l->guests[i]));
	json_object_object_add(o, "guests", guests);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		json_object_object_add(o, numbers[i].name, json_object_new_uint64(
				       *(const u64 *)((const char *)l + numbers[i].offset)));
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	json_object_put(o);
}

static void print_line(const struct look *l)
{
	char time[32], kept[32], pending[32];

	now(time);
	printf("%s state=%s policy=%s sev=%s snp=%s guests=%" PRIu64 "/%" PRIu64 "/%" PRIu64
	       " kept=\"%s\" pending=\"%s\" giveback=%s commands=%" PRIu64 " errors=%" PRIu64 "\n",
	       time, l->state, l->policy, l->sev, l->snp, (uint64_t)l->guests[0], (uint64_t)l->guests[1],
	       (uint64_t)l->guests[2], mib(kept, l->kept), mib(pending, l->pending), l->giveback,
	       (uint64_t)l->commands, (uint64_t)l->errors);
}

static const char *color_of(const struct watch_options *o, const char *state)
{
	if (!o->color)
		return "";
	return !strcmp(state, "ready") ? "\033[32m" : !strcmp(state, "degraded") ? "\033[33m" : "\033[31m";
}

/* No line is longer than the terminal is wide, or going up would not reach the first one. */
static void put_row(unsigned int width, const char *color, const char *text)
{
	printf("%s%.*s%s\033[K\n", color, (int)width, text, *color ? "\033[0m" : "");
}

static unsigned int terminal_width(void)
{
	struct winsize size;

	return !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col ? size.ws_col : FALLBACK_WIDTH;
}

static void bar(char text[BAR_WIDTH + 1], const struct look *l)
{
	u64 done = l->quarantined ? (l->quarantined - (l->pending < l->quarantined ? l->pending : l->quarantined)) *
		   BAR_WIDTH / l->quarantined : BAR_WIDTH;

	memset(text, '.', BAR_WIDTH);
	memset(text, '#', done);
	text[BAR_WIDTH] = '\0';
}

static void print_rows(const struct watch_options *o, const struct look *l, bool again)
{
	char row[256], time[32], a[32], b[32], c[32], progress[BAR_WIDTH + 1];
	unsigned int width = terminal_width();

	now(time);
	if (again)
		fputs("\033[6A\r", stdout);
	snprintf(row, sizeof(row), "ccp_ext     %s; policy %s; %" PRIu64 " kexecs; %s", l->state, l->policy,
		 (uint64_t)l->hops, time);
	put_row(width, color_of(o, l->state), row);
	snprintf(row, sizeof(row), "firmware    SEV %s, SNP %s; %" PRIu64 " commands, %" PRIu64 " errors", l->sev, l->snp,
		 (uint64_t)l->commands, (uint64_t)l->errors);
	put_row(width, "", row);
	snprintf(row, sizeof(row), "guests      %" PRIu64 " SEV, %" PRIu64 " SEV-ES, %" PRIu64 " SNP; %" PRIu64 " adopted",
		 (uint64_t)l->guests[0], (uint64_t)l->guests[1], (uint64_t)l->guests[2], (uint64_t)l->adopted);
	put_row(width, "", row);
	snprintf(row, sizeof(row), "quarantine  %s at boot; %s came back, %s stays", mib(a, l->quarantined),
		 mib(b, l->freed), mib(c, l->kept));
	put_row(width, "", row);
	bar(progress, l);
	snprintf(row, sizeof(row), "give-back   %s, %s pending", l->giveback, mib(a, l->pending));
	put_row(width, "", row);
	snprintf(row, sizeof(row), "            [%s]", progress);
	put_row(width, "", row);
}

static void print(const struct watch_options *o, const struct look *l, bool again)
{
	if (o->json)
		print_json(l);
	else if (o->in_place)
		print_rows(o, l, again);
	else
		print_line(l);
}

/* Until a signal, the last look, or the end of whoever reads. */
static int watch(const struct watch_options *o, struct module *m)
{
	const struct timespec interval = { .tv_sec = (time_t)o->interval };
	unsigned long nr = 0;
	struct look l;

	while (!signals_stop) {
		look(&l, m);
		print(o, &l, nr++);
		if (fflush(stdout) || nr == o->count)
			break;
		if (nanosleep(&interval, NULL) && errno != EINTR)
			break;
		if (!signals_stop && !module_is_loaded(m)) {
			fprintf(stderr, "rmpctl: %s: gone: the ccp_ext module was unloaded\n", m->dir);
			return VERDICT_UNKNOWN;
		}
	}
	return VERDICT_SAFE;
}

/**
 * command_watch() - the subcommand
 * @argc: its arguments, the name included
 * @argv: its arguments
 *
 * Return: an exit code.
 */
int command_watch(int argc, char **argv)
{
	struct watch_options o = { .interval = 2, .in_place = isatty(STDOUT_FILENO) };
	static struct module m;
	int ret;

	o.color = o.in_place && !getenv("NO_COLOR");
	ret = parse(&o, argc, argv);
	if (ret >= 0)
		return ret;
	ret = module_open(&m, o.sysfs);
	if (ret < 0)
		fprintf(stderr, "rmpctl: %s: not there: the ccp_ext module is not loaded; load it from the initramfs, ahead of ccp\n",
			m.dir);
	if (ret)
		return VERDICT_UNKNOWN;
	signals_catch();
	ret = watch(&o, &m);
	signals_release();
	return ret;
}
