/* SPDX-License-Identifier: MIT */
/*
 * Attributes that a process inherits from its parent, and that criu neither saves nor sets: without this, a
 * thawed tree would have those of whoever thawed it.
 */
#ifndef CRIU_NS_INHERIT_H
#define CRIU_NS_INHERIT_H

/*
 * Give this process, and so all that it starts from now on, the kernel's defaults and a new session keyring.
 * An attribute that cannot be set stays as it is; if that is the keyring, stderr says so.
 */
void inherit_defaults(void);

#endif
