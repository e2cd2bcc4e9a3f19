// SPDX-License-Identifier: MIT
/* Refusals of what criu does not save; those that a plugin of criu's could save are left to it. */
#include "plan/answer.h"

#include <string.h>

/*
 * How io_uring is switched off in programs that are known to use it, by what their names begin
 * with. libuv 1.50 and newer has one that no setting prevents (uv__use_io_uring() in its
 * src/unix/linux.c).
 */
static const char *io_uring_switch(const char *comm)
{
	static const struct {
		const char *comm, *hint;
	} switches[] = {
		{ "node",
		  "start it after sysctl kernel.io_uring_disabled=2, or before libuv 1.50 with UV_USE_IO_URING=0 in its environment: then it uses epoll" },
		{ "postgres", "set io_method = worker in postgresql.conf, and restart it" },
		{ "mariadbd", "set innodb_use_native_aio = OFF, and restart it" },
		{ "qemu", "start it with aio=threads instead of aio=io_uring" },
		{ "scylla", "start it with --reactor-backend=epoll" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(switches); i++)
		if (text_begins(comm, switches[i].comm))
			return switches[i].hint;
	return "switch it off in the program (before libuv 1.50: UV_USE_IO_URING=0), or for all programs that start from now on: "
	       "sysctl kernel.io_uring_disabled=2; most do without then";
}

static const struct {
	const char *text; /* what is in the way, after the subject */
	const char *hint; /* NULL: io_uring_switch() */
	bool may_have_plugin;
} words[] = {
	[UNSUPPORTED_OTHER] = { "is of a kind that criu cannot save", "make the program close it",
				true },
	[UNSUPPORTED_IO_URING] = { "is an io_uring, which criu cannot save", NULL, false },
	[UNSUPPORTED_USERFAULTFD] = { "is a userfaultfd, which criu cannot save",
				      "wait until the program closes it (a migration or a lazy thaw that goes on), "
				      "or start it without userfaultfd",
				      true },
	[UNSUPPORTED_SECRET] = { "is secret memory (memfd_secret), which not even criu can read",
				 "start the program without it, or boot with secretmem.enable=0",
				 false },
	[UNSUPPORTED_DEVICE] = { "is a device, whose state criu cannot save",
				 "make the program close it; for a GPU, "
				 "see the plugins of criu (cuda_plugin, amdgpu_plugin) and --libdir",
				 true },
	[UNSUPPORTED_SERIAL] = { "is a serial line, or the console that is in front, which criu cannot save",
				 "start the program in a terminal of its own (tmux, screen), or make it close that",
				 true },
	[UNSUPPORTED_FUSE] = { "serves a file system (FUSE), which criu cannot save",
			       "freeze the processes that use that file system, without its server",
			       true },
	[UNSUPPORTED_TUN] = { "belongs to a tunnel in the caller's network namespace, which criu cannot save",
			      "start the program in a network namespace of its own: unshare --net",
			      false },
	[UNSUPPORTED_NAMESPACE] = { "is a namespace that no process of the tree is in, so a thaw could not make it",
				    "make the program close it, or freeze a tree that has a process in it",
				    false },
	[UNSUPPORTED_THREAD_PIDFD] = { "refers to a single thread (PIDFD_THREAD), which criu cannot save",
				       "make the program close it", false },
	[UNSUPPORTED_OLD_PIDFD] = { "refers to a process, which criu saves since version 4.1",
				    "use a newer criu: --criu-binary or CRIU_BINARY", true },
	[UNSUPPORTED_ALARM] = { "is a timer of a clock that wakes the machine up, which criu cannot save",
				"make the program use CLOCK_REALTIME or CLOCK_BOOTTIME", false },
	[UNSUPPORTED_FANOTIFY] = { "watches whole file systems (FAN_MARK_FILESYSTEM), which criu does not save, "
				   "and does not say so: the thawed process would get no events",
				   "make the program watch mounts or directories, or close it",
				   false },
	[UNSUPPORTED_QUEUE] = { "is a POSIX message queue, which criu cannot save",
				"make the program close it (mq_close) until it is thawed", false },
	[UNSUPPORTED_PACKETS] = { "is a pipe in packet mode (O_DIRECT), which criu cannot save",
				  "make the program close it, or use a socket in its place (SOCK_SEQPACKET)",
				  false },
	[UNSUPPORTED_PATH] = { "was opened with O_PATH, which criu saves only of files, directories and symbolic links",
			       "make the program close it", false },
	[UNSUPPORTED_UNMOUNTED] = { "is in a file system that is mounted nowhere, so that criu cannot find it",
				    "make the program close it", false },
};

static char *subject(const struct finding *x)
{
	return x->as == HELD_MAP ? xasprintf("%s, which process %d has mapped,", x->path, x->pid)
				 : answer_subject(x);
}

static int refuse_pidfd(const struct finding *x, const char *what, struct err *e)
{
	if (x->other > 0)
		err_set(e, 0,
			"%s refers to process %d, which is outside of the tree, so a thaw would not find it",
			what, x->other);
	else
		err_set(e, 0,
			"%s refers to a process outside of its pid namespace, so a thaw would not find it",
			what);
	return err_hint(e, "end that process, or freeze a tree that contains both");
}

static int refuse_huge(const struct finding *x, const char *what, struct err *e)
{
	unsigned long kib = x->unsupported.kib;

	err_set(e, 0,
		"%s has huge pages of %lu KiB, which criu can save only while one of them is free, because it maps one to learn their device",
		what, kib);
	return err_hint(
		e,
		"permit some more: echo 4 >/sys/kernel/mm/hugepages/hugepages-%lukB/nr_overcommit_hugepages",
		kib);
}

/* criu says only "Dump eventpoll (pid: 4711) failed with -1" */
static int refuse_epoll(const struct finding *x, const char *what, struct err *e)
{
	err_set(e, 0,
		"%s watches a file that was descriptor %d when it was added, and that process %d has closed "
		"since, while another process still has it open: criu cannot add it again",
		what, x->other, x->pid);
	return err_hint(e, "make the program remove the file (EPOLL_CTL_DEL) before it closes it, "
			   "or make the other process close it, too");
}

/*
 * A plugin says only when it is asked whether it knows a file (dump_unsupp_fd() in
 * criu/files-ext.c).
 */
static bool is_left_to_plugins(const struct answer *a, const struct finding *x)
{
	return words[x->unsupported.what].may_have_plugin &&
	       (cli_says(a->cli, "libdir") || a->f->has_plugins);
}

static bool is_named_by_hand(const struct answer *a, const struct finding *x)
{
	_cleanup_free_ char *id =
		xasprintf("%x:%x", (unsigned)x->unsupported.rdev, (unsigned)x->dev);

	return x->unsupported.what == UNSUPPORTED_SERIAL && cli_external(a->cli, "tty", id);
}

int answer_unsupported(struct answer *a, const struct finding *x, struct err *e)
{
	enum unsupported kind = x->unsupported.what;
	_cleanup_free_ char *what = subject(x);
	_cleanup_free_ char *more =
		x->unsupported.more ? xasprintf(" (and %zu more like it)", x->unsupported.more)
				    : xstrdup("");

	if (is_left_to_plugins(a, x) || is_named_by_hand(a, x))
		return 0;
	if (kind == UNSUPPORTED_PIDFD)
		return refuse_pidfd(x, what, e);
	if (kind == UNSUPPORTED_HUGE)
		return refuse_huge(x, what, e);
	if (kind == UNSUPPORTED_EPOLL) {
		a->passes = true; /* one after the other, they close what they had in common */
		return refuse_epoll(x, what, e);
	}
	err_set(e, 0, "%s%s %s", what, more, words[kind].text);
	return err_hint(e, "%s",
			words[kind].hint ? words[kind].hint : io_uring_switch(x->unsupported.comm));
}
