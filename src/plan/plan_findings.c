// SPDX-License-Identifier: MIT
#include "plan/plan_findings.h"

#include "plan/answer.h"

#include <stdio.h>
#include <stdlib.h>

char *answer_subject(const struct finding *x)
{
	switch (x->as) {
	case HELD_FD:
		return xasprintf("descriptor %d of process %d (%s)", x->fd, x->pid, x->path);
	case HELD_CWD:
		return xasprintf("the working directory of process %d (%s)", x->pid, x->path);
	case HELD_PROGRAM:
		return xasprintf("the program of process %d (%s)", x->pid, x->path);
	default:
		return xasprintf("the file %s that process %d has mapped", x->path, x->pid);
	}
}

char *answer_file_id(const struct finding *x)
{
	return xasprintf("%x:%lx", (unsigned)x->mnt_id, (unsigned long)x->ino);
}

enum { NEWEST_KNOWN = CRIU_VERSION(4, 2, 1) };

bool answer_criu_is(const struct answer *a, unsigned version)
{
	return (a->f->criu_version ? a->f->criu_version : NEWEST_KNOWN) >= version;
}

static const struct {
	/* Called for each finding. */
	answer_fn *answer;
	/* Called when all findings of the kind have been answered. */
	void (*end)(struct answer *a);
	/*
	 * With --as-given it is left to criu, which does no damage: it refuses, or does what was
	 * asked for.
	 */
	bool left;
} rows[FINDING_KINDS] = {
	[FINDING_SILENT_FILE] = { answer_silent_file, NULL, false },
	[FINDING_SERVED_FILE] = { answer_served_file, NULL, false },
	[FINDING_FUSE_SERVER] = { NULL, NULL,
				  false }, /* answered together with the file that it serves */
	[FINDING_PROC_FILE] = { answer_proc_file, NULL, false },
	[FINDING_OWNER] = { answer_owner, NULL, false },
	[FINDING_FROZEN] = { answer_frozen, NULL, false },
	[FINDING_TASK] = { answer_task, NULL, false },
	[FINDING_NESTED_NS] = { answer_nested_ns, NULL, false },
	[FINDING_OUTSIDE_FILE] = { answer_outside_file, NULL, false },
	[FINDING_TERMINAL] = { answer_terminal, NULL, true },
	[FINDING_LONE_PIPE] = { answer_lone_pipe, note_more_pipes, false },
	[FINDING_FULL_FIFO] = { answer_full_fifo, NULL, true },
	[FINDING_OPTION] = { answer_option, note_options, true },
	[FINDING_GROUP] = { answer_group, note_groups, true },
	[FINDING_SEMAPHORE] = { answer_semaphore, note_semaphores, false },
	[FINDING_UNSUPPORTED] = { answer_unsupported, NULL, true },
	[FINDING_PATH_OF_PROGRAM] = { answer_path_of_program, NULL, true },
	[FINDING_SYSV] = { answer_sysv, note_sysv, true },
	[FINDING_LOCK] = { answer_lock, NULL, true },
	[FINDING_GHOST] = { answer_ghost, NULL, true },
	[FINDING_UNLINKED] = { answer_unlinked, NULL, true },
	[FINDING_WATCH] = { answer_watch, NULL, true },
	[FINDING_GONE_WATCH] = { answer_gone_watch, NULL, true },
	[FINDING_OTHER_NODE] = { answer_other_node, NULL, true },
	[FINDING_UPROBES] = { answer_uprobes, NULL, true },
	[FINDING_OUTSIDE_STREAM] = { answer_outside_stream, NULL, false },
	[FINDING_HIGH_FD] = { answer_high_fd, NULL, false },
	[FINDING_SOCKET_LACK] = { answer_socket_lack, NULL, false },
	[FINDING_CONNECTION] = { answer_connection, note_more_connections, true },
	[FINDING_BACKLOG] = { answer_backlog, note_late_backlog, true },
	[FINDING_DATAGRAM] = { answer_datagram, NULL, true },
	[FINDING_LOST_CLASS] = { answer_lost_class, NULL, false },
	[FINDING_ATTRIBUTES] = { answer_attributes, note_attributes, false },
	[FINDING_ALIKE] = { answer_alike, NULL, false },
	[FINDING_FORGOTTEN] = { answer_forgotten, NULL, false },
};

/*
 * What a criu that came after this criu-ns can do is not known here. Only of what criu itself
 * refuses: the rest it would freeze, and then not thaw.
 */
static void note_newer(struct answer *a, size_t n_refused)
{
	unsigned v = a->f->criu_version;

	if (n_refused && v > NEWEST_KNOWN)
		strv_take(
			&a->p->notes,
			xasprintf(
				"criu %u.%u is newer than this criu-ns, and may be able to freeze what is refused here: "
				"--as-given leaves that to criu, and adds no option",
				v / 1000000, v / 1000 % 1000));
}

static void answer_one(struct answer *a, const struct finding *x, answer_fn *answer)
{
	struct err e;

	a->passes = false;
	if (plan_refuse(a->p, answer(a, x, &e), &e) < 0 && a->passes)
		a->p->n_passing++;
}

void plan_findings(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at)
{
	struct answer a = { .cli = cli, .f = f, .p = p, .at = *at };
	size_t n_lacks = 0; /* refusals that --as-given leaves to criu */

	for (int kind = 0; kind < FINDING_KINDS; kind++) {
		size_t before = p->n_refusals;

		if (rows[kind].left && cli->as_given)
			continue;
		a.n_told = 0;
		findings_for_each (x, &f->findings)
			if ((int)x->kind == kind && rows[kind].answer)
				answer_one(&a, x, rows[kind].answer);
		if (rows[kind].end)
			rows[kind].end(&a);
		if (kind == FINDING_UNSUPPORTED || kind == FINDING_SOCKET_LACK)
			n_lacks += p->n_refusals - before;
	}
	note_newer(&a, n_lacks);
	*at = a.at;
}

void plan_late_findings(const struct cli *cli, const struct facts *f, const struct findings *late,
			struct plan *p)
{
	struct answer a = { .cli = cli, .f = f, .p = p };

	findings_for_each (x, late)
		answer_one(&a, x, rows[x->kind].answer);
}
