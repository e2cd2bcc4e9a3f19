/* SPDX-License-Identifier: MIT */
/*
 * Looking at a long list with the help of another process, on another processor. The order in which
 * things are found stays: this process begins in front; a child begins at the end, until they meet,
 * and only says which of its items nothing would be found at; or it leaves what it has found out in
 * memory that both see (xshared()).
 */
#ifndef CRIU_NS_HELPED_H
#define CRIU_NS_HELPED_H

#include <stdbool.h>
#include <stddef.h>

struct helped {
	/* Called in this process, with rising numbers, for each item that the child has not dealt with. */
	void (*look)(size_t i, void *arg);

	/*
	 * Called in the child: would that change nothing? What it does itself is lost with the
	 * child. NULL: the child calls look, too, because that only fills in memory that both see.
	 */
	bool (*is_idle)(size_t i, void *arg);

	/* Called in the child, before; NULL: nothing to do. */
	void (*begin)(void *arg);

	/* Each item costs about as much as ten descriptors. */
	bool is_costly;
};

/*
 * For the items below n, with a child if that pays. If there is none, or it is killed, this process
 * looks at all.
 */
void helped_each(size_t n, const struct helped *h, void *arg);

/*
 * So many processors are left to others who work for us at the same time; 0, as at first: none. A
 * child would only take one from them.
 */
void helped_leave(unsigned n);

/*
 * For tests. Is there another processor for such a child, and are there so many items that it pays?
 * And with a child in any case.
 */
bool helped_pays(size_t n, const struct helped *h);
void helped_by_child(size_t n, const struct helped *h, void *arg);

#endif
