/* SPDX-License-Identifier: MIT */
/*
 * Attributes of tasks that criu neither saves nor sets, as far as they can be seen from outside,
 * and can be given back: those of single tasks from outside, before they run (thaw/put_back.h), and
 * those that all tasks of a tree have by having them handed down (thaw/inherit.h). Pure.
 */
#ifndef CRIU_NS_ATTRIBUTES_H
#define CRIU_NS_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Between these the utilization of a task is taken to be, 0 to 1024: uclampset(1). */
struct clamps {
	unsigned min, max;
};

/* A process or a thread; what is zero is what a thaw gives by itself. */
struct task_attributes {
	pid_t pid;           /* as criu's images number it */
	char *cpus;          /* the processors that it may run on, "0-3,7"; NULL: all */
	unsigned io;         /* I/O priority, ioprio_get(2) */
	unsigned long slack; /* timer slack in ns, PR_SET_TIMERSLACK(2const) */
	unsigned long slice; /* of the scheduler, in ns, sched_setattr(2) */
	bool has_clamps;
	struct clamps clamps;
	bool has_dump;
	unsigned dump; /* coredump_filter, core(5) */
	int group;     /* nice value of its autogroup, sched(7); of a session leader */
};

/*
 * What a task has asked not to be speculated on: PR_SET_SPECULATION_CTRL(2const); 'd' disabled, 'f'
 * for good, 0 not.
 */
struct speculation {
	char bypass;   /* store bypass */
	char indirect; /* indirect branches */
};

/* What all tasks of a tree have. */
struct tree_attributes {
	bool fixed;   /* no address is random: ADDR_NO_RANDOMIZE, personality(2) */
	char *memory; /* "bind:0-1": NUMA memory policy, set_mempolicy(2), as numa_maps has it */
	char mce;     /* 'e' or 'l': told of broken memory early or late, PR_MCE_KILL(2const) */
	bool merge;   /* all memory may be merged, PR_SET_MEMORY_MERGE(2const) */
	bool flusher; /* its memory is found without I/O, PR_SET_IO_FLUSHER(2const) */
	struct speculation speculation;
};

enum { ATTRIBUTES_CLAMP = 1024 }; /* the highest */
enum { ATTRIBUTES_CPUS = 8192, ATTRIBUTES_NODES = 1024, ATTRIBUTES_DUMP_DEFAULT = 0x33 };

static inline bool tree_attributes_any(const struct tree_attributes *a)
{
	return a->fixed || a->memory || a->mce || a->merge || a->flusher || a->speculation.bypass ||
	       a->speculation.indirect;
}

/* A list of numbers below n, as in cpuset(7), into n bits; false if it is none, or empty. */
bool attributes_parse_list(const char *text, unsigned char *bits, size_t n);

/* The list for n bits; the caller frees it. */
char *attributes_format_list(const unsigned char *bits, size_t n);

/*
 * A memory policy that can be handed down: its mode (set_mempolicy(2)) and ATTRIBUTES_NODES bits;
 * else false.
 */
bool attributes_parse_memory(const char *text, int *ret_mode, unsigned char *nodes);

/*
 * Has a task of these flags (proc_pid_stat(5)) asked for PR_SET_IO_FLUSHER(2const)? It may have one
 * of the two for a moment.
 */
bool attributes_is_flusher(unsigned long flags);

/* Does the processor ignore bits of its addresses (x86: LAM)? From the text of its status. */
bool attributes_has_tags(const char *status);

/* From the text of /proc/PID/status. */
struct speculation attributes_parse_speculation(const char *status);

/* "rt:4", "be:7", "idle": an I/O priority; the caller frees the text. 0: it is none. */
unsigned attributes_parse_io(const char *text);
char *attributes_format_io(unsigned io);

/* "100-800": clamps of utilization; false if it is none. The caller frees the text. */
bool attributes_parse_clamps(const char *text, struct clamps *ret);
char *attributes_format_clamps(const struct clamps *c);

/* Are they those that a task of this class has by itself? */
bool attributes_clamps_are_usual(unsigned policy, const struct clamps *c);

/* Does criu freeze a task of this scheduling class (sched(7)), but not thaw it? */
bool attributes_policy_is_lost(unsigned policy);

#endif
