/* SPDX-License-Identifier: MIT */
/*
 * musl keeps one more of the real-time signals for itself than glibc, 34, and uses it where there
 * are threads only. Here there are none, and a thaw forwards it like the others.
 */
#ifndef CRIU_NS_MUSL_SIGNAL_H
#define CRIU_NS_MUSL_SIGNAL_H

#include_next <signal.h>

#undef SIGRTMIN
#define SIGRTMIN 34

static inline int sigaddset_of_all(sigset_t *set, int signo)
{
	if (signo != SIGRTMIN)
		return sigaddset(set, signo);
	set->__bits[0] |= 1UL << (SIGRTMIN - 1);
	return 0;
}

#define sigaddset sigaddset_of_all

#endif
