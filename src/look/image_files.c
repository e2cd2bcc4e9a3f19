// SPDX-License-Identifier: MIT
#include "look/image_files.h"

#include "look/image_format.h"
#include "util/seen.h"
#include "util/sorted.h"
#include "util/util.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* An open terminal: the file of its path, and which one it is. */
struct terminal {
	uint32_t file, id;
};

/*
 * The state while images are read: where there is room for how many, and which of the files are of
 * terminals.
 */
struct reading {
	struct image_files *files;
	struct terminal *terminals;
	size_t n_terminals;
	struct sorted by_id;
	struct seen ghosts;
};

/* files.img: file_entry (criu/images/fdinfo.proto), with a message for each type of file */

static bool take_build_id(const struct pb_field *f, struct image_file *file)
{
	enum { MAX_WORDS = 16 }; /* SHA-512 */

	if (!file->build_id)
		file->build_id = xcalloc(MAX_WORDS, sizeof(*file->build_id));
	return pb_take_numbers(f, file->build_id, MAX_WORDS, &file->build_words);
}

/* reg_file_entry (criu/images/regfile.proto) */
static bool take_file_field(const struct pb_field *f, struct image_file *file)
{
	switch (f->number) {
	case 1:
		file->id = (uint32_t)f->value;
		break;
	case 2:
		file->flags = (uint32_t)f->value;
		break;
	case 3:
		file->pos = f->value;
		break;
	case 6:
		if (!file->path)
			file->path = pb_text(f);
		break;
	case 7:
		file->mnt_id = (int)pb_signed(f->value);
		break;
	case 8:
		file->has_size = true;
		file->size = f->value;
		break;
	case 9:
		file->external = f->value != 0;
		break;
	case 10:
		file->has_mode = true;
		file->mode = (mode_t)f->value;
		break;
	case 11:
		return take_build_id(f, file);
	default:
		break;
	}
	return true;
}

static void free_file(struct image_file *file)
{
	free(file->path);
	free(file->build_id);
}

static bool add_file(struct pb m, struct image_files *ret)
{
	struct image_file file = { .mnt_id = -1, .remap = IMAGE_AS_NAMED };
	struct pb_field f;
	bool good = true;

	while (good && m.at < m.end)
		good = pb_take_field(&m, &f) && take_file_field(&f, &file);
	if (!good || !file.path) {
		free_file(&file);
		return false;
	}
	ret->v = xgrow(ret->v, ret->n, sizeof(*ret->v));
	ret->v[ret->n++] = file;
	return true;
}

/* inet_sk_entry (criu/images/sk-inet.proto) */

static bool take_ip_options(struct pb m, struct image_socket *socket)
{
	struct pb_field f;

	while (m.at < m.end) {
		if (!pb_take_field(&m, &f))
			return false;
		if (f.number == 1)
			socket->freebind = f.value != 0;
	}
	return true;
}

/* sk_opts_entry (criu/images/sk-opts.proto) */
static bool take_socket_options(struct pb m, struct image_socket *socket)
{
	enum { SO_REUSEPORT_ENTRY = 17 };
	struct pb_field f;

	while (m.at < m.end) {
		if (!pb_take_field(&m, &f))
			return false;
		if (f.number == SO_REUSEPORT_ENTRY)
			socket->reuseport = f.value != 0;
	}
	return true;
}

struct addresses {
	size_t n_from, n_to;
};

static bool take_socket_field(const struct pb_field *f, struct image_socket *s, struct addresses *a)
{
	const struct {
		unsigned number;
		unsigned *to;
	} numbers[] = {
		{ 1, &s->id },    { 3, &s->family },    { 4, &s->type },    { 5, &s->protocol },
		{ 6, &s->state }, { 7, &s->from_port }, { 8, &s->to_port },
	};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (f->number == numbers[i].number)
			*numbers[i].to = (unsigned)f->value;
	switch (f->number) {
	case 11:
		return pb_take_numbers(f, s->from, ARRAY_SIZE(s->from), &a->n_from);
	case 12:
		return pb_take_numbers(f, s->to, ARRAY_SIZE(s->to), &a->n_to);
	case 14:
		return take_socket_options(pb_inside(f), s);
	case 15:
		s->v6only = f->value != 0;
		break;
	case 16:
		return take_ip_options(pb_inside(f), s);
	case 18:
		s->ns_id = (unsigned long)f->value;
		break;
	default:
		break;
	}
	return true;
}

static bool add_socket(struct pb m, struct image_files *ret)
{
	struct image_socket socket = { 0 };
	struct addresses a = { 0, 0 };
	struct pb_field f;

	while (m.at < m.end)
		if (!pb_take_field(&m, &f) || !take_socket_field(&f, &socket, &a))
			return false;
	ret->sockets = xgrow(ret->sockets, ret->n_sockets, sizeof(*ret->sockets));
	ret->sockets[ret->n_sockets++] = socket;
	return true;
}

/*
 * tty_file_entry (criu/images/tty.proto): id = 1, tty_info_id = 2, regf_id = 6; in older images that file has the id
 * of the terminal.
 */
static bool add_terminal(struct pb m, struct reading *r)
{
	struct terminal t = { 0 };
	bool has_own = false;
	struct pb_field f;

	while (m.at < m.end) {
		if (!pb_take_field(&m, &f))
			return false;
		if ((f.number == 1 && !has_own) || f.number == 6)
			t.file = (uint32_t)f.value;
		if (f.number == 2)
			t.id = (uint32_t)f.value;
		has_own |= f.number == 6;
	}
	r->terminals = xgrow(r->terminals, r->n_terminals, sizeof(*r->terminals));
	r->terminals[r->n_terminals++] = t;
	return true;
}

/*
 * unix_sk_entry (criu/images/sk-unix.proto); uflags: of a datagram peer outside of the tree
 * (--ext-unix-sk).
 */

enum { UNIX_UFLAGS = 6, UNIX_NAME = 11, UNIX_DIR = 14, UNIX_MNT_ID = 17 };

static void take_unix_field(const struct pb_field *f, struct image_unix *u)
{
	switch (f->number) {
	case 1:
		u->id = (uint32_t)f->value;
		break;
	case 2:
		u->ino = (uint32_t)f->value;
		break;
	case 3:
		u->type = (unsigned)f->value;
		break;
	case 4:
		u->state = (unsigned)f->value;
		break;
	case UNIX_NAME:
		if (u->name || !f->text || !f->length)
			break;
		u->name = xcalloc(f->length + 1, 1);
		memcpy(u->name, f->text, f->length);
		/* of a path, criu has the last NUL in it */
		u->name_size = *u->name ? strlen(u->name) : f->length;
		break;
	case UNIX_DIR:
		if (!u->dir)
			u->dir = pb_text(f);
		break;
	case 15:
		u->is_deleted = f->value != 0;
		break;
	case 16:
		u->ns_id = (unsigned long)f->value;
		break;
	case UNIX_MNT_ID:
		u->mnt_id = (int)pb_signed(f->value);
		break;
	default:
		break;
	}
}

static bool add_unix(struct pb m, struct image_files *ret)
{
	enum { USK_EXTERN = 1 };
	struct image_unix u = { .mnt_id = -1 };
	bool is_outside = false;
	bool good = true;
	struct pb_field f;

	while (good && m.at < m.end) {
		good = pb_take_field(&m, &f);
		if (good && f.number == UNIX_UFLAGS)
			is_outside = (f.value & USK_EXTERN) != 0;
		if (good)
			take_unix_field(&f, &u);
	}
	ret->has_outside_unix |= is_outside;
	if (!good || is_outside || !u.name) {
		free(u.name);
		free(u.dir);
		return good;
	}
	ret->unixes = xgrow(ret->unixes, ret->n_unixes, sizeof(*ret->unixes));
	ret->unixes[ret->n_unixes++] = u;
	return true;
}

/* pipe_entry (criu/images/pipe.proto): id = 1, pipe_id = 2, flags = 3 */
static bool add_pipe_end(struct pb m, struct image_files *ret)
{
	struct image_pipe_end end = { 0 };
	struct pb_field f;

	while (m.at < m.end) {
		if (!pb_take_field(&m, &f))
			return false;
		if (f.number == 1)
			end.id = (uint32_t)f.value;
		else if (f.number == 2)
			end.pipe = (uint32_t)f.value;
		else if (f.number == 3)
			end.flags = (uint32_t)f.value;
	}
	ret->pipes = xgrow(ret->pipes, ret->n_pipes, sizeof(*ret->pipes));
	ret->pipes[ret->n_pipes++] = end;
	return true;
}

static bool parse_entry(struct pb m, void *arg)
{
	enum { REG = 3, ISK = 4, USK = 16, PIPE = 18, TTY = 19 };
	struct reading *r = arg;
	struct pb_field f;
	bool good = true;

	while (good && m.at < m.end) {
		good = pb_take_field(&m, &f);
		if (!good || !f.text)
			continue;
		if (f.number == REG)
			good = add_file(pb_inside(&f), r->files);
		else if (f.number == ISK)
			good = add_socket(pb_inside(&f), r->files);
		else if (f.number == USK)
			good = add_unix(pb_inside(&f), r->files);
		else if (f.number == PIPE)
			good = add_pipe_end(pb_inside(&f), r->files);
		else if (f.number == TTY)
			good = add_terminal(pb_inside(&f), r);
	}
	return good;
}

/* Files by their id */

static int by_id(const void *a, const void *b)
{
	const struct image_file *one = a;
	const struct image_file *other = b;

	return (one->id > other->id) - (one->id < other->id);
}

static struct image_file *find_file(const struct reading *r, uint32_t id)
{
	const struct image_file like = { .id = id };
	struct sorted_run run = sorted_find(&r->by_id, &like);

	return run.n ? &r->files->v[(const struct image_file *)run.v[0] - r->files->v] : NULL;
}

static void sort_files(struct reading *r)
{
	sorted_make(&r->by_id, r->files->v, r->files->n, sizeof(*r->files->v), by_id);
}

static void note_terminals(struct reading *r)
{
	if (!r->n_terminals)
		return;
	sort_files(r);
	for (size_t i = 0; i < r->n_terminals; i++) {
		struct image_file *file = find_file(r, r->terminals[i].file);

		if (!file)
			continue;
		file->is_terminals = true;
		file->terminal = r->terminals[i].id;
	}
	sorted_free(&r->by_id);
}

int image_files_parse(const void *text, size_t size, struct image_files *ret)
{
	struct reading r = { .files = ret };
	int result = image_parse(text, size, FILES_MAGIC, parse_entry, &r);

	note_terminals(&r);
	free(r.terminals);
	return result;
}

static void note_remap(struct reading *r, struct image_file *file, enum image_remap remap,
		       uint32_t id)
{
	struct image_file *link = remap == IMAGE_LINKED ? find_file(r, id) : NULL;

	file->remap = remap;
	file->remap_id = id;
	file->link = link;
	if (link)
		link->is_link = true;
	file->makes_ghost = remap == IMAGE_GHOST && !seen_before(&r->ghosts, 0, id, 0);
}

/*
 * remap_file_path_entry (criu/images/remap-file-path.proto): orig_id = 1, remap_id = 2, remap_type
 * = 3
 */
static bool parse_remap(struct pb m, void *arg)
{
	const uint32_t old_ghost =
		1U << 31; /* REMAP_GHOST: images of criu before 2.0 have no remap_type */
	struct reading *r = arg;
	uint64_t id = 0;
	uint64_t remap_id = 0;
	uint64_t type = IMAGE_AS_NAMED;
	struct image_file *file;
	struct pb_field f;

	while (m.at < m.end) {
		if (!pb_take_field(&m, &f))
			return false;
		if (f.number == 1)
			id = f.value;
		else if (f.number == 2)
			remap_id = f.value;
		else if (f.number == 3)
			type = f.value;
	}
	if (type >= IMAGE_AS_NAMED) {
		type = remap_id & old_ghost ? IMAGE_GHOST : IMAGE_LINKED;
		remap_id &= ~old_ghost;
	}
	file = find_file(r, (uint32_t)id);
	if (file)
		note_remap(r, file, (enum image_remap)type, (uint32_t)remap_id);
	return true;
}

int image_files_parse_remaps(const void *text, size_t size, struct image_files *ret)
{
	struct reading r = { .files = ret };
	int result;

	sort_files(&r);
	result = image_parse(text, size, REMAP_FPATH_MAGIC, parse_remap, &r);
	sorted_free(&r.by_id);
	seen_free(&r.ghosts);
	return result;
}

bool image_file_goes_on(const struct image_file *file)
{
	if (file->build_id)
		return false;
	return file->flags & O_APPEND || (file->flags & O_ACCMODE) == O_RDONLY ||
	       (file->has_size && file->pos == file->size);
}

void image_files_read(int dirfd, struct image_files *ret)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *remaps = NULL;
	struct stat locks;
	ssize_t n = read_regular_at(dirfd, "files.img", MAX_IMAGE, &text);

	*ret = (struct image_files){ 0 };
	ret->has_locks = fstatat(dirfd, "filelocks.img", &locks, 0) == 0 && locks.st_size > 8;
	if (n > 0)
		(void)image_files_parse(text, (size_t)n, ret);
	n = ret->n ? read_regular_at(dirfd, "remap-fpath.img", MAX_IMAGE, &remaps) : 0;
	if (n > 0)
		(void)image_files_parse_remaps(remaps, (size_t)n, ret);
}

void image_files_free(struct image_files *f)
{
	for (size_t i = 0; i < f->n; i++)
		free_file(&f->v[i]);
	free(f->v);
	free(f->sockets);
	free(f->pipes);
	for (size_t i = 0; i < f->n_unixes; i++) {
		free(f->unixes[i].name);
		free(f->unixes[i].dir);
	}
	free(f->unixes);
	*f = (struct image_files){ 0 };
}
