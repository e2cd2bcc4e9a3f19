// SPDX-License-Identifier: MIT
#include "rpc/request.h"

#include <stdlib.h>
#include <string.h>

enum kind {
	BOOL,   /* what it says, true or false, replaces what was said before */
	SET,    /* only true counts */
	TEXT,   /* a value */
	NUMBER, /* the same, as a number */
};

/*
 * As setup_opts_from_req() in criu/cr-service.c reads them; what no stage of criu-ns asks for is
 * not in here.
 */
static const struct {
	unsigned number;
	enum kind kind;
	const char *option;
	bool twin; /* there is a --no-NAME */
} fields[] = {
	{ 3, SET, "leave-running", false },
	{ 4, BOOL, "ext-unix-sk", false },
	{ 5, BOOL, "tcp-established", true },
	{ 7, BOOL, "evasive-devices", true },
	{ 6, BOOL, "shell-job", true },
	{ 8, BOOL, "file-locks", true },
	{ OPT_LOG_FILE, TEXT, "log-file", false },
	{ 13, TEXT, "root", false },
	{ 15, BOOL, "track-mem", true },
	{ 18, BOOL, "link-remap", true },
	{ 20, NUMBER, "cpu-cap", false },
	{ 21, BOOL, "force-irmap", true },
	{ OPT_RST_SIBLING, BOOL, "restore-sibling", true },
	{ 29, BOOL, "enable-external-sharing", false },
	{ 30, BOOL, "enable-external-masters", false },
	{ 31, TEXT, "skip-mnt", false },
	{ 32, TEXT, "enable-fs", false },
	{ 35, NUMBER, "ghost-limit", false },
	{ 36, TEXT, "irmap-scan-path", false },
	{ 37, TEXT, "external", false },
	{ 44, TEXT, "freeze-cgroup", false },
	{ 45, NUMBER, "timeout", false },
	{ 46, BOOL, "skip-in-flight", true },
	{ 47, BOOL, "weak-sysctls", true },
	{ 48, BOOL, "lazy-pages", false },
	{ 52, BOOL, "tcp-close", true },
	{ 66, BOOL, "skip-file-rwx-check", true },
	{ 67, BOOL, "unprivileged", true },
	{ 69, SET, "leave-stopped", false },
};

static void add_opts(struct pb_out *opts, const struct pb_field *f)
{
	pb_put(opts, f->text, f->length);
}

static struct pb opts_of(const struct rpc_request *r)
{
	const uint8_t *v = (const uint8_t *)r->opts.v;

	return (struct pb){ v, v ? v + r->opts.n : NULL };
}

static void replace(char **text, const struct pb_field *f)
{
	free(*text);
	*text = pb_text(f);
}

/* Is a field of that number in the message that is in this one? */
static bool has_inside(const struct pb_field *f, unsigned number)
{
	struct pb m = pb_inside(f);
	struct pb_field inner;

	while (m.at < m.end && pb_take_field(&m, &inner))
		if (inner.number == number)
			return true;
	return false;
}

static void note_option(struct rpc_request *r, const struct pb_field *f)
{
	enum { PAGE_SERVER_FD = 4 };

	switch (f->number) {
	case OPT_IMAGES_DIR_FD:
		r->images_dir_fd = (int)f->value;
		break;
	case OPT_WORK_DIR_FD:
		r->work_dir_fd = (int)f->value;
		r->has_work_dir = true;
		break;
	case OPT_STATUS_FD:
		r->status_fd = (int)f->value;
		break;
	case OPT_PIDFD_STORE:
		r->pidfd_store = (int)f->value;
		break;
	case OPT_PID:
		r->pid = (pid_t)f->value;
		r->has_pid = true;
		break;
	case OPT_IMAGES_DIR:
		replace(&r->images_dir, f);
		break;
	case OPT_CONFIG_FILE:
		replace(&r->config_file, f);
		break;
	case OPT_LOG_FILE:
		replace(&r->log_file, f);
		break;
	case OPT_NOTIFY_SCRIPTS:
		r->notifies = f->value != 0;
		break;
	case OPT_LOG_TO_STDERR:
		r->log_to_stderr = f->value != 0;
		break;
	case OPT_ORPHAN_PTS_MASTER:
		r->orphan_masters = f->value != 0;
		break;
	case OPT_EXEC_CMD:
		if (f->text)
			strv_take(&r->exec_cmd, pb_text(f));
		break;
	case OPT_RST_SIBLING:
	case OPT_INHERIT_FD:
		r->worker_only = true;
		break;
	case OPT_PAGE_SERVER:
		r->worker_only |= has_inside(f, PAGE_SERVER_FD);
		break;
	default:
		break;
	}
}

bool rpc_request_read(const void *bytes, size_t n, struct rpc_request *ret)
{
	struct pb m = { bytes, (const uint8_t *)bytes + n };
	struct pb_field f;

	*ret = (struct rpc_request){ .whole = m,
				     .images_dir_fd = -1,
				     .work_dir_fd = -1,
				     .status_fd = -1,
				     .pidfd_store = -1 };
	while (m.at < m.end) {
		if (!pb_take_field(&m, &f))
			return false;
		if (f.number == REQ_TYPE && !f.text)
			ret->type = f.value;
		if (f.number == REQ_KEEP_OPEN)
			ret->keep_open = f.value != 0;
		if (f.number == REQ_OPTS && f.text)
			add_opts(&ret->opts, &f);
	}
	for (m = opts_of(ret); m.at < m.end;) {
		if (!pb_take_field(&m, &f))
			return false;
		note_option(ret, &f);
	}
	return true;
}

void rpc_request_free(struct rpc_request *r)
{
	free(r->opts.v);
	free(r->images_dir);
	free(r->config_file);
	free(r->log_file);
	strv_free(&r->exec_cmd);
	*r = (struct rpc_request){ 0 };
}

uint64_t rpc_type_of(const void *bytes, size_t n)
{
	struct pb m = { bytes, (const uint8_t *)bytes + n };
	uint64_t type = RPC_EMPTY;
	struct pb_field f;

	while (m.at < m.end && pb_take_field(&m, &f))
		if (f.number == REQ_TYPE && !f.text)
			type = f.value;
	return type;
}

/* Words */

static void add_option(struct strv *words, const char *name, char *value)
{
	strv_take(words, value ? xasprintf("--%s=%s", name, value) : xasprintf("--%s", name));
	free(value);
}

/*
 * For protobuf, the last value of a scalar is the one that counts, and so it is for criu's command
 * line.
 */
static void add_table_option(const struct pb_field *f, struct strv *words, struct strv *denied)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (fields[i].number != f->number)
			continue;
		if (fields[i].kind == TEXT && f->text)
			add_option(words, fields[i].option, pb_text(f));
		else if (fields[i].kind == NUMBER && !f->text)
			add_option(words, fields[i].option,
				   xasprintf("%lu", (unsigned long)(uint32_t)f->value));
		else if (fields[i].kind <= SET && !f->text && f->value)
			add_option(words, fields[i].option, NULL);
		else if (fields[i].kind == BOOL && !f->text && fields[i].twin)
			strv_take(words, xasprintf("--no-%s", fields[i].option));
		else if (fields[i].kind == BOOL && !f->text)
			strv_add(denied, fields[i].option);
	}
}

/* A message of two fields, texts or numbers, as one text; NULL if one is missing. */
static char *join(const struct pb_field *f, unsigned first, unsigned second, const char *format)
{
	_cleanup_free_ char *one = NULL;
	_cleanup_free_ char *other = NULL;
	struct pb m = pb_inside(f);
	struct pb_field inner;

	while (m.at < m.end && pb_take_field(&m, &inner)) {
		char **to = inner.number == first ? &one : inner.number == second ? &other : NULL;

		if (!to)
			continue;
		free(*to);
		*to = inner.text ? pb_text(&inner) : xasprintf("%d", (int)inner.value);
	}
	if (!one || !other)
		return NULL;
	return xasprintf(*format == '[' ? "fd[%s]:%s" : "%s:%s", one, other);
}

static void add_joined(struct strv *words, const char *name, char *value)
{
	if (value)
		add_option(words, name, value);
}

static void add_network_lock(const struct pb_field *f, struct strv *words)
{
	static const char *const names[] = { NULL, "iptables", "nftables", "skip" };

	if (!f->text && f->value < ARRAY_SIZE(names) && names[f->value])
		add_option(words, "network-lock", xstrdup(names[f->value]));
}

static void add_words(const struct pb_field *f, struct strv *words, struct strv *denied)
{
	switch (f->number) {
	case OPT_LOG_LEVEL:
		strv_take(words, xasprintf("-v%u", (unsigned)f->value & 0x7f));
		break;
	case OPT_EXT_MNT:
		add_joined(words, "ext-mount-map", join(f, 1, 2, ""));
		break;
	case OPT_INHERIT_FD:
		add_joined(words, "inherit-fd", join(f, 2, 1, "["));
		break;
	case OPT_AUTO_EXT_MNT:
		if (f->value)
			add_option(words, "external", xstrdup("mnt[]"));
		break;
	case OPT_UNIX_SK_INO: {
		struct pb m = pb_inside(f);
		struct pb_field ino;

		if (pb_take_field(&m, &ino))
			add_option(words, "external",
				   xasprintf("unix[%lu]", (unsigned long)ino.value));
		break;
	}
	case OPT_EMPTY_NS:
		if (f->value)
			add_option(words, "empty-ns", xstrdup("net"));
		break;
	case OPT_JOIN_NS:
		add_joined(words, "join-ns", join(f, JOIN_NS, JOIN_NS_FILE, ""));
		break;
	case OPT_NETWORK_LOCK:
		add_network_lock(f, words);
		break;
	default:
		add_table_option(f, words, denied);
		break;
	}
}

void rpc_request_words(const struct rpc_request *r, struct strv *words, struct strv *denied)
{
	struct pb m = opts_of(r);
	struct pb_field f;

	while (m.at < m.end && pb_take_field(&m, &f))
		add_words(&f, words, denied);
}

/* Changes */

static void put_descriptor(struct pb_out *out, unsigned number, int fd)
{
	if (fd >= 0)
		pb_put_number(out, number, (uint64_t)fd);
}

/* TYPE:FILE, as it is there; NULL: as it was. */
static const char *joined_there(const struct pb_field *f, const struct rpc_changes *c)
{
	_cleanup_free_ char *value = join(f, JOIN_NS, JOIN_NS_FILE, "");

	for (size_t i = 0; c->joined && value && i < c->joined->n; i++)
		if (!strcmp(c->joined->v[i], value))
			return c->joined_there->v[i];
	return NULL;
}

static void put_joined(struct pb_out *opts, const struct rpc_request *r,
		       const struct rpc_changes *c)
{
	struct pb m = opts_of(r);
	struct pb_field f;

	while (c->joined && m.at < m.end && pb_take_field(&m, &f)) {
		struct pb_out inner = { 0 };
		const char *there = f.number == OPT_JOIN_NS ? joined_there(&f, c) : NULL;

		if (f.number != OPT_JOIN_NS)
			continue;
		pb_put_without(&inner, pb_inside(&f), there ? JOIN_NS_FILE : 0);
		if (there)
			pb_put_bytes(&inner, JOIN_NS_FILE, there, strlen(there));
		pb_put_bytes(opts, OPT_JOIN_NS, inner.v, inner.n);
		free(inner.v);
	}
}

/* Without what is said again. */
static void put_opts(struct pb_out *opts, const struct rpc_request *r, const struct rpc_changes *c)
{
	struct pb_out some = { 0 };

	pb_put_without(&some, opts_of(r), c->exec_cmd ? OPT_EXEC_CMD : 0);
	if (some.n)
		pb_put_without(
			opts,
			(struct pb){ (const uint8_t *)some.v, (const uint8_t *)some.v + some.n },
			c->joined ? OPT_JOIN_NS : 0);
	free(some.v);
	put_joined(opts, r, c);
}

struct pb_out rpc_request_change(const struct rpc_request *r, const struct rpc_changes *c)
{
	struct pb_out opts = { 0 };
	struct pb_out out = { 0 };

	put_opts(&opts, r, c);
	put_descriptor(&opts, OPT_IMAGES_DIR_FD, c->images_dir_fd);
	put_descriptor(&opts, OPT_WORK_DIR_FD, c->work_dir_fd);
	put_descriptor(&opts, OPT_STATUS_FD, c->status_fd);
	put_descriptor(&opts, OPT_PIDFD_STORE, c->pidfd_store);
	if (c->pid)
		pb_put_number(&opts, OPT_PID, (uint64_t)c->pid);
	if (c->config_file)
		pb_put_bytes(&opts, OPT_CONFIG_FILE, c->config_file, strlen(c->config_file));
	for (size_t i = 0; c->exec_cmd && i < c->exec_cmd->n; i++)
		pb_put_bytes(&opts, OPT_EXEC_CMD, c->exec_cmd->v[i], strlen(c->exec_cmd->v[i]));
	pb_put_without(&out, r->whole, REQ_OPTS);
	pb_put_bytes(&out, REQ_OPTS, opts.v, opts.n);
	pb_put_number(&out, REQ_TYPE, c->type);
	free(opts.v);
	return out;
}
