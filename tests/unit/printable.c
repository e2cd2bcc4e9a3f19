// SPDX-License-Identifier: MIT
/* Texts of others: what reaches a terminal of them, and what does not. */
#include "unit.h"

#include "explain/explain.h"
#include "util/err.h"
#include "util/printable.h"

static const struct text {
	const char *name, *text, *shown;
} texts[] = {
	{ "nothing", "", "" },
	{ "ASCII stays", " !\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~",
	  " !\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~" },
	{ "a newline begins no line", "a\nb\r\nc", "a?b??c" },
	{ "ESC and BEL do nothing", "\033]0;x\007\033[2J", "?]0;x??[2J" },
	{ "the other controls", "\001\010\t\013\014\016\037\177", "????????" },
	{ "C1 in UTF-8", "a\302\2332Jb\302\235x\302\200\302\237", "a??2Jb??x????" },
	{ "C1 as raw bytes", "a\2332Jb\235x\200\237", "a?2Jb?x??" },
	{ "the first character behind C1", "\302\240", "\302\240" },
	{ "two, three and four bytes stay",
	  "\303\251\337\277 \340\240\200\342\202\254 \360\220\200\200\360\237\246\200",
	  "\303\251\337\277 \340\240\200\342\202\254 \360\220\200\200\360\237\246\200" },
	{ "the last character", "\364\217\277\277", "\364\217\277\277" },
	{ "one behind the last", "\364\220\200\200", "????" },
	{ "a surrogate", "\355\240\200\355\277\277", "??????" },
	{ "a slash in a longer form", "\300\257\340\200\257\360\200\200\257", "?????????" },
	{ "an escape in a longer form", "\300\233[2J", "??[2J" },
	{ "five and six bytes", "\370\210\200\200\200\374\204\200\200\200\200", "???????????" },
	{ "bytes that never are", "\376\377", "??" },
	{ "a lone trail byte", "a\251b", "a?b" },
	{ "a lead byte before ASCII", "\303a\342\202b", "?a??b" },
	{ "a lead byte at the end", "a\303", "a?" },
	{ "three of four bytes at the end", "a\360\237\246", "a???" },
	{ "an escape in the place of a trail byte", "\303\033[2J", "??[2J" },
	{ "a line and a paragraph separator", "a\342\200\250b\342\200\251c", "a???b???c" },
	{ "the writing direction is not turned",
	  "\342\200\256gpj.exe\342\200\254\342\201\246x\342\201\251", "???gpj.exe??????x???" },
	{ "marks of direction", "\330\234\342\200\216\342\200\217", "????????" },
	{ "their neighbours stay", "\342\200\247\342\200\257\342\201\245\342\201\252",
	  "\342\200\247\342\200\257\342\201\245\342\201\252" },
	{ "invisible tags", "\363\240\201\201", "????" },
	{ "a byte order mark", "\357\273\277", "???" },
	{ "what is shown is shown again as it is", "a?b??c\303\251", "a?b??c\303\251" },
};

/* In memory of its own, so that a sanitizer sees a read behind the end. */
static void text_is_shown(void **state)
{
	const struct text *t = *state;
	char *copy = xstrdup(t->text);

	assert_string_equal(printable(copy), t->shown);
	free(copy);
}

static void text_is_written(void **state)
{
	const struct text *t = *state;
	char *got = NULL;
	size_t size;
	FILE *out = open_memstream(&got, &size);

	printable_write(out, t->text);
	fclose(out);
	assert_string_equal(got, t->shown);
	free(got);
}

static void error_has_it(void **state)
{
	const struct text *t = *state;
	char line[512];
	char expected[512];
	struct err e;

	err_set(&e, 0, "<%s>", t->text);
	err_hint(&e, "<%s>", t->text);
	err_format(&e, line, sizeof(line));
	snprintf(expected, sizeof(expected), "<%s>; <%s>", t->shown, t->shown);
	assert_string_equal(line, expected);
}

static void plan_has_it(void **state)
{
	const struct text *t = *state;
	struct plan_step step = { (char *)t->text, (char *)t->text };
	struct plan p = { .steps = &step, .n_steps = 1 };
	const struct criu_binary criu = { .path = (char *)"criu", .fd = -1 };
	char *note = xstrdup(t->text);
	char *got = NULL;
	char *expected;
	size_t size;
	FILE *out = open_memstream(&got, &size);

	strv_take(&p.notes, note);
	explain_plan(out, &p, &criu);
	fclose(out);
	expected = xasprintf(" - %s\n     (%s)\n - note: %s\n", t->shown, t->shown, t->shown);
	unit_assert_contains(got, expected);
	strv_free(&p.notes);
	free(expected);
	free(got);
}

/* Each byte, behind each byte: nothing is left that a terminal acts on, and it stays so. */
static void no_pair_of_bytes_passes(void **state)
{
	(void)state;
	for (int first = 1; first < 256; first++) {
		for (int second = 1; second < 256; second++) {
			char text[] = { (char)first, (char)second, 'x', '\0' };
			const unsigned char *got = (unsigned char *)printable(text);
			bool whole = got[0] >= 0xc2 && got[0] < 0xe0 && (got[1] & 0xc0) == 0x80 &&
				     (got[0] > 0xc2 || got[1] >= 0xa0);

			for (size_t i = 0; i < 2 && !whole; i++)
				UNIT_CHECK(got[i] >= ' ' && got[i] < 0x7f, "%02x %02x leaves %02x",
					   (unsigned)first, (unsigned)second, got[i]);
			assert_string_equal(text + 2, "x");
		}
	}
}

int main(void)
{
	UNIT_ROWS(text_is_shown, texts);
	UNIT_ROWS(text_is_written, texts);
	UNIT_ROWS(error_has_it, texts);
	UNIT_ROWS(plan_has_it, texts);
	UNIT(no_pair_of_bytes_passes);
	return unit_run("printable");
}
