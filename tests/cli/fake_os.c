// SPDX-License-Identifier: GPL-2.0-only
/*
 * In place of os.c: no system call changes anything, a directory plays the
 * module and the kernel. Controlled by the environment:
 *
 *	FAKE_ROOT	the directory that --root names
 *	FAKE_IMAGE	the module's verdicts on one load after the other
 *	FAKE_ERRNO	kexec_load, kexec_file_load and reboot fail with it
 *	FAKE_REFUSAL	why the module does not take an image of kexec_file_load
 *	FAKE_SIGNAL	raised in each kexec_load
 *	FAKE_BAD_ATTR	writing this attribute fails
 *
 * $FAKE_ROOT/calls gets one line a call.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../kexec/snp-kexec/os.h"

static FILE *open_in_root(const char *name, const char *mode)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", getenv("FAKE_ROOT"), name);
	f = fopen(path, mode);
	if (!f)
		abort();
	return f;
}

static void put(const char *name, const char *mode, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void put(const char *name, const char *mode, const char *fmt, ...)
{
	FILE *f = open_in_root(name, mode);
	va_list args;

	va_start(args, fmt);
	vfprintf(f, fmt, args);
	va_end(args);
	fclose(f);
}

static int failure(void)
{
	const char *number = getenv("FAKE_ERRNO");

	return number ? -atoi(number) : 0;
}

static void next_verdict(char word[64])
{
	static int nr_loads;
	const char *list = getenv("FAKE_IMAGE") ?: "clean";
	int i;

	for (i = nr_loads++; i && strchr(list, ','); i--)
		list = strchr(list, ',') + 1;
	snprintf(word, 64, "%.*s", (int)strcspn(list, ","), list);
}

static int holds_1(const char *attr)
{
	char path[256];
	FILE *f;
	int c;

	snprintf(path, sizeof(path), "sys/kernel/ccp_ext/%s", attr);
	f = open_in_root(path, "r");
	c = getc(f);

	fclose(f);
	return c == '1';
}

static int nr_cpus(void)
{
	cpu_set_t cpus;

	sched_getaffinity(0, sizeof(cpus), &cpus);
	return CPU_COUNT(&cpus);
}

static int loaded(void)
{
	char word[64];

	if (failure())
		return failure();
	next_verdict(word);
	put("sys/kernel/kexec_loaded", "w", "1\n");
	put("sys/kernel/ccp_ext/image", "w", "%s%s", word,
	    strcmp(word, "dirty") ? "\n" : " control 0x1234000\nsource clean\n");
	if (getenv("FAKE_SIGNAL"))
		raise(atoi(getenv("FAKE_SIGNAL")));
	return 0;
}

int os_kexec_load(uint64_t entry_pa, const void *page, uint64_t page_pa)
{
	(void)page;
	put("calls", "a", "load entry=%#llx page=%#llx cpus=%d donated=%d\n",
	    (unsigned long long)entry_pa, (unsigned long long)page_pa,
	    nr_cpus(), holds_1("image_donate"));
	return loaded();
}

int os_kexec_file_load(int kernel_fd, int initrd_fd, const char *cmdline)
{
	put("calls", "a", "file-load kernel=%lld initrd=%lld cpus=%d announced=%d cmdline=%s\n",
	    (long long)lseek(kernel_fd, 0, SEEK_END),
	    initrd_fd < 0 ? -1LL : (long long)lseek(initrd_fd, 0, SEEK_END),
	    nr_cpus(), holds_1("image_file"), cmdline);
	return loaded();
}

int os_kexec_unload(void)
{
	put("calls", "a", "unload\n");
	put("sys/kernel/kexec_loaded", "w", "0\n");
	put("sys/kernel/ccp_ext/image", "w", "none\n");
	return 0;
}

int os_kexec_reboot(void)
{
	put("calls", "a", "reboot\n");
	return failure() ?: -EINVAL;
}

/* What kexec_file_load made is taken, or why not. */
static int taken(void)
{
	const char *refusal = getenv("FAKE_REFUSAL");

	put("sys/kernel/ccp_ext/image_file", "w", "%s\n", refusal ?: "none");
	if (refusal)
		return -EINVAL;
	put("sys/kernel/ccp_ext/zone_commit", "w",
	    "committed bytes 0x5000000 entry 0x101000 hash 0x1\n");
	return 0;
}

int os_attr_write(const char *path, const char *value)
{
	const char *name = strrchr(path, '/') + 1, *bad = getenv("FAKE_BAD_ATTR");
	unsigned long long bytes, entry;
	char attr[256];

	put("calls", "a", "%s=%s\n", name, value);
	if (bad && !strcmp(name, bad))
		return -EIO;
	if (!strcmp(name, "image_file") && value[0] == '0' && holds_1(name))
		return taken();
	if (!strcmp(name, "zone_commit"))
		put("sys/kernel/ccp_ext/image_features", "w", "\n");
	snprintf(attr, sizeof(attr), "sys/%s/%s", strstr(path, "/parameters/") ?
		 "module/ccp_ext/parameters" : "kernel/ccp_ext", name);
	if (strcmp(name, "zone_commit"))
		put(attr, "w", "%s\n", value);
	else if (sscanf(value, "%llu %llu", &bytes, &entry) == 2 && bytes)
		put("sys/kernel/ccp_ext/zone_commit", "w",
		    "committed bytes %#llx entry %#llx hash 0x1\n", bytes, entry);
	else
		put("sys/kernel/ccp_ext/zone_commit", "w", "none\n");
	return 0;
}

const char *os_refusal(const char *ccp_ext_dir)
{
	(void)ccp_ext_dir;
	return NULL;
}
