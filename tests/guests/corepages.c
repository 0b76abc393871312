// SPDX-License-Identifier: GPL-2.0-only
/*
 * corepages - which memory a process has, and what a crash dump shows of it
 *
 * corepages --of PID MIB   print the physical pages of the process's writable mappings of MIB mebibytes, as
 *                          lines "PFN COUNT" in hexadecimal
 * corepages --rmp BASE END print the pages that an RMP of one table, of Zen 3's entries, gives to guests, likewise
 * corepages FILE           read such lines; print how many of these pages the ELF core FILE has as zeros, read and
 *                          mapped, how many with content (and of those, how many with nothing but ones), and how
 *                          many not at all
 */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE		4096UL
#define PHDRS_MAX	256
/* Linux Documentation/admin-guide/mm/pagemap.rst */
#define PAGEMAP_PRESENT	(1ULL << 63)
#define PAGEMAP_PFN	((1ULL << 55) - 1)

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void print_run(uint64_t pfn, uint64_t nr)
{
	if (nr)
		printf("%llx %llx\n", (unsigned long long)pfn, (unsigned long long)nr);
}

static void pages_of_mapping(int pagemap, unsigned long start, unsigned long end)
{
	uint64_t pfn = 0, nr = 0, entry;

	for (unsigned long at = start; at < end; at += PAGE) {
		if (pread(pagemap, &entry, sizeof(entry), at / PAGE * sizeof(entry)) != sizeof(entry))
			die("pagemap");
		if (!(entry & PAGEMAP_PRESENT))
			continue;
		if (nr && (entry & PAGEMAP_PFN) == pfn + nr) {
			nr++;
			continue;
		}
		print_run(pfn, nr);
		pfn = entry & PAGEMAP_PFN;
		nr = 1;
	}
	print_run(pfn, nr);
}

static int pages_of(const char *pid, unsigned long mib)
{
	char path[64], line[512], mode[8];
	unsigned long start, end;
	FILE *maps;
	int pagemap;

	snprintf(path, sizeof(path), "/proc/%.16s/pagemap", pid);
	pagemap = open(path, O_RDONLY);
	snprintf(path, sizeof(path), "/proc/%.16s/maps", pid);
	maps = fopen(path, "r");
	if (pagemap < 0 || !maps)
		die(path);
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %7s", &start, &end, mode) == 3 && mode[1] == 'w' && end - start == mib << 20)
			pages_of_mapping(pagemap, start, end);
	return 0;
}

/* AMD APM vol. 2, 15.36.3, and the processor reference of family 19h for the bits */
#define RMP_ENTRIES	0x4000UL
#define RMP_ASSIGNED	1ULL
#define RMP_2M		2ULL
#define RMP_ASID(lo)	(((lo) >> 51) & 0x3ff)
#define BLOCK		512

/*
 * The entry of a block's first page holds for all of it when it is a large one. Mapped, since read(2) goes no farther than
 * the kernel's own memory, of which a crash kernel has little (valid_phys_addr_range()).
 */
static int pages_by_rmp(uint64_t base, uint64_t end)
{
	uint64_t nr_pages = (end + 1 - base - RMP_ENTRIES) / 16, start = 0, lo, head;
	int fd = open("/dev/mem", O_RDONLY), guests, before = 0;
	const volatile uint64_t *table;

	if (fd < 0)
		die("/dev/mem");
	table = mmap(NULL, nr_pages * 16, PROT_READ, MAP_SHARED, fd, base + RMP_ENTRIES);
	if (table == MAP_FAILED)
		die("/dev/mem: mmap");
	for (uint64_t pfn = 0; pfn < nr_pages; pfn++) {
		head = table[pfn / BLOCK * BLOCK * 2];
		lo = (head & (RMP_ASSIGNED | RMP_2M)) == (RMP_ASSIGNED | RMP_2M) ? head : table[pfn * 2];
		guests = (lo & RMP_ASSIGNED) && RMP_ASID(lo);
		if (guests && !before)
			start = pfn;
		if (!guests && before)
			print_run(start, pfn - start);
		before = guests;
	}
	if (before)
		print_run(start, nr_pages - start);
	return 0;
}

static int is_all(const unsigned char *page, unsigned char byte)
{
	return page[0] == byte && !memcmp(page, page + 1, PAGE - 1);
}

static const unsigned char *map_page(int fd, off_t at)
{
	const unsigned char *page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, at);

	if (page == MAP_FAILED)
		die("mmap");
	return page;
}

static int look(const char *path)
{
	static Elf64_Phdr phdr[PHDRS_MAX];
	unsigned long zeros = 0, content = 0, missing = 0, ones = 0;
	const unsigned char *mapped;
	unsigned long long pfn, nr;
	unsigned char page[PAGE];
	int fd = open(path, O_RDONLY), i;
	Elf64_Ehdr ehdr;
	off_t at;

	if (fd < 0 || read(fd, &ehdr, sizeof(ehdr)) != sizeof(ehdr) || memcmp(ehdr.e_ident, ELFMAG, SELFMAG) ||
	    ehdr.e_phnum > PHDRS_MAX ||
	    pread(fd, phdr, ehdr.e_phnum * sizeof(*phdr), ehdr.e_phoff) != (ssize_t)(ehdr.e_phnum * sizeof(*phdr)))
		die(path);
	while (scanf("%llx %llx", &pfn, &nr) == 2) {
		for (; nr; pfn++, nr--) {
			for (i = 0; i < ehdr.e_phnum; i++)
				if (phdr[i].p_type == PT_LOAD && pfn * PAGE >= phdr[i].p_paddr &&
				    pfn * PAGE + PAGE <= phdr[i].p_paddr + phdr[i].p_filesz)
					break;
			if (i == ehdr.e_phnum) {
				missing++;
				continue;
			}
			at = phdr[i].p_offset + pfn * PAGE - phdr[i].p_paddr;
			if (pread(fd, page, PAGE, at) != (ssize_t)PAGE)
				die("read");
			mapped = map_page(fd, at);
			if (is_all(page, 0) && is_all(mapped, 0)) {
				zeros++;
			} else {
				content++;
				ones += is_all(page, 0xff) && is_all(mapped, 0xff);
			}
			munmap((void *)mapped, PAGE);
		}
	}
	printf("zero %lu content %lu missing %lu ones %lu\n", zeros, content, missing, ones);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "--of"))
		return pages_of(argv[2], strtoul(argv[3], NULL, 10));
	if (argc == 4 && !strcmp(argv[1], "--rmp"))
		return pages_by_rmp(strtoull(argv[2], NULL, 0), strtoull(argv[3], NULL, 0));
	if (argc == 2)
		return look(argv[1]);
	fputs("usage: corepages --of PID MIB | corepages --rmp BASE END | corepages FILE\n", stderr);
	return 2;
}
