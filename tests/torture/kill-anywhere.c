/*
 * Helper of kill-anywhere, which compiles it:
 *
 *   helper target [-t|-r NAME] [FILE]
 *                               a tree to freeze: a root with two threads and a child. Each of the three
 *                               counts in its name, "ID:COUNT", and looks after its memory and its
 *                               vector registers ("BROKEN" is its name when they are not as they were).
 *                               FILE is written to and stays open; -t: the child sends to the second
 *                               thread over TCP, which counts what comes; -r: at SIGUSR1, the root connects
 *                               to the unix socket @NAME, and sends back what it gets there: a request by RPC.
 *   helper step freeze|thaw ROLE WHEN SIGNAL CRIU OUT COMMAND...
 *                               run COMMAND under ptrace; send SIGNAL to the process in ROLE that enters
 *                               the WHEN-th system call of that role, which is not made, and let go of
 *                               all. OUT gets "tool PID", "killed PID NUMBER-OF-SYSCALL" or, when WHEN is
 *                               not reached, "count N". SIGNAL may be NUMBER:PID: that process gets it.
 * COMMAND may be PATH/client, which becomes the tool: nothing is done to it before.
 * Roles: tool; criu; init (thaw); hold (freeze); sub: any other child of those (of criu's in a freeze only:
 * in a thaw they are the tree, which criu itself has to trace).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The target */

enum { WORDS = 4096 };
static uint64_t memory[WORDS];
static unsigned int identity;
static int file = -1;
static int from = -1, to = -1;

static void show(unsigned long count)
{
	char name[16];

	snprintf(name, sizeof(name), "%06x:%lu", identity, count);
	prctl(PR_SET_NAME, name);
}

static void broken(void)
{
	prctl(PR_SET_NAME, "BROKEN");
	for (;;)
		pause();
}

static void rest(void)
{
	struct timespec t = { .tv_nsec = 4000000 };
#if defined(__x86_64__)
	uint64_t in = identity, out = 0;

	/* The system call itself, so that nothing of ours can be in these registers' way. */
	__asm__ volatile("movq %[in], %%xmm13\n\tsyscall\n\tmovq %%xmm13, %[out]"
			 : [out] "=&r"(out)
			 : [in] "r"(in), "a"(35L), "D"(&t), "S"(0L)
			 : "rcx", "r11", "memory", "xmm13");
	if (in != out)
		broken();
#else
	nanosleep(&t, NULL);
#endif
}

/* What comes back is a surprise to nobody: it is only waited for. */
static const char *asks_at;
static volatile sig_atomic_t is_to_ask;
static int asked = -1;

static void on_usr1(int signo)
{
	(void)signo;
	is_to_ask = 1;
}

static void ask(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char request[4096];
	ssize_t n;

	is_to_ask = 0;
	strncpy(at.sun_path + 1, asks_at, sizeof(at.sun_path) - 2);
	if (asked >= 0)
		close(asked);
	asked = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	if (connect(asked, (void *)&at,
		    offsetof(struct sockaddr_un, sun_path) + 1 + strlen(asks_at)))
		return;
	n = recv(asked, request, sizeof(request), 0);
	if (n > 0)
		(void)send(asked, request, n, MSG_NOSIGNAL);
}

static void hear(void)
{
	char answer[4096];

	if (asked < 0 || (recv(asked, answer, sizeof(answer), MSG_DONTWAIT) < 0 && errno == EAGAIN))
		return;
	close(asked);
	asked = -1;
}

static _Noreturn void count_on(int is_main)
{
	for (unsigned long count = 1;; count++) {
		char line[64];
		char byte = 0;

		if (file >= 0 && is_main) {
			int n = snprintf(line, sizeof(line), "%06x %08lu\n", identity, count);

			if (pwrite(file, line, n, 0) != n)
				broken();
		}
		if (!is_main && from >= 0) {
			ssize_t n = read(from, &byte, 1);

			if (n != 1 && !(n < 0 && errno == EINTR))
				broken();
		}
		if (is_main == 2 && to >= 0 && write(to, &byte, 1) != 1)
			broken();
		if (is_main == 1 && is_to_ask)
			ask();
		if (is_main == 1)
			hear();
		show(count);
		for (int i = 0; i < WORDS; i += 64)
			if (memory[i] != (uint64_t)i * 0x9e3779b97f4a7c15u + identity)
				broken();
		if (is_main || from < 0)
			rest();
	}
}

static void *second(void *none)
{
	(void)none;
	count_on(0);
	return NULL;
}

static void connect_both(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	to = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (void *)&at, size) || listen(listener, 1) ||
	    getsockname(listener, (void *)&at, &size) || connect(to, (void *)&at, size))
		exit(1);
	from = accept(listener, NULL, NULL);
	close(listener);
}

static int target(int argc, char **argv)
{
	pthread_t thread;
	bool tcp = argc > 0 && !strcmp(argv[0], "-t");

	argc -= tcp, argv += tcp;
	if (argc > 1 && !strcmp(argv[0], "-r")) {
		asks_at = argv[1];
		signal(SIGUSR1, on_usr1);
		argc -= 2, argv += 2;
	}
	close_range(3, ~0U, 0);
	setsid();
	if (getrandom(&identity, 3, 0) != 3)
		return 1;
	for (int i = 0; i < WORDS; i++)
		memory[i] = (uint64_t)i * 0x9e3779b97f4a7c15u + identity;
	if (tcp)
		connect_both();
	if (fork() == 0) {
		if (from >= 0)
			close(from), from = -1;
		count_on(2);
	}
	if (to >= 0)
		close(to), to = -1;
	if (argc > 0 && (file = open(argv[0], O_RDWR | O_CREAT, 0644)) < 0)
		return 1;
	pthread_create(&thread, NULL, second, NULL);
	count_on(1);
}

/* The stepper */

enum { MAX = 256 };
enum role { NONE, TOOL, CRIU, INIT, HOLD, SUB };
static const char *const names[] = { "none", "tool", "criu", "init", "hold", "sub" };
struct tracee {
	pid_t pid;
	enum role role, parent;
	bool known, waiting, leave;
};
static struct tracee all[MAX];
static const char *criu;
static bool thaw;
static FILE *out;

static struct tracee *find(pid_t pid)
{
	struct tracee *unused = NULL;

	for (int i = 0; i < MAX; i++) {
		if (all[i].pid == pid)
			return &all[i];
		if (!all[i].pid && !unused)
			unused = &all[i];
	}
	if (!unused)
		exit(3);
	*unused = (struct tracee){ .pid = pid };
	return unused;
}

static void born(struct tracee *child, enum role parent, enum role grandparent)
{
	child->known = true;
	child->parent = parent;
	child->role = SUB;
	if (parent == TOOL && thaw)
		child->role = INIT;
	if (parent == SUB && grandparent == TOOL && !thaw)
		child->role = HOLD;
	child->leave = parent == NONE || (parent == CRIU && thaw);
}

static void go_on(struct tracee *t, int signal)
{
	ptrace(t->leave ? PTRACE_DETACH : PTRACE_SYSCALL, t->pid, NULL, (void *)(long)signal);
	if (t->leave)
		t->pid = 0;
}

static void after_exec(struct tracee *t)
{
	char path[32], exe[4096];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", t->pid);
	n = readlink(path, exe, sizeof(exe) - 1);
	exe[n > 0 ? n : 0] = '\0';
	if (t->role == NONE && !(n > 7 && !strcmp(exe + n - 7, "/client")))
		t->role = TOOL;
	else if (t->role != NONE && !strcmp(exe, criu) && t->parent != CRIU)
		t->role = CRIU;
}

static int step(char **argv)
{
	enum role role = NONE;
	long when = atol(argv[2]), count = 0;
	int signal = atoi(argv[3]);
	const char *other = strchr(argv[3], ':');
	int go[2];
	int status;
	pid_t tool, pid;

	thaw = !strcmp(argv[0], "thaw");
	for (int i = 0; i <= SUB; i++)
		if (!strcmp(argv[1], names[i]))
			role = i;
	criu = argv[4];
	out = fopen(argv[5], "we");
	if (!out || pipe2(go, O_CLOEXEC) < 0)
		return 3;
	tool = fork();
	if (tool == 0) {
		char byte;

		setsid();
		if (read(go[0], &byte, 1) != 1)
			_exit(3);
		execv(argv[6], argv + 6);
		_exit(127);
	}
	fprintf(out, "tool %d\n", tool);
	fflush(out);
	if (ptrace(PTRACE_SEIZE, tool, NULL,
		   PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			   PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC) < 0 ||
	    ptrace(PTRACE_INTERRUPT, tool, NULL, NULL) < 0)
		return 3;
	*find(tool) = (struct tracee){ .pid = tool, .known = true };
	if (write(go[1], "", 1) != 1)
		return 3;
	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		struct tracee *t = pid > 0 ? find(pid) : NULL;
		int stop, event;

		if (!t)
			continue;
		if (!WIFSTOPPED(status)) {
			t->pid = 0;
			if (pid == tool) {
				fprintf(out, "ended %d\n", status);
				break;
			}
			continue;
		}
		stop = WSTOPSIG(status);
		event = status >> 16;
		if (!t->known) {
			t->waiting = true;
			continue;
		}
		if (stop == (SIGTRAP | 0x80)) {
			struct __ptrace_syscall_info info = { 0 };

			ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info);
			if (info.op == PTRACE_SYSCALL_INFO_ENTRY && t->role == role &&
			    ++count == when) {
				kill(other ? atoi(other + 1) : pid, signal);
				fprintf(out, "killed %d %llu\n", pid,
					(unsigned long long)info.entry.nr);
				fclose(out);
				_exit(0);
			}
			go_on(t, 0);
		} else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
			   event == PTRACE_EVENT_CLONE) {
			unsigned long message = 0;
			struct tracee *child;

			ptrace(PTRACE_GETEVENTMSG, pid, NULL, &message);
			child = find((pid_t)message);
			born(child, t->role, t->parent);
			if (child->waiting)
				go_on(child, 0);
			go_on(t, 0);
		} else if (event == PTRACE_EVENT_EXEC) {
			after_exec(t);
			go_on(t, 0);
		} else if (event == PTRACE_EVENT_STOP) {
			if (stop == SIGSTOP || stop == SIGTSTP || stop == SIGTTIN ||
			    stop == SIGTTOU)
				ptrace(PTRACE_LISTEN, pid, NULL, NULL);
			else
				go_on(t, 0);
		} else {
			go_on(t, event ? 0 : stop);
		}
	}
	fprintf(out, "count %ld\n", count);
	fclose(out);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "target"))
		return target(argc - 2, argv + 2);
	if (argc > 8 && !strcmp(argv[1], "step"))
		return step(argv + 2);
	return 2;
}
