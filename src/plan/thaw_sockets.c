// SPDX-License-Identifier: MIT
#include "plan/thaw_sockets.h"

#include <errno.h>

static const char *reason_text(int errnum)
{
	switch (errnum) {
	case EAGAIN:
		return ": its server accepts no connections";
	case ENOTSOCK:
		return ": there is something else than a socket";
	case ECONNREFUSED:
		return ": nobody listens there any more";
	case EPROTOTYPE:
		return ": a socket of another type listens there";
	case ETIMEDOUT:
		return ": the server of its file system does not answer";
	case EACCES:
	case EPERM:
		return ", with the rights that the process had";
	default:
		return "";
	}
}

static int check_socket(const struct recipe_unix *s, struct err *e)
{
	int errnum = s->from->errnum;
	const char *reason = reason_text(errnum);

	if (!errnum)
		return 0;
	if (s->cut)
		return err_set(e, errnum, "cannot make a socket");
	err_set(e, *reason == ':' ? 0 : errnum, "cannot connect to %s again%s", s->to, reason);
	return err_hint(
		e,
		"start what listens there, or give a connection: --inherit-fd 'fd[N]:socket:[%s]'",
		s->id);
}

static void explain(const struct recipe_unix *s, struct plan *p)
{
	if (s->cut)
		plan_step(p,
			  xasprintf("hand criu a socket whose peer is closed, for socket:[%s]",
				    s->id),
			  "the freeze was told to --cut-peers");
	else if (s->journal.is_one)
		plan_step(p, xasprintf("connect to the journal (%s), and hand that to criu", s->to),
			  "it begins with a few lines about the sender, and has no other state");
	else
		plan_step(p, xasprintf("connect to %s, and hand that to criu", s->to),
			  "a process was connected to it");
}

void plan_thaw_sockets(struct plan *p, size_t *at)
{
	for (size_t i = 0; i < p->recipe.n_sockets; i++) {
		const struct recipe_unix *s = &p->recipe.sockets[i];
		_cleanup_free_ char *slot = plan_slot_unix(i);
		struct err e;

		if (!s->from || plan_refuse(p, check_socket(s, &e), &e) < 0)
			continue;
		plan_option(p, at, "--inherit-fd", slot);
		explain(s, p);
	}
}

static char *end_text(int family, const char *address, unsigned port)
{
	return family == AF_INET6 ? xasprintf("[%s]:%u", address, port)
				  : xasprintf("%s:%u", address, port);
}

void plan_thaw_connections(const struct facts *f, struct plan *p)
{
	const struct connection *c = f->locked.v;
	size_t more = f->locked.n ? f->locked.n - 1 : 0;

	if (!f->locked.n)
		return;

	_cleanup_free_ char *local = end_text(c->family, c->local, c->local_port);
	_cleanup_free_ char *remote = end_text(c->family, c->remote, c->remote_port);
	_cleanup_free_ char *others = more ? xasprintf(", and %zu more", more) : xstrdup("");

	plan_step(p,
		  xasprintf("go on with the TCP connection from %s to %s%s", local, remote, others),
		  "one to outside of the tree goes on if the other side still waits for it; "
		  "--tcp-close closes them");
}
