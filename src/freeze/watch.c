// SPDX-License-Identifier: MIT
#include "freeze/watch.h"

#include "freeze/orphans.h"
#include "freeze/restart.h"
#include "look/procfs.h"
#include "util/helped.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* criu 4.2 cannot be cancelled; say so once. */
static void note_signal(struct watch *w)
{
	struct signalfd_siginfo info;

	if (read(w->signals, &info, sizeof(info)) < 0 || w->signalled || info.ssi_signo == SIGWINCH)
		return;
	w->signalled = true;
	fprintf(stderr,
		"criu-ns: got %s, but waits for criu: "
		"a freeze that has begun cannot be cancelled without harm to the target\n",
		strsignal((int)info.ssi_signo));
}

/*
 * Start another holder, as long as there is an init to inherit it. If the tree has already ended,
 * so has the init, and the kernel ends criu; then outcome.h finds out what the result is.
 */
static void on_holder(const struct watch *w)
{
	struct err ignored;

	if (holder_is_lost(w->holder))
		(void)holder_start(w->facts, w->plan->stop_init, w->criu_fd, w->holder, &ignored);
}

/*
 * Has the thread ended, so that it only has to be waited for? One that is still freeing the memory
 * of the process, which may take long, has not. The last thread of the init of a pid namespace
 * waits for all processes in it (zap_pid_ns_processes() in kernel/pid_namespace.c), including those
 * that criu traces.
 */
static bool is_over(const struct proc_stat *s)
{
	return s->state == 'Z' || (s->flags & PROC_EXITING && !s->memory);
}

/* Have all of its threads ended, and has nobody waited for them? */
static bool threads_are_dead(int proc, pid_t pid)
{
	_cleanup_free_ int *tids = NULL;
	char path[32];

	snprintf(path, sizeof(path), "%d/task", pid);

	size_t n = procfs_list(proc, path, &tids);

	for (size_t i = 0; i < n; i++) {
		struct proc_stat s;

		if (procfs_stat(proc, tids[i], &s) < 0 || !is_over(&s))
			return false;
	}
	return n > 1;
}

static bool is_dead(const struct watch *w, pid_t pid)
{
	int proc = w->facts->proc;
	struct proc_stat s;
	struct task t;
	struct err ignored;

	return procfs_stat(proc, pid, &s) == 0 && s.state == 'Z' &&
	       procfs_task(proc, pid, &t, &ignored) == 0 && t.tracer == w->criu &&
	       threads_are_dead(proc, pid);
}

/*
 * A process with several threads that criu traces and that has ended; 0: there is none. Reads all
 * of /proc, because a process whose parent has been killed, too, is no longer below the target.
 */
static pid_t find_dead(const struct watch *w)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = procfs_list(w->facts->proc, ".", &pids);

	for (size_t i = 0; i < n; i++)
		if (is_dead(w, pids[i]))
			return pids[i];
	return 0;
}

/*
 * If somebody kills a process with several threads, criu waits for it for ever: the kernel reports
 * its end only when all threads have been waited for, and criu waits only for the first one
 * (delay_group_leader() in kernel/exit.c). For the same reason its pidfd does not become readable
 * (before PIDFD_THREAD of Linux 6.9), and there is no descriptor for the processes that criu finds
 * while it works. So a timer is used; it first expires when most freezes have long ended. Once the
 * images are complete, it is criu that ends the tree.
 */
static bool hangs(const struct watch *w, pid_t *seen)
{
	pid_t dead = find_dead(w);
	bool again = dead && dead == *seen;

	*seen = dead;
	return again && !(w->plan->record && outcome_images(w->facts, w->before));
}

static void end_criu(const struct watch *w, pid_t dead, struct err *e)
{
	pidfd_send_signal(w->criu_fd, SIGKILL, NULL, 0);
	err_set(e, 0, "process %d was killed while criu froze it", dead);
	err_hint(e,
		 "criu waited for it in vain, so criu-ns ended criu; the images are not complete");
}

/*
 * criu's own children are ended before criu is reaped, because its pid identifies their session. If
 * criu has not been killed, its only children are those of an action script, which are the user's,
 * or an iptables whose shell was killed, and which would lock a connection after all others are
 * unlocked.
 */
static int reap(const struct watch *w, int *ret_status, struct err *e)
{
	int proc = w->facts->proc;
	siginfo_t info;

	if (RETRY(waitid(P_PID, (id_t)w->criu, &info, WEXITED | WNOWAIT)) == 0) {
		if (info.si_code != CLD_EXITED)
			orphans_end(proc, w->criu, ORPHANS_ALL);
		else if (info.si_status != 0 && w->plan->locks_tcp)
			orphans_end(proc, w->criu, ORPHANS_FILTERS);
	}
	return RETRY(waitpid(w->criu, ret_status, 0)) < 0
		       ? err_set(e, errno, "cannot wait for criu")
		       : 0;
}

/*
 * That it goes on, if nothing has happened for some time; else something is going to be said,
 * perhaps.
 */
static void tell(const struct watch *w, bool goes_on)
{
	if (w->progress && goes_on)
		w->progress->show(w->progress);
	else if (w->progress)
		w->progress->hide(w->progress);
}

/*
 * What can be done to the images of many tasks is done while criu ends them. Of a few it takes less
 * than closing a gate whose marks have just been removed, because the kernel forgets them within
 * some jiffies, and whoever closes it waits for that.
 */
static void on_gate(struct watch *w, struct err *kept)
{
	enum { MANY = 64 };
	bool restarts = w->plan->restart && w->facts->n_tasks >= MANY;

	if (!gate_next(w->gate, w->criu, w->facts, restarts, kept) || w->restarted)
		return;
	helped_leave(1);
	restart_polls(w->facts->images_dir.fd);
	helped_leave(0);
	w->restarted = true;
}

int watch_criu(struct watch *w, int *ret_status, struct err *e)
{
	enum { CRIU, SIGNALS, RECHECK, GATE, HOLDER, LOG, TALK, ALL = TALK + CRIU_TALK_POLLFDS };
	enum { LOOK_EVERY = 2000 }; /* ms; see hangs() */
	struct pollfd p[ALL] = { [CRIU] = { .fd = w->criu_fd, .events = POLLIN },
				 [SIGNALS] = { .fd = w->signals, .events = POLLIN },
				 [RECHECK] = { .events = POLLIN },
				 [GATE] = { .events = POLLIN },
				 [HOLDER] = { .events = POLLIN },
				 [LOG] = { .events = POLLIN } };
	struct err kept = { 0 };
	pid_t dead = 0;

	while (!(p[CRIU].revents & POLLIN)) {
		p[HOLDER].fd = w->holder->life;
		p[RECHECK].fd = recheck_fd(w->recheck);
		p[GATE].fd = w->gate->pause;
		p[LOG].fd = w->log->changes;
		criu_talk_wants(w->facts->criu, p + TALK);

		mappings_look_piece(w->mappings); /* between two, criu's events have their turn */

		int patience = w->mappings->is_on ? 0 : criu_log_patience(w->log);
		int n = RETRY(poll(p, ARRAY_SIZE(p), patience < 0 ? LOOK_EVERY : patience));

		if (n < 0)
			break;
		criu_log_follow(w->log);
		if (n == 0 && patience >= 0)
			continue;
		if (n == 0 && hangs(w, &dead))
			end_criu(w, dead, &kept);
		tell(w, n == 0);
		if (p[SIGNALS].revents & POLLIN)
			note_signal(w);
		if (p[RECHECK].revents)
			recheck_answer(w->recheck, w->plan, w->facts, &kept);
		if (p[GATE].revents)
			on_gate(w, &kept);
		if (p[HOLDER].revents && !p[CRIU].revents) /* it ends after criu */
			on_holder(w);
		if (p[LOG].revents)
			criu_log_show(w->log, false);
		criu_talk_move(w->facts->criu, p + TALK);
	}
	if (reap(w, ret_status, e) < 0)
		return -e->errnum;
	if (!*kept.what)
		return 0;
	*e = kept;
	return -EINVAL;
}
