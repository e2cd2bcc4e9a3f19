/*
 * sockets KIND [ARGUMENT]: holds a socket, or a pair of them, of some kind, and uses it with every
 * step, so that a count that goes on (target.h) shows that it works. KIND is a name in `kinds`
 * below.
 *
 * Exits with 77 if the kernel has no such socket.
 */
#include "target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static int one = -1, other = -1, listening = -1;

static int make(int family, int type, int protocol)
{
	int fd = socket(family, type, protocol);

	if (fd < 0)
		_exit(77);
	return fd;
}

static void must(int r, const char *what)
{
	if (r < 0)
		target_die(what);
}

/* Addresses */

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static socklen_t loopback(int family, int port, union address *ret)
{
	*ret = (union address){ 0 };
	ret->any.sa_family = family;
	if (family == AF_INET) {
		ret->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		ret->in.sin_port = htons(port);
		return sizeof(ret->in);
	}
	ret->in6.sin6_addr = in6addr_loopback;
	ret->in6.sin6_port = htons(port);
	return sizeof(ret->in6);
}

static socklen_t unix_name(const char *name, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(ret->sun_path, sizeof(ret->sun_path), "%s", name);
	if (name[0] != '@')
		return sizeof(*ret);
	ret->sun_path[0] = '\0';
	return offsetof(struct sockaddr_un, sun_path) + strlen(name);
}

/* TCP */

static void listen_at(int family)
{
	union address a;
	socklen_t size = loopback(family, 0, &a);

	listening = make(family, SOCK_STREAM, 0);
	must(bind(listening, &a.any, size), "bind");
	must(listen(listening, 16), "listen");
}

static int connect_to_own(int family)
{
	union address a;
	socklen_t size = sizeof(a);
	int fd = make(family, SOCK_STREAM, 0);

	must(getsockname(listening, &a.any, &size), "getsockname");
	size = loopback(family, ntohs(a.in.sin_port), &a);
	must(connect(fd, &a.any, size), "connect");
	return fd;
}

static void tcp_pair(int family)
{
	listen_at(family);
	one = connect_to_own(family);
	other = accept(listening, NULL, NULL);
	must(other, "accept");
}

static void tcp4(const char *argument)
{
	(void)argument;
	tcp_pair(AF_INET);
}

static void tcp6(const char *argument)
{
	(void)argument;
	tcp_pair(AF_INET6);
}

/* An IPv4 connection, of which one end is an IPv6 socket. */
static void mapped(const char *argument)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6 };

	(void)argument;
	listening = make(AF_INET6, SOCK_STREAM, 0);
	must(bind(listening, (struct sockaddr *)&any, sizeof(any)), "bind");
	must(listen(listening, 16), "listen");
	one = connect_to_own(AF_INET);
	other = accept(listening, NULL, NULL);
	must(other, "accept");
}

static void talk(void)
{
	char c;

	if (write(one, "x", 1) != 1 || read(other, &c, 1) != 1)
		target_die("write to the other end");
}

/* FIN_WAIT2 and CLOSE_WAIT: one direction is closed, the other one is used. */
static void half(const char *argument)
{
	tcp4(argument);
	must(shutdown(other, SHUT_WR), "shutdown");
}

static void half_step(void)
{
	char c;

	talk();
	if (read(one, &c, 1) != 0)
		target_die("read the end");
}

/* The other end has sent a reset: TCP_CLOSE, with a peer. */
static void was_reset(const char *argument)
{
	const struct linger now = { .l_onoff = 1 };

	tcp4(argument);
	must(setsockopt(other, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), "SO_LINGER");
	close(other);
}

static void nothing(void)
{
}

/* A connection that nobody accepts. */
static void queued(const char *argument)
{
	(void)argument;
	listen_at(AF_INET);
	one = connect_to_own(AF_INET);
}

/* Of a server outside: PORT on 127.0.0.1, which sends back what it gets. */
static void client(const char *port)
{
	union address a;
	socklen_t size = loopback(AF_INET, atoi(port), &a);

	one = make(AF_INET, SOCK_STREAM, 0);
	must(connect(one, &a.any, size), "connect");
	other = one;
}

/* UNIX */

/* Sends to a socket outside, with each step. */
static void datagram(const char *name)
{
	struct sockaddr_un to;
	socklen_t size = unix_name(name, &to);

	one = make(AF_UNIX, SOCK_DGRAM, 0);
	must(connect(one, (struct sockaddr *)&to, size), "connect");
}

static void send_step(void)
{
	must((int)send(one, "x", 1, 0), "send");
}

static void waits(const char *name)
{
	struct sockaddr_un to;
	socklen_t size = unix_name(name, &to);

	one = make(AF_UNIX, SOCK_STREAM, 0);
	must(connect(one, (struct sockaddr *)&to, size), "connect");
}

static void own_waits(const char *name)
{
	struct sockaddr_un here;
	socklen_t size = unix_name(name, &here);

	listening = make(AF_UNIX, SOCK_STREAM, 0);
	must(bind(listening, (struct sockaddr *)&here, size), "bind");
	must(listen(listening, 16), "listen");
	waits(name);
}

static void waits_sent(const char *name)
{
	own_waits(name);
	send_step();
}

static void waits_gone(const char *name)
{
	own_waits(name);
	close(one);
}

/* Bound to PATH.tmp, and then made public in the way of supervisord and others. */
static void bind_temporary(const char *path, char *temporary, size_t size)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	snprintf(a.sun_path, sizeof(a.sun_path), "%s.tmp", path);
	snprintf(temporary, size, "%s", a.sun_path);
	listening = make(AF_UNIX, SOCK_STREAM, 0);
	must(bind(listening, (struct sockaddr *)&a, sizeof(a)), "bind");
	must(listen(listening, 16), "listen");
}

static void renamed(const char *path)
{
	char temporary[108];

	bind_temporary(path, temporary, sizeof(temporary));
	must(rename(temporary, path), "rename");
}

static void linked(const char *path)
{
	char temporary[108];

	bind_temporary(path, temporary, sizeof(temporary));
	must(link(temporary, path), "link");
	must(unlink(temporary), "unlink");
}

static void unlinked(const char *path)
{
	char temporary[108];

	bind_temporary(path, temporary, sizeof(temporary));
	must(unlink(temporary), "unlink");
}

static void senders(const char *argument)
{
	const int yes = 1;
	int pair[2];

	(void)argument;
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	must(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)), "SO_PASSCRED");
	one = pair[0];
	send_step();
}

/* The other end has a process that leaves the tree, and ends with it: it waits for a byte. */
static void nameless(const char *argument)
{
	int pair[2];
	char c;

	(void)argument;
	must(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), "socketpair");
	if (fork() == 0) {
		if (fork() == 0) {
			close(pair[0]);
			setsid();
			(void)!read(pair[1], &c, 1);
		}
		_exit(0);
	}
	wait(NULL);
	close(pair[1]);
}

/* Other kinds */

static void family(const char *number)
{
	one = make(atoi(number), SOCK_STREAM, 0);
}

static void xdp(const char *argument)
{
	(void)argument;
	one = make(AF_XDP, SOCK_RAW, 0);
}

static void mptcp(const char *argument)
{
	(void)argument;
	one = make(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
}

static void ping(const char *argument)
{
	(void)argument;
	one = make(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
}

static void raw(const char *argument)
{
	(void)argument;
	one = make(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	other = make(AF_PACKET, SOCK_RAW, 0);
}

static void corked(const char *argument)
{
	const int yes = 1;
	union address a;
	socklen_t size = loopback(AF_INET, 9, &a);

	(void)argument;
	one = make(AF_INET, SOCK_DGRAM, 0);
	must(connect(one, &a.any, size), "connect");
	must(setsockopt(one, IPPROTO_UDP, 1 /* UDP_CORK */, &yes, sizeof(yes)), "UDP_CORK");
}

static void filter(const char *argument)
{
	struct bpf_insn code[] = { { .code = BPF_ALU64 | BPF_MOV | BPF_K },
				   { .code = BPF_JMP | BPF_EXIT } };
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
				.insn_cnt = 2,
				.insns = (unsigned long)code,
				.license = (unsigned long)"GPL" };
	int program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));

	(void)argument;
	if (program < 0)
		_exit(77);
	one = make(AF_INET, SOCK_DGRAM, 0);
	must(setsockopt(one, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof(program)),
	     "SO_ATTACH_BPF");
	close(program);
}

static void join_group(int group)
{
	must(setsockopt(one, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)), "group");
}

static void bind_netlink(void)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };

	must(bind(one, (const struct sockaddr *)&any, sizeof(any)), "bind");
}

static void groups(const char *argument)
{
	(void)argument;
	one = make(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	bind_netlink();
	join_group(33);
}

static void unbound(const char *argument)
{
	(void)argument;
	one = make(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	join_group(1);
}

static void netlink(const char *argument)
{
	(void)argument;
	one = make(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	bind_netlink();
	join_group(1);
}

/* An answer that nobody reads. */
static void unread(const char *argument)
{
	const struct nlmsghdr ask = { .nlmsg_len = sizeof(ask),
				      .nlmsg_type = NLMSG_NOOP,
				      .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK };

	netlink(argument);
	must((int)send(one, &ask, sizeof(ask), 0), "send");
}

/* On the interface, which has fe80::5. */
static void scope(const char *interface)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6,
				  .sin6_scope_id = if_nametoindex(interface) };
	socklen_t size = sizeof(a);

	inet_pton(AF_INET6, "fe80::5", &a.sin6_addr);
	listening = make(AF_INET6, SOCK_STREAM, 0);
	must(bind(listening, (struct sockaddr *)&a, size), "bind");
	must(listen(listening, 16), "listen");
	must(getsockname(listening, (struct sockaddr *)&a, &size), "getsockname");
	one = make(AF_INET6, SOCK_STREAM, 0);
	must(connect(one, (struct sockaddr *)&a, size), "connect");
	other = accept(listening, NULL, NULL);
}

static void multicast(const char *interface)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6,
				  .sin6_port = htons(5353),
				  .sin6_scope_id = if_nametoindex(interface) };

	inet_pton(AF_INET6, "ff02::fb", &a.sin6_addr);
	one = make(AF_INET6, SOCK_DGRAM, 0);
	must(bind(one, (struct sockaddr *)&a, sizeof(a)), "bind");
}

static void other_net(const char *argument)
{
	int here = open("/proc/self/ns/net", O_RDONLY);

	(void)argument;
	must(unshare(CLONE_NEWNET), "unshare");
	one = make(AF_INET, SOCK_DGRAM, 0);
	must(setns(here, CLONE_NEWNET), "setns");
	close(here);
}

/* Both families find a socket with a path in whichever network namespace it is. */
static void peer_net(const char *path)
{
	must(unshare(CLONE_NEWNET), "unshare");
	datagram(path);
}

static const struct {
	const char *name;
	void (*start)(const char *argument);
	void (*step)(void);
} kinds[] = {
	{ "tcp4", tcp4, talk },
	{ "tcp6", tcp6, talk },
	{ "mapped", mapped, talk },
	{ "half", half, half_step },
	{ "was-reset", was_reset, nothing },
	{ "queued", queued, nothing },
	{ "client", client, talk },
	{ "datagram", datagram, send_step },
	{ "waits", waits, nothing },
	{ "own-waits", own_waits, nothing },
	{ "waits-sent", waits_sent, nothing },
	{ "waits-gone", waits_gone, nothing },
	{ "renamed", renamed, nothing },
	{ "linked", linked, nothing },
	{ "unlinked", unlinked, nothing },
	{ "senders", senders, nothing },
	{ "nameless", nameless, nothing },
	{ "family", family, nothing },
	{ "xdp", xdp, nothing },
	{ "mptcp", mptcp, nothing },
	{ "ping", ping, nothing },
	{ "raw", raw, nothing },
	{ "corked", corked, nothing },
	{ "filter", filter, nothing },
	{ "groups", groups, nothing },
	{ "unbound", unbound, nothing },
	{ "netlink", netlink, nothing },
	{ "unread", unread, nothing },
	{ "scope", scope, talk },
	{ "multicast", multicast, nothing },
	{ "other-net", other_net, nothing },
	{ "peer-net", peer_net, nothing },
};

int main(int argc, char **argv)
{
	unsigned int identity = target_identity();
	size_t kind = 0;

	if (argc < 2)
		return 2;
	target_close_rest();
	while (kind < sizeof(kinds) / sizeof(*kinds) && strcmp(kinds[kind].name, argv[1]))
		kind++;
	if (kind == sizeof(kinds) / sizeof(*kinds))
		return 2;
	target_null_stdio(0);
	if (setsid() < 0 && getsid(0) != getpid())
		target_die("setsid");
	kinds[kind].start(argc > 2 ? argv[2] : "");
	for (unsigned long count = 1;; count++) {
		kinds[kind].step();
		target_show(identity, count);
		target_pause(5);
	}
}
