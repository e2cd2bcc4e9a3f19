// SPDX-License-Identifier: MIT
#include "freeze/holder.h"

#include "util/powerless.h"
#include "util/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the holder works with. */
struct hold {
	int proc;       /* the caller's procfs */
	int criu;       /* pidfd */
	int life;       /* write end: a byte when it holds */
	int root;       /* an empty directory that is mounted nowhere */
	pid_t *threads; /* the threads of the init to stop, by their ids in its pid namespace */
	size_t n_threads;
};

/* A thread that is already traced, or has just ended, is left alone. */
static void stop_threads(const struct hold *h)
{
	for (size_t i = 0; i < h->n_threads; i++)
		if (ptrace(PTRACE_SEIZE, h->threads[i], NULL, NULL) == 0 &&
		    ptrace(PTRACE_INTERRUPT, h->threads[i], NULL, NULL) == 0)
			RETRY(waitpid(h->threads[i], NULL, __WALL));
}

static const char name[] = "criu-ns-hold";

/*
 * The holder is visible in the target's pid namespace, where whoever has CAP_SYS_PTRACE can reach
 * what it has through its /proc/PID/root, cwd, fd and environ; so it must have nothing of the
 * caller's. In a user namespace it keeps its ids, because without a /proc it cannot find out which
 * others are mapped.
 */
static _Noreturn void hold(const struct hold *h)
{
	struct pollfd p = { .fd = 0, .events = POLLIN };
	sigset_t all;

	powerless_hide();
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	if (fchdir(h->root) < 0 || chroot(".") < 0)
		_exit(1);
	process_outlive(h->proc, 0);
	dup2(h->criu, 0);
	dup2(h->life, 1);
	close_range(2, ~0U, 0);
	powerless_forget_command_line(name);
	stop_threads(h); /* the last call that needs a capability */
	powerless_become();
	setsid();
	prctl(PR_SET_NAME, name);
	(void)write_all(1, "", 1);
	RETRY(poll(&p, 1, -1));
	_exit(0);
}

/*
 * Fork the holder, and let it become an orphan, so that the frame's init inherits it. The process
 * in between shares our memory (vfork), because it does nothing else.
 */
static int fork_holder(const struct hold *h)
{
	/* NOLINTBEGIN(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	pid_t middle = vfork();
	int status;

	if (middle == 0) {
		pid_t holder = process_clone(0, 0, NULL);

		if (holder == 0)
			hold(h);
		_exit(holder < 0);
	}
	/* NOLINTEND(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	if (middle < 0 || RETRY(waitpid(middle, &status, 0)) < 0)
		return -errno;
	return status ? -EAGAIN : 0;
}

static int make_root(int *ret)
{
	_cleanup_close_ int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);

	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	*ret = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY);
	return *ret < 0 ? -errno : 0;
}

int holder_start(const struct facts *f, bool stop_init, int criu, struct holder *ret, struct err *e)
{
	_cleanup_free_ pid_t *threads = NULL;
	_cleanup_close_ int root = -1;
	struct hold h = { .proc = f->proc, .criu = criu };
	int life[2];

	if (make_root(&root) < 0 || pipe2(life, O_CLOEXEC) < 0)
		return err_set(e, errno, "cannot prepare the holder of the target's pid namespace");
	h.root = root;
	h.life = life[1];
	if (stop_init)
		h.n_threads = procfs_inner_threads(f->proc, f->frame.pid, &threads);
	h.threads = threads;

	int r = fork_holder(&h);

	close(life[1]);
	*ret = (struct holder){ .life = life[0] };
	if (!r && stop_init && (holder_is_lost(ret) || !ret->holds))
		r = -ECHILD;
	if (r < 0) {
		holder_close(ret);
		return err_set(e, -r, "cannot keep the pid namespace of process %d alive",
			       f->target.pid);
	}
	return 0;
}

bool holder_is_lost(struct holder *h)
{
	char byte;
	bool held = h->holds;

	h->holds = RETRY(read(h->life, &byte, 1)) == 1;
	if (!h->holds)
		holder_close(h);
	return held && !h->holds;
}

void holder_close(struct holder *h)
{
	cleanup_close(&h->life);
	*h = (struct holder)HOLDER_NONE;
}
