/*
 * What the targets have in common: a clean start, and a state that can be read from outside.
 *
 * The state is the process's name: "identity:count", read from /proc/PID/comm. The kernel hands a
 * name out whole, each copy of a process has its own, and no file is open or half written at the
 * moment of a freeze. The name is made anew from the process's own memory with every step, so a
 * count that goes on proves that this memory came back.
 */
#ifndef TARGET_H
#define TARGET_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* Ends the target. Before target_null_stdio() the reason is seen on stderr, after it is not. */
static inline void target_die(const char *what)
{
	perror(what);
	_exit(1);
}

/* Descriptors that the shell left open, from other mount namespaces, would make a freeze fail. */
static inline void target_close_rest(void)
{
	if (close_range(3, ~0U, 0) < 0)
		target_die("close_range");
}

/* Puts /dev/null, opened here, in the place of the descriptors FIRST to 2. */
static inline void target_null_stdio(int first)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0)
		target_die("/dev/null");
	for (int fd = first; fd <= 2; fd++) {
		if (dup2(null, fd) < 0)
			target_die("dup2");
	}
	if (null > 2)
		close(null);
}

/* As a daemon starts: own session, no descriptors but three of /dev/null. */
static inline void target_detach(void)
{
	target_close_rest();
	target_null_stdio(0);
	if (setsid() < 0 && getsid(0) != getpid())
		target_die("setsid");
}

/* A number that nobody but this process's memory knows: 24 bits, of which no two runs are alike. */
static inline unsigned int target_identity(void)
{
	unsigned int identity;

	if (getrandom(&identity, sizeof(identity), 0) != (ssize_t)sizeof(identity))
		target_die("getrandom");
	return identity & 0xffffff;
}

static inline void target_show(unsigned int identity, unsigned long count)
{
	char name[16];

	snprintf(name, sizeof(name), "%06x:%lu", identity, count % 100000000);
	prctl(PR_SET_NAME, name);
}

static inline void target_pause(long milliseconds)
{
	struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

#endif
