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
	u32 stage;	/* of a test that goes on after a reset */
	u32 nr_failed;	/* checks that failed before it */
};

static volatile struct progress *const progress = (void *)0x7000;
extern const struct test tests_start[], tests_end[];
static u32 nr_failed_checks;
u32 test_stage;

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

/**
 * stage_next - this test is to go on after the reset that is about to come
 *
 * It is called again, with test_stage 1 and not 0.
 */
void stage_next(void)
{
	progress->stage = test_stage + 1;
	progress->next--;
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
		progress->stage = 0;
		progress->nr_failed = 0;
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
	test_stage = progress->stage;
	progress->stage = 0;
	psp_init();
	if (str_compare(suite, "none"))
		control_init(!test_stage);
	nr_failed_checks = progress->nr_failed;
	progress->nr_failed = 0;
	test->run();
	if (progress->stage) {
		progress->nr_failed = nr_failed_checks;
		machine_reset();
	}
	print("%s %u - %s: %s [%s]\n", nr_failed_checks ? "not ok" : "ok",
	      progress->number, suite, test->name, test->source);
	progress->number++;
	machine_reset();
}
