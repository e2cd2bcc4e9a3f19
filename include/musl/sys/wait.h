/* SPDX-License-Identifier: MIT */
/* What musl lacks of glibc's <sys/wait.h>. */
#ifndef CRIU_NS_MUSL_WAIT_H
#define CRIU_NS_MUSL_WAIT_H

#include_next <sys/wait.h>

#ifndef W_EXITCODE
#define W_EXITCODE(status, signo) ((status) << 8 | (signo))
#endif

#endif
