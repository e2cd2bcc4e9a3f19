// SPDX-License-Identifier: MIT
#include "explain/show.h"

#include "explain/explain.h"
#include "explain/json.h"
#include "explain/needs.h"
#include "explain/result.h"
#include "util/printable.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

/* What both have in common */

/* "" if it is not known. */
static void format_time(time_t t, const char *how, char *buf, size_t size)
{
	struct tm tm;

	*buf = '\0';
	if (t && gmtime_r(&t, &tm))
		(void)strftime(buf, size, how, &tm);
}

static const char *unix_type(const struct image_unix *s)
{
	return s->type == SOCK_STREAM ? "stream" : s->type == SOCK_DGRAM ? "dgram" : "seqpacket";
}

static const char *state_name(unsigned state)
{
	return state == TCP_LISTEN ? "listens" : state == TCP_ESTABLISHED ? "connected" : "closed";
}

static bool has_key(const char *key, const char *other)
{
	return key && other ? !strcmp(key, other) : key == other;
}

/*
 * The recipe says whose each mount of the root task's is; of several on one mountpoint the keys
 * tell which is which.
 */
static const char *owner_of(const struct contents_view *v, const struct contents *c,
			    const struct sorted *by_at, const struct image_mount *m)
{
	bool roots = c->tasks.n && (!c->tasks.v[0].view || c->tasks.v[0].view == v->id);
	struct sorted_run at = recipe_at(by_at, m->at);

	for (size_t i = 0; i < at.n && roots; i++) {
		const struct recipe_mount *r = at.v[i];

		if (at.n == 1 || has_key(r->key, m->key))
			return recipe_owner_name(r->owner);
	}
	return images_is_named(m) ? "given" : images_is_auto(m) ? "auto" : "own";
}

/* Text */

static void print_line(FILE *out, const char *label, const char *value)
{
	fprintf(out, "  %-10s ", label);
	printable_write(out, value);
	fputc('\n', out);
}

static void print_head(FILE *out, const struct contents *c)
{
	char when[64];
	char size[32];
	char memory[32];

	format_time(c->written, ", written on %Y-%m-%d %H:%M:%S UTC", when, sizeof(when));
	printable_write(out, c->path);
	fprintf(out, ": %s%s\n",
		c->images.present ? "images of a freeze" : "images that are not complete", when);
	if (c->about)
		print_line(out, "frozen", c->about);
	explain_size(c->size, size, sizeof(size));
	explain_size(c->memory, memory, sizeof(memory));
	fprintf(out, "  %-10s %s in %zu files, %s of it memory\n", "size", size, c->n_files,
		memory);
}

static void print_args(FILE *out, const struct image_task *t)
{
	const char *end = t->args + t->n_args;

	for (const char *word = t->args; word < end; word += strlen(word) + 1) {
		if (word > t->args)
			fputc(' ', out);
		explain_word(out, word);
	}
	if (t->cut)
		fputs(" ...", out);
}

static void print_tasks(FILE *out, const struct contents *c)
{
	fputs("  processes  pid, parent, threads, command\n", out);
	for (size_t i = 0; i < c->tasks.n; i++) {
		const struct image_task *t = &c->tasks.v[i];

		fprintf(out, "    %7d %7d %4zu  ", t->pid, t->parent, t->threads);
		if (t->args) {
			print_args(out, t);
		} else {
			fputc('[', out);
			printable_write(out, t->comm ? t->comm : "?");
			fputs(t->dead ? "] has ended" : "]", out);
		}
		fputc('\n', out);
	}
}

static void print_mounts(FILE *out, const struct contents *c)
{
	struct sorted by_at = recipe_sort_by_at(&c->recipe);

	if (!c->n_views && c->tasks.n) /* without tasks, nothing is known of their mounts */
		print_line(out, "mounts", "those of the caller");
	for (size_t i = 0; i < c->n_views; i++) {
		const struct contents_view *v = &c->views[i];

		fprintf(out, "  mounts     mount namespace %lu\n", v->id);
		for (size_t n = 0; n < v->n_mounts; n++) {
			fprintf(out, "    %-7s ", owner_of(v, c, &by_at, &v->mounts[n]));
			printable_write(out, v->mounts[n].at);
			fputc('\n', out);
		}
	}
	sorted_free(&by_at);
}

static void print_sockets(FILE *out, const struct contents *c)
{
	if (c->files.n_sockets + c->files.n_unixes)
		fputs("  sockets\n", out);
	for (size_t i = 0; i < c->files.n_sockets; i++) {
		const struct image_socket *s = &c->files.sockets[i];
		_cleanup_free_ char *name = needs_socket_name(s);

		fprintf(out, "    %s%s\n", name, s->state == TCP_LISTEN ? " listens" : "");
	}
	for (size_t i = 0; i < c->files.n_unixes; i++) {
		const struct image_unix *s = &c->files.unixes[i];
		_cleanup_free_ char *name = needs_unix_name(s);

		fprintf(out, "    unix %s ", unix_type(s));
		printable_write(out, name);
		fputs(s->state == TCP_LISTEN ? " listens\n" : "\n", out);
	}
}

void show_text(FILE *out, const struct contents *c)
{
	struct needs needs;

	print_head(out, c);
	print_tasks(out, c);
	print_mounts(out, c);
	print_sockets(out, c);
	needs_find(c, &needs);
	if (needs.n)
		fputs("  a thaw needs\n", out);
	for (size_t i = 0; i < needs.n; i++) {
		fputs("    ", out);
		printable_write(out, needs.v[i].what);
		fputc('\n', out);
	}
	needs_free(&needs);
}

/* JSON */

static void put_task(struct json *j, const struct contents *c, const struct image_task *t)
{
	json_begin(j, NULL, '{');
	json_number(j, "pid", (uint64_t)t->pid);
	json_number(j, "parent", (uint64_t)t->parent);
	json_number(j, "group", (uint64_t)t->group);
	json_number(j, "session", (uint64_t)t->session);
	json_number(j, "threads", t->threads);
	json_bool(j, "ended", t->dead);
	json_text(j, "name", t->comm);
	json_text(j, "program", t->program ? contents_file(c, t->program) : NULL);
	if (t->view)
		json_number(j, "mount_namespace", t->view);
	if (t->args) {
		const char *end = t->args + t->n_args;

		json_begin(j, "command", '[');
		for (const char *word = t->args; word < end; word += strlen(word) + 1)
			json_text(j, NULL, word);
		json_end(j, ']');
		json_bool(j, "command_is_cut", t->cut);
	}
	json_end(j, '}');
}

static void put_view(struct json *j, const struct contents *c, const struct contents_view *v,
		     const struct sorted *by_at)
{
	for (size_t n = 0; n < v->n_mounts; n++) {
		const struct image_mount *m = &v->mounts[n];

		json_begin(j, NULL, '{');
		json_number(j, "mount_namespace", v->id);
		json_text(j, "at", m->at);
		json_text(j, "root", m->root);
		json_text(j, "is", owner_of(v, c, by_at, m));
		json_text(j, "key", m->key);
		json_end(j, '}');
	}
}

static void put_mounts(struct json *j, const struct contents *c)
{
	struct sorted by_at = recipe_sort_by_at(&c->recipe);

	json_begin(j, "mounts", '[');
	for (size_t i = 0; i < c->n_views; i++)
		put_view(j, c, &c->views[i], &by_at);
	json_end(j, ']');
	sorted_free(&by_at);
}

static void put_sockets(struct json *j, const struct image_files *f)
{
	json_begin(j, "sockets", '[');
	for (size_t i = 0; i < f->n_sockets; i++) {
		_cleanup_free_ char *name = needs_socket_name(&f->sockets[i]);

		json_begin(j, NULL, '{');
		json_text(j, "family", f->sockets[i].family == AF_INET6 ? "inet6" : "inet");
		json_text(j, "name", name);
		json_text(j, "state", state_name(f->sockets[i].state));
		json_end(j, '}');
	}
	for (size_t i = 0; i < f->n_unixes; i++) {
		const struct image_unix *s = &f->unixes[i];
		_cleanup_free_ char *name = needs_unix_name(s);

		json_begin(j, NULL, '{');
		json_text(j, "family", "unix");
		json_text(j, "type", unix_type(s));
		json_text(j, "name", name);
		json_text(j, "state", state_name(s->state));
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void put_files(struct json *j, const struct image_files *f)
{
	json_begin(j, "files", '[');
	for (size_t i = 0; i < f->n; i++)
		json_text(j, NULL, f->v[i].path);
	json_end(j, ']');
}

static void put_needs(struct json *j, const struct contents *c)
{
	struct needs needs;

	needs_find(c, &needs);
	json_begin(j, "needs", '[');
	for (size_t i = 0; i < needs.n; i++) {
		json_begin(j, NULL, '{');
		json_text(j, "kind", needs.v[i].kind);
		json_text(j, "what", needs.v[i].what);
		json_end(j, '}');
	}
	json_end(j, ']');
	needs_free(&needs);
}

static void put_head(struct json *j, const struct contents *c)
{
	char when[64];

	format_time(c->written, "%Y-%m-%dT%H:%M:%SZ", when, sizeof(when));
	json_text(j, "directory", c->path);
	json_bool(j, "complete", c->images.present);
	json_text(j, "written", *when ? when : NULL);
	json_text(j, "frozen", c->about);
	json_number(j, "bytes", c->size);
	json_number(j, "memory_bytes", c->memory);
	json_number(j, "image_files", c->n_files);
}

void show_json(FILE *out, const struct contents *c)
{
	struct json j = { .out = out };

	json_begin(&j, NULL, '{');
	put_head(&j, c);
	json_begin(&j, "processes", '[');
	for (size_t i = 0; i < c->tasks.n; i++)
		put_task(&j, c, &c->tasks.v[i]);
	json_end(&j, ']');
	put_mounts(&j, c);
	put_sockets(&j, &c->files);
	put_files(&j, &c->files);
	put_needs(&j, c);
	json_begin(&j, "problems", '[');
	for (size_t i = 0; i < c->problems.n; i++)
		json_text(&j, NULL, c->problems.v[i]);
	json_end(&j, ']');
	json_end(&j, '}');
	fputc('\n', out);
}

int show_directory(const char *path, bool json)
{
	struct contents c;
	struct err e;
	int status = 0;

	if (contents_read(path, &c, &e) < 0)
		status = err_report(&e);
	else if (json)
		show_json(stdout, &c);
	else
		show_text(stdout, &c);
	if (fflush(stdout) != 0) {
		err_set(&e, errno, "cannot write to standard output");
		status = err_report(&e);
	}
	for (size_t i = 0; i < c.problems.n; i++)
		fprintf(stderr, "criu-ns: %s\n", c.problems.v[i]);
	if (c.n_problems > c.problems.n)
		fprintf(stderr, "criu-ns: and %zu more of this kind\n",
			c.n_problems - c.problems.n);
	if (c.n_problems)
		status = EXIT_OWN;
	contents_free(&c);
	return status;
}
