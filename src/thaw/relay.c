// SPDX-License-Identifier: MIT
#include "thaw/relay.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

void relay_open(struct relay *r, int master, bool keyboard)
{
	*r = (struct relay){ .master = master, .screen = flow_open_screen(STDOUT_FILENO) };
	r->has_keyboard = keyboard && tcgetattr(STDIN_FILENO, &r->saved) == 0;
}

void relay_start(struct relay *r)
{
	struct termios raw = r->saved;

	relay_resize(r); /* criu has set the size that the tree had */
	if (!r->has_keyboard)
		return;
	/* Not TCSADRAIN, which would wait for a terminal that was stopped (Ctrl-S). */
	cfmakeraw(&raw);
	r->raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
	r->input_open = true;
}

void relay_wants(const struct relay *r, struct pollfd p[RELAY_POLLFDS])
{
	bool reads = r->input_open && !r->input.n && !r->input.ended;

	p[0] = (struct pollfd){ .fd = r->master >= 0 && reads ? STDIN_FILENO : -1,
				.events = POLLIN };
	p[1] = (struct pollfd){ .fd = r->master, .events = r->output.n ? 0 : POLLIN };
	p[2] = (struct pollfd){ .fd = r->output.n ? r->screen : -1, .events = POLLOUT };
	if (r->input.n)
		p[1].events |= POLLOUT;
	if (!p[1].events) /* or its hangup would make poll() return again and again */
		p[1].fd = -1;
}

void relay_move(struct relay *r, const struct pollfd p[RELAY_POLLFDS])
{
	bool tree_says = p[1].revents & (POLLIN | POLLHUP | POLLERR);

	if (p[0].revents || p[1].revents & POLLOUT)
		flow_move(&r->input, STDIN_FILENO, r->master);
	if ((tree_says && !r->output.n) || p[2].revents)
		flow_move(&r->output, r->master, r->screen);
	if (r->output.ended && !r->output.n) {
		cleanup_close(&r->master);
		r->master = -1;
	}
}

void relay_resize(const struct relay *r)
{
	struct winsize size;

	if (r->master >= 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		ioctl(r->master, TIOCSWINSZ, &size);
}

void relay_close(struct relay *r, int signals)
{
	flow_drain(&r->output, r->master, r->screen, signals);
	cleanup_close(&r->master);
	r->master = -1;
	if (r->raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &r->saved);
	r->raw = false;
	if (r->screen != STDOUT_FILENO)
		cleanup_close(&r->screen);
	r->screen = STDOUT_FILENO;
}
