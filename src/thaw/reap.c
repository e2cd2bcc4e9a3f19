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
	struct {
		uintptr_t at;
		size_t size;
		/* what is unmapped: all but a page or two of code, and the page that this is in */
	} gaps[3];
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

/* Call it with another stack; 16 bytes are aligned before the call (System V ABI, 3.2.2). */
static inline __attribute__((always_inline, noreturn)) void
call_on(uintptr_t stack, void (*function)(struct state *), struct state *s)
{
	__asm__ volatile("mov %0, %%rsp; xor %%ebp, %%ebp; call *%1; hlt"
			 :
			 : "r"(stack), "r"(function), "D"(s)
			 : "memory");
	__builtin_unreachable();
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

static inline __attribute__((always_inline, noreturn)) void
call_on(uintptr_t stack, void (*function)(struct state *), struct state *s)
{
	register struct state *x0 __asm__("x0") = s;

	__asm__ volatile("mov sp, %0; mov x29, xzr; blr %1; brk 0"
			 :
			 : "r"(stack), "r"(function), "r"(x0)
			 : "x30", "memory");
	__builtin_unreachable();
}
#else
#define CAN_LET_GO 0
#endif

#if CAN_LET_GO

#include <sys/rseq.h>

/*
 * Everything in this section runs without libc, without data, without a thread pointer: the code
 * is one page, and the state with the stack is another one.
 */
#ifdef __clang__
#define PLAIN_LOOPS /* keeps clang from making memset() or memcpy() of these loops */
#else
#define PLAIN_LOOPS optimize("O2", "no-tree-loop-distribute-patterns"),
#endif
#define ALONE __attribute__((section(".text.reap"), PLAIN_LOOPS noinline, used, no_stack_protector))

__asm__(".pushsection .text.reap,\"ax\",@progbits\n.balign 4096\n.popsection");

static ALONE void reap_alone(struct state *s)
{
	struct pollfd p = { .fd = s->root_fd, .events = POLLIN };

	for (size_t i = 0; i < ARRAY_SIZE(s->gaps); i++)
		raw(SYS_munmap, (long)s->gaps[i].at, (long)s->gaps[i].size, 0, 0);
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
 * glibc (2.35 and later) has registered an area in its thread block, to which the kernel writes at
 * every preemption (rseq(2)); it is unregistered, because that memory will be unmapped. The length
 * must be the registered one: 32 in older versions, then what getauxval(AT_RSEQ_FEATURE_SIZE) says,
 * rounded up.
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

/*
 * Where the first stack ends, according to /proc; 0: unknown. What the kernel maps is below that.
 */
static uintptr_t end_of_stack(void)
{
	_cleanup_free_ char *maps = NULL;
	const char *line;
	unsigned long from;
	unsigned long to;

	if (read_file_at(-1, "/proc/self/maps", 1 << 20, &maps) <= 0)
		return 0;
	line = strstr(maps, "[stack]");
	return line && sscanf(text_line_start(maps, line), "%lx-%lx", &from, &to) == 2 ? to : 0;
}

/* The first stack goes, too: the environment is on it, and what deeper calls have left there. */
static void let_go(const struct state *from)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	/* two pages of code, because it may cross a boundary */
	const uintptr_t code = (uintptr_t)reap_alone & ~(page - 1);
	uintptr_t end = end_of_stack();
	struct state *s =
		mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const uintptr_t own = (uintptr_t)s;
	bool own_is_first = own < code;
	uintptr_t first_end = own_is_first ? own + page : code + 2 * page;
	uintptr_t second_end = own_is_first ? code + 2 * page : own + page;

	if (s == MAP_FAILED || sizeof(*s) > page / 2 + 256 || end < second_end || !leave_rseq())
		return;
	memcpy(s, from, sizeof(*s));
	s->gaps[0].size = own_is_first ? own : code;
	s->gaps[1].at = first_end;
	s->gaps[1].size = (own_is_first ? code : own) - first_end;
	s->gaps[2].at = second_end;
	s->gaps[2].size = end - second_end;
	call_on(own + page, reap_alone, s);
}

#else

static void let_go(const struct state *s)
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
