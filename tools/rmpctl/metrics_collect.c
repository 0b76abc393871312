// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is told to Prometheus; docs/operations.md describes each family. Nothing here has the module ask the firmware
 * or go over the RMP: it may be called every few seconds. What this ccp_ext does not have is left out.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "metrics.h"
#include "module.h"

#define PAGE_BYTES	4096u
#define NR_STEPS	32

#define GAUGE(_name, _help)	{ "ccp_ext_" _name, METRIC_GAUGE, _help }
#define COUNTER(_name, _help)	{ "ccp_ext_" _name, METRIC_COUNTER, _help }

static void collect_words(struct metrics *m, struct module *mod)
{
	static const struct family info = GAUGE("info", "Version, policy and on_unsafe of the running module, as labels."),
		state = GAUGE("state", "1 for the state that the module is in.");
	static const char *const states[] = { "ready", "degraded", "unsupported", "shutdown", NULL };
	char version[WORD_SIZE] = "?", policy[WORD_SIZE] = "?", on_unsafe[WORD_SIZE] = "?", word[WORD_SIZE];

	module_word(mod, "version", version);
	module_word(mod, "policy", policy);
	module_word(mod, "on_unsafe", on_unsafe);
	metric_number(m, &info, 1, "version", version, "policy", policy, "on_unsafe", on_unsafe, NULL);
	if (module_word(mod, "state", word))
		metric_one_of(m, &state, "state", states, word);
}

static void collect_probes(struct metrics *m, struct module *mod)
{
	static const struct family armed = GAUGE("probe_armed", "1 if the module could place this probe.");
	const char *line = module_read(mod, "probes");
	char name[WORD_SIZE], word[WORD_SIZE];

	for (; line && *line; line = text_next_line(line))
		if (sscanf(line, "%63s %63s", name, word) == 2)
			metric_number(m, &armed, !strcmp(word, "armed"), "probe", name, NULL);
}

static void collect_commands(struct metrics *m, const char *text)
{
	static const struct family family[] = {
		COUNTER("psp_commands_total", "Commands to the secure processor in this kernel."),
		COUNTER("psp_errors_total", "Commands that ended with a status other than success, or with none."),
		COUNTER("psp_unanswered_total", "Commands that were not answered in time."),
		COUNTER("psp_command_seconds_total", "Time that commands took."),
	};
	struct psp_line p;
	const char *line;
	unsigned int i;

	for (i = 0; i < 4; i++)
		for (line = text; line; line = text_next_line(line)) {
			if (!text_psp_line(line, &p))
				continue;
			if (i == 3)
				metric_us(m, &family[i], p.latency_us, "command", p.name, NULL);
			else
				metric_number(m, &family[i], i == 0 ? p.commands : i == 1 ? p.errors :
					      p.unanswered, "command", p.name, NULL);
		}
}

static void collect_psp(struct metrics *m, struct module *mod)
{
	static const struct family sev = GAUGE("sev_state", "1 for the state that commands left SEV in."),
		snp = GAUGE("snp_state", "1 for the state that commands left SNP in."),
		guests = GAUGE("guests", "Guests, by kind, adopted ones included.");
	static const char *const sev_states[] = { "UNINIT", "INIT", "WORKING", "absent", "?", NULL },
		*const snp_states[] = { "UNINIT", "INIT", "absent", "?", NULL },
		*const kinds[] = { "sev", "sev-es", "snp" }, *const keys[] = { "guests_sev", "guests_sev_es", "guests_snp" };
	const char *text = module_read(mod, "psp");
	char word[WORD_SIZE];
	unsigned int i;
	u64 nr;

	if (!text)
		return;
	if (text_word(text, "sev", word))
		metric_one_of(m, &sev, "state", sev_states, word);
	if (text_word(text, "snp", word))
		metric_one_of(m, &snp, "state", snp_states, word);
	for (i = 0; i < 3; i++)
		if (text_number(text, keys[i], &nr))
			metric_number(m, &guests, nr, "kind", kinds[i], NULL);
	collect_commands(m, text);
}

static u64 count_lines(const char *line, const char *last_word)
{
	u64 nr = 0;

	for (; line && *line; line = text_next_line(line)) {
		size_t length = strcspn(line, "\n"), word = last_word ? strlen(last_word) : 0;

		nr += !last_word || (length > word && line[length - word - 1] == ' ' &&
				     !memcmp(line + length - word, last_word, word));
	}
	return nr;
}

static void collect_left_by_others(struct metrics *m, struct module *mod)
{
	static const struct family adopted = GAUGE("adopted_guests", "Guests that a previous kernel preserved and that live on."),
		records = GAUGE("records", "Records of VMMs, by what became of them.");
	static const char *const states[] = { "attached", "inherited", "inherited-stays", "damaged" };
	const char *text = module_read(mod, "adopted");
	unsigned int i;

	if (text)
		metric_number(m, &adopted, count_lines(text, NULL), NULL);
	text = module_read(mod, "records");
	for (i = 0; text && i < sizeof(states) / sizeof(states[0]); i++)
		metric_number(m, &records, count_lines(text, states[i]), "state", states[i], NULL);
}

static void bytes_of(struct metrics *m, const struct family *f, const char *text, const char *key)
{
	u64 pages;

	if (text_number(text, key, &pages))
		metric_number(m, f, pages * PAGE_BYTES, NULL);
}

/* Return: are the pages that stay kept out known? */
static bool collect_restore(struct metrics *m, struct module *mod, u64 *kept)
{
	static const struct family found = GAUGE("handover_found", "1 if a previous kernel handed over."),
		error = GAUGE("handover_error", "1 if what it handed over could not be used: nothing comes back."),
		hops = GAUGE("hops", "Kexecs since the last cold boot."),
		quiesce = GAUGE("last_quiesce_seconds", "From the begin of the previous kernel's shutdown to its capture."),
		blackout = GAUGE("last_blackout_seconds", "From the previous kernel's capture to this kernel's."),
		quarantined = GAUGE("quarantined_bytes", "Memory that was kept out of this kernel when it began."),
		reclaimed = GAUGE("reclaimed_bytes", "Of it, what was taken back from guests and firmware."),
		freed = GAUGE("freed_bytes", "Of it, what the page allocator got back."),
		pending = GAUGE("pending_bytes", "Of it, what was not looked at yet.");
	const char *text = module_read(mod, "restore");
	char word[WORD_SIZE];
	u64 nr;

	if (!text)
		return false;
	if (text_number(text, "found", &nr))
		metric_number(m, &found, nr, NULL);
	if (text_word(text, "error", word))
		metric_number(m, &error, strcmp(word, "0") != 0, NULL);
	if (text_number(text, "hops", &nr))
		metric_number(m, &hops, nr, NULL);
	if (text_number(text, "quiesce_us", &nr))
		metric_us(m, &quiesce, nr, NULL);
	/* 0: could not be measured, or there was none */
	if (text_number(text, "blackout_us", &nr) && nr)
		metric_us(m, &blackout, nr, NULL);
	bytes_of(m, &quarantined, text, "pages_quarantined");
	bytes_of(m, &reclaimed, text, "pages_reclaimed");
	bytes_of(m, &freed, text, "pages_freed");
	bytes_of(m, &pending, text, "pages_pending");
	return text_number(text, "pages_kept", kept);
}

static void collect_giveback(struct metrics *m, struct module *mod, const u64 *kept)
{
	static const struct family state = GAUGE("giveback_state", "1 for the state of the give-back."),
		time = GAUGE("giveback_seconds", "From load to the end of the give-back's last pass, or until now."),
		stays = GAUGE("kept_bytes", "Memory that was looked at and stays kept out, by what for."),
		lost = GAUGE("lost_bytes", "RAM that this kernel cannot use: what stays kept out, and what jumps cut off its end.");
	static const char *const states[] = { "done", "running", "paused", "waiting", "stopped", "off", NULL };
	const char *text = module_read(mod, "giveback"), *line;
	char word[WORD_SIZE], reason[WORD_SIZE];
	unsigned long long pages;
	u64 nr, cut = 0;

	if (!text)
		return;
	if (sscanf(text, "%63s", word) == 1)
		metric_one_of(m, &state, "state", states, word);
	if (text_number(text, "duration_us", &nr))
		metric_us(m, &time, nr, NULL);
	for (line = text; line; line = text_next_line(line))
		if (sscanf(line, "kept_%63s %llu", reason, &pages) == 2)
			metric_number(m, &stays, pages * PAGE_BYTES, "reason", reason, NULL);
	text_number(text, "top_cut", &cut);
	if (kept)
		metric_number(m, &lost, (*kept + cut) * PAGE_BYTES, NULL);
}

struct step_sum {
	char name[WORD_SIZE];
	u64 duration_us, tries, failed;
};

/* A step may have been taken more than once. */
static void add_step(struct step_sum *sum, const char *line)
{
	unsigned long long tries, result, duration;
	char name[WORD_SIZE];
	unsigned int i;

	if (sscanf(line, "%63s %llu %llu %*s %*s %*s %llu", name, &tries, &result, &duration) != 4)
		return;
	for (i = 0; i < NR_STEPS && sum[i].name[0] && strcmp(sum[i].name, name); i++)
		;
	if (i == NR_STEPS)
		return;
	strcpy(sum[i].name, name);
	sum[i].duration_us += duration;
	sum[i].tries += tries;
	sum[i].failed += !!result;
}

static void collect_steps(struct metrics *m, struct module *mod)
{
	static const struct family took = GAUGE("last_shutdown_step_seconds", "Time of each step of the previous kernel's shutdown."),
		tries = GAUGE("last_shutdown_step_tries", "How often each step was tried."),
		failed = GAUGE("last_shutdown_step_failed", "How often each step failed in the end.");
	struct step_sum sum[NR_STEPS] = { { .name = "" } };
	const char *line = module_read(mod, "last_shutdown");
	unsigned int i, nr;

	for (; line && *line; line = text_next_line(line))
		add_step(sum, line);
	for (nr = 0; nr < NR_STEPS && sum[nr].name[0]; nr++)
		;
	for (i = 0; i < nr; i++)
		metric_us(m, &took, sum[i].duration_us, "step", sum[i].name, NULL);
	for (i = 0; i < nr; i++)
		metric_number(m, &tries, sum[i].tries, "step", sum[i].name, NULL);
	for (i = 0; i < nr; i++)
		metric_number(m, &failed, sum[i].failed, "step", sum[i].name, NULL);
}

static void collect_crash(struct metrics *m, struct module *mod)
{
	static const struct family current = GAUGE("crash_handover_current", "1 if a crash kernel would be told what is not the host's.");
	const char *text = module_read(mod, "crash_handover");
	char word[WORD_SIZE];

	if (text && text_word(text, "state", word))
		metric_number(m, &current, !strcmp(word, "current"), NULL);
}

/* What `snp-kexec preflight --json` or `status --json` printed. */
static void collect_preflight(struct metrics *m, const char *path)
{
	static const struct family verdict = GAUGE("preflight_verdict", "1 for the verdict of the last preflight that was kept."),
		when = GAUGE("preflight_timestamp_seconds", "When that was.");
	static const char *const verdicts[] = { "safe", "not-safe", "unknown", NULL };
	struct json_object *root, *value;
	const char *word = "unknown";
	struct stat st;
	bool there = !stat(path, &st) && S_ISREG(st.st_mode) && st.st_size <= MODULE_TEXT_MAX;

	root = there ? json_object_from_file(path) : NULL;
	if (json_object_object_get_ex(root, "verdict", &value) && json_object_is_type(value, json_type_string))
		word = json_object_get_string(value);
	else
		fprintf(stderr, "rmpctl: note: %s: no output of snp-kexec preflight --json; the verdict is told as unknown\n",
			path);
	if (strcmp(word, "safe") && strcmp(word, "not-safe"))
		word = "unknown";
	metric_one_of(m, &verdict, "verdict", verdicts, word);
	if (there)
		metric_number(m, &when, (u64)st.st_mtime, NULL);
	json_object_put(root);
}

/**
 * metrics_collect() - all of them
 * @m: where to
 * @sysfs: directory of the module's attributes, or NULL
 * @preflight: file with the last preflight's JSON, or NULL
 * @verdict: set to VERDICT_UNKNOWN if the module may not be read
 */
void metrics_collect(struct metrics *m, const char *sysfs, const char *preflight, int *verdict)
{
	static const struct family up = GAUGE("up", "1 if the module is loaded."),
		errors = GAUGE("unreadable_attributes", "Attributes of the module that could not be read just now.");
	static struct module mod;
	int ret = module_open(&mod, sysfs);
	bool known;
	u64 kept;

	*verdict = ret > 0 ? ret : VERDICT_SAFE;
	if (ret > 0)
		return;
	if (ret < 0)
		fprintf(stderr, "rmpctl: note: %s: not there: the ccp_ext module is not loaded; load it from the initramfs, ahead of ccp\n",
			mod.dir);
	metric_number(m, &up, !ret, NULL);
	if (!ret) {
		collect_words(m, &mod);
		collect_probes(m, &mod);
		collect_psp(m, &mod);
		collect_left_by_others(m, &mod);
		known = collect_restore(m, &mod, &kept);
		collect_giveback(m, &mod, known ? &kept : NULL);
		collect_steps(m, &mod);
		collect_crash(m, &mod);
	}
	if (preflight)
		collect_preflight(m, preflight);
	if (!ret)
		metric_number(m, &errors, mod.nr_errors, NULL);
}
