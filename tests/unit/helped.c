// SPDX-License-Identifier: MIT
/* A long list, looked at by two processes: nothing is lost, and the order stays, whatever the child does. */
#include "unit.h"

#include "util/helped.h"
#include "util/util.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

enum { N = 3000 };

static struct list {
	const char *name;
	size_t dies_at; /* at which item the child is killed, N: never */
	size_t every;   /* of how many items one is not idle */
	bool waits;     /* until the child has begun */
	bool is_costly;
	bool all_here;
	size_t n, seen[N];
	pid_t here;
} lists[] = {
	{ .name = "all idle", .dies_at = N, .every = N + 1, .waits = true },
	{ .name = "some idle", .dies_at = N, .every = 3, .waits = true },
	{ .name = "none idle", .dies_at = N, .every = 1, .all_here = true },
	{ .name = "the child is killed at once",
	  .dies_at = N / 32 * 32,
	  .every = N + 1,
	  .all_here = true },
	{ .name = "some idle, each costly",
	  .dies_at = N,
	  .every = 3,
	  .waits = true,
	  .is_costly = true },
	{ .name = "the child is killed later", .dies_at = N - 1000, .every = N + 1, .waits = true },
};

static volatile bool *has_begun; /* shared with the child */

static void look(size_t i, void *arg)
{
	struct list *l = arg;

	for (int ms = 0; l->waits && !*has_begun && ms < 10000; ms++)
		usleep(1000);
	assert_int_equal(getpid(), l->here);
	assert_true(!l->n || l->seen[l->n - 1] < i);
	l->seen[l->n++] = i;
}

static bool is_idle(size_t i, void *arg)
{
	const struct list *l = arg;

	*has_begun = true;
	if (i == l->dies_at)
		raise(SIGKILL);
	return (i + 1) % l->every != 0;
}

static bool was_seen(const struct list *l, size_t i)
{
	for (size_t k = 0; k < l->n; k++)
		if (l->seen[k] == i)
			return true;
	return false;
}

static void each_is_looked_at_in_order(void **state)
{
	struct list *l = *state;
	const struct helped h = { .look = look, .is_idle = is_idle, .is_costly = l->is_costly };

	l->here = getpid();
	*has_begun = false;
	helped_by_child(N, &h, l);
	for (size_t i = 0; i < N; i++)
		if (l->all_here || (i + 1) % l->every == 0)
			assert_true(was_seen(l, i));
	if (l->all_here)
		assert_int_equal(l->n, N);
	if (l->dies_at < N && l->waits)
		assert_true(was_seen(
			l, l->dies_at)); /* and those before it, which nobody has ruled out */
	if (l->waits && l->dies_at == N)
		assert_true(l->n < N);
}

static void a_short_list_is_not_worth_it(void **state)
{
	static const struct helped cheap, costly = { .is_costly = true };

	(void)state;
	assert_false(helped_pays(0, &cheap));
	assert_false(helped_pays(100, &cheap));
	assert_false(helped_pays(0, &costly));
	assert_false(helped_pays(10, &costly));
}

static void what_others_use_is_no_childs(void **state)
{
	static const struct helped cheap;
	const bool before = helped_pays(100000, &cheap);

	(void)state;
	helped_leave(1024); /* as many as sched_getaffinity(2) can tell of */
	assert_false(helped_pays(100000, &cheap));
	helped_leave(0);
	assert_int_equal(helped_pays(100000, &cheap), before);
}

/* Numbers, squared. */
static void square(size_t i, void *arg)
{
	size_t *v = arg;

	if (getpid() != lists[0].here)
		*has_begun = true;
	for (int ms = 0; getpid() == lists[0].here && !*has_begun && ms < 10000; ms++)
		usleep(1000);
	v[i] = i * i;
}

static bool square_for_parent(size_t i, void *arg)
{
	square(i, arg);
	return true;
}

static const struct row {
	const char *name;
	struct helped h;
} rows[] = {
	{ "the child says that it is done", { .look = square, .is_idle = square_for_parent } },
	{ "the child looks like the parent", { .look = square } },
};

static void what_the_child_found_out_can_stay(void **state)
{
	const struct row *r = *state;
	size_t *v = xshared(N, sizeof(*v));

	lists[0].here = getpid();
	*has_begun = false;
	helped_by_child(N, &r->h, v);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(v[i], i * i);
	munmap(v, N * sizeof(*v));
}

int main(void)
{
	has_begun = mmap(NULL, sizeof(*has_begun), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	UNIT_ROWS(each_is_looked_at_in_order, lists);
	UNIT(a_short_list_is_not_worth_it);
	UNIT(what_others_use_is_no_childs);
	UNIT_ROWS(what_the_child_found_out_can_stay, rows);
	return unit_run("helped");
}
