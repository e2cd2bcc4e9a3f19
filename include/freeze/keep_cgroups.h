/* SPDX-License-Identifier: MIT */
/* Puts into the images which cgroups criu is in, where a task of the tree needs that (image_cgroups.h). */
#ifndef CRIU_NS_KEEP_CGROUPS_H
#define CRIU_NS_KEEP_CGROUPS_H

#include "look/facts.h"
#include "util/err.h"

/* When criu has saved everything, and has not ended the tree. 0, or an error. */
int keep_crius_cgroups(const struct facts *f, struct err *e);

#endif
