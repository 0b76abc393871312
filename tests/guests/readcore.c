// SPDX-License-Identifier: GPL-2.0-only
/*
 * readcore - read /proc/vmcore by mmap, as dump tools do that have it
 *
 * readcore FILE          map it piece by piece, print how many pages there were and how many were zero; fails if
 *                        read gives another content for one
 * readcore --hold FILE   map all of it, piece by piece, and close it, say "ready"; at SIGUSR1 touch each page; print how
 *                        many could be read, how many gave SIGBUS, and how many were not mapped: a kernel refuses
 *                        pieces of which the pages are not of one memory type (arch/x86/mm/pat/memtype.c)
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE	(4UL << 20)	/* makedumpfile's */
#define PAGE	4096UL

static sigjmp_buf gone;
static volatile unsigned char sink;

static void on_bus_error(int signal)
{
	(void)signal;
	siglongjmp(gone, 1);
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int is_zero(const unsigned char *page)
{
	return !page[0] && !memcmp(page, page + 1, PAGE - 1);
}

static size_t piece_at(size_t at, size_t size)
{
	return size - at < PIECE ? size - at : PIECE;
}

/* Old memory is at rest, but for what a device still writes, like an IOMMU's log: that is asked for once more. */
static int is_as_read(int fd, const unsigned char *map, unsigned char *copy, size_t at, size_t n)
{
	for (int tries = 0; tries < 2; tries++) {
		if (pread(fd, copy, n, at) != (ssize_t)n)
			die("readcore: read");
		if (!memcmp(map, copy, n))
			return 1;
	}
	return 0;
}

static void print_differences(const unsigned char *map, const unsigned char *copy, size_t at, size_t n)
{
	for (size_t i = 0; i < n; i += PAGE)
		if (memcmp(map + i, copy + i, PAGE))
			printf("page at %#zx: mapped %s, read %s\n", at + i, is_zero(map + i) ? "zeros" : "content",
			       is_zero(copy + i) ? "zeros" : "content");
}

static int read_pieces(int fd, size_t size)
{
	unsigned long pages = 0, zeros = 0, pieces = 0;
	unsigned char *copy = malloc(PIECE);

	if (!copy)
		die("readcore");
	for (size_t at = 0; at < size; at += PIECE) {
		size_t n = piece_at(at, size);
		unsigned char *map = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, at);

		if (map == MAP_FAILED)
			die("readcore: mmap");
		for (size_t i = 0; i + PAGE <= n; i += PAGE, pages++)
			zeros += is_zero(map + i);
		if (!is_as_read(fd, map, copy, at, n)) {
			print_differences(map, copy, at, n);
			pieces++;
		}
		munmap(map, n);
	}
	printf("pages %lu zero %lu, pieces not as read %lu\n", pages, zeros, pieces);
	return !!pieces;
}

static void touch(const unsigned char *map, size_t size, unsigned long *good, unsigned long *bad)
{
	for (volatile size_t i = 0; i < size; i += PAGE) {
		if (sigsetjmp(gone, 1)) {
			++*bad;
			continue;
		}
		sink = map[i];
		++*good;
	}
}

static int hold(int fd, size_t size)
{
	unsigned char **maps = calloc(size / PIECE + 1, sizeof(*maps));
	unsigned long good = 0, bad = 0, unmapped = 0;
	sigset_t set;
	int got;

	if (!maps)
		die("readcore");
	for (size_t at = 0; at < size; at += PIECE) {
		maps[at / PIECE] = mmap(NULL, piece_at(at, size), PROT_READ, MAP_PRIVATE, fd, at);
		if (maps[at / PIECE] == MAP_FAILED)
			unmapped += piece_at(at, size) / PAGE;
	}
	close(fd);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGBUS, on_bus_error);
	puts("ready");
	fflush(stdout);
	sigwait(&set, &got);
	for (size_t at = 0; at < size; at += PIECE)
		if (maps[at / PIECE] != MAP_FAILED)
			touch(maps[at / PIECE], piece_at(at, size), &good, &bad);
	printf("read %lu sigbus %lu unmapped %lu\n", good, bad, unmapped);
	return 0;
}

int main(int argc, char **argv)
{
	int held = argc == 3 && !strcmp(argv[1], "--hold"), fd;
	struct stat st;

	if (argc != 2 + held) {
		fputs("usage: readcore [--hold] FILE\n", stderr);
		return 2;
	}
	fd = open(argv[argc - 1], O_RDONLY);
	if (fd < 0 || fstat(fd, &st))
		die(argv[argc - 1]);
	return held ? hold(fd, st.st_size & ~(PAGE - 1)) : read_pieces(fd, st.st_size & ~(PAGE - 1));
}
