/* SPDX-License-Identifier: MIT */
/* Which criu-ns this is: the Makefile knows. */
#ifndef CRIU_NS_VERSION_H
#define CRIU_NS_VERSION_H

#ifndef CRIU_NS_VERSION
#define CRIU_NS_VERSION "unknown"
#endif

#endif
