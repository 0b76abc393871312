// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "../cmdline.h"
#include "host.h"
#include "kdump.h"
#include "settings.h"

static const char help[] =
"Usage: snp-kexec kdump status|check [--kernel FILE] [--initrd FILE]\n"
"\n"
"Would the crash kernel that is loaded now keep dump tools away from what is not\n"
"the host's? status prints what is known of it, check only the reasons why not.\n"
"Nothing is changed. Load a crash kernel by kdump-tools (kdump-config load) or by\n"
"kexec -p, with the words of /sys/kernel/ccp_ext/kdump_words on its command line.\n"
"\n"
"      --kernel FILE  the file that it was loaded from, and\n"
"      --initrd FILE  its initrd. Without them the one whose content is in memory\n"
"                     is looked for in /var/lib/kdump and /boot\n"
"Defaults of both may stand in /etc/snp-kexec.conf, as kdump_kernel and kdump_initrd.\n"
"\n"
"Exit code 0 if it would, 1 if it would not, or if none is loaded.\n";

static int parse(struct context *c, int argc, char **argv, struct kdump *k)
{
	static const struct option own[] = {
		{ "kernel", required_argument, NULL, 'k' },
		{ "initrd", required_argument, NULL, 'i' },
		{ NULL, 0, NULL, 0 },
	};
	const struct option *options = with_global_options(own);
	int option, done;

	while ((option = getopt_long(argc, argv, ":hV", options, NULL)) != -1) {
		switch (option) {
		case 'k':
			k->kernel = optarg;
			break;
		case 'i':
			k->initrd = optarg;
			break;
		case ':':
			return usage_error("kdump", "kdump: %s needs an argument", argv[optind - 1]);
		default:
			done = global_option(c, option, help);
			if (done == PARSE_BAD)
				return usage_error("kdump", "kdump: %s: unknown option",
						   argv[optind - 1]);
			if (done != PARSE_ON)
				return done;
		}
	}
	if (optind == argc)
		return usage_error("kdump", "kdump: status or check?");
	if (optind + 1 < argc)
		return usage_error("kdump", "kdump: one word is needed, got \"%s\" as well",
				   argv[optind + 1]);
	k->table = !strcmp(argv[optind], "status");
	if (!k->table && strcmp(argv[optind], "check"))
		return usage_error("kdump", "kdump: %s: neither status nor check", argv[optind]);
	return PARSE_ON;
}

/* A parameter's value on a command line: its bytes, or -1. */
static int value_of(const char *line, const char *name, const char **value)
{
	int length = cmdline_find(line, name, value);

	return length > 0 ? length : -1;
}

static void check_word(struct kdump *k, const char *name)
{
	const char *wanted, *got;
	int want = value_of(k->armed.words, name, &wanted), length = value_of(k->armed.cmdline, name, &got);

	if (want < 0)
		fail(&k->c->report, "%s/kdump_words: has no %s; is this ccp_ext of the same release?",
		     k->c->ccp_ext, name);
	else if (length < 0)
		refuse(&k->c->report, "its command line has no %s%.*s: it would not find what this kernel tells it; load it again with the words of %s/kdump_words",
		       name, want, wanted, k->c->ccp_ext);
	else if (length != want || memcmp(got, wanted, (size_t)want))
		refuse(&k->c->report, "its command line has %s%.*s, but of this boot it is %.*s: stale words, which another kernel was told; load it again (kdump-config reload)",
		       name, length, got, want, wanted);
}

/* Lists between commas, of modprobe's and of the kernel's own. */
static void check_not_listed(struct kdump *k, const char *name)
{
	const char *list;
	int length = value_of(k->armed.cmdline, name, &list), word;

	for (; length > 0; list += word + 1, length -= word + 1) {
		for (word = 0; word < length && list[word] != ','; word++)
			;
		if ((word == 7 && !memcmp(list, "ccp_ext", 7)) || (word == 7 && !memcmp(list, "ccp-ext", 7)))
			refuse(&k->c->report, "its command line has %sccp_ext: no filter is wanted there; take the word out and load it again",
			       name);
	}
}

/** kdump_check_words() - does its command line tell it what it must know, now? */
void kdump_check_words(struct kdump *k)
{
	const char *value;

	check_word(k, "ccp_ext.kdump_handover=");
	check_word(k, "ccp_ext.kdump_hop=");
	check_not_listed(k, "modprobe.blacklist=");
	check_not_listed(k, "module_blacklist=");
	if (k->armed.efi && cmdline_find(k->armed.cmdline, "initrdmem=", &value) < 0)
		refuse(&k->c->report, "its command line has no initrdmem=: it would read, and from 7.x on write, where EFI put the first kernel's initrd, which is somebody else's memory by now; load it again with initrdmem=0,1");
}

static void look(struct kdump *k)
{
	char kernel[CONFIG_VALUE_SIZE], initrd[CONFIG_VALUE_SIZE];
	struct settings s;

	if (!settings_read(k->c, &s))
		return;
	k->kernel = k->kernel ?: settings_text(&s, CONFIG_KDUMP_KERNEL, kernel);
	k->initrd = k->initrd ?: settings_text(&s, CONFIG_KDUMP_INITRD, initrd);
	settings_close(&s);
	if (!kdump_read_armed(k))
		return;
	kdump_check_words(k);
	kdump_check_kernel(k);
	kdump_check_initrd(k);
}

/** command_kdump() - see help */
int command_kdump(struct context *c, int argc, char **argv)
{
	struct kdump k = { .c = c };
	int done = parse(c, argc, argv, &k);

	if (done != PARSE_ON)
		return done;
	command_begin(c, "kdump");
	if (host_has_module(c))
		look(&k);
	put_verdict(&c->report, c->report.verdict == VERDICT_SAFE ? "the crash kernel would filter" :
		    c->report.verdict == VERDICT_NOT_SAFE ? "the crash kernel would not filter" :
		    "whether the crash kernel would filter is not known");
	return report_end(&c->report);
}
