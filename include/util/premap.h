/* SPDX-License-Identifier: MIT */
/*
 * The memory that a program writes to next. It is mapped by a few system calls instead of by a page
 * fault for each page: on virtual machines a fault costs as much as a dozen system calls, and a page
 * table of its own, which may be needed for a single page, ten times as much.
 */
#ifndef CRIU_NS_PREMAP_H
#define CRIU_NS_PREMAP_H

/*
 * Map the data of the program and the beginning of its stack, and prepare its heap: when the program
 * starts, before anybody calls malloc(), and in a process that has been forked to go on working. Not in its parent, which would take the
 * pages of both from the host at the same time, and so keep the child from starting. Where the
 * kernel cannot do that (before Linux 5.14) pages come one by one, as they always do.
 */
void premap(void);

#endif
