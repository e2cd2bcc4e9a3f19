// SPDX-License-Identifier: MIT
/* Reading /proc: texts, and a recorded tree (fixtures/proc). */
#include "unit.h"

#include "look/procfs.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* What stands around the lines that a row is about. */
#define STATUS(name, nspid, nssid)                                                                 \
	"Name:\t" name "\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t901\nNgid:\t0\nPid:\t901\n"   \
	"PPid:\t900\nTracerPid:\t0\nUid:\t1000\t0\t0\t0\nGid:\t0\t0\t0\t0\nFDSize:\t64\n"          \
	"Groups:\t0 \nNStgid:\t901\n" nspid "NSpgid:\t901\n" nssid "Kthread:\t0\nThreads:\t1\n"

static const struct status {
	const char *name, *text, *comm;
	int depth;
	pid_t inner, session;
} statuses[] = {
	{ "a task of the reader's own pid namespace",
	  STATUS("counter", "NSpid:\t901\n", "NSsid:\t901\n"), "counter", 1, 901, 901 },
	{ "a task one pid namespace down",
	  STATUS("counter", "NSpid:\t901\t26\n", "NSsid:\t1\t26\n"), "counter", 2, 26, 26 },
	{ "a task two pid namespaces down: the innermost number counts",
	  STATUS("counter", "NSpid:\t901\t26\t3\n", "NSsid:\t0\t0\t3\n"), "counter", 3, 3, 3 },
	{ "a session from outside of the pid namespace",
	  STATUS("counter", "NSpid:\t901\t26\n", "NSsid:\t800\t0\n"), "counter", 2, 26, 0 },
	{ "a kernel without pid namespaces", STATUS("counter", "", ""), "counter", 1, 901, 0 },
	{ "a name with blanks", STATUS("Web Content", "NSpid:\t901\n", "NSsid:\t901\n"),
	  "Web Content", 1, 901, 901 },
	{ "a name with brackets", STATUS("((sd-pam)) [x]", "NSpid:\t901\n", "NSsid:\t901\n"),
	  "((sd-pam)) [x]", 1, 901, 901 },
	{ "a name with a line of its own, as the kernel escapes it",
	  STATUS("a\\nPid:\\t1", "NSpid:\t901\n", "NSsid:\t901\n"), "a\\nPid:\\t1", 1, 901, 901 },
	{ "a name with a colon", STATUS("Pid: 7", "NSpid:\t901\n", "NSsid:\t901\n"), "Pid: 7", 1,
	  901, 901 },
	{ "a name that is too long is cut",
	  STATUS("0123456789012345678901234567890123456789012345678901234567890123456789",
		 "NSpid:\t901\n", "NSsid:\t901\n"),
	  "012345678901234567890123456789012345678901234567890123456789012", 1, 901, 901 },
	{ "an empty name", STATUS("", "NSpid:\t901\n", "NSsid:\t901\n"), "", 1, 901, 901 },
};

static void status_is_understood(void **state)
{
	const struct status *s = *state;
	char *text = xstrdup(s->text);
	struct task t;

	assert_int_equal(procfs_parse_status(text, &t), 0);
	assert_string_equal(t.comm, s->comm);
	assert_int_equal(t.pid, 901);
	assert_int_equal(t.tgid, 901);
	assert_int_equal(t.ppid, 900);
	assert_int_equal(t.state, 'S');
	assert_false(t.kthread);
	assert_int_equal(t.depth, s->depth);
	assert_int_equal(t.nspid[0], 901);
	assert_int_equal(task_inner_pid(&t), s->inner);
	assert_int_equal(t.session, s->session);
	assert_int_equal(t.ns_pid, 0);
	assert_int_equal(t.ns_mnt, 0);
	free(text);
}

static const struct damaged {
	const char *name, *text;
} damaged[] = {
	{ "an empty text is refused", "" },
	{ "a text without colons is refused", "Name Pid\n\nState\n" },
	{ "a text without a state is refused", "Name:\tx\nPid:\t7\nNSpid:\t7\n" },
	{ "a text without a pid is refused", "Name:\tx\nState:\tS (sleeping)\nNSpid:\t7\n" },
	{ "pid 0 is refused", "Name:\tx\nState:\tS (sleeping)\nPid:\t0\nNSpid:\t0\n" },
	{ "a negative pid is refused", "Name:\tx\nState:\tS (sleeping)\nPid:\t-7\nNSpid:\t-7\n" },
	{ "a pid that is no number is refused", "State:\tS (sleeping)\nPid:\tx\n" },
	{ "an NSpid that begins with another pid is refused",
	  "Name:\tx\nState:\tS (sleeping)\nPid:\t7\nNSpid:\t8\t1\n" },
};

static void status_is_refused(void **state)
{
	const struct damaged *d = *state;
	struct task t = { .pid = 4242 };
	char *text = xstrdup(d->text);

	assert_int_equal(procfs_parse_status(text, &t), -EINVAL);
	assert_int_equal(t.pid, 4242); /* untouched */
	free(text);
}

/* With sanitizers: no read behind the end, no write behind the array. */
static void a_status_may_be_cut_anywhere(void **state)
{
	static const char whole[] = STATUS("x", "NSpid:\t901\t26\t3\n", "NSsid:\t0\t0\t3\n");

	(void)state;
	for (size_t n = 0; n < sizeof(whole); n++) {
		char *text = xstrndup(whole, n);
		struct task t;

		if (procfs_parse_status(text, &t) == 0)
			UNIT_CHECK(t.pid > 0 && t.depth > 0 && t.nspid[0] == t.pid, "cut at %zu",
				   n);
		free(text);
	}
}

static void more_levels_than_the_kernel_has_do_no_harm(void **state)
{
	char text[1024] = "State:\tS (sleeping)\nPid:\t7\nNSpid:\t7";
	struct task t;

	(void)state;
	for (int i = 0; i < 100; i++)
		strcat(text, "\t1");
	assert_int_equal(procfs_parse_status(text, &t), 0);
	assert_int_equal(t.depth, PROCFS_DEPTH);
}

/* The other texts */

static const struct stat_text {
	const char *name, *text;
	int r;
	char state;
	pid_t ppid, session;
	unsigned long flags, memory;
} stat_texts[] = {
	{ "a stat",
	  "812 (sshd worker) S 1 812 810 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 100 16384 9", 0, 'S',
	  1, 810, 4194560, 16384 },
	{ "the fields of a stat are behind the last bracket",
	  "3 (rcu) I 7 (x) R 2 0 0 0 -1 69238880 1 0 0 0 0 0 0 0 20 0 1 0 100 0 0", 0, 'R', 2, 0,
	  69238880, 0 },
	{ "a stat without brackets is refused",
	  "812 sshd S 1 812 812 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 100 16384 9", -EINVAL, 0, 0,
	  0, 0, 0 },
	{ "a stat that ends before its memory is refused",
	  "812 (sshd) S 1 812 812 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 100", -EINVAL, 0, 0, 0, 0,
	  0 },
	{ "an empty stat is refused", "", -EINVAL, 0, 0, 0, 0, 0 },
};

/* A real one, of Linux 6.18: the signal that has stopped it is the last field. */
static void the_signal_that_stopped_a_task_is_understood(void **state)
{
	static const char fields[] =
		" 15151 15158 15151 0 -1 4194368 1 0 0 0 0 0 0 0 20 0 1 0 403062 2465792 0 "
		"18446744073709551615 94850552352768 94850552355381 140730851554528 0 0 0 0 6 0 1 0 0 17 "
		"0 0 0 0 0 0 94850552364272 94850552365328 94851356119040 140730851555745 140730851555775 "
		"140730851555775 140730851557346 ";
	_cleanup_free_ char *stopped = xasprintf("7 (a b) T%s21\n", fields);
	_cleanup_free_ char *asleep = xasprintf("7 (a b) S%s21\n", fields);
	struct proc_stat s;

	(void)state;
	assert_int_equal(procfs_parse_stat(stopped, &s), 0);
	assert_int_equal(s.stop_signal, SIGTTIN);
	assert_int_equal(s.exit_signal, SIGCHLD);
	assert_int_equal(procfs_parse_stat(asleep, &s), 0);
	assert_int_equal(s.stop_signal, 0);
	assert_int_equal(s.exit_signal, SIGCHLD);
	memcpy(strstr(asleep, " 17 "), " 10 ", 4);
	assert_int_equal(procfs_parse_stat(asleep, &s), 0);
	assert_int_equal(s.exit_signal, SIGUSR1);
	strrchr(stopped, ' ')[0] = '\0';
	assert_int_equal(procfs_parse_stat(stopped, &s), 0);
	assert_int_equal(s.stop_signal, 0);
}

/* As of a process in a sandbox whose session and group are those of the shell that started it. */
static void what_criu_waits_for_is_understood(void **state)
{
	static const char of_a_task[] =
		"Name:\tbwrap\nState:\tS (sleeping)\nTgid:\t7\nPid:\t7\nPPid:\t1\nTracerPid:\t9\n"
		"NSpid:\t7\t2\nNSpgid:\t5\t0\nNSsid:\t4\t0\nThreads:\t3\nSigPnd:\t0000000000000010\n"
		"ShdPnd:\t0000000000000100\nSeccomp:\t2\nx86_Thread_features:\tshstk wrss\nvoluntary_ctxt_switches:\t40\n"
		"nonvoluntary_ctxt_switches:\t2\n";
	_cleanup_free_ char *text = xstrdup(of_a_task);
	struct task t;

	(void)state;
	assert_int_equal(procfs_parse_status(text, &t), 0);
	assert_int_equal(t.tracer, 9);
	assert_int_equal(t.session, 0);
	assert_int_equal(t.group, 0);
	assert_int_equal(t.threads, 3);
	assert_int_equal(t.pending, 0x110);
	assert_true(t.seccomp);
	assert_true(t.shadow_stack);
	assert_int_equal(t.switches, 42);
}

static void stat_is_understood(void **state)
{
	const struct stat_text *x = *state;
	struct proc_stat s = { 0 };

	assert_int_equal(procfs_parse_stat(x->text, &s), x->r);
	assert_int_equal(s.state, x->state);
	assert_int_equal(s.ppid, x->ppid);
	assert_int_equal(s.session, x->session);
	assert_int_equal(s.flags, x->flags);
	assert_int_equal(s.memory, x->memory);
}

static const struct children {
	const char *name, *text;
	size_t n;
	pid_t first, last;
} children_texts[] = {
	{ "no children", "", 0, 0, 0 },
	{ "children, with the blank that the kernel ends with", "820 821 ", 2, 820, 821 },
	{ "a word that is no pid is passed over", "x 820 -1 0 821x 99999999999 7\n", 2, 820, 7 },
};

static void children_are_understood(void **state)
{
	const struct children *x = *state;
	char *text = xstrdup(x->text);
	pid_t *list = NULL;
	size_t n = 0;

	procfs_parse_children(text, &list, &n);
	assert_int_equal(n, x->n);
	if (n) {
		assert_int_equal(list[0], x->first);
		assert_int_equal(list[n - 1], x->last);
	}
	free(list);
	free(text);
}

static const struct link {
	const char *name, *text;
	int r;
	unsigned long inode;
} links[] = {
	{ "a link to a namespace", "mnt:[4026531841]", 0, 4026531841 },
	{ "a link that is cut short is refused", "mnt:[40265", -EINVAL, 7 },
	{ "a link with more behind is refused", "mnt:[1]2", -EINVAL, 7 },
	{ "a link with a sign is refused", "mnt:[-1]", -EINVAL, 7 },
	{ "a link with a blank is refused", "mnt:[ 1]", -EINVAL, 7 },
	{ "a link without a number is refused", "mnt:[]", -EINVAL, 7 },
	{ "a link with too large a number is refused", "mnt:[99999999999999999999]", -EINVAL, 7 },
	{ "a link to something else is refused", "/dev/null", -EINVAL, 7 },
};

static void link_is_understood(void **state)
{
	const struct link *x = *state;
	ino_t inode = 7;

	assert_int_equal(procfs_parse_namespace(x->text, &inode), x->r);
	assert_int_equal(inode, x->inode);
}

static const struct fdinfo {
	const char *name, *text;
	unsigned long flags;
	long long pos;
} fdinfos[] = {
	{ "a fdinfo", "pos:\t4096\nflags:\t0100002\nmnt_id:\t29\nino:\t5\n", 0100002, 4096 },
	{ "what a fdinfo lacks is left as it was", "mnt_id:\t29\n", 3, 9 },
	{ "an empty fdinfo leaves all as it was", "", 3, 9 },
	{ "of two lines of a name the first counts", "pos:\t1\nflags:\t02\npos:\t2\nflags:\t01\n",
	  2, 1 },
	{ "a name in the middle of a line does not count", "x pos:\t1\neventpos:\t5\nflags:\t02", 2,
	  9 },
};

static void fdinfo_is_understood(void **state)
{
	const struct fdinfo *x = *state;
	struct proc_fdinfo info = { .flags = 3, .pos = 9 };

	procfs_parse_fdinfo(x->text, &info);
	assert_int_equal(info.flags, x->flags);
	assert_int_equal(info.pos, x->pos);
}

/* The recorded tree */

static int proc = -1;

static const struct recorded {
	const char *name;
	pid_t pid;
	const char *comm;
	char state;
	bool kthread, is_init;
	int depth;
	pid_t tgid, ppid, inner, session;
} recorded[] = {
	{ "the host's init is no init below", 1, "init", 'S', false, false, 1, 1, 0, 1, 1 },
	{ "a kernel thread that says so", 2, "kthreadd", 'S', true, false, 1, 2, 0, 2, 2 },
	{ "a kernel thread by its flags, with brackets in its name", 3, "rcu_gp) S 1 (x", 'I', true,
	  false, 1, 3, 2, 3, 0 },
	{ "a process", 812, "sshd worker", 'S', false, false, 1, 812, 1, 812, 812 },
	{ "a process whose flags cannot be read", 963, "strange links", 'S', false, false, 1, 963,
	  1, 963, 963 },
	{ "a thread", 813, "sshd worker", 'S', false, false, 1, 812, 1, 813, 812 },
	{ "a zombie", 822, "defunct", 'Z', false, false, 1, 822, 812, 822, 822 },
	{ "a pseudo-init", 900, "criu-ns-init", 'S', false, true, 2, 900, 1, 1, 1 },
	{ "a thawed root task", 901, "counter", 'S', false, false, 2, 901, 900, 5000, 5000 },
	{ "a pseudo-init in a container", 950, "criu-ns-init", 'S', false, true, 3, 950, 940, 1,
	  1 },
	{ "a thawed root task in a container", 951, "counter", 'S', false, false, 3, 951, 950, 3,
	  3 },
};

static void task_is_read(void **state)
{
	const struct recorded *x = *state;
	struct task t;
	struct err e;

	assert_int_equal(procfs_task(proc, x->pid, &t, &e), 0);
	assert_int_equal(t.pid, x->pid);
	assert_string_equal(t.comm, x->comm);
	assert_int_equal(t.state, x->state);
	assert_int_equal(t.kthread, x->kthread);
	assert_int_equal(task_is_init(&t), x->is_init);
	assert_int_equal(t.depth, x->depth);
	assert_int_equal(t.tgid, x->tgid);
	assert_int_equal(t.ppid, x->ppid);
	assert_int_equal(task_inner_pid(&t), x->inner);
	assert_int_equal(t.session, x->session);
}

static const struct rights {
	const char *name, *status, *rights;
} rights[] = {
	{ "the ids for files are the fourth",
	  "Name:\ta\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nGroups:\t \nNStgid:\t9\n", "4:8" },
	{ "all groups count",
	  "Name:\ta\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t4 27 4294967295 \nX:\t9\n",
	  "0:0:4:27:4294967295" },
	{ "a name cannot add to them",
	  "Name:\tUid:\\n Groups: 5\nUid:\t1\t1\t1\t1\nGid:\t2\t2\t2\t2\nGroups:\t3\n", "1:2:3" },
	{ "no groups at all", "Name:\ta\nUid:\t1\t1\t1\t1\nGid:\t2\t2\t2\t2\n", "1:2" },
	{ "a status without ids", "Name:\ta\n", NULL },
};

static void rights_are_read(void **state)
{
	const struct rights *x = *state;
	struct unit_folder f = unit_folder_make();
	char *got;

	assert_int_equal(mkdirat(f.fd, "12", 0700), 0);
	unit_write(&f, "12/status", x->status, strlen(x->status));
	got = procfs_rights(f.fd, 12);
	unit_assert_text(got, x->rights);
	free(got);
	assert_null(procfs_rights(f.fd, 13));
	unit_folder_remove(&f);
}

static const struct map {
	const char *name, *text;
	unsigned long start, end;
	dev_t dev;
	ino_t ino;
	const char *path;
} maps[] = {
	{ "a mapped file",
	  "7f5c4a26a000-7f5c4a27b000 r-xp 00026000 08:11 1443062                    /usr/lib/libc.so.6\n",
	  0x7f5c4a26a000, 0x7f5c4a27b000, 0x811, 1443062, "/usr/lib/libc.so.6" },
	{ "a file with blanks, that is gone", "1000-2000 rw-s 0 00:2c 7     /a b (deleted)\n",
	  0x1000, 0x2000, 0x2c, 7, "/a b (deleted)" },
	{ "memory", "7f00-8000 rw-p 00000000 00:00 0 \n", 0x7f00, 0x8000, 0, 0, "" },
	{ "a stack", "7f00-8000 rw-p 00000000 00:00 0                          [stack]\n", 0x7f00,
	  0x8000, 0, 0, "[stack]" },
};

static void map_is_parsed(void **state)
{
	const struct map *x = *state;
	_cleanup_free_ char *text = xasprintf("%s1-2 r--p 0 00:00 0 \n", x->text);
	struct proc_map m;
	const char *next = procfs_parse_map(text, &m);

	assert_ptr_equal(next, text + strlen(x->text));
	assert_true(m.start == x->start && m.end == x->end && m.ino == x->ino);
	assert_true(m.dev == makedev(x->dev >> 8, x->dev & 0xff));
	assert_int_equal(m.path_length, strlen(x->path));
	assert_memory_equal(m.path, x->path, m.path_length);
	next = procfs_parse_map(next, &m);
	assert_true(next && !*next && m.start == 1);
	assert_null(procfs_parse_map(next, &m));
}

static void what_is_no_map_is_not_parsed(void **state)
{
	static const char *const texts[] = { "",
					     "\n",
					     "1000",
					     "1000-2000",
					     "1000-2000 r--p",
					     "1000-2000 r--p 0 08",
					     "1000-2000 r--p 0 08:01",
					     "x-y r--p 0 08:01 5 /a",
					     "1000 2000 r--p 0 08:01 5 /a" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct proc_map m = { .start = 7 };

		UNIT_CHECK(!procfs_parse_map(texts[i], &m) && m.start == 7, "%s", texts[i]);
	}
}

static const struct no_task {
	const char *name;
	pid_t pid;
	int r;
	const char *text;
} no_tasks[] = {
	{ "a pid that nobody has", 4242, -ESRCH, "cannot find process 4242" },
	{ "a process that has just gone", 962, -ESRCH, "cannot find process 962" },
	{ "a status that makes no sense", 960, -EINVAL, "cannot parse /proc/960/status" },
	{ "a status of another process", 961, -EINVAL, "cannot parse /proc/961/status" },
};

static void task_is_refused(void **state)
{
	const struct no_task *x = *state;
	struct task t;
	struct err e;

	assert_int_equal(procfs_task(proc, x->pid, &t, &e), x->r);
	assert_string_equal(e.what, x->text);
	if (x->r == -ESRCH)
		assert_string_equal(e.hint, "it may have ended; ps -e shows the pids here");
}

static const struct ns {
	const char *name, *who, *kind;
	int r;
	unsigned long inode;
} namespaces[] = {
	{ "the pid namespace of a process", "901", "pid", 0, 4026532201 },
	{ "the mount namespace of a process", "901", "mnt", 0, 4026532200 },
	{ "the user namespace of the reader", "self", "user", 0, 4026531837 },
	{ "a namespace that the kernel does not have", "901", "time", -ENOENT, 0 },
	{ "a namespace of nobody", "4242", "pid", -ENOENT, 0 },
	{ "a link without a number", "963", "pid", -EINVAL, 0 },
};

static void namespace_is_read(void **state)
{
	const struct ns *x = *state;
	ino_t inode = 0;

	assert_int_equal(procfs_namespace(proc, x->who, x->kind, &inode), x->r);
	assert_int_equal(inode, x->inode);
}

static void both_namespaces_of_a_task_are_read(void **state)
{
	struct task t;
	struct err e;

	(void)state;
	assert_int_equal(procfs_task(proc, 951, &t, &e), 0);
	assert_int_equal(procfs_namespaces(proc, &t, &e), 0);
	assert_int_equal(t.ns_pid, 4026532401);
	assert_int_equal(t.ns_mnt, 4026532400);
	assert_int_equal(procfs_task(proc, 822, &t, &e), 0);
	assert_int_equal(procfs_namespaces(proc, &t, &e), -ENOENT);
	assert_string_equal(e.what, "cannot read the namespaces of process 822 (defunct)");
}

static const struct init {
	const char *name;
	unsigned long inode;
	int r;
	pid_t pid;
} inits[] = {
	{ "the init of a thawed tree", 4026532201, 0, 900 },
	{ "the init of a container", 4026532301, 0, 940 },
	{ "the init of a pid namespace in a container", 4026532401, 0, 950 },
	{ "the reader's own pid namespace has no init below", 4026531836, -ESRCH, 4242 },
	{ "a pid namespace that is not there", 1, -ESRCH, 4242 },
};

static void init_is_found(void **state)
{
	const struct init *x = *state;
	pid_t pid = 4242;

	assert_int_equal(procfs_find_init(proc, x->inode, &pid), x->r);
	assert_int_equal(pid, x->pid);
}

static int by_value(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void assert_numbers(int *got, size_t n, const char *expected)
{
	char text[256] = "";

	if (n)
		qsort(got, n, sizeof(*got), by_value);
	for (size_t i = 0; i < n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%d ", got[i]);
	assert_string_equal(text, expected);
	free(got);
}

static void children_of_all_threads_are_found(void **state)
{
	pid_t *list;
	size_t n;

	(void)state;
	n = procfs_children(proc, 812, &list);
	assert_numbers(list, n, "820 821 822 ");
	n = procfs_children(proc, 1, &list);
	assert_numbers(list, n, "812 900 940 ");
	n = procfs_children(proc, 820, &list);
	assert_numbers(list, n, "");
	n = procfs_children(proc, 4242, &list);
	assert_numbers(list, n, "");
}

static void threads_are_numbered_as_inside(void **state)
{
	pid_t *list;
	size_t n;

	(void)state;
	n = procfs_inner_threads(proc, 901, &list);
	assert_numbers(list, n, "5000 5001 ");
	n = procfs_inner_threads(proc, 951, &list);
	assert_numbers(list, n, "3 ");
	n = procfs_inner_threads(proc, 4242, &list);
	assert_numbers(list, n, "");
}

static void numbers_of_a_folder_are_listed(void **state)
{
	int *list;
	size_t n;

	(void)state;
	n = procfs_list(proc, "901/task", &list);
	assert_numbers(list, n, "901 902 ");
	n = procfs_list(proc, ".", &list);
	assert_numbers(list, n,
		       "1 2 3 812 813 820 821 822 900 901 903 940 950 951 960 961 962 963 ");
	n = procfs_list(proc, "812/fd", &list);
	assert_numbers(list, n, "0 1 2 10 ");
	n = procfs_list(proc, "901/status", &list);
	assert_numbers(list, n, "");
}

/* A tree in which this very process is a grandchild of 4194200. */
static void ancestors_are_those_above_the_caller(void **state)
{
	struct unit_folder f = unit_folder_make();
	const pid_t line[] = { getpid(), 4194210, 4194200, 1, 0 };
	struct proc_eldest eldest;

	(void)state;
	for (size_t i = 0; line[i] != 0; i++) {
		char path[64];
		char text[256];

		snprintf(path, sizeof(path), "%d", line[i]);
		assert_int_equal(mkdirat(f.fd, path, 0755), 0);
		strcat(path, "/stat");
		snprintf(text, sizeof(text),
			 "%d (x) S) R %d 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 100 0 0\n",
			 line[i], line[i + 1]);
		unit_write(&f, path, text, strlen(text));
	}
	assert_true(procfs_is_ancestor(f.fd, getpid(), &eldest));
	assert_true(procfs_is_ancestor(f.fd, 4194210, &eldest));
	assert_true(procfs_is_ancestor(f.fd, 4194200, &eldest));
	assert_true(procfs_is_ancestor(f.fd, 1, &eldest));
	assert_int_equal(eldest.pid, 0);
	assert_false(procfs_is_ancestor(f.fd, 4194201, &eldest));
	assert_int_equal(eldest.pid, 1);
	assert_string_equal(eldest.comm, "x) S");
	assert_false(procfs_is_ancestor(f.fd, 0, &eldest));
	unit_folder_remove(&f);
}

/* A name that a task can have and a status text can hold, through the real /proc. */
static void our_own_task_is_read_from_the_real_proc(void **state)
{
	struct proc_eldest eldest;
	struct task t;
	struct err e;
	char self[32] = "";
	int fd = -1;
	int r = procfs_open(&fd, &e);
	bool fits = readlink("/proc/self", self, sizeof(self) - 1) > 0 && atoi(self) == getpid();

	(void)state;
	assert_int_equal(r == 0, fits);
	if (r < 0) {
		unit_assert_contains(e.what, "/proc");
		skip();
	}
	assert_int_equal(procfs_task(fd, getpid(), &t, &e), 0);
	assert_int_equal(t.ppid, getppid());
	assert_int_equal(task_inner_pid(&t), getpid());
	assert_string_equal(t.comm, "procfs");
	assert_false(t.kthread);
	assert_true(procfs_is_ancestor(fd, getppid(), &eldest));
	assert_int_equal(procfs_namespaces(fd, &t, &e), 0);
	close(fd);
}

int main(void)
{
	char *path = unit_fixture("proc");
	int status;

	proc = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		perror(path);
	free(path);
	UNIT_ROWS(status_is_understood, statuses);
	UNIT_ROWS(status_is_refused, damaged);
	UNIT(a_status_may_be_cut_anywhere);
	UNIT(more_levels_than_the_kernel_has_do_no_harm);
	UNIT_ROWS(stat_is_understood, stat_texts);
	UNIT(the_signal_that_stopped_a_task_is_understood);
	UNIT(what_criu_waits_for_is_understood);
	UNIT_ROWS(children_are_understood, children_texts);
	UNIT_ROWS(link_is_understood, links);
	UNIT_ROWS(fdinfo_is_understood, fdinfos);
	UNIT_ROWS(task_is_read, recorded);
	UNIT_ROWS(map_is_parsed, maps);
	UNIT(what_is_no_map_is_not_parsed);
	UNIT_ROWS(task_is_refused, no_tasks);
	UNIT_ROWS(namespace_is_read, namespaces);
	UNIT_ROWS(rights_are_read, rights);
	UNIT(both_namespaces_of_a_task_are_read);
	UNIT_ROWS(init_is_found, inits);
	UNIT(children_of_all_threads_are_found);
	UNIT(threads_are_numbered_as_inside);
	UNIT(numbers_of_a_folder_are_listed);
	UNIT(ancestors_are_those_above_the_caller);
	UNIT(our_own_task_is_read_from_the_real_proc);
	status = unit_run("procfs");
	close(proc);
	return status;
}
