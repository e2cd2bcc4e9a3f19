/* SPDX-License-Identifier: MIT */
/*
 * System calls that criu would end with EINTR at the thaw, although no signal has come: the images
 * are changed so that these calls go on.
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
