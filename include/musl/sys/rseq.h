/* SPDX-License-Identifier: MIT */
/* musl has no <sys/rseq.h>, because it registers no restartable sequence (rseq(2)). */
#ifndef CRIU_NS_MUSL_RSEQ_H
#define CRIU_NS_MUSL_RSEQ_H

#include <stddef.h>

enum { __rseq_size = 0, __rseq_offset = 0, RSEQ_FLAG_UNREGISTER = 1, RSEQ_SIG = 0 };

#endif
