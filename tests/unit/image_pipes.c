// SPDX-License-Identifier: MIT
/* Pipes in images made by hand, as criu 4.2.1 writes them; and damaged ones. */
#include "unit.h"

#include "look/image_format.h"
#include "look/image_pipes.h"

#include <errno.h>
#include <fcntl.h>

static struct image_pipe_end ends[] = {
	{ 1, 70, O_RDONLY },            /* stdin */
	{ 2, 71, O_WRONLY | O_APPEND }, /* stdout */
	{ 3, 71, O_WRONLY | O_NONBLOCK },
	{ 4, 72, O_RDONLY }, /* both ends are in the tree */
	{ 5, 72, O_WRONLY },
	{ 6, 73, O_RDWR },
};

static const struct image_files files = { .pipes = ends, .n_pipes = ARRAY_SIZE(ends) };

static void begin(struct pb_out *o, uint32_t magic)
{
	const uint32_t common = IMG_COMMON_MAGIC;

	*o = (struct pb_out){ 0 };
	pb_put(o, &common, sizeof(common));
	pb_put(o, &magic, sizeof(magic));
}

static void put(struct pb_out *o, const uint64_t *values)
{
	struct pb_out m = { 0 };

	for (unsigned i = 0; i < 4; i++)
		pb_put_number(&m, i + 1, values[i]);
	image_put_entry(o, &m);
	free(m.v);
}

static void those_with_one_end_are_found(void **state)
{
	struct image_pipes p = { 0 };

	(void)state;
	image_pipes_find(&files, &p);
	assert_int_equal(p.n, 3);
	assert_int_equal(p.v[0].id, 70);
	assert_true(p.v[0].reads);
	assert_int_equal(p.v[1].id, 71);
	assert_false(p.v[1].reads);
	assert_false(p.v[0].is_both || p.v[1].is_both);
	assert_int_equal(p.v[2].id, 73);
	assert_true(p.v[2].is_both && p.v[2].reads);
	image_pipes_free(&p);
	image_pipes_find(&(struct image_files){ 0 }, &p);
	assert_int_equal(p.n, 0);
}

static void standard_descriptors_are_found(void **state)
{
	enum { REG = 1, PIPE = 2 };
	struct image_pipes p = { 0 };
	struct pb_out o;

	(void)state;
	image_pipes_find(&files, &p);
	begin(&o, FDINFO_MAGIC);
	put(&o, (uint64_t[]){ 1, 0, PIPE, 0 });
	put(&o, (uint64_t[]){ 2, 0, PIPE, 1 });
	put(&o, (uint64_t[]){ 1, 0, REG, 2 }); /* another file with that number? not a pipe */
	put(&o, (uint64_t[]){ 3, 0, PIPE, 3 });
	put(&o, (uint64_t[]){ 9, 0, PIPE, 2 }); /* of no pipe */
	assert_int_equal(image_pipes_parse_fds(o.v, o.n, &files, &p), 0);
	assert_true(p.v[0].is_stdio[0] && !p.v[0].is_stdio[1] && !p.v[0].is_stdio[2]);
	assert_true(!p.v[1].is_stdio[0] && p.v[1].is_stdio[1] && !p.v[1].is_stdio[2]);
	assert_int_equal(image_pipes_parse_fds(o.v, o.n - 1, &files, &p), -EINVAL);
	free(o.v);
	image_pipes_free(&p);
}

static void what_was_in_them_is_read(void **state)
{
	struct image_pipes p = { 0 };
	struct pb_out o;

	(void)state;
	image_pipes_find(&files, &p);
	begin(&o, PIPES_DATA_MAGIC);
	put(&o, (uint64_t[]){ 72, 3, 65536, 0 });
	pb_put(&o, "not", 3);
	put(&o, (uint64_t[]){ 70, 5, 4096, 0 });
	pb_put(&o, "bytes", 5);
	put(&o, (uint64_t[]){ 71, 2, 4096, 0 });
	pb_put(&o, "no", 2);
	assert_int_equal(image_pipes_parse_data(o.v, o.n, &p), 0);
	assert_int_equal(p.v[0].n, 5);
	assert_int_equal(p.v[0].size, 4096);
	assert_memory_equal(p.v[0].bytes, "bytes", 5);
	assert_int_equal(p.v[1].n, 0);
	assert_null(p.v[1].bytes);
	for (size_t n = 0; n < o.n; n++) {
		/* of its own size, so that a sanitizer sees a read behind the end */
		char *copy = xcalloc(n + 1, 1);

		memcpy(copy, o.v, n);
		(void)image_pipes_parse_data(copy, n, &p);
		free(copy);
	}
	free(o.v);
	image_pipes_free(&p);
}

int main(void)
{
	UNIT(those_with_one_end_are_found);
	UNIT(standard_descriptors_are_found);
	UNIT(what_was_in_them_is_read);
	return unit_run("image_pipes");
}
