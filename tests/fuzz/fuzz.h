/* SPDX-License-Identifier: MIT */
/*
 * What the fuzzers share. Each one is a file here with a LLVMFuzzerTestOneInput(): it reads what
 * others can have shaped, as criu-ns reads it, and checks what the headers promise of the result. A
 * promise that is broken ends the program, as an error that a sanitizer finds does.
 */
#ifndef CRIU_NS_FUZZ_H
#define CRIU_NS_FUZZ_H

#include "util/err.h"
#include "util/util.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer calls it with each input; it gives 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(condition, ...)                                                                 \
	do                                                                                         \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not so: %s: ", __FILE__, __LINE__, #condition);    \
			fprintf(stderr, __VA_ARGS__);                                              \
			fputc('\n', stderr);                                                       \
			abort();                                                                   \
		}                                                                                  \
	while (0)

/* Both or neither, and then the same. */
static inline bool fuzz_same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : !a && !b;
}

/*
 * How many lines a text for people has. It must hold nothing that a terminal acts on: no control
 * character but the newline (C1 is two bytes in UTF-8: c2 80 to c2 9f), and no byte that begins or
 * continues nothing.
 */
static inline size_t fuzz_count_lines(const char *text)
{
	size_t lines = 0;

	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		size_t more = *p < 0x80 ? 0 : *p < 0xe0 ? 1 : *p < 0xf0 ? 2 : 3;

		lines += *p == '\n';
		FUZZ_CHECK(*p == '\n' || (*p >= ' ' && *p != 0x7f), "the byte %02x in %s", *p,
			   text);
		FUZZ_CHECK(*p < 0x80 || (*p >= 0xc2 && *p <= 0xf4), "the byte %02x in %s", *p,
			   text);
		FUZZ_CHECK(*p != 0xc2 || p[1] >= 0xa0, "a C1 control character in %s", text);
		for (; more; more--)
			FUZZ_CHECK((*++p & 0xc0) == 0x80, "the byte %02x in %s", *p, text);
	}
	return lines;
}

/* An error says what failed, on one line. */
static inline void fuzz_check_err(const struct err *e)
{
	char line[sizeof(struct err) + 256];

	FUZZ_CHECK(memchr(e->what, '\0', sizeof(e->what)) && e->what[0], "no reason is given");
	FUZZ_CHECK(memchr(e->hint, '\0', sizeof(e->hint)), "a hint without an end");
	err_format(e, line, sizeof(line));
	FUZZ_CHECK(fuzz_count_lines(line) == 0, "a second line: %s", line);
}

/* A piece of the input up to a byte `until`, as a fresh text; moves on behind that. */
static inline char *fuzz_take_text(const uint8_t **data, size_t *size, char until)
{
	const uint8_t *end = *size ? memchr(*data, until, *size) : NULL;
	size_t n = end ? (size_t)(end - *data) : *size;
	char *text = xstrndup((const char *)*data, n);

	n += end != NULL;
	*data += n;
	*size -= n;
	return text;
}

#endif
