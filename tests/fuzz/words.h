/* SPDX-License-Identifier: MIT */
/* Command lines from text: a word a line. */
#ifndef CRIU_NS_FUZZ_WORDS_H
#define CRIU_NS_FUZZ_WORDS_H

#include "util/util.h"

#include <string.h>

static inline struct strv fuzz_words(const char *text)
{
	struct strv words = { 0 };

	strv_add(&words, "criu-ns");
	while (*text) {
		size_t n = strcspn(text, "\n");

		strv_take(&words, xstrndup(text, n));
		text += n + (text[n] == '\n');
	}
	return words;
}

#endif
