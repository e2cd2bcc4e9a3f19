/* SPDX-License-Identifier: MIT */
/*
 * Bytes on their way from one descriptor to another, neither of which is waited for: both are
 * non-blocking.
 */
#ifndef CRIU_NS_FLOW_H
#define CRIU_NS_FLOW_H

#include <stdbool.h>
#include <stddef.h>

/* What has been read from one side, but not yet written to the other. */
struct flow {
	char bytes[4096];
	size_t start, n;
	bool ended; /* nothing more will come */
};

/* Read once, write once, or write what there is and read only if there is nothing. */
void flow_read(struct flow *f, int from);
void flow_write(struct flow *f, int to);
void flow_move(struct flow *f, int from, int to);

/*
 * The rest of it, at the end: as long as the other side accepts it; if it does not, wait until it
 * does, or until there is a signal (signals: a signalfd, or -1: do not wait).
 */
void flow_drain(struct flow *f, int from, int to, int signals);

/*
 * For output on a descriptor of the caller's. A terminal is opened once more, for writes that do
 * not wait, because the shell shares the caller's descriptor and its O_NONBLOCK flag. Anything else
 * is used as it is: it accepts a page when poll(2) reports it writable.
 */
int flow_open_screen(int fd);

#endif
