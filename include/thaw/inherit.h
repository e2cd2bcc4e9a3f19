/* SPDX-License-Identifier: MIT */
/*
 * What a process hands down to its children, and criu neither saves nor sets: without this a thawed
 * tree would have it from whoever thawed it.
 */
#ifndef CRIU_NS_INHERIT_H
#define CRIU_NS_INHERIT_H

/*
 * Give this process the kernel's defaults, and a session keyring of its own, for all that it starts
 * from now on. What cannot be had stays as it is; a keyring that stays is said on stderr.
 */
void inherit_defaults(void);

#endif
