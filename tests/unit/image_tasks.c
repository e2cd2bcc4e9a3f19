// SPDX-License-Identifier: MIT
/* The processes in the images, with their command lines; images are made by hand, byte by byte. */
#include "unit.h"

#include "look/image_format.h"
#include "look/image_tasks.h"

#include <errno.h>

struct image {
	struct pb_out v;
};

static struct image begin(uint32_t magic)
{
	const uint32_t common = IMG_COMMON_MAGIC;
	struct image i = { { 0 } };

	pb_put(&i.v, &common, sizeof(common));
	pb_put(&i.v, &magic, sizeof(magic));
	return i;
}

static void add(struct image *i, struct pb_out *message)
{
	image_put_entry(&i->v, message);
	free(message->v);
	*message = (struct pb_out){ 0 };
}

static void tasks_have_their_numbers(void **state)
{
	struct image i = begin(PSTREE_MAGIC);
	struct image_tasks t = { 0 };
	struct pb_out m = { 0 };

	(void)state;
	for (unsigned n = 1; n <= 4; n++)
		pb_put_number(&m, n, 10 + n);
	pb_put_number(&m, 5, 11);
	pb_put_bytes(&m, 5, "\x0c\x0d", 2); /* packed */
	add(&i, &m);
	pb_put_number(&m, 1, 20);
	pb_put_number(&m, 99, 7); /* of a newer criu */
	add(&i, &m);
	assert_int_equal(image_tasks_parse(i.v.v, i.v.n, &t), 0);
	assert_int_equal(t.n, 2);
	assert_int_equal(t.v[0].pid, 11);
	assert_int_equal(t.v[0].parent, 12);
	assert_int_equal(t.v[0].group, 13);
	assert_int_equal(t.v[0].session, 14);
	assert_int_equal(t.v[0].threads, 3);
	image_tasks_free(&t);
	assert_int_equal(image_tasks_parse(i.v.v, i.v.n - 1, &t), -EINVAL);
	assert_int_equal(t.n, 1); /* what comes before the damage */
	image_tasks_free(&t);
	free(i.v.v);
}

static void add_run(struct image *i, uint64_t address, uint64_t pages, int flags)
{
	struct pb_out m = { 0 };

	pb_put_number(&m, 1, address);
	pb_put_number(&m, 2, pages);
	if (flags >= 0)
		pb_put_number(&m, 4, (uint64_t)flags);
	add(i, &m);
}

static struct image_pages found(const struct image *i, uint64_t address, size_t size)
{
	const struct image_range range = { address, size, 4096 };
	struct image_pages p;

	assert_int_equal(image_pages_find(i->v.v, i->v.n, &range, &p), 0);
	return p;
}

static void memory_is_found_in_the_pages(void **state)
{
	enum { IN_PARENT = 1, PRESENT = 4 };
	struct image i = begin(PAGEMAP_MAGIC);
	struct pb_out head = { 0 };
	struct image_pages p;

	(void)state;
	pb_put_number(&head, 1, 9);
	add(&i, &head);
	add_run(&i, 0x10000, 2, PRESENT);
	add_run(&i, 0x20000, 4, IN_PARENT);
	add_run(&i, 0x30000, 1, PRESENT);
	add_run(&i, 0x40000, 1, -1); /* images of an older criu have no flags */

	p = found(&i, 0x11ff0, 100);
	assert_int_equal(p.id, 9);
	assert_int_equal(p.offset, 0x1ff0);
	assert_int_equal(p.size, 16); /* the rest is not there */
	p = found(&i, 0x30010, 20);
	assert_int_equal(p.offset, 0x2010); /* what is in the parent takes no place */
	assert_int_equal(p.size, 20);
	assert_int_equal(found(&i, 0x40000, 1).offset, 0x3000);
	assert_int_equal(found(&i, 0x20000, 8).size, 0);
	assert_int_equal(found(&i, 0x50000, 8).size, 0);
	free(i.v.v);
}

/* So many pages that the size, or the place of the next ones, is no 64 bit number. */
static void too_many_pages_are_damage(void **state)
{
	const uint64_t many[] = { UINT64_MAX, UINT64_MAX / 4096 };
	const struct image_range range = { 0x1000, 8, 4096 };

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(many); n++) {
		struct image i = begin(PAGEMAP_MAGIC);
		struct pb_out head = { 0 };
		struct image_pages p;

		pb_put_number(&head, 1, 1);
		add(&i, &head);
		add_run(&i, 0x100000, many[n], 4);
		add_run(&i, 0x1000, 1, 4);
		add_run(&i, 0x1000, many[1], 4);
		assert_int_equal(image_pages_find(i.v.v, i.v.n, &range, &p), -EINVAL);
		free(i.v.v);
	}
}

int main(void)
{
	UNIT(tasks_have_their_numbers);
	UNIT(memory_is_found_in_the_pages);
	UNIT(too_many_pages_are_damage);
	return unit_run("image_tasks");
}
