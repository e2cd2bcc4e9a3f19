// SPDX-License-Identifier: MIT
#include "plan/plan_thaw_findings.h"

#include "plan/planning.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What an answer is made from, and where it goes. */
struct answer {
	const struct cli *cli;
	const struct facts *f;
	struct plan *p;
	size_t *at;  /* where options are inserted */
	bool passes; /* what is refused may be over in a moment */
};

/* Words */

static const char *type_text(mode_t mode)
{
	static const struct {
		mode_t type;
		const char *text;
	} texts[] = {
		{ S_IFREG, "file" },
		{ S_IFDIR, "directory" },
		{ S_IFCHR, "character device" },
		{ S_IFBLK, "block device" },
		{ S_IFIFO, "FIFO" },
		{ S_IFSOCK, "socket" },
		{ S_IFLNK, "symbolic link" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if ((mode & S_IFMT) == texts[i].type)
			return texts[i].text;
	return "file";
}

/* A path as a word of a command that a person may copy into a shell. */
static char *shell_word(const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "/._+@%:,-";

	if (!path[strspn(path, plain)])
		return xstrdup(path);
	return strchr(path, '\'') ? xstrdup("FILE") : xasprintf("'%s'", path);
}

/* What the file was, for whoever has to put it back. */
static char *was_text(const struct image_file *file)
{
	_cleanup_free_ char *size =
		file->has_size && S_ISREG(file->mode)
			? xasprintf(file->has_mode ? "%" PRIu64 " bytes, " : "%" PRIu64 " bytes",
				    file->size)
			: xstrdup("");
	_cleanup_free_ char *mode =
		file->has_mode ? xasprintf("mode %04o", file->mode & 07777) : xstrdup("");

	return *size || *mode ? xasprintf(" (%s%s)", size, mode) : xstrdup("");
}

/* THAW_FILE_GONE: "Can't open file %s on restore" */

static int hint_gone(const struct thaw_finding *x, struct err *e)
{
	const struct image_file *file = x->file;
	_cleanup_free_ char *word = shell_word(x->path);

	if (file->has_mode && S_ISDIR(file->mode))
		return err_hint(e, "put it back, or make it: mkdir -p -m %04o %s",
				file->mode & 07777, word);
	if (file->has_mode && S_ISREG(file->mode) && (!file->has_size || !file->size))
		return err_hint(e, "put it back, or an empty one: install -m %04o /dev/null %s",
				file->mode & 07777, word);
	return err_hint(e, "put it back");
}

static int answer_gone(struct answer *a, const struct thaw_finding *x, struct err *e)
{
	_cleanup_free_ char *was = was_text(x->file);
	const char *type = x->file->has_mode ? type_text(x->file->mode) : "file";

	(void)a;
	if (x->errnum == ETIMEDOUT) {
		err_set(e, 0,
			"the server of the file system of %s, which the tree had open or mapped, "
			"does not answer, so criu would wait for ever",
			x->path);
		return err_hint(e, "get that server to answer, or end it");
	}
	if (x->errnum != ENOENT && x->errnum != ENOTDIR)
		return err_set(e, x->errnum,
			       "cannot open the %s %s, which the tree had open or mapped", type,
			       x->path);
	err_set(e, 0, "the %s %s%s, which the tree had open or mapped, is gone", type, x->path,
		was);
	return hint_gone(x, e);
}

/* THAW_FILE_TYPE, THAW_FILE_MODE: "has bad mode" */

static int answer_type(struct answer *a, const struct thaw_finding *x, struct err *e)
{
	(void)a;
	err_set(e, 0, "%s is a %s, but was a %s when the tree had it open", x->path,
		type_text(x->mode), type_text(x->file->mode));
	return err_hint(e, "put back what was there");
}

static int answer_mode(struct answer *a, const struct thaw_finding *x, struct err *e)
{
	_cleanup_free_ char *word = shell_word(x->path);
	bool is_rights = !((x->mode ^ x->file->mode) & 07000);

	(void)a;
	err_set(e, 0, "the %s %s has the mode %04o, but had %04o at the freeze", type_text(x->mode),
		x->path, x->mode & 07777, x->file->mode & 07777);
	return err_hint(e, "chmod %04o %s%s", x->file->mode & 07777, word,
			is_rights ? "; or, to take it as it is, add --skip-file-rwx-check" : "");
}

/* THAW_FILE_SIZE: "has bad size"; THAW_FILE_BUILD: "has bad build-ID" */

static int by_id(const void *a, const void *b)
{
	const struct plan_edit *one = a;
	const struct plan_edit *other = b;

	return (one->id > other->id) - (one->id < other->id);
}

/*
 * What has been added since stays: criu is given images in which it compares no size of these
 * files.
 */
static void take_grown(struct answer *a)
{
	const struct image_files *files = &a->f->files;

	for (size_t i = 0; i < files->n; i++) {
		const struct image_file *file = &files->v[i];

		if (!file->size_now || !file->has_size || !image_file_goes_on(file))
			continue;
		plan_edit_add(a->p, (struct plan_edit){
					    .id = file->id,
					    .moves = !(file->flags & O_APPEND) &&
						     (file->flags & O_ACCMODE) != O_RDONLY,
					    .pos = file->size_now,
				    });
	}
}

static void step_grown(struct answer *a, const struct thaw_finding *x)
{
	plan_step(a->p, xasprintf("take %s as it is", x->path),
		  "it has grown since the freeze, and --grown-files was given; "
		  "what the tree writes goes behind what has been added");
}

static int answer_size(struct answer *a, const struct thaw_finding *x, struct err *e)
{
	const struct image_file *file = x->file;
	_cleanup_free_ char *word = shell_word(x->path);

	if (x->goes_on && a->cli->grown_files) {
		step_grown(a, x);
		return 0;
	}
	err_set(e, 0, "the file %s has %" PRIu64 " bytes, but had %" PRIu64 " at the freeze",
		x->path, x->size, file->size);
	if (file->build_id)
		return err_hint(
			e, "it is a program or library: install the version that the tree had");
	if (x->size <= file->size)
		return err_hint(e, "put back what was there");
	return err_hint(e,
			"put back what was there; if it has only grown since: "
			"%struncate -s %" PRIu64 " %s, which loses what has been added",
			x->goes_on
				? "add --grown-files, which goes on behind what has been added; or "
				: "",
			file->size, word);
}

static int answer_build(struct answer *a, const struct thaw_finding *x, struct err *e)
{
	(void)a;
	err_set(e, 0, "the program or library %s is another build of it than at the freeze",
		x->path);
	return err_hint(e, "install the version that the tree had");
}

/* THAW_LINK_GONE */

static int answer_link(struct answer *a, const struct thaw_finding *x, struct err *e)
{
	(void)a;
	if (x->errnum == EXDEV) {
		err_set(e, 0,
			"the file that had lost the name %s is kept in the images directory, which is on another mount than %s",
			x->file->path, x->path);
		return err_hint(
			e,
			"bring the images to where they were, as they were; a copy of that file is another one");
	}
	err_set(e, x->errnum == ENOENT ? 0 : x->errnum,
		"the name %s, which the freeze gave to the deleted file %s (--link-remap), is gone",
		x->path, x->file->path);
	return err_hint(e, "it is not in the images directory either: link the file there again, "
			   "if it has another name");
}

/* THAW_FILE_LOCKED: criu says nothing, and waits */

static int answer_locked(struct answer *a, const struct thaw_finding *x, struct err *e)
{
	_cleanup_free_ char *who = x->holder ? xasprintf("process %d (%s)", x->holder, x->comm)
					     : xstrdup("a process that is not seen here");

	(void)a;
	err_set(e, 0,
		"%s has locked the file %s, on which the tree had a lock: criu would wait for that, for ever",
		who, x->path);
	return err_hint(e, "let it release the lock, or end it");
}

/* THAW_GHOST: "Can't create ghost regfile: File exists" */

static int answer_ghost(struct answer *a, const struct thaw_finding *x, struct err *e)
{
	_cleanup_free_ char *word = shell_word(x->path);

	(void)a;
	err_set(e, 0, "%s is in the way of criu, which makes the deleted file %s there again",
		x->path, x->file->path);
	return err_hint(e,
			"if these images are being thawed at this moment, wait; "
			"else it is left over from a thaw that was killed: rm %s",
			word);
}

/* THAW_ADDRESS: "Can't bind inet socket", Cannot assign requested address */

static int answer_address(struct answer *a, const struct thaw_finding *x, struct err *e)
{
	(void)a;
	if (x->peer) {
		err_set(e, 0,
			"the tree had a TCP connection from %s to %s, but this host does not have that first address",
			x->path, x->peer);
		return err_hint(e, "give it the address (ip address add), or add --tcp-close: "
				   "then the tree finds its connections closed");
	}
	err_set(e, 0, "the tree had a socket on %s, but this host does not have that address",
		x->path);
	return err_hint(e, "give it the address (ip address add)");
}

/*
 * THAW_PORT: the same, Address already in use; THAW_CONNECTION: "Can't connect inet socket back",
 * Cannot assign requested address. Whoever has it may just have been told to end: then that process
 * has its sockets for some more moments, and the kernel has a connection of it until the other end
 * has answered.
 */

static char *holder_text(const struct thaw_finding *x)
{
	if (x->holder)
		return xasprintf("process %d (%s)", x->holder, x->comm);
	return xstrdup(x->ino ? "a process that is not seen here"
			      : "a connection that has just ended");
}

static int answer_port(struct answer *a, const struct thaw_finding *x, struct err *e)
{
	_cleanup_free_ char *who = holder_text(x);
	bool is_tcp = x->socket->protocol == IPPROTO_TCP;

	a->passes = true;
	err_set(e, 0, "the %s port %s, which the tree had, is taken by %s", is_tcp ? "TCP" : "UDP",
		x->path, who);
	if (!x->ino)
		return err_hint(e, "wait a minute, until the kernel has forgotten it (TIME-WAIT)");
	return err_hint(e, "end it; or thaw in another network namespace: unshare --net");
}

/* Two copies of a server, or a copy of one that was started again. */
static int answer_shared_port(struct answer *a, const struct thaw_finding *x, struct err *e)
{
	_cleanup_free_ char *who = holder_text(x);

	(void)e;
	strv_take(
		&a->p->notes,
		xasprintf(
			"%s listens on the TCP port %s, as the tree will: connections reach only one of the two",
			who, x->path));
	return 0;
}

static int answer_connection(struct answer *a, const struct thaw_finding *x, struct err *e)
{
	_cleanup_free_ char *who = holder_text(x);

	a->passes = true;
	err_set(e, 0, "the TCP connection from %s to %s, which the tree had, now belongs to %s",
		x->path, x->peer, who);
	if (!x->ino)
		return err_hint(e, "wait until its other end has answered, or the kernel has "
				   "given it up (ss -tan shows it)");
	return err_hint(e, "end it; or, for a second copy of the tree, add --tcp-close: "
			   "then it finds its connections closed");
}

/*
 * THAW_NAME: criu removes a socket of that name, whoever has it; or says "Can't bind", Address
 * already in use
 */

static int answer_name(struct answer *a, const struct thaw_finding *x, struct err *e)
{
	_cleanup_free_ char *who = holder_text(x);

	if (x->errnum) {
		err_set(e, 0,
			"cannot make the unix socket %s, which the tree had, again: its directory is gone",
			x->path);
		return err_hint(e, "make the directory, as it was");
	}
	if (!x->ino) {
		err_set(e, 0, "there is a %s at %s, where the tree had a unix socket",
			type_text(x->mode), x->path);
		return err_hint(e, "move it away");
	}
	if (image_unix_is_bound(x->unix_socket) || x->unix_socket->is_deleted) {
		err_set(e, 0, "the unix socket %s, which the tree had, now belongs to %s%s",
			x->path, who,
			*x->path == '@' ? "" : ", from which criu would take the name");
		return err_hint(e, "end that first");
	}
	plan_step(
		a->p, xasprintf("leave the unix socket %s to %s", x->path, who),
		"criu would remove it, because the tree has connections that were accepted there");
	return 0;
}

/*
 * A connection does not need the name of the socket that accepted it but to say it
 * (getsockname(2)).
 */
static void take_name(struct answer *a, const struct image_unix *u)
{
	plan_edit_add(a->p, (struct plan_edit){ .id = u->id, .renamed = u->renamed });
	plan_step(a->p, xasprintf("bind a unix socket of the tree to %s", u->renamed->now),
		  "it was renamed after it had been bound, and criu knows the first name only");
}

static void leave_names(struct answer *a)
{
	const struct image_files *files = &a->f->files;

	for (size_t i = 0; i < files->n_unixes; i++) {
		const struct image_unix *u = &files->unixes[i];

		if (u->renamed)
			take_name(a, u);
		else if (u->is_taken && !image_unix_is_bound(u) && !u->is_deleted)
			plan_edit_add(a->p, (struct plan_edit){ .id = u->id, .is_unnamed = true });
	}
}

/* THAW_PTY: "Unable to open %s with specified index" */

static int refuse_pty(const struct thaw_finding *x, struct err *e)
{
	err_set(e, 0,
		x->is_taken
			? "the thaw makes the terminal %s of the tree again, but another process has its number now"
			: "the thaw makes the terminal %s of the tree again, and criu can give it its number only if "
			  "at most 31 below that are free",
		x->path);
	return err_hint(e,
			x->is_taken ? "end the process that has it: fuser -v %s"
				    : "open more terminals first, up to %s",
			x->path);
}

/* In a devpts of its own, all numbers are the tree's. */
static int answer_pty(struct answer *a, const struct thaw_finding *x, struct err *e)
{
	if (a->f->images.own_mounts || !a->f->devpts_options || a->cli->orphan_masters)
		return refuse_pty(x, e);
	if (a->p->own_devpts)
		return 0;
	a->p->own_devpts = true;
	plan_step(
		a->p, xstrdup("mount a devpts on /dev/pts, for the terminals of the tree"),
		x->is_taken
			? "another process has the number of one of them, which criu has to make again"
			: "criu cannot give one of them its number, because too many below it are free");
	return 0;
}

/* THAW_PROCESSOR */

static int answer_processor(struct answer *a, const struct thaw_finding *x, struct err *e)
{
	const char *name = images_processor(&a->f->images);

	(void)x;
	err_set(e, 0, "the images are of programs for another processor (%s)",
		name ? name : "unknown");
	return err_hint(e, "thaw them on a host with such a processor");
}

/* THAW_REGISTERS: criu leaves them out, and the tree dies of SIGILL */

static int answer_registers(struct answer *a, const struct thaw_finding *x, struct err *e)
{
	if (cli_says(a->cli, "cpu-cap"))
		return 0;
	err_set(e, 0,
		"the tree uses the registers of %s, which this processor does not have, or its kernel does not permit",
		x->registers & ~UINT64_C(7) ? "AVX-512" : "AVX");
	return err_hint(e, "thaw it on a host whose processor has them; "
			   "--cpu-cap none thaws it without what they held");
}

/* THAW_FROZEN: criu moves its child there, and waits for it */

static int answer_frozen_cgroup(struct answer *a, const struct thaw_finding *x, struct err *e)
{
	bool is_v1 = strstr(x->path, "/freezer/") != NULL;

	if (cli_says(a->cli, "manage-cgroups") || cli_says(a->cli, "cgroup-root") ||
	    cli_says(a->cli, "cgroup-yard"))
		return 0;
	err_set(e, 0,
		"the cgroup %s, which the tree was in, is frozen: criu would put it there, and wait for ever",
		x->path);
	return err_hint(e,
			"thaw the cgroup: echo %s >%s/%s; or leave the tree in the caller's: "
			"--manage-cgroups=ignore",
			is_v1 ? "THAWED" : "0", x->path, is_v1 ? "freezer.state" : "cgroup.freeze");
}

/* THAW_LSM: "mismatched lsm types", "can't write lsm profile" */

static int refuse_profile(const struct images *i, struct err *e)
{
	err_set(e, 0, "the tree has the AppArmor profile %s, which is not loaded on this host",
		i->lsm_profile);
	return err_hint(
		e, "load it (apparmor_parser), or name another one: --lsm-profile apparmor:NAME");
}

static int answer_lsm(struct answer *a, const struct thaw_finding *x, struct err *e)
{
	const struct images *i = &a->f->images;

	if (x->lacks_profile)
		return cli_says(a->cli, "lsm-profile") > 0 ? 0 : refuse_profile(i, e);
	err_set(e, 0, "the tree has the %s label %s, but this host does not have %s",
		i->lsm == 1 ? "SELinux" : "AppArmor", i->lsm_profile,
		i->lsm == 1 ? "SELinux" : "AppArmor");
	return err_hint(e, "thaw it on a host that has it");
}

/* The table */

static const struct {
	/* Called for each finding: 0, or a refusal. */
	int (*answer)(struct answer *a, const struct thaw_finding *x, struct err *e);
	const char *more; /* "and N more" of them */
} rows[THAW_FINDING_KINDS] = {
	[THAW_FILE_GONE] = { answer_gone, "files are gone" },
	[THAW_FILE_TYPE] = { answer_type, "files are of another type" },
	[THAW_FILE_MODE] = { answer_mode, "files have another mode" },
	[THAW_FILE_SIZE] = { answer_size, "files have another size" },
	[THAW_FILE_BUILD] = { answer_build, "programs or libraries are another build" },
	[THAW_FILE_LOCKED] = { answer_locked, "files are locked" },
	[THAW_LINK_GONE] = { answer_link, "names of deleted files are gone" },
	[THAW_GHOST] = { answer_ghost, "files are in the way of deleted ones" },
	[THAW_NAME] = { answer_name, "names of unix sockets are taken" },
	[THAW_ADDRESS] = { answer_address, "addresses are not this host's" },
	[THAW_PORT] = { answer_port, "ports are taken" },
	[THAW_PORT_SHARED] = { answer_shared_port, NULL },
	[THAW_CONNECTION] = { answer_connection, "connections exist" },
	[THAW_PTY] = { answer_pty, "numbers of terminals cannot be had" },
	[THAW_FROZEN] = { answer_frozen_cgroup, "cgroups are frozen" },
	[THAW_PROCESSOR] = { answer_processor, NULL },
	[THAW_REGISTERS] = { answer_registers, NULL },
	[THAW_LSM] = { answer_lsm, NULL },
};

/* Images that were taken to a host without their files must not fill the screen. */
enum { MAX_TOLD = 10 };

static void refuse(struct answer *a, bool passes, const struct err *e)
{
	plan_refuse(a->p, -EINVAL, e);
	a->p->n_passing += passes;
}

static void answer_kind(struct answer *a, int kind)
{
	const struct thaw_findings *s = &a->f->thaw_findings;
	size_t refused = 0;
	size_t passing = 0;
	struct err e;

	for (size_t i = 0; i < s->n; i++) {
		a->passes = false;
		if ((int)s->v[i].kind != kind || rows[kind].answer(a, &s->v[i], &e) == 0)
			continue;
		passing += a->passes;
		if (++refused <= MAX_TOLD)
			refuse(a, a->passes, &e);
	}
	if (refused > MAX_TOLD) {
		err_set(&e, 0, "%zu more %s", refused - MAX_TOLD, rows[kind].more);
		refuse(a, passing == refused, &e);
	}
}

/*
 * The freeze has kept them (freeze/keep_links.h), and criu takes away the name by which it opens
 * them.
 */
static void take_links(struct answer *a)
{
	const struct kept_links *k = &a->f->links;

	for (size_t i = 0; i < k->n; i++) {
		plan_edit_add(a->p,
			      (struct plan_edit){ .id = k->v[i].file->id, .path = k->v[i].path });
		plan_step(a->p,
			  xasprintf("make another name for %s, which is for this thaw",
				    k->v[i].file->path),
			  "criu opens by it a file that had lost its name, and takes it away");
	}
}

static void show_edits(struct answer *a)
{
	struct plan *p = a->p;

	if (!p->n_edits)
		return;
	qsort(p->edits, p->n_edits, sizeof(*p->edits), by_id);
	plan_option(p, a->at, "--images-dir", plan_slot_images);
	if (!cli_says(a->cli, "work-dir"))
		plan_option(p, a->at, "--work-dir", a->cli->images_dir);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): answers insert there */
void plan_thaw_findings(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at)
{
	struct answer a = { .cli = cli, .f = f, .p = p, .at = at };

	for (int kind = 0; kind < THAW_FINDING_KINDS; kind++)
		answer_kind(&a, kind);
	if (cli->grown_files)
		take_grown(&a);
	leave_names(&a);
	take_links(&a);
	show_edits(&a);
}
