// SPDX-License-Identifier: GPL-2.0-only
/*
 * corepages - which memory a process has, and what a crash dump shows of it
 *
 * corepages --of PID MIB   print the physical pages of the process's writable mappings of MIB mebibytes, as
 *                          lines "PFN COUNT" in hexadecimal
 * corepages FILE           read such lines; print how many of these pages the ELF core FILE has as zeros, how many
 *                          with content, and how many not at all
 */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static int is_zero(const unsigned char *page)
{
	return !page[0] && !memcmp(page, page + 1, PAGE - 1);
}

static int look(const char *path)
{
	static Elf64_Phdr phdr[PHDRS_MAX];
	unsigned long zeros = 0, content = 0, missing = 0;
	unsigned long long pfn, nr;
	unsigned char page[PAGE];
	int fd = open(path, O_RDONLY), i;
	Elf64_Ehdr ehdr;

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
			if (pread(fd, page, PAGE, phdr[i].p_offset + pfn * PAGE - phdr[i].p_paddr) != (ssize_t)PAGE)
				die("read");
			if (is_zero(page))
				zeros++;
			else
				content++;
		}
	}
	printf("zero %lu content %lu missing %lu\n", zeros, content, missing);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "--of"))
		return pages_of(argv[2], strtoul(argv[3], NULL, 10));
	if (argc == 2)
		return look(argv[1]);
	fputs("usage: corepages --of PID MIB | corepages FILE\n", stderr);
	return 2;
}
