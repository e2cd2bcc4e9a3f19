/*
 * oddtask KIND: counts, and beside it there is a task in a state that criu cannot save, or saves in
 * part. oddtask tracer PID: traces that process, and counts. oddtask filtered COMMAND...: executes
 * it with a seccomp filter that lets everything pass.
 */
#include "target.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static char stack[1 << 16] __attribute__((aligned(16)));

static int wait_forever(void *unused)
{
	(void)unused;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		target_pause(1000);
	return 0;
}

static void *wait_in_thread(void *unused)
{
	(void)unused;
	for (;;)
		target_pause(1000);
	return NULL;
}

static pid_t child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		target_die("fork");
	if (pid == 0)
		wait_forever(NULL);
	return pid;
}

static void thread(void *(*run)(void *))
{
	pthread_attr_t small;
	pthread_t id;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 1 << 14);
	errno = pthread_create(&id, &small, run, NULL);
	if (errno)
		target_die("pthread_create");
}

static void seize(pid_t pid)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		target_die("ptrace");
}

static void traced(void)
{
	seize(child());
}

/* With the child of a vfork(2), its parent waits where no signal reaches it. */
static void in_vfork(void)
{
	int ready[2];
	char byte;

	if (pipe(ready) < 0)
		target_die("pipe");
	if (fork() == 0 && syscall(SYS_vfork) == 0) {
		(void)!write(ready[1], "", 1);
		wait_forever(NULL);
	}
	(void)!read(ready[0], &byte, 1);
	close(ready[0]);
	close(ready[1]);
}

static void share(int flags)
{
	if (clone(wait_forever, stack + sizeof(stack), flags | SIGCHLD, NULL) < 0)
		target_die("clone");
}

static int pause_once(void *unused)
{
	(void)unused;
	target_pause(600);
	return 0;
}

/* In vfork(2) for less than a second, as a shell on a busy machine may be. */
static void briefly_in_vfork(void)
{
	if (fork())
		return;
	if (clone(pause_once, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, NULL) < 0)
		target_die("clone");
	wait_forever(NULL);
}

static void memory(void)
{
	share(CLONE_VM);
}

static void fs(void)
{
	share(CLONE_FS);
}

/* In a group of its own, because what stops for a terminal would not in an orphaned one. */
static void stopped(int number)
{
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		wait_forever(NULL);
	}
	setpgid(pid, pid);
	kill(pid, number);
	waitpid(pid, NULL, WUNTRACED);
}

static void stopped_reading(void)
{
	stopped(SIGTTIN);
}

static void stopped_writing(void)
{
	stopped(SIGTTOU);
}

static void trap(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTRAP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGTRAP);
}

static void *with_files(void *unused)
{
	if (unshare(CLONE_FILES) < 0 || open("/", O_RDONLY) < 0)
		target_die("unshare");
	return wait_in_thread(unused);
}

static void files(void)
{
	thread(with_files);
	target_pause(100);
}

static void leaderless(void)
{
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		thread(wait_in_thread);
		syscall(SYS_exit, 0);
	}
	target_pause(100);
}

static void children_time(void)
{
	if (unshare(0x80 /* CLONE_NEWTIME */) < 0)
		target_die("unshare");
}

static void children_pid(void)
{
	if (unshare(CLONE_NEWPID) < 0)
		target_die("unshare");
}

/* They take their time on a busy machine. */
static void *more_threads(void *unused)
{
	for (int i = 0; i < 1100; i++)
		thread(wait_in_thread);
	return wait_in_thread(unused);
}

static void threads(void)
{
	thread(more_threads);
}

static void filter(void)
{
	struct sock_filter pass = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { .len = 1, .filter = &pass };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		target_die("seccomp");
}

static const struct {
	const char *name;
	void (*make)(void);
} kinds[] = {
	{ "traced", traced },
	{ "vfork", in_vfork },
	{ "briefly", briefly_in_vfork },
	{ "memory", memory },
	{ "fs", fs },
	{ "reading", stopped_reading },
	{ "writing", stopped_writing },
	{ "trap", trap },
	{ "files", files },
	{ "leaderless", leaderless },
	{ "time", children_time },
	{ "pid", children_pid },
	{ "threads", threads },
	{ "filter", filter },
};

int main(int argc, char **argv)
{
	unsigned int identity = target_identity();

	if (argc > 2 && !strcmp(argv[1], "filtered")) {
		filter();
		execvp(argv[2], argv + 2);
		target_die(argv[2]);
	}
	target_detach();
	if (argc > 2 && !strcmp(argv[1], "tracer"))
		seize(atoi(argv[2]));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (argc > 1 && !strcmp(argv[1], kinds[i].name))
			kinds[i].make();
	for (unsigned long count = 1;; count++) {
		target_show(identity, count);
		target_pause(5);
	}
}
