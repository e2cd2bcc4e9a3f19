// SPDX-License-Identifier: MIT
/* Messages, read field by field; damaged ones, never behind their end. */
#include "unit.h"

#include "look/protobuf.h"

/* In memory of its own size, so that a sanitizer sees a read behind the end. */
struct message {
	uint8_t *copy;
	struct pb pb;
};

static struct message message_of(const void *bytes, size_t n)
{
	struct message m = { .copy = xcalloc(n, 1) };

	memcpy(m.copy, bytes, n);
	m.pb = (struct pb){ m.copy, m.copy + n };
	return m;
}

#define MESSAGE(bytes) message_of(bytes, sizeof(bytes) - 1)

static void every_kind_of_field_is_read(void **state)
{
	struct message m = MESSAGE("\x08\x96\x01"                         /* 1: 150 */
				   "\x12\x02hi"                           /* 2: "hi" */
				   "\x19\x01\x02\x03\x04\x05\x06\x07\x88" /* 3: eight bytes */
				   "\x25\x01\x02\x03\x84"                 /* 4: four */
				   "\xf8\x01\x00" /* 31: 0 */);
	struct pb_field f;
	char *text;

	(void)state;
	assert_true(pb_take_field(&m.pb, &f));
	assert_int_equal(f.number, 1);
	assert_int_equal(f.value, 150);
	assert_null(f.text);
	assert_null(pb_text(&f));
	assert_true(pb_take_field(&m.pb, &f));
	assert_int_equal(f.number, 2);
	assert_int_equal(f.length, 2);
	text = pb_text(&f);
	assert_string_equal(text, "hi");
	free(text);
	assert_true(pb_take_field(&m.pb, &f));
	assert_int_equal(f.number, 3);
	assert_true(f.value == 0x8807060504030201);
	assert_true(pb_take_field(&m.pb, &f));
	assert_int_equal(f.number, 4);
	assert_true(f.value == 0x84030201);
	assert_true(pb_take_field(&m.pb, &f));
	assert_int_equal(f.number, 31);
	assert_false(pb_take_field(&m.pb, &f));
	free(m.copy);
}

static void a_message_within_a_message_ends_with_it(void **state)
{
	struct message m = MESSAGE("\x0a\x02\x08\x05\x10\x07");
	struct pb_field f;
	struct pb inside;

	(void)state;
	assert_true(pb_take_field(&m.pb, &f));
	inside = pb_inside(&f);
	assert_true(pb_take_field(&inside, &f));
	assert_int_equal(f.value, 5);
	assert_false(pb_take_field(&inside, &f));
	assert_true(pb_take_field(&m.pb, &f));
	assert_int_equal(f.value, 7);
	inside = pb_inside(&f); /* a number has nothing inside */
	assert_false(pb_take_field(&inside, &f));
	free(m.copy);
}

static void cut_short_it_is_refused(void **state)
{
	static const uint8_t bytes[] = "\x0a\x02\x08\x05\x10\x87\x01\x19\x01\x02\x03\x04\x05\x06"
				       "\x07\x08\x25\x01\x02\x03\x04";
	static const size_t good[] = { 0, 4, 7, 16, 21 };
	size_t next = 0;

	(void)state;
	for (size_t n = 0; n < sizeof(bytes); n++) {
		struct message m = message_of(bytes, n);
		struct pb_field f;
		bool is_whole = n == good[next];

		while (m.pb.at < m.pb.end && pb_take_field(&m.pb, &f))
			;
		next += is_whole;
		UNIT_CHECK((m.pb.at == m.pb.end && (n == 0 || f.number)) || !is_whole, "%zu bytes",
			   n);
		free(m.copy);
	}
	assert_int_equal(next, ARRAY_SIZE(good));
}

static const struct damage {
	const char *name;
	const char *bytes;
	size_t n;
} damages[] = {
#define BYTES(text) text, sizeof(text) - 1
	{ "a key without a value", BYTES("\x08") },
	{ "a number without an end", BYTES("\x08\x80\x80") },
	{ "a number of eleven bytes",
	  BYTES("\x08\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x01") },
	{ "a group", BYTES("\x0b\x0c") },
	{ "the wire type 6", BYTES("\x0e\x01") },
	{ "the wire type 7", BYTES("\x0f\x01") },
	{ "a text longer than the message", BYTES("\x0a\x05hell") },
	{ "a text of a huge length", BYTES("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01") },
	{ "four bytes of which there are three", BYTES("\x0d\x01\x02\x03") },
	{ "eight bytes of which there are seven", BYTES("\x09\x01\x02\x03\x04\x05\x06\x07") },
#undef BYTES
};

static void damage_is_refused(void **state)
{
	const struct damage *d = *state;
	struct message m = message_of(d->bytes, d->n);
	struct pb_field f;

	assert_false(pb_take_field(&m.pb, &f));
	free(m.copy);
}

static void numbers_come_alone_or_packed(void **state)
{
	struct message m = MESSAGE("\x58\x01\x5a\x03\x02\xac\x02\x58\x04");
	uint32_t v[4] = { 0 };
	struct pb_field f;
	size_t n = 0;

	(void)state;
	while (pb_take_field(&m.pb, &f))
		assert_true(pb_take_numbers(&f, v, ARRAY_SIZE(v), &n));
	assert_int_equal(n, 4);
	assert_true(v[0] == 1 && v[1] == 2 && v[2] == 300 && v[3] == 4);
	free(m.copy);
}

static void numbers_without_room_are_left_out(void **state)
{
	struct message m = MESSAGE("\x58\x01\x5a\x03\x02\x03\x04\x58\x05\x5a\x02\x06\x80");
	uint32_t v[2] = { 0 };
	struct pb_field f;
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_true(pb_take_field(&m.pb, &f));
		assert_true(pb_take_numbers(&f, v, ARRAY_SIZE(v), &n));
	}
	assert_int_equal(n, 2);
	assert_true(v[0] == 1 && v[1] == 2);
	assert_true(pb_take_field(&m.pb, &f)); /* the last one of them has no end */
	assert_false(pb_take_numbers(&f, v, ARRAY_SIZE(v), &n));
	free(m.copy);
}

static void signed_numbers_are_zigzag(void **state)
{
	(void)state;
	assert_true(pb_signed(0) == 0);
	assert_true(pb_signed(1) == -1);
	assert_true(pb_signed(2) == 1);
	assert_true(pb_signed(UINT64_MAX) == INT64_MIN);
	assert_true(pb_signed(UINT64_MAX - 1) == INT64_MAX);
}

int main(void)
{
	UNIT(every_kind_of_field_is_read);
	UNIT(a_message_within_a_message_ends_with_it);
	UNIT(cut_short_it_is_refused);
	UNIT_ROWS(damage_is_refused, damages);
	UNIT(numbers_come_alone_or_packed);
	UNIT(numbers_without_room_are_left_out);
	UNIT(signed_numbers_are_zigzag);
	return unit_run("protobuf");
}
