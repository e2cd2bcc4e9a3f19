// SPDX-License-Identifier: MIT
#include "util/premap.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE /* Linux 5.14 */
#define MADV_POPULATE_WRITE 23
#endif

/* From the linker (end(3)): where the initialised data ends, and where all of it ends. */
extern char edata[];
extern char end[];

/*
 * What a freeze or thaw of a small tree needs, as counted by the kernel's tracepoint
 * exceptions:page_fault_user.
 */
enum { HEAP = 14, STACK_BELOW = 10, STACK_ABOVE = 10 /* pages */ };

static void populate(uintptr_t from, uintptr_t to)
{
	const uintptr_t page = (uintptr_t)getpagesize();

	from &= ~(page - 1);
	if (from < to) /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
		(void)madvise((void *)from, to - from, MADV_POPULATE_WRITE);
}

static uintptr_t lower(uintptr_t a, uintptr_t b)
{
	return a < b ? a : b;
}

#ifdef __GLIBC__

/*
 * glibc puts the heap behind the data, where the kernel's brk is, and takes it from there in steps
 * of 132 KiB.
 */
static void prepare_heap(void)
{
	static uintptr_t heap;

	if (!heap) {
		void *first = malloc(1);

		heap = (uintptr_t)first;
		free(first);
	}
	populate(heap, lower(heap + HEAP * (uintptr_t)getpagesize(), (uintptr_t)sbrk(0)));
}

#else

/*
 * musl takes pages for a few blocks of like size, and gives them back when the last of these blocks
 * is freed: for each text of /proc that is read and forgotten, at three times the price of a fault.
 * One block of a size that is never freed keeps them.
 */
static void keep_pages(void)
{
	enum { STATUS = 1500, DIRECTORY = 2400 /* bytes of a /proc/PID/status; of opendir(3) */ };
	static __attribute__((used)) void *kept[2]; /* used, or the compiler leaves malloc() out */

	kept[0] = malloc(STATUS);
	kept[1] = malloc(DIRECTORY);
}

/*
 * musl begins its heap at the brk. The kernel puts that of a static program far away from all other
 * memory (load_elf_binary()), where it needs three page tables of its own, which a fork copies, too.
 * If brk(2) fails, musl takes pages beside the others, and that is what it does with a soft limit of
 * 0, which mmap(2) does not heed (check_data_rlimit() and may_expand_vm() in the kernel).
 */
static void prepare_heap(void)
{
	static const struct rlimit none = { .rlim_cur = 0, .rlim_max = RLIM_INFINITY };
	static bool is_begun;
	struct rlimit limit;
	bool is_limited;

	if (is_begun)
		return;
	is_begun = true;
	is_limited = prlimit(0, RLIMIT_DATA, &none, &limit) == 0;
	keep_pages();
	if (is_limited)
		setrlimit(RLIMIT_DATA, &limit);
}

#endif

/*
 * What the kernel has mapped for the stack at the start reaches 128 KiB further down than what is
 * used (setup_arg_pages()).
 */
void premap(void)
{
	const uintptr_t page = (uintptr_t)getpagesize();
	const uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	const uintptr_t top = getauxval(AT_EXECFN);

	populate((uintptr_t)edata, (uintptr_t)end);
	prepare_heap();
	if (here < top)
		populate(here - STACK_BELOW * page, lower(here + STACK_ABOVE * page, top));
}
