/* SPDX-License-Identifier: MIT */
/* Which criu is run. */
#ifndef CRIU_NS_CRIU_H
#define CRIU_NS_CRIU_H

#include "err.h"

/* Opened before any namespace is entered. */
struct criu_binary {
	char *path;
	int fd; /* O_PATH, close-on-exec */
};

/*
 * Find and open the criu to run: given, else $CRIU_BINARY, else the first `criu` on PATH that is
 * not this program under another name. Error status EXIT_NOT_FOUND or EXIT_NOT_RUNNABLE.
 */
int criu_find(const char *given, struct criu_binary *ret, struct err *e);
void criu_free(struct criu_binary *criu);

#endif
