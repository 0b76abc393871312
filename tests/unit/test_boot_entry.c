// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../kexec/boot_entry.h"

#define ENTRY(title, id, kernel) \
	"menuentry '" title "' --class debian $menuentry_id_option '" id "' {\n" \
	"\tload_video\n" \
	"\tif [ x$feature_platform_search_hint = xy ]; then\n\t  search --hint-bios=hd0 X\n\tfi\n" \
	"\techo\t'Loading " kernel " ...'\n" \
	"\tlinux\t/boot/vmlinuz-" kernel " root=/dev/vda ro  quiet\n" \
	"\techo\t'Loading initial ramdisk ...'\n" \
	"\tinitrd\t/boot/initrd.img-" kernel "\n" \
	"}\n"
#define MENU \
	"function gfxmode {\n\tset gfxpayload=\"${1}\"\n}\n" \
	ENTRY("Debian", "simple", "7") \
	"submenu 'Advanced options' $menuentry_id_option 'advanced' {\n" \
	ENTRY("Debian, with Linux 7", "adv-7", "7") \
	ENTRY("Debian, with Linux 6", "adv-6", "6") \
	"}\n" \
	ENTRY("Memory test", "memtest", "mem")
#define ONCE "if [ \"${next_entry}\" ] ; then\n   set default=\"${next_entry}\"\n   set next_entry=\nelse\n   set default=\"%s\"\nfi\n"
#define ENV "# GRUB Environment Block\n"

static int grub(struct boot_entry *e, const char *set, const char *env)
{
	char cfg[8192];

	snprintf(cfg, sizeof(cfg), ONCE MENU, set);
	return boot_entry_from_grub(e, cfg, env);
}

static void is(const char *set, const char *env, const char *kernel)
{
	struct boot_entry e;

	assert_int_equal(grub(&e, set, env), 0);
	assert_string_equal(strrchr(e.kernel, '-') + 1, kernel);
	assert_string_equal(strrchr(e.initrd, '-') + 1, kernel);
	assert_string_equal(e.append, "root=/dev/vda ro  quiet");
}

static void takes_an_entry_by_its_number(void **state)
{
	(void)state;
	is("0", NULL, "7");
	is("2", NULL, "mem");
	is("1>1", NULL, "6");
}

static void takes_an_entry_by_its_title_or_id(void **state)
{
	(void)state;
	is("Memory test", NULL, "mem");
	is("advanced>adv-6", NULL, "6");
	is("Advanced options>Debian, with Linux 6", NULL, "6");
}

static void a_menu_means_its_first_entry(void **state)
{
	(void)state;
	is("1", NULL, "7");
}

static void takes_what_was_saved(void **state)
{
	(void)state;
	is("${saved_entry}", ENV "saved_entry=memtest\n", "mem");
	is("${saved_entry}", NULL, "7");
	is("0", ENV "saved_entry=memtest\n", "7");
}

static void what_is_chosen_for_once_goes_first(void **state)
{
	(void)state;
	is("0", ENV "saved_entry=simple\nnext_entry=memtest\n", "mem");
	is("2", ENV "next_entry=\n", "mem");
}

static void refuses_what_is_not_there(void **state)
{
	struct boot_entry e;

	(void)state;
	assert_int_equal(grub(&e, "3", NULL), BOOT_ENTRY_NO_DEFAULT);
	assert_int_equal(grub(&e, "adv-6", NULL), BOOT_ENTRY_NO_DEFAULT);
	assert_int_equal(grub(&e, "1>9", NULL), BOOT_ENTRY_NO_DEFAULT);
	assert_int_equal(boot_entry_from_grub(&e, "", NULL), BOOT_ENTRY_NO_DEFAULT);
}

static void refuses(const char *lines, int err)
{
	struct boot_entry e;
	char cfg[32768];

	snprintf(cfg, sizeof(cfg), "menuentry 'x' {\n%s}\n", lines);
	assert_int_equal(boot_entry_from_grub(&e, cfg, NULL), err);
}

static void refuses_what_only_grub_can_resolve(void **state)
{
	char longer[9000];

	(void)state;
	refuses("echo 'nothing'\n", BOOT_ENTRY_NO_KERNEL);
	refuses("chainloader +1\n", BOOT_ENTRY_NO_KERNEL);
	refuses("linux /vmlinuz $extra\n", BOOT_ENTRY_VARIABLE);
	refuses("linux /vmlinuz a=\"b c\"\n", BOOT_ENTRY_VARIABLE);
	refuses("linux ${dir}/vmlinuz\n", BOOT_ENTRY_VARIABLE);
	refuses("linux /vmlinuz\ninitrd /ucode /initrd\n", BOOT_ENTRY_INITRDS);
	refuses("linux /vmlinuz\ninitrd /ucode\ninitrd /initrd\n", BOOT_ENTRY_INITRDS);
	memset(longer, 'x', sizeof(longer));
	memcpy(longer, "linux /v ", 9);
	memcpy(longer + 2100, "\n", 2);
	refuses(longer, BOOT_ENTRY_TOO_LONG);
	longer[2100] = 'x';
	memcpy(longer + sizeof(longer) - 2, "\n", 2);
	refuses(longer, BOOT_ENTRY_TOO_LONG);
}

static void refuses_menus_without_end(void **state)
{
	struct boot_entry e;
	char cfg[1024] = "";
	int i;

	(void)state;
	for (i = 0; i < 40; i++)
		strcat(cfg, "submenu 'x' {\n");
	assert_int_equal(boot_entry_from_grub(&e, cfg, NULL), BOOT_ENTRY_TOO_DEEP);
}

static void every_beginning_of_a_file_is_an_answer_or_an_error(void **state)
{
	size_t i, size = sizeof(MENU) - 1;
	struct boot_entry e;
	char *cut;

	(void)state;
	for (i = 0; i <= size; i++) {
		cut = malloc(i + 1);	/* so that the sanitizer sees its end */
		memcpy(cut, MENU, i);
		cut[i] = '\0';
		assert_true(boot_entry_from_grub(&e, cut, cut) <= 0);
		free(cut);
	}
}

static void reads_an_entry_of_systemd_boot(void **state)
{
	struct boot_entry e;

	(void)state;
	assert_int_equal(boot_entry_from_loader(&e, "# comment\ntitle   Debian GNU/Linux\nversion 6\nlinux /m/6/linux\r\n"
						"initrd /m/6/initrd.img\noptions root=/dev/vda\noptions quiet"), 0);
	assert_string_equal(e.title, "Debian GNU/Linux");
	assert_string_equal(e.kernel, "/m/6/linux");
	assert_string_equal(e.initrd, "/m/6/initrd.img");
	assert_string_equal(e.append, "root=/dev/vda quiet");
	assert_int_equal(boot_entry_from_loader(&e, "efi /memtest.efi\n"), BOOT_ENTRY_NO_KERNEL);
	assert_int_equal(boot_entry_from_loader(&e, "linux /l\ninitrd /a\ninitrd /b\n"), BOOT_ENTRY_INITRDS);
	assert_int_equal(boot_entry_from_loader(&e, "linux /l\ninitrd /a /b\n"), BOOT_ENTRY_INITRDS);
}

static void each_error_has_a_text(void **state)
{
	int err;

	(void)state;
	for (err = BOOT_ENTRY_TOO_DEEP; err < 0; err++)
		assert_string_not_equal(boot_entry_strerror(err), "cannot be read");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_an_entry_by_its_number),
		cmocka_unit_test(takes_an_entry_by_its_title_or_id),
		cmocka_unit_test(a_menu_means_its_first_entry),
		cmocka_unit_test(takes_what_was_saved),
		cmocka_unit_test(what_is_chosen_for_once_goes_first),
		cmocka_unit_test(refuses_what_is_not_there),
		cmocka_unit_test(refuses_what_only_grub_can_resolve),
		cmocka_unit_test(refuses_menus_without_end),
		cmocka_unit_test(every_beginning_of_a_file_is_an_answer_or_an_error),
		cmocka_unit_test(reads_an_entry_of_systemd_boot),
		cmocka_unit_test(each_error_has_a_text),
	};

	return cmocka_run_group_tests_name("boot entry", tests, NULL, NULL);
}
