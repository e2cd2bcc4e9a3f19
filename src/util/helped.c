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

enum { CHUNK = 32, COSTLY_CHUNK = 4 };

/* A child costs as much as a hundred descriptors. */
enum { MANY_CHUNKS = 16 };

/* In memory that both see. */
struct board {
	size_t chunk;
	size_t n_chunks;
	atomic_size_t taken;  /* chunks, by both together */
	unsigned char idle[]; /* of each item that the child had */
};

static size_t chunk_of(const struct helped *h)
{
	return h->is_costly ? COSTLY_CHUNK : CHUNK;
}

static unsigned left_to_others;

void helped_leave(unsigned n)
{
	left_to_others = n;
}

bool helped_pays(size_t n, const struct helped *h)
{
	cpu_set_t processors;

	/* It fails where there are more than a thousand. */
	return n >= MANY_CHUNKS * chunk_of(h) &&
	       (sched_getaffinity(0, sizeof(processors), &processors) < 0 ||
		(unsigned)CPU_COUNT(&processors) > 1 + left_to_others);
}

/* Who has taken k chunks of its own has the next k in front, or at the end; so they meet. */
static bool take(struct board *b)
{
	return atomic_fetch_add(&b->taken, 1) < b->n_chunks;
}

static bool is_done(const struct helped *h, size_t i, void *arg)
{
	if (h->is_idle)
		return h->is_idle(i, arg);
	h->look(i, arg);
	return true;
}

static _Noreturn void help(struct board *b, size_t n, const struct helped *h, void *arg,
			   pid_t parent)
{
	size_t last = b->n_chunks;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	if (h->begin)
		h->begin(arg);
	for (; take(b); last--)
		for (size_t i = (last - 1) * b->chunk; i < n && i < last * b->chunk; i++)
			b->idle[i] = is_done(h, i, arg);
	_exit(EXIT_SUCCESS);
}

static void look_with_child(struct board *b, size_t n, const struct helped *h, void *arg)
{
	const pid_t parent = getpid();
	const pid_t child = fork();
	size_t i = 0;

	if (child == 0)
		help(b, n, h, arg, parent);
	for (size_t chunk = 0; child > 0 && take(b); chunk++)
		for (; i < n && i < (chunk + 1) * b->chunk; i++)
			h->look(i, arg);
	if (child > 0)
		RETRY(waitpid(child, NULL, 0));
	for (; i < n; i++)
		if (!b->idle[i])
			h->look(i, arg);
}

static void look_alone(size_t n, const struct helped *h, void *arg)
{
	for (size_t i = 0; i < n; i++)
		h->look(i, arg);
}

void helped_by_child(size_t n, const struct helped *h, void *arg)
{
	const size_t size = sizeof(struct board) + n;
	struct board *b =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (b == MAP_FAILED) {
		look_alone(n, h, arg);
		return;
	}
	b->chunk = chunk_of(h);
	b->n_chunks = (n + b->chunk - 1) / b->chunk;
	look_with_child(b, n, h, arg);
	munmap(b, size);
}

void helped_each(size_t n, const struct helped *h, void *arg)
{
	if (helped_pays(n, h))
		helped_by_child(n, h, arg);
	else
		look_alone(n, h, arg);
}
