// SPDX-License-Identifier: MIT
/*
 * Stages 3 and 4 of a freeze (src/README.md, "Threat model"). Three processes take part:
 *
 *   criu-ns          stays where the caller is; waits; never interrupts criu
 *     ├─ criu        in the target's frame, in a session of its own: Ctrl-C must not reach it
 *     └─ (gone) ─▶ holder   a child of the frame's init: keeps that init from ending when criu has
 *                           killed the tree, because the kernel would kill criu with it
 *
 * See holder.h; see watch.h for what criu-ns waits for.
 */
#include "freeze/freeze.h"

#include "cli/criu.h"
#include "freeze/ahead.h"
#include "freeze/connections.h"
#include "freeze/enter.h"
#include "freeze/gate.h"
#include "freeze/holder.h"
#include "freeze/keep_links.h"
#include "freeze/outcome.h"
#include "freeze/recheck.h"
#include "freeze/record.h"
#include "freeze/restart.h"
#include "freeze/sessions.h"
#include "freeze/watch.h"
#include "look/kept_archive.h"
#include "look/tree.h"
#include "plan/news.h"
#include "util/cgroup2.h"
#include "util/pass.h"
#include "util/process.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A freeze: what is carried out, how criu is started, and what it is made to wait for. */
struct freezing {
	const struct plan *plan;
	const struct facts *facts;
	struct entry entry;
	struct ahead *ahead;
	bool asks;     /* criu asks before it ends the tree */
	bool has_gate; /* it waits before it saves the tree */
	bool needs_holder;
	struct sessions *sessions; /* NULL: nobody has to leave one */
};

/* Is that the init of the caller's pid namespace? As a rule, its name is known by now. */
static bool init_is(const struct facts *f, const char *comm)
{
	struct proc_stat init;

	if (f->eldest.pid == 1)
		return !strcmp(f->eldest.comm, comm);
	return f->eldest.pid && procfs_stat(f->proc, 1, &init) == 0 && !strcmp(init.comm, comm);
}

/* Then it does not wait for a caller that has come from outside (nsenter(1)). */
static bool needs_holder(const struct plan *p, const struct facts *f)
{
	return p->enter_pid || (f->eldest.pid != 1 && init_is(f, plan_init_comm));
}

/*
 * The holder is needed when criu has ended the tree, which is the last thing that criu does. criu
 * waits for criu-ns before that, at the gate or with a question, so the holder can be started while
 * criu works. Where it does not (--stream), or if an init has to be stopped, criu begins when the
 * holder is there. Were criu-ns killed before it has started the holder, the images would be
 * complete, as they are when somebody kills the holder.
 */
static bool waits_for_holder(const struct freezing *z)
{
	const struct plan *p = z->plan;

	return z->needs_holder && (p->stop_init || (!z->asks && !z->has_gate && !p->leaves_tree));
}

/*
 * What is executed without waiting for this process needs no copy of its memory: vfork().
 * recheck_hand() changes the environment where criu is not told by message.
 */
static pid_t fork_criu(struct freezing *z, int go)
{
	bool by_script = z->asks && !z->entry.recheck.by_message;
	/* NOLINTBEGIN(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	pid_t criu = z->entry.waits || by_script ? fork() : vfork();

	if (criu == 0) {
		close(go);
		enter_become_criu(&z->entry);
	}
	/* NOLINTEND(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	return criu;
}

/* Told by RPC, criu would not write its log to stderr. */
static bool can_notify(const struct freezing *z)
{
	const struct criu_log *log = z->entry.log;

	return z->plan->notify && (log->fd >= 0 || log->out < 0);
}

/* Does the criu that was started ahead fit, and what is it told then? */
static bool fits(const struct freezing *z, char **ret_told)
{
	struct criu_talk *talk = z->entry.criu->talk;
	struct strv options = { 0 };
	bool good;

	if (z->asks != z->ahead->plan.recheck || (z->asks && !can_notify(z)))
		return false;
	if (talk)
		talk->options(talk, &z->entry.args, &options);
	else
		strv_copy(&z->entry.args, &options);
	if (z->asks)
		plan_say_swrk(z->plan, "", &options); /* the script is no option of such a criu's */
	good = ahead_fits(z->ahead, z->plan, &options, ret_told);
	strv_free(&options);
	return good;
}

/* Gives the way in which it is told to begin: a text for a criu that was started ahead, or NULL. */
static int start_criu(struct freezing *z, int go, struct watch *w, char **ret_told, struct err *e)
{
	const pid_t target = z->facts->target.pid;

	if (fits(z, ret_told)) {
		w->criu = z->ahead->criu;
		w->criu_fd = z->ahead->criu_fd;
		recheck_take(&z->entry.recheck, &z->ahead->recheck);
		return 0;
	}
	ahead_end(z->ahead);
	if (z->asks && recheck_make(&z->entry.recheck, can_notify(z), e) < 0)
		return -e->errnum;
	w->criu = fork_criu(z, go);
	if (w->criu < 0) {
		err_set(e, errno, "cannot start a process in the frame of process %d", target);
		return errno == ENOMEM ? err_hint(e, "the init of its pid namespace has ended")
				       : -e->errnum;
	}
	w->criu_fd = pidfd_open(w->criu, 0);
	if (w->criu_fd < 0)
		return err_set(e, errno, "cannot watch criu");
	process_outlive(z->facts->proc, w->criu);
	return 0;
}

/* In the caller's pid namespace, this process would end with the init, too. */
static int start_holder(const struct freezing *z, const struct watch *w, struct err *e)
{
	_cleanup_close_ int self = z->plan->enter_pid ? -1 : pidfd_open(getpid(), 0);

	return holder_start(z->facts, z->entry.waits && z->plan->stop_init,
			    self < 0 ? w->criu_fd : self, w->holder, e);
}

/*
 * criu waits: start the holder, which may have to stop the init, and then let criu begin.
 */
static int hold_and_go(const struct freezing *z, int go, struct watch *w, const char *told,
		       struct err *e)
{
	struct criu_talk *talk = z->entry.criu->talk;
	int r = 0;

	if (z->entry.waits)
		r = start_holder(z, w, e);
	/*
	 * This process has the read end, too, so there is no SIGPIPE if the child has failed and
	 * ended.
	 */
	if (!r && told && talk)
		talk->tell(talk, &z->entry.args, w->criu_fd);
	if (!r && told)
		ahead_go(z->ahead, told);
	else if (!r && z->entry.waits)
		(void)write_all(go, "", 1);
	return r;
}

/*
 * criu runs. If this fails, it is as if the holder had been killed: the kernel may end criu when
 * the tree has ended.
 */
static void hold(const struct freezing *z, struct watch *w)
{
	struct err ignored;

	if (z->needs_holder && !z->entry.waits)
		(void)start_holder(z, w, &ignored);
}

static int start(struct freezing *z, int go, struct watch *w, struct err *e)
{
	const struct facts *f = z->facts;
	_cleanup_free_ char *told = NULL;
	int r;

	if (!enter_pid_ns(z->plan, f))
		return err_set(e, errno, "cannot join the pid namespace of process %d (%s)",
			       f->frame.pid, f->frame.comm);
	/* Check the pidfd a last time: from here on, criu works with the pid. */
	if (pidfd_send_signal(f->target_fd, 0, NULL, 0) < 0)
		return err_set(e, errno, "process %d has ended", f->target.pid);
	r = start_criu(z, go, w, &told, e);
	if (!r)
		r = hold_and_go(z, go, w, told, e);
	close(go);
	if (r < 0 && told) {
		ahead_end(z->ahead);
		w->criu_fd = -1;
	} else if (r < 0 && w->criu > 0) {
		RETRY(waitpid(w->criu, NULL, 0));
	}
	return r;
}

/* What is not asked is looked at at a gate, or where there can be none, asked after all. */
static void make_criu_wait(struct freezing *z, struct watch *w)
{
	z->asks = z->plan->recheck;
	if (!z->asks && z->plan->record) {
		z->has_gate = gate_make(w->gate, z->facts, w->mappings);
		z->asks = !z->has_gate && can_notify(z);
	}
	z->entry.waits = waits_for_holder(z);
}

/*
 * With --stream nothing tells that all tasks are stopped, so this begins when criu does: what a task
 * asks for in between is not seen.
 */
static void look_meanwhile(const struct freezing *z, struct watch *w)
{
	pid_t *pids;
	size_t n;

	if (!z->plan->streams || z->asks)
		return;
	n = tree_list(z->facts->proc, z->facts->target.pid, &pids);
	mappings_look_begin(w->mappings, z->facts, pids, n);
}

static int run_criu(struct freezing *z, struct watch *w, int *ret_status, struct err *e)
{
	struct recheck *recheck = &z->entry.recheck;
	int go[2];
	int errors[2];
	int r;

	if (pipe2(go, O_CLOEXEC) < 0 || pipe2(errors, O_CLOEXEC) < 0)
		return err_set(e, errno, "cannot prepare the freeze of process %d",
			       z->facts->target.pid);
	z->entry.go = go[0];
	z->entry.errors = errors[1];
	make_criu_wait(z, w);
	r = start(z, go[1], w, e);
	close(go[0]);
	close(errors[1]);
	recheck_close_inner(recheck);
	if (!r)
		r = enter_await(w->criu, errors[0], e);
	close(errors[0]);
	if (!r)
		hold(z, w);
	if (!r)
		look_meanwhile(z, w);
	if (!r)
		r = watch_criu(w, ret_status, e);
	recheck_close(recheck);
	gate_close(w->gate, z->facts);
	holder_close(w->holder);
	cleanup_close(&w->criu_fd);
	return r;
}

/*
 * The freeze has failed: undo what was written beside the images, and what criu left in the packet
 * filter. Because a tree cannot be thawed without its recipe, that is removed only if the target
 * certainly lives.
 */
static void undo(const struct facts *f, const struct record *written,
		 const struct network_lock *locked, const struct outcome *o)
{
	if (o->target == TARGET_RUNS || o->target == TARGET_STOPPED)
		record_undo(written, f);
	if (!o->images || o->target == TARGET_RUNS || o->target == TARGET_STOPPED)
		network_lock_clear(locked);
}

/* Run criu, and find out what the result is. */
static int run_and_judge(struct freezing *z, struct watch *w, struct outcome *o,
			 struct verdict *ret, struct err *e)
{
	int status = 0;
	int r = z->sessions ? sessions_leave(z->facts, z->sessions, e) : 0;

	z->entry.recheck.sessions = z->sessions;
	if (!r)
		r = run_criu(z, w, &status, e);

	outcome_look(z->plan, z->facts, w->before, r < 0 ? EXIT_OWN << 8 : status, o);
	if (!r)
		r = outcome_judge(z->plan, z->facts, o, ret, e);
	/*
	 * criu looks at the mounts and networks of all tasks before it comes to the gate, and fails
	 * if it cannot save those of a namespace that nobody knew of.
	 */
	if (!r && ret->repeatable && z->plan->record)
		r = gate_check(z->facts, NULL, e);
	return r;
}

/*
 * A program that freezes itself is in the pseudo-init's pid namespace, and so are we: nobody outside
 * can be signalled from there, but while somebody listens to the pseudo-init, that has a socket to
 * them as its descriptor 0, and no other (tree_runs(), thaw/init.c).
 */
static void announce_to_outside(enum freeze_news news)
{
	_cleanup_close_ int self = pidfd_open(getpid(), 0);
	_cleanup_close_ int pidfd = pidfd_open(1, 0);
	_cleanup_close_ int socket = pidfd < 0 ? -1 : pidfd_getfd(pidfd, 0, 0);

	if (self >= 0 && socket >= 0)
		(void)pass_send(socket, &news, sizeof(news), &self, 1);
}

/*
 * If `run` (run/run.c) is the parent of that pseudo-init, it wants to know whose freeze ends its
 * program.
 */
static void announce(const struct plan *p, const struct facts *f, enum freeze_news news)
{
	const union sigval value = { .sival_int = news };

	if (!p->record || p->leaves_tree)
		return;
	if (!f->frame.pid && init_is(f, plan_init_comm))
		announce_to_outside(news);
	if (strcmp(f->frame.comm, plan_init_comm) != 0)
		return;
	if (f->frame.ppid > 1 || (f->frame.ppid && init_is(f, "criu-ns"))) /* in a container */
		sigqueue(f->frame.ppid, SIGURG, value); /* all others ignore it: signal(7) */
}

/*
 * Another try may follow, which joins what it needs itself; before it begins, a signal ends criu-
 * ns.
 */
static bool be_as_before(const struct entry *n)
{
	bool good = enter_leave_pid_ns(n->plan, n->facts);

	sigprocmask(SIG_SETMASK, &n->mask, NULL);
	return good;
}

/*
 * Those that ask for an end are read (watch.h). The terminal must not stop criu-ns either: criu
 * would wait for it, and the tree, stopped, with criu. Nobody can keep SIGSTOP from doing so.
 */
static void hold_signals(sigset_t *ret_mask)
{
	static const int of_terminals[] = { SIGTSTP, SIGTTIN, SIGTTOU };
	sigset_t set;

	process_signal_set(&set);
	for (size_t i = 0; i < ARRAY_SIZE(of_terminals); i++)
		sigaddset(&set, of_terminals[i]);
	sigprocmask(SIG_BLOCK, &set, ret_mask);
}

/* What is left to do when the result is known. */
static void conclude(const struct plan *p, const struct facts *f, const struct record *written,
		     const struct network_lock *locked, const struct outcome *o, bool good)
{
	if (!good) {
		undo(f, written, locked, o);
		announce(p, f, FREEZE_FAILED);
		return;
	}
	if (p->keeps_links)
		keep_links(p, f);
	if (written->old) /* an older freeze may have kept something, too */
		kept_archive_remove_others(f->images_dir.fd, &p->recipe);
}

int freeze_run(const struct freeze_work *work, struct verdict *ret, struct err *e)
{
	const struct plan *p = work->plan;
	const struct facts *f = work->facts;
	struct freezing z = { .plan = p,
			      .facts = f,
			      .entry = { .plan = p,
					 .facts = f,
					 .criu = work->criu,
					 .log = work->log,
					 .self = getpid(),
					 .recheck = RECHECK_NONE },
			      .needs_holder = needs_holder(p, f),
			      .ahead = work->ahead };
	struct entry *n = &z.entry;
	struct holder holder = HOLDER_NONE;
	struct gate gate = GATE_NONE;
	struct mappings_look mappings = MAPPINGS_LOOK_NONE;
	struct outcome_mark before;
	struct outcome outcome;
	struct network_lock locked = { 0 };
	struct sessions sessions = { 0 };
	struct record written = { 0 };
	sigset_t set;

	*ret = (struct verdict){ 0 };
	findings_free(work->late);
	hold_signals(&n->mask);
	process_signal_set(&set);
	outcome_mark(f, &before);

	_cleanup_close_ int signals = signalfd(-1, &set, SFD_CLOEXEC);
	_cleanup_close_ int cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct watch w = { .plan = p,
			   .facts = f,
			   .before = &before,
			   .recheck = &n->recheck,
			   .gate = &gate,
			   .mappings = &mappings,
			   .signals = signals,
			   .log = work->log,
			   .progress = work->progress,
			   .criu_fd = -1,
			   .holder = &holder };

	if (signals < 0 || cwd < 0)
		return err_set(e, errno, "cannot prepare the freeze of process %d", f->target.pid);

	int r = p->recheck ? 0 : record_write(&written, p, f, e);

	if (r < 0)
		return r;
	n->recheck.record = &written;
	n->recheck.mappings = &mappings;
	n->cwd = cwd;
	strv_copy(&p->args, &n->args);
	criu_log_add_options(work->log, &n->args);
	if (p->locks_tcp)
		connections_look(f, &locked);
	if (p->own_session)
		z.sessions = &sessions;
	announce(p, f, FREEZE_BEGINS);
	r = run_and_judge(&z, &w, &outcome, ret, e);
	cgroup2_put_back(f->caller_view.text);
	mappings_look_end(&mappings, work->late);
	ret->signalled = w.signalled;
	if (!r && !ret->failed && p->restart && !w.restarted)
		restart_polls(f->images_dir.fd);
	conclude(p, f, &written, &locked, &outcome, !r && !ret->failed);
	if (r < 0 && e->passes)
		*ret = (struct verdict){ .failed = true,
					 .repeatable = outcome.target == TARGET_RUNS,
					 .signalled = w.signalled };
	if (ret->repeatable)
		ret->repeatable = be_as_before(n);
	network_lock_free(&locked);
	strv_free(&n->args);
	sessions_free(&sessions);
	free(written.old);
	return r;
}
