/* SPDX-License-Identifier: MIT */
/*
 * The build-ID of a program or library, found as criu finds it (get_build_id() in
 * criu/files-reg.c).
 */
#ifndef CRIU_NS_BUILD_ID_H
#define CRIU_NS_BUILD_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BUILD_ID_MAX = 64 }; /* bytes */

/*
 * Find it in the first n bytes of an ELF file. Gives its length; 0: there is none, or it is too
 * long. Pure.
 */
size_t build_id_find(const uint8_t *file, size_t n, uint8_t ret[BUILD_ID_MAX]);

/* The same in an open file, whose first pages are read. */
size_t build_id_read(int fd, uint8_t ret[BUILD_ID_MAX]);

#endif
