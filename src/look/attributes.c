// SPDX-License-Identifier: MIT
#include "look/attributes.h"

#include "util/util.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool parse_digits(const char **at, unsigned long *ret)
{
	unsigned long value = 0;
	const char *p = *at;

	for (; *p >= '0' && *p <= '9'; p++) {
		value = value * 10 + (unsigned long)(*p - '0');
		if (value > INT_MAX)
			return false;
	}
	if (p == *at || (**at == '0' && p != *at + 1))
		return false;
	*at = p;
	*ret = value;
	return true;
}

bool attributes_parse_list(const char *text, unsigned char *bits, size_t n)
{
	memset(bits, 0, n / 8);
	for (;;) {
		unsigned long first;
		unsigned long last;

		if (!parse_digits(&text, &first))
			return false;
		last = first;
		if (*text == '-' && (text++, !parse_digits(&text, &last)))
			return false;
		if (last < first || last >= n)
			return false;
		for (unsigned long i = first; i <= last; i++)
			bits[i / 8] |= (unsigned char)(1U << i % 8);
		if (!*text)
			return true;
		if (*text++ != ',')
			return false;
	}
}

static bool has(const unsigned char *bits, size_t i)
{
	return bits[i / 8] >> i % 8 & 1;
}

char *attributes_format_list(const unsigned char *bits, size_t n)
{
	char *text = xstrdup("");

	for (size_t i = 0; i < n; i++) {
		size_t first = i;
		char *longer;

		if (!has(bits, i))
			continue;
		while (i + 1 < n && has(bits, i + 1))
			i++;
		longer = first == i ? xasprintf("%s%s%zu", text, *text ? "," : "", first)
				    : xasprintf("%s%s%zu-%zu", text, *text ? "," : "", first, i);
		free(text);
		text = longer;
	}
	return text;
}

bool attributes_parse_memory(const char *text, int *ret_mode, unsigned char *nodes)
{
	/*
	 * Names as in mpol_to_str(), modes as in linux/mempolicy.h; those with flags
	 * (bind=static:0) are not here.
	 */
	static const struct {
		const char *name;
		int mode;
	} policies[] = { { "prefer:", 1 }, { "bind:", 2 }, { "interleave:", 3 }, { "local", 4 } };

	memset(nodes, 0, ATTRIBUTES_NODES / 8);
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
		const char *list = text_after(text, policies[i].name);

		if (!list)
			continue;
		*ret_mode = policies[i].mode;
		if (list[-1] != ':')
			return !*list;
		return attributes_parse_list(list, nodes, ATTRIBUTES_NODES);
	}
	return false;
}

/* linux/ioprio.h: the class above bit 13, and a level from 0 to 7. */
enum { IO_SHIFT = 13, IO_RT = 1, IO_BE = 2, IO_IDLE = 3, IO_LEVELS = 8 };

unsigned attributes_parse_io(const char *text)
{
	unsigned class = text_begins(text, "rt:") ? IO_RT : text_begins(text, "be:") ? IO_BE : 0;

	if (!strcmp(text, "idle"))
		return IO_IDLE << IO_SHIFT;
	if (!class || text[3] < '0' || text[3] >= '0' + IO_LEVELS || text[4])
		return 0;
	return class << IO_SHIFT | (unsigned)(text[3] - '0');
}

char *attributes_format_io(unsigned io)
{
	unsigned class = io >> IO_SHIFT & 7;
	unsigned level = io & (IO_LEVELS - 1);

	if (class == IO_IDLE)
		return xstrdup("idle");
	return xasprintf("%s:%u", class == IO_RT ? "rt" : "be", level);
}

bool attributes_parse_clamps(const char *text, struct clamps *ret)
{
	unsigned long min;
	unsigned long max;

	if (!parse_digits(&text, &min) || *text++ != '-' || !parse_digits(&text, &max) || *text ||
	    min > max || max > ATTRIBUTES_CLAMP)
		return false;
	*ret = (struct clamps){ .min = (unsigned)min, .max = (unsigned)max };
	return true;
}

char *attributes_format_clamps(const struct clamps *c)
{
	return xasprintf("%u-%u", c->min, c->max);
}

/* sched_util_clamp_min_rt_default of sched(7) is taken for what it is at first. */
bool attributes_clamps_are_usual(unsigned policy, const struct clamps *c)
{
	const bool is_real_time = policy == SCHED_FIFO || policy == SCHED_RR;

	return c->max == ATTRIBUTES_CLAMP && c->min == (is_real_time ? ATTRIBUTES_CLAMP : 0);
}

/*
 * SCHED_DEADLINE and SCHED_EXT: "Inconsistent sched params received", prep_sched_info() in
 * criu/cr-restore.c
 */
bool attributes_policy_is_lost(unsigned policy)
{
	return policy >= 6;
}

/*
 * As the kernel's prctl(2) has it (PR_IO_FLUSHER in kernel/sys.c). It sets the first alone around
 * what may not wait for I/O, whatever the task, and the second in threads of its own.
 */
bool attributes_is_flusher(unsigned long flags)
{
	enum { NO_IO = 0x80000, LOCAL_THROTTLE = 0x100000 }; /* PF_...: linux/sched.h */

	return flags & NO_IO && flags & LOCAL_THROTTLE;
}

/* The value of a line of /proc/PID/status that begins with key; "" if there is none. */
static const char *line_of(const char *status, const char *key)
{
	const char *at = strstr(status, key);

	return at ? at + strlen(key) : "";
}

/*
 * task_untag_mask() in fs/proc/array.c, "0xffffffffffffffff": with LAM, some bits below the highest
 * one are missing. On arm64 all tasks have the same, without the highest one.
 */
bool attributes_has_tags(const char *status)
{
	const unsigned long all = ~0UL, highest = ~(all >> 1);
	unsigned long mask = strtoul(line_of(status, "\nuntag_mask:\t"), NULL, 16);

	return mask & highest && mask != all;
}

static char speculation(const char *value, const char *disabled, const char *forced)
{
	if (text_begins(value, forced))
		return 'f';
	return text_begins(value, disabled) ? 'd' : 0;
}

/*
 * task_seccomp() in fs/proc/array.c. Before Linux 5.16, or where it is booted so, a filter of
 * seccomp forces both, as it does again at the thaw: then nobody has asked for it.
 */
struct speculation attributes_parse_speculation(const char *status)
{
	struct speculation ret = {
		.bypass = speculation(line_of(status, "\nSpeculation_Store_Bypass:\t"),
				      "thread mitigated", "thread force mitigated"),
		.indirect = speculation(line_of(status, "\nSpeculationIndirectBranch:\t"),
					"conditional disabled", "conditional force disabled"),
	};
	bool has_filter = *line_of(status, "\nSeccomp:\t") == '2';

	if (has_filter && ret.bypass == 'f')
		ret.bypass = 0;
	if (has_filter && ret.indirect == 'f')
		ret.indirect = 0;
	return ret;
}
