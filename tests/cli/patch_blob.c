// SPDX-License-Identifier: GPL-2.0-only
/*
 * patch_blob BLOB OFFSET=HEX...: change bytes of a blob and make its checksums right
 * again; the result goes to stdout. What is wrong with it then is what was meant.
 */
#include <stdio.h>
#include <stdlib.h>

#include <rmp_persist/rmp_persist.h>

static u8 data[1 << 16] __attribute__((aligned(8)));

int main(int argc, char **argv)
{
	struct rmpp_header_ser *h = (struct rmpp_header_ser *)data;
	struct rmpp_section_ser *s = (struct rmpp_section_ser *)(h + 1);
	FILE *f = argc > 1 ? fopen(argv[1], "rb") : NULL;
	size_t size = f ? fread(data, 1, sizeof(data), f) : 0;
	char *end;
	u32 nr, i;

	if (size < sizeof(*h))
		return 2;
	fclose(f);
	for (i = 2; i < (u32)argc; i++) {
		u64 at = strtoull(argv[i], &end, 0);

		for (end++; end[0] && end[1]; end += 2) {
			char byte[3] = { end[0], end[1], '\0' };

			data[at++ % sizeof(data)] = (u8)strtoul(byte, NULL, 16);
		}
	}
	nr = le32_to_cpu(h->nr_sections);
	for (i = 0; i < nr; i++, s++)
		if (le64_to_cpu(s->offset) + le64_to_cpu(s->size) <= size)
			s->crc = cpu_to_le32(rmpp_crc32c(0, data + le64_to_cpu(s->offset),
							 le64_to_cpu(s->size)));
	h->header_crc = 0;
	h->header_crc = cpu_to_le32(rmpp_crc32c(0, h, sizeof(*h) + nr * sizeof(*s)));
	return fwrite(data, 1, size, stdout) != size;
}
