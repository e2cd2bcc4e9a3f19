// SPDX-License-Identifier: MIT
#include "look/protobuf.h"

#include "util/util.h"

#include <string.h>

bool pb_take_u32(struct pb *m, uint32_t *ret)
{
	if (m->end - m->at < 4)
		return false;
	memcpy(ret, m->at, 4);
	m->at += 4;
	return true;
}

bool pb_take_varint(struct pb *m, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64 && m->at < m->end; shift += 7) {
		uint8_t byte = *m->at++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = value;
			return true;
		}
	}
	return false;
}

/* The little-endian fixed32 and fixed64. */
static bool take_fixed(struct pb *m, size_t size, uint64_t *ret)
{
	if ((size_t)(m->end - m->at) < size)
		return false;
	*ret = 0;
	for (size_t i = 0; i < size; i++)
		*ret |= (uint64_t)*m->at++ << (8 * i);
	return true;
}

static bool take_bytes(struct pb *m, struct pb_field *ret)
{
	if (!pb_take_varint(m, &ret->value) || ret->value > (uint64_t)(m->end - m->at))
		return false;
	ret->text = m->at;
	ret->length = (size_t)ret->value;
	m->at += ret->length;
	return true;
}

bool pb_take_field(struct pb *m, struct pb_field *ret)
{
	uint64_t key;

	*ret = (struct pb_field){ 0 };
	if (!pb_take_varint(m, &key))
		return false;
	ret->number = (unsigned)(key >> 3);
	switch (key & 7) { /* the wire type; those of groups are not in use */
	case 0:
		return pb_take_varint(m, &ret->value);
	case 1:
		return take_fixed(m, 8, &ret->value);
	case 2:
		return take_bytes(m, ret);
	case 5:
		return take_fixed(m, 4, &ret->value);
	default:
		return false;
	}
}

bool pb_find(struct pb m, unsigned number, struct pb_field *ret)
{
	while (m.at < m.end && pb_take_field(&m, ret))
		if (ret->number == number)
			return true;
	return false;
}

bool pb_has(struct pb m, unsigned number, uint64_t value)
{
	struct pb_field f;

	return pb_find(m, number, &f) && !f.text && f.value == value;
}

char *pb_text(const struct pb_field *f)
{
	return f->text ? xstrndup((const char *)f->text, f->length) : NULL;
}

bool pb_take_numbers(const struct pb_field *f, uint32_t *v, size_t max, size_t *n)
{
	struct pb packed = pb_inside(f);
	uint64_t value = f->value;

	if (!f->text && *n < max)
		v[(*n)++] = (uint32_t)value;
	while (packed.at < packed.end) {
		if (!pb_take_varint(&packed, &value))
			return false;
		if (*n < max)
			v[(*n)++] = (uint32_t)value;
	}
	return true;
}

/* Writing */

enum { WIRE_NUMBER = 0, WIRE_BYTES = 2 };

void pb_put(struct pb_out *o, const void *bytes, size_t n)
{
	if (!n)
		return;
	if (o->room - o->n < n) {
		o->room = 2 * o->room + n + 64;
		o->v = xreallocarray(o->v, o->room, 1);
	}
	memcpy(o->v + o->n, bytes, n);
	o->n += n;
}

void pb_put_varint(struct pb_out *o, uint64_t value)
{
	do {
		uint8_t byte = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));

		pb_put(o, &byte, 1);
		value >>= 7;
	} while (value);
}

void pb_put_number(struct pb_out *o, unsigned number, uint64_t value)
{
	pb_put_varint(o, (uint64_t)number << 3 | WIRE_NUMBER);
	pb_put_varint(o, value);
}

void pb_put_bytes(struct pb_out *o, unsigned number, const void *bytes, size_t n)
{
	pb_put_varint(o, (uint64_t)number << 3 | WIRE_BYTES);
	pb_put_varint(o, n);
	pb_put(o, bytes, n);
}

void pb_put_without(struct pb_out *o, struct pb m, unsigned number)
{
	struct pb_field f;

	for (const uint8_t *from = m.at; m.at < m.end; from = m.at) {
		if (!pb_take_field(&m, &f))
			return;
		if (!number || f.number != number)
			pb_put(o, from, (size_t)(m.at - from));
	}
}
