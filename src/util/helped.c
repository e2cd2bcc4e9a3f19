// SPDX-License-Identifier: MIT
#include "util/helped.h"

#include "util/util.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHUNK = 32, MANY = 500 }; /* a child costs as much as a hundred descriptors */

/* In memory that both see. */
struct board {
	atomic_size_t taken;  /* chunks, by both together */
	unsigned char idle[]; /* of each item that the child had */
};

bool helped_pays(size_t n)
{
	cpu_set_t processors;

	/* It fails where there are more than a thousand. */
	return n >= MANY && (sched_getaffinity(0, sizeof(processors), &processors) < 0 ||
			     CPU_COUNT(&processors) > 1);
}

/* Who has taken k chunks of its own has the next k in front, or at the end; so they meet. */
static bool take(struct board *b, size_t n)
{
	return atomic_fetch_add(&b->taken, 1) < (n + CHUNK - 1) / CHUNK;
}

static _Noreturn void help(struct board *b, size_t n, const struct helped *h, void *arg,
			   pid_t parent)
{
	size_t last = (n + CHUNK - 1) / CHUNK;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	if (h->begin)
		h->begin(arg);
	for (; take(b, n); last--)
		for (size_t i = (last - 1) * CHUNK; i < n && i < last * CHUNK; i++)
			b->idle[i] = h->is_idle(i, arg);
	_exit(EXIT_SUCCESS);
}

static void look_with_child(struct board *b, size_t n, const struct helped *h, void *arg)
{
	const pid_t parent = getpid();
	const pid_t child = fork();
	size_t i = 0;

	if (child == 0)
		help(b, n, h, arg, parent);
	for (size_t chunk = 0; child > 0 && take(b, n); chunk++)
		for (; i < n && i < (chunk + 1) * CHUNK; i++)
			h->look(i, arg);
	if (child > 0)
		RETRY(waitpid(child, NULL, 0));
	for (; i < n; i++)
		if (!b->idle[i])
			h->look(i, arg);
}

void helped_each(size_t n, const struct helped *h, void *arg)
{
	const size_t size = sizeof(struct board) + n;
	struct board *b =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (b == MAP_FAILED) {
		for (size_t i = 0; i < n; i++)
			h->look(i, arg);
		return;
	}
	look_with_child(b, n, h, arg);
	munmap(b, size);
}
