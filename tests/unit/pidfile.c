// SPDX-License-Identifier: MIT
/* The pidfile: whole, at once, never over another file, and nothing else left behind. */
#include "unit.h"

#include "thaw/pidfile.h"

#include <dirent.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static void assert_holds(const struct unit_folder *f, const char *name, const char *expected)
{
	char *text = NULL;

	assert_true(read_file_at(f->fd, name, 100, &text) >= 0);
	assert_string_equal(text, expected);
	free(text);
}

static void assert_entries(const struct unit_folder *f, const char *name, int expected)
{
	int fd = openat(f->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fdopendir(fd);
	int n = -2; /* "." and ".." */

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	assert_int_equal(n, expected);
}

static int write_pid(int dirfd, const char *path, pid_t pid, struct err *e)
{
	_cleanup_close_ int prepared = pidfile_prepare(dirfd, path);
	int r;

	assert_false(pidfile_is_named(prepared));
	r = pidfile_write(dirfd, path, prepared, pid, e);
	assert_int_equal(pidfile_is_named(prepared), !r && prepared >= 0);
	return r;
}

static void the_pid_is_written_without_a_newline(void **state)
{
	struct unit_folder f = unit_folder_make();
	struct stat st;
	struct err e;

	(void)state;
	umask(022);
	assert_int_equal(write_pid(f.fd, "pid", 4194304, &e), 0);
	assert_holds(&f, "pid", "4194304");
	assert_entries(&f, ".", 1);
	assert_int_equal(fstatat(f.fd, "pid", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0644);
	assert_int_equal(st.st_nlink, 1);
	unit_folder_remove(&f);
}

static void the_path_may_be_absolute(void **state)
{
	struct unit_folder f = unit_folder_make();
	struct unit_folder other = unit_folder_make();
	char *path = xasprintf("%s/pid", other.path);
	struct err e;

	(void)state;
	assert_int_equal(write_pid(f.fd, path, 26, &e), 0);
	assert_holds(&other, "pid", "26");
	assert_entries(&f, ".", 0);
	free(path);
	unit_folder_remove(&other);
	unit_folder_remove(&f);
}

static void the_path_is_relative_to_the_folder(void **state)
{
	struct unit_folder f = unit_folder_make();
	struct err e;

	(void)state;
	assert_int_equal(mkdirat(f.fd, "sub", 0755), 0);
	assert_int_equal(write_pid(f.fd, "sub/pid", 26, &e), 0);
	assert_int_equal(write_pid(f.fd, "sub/../pid", 27, &e), 0);
	assert_holds(&f, "sub/pid", "26");
	assert_holds(&f, "pid", "27");
	assert_entries(&f, "sub", 1);
	assert_entries(&f, ".", 2);
	unit_folder_remove(&f);
}

static void an_existing_file_is_refused_and_untouched(void **state)
{
	struct unit_folder f = unit_folder_make();
	struct err e;

	(void)state;
	unit_write(&f, "pid", "812\n", 4);
	assert_int_equal(write_pid(f.fd, "pid", 26, &e), -EEXIST);
	assert_string_equal(e.what, "cannot write the pidfile pid");
	assert_holds(&f, "pid", "812\n");
	assert_entries(&f, ".", 1);
	unit_folder_remove(&f);
}

static void an_existing_link_is_not_followed(void **state)
{
	struct unit_folder f = unit_folder_make();
	struct err e;

	(void)state;
	assert_int_equal(symlinkat("nowhere", f.fd, "pid"), 0);
	assert_int_equal(write_pid(f.fd, "pid", 26, &e), -EEXIST);
	assert_entries(&f, ".", 1);
	assert_int_equal(faccessat(f.fd, "nowhere", F_OK, 0), -1);
	unit_folder_remove(&f);
}

static void an_existing_folder_is_refused(void **state)
{
	struct unit_folder f = unit_folder_make();
	struct err e;

	(void)state;
	assert_int_equal(mkdirat(f.fd, "pid", 0755), 0);
	assert_int_equal(write_pid(f.fd, "pid", 26, &e), -EEXIST);
	assert_entries(&f, "pid", 0);
	unit_folder_remove(&f);
}

static void a_missing_folder_is_an_error(void **state)
{
	struct unit_folder f = unit_folder_make();
	struct err e;

	(void)state;
	assert_int_equal(write_pid(f.fd, "none/pid", 26, &e), -ENOENT);
	assert_string_equal(e.what, "cannot write the pidfile none/pid");
	assert_entries(&f, ".", 0);
	unit_folder_remove(&f);
}

static void a_file_in_place_of_the_folder_is_an_error(void **state)
{
	struct unit_folder f = unit_folder_make();
	struct err e;

	(void)state;
	unit_write(&f, "file", "", 0);
	assert_int_equal(write_pid(f.fd, "file/pid", 26, &e), -ENOTDIR);
	assert_entries(&f, ".", 1);
	unit_folder_remove(&f);
}

/* In a child, because what it sets cannot be undone. Returns what write_pid() returned. */

static void full_disk(void)
{
	const struct rlimit none = { 0, 0 };

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &none);
}

/* Make openat(O_TMPFILE) fail, as it does on NFS, FUSE and vfat. */
static void no_tmpfile(void)
{
	enum { TMPFILE = O_TMPFILE & ~O_DIRECTORY };
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, TMPFILE, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { ARRAY_SIZE(code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		_exit(255);
}

static void no_tmpfile_on_a_full_disk(void)
{
	no_tmpfile();
	full_disk();
}

static int write_where(void (*prepare)(void), const struct unit_folder *f, const char *path)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct err e;

		prepare();
		_exit(-write_pid(f->fd, path, 26, &e));
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 255) { /* no seccomp here */
		unit_folder_remove(f);
		skip();
	}
	return -WEXITSTATUS(status);
}

static const struct trouble {
	const char *name;
	void (*prepare)(void);
	const char *path;
	int r;
	int entries; /* there is a file "old", and a folder "sub" */
	const char *written;
} troubles[] = {
	{ "a full disk leaves no file", full_disk, "pid", -EFBIG, 2, NULL },
	{ "without O_TMPFILE the pid is written all the same", no_tmpfile, "pid", 0, 3, "pid" },
	{ "without O_TMPFILE, in a directory below", no_tmpfile, "sub/pid", 0, 2, "sub/pid" },
	{ "without O_TMPFILE an existing file is refused", no_tmpfile, "old", -EEXIST, 2, NULL },
	{ "without O_TMPFILE a missing directory is an error", no_tmpfile, "none/pid", -ENOENT, 2,
	  NULL },
	{ "without O_TMPFILE a full disk leaves no file", no_tmpfile_on_a_full_disk, "pid", -EFBIG,
	  2, NULL },
};

static void trouble_is_survived(void **state)
{
	const struct trouble *t = *state;
	struct unit_folder f = unit_folder_make();

	unit_write(&f, "old", "812", 3);
	assert_int_equal(mkdirat(f.fd, "sub", 0755), 0);
	assert_int_equal(write_where(t->prepare, &f, t->path), t->r);
	assert_entries(&f, ".", t->entries);
	assert_holds(&f, "old", "812");
	if (t->written)
		assert_holds(&f, t->written, "26");
	unit_folder_remove(&f);
}

int main(void)
{
	UNIT(the_pid_is_written_without_a_newline);
	UNIT(the_path_may_be_absolute);
	UNIT(the_path_is_relative_to_the_folder);
	UNIT(an_existing_file_is_refused_and_untouched);
	UNIT(an_existing_link_is_not_followed);
	UNIT(an_existing_folder_is_refused);
	UNIT(a_missing_folder_is_an_error);
	UNIT(a_file_in_place_of_the_folder_is_an_error);
	UNIT_ROWS(trouble_is_survived, troubles);
	return unit_run("pidfile");
}
