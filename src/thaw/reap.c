// SPDX-License-Identifier: MIT
#include "thaw/reap.h"

#include "util/util.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the loop works on, by value, because it must not read memory that is unmapped. */
struct state {
	pid_t root;
	int report, root_fd;
	size_t packet_size, status_at;
	char packet[2048];
	uintptr_t code, code_end,
		stack; /* what must stay mapped: the stack, and a page or two of code */
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CAN_LET_GO 0
#elif defined(__x86_64__)
#define CAN_LET_GO 1

static inline __attribute__((always_inline)) long raw(long nr, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline char *thread_pointer(void)
{
	char *tp;

	__asm__("mov %%fs:0, %0" : "=r"(tp));
	return tp;
}
#elif defined(__aarch64__)
#define CAN_LET_GO 1

static inline __attribute__((always_inline)) long raw(long nr, long a, long b, long c, long d)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = 0;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory");
	return x0;
}

static inline char *thread_pointer(void)
{
	char *tp;

	__asm__("mrs %0, tpidr_el0" : "=r"(tp));
	return tp;
}
#else
#define CAN_LET_GO 0
#endif

#if CAN_LET_GO

#include <sys/rseq.h>

/*
 * Everything in this section runs without libc, without data, without a thread pointer: the code
 * is one page, and the state is on the stack.
 */
#ifdef __clang__
#define PLAIN_LOOPS /* keeps clang from making memset() or memcpy() of these loops */
#else
#define PLAIN_LOOPS optimize("O2", "no-tree-loop-distribute-patterns"),
#endif
#define ALONE __attribute__((section(".text.reap"), PLAIN_LOOPS noinline, used, no_stack_protector))

__asm__(".pushsection .text.reap,\"ax\",@progbits\n.balign 4096\n.popsection");

static _Noreturn ALONE void reap_alone(struct state *s)
{
	struct pollfd p = { .fd = s->root_fd, .events = POLLIN };

	raw(SYS_munmap, 0, (long)s->code, 0, 0);
	raw(SYS_munmap, (long)s->code_end, (long)(s->stack - s->code_end), 0, 0);
	for (;;) {
		int status = 0;
		long pid = raw(SYS_wait4, -1, (long)&status, 0, 0);

		if (pid == -ECHILD) {
			if (p.fd < 0)
				raw(SYS_exit_group, 0, 0, 0, 0);
			raw(SYS_ppoll, (long)&p, 1, 0, 0); /* -S: there may be children by then */
			p.fd = p.revents ? -1 : p.fd;
		} else if (pid == s->root && s->report >= 0) {
			*(volatile int *)(s->packet + s->status_at) = status;
			raw(SYS_write, s->report, (long)s->packet, (long)s->packet_size, 0);
		}
	}
}

/*
 * glibc (2.35 and later) has registered an area in its thread block, to which the kernel writes at every
 * preemption (rseq(2)); it is unregistered, because that memory will be unmapped. The length must be the
 * registered one: 32 in older versions, then what getauxval(AT_RSEQ_FEATURE_SIZE) says, rounded up.
 */
static bool leave_rseq(void)
{
	static const unsigned lengths[] = { 32, 64, 128 };
	char *area = thread_pointer() + __rseq_offset;

	if (__rseq_size == 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
		if (syscall(SYS_rseq, area, lengths[i], RSEQ_FLAG_UNREGISTER, RSEQ_SIG) == 0)
			return true;
	return false;
}

/* The stack, according to /proc; nothing else may be mapped between it and the code. */
static bool find_stack(struct state *s)
{
	_cleanup_free_ char *maps = NULL;
	const char *line;
	unsigned long from;
	unsigned long to;

	if (read_file_at(-1, "/proc/self/maps", 1 << 20, &maps) <= 0)
		return false;
	line = strstr(maps, "[stack]");
	while (line && line > maps && line[-1] != '\n')
		line--;
	if (!line || sscanf(line, "%lx-%lx", &from, &to) != 2)
		return false;
	s->stack = from;
	return (uintptr_t)s >= from && (uintptr_t)s < to;
}

static void let_go(struct state *s)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t code = (uintptr_t)reap_alone & ~(page - 1);
	uintptr_t here = (uintptr_t)__builtin_frame_address(0) & ~(page - 1);

	/* two pages, because the code may cross a boundary; it must be below the stack */
	if (!find_stack(s) || code + 2 * page > s->stack || !leave_rseq())
		return;
	/* Discard what deeper calls have left on the stack, far enough below this frame. */
	if (here - s->stack > 2 * page)
		madvise((void *)s->stack, here - s->stack - 2 * page, MADV_DONTNEED);
	s->code = code;
	s->code_end = code + 2 * page;
	reap_alone(s);
}

#else

static void let_go(struct state *s)
{
	(void)s;
}

#endif

static _Noreturn void reap_plainly(struct state *s)
{
	struct pollfd p = { .fd = s->root_fd, .events = POLLIN };

	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, 0);

		if (pid < 0 && errno == ECHILD) {
			if (p.fd < 0)
				_exit(0);
			if (poll(&p, 1, -1) > 0)
				p.fd = -1;
		} else if (pid == s->root && s->report >= 0) {
			memcpy(s->packet + s->status_at, &status, sizeof(status));
			(void)!write(s->report, s->packet, s->packet_size);
		}
	}
}

_Noreturn void reap(const struct reap *from)
{
	struct state s = { .root = from->root,
			   .report = from->report,
			   .root_fd = from->root_fd,
			   .packet_size = from->packet_size,
			   .status_at = from->status_at };

	if (from->packet_size > sizeof(s.packet))
		s.report = -1;
	else
		memcpy(s.packet, from->packet, from->packet_size);
	let_go(&s);
	reap_plainly(&s);
}
