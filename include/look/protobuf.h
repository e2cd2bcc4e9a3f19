/* SPDX-License-Identifier: MIT */
/*
 * Protocol buffers, as criu's images and its RPC have them: a message is read field by field,
 * without a copy, and each step stays within the bytes that are there; and messages are written the
 * same way. Pure.
 */
#ifndef CRIU_NS_PROTOBUF_H
#define CRIU_NS_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is left of a message. */
struct pb {
	const uint8_t *at, *end;
};

/* A field: a number, or length bytes at text. */
struct pb_field {
	unsigned number;
	uint64_t value;      /* the number, or the length */
	const uint8_t *text; /* NULL if it is a number */
	size_t length;
};

/* Take the next thing from a message. False at its end, and if it is damaged. */
bool pb_take_u32(struct pb *m,
		 uint32_t *ret); /* in the machine's byte order, not a part of a message */
bool pb_take_varint(struct pb *m, uint64_t *ret);
bool pb_take_field(struct pb *m, struct pb_field *ret);

/* The first field with that number in a message; false: none, or the message is damaged before it. */
bool pb_find(struct pb m, unsigned number, struct pb_field *ret);

/* The same: is it this number? */
bool pb_has(struct pb m, unsigned number, uint64_t value);

/* The message in a field; an empty one if the field is a number. */
static inline struct pb pb_inside(const struct pb_field *f)
{
	return (struct pb){ f->text, f->text ? f->text + f->length : NULL };
}

/* A number of the type sint32, sint64: zigzag. */
static inline int64_t pb_signed(uint64_t value)
{
	return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

/* The text of a field, up to its first NUL; the caller frees it. NULL if it is a number. */
char *pb_text(const struct pb_field *f);

/* A message, or a whole image, that is being written; all zero at first. The caller frees v. */
struct pb_out {
	char *v;
	size_t n, room;
};

/* Append bytes; a varint; a field with a number; a field with bytes. */
void pb_put(struct pb_out *o, const void *bytes, size_t n);
void pb_put_varint(struct pb_out *o, uint64_t value);
void pb_put_number(struct pb_out *o, unsigned number, uint64_t value);
void pb_put_bytes(struct pb_out *o, unsigned number, const void *bytes, size_t n);

/* Append what is left of a message as it is, but for the fields of that number (0: all of them). */
void pb_put_without(struct pb_out *o, struct pb m, unsigned number);

/*
 * Add the numbers of a field of the type `repeated uint32` to v, which has room for max, at *n;
 * each may come as a field of its own, or all packed in one. Those for which there is no room are
 * left out. False on damage.
 */
bool pb_take_numbers(const struct pb_field *f, uint32_t *v, size_t max, size_t *n);

#endif
