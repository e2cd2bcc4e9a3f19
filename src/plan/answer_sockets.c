// SPDX-License-Identifier: MIT
/*
 * The answers to sockets: options that criu needs for them, what of them a thaw cannot bring back,
 * and what criu lacks.
 */
#include "plan/answer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Only `dump` looks at descriptors. */
static bool is_dump(const struct answer *a)
{
	return a->cli->command == CMD_DUMP;
}

static bool is_external(const struct answer *a, const struct finding *x)
{
	_cleanup_free_ char *id = xasprintf("%lu", (unsigned long)x->ino);

	return cli_external(a->cli, "unix", id) != NULL;
}

/* FINDING_SOCKET_LACK */

static const char *family_name(int family)
{
	static const char *const names[] = {
		[AF_X25] = "X.25",
		[AF_KEY] = "key (IPsec)",
		[AF_PPPOX] = "PPPoX",
		[AF_LLC] = "LLC",
		[AF_CAN] = "CAN",
		[AF_TIPC] = "TIPC",
		[AF_RDS] = "RDS",
		[AF_BLUETOOTH] = "Bluetooth",
		[AF_RXRPC] = "RxRPC",
		[AF_PHONET] = "Phonet",
		[AF_ALG] = "AF_ALG (the kernel's cryptography)",
		[AF_NFC] = "NFC",
		[AF_VSOCK] = "vsock",
		[AF_KCM] = "KCM",
		[AF_QIPCRTR] = "QRTR",
		[AF_SMC] = "SMC",
		[AF_XDP] = "XDP",
	};
	size_t i = (size_t)family;

	return i < ARRAY_SIZE(names) ? names[i] : NULL;
}

static const char *protocol_name(int protocol)
{
	switch (protocol) {
	case IPPROTO_MPTCP:
		return "MPTCP";
	case IPPROTO_SCTP:
		return "SCTP";
	case IPPROTO_DCCP:
		return "DCCP";
	default:
		return NULL;
	}
}

static char *kind_text(const struct socket *s)
{
	bool is_inet = s->family == AF_INET || s->family == AF_INET6;
	const char *name = is_inet ? protocol_name(s->protocol) : family_name(s->family);

	if (name)
		return xasprintf("%s", name);
	return is_inet ? xasprintf("internet protocol %d", s->protocol)
		       : xasprintf("address family %d", s->family);
}

/*
 * What follows the subject; %s is the kind of socket, the name of the other end, or the local
 * address. criu fails by itself, or thaws less than there was: under --as-given it is left to it.
 * The others would be frozen, and not be thawed, or not as they were.
 */
enum lack_word { WORD_NONE, WORD_KIND, WORD_NAME, WORD_NAMES, WORD_LOCAL };

static const struct {
	bool is_crius;
	enum lack_word word;
	const char *what, *hint;
} lacks[] = {
	[LACK_FAMILY] = { true, WORD_KIND, "is a socket of the kind %s, which criu cannot freeze",
			  "close it, or end the process" },
	[LACK_PROTOCOL] = { true, WORD_KIND, "is a socket of the kind %s, which criu cannot freeze",
			    "close it, or end the process" },
	[LACK_PING] = { true, WORD_NONE,
			"is a socket for pings (ICMP without SOCK_RAW), which criu can freeze since version 4.2",
			"close it, or use a newer criu (--criu-binary)" },
	[LACK_OTHER_NET] = { false, WORD_NONE,
			     "is in a network namespace that no process of the tree is in, "
			     "so criu does not look there",
			     "close it, or freeze a tree with a process in that namespace" },
	[LACK_FILTER] = { true, WORD_NONE,
			  "has an eBPF program as its filter, which criu cannot read",
			  "detach it (SO_DETACH_FILTER), or close the socket" },
	[LACK_CORKED] = { true, WORD_NONE,
			  "is a UDP socket with UDP_CORK set, whose unsent data criu cannot read",
			  "try again when the process has sent it" },
	[LACK_STATE] = { true, WORD_NONE, "is a TCP socket in a state that criu does not know",
			 "try again when the connection is established" },
	[LACK_ULP] = { false, WORD_NONE,
		       "is a TCP connection with another protocol in the kernel (TLS), which criu would lose",
		       "switch kernel TLS off in the program (OpenSSL: Options = -KTLS)" },
	[LACK_SCOPE] = { false, WORD_LOCAL,
			 "is a TCP connection of the link-local address %s, which criu can freeze, but not thaw",
			 "make the program use another address, or add --tcp-close to close it" },
	[LACK_MULTICAST] = { false, WORD_LOCAL,
			     "is bound to the multicast address %s of a link, which criu can freeze, but not thaw",
			     "make the program bind to [::] instead, or close it" },
	[LACK_GROUPS] = { true, WORD_NONE,
			  "is a netlink socket in a group beyond the 32nd, for which criu has no room",
			  "close it, or make it leave the group" },
	[LACK_UNBOUND] = { true, WORD_NONE,
			   "is a netlink socket with groups, but without an address, which criu cannot freeze",
			   "make the program call bind(2), or close it" },
	[LACK_UNREAD] = { true, WORD_NONE,
			  "is a netlink socket with messages that nobody has read yet, which criu cannot save",
			  "try again when the process has read them" },
	[LACK_SENDERS] = { true, WORD_NONE,
			   "has unread messages that come with their sender's credentials (SO_PASSCRED), "
			   "which criu cannot save",
			   "try again when the process has read them" },
	[LACK_NAMELESS] = { true, WORD_NONE,
			    "sends datagrams to a socket outside of the tree that has no name, "
			    "so a thaw could not connect it again",
			    "freeze a tree that contains both" },
	[LACK_RELATIVE] = { false, WORD_NAME,
			    "sends datagrams to a socket outside of the tree that was bound to a relative path (%s): "
			    "criu can freeze that, but not thaw it",
			    "make that program bind to an absolute path, or freeze a tree that contains both" },
	[LACK_PEER_NET] = { true, WORD_NONE,
			    "is connected to a socket in another network namespace, where criu does not look",
			    "freeze a tree that contains both, or close it" },
	[LACK_WAITS] = { false, WORD_NAME,
			 "waits to be accepted by %s, which is outside of the tree: "
			 "criu can freeze that, but not thaw it",
			 "try again when the server has accepted it" },
	[LACK_WAITS_SENT] = { true, WORD_NAME,
			      "waits to be accepted by %s, and has sent something, which criu cannot read",
			      "try again when the server has accepted it" },
	[LACK_RENAMED] = { true, WORD_NAMES,
			   "was bound to %s: a thaw would bind it to the first name again, "
			   "and clients would not find it under the other",
			   "make the program bind to the name that clients use, or close it; "
			   "with --as-given it is frozen all the same" },
	[LACK_WAITS_GONE] = { true, WORD_NAME,
			      "(%s) has a connection that was closed before it was accepted, "
			      "whose unread data criu cannot read",
			      "try again when the process has accepted it" },
};

/* What is of one moment in the work of a program. */
static const bool passes[ARRAY_SIZE(lacks)] = {
	[LACK_CORKED] = true,     [LACK_STATE] = true,      [LACK_UNREAD] = true,
	[LACK_SENDERS] = true,    [LACK_PEER_NET] = true,   [LACK_WAITS] = true,
	[LACK_WAITS_SENT] = true, [LACK_WAITS_GONE] = true,
};

/* Is it given by hand, or does criu do it? */
static bool is_answered(const struct answer *a, const struct finding *x)
{
	enum socket_lack lack = x->socket.lack;

	if (!is_dump(a) || (a->cli->as_given && lacks[lack].is_crius))
		return true;
	switch (lack) {
	case LACK_PING:
		return answer_criu_is(a, CRIU_VERSION(4, 2, 0));
	case LACK_SCOPE:
	case LACK_ULP:
		return cli_says(a->cli, "tcp-close") > 0;
	case LACK_NAMELESS:
		return is_external(a, x);
	default:
		return false;
	}
}

static char *lack_word(const struct finding *x)
{
	switch (lacks[x->socket.lack].word) {
	case WORD_KIND:
		return kind_text(&x->socket.is);
	case WORD_NAMES:
		return xasprintf("%s, but has the name %s now", x->socket.name,
				 x->socket.name_now ? x->socket.name_now : "of another link");
	case WORD_LOCAL:
		return socket_end_text(x->socket.is.family, &x->socket.is.local);
	default:
		return xstrdup(x->socket.name ? x->socket.name : "a socket without name");
	}
}

/*
 * criu takes a socket whose first name is gone for a deleted one, and would make it without any. It
 * is shown images with the name of today (thaw/files_image.h), which it binds to, in the mount
 * namespace that the socket's file is in: the images have the mount (get_mnt_id() in
 * criu/sk-unix.c).
 */
static bool is_renamed(struct answer *a, const struct finding *x)
{
	enum { MAX_PATH = 107 };
	const struct found_socket *s = &x->socket;
	struct recipe_name *name;

	if (s->lack != LACK_RENAMED || !a->p->record || !s->name_now || *s->name_now != '/' ||
	    strlen(s->name_now) > MAX_PATH)
		return false;
	name = recipe_add_name(&a->p->recipe);
	name->id = xasprintf("%lu", (unsigned long)s->is.ino);
	name->now = xstrdup(s->name_now);
	name->mode = s->mode;
	name->owner = xasprintf("%u:%u", s->uid, s->gid);
	strv_take(
		&a->p->notes,
		xasprintf(
			"descriptor %d of process %d (%s) was bound to %s, but has the name %s now: "
			"a thaw binds it to that, which getsockname(2) gives then",
			x->fd, x->pid, x->path, s->name, s->name_now));
	return true;
}

int answer_socket_lack(struct answer *a, const struct finding *x, struct err *e)
{
	enum socket_lack lack = x->socket.lack;

	if (is_answered(a, x) || is_renamed(a, x))
		return 0;

	_cleanup_free_ char *subject = answer_subject(x);
	_cleanup_free_ char *word = lack_word(x);
	const char *what = lacks[lack].what;
	const char *slot = strstr(what, "%s");
	bool is_mptcp = lack == LACK_PROTOCOL && x->socket.is.protocol == IPPROTO_MPTCP;

	a->passes = passes[lack];
	if (slot)
		err_set(e, 0, "%s %.*s%s%s", subject, (int)(slot - what), what, word, slot + 2);
	else
		err_set(e, 0, "%s %s", subject, what);
	return err_hint(e, "%s",
			is_mptcp ? "start the program without it: GODEBUG=multipathtcp=0 for Go, "
				   "no mptcpize, or sysctl net.mptcp.enabled=0"
				 : lacks[lack].hint);
}

/* FINDING_CONNECTION */

static char *connection_text(const struct finding *x)
{
	const struct socket *s = &x->socket.is;
	_cleanup_free_ char *local = socket_end_text(s->family, &s->local);
	_cleanup_free_ char *remote = socket_end_text(s->family, &s->remote);

	return xasprintf("from %s to %s (descriptor %d of process %d)", local, remote, x->fd,
			 x->pid);
}

int answer_connection(struct answer *a, const struct finding *x, struct err *e)
{
	(void)e;
	if (!is_dump(a) || cli_says(a->cli, "tcp-close") > 0)
		return 0;
	plan_auto(a->cli, a->p, &a->at, "tcp-established", NULL,
		  "the tree has TCP connections, which criu saves only when it is told to");
	if (x->socket.is_inside || x->socket.is.state == TCP_CLOSE ||
	    !plan_has(a->cli, a->p, "tcp-established") || a->n_told++)
		return 0;

	_cleanup_free_ char *text = connection_text(x);

	strv_take(&a->p->notes,
		  xasprintf("the other end of the TCP connection %s is outside of the tree: "
			    "a thaw goes on with it if the other side still waits then%s",
			    text, a->f->own_network ? "" : ", on a host that has this address"));
	return 0;
}

void note_more_connections(struct answer *a)
{
	if (a->n_told > 1)
		strv_take(&a->p->notes, xasprintf("the same goes for %zu more of its connections",
						  a->n_told - 1));
}

/* FINDING_BACKLOG: criu makes the socket again, with an empty queue */

int answer_backlog(struct answer *a, const struct finding *x, struct err *e)
{
	const struct socket *s = &x->socket.is;
	bool is_tcp = socket_is_tcp(s);

	(void)e;
	if (!is_dump(a))
		return 0;
	if (is_tcp)
		plan_auto(a->cli, a->p, &a->at, "skip-in-flight", NULL,
			  "connections have not been accepted yet, which criu cannot save");
	if (is_tcp && !plan_has(a->cli, a->p, "skip-in-flight"))
		return 0;

	_cleanup_free_ char *at = is_tcp ? socket_end_text(s->family, &s->local) : NULL;

	strv_take(&a->p->notes,
		  xasprintf("connections to %s that process %d has not accepted yet will be closed "
			    "(%u of them): their clients have to connect again",
			    is_tcp           ? at
			    : x->socket.name ? x->socket.name
					     : "a unix socket",
			    x->pid, s->waiting));
	return 0;
}

/* A server at work has some at any moment, and connections, but not always at that of the look. */
void note_late_backlog(struct answer *a)
{
	static const char why[] = "criu has failed because TCP connections were just being made";

	if (!a->f->is_connecting || !is_dump(a))
		return;
	if (cli_says(a->cli, "tcp-close") <= 0)
		plan_auto(a->cli, a->p, &a->at, "tcp-established", NULL, why);
	if (plan_auto(a->cli, a->p, &a->at, "skip-in-flight", NULL, why))
		strv_take(
			&a->p->notes,
			xstrdup("connections that are not accepted yet when the tree is stopped will be closed: "
				"their clients have to connect again"));
}

/* FINDING_DATAGRAM */

/* Abstract names are names in a network namespace. */
static int refuse_own_name(const struct finding *x, struct err *e)
{
	_cleanup_free_ char *subject = answer_subject(x);

	err_set(e, 0,
		"%s sends datagrams to %s, which is outside of the tree, but in its network namespace: "
		"a thaw makes that namespace again, without that socket",
		subject, x->socket.name);
	return err_hint(e, "freeze a tree that contains both");
}

int answer_datagram(struct answer *a, const struct finding *x, struct err *e)
{
	if (!is_dump(a) || is_external(a, x))
		return 0;
	if (a->f->own_network && x->socket.name[0] == '@')
		return refuse_own_name(x, e);
	plan_auto(
		a->cli, a->p, &a->at, "ext-unix-sk", NULL,
		"the tree sends datagrams to a unix socket outside, to which a thaw connects again");
	if (!plan_has(a->cli, a->p, "ext-unix-sk") || a->n_told++)
		return 0;
	strv_take(&a->p->notes, xasprintf("descriptor %d of process %d sends datagrams to %s, "
					  "which has to be there at the thaw",
					  x->fd, x->pid, x->socket.name));
	return 0;
}
