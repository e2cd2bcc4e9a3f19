/* SPDX-License-Identifier: MIT */
/* A files.img with other sizes and positions than were frozen. Pure. */
#ifndef CRIU_NS_GROWN_FILES_H
#define CRIU_NS_GROWN_FILES_H

#include "plan/plan.h"

/*
 * Copy the text of a files.img, size bytes, to *ret in fresh memory, so that criu compares no size of the n files,
 * sorted by id, and those that are to move have their new position; gives the length. All else stays as it is.
 * -EINVAL on damage.
 */
ssize_t grown_files_edit(const void *text, size_t size, const struct plan_grown *grown, size_t n,
			 char **ret);

#endif
