// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../kexec/cmdline.h"

#define REGION	0x8000000
#define OURS	"ccp_ext.handover=0x8000000"
#define NO_TABLE	"initrdmem=0,1"

static void makes_for(bool efi, const char *in, const char *expected)
{
	char out[2048];

	assert_int_equal(cmdline_make(out, sizeof(out) - 1, in, REGION, efi),
			 strlen(expected));
	assert_string_equal(out, expected);
}

static void makes(const char *in, const char *expected)
{
	makes_for(false, in, expected);
}

static void appends_the_address(void **state)
{
	(void)state;
	makes("root=/dev/sda1 ro quiet", "root=/dev/sda1 ro quiet " OURS);
	makes("", OURS);
	makes(" \t\n", OURS);
}

static void reduces_white_space_outside_quotes(void **state)
{
	(void)state;
	makes("  a\t\tb\n", "a b " OURS);
	makes("x=\"1  2\"   y", "x=\"1  2\" y " OURS);
}

static void replaces_an_older_address(void **state)
{
	(void)state;
	makes("a ccp_ext.handover=0x1 b", "a b " OURS);
	makes("ccp_ext.handover=0x1", OURS);
	makes("ccp-ext.handover=0x1 a ccp_ext.handover=0x2", "a " OURS);
	makes("\"ccp_ext.handover=0x1\" a", "a " OURS);
	makes("a -- b ccp_ext.handover=0x1", "a " OURS " -- b");
}

static void drops_what_told_this_kernel_to_leave_the_iommus_alone(void **state)
{
	(void)state;
	makes("ccp_ext.parked=1 amd_iommu=off quiet", "quiet " OURS);
	makes("ccp_ext.parked=1", OURS);
	/* what somebody asked for stays */
	makes("amd_iommu=off quiet", "amd_iommu=off quiet " OURS);
	makes("ccp_ext.parked=1 amd_iommu=off amd_iommu=off", "amd_iommu=off " OURS);
	makes("ccp_ext.parked=1 amd_iommu=on", "amd_iommu=on " OURS);
	makes("ccp_ext.parked=1 -- amd_iommu=off", OURS " -- amd_iommu=off");
	makes("-- ccp_ext.parked=1 amd_iommu=off", OURS " -- ccp_ext.parked=1 amd_iommu=off");
}

static void keeps_words_that_only_look_alike(void **state)
{
	(void)state;
	makes("xccp_ext.handover=1 ccp_ext.handovers=2 ccp_ext.zone_mb=256",
	      "xccp_ext.handover=1 ccp_ext.handovers=2 ccp_ext.zone_mb=256 " OURS);
	makes("x=\"a ccp_ext.handover=0x1\"",
	      "x=\"a ccp_ext.handover=0x1\" " OURS);
}

static void drops_the_name_of_another_file(void **state)
{
	(void)state;
	makes("BOOT_IMAGE=/vmlinuz-6.1 ro", "ro " OURS);
}

static void stands_ahead_of_the_words_for_init(void **state)
{
	(void)state;
	makes("a -- b", "a " OURS " -- b");
	makes("-- b -- c BOOT_IMAGE=x", OURS " -- b -- c BOOT_IMAGE=x");
	makes("a --b \"--\" c", "a --b \"--\" c " OURS);
}

static void keeps_the_next_kernel_from_efis_table_of_an_initrd(void **state)
{
	(void)state;
	makes_for(true, "", NO_TABLE " " OURS);
	makes_for(true, "a -- b", "a " NO_TABLE " " OURS " -- b");
	makes_for(true, "a initrd=initrd", "a initrd=initrd " NO_TABLE " " OURS);
	/* so much for a hop after the other */
	makes_for(true, NO_TABLE " ccp_ext.handover=0x1 a", NO_TABLE " a " OURS);
	/* what somebody asked for stays; behind "--" nobody asked the kernel */
	makes_for(true, "initrdmem=16M,1M a", "initrdmem=16M,1M a " OURS);
	makes_for(true, "xinitrdmem=1,1", "xinitrdmem=1,1 " NO_TABLE " " OURS);
	makes_for(true, "a -- initrdmem=1,1", "a " NO_TABLE " " OURS " -- initrdmem=1,1");
	makes_for(false, "initrdmem=1,1 a", "initrdmem=1,1 a " OURS);
}

static void refuses_an_open_quote(void **state)
{
	char out[2048];

	(void)state;
	assert_int_equal(cmdline_make(out, sizeof(out) - 1, "a b=\"c d", REGION, false),
			 CMDLINE_ERR_QUOTE);
}

static void is_bounded_to_the_byte_for(bool efi, size_t added)
{
	char in[4096], *out;
	size_t max, room;

	for (max = 0; max < 200; max++) {
		/* Of just that size, so that a sanitizer sees overruns. */
		out = malloc(max + 1);
		for (room = 1; room < 200; room++) {
			int length;

			memset(in, 'x', room);
			in[room] = '\0';
			length = cmdline_make(out, max, in, REGION, efi);
			if (room + 1 + added <= max)
				assert_int_equal(length, room + 1 + added);
			else
				assert_int_equal(length, CMDLINE_ERR_TOO_LONG);
		}
		free(out);
	}
}

static void is_bounded_to_the_byte(void **state)
{
	(void)state;
	is_bounded_to_the_byte_for(false, strlen(OURS));
	is_bounded_to_the_byte_for(true, strlen(NO_TABLE " " OURS));
}

static void making_it_again_changes_nothing(void **state)
{
	static const char alphabet[] = "ab-_= \"\t";
	char in[64], once[256], twice[256];
	int i, round, length;

	(void)state;
	srand(3);
	for (round = 0; round < 200000; round++) {
		for (i = 0; i < (int)sizeof(in) - 1; i++)
			in[i] = alphabet[rand() % (sizeof(alphabet) - 1)];
		in[i] = '\0';
		length = cmdline_make(once, sizeof(once) - 1, in, REGION, round & 1);
		if (length == CMDLINE_ERR_QUOTE)
			continue;
		assert_true(length > 0);
		assert_int_equal(cmdline_make(twice, sizeof(twice) - 1, once,
					      REGION, round & 1), length);
		assert_string_equal(once, twice);
	}
}

static void finds(const char *in, const char *expected)
{
	const char *value = NULL;
	int length = cmdline_find(in, "ccp_ext.kdump_hop=", &value);

	if (!expected) {
		assert_int_equal(length, -1);
		assert_null(value);
		return;
	}
	assert_int_equal(length, strlen(expected));
	assert_memory_equal(value, expected, strlen(expected));
}

static void finds_the_last_value_of_a_parameter(void **state)
{
	(void)state;
	finds("a ccp_ext.kdump_hop=1 b", "1");
	finds("ccp_ext.kdump_hop=1 ccp-ext.kdump-hop=2", "2");
	finds("ccp_ext.kdump_hop=", "");
	finds("\"ccp_ext.kdump_hop=3\"", "3");
	finds("x=\"ccp_ext.kdump_hop=1\" y", NULL);
	finds("xccp_ext.kdump_hop=1", NULL);
	finds("", NULL);
}

static void finds_nothing_that_only_init_gets(void **state)
{
	(void)state;
	finds("a -- ccp_ext.kdump_hop=1", NULL);
	finds("ccp_ext.kdump_hop=1 -- ccp_ext.kdump_hop=2", "1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends_the_address),
		cmocka_unit_test(reduces_white_space_outside_quotes),
		cmocka_unit_test(replaces_an_older_address),
		cmocka_unit_test(drops_what_told_this_kernel_to_leave_the_iommus_alone),
		cmocka_unit_test(keeps_words_that_only_look_alike),
		cmocka_unit_test(drops_the_name_of_another_file),
		cmocka_unit_test(stands_ahead_of_the_words_for_init),
		cmocka_unit_test(keeps_the_next_kernel_from_efis_table_of_an_initrd),
		cmocka_unit_test(refuses_an_open_quote),
		cmocka_unit_test(is_bounded_to_the_byte),
		cmocka_unit_test(making_it_again_changes_nothing),
		cmocka_unit_test(finds_the_last_value_of_a_parameter),
		cmocka_unit_test(finds_nothing_that_only_init_gets),
	};

	return cmocka_run_group_tests_name("cmdline", tests, NULL, NULL);
}
