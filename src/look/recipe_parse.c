// SPDX-License-Identifier: MIT
#include "look/recipe.h"
#include "look/recipe_language.h"
#include "util/util.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 100,000 mounts is the kernel's default limit (fs.mount-max). */
enum { MAX_SIZE = 16 << 20, MAX_LINES = 100000 };

/*
 * Limits with which everything that was read can be written again, with magic, comments, frame and
 * end.
 */
enum { MAX_ENTRIES = MAX_LINES - 5 };

enum { MAX_KEY = 64, MAX_GIVEN_KEY = 4096 };

struct span {
	const char *p;
	size_t n;
};

/* A name that may occur only once, and the line it was on. */
struct name {
	const char *name;
	const char *at; /* the mountpoint at which it may occur again; NULL: it may not */
	unsigned long line;
};

struct names {
	struct name *v;
	size_t n;
};

struct parser {
	struct span rest;
	unsigned long line; /* the current line */
	bool framed, ended;
	struct names keys, ids, inodes;
	struct recipe *ret;
	/* the mount lines from here on are about this one; NULL: the root task's */
	struct recipe *view;
	struct err *e;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Most of the words that are compared begin with different letters. */
static bool span_is(struct span s, const char *text)
{
	return s.n && *s.p == *text && s.n == strlen(text) && !memcmp(s.p, text, s.n);
}

static __attribute__((format(printf, 2, 3))) int bad(const struct parser *p, const char *fmt, ...)
{
	char what[sizeof(p->e->what)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return err_set(p->e, 0, "line %lu of the recipe: %s", p->line, what);
}

/* A word of the file for a message: as it is in the file, but not too long, and only in ASCII. */
struct shown {
	char text[80];
};

static struct shown show(struct span word)
{
	enum { LONGEST = sizeof("\\377...") };
	struct shown s = { "" };
	size_t n = 0;

	for (size_t i = 0; i < word.n; i++) {
		unsigned char c = (unsigned char)word.p[i];
		bool plain = c >= ' ' && c < 0x7f;

		if (n + LONGEST > sizeof(s.text)) {
			snprintf(s.text + n, sizeof(s.text) - n, "...");
			break;
		}
		n += (size_t)snprintf(s.text + n, sizeof(s.text) - n, plain ? "%c" : "\\%03o", c);
	}
	return s;
}

static struct shown show_text(const char *text)
{
	return show((struct span){ text, strlen(text) });
}

/* The next word of a line; an empty one at the end. */
static struct span take_word(struct span *line)
{
	struct span word = *line;

	while (word.n && is_blank(*word.p)) {
		word.p++;
		word.n--;
	}
	*line = word;
	while (line->n && !is_blank(*line->p)) {
		line->p++;
		line->n--;
	}
	word.n -= line->n;
	return word;
}

/*
 * A fresh text; NULL if a backslash is not followed by the octal digits of a byte other than NUL.
 */
static char *unescape(struct span s)
{
	char *text = xcalloc(s.n + 1, 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '\\') {
			c = '\0';
			if (s.n - i > 3)
				c = parse_octal(s.p + i + 1);
			i += 3;
		}
		if (!c) {
			free(text);
			return NULL;
		}
		text[n++] = c;
	}
	return text;
}

static const struct recipe_field *find_field(const struct recipe_fields *fields, struct span name)
{
	for (size_t i = 0; i < fields->n; i++)
		if (span_is(name, fields->v[i].name))
			return &fields->v[i];
	return NULL;
}

static int parse_value(const struct parser *p, const struct recipe_field *f, struct span value,
		       void *entry)
{
	if (!value.n)
		return bad(p, "\"%s\" has no value", f->name);

	_cleanup_free_ char *text = unescape(value);

	if (!text) {
		(void)bad(p, "%s=%s: a backslash that does not begin an escape", f->name,
			  show(value).text);
		return err_hint(
			p->e,
			"write \\134 for a backslash, \\040 for a blank, \\ooo for any byte but NUL");
	}

	const char *wrong = f->kind->read(&text, (char *)entry + f->offset);

	return wrong ? bad(p, "%s=%s: %s", f->name, show(value).text, wrong) : 0;
}

static int parse_field(const struct parser *p, const struct recipe_fields *fields, struct span word,
		       void *entry, unsigned *seen)
{
	const char *equals = memchr(word.p, '=', word.n);
	struct span name = { word.p, equals ? (size_t)(equals - word.p) : word.n };
	size_t before = name.n + (equals != NULL);
	struct span value = { word.p + before, word.n - before };
	const struct recipe_field *f = find_field(fields, name);

	if (!f)
		return bad(p, "unknown field \"%s\"", show(name).text);
	if (*seen & 1U << (f - fields->v))
		return bad(p, "duplicate field \"%s\"", f->name);
	*seen |= 1U << (f - fields->v);
	if (!recipe_is_bare(f))
		return parse_value(p, f, value, entry);
	if (equals)
		return bad(p, "\"%s\" takes no value", f->name);
	(void)f->kind->read(NULL, (char *)entry + f->offset);
	return 0;
}

/* Parse words into an entry; *ret_seen gets a bit for each field that was there. */
static int parse_fields(const struct parser *p, const struct recipe_fields *fields,
			struct span words, void *entry, unsigned *ret_seen)
{
	unsigned seen = 0;

	for (struct span word; (word = take_word(&words)).n;) {
		int r = parse_field(p, fields, word, entry, &seen);

		if (r < 0)
			return r;
	}
	*ret_seen = seen;
	return 0;
}

static int check_needed(const struct parser *p, const struct recipe_field *f, bool there)
{
	if (there || f->presence != NEEDED)
		return 0;
	return bad(p, "\"%s\" is missing", f->name);
}

/* criu finds the root task's root by its mountpoint, not by a key. */
static bool is_keyless(const struct parser *p, const struct recipe_field *f, bool is_root)
{
	return is_root && !p->view && f->offset == offsetof(struct recipe_mount, key);
}

static int check_mount_fields(const struct parser *p, const struct recipe_mount *m, bool is_root,
			      unsigned seen)
{
	for (size_t i = 0; i < recipe_mount_fields.n; i++) {
		const struct recipe_field *f = &recipe_mount_fields.v[i];
		bool there = seen >> i & 1;
		bool rootless = is_keyless(p, f, is_root);
		bool belongs = (f->owners >> m->owner & 1) && !rootless;
		int r = belongs ? check_needed(p, f, there) : 0;

		if (r < 0)
			return r;
		if (there && !belongs)
			return bad(p, "\"%s\" cannot be used with %s%s", f->name,
				   rootless ? "the root" : "is=",
				   rootless ? "" : recipe_owner_name(m->owner));
	}
	return 0;
}

static int check_root(const struct parser *p, const struct recipe_mount *m, bool is_root)
{
	bool at_root = !strcmp(m->at, "/");

	if (is_root && !at_root)
		return bad(p, "the first mount is not the root (at=/)");
	if (is_root && m->hidden)
		return bad(p, "the root cannot be hidden");
	if (!is_root && at_root && !m->hidden)
		return bad(p, "a second root (at=/) that is not hidden");
	if ((p->view || m->hidden) && m->owner == OWNER_KEPT)
		return bad(p, "only a mount that the root task sees can have is=kept");
	return 0;
}

static bool is_key_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.' || c == '-';
}

/* What criu and its option --external accept; they have already accepted a key of the user's. */
static int check_key(const struct parser *p, const struct recipe_mount *m)
{
	bool given = m->owner == OWNER_GIVEN;
	size_t n = strlen(m->key);
	size_t good = 0;

	while (is_key_letter(m->key[good]))
		good++;
	if (n > (given ? MAX_GIVEN_KEY : MAX_KEY))
		return bad(p, "the key has more than %d bytes", given ? MAX_GIVEN_KEY : MAX_KEY);
	if (!given && good != n)
		return bad(
			p,
			"the key \"%s\" has characters other than letters, digits, \"_\", \".\", \"-\"",
			show_text(m->key).text);
	return 0;
}

static void add_name(struct names *names, const char *name, const char *at, unsigned long line)
{
	names->v = xgrow(names->v, names->n, sizeof(*names->v));
	names->v[names->n++] = (struct name){ name, at, line };
}

static int parse_mount(struct parser *p, struct span words)
{
	struct recipe *to = p->view ? p->view : p->ret;
	struct recipe_mount *m = recipe_add_mount(to);
	bool is_root = to->n_mounts == 1;
	unsigned seen;
	int r = parse_fields(p, &recipe_mount_fields, words, m, &seen);

	if (!r)
		r = check_mount_fields(p, m, is_root, seen);
	if (!r)
		r = check_root(p, m, is_root);
	if (!r && m->key)
		r = check_key(p, m);
	if (!r && m->key)
		/* runc names /dev/null for all that it hides */
		add_name(&p->keys, m->key,
			 m->owner == OWNER_GIVEN ? ""
			 : p->view               ? NULL
						 : m->at,
			 p->line);
	return r;
}

/* The fields of a line, none of which may be missing that its kind needs. */
static int parse_whole(struct parser *p, const struct recipe_fields *fields, struct span words,
		       void *entry)
{
	unsigned seen;
	int r = parse_fields(p, fields, words, entry, &seen);

	for (size_t i = 0; !r && i < fields->n; i++)
		r = check_needed(p, &fields->v[i], seen >> i & 1);
	return r;
}

static int parse_file(struct parser *p, struct span words)
{
	struct recipe_file *f = recipe_add_file(p->ret);
	int r = parse_whole(p, &recipe_file_fields, words, f);

	if (!r)
		add_name(&p->ids, f->id, NULL, p->line);
	return r;
}

static int parse_unix(struct parser *p, struct span words)
{
	struct recipe_unix *s = recipe_add_unix(p->ret);
	int r = parse_whole(p, &recipe_unix_fields, words, s);

	if (!r && (s->to != NULL) == s->cut)
		r = bad(p, "a socket has one of \"to\" and \"cut\"");
	if (!r && !s->journal.is_one && (s->journal.identifier || s->journal.unit))
		r = bad(p, "\"identifier\" and \"unit\" cannot be used without \"journal\"");
	if (!r)
		add_name(&p->inodes, s->id, NULL, p->line);
	return r;
}

static int parse_name(struct parser *p, struct span words)
{
	enum { MAX_PATH = 107 }; /* of what bind(2) takes */
	struct recipe_name *x = recipe_add_name(p->ret);
	int r = parse_whole(p, &recipe_name_fields, words, x);

	if (!r && strlen(x->now) > MAX_PATH)
		r = bad(p, "now=%s is too long for a socket", show_text(x->now).text);
	if (!r)
		add_name(&p->inodes, x->id, NULL, p->line);
	return r;
}

static int parse_option(struct parser *p, struct span words)
{
	return parse_whole(p, &recipe_option_fields, words, recipe_add_option(p->ret));
}

static int parse_group(struct parser *p, struct span words)
{
	return parse_whole(p, &recipe_group_fields, words, recipe_add_group(p->ret));
}

static int parse_task(struct parser *p, struct span words)
{
	struct task_attributes *t = recipe_add_task(p->ret);
	unsigned seen;
	int r = parse_fields(p, &recipe_task_fields, words, t, &seen);

	if (!r)
		r = check_needed(p, &recipe_task_fields.v[0], seen & 1);
	if (!r && seen == 1)
		r = bad(p, "a task without an attribute");
	return r;
}

static int parse_tree(struct parser *p, struct span words)
{
	unsigned seen;

	if (tree_attributes_any(&p->ret->tree))
		return bad(p, "a second \"tree\" line");

	int r = parse_fields(p, &recipe_tree_fields, words, &p->ret->tree, &seen);

	return !r && !seen ? bad(p, "\"tree\" without a word") : r;
}

static int parse_frame(struct parser *p, struct span words)
{
	struct span frame = take_word(&words);

	if (p->framed)
		return bad(p, "a second \"frame\" line");
	p->framed = true;
	p->ret->init = span_is(frame, "init");
	if ((p->ret->init || span_is(frame, "pid")) && !take_word(&words).n)
		return 0;
	return bad(p, "a frame is \"init\" or \"pid\", not \"%s\"", show(frame).text);
}

static int parse_needs(struct parser *p, struct span words)
{
	if (p->ret->needs)
		return bad(p, "a second \"needs\" line");
	for (struct span word; (word = take_word(&words)).n;) {
		unsigned i = 0;

		while (i < RECIPE_NEEDS && !span_is(word, recipe_need_names[i]))
			i++;
		if (i == RECIPE_NEEDS)
			return bad(p, "unknown need \"%s\"", show(word).text);
		if (p->ret->needs & 1U << i)
			return bad(p, "duplicate need \"%s\"", recipe_need_names[i]);
		p->ret->needs |= 1U << i;
	}
	return p->ret->needs ? 0 : bad(p, "\"needs\" without a word");
}

static int parse_view(struct parser *p, struct span words)
{
	static const char name[] = "pid=";
	struct span word = take_word(&words);
	size_t n = sizeof(name) - 1;
	_cleanup_free_ char *number = word.n > n && !memcmp(word.p, name, n)
					      ? xstrndup(word.p + n, word.n - n)
					      : xstrdup("");

	if (!p->ret->n_mounts)
		return bad(p, "a \"view\" line before the first mount");
	if (p->view && !p->view->n_mounts)
		return bad(p, "a \"view\" without mounts");
	if (parse_pid(number) < 0 || take_word(&words).n)
		return bad(p, "a view is \"pid=\" and the number of a process, not \"%s\"",
			   show(word).text);
	p->view = recipe_add_view(p->ret);
	p->view->pid = parse_pid(number);
	return 0;
}

static int parse_end(struct parser *p, struct span words)
{
	p->ended = true;
	return take_word(&words).n ? bad(p, "a word after \"end\"") : 0;
}

static int parse_words(struct parser *p, struct span words)
{
	static const struct {
		const char *word;
		int (*parse)(struct parser *p, struct span words);
		bool framed; /* comes after the frame */
	} lines[] = {
		{ "frame", parse_frame, false },
		{ "needs", parse_needs, true },
		{ "mount", parse_mount, true },
		{ "file", parse_file, true },
		{ "unix", parse_unix, true },
		{ "view", parse_view, true },
		{ "name", parse_name, true },
		{ "multicast", parse_group, true },
		{ "option", parse_option, true },
		{ "tree", parse_tree, true },
		{ "task", parse_task, true },
		{ "end", parse_end, false }, /* check_whole() reports the missing frame */
	};
	struct span word = take_word(&words);

	if (p->ended)
		return bad(p, "a line after \"end\"");
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		if (!span_is(word, lines[i].word))
			continue;
		if (lines[i].framed && !p->framed)
			return bad(p, "a \"%s\" line before the \"frame\" line", lines[i].word);
		return lines[i].parse(p, words);
	}
	(void)bad(p, "unknown word \"%s\"", show(word).text);
	return err_hint(
		p->e,
		"a line starts with frame, needs, mount, file, unix, name, multicast, option, tree, task, view or end, or with # for a comment");
}

static int parse_line(struct parser *p, struct span line)
{
	struct span words = line;
	struct span first = take_word(&words);

	if (memchr(line.p, '\0', line.n))
		return bad(p, "a NUL byte");
	if (!first.n || first.p[0] == '#')
		return 0;
	for (size_t i = 0; i < line.n; i++) {
		if (!recipe_is_control(line.p[i]) || line.p[i] == '\t')
			continue;
		(void)bad(p, "a control character that is not escaped");
		return err_hint(p->e, "write it as \\%03o", (unsigned)line.p[i]);
	}
	return parse_words(p, line);
}

static int cut_short(const struct parser *p, const char *what)
{
	(void)bad(p, "%s", what);
	return err_hint(p->e, "the file was cut short");
}

static int take_line(struct parser *p, struct span *ret)
{
	const char *newline = memchr(p->rest.p, '\n', p->rest.n);

	if (p->line == MAX_LINES)
		return err_set(p->e, 0, "the recipe has more than %d lines", MAX_LINES);
	p->line++;
	if (!newline)
		return cut_short(p, "it does not end in a newline");
	*ret = (struct span){ p->rest.p, (size_t)(newline - p->rest.p) };
	p->rest.p += ret->n + 1;
	p->rest.n -= ret->n + 1;
	return 0;
}

static bool is_read(struct span number)
{
	for (size_t i = 0; i < recipe_n_formats; i++)
		if (span_is(number, recipe_formats[i]))
			return true;
	return false;
}

/* Is it, as a whole, a number above our own version? Without leading zeros, of any length. */
static bool is_newer(struct span number)
{
	for (size_t i = 0; i < number.n; i++)
		if (number.p[i] < '0' || number.p[i] > '9')
			return false;
	return number.n && number.p[0] != '0' && !is_read(number);
}

/* The format is checked first, because it is not known here what is an error in another format. */
static int check_version(struct parser *p)
{
	const char *newline = memchr(p->rest.p, '\n', p->rest.n);
	struct span number = { p->rest.p, newline ? (size_t)(newline - p->rest.p) : p->rest.n };
	size_t n = strlen(recipe_magic);
	bool ours = number.n >= n && !memcmp(number.p, recipe_magic, n);

	if (ours) {
		number.p += n;
		number.n -= n;
	}
	if (ours && is_read(number))
		return 0;
	p->line = 1;
	if (ours && is_newer(number)) {
		(void)bad(p, "written by a newer criu-ns: format %s, not %s", show(number).text,
			  RECIPE_NEWEST);
		return err_hint(p->e, "thaw with that criu-ns");
	}
	(void)bad(p, "the file is not a recipe");
	return err_hint(p->e, "the first line of a recipe must be \"%s%s\"", recipe_magic,
			RECIPE_NEWEST);
}

static int compare_names(const void *a, const void *b)
{
	const struct name *x = a;
	const struct name *y = b;
	int r = strcmp(x->name, y->name);

	return r ? r : (x->line > y->line) - (x->line < y->line);
}

static int check_unique(struct parser *p, const struct names *names, const char *field)
{
	if (names->n)
		qsort(names->v, names->n, sizeof(*names->v), compare_names);
	for (size_t i = 1; i < names->n; i++) {
		const struct name *a = &names->v[i - 1];
		const struct name *b = &names->v[i];

		if (strcmp(a->name, b->name) != 0 || (a->at && b->at && !strcmp(a->at, b->at)))
			continue;
		p->line = b->line;
		return bad(p, "%s=%s is already on line %lu", field, show_text(a->name).text,
			   a->line);
	}
	return 0;
}

static size_t count_entries(const struct recipe *r)
{
	size_t n = r->n_mounts + r->n_files + r->n_sockets + r->n_names + r->n_groups +
		   r->n_options + r->n_views + r->n_tasks;

	recipe_for_each_view (w, r)
		n += w->n_mounts;
	return n;
}

static int check_whole(struct parser *p)
{
	int r = 0;

	if (!p->ended)
		return cut_short(p, "it does not end with \"end\"");
	if (!p->framed)
		r = bad(p, "it has no \"frame\" line");
	else if (recipe_is_empty(p->ret))
		r = bad(p, "it has no line but \"frame\" and \"end\"");
	else if (count_entries(p->ret) > MAX_ENTRIES)
		r = bad(p, "more than %d mounts, files, sockets and tasks", MAX_ENTRIES);
	else if (p->view && !p->view->n_mounts)
		r = bad(p, "a \"view\" without mounts");
	if (!r)
		r = check_unique(p, &p->keys, "key");
	if (!r)
		r = check_unique(p, &p->ids, "id");
	return r ? r : check_unique(p, &p->inodes, "id");
}

static int parse_lines(struct parser *p)
{
	struct span line = { "", 0 };
	int r = check_version(p);

	if (!r)
		r = take_line(p, &line);
	while (!r && p->rest.n) {
		r = take_line(p, &line);
		if (!r)
			r = parse_line(p, line);
	}
	return r ? r : check_whole(p);
}

int recipe_parse(const char *text, size_t size, struct recipe *ret, struct err *e)
{
	struct recipe recipe = { 0 };
	struct parser p = { .rest = { text, size }, .ret = &recipe, .e = e };
	int r;

	*ret = (struct recipe){ 0 };
	if (!size)
		return err_set(e, 0, "the recipe is empty");
	if (size > MAX_SIZE)
		return err_set(e, 0, "the recipe has more than %d MiB", MAX_SIZE >> 20);
	r = parse_lines(&p);
	free(p.keys.v);
	free(p.ids.v);
	free(p.inodes.v);
	if (r < 0)
		recipe_free(&recipe);
	else
		*ret = recipe;
	return r;
}
