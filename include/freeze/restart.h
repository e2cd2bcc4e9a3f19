/* SPDX-License-Identifier: MIT */
/*
 * Has system calls go on at the thaw that criu would end with EINTR, although no signal has come.
 */
#ifndef CRIU_NS_RESTART_H
#define CRIU_NS_RESTART_H

/*
 * Change the threads in the images in dirfd that wait in poll(2) without a timeout
 * (look/image_restart.h). What cannot be changed stays as criu wrote it: then the thread gets
 * EINTR.
 */
void restart_polls(int dirfd);

#endif
