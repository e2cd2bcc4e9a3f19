// SPDX-License-Identifier: MIT
#include "thaw/terminals.h"

#include "thaw/behind.h"
#include "thaw/console.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int make_ptys(const struct plan *p, struct terminals *t, struct err *e)
{
	int r = 0;

	t->v = xcalloc(p->n_ptys + 1, sizeof(*t->v));
	while (t->n < p->n_ptys && !r)
		r = pty_make(t->own.fd, &t->v[t->n++], e);
	return r;
}

int terminals_make(const struct plan *p, const struct facts *f, const struct cli *cli,
		   struct terminals *ret, struct err *e)
{
	struct terminals *t = ret;
	int r = 0;

	*t = TERMINALS_NONE;
	t->use = p->tty;
	t->keyboard = p->has_keyboard;
	t->hold = p->n_laid > 0;
	if (p->own_devpts)
		r = own_devpts_make(f, &t->own, e);
	if (!r)
		r = make_ptys(p, t, e);
	if (r < 0)
		return r;
	own_devpts_leave(&t->own, f);
	if (t->use == TTY_SOCKET && console_connect(cli->console_socket, &t->console, e) < 0)
		return -EINVAL;
	if (t->use == TTY_RELAY && t->hold) {
		t->held = open(t->v[0].slave, O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (t->held < 0)
			return err_set(e, errno, "cannot open the terminal %s", t->v[0].slave);
	}
	if (t->use == TTY_RELAY)
		relay_open(&t->relay, steal_fd(&t->v[0].master), t->keyboard);
	return 0;
}

/* The caller's terminal, where the plan has found one. */
static int callers_terminal(void)
{
	return isatty(STDIN_FILENO) ? STDIN_FILENO : STDOUT_FILENO;
}

static int leave_behind(struct terminals *t, size_t number, int until, struct err *e)
{
	bool is_shown = number == 0 && t->use == TTY_BEHIND;

	return behind_start(&t->v[number],
			    &(struct behind_args){ .terminal = is_shown ? callers_terminal() : -1,
						   .keyboard = is_shown && t->keyboard,
						   .hold = t->hold,
						   .until = until },
			    e);
}

static int serve_first(struct terminals *t, int until, struct err *e)
{
	switch (t->use) {
	case TTY_NONE:
		return 0;
	case TTY_RELAY:
		relay_start(&t->relay);
		return 0;
	case TTY_SOCKET:
		return console_send(t->console, t->v[0].master, e);
	case TTY_BEHIND:
	case TTY_UNSEEN:
		return leave_behind(t, 0, until, e);
	}
	return 0;
}

int terminals_serve(struct terminals *t, int until, struct err *e)
{
	int r;

	own_devpts_close(&t->own);
	r = serve_first(t, until, e);

	for (size_t i = 1; i < t->n && !r; i++)
		r = leave_behind(t, i, until, e);
	return r;
}

void terminals_close(struct terminals *t, int signals)
{
	own_devpts_close(&t->own);
	relay_close(&t->relay, signals);
	for (size_t i = 0; i < t->n; i++)
		cleanup_close(&t->v[i].master);
	cleanup_close(&t->console);
	cleanup_close(&t->held);
	free(t->v);
	*t = TERMINALS_NONE;
}
