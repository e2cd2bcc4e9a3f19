/*
 * joins FILE [--then COMMAND] PROGRAM [ARGUMENT...]: runs a program, and writes to FILE what it and
 * its children do with paths once they have joined another mount namespace: a line for each system
 * call that names one which is not relative to a descriptor, "NAME PATH". Whoever shapes that
 * namespace decides what such a path leads to. A process that executes something is out of our
 * sight from then on, and what follows is that program's own.
 *
 * With --then the shell runs COMMAND as soon as the first of them has joined, before that goes on.
 * Exits as the program does.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where a call has its paths: argument PATH, relative to the descriptor in argument DIR. */
enum { NO_DIR = -1 };
static const struct call {
	const char *name;
	long number;
	int dir, path;
} calls[] = {
#define AT(name, dir, path)                                                                        \
	{                                                                                          \
#name, SYS_##name, dir, path                                                       \
	}
	AT(openat, 0, 1),        AT(openat2, 0, 1),         AT(execveat, 0, 1),
	AT(execve, NO_DIR, 0),   AT(statx, 0, 1),           AT(newfstatat, 0, 1),
	AT(readlinkat, 0, 1),    AT(faccessat, 0, 1),       AT(faccessat2, 0, 1),
	AT(mkdirat, 0, 1),       AT(mknodat, 0, 1),         AT(unlinkat, 0, 1),
	AT(symlinkat, 1, 2),     AT(linkat, 0, 1),          AT(linkat, 2, 3),
	AT(renameat2, 0, 1),     AT(renameat2, 2, 3),       AT(fchownat, 0, 1),
	AT(fchmodat, 0, 1),      AT(utimensat, 0, 1),       AT(name_to_handle_at, 0, 1),
	AT(open_tree, 0, 1),     AT(move_mount, 0, 1),      AT(move_mount, 2, 3),
	AT(mount_setattr, 0, 1), AT(fanotify_mark, 3, 4),   AT(inotify_add_watch, NO_DIR, 1),
	AT(mount, NO_DIR, 1),    AT(umount2, NO_DIR, 0),    AT(chdir, NO_DIR, 0),
	AT(chroot, NO_DIR, 0),   AT(pivot_root, NO_DIR, 0), AT(statfs, NO_DIR, 0),
	AT(truncate, NO_DIR, 0), AT(getxattr, NO_DIR, 0),   AT(setxattr, NO_DIR, 0),
#ifdef SYS_open
	AT(open, NO_DIR, 0),     AT(creat, NO_DIR, 0),      AT(stat, NO_DIR, 0),
	AT(lstat, NO_DIR, 0),    AT(access, NO_DIR, 0),     AT(readlink, NO_DIR, 0),
	AT(unlink, NO_DIR, 0),   AT(mkdir, NO_DIR, 0),      AT(rename, NO_DIR, 0),
	AT(link, NO_DIR, 0),     AT(chmod, NO_DIR, 0),      AT(chown, NO_DIR, 0),
	AT(mknod, NO_DIR, 0),    AT(symlink, NO_DIR, 1),
#endif
#undef AT
};

enum { TRACED = 256 };
static struct traced {
	pid_t pid;
	bool joined;
	bool joining; /* it is in a setns() that may make it so */
} traced[TRACED];

static FILE *out;
static const char *then;
static bool started;

static struct traced *find(pid_t pid)
{
	struct traced *free = NULL;

	for (size_t i = 0; i < TRACED; i++) {
		if (traced[i].pid == pid)
			return &traced[i];
		free = free || traced[i].pid ? free : &traced[i];
	}
	if (!free)
		exit(125);
	*free = (struct traced){ .pid = pid };
	return free;
}

static void read_text(pid_t pid, unsigned long long address, char *text, size_t size)
{
	for (size_t n = 0; n < size - 1; n++) {
		struct iovec here = { text + n, 1 },
			     there = { (void *)(uintptr_t)(address + n), 1 };

		if (process_vm_readv(pid, &here, 1, &there, 1, 0) != 1)
			text[n] = '\0';
		if (!text[n])
			return;
	}
	text[size - 1] = '\0';
}

static void on_entry(struct traced *t, const struct __ptrace_syscall_info *info)
{
	const unsigned long long *args = (const unsigned long long *)info->entry.args;
	long number = (long)info->entry.nr;

	t->joining = number == SYS_setns && (!args[1] || args[1] & CLONE_NEWNS);
	for (size_t i = 0; t->joined && i < sizeof(calls) / sizeof(calls[0]); i++) {
		const struct call *c = &calls[i];
		char path[512] = "";

		if (c->number != number)
			continue;
		read_text(t->pid, args[c->path], path, sizeof(path));
		if (path[0] == '/' ||
		    (path[0] && (c->dir == NO_DIR || (int)args[c->dir] == AT_FDCWD)))
			fprintf(out, "%s %s\n", c->name, path);
	}
}

static void on_exit_of_call(struct traced *t, const struct __ptrace_syscall_info *info)
{
	if (!t->joining || info->exit.is_error)
		return;
	t->joined = true;
	fprintf(out, "joined\n");
	fflush(out);
	if (then && system(then) != 0)
		exit(125);
	then = NULL;
}

/* What a stop means; the signal to deliver with it. */
static int on_stop(pid_t pid, int status, bool *gone)
{
	struct traced *t = find(pid);
	struct __ptrace_syscall_info info = { 0 };
	unsigned long child = 0;
	int signal = WSTOPSIG(status);

	switch (status >> 16) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child);
		find((pid_t)child)->joined = t->joined;
		return 0;
	case PTRACE_EVENT_EXEC:
		*gone = started; /* the first one is the program that we are to follow */
		started = true;
		return 0;
	case PTRACE_EVENT_STOP:
		return 0;
	}
	if (signal != (SIGTRAP | 0x80))
		return signal;
	ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info);
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		on_entry(t, &info);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		on_exit_of_call(t, &info);
	return 0;
}

/* Until the first one ends: whoever stays behind then is let go by the end of us. */
static int follow(pid_t first)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		bool gone = !WIFSTOPPED(status);
		int signal;

		if (pid < 0)
			continue;
		if (gone && pid == first)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		signal = gone ? 0 : on_stop(pid, status, &gone);
		if (WIFSTOPPED(status))
			ptrace(gone ? PTRACE_DETACH : PTRACE_SYSCALL, pid, NULL, (long)signal);
		if (gone)
			find(pid)->pid = 0;
	}
	return 125;
}

int main(int argc, char *argv[])
{
	static const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
				    PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
	int from = argc > 3 && !strcmp(argv[2], "--then") ? 4 : 2;
	int ready[2];
	pid_t pid;
	char byte;

	then = from == 4 ? argv[3] : NULL;
	out = argc > from ? fopen(argv[1], "we") : NULL;
	if (!out || pipe2(ready, O_CLOEXEC) < 0)
		return 125;
	pid = fork();
	if (pid == 0) {
		if (read(ready[0], &byte, 1) == 1)
			execvp(argv[from], argv + from);
		_exit(127);
	}
	if (pid < 0 || ptrace(PTRACE_SEIZE, pid, NULL, options) < 0 || write(ready[1], "", 1) != 1)
		return 125;
	ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);

	int result = follow(pid);

	fclose(out);
	return result;
}
