/* SPDX-License-Identifier: MIT */
/* Has the images say that the program of a task is not opened with O_PATH (image_programs.h). */
#ifndef CRIU_NS_KEEP_PROGRAMS_H
#define CRIU_NS_KEEP_PROGRAMS_H

#include "util/err.h"

/*
 * When criu has saved everything in the directory `images`, and has not ended the tree. 0, or an
 * error.
 */
int keep_programs(int images, struct err *e);

#endif
