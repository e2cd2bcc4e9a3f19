/*
 * attributes MODE DIR: a process, its threads a and b, and its child set attributes that others do not have, and tell
 * which ones they have.
 *
 * MODE is "kept": what comes back after a thaw; "gone": what does not; "class": what cannot be frozen. The
 * process writes DIR/report.N, a line for each task and attribute, when it starts (N 0), and at each SIGUSR1. What
 * cannot be set here is told on stderr, and left.
 */
#include "target.h"

#include <errno.h>
#include <grp.h>
#include <linux/mempolicy.h>
#include <linux/securebits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>

#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE 67
#define PR_GET_MEMORY_MERGE 68
#endif

#ifndef PR_SET_IO_FLUSHER
#define PR_SET_IO_FLUSHER 57
#define PR_GET_IO_FLUSHER 58
#endif

enum { MAIN, A, B, CHILD, TASKS };
static const char *const names[] = { "main", "a", "b", "child" };
static int asks[TASKS][2], answers[TASKS][2];
static const char *mode;
static FILE *out;
static __thread int who;

struct sched {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

static int is(const char *word)
{
	return !strcmp(mode, word);
}

static void try(const char *what, long result)
{
	if (result < 0)
		fprintf(stderr, "%s: cannot set %s: %s\n", names[who], what, strerror(errno));
}

static void write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	try(path, fd < 0 ? -1 : write(fd, text, strlen(text)));
	if (fd >= 0)
		close(fd);
}

/* What comes back */

static void set_sched(void)
{
	struct sched s[TASKS] = {
		[MAIN] = { .policy = SCHED_BATCH, .nice = 5, .runtime = 3000000 },
		[A] = { .policy = SCHED_RR, .priority = 7, .flags = 1 }, /* reset on fork */
		[B] = { .policy = SCHED_OTHER, .nice = 4, .flags = 1, .runtime = 2000000 },
		/*
		 * If the nice value changes together with this class, as after nice(1), the kernel
		 * shows a priority that counts for nothing, and that nobody can give back.
		 */
		[CHILD] = { .policy = SCHED_IDLE, .nice = getpriority(PRIO_PROCESS, 0) },
	};

	s[who].size = sizeof(s[who]);
	try("scheduling", syscall(SYS_sched_setattr, 0, &s[who], 0));
}

/* It needs CONFIG_UCLAMP_TASK. */
static void set_clamps(void)
{
	struct sched s[TASKS] = {
		[MAIN] = { .util_min = 100, .util_max = 800 },
		[A] = { .util_min = 300, .util_max = 1024 },
		[B] = { .util_min = 0, .util_max = 1024 },
		[CHILD] = { .util_min = 0, .util_max = 512 },
	};

	s[who].size = sizeof(s[who]);
	s[who].flags = 0x78; /* these alone */
	try("clamps", syscall(SYS_sched_setattr, 0, &s[who], 0));
}

static void set_of_thread(void)
{
	static const unsigned io[TASKS] = { 2 << 13 | 6, 1 << 13 | 3, 3 << 13, 2 << 13 | 1 };
	static char stacks[TASKS][65536];
	unsigned long cpus[TASKS] = { 2, 1, ~0UL, 2 };
	stack_t stack = { .ss_sp = stacks[who], .ss_size = sizeof(stacks[who]) };
	char name[16];
	sigset_t set;

	try("processors", syscall(SYS_sched_setaffinity, 0, sizeof(cpus[who]), &cpus[who]));
	set_sched();
	set_clamps();
	try("I/O priority", syscall(SYS_ioprio_set, 1, 0, io[who]));
	try("timer slack", prctl(PR_SET_TIMERSLACK, 70000 + who, 0, 0, 0));
	try("death signal", prctl(PR_SET_PDEATHSIG, who == MAIN ? 0 : SIGUSR2, 0, 0, 0));
	try("memory policy", syscall(SYS_set_mempolicy, MPOL_INTERLEAVE, &(unsigned long){ 1 }, 8));
	try("broken memory", prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0));
	try("flusher", prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0));
	try("keepcaps", prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	try("personality", personality(ADDR_NO_RANDOMIZE));
	sigaltstack(&stack, NULL);
	snprintf(name, sizeof(name), "named-%s", names[who]);
	prctl(PR_SET_NAME, name);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM + who);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void set_of_process(void)
{
	const struct itimerval timer = { { 1000, 0 }, { 2000, 0 } };
	const struct rlimit limit = { 12345 + (unsigned)who, 23456 };

	write_to("/proc/self/coredump_filter", who == MAIN ? "0x11" : "0x7f");
	write_to("/proc/self/oom_score_adj", who == MAIN ? "123" : "456");
	try("huge pages", prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0));
	try("subreaper", prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
	try("dumpable", prctl(PR_SET_DUMPABLE, who == MAIN ? 0 : 1, 0, 0, 0));
	try("no_new_privs", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	try("merging", prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0));
	try("securebits", prctl(PR_SET_SECUREBITS, SECBIT_NOROOT, 0, 0, 0));
	try("limits", setrlimit(RLIMIT_SIGPENDING, &limit));
	try("limits", setrlimit(RLIMIT_CPU, &limit));
	umask(033);
	try("groups", setgroups(2, (gid_t[]){ 5, 7 }));
	setitimer(ITIMER_VIRTUAL, &timer, NULL);
	setitimer(ITIMER_PROF, &timer, NULL);
	if (who == MAIN)
		write_to("/proc/self/autogroup", "7");
}

/* What does not, and what cannot be frozen */

static void set_gone(void)
{
	static char memory[4096];

	if (who == A)
		try("personality", personality(UNAME26));
	if (who == B)
		try("memory policy",
		    syscall(SYS_set_mempolicy, MPOL_BIND, &(unsigned long){ 1 }, 8));
	if (who == MAIN)
		try("semaphore", eventfd(3, EFD_SEMAPHORE));
	if (who == CHILD)
		try("broken memory", prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_LATE, 0, 0));
	if (who == CHILD)
		try("merging", prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0));
	if (who == CHILD)
		try("flusher", prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0));
	if (who == CHILD)
		try("locked memory", mlock(memory, sizeof(memory)));
	if (who == A || who == B)
		try("unshare", unshare(CLONE_FS));
}

static void set_refused(void)
{
	struct sched deadline = { .size = sizeof(deadline),
				  .policy = 6,
				  .runtime = 1000000,
				  .deadline = 20000000,
				  .period = 40000000 };

	if (who == A && is("class"))
		try("scheduling", syscall(SYS_sched_setattr, 0, &deadline, 0));
}

static void set_all(int is_process)
{
	if (is("kept")) {
		if (is_process)
			set_of_process();
		set_of_thread();
	} else if (is("gone")) {
		set_gone();
	} else {
		set_refused();
	}
}

/* The report */

static void tell(const char *attribute, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fprintf(out, "%s %s ", names[who], attribute);
	vfprintf(out, format, ap);
	fputc('\n', out);
	va_end(ap);
}

static void tell_thread(void)
{
	struct sched s = { 0 };
	unsigned long cpus[128] = { 0 };
	unsigned long nodes[16] = { 0 };
	char text[256] = "";
	stack_t stack;
	sigset_t set;
	int number = -1;

	syscall(SYS_sched_getaffinity, 0, sizeof(cpus), cpus);
	tell("processors", "%lx", cpus[0]);
	syscall(SYS_sched_getattr, 0, &s, sizeof(s), 0);
	tell("scheduling", "%u %lx %d %u %lu", s.policy, s.flags, s.nice, s.priority, s.runtime);
	tell("clamps", "%u %u", s.util_min, s.util_max);
	tell("I/O priority", "%lx", syscall(SYS_ioprio_get, 1, 0));
	tell("timer slack", "%d", prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0));
	prctl(PR_GET_PDEATHSIG, &number);
	tell("death signal", "%d", number);
	syscall(SYS_get_mempolicy, &number, nodes, 1024, NULL, 0);
	tell("memory policy", "%d %lx", number, nodes[0]);
	tell("broken memory", "%d", prctl(PR_MCE_KILL_GET, 0, 0, 0, 0));
	tell("flusher", "%d", prctl(PR_GET_IO_FLUSHER, 0, 0, 0, 0));
	tell("keepcaps", "%d", prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0));
	tell("personality", "%x", personality(0xffffffff));
	tell("directory", "%s", getcwd(text, sizeof(text)));
	sigaltstack(NULL, &stack);
	tell("signal stack", "%p %zu", stack.ss_sp, stack.ss_size);
	prctl(PR_GET_NAME, text);
	tell("name", "%s", text);
	pthread_sigmask(SIG_BLOCK, NULL, &set);
	for (number = 1; number < 32; number++)
		if (sigismember(&set, number))
			tell("blocks", "%d", number);
}

static void tell_process(void)
{
	struct itimerval timer;
	struct rlimit limit;
	gid_t groups[64];
	int number = -1;
	mode_t mask = umask(0);

	umask(mask);
	tell("umask", "%o", mask);
	tell("huge pages", "%d", prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
	prctl(PR_GET_CHILD_SUBREAPER, &number);
	tell("subreaper", "%d", number);
	tell("dumpable", "%d", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
	tell("no_new_privs", "%d", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	tell("merging", "%d", prctl(PR_GET_MEMORY_MERGE, 0, 0, 0, 0));
	tell("securebits", "%x", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
	for (unsigned i = 0; i < RLIM_NLIMITS; i++) {
		getrlimit(i, &limit);
		tell("limit", "%u %lx %lx", i, limit.rlim_cur, limit.rlim_max);
	}
	number = getgroups(64, groups);
	tell("groups", "%d %d", number, number > 0 ? (int)groups[0] : -1);
	getitimer(ITIMER_VIRTUAL, &timer);
	tell("timer", "%ld", timer.it_interval.tv_sec);
	getitimer(ITIMER_PROF, &timer);
	tell("timer", "%ld", timer.it_interval.tv_sec);
}

/* One task after the other writes to the file whose name it is sent. */
static void serve(int is_process)
{
	char path[256];

	while (read(asks[who][0], path, sizeof(path)) == (ssize_t)sizeof(path)) {
		out = fopen(path, "a");
		if (!out)
			_exit(1);
		tell_thread();
		if (is_process)
			tell_process();
		fclose(out);
		if (write(answers[who][1], "", 1) != 1)
			_exit(1);
	}
	_exit(0);
}

static void *thread(void *arg)
{
	char byte = 0;

	who = (int)(intptr_t)arg;
	set_all(0);
	(void)!write(answers[who][1], &byte, 1);
	serve(0);
	return NULL;
}

static void await(int task)
{
	char byte;

	if (read(answers[task][0], &byte, 1) != 1)
		_exit(1);
}

static void report(const char *dir, int number)
{
	char path[256] = "";
	char done[300];

	snprintf(path, sizeof(path), "%s/report.%d.new", dir, number);
	snprintf(done, sizeof(done), "%s/report.%d", dir, number);
	out = fopen(path, "a");
	if (!out)
		_exit(1);
	tell_thread();
	tell_process();
	fclose(out);
	for (int i = A; i < TASKS; i++) {
		if (write(asks[i][1], path, sizeof(path)) != (ssize_t)sizeof(path))
			_exit(1);
		await(i);
	}
	rename(path, done);
}

static void ignore(int signo)
{
	(void)signo;
}

int main(int argc, char *argv[])
{
	pthread_t id;
	sigset_t set;
	int signo;

	if (argc != 3)
		return 2;
	mode = argv[1];
	target_close_rest();
	setsid();
	for (int i = 0; i < TASKS; i++)
		if (pipe(asks[i]) < 0 || pipe(answers[i]) < 0)
			target_die("pipe");
	signal(SIGUSR2, ignore);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* "gone": without a signal to the parent at its end */
	if (syscall(SYS_clone, is("gone") ? 0 : SIGCHLD, 0, 0, 0, 0) == 0) {
		who = CHILD;
		set_all(1);
		target_null_stdio(0);
		if (write(answers[who][1], "", 1) != 1)
			return 1;
		serve(1);
	}
	await(CHILD);
	if (is("kept"))
		set_of_process();
	for (intptr_t i = A; i <= B; i++) {
		if (pthread_create(&id, NULL, thread, (void *)i) != 0)
			target_die("thread");
		await((int)i);
	}
	if (is("kept"))
		set_of_thread();
	target_null_stdio(0);
	for (int number = 0;; number++) {
		report(argv[2], number);
		sigwait(&set, &signo);
	}
}
