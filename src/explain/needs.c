// SPDX-License-Identifier: MIT
#include "explain/needs.h"

#include "look/sockets.h"

#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void add(struct needs *n, const char *kind, char *what)
{
	n->v = xreallocarray(n->v, n->n + 1, sizeof(*n->v));
	n->v[n->n].kind = kind;
	n->v[n->n++].what = what;
}

/* What the recipe names on the host */

static void add_mounts(const struct recipe *r, struct needs *ret)
{
	recipe_for_each_mount (m, r) {
		const char *folder = m->folder && strcmp(m->folder, "/") != 0 ? m->folder : "";

		if (m->owner == OWNER_HOST && m->host)
			add(ret, "mount",
			    xasprintf("%s%s, mounted on %s",
				      *folder && !strcmp(m->host, "/") ? "" : m->host, folder,
				      m->at));
		if (m->owner == OWNER_GIVEN && m->key)
			add(ret, "option",
			    xasprintf("--external mnt[%s]:PATH, for %s", m->key, m->at));
	}
}

static bool has_kept(const struct recipe *r)
{
	recipe_for_each_mount (m, r)
		if (m->owner == OWNER_KEPT)
			return true;
	return false;
}

static void add_recipe(const struct contents *c, struct needs *ret)
{
	const struct recipe *r = &c->recipe;

	add_mounts(r, ret);
	recipe_for_each_view (w, r)
		add_mounts(w, ret);
	recipe_for_each_file (file, r)
		add(ret, "file", xasprintf("%s, opened from outside", file->path));
	recipe_for_each_unix (s, r)
		if (!s->cut)
			add(ret, "unix", xasprintf("a server that listens on %s", s->to));
	if (has_kept(r))
		add(ret, "program", xstrdup("tar, for the content of each kept tmpfs"));
}

/* What the images name */

static void add_terminals(const struct image_ttys *t, struct needs *ret)
{
	bool job = image_ttys_have_job(t);

	for (size_t i = 0; i < t->n; i++)
		job |= t->v[i].is_external;
	if (job)
		add(ret, "terminal", xstrdup("a terminal, or else it gets a new pty"));
}

static const char *protocol_name(unsigned protocol)
{
	static const struct {
		unsigned protocol;
		const char *name;
	} names[] = {
		{ IPPROTO_TCP, "TCP" },
		{ IPPROTO_UDP, "UDP" },
		{ IPPROTO_UDPLITE, "UDP-Lite" },
		{ IPPROTO_ICMP, "ICMP" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].protocol == protocol)
			return names[i].name;
	return "socket";
}

static char *end_name(unsigned family, const uint32_t *ip, unsigned port)
{
	struct inet_end end = { .port = (uint16_t)port };

	memcpy(end.ip, ip, sizeof(end.ip));
	return socket_end_text(family == AF_INET6 ? AF_INET6 : AF_INET, &end);
}

char *needs_socket_name(const struct image_socket *s)
{
	_cleanup_free_ char *from = end_name(s->family, s->from, s->from_port);
	_cleanup_free_ char *to = s->to_port ? end_name(s->family, s->to, s->to_port) : NULL;

	return xasprintf("%s %s%s%s", protocol_name(s->protocol), from, to ? " to " : "",
			 to ? to : "");
}

/*
 * An abstract name begins with a NUL, and may have more (unix(7)): each is shown as "@", as in
 * /proc/net/unix.
 */
char *needs_unix_name(const struct image_unix *u)
{
	char *name = xcalloc(u->name_size + 1, 1);

	for (size_t i = 0; i < u->name_size; i++)
		name[i] = (char)(u->name[i] ? u->name[i] : '@');
	return name;
}

/* In a network namespace of its own, which criu makes again, everything is free. */
static bool is_in_callers_network(const struct contents *c, const struct image_socket *s)
{
	return !s->ns_id || !c->images.crius_net || s->ns_id == c->images.crius_net;
}

static void add_sockets(const struct contents *c, struct needs *ret)
{
	for (size_t i = 0; i < c->files.n_sockets; i++) {
		const struct image_socket *s = &c->files.sockets[i];
		_cleanup_free_ char *name = needs_socket_name(s);

		if (!is_in_callers_network(c, s) || !s->from_port)
			continue;
		if (image_socket_is_connection(s))
			add(ret, "connection",
			    xasprintf("%s: the first address, and a peer that still waits", name));
		else
			add(ret, "port", xasprintf("%s, free", name));
	}
	if (c->files.has_outside_unix)
		add(ret, "unix", xstrdup("the servers that it sends datagrams to"));
}

static void add_files(const struct image_files *f, struct needs *ret)
{
	size_t named = 0;

	for (size_t i = 0; i < f->n; i++) {
		named += !f->v[i].external && !f->v[i].is_terminals &&
			 f->v[i].remap == IMAGE_AS_NAMED;
	}
	if (named)
		add(ret, "files", xasprintf("%zu files and directories, as they were", named));
}

static void add_machine(const struct images *i, struct needs *ret)
{
	const char *processor = images_processor(i);

	if (processor)
		add(ret, "processor", xasprintf("a processor like %s", processor));
	if (i->lsm && i->lsm_profile)
		add(ret, "security", xasprintf("the security label %s", i->lsm_profile));
	if (i->criu)
		add(ret, "criu",
		    xasprintf("criu %u.%u or newer", i->criu / 1000000, i->criu / 1000 % 1000));
	if (i->has_plugins)
		add(ret, "plugin", xstrdup("the plugins of criu that the freeze had"));
}

void needs_find(const struct contents *c, struct needs *ret)
{
	*ret = (struct needs){ 0 };
	if (c->earlier)
		add(ret, "images",
		    xasprintf("the images of an earlier pre-dump, in %s", c->earlier));
	add_recipe(c, ret);
	add_files(&c->files, ret);
	add_terminals(&c->ttys, ret);
	add_sockets(c, ret);
	add_machine(&c->images, ret);
}

void needs_free(struct needs *n)
{
	for (size_t i = 0; i < n->n; i++)
		free(n->v[i].what);
	free(n->v);
	*n = (struct needs){ 0 };
}
