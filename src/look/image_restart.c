// SPDX-License-Identifier: MIT
#include "look/image_restart.h"

#include "look/image_format.h"

#include <errno.h>
#include <stdint.h>

/* core_entry (criu/images/core.proto), thread_info_x86 and user_x86_regs_entry (core-x86.proto) */
enum { MTYPE = 1, THREAD_INFO = 2 };
enum { X86_64 = 1 };
enum { GPREGS = 2 };
enum { AX = 11, DX = 13, ORIG_AX = 16, IP = 17, MODE = 28, N_REGISTERS };
enum { NATIVE = 1 };

/*
 * arch/x86/entry/syscalls/syscall_64.tbl, and the length of the instruction. This is built on other
 * machines, too.
 */
enum { X86_64_POLL = 7, SYSCALL_BYTES = 2 };

struct number {
	uint8_t *at, *end; /* its bytes; NULL: there is none */
	uint64_t value;
};

/*
 * Numbers that are varints only, of which criu's registers are. The text is one that may be
 * changed.
 */
static bool take_registers(struct pb c, struct number *ret)
{
	while (c.at < c.end) {
		struct pb start = c;
		struct pb_field f;
		uint64_t key = 0;

		if (!pb_take_varint(&start, &key) || !pb_take_field(&c, &f))
			return false;
		if ((key & 7) == 0 && f.number < N_REGISTERS)
			ret[f.number] =
				(struct number){ (uint8_t *)start.at, (uint8_t *)c.at, f.value };
	}
	return true;
}

/*
 * The same length, with leading zeros where the value has fewer digits (encoding of protocol
 * buffers, varints).
 */
static void put(const struct number *n, uint64_t value)
{
	for (uint8_t *p = n->at; p < n->end; p++, value >>= 7)
		*p = (uint8_t)((value & 0x7f) | (p + 1 < n->end ? 0x80 : 0));
}

/*
 * poll(2) never returns EINTR by itself: it ends with ERESTART_RESTARTBLOCK (fs/select.c), for
 * which criu writes EINTR (compel_get_task_regs() in compel/arch/x86/src/lib/infect.c), because the
 * block is in the kernel. Without a timeout there is nothing in that block but the arguments.
 */
static bool is_cut_poll(const struct number *r)
{
	return r[AX].at && r[IP].at && r[ORIG_AX].at && r[AX].value == (uint64_t)-EINTR &&
	       r[ORIG_AX].value == X86_64_POLL && (int32_t)r[DX].value < 0 &&
	       r[IP].value > SYSCALL_BYTES && (!r[MODE].at || r[MODE].value == NATIVE);
}

static bool find_registers(struct pb core, struct pb *ret)
{
	struct pb_field f;
	uint64_t machine = 0;
	struct pb info = { 0 };

	while (core.at < core.end) {
		if (!pb_take_field(&core, &f))
			return false;
		if (f.number == MTYPE)
			machine = f.value;
		else if (f.number == THREAD_INFO)
			info = pb_inside(&f);
	}
	while (info.at < info.end && machine == X86_64) {
		if (!pb_take_field(&info, &f))
			return false;
		if (f.number == GPREGS) {
			*ret = pb_inside(&f);
			return f.text;
		}
	}
	return false;
}

bool image_restart_poll(void *text, size_t size)
{
	struct pb image = { text, (const uint8_t *)text + size };
	struct number registers[N_REGISTERS] = { 0 };
	struct pb entry;
	struct pb gpregs;

	if (!image_take_magics(&image, CORE_MAGIC) || !image_take_entry(&image, &entry) ||
	    !find_registers(entry, &gpregs) || !take_registers(gpregs, registers) ||
	    !is_cut_poll(registers))
		return false;
	put(&registers[AX], X86_64_POLL);
	put(&registers[IP], registers[IP].value - SYSCALL_BYTES);
	return true;
}
