// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs one suite. The machine is reset between tests, so that each finds it as
 * it starts; what has to survive that stands at a fixed place in RAM.
 */
#include "payload.h"

#define COM1		0x3f8
#define EXIT_PORT	0x501
#define RESET_PORT	0xcf9
#define MAGIC		0x74736574706e73ULL

struct progress {
	u64 magic;
	u32 next;	/* index in the table */
	u32 number;	/* of the next TAP line */
};

static volatile struct progress *const progress = (void *)0x7000;
extern const struct test tests_start[], tests_end[];
static u32 nr_failed_checks;

void check(bool ok, const char *what, const char *file, int line, u64 a, u64 b)
{
	if (ok)
		return;
	nr_failed_checks++;
	print("# %s:%d: failed: %s", file, (u32)line, what);
	if (a != b)
		print(" (0x%lx, 0x%lx)", a, b);
	print("\n");
}

static void machine_exit(void)
{
	progress->magic = 0;
	outb(EXIT_PORT, 0);
	for (;;)
		asm volatile("hlt");
}

static void machine_reset(void)
{
	outb(RESET_PORT, 6);
	for (;;)
		asm volatile("hlt");
}

void main(void);
void main(void)
{
	u32 nr = tests_end - tests_start, in_suite = 0;
	const struct test *test;
	char suite[32];

	serial_init(COM1);
	config_read("opt/suite", suite, sizeof(suite));
	cpu_init();
	if (progress->magic != MAGIC) {
		progress->magic = MAGIC;
		progress->next = 0;
		progress->number = 1;
		for (u32 i = 0; i < nr; i++)
			in_suite += !str_compare(tests_start[i].suite, suite);
		print("1..%u\n", in_suite);
	}
	while (progress->next < nr &&
	       str_compare(tests_start[progress->next].suite, suite))
		progress->next++;
	if (progress->next == nr)
		machine_exit();

	test = &tests_start[progress->next++];
	psp_init();
	if (str_compare(suite, "none"))
		control_init();
	test->run();
	print("%s %u - %s: %s [%s]\n", nr_failed_checks ? "not ok" : "ok",
	      progress->number, suite, test->name, test->source);
	progress->number++;
	machine_reset();
}
