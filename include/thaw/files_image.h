/* SPDX-License-Identifier: MIT */
/* Makes a files.img in which some files and sockets differ from what was frozen. Pure. */
#ifndef CRIU_NS_FILES_IMAGE_H
#define CRIU_NS_FILES_IMAGE_H

#include "plan/plan.h"

/*
 * Copy the text of a files.img, size bytes, to *ret in fresh memory, with n edits, sorted by id:
 * criu compares no size of these files, and those that are to move have their new position; these
 * sockets have no name, those files another path. Gives the length. All else stays as it is.
 * -EINVAL on damage.
 */
ssize_t files_image_edit(const void *text, size_t size, const struct plan_edit *edits, size_t n,
			 char **ret);

#endif
