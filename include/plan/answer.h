/* SPDX-License-Identifier: MIT */
/*
 * The answers of a freeze to what the probes have found: plan_findings.c has the table of them, and
 * answer_*.c one function for each kind of finding, by subject. Pure.
 */
#ifndef CRIU_NS_ANSWER_H
#define CRIU_NS_ANSWER_H

#include "plan/planning.h"

/* What an answer is made from, and where the answer goes. */
struct answer {
	const struct cli *cli;
	const struct facts *f;
	struct plan *p;
	size_t at;     /* where options are inserted */
	size_t n_told; /* how many findings of this kind were reported */
	bool passes;   /* what is refused may be over in a moment */
};

/* What was found and who has it, as the subject of a sentence. The caller frees it. */
char *answer_subject(const struct finding *x);

/*
 * The id by which criu identifies a file (files-reg.c), whichever descriptors it has. The caller
 * frees it.
 */
char *answer_file_id(const struct finding *x);

/*
 * Is the criu that is run of that version, or newer? One that does not tell is taken for the newest
 * that is known. The probe has to ask for it: facts_ask_version().
 */
bool answer_criu_is(const struct answer *a, unsigned version);

/* The refusal of a process whose first thread has ended. */
int answer_leaderless(const char *task, struct err *e);

/* Each returns 0, or a refusal. */
typedef int answer_fn(struct answer *a, const struct finding *x, struct err *e);

answer_fn answer_high_fd, answer_silent_file, answer_served_file, answer_proc_file, answer_owner,
	answer_outside_file;                  /* answer_files.c */
answer_fn answer_nested_ns;                   /* answer_namespaces.c */
answer_fn answer_terminal;                    /* answer_terminals.c */
answer_fn answer_lone_pipe, answer_full_fifo; /* answer_pipes.c */
answer_fn answer_unsupported;                 /* answer_unsupported.c */
answer_fn answer_sysv;                        /* answer_sysv.c */
answer_fn answer_lock, answer_ghost, answer_unlinked, answer_watch, answer_gone_watch,
	answer_other_node, answer_uprobes, answer_path_of_program,
	answer_semaphore;             /* answer_file_options.c */
answer_fn answer_outside_stream;      /* answer_streams.c */
answer_fn answer_frozen, answer_task; /* answer_tasks.c */
answer_fn answer_socket_lack, answer_connection, answer_backlog,
	answer_datagram; /* answer_sockets.c */
answer_fn answer_lost_class, answer_attributes, answer_group, answer_option, answer_alike,
	answer_forgotten; /* answer_attributes.c */

/*
 * Is the terminal at that place frozen as one that is outside of the tree, so that its mount does
 * not matter?
 */
bool answers_terminal(const struct answer *a, const struct finding *x);

/* Called when all findings of the kind have been answered. */
void note_more_pipes(struct answer *a);
void note_semaphores(struct answer *a);
void note_more_connections(struct answer *a);
void note_late_backlog(struct answer *a);
void note_sysv(struct answer *a);
void note_attributes(struct answer *a);
void note_groups(struct answer *a);
void note_options(struct answer *a);

#endif
