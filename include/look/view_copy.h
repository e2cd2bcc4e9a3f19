/* SPDX-License-Identifier: MIT */
/*
 * A copy of the mounts of a target's mount namespace, in which its directories can be opened. It is
 * attached nowhere, so what the tree mounts later is not in it. Whoever opens a path in there
 * follows no link, and is prepared for a server that does not answer (served_open()).
 */
#ifndef CRIU_NS_VIEW_COPY_H
#define CRIU_NS_VIEW_COPY_H

#include <stdbool.h>

/*
 * The root of the mount namespace ns_mnt, with or without all that is mounted on it: an O_PATH
 * descriptor, or -1.
 */
int view_copy(int ns_mnt, bool with_mounts);

#endif
