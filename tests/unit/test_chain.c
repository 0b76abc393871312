// SPDX-License-Identifier: GPL-2.0-only
#include "rmpp_fixture.h"
#include "chain.h"

#define REGION_PA	0x2000000ULL
#define REGION_SIZE	(16u * 4096u)
#define FIRST_LEN	(REGION_SIZE - 16u)
#define NODE(i)		(16 + 40 * (u64)(i))

static u8 region[REGION_SIZE] __attribute__((aligned(8)));
static struct rmpp_extent array[512], array_out[512];
static struct rmpp_extents x, out;

static void set(const u64 (*ranges)[2], u32 nr)
{
	u32 i;

	rmpp_extents_init(&x, array, ARRAY_LEN(array));
	for (i = 0; i < nr; i++)
		assert_int_equal(rmpp_extents_add(&x, ranges[i][0], ranges[i][1],
						  RMPP_REASON_ASSIGNED), 0);
}

static void assert_extent(const struct rmpp_extents *in, u32 i, u64 pfn, u64 nr_pages)
{
	assert_in_range(i, 0, in->nr - 1);
	assert_int_equal(in->v[i].pfn, pfn);
	assert_int_equal(in->v[i].nr_pages, nr_pages);
	assert_int_equal(in->v[i].reserved, 0);
}

static u64 get64(u64 offset)
{
	__le64 v;

	memcpy(&v, region + offset, sizeof(v));
	return le64_to_cpu(v);
}

static u32 get32(u64 offset)
{
	__le32 v;

	memcpy(&v, region + offset, sizeof(v));
	return le32_to_cpu(v);
}

static void put64(u64 offset, u64 value)
{
	__le64 v = cpu_to_le64(value);

	memcpy(region + offset, &v, sizeof(v));
}

static void put32(u64 offset, u32 value)
{
	__le32 v = cpu_to_le32(value);

	memcpy(region + offset, &v, sizeof(v));
}

/* ---- build ---- */

static const u64 three[][2] = { { 0x1000, 0x200 }, { 0x2000, 0x400 }, { 0x80000, 1 } };

static int built(void **state)
{
	(void)state;
	memset(region, 0xee, sizeof(region));
	set(three, ARRAY_LEN(three));
	rmpp_extents_init(&out, array_out, ARRAY_LEN(array_out));
	return chain_build(region, REGION_PA, REGION_SIZE, 0, FIRST_LEN, &x, NULL);
}

/* Offsets by arch/x86/include/uapi/asm/setup_data.h, not by our structs. */
static void the_first_node_is_a_setup_data_over_the_whole_region(void **state)
{
	(void)state;
	assert_int_equal(get64(0), REGION_PA + NODE(0));
	assert_int_equal(get32(8), 0x534e5048);
	assert_int_equal(get32(12), REGION_SIZE - 16);
}

static void the_other_nodes_are_setup_indirect(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_int_equal(get64(NODE(i)), i < 2 ? REGION_PA + NODE(i + 1) : 0);
		assert_int_equal(get32(NODE(i) + 8), 0x80000000);
		assert_int_equal(get32(NODE(i) + 12), 24);
		assert_int_equal(get32(NODE(i) + 16), 0x80000000 | 0x534e5048);
		assert_int_equal(get32(NODE(i) + 20), 0);
		assert_int_equal(get64(NODE(i) + 24), three[i][1] << 12);
		assert_int_equal(get64(NODE(i) + 32), three[i][0] << 12);
	}
}

static void build_leaves_the_blob_alone_and_the_rest_of_the_head_zero(void **state)
{
	u32 i;

	(void)state;
	for (i = NODE(3); i < CHAIN_BLOB_OFFSET; i++)
		assert_int_equal(region[i], 0);
	for (; i < REGION_SIZE; i++)
		assert_int_equal(region[i], 0xee);
}

static void build_without_extents_is_one_node(void **state)
{
	u32 used = 0;

	(void)state;
	x.nr = 0;
	assert_int_equal(chain_build(region, REGION_PA, REGION_SIZE, 0, FIRST_LEN, &x,
				     &used), 0);
	assert_int_equal(used, 16);
	assert_int_equal(get64(0), 0);
	assert_int_equal(chain_check(region, REGION_SIZE, REGION_PA, &out), 0);
	assert_int_equal(out.nr, 0);
}

static void build_links_the_last_node_to_what_follows(void **state)
{
	u32 used = 0;

	(void)state;
	assert_int_equal(chain_build(region, REGION_PA, REGION_SIZE, 0x7000, FIRST_LEN, &x,
				     &used), 0);
	assert_int_equal(get64(NODE(2)), 0x7000);
	assert_int_equal(used, NODE(3));
	assert_int_equal(chain_check(region, REGION_SIZE, REGION_PA, &out), 0);
	assert_int_equal(out.nr, 3);
}

static void build_takes_as_many_extents_as_there_are_nodes(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < CHAIN_NODES_MAX; i++)
		array[i] = (struct rmpp_extent){ .pfn = 512 * (2 * i + 1), .nr_pages = 512 };
	x.nr = CHAIN_NODES_MAX;
	assert_int_equal(chain_build(region, REGION_PA, REGION_SIZE, 0, FIRST_LEN, &x, NULL), 0);
	assert_int_equal(region[CHAIN_BLOB_OFFSET], 0xee);
	assert_int_equal(chain_check(region, REGION_SIZE, REGION_PA, &out), 0);
	assert_int_equal(out.nr, CHAIN_NODES_MAX);
	assert_extent(&out, 99, 512 * 199, 512);
}

static void build_refuses(int error, void *buf, u64 pa, u32 size, u64 next, u32 first_len)
{
	u32 used = 77, i;

	memset(region, 0xee, sizeof(region));
	assert_int_equal(chain_build(buf, pa, size, next, first_len, &x, &used), -error);
	assert_int_equal(used, 77);
	for (i = 0; i < REGION_SIZE; i++)
		assert_int_equal(region[i], 0xee);
}

static void build_refuses_bad_arguments(void **state)
{
	(void)state;
	build_refuses(CHAIN_ERR_ARGUMENT, region + 4, REGION_PA, REGION_SIZE, 0, FIRST_LEN);
	build_refuses(CHAIN_ERR_ARGUMENT, region, REGION_PA + 8, REGION_SIZE, 0, FIRST_LEN);
	build_refuses(CHAIN_ERR_ARGUMENT, region, REGION_PA, REGION_SIZE, 0,
		      CHAIN_BLOB_OFFSET - 17);
	/* an end of the chain inside of it */
	build_refuses(CHAIN_ERR_ARGUMENT, region, REGION_PA, REGION_SIZE,
		      REGION_PA + NODE(0), FIRST_LEN);
}

static void build_refuses_a_first_node_longer_than_the_region(void **state)
{
	(void)state;
	build_refuses(CHAIN_ERR_TRUNCATED, region, REGION_PA, REGION_SIZE, 0, FIRST_LEN + 1);
	build_refuses(CHAIN_ERR_TRUNCATED, region, REGION_PA, 8, 0, FIRST_LEN);
	build_refuses(CHAIN_ERR_TRUNCATED, region, REGION_PA, REGION_SIZE, 0, U32_MAX);
}

static void build_refuses_more_extents_than_nodes(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i <= CHAIN_NODES_MAX; i++)
		array[i] = (struct rmpp_extent){ .pfn = 512 * (2 * i + 1), .nr_pages = 512 };
	x.nr = CHAIN_NODES_MAX + 1;
	build_refuses(CHAIN_ERR_SPACE, region, REGION_PA, REGION_SIZE, 0, FIRST_LEN);
}

static void build_refuses_ranges_that_check_would_refuse(void **state)
{
	(void)state;
	array[1].nr_pages = 0;
	build_refuses(CHAIN_ERR_RANGE, region, REGION_PA, REGION_SIZE, 0, FIRST_LEN);
	array[1].nr_pages = RMPP_MAX_PFN;
	build_refuses(CHAIN_ERR_RANGE, region, REGION_PA, REGION_SIZE, 0, FIRST_LEN);
	array[1].nr_pages = 1;
	array[1].pfn = 0x1200;
	build_refuses(CHAIN_ERR_RANGE, region, REGION_PA, REGION_SIZE, 0, FIRST_LEN);
}

/* ---- check ---- */

static void check_reads_what_was_built(void **state)
{
	u32 i;

	(void)state;
	assert_int_equal(chain_check(region, REGION_SIZE, REGION_PA, &out), 0);
	assert_int_equal(out.nr, 3);
	for (i = 0; i < 3; i++) {
		assert_extent(&out, i, three[i][0], three[i][1]);
		assert_int_equal(out.v[i].reason, RMPP_REASON_INHERITED);
	}
}

static void region_size_is_read_from_sixteen_bytes(void **state)
{
	u64 size = 0;

	(void)state;
	assert_int_equal(chain_region_size(region, 16, &size), 0);
	assert_int_equal(size, REGION_SIZE);
	put32(12, U32_MAX);
	assert_int_equal(chain_region_size(region, 16, &size), 0);
	assert_int_equal(size, 0x10000000fULL);
}

static void check_refuses_sized(int error, u64 size, u64 pa)
{
	struct rmpp_extents before;

	memset(array_out, 0x5a, sizeof(array_out));
	out.nr = 7;
	before = out;
	assert_int_equal(chain_check(region, size, pa, &out), -error);
	assert_memory_equal(&out, &before, sizeof(out));
	assert_int_equal(((u8 *)array_out)[0], 0x5a);
	out.nr = 0;
}

static void check_refuses(int error)
{
	check_refuses_sized(error, REGION_SIZE, REGION_PA);
}

static void check_refuses_truncation(void **state)
{
	u64 size;

	(void)state;
	for (size = 0; size < REGION_SIZE; size += size < 5000 ? 1 : 997)
		check_refuses_sized(CHAIN_ERR_TRUNCATED, size, REGION_PA);
}

static void check_refuses_an_unaligned_or_missing_region(void **state)
{
	u64 size = 77;

	(void)state;
	check_refuses_sized(CHAIN_ERR_ARGUMENT, REGION_SIZE, REGION_PA + 0x800);
	assert_int_equal(chain_check(NULL, REGION_SIZE, REGION_PA, &out), -CHAIN_ERR_ARGUMENT);
	assert_int_equal(chain_check(region + 4, REGION_SIZE - 4, REGION_PA, &out),
			 -CHAIN_ERR_ARGUMENT);
	assert_int_equal(chain_region_size(NULL, 16, &size), -CHAIN_ERR_ARGUMENT);
	assert_int_equal(chain_region_size(region, 15, &size), -CHAIN_ERR_TRUNCATED);
	assert_int_equal(size, 77);
}

static void check_refuses_a_foreign_first_node(void **state)
{
	u64 size = 77;

	(void)state;
	put32(8, 9);
	check_refuses(CHAIN_ERR_TYPE);
	assert_int_equal(chain_region_size(region, 16, &size), -CHAIN_ERR_TYPE);
	put32(8, 0x80000000);
	check_refuses(CHAIN_ERR_TYPE);
	assert_int_equal(size, 77);
}

static void check_refuses_a_first_node_too_short_for_the_nodes(void **state)
{
	(void)state;
	put32(12, CHAIN_BLOB_OFFSET - 17);
	check_refuses(CHAIN_ERR_TRUNCATED);
	put32(12, 0);
	check_refuses(CHAIN_ERR_TRUNCATED);
}

static void check_refuses_a_link_to_no_node(void **state)
{
	static const u64 bad[] = { 0, 8, NODE(0), NODE(2), NODE(1) + 8, REGION_SIZE - 1 };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		put64(NODE(0), REGION_PA + bad[i]);
		check_refuses(CHAIN_ERR_NEXT);
	}
}

static void check_refuses_a_loop(void **state)
{
	(void)state;
	put64(NODE(2), REGION_PA);
	check_refuses(CHAIN_ERR_NEXT);
	put64(NODE(2), REGION_PA + NODE(2));
	check_refuses(CHAIN_ERR_NEXT);
}

static void check_refuses_a_chain_longer_than_its_nodes(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < CHAIN_NODES_MAX; i++)
		array[i] = (struct rmpp_extent){ .pfn = 512 * (2 * i + 1), .nr_pages = 512 };
	x.nr = CHAIN_NODES_MAX;
	assert_int_equal(chain_build(region, REGION_PA, REGION_SIZE, 0, FIRST_LEN, &x, NULL), 0);
	put64(NODE(CHAIN_NODES_MAX - 1), REGION_PA + NODE(CHAIN_NODES_MAX));
	check_refuses(CHAIN_ERR_NEXT);
}

static void check_ends_where_the_chain_leaves_the_region(void **state)
{
	static const u64 outside[] = { 0, REGION_PA - 1, REGION_PA + REGION_SIZE, ~0ULL };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(outside); i++) {
		put64(NODE(1), outside[i]);
		assert_int_equal(chain_check(region, REGION_SIZE, REGION_PA, &out), 0);
		assert_int_equal(out.nr, 2);
	}
}

static void check_refuses_a_node_of_another_type(void **state)
{
	static const struct {
		u32 offset, value;
	} bad[] = { { 8, 0x534e5048 }, { 12, 16 }, { 12, 32 }, { 16, 0x80000000 },
		    { 16, 1 }, { 20, 1 } };
	unsigned int i;
	u32 old;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		old = get32(NODE(1) + bad[i].offset);
		put32(NODE(1) + bad[i].offset, bad[i].value);
		check_refuses(CHAIN_ERR_TYPE);
		put32(NODE(1) + bad[i].offset, old);
	}
	assert_int_equal(chain_check(region, REGION_SIZE, REGION_PA, &out), 0);
}

static void check_refuses_a_bad_target(void **state)
{
	static const struct {
		u64 addr, len;
	} bad[] = {
		{ 0x2000001, 0x1000 }, { 0x2000000, 0x1001 }, { 0x2000000, 0 },
		{ 1ULL << 52, 0x1000 }, { (1ULL << 52) - 0x1000, 0x2000 },
		{ 0x2000000, ~0xfffULL }, { ~0xfffULL, 0x1000 },
		/* overlapping, touching and below the node before */
		{ 0x1100000, 0x1000 }, { 0x1200000, 0x1000 }, { 0x100000, 0x1000 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		put64(NODE(1) + 32, bad[i].addr);
		put64(NODE(1) + 24, bad[i].len);
		check_refuses(CHAIN_ERR_RANGE);
	}
}

static void check_refuses_an_array_too_small(void **state)
{
	(void)state;
	out.max = 2;
	check_refuses(CHAIN_ERR_SPACE);
	out.max = 3;
	assert_int_equal(chain_check(region, REGION_SIZE, REGION_PA, &out), 0);
}

static void check_survives_random_damage(void **state)
{
	u64 seed = 51;
	int round;
	u32 i, k;

	(void)state;
	for (round = 0; round < 20000; round++) {
		assert_int_equal(built(NULL), 0);
		for (k = (u32)rnd(&seed, 4); k < 4; k++)
			region[rnd(&seed, NODE(4))] = (u8)rnd(&seed, 256);
		if (chain_check(region, REGION_SIZE, REGION_PA, &out))
			continue;
		for (i = 0; i < out.nr; i++) {
			assert_true(out.v[i].nr_pages > 0);
			assert_true(out.v[i].pfn + out.v[i].nr_pages <= RMPP_MAX_PFN);
			if (i)
				assert_true(out.v[i].pfn > out.v[i - 1].pfn +
					    out.v[i - 1].nr_pages);
		}
	}
}

static void each_error_has_a_text(void **state)
{
	int err;

	(void)state;
	for (err = 0; err <= CHAIN_ERR_LOW; err++)
		assert_string_not_equal(chain_strerror(-err), "unknown error");
	assert_string_equal(chain_strerror(1), "unknown error");
	assert_string_equal(chain_strerror(-CHAIN_ERR_LOW - 1), "unknown error");
}

#define BUILT(name)	cmocka_unit_test_setup(name, built)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUILT(the_first_node_is_a_setup_data_over_the_whole_region),
		BUILT(the_other_nodes_are_setup_indirect),
		BUILT(build_leaves_the_blob_alone_and_the_rest_of_the_head_zero),
		BUILT(build_without_extents_is_one_node),
		BUILT(build_links_the_last_node_to_what_follows),
		BUILT(build_takes_as_many_extents_as_there_are_nodes),
		BUILT(build_refuses_bad_arguments),
		BUILT(build_refuses_a_first_node_longer_than_the_region),
		BUILT(build_refuses_more_extents_than_nodes),
		BUILT(build_refuses_ranges_that_check_would_refuse),
		BUILT(check_reads_what_was_built),
		BUILT(region_size_is_read_from_sixteen_bytes),
		BUILT(check_refuses_truncation),
		BUILT(check_refuses_an_unaligned_or_missing_region),
		BUILT(check_refuses_a_foreign_first_node),
		BUILT(check_refuses_a_first_node_too_short_for_the_nodes),
		BUILT(check_refuses_a_link_to_no_node),
		BUILT(check_refuses_a_loop),
		BUILT(check_refuses_a_chain_longer_than_its_nodes),
		BUILT(check_ends_where_the_chain_leaves_the_region),
		BUILT(check_refuses_a_node_of_another_type),
		BUILT(check_refuses_a_bad_target),
		BUILT(check_refuses_an_array_too_small),
		BUILT(check_survives_random_damage),
		cmocka_unit_test(each_error_has_a_text),
	};

	return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
