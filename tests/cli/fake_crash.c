// SPDX-License-Identifier: GPL-2.0-only
/*
 * fake-crash SNP_SO DUMP|live COMMAND [ARGUMENT]...: as much of crash(8) as its extension calls, on
 * an ELF core and without a kernel's symbols. A real crash wants a vmlinux of a gigabyte.
 */
#include <defs.h>
#include <elf.h>
#include <dlfcn.h>

FILE *fp;
char *args[MAXARGS];
int argcnt, argerrs;
static struct program_context context;
struct program_context *pc = &context;
static struct machdep_table table;
struct machdep_table *machdep = &table;
char *build_version;
static struct command_table_entry *extension;
static int dump = -1;

void register_extension(struct command_table_entry *e)
{
	extension = e;
}

static int fake_is_kvaddr(ulong value)
{
	return value >= 0xffff888000000000UL;
}

int kvtop(struct task_context *t, ulong va, physaddr_t *pa, int verbose)
{
	(void)t;
	(void)verbose;
	*pa = va - 0xffff888000000000UL;
	return va < 0xffff888100000000UL;
}

/* Like crash: a page after the other, and false if one is missing. */
int readmem(ulonglong pa, int type, void *buf, long size, char *what, ulong flags)
{
	Elf64_Ehdr h;
	Elf64_Phdr p;
	char *to = buf;
	int i;

	(void)what;
	if (type != PHYSADDR || flags != (RETURN_ON_ERROR | QUIET) ||
	    pread(dump, &h, sizeof(h), 0) != sizeof(h))
		abort();
	while (size) {
		long n = 4096 - (long)(pa % 4096);

		n = n < size ? n : size;
		for (i = 0; i < h.e_phnum; i++) {
			if (pread(dump, &p, sizeof(p), (off_t)(h.e_phoff + i * sizeof(p))) != sizeof(p))
				abort();
			if (p.p_type == PT_LOAD && pa >= p.p_paddr && pa + n <= p.p_paddr + p.p_filesz)
				break;
		}
		if (i == h.e_phnum || pread(dump, to, n, (off_t)(p.p_offset + (pa - p.p_paddr))) != n)
			return FALSE;
		to += n;
		pa += n;
		size -= n;
	}
	return TRUE;
}

int symbol_exists(char *name)
{
	const char *value = getenv("MAX_PFN");

	return !strcmp(name, "max_pfn") && value && *value;
}

int try_get_symbol_data(char *name, long size, void *buf)
{
	ulong value = strtoul(getenv("MAX_PFN"), NULL, 0);

	(void)name;
	memcpy(buf, &value, size);
	return TRUE;
}

void cmd_usage(char *name, int how)
{
	(void)name;
	(void)how;
	fprintf(fp, "Usage: %s %s\n", args[0], extension->help_data[2]);
	exit(1);
}

int decimal(char *s, int count)
{
	(void)count;
	return *s && strspn(s, "0123456789") == strlen(s);
}

static ulong convert_number(char *s, int base)
{
	char *end;
	ulong value = strtoul(s, &end, base);

	if (*end || end == s) {
		fprintf(fp, "invalid input: \"%s\"\n", s);
		exit(1);
	}
	return value;
}

ulonglong htoll(char *s, int flags, int *error)
{
	(void)flags;
	(void)error;
	return convert_number(s, 16);
}

ulong stol(char *s, int flags, int *error)
{
	(void)flags;
	(void)error;
	return convert_number(s, 10);
}

int main(int argc, char **argv)
{
	struct command_table_entry *e;
	void *so;

	if (argc < 4)
		return 2;
	fp = stdout;
	table.is_kvaddr = fake_is_kvaddr;
	if (!strcmp(argv[2], "live"))
		context.flags = LIVE_SYSTEM;
	else
		dump = open(argv[2], O_RDONLY);
	build_version = getenv("VERSION") ?: CRASH_VERSION;
	so = dlopen(argv[1], RTLD_NOW);
	if (!so) {
		fprintf(stderr, "%s\n", dlerror());
		return 2;
	}
	if (!extension)
		return 3;
	for (e = extension; e->name && strcmp(e->name, argv[3]); e++)
		;
	if (!e->name)
		return 2;
	for (argcnt = 0; argcnt < argc - 3; argcnt++)
		args[argcnt] = argv[3 + argcnt];
	extension = e;
	if (argcnt == 2 && !strcmp(args[1], "--help")) {
		for (char **line = e->help_data; *line; line++)
			puts(*line);
	} else {
		optind = 0;
		opterr = 0;
		e->func();
	}
	dlclose(so);
	return 0;
}
