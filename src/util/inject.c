// SPDX-License-Identifier: MIT
#include "util/inject.h"

#include "util/util.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __x86_64__

/* PTRACE_GET_RSEQ_CONFIGURATION of Linux 5.13 */
#define GET_RSEQ_CONFIGURATION 0x420f

struct rseq_configuration {
	uint64_t abi_pointer;
	uint32_t abi_size, signature, flags, pad;
};

/* The kernel's own errors of a system call that is to be made again (include/linux/errno.h). */
enum { ERESTARTSYS = 512, ERESTARTNOINTR, ERESTARTNOHAND, ENOIOCTLCMD, ERESTART_RESTARTBLOCK };

/*
 * The code. What it loads is in data, which follows it. At "is_child" the clone has a jump to the
 * end instead of nothing: the child must not go where its parent was.
 */
enum { CODE = 96, WORDS = 10, SIZE = CODE + WORDS * 8, IS_CHILD = 2, CHILD = 80 };

static const uint8_t no_child[] = { 0x90, 0x90, 0x90, 0x90, 0x90 };
static const uint8_t is_child[] = {
	0x48, 0x89,
	0xc1,                       /* mov %rax,%rcx: no test, which would change the flags */
	0xe3, CHILD - IS_CHILD - 5, /* jrcxz child */
};
static const uint8_t child_exit[] = {
	0x31, 0xff,                    /* xor %edi,%edi */
	0xb8, SYS_exit_group, 0, 0, 0, /* mov $exit_group,%eax */
	0x0f, 0x05,                    /* syscall */
};

/*
 * The registers that a system call changes or has its arguments in, each with the instruction that
 * loads it.
 */
struct load {
	uint8_t opcode[3];
	size_t offset;
};

#define LOAD(a, b, c, reg)                                                                         \
	{                                                                                          \
		{ a, b, c }, offsetof(struct user_regs_struct, reg)                                \
	}

static const struct load loads[] = {
	LOAD(0x48, 0x8b, 0x05, rax), LOAD(0x48, 0x8b, 0x3d, rdi), LOAD(0x48, 0x8b, 0x35, rsi),
	LOAD(0x48, 0x8b, 0x15, rdx), LOAD(0x4c, 0x8b, 0x15, r10), LOAD(0x4c, 0x8b, 0x05, r8),
	LOAD(0x4c, 0x8b, 0x0d, r9),  LOAD(0x48, 0x8b, 0x0d, rcx), LOAD(0x4c, 0x8b, 0x1d, r11),
};
_Static_assert(ARRAY_SIZE(loads) + 1 == WORDS, "a word for each, and the address to go on at");

struct injection {
	pid_t pid;
	int mem; /* its memory, /proc/PID/mem */
	long options;
	unsigned long at;              /* where the code is; 0: not yet */
	struct user_regs_struct found; /* as it was stopped */
	/* with which it goes on: the same, but for a call to make again */
	struct user_regs_struct goal;
	bool in_code; /* its registers are others than found */
};

/* Waiting for it */

static void rest(long microseconds)
{
	nanosleep(&(struct timespec){ .tv_nsec = microseconds * 1000 }, NULL);
}

/* 1: stopped, 0: it has ended, or an error: it does not stop. */
static int wait_stop(pid_t pid, int *status, struct err *e)
{
	enum { PATIENCE = 10 * 1000 }; /* of 1 ms */

	for (int i = 0; i < PATIENCE; i++) {
		pid_t r = RETRY(waitpid(pid, status, __WALL | WNOHANG));

		if (r == pid)
			return WIFSTOPPED(*status) ? 1 : 0;
		if (r < 0)
			return 0;
		rest(i < 100 ? 20 : 1000);
	}
	return err_set(e, ETIMEDOUT, "process %d does not stop", pid);
}

static int get_registers(pid_t pid, struct user_regs_struct *ret, struct err *e)
{
	struct iovec v = { ret, sizeof(*ret) };

	if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &v) < 0)
		return err_set(e, errno, "cannot read the registers of process %d", pid);
	/* In 32 bit there are fewer, and another code segment. */
	if (v.iov_len != sizeof(*ret) || ret->cs != 0x33)
		return err_set(e, 0, "process %d does not run in 64 bit mode", pid);
	return 0;
}

static int set_registers(pid_t pid, const struct user_regs_struct *regs, struct err *e)
{
	struct iovec v = { (void *)regs, sizeof(*regs) };

	return ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &v) < 0
		       ? err_set(e, errno, "cannot set the registers of process %d", pid)
		       : 0;
}

/* Its memory */

static bool read_memory(const struct injection *i, unsigned long at, void *to, size_t size)
{
	return RETRY(pread(i->mem, to, size, (off_t)at)) == (ssize_t)size;
}

/*
 * By the file, because words do not fit all that is written; it has to be traced, like with
 * PTRACE_POKETEXT.
 */
static int write_memory(const struct injection *i, unsigned long at, const void *from, size_t size,
			struct err *e)
{
	return RETRY(pwrite(i->mem, from, size, (off_t)at)) != (ssize_t)size
		       ? err_set(e, errno, "cannot write to the vDSO of process %d", i->pid)
		       : 0;
}

static unsigned long vdso_end(int proc, pid_t pid)
{
	_cleanup_free_ char *text = NULL;
	unsigned long end = 0;
	char path[32];
	const char *line;

	snprintf(path, sizeof(path), "%d/maps", pid);
	if (read_file_at(proc, path, 64 << 20, &text) <= 0)
		return 0;
	line = strstr(text, " [vdso]\n");
	return line && sscanf(text_line_start(text, line), "%*x-%lx", &end) == 1 ? end : 0;
}

/* Nothing but zeroes, or the code that a killed criu-ns has left, which begins like this one. */
static bool is_free(const uint8_t *bytes)
{
	static const uint8_t zeroes[SIZE];

	return !memcmp(bytes, zeroes, SIZE) ||
	       !memcmp(bytes + CHILD, child_exit, sizeof(child_exit));
}

static void make_code(const struct user_regs_struct *goal, uint8_t *code)
{
	uint8_t *p = code;

	memset(code, 0xcc, SIZE);
	*p++ = 0x0f; /* syscall */
	*p++ = 0x05;
	memcpy(p, no_child, sizeof(no_child));
	p += sizeof(no_child);
	for (size_t i = 0; i <= ARRAY_SIZE(loads); i++) {
		static const uint8_t jump[] = { 0xff, 0x25 };
		bool last = i == ARRAY_SIZE(loads);
		size_t length = last ? sizeof(jump) : sizeof(loads[i].opcode);
		const void *value =
			last ? (const void *)&goal->rip : (const uint8_t *)goal + loads[i].offset;
		int32_t distance;

		memcpy(p, last ? jump : loads[i].opcode, length);
		p += length;
		distance = (int32_t)(code + CODE + i * 8 - (p + sizeof(distance)));
		memcpy(p, &distance, sizeof(distance));
		p += sizeof(distance);
		memcpy(code + CODE + i * 8, value, 8);
	}
	memcpy(code + CHILD, child_exit, sizeof(child_exit));
}

static int put_code(int proc, struct injection *i, struct err *e)
{
	unsigned long end = vdso_end(proc, i->pid);
	uint8_t code[SIZE];

	if (end < SIZE || !read_memory(i, end - SIZE, code, SIZE) || !is_free(code))
		return err_set(e, 0, "there is no room for code in the vDSO of process %d", i->pid);
	make_code(&i->goal, code);
	i->at = end - SIZE;
	return write_memory(i, i->at, code, SIZE, e);
}

static void take_code(struct injection *i)
{
	static const uint8_t zeroes[SIZE];
	struct err ignored;

	if (i->at)
		(void)write_memory(i, i->at, zeroes, SIZE, &ignored);
	i->at = 0;
}

/* Where it was */

/*
 * What the kernel does on the way back when no signal is to be delivered
 * (arch_do_signal_or_restart()).
 */
static void repeat_call(struct user_regs_struct *r)
{
	if ((long)r->orig_rax < 0)
		return;
	switch (-(long)r->rax) {
	case ERESTARTSYS:
	case ERESTARTNOINTR:
	case ERESTARTNOHAND:
		r->rax = r->orig_rax;
		r->rip -= 2;
		break;
	case ERESTART_RESTARTBLOCK:
		r->rax = SYS_restart_syscall;
		r->rip -= 2;
		break;
	default:
		break;
	}
}

/*
 * Between instructions of a restartable sequence (rseq(2)), which the kernel would restart
 * when the process has been away; but it takes the code for where the process was.
 */
static bool in_sequence(const struct injection *i)
{
	struct rseq_configuration c = { 0 };
	uint64_t sequence = 0;

	if (ptrace(GET_RSEQ_CONFIGURATION, i->pid, sizeof(c), &c) < 0 || !c.abi_pointer)
		return false;
	return read_memory(i, c.abi_pointer + 8, &sequence, sizeof(sequence)) && sequence;
}

static int find_place(struct injection *i, struct err *e)
{
	uint8_t insn[2] = { 0 };
	int r = get_registers(i->pid, &i->found, e);

	if (r < 0)
		return r;
	i->goal = i->found;
	repeat_call(&i->goal);
	i->goal.orig_rax = (unsigned long)-1;
	if (i->goal.rip != i->found.rip &&
	    (!read_memory(i, i->goal.rip, insn, 2) || insn[0] != 0x0f || insn[1] != 0x05))
		return err_set(e, 0, "process %d waits in a 32 bit system call", i->pid);
	return 0;
}

/* Stopping, and going on */

static void forget(struct injection *i)
{
	cleanup_close(&i->mem);
	free(i);
}

static bool is_signal(int status)
{
	return status >> 16 == 0 && WSTOPSIG(status) != (SIGTRAP | 0x80);
}

/* A signal is about to be delivered: it finds the registers as they were. */
static int deliver(struct injection *i, int request, int signal, struct err *e)
{
	if (i->in_code && set_registers(i->pid, &i->found, e) < 0)
		return -e->errnum;
	i->in_code = false;
	return ptrace(request, i->pid, 0, signal) < 0 && errno != ESRCH
		       ? err_set(e, errno, "cannot let process %d go on", i->pid)
		       : 0;
}

/* 1: it is stopped by us, at a good place; 0: it has ended. */
static int stop(struct injection *i, struct err *e)
{
	enum { TRIES = 1000 };
	int status;

	for (int n = 0; n < TRIES; n++) {
		int r;

		if (ptrace(PTRACE_INTERRUPT, i->pid, 0, 0) < 0 && errno != ESRCH)
			return err_set(e, errno, "cannot stop process %d", i->pid);
		r = wait_stop(i->pid, &status, e);
		if (r > 0 && !is_signal(status) && status >> 16 == PTRACE_EVENT_STOP) {
			if (!in_sequence(i))
				return 1;
			status = 0;
		}
		if (r <= 0)
			return r;
		r = deliver(i, PTRACE_CONT, is_signal(status) ? WSTOPSIG(status) : 0, e);
		if (r < 0)
			return r;
	}
	return err_set(e, EBUSY, "process %d cannot be stopped between two signals", i->pid);
}

static struct injection *open_injection(int proc, pid_t pid)
{
	struct injection *i = xcalloc(1, sizeof(*i));
	char path[32];

	snprintf(path, sizeof(path), "%d/mem", pid);
	*i = (struct injection){ .pid = pid, .mem = openat(proc, path, O_RDWR | O_CLOEXEC) };
	return i;
}

int inject_hold(int proc, pid_t pid, bool seccomp, struct injection **ret, struct err *e)
{
	enum { PTRACE_SUSPEND_SECCOMP = 1 << 21 };
	struct injection *i = open_injection(proc, pid);
	int r;

	*ret = NULL;
	i->options = PTRACE_O_TRACESYSGOOD | (seccomp ? PTRACE_SUSPEND_SECCOMP : 0);
	if (i->mem < 0 || ptrace(PTRACE_SEIZE, pid, 0, i->options) < 0) {
		r = errno == ESRCH || errno == ENOENT
			    ? 0
			    : err_set(e, errno, "cannot trace process %d", pid);
		forget(i);
		return r;
	}
	(void)ptrace(PTRACE_INTERRUPT, pid, 0, 0); /* stop() finds out if it has ended */
	*ret = i;
	return 0;
}

int inject_take(int proc, struct injection **ret, struct err *e)
{
	struct injection *i = *ret;
	int r = stop(i, e);

	*ret = NULL;
	if (r <= 0) {
		forget(i);
		return r;
	}
	r = find_place(i, e);
	if (!r)
		r = put_code(proc, i, e);
	if (r < 0)
		inject_end(i);
	else
		*ret = i;
	return r;
}

int inject_begin(int proc, pid_t pid, bool seccomp, struct injection **ret, struct err *e)
{
	int r = inject_hold(proc, pid, seccomp, ret, e);

	return r < 0 || !*ret ? r : inject_take(proc, ret, e);
}

void inject_end(struct injection *i)
{
	struct err ignored;

	if (i->in_code)
		(void)set_registers(i->pid, &i->goal, &ignored);
	take_code(i);
	ptrace(PTRACE_DETACH, i->pid, 0, 0);
	forget(i);
}

/* Calls */

/*
 * Go on to the next stop at a call, its beginning or its end. 1: reached; 0: a signal came first.
 */
static int next_stop(struct injection *i, int *status, struct err *e)
{
	for (;;) {
		int r;

		if (ptrace(PTRACE_SYSCALL, i->pid, 0, 0) < 0)
			return err_set(e, errno, "cannot continue process %d", i->pid);
		r = wait_stop(i->pid, status, e);
		if (r == 0)
			return err_set(e, ESRCH, "process %d has ended", i->pid);
		if (r < 0 || is_signal(*status))
			return r < 0 ? r : 0;
		if (*status >> 16 != PTRACE_EVENT_STOP)
			return 1;
	}
}

static void set_call(struct injection *i, struct user_regs_struct *r, long number, const long a[4])
{
	*r = i->goal;
	r->rip = i->at;
	r->rax = (unsigned long)number;
	r->rdi = (unsigned long)a[0];
	r->rsi = (unsigned long)a[1];
	r->rdx = (unsigned long)a[2];
	r->r10 = (unsigned long)a[3];
	r->r8 = 0;
}

/*
 * A signal that comes before the call is delivered first, and then the process is somewhere else.
 * Its handler may even have ended it.
 */
static int go_elsewhere(struct injection *i, int signal, struct err *e)
{
	int r = deliver(i, PTRACE_CONT, signal, e);

	if (!r)
		r = stop(i, e);
	if (r == 0)
		return err_set(e, ESRCH, "process %d has ended", i->pid);
	if (r > 0)
		r = find_place(i, e);
	if (!r) {
		uint8_t code[SIZE];

		make_code(&i->goal, code);
		r = write_memory(i, i->at, code, SIZE, e);
	}
	return r;
}

/* Up to the beginning of the call. */
static int enter_call(struct injection *i, long number, const long a[4], struct err *e)
{
	enum { TRIES = 100 };

	for (int n = 0; n < TRIES; n++) {
		struct user_regs_struct regs;
		int status = 0;
		int r;

		set_call(i, &regs, number, a);
		r = set_registers(i->pid, &regs, e);
		if (r < 0)
			return r;
		i->in_code = true;
		r = next_stop(i, &status, e);
		if (r != 0)
			return r < 0 ? r : 0;
		r = go_elsewhere(i, WSTOPSIG(status), e);
		if (r < 0)
			return r;
	}
	return err_set(e, EBUSY, "process %d gets too many signals", i->pid);
}

static int result_of(struct injection *i, long *ret, struct err *e)
{
	struct user_regs_struct regs;
	int r = get_registers(i->pid, &regs, e);

	*ret = (long)regs.rax;
	return r;
}

int inject_call(struct injection *i, long number, const long arguments[4], long *ret, struct err *e)
{
	int status;
	int r = enter_call(i, number, arguments, e);

	if (!r)
		r = next_stop(i, &status, e);
	return r < 0 ? r : result_of(i, ret, e);
}

/* Below its stack, where nothing is that it needs: the kernel puts the frames of signals there. */
int inject_open(struct injection *i, const char *path, int flags, long *ret, struct err *e)
{
	enum { RED_ZONE = 128, ROOM = 256 };
	size_t size = strlen(path) + 1;
	unsigned long at = i->goal.rsp - RED_ZONE - ROOM;
	const long arguments[4] = { AT_FDCWD, (long)at, flags, 0 };

	if (size > ROOM || RETRY(pwrite(i->mem, path, size, (off_t)at)) != (ssize_t)size)
		return err_set(e, EFAULT, "cannot write to the stack of process %d", i->pid);
	return inject_call(i, SYS_openat, arguments, ret, e);
}

/* A child */

/* The clone has reported it. */
static int take_child(struct injection *i, int proc, struct injection **ret, struct err *e)
{
	unsigned long pid = 0;
	int status;

	if (ptrace(PTRACE_GETEVENTMSG, i->pid, 0, &pid) < 0 || !pid)
		return err_set(e, errno, "process %d has made no child", i->pid);

	struct injection *child = open_injection(proc, (pid_t)pid);

	*ret = child;
	child->at = i->at;
	child->in_code = true;
	if (wait_stop(child->pid, &status, e) <= 0 || child->mem < 0)
		return err_set(e, ECHILD, "the child of process %d has ended", i->pid);
	ptrace(PTRACE_SETOPTIONS, child->pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	return get_registers(child->pid, &child->goal, e);
}

int inject_fork(int proc, struct injection *i, struct injection **ret, pid_t *ret_inner,
		struct err *e)
{
	static const long no_signal[4];
	long inner = 0;
	int status = 0;
	int r = write_memory(i, i->at + IS_CHILD, is_child, sizeof(is_child), e);

	*ret = NULL;
	if (!r && ptrace(PTRACE_SETOPTIONS, i->pid, 0, i->options | PTRACE_O_TRACECLONE) < 0)
		r = err_set(e, errno, "cannot trace the children of process %d", i->pid);
	if (!r)
		r = enter_call(i, SYS_clone, no_signal, e);
	if (!r)
		r = next_stop(i, &status, e);
	if (r >= 0 && status >> 16 == PTRACE_EVENT_CLONE) {
		r = take_child(i, proc, ret, e);
		if (!r)
			r = next_stop(i, &status, e);
	}
	if (r >= 0)
		r = result_of(i, &inner, e);
	if (!r && inner < 0)
		r = err_set(e, (int)-inner, "process %d cannot make a child", i->pid);
	*ret_inner = (pid_t)inner;
	return r;
}

int inject_end_child(struct injection *i, struct injection *child, pid_t inner, struct err *e)
{
	const long arguments[4] = { inner, 0, __WALL, 0 };
	int status;
	long reaped;
	int r;

	kill(child->pid, SIGKILL);
	r = wait_stop(child->pid, &status, e);
	forget(child);
	if (!r)
		r = write_memory(i, i->at + IS_CHILD, no_child, sizeof(no_child), e);
	return r < 0 ? r : inject_call(i, SYS_wait4, arguments, &reaped, e);
}

bool inject_exit(pid_t pid, int status)
{
	struct user_regs_struct regs;
	struct err ignored;

	if (get_registers(pid, &regs, &ignored) < 0)
		return false;
	regs.orig_rax = SYS_exit_group;
	regs.rdi = (unsigned long)status;
	return set_registers(pid, &regs, &ignored) == 0;
}

#else

static int unsupported(struct err *e)
{
	return err_set(e, ENOSYS,
		       "criu-ns cannot have another process make a system call on this processor");
}

int inject_begin(int proc, pid_t pid, bool seccomp, struct injection **ret, struct err *e)
{
	(void)proc;
	(void)pid;
	(void)seccomp;
	*ret = NULL;
	return unsupported(e);
}

int inject_hold(int proc, pid_t pid, bool seccomp, struct injection **ret, struct err *e)
{
	return inject_begin(proc, pid, seccomp, ret, e);
}

int inject_take(int proc, struct injection **ret, struct err *e)
{
	(void)proc;
	*ret = NULL;
	return unsupported(e);
}

int inject_open(struct injection *i, const char *path, int flags, long *ret, struct err *e)
{
	(void)i;
	(void)path;
	(void)flags;
	*ret = 0;
	return unsupported(e);
}

int inject_call(struct injection *i, long number, const long arguments[4], long *ret, struct err *e)
{
	(void)i;
	(void)number;
	(void)arguments;
	*ret = 0;
	return unsupported(e);
}

int inject_fork(int proc, struct injection *i, struct injection **ret, pid_t *ret_inner,
		struct err *e)
{
	(void)proc;
	(void)i;
	*ret = NULL;
	*ret_inner = 0;
	return unsupported(e);
}

int inject_end_child(struct injection *i, struct injection *child, pid_t inner, struct err *e)
{
	(void)i;
	(void)child;
	(void)inner;
	return unsupported(e);
}

void inject_end(struct injection *i)
{
	(void)i;
}

bool inject_exit(pid_t pid, int status)
{
	(void)pid;
	(void)status;
	return false;
}

#endif
