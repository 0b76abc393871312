// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rmp_persist/rmp_persist.h>

#include "../../kexec/config.h"

static struct config config;
static struct config_errors errors;

static void parse(const char *text)
{
	config_parse(&config, &errors, text, strlen(text));
}

static void sound(const char *text)
{
	parse(text);
	assert_int_equal(errors.nr, 0);
}

static void wrong(const char *text, enum config_error_kind kind, unsigned int line, unsigned int column,
		  const char *says)
{
	char message[256];

	parse(text);
	assert_int_equal(errors.nr, 1);
	assert_int_equal(errors.v[0].kind, kind);
	assert_int_equal(errors.v[0].line, line);
	assert_int_equal(errors.v[0].column, column);
	config_describe(message, sizeof(message), &errors.v[0]);
	if (!strstr(message, says))
		fail_msg("\"%s\" does not say \"%s\"", message, says);
}

static void prints(enum config_id id, bool as_parameter, const char *expected)
{
	char out[CONFIG_VALUE_SIZE];

	config_print(out, id, &config.value[id], as_parameter);
	assert_string_equal(out, expected);
}

static void nothing_leaves_the_defaults(void **state)
{
	(void)state;
	sound("");
	prints(CONFIG_POLICY, false, "evict");
	prints(CONFIG_ZONE_MB, false, "128");
	prints(CONFIG_WAKE_CPUS, false, "yes");
	prints(CONFIG_APPEND, false, "");
	assert_int_equal(config.value[CONFIG_POLICY].line, 0);
}

static void white_space_and_comments_are_no_values(void **state)
{
	(void)state;
	sound("\n  \t\n# policy = lazy\n\t# =\n  zone_mb\t=  192 \t\npolicy=lazy");
	assert_int_equal(config.value[CONFIG_ZONE_MB].line, 5);
	assert_int_equal(config.value[CONFIG_POLICY].line, 6);
	prints(CONFIG_ZONE_MB, true, "192");
	prints(CONFIG_POLICY, true, "lazy");
}

static void each_type_is_read(void **state)
{
	(void)state;
	sound("giveback = no\nwake_cpus = 1\non_unsafe = refuse\ngiveback_rate = 4294967295\n");
	prints(CONFIG_GIVEBACK, false, "no");
	prints(CONFIG_GIVEBACK, true, "0");
	prints(CONFIG_WAKE_CPUS, true, "1");
	prints(CONFIG_ON_UNSAFE, false, "refuse");
	prints(CONFIG_GIVEBACK_RATE, false, "4294967295");
}

static void text_is_taken_as_it_is(void **state)
{
	(void)state;
	sound("append = root=/dev/vda dyndbg=\"file a +p\" # no comment\n");
	prints(CONFIG_APPEND, false, "root=/dev/vda dyndbg=\"file a +p\" # no comment");
}

static void places_of_mistakes_are_told(void **state)
{
	(void)state;
	wrong("\npolicy = lasy\n", CONFIG_ERR_VALUE, 2, 10, "evict, lazy or preserve, not \"lasy\"");
	wrong("zone_mb = -1", CONFIG_ERR_VALUE, 1, 11, "a number from 0 to 65536");
	wrong("zone_mb = 65537", CONFIG_ERR_VALUE, 1, 11, "65537");
	wrong("zone_mb = 0x80", CONFIG_ERR_VALUE, 1, 11, "0x80");
	wrong("zone_mb = 128M", CONFIG_ERR_VALUE, 1, 11, "128M");
	wrong("zone_mb = 99999999999999999999999999", CONFIG_ERR_VALUE, 1, 11, "999");
	wrong("region_mb = 3", CONFIG_ERR_VALUE, 1, 13, "from 4 to 256");
	wrong("giveback = Y", CONFIG_ERR_VALUE, 1, 12, "yes or no");
	wrong("giveback = yes # is it", CONFIG_ERR_COMMENT, 1, 12, "a line of its own");
	wrong("  polcy = lazy", CONFIG_ERR_UNKNOWN, 1, 3, "\"polcy\"");
	wrong("Policy = lazy", CONFIG_ERR_KEY, 1, 1, "\"Policy = lazy\"");
	wrong("\xef\xbb\xbfpolicy = lazy", CONFIG_ERR_KEY, 1, 1, "???policy");
	wrong("policy lazy", CONFIG_ERR_EQUALS, 1, 7, "key = value");
	wrong("policy", CONFIG_ERR_EQUALS, 1, 7, "key = value");
	wrong("policy =  ", CONFIG_ERR_EMPTY, 1, 9, "it takes evict");
	wrong("policy = lazy\n\npolicy = lazy", CONFIG_ERR_TWICE, 3, 1, "line 1 already");
	wrong("policy = lazy\r\n", CONFIG_ERR_BYTE, 1, 14, "DOS");
	wrong("append = a\033[2J\n", CONFIG_ERR_BYTE, 1, 11, "0x1b");
}

static void a_nul_is_a_control_character(void **state)
{
	static const char text[] = "policy = lazy\0on_unsafe = refuse\n";

	(void)state;
	config_parse(&config, &errors, text, sizeof(text) - 1);
	assert_int_equal(errors.nr, 1);
	assert_int_equal(errors.v[0].kind, CONFIG_ERR_BYTE);
	assert_int_equal(errors.v[0].column, 14);
}

static void every_mistake_is_counted(void **state)
{
	char text[50 * 4 + 1] = "";
	int i;

	(void)state;
	parse("policy = x\nzone_mb = y\nfoo = z\n");
	assert_int_equal(errors.nr, 3);
	assert_int_equal(errors.v[2].line, 3);
	for (i = 0; i < 50; i++)
		strcat(text, "a=1\n");
	parse(text);
	assert_int_equal(errors.nr, 50);
	assert_int_equal(errors.v[CONFIG_ERRORS_MAX - 1].line, CONFIG_ERRORS_MAX);
}

static void a_long_value_is_refused(void **state)
{
	char text[CONFIG_TEXT_MAX + 20] = "append = ";

	(void)state;
	memset(text + 9, 'x', CONFIG_TEXT_MAX);
	sound(text);
	text[9 + CONFIG_TEXT_MAX] = 'x';
	wrong(text, CONFIG_ERR_TOO_LONG, 1, 10, "2047 bytes");
}

static void a_large_file_is_refused(void **state)
{
	char *text = calloc(1, CONFIG_FILE_MAX + 2);

	(void)state;
	assert_non_null(text);
	memset(text, '\n', CONFIG_FILE_MAX);
	sound(text);
	text[CONFIG_FILE_MAX] = '\n';
	wrong(text, CONFIG_ERR_TOO_LARGE, 1, 1, "65536 bytes");
	free(text);
}

static void options_are_what_the_file_says_to_the_module(void **state)
{
	char out[4096], cut[8];

	(void)state;
	sound("tries = 3\npolicy = lazy\ngiveback = no\nappend = quiet\nzone_mb = 192\n");
	assert_int_equal(config_options(out, sizeof(out), &config), 34);
	assert_string_equal(out, "policy=lazy zone_mb=192 giveback=0");
	assert_int_equal(config_options(cut, sizeof(cut), &config), sizeof(cut) - 1);
	sound("tries = 3\n");
	assert_int_equal(config_options(out, sizeof(out), &config), 0);
}

static bool same(enum config_id id, const char *text)
{
	return config_same(id, &config.value[id], text, strlen(text));
}

static void what_sysfs_says_is_understood(void **state)
{
	(void)state;
	sound("giveback = no\nzone_mb = 192\npolicy = lazy\n");
	assert_true(same(CONFIG_GIVEBACK, "N"));
	assert_false(same(CONFIG_GIVEBACK, "Y"));
	assert_true(same(CONFIG_ZONE_MB, "192"));
	assert_false(same(CONFIG_ZONE_MB, "128"));
	assert_true(same(CONFIG_POLICY, "lazy"));
	assert_false(same(CONFIG_POLICY, "evict"));
	assert_false(same(CONFIG_POLICY, ""));
	/* of what the file does not name the default is meant */
	assert_true(same(CONFIG_BUDGET_MS, "10000"));
	assert_true(same(CONFIG_WAKE_CPUS, "Y"));
}

static void words_are_those_of_the_core(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i <= RMPP_POLICY_MAX; i++)
		assert_string_equal(config_keys[CONFIG_POLICY].words[i], rmpp_policy_name(i));
	assert_null(config_keys[CONFIG_POLICY].words[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_leaves_the_defaults),
		cmocka_unit_test(white_space_and_comments_are_no_values),
		cmocka_unit_test(each_type_is_read),
		cmocka_unit_test(text_is_taken_as_it_is),
		cmocka_unit_test(places_of_mistakes_are_told),
		cmocka_unit_test(a_nul_is_a_control_character),
		cmocka_unit_test(every_mistake_is_counted),
		cmocka_unit_test(a_long_value_is_refused),
		cmocka_unit_test(a_large_file_is_refused),
		cmocka_unit_test(options_are_what_the_file_says_to_the_module),
		cmocka_unit_test(what_sysfs_says_is_understood),
		cmocka_unit_test(words_are_those_of_the_core),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
