// SPDX-License-Identifier: MIT
/* What is read from a directory of images, and where criu may sit beside their pids. */
#include "unit.h"

#include "cli/criu.h"
#include "look/image_edit.h"
#include "look/images.h"

#include <errno.h>
#include <sys/sysmacros.h>

/* A pstree.img, written byte by byte: two magics, then records of a length and a message. */

struct image {
	uint8_t v[4096];
	size_t n;
};

static void put(struct image *i, const void *bytes, size_t n)
{
	assert_true(i->n + n <= sizeof(i->v));
	if (n)
		memcpy(i->v + i->n, bytes, n);
	i->n += n;
}

static void put_u32(struct image *i, uint32_t value)
{
	put(i, &value, sizeof(value)); /* criu writes in the machine's byte order */
}

static void put_varint(struct image *i, uint64_t value)
{
	do {
		uint8_t byte = (value & 0x7f) | (value > 0x7f ? 0x80 : 0);

		put(i, &byte, 1);
		value >>= 7;
	} while (value);
}

static void put_field(struct image *i, unsigned field, uint64_t value)
{
	put_varint(i, field << 3);
	put_varint(i, value);
}

static void put_bytes(struct image *i, unsigned field, const void *bytes, size_t n)
{
	put_varint(i, field << 3 | 2);
	put_varint(i, n);
	put(i, bytes, n);
}

static void put_record(struct image *i, const struct image *message)
{
	put_u32(i, (uint32_t)message->n);
	put(i, message->v, message->n);
}

static struct image empty_image(void)
{
	struct image i = { .n = 0 };

	put_u32(&i, 0x54564319); /* IMG_COMMON_MAGIC */
	put_u32(&i, 0x50273030); /* PSTREE_MAGIC */
	return i;
}

/* pid, ppid, pgid, sid; threads as one field each, as criu writes them (proto2, not packed). */
static struct image task_message(uint32_t pid, uint32_t ppid, uint32_t pgid, uint32_t sid)
{
	struct image m = { .n = 0 };

	put_field(&m, 1, pid);
	put_field(&m, 2, ppid);
	put_field(&m, 3, pgid);
	put_field(&m, 4, sid);
	return m;
}

static struct image image_of(const struct image *message)
{
	struct image i = empty_image();

	put_record(&i, message);
	return i;
}

static void assert_ids(const struct images *i, const char *expected)
{
	char text[1024] = "";

	for (size_t n = 0; n < i->n_ids; n++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%d", n ? " " : "",
			 i->ids[n]);
	assert_string_equal(text, expected);
}

static void assert_parses(const struct image *image, pid_t root, const char *ids)
{
	struct images i = { .present = true };

	assert_int_equal(images_parse_pstree(image->v, image->n, &i), 0);
	assert_int_equal(i.root, root);
	assert_ids(&i, ids);
	assert_true(i.present); /* the rest stays */
	images_free(&i);
	assert_null(i.ids);
}

static void assert_refused(const struct image *image, size_t size)
{
	struct images i = { .root = 4242 };
	/* its own memory, so that a sanitizer sees a read behind the end */
	uint8_t *copy = xcalloc(size, 1);

	memcpy(copy, image->v, size);
	UNIT_CHECK(images_parse_pstree(copy, size, &i) == -EINVAL, "%zu bytes", size);
	assert_int_equal(i.root, 4242);
	assert_null(i.ids);
	assert_int_equal(i.n_ids, 0);
	free(copy);
}

static void a_tree_of_one_task(void **state)
{
	struct image m = task_message(26, 0, 25, 24);
	struct image i;

	(void)state;
	put_field(&m, 5, 26);
	i = image_of(&m);
	assert_parses(&i, 26, "26 25 24 26");
}

static void a_tree_of_three_tasks_has_its_root_first(void **state)
{
	struct image one = task_message(300, 0, 300, 300);
	struct image two = task_message(70000, 300, 300, 300);
	struct image three = task_message(4194303, 70000, 9, 300);
	struct image i = empty_image();

	(void)state;
	put_field(&one, 5, 300);
	put_field(&two, 5, 70000);
	put_field(&two, 5, 70001);
	put_field(&two, 5, 70002);
	put_field(&three, 5, 4194303);
	put_record(&i, &one);
	put_record(&i, &two);
	put_record(&i, &three);
	assert_parses(&i, 300,
		      "300 300 300 300 70000 300 300 300 70000 70001 70002 4194303 70000 9 300 "
		      "4194303");
}

static void packed_threads_are_read_too(void **state)
{
	static const uint8_t packed[] = { 26, 0xac, 0x02, 27 }; /* 26, 300, 27 */
	struct image m = task_message(26, 0, 26, 26);
	struct image i;

	(void)state;
	put_bytes(&m, 5, packed, sizeof(packed));
	put_bytes(&m, 5, NULL, 0);
	i = image_of(&m);
	assert_parses(&i, 26, "26 26 26 26 300 27");
}

static void unknown_fields_are_passed_over(void **state)
{
	struct image m = { .n = 0 };
	struct image i;

	(void)state;
	put_field(&m, 6, 99);
	put_bytes(&m, 7, "abc", 3);
	put_field(&m, 1, 26);
	put_field(&m, 1000, 98);
	put_bytes(&m, 536870911, "\xff\xff", 2); /* the largest field number there is */
	put_field(&m, 4, 25);
	i = image_of(&m);
	assert_parses(&i, 26, "26 25");
}

static void a_session_outside_is_no_id(void **state)
{
	struct image m = task_message(26, 0, 0, 0);
	struct image i = image_of(&m);

	(void)state;
	assert_parses(&i, 26, "26");
}

static void an_init_in_the_images_is_seen(void **state)
{
	struct image m = task_message(1, 0, 1, 1);
	struct image i = image_of(&m);

	(void)state;
	assert_parses(&i, 1, "1 1 1");
}

static void no_record_is_no_task(void **state)
{
	struct image i = empty_image();
	struct image nothing = { .n = 0 };

	(void)state;
	assert_parses(&i, 0, "");
	put_record(&i, &nothing);
	assert_parses(&i, 0, "");
}

static void many_threads_find_room(void **state)
{
	struct image i = empty_image();
	struct images got = { 0 };

	(void)state;
	for (uint32_t n = 0; n < 100; n++) {
		struct image m = task_message(1000 + n, 0, 0, 0);

		put_record(&i, &m);
	}
	assert_int_equal(images_parse_pstree(i.v, i.n, &got), 0);
	assert_int_equal(got.n_ids, 100);
	for (size_t n = 0; n < 100; n++)
		assert_int_equal(got.ids[n], 1000 + n);
	images_free(&got);
}

static void ids_that_no_kernel_gives_are_left_out(void **state)
{
	struct image m = task_message(26, 0, 0x80000000U, 0xffffffffU);
	struct image i;

	(void)state;
	put_field(&m, 5, 0x7fffffffffffffffULL);
	i = image_of(&m);
	assert_parses(&i, 26, "26");
}

/*
 * A child of the root task, in a session that is neither the root task's nor its own, is made by
 * another process.
 */
static const struct child {
	const char *name;
	uint32_t pid, parent, session;
	pid_t reborn;
} children[] = {
	{ "a child in the root task's session is its own", 30, 26, 25, 0 },
	{ "a child that leads its session is its own", 30, 26, 30, 0 },
	{ "a child in another session is made by another process", 30, 26, 29, 30 },
	{ "a grandchild is no child", 30, 28, 29, 0 },
};

static void child(void **state)
{
	const struct child *c = *state;
	struct image tasks[] = { task_message(26, 0, 26, 25), task_message(28, 26, 28, 25),
				 task_message(c->pid, c->parent, c->pid, c->session),
				 task_message(31, 26, 31, 29) };
	struct image i = empty_image();
	struct images got = { 0 };

	for (size_t n = 0; n < 3 + (size_t)(c->reborn > 0); n++)
		put_record(&i, &tasks[n]);
	assert_int_equal(images_parse_pstree(i.v, i.n, &got), 0);
	assert_int_equal(got.reborn, c->reborn); /* the first of them */
	images_free(&got);
}

static void children_of_a_leader_in_its_session_are_its_heirs(void **state)
{
	struct image tasks[] = {
		task_message(26, 0, 26, 26),  task_message(27, 26, 27, 26), /* an heir */
		task_message(28, 27, 27, 26),                               /* of an heir */
		task_message(29, 26, 29, 29), task_message(30, 29, 26, 26), /* not of its session */
		task_message(31, 29, 29, 29)                                /* an heir */
	};
	struct image i = empty_image();
	struct images got = { 0 };

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(tasks); n++)
		put_record(&i, &tasks[n]);
	assert_int_equal(images_parse_pstree(i.v, i.n, &got), 0);
	assert_int_equal(got.n_heirs, 2);
	assert_int_equal(got.heirs[0].pid, 27);
	assert_int_equal(got.heirs[0].leader, 26);
	assert_int_equal(got.heirs[1].pid, 31);
	assert_int_equal(got.heirs[1].leader, 29);
	images_free(&got);
}

/* Damage */

static void cut_anywhere_but_behind_a_record_it_is_refused(void **state)
{
	struct image one = task_message(300, 0, 300, 300);
	struct image two = task_message(70000, 300, 300, 300);
	struct image i = empty_image();
	size_t ends[3];

	(void)state;
	put_field(&one, 5, 300);
	put_bytes(&two, 5, "\x1a\xac\x02", 3);
	put_bytes(&two, 9, "abc", 3);
	ends[0] = i.n;
	put_record(&i, &one);
	ends[1] = i.n;
	put_record(&i, &two);
	ends[2] = i.n;
	for (size_t n = 0; n <= i.n; n++) {
		struct images got = { 0 };

		if (n != ends[0] && n != ends[1] && n != ends[2]) {
			assert_refused(&i, n);
			continue;
		}
		UNIT_CHECK(images_parse_pstree(i.v, n, &got) == 0, "%zu bytes", n);
		assert_int_equal(got.root, n == ends[0] ? 0 : 300);
		images_free(&got);
	}
}

/* Behind a field it is a message still; criu itself says what it lacks. */
static void a_message_may_end_behind_a_field_only(void **state)
{
	struct image whole = task_message(300, 70000, 300, 300);
	static const char ends[] = "|..|...|..|..|....|";

	(void)state;
	put_bytes(&whole, 5, "\x1a\xac\x02", 3);
	assert_int_equal(whole.n, sizeof(ends) - 2);
	for (size_t n = 0; n <= whole.n; n++) {
		struct image part = whole;
		struct image i;
		struct images got = { 0 };

		part.n = n;
		i = image_of(&part);
		if (ends[n] == '|')
			UNIT_CHECK(images_parse_pstree(i.v, i.n, &got) == 0, "%zu bytes", n);
		else
			assert_refused(&i, i.n);
		images_free(&got);
	}
}

static const struct magic {
	const char *name;
	uint32_t first, second;
} magics[] = {
	{ "another first magic is refused", 0x54564318, 0x50273030 },
	{ "another second magic is refused", 0x54564319, 0x50273031 },
	{ "magics in the wrong order are refused", 0x50273030, 0x54564319 },
	{ "magics in the other byte order are refused", 0x19435654, 0x30302750 },
};

static void magic_is_refused(void **state)
{
	const struct magic *m = *state;
	struct image i = { .n = 0 };

	put_u32(&i, m->first);
	put_u32(&i, m->second);
	assert_refused(&i, i.n);
}

static const struct bytes {
	const char *name;
	const char *bytes;
	size_t n;
} messages[] = {
#define BYTES(text) text, sizeof(text) - 1
	{ "a varint without an end is refused", BYTES("\x08\x80\x80\x80") },
	{ "a varint of eleven bytes is refused",
	  BYTES("\x08\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x01") },
	{ "a key without a value is refused", BYTES("\x08") },
	{ "a field of a kind that is not in use is refused", BYTES("\x0b\x01") },
	{ "a field of eight bytes that has seven is refused",
	  BYTES("\x31\x01\x02\x03\x04\x05\x06\x07") },
	{ "packed threads that end in a number are refused", BYTES("\x2a\x02\x1a\x80") },
	{ "packed threads longer than their record are refused", BYTES("\x2a\x05\x1a\x1b") },
	{ "packed threads of a huge length are refused",
	  BYTES("\x2a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01") },
	{ "an unknown field of a huge length is refused",
	  BYTES("\x32\xff\xff\xff\xff\xff\xff\xff\xff\x7f") },
#undef BYTES
};

static void message_is_refused(void **state)
{
	const struct bytes *b = *state;
	struct image m = { .n = 0 };
	struct image i;

	put(&m, b->bytes, b->n);
	i = image_of(&m);
	assert_refused(&i, i.n);
}

static void records_of_a_huge_length_are_refused(void **state)
{
	static const uint32_t lengths[] = { 1, 5, 0x7fffffff, 0x80000000, 0xffffffff };

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(lengths); n++) {
		struct image i = empty_image();

		put_u32(&i, lengths[n]);
		assert_refused(&i, i.n);
	}
}

/* Reproducible noise behind good magics, for the sanitizers. */
static void noise_does_no_harm(void **state)
{
	uint32_t random = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct image i = empty_image();
		struct images got = { 0 };
		uint8_t *copy;

		for (int n = round % 40; n >= 0; n--) {
			random = random * 1103515245 + 12345;

			uint8_t byte = random >> 16;

			/* small numbers make lengths and fields that are nearly right */
			byte = byte & 1 ? byte >> 4 : byte;
			put(&i, &byte, 1);
			if (n % 16 == 0)
				put_u32(&i, byte & 15);
		}
		copy = xcalloc(i.n, 1);
		memcpy(copy, i.v, i.n);
		if (images_parse_pstree(copy, i.n, &got) == 0)
			for (size_t n = 0; n < got.n_ids; n++)
				assert_true(got.ids[n] > 0);
		images_free(&got);
		free(copy);
	}
}

/* A directory */

static void a_folder_without_images(void **state)
{
	struct unit_folder f = unit_folder_make();
	struct images i;
	struct err e;

	(void)state;
	assert_int_equal(images_read(f.fd, &i, &e), 0);
	assert_false(i.present || i.has_tree || i.own_mounts || i.auto_external || i.pdeath);
	assert_int_equal(i.root, 0);
	assert_int_equal(i.n_ids, 0);
	images_free(&i);
	unit_folder_remove(&f);
}

static void a_folder_with_images(void **state)
{
	struct unit_folder f = unit_folder_make();
	struct image m = task_message(26, 0, 25, 24);
	struct image tree = image_of(&m);
	struct images i;
	struct err e;

	(void)state;
	unit_write(&f, "inventory.img", "x", 1);
	unit_write(&f, "pstree.img", tree.v, tree.n);
	unit_write(&f, "mnt.img", "CRIU:AUTOGENERATED", 18);
	assert_int_equal(images_read(f.fd, &i, &e), 0);
	assert_true(i.present && i.has_tree);
	assert_false(i.own_mounts || i.auto_external);
	assert_int_equal(i.root, 26);
	assert_ids(&i, "26 25 24");
	images_free(&i);

	/* What is not understood is there all the same. */
	unit_write(&f, "mountpoints-12.img", "a\0CRIU:AUTOGENERATED\0", 21);
	assert_int_equal(images_read(f.fd, &i, &e), 0);
	assert_true(i.own_mounts && !i.auto_external);
	assert_int_equal(i.n_mounts, 0);
	images_free(&i);
	unit_folder_remove(&f);
}

static void a_damaged_pstree_leaves_no_ids(void **state)
{
	struct unit_folder f = unit_folder_make();
	struct image m = task_message(26, 0, 25, 24);
	struct image tree = image_of(&m);
	struct images i;
	struct err e;

	(void)state;
	unit_write(&f, "inventory.img", "x", 1);
	unit_write(&f, "pstree.img", tree.v, tree.n - 1);
	assert_int_equal(images_read(f.fd, &i, &e), 0);
	assert_true(i.present && i.has_tree);
	assert_int_equal(i.root, 0);
	assert_int_equal(i.n_ids, 0);
	images_free(&i);
	unit_folder_remove(&f);
}

static void an_empty_pstree_is_there(void **state)
{
	struct unit_folder f = unit_folder_make();
	struct images i;
	struct err e;

	(void)state;
	unit_write(&f, "pstree.img", "", 0);
	assert_int_equal(images_read(f.fd, &i, &e), 0);
	assert_true(i.has_tree && !i.present);
	assert_int_equal(i.root, 0);
	images_free(&i);
	unit_folder_remove(&f);
}

static void what_is_no_folder_is_an_error(void **state)
{
	struct unit_folder f = unit_folder_make();
	struct images i;
	struct err e;
	int fd;

	(void)state;
	unit_write(&f, "file", "x", 1);
	fd = openat(f.fd, "file", O_RDONLY | O_CLOEXEC);
	assert_int_equal(images_read(fd, &i, &e), -ENOTDIR);
	unit_assert_contains(e.what, "images directory");
	close(fd);
	unit_folder_remove(&f);
}

/* A free pid. "N" is an id, "N+STEP*COUNT" are many. */

static const struct room {
	const char *name, *ids;
	pid_t pid_max, pid;
} rooms[] = {
	{ "no ids: as far up as there is room", "", 32768, 32256 },
	{ "low ids only: the same", "1 2 3 25 299", 32768, 812 },
	{ "above all ids, where there is room", "300", 32768, 813 },
	{ "above all ids, whatever their order", "5000 26 812 5000 300", 32768, 5513 },
	{ "above all ids, though there is a gap", "300 20000", 32768, 20513 },
	{ "above all ids, as far as criu has room", "31743", 32768, 32256 },
	{ "one pid less is too little: below", "31744", 32768, 812 },
	{ "ids up to pid_max: in a gap", "32767", 32768, 812 },
	{ "ids up to pid_max, and low ones", "1 300 32767", 32768, 813 },
	{ "ids up to pid_max, and a gap in the middle", "300+500*20 20000+500*26 32767", 32768,
	  10313 },
	{ "gaps that are too small do not count", "300+1000*33 32767", 32768, 0 },
	{ "a gap that is just large enough", "300+1000*5 5325 5326+1000*28 32767", 32768, 4813 },
	{ "every pid is taken", "1+1*32767", 32768, 0 },
	{ "the largest pid_max", "4194303", 4194304, 812 },
	{ "near the largest pid_max", "4193279", 4194304, 4193792 },
	{ "a pid_max that is too small for anything", "", 301, 0 },
	{ "a pid_max that is just large enough", "", 1324, 812 },
	{ "ids above pid_max do not make room there", "32000 4000000", 32768, 812 },
	{ "ids above pid_max do not make room beside it", "300+500*65 4000000", 32768, 0 },
	{ "the largest id that there can be", "2147483647", 32768, 812 },
};

static size_t make_ids(const char *text, pid_t **ret)
{
	pid_t *ids = xcalloc(65536, sizeof(*ids));
	size_t n = 0;

	while (*text) {
		char *end;
		long id = strtol(text, &end, 10);
		long step = *end == '+' ? strtol(end + 1, &end, 10) : 1;
		long count = *end == '*' ? strtol(end + 1, &end, 10) : 1;

		for (long i = 0; i < count; i++)
			ids[n++] = (pid_t)(id + i * step);
		text = end + strspn(end, " ");
	}
	*ret = ids;
	return n;
}

static void room_is_found(void **state)
{
	const struct room *r = *state;
	pid_t *ids;
	size_t n = make_ids(r->ids, &ids);
	pid_t pid = images_free_pid(ids, n, r->pid_max);

	assert_int_equal(pid, r->pid);
	for (size_t i = 0; pid && i < n; i++)
		assert_false(ids[i] >= pid - 512 && ids[i] < pid + 512);
	free(ids);
}

/* A remap-fpath.img: pids of the dead */

static void the_pids_of_the_dead_are_ids(void **state)
{
	struct image i = { .n = 0 };
	struct images r = { 0 };

	(void)state;
	put_u32(&i, 0x54564319); /* IMG_COMMON_MAGIC */
	put_u32(&i, 0x59133954); /* REMAP_FPATH_MAGIC */
	for (unsigned type = 0; type < 3; type++) {
		struct image m = { .n = 0 };

		put_field(&m, 1, 7);
		put_field(&m, 2, 500 + type);
		put_field(&m, 3, type);
		put_record(&i, &m);
	}
	assert_int_equal(images_parse_remaps(i.v, i.n, &r), 0);
	assert_int_equal(r.n_ids, 1);
	assert_int_equal(r.ids[0], 502); /* PROCFS; the others are numbers of files */
	images_free(&r);
	assert_int_equal(images_parse_remaps(i.v, 7, &r), -EINVAL);
	assert_int_equal(images_parse_remaps(i.v, i.n - 1, &r), -EINVAL);
	images_free(&r);
}

/* A mountpoints-N.img: the view that criu saved */

static struct image empty_mounts(void)
{
	struct image i = { .n = 0 };

	put_u32(&i, 0x54564319); /* IMG_COMMON_MAGIC */
	put_u32(&i, 0x55563928); /* MNTS_MAGIC */
	return i;
}

/* As criu writes them, with fields that are not read here between those that are. */
static void put_mount(struct image *i, uint32_t dev, const char *root, const char *at,
		      const char *key)
{
	struct image m = { .n = 0 };

	put_field(&m, 1, 0);
	put_field(&m, 2, 77);
	put_field(&m, 3, dev);
	put_field(&m, 4, 1);
	put_bytes(&m, 6, root, strlen(root));
	put_bytes(&m, 7, at, strlen(at));
	put_bytes(&m, 8, "/dev/vda", 8);
	if (key)
		put_bytes(&m, 18, key, strlen(key));
	put_field(&m, 99, 5);
	put_record(i, &m);
}

static void put_bare_mount(struct image *i, const char *root, const char *at)
{
	struct image m = { .n = 0 };

	if (root)
		put_bytes(&m, 6, root, strlen(root));
	if (at)
		put_bytes(&m, 7, at, strlen(at));
	put_record(i, &m);
}

static void assert_mount(const struct images *i, size_t n, dev_t dev, const char *root,
			 const char *at, const char *key)
{
	assert_true(n < i->n_mounts);
	assert_int_equal(i->mounts[n].dev, dev);
	assert_string_equal(i->mounts[n].root, root);
	assert_string_equal(i->mounts[n].at, at);
	unit_assert_text(i->mounts[n].key, key);
}

static void every_mount_is_read_in_order(void **state)
{
	struct image i = empty_mounts();
	struct images r = { .root = 7 };

	(void)state;
	put_mount(&i, 3U << 20 | 9, "/", "/proc", "criu-ns-1");
	put_mount(&i, 254U << 20 | 0xfffff, "/srv/rootfs", "/", NULL);
	put_mount(&i, 4095U << 20, "/a\nb", "/x]:/etc", "CRIU:AUTOGENERATED");
	put_mount(&i, 0, "", "", "");
	assert_int_equal(images_parse_mounts(i.v, i.n, &r), 0);
	assert_int_equal(r.n_mounts, 4);
	assert_mount(&r, 0, makedev(3, 9), "/", "/proc", "criu-ns-1");
	assert_mount(&r, 1, makedev(254, 0xfffff), "/srv/rootfs", "/", NULL);
	assert_mount(&r, 2, makedev(4095, 0), "/a\nb", "/x]:/etc", "CRIU:AUTOGENERATED");
	assert_mount(&r, 3, 0, "", "", "");
	assert_int_equal(r.root, 7); /* the rest stays */

	i = empty_mounts(); /* another image takes the place of the first */
	put_mount(&i, 1, "/", "/mnt", NULL);
	assert_int_equal(images_parse_mounts(i.v, i.n, &r), 0);
	assert_int_equal(r.n_mounts, 1);
	assert_mount(&r, 0, makedev(0, 1), "/", "/mnt", NULL);
	images_free(&r);
	assert_null(r.mounts);
	assert_int_equal(r.n_mounts, 0);
}

static void only_criu_s_own_word_is_automatic(void **state)
{
	static const struct {
		const char *key;
		bool is_auto;
	} keys[] = {
		{ NULL, false },
		{ "", false },
		{ "criu-ns-1", false },
		{ "CRIU:AUTOGENERATED", true },
		{ "CRIU:AUTOGENERATED2", false },
		{ "xCRIU:AUTOGENERATED", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct image_mount m = { .key = (char *)keys[i].key };

		UNIT_CHECK(images_is_auto(&m) == keys[i].is_auto, "%s", m.key ? m.key : "no key");
	}
}

static void the_mount_on_the_root_is_the_later_one(void **state)
{
	struct image i = empty_mounts();
	struct images r = { 0 };

	(void)state;
	put_mount(&i, 1, "/", "/proc", NULL);
	assert_int_equal(images_parse_mounts(i.v, i.n, &r), 0);
	assert_null(images_root_mount(&r));
	put_mount(&i, 254U << 20 | 7, "/srv/rootfs", "/", NULL);
	put_mount(&i, 2, "/", "/mnt", NULL);
	assert_int_equal(images_parse_mounts(i.v, i.n, &r), 0);
	assert_ptr_equal(images_root_mount(&r), &r.mounts[1]);
	put_mount(&i, 3, "/other", "/", NULL);
	assert_int_equal(images_parse_mounts(i.v, i.n, &r), 0);
	assert_ptr_equal(images_root_mount(&r), &r.mounts[3]);
	images_free(&r);
}

static void assert_mounts_refused(const struct image *i, size_t n)
{
	struct images r = { .own_mounts = true };
	uint8_t *copy = xcalloc(n + 1, 1);

	memcpy(copy, i->v, n);
	UNIT_CHECK(images_parse_mounts(copy, n, &r) == -EINVAL, "%zu bytes", n);
	assert_null(r.mounts);
	assert_int_equal(r.n_mounts, 0);
	free(copy);
}

static void damaged_mounts_are_refused_and_leak_nothing(void **state)
{
	struct image i = empty_mounts();
	size_t one;

	(void)state;
	put_mount(&i, 254U << 20, "/", "/", "key");
	one = i.n;
	put_mount(&i, 254U << 20, "/", "/mnt", NULL);
	for (size_t n = 0; n < i.n; n++)
		if (n != 8 && n != one) /* behind the magics, or a record, it may end */
			assert_mounts_refused(&i, n);
}

static void a_mount_without_its_place_is_refused(void **state)
{
	(void)state;
	for (int n = 0; n < 3; n++) {
		struct image i = empty_mounts();

		put_mount(&i, 1, "/", "/", "key");
		put_bare_mount(&i, n == 1 ? "/" : NULL, n == 2 ? "/mnt" : NULL);
		assert_mounts_refused(&i, i.n);
	}
}

static void the_mounts_of_another_image_are_refused(void **state)
{
	struct image m = task_message(26, 0, 25, 24);
	struct image i = image_of(&m);

	(void)state;
	assert_mounts_refused(&i, i.n);
}

/* Where texts and numbers are not what they should be nothing is read for them. */
static void a_number_for_a_path_is_no_path(void **state)
{
	struct image i = empty_mounts();
	struct image m = { .n = 0 };

	(void)state;
	put_field(&m, 6, 5);
	put_bytes(&m, 7, "/", 1);
	put_record(&i, &m);
	assert_mounts_refused(&i, i.n);
}

/* A core-PID.img: what the root task wants when its parent ends */

static struct image core_image(const struct image *thread)
{
	struct image core = { .n = 0 };
	struct image task = { .n = 0 };
	struct image i = { .n = 0 };

	put_bytes(&task, 6, "a name", 6);
	put_field(&task, 18, thread != NULL); /* child_subreaper */
	put_field(&core, 1, 1);               /* mtype */
	put_bytes(&core, 3, task.v, task.n);
	if (thread)
		put_bytes(&core, 5, thread->v, thread->n);
	put_bytes(&core, 9, "", 0);
	put_u32(&i, 0x54564319); /* IMG_COMMON_MAGIC */
	put_u32(&i, 0x55053847); /* CORE_MAGIC */
	put_record(&i, &core);
	return i;
}

static void a_signal_at_the_parent_s_end_is_seen(void **state)
{
	static const int signals[] = { 0, 9, 15 };

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(signals); n++) {
		struct image thread = { .n = 0 };
		struct image i;
		struct images r = { .root = 26 };

		put_field(&thread, 1, 4096);
		put_bytes(&thread, 7, "sas", 3);
		put_field(&thread, 8, (uint64_t)signals[n]);
		i = core_image(&thread);
		assert_int_equal(images_parse_core(i.v, i.n, &r), 0);
		UNIT_CHECK(r.pdeath == (signals[n] != 0), "signal %d", signals[n]);
		assert_int_equal(r.root, 26);
	}
}

static void a_core_without_such_a_signal_wants_none(void **state)
{
	struct image thread = { .n = 0 };
	struct image i;
	struct images r = { 0 };

	(void)state;
	put_bytes(&thread, 8, "9", 1); /* a text is no signal */
	put_field(&thread, 9, 9);
	i = core_image(&thread);
	assert_int_equal(images_parse_core(i.v, i.n, &r), 0);
	assert_true(r.adopts);
	i = core_image(NULL);
	assert_int_equal(images_parse_core(i.v, i.n, &r), 0);
	assert_false(r.pdeath);
	assert_false(r.adopts);
}

static void a_damaged_core_is_refused(void **state)
{
	struct image thread = { .n = 0 };
	struct image i;

	(void)state;
	put_field(&thread, 8, 9);
	i = core_image(&thread);
	for (size_t n = 0; n < i.n; n++) {
		struct images r = { 0 };
		uint8_t *copy = xcalloc(n + 1, 1);

		memcpy(copy, i.v, n);
		if (n != 8) /* behind the magics */
			UNIT_CHECK(images_parse_core(copy, n, &r) == -EINVAL, "%zu bytes", n);
		assert_false(r.pdeath);
		free(copy);
	}
	thread.n--; /* the number of the field, and no value */
	i = core_image(&thread);
	assert_int_equal(images_parse_core(i.v, i.n, &(struct images){ 0 }), -EINVAL);
}

/*
 * A tty_info_entry: id, type, sid, rdev, dev; with termios unless it was hung up, and for a pty
 * with its index.
 */
static void put_tty(struct image *i, const uint32_t v[5], bool hung, int index)
{
	struct image m = { .n = 0 };
	struct image pty = { .n = 0 };

	put_field(&m, 1, v[0]);
	put_field(&m, 2, v[1]);
	put_field(&m, 6, v[2]);
	put_field(&m, 8, v[3]);
	put_field(&m, 13, v[4]);
	if (!hung)
		put_bytes(&m, 9, "", 0);
	if (index >= 0) {
		put_field(&pty, 1, (uint64_t)index);
		put_bytes(&m, 12, pty.v, pty.n);
	}
	put_record(i, &m);
}

static struct image no_ttys(void)
{
	struct image i = { .n = 0 };

	put_u32(&i, 0x54564319); /* IMG_COMMON_MAGIC */
	put_u32(&i, 0x59453036); /* TTY_INFO_MAGIC */
	return i;
}

static void terminals_are_told_apart(void **state)
{
	enum { PTY = 1, EXT_TTY = 5 };
	struct image i = no_ttys();
	struct image_ttys t;

	(void)state;
	put_tty(&i, (uint32_t[]){ 2026, EXT_TTY, 77, 0x8803, 0x19 }, false, -1);
	put_tty(&i, (uint32_t[]){ 8, PTY, 78, 0x8804, 0x19 }, false, 4);
	put_tty(&i, (uint32_t[]){ 9, PTY, 0, 0x502, 0x6 }, false, 4);
	put_tty(&i, (uint32_t[]){ 10, PTY, 0, 0x8805, 0x19 }, true, 5);
	assert_int_equal(image_ttys_parse(i.v, i.n, &t), 0);
	assert_int_equal(t.n, 4);
	assert_true(t.v[0].is_external && !t.v[0].is_pty && !t.v[0].is_hung);
	assert_true(t.v[0].rdev == 0x8803 && t.v[0].dev == 0x19 && t.v[0].sid == 77);
	assert_true(t.v[1].is_pty && !t.v[1].is_master && t.v[1].index == 4);
	assert_true(t.v[2].is_pty && t.v[2].is_master && t.v[2].index == 4);
	assert_true(t.v[3].is_hung);
	assert_false(image_ttys_have_job(&t)); /* one has both sides, one is hung up */
	for (int k = 0; k < 4; k++)
		assert_int_equal(image_tty_is_remade(&t.v[k]), k >= 2);
	assert_int_equal(image_ttys_remade_below(&t), 6);
	image_ttys_free(&t);

	put_tty(&i, (uint32_t[]){ 12, PTY, 79, 0x8806, 0x19 }, false, 6);
	assert_int_equal(image_ttys_parse(i.v, i.n, &t), 0);
	assert_true(image_ttys_have_job(&t));
	image_ttys_free(&t);
}

static void damaged_terminals_are_refused(void **state)
{
	struct image i = no_ttys();
	struct image_ttys t;

	(void)state;
	put_tty(&i, (uint32_t[]){ 8, 1, 78, 0x8804, 0x19 }, false, 300);
	for (size_t n = 0; n < i.n; n++) {
		int r = image_ttys_parse(i.v, n, &t);

		UNIT_CHECK(r == (n == 8 ? 0 : -EINVAL) && !t.n, "%zu bytes", n);
	}
}

/* A directory with several views: criu numbers them as it meets them, the root task's first. */

static void write_mounts(const struct unit_folder *f, const char *name, const char *at,
			 const char *key)
{
	struct image i = empty_mounts();

	put_mount(&i, 1, "/", at, key);
	unit_write(f, name, i.v, i.n);
}

static void put_full_mount(struct image *i, const struct mount *m)
{
	struct image e = { .n = 0 };

	put_field(&e, 1, 3);
	put_field(&e, 2, (uint64_t)m->id);
	put_field(&e, 3, 77);
	put_field(&e, 4, (uint64_t)m->parent);
	put_field(&e, 5, m->flags);
	put_bytes(&e, 6, m->root, strlen(m->root));
	put_bytes(&e, 7, m->at, strlen(m->at));
	put_bytes(&e, 8, "none", 4);
	put_field(&e, 10, m->shared);
	put_field(&e, 11, m->master);
	put_record(i, &e);
}

static struct image ids_message(uint32_t mnt_ns)
{
	struct image m = { .n = 0 };

	for (unsigned field = 1; field <= 8; field++)
		put_field(&m, field, 100 + field);
	put_field(&m, 9, mnt_ns);
	put_field(&m, 10, 1);
	return m;
}

static void write_ids(const struct unit_folder *f, const char *name, uint32_t mnt_ns)
{
	struct image i = { .n = 0 };
	struct image m = ids_message(mnt_ns);

	put_u32(&i, 0x54564319); /* IMG_COMMON_MAGIC */
	put_u32(&i, 0x54432030); /* IDS_MAGIC */
	put_record(&i, &m);
	unit_write(f, name, i.v, i.n);
}

/* criu ran in that mount namespace. */
static void write_inventory(const struct unit_folder *f, uint32_t mnt_ns)
{
	struct image i = { .n = 0 };
	struct image m = { .n = 0 };
	struct image ids = ids_message(mnt_ns);

	put_u32(&i, 0x58313116); /* INVENTORY_MAGIC, the only one (criu/include/magic.h) */
	put_field(&m, 1, 2);
	put_bytes(&m, 3, ids.v, ids.n);
	put_field(&m, 4, 1);
	put_record(&i, &m);
	unit_write(f, "inventory.img", i.v, i.n);
}

/* A root task with pid 1, and a child. */
static void write_pair(const struct unit_folder *f, pid_t child)
{
	struct image one = task_message(1, 0, 1, 1);
	struct image two = task_message((uint32_t)child, 1, 1, 1);
	struct image i = empty_image();

	put_record(&i, &one);
	put_record(&i, &two);
	unit_write(f, "pstree.img", i.v, i.n);
}

/* The others are there in full, each with somebody who was in it. */
static void nested_views_are_read_in_full(void **state)
{
	struct unit_folder f = unit_folder_make();
	struct mount m = { .id = 70,
			   .parent = 60,
			   .flags = MS_RDONLY | MS_NOSUID,
			   .root = (char *)"/srv",
			   .at = (char *)"/a b",
			   .shared = 5,
			   .master = 4000000000U };
	struct image image = empty_mounts();
	const struct mounts *table;
	struct images i;
	struct err e;

	(void)state;
	put_full_mount(&image, &m);
	unit_write(&f, "mountpoints-13.img", image.v, image.n);
	write_mounts(&f, "mountpoints-9.img", "/nine", NULL);
	write_mounts(&f, "mountpoints-100.img", "/hundred", NULL);
	unit_write(&f, "mountpoints-14.img", image.v, image.n - 1);
	write_pair(&f, 26);
	write_ids(&f, "ids-1.img", 9);
	write_ids(&f, "ids-26.img", 13);
	write_ids(&f, "ids-27.img", 100); /* not in the tree */
	unit_write(&f, "ids-28.img", "x", 1);
	assert_int_equal(images_read(f.fd, &i, &e), 0);
	assert_string_equal(i.mounts[0].at, "/nine");
	assert_int_equal(i.n_nested, 1); /* not the damaged one, and not one without tasks */
	assert_int_equal(i.nested[0].id, 13);
	assert_int_equal(i.nested[0].pid, 26);
	table = &i.nested[0].table;
	assert_int_equal(table->n, 1);
	assert_int_equal(table->v[0].id, 70);
	assert_int_equal(table->v[0].parent, 60);
	assert_int_equal(table->v[0].flags, MS_RDONLY | MS_NOSUID);
	assert_string_equal(table->v[0].root, "/srv");
	assert_string_equal(table->v[0].at, "/a b");
	assert_int_equal(table->v[0].shared, 5);
	assert_int_equal(table->v[0].master, 4000000000U);
	images_free(&i);
	assert_null(i.nested);
	unit_folder_remove(&f);
}

/* A freeze overwrites what it writes, and leaves the rest of an earlier one there. */
static void views_of_an_earlier_freeze_are_passed_over(void **state)
{
	struct unit_folder f = unit_folder_make();
	struct images i;
	struct err e;

	(void)state;
	write_pair(&f, 26);
	write_inventory(&f, 2);
	write_mounts(&f, "mountpoints-9.img", "/old", "CRIU:AUTOGENERATED");
	write_mounts(&f, "mountpoints-13.img", "/root", NULL);
	write_mounts(&f, "mountpoints-14.img", "/child", NULL);
	write_ids(&f, "ids-1.img", 13);
	write_ids(&f, "ids-26.img", 14);
	write_ids(&f, "ids-300.img", 9);
	assert_int_equal(images_read(f.fd, &i, &e), 0);
	assert_true(i.own_mounts && !i.auto_external);
	assert_string_equal(i.mounts[0].at, "/root");
	assert_int_equal(i.n_nested, 1);
	assert_int_equal(i.nested[0].id, 14);
	images_free(&i);

	/* This time criu ran where the tree was. */
	write_inventory(&f, 13);
	assert_int_equal(images_read(f.fd, &i, &e), 0);
	assert_false(i.own_mounts || i.auto_external);
	assert_int_equal(i.n_mounts, 0);
	assert_int_equal(i.n_nested, 0);
	images_free(&i);
	unit_folder_remove(&f);
}

/* As criu 4.2.1 wrote it. */
static void a_recorded_inventory_is_read(void **state)
{
	_cleanup_free_ char *path = unit_fixture("images");
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct images i;
	struct err e;

	(void)state;
	assert_int_equal(images_read(fd, &i, &e), 0);
	assert_true(i.present);
	assert_int_equal(i.crius_net, 2);
	assert_int_equal(i.crius_mnt, 6);
	assert_int_equal(i.lsm, 0);
	assert_false(i.has_plugins);
	images_free(&i);
	close(fd);
}

/*
 * One run of pages, with their number in each of the two fields, and which criu the images are of
 * at least.
 */
static const struct {
	uint64_t compat, pages; /* 0: not there */
	bool zero;              /* the first is there, with 0 */
	unsigned criu;
} pagemaps[] = {
	{ 3, 0, false, 0 },
	{ 0, 3, true, CRIU_VERSION(4, 2, 0) },
	{ 0, 3, false, CRIU_VERSION(4, 2, 0) },
	{ 3, 3, false, 0 }, /* as an old criu wants it, too */
};

static void the_memory_tells_the_version(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pagemaps); i++) {
		struct image image = { .n = 0 };
		struct image head = { .n = 0 };
		struct image run = { .n = 0 };
		struct images old = { .criu = CRIU_VERSION(4, 1, 0) };
		struct images ret = { 0 };

		put_u32(&image, 0x54564319);
		put_u32(&image, 0x56084025); /* PAGEMAP_MAGIC */
		put_field(&head, 1, 5);      /* which would be a number of pages elsewhere */
		put_record(&image, &head);
		put_field(&run, 1, 0x400000);
		if (pagemaps[i].compat || pagemaps[i].zero)
			put_field(&run, 2, pagemaps[i].compat);
		put_field(&run, 4, 4);
		if (pagemaps[i].pages)
			put_field(&run, 5, pagemaps[i].pages);
		put_record(&image, &run);
		put_record(&image, &run);
		/* The beginning is enough. */
		UNIT_CHECK(images_parse_pagemap(image.v, image.n - 1, &ret) == 0, "%zu", i);
		UNIT_CHECK(ret.criu == pagemaps[i].criu && ret.hides_memory == (ret.criu != 0),
			   "%zu: %u", i, ret.criu);
		assert_int_equal(images_parse_pagemap(image.v, image.n, &old), 0);
		UNIT_CHECK(old.criu == (ret.criu ? ret.criu : CRIU_VERSION(4, 1, 0)), "%zu: %u", i,
			   old.criu);
		image.v[4] ^= 1;
		assert_int_equal(images_parse_pagemap(image.v, image.n, &ret), -EINVAL);
	}
}

static void the_lowest_number_is_the_root_task_s_view(void **state)
{
	struct unit_folder f = unit_folder_make();
	struct images i;
	struct err e;

	(void)state;
	write_mounts(&f, "mountpoints-13.img", "/thirteen", NULL);
	write_mounts(&f, "mountpoints-9.img", "/nine", NULL);
	write_mounts(&f, "mountpoints-100.img", "/hundred", NULL);
	write_mounts(&f, "mountpoints-1.txt", "/other", NULL);
	write_mounts(&f, "mountpoints-1.img~", "/other", "CRIU:AUTOGENERATED");
	write_mounts(&f, "mountpoints-x.img", "/other", "CRIU:AUTOGENERATED");
	assert_int_equal(images_read(f.fd, &i, &e), 0);
	assert_true(i.own_mounts && !i.auto_external);
	assert_int_equal(i.n_mounts, 1);
	assert_string_equal(i.mounts[0].at, "/nine");
	images_free(&i);

	/* A mount that criu found itself counts wherever it is. */
	write_mounts(&f, "mountpoints-100.img", "/hundred", "CRIU:AUTOGENERATED");
	assert_int_equal(images_read(f.fd, &i, &e), 0);
	assert_true(i.auto_external);
	assert_string_equal(i.mounts[0].at, "/nine");
	images_free(&i);

	/* The root task's view is damaged: it is not another one's. */
	unit_write(&f, "mountpoints-9.img", "x", 1);
	assert_int_equal(images_read(f.fd, &i, &e), 0);
	assert_true(i.own_mounts);
	assert_int_equal(i.n_mounts, 0);
	images_free(&i);
	unit_folder_remove(&f);
}

static void the_root_task_s_core_is_read(void **state)
{
	struct unit_folder f = unit_folder_make();
	struct image m = task_message(26, 0, 25, 24);
	struct image tree = image_of(&m);
	struct image thread = { .n = 0 };
	struct image core;
	struct images i;
	struct err e;

	(void)state;
	put_field(&thread, 8, 9);
	core = core_image(&thread);
	unit_write(&f, "pstree.img", tree.v, tree.n);
	unit_write(&f, "core-27.img", core.v, core.n);
	assert_int_equal(images_read(f.fd, &i, &e), 0);
	assert_false(i.pdeath);
	images_free(&i);
	unit_write(&f, "core-26.img", core.v, core.n);
	assert_int_equal(images_read(f.fd, &i, &e), 0);
	assert_true(i.pdeath);
	images_free(&i);
	unit_folder_remove(&f);
}

/* A mount of criu's: what is not asked for here never changes. */
struct entry {
	uint64_t id, shared, master;
	bool deleted;
	const char *key;
};

static struct image mounts_image(const struct entry *entries, size_t n)
{
	struct image i = { .n = 0 };

	put_u32(&i, 0x54564319);
	put_u32(&i, 0x55563928); /* MNTS_MAGIC */
	for (size_t k = 0; k < n; k++) {
		const struct entry *x = &entries[k];
		struct image m = { .n = 0 };

		put_field(&m, 1, 3);
		put_field(&m, 2, x->id);
		put_bytes(&m, 6, "/x", 2);
		if (x->deleted)
			put_field(&m, 16, 1);
		put_field(&m, 17, 0x400);
		put_field(&m, 10, x->shared);
		put_field(&m, 11, x->master);
		if (x->key)
			put_bytes(&m, 18, x->key, strlen(x->key));
		put_record(&i, &m);
	}
	return i;
}

static void assert_edited(const struct image_edit *edits, size_t n_edits,
			  const struct entry *before, const struct entry *after, size_t n)
{
	struct image from = mounts_image(before, n);
	struct image to = mounts_image(after, n);
	size_t size = 0;
	char *text = image_edit_mounts(from.v, from.n, edits, n_edits, &size);

	assert_non_null(text);
	assert_int_equal(size, to.n);
	assert_memory_equal(text, to.v, to.n);
	free(text);
}

static void each_mount_gets_its_key(void **state)
{
	const struct image_edit edits[] = {
		{ 5, "criu-ns-1", 0, 7, false },  { 9, "criu-ns-2", 3, 7, false },
		{ 10, "criu-ns-3", 0, 0, false }, { 12, NULL, 0, 7, false },
		{ 14, "k", 3, 300, false },       { 99, "none", 1, 1, false }
	};
	const struct entry before[] = {
		{ 12, 0, 7, false, "CRIU:AUTOGENERATED" }, { 5, 0, 7, true, NULL },
		{ 10, 0, 0, true, "criu-ns-3" },           { 77, 3, 7, true, "other" },
		{ 9, 3, 7, false, "criu-ns-2" },           { 14, 3, 7, false, "k" }
	};
	const struct entry after[] = {
		{ 12, 0, 7, false, NULL },        { 5, 0, 7, false, "criu-ns-1" },
		{ 10, 0, 0, false, "criu-ns-3" }, { 77, 3, 7, true, "other" },
		{ 9, 3, 7, false, "criu-ns-2" },  { 14, 3, 300, false, "k" }
	};

	(void)state;
	assert_edited(edits, 6, before, after, 6);
	assert_edited(NULL, 0, before, before, 6);
}

static void a_deleted_directory_that_criu_makes_stays_one(void **state)
{
	const struct image_edit edit = { 5, NULL, 3, 0, false };
	const struct entry before = { 5, 0, 7, true, "CRIU:AUTOGENERATED" };
	const struct entry after = { 5, 3, 0, true, NULL };

	(void)state;
	assert_edited(&edit, 1, &before, &after, 1);
}

static void of_two_that_are_deleted_one_is_there(void **state)
{
	const struct image_edit edit = { 5, NULL, 0, 7, true };
	const struct entry before[] = { { 4, 0, 7, true, NULL }, { 5, 0, 7, true, NULL } };
	const struct entry after[] = { { 4, 0, 7, true, NULL }, { 5, 0, 7, false, NULL } };

	(void)state;
	assert_edited(&edit, 1, before, after, 2);
	assert_edited(&edit, 1, after, after, 2);
}

/* --external dev[8/1]:KEY; the key is in the source of the mount then. */
static void a_device_that_was_named_stays_named(void **state)
{
	const struct image_edit edit = { 5, NULL, 3, 0, false };
	const struct entry before = { 5, 0, 7, false, "CRIU:EXTERNAL_DEV" };
	const struct entry after = { 5, 3, 0, false, "CRIU:EXTERNAL_DEV" };

	(void)state;
	assert_edited(&edit, 1, &before, &after, 1);
	assert_edited(&edit, 1, &after, &after, 1);
}

/* Cut anywhere but behind an entry. */
static void a_damaged_table_is_not_edited(void **state)
{
	const struct entry entry = { 5, 0, 7, true, "key" };
	const struct image_edit edit = { 5, "criu-ns-1", 0, 7, false };
	struct image i = mounts_image(&entry, 1);
	size_t size;

	(void)state;
	for (size_t n = 0; n < i.n; n++)
		if (n != 8)
			assert_null(image_edit_mounts(i.v, n, &edit, 1, &size));
	i.v[12] |= 7; /* a wire type that does not exist */
	assert_null(image_edit_mounts(i.v, i.n, &edit, 1, &size));
}

int main(void)
{
	UNIT(the_pids_of_the_dead_are_ids);
	UNIT(every_mount_is_read_in_order);
	UNIT(only_criu_s_own_word_is_automatic);
	UNIT(the_mount_on_the_root_is_the_later_one);
	UNIT(damaged_mounts_are_refused_and_leak_nothing);
	UNIT(a_mount_without_its_place_is_refused);
	UNIT(the_mounts_of_another_image_are_refused);
	UNIT(a_number_for_a_path_is_no_path);
	UNIT(a_signal_at_the_parent_s_end_is_seen);
	UNIT(a_core_without_such_a_signal_wants_none);
	UNIT(a_damaged_core_is_refused);
	UNIT(terminals_are_told_apart);
	UNIT(damaged_terminals_are_refused);
	UNIT(views_of_an_earlier_freeze_are_passed_over);
	UNIT(a_recorded_inventory_is_read);
	UNIT(the_memory_tells_the_version);
	UNIT(the_lowest_number_is_the_root_task_s_view);
	UNIT(nested_views_are_read_in_full);
	UNIT(the_root_task_s_core_is_read);
	UNIT(each_mount_gets_its_key);
	UNIT(a_deleted_directory_that_criu_makes_stays_one);
	UNIT(of_two_that_are_deleted_one_is_there);
	UNIT(a_device_that_was_named_stays_named);
	UNIT(a_damaged_table_is_not_edited);
	UNIT(a_tree_of_one_task);
	UNIT(a_tree_of_three_tasks_has_its_root_first);
	UNIT(packed_threads_are_read_too);
	UNIT(unknown_fields_are_passed_over);
	UNIT(a_session_outside_is_no_id);
	UNIT(an_init_in_the_images_is_seen);
	UNIT(no_record_is_no_task);
	UNIT(many_threads_find_room);
	UNIT(ids_that_no_kernel_gives_are_left_out);
	UNIT_ROWS(child, children);
	UNIT(children_of_a_leader_in_its_session_are_its_heirs);
	UNIT(cut_anywhere_but_behind_a_record_it_is_refused);
	UNIT(a_message_may_end_behind_a_field_only);
	UNIT_ROWS(magic_is_refused, magics);
	UNIT_ROWS(message_is_refused, messages);
	UNIT(records_of_a_huge_length_are_refused);
	UNIT(noise_does_no_harm);
	UNIT(a_folder_without_images);
	UNIT(a_folder_with_images);
	UNIT(a_damaged_pstree_leaves_no_ids);
	UNIT(an_empty_pstree_is_there);
	UNIT(what_is_no_folder_is_an_error);
	UNIT_ROWS(room_is_found, rooms);
	return unit_run("images");
}
