/* SPDX-License-Identifier: MIT */
/*
 * Texts that others chose (names of processes and files, mountpoints, criu's log) on their way to a
 * terminal or into a log. Everything of this kind that criu-ns prints goes through these functions,
 * so that it can neither begin a second line, nor control the terminal, nor show words in another
 * order.
 */
#ifndef CRIU_NS_PRINTABLE_H
#define CRIU_NS_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * In place: well-formed UTF-8 (RFC 3629) stays, and each byte of everything else becomes '?':
 * control characters (C0, DEL, and C1, in UTF-8 or as raw bytes), line and paragraph separators,
 * marks and overrides of the writing direction, and bytes that are not UTF-8. Gives text.
 */
char *printable(char *text);

/* Print a text with these replacements. */
void printable_write(FILE *out, const char *text);

/*
 * The character that begins at text, which is not empty, and its number of bytes; 0: that is not
 * well-formed UTF-8.
 */
size_t printable_decode(const char *text, uint32_t *ret);

/* May this character be shown as it is? */
bool printable_is(uint32_t c);

#endif
