// SPDX-License-Identifier: MIT
/*
 * What a thaw says of each kind of thing that is missing or in the way. tests/91 and 92 show the
 * same on real ones.
 */
#include "unit.h"

#include "plan/plan_thaw_findings.h"
#include "plan/planning.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/stat.h>

static struct image_file a_file = { .path = (char *)"/srv/a file",
				    .mnt_id = -1,
				    .has_mode = true,
				    .has_size = true,
				    .mode = S_IFREG | 0640,
				    .size = 10 };
static struct image_file a_log = {
	.path = (char *)"/srv/log", .mnt_id = -1, .has_mode = true, .mode = S_IFREG | 0644
};
static struct image_file a_folder = {
	.path = (char *)"/srv/d'oh", .mnt_id = -1, .has_mode = true, .mode = S_IFDIR | 0755
};
static struct image_file an_old_one = { .path = (char *)"/srv/old", .mnt_id = -1 };
static uint32_t an_id[5];
static struct image_file a_library = { .path = (char *)"/lib/x.so",
				       .mnt_id = -1,
				       .has_size = true,
				       .size = 10,
				       .build_id = an_id,
				       .build_words = 5 };
static struct image_socket a_tcp = { .protocol = IPPROTO_TCP };
static struct image_socket a_udp = { .protocol = IPPROTO_UDP };

static struct image_unix a_server = { .id = 4, .type = SOCK_STREAM, .state = TCP_LISTEN },
			 a_connection = { .id = 5, .type = SOCK_STREAM, .state = TCP_ESTABLISHED },
			 a_deleted = { .id = 6,
				       .type = SOCK_STREAM,
				       .state = TCP_ESTABLISHED,
				       .is_deleted = true };

#define SOCKET(s) .path = (char *)"10.0.0.9:80", .socket = &(s)

static const struct row {
	const char *name;
	struct thaw_finding finding;
	const char *text; /* NULL: no refusal */
	const char *line; /* the options */
} rows[] = {
	{ "a file is gone",
	  { THAW_FILE_GONE, .file = &a_file, .path = (char *)"/srv/a file", .errnum = ENOENT },
	  "the file /srv/a file (10 bytes, mode 0640), which the tree had open or mapped, is gone; put it back",
	  "" },
	{ "a log is gone",
	  { THAW_FILE_GONE, .file = &a_log, .path = (char *)"/srv/log", .errnum = ENOTDIR },
	  "the file /srv/log (mode 0644), which the tree had open or mapped, is gone; "
	  "put it back, or an empty one: install -m 0644 /dev/null /srv/log",
	  "" },
	{ "a directory is gone",
	  { THAW_FILE_GONE, .file = &a_folder, .path = (char *)"/srv/d'oh", .errnum = ENOENT },
	  "the directory /srv/d'oh (mode 0755), which the tree had open or mapped, is gone; "
	  "put it back, or make it: mkdir -p -m 0755 FILE",
	  "" },
	{ "a file is gone of which nothing is known",
	  { THAW_FILE_GONE, .file = &an_old_one, .path = (char *)"/srv/old", .errnum = ENOENT },
	  "the file /srv/old, which the tree had open or mapped, is gone; put it back",
	  "" },
	{ "a server does not answer",
	  { THAW_FILE_GONE, .file = &a_log, .path = (char *)"/srv/log", .errnum = ETIMEDOUT },
	  "the server of the file system of /srv/log, which the tree had open or mapped, "
	  "does not answer, so criu would wait for ever; get that server to answer, or end it",
	  "" },
	{ "a file cannot be reached",
	  { THAW_FILE_GONE, .file = &a_log, .path = (char *)"/srv/log", .errnum = ENOTCONN },
	  "cannot open the file /srv/log, which the tree had open or mapped: "
	  "Transport endpoint is not connected",
	  "" },
	{ "another type",
	  { THAW_FILE_TYPE, .file = &a_log, .path = (char *)"/srv/log", .mode = S_IFIFO | 0644 },
	  "/srv/log is a FIFO, but was a file when the tree had it open; put back what was there",
	  "" },
	{ "another mode",
	  { THAW_FILE_MODE, .file = &a_file, .path = (char *)"/srv/a file",
	    .mode = S_IFREG | 0600 },
	  "the file /srv/a file has the mode 0600, but had 0640 at the freeze; "
	  "chmod 0640 '/srv/a file'; or, to take it as it is, add --skip-file-rwx-check",
	  "" },
	{ "set-user-ID",
	  { THAW_FILE_MODE, .file = &a_log, .path = (char *)"/srv/log", .mode = S_IFREG | 04644 },
	  "the file /srv/log has the mode 4644, but had 0644 at the freeze; chmod 0644 /srv/log",
	  "" },
	{ "it has grown",
	  { THAW_FILE_SIZE, .file = &a_file, .path = (char *)"/srv/a file", .size = 12 },
	  "the file /srv/a file has 12 bytes, but had 10 at the freeze; put back what was there; "
	  "if it has only grown since: truncate -s 10 '/srv/a file', which loses what has been added",
	  "" },
	{ "it has shrunk",
	  { THAW_FILE_SIZE, .file = &a_file, .path = (char *)"/srv/a file", .size = 9 },
	  "the file /srv/a file has 9 bytes, but had 10 at the freeze; put back what was there",
	  "" },
	{ "a library has another size",
	  { THAW_FILE_SIZE, .file = &a_library, .path = (char *)"/lib/x.so", .size = 99 },
	  "the file /lib/x.so has 99 bytes, but had 10 at the freeze; "
	  "it is a program or library: install the version that the tree had",
	  "" },
	{ "a library is another build",
	  { THAW_FILE_BUILD, .file = &a_library, .path = (char *)"/lib/x.so", .size = 10 },
	  "the program or library /lib/x.so is another build of it than at the freeze; "
	  "install the version that the tree had",
	  "" },
	{ "the name that the freeze made is gone",
	  { THAW_LINK_GONE, .file = &a_log, .path = (char *)"/srv/link_remap.3" },
	  "the name /srv/link_remap.3, which the freeze gave to the deleted file /srv/log (--link-remap), "
	  "is gone; it is not in the images directory either: link the file there again, "
	  "if it has another name",
	  "" },
	{ "it is kept on another mount",
	  { THAW_LINK_GONE, .file = &a_log, .path = (char *)"/srv/link_remap.3", .errnum = EXDEV },
	  "the file that had lost the name /srv/log is kept in the images directory, which is on another mount than "
	  "/srv/link_remap.3; bring the images to where they were, as they were; a copy of that file is another one",
	  "" },
	{ "a link is in its path",
	  { THAW_LINK_GONE, .file = &a_log, .path = (char *)"/srv/link_remap.3", .errnum = ELOOP },
	  "the name /srv/link_remap.3, which the freeze gave to the deleted file /srv/log (--link-remap), "
	  "is gone: Too many levels of symbolic links; it is not in the images directory either: "
	  "link the file there again, if it has another name",
	  "" },
	{ "a ghost is in the way",
	  { THAW_GHOST, .file = &a_log, .path = (char *)"/srv/log.cr.1.ghost" },
	  "/srv/log.cr.1.ghost is in the way of criu, which makes the deleted file /srv/log there again; "
	  "if these images are being thawed at this moment, wait; "
	  "else it is left over from a thaw that was killed: rm /srv/log.cr.1.ghost",
	  "" },
	{ "an address of a listening socket",
	  { THAW_ADDRESS, SOCKET(a_tcp) },
	  "the tree had a socket on 10.0.0.9:80, but this host does not have that address; "
	  "give it the address (ip address add)",
	  "" },
	{ "an address of a connection",
	  { THAW_ADDRESS, SOCKET(a_tcp), .peer = (char *)"10.0.0.1:9" },
	  "the tree had a TCP connection from 10.0.0.9:80 to 10.0.0.1:9, "
	  "but this host does not have that first address; "
	  "give it the address (ip address add), or add --tcp-close: "
	  "then the tree finds its connections closed",
	  "" },
	{ "a TCP port",
	  { THAW_PORT, SOCKET(a_tcp), .ino = 5, .holder = 12, .comm = "httpd" },
	  "the TCP port 10.0.0.9:80, which the tree had, is taken by process 12 (httpd); "
	  "end it; or thaw in another network namespace: unshare --net",
	  "" },
	{ "a UDP port of nobody that is seen",
	  { THAW_PORT, SOCKET(a_udp), .ino = 5 },
	  "the UDP port 10.0.0.9:80, which the tree had, is taken by a process that is not seen here; "
	  "end it; or thaw in another network namespace: unshare --net",
	  "" },
	{ "a TCP port that a connection still has",
	  { THAW_PORT, SOCKET(a_tcp) },
	  "the TCP port 10.0.0.9:80, which the tree had, is taken by a connection that has just ended; "
	  "wait a minute, until the kernel has forgotten it (TIME-WAIT)",
	  "" },
	{ "a connection",
	  { THAW_CONNECTION, SOCKET(a_tcp), .peer = (char *)"10.0.0.1:9", .ino = 5, .holder = 12,
	    .comm = "copy" },
	  "the TCP connection from 10.0.0.9:80 to 10.0.0.1:9, which the tree had, "
	  "now belongs to process 12 (copy); end it; or, for a second copy of the tree, add --tcp-close: "
	  "then it finds its connections closed",
	  "" },
	{ "a unix socket's name is taken",
	  { THAW_NAME, .unix_socket = &a_server, .path = (char *)"/run/s", .ino = 7, .holder = 5,
	    .comm = "other" },
	  "the unix socket /run/s, which the tree had, now belongs to process 5 (other), "
	  "from which criu would take the name; end that first",
	  "" },
	{ "an abstract one",
	  { THAW_NAME, .unix_socket = &a_server, .path = (char *)"@s", .ino = 7 },
	  "the unix socket @s, which the tree had, now belongs to a process that is not seen here; end that first",
	  "" },
	{ "one that was deleted",
	  { THAW_NAME, .unix_socket = &a_deleted, .path = (char *)"/run/s", .ino = 7, .holder = 5,
	    .comm = "other" },
	  "the unix socket /run/s, which the tree had, now belongs to process 5 (other), "
	  "from which criu would take the name; end that first",
	  "" },
	{ "only connections have it",
	  { THAW_NAME, .unix_socket = &a_connection, .path = (char *)"/run/s", .ino = 7,
	    .holder = 5, .comm = "other" },
	  NULL,
	  "" },
	{ "a directory has it",
	  { THAW_NAME, .unix_socket = &a_server, .path = (char *)"/run/s", .mode = S_IFDIR | 0755 },
	  "there is a directory at /run/s, where the tree had a unix socket; move it away",
	  "" },
	{ "it has no directory",
	  { THAW_NAME, .unix_socket = &a_server, .path = (char *)"/run/s", .errnum = ENOENT },
	  "cannot make the unix socket /run/s, which the tree had, again: its directory is gone; "
	  "make the directory, as it was",
	  "" },
	{ "another processor",
	  { .kind = THAW_PROCESSOR },
	  "the images are of programs for another processor (aarch64); thaw them on a host with such a processor",
	  "" },
	{ "a frozen cgroup",
	  { .kind = THAW_FROZEN, .path = (char *)"/sys/fs/cgroup/unified/jail" },
	  "the cgroup /sys/fs/cgroup/unified/jail, which the tree was in, is frozen: "
	  "criu would put it there, and wait for ever; "
	  "thaw the cgroup: echo 0 >/sys/fs/cgroup/unified/jail/cgroup.freeze; "
	  "or leave the tree in the caller's: --manage-cgroups=ignore",
	  "" },
	{ "a frozen cgroup of version 1",
	  { .kind = THAW_FROZEN, .path = (char *)"/sys/fs/cgroup/freezer/jail" },
	  "the cgroup /sys/fs/cgroup/freezer/jail, which the tree was in, is frozen: "
	  "criu would put it there, and wait for ever; "
	  "thaw the cgroup: echo THAWED >/sys/fs/cgroup/freezer/jail/freezer.state; "
	  "or leave the tree in the caller's: --manage-cgroups=ignore",
	  "" },
	{ "a frozen cgroup that does not matter",
	  { .kind = THAW_FROZEN, .path = (char *)"/sys/fs/cgroup/freezer/jail" },
	  NULL,
	  "--manage-cgroups=ignore" },
	{ "registers of AVX-512",
	  { THAW_REGISTERS, .registers = 0x84 },
	  "the tree uses the registers of AVX-512, which this processor does not have, "
	  "or its kernel does not permit; thaw it on a host whose processor has them; "
	  "--cpu-cap none thaws it without what they held",
	  "" },
	{ "the number of a terminal",
	  { THAW_PTY, .path = (char *)"/dev/pts/3", .is_taken = true },
	  "the thaw makes the terminal /dev/pts/3 of the tree again, but another process has its number now; "
	  "end the process that has it: fuser -v /dev/pts/3",
	  "" },
	{ "a number that is too high",
	  { THAW_PTY, .path = (char *)"/dev/pts/40" },
	  "the thaw makes the terminal /dev/pts/40 of the tree again, and criu can give it its number only if "
	  "at most 31 below that are free; open more terminals first, up to /dev/pts/40",
	  "" },
	{ "registers of AVX",
	  { THAW_REGISTERS, .registers = 4 },
	  "the tree uses the registers of AVX, which this processor does not have, "
	  "or its kernel does not permit; thaw it on a host whose processor has them; "
	  "--cpu-cap none thaws it without what they held",
	  "" },
	{ "registers, and the user knows",
	  { THAW_REGISTERS, .registers = 4 },
	  NULL,
	  "--cpu-cap=none" },
	{ "a security module",
	  { .kind = THAW_LSM },
	  "the tree has the AppArmor label jail, but this host does not have AppArmor; "
	  "thaw it on a host that has it",
	  "" },
	{ "a profile of it",
	  { .kind = THAW_LSM, .lacks_profile = true },
	  "the tree has the AppArmor profile jail, which is not loaded on this host; "
	  "load it (apparmor_parser), or name another one: --lsm-profile apparmor:NAME",
	  "" },
};

static struct facts facts_with(struct thaw_finding *v, size_t n)
{
	struct facts f;

	facts_init(&f);
	f.thaw_findings = (struct thaw_findings){ v, n };
	f.images.march = 3;
	f.images.lsm = 2;
	f.images.lsm_profile = (char *)"jail";
	return f;
}

/* A log that has grown, and a file that was written in the middle. */
static struct image_file grown[] = {
	{ .id = 9, .path = (char *)"/srv/appended", .flags = O_RDWR | O_APPEND, .pos = 4 },
	{ .id = 3, .path = (char *)"/srv/written", .flags = O_WRONLY, .pos = 10 },
	{ .id = 5, .path = (char *)"/srv/read", .flags = O_RDONLY, .pos = 2 },
	{ .id = 4, .path = (char *)"/srv/middle", .flags = O_RDWR, .pos = 5 },
};

static struct plan answers(struct facts *f, const char *options)
{
	_cleanup_free_ char *line = xasprintf("restore %s", options);
	struct unit_cli u = unit_parse(line, NULL, false);
	struct plan p = { 0 };

	assert_int_equal(u.r, 0);
	plan_copy_args(&u.cli, &p);
	size_t at = u.cli.insert_at;
	plan_thaw_findings(&u.cli, f, &p, &at);
	unit_parse_free(&u);
	return p;
}

static void it_is_said(void **state)
{
	const struct row *r = *state;
	struct thaw_finding finding = r->finding;
	struct facts f = facts_with(&finding, 1);
	struct plan p = answers(&f, r->line);
	char text[2048] = "";

	assert_int_equal(p.n_refusals, r->text ? 1 : 0);
	if (r->text)
		err_format(&p.refusals[0], text, sizeof(text));
	assert_string_equal(text, r->text ? r->text : "");
	plan_free(&p);
}

/* Where the mounts need not be what they were. */
static void terminals_get_a_devpts(void **state)
{
	struct thaw_finding v[] = {
		{ THAW_PTY, .path = (char *)"/dev/pts/3", .is_taken = true },
		{ THAW_PTY, .path = (char *)"/dev/pts/40" },
	};

	(void)state;
	for (int own = 0; own < 2; own++) {
		struct facts f = facts_with(v, ARRAY_SIZE(v));

		f.devpts_options = (char *)"rw,mode=620";
		f.images.own_mounts = own;

		struct plan p = answers(&f, "");

		assert_int_equal(p.own_devpts, !own);
		assert_int_equal(p.n_refusals, own ? 2 : 0);
		assert_int_equal(p.n_steps, own ? 0 : 1);
		plan_free(&p);
	}
}

static void many_of_a_kind_are_counted(void **state)
{
	struct thaw_finding v[25];
	struct facts f = facts_with(v, ARRAY_SIZE(v));
	struct plan p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		v[i] = (struct thaw_finding){ .kind = i % 2 ? THAW_FILE_GONE : THAW_GHOST,
					      .file = &a_log,
					      .path = (char *)"/srv/log",
					      .errnum = ENOENT };
	p = answers(&f, "");
	assert_int_equal(p.n_refusals, 22); /* 10 of 12, 10 of 13, and two lines for the rest */
	assert_string_equal(p.refusals[10].what, "2 more files are gone");
	assert_string_equal(p.refusals[21].what, "3 more files are in the way of deleted ones");
	plan_free(&p);
}

static void grown_files_go_on(void **state)
{
	struct thaw_finding v[ARRAY_SIZE(grown)];
	struct facts f = facts_with(v, ARRAY_SIZE(v));
	struct plan p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		grown[i].has_size = true;
		grown[i].size = 10;
		grown[i].size_now = 15;
		v[i] = (struct thaw_finding){ .kind = THAW_FILE_SIZE,
					      .file = &grown[i],
					      .path = grown[i].path,
					      .size = 15,
					      .goes_on = image_file_goes_on(&grown[i]) };
	}
	f.files = (struct image_files){ .v = grown, .n = ARRAY_SIZE(grown) };
	p = answers(&f, "-D img");
	assert_int_equal(p.n_refusals, 4);
	unit_assert_contains(p.refusals[0].hint, "add --grown-files");
	unit_assert_lacks(p.refusals[3].hint, "--grown-files");
	assert_int_equal(p.n_edits, 0);
	plan_free(&p);

	p = answers(&f, "-D img --grown-files");
	assert_int_equal(p.n_refusals, 1); /* what has been added would be overwritten */
	unit_assert_contains(p.refusals[0].what, "/srv/middle");
	plan_free(&p);

	f.thaw_findings.n = 3;
	f.files.n = 3;
	p = answers(&f, "-D img --grown-files");
	assert_int_equal(p.n_refusals, 0);
	assert_int_equal(p.n_edits, 3); /* by id */
	assert_true(p.edits[0].id == 3 && p.edits[0].moves && p.edits[0].pos == 15);
	assert_true(p.edits[1].id == 5 && !p.edits[1].moves);
	assert_true(p.edits[2].id == 9 && !p.edits[2].moves);
	unit_assert_words(&p.args,
			  "restore -D img --images-dir /proc/self/fd/<images> --work-dir img");
	plan_free(&p);
}

/* Each thaw opens them by a name of its own. */
static void kept_files_get_names(void **state)
{
	const struct image_file file = { .id = 7, .path = (char *)"/srv/link_remap.7" };
	struct kept_link kept = { .file = &file, .path = (char *)"/srv/link_remap.7.1" };
	struct facts f = facts_with(NULL, 0);
	struct plan p;

	(void)state;
	f.links = (struct kept_links){ &kept, 1 };
	p = answers(&f, "-D img");
	assert_int_equal(p.n_edits, 1);
	assert_true(p.edits[0].id == 7 && !strcmp(p.edits[0].path, "/srv/link_remap.7.1"));
	plan_free(&p);
}

/* Only connections lose their names, and only those whose name somebody else has. */
static void names_are_left_to_others(void **state)
{
	struct image_unix v[] = { a_connection, a_connection, a_server, a_deleted };
	struct facts f = facts_with(NULL, 0);
	struct plan p;

	(void)state;
	v[0].id = 9;
	v[0].is_taken = v[2].is_taken = v[3].is_taken = true;
	f.files = (struct image_files){ .unixes = v, .n_unixes = ARRAY_SIZE(v) };
	p = answers(&f, "-D img");
	assert_int_equal(p.n_edits, 1);
	assert_true(p.edits[0].id == 9 && p.edits[0].is_unnamed);
	unit_assert_words(&p.args,
			  "restore -D img --images-dir /proc/self/fd/<images> --work-dir img");
	plan_free(&p);
}

static void nothing_found_is_nothing_said(void **state)
{
	struct facts f = facts_with(NULL, 0);
	struct plan p = answers(&f, "");

	(void)state;
	assert_int_equal(p.n_refusals, 0);
	plan_free(&p);
}

int main(void)
{
	UNIT_ROWS(it_is_said, rows);
	UNIT(terminals_get_a_devpts);
	UNIT(many_of_a_kind_are_counted);
	UNIT(grown_files_go_on);
	UNIT(kept_files_get_names);
	UNIT(names_are_left_to_others);
	UNIT(nothing_found_is_nothing_said);
	return unit_run("plan_thaw_findings");
}
