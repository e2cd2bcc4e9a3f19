/* SPDX-License-Identifier: MIT */
/*
 * Writes JSON (RFC 8259) to a stream, in printable characters only: what a terminal would act on is
 * escaped, and each byte that is not UTF-8 becomes U+FFFD.
 */
#ifndef CRIU_NS_JSON_H
#define CRIU_NS_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *out;
	bool more; /* something comes before the next value, in the same object or array */
};

/*
 * Begin an object '{' or an array '[', and end it with '}' or ']'. key: NULL in an array, and for
 * the whole.
 */
void json_begin(struct json *j, const char *key, char bracket);
void json_end(struct json *j, char bracket);

/* A value; text NULL: null. */
void json_text(struct json *j, const char *key, const char *text);
void json_number(struct json *j, const char *key, uint64_t value);
void json_bool(struct json *j, const char *key, bool value);

#endif
