// SPDX-License-Identifier: MIT
#include "util/network_lock.h"

#include "util/err.h"
#include "util/util.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_TEXT = 64 << 20 };

/* As ipv6_addr_mapped() in criu/netfilter.c. */
static void print_address(bool v4, int family, const void *ip, char *ret)
{
	const uint8_t *bytes = ip;

	inet_ntop(v4 ? AF_INET : AF_INET6, v4 && family == AF_INET6 ? bytes + 12 : bytes, ret,
		  INET6_ADDRSTRLEN);
}

void connection_set(struct connection *ret, int family, const void *local, unsigned local_port,
		    const void *remote, unsigned remote_port)
{
	bool v4 = family == AF_INET || IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)remote);

	*ret = (struct connection){ .family = v4 ? AF_INET : AF_INET6,
				    .local_port = local_port,
				    .remote_port = remote_port };
	print_address(v4, family, local, ret->local);
	print_address(v4, family, remote, ret->remote);
}

void network_lock_add(struct network_lock *l, const struct connection *c)
{
	l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
	l->v[l->n++] = *c;
}

void network_lock_free(struct network_lock *l)
{
	free(l->v);
	*l = (struct network_lock){ 0 };
}

/* Recognising the rules */

/* The same connection, as the packets of the other side have it. */
static struct connection reversed(const struct connection *c)
{
	struct connection back = { .family = c->family,
				   .local_port = c->remote_port,
				   .remote_port = c->local_port };

	memcpy(back.local, c->remote, sizeof(back.local));
	memcpy(back.remote, c->local, sizeof(back.remote));
	return back;
}

/* The rule that criu makes (IPTABLES_CONN_CMD in criu/netfilter.c), as iptables prints it. */
static bool is_rule_of(const char *line, const char *chain, const struct connection *c)
{
	const char *bits = c->family == AF_INET ? "32" : "128";
	_cleanup_free_ char *rule = xasprintf(
		"-A %s -s %s/%s -d %s/%s -p tcp -m mark ! --mark 0xc114 -m tcp --sport %u --dport %u -j DROP",
		chain, c->local, bits, c->remote, bits, c->local_port, c->remote_port);

	return !strcmp(line, rule);
}

bool network_lock_is_rule(const char *line, const struct connection *c)
{
	struct connection back = reversed(c);

	return is_rule_of(line, "INPUT", &back) || is_rule_of(line, "OUTPUT", c);
}

static bool has_element(const char *text, const struct connection *c)
{
	_cleanup_free_ char *element =
		xasprintf("%s . %u . %s . %u", c->local, c->local_port, c->remote, c->remote_port);
	size_t length = strlen(element);

	for (const char *p = text; (p = strstr(p, element)); p++)
		if (p > text && strchr(" {,", p[-1]) && strchr(" },\n", p[length]))
			return true;
	return false;
}

/* criu makes a table for each freeze, with a set of the locked connections (NFTABLES_CONN_CMD). */
bool network_lock_is_table(const char *text, const struct connection *c)
{
	struct connection back = reversed(c);

	return has_element(text, c) || has_element(text, &back);
}

/* Removing them */

/*
 * The text as a file without a name: with a pipe that nobody reads, writing would wait or raise
 * SIGPIPE.
 */
static int as_file(const char *text)
{
	int fd = memfd_create("rules", MFD_CLOEXEC);

	if (fd >= 0 && (write_all(fd, text, strlen(text)) < 0 || lseek(fd, 0, SEEK_SET) < 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

static _Noreturn void become_filter(const char *const argv[], int input, int output)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(input < 0 ? null : input, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	execvp(argv[0], (char *const *)argv);
	_exit(EXIT_NOT_FOUND);
}

/* Run a program with that input (-1: none); gives its output, which the caller frees. */
static int run_filter(const char *const argv[], int input, char **ret_output)
{
	int out[2];
	int status = -1;
	ssize_t n;

	if (pipe2(out, O_CLOEXEC) < 0)
		return -errno;

	pid_t pid = fork();

	if (pid == 0)
		become_filter(argv, input, out[1]);
	close(out[1]);
	n = read_fd(out[0], MAX_TEXT, ret_output);
	close(out[0]);
	if (pid < 0 || RETRY(waitpid(pid, &status, 0)) < 0)
		return -errno;
	return status == 0 && n >= 0 ? 0 : -EIO;
}

static bool locks_any(const struct network_lock *l, const char *text,
		      bool (*locks)(const char *, const struct connection *))
{
	for (size_t i = 0; i < l->n; i++)
		if (locks(text, &l->v[i]))
			return true;
	return false;
}

/*
 * Input for iptables-restore that deletes the rules of these connections from what iptables-save
 * listed.
 */
static char *rules_to_delete(const struct network_lock *l, char *text)
{
	char *rules = xstrdup("*filter\n");
	char *save;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (!locks_any(l, line, network_lock_is_rule))
			continue;

		_cleanup_free_ char *before = rules;

		rules = xasprintf("%s-D%s\n", before, line + 2); /* for -A */
	}

	_cleanup_free_ char *all = rules;

	return xasprintf("%sCOMMIT\n", all);
}

static void clear_iptables(const struct network_lock *l, const char *save_tool,
			   const char *restore_tool)
{
	const char *const list[] = { save_tool, "-t", "filter", NULL };
	const char *const change[] = { restore_tool, "-w", "--noflush", NULL };
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *said = NULL;

	if (run_filter(list, -1, &text) < 0)
		return;

	_cleanup_free_ char *rules = rules_to_delete(l, text);
	_cleanup_close_ int input = strstr(rules, "-D") ? as_file(rules) : -1;

	if (input >= 0)
		(void)run_filter(change, input, &said);
}

static void clear_table(const struct network_lock *l, const char *name)
{
	const char *const list[] = { "nft", "-n", "list", "table", "inet", name, NULL };
	const char *const change[] = { "nft", "delete", "table", "inet", name, NULL };
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *said = NULL;

	if (run_filter(list, -1, &text) == 0 && locks_any(l, text, network_lock_is_table))
		(void)run_filter(change, -1, &said);
}

static void clear_nftables(const struct network_lock *l)
{
	static const char start[] = "table inet CRIU-"; /* nftables_get_table() */
	const char *const list[] = { "nft", "list", "tables", NULL };
	_cleanup_free_ char *text = NULL;
	char *save;

	if (run_filter(list, -1, &text) < 0)
		return;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (text_begins(line, start))
			clear_table(l, line + strlen("table inet "));
}

static bool has_family(const struct network_lock *l, int family)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].family == family)
			return true;
	return false;
}

void network_lock_clear(const struct network_lock *l)
{
	if (has_family(l, AF_INET))
		clear_iptables(l, "iptables-save", "iptables-restore");
	if (has_family(l, AF_INET6))
		clear_iptables(l, "ip6tables-save", "ip6tables-restore");
	if (l->n)
		clear_nftables(l);
}
