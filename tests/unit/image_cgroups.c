// SPDX-License-Identifier: MIT
/* cgroup.img as criu writes it, and what it lacks of criu's own cgroups. */
#include "unit.h"

#include "look/image_cgroups.h"
#include "look/image_format.h"

enum { SETS = 1, CONTROLLERS = 2 };

static void put_member(struct pb_out *set, const char *name, const char *path, unsigned prefix)
{
	struct pb_out member = { 0 };

	pb_put_bytes(&member, 1, name, strlen(name));
	pb_put_bytes(&member, 2, path, strlen(path));
	if (prefix)
		pb_put_number(&member, 3, prefix);
	pb_put_bytes(set, 2, member.v, member.n);
	free(member.v);
}

static void put_set(struct pb_out *entry, unsigned number, const char *path, unsigned prefix)
{
	struct pb_out set = { 0 };

	pb_put_number(&set, 1, number);
	put_member(&set, "", path, prefix);
	put_member(&set, "name=systemd", "/", 0);
	pb_put_bytes(entry, SETS, set.v, set.n);
	free(set.v);
}

static struct pb_out image_of(const struct pb_out *entry)
{
	static const uint32_t magics[] = { IMG_COMMON_MAGIC, CGROUP_MAGIC };
	struct pb_out image = { 0 };

	pb_put(&image, magics, sizeof(magics));
	image_put_entry(&image, entry);
	return image;
}

/* Of a root task in set 2, and criu in set 1. NULL: nothing is added. */
static char *added(const struct pb_out *entry, const char *own, size_t *ret_size)
{
	struct pb_out image = image_of(entry);
	char *text = image_add_crius_cgroups(image.v, image.n, 1, own, ret_size);

	free(image.v);
	return text;
}

static const char here[] = "1:name=systemd:/\n0::/user/shell\n";

static void test_added_as_the_roots(void **state)
{
	struct pb_out entry = { 0 };
	struct pb_out wanted;
	size_t size;
	char *text;

	(void)state;
	put_set(&entry, 2, "/user/shell", 11);
	put_set(&entry, 3, "/user/shell/below", 11);
	pb_put_bytes(&entry, CONTROLLERS, "", 0);
	text = added(&entry, here, &size);
	put_set(&entry, 1, "/user/shell", 11);
	wanted = image_of(&entry);
	assert_non_null(text);
	assert_int_equal(size, wanted.n);
	assert_memory_equal(text, wanted.v, size);
	free(wanted.v);
	free(entry.v);
	free(text);
}

static void check_nothing(struct pb_out *entry, const char *own)
{
	size_t size;

	assert_null(added(entry, own, &size));
	assert_int_equal(size, 0);
	free(entry->v);
}

static void test_no_namespace(void **state)
{
	struct pb_out entry = { 0 };

	(void)state;
	put_set(&entry, 2, "/user/shell", 0);
	check_nothing(&entry, here);
}

static void test_other_cgroups(void **state)
{
	struct pb_out entry = { 0 };

	(void)state;
	put_set(&entry, 2, "/user/shell", 11);
	check_nothing(&entry, "1:name=systemd:/\n0::/user/shell2\n");
}

static void test_already_there(void **state)
{
	struct pb_out entry = { 0 };

	(void)state;
	put_set(&entry, 2, "/user/shell", 11);
	put_set(&entry, 1, "/user/shell", 0);
	check_nothing(&entry, here);
}

static void test_damaged(void **state)
{
	struct pb_out entry = { 0 };
	struct pb_out image;
	size_t size;

	(void)state;
	put_set(&entry, 2, "/user/shell", 11);
	image = image_of(&entry);
	for (size_t n = 0; n < image.n; n++)
		assert_null(image_add_crius_cgroups(image.v, n, 1, here, &size));
	free(image.v);
	free(entry.v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_added_as_the_roots),
		cmocka_unit_test(test_no_namespace),
		cmocka_unit_test(test_other_cgroups),
		cmocka_unit_test(test_already_there),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
