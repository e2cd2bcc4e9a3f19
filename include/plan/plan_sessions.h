/* SPDX-License-Identifier: MIT */
/*
 * Decides at the thaw in which sessions the children of the leader are to have the terminal of the
 * session, too, and which terminals are opened in criu's place for that (thaw/hand_down.h). Pure.
 */
#ifndef CRIU_NS_PLAN_SESSIONS_H
#define CRIU_NS_PLAN_SESSIONS_H

#include "plan/plan.h"

/* Before the edits of the images are shown to criu. The options go in at *at. */
void plan_sessions(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at);

/* That of a leader, by its pid in the images; NULL: there is none in the plan. */
const struct plan_session *plan_session_of(const struct plan *p, pid_t leader);

#endif
