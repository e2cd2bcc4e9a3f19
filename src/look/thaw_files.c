// SPDX-License-Identifier: MIT
/*
 * The files in the images, compared with those of the host, as open_path() in criu/files-reg.c
 * does.
 */
#include "look/thaw_look.h"

#include "look/build_id.h"
#include "look/image_locks.h"
#include "look/thaw_place.h"
#include "util/helped.h"
#include "util/sorted.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct search {
	const struct cli *cli;
	struct facts *f;
	struct places places;
	/* the locks that the tree had; of all files, if there are any: */
	struct image_locks wanted;
	struct file_locks locks;
};

/* Findings */

static struct thaw_finding *found(struct search *s, enum thaw_finding_kind kind,
				  const struct image_file *file, const struct place *p,
				  const struct host_status *h)
{
	struct thaw_finding x = {
		.kind = kind,
		.file = file,
		.path = p->dirfd == AT_FDCWD ? xstrdup(p->path) : xstrdup(file->path),
		.errnum = h->errnum,
		.mode = h->st.stx_mode,
		.size = h->st.stx_size,
	};

	return thaw_findings_add(&s->f->thaw_findings, &x);
}

/* Will criu, too, fail to open it? Other errors may be those of how it is looked for here. */
static bool is_lasting(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == ETIMEDOUT || errnum == ESTALE ||
	       errnum == ENOTCONN;
}

/* A regular file; -1 where a server would have to answer. */
static int open_regular(const struct search *s, const struct place *p)
{
	struct open_how how = { .flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
				.resolve = p->resolve };

	if (p->is_served || s->places.served.n_places)
		return -1;
	return (int)RETRY(syscall(SYS_openat2, p->dirfd, p->path, &how, sizeof(how)));
}

static bool is_other_build(const struct search *s, const struct place *p,
			   const struct image_file *file)
{
	uint8_t now[BUILD_ID_MAX] = { 0 };
	size_t length;

	if (file->external || file->build_words * sizeof(*file->build_id) >= BUILD_ID_MAX)
		return false; /* only the size is compared */

	_cleanup_close_ int fd = open_regular(s, p);

	length = fd < 0 ? 0 : build_id_read(fd, now);
	return length && (length > file->build_words * sizeof(*file->build_id) ||
			  memcmp(now, file->build_id, length) != 0);
}

/* criu says "bad mode" also if the type is another one. */
static void compare_modes(struct search *s, const struct image_file *file, const struct place *p,
			  const struct host_status *h)
{
	mode_t rights = cli_says(s->cli, "skip-file-rwx-check") > 0 ? 07000 : 07777;

	if (!file->has_mode)
		return;
	if ((h->st.stx_mode & S_IFMT) != (file->mode & S_IFMT))
		found(s, THAW_FILE_TYPE, file, p, h);
	else if ((h->st.stx_mode & rights) != (file->mode & rights))
		found(s, THAW_FILE_MODE, file, p, h);
}

/* Is the host's file the frozen one, as far as criu compares them? */
static bool is_other_content(struct search *s, const struct image_file *file, const struct place *p,
			     const struct host_status *h)
{
	if (!file->has_size || !S_ISREG(h->st.stx_mode))
		return false;
	if (h->st.stx_size == file->size && file->build_id &&
	    !cli_says(s->cli, "file-validation") && is_other_build(s, p, file))
		found(s, THAW_FILE_BUILD, file, p, h);
	return h->st.stx_size != file->size;
}

/* All descriptors with that path, of which one has a size to compare. */
static void compare_contents(struct search *s, const struct image_file *sized,
			     const struct sorted_run *files, const struct place *p,
			     const struct host_status *h)
{
	bool goes_on = h->st.stx_size > sized->size;

	if (!is_other_content(s, sized, p, h))
		return;
	for (size_t i = 0; i < files->n; i++) {
		const struct image_file *file = files->v[i];

		goes_on = goes_on && image_file_goes_on(file);
		if (h->st.stx_size > sized->size)
			s->f->files.v[file - s->f->files.v].size_now = h->st.stx_size;
	}
	found(s, THAW_FILE_SIZE, sized, p, h)->goes_on = goes_on;
}

static bool is_of(const struct image_lock *wanted, const struct sorted_run *files)
{
	for (size_t k = 0; k < files->n; k++)
		if (wanted->file == ((const struct image_file *)files->v[k])->id)
			return true;
	return false;
}

/*
 * What keeps criu from that lock; NULL: nothing. One that is not listed is nobody's as far as we
 * know.
 */
static const struct locked_file *find_lock_in_way(const struct search *s, const struct place *p,
						  const struct host_status *h,
						  const struct locked_file *wanted)
{
	static const struct locked_file somebodys = { 0 };
	const dev_t dev = makedev(h->st.stx_dev_major, h->st.stx_dev_minor);
	const struct locked_file *lock = file_locks_blocking(&s->locks, dev, h->st.stx_ino, wanted);

	if (lock || file_locks_lists_all(s->f->ns_pid) || !S_ISREG(h->st.stx_mode))
		return lock;

	_cleanup_close_ int fd = open_regular(s, p);

	return fd >= 0 && file_locks_would_wait(fd, wanted) ? &somebodys : NULL;
}

/*
 * criu waits for a lock that another process has, with all tasks made, until it is killed (flock(2)
 * without LOCK_NB, F_SETLKW in criu/file-lock.c); or fails (F_OFD_SETLK).
 */
static void look_at_locks(struct search *s, const struct sorted_run *files, const struct place *p,
			  const struct host_status *h)
{
	const struct locked_file *lock = NULL;
	struct thaw_finding *x;
	struct task task;
	struct err ignored;

	for (size_t i = 0; i < s->wanted.n && !lock; i++)
		if (is_of(&s->wanted.v[i], files))
			lock = find_lock_in_way(s, p, h, &s->wanted.v[i].lock);
	if (!lock)
		return;
	x = found(s, THAW_FILE_LOCKED, files->v[0], p, h);
	if (lock->pid > 0 && procfs_task(s->f->proc, lock->pid, &task, &ignored) == 0) {
		x->holder = lock->pid;
		snprintf(x->comm, sizeof(x->comm), "%s", task.comm);
	}
}

/* Is it criu's to open this one, by its path? */
static bool is_opened_by_path(const struct search *s, const struct image_file *file)
{
	bool is_device = S_ISCHR(file->mode) || S_ISBLK(file->mode);

	if (file->external || file->is_terminals || *file->path != '/')
		return false;
	if (is_device && s->f->images.has_plugins) /* a plugin may open another one */
		return false;
	return !cli_inherits(s->cli, file->path + 1);
}

/*
 * What the recipe has found for an external file; NULL: nothing, it is another one, or the user
 * hands it to criu.
 */
static const struct recipe_file *find_handed(const struct search *s, const struct image_file *file)
{
	static const char prefix[] = "file[";
	const char *name = file->path;
	size_t n = strlen(name);

	if (!file->external || !text_begins(name, prefix) || name[n - 1] != ']')
		return NULL;

	_cleanup_free_ char *id = xstrndup(name + sizeof(prefix) - 1, n - sizeof(prefix));
	const struct recipe_file *r = recipe_by_id(&s->f->recipe, id);

	return r && r->from && !r->from->errnum && !r->from->is_other && !r->from->difference
		       ? r
		       : NULL;
}

/*
 * One that was open from outside of the tree's mounts, and is handed to criu, which compares its
 * size, too.
 */
static void look_at_handed(struct search *s, const struct image_file *sized,
			   const struct sorted_run *files)
{
	const struct recipe_file *r = find_handed(s, files->v[0]);
	struct host_status h = { 0 };
	struct place p = { .dirfd = AT_FDCWD };

	if (!r || statx(r->from->fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &h.st) < 0)
		return;
	p.path = r->path; /* for messages */
	compare_contents(s, sized, files, &p, &h);
	look_at_locks(s, files, &p, &h);
}

/* Several descriptors with the same path: files is a run of them. */
static void look_at_path(struct search *s, const struct sorted_run *files)
{
	const struct image_file *file = files->v[0];
	const struct image_file *sized = file; /* whoever only appended to it has no size */
	struct host_status h;
	struct place p;

	for (size_t i = 0; i < files->n && !sized->has_size; i++)
		sized = files->v[i];
	look_at_handed(s, sized, files);
	if (!is_opened_by_path(s, file) || !place_find(&s->places, file->path, file->mnt_id, &p))
		return;
	/* Only O_PATH with O_NOFOLLOW gives a descriptor of a link, and criu opens it so again. */
	p.is_link = file->has_mode && S_ISLNK(file->mode);
	place_look(&s->places, &p, &h);
	if (is_lasting(h.errnum)) {
		if (!place_is_cgroup(&s->places, &p))
			found(s, THAW_FILE_GONE, file, &p, &h);
	} else if (!h.errnum) {
		compare_modes(s, file, &p, &h);
		compare_contents(s, sized, files, &p, &h);
		look_at_locks(s, files, &p, &h);
	}
	free(p.path);
}

/*
 * --link-remap: criu links the file to its old name, opens that, and removes both. Each has a name
 * of its own for that.
 */
static void look_at_link(struct search *s, const struct image_file *file)
{
	const struct kept_link *kept;
	struct host_status h = { 0 };
	struct place p;

	if (!file->link || !place_find(&s->places, file->link->path, file->mnt_id, &p))
		return;
	kept = kept_links_find(&s->places, file->link, file->mnt_id, &s->f->links, &h.errnum);
	if (kept)
		h.st = kept->st;
	else if (h.errnum == EREMOTE)
		place_look(&s->places, &p, &h);
	if (h.errnum && (is_lasting(h.errnum) || !kept)) {
		found(s, THAW_LINK_GONE, file, &p, &h);
	} else if (!h.errnum) {
		compare_modes(s, file, &p, &h);
		if (is_other_content(s, file, &p, &h))
			found(s, THAW_FILE_SIZE, file, &p, &h);
	}
	free(p.path);
}

/*
 * ghost_path() in criu/files-reg.c: that name must be free. Directories are made under their own
 * name.
 */
static void look_at_ghost(struct search *s, const struct image_file *file)
{
	_cleanup_free_ char *path = xasprintf("%s.cr.%x.ghost", file->path, file->remap_id);
	struct host_status h;
	struct place p;

	if (!file->makes_ghost || S_ISDIR(file->mode) ||
	    !place_find(&s->places, path, file->mnt_id, &p))
		return;
	place_look(&s->places, &p, &h);
	if (!h.errnum)
		found(s, THAW_GHOST, file, &p, &h);
	free(p.path);
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash : path;
}

/*
 * By path, and those that criu does not open by it apart from the others. Their directories are
 * mostly the same (key_of_directory()), so the names are compared first.
 */
static int by_path(const void *a, const void *b)
{
	const struct image_file *one = a;
	const struct image_file *other = b;
	int order = strcmp(name_of(one->path), name_of(other->path));

	if (!order)
		order = strcmp(one->path, other->path);
	if (!order)
		order = (one->mnt_id > other->mnt_id) - (one->mnt_id < other->mnt_id);
	return order ? order : (int)one->remap - (int)other->remap;
}

/* One directory after the other (place_look()). */
static uint64_t key_of_directory(const void *file)
{
	const char *path = ((const struct image_file *)file)->path;

	return sorted_piece_key(path, (size_t)(name_of(path) - path));
}

/* The files in that order, in runs: those that criu opens by one path. */
struct runs {
	struct search *s;
	struct sorted files;
	size_t *first; /* of each run, and at the end of the last */
	size_t n;
};

static bool is_by_path(const struct image_file *file)
{
	return file->remap == IMAGE_AS_NAMED && !file->is_link;
}

static bool are_of_a_run(const struct image_file *a, const struct image_file *b)
{
	return is_by_path(a) && is_by_path(b) && by_path(a, b) == 0;
}

static void split(struct runs *r)
{
	const void **v = r->files.v;

	r->first = xcalloc(r->files.n + 1, sizeof(*r->first));
	for (size_t i = 0; i < r->files.n; i++)
		if (!i || !are_of_a_run(v[i - 1], v[i]))
			r->first[r->n++] = i;
	r->first[r->n] = r->files.n;
}

static void look_at_run(size_t i, void *arg)
{
	const struct runs *r = arg;
	const struct sorted_run run = { &r->files.v[r->first[i]], r->first[i + 1] - r->first[i] };
	const struct image_file *file = run.v[0];

	if (file->remap == IMAGE_GHOST)
		look_at_ghost(r->s, file);
	else if (file->remap == IMAGE_LINKED)
		look_at_link(r->s, file);
	else if (is_by_path(file))
		look_at_path(r->s, &run);
}

/* In a child. Links are remembered; what is learnt of other files comes with a finding. */
static bool is_nothing_found(size_t i, void *arg)
{
	const struct runs *r = arg;
	const size_t n = r->s->f->thaw_findings.n;

	if (!is_by_path(r->files.v[r->first[i]]))
		return false;
	look_at_run(i, arg);
	return r->s->f->thaw_findings.n == n;
}

static int finding_by_path(const void *a, const void *b)
{
	const struct thaw_finding *one = a;
	const struct thaw_finding *other = b;
	int order = strcmp(one->path, other->path);

	return order ? order : (one->file > other->file) - (one->file < other->file);
}

/* For a person who reads them. */
static void sort_findings(struct thaw_findings *x, size_t first)
{
	if (x->n > first)
		qsort(x->v + first, x->n - first, sizeof(*x->v), finding_by_path);
}

static void look_at_all(struct search *s)
{
	static const struct helped both = { .look = look_at_run, .is_idle = is_nothing_found };
	const size_t first = s->f->thaw_findings.n;
	struct runs r = { .s = s };

	sorted_make_keyed(&r.files, s->f->files.v, s->f->files.n, sizeof(*s->f->files.v),
			  key_of_directory, by_path);
	split(&r);
	helped_each(r.n, &both, &r);
	sort_findings(&s->f->thaw_findings, first);
	free(r.first);
	sorted_free(&r.files);
}

void thaw_look_files(const struct cli *cli, struct facts *f)
{
	struct search s = { .cli = cli, .f = f };

	if (!f->files.n)
		return;
	places_open(cli, f, &s.places);
	if (f->files.has_locks && cli_says(cli, "file-locks") >= 0)
		image_locks_read(f->images_dir.fd, &s.wanted);
	if (s.wanted.n)
		(void)file_locks_read_all(f->proc, &s.locks);
	look_at_all(&s);
	places_close(&s.places);
	file_locks_free(&s.locks);
	image_locks_free(&s.wanted);
}
