// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inputs of the tests of snp-kexec, on standard output:
 *
 *	make-input kernel [RELEASE [SETUP_TYPE_MAX]]
 *	make-input module KEY=VALUE...
 *	make-input blob GUESTS ASSIGNED SNP_EN INCOMPAT
 *	make-input piece SKIP <FILE	size and CRC32C of FILE from byte SKIP on, as in crash_image
 */
#include <stdio.h>
#include <stdlib.h>

#include <rmp_persist/rmp_persist.h>

#include "../unit/kexec_fixture.h"
#include "../unit/module_fixture.h"

#define RELEASE_AT	0x500	/* where fixture_bzimage() puts it */

static int put(const void *data, size_t size)
{
	return fwrite(data, 1, size, stdout) != size;
}

static int make_kernel(int argc, char **argv)
{
	static uint8_t file[FIXTURE_FILE_SIZE];

	fixture_bzimage(file);
	if (argc > 0)
		snprintf((char *)file + RELEASE_AT, 64, "%s (somebody)", argv[0]);
	if (argc > 1)
		fixture_kernel_info(file)[3] = (uint32_t)strtoul(argv[1], NULL, 0);
	return put(file, sizeof(file));
}

static int make_module(int argc, char **argv)
{
	static uint8_t file[MODULE_FIXTURE_SIZE];
	char info[1024];
	size_t size = 0;

	for (; argc; argc--, argv++)
		size += (size_t)snprintf(info + size, sizeof(info) - size, "%s", *argv) + 1;
	return put(file, module_fixture(file, info, size));
}

static void add_guests(struct rmpp_writer *w, unsigned long nr)
{
	struct rmpp_guest_ser g = { .kind = RMPP_GUEST_SNP, .fw_state = 0xff };

	rmpp_writer_begin(w, RMPP_SECTION_GUESTS, 0, sizeof(g));
	for (; nr; nr--) {
		g.gctx_pa = cpu_to_le64(nr << RMPP_PAGE_SHIFT);
		rmpp_writer_entry(w, &g);
	}
	rmpp_writer_end(w);
}

static int make_blob(char **argv)
{
	static u8 buf[8192] __attribute__((aligned(8)));
	unsigned long assigned = strtoul(argv[1], NULL, 0);
	struct rmpp_platform_ser p = {
		.nr_assigned = cpu_to_le64(assigned),
		.flags = cpu_to_le32(argv[2][0] == '1' ? RMPP_PLATFORM_SNP_EN : 0),
	};
	struct rmpp_run_ser run = {
		.pfn = cpu_to_le64(0x1000), .nr_pages = cpu_to_le32((u32)assigned),
		.state = RMPP_PAGE_GUEST_VALID, .asid = cpu_to_le16(5),
	};
	struct rmpp_writer w;
	s64 size;

	rmpp_writer_init(&w, buf, sizeof(buf), RMPP_SECTION_MAX);
	rmpp_writer_begin(&w, RMPP_SECTION_PLATFORM, 0, sizeof(p));
	rmpp_writer_entry(&w, &p);
	rmpp_writer_end(&w);
	rmpp_writer_begin(&w, RMPP_SECTION_RMP_RUNS, 0, sizeof(run));
	if (assigned)
		rmpp_writer_entry(&w, &run);
	rmpp_writer_end(&w);
	add_guests(&w, strtoul(argv[0], NULL, 0));
	rmpp_writer_require(&w, strtoull(argv[3], NULL, 0));
	size = rmpp_writer_finish(&w, 1, 1, "a test");
	return size < 0 || put(buf, (size_t)size);
}

static int print_piece(const char *skip)
{
	static char buf[65536];
	u64 size = 0;
	u32 crc = 0;
	size_t n;

	if (fread(buf, 1, strtoul(skip, NULL, 0), stdin) != strtoul(skip, NULL, 0))
		return 1;
	while ((n = fread(buf, 1, sizeof(buf), stdin))) {
		crc = rmpp_crc32c(crc, buf, n);
		size += n;
	}
	printf("%llu %#x\n", (unsigned long long)size, crc);
	return ferror(stdin);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "kernel"))
		return make_kernel(argc - 2, argv + 2);
	if (argc > 1 && !strcmp(argv[1], "module"))
		return make_module(argc - 2, argv + 2);
	if (argc == 6 && !strcmp(argv[1], "blob"))
		return make_blob(argv + 2);
	if (argc == 3 && !strcmp(argv[1], "piece"))
		return print_piece(argv[2]);
	fputs("usage: make-input kernel [RELEASE [SETUP_TYPE_MAX]] | module KEY=VALUE... | blob GUESTS ASSIGNED SNP_EN INCOMPAT | piece SKIP\n",
	      stderr);
	return 2;
}
