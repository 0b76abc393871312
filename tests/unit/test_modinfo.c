// SPDX-License-Identifier: GPL-2.0-only
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "module_fixture.h"

static uint8_t file[MODULE_FIXTURE_SIZE];
static size_t size;

static int fresh(void **state)
{
	(void)state;
	size = module_fixture(file, MODULE_FIXTURE_INFO, sizeof(MODULE_FIXTURE_INFO));
	return 0;
}

/* Every refusal leaves the result alone. */
static int find(struct modinfo *m)
{
	uint8_t *exact = malloc(size ? size : 1);
	struct modinfo before;
	int err;

	memcpy(exact, file, size);
	memset(m, 0xa5, sizeof(*m));
	before = *m;
	err = modinfo_find(m, exact, size);
	if (err)
		assert_memory_equal(m, &before, sizeof(*m));
	else
		assert_int_equal(m->text[m->size - 1], '\0');
	free(exact);
	return err;
}

static void refuses(int err)
{
	struct modinfo m;

	assert_int_equal(find(&m), err);
}

static Elf64_Ehdr *header(void)
{
	return (Elf64_Ehdr *)file;
}

static Elf64_Shdr *section(unsigned int i)
{
	return (Elf64_Shdr *)(file + header()->e_shoff) + i;
}

static void finds_the_values(void **state)
{
	struct modinfo m;

	(void)state;
	assert_int_equal(modinfo_find(&m, file, size), 0);
	assert_string_equal(modinfo_get(&m, "name"), "ccp_ext");
	assert_string_equal(modinfo_get(&m, "handover"), " quarantine give-back");
	assert_string_equal(modinfo_get(&m, "vermagic"), "6.12.1-test SMP mod_unload ");
	assert_null(modinfo_get(&m, "hand"));
	assert_null(modinfo_get(&m, "handovers"));
	assert_null(modinfo_get(&m, ""));
}

static void takes_the_first_of_two_values(void **state)
{
	static const char info[] = "a=1\0a=2\0\0=3";
	struct modinfo m;

	(void)state;
	size = module_fixture(file, info, sizeof(info));
	assert_int_equal(modinfo_find(&m, file, size), 0);
	assert_string_equal(modinfo_get(&m, "a"), "1");
	assert_string_equal(modinfo_get(&m, ""), "3");
}

static void refuses_every_truncation_as_such(void **state)
{
	struct modinfo m;
	size_t whole;

	(void)state;
	whole = size;
	for (size = 0; size < SELFMAG; size++)
		refuses(MODINFO_ERR_NOT_ELF);
	/* the section table comes last */
	for (; size < whole; size++)
		assert_int_equal(find(&m), MODINFO_ERR_TRUNCATED);
}

static void refuses_other_files(void **state)
{
	(void)state;
	memcpy(file, "\3757zXZ", 5);
	refuses(MODINFO_ERR_COMPRESSED);
	memcpy(file, "\x1f\x8b", 2);
	refuses(MODINFO_ERR_COMPRESSED);
	memcpy(file, "\x28\xb5\x2f\xfd", 4);
	refuses(MODINFO_ERR_COMPRESSED);
	memcpy(file, "#!/b", 4);
	refuses(MODINFO_ERR_NOT_ELF);
}

static void refuses_other_kinds_of_elf(void **state)
{
	(void)state;
	header()->e_type = ET_EXEC;
	refuses(MODINFO_ERR_NOT_MODULE);
	fresh(NULL);
	header()->e_machine = EM_AARCH64;
	refuses(MODINFO_ERR_NOT_MODULE);
	fresh(NULL);
	header()->e_ident[EI_CLASS] = ELFCLASS32;
	refuses(MODINFO_ERR_NOT_MODULE);
	fresh(NULL);
	header()->e_ident[EI_DATA] = ELFDATA2MSB;
	refuses(MODINFO_ERR_NOT_MODULE);
}

static void refuses_a_section_table_that_makes_no_sense(void **state)
{
	(void)state;
	header()->e_shentsize = 40;
	refuses(MODINFO_ERR_SECTIONS);
	fresh(NULL);
	header()->e_shnum = 0;
	refuses(MODINFO_ERR_SECTIONS);
	fresh(NULL);
	header()->e_shstrndx = header()->e_shnum;
	refuses(MODINFO_ERR_SECTIONS);
	fresh(NULL);
	header()->e_shoff = ~0ULL;
	refuses(MODINFO_ERR_TRUNCATED);
	fresh(NULL);
	header()->e_shoff = size;
	refuses(MODINFO_ERR_TRUNCATED);
	fresh(NULL);
	header()->e_shnum = 0xffff;
	refuses(MODINFO_ERR_TRUNCATED);
}

static void refuses_sections_past_the_end(void **state)
{
	static const uint64_t far[] = { ~0ULL, 1ULL << 63, 1ULL << 32, MODULE_FIXTURE_SIZE + 1 };
	unsigned int i, k;

	(void)state;
	for (i = 1; i < header()->e_shnum; i++) {
		for (k = 0; k < 4; k++) {
			fresh(NULL);
			section(i)->sh_offset = far[k];
			refuses(MODINFO_ERR_TRUNCATED);
			fresh(NULL);
			section(i)->sh_size = far[k];
			refuses(MODINFO_ERR_TRUNCATED);
		}
	}
}

static void refuses_a_module_without_information(void **state)
{
	(void)state;
	section(2)->sh_name = 0;
	refuses(MODINFO_ERR_NONE);
	section(2)->sh_name = 0xffffffff;
	refuses(MODINFO_ERR_NONE);
	section(2)->sh_name = (uint32_t)section(1)->sh_size - 1;
	refuses(MODINFO_ERR_NONE);
}

static void refuses_information_without_end(void **state)
{
	(void)state;
	section(2)->sh_size--;
	refuses(MODINFO_ERR_TEXT);
	section(2)->sh_size = 0;
	refuses(MODINFO_ERR_TEXT);
	fresh(NULL);
	section(2)->sh_type = SHT_NOBITS;
	refuses(MODINFO_ERR_TEXT);
}

static void survives_random_damage(void **state)
{
	struct modinfo m;
	unsigned int i, k;

	(void)state;
	srand(1);
	for (i = 0; i < 20000; i++) {
		fresh(NULL);
		for (k = 0; k < 4; k++)
			file[(unsigned int)rand() % size] = (uint8_t)rand();
		if (find(&m))
			continue;
		assert_int_equal(modinfo_find(&m, file, size), 0);
		modinfo_get(&m, "handover");
	}
}

static void has_a_text_for_every_error(void **state)
{
	int err, other;

	(void)state;
	for (err = 0; err >= MODINFO_ERR_LAST; err--)
		for (other = 0; other > err; other--)
			assert_string_not_equal(modinfo_strerror(err), modinfo_strerror(other));
	assert_string_equal(modinfo_strerror(1), "unknown error");
	assert_string_equal(modinfo_strerror(MODINFO_ERR_LAST - 1), "unknown error");
}

#define TEST(f)	cmocka_unit_test_setup(f, fresh)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(finds_the_values),
		TEST(takes_the_first_of_two_values),
		TEST(refuses_every_truncation_as_such),
		TEST(refuses_other_files),
		TEST(refuses_other_kinds_of_elf),
		TEST(refuses_a_section_table_that_makes_no_sense),
		TEST(refuses_sections_past_the_end),
		TEST(refuses_a_module_without_information),
		TEST(refuses_information_without_end),
		TEST(survives_random_damage),
		TEST(has_a_text_for_every_error),
	};

	return cmocka_run_group_tests_name("modinfo", tests, NULL, NULL);
}
