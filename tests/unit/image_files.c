// SPDX-License-Identifier: MIT
/*
 * The files and sockets in criu's images. fixtures/images was written by criu 4.2.1 (dump
 * --tcp-established --link-remap) about a process in /tmp/h/rec/d with files of each kind, four
 * sockets and a pty.
 */
#include "unit.h"

#include "look/image_files.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>

static struct image_files recorded(void)
{
	_cleanup_free_ char *path = unit_fixture("images");
	struct image_files f;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	image_files_read(fd, &f);
	close(fd);
	return f;
}

/* The n-th file with that name, counted from 0. */
static const struct image_file *named(const struct image_files *f, const char *name, int n)
{
	_cleanup_free_ char *path = xasprintf("/tmp/h/rec/d/%s", name);

	for (size_t i = 0; i < f->n; i++)
		if (!strcmp(f->v[i].path, path) && n-- == 0)
			return &f->v[i];
	fail_msg("there is no %s", name);
	return NULL;
}

static void each_file_has_what_criu_compares(void **state)
{
	struct image_files f = recorded();
	const struct image_file *file;

	(void)state;
	file = named(&f, "both", 0);
	assert_true(file->has_size && file->has_mode);
	assert_int_equal(file->size, 7);
	assert_int_equal(file->pos, 7);
	assert_int_equal(file->mode, S_IFREG | 0600);
	assert_int_equal(file->flags & (O_ACCMODE | O_APPEND), O_RDWR | O_APPEND);
	assert_int_equal(file->mnt_id, -1);
	assert_int_equal(file->remap, IMAGE_AS_NAMED);
	assert_false(file->external || file->is_terminals || file->is_link || file->makes_ghost);
	assert_null(file->build_id);
	file = named(&f, "append", 0);
	assert_false(file->has_size); /* should_check_size() in criu/files-reg.c */
	assert_true(file->has_mode);
	file = named(&f, "append", 1); /* read by another descriptor */
	assert_true(file->has_size);
	assert_int_equal(file->pos, 2);
	assert_true(S_ISFIFO(named(&f, "fifo", 0)->mode));
	image_files_free(&f);
	assert_int_equal(f.n, 0);
}

static void deleted_files_are_known(void **state)
{
	struct image_files f = recorded();
	const struct image_file *link = named(&f, "link_remap.23", 0);
	const struct image_file *file = named(&f, "linked", 0);

	(void)state;
	assert_int_equal(file->remap, IMAGE_LINKED);
	assert_ptr_equal(file->link, link);
	assert_true(link->is_link && !file->is_link);
	assert_int_equal(named(&f, "ghost", 0)->remap, IMAGE_GHOST);
	assert_int_equal(named(&f, "ghost", 0)->remap_id, 1);
	/* criu makes it once, beside the first of them */
	assert_true(named(&f, "ghost", 0)->makes_ghost);
	assert_false(named(&f, "ghost", 1)->makes_ghost);
	image_files_free(&f);
}

static void terminals_and_libraries_are_told_apart(void **state)
{
	struct image_files f = recorded();
	size_t terminals = 0;
	size_t libraries = 0;

	(void)state;
	for (size_t i = 0; i < f.n; i++) {
		const struct image_file *file = &f.v[i];

		terminals += file->is_terminals;
		assert_int_equal(file->terminal != 0, file->is_terminals);
		assert_int_equal(file->is_terminals, !strncmp(file->path, "/dev/pt", 7));
		libraries += file->build_id != NULL;
		assert_true(!file->build_id || file->build_words == 5); /* SHA-1 */
	}
	assert_int_equal(terminals, 2);
	assert_true(libraries >= 3);
	image_files_free(&f);
}

static const struct image_socket *on_port(const struct image_files *f, unsigned from, unsigned to)
{
	for (size_t i = 0; i < f->n_sockets; i++)
		if (f->sockets[i].from_port == from && (f->sockets[i].to_port == to || to == 1))
			return &f->sockets[i];
	fail_msg("no socket has port %u", from);
	return NULL;
}

static void sockets_have_their_addresses(void **state)
{
	struct image_files f = recorded();
	const struct image_socket *s = on_port(&f, 45991, 0);
	unsigned client;

	(void)state;
	assert_int_equal(f.n_sockets, 5);
	assert_int_equal(s->family, AF_INET);
	assert_int_equal(s->type, SOCK_STREAM);
	assert_int_equal(s->protocol, IPPROTO_TCP);
	assert_int_equal(s->state, TCP_LISTEN);
	assert_int_equal(s->from[0], htonl(INADDR_LOOPBACK));
	assert_int_equal(s->ns_id, 2);
	assert_false(s->v6only || s->freebind);
	s = on_port(&f, 45992, 0);
	assert_int_equal(s->family, AF_INET6);
	assert_true(s->v6only);
	assert_int_equal(s->from[0] | s->from[1] | s->from[2] | s->from[3], 0);
	s = on_port(&f, 45993, 0);
	assert_int_equal(s->type, SOCK_DGRAM);
	assert_int_equal(s->protocol, IPPROTO_UDP);
	for (size_t i = 0; i < f.n_sockets; i++)
		if (f.sockets[i].to_port == 45991)
			s = &f.sockets[i];
	assert_int_equal(s->state, TCP_ESTABLISHED);
	assert_int_equal(s->to[0], htonl(INADDR_LOOPBACK));
	client = s->from_port;
	assert_int_equal(on_port(&f, 45991, client)->state, TCP_ESTABLISHED);
	image_files_free(&f);
}

/* Whatever is left of an image is read without a step behind its end, and nothing is left of it. */
static void cut_short_or_damaged_they_do_no_harm(void **state)
{
	static const char *const names[] = { "images/files.img", "images/remap-fpath.img" };
	_cleanup_free_ char *paths[] = { unit_fixture(names[0]), unit_fixture(names[1]) };
	char *texts[2] = { NULL, NULL };
	ssize_t sizes[2];

	(void)state;
	for (int i = 0; i < 2; i++)
		sizes[i] = read_file_at(AT_FDCWD, paths[i], 1 << 20, &texts[i]);
	for (int i = 0; i < 2; i++) {
		for (ssize_t cut = 0; cut <= sizes[i]; cut++) {
			struct image_files f = { 0 };
			ssize_t n = i == 0 ? cut : sizes[0];
			uint8_t *files = xcalloc((size_t)n, 1);
			uint8_t *remaps = xcalloc((size_t)cut, 1);

			memcpy(files, texts[0], (size_t)n);
			if (cut < sizes[i] && cut > 0)
				files[n - 1] ^= 0x55;
			memcpy(remaps, texts[1], (size_t)(i == 1 ? cut : 0));
			(void)image_files_parse(files, (size_t)n, &f);
			(void)image_files_parse_remaps(remaps, (size_t)(i == 1 ? cut : 0), &f);
			image_files_free(&f);
			free(files);
			free(remaps);
		}
	}
	free(texts[0]);
	free(texts[1]);
	free(paths[1]);
}

static void what_is_not_there_is_empty(void **state)
{
	struct unit_folder folder = unit_folder_make();
	struct image_files f;

	(void)state;
	image_files_read(folder.fd, &f);
	assert_int_equal(f.n + f.n_sockets, 0);
	unit_write(&folder, "files.img", "x", 1);
	image_files_read(folder.fd, &f);
	assert_int_equal(f.n + f.n_sockets, 0);
	image_files_free(&f);
	unit_folder_remove(&folder);
}

/* Made by hand: one file of each kind that the recording does not have. */
static void older_images_and_odd_ones(void **state)
{
	static const uint8_t files[] =
		"\x19\x43\x56\x54\x38\x31\x30\x56" /* the magics */
		"\x0e\x00\x00\x00\x1a\x0c\x08\x05\x32\x08"
		"file[1:2"
		"\x10\x00\x00\x00\x1a\x0e\x08\x06\x32\x02/a\x38\x09\x48\x01\x58\x01\x58\x02"
		"\x06\x00\x00\x00\x9a\x01\x03\x08\x06\x00"; /* a terminal without a file of its own: damaged */
	static const uint8_t remaps[] = "\x19\x43\x56\x54\x54\x39\x13\x59"
					"\x08\x00\x00\x00\x08\x06\x10\x87\x80\x80\x80\x08";
	struct image_files f = { 0 };

	(void)state;
	assert_int_equal(image_files_parse(files, sizeof(files) - 1, &f), -EINVAL);
	assert_int_equal(f.n, 2); /* what comes before the damage */
	assert_int_equal(f.v[1].mnt_id, -5);
	assert_true(f.v[1].external);
	assert_int_equal(f.v[1].build_words, 2);
	/* no type: the highest bit of the number tells it (criu before 2.0) */
	assert_int_equal(image_files_parse_remaps(remaps, sizeof(remaps) - 1, &f), 0);
	assert_int_equal(f.v[1].remap, IMAGE_GHOST);
	assert_int_equal(f.v[1].remap_id, 7);
	image_files_free(&f);
}

int main(void)
{
	UNIT(each_file_has_what_criu_compares);
	UNIT(deleted_files_are_known);
	UNIT(terminals_and_libraries_are_told_apart);
	UNIT(sockets_have_their_addresses);
	UNIT(cut_short_or_damaged_they_do_no_harm);
	UNIT(what_is_not_there_is_empty);
	UNIT(older_images_and_odd_ones);
	return unit_run("image_files");
}
