// SPDX-License-Identifier: MIT
/*
 * Texts of /proc/PID: names of processes are in them, which anybody may choose. Each parser gets
 * each text.
 */
#include "files.h"

#include "look/mappings.h"
#include "look/procfs.h"

#include <errno.h>

static void check_status(const char *text)
{
	_cleanup_free_ char *copy = xstrdup(text);
	struct task t = { .pid = -7 };

	if (procfs_parse_status(copy, &t) < 0) {
		FUZZ_CHECK(t.pid == -7, "something is left: pid %d", t.pid);
		return;
	}
	FUZZ_CHECK(t.pid > 0 && t.nspid[0] == t.pid, "pid %d", t.pid);
	FUZZ_CHECK(t.depth >= 1 && t.depth <= PROCFS_DEPTH, "%d levels", t.depth);
	FUZZ_CHECK(memchr(t.comm, '\0', sizeof(t.comm)), "a name without an end");
	FUZZ_CHECK(task_inner_pid(&t) == t.nspid[t.depth - 1], "pid %d", task_inner_pid(&t));
	FUZZ_CHECK(!task_is_init(&t) || t.depth > 1, "an init on top");
	FUZZ_CHECK(!t.ns_pid && !t.ns_mnt, "namespaces that nobody read");
}

static void check_stat(const char *text)
{
	struct proc_stat s = { .state = '?' };

	if (procfs_parse_stat(text, &s) < 0)
		FUZZ_CHECK(s.state == '?', "something is left: %c", s.state);
}

static void check_children(const char *text)
{
	_cleanup_free_ char *copy = xstrdup(text);
	_cleanup_free_ pid_t *list = NULL;
	size_t n = 0;

	procfs_parse_children(copy, &list, &n);
	for (size_t i = 0; i < n; i++)
		FUZZ_CHECK(list[i] > 0, "pid %d", list[i]);
}

/*
 * A namespace's link is the kernel's own: what is accepted is, to the letter, what it would write.
 */
static void check_namespace(const char *text)
{
	ino_t inode = 7;
	int r = procfs_parse_namespace(text, &inode);
	_cleanup_free_ char *end = xasprintf("%lu]", (unsigned long)inode);
	const char *number = strchr(text, '[');

	FUZZ_CHECK(r == 0 || (r == -EINVAL && inode == 7), "%d", r);
	while (number && number[1] == '0' && number[2] != ']')
		number++;
	FUZZ_CHECK(r < 0 || !strcmp(number + 1, end), "%s and %s", text, end);
}

static void check_fdinfo(const char *text)
{
	struct proc_fdinfo info = { .flags = 3, .pos = 9 };

	procfs_parse_fdinfo(text, &info);
	FUZZ_CHECK(strstr(text, "flags:") || info.flags == 3, "%lo", info.flags);
	FUZZ_CHECK(strstr(text, "pos:") || info.pos == 9, "%lld", info.pos);
}

static void check_maps(const char *text)
{
	struct proc_map m = { .start = 7 };

	for (const char *next; (next = procfs_parse_map(text, &m)); text = next) {
		FUZZ_CHECK(next > text && m.path > text && m.path + m.path_length <= next, "%s",
			   text);
		FUZZ_CHECK(!memchr(m.path, '\n', m.path_length), "a path of two lines");
	}
}

/* What no line of the text says is not found. */
static void check_mappings(const char *text)
{
	struct mappings m = { 0 };

	mappings_parse_smaps(&m, text);
	FUZZ_CHECK(!m.has[MAPPING_KEY] || strstr(text, "ProtectionKey:"), "a key");
	FUZZ_CHECK(!m.has[MAPPING_SEAL] || strstr(text, "sl"), "a seal");
	FUZZ_CHECK(!m.has[MAPPING_FAULT] || strstr(text, "lf"), "locked when it is used");
	FUZZ_CHECK(!m.has[MAPPING_POLICY], "a policy");
	mappings_parse_policies(&m, text);
	if (mappings_has_file_policy(&m))
		mappings_compare_mounts(&m, text);
	FUZZ_CHECK(!m.has[MAPPING_POLICY] || strchr(text, '\n'), "a policy in one line");
	FUZZ_CHECK(memchr(m.policy, '\0', sizeof(m.policy)), "a policy without an end");
}

/* The readers, in a tree where all of a process's files have this text. */
static void check_tree(int proc)
{
	_cleanup_free_ pid_t *children = NULL;
	_cleanup_free_ pid_t *threads = NULL;
	struct proc_stat s;
	struct task t = { 0 };
	struct err e = { 0 };
	pid_t init = -7;

	if (procfs_task(proc, 1, &t, &e) < 0)
		fuzz_check_err(&e);
	else
		FUZZ_CHECK(t.pid == 1, "pid %d", t.pid);
	(void)procfs_stat(proc, 1, &s);
	(void)procfs_children(proc, 1, &children);
	FUZZ_CHECK(procfs_inner_threads(proc, 1, &threads) <= 1, "pid %d", threads[1]);
	FUZZ_CHECK(procfs_find_init(proc, 1, &init) < 0 && init == -7, "pid %d", init);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "1/status", "1/stat", "1/task/1/status",
					     "1/task/1/children" };
	static struct fuzz_files files = { -1, -1 };

	if (files.fd < 0)
		files = fuzz_files_make(names, ARRAY_SIZE(names));
	if (fuzz_files_take(&files, data, size))
		check_tree(files.dir);

	_cleanup_free_ char *text = fuzz_take_text(&data, &size, '\0');

	check_status(text);
	check_stat(text);
	check_children(text);
	check_namespace(text);
	check_fdinfo(text);
	check_maps(text);
	check_mappings(text);
	return 0;
}
