/* SPDX-License-Identifier: MIT */
/* What a freeze or a thaw that succeeded has done, on one line, for a person at a terminal. */
#ifndef CRIU_NS_RESULT_H
#define CRIU_NS_RESULT_H

#include "cli/cli.h"
#include "cli/criu.h"
#include "look/facts.h"

#include <stdint.h>
#include <stdio.h>

/*
 * since: when it began, as milliseconds_now() says it. Lists the images directory, and reads nothing
 * in it.
 */
void explain_result(FILE *out, const struct cli *cli, const struct facts *f,
		    const struct verdict *v, long long since);

/* Of the images that are directly in it. */
uint64_t explain_images_size(int dirfd);

/* "14.0 MiB" */
void explain_size(uint64_t bytes, char *buf, size_t size);

#endif
