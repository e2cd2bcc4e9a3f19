/* SPDX-License-Identifier: MIT */
/* What a thaw of images needs of its host, for a person. Pure. */
#ifndef CRIU_NS_NEEDS_H
#define CRIU_NS_NEEDS_H

#include "look/contents.h"

struct need {
	const char *kind; /* one word, for programs: see criu-ns(1), SHOW */
	char *what;
};

struct needs {
	struct need *v;
	size_t n;
};

/* The caller frees *ret with needs_free(). */
void needs_find(const struct contents *c, struct needs *ret);
void needs_free(struct needs *n);

/* "TCP 10.0.0.1:80", with the other side of a connection; the caller frees it. */
char *needs_socket_name(const struct image_socket *s);

/* A path, or "@" and an abstract name; the caller frees it. */
char *needs_unix_name(const struct image_unix *u);

#endif
