/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of rmp-persist share: a sample blob, random numbers, entries. */
#ifndef RMPP_FIXTURE_H
#define RMPP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <rmp_persist/rmp_persist.h>

#define ARRAY_LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* Bits of a raw entry, written down here a second time on purpose. */
#define E_ASSIGNED	0x0000000000000001ULL
#define E_2M		0x0000000000000002ULL
#define E_IMMUTABLE	0x0000000000000004ULL
#define E_GPA(page)	((u64)(page) << 12)
#define E_ASID(n)	((u64)(n) << 51)
#define E_VMSA		0x2000000000000000ULL
#define E_VALIDATED	0x4000000000000000ULL
#define E_GUEST(n)	(E_ASSIGNED | E_VALIDATED | E_ASID(n))
#define E_FIRMWARE	(E_ASSIGNED | E_IMMUTABLE)

static inline void put_entry(struct rmpp_raw_entry *e, u64 lo)
{
	e->lo = cpu_to_le64(lo);
	e->hi = cpu_to_le64(0xdeadbeefcafef00dULL);
}

/* splitmix64: the same numbers on every machine */
static inline u64 rnd(u64 *state, u64 bound)
{
	u64 z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (z ^ (z >> 31)) % bound;
}

/* A sound blob with every section, in a buffer with room behind it. */
struct sample {
	u8 data[4096] __attribute__((aligned(8)));
	u64 size;
};

void sample_make(struct sample *s);
/* ... with those of policy "preserve", and with records of VMMs, whose bytes are: */
void sample_make_preserved(struct sample *s);
extern const char sample_record[2][17];
struct rmpp_header_ser *sample_header(struct sample *s);
struct rmpp_section_ser *sample_section(struct sample *s, u32 type);
/* Entry i of a section, to be spoiled. */
void *sample_entry(struct sample *s, u32 type, u32 i);
/* Make all checksums right again, so that only the spoiled field is wrong. */
void sample_seal(struct sample *s);

/* A released blob, which must have this size; data: room for a byte more, to tell. */
void golden_load(const char *path, u8 *data, u64 size);

#endif /* RMPP_FIXTURE_H */
