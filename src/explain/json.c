// SPDX-License-Identifier: MIT
#include "explain/json.h"

#include "util/printable.h"

#include <inttypes.h>

/* Characters above the basic plane are two units in UTF-16 (RFC 8259, 7). */
static void put_escaped(FILE *out, uint32_t c)
{
	if (c > 0xffff)
		fprintf(out, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xd800 + ((c - 0x10000) >> 10),
			0xdc00 + ((c - 0x10000) & 0x3ff));
	else
		fprintf(out, "\\u%04" PRIx32, c);
}

static void put_character(FILE *out, const char *p, size_t n, uint32_t c)
{
	if (c == '"' || c == '\\')
		fprintf(out, "\\%c", (int)c);
	else if (c == '\n')
		fputs("\\n", out);
	else if (printable_is(c))
		fwrite(p, 1, n, out);
	else
		put_escaped(out, c);
}

static void put_string(FILE *out, const char *text)
{
	const uint32_t replacement = 0xfffd;
	uint32_t c;

	fputc('"', out);
	for (size_t n; *text; text += n ? n : 1) {
		n = printable_decode(text, &c);
		if (n)
			put_character(out, text, n, c);
		else
			put_escaped(out, replacement);
	}
	fputc('"', out);
}

static void put_key(struct json *j, const char *key)
{
	if (j->more)
		fputc(',', j->out);
	j->more = true;
	if (!key)
		return;
	put_string(j->out, key);
	fputc(':', j->out);
}

void json_begin(struct json *j, const char *key, char bracket)
{
	put_key(j, key);
	fputc(bracket, j->out);
	j->more = false;
}

void json_end(struct json *j, char bracket)
{
	fputc(bracket, j->out);
	j->more = true;
}

void json_text(struct json *j, const char *key, const char *text)
{
	put_key(j, key);
	if (text)
		put_string(j->out, text);
	else
		fputs("null", j->out);
}

void json_number(struct json *j, const char *key, uint64_t value)
{
	put_key(j, key);
	fprintf(j->out, "%" PRIu64, value);
}

void json_bool(struct json *j, const char *key, bool value)
{
	put_key(j, key);
	fputs(value ? "true" : "false", j->out);
}
