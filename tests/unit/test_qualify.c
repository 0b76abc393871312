// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "../qualify/document.h"
#include "../qualify/write.h"

static void decides(const struct outcome *seen, enum verdict verdict, const char *why)
{
	struct cell cell = { .verdict = VERDICT_UNKNOWN };

	cell_decide(&cell, seen);
	assert_string_equal(verdict_name(cell.verdict), verdict_name(verdict));
	assert_string_equal(cell.why, why);
}

static void a_step_that_was_good_passes_and_keeps_its_note(void **state)
{
	const struct outcome seen = { .started = true, .ran = true, .ok = true, .why = "8192 pages" };

	(void)state;
	decides(&seen, VERDICT_PASS, "8192 pages");
}

static void a_step_that_was_not_good_fails(void **state)
{
	const struct outcome seen = { .started = true, .ran = true, .why = "RMP fault: write" };

	(void)state;
	decides(&seen, VERDICT_FAIL, "RMP fault: write");
}

static void nothing_is_known_without_a_machine(void **state)
{
	const struct outcome not_started = { .why = "broken" }, lost = { .started = true, .why = "it died" };
	const struct outcome ended = { .started = true, .ran = true, .emulator_ended = true, .why = "the machine died" };
	const struct outcome interrupted = { .started = true, .ran = true, .interrupted = true, .why = "x" };
	const struct outcome untold = { .started = true, .ran = true, .untold = true, .why = "no crash" };

	(void)state;
	decides(&not_started, VERDICT_UNKNOWN, "the machine did not start: broken");
	decides(&lost, VERDICT_UNKNOWN, "not run, the machine was lost before: it died");
	decides(&ended, VERDICT_UNKNOWN, "the emulator ended by itself: the machine died");
	decides(&interrupted, VERDICT_UNKNOWN, "interrupted");
	decides(&untold, VERDICT_UNKNOWN, "no crash");
}

static void only_a_kernel_that_ran_is_without_support(void **state)
{
	const struct outcome absent = { .started = true, .ran = true, .absent = true, .why = "no parameter sev_snp" };
	const struct outcome not_started = { .absent = true, .why = "broken" };

	(void)state;
	decides(&absent, VERDICT_UNSUPPORTED, "no parameter sev_snp");
	decides(&not_started, VERDICT_UNKNOWN, "the machine did not start: broken");
}

static void what_came_too_late_is_asked_once_more(void **state)
{
	struct outcome seen = { .started = true, .ran = true, .late = true, .why = "no answer in time" };
	struct cell cell;

	(void)state;
	cell_decide(&cell, &seen);
	assert_int_equal(cell.verdict, VERDICT_FAIL);
	assert_true(cell.late);
	cell_decide_again(&cell, &seen);
	assert_int_equal(cell.verdict, VERDICT_FAIL);
	assert_false(cell.late);
	seen = (struct outcome){ .started = true, .ran = true, .ok = true, .why = "5 pages" };
	cell_decide_again(&cell, &seen);
	assert_int_equal(cell.verdict, VERDICT_PASS);
	assert_string_equal(cell.why, "in time at the second try: 5 pages");
}

static void a_reason_is_one_line(void **state)
{
	struct cell cell;

	(void)state;
	cell_set(&cell, VERDICT_FAIL, "a\nb\tc\033[1m\n\n");
	assert_string_equal(cell.why, "a b c [1m");
}

static void an_endless_reason_is_cut(void **state)
{
	char text[2 * WHY_BYTES];
	struct cell cell;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	cell_set(&cell, VERDICT_FAIL, text);
	assert_int_equal(strlen(cell.why), WHY_BYTES - 1);
}

static void without_guests_of_a_kind_the_kernel_is_still_asked_for_what_needs_none(void **state)
{
	static struct matrix m;

	(void)state;
	matrix_lacks(&m, ROW_SNP, "no parameter");
	assert_int_equal(matrix_count(&m, VERDICT_UNSUPPORTED), NR_COLUMNS - 2);
	assert_int_equal(m.cell[ROW_SNP][COLUMN_CLEAN].verdict, VERDICT_UNKNOWN);
	assert_int_equal(m.cell[ROW_SNP][COLUMN_TARGET].verdict, VERDICT_UNKNOWN);
	assert_int_equal(m.cell[ROW_SEV][COLUMN_LAUNCH].verdict, VERDICT_UNKNOWN);
}

static void a_fail_counts_more_than_what_is_not_known(void **state)
{
	static struct matrix m;

	(void)state;
	assert_int_equal(matrix_exit_status(&m), 2);
	matrix_set_all(&m, VERDICT_PASS, "");
	assert_int_equal(matrix_exit_status(&m), 0);
	matrix_lacks(&m, ROW_SNP, "no parameter");
	assert_int_equal(matrix_exit_status(&m), 0);
	m.cell[ROW_SEV][COLUMN_KDUMP].verdict = VERDICT_UNKNOWN;
	assert_int_equal(matrix_exit_status(&m), 2);
	m.cell[ROW_SEV][COLUMN_CLEAN].verdict = VERDICT_FAIL;
	assert_int_equal(matrix_exit_status(&m), 1);
}

static void names_are_read_back(void **state)
{
	(void)state;
	for (int v = 0; v < NR_VERDICTS; v++)
		assert_int_equal(verdict_of(verdict_name(v)), v);
	assert_int_equal(verdict_of("passed"), VERDICT_UNKNOWN);
	assert_int_equal(verdict_of(NULL), VERDICT_UNKNOWN);
}

/* One of each verdict, and text that means something to Markdown. */
static const struct matrix *sample(void)
{
	static struct matrix m;

	m = (struct matrix){
		.kernel = "6.1", .release = "6.1.0-56-amd64", .package = "linux-image-6.1.0-56-amd64 6.1.192-2",
		.reference = "6.12.117", .qemu = "10.0.13", .project = "abc", .started = "2026-11-27T14:00:00Z",
		.seconds = 300, .features = "quarantine lazy",
	};
	matrix_set_all(&m, VERDICT_PASS, "");
	matrix_lacks(&m, ROW_SNP, "no parameter sev_snp");
	cell_set(&m.cell[ROW_SEV][COLUMN_GUESTS], VERDICT_FAIL, "RMP fault | <b> *x*");
	cell_set(&m.cell[ROW_SEV][COLUMN_KDUMP], VERDICT_UNKNOWN, "the machine did not start");
	cell_set(&m.cell[ROW_SEV_ES][COLUMN_SOURCE], VERDICT_PASS, "5 pages");
	return &m;
}

static char *written(void (*write)(FILE *f, const struct matrix *m))
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	write(f, sample());
	fclose(f);
	return text;
}

static void has_line(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	while (at && ((at != text && at[-1] != '\n') || (at[strlen(line)] && at[strlen(line)] != '\n')))
		at = strstr(at + 1, line);
	if (!at)
		print_message("no line '%s' in:\n%s\n", line, text);
	assert_non_null(at);
}

static void text_has_a_line_a_row_the_reasons_and_the_counts(void **state)
{
	char *text = written(write_text);

	(void)state;
	has_line(text, "SEV     pass       pass       fail       pass       pass       pass       pass       pass       "
		       "not known  pass       ");
	has_line(text, "SEV, kexec with live guests: fail: RMP fault | <b> *x*");
	has_line(text, "SNP, crash opens: not supported: no parameter sev_snp");
	has_line(text, "SEV-ES, hand-over as source: pass: 5 pages");
	has_line(text, "its ccp_ext can restore: quarantine lazy");
	has_line(text, "20 passed, 1 failed, 8 not supported, 1 not known");
	free(text);
}

static void markdown(FILE *f, const struct matrix *m)
{
	write_markdown(f, m, 2);
}

static void markdown_has_a_table_and_no_text_of_others_in_it_that_means_something(void **state)
{
	char *text = written(markdown);

	(void)state;
	has_line(text, "## 6.1.0-56-amd64");
	has_line(text, "| SEV | pass | pass | **fail** | pass | pass | pass | pass | pass | not known | pass |");
	has_line(text, "- SEV, kexec with live guests: fail: RMP fault \\| \\<b\\> \\*x\\*");
	has_line(text, "- SNP, kexec with live guests to hand-over as source: not supported: no parameter sev\\_snp");
	has_line(text, "20 passed, 1 failed, 8 not supported, 1 not known");
	free(text);
}

static void json_is_read_back_as_it_was(void **state)
{
	struct json_object *o = matrix_to_json(sample());
	static struct matrix m;

	(void)state;
	assert_true(matrix_from_json(&m, o));
	assert_memory_equal(&m, sample(), sizeof(m));
	json_object_put(o);
}

static void json_of_another_format_is_refused(void **state)
{
	static const char * const texts[] = {
		"{}", "[]", "7", "{\"format\":2,\"release\":\"x\",\"rows\":[]}", "{\"format\":1,\"rows\":[]}",
		"{\"format\":\"1\",\"release\":\"x\",\"rows\":[]}", "{\"format\":1,\"release\":\"x\",\"rows\":{}}",
	};
	static struct matrix m;

	(void)state;
	assert_false(matrix_from_json(&m, NULL));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct json_object *o = json_tokener_parse(texts[i]);

		assert_false(matrix_from_json(&m, o));
		json_object_put(o);
	}
}

static void json_that_lacks_cells_says_that_they_are_not_known(void **state)
{
	struct json_object *o = json_tokener_parse("{\"format\":1,\"release\":\"x\",\"rows\":[7,{\"guests\":\"SNP\"},"
						   "{\"guests\":\"SEV\",\"cells\":{\"launch\":{\"verdict\":\"pass\"},"
						   "\"clean\":7,\"kdump\":{\"verdict\":\"splendid\",\"why\":3}}},"
						   "{\"guests\":\"TDX\",\"cells\":{}}]}");
	static struct matrix m;

	(void)state;
	assert_true(matrix_from_json(&m, o));
	assert_int_equal(matrix_count(&m, VERDICT_PASS), 1);
	assert_int_equal(matrix_count(&m, VERDICT_UNKNOWN), NR_ROWS * NR_COLUMNS - 1);
	json_object_put(o);
}

static void the_document_says_what_was_run_and_what_was_not(void **state)
{
	char file[] = "/tmp/test_qualify.XXXXXX", word[64], missing[] = "7.2=", *words[] = { word, missing }, *text = NULL;
	struct json_object *o = matrix_to_json(sample());
	int fd = mkstemp(file);
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	assert_true(fd >= 0 && f);
	assert_int_equal(json_object_to_fd(fd, o, JSON_C_TO_STRING_PLAIN), 0);
	json_object_put(o);
	close(fd);
	snprintf(word, sizeof(word), "6.1=%s", file);
	assert_int_equal(document(f, words, 2), 0);
	fclose(f);
	unlink(file);
	has_line(text, "| 6.1 | 6.1.0-56-amd64 | 2026-11-27 | 20 | 1 | 8 | 1 |");
	has_line(text, "| 7.2 | | not run | | | | |");
	has_line(text, "## 6.1.0-56-amd64");
	assert_non_null(strstr(text, "; project abc; QEMU 10.0.13; 2026-11-27T14:00:00Z, "));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_that_was_good_passes_and_keeps_its_note),
		cmocka_unit_test(a_step_that_was_not_good_fails),
		cmocka_unit_test(nothing_is_known_without_a_machine),
		cmocka_unit_test(only_a_kernel_that_ran_is_without_support),
		cmocka_unit_test(what_came_too_late_is_asked_once_more),
		cmocka_unit_test(a_reason_is_one_line),
		cmocka_unit_test(an_endless_reason_is_cut),
		cmocka_unit_test(without_guests_of_a_kind_the_kernel_is_still_asked_for_what_needs_none),
		cmocka_unit_test(a_fail_counts_more_than_what_is_not_known),
		cmocka_unit_test(names_are_read_back),
		cmocka_unit_test(text_has_a_line_a_row_the_reasons_and_the_counts),
		cmocka_unit_test(markdown_has_a_table_and_no_text_of_others_in_it_that_means_something),
		cmocka_unit_test(json_is_read_back_as_it_was),
		cmocka_unit_test(json_of_another_format_is_refused),
		cmocka_unit_test(json_that_lacks_cells_says_that_they_are_not_known),
		cmocka_unit_test(the_document_says_what_was_run_and_what_was_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
