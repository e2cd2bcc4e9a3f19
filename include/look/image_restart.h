/* SPDX-License-Identifier: MIT */
/*
 * Changes the text of a core-TID.img: a poll(2) that criu interrupted goes on at the thaw, as the
 * kernel has it go on when a process is stopped and continued. Pure.
 */
#ifndef CRIU_NS_IMAGE_RESTART_H
#define CRIU_NS_IMAGE_RESTART_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Have the thread make its system call again, if that is a poll(2) without a timeout on x86-64.
 * Changed are only the bytes of two numbers; the size stays. False if there is nothing to change,
 * or the text is damaged.
 */
bool image_restart_poll(void *text, size_t size);

#endif
