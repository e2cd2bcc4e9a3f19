// SPDX-License-Identifier: MIT
/* The recipe: what is read, what is refused and with which words, and that it survives a trip. */
#include "tables.h"

#include "look/identity.h"
#include "look/recipe.h"

#include <errno.h>
#include <limits.h>
#include <sys/mount.h>

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif

#define MAGIC         "criu-ns-recipe 3\n"
#define HEAD          MAGIC "frame init\n"
#define OWN           "is=own root=/ type=ext4 flags=-"
#define ROOT          "mount at=/ " OWN "\n"
#define END           "end\n"
#define BASE          HEAD ROOT
#define FILE_WAS(was) "file id=1:2 path=/x type=f flags=00 pos=0 was=" was "\n"
#define UNIX          "unix id=7 type=stream to=/s flags=02 by=0:0"
#define NAME_10       "0123456789"
#define NAME_50       NAME_10 NAME_10 NAME_10 NAME_10 NAME_10
#define NAME_100      NAME_50 NAME_50
#define FILE_         "file id=1:2 path=/x type=f flags=00 pos=0\n"

#define SAID                                                                                       \
	"# What a thaw needs beside criu's images; criu-ns(1), THE RECIPE, tells how to read and " \
	"edit it.\n"

static const char sample[] = MAGIC SAID
	"frame init\n"
	"mount at=/ is=host root=/srv/bundle/rootfs type=ext4 flags=ro,nosuid host=/ "
	"folder=/srv/bundle/rootfs master=1\n"
	"mount at=/usr is=host key=criu-ns-1 root=/usr type=ext4 flags=ro host=/ folder=/usr "
	"shared=23:host\n"
	"mount at=/proc is=proc key=criu-ns-2 root=/ type=proc flags=nosuid,nodev,noexec\n"
	"mount at=/tmp is=own root=/ type=tmpfs flags=- locked=mount,nodev,atime hidden\n"
	"mount at=/a\\040b\\134\\043 is=given key=my\\040key root=net:[4026531840] type=nsfs "
	"flags=relatime shared=7 master=8\n"
	"mount at=/auto is=auto root=/x//deleted type=fuse.sshfs flags=noatime\n"
	"mount at=/out is=none root=/ type=ext4 flags=ro shared=9 master=1 hidden\n"
	"file id=1a:2b3 path=/var/log/x.log type=f flags=0102001 pos=17 "
	"was=owner:0:4,mode:0640,dev:fe00,inode:691,fs:a1b2c3,born:1764288000123456789,boot:0a-1b,by:"
	"33:33:4:27\n"
	"file id=1a:2b4 path=/dev/null type=c flags=00 pos=0\n"
	"unix id=44600 type=stream to=/run/systemd/journal/stdout flags=02 shut=read by=0:0:4 "
	"journal=30,prefix,console identifier=a\\040b unit=b.service\n"
	"unix id=44601 type=seqpacket to=@a\\040name flags=04002 by=1000:1000\n"
	"unix id=44602 type=stream cut flags=02 shut=both by=0:0 journal=0\n"
	"name id=44603 now=/run/a\\040name mode=0700 owner=0:33\n" END;

/* The text in memory of its own, so that a sanitizer sees a read behind the end. */
static int parse(const void *text, size_t size, struct recipe *ret, struct err *e)
{
	char *copy = malloc(size ? size : 1);

	memset(ret, 0xa5, sizeof(*ret));
	memset(e, 0xa5, sizeof(*e));
	memcpy(copy, text, size);

	int r = recipe_parse(copy, size, ret, e);

	free(copy);
	return r;
}

static void assert_plain(const char *text, const char *end)
{
	for (const char *p = text; p < end && *p; p++)
		UNIT_CHECK(*p >= ' ' && *p < 0x7f, "byte %d in \"%s\"", *p, text);
}

/* A failure is one line that names the place, and leaves nothing behind. */
static void assert_failure(const struct recipe *r, const struct err *e)
{
	char line[1500];

	err_format(e, line, sizeof(line));
	assert_int_equal(e->errnum, 0);
	assert_plain(line, line + sizeof(line));
	UNIT_CHECK(strlen(line) < 400, "%s", line);
	UNIT_CHECK(!strncmp(e->what, "line ", 5) || !strncmp(e->what, "the recipe ", 11), "%s",
		   e->what);
	assert_null(r->mounts);
	assert_null(r->files);
	assert_null(r->sockets);
	assert_int_equal(r->n_mounts + r->n_files + r->n_sockets, 0);
}

static void assert_refused(const void *text, size_t size, const char *expected)
{
	struct recipe r;
	struct err e;

	UNIT_CHECK(parse(text, size, &r, &e) == -EINVAL, "accepted: %.*s", (int)size,
		   (const char *)text);
	assert_failure(&r, &e);
	unit_assert_contains(e.what, expected);
}

static struct recipe parsed(const char *text)
{
	struct recipe r;
	struct err e;

	UNIT_CHECK(parse(text, strlen(text), &r, &e) == 0, "%s", e.what);
	return r;
}

/* Whole lines, with the end behind them; a text that is cut within a line stays as it is. */
static char *ended(const char *text)
{
	size_t n = strlen(text);

	return xasprintf("%s%s", text, n && text[n - 1] == '\n' ? END : "");
}

static struct recipe parsed_lines(const char *lines)
{
	char *text = ended(lines);
	struct recipe r = parsed(text);

	free(text);
	return r;
}

static void assert_same_mount(const struct recipe_mount *a, const struct recipe_mount *b)
{
	assert_int_equal(a->owner, b->owner);
	unit_assert_text(a->at, b->at);
	unit_assert_text(a->root, b->root);
	unit_assert_text(a->fstype, b->fstype);
	assert_int_equal(a->flags, b->flags);
	unit_assert_text(a->key, b->key);
	unit_assert_text(a->host, b->host);
	unit_assert_text(a->folder, b->folder);
	unit_assert_text(a->options, b->options);
	assert_int_equal(a->shared, b->shared);
	assert_int_equal(a->master, b->master);
	assert_int_equal(a->host_peer, b->host_peer);
	assert_int_equal(a->hidden, b->hidden);
}

static void assert_same_identity(const struct identity *a, const struct identity *b)
{
	char *texts[] = { identity_write(a), identity_write(b) };

	assert_int_equal(a->known, b->known);
	assert_string_equal(texts[0], texts[1]);
	free(texts[0]);
	free(texts[1]);
}

static void assert_same_unix(const struct recipe_unix *a, const struct recipe_unix *b)
{
	unit_assert_text(a->id, b->id);
	unit_assert_text(a->to, b->to);
	unit_assert_text(a->rights, b->rights);
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->cut, b->cut);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->shut, b->shut);
	assert_int_equal(a->journal.is_one, b->journal.is_one);
	assert_int_equal(a->journal.priority, b->journal.priority);
	assert_int_equal(a->journal.flags, b->journal.flags);
	unit_assert_text(a->journal.identifier, b->journal.identifier);
	unit_assert_text(a->journal.unit, b->journal.unit);
}

static void assert_same(const struct recipe *a, const struct recipe *b)
{
	assert_int_equal(a->init, b->init);
	assert_int_equal(a->n_mounts, b->n_mounts);
	assert_int_equal(a->n_files, b->n_files);
	for (size_t i = 0; i < a->n_mounts; i++)
		assert_same_mount(&a->mounts[i], &b->mounts[i]);
	for (size_t i = 0; i < a->n_files; i++) {
		unit_assert_text(a->files[i].id, b->files[i].id);
		unit_assert_text(a->files[i].path, b->files[i].path);
		assert_int_equal(a->files[i].type, b->files[i].type);
		assert_int_equal(a->files[i].flags, b->files[i].flags);
		assert_int_equal(a->files[i].pos, b->files[i].pos);
		assert_same_identity(&a->files[i].was, &b->files[i].was);
	}
	assert_int_equal(a->n_sockets, b->n_sockets);
	for (size_t i = 0; i < a->n_sockets; i++)
		assert_same_unix(&a->sockets[i], &b->sockets[i]);
}

/* To a text, back to the same, and to the same text. */
static void assert_trip(const struct recipe *r)
{
	char *text = recipe_format(r);
	struct recipe back = parsed(text);
	char *again = recipe_format(&back);

	assert_same(r, &back);
	assert_string_equal(text, again);
	free(again);
	free(text);
	recipe_free(&back);
}

/* Anything at all: refused with a proper message, or something that survives a trip. */
static bool assert_sane(const void *text, size_t size)
{
	struct recipe r;
	struct err e;

	if (parse(text, size, &r, &e) < 0) {
		assert_failure(&r, &e);
		return false;
	}
	assert_trip(&r);
	recipe_free(&r);
	return true;
}

/* What is read */

/* A mount as it has to come out: a struct recipe_mount owns its texts. */
struct expected {
	enum recipe_owner owner;
	const char *at, *root, *fstype;
	unsigned long flags;
	const char *key, *host, *folder, *options;
	unsigned shared, master;
	bool host_peer, hidden;
};

static void assert_mount(const struct recipe_mount *m, const struct expected *x)
{
	assert_int_equal(m->owner, x->owner);
	unit_assert_text(m->at, x->at);
	unit_assert_text(m->root, x->root);
	unit_assert_text(m->fstype, x->fstype);
	assert_int_equal(m->flags, x->flags);
	unit_assert_text(m->key, x->key);
	unit_assert_text(m->host, x->host);
	unit_assert_text(m->folder, x->folder);
	unit_assert_text(m->options, x->options);
	assert_int_equal(m->shared, x->shared);
	assert_int_equal(m->master, x->master);
	assert_int_equal(m->host_peer, x->host_peer);
	assert_int_equal(m->hidden, x->hidden);
}

static void each_field_is_read(void **state)
{
	static const struct expected mounts[] = {
		{ OWNER_HOST, "/", "/srv/bundle/rootfs", "ext4", MS_RDONLY | MS_NOSUID, .host = "/",
		  .folder = "/srv/bundle/rootfs", .master = 1 },
		{ OWNER_HOST, "/usr", "/usr", "ext4", MS_RDONLY, "criu-ns-1", "/", "/usr",
		  .shared = 23, .host_peer = true },
		{ OWNER_PROC, "/proc", "/", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  .key = "criu-ns-2" },
		{ OWNER_OWN, "/tmp", "/", "tmpfs", .hidden = true },
		{ OWNER_GIVEN, "/a b\\#", "net:[4026531840]", "nsfs", MS_RELATIME, "my key",
		  .shared = 7, .master = 8 },
		{ OWNER_AUTO, "/auto", "/x//deleted", "fuse.sshfs", .flags = MS_NOATIME },
		{ OWNER_NONE, "/out", "/", "ext4", .flags = MS_RDONLY, .shared = 9, .master = 1,
		  .hidden = true },
	};
	struct recipe r = parsed(sample);

	(void)state;
	assert_true(r.init);
	assert_int_equal(r.n_mounts, ARRAY_SIZE(mounts));
	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++)
		assert_mount(&r.mounts[i], &mounts[i]);
	assert_int_equal(r.n_files, 2);
	assert_string_equal(r.files[0].id, "1a:2b3");
	assert_string_equal(r.files[0].path, "/var/log/x.log");
	assert_int_equal(r.files[0].type, 'f');
	assert_int_equal(r.files[0].flags, 0102001);
	assert_int_equal(r.files[0].pos, 17);
	recipe_free(&r);
	assert_null(r.mounts);
	assert_null(r.files);
}

static void the_sample_is_written_as_it_was(void **state)
{
	struct recipe r = parsed(sample);
	char *text = recipe_format(&r);

	(void)state;
	assert_string_equal(text, sample);
	free(text);
	recipe_free(&r);
}

static void a_kept_root_is_read(void **state)
{
	struct recipe r = parsed(MAGIC "frame pid\n"
				       "mount at=/ is=kept root=/newroot type=tmpfs flags=nosuid,"
				       "nodev options=rw,size=100k\n" END);

	(void)state;
	assert_false(r.init);
	assert_mount(r.mounts,
		     &(struct expected){ OWNER_KEPT, "/", "/newroot", "tmpfs", MS_NOSUID | MS_NODEV,
					 .options = "rw,size=100k" });
	assert_trip(&r);
	recipe_free(&r);
}

/* Only who has such a mount needs a criu-ns that knows it. */
static void a_kept_part_is_read(void **state)
{
	struct recipe r = parsed("criu-ns-recipe 4\nframe pid\n"
				 "mount at=/ is=host root=/ type=ext4 flags=- host=/ folder=/\n"
				 "mount at=/tmp is=kept key=k root=/tmp type=tmpfs flags=- "
				 "options=rw\n" END);
	char *name = recipe_archive_name(&r.mounts[1]);
	char *text = recipe_format(&r);

	(void)state;
	assert_mount(&r.mounts[1], &(struct expected){ OWNER_KEPT, "/tmp", "/tmp", "tmpfs", 0,
						       .key = "k", .options = "rw" });
	assert_string_equal(name, "k.tar");
	UNIT_CHECK(!strncmp(text, "criu-ns-recipe 4\n", 17), "%s", text);
	assert_trip(&r);
	free(text);
	free(name);
	recipe_free(&r);
}

static void clamps_need_the_newest(void **state)
{
	struct recipe r = parsed(HEAD "task pid=7 slack=1\ntask pid=8 clamps=0-512\n" END);
	char *text = recipe_format(&r);

	(void)state;
	assert_false(r.tasks[0].has_clamps);
	assert_true(r.tasks[1].has_clamps);
	assert_int_equal(r.tasks[1].clamps.min, 0);
	assert_int_equal(r.tasks[1].clamps.max, 512);
	UNIT_CHECK(!strncmp(text, "criu-ns-recipe 4\n", 17), "%s", text);
	free(text);
	recipe_free(&r);
}

/* Another spelling of the same */
static const struct spelling {
	const char *name, *text, *same;
} spellings[] = {
	{ "blank lines and comments are passed over",
	  MAGIC "\n \t \n#x\n  # y\\000 \r\x1b\nframe init\n#\n" ROOT "\n# end\n", BASE },
	{ "blanks and tabs separate words",
	  HEAD " \tmount   at=/\t is=own\t\troot=/ type=ext4  flags=- \t\n", BASE },
	{ "fields come in any order", HEAD "mount flags=- type=ext4 is=own root=/ at=/\n", BASE },
	{ "any byte may be escaped",
	  HEAD "mount at=\\057 is=\\157wn root=/ type=ext\\064 flags=-\n", BASE },
	{ "bytes that need no escape",
	  HEAD "mount at=/ is=own root=/\xc3\xa4#= type=ext4 flags=-\n",
	  HEAD "mount at=/ is=own root=/\\303\\244\\043\\075 type=ext4 flags=-\n" },
	{ "flags come in any order",
	  HEAD "mount at=/ is=own root=/ type=ext4 flags=relatime,nosuid,ro\n",
	  HEAD "mount at=/ is=own root=/ type=ext4 flags=ro,nosuid,relatime\n" },
	{ "format 2, which has no \"needs\"", "criu-ns-recipe 2\nframe init\n" FILE_, HEAD FILE_ },
	{ "format 1, which has no was=", "criu-ns-recipe 1\nframe init\n" FILE_, HEAD FILE_ },
	{ "what is the least to know of a file", HEAD FILE_WAS("owner:1:2,mode:7"),
	  HEAD FILE_WAS("owner:1:2,mode:0007,dev:0,inode:0") },
	{ "open flags have zeros in front or not",
	  HEAD "file id=1:2 path=/x type=f flags=17 pos=0\n",
	  HEAD "file id=1:2 path=/x type=f flags=00017 pos=0\n" },
	{ "files and mounts come in any order", HEAD FILE_ ROOT, BASE FILE_ },
};

static void spelling_is_the_same(void **state)
{
	const struct spelling *s = *state;
	struct recipe r = parsed_lines(s->text);
	struct recipe same = parsed_lines(s->same);

	assert_same(&r, &same);
	assert_trip(&r);
	recipe_free(&r);
	recipe_free(&same);
}

static const struct legal {
	const char *name, *text;
} legals[] = {
	{ "files alone are a recipe", HEAD FILE_ },
	{ "needs alone are a recipe", HEAD "needs tcp-established\n" },
	{ "a task alone is a recipe",
	  HEAD "task pid=7 cpus=0-3,7 io=be:6 slack=70000 slice=3000000 dump=021 group=-7\n" },
	{ "an idle task without a dump", HEAD "task pid=4194304 io=idle dump=00\n" },
	{ "a real-time task", HEAD "task pid=1 io=rt:0 group=19\n" },
	{ "what all have alone is a recipe",
	  HEAD "tree fixed memory=interleave:0-1 mce=early merge\n" },
	{ "clamps of a utilization", HEAD "task pid=7 clamps=0-512\n" },
	{ "memory without I/O", HEAD "tree flusher\n" },
	{ "less speculation", HEAD "tree bypass=disabled indirect=forced\n" },
	{ "other policies", HEAD "tree memory=local mce=late\ntask pid=1 slack=1\n" },
	{ "a policy that prefers a node", HEAD "tree memory=prefer:1\n" },
	{ "a policy that binds to nodes", HEAD "tree memory=bind:1023\n" },
	{ "all needs", HEAD "needs tcp-established tcp-close file-locks ext-unix-sk\n" FILE_ },
	{ "sockets alone are a recipe", HEAD UNIX "\n" },
	{ "names alone are a recipe", HEAD "name id=7 now=/s mode=0700 owner=0:0\n" },
	{ "options alone are a recipe", HEAD "option pid=7 fd=0 set=IP_MTU_DISCOVER:2\n"
					     "option pid=7 fd=3 set=TCP_USER_TIMEOUT:-1\n" },
	{ "groups alone are a recipe", HEAD "multicast pid=7 fd=0 group=224.0.0.251 on=eth0\n"
					    "multicast pid=7 fd=3 group=ff02::fb on=eth0\n" },
	{ "an abstract name of the greatest length",
	  HEAD "unix id=4294967295 type=stream to=@" NAME_100 "1234567 flags=02 by=0:0\n" },
	{ "a root alone is a recipe", BASE },
	{ "a hidden second root", BASE "mount at=/ " OWN " hidden\n" },
	{ "a hidden second root of the host's",
	  BASE "mount at=/ is=host key=k root=/ type=ext4 flags=- host=/ folder=/ hidden\n" },
	{ "a root that is a procfs", HEAD "mount at=/ is=proc root=/ type=proc flags=-\n" },
	{ "a root that the user gave", HEAD "mount at=/ is=given root=/ type=ext4 flags=-\n" },
	{ "a root that criu finds", HEAD "mount at=/ is=auto root=/ type=ext4 flags=-\n" },
	{ "a kept root without options", HEAD "mount at=/ is=kept root=/ type=tmpfs flags=-\n" },
	{ "mounts that are left out, one on the other",
	  BASE "mount at=/n is=none root=/ type=ext4 flags=- hidden\n"
	       "mount at=/n is=none root=/x//deleted type=ext4 flags=- hidden\n"
	       "mount at=/n/m is=none root=/ type=tmpfs flags=- hidden\n" },
	{ "a key at two mounts of one mountpoint",
	  BASE "mount at=/p is=proc key=k root=/ type=proc flags=- hidden\n"
	       "mount at=/q is=proc key=j root=/ type=proc flags=-\n"
	       "mount at=/p is=proc key=k root=/ type=proc flags=-\n" },
	{ "views, whose roots have keys",
	  BASE FILE_ "view pid=7\n"
		     "mount at=/ is=host key=k root=/ type=ext4 flags=- host=/ folder=/\n"
		     "mount at=/p is=proc key=j root=/ type=proc flags=-\n"
		     "view pid=12\nmount at=/ " OWN "\n" },
	{ "names with dots that are no dots", BASE "mount at=/.a/..b/.../a. " OWN "\n" },
	{ "the largest numbers",
	  HEAD "mount at=/ " OWN " shared=2147483647:host master=2147483647\n"
	       "file id=ffffffff:ffffffffffffffff path=/x type=b flags=0177777777 "
	       "pos=9223372036854775807\n" },
	{ "the smallest numbers", HEAD "mount at=/ " OWN " shared=1 master=1\n"
				       "file id=0:0 path=/ type=p flags=0 pos=0\n" },
	{ "all flags",
	  HEAD "mount at=/ is=own root=/ type=ext4 flags=ro,nosuid,nodev,noexec,nosymfollow,"
	       "noatime,nodiratime,relatime\n" },
	{ "all types of files", HEAD "file id=1:1 path=/f type=f flags=0 pos=0\n"
				     "file id=1:2 path=/d type=d flags=0 pos=0\n"
				     "file id=1:3 path=/p type=p flags=0 pos=0\n"
				     "file id=1:4 path=/c type=c flags=0 pos=0\n"
				     "file id=1:5 path=/b type=b flags=0 pos=0\n" },
	{ "one path for two files", HEAD FILE_ "file id=1:3 path=/x type=f flags=0 pos=0\n" },
};

static void legal_is_read(void **state)
{
	const struct legal *l = *state;
	struct recipe r = parsed_lines(l->text);

	assert_trip(&r);
	recipe_free(&r);
}

/* Trips */

static const char *const hostile[] = {
	"/a\nmount at=/etc is=own",
	"/two words",
	"/\ttab",
	"/x]:/etc",
	"/#",
	"/\\",
	"/\\040",
	"/a\\",
	"/=",
	"/a=b,c:host",
	"/\r\n",
	"/\x01\x1b[31m\x7f",
	"/\xc3\xa4\xe2\x82\xac",
	"/\xff\xfe\x80",
	"/hidden",
	"/ hidden ",
	"/-",
	"/\"'$(x)`",
};

static struct recipe_file *add_file(struct recipe *r, const char *id, const char *path)
{
	struct recipe_file *f = recipe_add_file(r);

	f->id = xstrdup(id);
	f->path = xstrdup(path);
	f->type = 'f';
	return f;
}

static void set_text(char **text, const char *with)
{
	free(*text);
	*text = xstrdup(with);
}

/* One name in every place that can have it. */
static void assert_name_survives(const char *name)
{
	struct recipe r = { 0 };
	struct recipe_mount *m = add_mount(&r, OWNER_KEPT, "/");

	m->options = xstrdup(name);
	set_text(&m->root, name + 1);
	set_text(&m->fstype, name + 1);
	m = add_mount(&r, OWNER_HOST, name);
	m->key = xstrdup("k");
	m->host = xstrdup(name);
	m->folder = xstrdup(name);
	m = add_mount(&r, OWNER_GIVEN, "/g");
	m->key = xstrdup(name + 1);
	add_file(&r, "1:2", name);
	assert_trip(&r);
	recipe_free(&r);
}

static void hostile_names_survive(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++)
		assert_name_survives(hostile[i]);
}

static void every_byte_survives(void **state)
{
	char all[258] = "/";
	size_t n = 1;

	(void)state;
	for (int c = 1; c < 256; c++) {
		const char one[] = { '/', 'x', (char)c, '\0' };

		if (c != '/') {
			assert_name_survives(one);
			all[n++] = (char)c;
		}
	}
	assert_name_survives(all);
}

static void no_name_makes_a_line_or_a_word(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		struct recipe r = { 0 };
		char *text;
		size_t lines = 0;

		add_file(&r, "1:2", hostile[i]);
		text = recipe_format(&r);
		for (const char *p = text; *p; p++) {
			lines += *p == '\n';
			UNIT_CHECK(*p == '\n' || ((unsigned char)*p >= ' ' && *p != 0x7f), "%d",
				   *p);
		}
		assert_int_equal(lines, 5);
		assert_non_null(strstr(text, " type=f"));
		free(text);
		recipe_free(&r);
	}
}

/* A comment for a person: safe to print, and not read back. */
static void what_was_frozen_is_one_comment(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		struct recipe r = { .about = xasprintf("process 8 (%s\033[2J\x9b\xff)",
						       hostile[i]) };
		struct recipe copy;
		struct recipe back;
		char *text;
		size_t lines = 0;

		recipe_copy(&r, &copy);
		assert_string_equal(copy.about, r.about);
		recipe_free(&copy);
		add_file(&r, "1:2", "/x");
		text = recipe_format(&r);
		for (const char *p = text; *p; p++) {
			lines += *p == '\n';
			UNIT_CHECK(*p == '\n' || ((unsigned char)*p >= ' ' && *p != 0x7f), "%d",
				   *p);
		}
		assert_int_equal(lines, 6);
		unit_assert_contains(text, "\n# process 8 (/");
		unit_assert_contains(text, "?[2J?"
					   "?)\nframe pid\n");
		back = parsed(text);
		assert_same(&r, &back);
		assert_null(back.about);
		free(text);
		recipe_free(&back);
		recipe_free(&r);
	}
}

static void the_longest_names_survive(void **state)
{
	char name[PATH_MAX];
	char key[4097];
	char short_key[65];
	struct recipe r = { 0 };
	struct recipe_mount *m;

	(void)state;
	memset(name, 'x', sizeof(name));
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	memset(key, '\n', sizeof(key));
	key[sizeof(key) - 1] = '\0';
	memset(short_key, '-', sizeof(short_key));
	short_key[sizeof(short_key) - 1] = '\0';
	add_mount(&r, OWNER_OWN, "/");
	m = add_mount(&r, OWNER_GIVEN, name);
	m->key = xstrdup(key);
	m = add_mount(&r, OWNER_PROC, "/p");
	m->key = xstrdup(short_key);
	add_file(&r, "1:2", name);
	assert_trip(&r);
	recipe_free(&r);
}

static void the_tables_grow(void **state)
{
	struct recipe r = { 0 };
	struct sorted by_at;

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		char *key = xasprintf("k%zu", i);
		char *at = xasprintf(i ? "/%zu" : "/", i);
		char *id = xasprintf("%zx:1", i);

		add_mount(&r, i ? OWNER_PROC : OWNER_OWN, at)->key = i ? xstrdup(key) : NULL;
		add_file(&r, id, at);
		free(key);
		free(at);
		free(id);
	}
	assert_trip(&r);
	by_at = recipe_sort_by_at(&r);
	assert_int_equal(recipe_at(&by_at, "/7").n, 1);
	assert_ptr_equal(recipe_at(&by_at, "/7").v[0], &r.mounts[7]);
	assert_int_equal(recipe_at(&by_at, "/1000").n, 0);
	sorted_free(&by_at);
	assert_ptr_equal(recipe_by_id(&r, "3e7:1"), &r.files[999]);
	assert_null(recipe_by_id(&r, "3e7:"));
	recipe_free(&r);
	assert_null(recipe_by_id(&r, "3e7:1"));
}

static void names_are_told(void **state)
{
	static const struct {
		unsigned long flags;
		const char *text;
	} flags[] = {
		{ 0, "-" },
		{ MS_RDONLY, "ro" },
		{ MS_NOSYMFOLLOW | MS_NOSUID, "nosuid,nosymfollow" },
		{ MS_NODEV | MS_NOEXEC, "nodev,noexec" },
		{ MS_RELATIME | MS_NOATIME | MS_NODIRATIME, "noatime,nodiratime,relatime" },
		{ MS_REC | MS_BIND, "-" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		char *text = recipe_flags_text(flags[i].flags);

		assert_string_equal(text, flags[i].text);
		free(text);
	}
	assert_string_equal(recipe_owner_name(OWNER_OWN), "own");
	assert_string_equal(recipe_owner_name(OWNER_HOST), "host");
	assert_string_equal(recipe_owner_name(OWNER_PROC), "proc");
	assert_string_equal(recipe_owner_name(OWNER_KEPT), "kept");
	assert_string_equal(recipe_owner_name(OWNER_GIVEN), "given");
	assert_string_equal(recipe_owner_name(OWNER_PTY), "pty");
	assert_string_equal(recipe_owner_name(OWNER_AUTO), "auto");
	assert_string_equal(recipe_owner_name(OWNER_NONE), "none");
	assert_string_equal(recipe_owner_name((enum recipe_owner)(OWNER_PTY + 1)), "?");
	assert_string_equal(recipe_file_name, "criu-ns.recipe");
	assert_string_equal(recipe_root_name, "criu-ns.root.tar");
}

/* What is refused */

#define MOUNT(fields)      BASE "mount " fields "\n"
#define WITH_FLAGS(flags)  MOUNT("at=/m is=own root=/ type=x flags=" flags)
#define WITH_AT(at)        MOUNT("at=" at " " OWN)
#define HOSTS(more)        MOUNT("at=/h is=host root=/ type=x flags=- " more)
#define PROC(at, key)      "mount at=" at " is=proc key=" key " root=/ type=proc flags=-\n"
#define FILE_LINE(fields)  BASE "file " fields "\n"
#define FILE_WAS_LINE(was) FILE_LINE("id=1:2 path=/x type=f flags=00 pos=0 was=" was)
#define FILE_ID(id)        FILE_LINE("id=" id " path=/x type=f flags=00 pos=0")
#define FILE_TYPE(type)    FILE_LINE("id=1:2 path=/x type=" type " flags=00 pos=0")
#define FILE_FLAGS(flags)  FILE_LINE("id=1:2 path=/x type=f flags=" flags " pos=0")
#define FILE_POS(pos)      FILE_LINE("id=1:2 path=/x type=f flags=00 pos=" pos)
#define TEN(x)             x x x x x x x x x x

static const struct damage {
	const char *name, *text, *expected;
} damages[] = {
	/* the first line */
	{ "a newer version", "criu-ns-recipe 5\n",
	  "line 1 of the recipe: written by a newer criu-ns: format 5, not 4" },
	{ "a much newer version", "criu-ns-recipe " TEN("9999999999") "\nwhat it likes\n",
	  "newer criu-ns" },
	{ "a newer version that is cut", "criu-ns-recipe 10", "newer criu-ns" },
	{ "an older version", "criu-ns-recipe 0\n" ROOT,
	  "line 1 of the recipe: the file is not a recipe" },
	{ "a version with a zero in front", "criu-ns-recipe 01\n" ROOT, "is not a recipe" },
	{ "a version with a zero in front of a newer", "criu-ns-recipe 03\n", "is not a recipe" },
	{ "a negative version", "criu-ns-recipe -1\n" ROOT, "is not a recipe" },
	{ "no version", "criu-ns-recipe \n", "is not a recipe" },
	{ "no version and no blank", "criu-ns-recipe\n", "is not a recipe" },
	{ "a word as the version", "criu-ns-recipe 3x\n", "is not a recipe" },
	{ "more on the first line", "criu-ns-recipe 1 \nframe init\n" ROOT, "is not a recipe" },
	{ "a carriage return on the first line", "criu-ns-recipe 1\r\nframe init\r\n",
	  "is not a recipe" },
	{ "a line in front of the first", "\n" BASE, "is not a recipe" },
	{ "a comment in front of the first", "# x\n" BASE, "is not a recipe" },
	{ "another file",
	  "\x7f"
	  "ELF\x02\x01",
	  "is not a recipe" },
	{ "a first line that is cut", "criu-ns-rec", "is not a recipe" },
	{ "a first line without its newline", "criu-ns-recipe 1",
	  "line 1 of the recipe: it does not end in a newline" },
	/* lines */
	{ "a last line without its newline", BASE "frame",
	  "line 4 of the recipe: it does not end" },
	{ "a comment without its newline", BASE "# x", "does not end in a newline" },
	{ "nothing behind the first line", MAGIC,
	  "line 2 of the recipe: it has no \"frame\" line" },
	{ "a task without a pid", HEAD "task cpus=1\n", "\"pid\" is missing" },
	{ "a task without an attribute", HEAD "task pid=1\n", "a task without an attribute" },
	{ "no task has pid 0", HEAD "task pid=0 cpus=1\n", "not a pid" },
	{ "a pid beyond all", HEAD "task pid=4194305 cpus=1\n", "not a pid" },
	{ "processors without end", HEAD "task pid=1 cpus=8192\n", "not a list of processors" },
	{ "processors backwards", HEAD "task pid=1 cpus=3-1\n", "not a list of processors" },
	{ "processors with a blank end", HEAD "task pid=1 cpus=1,\n", "not a list of processors" },
	{ "a large number of a processor", HEAD "task pid=1 cpus=99999999999999999999\n",
	  "not a list of processors" },
	{ "an I/O class of its own", HEAD "task pid=1 io=none:0\n", "not an I/O priority" },
	{ "an I/O level too many", HEAD "task pid=1 io=rt:8\n", "not an I/O priority" },
	{ "no slack", HEAD "task pid=1 slack=0\n", "not a number of nanoseconds" },
	{ "a slice too short", HEAD "task pid=1 slice=99999\n", "from 100000" },
	{ "a slice too long", HEAD "task pid=1 slice=100000001\n", "from 100000" },
	{ "clamps the wrong way round", HEAD "task pid=1 clamps=9-8\n", "of a utilization" },
	{ "a clamp beyond the highest", HEAD "task pid=1 clamps=0-1025\n", "of a utilization" },
	{ "one clamp", HEAD "task pid=1 clamps=100\n", "of a utilization" },
	{ "a clamp with an end", HEAD "task pid=1 clamps=1-2-\n", "of a utilization" },
	{ "a filter with other bits", HEAD "task pid=1 dump=01000\n", "filter of a core dump" },
	{ "too nice a group", HEAD "task pid=1 group=20\n", "not a nice value" },
	{ "too important a group", HEAD "task pid=1 group=-21\n", "not a nice value" },
	{ "a group without a nice value", HEAD "task pid=1 group=0\n", "not a nice value" },
	{ "a scheduling class", HEAD "task pid=1 class=fifo\n", "unknown field" },
	{ "a policy without nodes", HEAD "tree memory=bind\n", "not a memory policy" },
	{ "a policy with flags", HEAD "tree memory=bind=static:0\n", "not a memory policy" },
	{ "a policy for nodes that cannot be", HEAD "tree memory=bind:1024\n",
	  "not a memory policy" },
	{ "local to a node", HEAD "tree memory=local:1\n", "not a memory policy" },
	{ "broken memory otherwise", HEAD "tree mce=never\n", "early, late" },
	{ "speculation otherwise", HEAD "tree bypass=enabled\n", "disabled, forced" },
	{ "two lines for all", HEAD "tree merge\ntree fixed\n", "a second \"tree\" line" },
	{ "a line for all without a word", HEAD "tree\n", "without a word" },
	{ "a personality", HEAD "tree personality=8\n", "unknown field" },
	{ "an unknown need", HEAD "needs tcp\n", "unknown need \"tcp\"" },
	{ "an option as a need", HEAD "needs --tcp-established\n", "unknown need" },
	{ "a need twice", HEAD "needs file-locks file-locks\n", "duplicate need" },
	{ "needs twice", HEAD "needs file-locks\nneeds tcp-close\n", "a second \"needs\" line" },
	{ "needs without a word", HEAD "needs\n" ROOT, "without a word" },
	{ "nothing behind the frame", HEAD "\n",
	  "line 4 of the recipe: it has no line but \"frame\" and \"end\"" },
	{ "a socket without an address", HEAD "unix id=7 type=stream flags=02 by=0:0\n",
	  "a socket has one of \"to\" and \"cut\"" },
	{ "a socket with an address that is cut off", HEAD UNIX " cut\n",
	  "a socket has one of \"to\" and \"cut\"" },
	{ "a socket without rights", HEAD "unix id=7 type=stream to=/s flags=02\n",
	  "\"by\" is missing" },
	{ "a socket of a user alone", HEAD "unix id=7 type=stream to=/s flags=02 by=0\n",
	  "a user without a group" },
	{ "a socket of a user by name", HEAD "unix id=7 type=stream to=/s flags=02 by=root:root\n",
	  "not the numbers of a user and of groups" },
	{ "a socket of an empty group", HEAD "unix id=7 type=stream to=/s flags=02 by=0:0:\n",
	  "not the numbers of a user and of groups" },
	{ "a datagram socket", HEAD "unix id=7 type=dgram to=/s flags=02 by=0:0\n",
	  "not one of stream, seqpacket" },
	{ "a socket with a relative path", HEAD "unix id=7 type=stream to=s flags=02 by=0:0\n",
	  "not an absolute path" },
	{ "a socket with a path that goes up",
	  HEAD "unix id=7 type=stream to=/a/../s flags=02 by=0:0\n", "\"..\" component" },
	{ "an abstract name that is too long",
	  HEAD "unix id=7 type=stream to=@" NAME_100 "12345678 flags=02 by=0:0\n",
	  "not an abstract name" },
	{ "an empty abstract name", HEAD "unix id=7 type=stream to=@ flags=02 by=0:0\n",
	  "not an abstract name" },
	{ "the inode 0", HEAD "unix id=0 type=stream to=/s flags=02 by=0:0\n",
	  "not the inode of a socket" },
	{ "an inode that criu has no room for",
	  HEAD "unix id=4294967296 type=stream to=/s flags=02 by=0:0\n", "not the inode" },
	{ "an option without its value", HEAD "option pid=7 fd=3\n", "\"set\" is missing" },
	{ "an option that is none", HEAD "option pid=7 fd=3 set=SO_RCVBUF:1\n",
	  "not an option of sockets" },
	{ "an option and more", HEAD "option pid=7 fd=3 set=IP_RECVERR:1:2\n",
	  "not an option of sockets" },
	{ "a group without a device", HEAD "multicast pid=7 fd=3 group=224.0.0.251\n",
	  "\"on\" is missing" },
	{ "a device with too long a name",
	  HEAD "multicast pid=7 fd=3 group=224.0.0.251 on=0123456789abcdef\n",
	  "not the name of a network device" },
	{ "a group that is none", HEAD "multicast pid=7 fd=3 group=127.0.0.1 on=lo\n",
	  "not the address of a multicast group" },
	{ "nor one of IPv6", HEAD "multicast pid=7 fd=3 group=fe80::1 on=lo\n",
	  "not the address of a multicast group" },
	{ "nor a name", HEAD "multicast pid=7 fd=3 group=mdns on=lo\n",
	  "not the address of a multicast group" },
	{ "a descriptor beyond all", HEAD "multicast pid=7 fd=2147483648 group=ff02::fb on=lo\n",
	  "not a descriptor" },
	{ "a name without a path", HEAD "name id=7 mode=0700 owner=0:0\n", "\"now\" is missing" },
	{ "a name with a relative path", HEAD "name id=7 now=s mode=0700 owner=0:0\n",
	  "not an absolute path" },
	{ "a name that no socket can have",
	  HEAD "name id=7 now=/" NAME_100 "1234567 mode=0700 owner=0:0\n",
	  "is too long for a socket" },
	{ "a name with the mode of a device", HEAD "name id=7 now=/s mode=020700 owner=0:0\n",
	  "not the octal permissions" },
	{ "a name with an owner in three groups", HEAD "name id=7 now=/s mode=0700 owner=0:0:0\n",
	  "more than UID:GID" },
	{ "a name with an owner without group", HEAD "name id=7 now=/s mode=0700 owner=0\n",
	  "without a group" },
	{ "two names",
	  HEAD "name id=7 now=/s mode=0700 owner=0:0\nname id=7 now=/t mode=0 owner=0:0\n",
	  "id=7 is already on line 3" },
	{ "a socket twice", HEAD UNIX "\n" UNIX "\n",
	  "line 4 of the recipe: id=7 is already on line 3" },
	{ "another way to shut down", HEAD UNIX " shut=1\n", "not one of read, write, both" },
	{ "a priority of the journal that is none", HEAD UNIX " journal=1000\n", "not a priority" },
	{ "a flag of the journal that is none", HEAD UNIX " journal=6,prefix,wall\n",
	  "not a list of prefix, syslog, kmsg, console" },
	{ "a flag of the journal twice", HEAD UNIX " journal=6,kmsg,kmsg\n", "a duplicate flag" },
	{ "a second line for the journal", HEAD UNIX " journal=6 identifier=a\\012b\n",
	  "control characters, or too long" },
	{ "a line for the journal that is too long",
	  HEAD UNIX " journal=6 unit=" NAME_100 NAME_100 NAME_100 "\n",
	  "control characters, or too long" },
	{ "a unit without a journal", HEAD UNIX " unit=a.service\n", "without \"journal\"" },
	{ "an unknown line", BASE "mounts at=/\n",
	  "line 4 of the recipe: unknown word \"mounts\"" },
	{ "a line in capitals", BASE "Mount at=/x " OWN "\n", "unknown word \"Mount\"" },
	{ "an escape in the first word", BASE "moun\\164 at=/x " OWN "\n", "unknown word" },
	{ "a control character", BASE "mount at=/a\x01 " OWN "\n",
	  "line 4 of the recipe: a control character that is not escaped" },
	{ "a carriage return", BASE "mount at=/a " OWN "\r\n", "a control character" },
	{ "a line of a carriage return", BASE "\r\n", "a control character" },
	{ "a delete", BASE "mount at=/a\x7f " OWN "\n", "a control character" },
	/* the end */
	{ "an end that is cut", BASE "end", "line 4 of the recipe: it does not end in a newline" },
	{ "a start of the end", BASE "en\n", "line 4 of the recipe: unknown word \"en\"" },
	{ "two ends", BASE END "\n", "line 6 of the recipe: a line after \"end\"" },
	{ "a word after the end", BASE "end x\n", "line 4 of the recipe: a word after \"end\"" },
	{ "a comment on the line of the end", BASE "end #\n", "line 4 of the recipe: a word" },
	{ "a mount after the end", BASE END "mount at=/m " OWN "\n",
	  "line 5 of the recipe: a line after" },
	{ "a file after the end", BASE END "# x\n" FILE_, "line 6 of the recipe: a line" },
	{ "a frame after the end", MAGIC END "frame init\n", "line 3 of the recipe: a line" },
	{ "an unknown word after the end", BASE END "x\n", "line 5 of the recipe: a line after" },
	{ "a line without its newline after the end", BASE END "#", "not end in a newline" },
	/* the frame */
	{ "two frames", BASE "frame init\n", "line 4 of the recipe: a second \"frame\" line" },
	{ "an unknown frame", MAGIC "frame mnt\n" ROOT, "\"init\" or \"pid\", not \"mnt\"" },
	{ "an empty frame", MAGIC "frame\n" ROOT, "\"init\" or \"pid\"" },
	{ "two words in a frame", MAGIC "frame init pid\n" ROOT, "\"init\" or \"pid\"" },
	{ "more behind a frame", MAGIC "frame pid x\n" ROOT, "\"init\" or \"pid\"" },
	{ "a frame behind a mount", MAGIC ROOT "frame init\n",
	  "line 2 of the recipe: a \"mount\" line before the \"frame\" line" },
	{ "a frame behind a file", MAGIC FILE_ "frame init\n",
	  "a \"file\" line before the \"frame\" line" },
	{ "no frame", MAGIC "\n# x\n", "line 4 of the recipe: it has no \"frame\" line" },
	/* fields */
	{ "an unknown field", MOUNT("at=/m " OWN " uid=0"),
	  "line 4 of the recipe: unknown field \"uid\"" },
	{ "an empty field", MOUNT("at=/m " OWN " ="), "unknown field \"\"" },
	{ "a field without a name", MOUNT("at=/m " OWN " =x"), "unknown field \"\"" },
	{ "a field in capitals", MOUNT("AT=/m " OWN), "unknown field \"AT\"" },
	{ "a start of a field's name", MOUNT("a=/m " OWN), "unknown field \"a\"" },
	{ "a bare word", MOUNT("at=/m " OWN " secret"), "unknown field \"secret\"" },
	{ "a comment behind fields", MOUNT("at=/m " OWN " # x"), "unknown field \"#\"" },
	{ "a field of a file in a mount", MOUNT("at=/m " OWN " pos=1"), "unknown field \"pos\"" },
	{ "a field of a mount in a file", FILE_LINE("at=/"), "unknown field \"at\"" },
	{ "a hidden file", FILE_ID("1:2 hidden"), "unknown field \"hidden\"" },
	{ "a field twice", MOUNT("at=/m " OWN " at=/m"), "duplicate field \"at\"" },
	{ "hidden twice", MOUNT("at=/m " OWN " hidden hidden"), "duplicate field \"hidden\"" },
	{ "hidden with a value", MOUNT("at=/m " OWN " hidden=1"), "\"hidden\" takes no value" },
	{ "hidden with an empty value", MOUNT("at=/m " OWN " hidden="), "\"hidden\" takes no" },
	{ "a field's name alone", MOUNT("at " OWN), "\"at\" has no value" },
	{ "an empty mountpoint", MOUNT("at= " OWN), "\"at\" has no value" },
	{ "an empty root", MOUNT("at=/m is=own root= type=x flags=-"), "\"root\" has no value" },
	{ "an empty type", MOUNT("at=/m is=own root=/ type= flags=-"), "\"type\" has no value" },
	{ "no flags", WITH_FLAGS(""), "\"flags\" has no value" },
	{ "an empty group", MOUNT("at=/m " OWN " shared="), "\"shared\" has no value" },
	{ "a mount without fields", BASE "mount\n", "\"at\" is missing" },
	{ "no mountpoint", MOUNT(OWN), "\"at\" is missing" },
	{ "no owner", MOUNT("at=/m root=/ type=x flags=- host=/"), "\"is\" is missing" },
	{ "no root", MOUNT("at=/m is=own type=x flags=-"), "\"root\" is missing" },
	{ "no type", MOUNT("at=/m is=own root=/ flags=-"), "\"type\" is missing" },
	{ "no flags at all", MOUNT("at=/m is=own root=/ type=x"), "\"flags\" is missing" },
	{ "no key of a host's mount", HOSTS("host=/ folder=/"), "\"key\" is missing" },
	{ "no host of a host's mount", HOSTS("key=k folder=/"), "\"host\" is missing" },
	{ "no folder of a host's mount", HOSTS("key=k host=/"), "\"folder\" is missing" },
	{ "no folder of a host's root", HEAD "mount at=/ is=host root=/ type=x flags=- host=/\n",
	  "line 3 of the recipe: \"folder\" is missing" },
	{ "no key of a procfs", MOUNT("at=/m is=proc root=/ type=x flags=-"),
	  "\"key\" is missing" },
	{ "no key of a given mount", MOUNT("at=/m is=given root=/ type=x flags=-"),
	  "\"key\" is missing" },
	{ "a key of an own mount", MOUNT("at=/m " OWN " key=k"),
	  "\"key\" cannot be used with is=own" },
	{ "a key of an auto mount", MOUNT("at=/m is=auto root=/ type=x flags=- key=k"),
	  "\"key\" cannot be used with is=auto" },
	{ "a key of a mount that is left out",
	  MOUNT("at=/m is=none root=/ type=x flags=- key=k hidden"),
	  "\"key\" cannot be used with is=none" },
	{ "a host of a mount that is left out",
	  MOUNT("at=/m is=none root=/ type=x flags=- host=/ hidden"),
	  "\"host\" cannot be used with is=none" },
	{ "options of a mount that is left out",
	  MOUNT("at=/m is=none root=/ type=x flags=- options=rw hidden"),
	  "\"options\" cannot be used with is=none" },
	{ "a key of the root", HEAD "mount at=/ is=proc key=k root=/ type=x flags=-\n",
	  "\"key\" cannot be used with the root" },
	{ "a key of a kept root", HEAD "mount at=/ is=kept key=k root=/ type=x flags=-\n",
	  "\"key\" cannot be used with the root" },
	{ "a host of an own mount", MOUNT("at=/m " OWN " host=/"),
	  "\"host\" cannot be used with is=own" },
	{ "a folder of an auto mount", MOUNT("at=/m is=auto root=/ type=x flags=- folder=/"),
	  "\"folder\" cannot be used with is=auto" },
	{ "a host of a procfs", MOUNT("at=/m is=proc key=k root=/ type=x flags=- host=/"),
	  "\"host\" cannot be used with is=proc" },
	{ "a folder of a given mount", MOUNT("at=/m is=given key=k root=/ type=x flags=- folder=/"),
	  "\"folder\" cannot be used with is=given" },
	{ "options of an own mount", MOUNT("at=/m " OWN " options=rw"),
	  "\"options\" cannot be used with is=own" },
	{ "options of a host's mount", HOSTS("key=k host=/ folder=/ options=rw"),
	  "\"options\" cannot be used with is=host" },
	{ "options before the owner", MOUNT("options=rw at=/m " OWN),
	  "cannot be used with is=own" },
	{ "an unknown owner", MOUNT("at=/m is=mine root=/ type=x flags=-"),
	  "is=mine: not one of own, host, proc, kept, given, auto, none" },
	{ "a start of an owner", MOUNT("at=/m is=ow root=/ type=x flags=-"), "is=ow: not one" },
	/* escapes */
	{ "a backslash at the end", WITH_AT("/a\\"),
	  "at=/a\\: a backslash that does not begin an escape" },
	{ "an escape of one digit", WITH_AT("/a\\1"), "does not begin an escape" },
	{ "an escape of two digits", WITH_AT("/a\\04"), "does not begin an escape" },
	{ "an escape with another digit", WITH_AT("/a\\048"), "does not begin an escape" },
	{ "an escape of a letter", WITH_AT("/a\\n"), "does not begin an escape" },
	{ "an escape in hex", WITH_AT("/a\\x20"), "does not begin an escape" },
	{ "an escaped backslash of the shell", WITH_AT("/a\\\\"), "does not begin an escape" },
	{ "an escape above a byte", WITH_AT("/a\\400"), "does not begin an escape" },
	{ "an escape further above a byte", WITH_AT("/a\\501"), "does not begin an escape" },
	{ "an escaped NUL", WITH_AT("/a\\000"), "does not begin an escape" },
	{ "an escaped NUL alone", MOUNT("at=/m is=own root=\\000 type=x flags=-"),
	  "does not begin an escape" },
	/* paths */
	{ "a relative mountpoint", WITH_AT("m"), "at=m: not an absolute path" },
	{ "a slash at the end", WITH_AT("/m/"), "at=/m/: a path with an empty" },
	{ "two slashes", WITH_AT("//"), "a path with an empty" },
	{ "two slashes in front", WITH_AT("//m"), "a path with an empty" },
	{ "two slashes inside", WITH_AT("/m//n"), "a path with an empty" },
	{ "a dot", WITH_AT("/."), "a path with an empty" },
	{ "a dot inside", WITH_AT("/m/./n"), "a path with an empty" },
	{ "a dot at the end", WITH_AT("/m/."), "a path with an empty" },
	{ "two dots", WITH_AT("/.."), "a path with an empty" },
	{ "two dots inside", WITH_AT("/m/../n"), "a path with an empty" },
	{ "two dots at the end", WITH_AT("/m/.."), "a path with an empty" },
	{ "two escaped dots", WITH_AT("/m/\\056\\056"), "a path with an empty" },
	{ "an escaped slash at the end", WITH_AT("/m\\057"), "a path with an empty" },
	{ "a relative host", HOSTS("key=k host=x folder=/"), "host=x: not an absolute path" },
	{ "two dots in a host", HOSTS("key=k host=/x/.. folder=/"), "host=/x/..: a path with" },
	{ "a relative folder", HOSTS("key=k host=/ folder=x"), "folder=x: not an absolute path" },
	{ "two dots in a folder", HOSTS("key=k host=/ folder=/x/../.."), "folder=/x/../..: a" },
	{ "a relative file", FILE_LINE("id=1:2 path=x type=f flags=00 pos=0"),
	  "path=x: not an absolute path" },
	{ "two dots in a file", FILE_LINE("id=1:2 path=/x/../y type=f flags=00 pos=0"),
	  "path=/x/../y: a path with" },
	/* the root */
	{ "a first mount elsewhere", HEAD "mount at=/m " OWN "\n" ROOT,
	  "line 3 of the recipe: the first mount is not the root" },
	{ "a hidden root", HEAD "mount at=/ " OWN " hidden\n",
	  "line 3 of the recipe: the root cannot be hidden" },
	{ "a second root", BASE ROOT, "line 4 of the recipe: a second root" },
	{ "a kept mount elsewhere without a key", MOUNT("at=/m is=kept root=/ type=tmpfs flags=-"),
	  "\"key\" is missing" },
	{ "a second kept root", MOUNT("at=/ is=kept key=k root=/ type=tmpfs flags=- hidden"),
	  "only a mount that the root task sees can have is=kept" },
	/* views */
	{ "a view before the mounts", HEAD "view pid=7\n" ROOT,
	  "line 3 of the recipe: a \"view\" line before the first mount" },
	{ "a view without mounts", BASE "view pid=7\nview pid=8\n" ROOT,
	  "line 5 of the recipe: a \"view\" without mounts" },
	{ "a view without mounts at the end", BASE "view pid=7\n", "a \"view\" without mounts" },
	{ "a view of no process", BASE "view pid=x\n" ROOT, "not \"pid=x\"" },
	{ "a view of another process, too", BASE "view pid=7 pid=8\n" ROOT, "not \"pid=7\"" },
	{ "a view that begins elsewhere", BASE "view pid=7\nmount at=/m " OWN "\n",
	  "line 5 of the recipe: the first mount is not the root" },
	{ "a root of a view without its key",
	  BASE "view pid=7\nmount at=/ is=host root=/ type=ext4 flags=- host=/ folder=/\n",
	  "\"key\" is missing" },
	{ "a kept root of a view",
	  BASE "view pid=7\nmount at=/ is=kept key=k root=/ type=tmpfs flags=-\n",
	  "only a mount that the root task sees" },
	{ "a key in two views", BASE PROC("/p", "k") "view pid=7\n" ROOT PROC("/p", "k"),
	  "line 7 of the recipe: key=k is already on line 4" },
	/* keys */
	{ "a blank in a key", BASE PROC("/p", "a\\040b"),
	  "the key \"a b\" has characters other than" },
	{ "a bracket in a key", BASE PROC("/p", "a]:/etc"),
	  "the key \"a]:/etc\" has characters other" },
	{ "a slash in a key", BASE PROC("/p", "/etc"), "has characters other than" },
	{ "UTF-8 in a key", BASE PROC("/p", "\xc3\xa4"),
	  "the key \"\\303\\244\" has characters other than" },
	{ "a control character in a key", BASE PROC("/p", "a\\033"), "the key \"a\\033\" has" },
	{ "a blank in a key of the host's", HOSTS("key=\\040 host=/ folder=/"),
	  "has characters other than" },
	{ "a key of 65 bytes", BASE PROC("/p", TEN("abcdef") "12345"), "more than 64 bytes" },
	{ "a key at two mountpoints",
	  BASE PROC("/p", "k") PROC("/q", "j") PROC("/r", "k") PROC("/s", "l"),
	  "line 6 of the recipe: key=k is already on line 4" },
	{ "a key at two mountpoints in the other order", BASE PROC("/z", "k") PROC("/a", "k"),
	  "line 5 of the recipe: key=k is already on line 4" },
	{ "a key at two mountpoints, one of them stacked",
	  BASE PROC("/p", "k") PROC("/p", "k") PROC("/q", "k"),
	  "line 6 of the recipe: key=k is already on line 5" },
	{ "a key of two owners",
	  BASE PROC("/p", "k") "mount at=/g is=given key=k root=/ type=x flags=-\n",
	  "key=k is already on line 4" },
	/* flags */
	{ "an unknown flag", WITH_FLAGS("ro,sync"), "flags=ro,sync: not \"-\" nor a list of" },
	{ "a start of a flag", WITH_FLAGS("no"), "flags=no: not" },
	{ "more than a flag", WITH_FLAGS("rox"), "flags=rox: not" },
	{ "a flag that is the default", WITH_FLAGS("rw"), "flags=rw: not" },
	{ "an empty flag", WITH_FLAGS("ro,,nodev"), "nor a list" },
	{ "an empty flag in front", WITH_FLAGS(",ro"), "nor a list" },
	{ "an empty flag at the end", WITH_FLAGS("ro,"), "nor a list" },
	{ "no flag and a flag", WITH_FLAGS("-,ro"), "nor a list" },
	{ "a flag and no flag", WITH_FLAGS("ro,-"), "nor a list" },
	{ "a flag twice", WITH_FLAGS("ro,nodev,ro"), "a duplicate flag" },
	/* locks */
	{ "an unknown lock", MOUNT("at=/m " OWN " locked=mount,rw"),
	  "locked=mount,rw: not a list" },
	{ "a start of a lock", MOUNT("at=/m " OWN " locked=mo"), "locked=mo: not a list" },
	{ "no lock", MOUNT("at=/m " OWN " locked=-"), "locked=-: not a list" },
	{ "an empty lock", MOUNT("at=/m " OWN " locked=ro,"), "locked=ro,: not a list" },
	{ "a lock twice", MOUNT("at=/m " OWN " locked=ro,ro"), "a duplicate lock" },
	/* groups */
	{ "a group of zero", MOUNT("at=/m " OWN " shared=0"), "shared=0: not the number" },
	{ "a group that is too large", MOUNT("at=/m " OWN " shared=2147483648"), "not the number" },
	{ "a group that is far too large", MOUNT("at=/m " OWN " master=" TEN("9999999999")),
	  "not the number" },
	{ "a group that is too large by a turn", MOUNT("at=/m " OWN " master=18446744073709551617"),
	  "not the number" },
	{ "a negative group", MOUNT("at=/m " OWN " shared=-1"), "not the number" },
	{ "a group with a sign", MOUNT("at=/m " OWN " master=+1"), "not the number" },
	{ "a group with a zero in front", MOUNT("at=/m " OWN " master=01"), "not the number" },
	{ "a group with a blank", MOUNT("at=/m " OWN " master=\\0401"), "not the number" },
	{ "a group in hex", MOUNT("at=/m " OWN " master=0x1"), "not the number" },
	{ "a group and more", MOUNT("at=/m " OWN " shared=1x"), "not the number" },
	{ "a group of another", MOUNT("at=/m " OWN " shared=1:hos"), "or with \":host\"" },
	{ "a group of the host's and more", MOUNT("at=/m " OWN " shared=1:host:"), "or with" },
	{ "no group of the host's", MOUNT("at=/m " OWN " shared=:host"), "not the number" },
	{ "a master of the host's", MOUNT("at=/m " OWN " master=1:host"), "not the number" },
	/* files */
	{ "a file without fields", BASE "file\n", "\"id\" is missing" },
	{ "no id", FILE_LINE("path=/x type=f flags=00 pos=0"), "\"id\" is missing" },
	{ "no path", FILE_LINE("id=1:2 type=f flags=00 pos=0"), "\"path\" is missing" },
	{ "no type of a file", FILE_LINE("id=1:2 path=/x flags=00 pos=0"), "\"type\" is missing" },
	{ "no flags of a file", FILE_LINE("id=1:2 path=/x type=f pos=0"), "\"flags\" is missing" },
	{ "no pos", FILE_LINE("id=1:2 path=/x type=f flags=00"), "\"pos\" is missing" },
	{ "a pos twice", FILE_POS("0 pos=0"), "duplicate field \"pos\"" },
	{ "an id without a colon", FILE_ID("12"), "id=12: not MNT:INODE" },
	{ "an id of a colon", FILE_ID(":"), "not MNT:INODE" },
	{ "an id without a mount", FILE_ID(":2"), "not MNT:INODE" },
	{ "an id without an inode", FILE_ID("1:"), "not MNT:INODE" },
	{ "an id with two colons", FILE_ID("1:2:3"), "not MNT:INODE" },
	{ "an id in capitals", FILE_ID("1A:2"), "not MNT:INODE" },
	{ "an id with other letters", FILE_ID("1g:2"), "not MNT:INODE" },
	{ "an id with an x", FILE_ID("0x1:2"), "not MNT:INODE" },
	{ "a mount with a zero in front", FILE_ID("01:2"), "not MNT:INODE" },
	{ "an inode with a zero in front", FILE_ID("1:02"), "not MNT:INODE" },
	{ "an inode of zeros", FILE_ID("1:00"), "not MNT:INODE" },
	{ "a mount that is too large", FILE_ID("100000000:2"), "not MNT:INODE" },
	{ "an inode that is too large", FILE_ID("1:10000000000000000"), "not MNT:INODE" },
	{ "an id that leaves its brackets", FILE_ID("1:2]:/etc"), "not MNT:INODE" },
	{ "an id twice", BASE FILE_ FILE_, "line 5 of the recipe: id=1:2 is already on line 4" },
	{ "an unknown type", FILE_TYPE("s"), "type=s: not one of f, d, p, c, b" },
	{ "two types", FILE_TYPE("fd"), "type=fd: not one of" },
	{ "open flags in decimal", FILE_FLAGS("9"), "flags=9: not the octal open flags" },
	{ "open flags in hex", FILE_FLAGS("0x1"), "not the octal" },
	{ "negative open flags", FILE_FLAGS("-1"), "not the octal" },
	{ "open flags that are too large", FILE_FLAGS("0200000000"), "not the octal" },
	{ "open flags that are far too large", FILE_FLAGS("02000000000000000000001"),
	  "not the octal" },
	{ "no file at all", FILE_WAS_LINE("x"), "was=x: not a list of NAME:VALUE" },
	{ "only its owner", FILE_WAS_LINE("owner:0:0"), "the owner or the mode is missing" },
	{ "only its mode", FILE_WAS_LINE("mode:0600"), "the owner or the mode is missing" },
	{ "half an owner", FILE_WAS_LINE("owner:0,mode:0600"), "an invalid value" },
	{ "an owner with a name", FILE_WAS_LINE("owner:root:root,mode:0600"), "an invalid value" },
	{ "an owner that is too large", FILE_WAS_LINE("owner:4294967296:0,mode:0"),
	  "an invalid value" },
	{ "a negative owner", FILE_WAS_LINE("owner:-1:0,mode:0"), "an invalid value" },
	{ "a mode with a type", FILE_WAS_LINE("owner:0:0,mode:0100644"), "an invalid value" },
	{ "a mode of letters", FILE_WAS_LINE("owner:0:0,mode:rw-r--r--"), "an invalid value" },
	{ "a decimal mode", FILE_WAS_LINE("owner:0:0,mode:0688"), "an invalid value" },
	{ "an inode in hex", FILE_WAS_LINE("owner:0:0,mode:0,inode:0x5"), "an invalid value" },
	{ "an inode that is too long",
	  FILE_WAS_LINE("owner:0:0,mode:0,inode:184467440737095516150"), "an invalid value" },
	{ "an empty number", FILE_WAS_LINE("owner:0:0,mode:0,fs:"), "an invalid value" },
	{ "an unknown part", FILE_WAS_LINE("owner:0:0,mode:0,exec:5"), "an unknown name" },
	{ "an empty part", FILE_WAS_LINE("owner:0:0,,mode:0"), "not a list of NAME:VALUE" },
	{ "a comma at the end", FILE_WAS_LINE("owner:0:0,mode:0,"), "not a list of NAME:VALUE" },
	{ "rights without a group", FILE_WAS_LINE("owner:0:0,mode:0,by:5"), "an invalid value" },
	{ "rights with a hole", FILE_WAS_LINE("owner:0:0,mode:0,by:5::6"), "an invalid value" },
	{ "rights with a colon at the end", FILE_WAS_LINE("owner:0:0,mode:0,by:5:6:"),
	  "an invalid value" },
	{ "a boot that is too long",
	  FILE_WAS_LINE("owner:0:0,mode:0,boot:0123456789abcdef0123456789abcdef01234567"),
	  "an invalid value" },
	{ "a file twice", FILE_WAS_LINE("owner:0:0,mode:0 was=owner:0:0,mode:0"),
	  "duplicate field \"was\"" },
	{ "a negative pos", FILE_POS("-1"), "pos=-1: not a position in a file" },
	{ "a pos that is too large", FILE_POS("9223372036854775808"), "not a position" },
	{ "a pos that is far too large", FILE_POS(TEN("9999999999")), "not a position" },
	{ "a pos with a zero in front", FILE_POS("017"), "not a position" },
	{ "a pos and more", FILE_POS("1k"), "not a position" },
	{ "an empty pos", FILE_POS(""), "\"pos\" has no value" },
	/* messages */
	{ "a long word is cut", BASE TEN("abcdefghij") "\n", "abcdefghijabcdefghij" },
	{ "an escape sequence is shown, not done",
	  BASE "mount x\xc2\x9b"
	       "31m=\n",
	  "unknown field \"x\\302\\23331m\"" },
	{ "a blank that is no blank",
	  BASE "mount\xc2\xa0"
	       "at=/\n",
	  "unknown word \"mount\\302\\240" },
};

static void damage_is_refused(void **state)
{
	const struct damage *d = *state;
	char *text = ended(d->text);

	assert_refused(text, strlen(text), d->expected);
	free(text);
}

static void an_empty_text_is_refused(void **state)
{
	(void)state;
	assert_refused("", 0, "the recipe is empty");
	assert_refused("\0", 1, "line 1 of the recipe: the file is not a recipe");
}

static void a_nul_byte_is_refused_wherever_it_is(void **state)
{
	char text[] = BASE "# x\n" FILE_ END "# x\n";

	(void)state;
	for (size_t i = sizeof(MAGIC) - 1; i < sizeof(text) - 1; i++) {
		char c = text[i];

		text[i] = '\0';
		assert_refused(text, sizeof(text) - 1,
			       i < sizeof(text) - 2 ? "a NUL byte" : "does not end in a newline");
		text[i] = c;
	}
	assert_refused(text, sizeof(text), "line 8 of the recipe: it does not end in a newline");
}

/* Words of which only the length is wrong. */
static void too_long_is_refused(void **state)
{
	static const struct {
		const char *start, *end;
		char fill;
		size_t most;
		const char *expected;
	} rows[] = {
		{ BASE "mount at=/", " " OWN "\n", 'x', PATH_MAX - 2, "too long for a path" },
		{ BASE "mount at=/m is=host key=k root=/ type=x flags=- host=/", " folder=/\n", 'x',
		  PATH_MAX - 2, "too long for a path" },
		{ BASE "mount at=/m is=host key=k root=/ type=x flags=- host=/ folder=/", "\n", 'x',
		  PATH_MAX - 2, "too long for a path" },
		{ BASE "file id=1:2 type=f flags=0 pos=0 path=/", "\n", 'x', PATH_MAX - 2,
		  "too long for a path" },
		{ BASE "mount at=/m is=given root=/ type=x flags=- key=", "\n", ']', 4096,
		  "the key has more than 4096 bytes" },
		{ BASE "mount at=/m is=host root=/ type=x flags=- host=/ folder=/ key=", "\n", '.',
		  64, "the key has more than 64 bytes" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *fill = xcalloc(rows[i].most + 2, 1);

		memset(fill, rows[i].fill, rows[i].most + 1);

		char *more = xasprintf("%s%s%s" END, rows[i].start, fill, rows[i].end);
		char *most = xasprintf("%s%s%s" END, rows[i].start, fill + 1, rows[i].end);

		UNIT_CHECK(assert_sane(most, strlen(most)), "row %zu", i);
		assert_refused(more, strlen(more), rows[i].expected);
		free(fill);
		free(more);
		free(most);
	}
}

static void a_long_word_is_cut_in_the_message(void **state)
{
	char *text = xcalloc(100000, 1);
	struct recipe r;
	struct err e;

	(void)state;
	for (int c = 0x80; c < 0x100; c += 0x7f) {
		strcpy(text, BASE);
		memset(text + strlen(text), c, 90000);
		strcat(text, "\n" END);
		assert_int_equal(parse(text, strlen(text), &r, &e), -EINVAL);
		assert_failure(&r, &e);
		unit_assert_contains(e.what, "...\"");
		assert_true(strlen(e.what) < 150);
	}
	free(text);
}

static void a_recipe_has_16_mib_at_most(void **state)
{
	size_t most = 16 << 20;
	char *text = xcalloc(most + 1, 1);

	(void)state;
	memset(text, 'x', most + 1);
	memcpy(text, BASE END "#", sizeof(BASE END "#") - 1);
	text[most - 1] = '\n';
	assert_true(assert_sane(text, most));
	text[most - 1] = 'x';
	text[most] = '\n';
	assert_refused(text, most + 1, "the recipe has more than 16 MiB");
	free(text);
}

static void a_recipe_has_100000_lines_at_most(void **state)
{
	enum { MOST = 100000 };
	char *text = xcalloc(MOST + 100, 1);

	(void)state;
	strcpy(text, BASE END);
	memset(text + strlen(text), '\n', MOST - 4);
	assert_true(assert_sane(text, strlen(text)));
	strcat(text, "\n");
	assert_refused(text, strlen(text), "the recipe has more than 100000 lines");
	free(text);
}

/* Else it could not be read any more when it was written again, with its comments. */
static void a_recipe_leaves_room_for_its_other_lines(void **state)
{
	enum { MOST = 100000 - 5 };
	char *text = xcalloc(MOST + 1, 80);
	char *end = stpcpy(text, BASE);

	(void)state;
	for (size_t i = 1; i < MOST; i++)
		end += sprintf(end, "mount at=/%zu is=proc key=k%zu root=/ type=proc flags=-\n", i,
			       MOST - i);
	strcpy(end, END);
	assert_true(assert_sane(text, strlen(text)));
	end = stpcpy(end, FILE_ END);
	assert_refused(
		text, (size_t)(end - text),
		"line 99999 of the recipe: more than 99995 mounts, files, sockets and tasks");
	free(text);
}

/* Damage everywhere */

static void cut_anywhere_it_is_refused(void **state)
{
	size_t magic = strlen(MAGIC) - 1;
	struct recipe r;
	struct err e;

	(void)state;
	for (size_t n = 0; n < sizeof(sample) - 1; n++) {
		bool line = n && sample[n - 1] == '\n';

		assert_refused(sample, n,
			       !n          ? "the recipe is empty"
			       : n < magic ? "the file is not a recipe"
			       : line      ? "it does not end with \"end\""
					   : "it does not end in a newline");
		if (n < magic)
			continue;
		assert_int_equal(parse(sample, n, &r, &e), -EINVAL);
		assert_string_equal(e.hint, "the file was cut short");
	}
	assert_refused(BASE, strlen(BASE), "line 3 of the recipe: it does not end with \"end\"");
	assert_refused(BASE "# end\n", strlen(BASE "# end\n"), "it does not end with \"end\"");
}

static void blanks_and_comments_may_lie_around_the_end(void **state)
{
	struct recipe r = parsed(BASE "# x\n \tend \t\n\n \t\n# end\n");
	struct recipe same = parsed_lines(BASE);

	(void)state;
	assert_same(&r, &same);
	recipe_free(&r);
	recipe_free(&same);
}

static void each_byte_may_be_another(void **state)
{
	static const unsigned char others[] = { 0,   '\n', '\t', ' ', '\\', '=',  '/', '#',
						',', ':',  '.',  '0', 0x7f, 0xff, 'a', '\r' };
	char text[sizeof(sample)];
	size_t n = sizeof(sample) - 1;

	(void)state;
	memcpy(text, sample, sizeof(sample));
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(others); k++) {
			text[i] = (char)others[k];
			(void)assert_sane(text, n);
		}
		for (int bit = 0; bit < 8; bit++) {
			text[i] = (char)(sample[i] ^ 1 << bit);
			(void)assert_sane(text, n);
		}
		text[i] = sample[i];
	}
}

static void each_line_and_each_word_may_be_missing(void **state)
{
	char text[sizeof(sample)];

	(void)state;
	for (const char *separator = " \n"; *separator; separator++) {
		for (size_t i = 0; i < sizeof(sample) - 1;) {
			const char *end = strchr(sample + i, *separator);
			size_t next = end ? (size_t)(end - sample) + 1 : sizeof(sample) - 1;

			memcpy(text, sample, i);
			memcpy(text + i, sample + next, sizeof(sample) - next);
			(void)assert_sane(text, strlen(text));
			i = next;
		}
	}
}

/* A generator of our own: the same numbers everywhere. */
static uint32_t random_state;

static uint32_t below(uint32_t n)
{
	random_state = random_state * 1664525U + 1013904223U;
	return (random_state >> 8) % n;
}

static void random_changes_do_no_harm(void **state)
{
	char text[2 * sizeof(sample)];
	size_t accepted = 0;

	(void)state;
	random_state = 1;
	for (int run = 0; run < 4000; run++) {
		size_t n = sizeof(sample) - 1;

		memcpy(text, sample, n);
		for (uint32_t changes = 1 + below(3); changes; changes--) {
			size_t at = below((uint32_t)n);
			size_t from = below((uint32_t)n);
			size_t size = below(20);

			size = size > n - at ? n - at : size;
			size = size > n - from ? n - from : size;
			if (below(2))
				text[at] = (char)below(256);
			else
				memmove(text + at, text + from, size);
		}
		accepted += assert_sane(text, n);
	}
	assert_true(accepted > 100); /* else it shows nothing of what is accepted */
}

/* Words of the language in no order. */
static void random_words_do_no_harm(void **state)
{
	static const char *const words[] = {
		"mount",
		"file",
		"frame init",
		"at=/",
		"at=/m",
		"is=own",
		"is=host",
		"is=kept",
		"is=proc",
		"is=given",
		"is=none",
		"key=k",
		"key=\\040",
		"root=/",
		"type=x",
		"flags=-",
		"flags=ro",
		"host=/",
		"folder=/",
		"options=x",
		"shared=1",
		"master=1",
		"hidden",
		"shared=1:host",
		"id=1:2",
		"path=/x",
		"type=f",
		"pos=1",
		"#",
		"\\",
		"\xff",
		"\n",
		"\nmount at=/ ",
		"\n" ROOT,
		"\nmount at=/p " OWN,
		"\n" FILE_,
		"\n" END,
	};

	(void)state;
	random_state = 2;
	for (int run = 0; run < 4000; run++) {
		char *text = xstrdup(below(2) ? BASE : HEAD);

		for (uint32_t n = below(25); n; n--) {
			const char *word = words[below(ARRAY_SIZE(words))];
			char *longer = xasprintf("%s%s%s", text, word, below(8) ? " " : "\n");

			free(text);
			text = longer;
		}

		char *whole = xasprintf("%s\n" END, text);

		(void)assert_sane(text, strlen(text));
		(void)assert_sane(whole, strlen(whole));
		free(text);
		free(whole);
	}
}

/* Recipes of all kinds survive. */

static char *random_name(const char *start)
{
	char *name = xcalloc(40, 1);
	size_t n = strlen(strcpy(name, start));

	for (uint32_t more = 1 + below(20); more; more--) {
		char c = (char)(1 + below(255));

		name[n++] = (char)(c == '/' || c == '.' ? 'x' : c);
	}
	return name;
}

static void random_mount(struct recipe *r)
{
	bool root = !r->n_mounts;
	struct recipe_mount *m = recipe_add_mount(r);
	bool named;

	do
		m->owner = (enum recipe_owner)below(OWNER_PTY + 1);
	while (m->owner == OWNER_KEPT && !root);
	named = m->owner == OWNER_HOST || m->owner == OWNER_PROC || m->owner == OWNER_GIVEN ||
		m->owner == OWNER_PTY;
	m->at = root ? xstrdup("/") : random_name("/");
	m->root = random_name("");
	m->fstype = random_name("");
	m->flags = below(2) ? below(16) : MS_RELATIME | MS_NOATIME | MS_NODIRATIME | MS_NOSYMFOLLOW;
	if (named && !root)
		m->key = xasprintf("%zu%s", r->n_mounts, m->owner == OWNER_GIVEN ? "\n]" : "");
	if (m->owner == OWNER_HOST) {
		m->host = random_name("/");
		m->folder = random_name("/a/");
	}
	if (m->owner == OWNER_KEPT && below(2))
		m->options = random_name("");
	m->shared = below(2) ? below(INT_MAX) : 0;
	m->host_peer = m->shared && below(2);
	m->master = below(2) ? below(INT_MAX) : 0;
	m->hidden = !root && below(2);
}

static void random_file(struct recipe *r)
{
	struct recipe_file *f = recipe_add_file(r);

	f->id = xasprintf("%zx:%x", r->n_files, below(1000));
	f->path = random_name("/a b/");
	f->type = "fdpcb"[below(5)];
	f->flags = below(0177777777);
	f->pos = below(2) ? below(INT_MAX) : LLONG_MAX - below(INT_MAX);
	if (below(2))
		f->was = (struct identity){
			.known = true,
			.uid = below(2) ? below(100000) : UINT_MAX,
			.gid = below(100000),
			.mode = below(010000),
			.dev = below(INT_MAX),
			.inode = below(2) ? below(INT_MAX) : ULONG_MAX,
			.rdev = below(2) ? below(INT_MAX) : 0,
			.fs = below(2) ? ULONG_MAX - below(INT_MAX) : 0,
			.born = below(2) ? below(INT_MAX) : 0,
			.boot = "01234567-89ab-cdef-0123-456789abcdef",
			.rights = below(2) ? xasprintf("%u:%u:%u", below(9), below(9), below(9))
					   : NULL,
		};
}

static void random_recipes_survive(void **state)
{
	(void)state;
	random_state = 3;
	for (int run = 0; run < 2000; run++) {
		struct recipe r = { .init = below(2) };
		uint32_t files = below(4);

		for (uint32_t n = files ? below(6) : 1 + below(6); n; n--)
			random_mount(&r);
		for (; files; files--)
			random_file(&r);
		assert_trip(&r);
		recipe_free(&r);
	}
}

int main(void)
{
	UNIT(each_field_is_read);
	UNIT(the_sample_is_written_as_it_was);
	UNIT(a_kept_root_is_read);
	UNIT(a_kept_part_is_read);
	UNIT(clamps_need_the_newest);
	UNIT_ROWS(spelling_is_the_same, spellings);
	UNIT_ROWS(legal_is_read, legals);
	UNIT(hostile_names_survive);
	UNIT(every_byte_survives);
	UNIT(no_name_makes_a_line_or_a_word);
	UNIT(what_was_frozen_is_one_comment);
	UNIT(the_longest_names_survive);
	UNIT(the_tables_grow);
	UNIT(names_are_told);
	UNIT_ROWS(damage_is_refused, damages);
	UNIT(an_empty_text_is_refused);
	UNIT(a_nul_byte_is_refused_wherever_it_is);
	UNIT(too_long_is_refused);
	UNIT(a_long_word_is_cut_in_the_message);
	UNIT(a_recipe_has_16_mib_at_most);
	UNIT(a_recipe_has_100000_lines_at_most);
	UNIT(a_recipe_leaves_room_for_its_other_lines);
	UNIT(cut_anywhere_it_is_refused);
	UNIT(blanks_and_comments_may_lie_around_the_end);
	UNIT(each_byte_may_be_another);
	UNIT(each_line_and_each_word_may_be_missing);
	UNIT(random_changes_do_no_harm);
	UNIT(random_words_do_no_harm);
	UNIT(random_recipes_survive);
	return unit_run("recipe");
}
