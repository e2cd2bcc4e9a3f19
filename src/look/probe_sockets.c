// SPDX-License-Identifier: MIT
/*
 * Sockets: TCP connections and what else criu handles if it is told to, and what it does not
 * handle. Each socket is asked itself, by a copy of its descriptor. Only UNIX sockets are also
 * looked up in the kernel's table, because they do not tell who is at the other end.
 */
#include "look/probe.h"

#include "look/groups.h"
#include "look/socket_options.h"
#include "look/view_copy.h"
#include "util/sorted.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/openat2.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef SIOCUNIXFILE /* Linux 4.10 */
#define SIOCUNIXFILE (SIOCPROTOPRIVATE + 0)
#endif
#ifndef SO_GET_FILTER
#define SO_GET_FILTER SO_ATTACH_FILTER
#endif

/* A socket of the tree. */
struct own {
	struct socket is;
	pid_t pid; /* the first process that has it */
	int fd;
	enum socket_lack lack;
	char *bound;    /* UNIX: the path that it was bound to, if it has another name now, */
	char *name_now; /* and that name */
	mode_t mode;    /* of the file with that name */
	uid_t uid;
	gid_t gid;
	bool keeps_senders; /* UNIX: there is something to read, together with who sent it */
	size_t net;
};

/* A network namespace that a socket is in. */
struct net {
	uint64_t cookie; /* 0, and one for all, before Linux 5.14 */
	bool is_crius;   /* a task of the tree is in it, so criu looks at it */
	bool is_targets;
	struct sockets unix_sockets; /* if it is not the target's */
	bool has_groups;             /* they have been read: */
	struct groups groups;
};

struct state {
	struct own *v;
	size_t n;
	struct net *nets;
	size_t n_nets;
};

/* Its network namespace */

static bool is_nested_net(const struct facts *f, ino_t ino)
{
	findings_for_each (x, &f->findings)
		if (x->kind == FINDING_NESTED_NS && x->ino == ino && !strcmp(x->ns.kind, "net"))
			return true;
	return false;
}

static ino_t net_of_target(const struct facts *f)
{
	char who[16];
	ino_t ino = 0;

	snprintf(who, sizeof(who), "%d", f->target.pid);
	return procfs_namespace(f->proc, who, "net", &ino) < 0 ? 0 : ino;
}

static struct net look_net(const struct facts *f, int copy, uint64_t cookie)
{
	_cleanup_close_ int ns_fd = cookie ? socket_net(copy) : -1;
	struct net net = { .cookie = cookie };
	struct stat st;

	net.is_targets = ns_fd < 0 || fstat(ns_fd, &st) < 0 || st.st_ino == net_of_target(f);
	net.is_crius = net.is_targets || is_nested_net(f, st.st_ino);
	if (net.is_crius && !net.is_targets) {
		_cleanup_close_ int diag = sockets_open(ns_fd);

		if (diag >= 0)
			(void)sockets_read(diag, AF_UNIX, 0, ~0U, &net.unix_sockets);
	}
	return net;
}

static size_t net_of(const struct facts *f, struct state *st, int copy)
{
	uint64_t cookie = socket_net_cookie(copy);

	for (size_t i = 0; i < st->n_nets; i++)
		if (st->nets[i].cookie == cookie)
			return i;
	st->nets = xreallocarray(st->nets, st->n_nets + 1, sizeof(*st->nets));
	st->nets[st->n_nets] = look_net(f, copy, cookie);
	return st->n_nets++;
}

/* What it tells itself */

/*
 * For criu it is one if it has another end: also when that has closed it, and then only at the thaw
 * (tcp_connection() in criu/sk-inet.c).
 */
static bool is_connection(const struct socket *s)
{
	return socket_is_tcp(s) && s->state != TCP_LISTEN && s->remote.port;
}

static bool is_set(int copy, int level, int name)
{
	int value = 0;
	socklen_t size = sizeof(value);

	return getsockopt(copy, level, name, &value, &size) == 0 && value;
}

static bool has_ebpf_filter(int copy)
{
	socklen_t size = 0;

	return getsockopt(copy, SOL_SOCKET, SO_GET_FILTER, NULL, &size) < 0 && errno == EACCES;
}

static bool has_ulp(int copy)
{
	char name[16] = "";
	socklen_t size = sizeof(name);

	return getsockopt(copy, IPPROTO_TCP, TCP_ULP, name, &size) == 0 && size && name[0];
}

static bool is_link_local(const struct socket *s)
{
	return s->family == AF_INET6 &&
	       IN6_IS_ADDR_LINKLOCAL((const struct in6_addr *)(const void *)s->local.ip);
}

static bool is_link_multicast(const struct socket *s)
{
	const struct in6_addr *ip = (const struct in6_addr *)(const void *)s->local.ip;

	return s->family == AF_INET6 && s->local.port &&
	       (IN6_IS_ADDR_MC_LINKLOCAL(ip) || IN6_IS_ADDR_MC_NODELOCAL(ip));
}

static enum socket_lack tcp_lack(const struct socket *s, int copy)
{
	switch (s->state) {
	case TCP_LISTEN:
		return LACK_NONE;
	case TCP_CLOSE:
	case TCP_ESTABLISHED:
	case TCP_SYN_SENT:
	case TCP_FIN_WAIT1:
	case TCP_FIN_WAIT2:
	case TCP_CLOSE_WAIT:
	case TCP_LAST_ACK:
	case TCP_CLOSING:
		if (!is_connection(s))
			return LACK_NONE;
		if (has_ulp(copy))
			return LACK_ULP;
		return is_link_local(s) ? LACK_SCOPE : LACK_NONE;
	default:
		return LACK_STATE;
	}
}

static enum socket_lack inet_lack(const struct socket *s, int copy)
{
	if (s->type == SOCK_RAW)
		return LACK_NONE;
	if (is_link_multicast(s))
		return LACK_MULTICAST;
	switch (s->protocol) {
	case IPPROTO_TCP:
		return tcp_lack(s, copy);
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return is_set(copy, IPPROTO_UDP, UDP_CORK) ? LACK_CORKED : LACK_NONE;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return LACK_PING;
	default:
		return LACK_PROTOCOL;
	}
}

/*
 * criu takes the groups as words of 32 bits from the kernel's, which are longs (netlink_groups in
 * sk-netlink.c), and has room for the first.
 */
static enum socket_lack group_lack(int copy)
{
	struct sockaddr_nl name = { 0 };
	socklen_t name_size = sizeof(name);
	uint32_t groups[64] = { 0 };
	socklen_t size = sizeof(groups);
	size_t words;

	if (getsockopt(copy, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, groups, &size) < 0 || !size)
		return LACK_NONE;
	words = (size + sizeof(long) - 1) / sizeof(long) * (sizeof(long) / sizeof(*groups));
	if (words > ARRAY_SIZE(groups) || words > 2 || (words == 2 && groups[1]))
		return LACK_GROUPS;
	if (getsockname(copy, (struct sockaddr *)&name, &name_size) == 0 && !name.nl_pid)
		return LACK_UNBOUND;
	return LACK_NONE;
}

static enum socket_lack netlink_lack(int copy)
{
	struct pollfd p = { .fd = copy, .events = POLLIN };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLIN) ? LACK_UNREAD : group_lack(copy);
}

static enum socket_lack lack_of(const struct socket *s, int copy)
{
	enum socket_lack lack = LACK_NONE;

	switch (s->family) {
	case AF_INET:
	case AF_INET6:
		lack = inet_lack(s, copy);
		break;
	case AF_NETLINK:
		lack = netlink_lack(copy);
		break;
	case AF_UNIX:
	case AF_PACKET:
		break;
	default:
		return LACK_FAMILY;
	}
	return !lack && has_ebpf_filter(copy) ? LACK_FILTER : lack;
}

static bool keeps_senders(int copy)
{
	int unread = 0;

	return is_set(copy, SOL_SOCKET, SO_PASSCRED) && ioctl(copy, SIOCINQ, &unread) == 0 &&
	       unread > 0;
}

/* Its name, when it was bound */

/* An absolute path that clients connect to, in fresh memory; NULL: none. */
static char *public_path(const struct own *own, int copy)
{
	struct sockaddr_un name = { 0 };
	socklen_t size = sizeof(name);
	char *path = name.sun_path;

	if (getsockname(copy, (struct sockaddr *)&name, &size) < 0 || path[0] != '/' ||
	    (own->is.type != SOCK_DGRAM && !is_set(copy, SOL_SOCKET, SO_ACCEPTCONN)))
		return NULL;
	return xstrndup(path, strnlen(path, sizeof(name.sun_path)));
}

/*
 * A directory of the kernel's name for a socket, which has no links, in the view of the process
 * that has it.
 */
static int open_directory(const struct look *l, pid_t pid, const char *dir)
{
	const struct facts *f = l->facts;
	_cleanup_close_ int own =
		f->nested_view.n ? procfs_open_namespace(f->proc, pid, "mnt") : -1;
	const int ns_mnt = own >= 0 ? own : f->ns_mnt_fd;
	_cleanup_close_ int root = -1;

	if (ns_mnt < 0)
		return served_open(AT_FDCWD, dir, 0);
	if (served_is_on_way(&l->served, dir))
		return -ETIMEDOUT;
	root = view_copy(ns_mnt, true);
	return root < 0
		       ? -EPERM
		       : served_open(root, dir,
				     RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

/*
 * The name of a file in that directory, by device and inode; NULL: not found. The file system is
 * none that a server answers for; of a large directory only a part is read.
 */
static char *find_in(const struct look *l, pid_t pid, const char *path, int length,
		     const struct statx *file)
{
	enum { MOST = 4096, STILL = AT_STATX_DONT_SYNC | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT };
	_cleanup_free_ char *dir = xasprintf("%.*s/", length, path);
	_cleanup_close_ int fd = open_directory(l, pid, dir);
	struct dirent *e;
	char *found = NULL;
	struct statx st;

	if (fd < 0 || statx(fd, "", AT_EMPTY_PATH | STILL, STATX_INO, &st) < 0 ||
	    statx_dev(&st) != statx_dev(file))
		return NULL;

	_cleanup_closedir_ DIR *d = open_directory_in(fd, ".");

	for (int i = 0; d && !found && i < MOST && (e = readdir(d)); i++)
		if (e->d_type == DT_SOCK && statx(fd, e->d_name, STILL, STATX_INO, &st) == 0 &&
		    statx_dev(&st) == statx_dev(file) && st.stx_ino == file->stx_ino)
			found = xasprintf("%s%s", dir, e->d_name);
	return found;
}

/*
 * The socket holds the file that it was bound to (criu asks for that, too: unix_resolve_name() in
 * criu/sk-unix.c), and the kernel tells the name of that. bind(2) does not follow a link in the
 * last part, so if that differs, the file has been renamed; on the way there may be links, and the
 * root may be another one. The kernel's name begins at the root of the mount namespace, and so does
 * that which criu binds to (prep_unix_sk_cwd() there). "(deleted)" is a file without this name:
 * without any criu makes it again, and deletes it.
 */
static void look_name(struct look *l, struct own *own, int copy)
{
	static const char deleted[] = " (deleted)";
	_cleanup_free_ char *bound = public_path(own, copy);
	_cleanup_close_ int file = bound ? ioctl(copy, SIOCUNIXFILE) : -1;
	const char *last = bound ? strrchr(bound, '/') : NULL;
	_cleanup_free_ char *target = file < 0 ? NULL : procfs_own_path(l->facts->proc, file);
	const char *end = target ? strrchr(target, '/') : NULL;
	const char *rest;
	struct statx st;

	if (!end || !last || !strcmp(end, last) ||
	    statx(file, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &st) < 0 ||
	    !st.stx_nlink)
		return;
	rest = text_after(end, last);
	if (!rest || strcmp(rest, deleted) != 0)
		own->name_now = xstrdup(target);
	else if (!served_is_of_a_server(&l->served, statx_dev(&st)))
		own->name_now = find_in(l, own->pid, target, (int)(end - target), &st);
	own->bound = bound;
	own->mode = st.stx_mode & 07777;
	own->uid = st.stx_uid;
	own->gid = st.stx_gid;
	bound = NULL;
}

/* Its multicast groups */

static const struct groups *groups_of(struct look *l, struct net *net, pid_t pid)
{
	static const struct {
		const char *name;
		int family;
	} files[] = { { "igmp", AF_INET }, { "igmp6", AF_INET6 } };

	for (size_t i = 0; i < ARRAY_SIZE(files) && !net->has_groups; i++) {
		_cleanup_free_ char *text = NULL;
		char path[64];

		snprintf(path, sizeof(path), "%d/net/%s", pid, files[i].name);
		if (read_file_at(l->facts->proc, path, 16 << 20, &text) > 0)
			groups_parse(text, files[i].family, &net->groups);
	}
	net->has_groups = true;
	return &net->groups;
}

/* Has it joined that, and only for what some sources send there, or do not send? */
static bool has_group(const struct group *g, int copy, bool *ret_filtered)
{
	struct group_filter ask = { .gf_interface = g->index, .gf_group = group_address(g) };
	socklen_t size = sizeof(ask);

	if (getsockopt(copy, group_level(g), MCAST_MSFILTER, &ask, &size) < 0)
		return false;
	*ret_filtered = ask.gf_fmode != MCAST_EXCLUDE || ask.gf_numsrc;
	return true;
}

/* criu has them in no image (criu/sk-inet.c). */
static void look_groups(struct look *l, struct held *h, const struct own *own, struct net *net)
{
	bool may_have = (own->is.family == AF_INET || own->is.family == AF_INET6) &&
			own->is.type != SOCK_STREAM;
	const struct groups *groups = may_have && net->is_crius ? groups_of(l, net, h->pid) : NULL;

	for (size_t i = 0; groups && i < groups->n; i++) {
		struct found_group g = { .group = groups->v[i] };
		struct task t = { 0 };
		struct err ignored;

		if (!has_group(&g.group, h->copy, &g.is_filtered) ||
		    procfs_task(l->facts->proc, h->pid, &t, &ignored) < 0)
			continue;
		g.pid = task_inner_pid(&t);
		look_found(l, FINDING_GROUP, h)->joined = g;
	}
}

/* Of those that criu forgets, the ones that are not as in a new socket. */
static void look_options(struct look *l, struct held *h, const struct own *own)
{
	size_t n;
	const struct known_option *known = socket_options(&n);

	for (size_t i = 0; i < n; i++) {
		struct found_option x = { .option.is = &known[i] };
		socklen_t size = sizeof(x.option.value);
		struct task t = { 0 };
		struct err ignored;

		if (!socket_option_is_of(&known[i], own->is.family, own->is.type) ||
		    getsockopt(h->copy, known[i].level, known[i].name, &x.option.value, &size) <
			    0 ||
		    x.option.value == known[i].usual ||
		    procfs_task(l->facts->proc, h->pid, &t, &ignored) < 0)
			continue;
		x.pid = task_inner_pid(&t);
		look_found(l, FINDING_OPTION, h)->set = x;
	}
}

/*
 * A descriptor that only stands for a path, as of /proc/PID/fd/N, is another one of a socket, and
 * criu asks it what it does not tell: "Can't get 1:39 opt".
 */
static void look_path(struct look *l, struct held *h)
{
	int flags = fcntl(h->copy, F_GETFL);

	if (flags >= 0 && (flags & O_PATH))
		look_unsupported(l, UNSUPPORTED_PATH, h, 0);
}

static void look_held(struct look *l, struct held *h, void *state)
{
	ino_t ino = h->as == HELD_FD ? socket_number(h->path) : 0;
	struct own own = { .pid = h->pid, .fd = h->fd };
	struct state *st = state;

	if (!ino || held_copy(l, h) < 0)
		return;
	if (seen_before(&l->seen, FINDING_SOCKET_LACK, ino, 0) ||
	    socket_ask(h->copy, &own.is) < 0) {
		look_path(l, h);
		return;
	}
	own.is.ino = ino;
	if (own.is.family == AF_INET6 || socket_is_tcp(&own.is))
		socket_ask_ends(h->copy, &own.is);
	own.net = net_of(l->facts, st, h->copy);
	own.lack = lack_of(&own.is, h->copy);
	if (!own.lack && !st->nets[own.net].is_crius)
		own.lack = LACK_OTHER_NET;
	if (own.is.family == AF_UNIX)
		look_name(l, &own, h->copy);
	look_groups(l, h, &own, &st->nets[own.net]);
	look_options(l, h, &own);
	own.keeps_senders = own.is.family == AF_UNIX && keeps_senders(h->copy);
	st->v = xgrow(st->v, st->n, sizeof(*st->v));
	st->v[st->n++] = own;
}

/* All of them together */

static struct finding *found(struct look *l, enum finding_kind kind, const struct own *own)
{
	struct finding *x =
		findings_add(&l->facts->findings, &(struct finding){ .kind = kind,
								     .pid = own->pid,
								     .as = HELD_FD,
								     .fd = own->fd,
								     .ino = own->is.ino });

	x->path = xasprintf("socket:[%lu]", (unsigned long)own->is.ino);
	x->socket.is = own->is;
	x->socket.lack = own->lack;
	return x;
}

static void found_lack(struct look *l, const struct own *own, enum socket_lack lack, char *name)
{
	struct finding *x = found(l, FINDING_SOCKET_LACK, own);

	facts_ask_version(l->facts); /* a newer one may save it */
	x->socket.lack = lack;
	x->socket.name = name;
}

static void found_renamed(struct look *l, struct own *own)
{
	struct finding *x = found(l, FINDING_SOCKET_LACK, own);

	x->socket.lack = LACK_RENAMED;
	x->socket.name = own->bound;
	x->socket.name_now = own->name_now;
	x->socket.mode = own->mode;
	x->socket.uid = own->uid;
	x->socket.gid = own->gid;
}

static int by_ino(const void *a, const void *b)
{
	const struct own *one = a;
	const struct own *other = b;

	return (one->is.ino > other->is.ino) - (one->is.ino < other->is.ino);
}

static bool is_own(const struct sorted *inos, ino_t ino)
{
	return sorted_find(inos, &(struct own){ .is.ino = ino }).n > 0;
}

/* As text: an abstract name begins with "@", and so does each NUL in it. */
static char *name_of(const struct socket *s)
{
	char *name = s->name ? xcalloc(s->name_size + 1, 1) : NULL;

	for (size_t i = 0; name && i < s->name_size; i++)
		name[i] = (char)(s->name[i] ? s->name[i] : '@');
	return name;
}

/*
 * In the table of its own network namespace, is the other end there, and in the tree? Streams:
 * probe_streams.c.
 */
static void look_peer(struct look *l, const struct own *own, const struct socket *there,
		      const struct sockets *table, const struct sorted *inos)
{
	const struct socket *peer = sockets_by_ino(table, there->peer);

	if (!peer && !is_own(inos, there->peer))
		found_lack(l, own, LACK_PEER_NET, NULL);
	if (!peer || own->is.type != SOCK_DGRAM)
		return;
	if (!peer->name && (peer->peer != there->ino || !is_own(inos, peer->ino)))
		found_lack(l, own, LACK_NAMELESS, NULL);
	else if (!is_own(inos, peer->ino) && peer->name && peer->name[0] && peer->name[0] != '/')
		found_lack(l, own, LACK_RELATIVE, name_of(peer));
	else if (!is_own(inos, peer->ino))
		found(l, FINDING_DATAGRAM, own)->socket.name = name_of(peer);
}

/* A client that nobody has accepted yet has no peer. */
static void look_waiting(struct look *l, const struct own *own, const struct socket *there,
			 const struct sockets *table, const struct sorted *inos)
{
	const struct socket *listener = sockets_listener(table, own->is.ino);

	if (listener && !is_own(inos, listener->ino))
		found_lack(l, own, LACK_WAITS, name_of(listener));
	else if (listener && there->queued)
		found_lack(l, own, LACK_WAITS_SENT, name_of(listener));
}

static void look_clients(struct look *l, const struct own *own, const struct socket *there,
			 const struct sorted *inos)
{
	bool has_gone = false;
	unsigned outside = 0;

	for (size_t i = 0; i < there->n_clients; i++) {
		has_gone |= !there->clients[i];
		outside += !is_own(inos, there->clients[i]);
	}
	if (has_gone) {
		found_lack(l, own, LACK_WAITS_GONE, name_of(there));
	} else if (outside) {
		struct finding *x = found(l, FINDING_BACKLOG, own);

		x->socket.is.waiting = outside;
		x->socket.name = name_of(there);
	}
}

static void look_unix(struct look *l, const struct state *st, const struct own *own,
		      const struct sorted *inos)
{
	const struct net *net = &st->nets[own->net];
	const struct sockets *table = net->is_targets ? look_unix_sockets(l) : &net->unix_sockets;
	const struct socket *there = sockets_by_ino(table, own->is.ino);

	if (!there)
		return;
	if (own->keeps_senders)
		found_lack(l, own, LACK_SENDERS, name_of(there));
	if (there->peer)
		look_peer(l, own, there, table, inos);
	else if (there->state == TCP_LISTEN)
		look_clients(l, own, there, inos);
	else if (there->state == TCP_ESTABLISHED && own->is.type != SOCK_DGRAM)
		look_waiting(l, own, there, table, inos);
}

/* The ends of TCP connections: an IPv4 one may have an end of either family (::ffff:127.0.0.1). */
struct ends {
	unsigned char local[16], remote[16];
	unsigned local_port, remote_port;
};

static void take_ip(int family, const struct inet_end *from, unsigned char *ret)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	memcpy(ret, from->ip, sizeof(from->ip));
	if (family != AF_INET)
		return;
	memcpy(ret, mapped, sizeof(mapped));
	memcpy(ret + sizeof(mapped), from->ip, 4);
}

static struct ends ends_of(const struct socket *s, bool reversed)
{
	const struct inet_end *local = reversed ? &s->remote : &s->local;
	const struct inet_end *remote = reversed ? &s->local : &s->remote;
	struct ends ret = { .local_port = local->port, .remote_port = remote->port };

	take_ip(s->family, local, ret.local);
	take_ip(s->family, remote, ret.remote);
	return ret;
}

static int by_ends(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct ends));
}

static void look_connections(struct look *l, const struct state *st)
{
	struct ends *ends = xcalloc(st->n + 1, sizeof(*ends));
	struct sorted sorted;
	size_t n = 0;

	for (size_t i = 0; i < st->n; i++)
		if (is_connection(&st->v[i].is) && !st->v[i].lack)
			ends[n++] = ends_of(&st->v[i].is, false);
	if ((n || l->facts->is_connecting) && !l->facts->own_network)
		facts_ask_iptables(l->facts);
	sorted_make(&sorted, ends, n, sizeof(*ends), by_ends);
	for (size_t i = 0; i < st->n; i++) {
		struct ends other = ends_of(&st->v[i].is, true);

		if (is_connection(&st->v[i].is) && !st->v[i].lack)
			found(l, FINDING_CONNECTION, &st->v[i])->socket.is_inside =
				sorted_find(&sorted, &other).n > 0;
	}
	sorted_free(&sorted);
	free(ends);
}

static void find_all(struct look *l, void *state)
{
	struct state *st = state;
	struct sorted inos;

	sorted_make(&inos, st->v, st->n, sizeof(*st->v), by_ino);
	for (size_t i = 0; i < st->n; i++) {
		struct own *own = &st->v[i];

		if (own->bound)
			found_renamed(l, own);
		if (own->lack)
			found_lack(l, own, own->lack, NULL);
		else if (own->is.family == AF_UNIX)
			look_unix(l, st, own, &inos);
		else if (own->is.waiting)
			found(l, FINDING_BACKLOG, own);
	}
	look_connections(l, st);
	sorted_free(&inos);
	for (size_t i = 0; i < st->n_nets; i++) {
		sockets_free(&st->nets[i].unix_sockets);
		groups_free(&st->nets[i].groups);
	}
	free(st->nets);
	free(st->v);
}

const struct probe probe_sockets = { .state_size = sizeof(struct state),
				     .held = look_held,
				     .end = find_all };
