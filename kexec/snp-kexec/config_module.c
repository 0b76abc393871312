// SPDX-License-Identifier: GPL-2.0-only
/* The configuration beside the running ccp_ext. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cmdline.h"
#include "config.h"
#include "host.h"
#include "os.h"

#define CMDLINE_MAX	(64 << 10)

/* One key: what the file says, what the module says, and who said it to the module. */
struct setting {
	enum config_id id;
	const struct config_value *v;
	char path[PATH_MAX];		/* where the module tells */
	char now[CONFIG_VALUE_SIZE];	/* what it tells; empty if it is not loaded */
	bool loaded, same, by_cmdline;
};

static bool module_is_loaded(const struct context *c)
{
	char path[PATH_MAX];

	path_join(path, c->ccp_ext, "version");
	return !access(path, F_OK);
}

static void setting_path(const struct context *c, struct setting *s)
{
	char dir[PATH_MAX];

	if (config_keys[s->id].taker == CONFIG_ATTRIBUTE) {
		path_join(s->path, c->ccp_ext, config_keys[s->id].name);
	} else {
		path_join(dir, c->root, "sys/module/ccp_ext/parameters");
		path_join(s->path, dir, config_keys[s->id].name);
	}
}

static bool read_now(struct context *c, struct setting *s)
{
	struct bytes b;
	int err = bytes_read(&b, s->path, sizeof(s->now) - 1);

	if (err) {
		fail(&c->report, "%s: %s; is this ccp_ext of the same release, and are you root?", s->path,
		     strerror(-err));
		return false;
	}
	snprintf(s->now, sizeof(s->now), "%.*s", (int)strcspn((char *)b.data, "\n"), (char *)b.data);
	bytes_free(&b);
	return true;
}

/* Return: false if the module does not tell; which is said. */
static bool setting_read(struct context *c, struct setting *s, const struct settings *all, enum config_id id,
			 const char *cmdline)
{
	const char *value;
	char name[64];
	int length;

	s->id = id;
	s->v = &all->config.value[id];
	s->now[0] = '\0';
	s->same = false;
	s->by_cmdline = false;
	s->loaded = config_is_module(id) && module_is_loaded(c);
	if (!s->loaded)
		return true;
	setting_path(c, s);
	if (!read_now(c, s))
		return false;
	s->same = config_same(id, s->v, s->now, strlen(s->now));
	snprintf(name, sizeof(name), "ccp_ext.%s=", config_keys[id].name);
	length = cmdline_find(cmdline, name, &value);
	s->by_cmdline = length == (int)strlen(s->now) && !memcmp(value, s->now, (size_t)length);
	return true;
}

static void read_cmdline(struct context *c, struct bytes *b)
{
	char path[PATH_MAX];

	path_join(path, c->root, "proc/cmdline");
	if (bytes_read(b, path, CMDLINE_MAX))
		b->data = NULL;
}

/* ---- show ---- */

enum origin { FROM_DEFAULT, FROM_FILE, FROM_CMDLINE, FROM_ELSEWHERE };

static enum origin origin_of(const struct setting *s)
{
	if (s->by_cmdline)
		return FROM_CMDLINE;
	if (s->loaded && !s->same)
		return FROM_ELSEWHERE;
	return s->v->line ? FROM_FILE : FROM_DEFAULT;
}

/* What has to be done for the file to be in force; NULL if it is. */
static const char *waits_for(const struct setting *s)
{
	if (!s->loaded || s->same || !s->v->line)
		return NULL;
	return config_keys[s->id].taker == CONFIG_RELOAD ? "reload" : "apply";
}

static struct json_object *json_value(enum config_id id, const char *text)
{
	if (config_keys[id].type == CONFIG_NUMBER)
		return json_object_new_int64(strtoll(text, NULL, 10));
	if (config_keys[id].type == CONFIG_BOOL)
		return json_object_new_boolean(*text == 'y' || *text == 'Y' || *text == '1');
	return json_object_new_string(text);
}

static void put_setting(struct json_object *list, const struct setting *s, const char *value, const char *from)
{
	struct json_object *o = json_object_new_object();
	const char *waits = waits_for(s);
	char wanted[CONFIG_VALUE_SIZE];

	json_object_object_add(o, "key", json_object_new_string(config_keys[s->id].name));
	json_object_object_add(o, "value", json_value(s->id, value));
	json_object_object_add(o, "from", json_object_new_string(from));
	if (s->v->line) {
		config_print(wanted, s->id, s->v, false);
		json_object_object_add(o, "line", json_object_new_int64(s->v->line));
		json_object_object_add(o, "file_value", json_value(s->id, wanted));
	}
	if (waits)
		json_object_object_add(o, "waits_for", json_object_new_string(waits));
	json_object_array_add(list, o);
}

static void show_setting(struct context *c, struct json_object *list, const struct setting *s, const char *path)
{
	static const char *const from[] = { "default", "file", "cmdline", "elsewhere" };
	enum origin origin = origin_of(s);
	char value[CONFIG_VALUE_SIZE], wanted[CONFIG_VALUE_SIZE];
	const char *waits = waits_for(s);

	config_print(wanted, s->id, s->v, false);
	if (!s->loaded)
		strcpy(value, wanted);
	else if (config_keys[s->id].type == CONFIG_BOOL)
		strcpy(value, strchr("Yy1", s->now[0]) && s->now[0] ? "yes" : "no");
	else
		strcpy(value, s->now);
	put_setting(list, s, value, from[origin]);
	if (c->report.json)
		return;
	printf("%-16s %-12s ", config_keys[s->id].name, *value ? value : "-");
	if (origin == FROM_FILE)
		printf("%s:%u", path, s->v->line);
	else if (origin == FROM_CMDLINE)
		printf("kernel command line");
	else if (origin == FROM_ELSEWHERE)
		printf("modprobe.d, or by hand");
	else
		printf("default");
	if (waits)
		printf("; %s:%u has %s, which waits for: %s", path, s->v->line, wanted,
		       waits[0] == 'a' ? "snp-kexec config apply" : "the next load of ccp_ext");
	putchar('\n');
}

/** config_show() - a line a key */
void config_show(struct context *c, bool dry_run)
{
	struct json_object *list = json_object_new_array();
	struct bytes cmdline = { 0 };
	struct settings all;
	struct setting s;
	int id;

	(void)dry_run;
	json_object_object_add(c->report.root, "settings", list);
	if (!settings_read(c, &all))
		return;
	put_string(&c->report, "file", all.path);
	json_object_object_add(c->report.root, "there", json_object_new_boolean(all.there));
	read_cmdline(c, &cmdline);
	if (!module_is_loaded(c))
		note(&c->report, "ccp_ext is not loaded: its values are those that it would get by the file");
	for (id = 0; id < CONFIG_NR_KEYS; id++)
		if (setting_read(c, &s, &all, id, cmdline.data ? (char *)cmdline.data : ""))
			show_setting(c, list, &s, all.path);
	bytes_free(&cmdline);
	settings_close(&all);
}

/* ---- apply ---- */

static void write_setting(struct context *c, struct setting *s, const char *wanted)
{
	int err = os_attr_write(s->path, wanted);

	if (err) {
		fail(&c->report, "%s: writing \"%s\": %s; see the kernel log", s->path, wanted, strerror(-err));
		return;
	}
	if (!read_now(c, s))
		return;
	if (!config_same(s->id, s->v, s->now, strlen(s->now)))
		fail(&c->report, "%s: wrote \"%s\", but it says \"%s\"; is this ccp_ext of the same release?",
		     s->path, wanted, s->now);
}

static void apply_setting(struct context *c, struct json_object *list, struct setting *s,
			  const struct settings *all, bool dry_run)
{
	const char *name = config_keys[s->id].name;
	char wanted[CONFIG_VALUE_SIZE], before[CONFIG_VALUE_SIZE];

	config_print(wanted, s->id, s->v, true);
	strcpy(before, s->now);
	if (config_keys[s->id].taker == CONFIG_RELOAD) {
		reject(&c->report, "%s is %s in the running ccp_ext, and %s by %s:%u: it comes into force when ccp_ext is loaded next (update-initramfs -u -k all, then a kexec or reboot)",
		       name, before, wanted, all->path, s->v->line);
		return;
	}
	if (!dry_run)
		write_setting(c, s, wanted);
	say(&c->report, dry_run ? "would set" : "set", "%s: %s, was %s", name, wanted, before);
	json_object_array_add(list, json_object_new_string(name));
}

static void apply(struct context *c, const struct settings *all, bool dry_run)
{
	struct json_object *list = json_object_new_array();
	struct setting s;
	int id;

	json_object_object_add(c->report.root, "set", list);
	for (id = 0; id < CONFIG_NR_KEYS; id++) {
		if (!config_is_module(id) || !all->config.value[id].line)
			continue;
		if (setting_read(c, &s, all, id, "") && !s.same)
			apply_setting(c, list, &s, all, dry_run);
	}
}

/** config_apply() - what the file does not name stays as it is */
void config_apply(struct context *c, bool dry_run)
{
	const char *why = dry_run ? NULL : os_refusal(c->ccp_ext);
	struct settings all;

	if (why) {
		fail(&c->report, "config apply: %s", why);
	} else if (host_has_module(c) && settings_read(c, &all)) {
		put_string(&c->report, "file", all.path);
		apply(c, &all, dry_run);
		settings_close(&all);
	}
	put_verdict(&c->report, c->report.verdict == VERDICT_SAFE ? dry_run ? "all of it can be in force" :
		    "all that the file says is in force" : c->report.verdict == VERDICT_NOT_SAFE ?
		    "not all that the file says is in force" : "could not tell, or could not be done");
}
