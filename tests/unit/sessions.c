// SPDX-License-Identifier: MIT
/*
 * What pstree.img says when a tree that was in a session outside of its pid namespace has been
 * frozen.
 */
#include "unit.h"

#include "freeze/sessions.h"
#include "look/image_format.h"

#include <errno.h>

/* An image under construction; all numbers here fit into a byte of a varint, or into two. */
struct image {
	uint8_t text[512];
	size_t n;
};

static void put(struct image *i, const void *bytes, size_t n)
{
	memcpy(i->text + i->n, bytes, n);
	i->n += n;
}

static struct image begin(void)
{
	const uint32_t magics[2] = { IMG_COMMON_MAGIC, PSTREE_MAGIC };
	struct image i = { .n = 0 };

	put(&i, magics, sizeof(magics));
	return i;
}

static void put_number(uint8_t **at, unsigned field, unsigned value)
{
	*(*at)++ = (uint8_t)(field << 3);
	for (; value >= 0x80; value >>= 7)
		*(*at)++ = (uint8_t)(value | 0x80);
	*(*at)++ = (uint8_t)value;
}

/* With a thread, packed, and a field that a newer criu may add. */
static void task(struct image *i, unsigned pid, unsigned ppid, unsigned pgid, unsigned sid)
{
	static const uint8_t rest[] = { 5 << 3 | 2, 1, 7, 12 << 3, 9 };
	uint8_t entry[64];
	uint8_t *at = entry;
	uint32_t size;

	put_number(&at, 1, pid);
	put_number(&at, 2, ppid);
	put_number(&at, 3, pgid);
	put_number(&at, 4, sid);
	size = (uint32_t)(at - entry) + sizeof(rest);
	put(i, &size, sizeof(size));
	put(i, entry, (size_t)(at - entry));
	put(i, rest, sizeof(rest));
}

/*
 * In number of pid: 1 and 2 were in a group outside, 300 led one, 4 was in that. 5 is none of them.
 */
static struct session_member members[] = { { 1, 0 }, { 2, 0 }, { 4, 300 }, { 300, 300 } };
static const struct sessions all = { .v = members, .n = ARRAY_SIZE(members), .root = 1 };

static void they_are_in_the_session_of_the_root_task(void **state)
{
	struct image before = begin();
	struct image after = begin();
	_cleanup_free_ char *text = NULL;

	(void)state;
	task(&before, 1, 0, 1, 1);
	task(&before, 2, 1, 2, 2);
	task(&before, 300, 1, 300, 300);
	task(&before, 4, 300, 4, 4);
	task(&before, 5, 4, 5, 5);
	/* Made since then: by 4 and by 2, in the group of that; in one of its own; and by 5. */
	task(&before, 6, 4, 4, 4);
	task(&before, 7, 2, 2, 2);
	task(&before, 8, 4, 8, 4);
	task(&before, 9, 5, 5, 5);
	task(&after, 1, 0, 1, 1);
	task(&after, 2, 1, 1, 1);
	task(&after, 300, 1, 300, 1);
	task(&after, 4, 300, 300, 1);
	task(&after, 5, 4, 5, 5);
	task(&after, 6, 4, 300, 1);
	task(&after, 7, 2, 1, 1);
	task(&after, 8, 4, 8, 1);
	task(&after, 9, 5, 5, 5);
	assert_int_equal(sessions_edit(&all, before.text, before.n, &text), after.n);
	assert_memory_equal(text, after.text, after.n);
}

/* The leader of a session leads its group, whatever the group was. */
static void the_root_task_leads(void **state)
{
	struct session_member one[] = { { 1, 9 } };
	const struct sessions s = { .v = one, .n = 1, .root = 1 };
	struct image before = begin();
	_cleanup_free_ char *text = NULL;

	(void)state;
	task(&before, 1, 0, 1, 1);
	assert_int_equal(sessions_edit(&s, before.text, before.n, &text), before.n);
	assert_memory_equal(text, before.text, before.n);
}

static void a_number_may_need_more_bytes(void **state)
{
	struct session_member many[] = { { 2, 0 }, { 2000000, 0 } };
	const struct sessions s = { .v = many, .n = 2, .root = 2000000 };
	struct image before = begin();
	struct image after = begin();
	_cleanup_free_ char *text = NULL;

	(void)state;
	task(&before, 2000000, 0, 2000000, 2000000);
	task(&after, 2000000, 0, 2000000, 2000000);
	for (int i = 0; i < 8; i++) {
		task(&before, 2, 1, 2, 2);
		task(&after, 2, 1, 2000000, 2000000);
	}
	assert_int_equal(sessions_edit(&s, before.text, before.n, &text), after.n);
	assert_memory_equal(text, after.text, after.n);
}

static void what_is_damaged_is_refused(void **state)
{
	struct image i = begin();
	char *text = NULL;

	(void)state;
	task(&i, 1, 0, 1, 1);
	for (size_t n = 0; n < i.n; n++) {
		if (n == 8) /* an image without a task */
			continue;
		assert_int_equal(sessions_edit(&all, i.text, n, &text), -EINVAL);
		assert_null(text);
	}
	i.text[4]++;
	assert_int_equal(sessions_edit(&all, i.text, i.n, &text), -EINVAL);
}

int main(void)
{
	UNIT(they_are_in_the_session_of_the_root_task);
	UNIT(the_root_task_leads);
	UNIT(a_number_may_need_more_bytes);
	UNIT(what_is_damaged_is_refused);
	return unit_run("sessions");
}
