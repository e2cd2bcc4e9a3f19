// SPDX-License-Identifier: MIT
#include "util/printable.h"

#include "util/util.h"

#include <stdbool.h>
#include <stdint.h>

/* Characters that a terminal acts on, or that make a text look like another one, in order. */
static const struct {
	uint32_t first, last;
} unprintable[] = {
	{ 0x00, 0x1f },     /* C0: ESC, BEL, newline */
	{ 0x7f, 0x9f },     /* DEL and C1: 9b is CSI, 9d OSC (ECMA-48) */
	{ 0x61c, 0x61c },   /* the marks and overrides of Unicode's bidirectional algorithm, */
	{ 0x200e, 0x200f }, /* UAX #9 */
	{ 0x2028, 0x202e }, /* line and paragraph separator; embeddings and overrides */
	{ 0x2066, 0x2069 },       { 0xd800, 0xdfff },   /* surrogates, which UTF-8 does not have */
	{ 0xfeff, 0xfeff },       { 0xe0000, 0xe007f }, /* tags: invisible letters */
	{ 0x110000, UINT32_MAX },
};

bool printable_is(uint32_t c)
{
	for (size_t i = 0; i < ARRAY_SIZE(unprintable) && c >= unprintable[i].first; i++)
		if (c <= unprintable[i].last)
			return false;
	return true;
}

size_t printable_decode(const char *text, uint32_t *ret)
{
	const unsigned char *p = (const unsigned char *)text;

	static const struct {
		unsigned char mask, lead;
		uint32_t least; /* smaller ones have a shorter form, and must be in that */
	} forms[] = {
		{ 0x80, 0x00, 0 },
		{ 0xe0, 0xc0, 0x80 },
		{ 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 },
	};

	for (size_t more = 0; more < ARRAY_SIZE(forms); more++) {
		if ((p[0] & forms[more].mask) != forms[more].lead)
			continue;

		uint32_t c = p[0] & (uint32_t)~forms[more].mask & 0xff;

		/* NUL is not such a byte, either: nothing after the end is read. */
		for (size_t i = 1; i <= more; i++) {
			if ((p[i] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | (p[i] & 0x3f);
		}
		*ret = c;
		return c >= forms[more].least && (c < 0xd800 || c > 0xdfff) && c < 0x110000
			       ? more + 1
			       : 0;
	}
	return 0;
}

/* The number of bytes of the character at p, if it is well-formed and may be shown; else 0. */
static size_t shown_length(const char *p)
{
	uint32_t c;
	size_t n = printable_decode(p, &c);

	return n && printable_is(c) ? n : 0;
}

char *printable(char *text)
{
	for (char *p = text; *p;) {
		size_t n = shown_length(p);

		if (!n)
			*p = '?';
		p += n ? n : 1;
	}
	return text;
}

void printable_write(FILE *out, const char *text)
{
	_cleanup_free_ char *copy = printable(xstrdup(text));

	fputs(copy, out);
}
