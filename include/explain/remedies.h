/* SPDX-License-Identifier: MIT */
/* What criu's errors mean, and what to do about them: a table. Pure. */
#ifndef CRIU_NS_REMEDIES_H
#define CRIU_NS_REMEDIES_H

/*
 * What to do about a message of criu's, an error or a warning, in a sentence; NULL if that is not
 * known.
 */
const char *explain_remedy(const char *message);

#endif
