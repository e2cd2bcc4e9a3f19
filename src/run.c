// SPDX-License-Identifier: MIT
/*
 * Threat model.
 *
 * criu-ns runs as root. The caller, its namespaces, its environment and the criu it names are
 * trusted: they are what a bare criu would run with. The target of a freeze is not: its tree may be
 * hostile, and so may be all that it can shape: its root, its mounts, its /proc, its names, the
 * moment at which it changes any of them. The images of a thaw are as trusted as a program that
 * root starts, since thawing them starts one.
 *
 * From this follow stages, each a function or a file; none may do what belongs to another.
 *
 *  1. Look (facts.c, tree.c, sources.c): read only. Every process, namespace and directory that
 * later stages use is opened here, through the caller's /proc and the caller's paths, and held.
 *     /proc/PID/exe of the target is never opened, nothing is read through /proc/PID/root. What a
 *     recipe names is opened without following a link (openat2(2)): somebody may have put one there
 *     since. No file system is asked that a process of the target's may answer for: FUSE keeps who asks
 *     it beyond KILL. Where criu has to ask, a child that holds nothing does so first (served.c).
 *     A descriptor of the target's is copied (pidfd_getfd(2)) for its owner to be asked, and for nothing
 *     else; not one of such a file system, which would hear of the copy's end (outside.c).
 *     Where the target's mounts belong to a user namespace, they are copied as a whole (locks.c):
 *     the process that joins them for that opens "/" there, comes back, and tries what is locked on
 *     the copy, in a mount namespace of its own, following no link.
 *  2. Decide (plan*.c, view.c): pure. A mount namespace may be entered by criu only when it holds
 *     nothing but what the caller's does, and a procfs, and belongs to the caller's user namespace:
 *     whoever could change it in between can then change the caller's too. The target's strings go
 * to criu as what they are, mountpoints; the keys are ours (view_order()).
 *  3. Enter (freeze.c, in the child that becomes criu, and in no other process): join by
 *     descriptor, then prove it: the mount table is read again, from within and through the
 *     caller's procfs, and must still be the caller's; /proc must show the pid namespace that we
 *     are in. criu is executed through the descriptor that was opened in stage 1 (a container that
 *     swaps the file behind a path gets nothing, CVE-2019-5736), its directories are descriptors.
 *     From joining on nothing is opened, loaded or executed by path: no library (libmount, which
 *     looks up paths itself, stays unused: texts are compared), nothing that libc would load. The
 *     one exception is the link /proc/self, which is read and not followed. That holds for each
 *     process that joins: facts.c, hook.c, verify.c, regroup.c and locks.c have others, which work on
 *     mounts (open_tree(2) and its kin) and open nothing. tests/62-after-joining.t follows their
 *     system calls. criu itself, and the loader that finds its libraries, do open
 *     paths in there: who can still mount something in between has CAP_SYS_ADMIN in the caller's
 *     user namespace, and could do the same to the caller.
 *  4. Hold (init.c, holder.c): what stays behind drops its privileges (powerless.c), holds no
 *     descriptor of the caller's, executes nothing, opens nothing. The pseudo-init does so before
 *     anything of the tree runs: before criu is executed or, where there are mounts to compare,
 *     while criu waits at the gate (verify.h; in a user namespace there is none: then when criu has
 *     ended). Until criu-ns has answered it keeps its socket, the tmpfs of criu's pidfile, and
 *     descriptors of fanotify and the pidfile that nothing can be done with. criu, which has all
 *     rights, is seen by the tree from the moment at which it lets that run until it ends, a moment
 *     later; what a tree gets from its caller by inheritance is in inherit.c. The holder is seen in the
 *     target's pid namespace from its first moment: its root is an empty directory, and it is not
 *     dumpable. All that is left to see is its program, /proc/PID/exe, for whoever has
 *     CAP_SYS_PTRACE in there; criu itself shows more.
 *
 * And where the target has a view of its own, which criu saves from outside:
 *
 *  5. Ask (hook.c): when all is frozen and nothing gone, its table must be the one that was decided
 *     on, and criu's. Its own mount namespace is joined by a process that clones its root, and that
 *     opens no other path. tar reads that clone by descriptor, in the caller's view.
 *  6. Lay out (yard.c): in a mount namespace that nobody else is in, clones of whole mounts of the
 *     host's. criu finds folders in them by path; what it made of that is the next stage's to see.
 *  7. Verify (verify.c): before anything runs, what came back is compared with what was frozen. The
 *     process that puts something right joins the thawed view, executes nothing, and works on
 *     mounts whose ids it has checked. The same goes for other mount namespaces of the tree; there a
 *     mount that covers another one is moved away for a moment (regroup.c).
 *     What the kernel had locked for the target's user namespace would let it out of its sandbox if
 *     it came back unlocked: it is locked again when the mounts are there and nothing is open on
 *     them (locks.c), and that is looked at here, too.
 *
 * A target that lives where criu has to run, while a part of its tree does not, is saved from a copy
 * of that mount namespace: it holds what the proven one holds, and criu alone is in it.
 *
 * Who starts criu-ns with rights that its file gives (set-user-ID, file capabilities) could name
 * any program as criu: main() refuses. What others chose is printed by printable.c only. In a
 * directory of images nothing is opened but regular files (open_regular_at()), and what criu-ns
 * makes there is new, has another name at first, and follows no link.
 *
 * What runc, crun and bubblewrap published from 2021 to November 2026, and how it is here:
 *
 *   runc CVE-2021-30465        mountpoints exchanged for links while mounts are made: criu makes them
 *                              where nobody else is yet, from clones that are held; stage 7 compares
 *   runc CVE-2021-43784        a length that overflows, and adds options: no binary messages are
 *                              written; the recipe is text, and can name no option
 *   runc CVE-2022-29162, crun CVE-2022-27650
 *                              inheritable capabilities by default: criu gives each task the sets that
 *                              it was frozen with, and criu-ns adds none
 *   runc CVE-2023-25809        cgroups writable without a namespace of their own: mounts of cgroups
 *                              come back with the flags that they had (stage 7)
 *   runc CVE-2023-27561, -28642, CVE-2025-52881
 *                              a false /proc takes the LSM label, or what is written to it: criu writes
 *                              by a procfs that it mounts itself, attached nowhere (mount_proc() in
 *                              criu/cr-restore.c); ours reads by descriptor, from the caller's
 *   runc CVE-2024-21626        a descriptor of the host's is left open, or the way to it is the working
 *                              directory: all are close-on-exec; tasks get those of the images and what
 *                              --inherit-fd names; the pseudo-init keeps none, and is in /
 *   runc CVE-2024-45310        empty files made on the host by way of links: what criu-ns makes is in
 *                              a tmpfs of its own, in the images or work directory, and nowhere else
 *   runc CVE-2025-31133, -52565
 *                              /dev/null or a pty exchanged for a link, and bound in its place:
 *                              nothing is bound from a path of the target's (openat2(2) in a clone,
 *                              without links), and stage 7 compares superblock and folder
 *   runc CVE-2026-41579, crun CVE-2026-47766, -88264, -88265
 *                              links in the place of /dev, /dev/console, /dev/null in an image: nothing
 *                              is made or opened below the target's root, stdio comes from the images
 *   runc CVE-2019-5736 (older) the program overwritten by way of /proc/PID/exe: that of the pseudo-init
 *                              takes CAP_SYS_PTRACE, since it is not dumpable, and is busy (ETXTBSY)
 *                              as long as it runs, which is as long as anybody can ask for it
 *   crun CVE-2025-24965        a file of crun's own written by way of a link in the image: recipe and
 *                              archive lie beside the images, made with O_EXCL or O_TMPFILE
 *   crun CVE-2026-30892        a user's name parsed as another: numbers only, and whole ones
 *   crun CVE-2026-84042        a helper found in the container: tar is found on the caller's PATH, in
 *                              the caller's view; criu by the descriptor from stage 1
 *   crun CVE-2026-133553       the second look-up of a directory that is filled: tar gets one descriptor
 *   bubblewrap CVE-2024-42472 (Flatpak's, --bind-fd)
 *                              a path exchanged between check and use: sources.c holds what it checked;
 *                              a file must also be the one that was frozen (identity.c)
 *   bubblewrap CVE-2026-41163  traced while it is set-user-ID: criu-ns refuses to be
 *   bubblewrap CVE-2017-5226 (older)
 *                              TIOCSTI into the caller's terminal: a shell job gets a pty in a session
 *                              of its own. A tree that was given the terminal by --inherit-fd has it.
 *
 * criu-ns never kills a criu that has begun to freeze: criu 4.2 cannot be cancelled, its target
 * would be left with criu's parasite in it.
 */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int run_report(const struct err *e)
{
	char text[2048];

	err_format(e, text, sizeof(text));
	fprintf(stderr, "criu-ns: %s\n", text);
	return e->status ? e->status : EXIT_OWN;
}

void run_signal_set(sigset_t *set)
{
	static const int signals[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,
				       SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH };

	sigemptyset(set);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaddset(set, signals[i]);
	for (int i = SIGRTMIN; i <= SIGRTMAX; i++)
		sigaddset(set, i);
}

void run_outlive(int proc)
{
	_cleanup_close_ int fd = openat(proc, "self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)!write(fd, "-1000", 5);
}

int run_exit_code(int wait_status)
{
	return WIFSIGNALED(wait_status) ? EXIT_SIGNAL + WTERMSIG(wait_status)
					: WEXITSTATUS(wait_status);
}

int run_exec(const struct criu_binary *criu, char *const argv[], bool by_descriptor, struct err *e)
{
	if (by_descriptor) {
		execveat(criu->fd, "", argv, environ, AT_EMPTY_PATH);
		/* A script: its interpreter opens it by descriptor, which must live that long. */
		if (errno == ENOENT) {
			fcntl(criu->fd, F_SETFD, 0);
			execveat(criu->fd, "", argv, environ, AT_EMPTY_PATH);
		}
	} else {
		execve(criu->path, argv, environ);
	}
	err_set(e, errno, "cannot run %s", criu->path);
	return err_status(e, errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUNNABLE);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the kernel writes to *ret_fd */
pid_t run_clone(unsigned long flags, pid_t pid, int *ret_fd)
{
	struct clone_args args = {
		.flags = flags | (ret_fd ? CLONE_PIDFD : 0),
		.pidfd = (uintptr_t)ret_fd,
		.exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD, /* it is the parent's then */
		.set_tid = pid ? (uintptr_t)&pid : 0,
		.set_tid_size = pid ? 1 : 0,
	};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

void run_fill_slot(struct strv *args, const char *slot, const char *fmt, ...)
{
	char text[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < args->n; i++) {
		if (strcmp(args->v[i], slot) != 0)
			continue;
		free(args->v[i]);
		args->v[i] = xstrdup(text);
	}
}

int run_hand_over(int fd, struct err *e)
{
	int copy = fcntl(fd, F_DUPFD, 64);

	return copy < 0 ? err_set(e, errno, "cannot hand a descriptor to criu") : copy;
}
