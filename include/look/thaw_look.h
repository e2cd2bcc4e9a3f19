/* SPDX-License-Identifier: MIT */
/*
 * Looks, before a thaw, at what the images name on the host: what criu would stop at becomes a
 * finding (thaw_finding.h). Nothing is opened that criu would not open, no server of a file system
 * can hold the caller up, and what cannot be told for sure is left to criu.
 */
#ifndef CRIU_NS_THAW_LOOK_H
#define CRIU_NS_THAW_LOOK_H

#include "cli/cli.h"
#include "look/facts.h"

/* The files of f->files, which the tree had open or mapped. */
void thaw_look_files(const struct cli *cli, struct facts *f);

/* The internet sockets in it: their addresses, ports and connections. */
void thaw_look_sockets(const struct cli *cli, struct facts *f);

/* The unix sockets: what is at their names. Notes in f->files which of them others have taken. */
void thaw_look_unix(const struct cli *cli, struct facts *f);

/* After both: who has the sockets that were found. */
void thaw_name_holders(struct facts *f);

/* The ptys that criu makes again: their numbers. */
void thaw_look_ptys(struct facts *f);

/* The cgroups that criu moves the tree to. */
void thaw_look_cgroups(struct facts *f);

/* The processor and the security module. */
void thaw_look_machine(struct facts *f);

#endif
