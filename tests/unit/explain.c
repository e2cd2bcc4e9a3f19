// SPDX-License-Identifier: MIT
/* What a person gets to read: the plan, criu's error lines, and what to do about them. */
#include "unit.h"

#include "explain/explain.h"
#include "explain/remedies.h"

#include <sys/stat.h>

/* Error lines. The logs are short, and in criu 4.2's own formats. */

static const struct log {
	const char *name, *log;
	size_t max;
	const char *errors;
} logs[] = {
	{ "an empty log has no errors", "", 5, "" },
	{ "a log without errors has none",
	  "(00.000012) Version: 4.2 (gitid 0)\n(00.000836) Warn  (criu/kerndat.c:1290): Can't keep "
	  "kdat cache on non-tempfs\n(00.001000) Dumping task (pid: 26)\n",
	  5, "" },
	{ "the message is left of an error line, with its module",
	  "(00.005120) mnt: Inspecting sharing on 69 shared_id 0 master_id 3\n"
	  "(00.005125) Error (criu/mount.c:1092): mnt: Mount 69 ./proc (master_id: 3 shared_id: 0) "
	  "has unreachable sharing. Try --enable-external-masters.\n",
	  5,
	  "mnt: Mount 69 ./proc (master_id: 3 shared_id: 0) has unreachable sharing. Try "
	  "--enable-external-masters.\n" },
	{ "a restored task's line, with its pid in front",
	  "(00.012345)     26: Error (criu/files-reg.c:2175): File tmp/log has bad size 12 (expect "
	  "7)\n",
	  5, "File tmp/log has bad size 12 (expect 7)\n" },
	{ "the restorer's line",
	  "(00.020000) pie: 26: Error (criu/pie/restorer.c:2050): sigprocmask "
	  "failed with -22\n",
	  5, "sigprocmask failed with -22\n" },
	{ "a line without a time stamp",
	  "Error (criu/crtools.c:229): Couldn't open image dir nowhere\n", 5,
	  "Couldn't open image dir nowhere\n" },
	{ "a line without a newline", "Error (criu/util.c:1): a", 5, "a\n" },
	{ "a line without a message is none", "Error (criu/util.c:2)\nError\n(00.1) Errors: 5\n", 5,
	  "" },
	{ "a message that looks like a position",
	  "(00.1) Error (criu/a.c:1): x: Error (criu/b.c:2): y\n", 5,
	  "x: Error (criu/b.c:2): y\n" },
	{ "what every run says is left out",
	  "(00.000836) Error (criu/util.c:1534): rlimit: Can't setup RLIMIT_NOFILE for self: "
	  "Operation "
	  "not permitted\n(00.010000) Error (criu/cr-dump.c:2128): Dumping FAILED.\n"
	  "(00.010000) Error (criu/cr-dump.c:1922): Pre-dumping FAILED.\n"
	  "(00.010000) Error (criu/cr-restore.c:2324): Restoring FAILED.\n"
	  "(00.010000) pie: 26: Error (criu/pie/restorer.c:2371): BUG at "
	  "criu/pie/restorer.c:2371\n",
	  5, "" },
	{ "a line twice is shown once",
	  "Error (criu/a.c:1): x\nError (criu/a.c:1): y\nError (criu/b.c:2): x\n", 5, "x\ny\n" },
	{ "no more than the first ones",
	  "Error (criu/a.c:1): 1\nError (criu/a.c:1): 2\nError (criu/a.c:1): 2\n"
	  "Error (criu/a.c:1): Dumping FAILED.\nError (criu/a.c:1): 3\nError (criu/a.c:1): 4\n",
	  3, "1\n2\n3\n" },
	{ "none at all, when none is wanted", "Error (criu/a.c:1): x\n", 0, "" },
};

static void errors_are_found(void **state)
{
	const struct log *l = *state;
	struct strv errors = { 0 };
	char *text = xstrdup("");

	explain_errors(l->log, l->max, &errors);
	for (size_t i = 0; i < errors.n; i++) {
		char *longer = xasprintf("%s%s\n", text, errors.v[i]);

		free(text);
		text = longer;
	}
	assert_string_equal(text, l->errors);
	free(text);
	strv_free(&errors);
}

/* Remedies. The lines are criu 4.2's, as far as it has them. */

static const struct remedy {
	const char *name, *remedy;
} remedies[] = {
	{ "cg: No set 1 found", "--manage-cgroups=ignore" },
	{ "Pid 26 do not match expected 25", "report" },
	{ "Can't lookup mount=43 for fd=0 path=/dev/null", "another mount namespace" },
	{ "mnt: Mount 69 ./proc (master_id: 3 shared_id: 0) has unreachable sharing. Try "
	  "--enable-external-masters.",
	  "mnt[]:m" },
	{ "The root process 26 is not a session leader. Consider using --shell-job option", "-j" },
	{ "tty: Found dangling tty with sid 812 pgid 812 (pts) on peer fd 0.", "-j" },
	{ "tty: Don't have tty to inherit session from, aborting", "from a terminal" },
	{ "A session leader of 26(3) is outside of its pid namespace", "setsid" },
	{ "File var/log/x has bad size 12 (expect 7)", "changed since the freeze" },
	{ "File usr/lib/x.so has bad build-ID", "--file-validation filesize" },
	{ "File tmp/x has bad mode 0100600 (expect 0100644)", "--skip-file-rwx-check" },
	{ "Can't dump ghost file /tmp/x of 2097152 size, increase limit", "--ghost-limit" },
	{ "Can't create link remap for /tmp/x. Use link-remap option.", "--link-remap" },
	{ "Some file locks are hold by dumping tasks! You can try --file-locks to dump them.",
	  "--file-locks" },
	{ "inet: Connected TCP socket, consider using --tcp-established option.",
	  "--tcp-established" },
	{ "inet: Connected TCP socket in image", "to the thaw" },
	{ "inet: In-flight connection (l) for 3f2", "--skip-in-flight" },
	{ "unix: Found a closed in-flight socket to 0x3f2", "the tree runs on, try again" },
	{ "unix: Non-empty write queue on an in-flight socket 0x3f2",
	  "the tree runs on, try again" },
	{ "sk unix: External socket is used. Consider using --ext-unix-sk option.",
	  "for a datagram socket (a syslog client's) add --ext-unix-sk, also to the thaw; "
	  "for a stream, which that does not help, add --reconnect PATH or --cut-peers" },
	{ "sk unix: External socket found in image. Consider using the --ext-unix-sk option to "
	  "allow "
	  "restoring it.",
	  "to the thaw" },
	{ "sk unix: Can't dump half of stream unix connection. name: x; peer name: y", "ancestor" },
	{ "sk unix: Can't dump half of stream unix connection. name: (null); peer name: (null)",
	  "--reconnect PATH or --cut-peers" },
	{ "Unknown shit 600 (anon_inode:[io_uring])", "UV_USE_IO_URING=0" },
	{ "Can't handle non-regular mapping on 26's map 7f0000000000", "plugin" },
	{ "vdso: Unexpected rt vDSO area bounds", "4.2.1" },
	{ "sockets: Can't get 1:16 opt: Operation not supported", "4.2.1" },
	{ "Can't dump nested pid namespace for 26", "namespace of its own" },
	{ "Task 26 with SysVIPC shmem map @7f0000000000 doesn't live in IPC ns", "unshare --ipc" },
	{ "iptables-restore failed", "--network-lock nftables or skip" },
	{ "inet: Can't bind inet socket (id 5): Cannot assign requested address", "in use" },
	{ "Timeout reached. Try to interrupt: 1", "--timeout" },
	{ "cpu: FPU feature required by image is not supported on host (fpu:0 fxsr:0 osxsave:0 "
	  "xsaves:1)",
	  "--cpu-cap" },
	{ "Tracking memory is not available. Consider omitting --track-mem option.", "soft-dirty" },
	{ "page-pipe: tee: 65536: Operation not permitted", "fs.pipe-max-size" },
	{ "page-pipe: splice: -1: Bad file descriptor", "fs.pipe-max-size" },
	{ "uffd: Failed sending restore finished indication: Broken pipe", "its log" },
	{ "Can't open file tmp/x: No such file or directory", "gone" },
	{ "tty: Found slave peer index 0 without correspond master peer", "-j" },
	{ "Can't create ghost regfile: File exists", "earlier thaw" },
	{ "Can't create ghost regfile: Read-only file system", "read-only" },
	{ "Can't create ghost symlink: Permission denied", "made again" },
	{ "Can't make ghost dir: Permission denied", "made again" },
	{ "Can't link remap to tmp/link_remap.3: File exists", "earlier freeze" },
	{ "Can't link tmp/link_remap.3 -> tmp/x: File exists", "only one thaw" },
	{ "inet: Unsupported proto 262 for socket 5bbad", "multipathtcp=0" },
	{ "sockets: BUG! Unknown socket collected (family 40)", "vsock" },
	{ "Can't bind inet socket back: Cannot assign requested address", "--tcp-close" },
	{ "Can't connect inet socket back: Network is unreachable", "--tcp-close" },
	{ "tun: Net namespace is required to dump tun link", "unshare -n" },
	{ "send_fds failed (-22)", "UV_USE_IO_URING=0" },
	{ "Can't dump file 3 of that type [600] (anon anon_inode:[io_uring])",
	  "UV_USE_IO_URING=0" },
	{ "Can't dump file 3 of that type [600] (anon anon_inode:[userfaultfd])", "userfaultfd" },
	{ "Unknown shit 600 (anon_inode:[perf_event])", "brackets" },
	{ "Can't dump file 3 of that type [20600] (chr 10:229)", "MAJOR:MINOR" },
	{ "Unknown shit 100600 (/secretmem (deleted))", "memfd_secret" },
	{ "Can't lookup mount=15 for fd=3 path=/secretmem (deleted)", "memfd_secret" },
	{ "Can't lookup mount=20 for fd=3 path=/queue", "message queue" },
	{ "Can't lookup mount=18 for fd=3 path=/memfd:huge (deleted)", "overcommit_hugepages" },
	{ "Can't lookup mount=18 for fd=-3 path=/anon_hugepage (deleted)", "overcommit_hugepages" },
	{ "Can't restore 0x7f3d7c000000 mapping with 0xfffffffffffffff4", "nr_hugepages" },
	{ "Can't mmap shmem 0x48de90 size=2097152: Cannot allocate memory", "nr_hugepages" },
	{ "Failed to create shm set: Cannot allocate memory", "nr_hugepages" },
	{ "The file system 0x1c 0x1c (0x2d) btrfs /data is inaccessible", "subvolume" },
	{ "fsnotify: Can't find suitable path for handle (dev 0x1a ino 0x2): -2", "deleted" },
	{ "fsnotify: \tCan't dump that handle", "--irmap-scan-path" },
	{ "sk unix: Can't bind id 0x5 ino 7 addr /run/x: Address already in use", "ss -xlp" },
	{ "skqueue: Control messages in queue, not supported", "SO_PASSCRED" },
	{ "Can't bind transport socket /crtools-fd-5-0: Address already in use", "unshare --net" },
	{ "suspending seccomp failed: Operation not permitted", "CAP_SYS_ADMIN" },
	{ "26 has rseq but kernel lacks get_rseq_conf feature", "GLIBC_TUNABLES" },
	{ "tty: No task found with sid 26", "setsid" },
	{ "Can't find a session leader for 26", "freeze the tree of that process" },
	{ "sfd: Can't chose service_fd_base: 896 897", "ulimit -Hn" },
	{ "Can't restore sub-task in NS (cflags 40000000)", "earlier freeze" },
	{ "Unsupported mapping found 00007f0000000000-00007f0000001000", "/proc/PID/maps" },
	{ "PID 26 has uprobes vma. Consider using --allow-uprobes.", "bpftrace" },
	{ "Dumped with --allow-uprobes. Need to set it on restore as well.", "to the thaw" },
	{ "page-xfer: Unable to spice data: No space left on device", "of the images (-D)" },
	{ "Can't splice pages to pipe (-14/32/0)", "6.16" },
	{ "Can't send fd 13 into store: Too many references: cannot splice", "ulimit -n" },
	{ "kerndat_tcp_repair failed when initializing kerndat.", "ip link set lo up" },
	{ "sockets: Diag module missing (-2)", "modprobe" },
	{ "Can't stat self map_files 2: No such file or directory", "CONFIG_CHECKPOINT_RESTORE" },
	{ "Can't open sys/kernel/ns_last_pid on procfs: Read-only file system", "read-only" },
	{ "Can't open 26/task/26/children on procfs: No such file or directory",
	  "CONFIG_PROC_CHILDREN" },
	{ "binfmt_misc isn't mount on the host", "mount it" },
	{ "cpu: CPU instruction capabilities do not match run time", "--cpu-cap" },
	{ "cpu: CPU capabilities do not match run time", "--cpu-cap" },
	{ "cpu: CPU xfeatures has unsupported bits (0x20000)", "--cpu-cap" },
	{ "cpu: CPU xsave size mismatch (2440/832)", "--cpu-cap" },
	{ "Inconsistent sched params received (6.0.0)", "chrt" },
	{ "The criu itself is within dumped tree.", "outside" },
	{ "Unable to interrupt task: 26 (Operation not permitted)", "TracerPid" },
	{ "Unable to interrupt task: 26 (No such process)", "--freeze-cgroup" },
	{ "Unseizable non-zombie 26 found, state S, err -1/10", "TracerPid" },
	{ "Unseizable non-zombie 26 found, state D, err -1/4", "vfork" },
	{ "SEIZE 26: unsupported stop signal 17", "try again" },
	{ "err scanfing: Invalid argument", "attr/current" },
	{ "mismatched lsm types and lsm profile specified", "a host that has it" },
	{ "apparmor LSM specified but apparmor not supported by kernel", "leave that option out" },
	{ "selinux LSM specified but selinux not supported by kernel", "leave that option out" },
	{ "failed to write policy in AA namespace x", "CAP_MAC_ADMIN" },
	{ "apparmor parsing failed -1", "apparmor_parser" },
	{ "can't get /proc/self/cgroup fd", "Landlock" },
	{ "can't get /proc fd", "Landlock" },
	{ "Can't get /proc fd", "Landlock" },
	{ "can't write lsm profile -2", "apparmor_parser" },
	{ "cg: Can't move into cpuset//x/cgroup.procs (-1/-1): No space left on device",
	  "--manage-cgroups=ignore" },
	{ "cg: Can't move 26 into cpuset//x/cgroup.procs (-1/6): No space left on device",
	  "--manage-cgroups=ignore" },
	{ "cg: \tCan't mount controller dir /tmp/x: Operation not permitted",
	  "--manage-cgroups=ignore" },
	{ "cg: Can't make cgroup dir cpuset/x: Permission denied", "--cgroup-root" },
	{ "cg: bad cgroup path: cpuset/x/cpuset.cpus: No such file or directory",
	  "--manage-cgroups=ignore" },
};

/* A part of one message may be the whole of another one: the wrong remedy is worse than none. */
static const struct remedy wrong_remedies[] = {
	{ "sk unix: External socket is used. Consider using --ext-unix-sk option.",
	  "as in the freeze" },
	{ "sk unix: Can't dump half of stream unix connection. name: x; peer name: y",
	  "add --ext-unix-sk" },
	{ "Can't lookup mount=18 for fd=3 path=/memfd:huge (deleted)", "mount namespace" },
	{ "Can't lookup mount=18 for fd=-3 path=/anon_hugepage (deleted)", "mount namespace" },
	{ "mismatched lsm types and lsm profile specified", "--lsm-profile" },
	{ "inet: Connected TCP socket in image", "as in the freeze" },
	{ "Timeout reached. Try to interrupt: 1", "try again, or" },
	{ "Unable to interrupt task: 26 (No such process)", "TracerPid" },
};

static void remedy_does_not_mislead(void **state)
{
	const struct remedy *r = *state;

	unit_assert_lacks(explain_remedy(r->name), r->remedy);
}

static void remedy_is_known(void **state)
{
	const struct remedy *r = *state;
	const char *got = explain_remedy(r->name);

	assert_non_null(got);
	unit_assert_contains(got, r->remedy);
}

static void of_what_we_know_nothing_we_say_nothing(void **state)
{
	(void)state;
	assert_null(explain_remedy(""));
	assert_null(explain_remedy("Can't do what was asked"));
}

/* The plan */

static char *plan_text(const struct plan *p, const char *criu_path)
{
	const struct criu_binary criu = { .path = (char *)criu_path, .fd = -1 };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	explain_plan(out, p, &criu);
	fclose(out);
	return text;
}

static void steps_come_in_order_with_their_reasons(void **state)
{
	struct plan_step steps[] = { { (char *)"join it", (char *)"it is there" },
				     { (char *)"leave it", (char *)"it was there" } };
	struct plan p = { .steps = steps, .n_steps = 2 };
	char *text;
	const char *parts[] = { "join it", "it is there", "leave it", "it was there", "/b/criu" };
	const char *at;

	(void)state;
	p.args = unit_split("dump -t 5");
	at = text = plan_text(&p, "/b/criu");
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		at = strstr(at, parts[i]);
		UNIT_CHECK(at, "%s is not in its place in %s", parts[i], text);
	}
	assert_string_equal(at, "/b/criu dump -t 5\n");
	free(text);
	strv_free(&p.args);
}

static const struct word {
	const char *name, *word, *printed;
} words[] = {
	{ "a plain word", "--external=mnt[]:m", "'--external=mnt[]:m'" },
	{ "a path", "/a/b.c-d_e+f,g:h@i%j=k", "/a/b.c-d_e+f,g:h@i%j=k" },
	{ "an empty word", "", "''" },
	{ "a blank", "a b", "'a b'" },
	{ "a quote", "it's", "'it'\\''s'" },
	{ "quotes only", "''", "''\\'''\\'''" },
	{ "double quotes, dollars and backslashes", "\"$HOME\\`x`", "'\"$HOME\\`x`'" },
	{ "what a shell would expand", "*?[a]{b,c}~", "'*?[a]{b,c}~'" },
	{ "what a shell would run", "a;b&c|d>e<f(g)#h!i", "'a;b&c|d>e<f(g)#h!i'" },
	{ "letters beyond ASCII", "caf\303\251", "'caf\303\251'" },
	{ "a newline cannot begin a line", "a\nb", "'a?b'" },
	{ "an escape sequence cannot reach the terminal", "\033[2J", "'?[2J'" },
};

static void word_is_quoted(void **state)
{
	const struct word *w = *state;
	struct plan p = { .n_steps = 0 };
	char *expected = xasprintf("\n  /b/criu dump %s last\n", w->printed);
	char *text;

	strv_add(&p.args, "criu");
	strv_add(&p.args, "dump");
	strv_add(&p.args, w->word);
	strv_add(&p.args, "last");
	text = plan_text(&p, "/b/criu");
	unit_assert_contains(text, expected);
	free(expected);
	free(text);
	strv_free(&p.args);
}

static void the_path_of_criu_is_a_word_too(void **state)
{
	struct plan p = { .n_steps = 0 };
	char *text;

	(void)state;
	p.args = unit_split("dump");
	text = plan_text(&p, "/opt/my criu/criu");
	unit_assert_contains(text, "\n  '/opt/my criu/criu' dump\n");
	free(text);
	strv_free(&p.args);
}

/* Mountpoints and names are the target's to choose, and mountinfo's escapes are undone by now. */
static void a_target_cannot_write_lines_of_a_plan(void **state)
{
	struct plan_step steps[] = { { (char *)"own mount /a\n - nothing\033[2J", (char *)"x" } };
	struct plan p = { .steps = steps, .n_steps = 1 };
	char *text;

	(void)state;
	p.args = unit_split("dump");
	text = plan_text(&p, "/b/criu");
	unit_assert_contains(text, "own mount /a");
	unit_assert_lacks(text, "\n - nothing");
	unit_assert_lacks(text, "\033");
	free(text);
	strv_free(&p.args);
}

/* The line that is printed is the line that a shell reads. */
static void a_shell_reads_the_words_back(void **state)
{
	static const char *const many[] = { "<%s>\\n",      "a b",         "it's",  "",
					    "\"$HOME\\`x`", "*?[a]{b,c}~", "a;b&c", "#",
					    "-t",           "!x",          "\\" };
	struct plan p = { .n_steps = 0 };
	char *text;
	char *command;
	char *answer = NULL;
	size_t size = 0;
	FILE *shell;

	(void)state;
	strv_add(&p.args, "criu");
	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		strv_add(&p.args, many[i]);
	text = plan_text(&p, "printf");
	command = strstr(text, "printf");
	assert_non_null(command);
	shell = popen(command, "r");
	assert_non_null(shell);
	for (size_t i = 1; i < ARRAY_SIZE(many); i++) {
		char *expected = xasprintf("<%s>\n", many[i]);

		assert_true(getline(&answer, &size, shell) > 0);
		assert_string_equal(answer, expected);
		free(expected);
	}
	assert_int_equal(getline(&answer, &size, shell), -1);
	assert_int_equal(pclose(shell), 0);
	free(answer);
	free(text);
	strv_free(&p.args);
}

/* A log */

static const struct printed {
	const char *name, *log;
	uint64_t caps;
	const char *text;
	unsigned seen;
} printed[] = {
	{ "of an empty log nothing is printed", "", 0, "", 0 },
	{ "a line of a log, with its remedy", "Error (criu/a.c:1): The file-locks\n", 0,
	  "criu: The file-locks\ncriu-ns: it holds file locks: add --file-locks (-l), also to the thaw\n",
	  0 },
	{ "a log cannot steer the terminal", "Error (criu/a.c:1): a\033[2Jb\233c\r\n", 0,
	  "criu: a?[2Jb?c?\n", 0 },
	{ "no capability is missing where all are there",
	  "Error (criu/a.c:1): Operation not permitted\n", ~UINT64_C(0),
	  "criu: Operation not permitted\n", 0 },
	{ "a warning that tells the cause comes first",
	  "Error (criu/a.c:1): strange\nWarn  (criu/a.c:1): file-locks\n", 0,
	  "criu: file-locks\ncriu: strange\ncriu-ns: it holds file locks: add --file-locks (-l), also to the thaw\n",
	  0 },
	{ "an error that tells the cause is not explained by a warning",
	  "Warn  (criu/a.c:1): Timeout reached\nError (criu/a.c:1): file-locks\n", 0,
	  "criu: file-locks\ncriu-ns: it holds file locks: add --file-locks (-l), also to the thaw\n",
	  0 },
	{ "lines that have been seen are not shown again",
	  "Warn  (criu/a.c:1): file-locks\nError (criu/a.c:1): strange\n", 0,
	  "criu-ns: it holds file locks: add --file-locks (-l), also to the thaw\n", 2 },
	{ "with -v1, warnings have not been seen",
	  "Warn  (criu/a.c:1): file-locks\nError (criu/a.c:1): strange\n", 0,
	  "criu: file-locks\ncriu-ns: it holds file locks: add --file-locks (-l), also to the thaw\n",
	  1 },
};

static void log_is_printed(void **state)
{
	const struct printed *x = *state;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	explain_log(out, x->log, x->seen, x->caps);
	fclose(out);
	assert_string_equal(text, x->text);
	free(text);
}

/* A failure */

struct scene {
	struct unit_folder folder;
	struct unit_cli cli;
	struct facts facts;
	struct timespec since;
};

static void scene_make(struct scene *s, const char *fmt)
{
	char *line;

	s->folder = unit_folder_make();
	line = xasprintf("%s -W %s", fmt, s->folder.path);
	s->cli = unit_parse(line, NULL, false);
	free(line);
	facts_init(&s->facts);
	s->facts.work_dir.fd = s->folder.fd;
	s->facts.target.pid = 901;
	strcpy(s->facts.target.comm, "counter");
	s->facts.caps = ~UINT64_C(0);
	clock_gettime(CLOCK_REALTIME_COARSE, &s->since);
}

static void scene_end(struct scene *s)
{
	unit_parse_free(&s->cli);
	unit_folder_remove(&s->folder);
}

static char *failure_text(const struct scene *s, int status)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	explain_failure(out, &s->cli.cli, &s->facts, &CRIU_LOG_NONE, status, &s->since);
	fclose(out);
	return text;
}

static const char dump_log[] = "(00.000836) Error (criu/util.c:1534): rlimit: Can't setup "
			       "RLIMIT_NOFILE for self: Operation "
			       "not permitted\n"
			       "(00.005125) Error (criu/mount.c:1092): mnt: Mount 69 ./proc "
			       "(master_id: 3 shared_id: 0) has "
			       "unreachable sharing. Try --enable-external-masters.\n"
			       "(00.005130) Error (criu/cr-dump.c:2128): Dumping FAILED.\n";

static void a_failed_freeze_shows_the_line_the_remedy_and_the_log(void **state)
{
	struct scene s;
	char *text;
	char *expected;

	(void)state;
	scene_make(&s, "dump -t 901 -o d.log");
	unit_write(&s.folder, "d.log", dump_log, strlen(dump_log));
	text = failure_text(&s, 1);
	unit_assert_contains(text, "criu: mnt: Mount 69 ./proc");
	unit_assert_contains(text, explain_remedy("has unreachable sharing"));
	unit_assert_contains(text, "freeze process 901 (counter) (exit status 1)");
	expected = xasprintf("its log is %s/d.log\n", s.folder.path);
	unit_assert_contains(text, expected);
	unit_assert_lacks(text, "RLIMIT");
	unit_assert_lacks(text, "FAILED");
	free(expected);
	free(text);
	scene_end(&s);
}

static void the_log_may_have_a_path_of_its_own(void **state)
{
	struct unit_folder other = unit_folder_make();
	struct scene s;
	char *text;
	char *line = xasprintf("dump -t 901 -o %s/d.log", other.path);
	char *expected = xasprintf("its log is %s/d.log\n", other.path);

	(void)state;
	scene_make(&s, line);
	unit_write(&other, "d.log", dump_log, strlen(dump_log));
	text = failure_text(&s, 1);
	unit_assert_contains(text, "criu: mnt: Mount 69 ./proc");
	unit_assert_contains(text, expected);
	free(text);
	free(line);
	free(expected);
	scene_end(&s);
	unit_folder_remove(&other);
}

/* Whoever reads a fifo waits for a writer. */
static void a_log_that_is_no_file_is_not_read(void **state)
{
	struct scene s;
	char *text;

	(void)state;
	scene_make(&s, "dump -t 901 -o fifo");
	assert_int_equal(mkfifoat(s.folder.fd, "fifo", 0644), 0);
	alarm(10);
	text = failure_text(&s, 1);
	alarm(0);
	unit_assert_contains(text, "no log");
	free(text);
	scene_end(&s);
}

static void the_first_line_that_is_known_has_the_remedy(void **state)
{
	static const char log[] = "Error (criu/a.c:1): strange\n"
				  "Error (criu/a.c:2): Timeout reached. Try to interrupt: 1\n"
				  "Error (criu/a.c:3): File x has bad size 1 (expect 2)\n";
	struct scene s;
	char *text;

	(void)state;
	scene_make(&s, "dump -t 901 -o d.log");
	unit_write(&s.folder, "d.log", log, strlen(log));
	text = failure_text(&s, 1);
	unit_assert_contains(text, "criu: strange\n");
	unit_assert_contains(text, explain_remedy("Timeout reached"));
	unit_assert_lacks(text, explain_remedy("has bad size"));
	free(text);
	scene_end(&s);
}

static void a_death_by_signal_is_named(void **state)
{
	struct scene s;
	char *text;

	(void)state;
	scene_make(&s, "restore -D some/images -o r.log");
	text = failure_text(&s, 128 + 11);
	unit_assert_contains(text, "thaw some/images");
	unit_assert_contains(text, "signal 11 (Segmentation fault)");
	unit_assert_contains(text, "no log");
	free(text);
	scene_end(&s);
}

static void an_older_log_is_not_shown(void **state)
{
	const struct timespec old[] = { { 1000000000, 0 }, { 1000000000, 0 } };
	struct scene s;
	char *text;

	(void)state;
	scene_make(&s, "pre-dump -t 901 -o d.log");
	unit_write(&s.folder, "d.log", dump_log, strlen(dump_log));
	assert_int_equal(utimensat(s.folder.fd, "d.log", old, 0), 0);
	text = failure_text(&s, 1);
	unit_assert_lacks(text, "unreachable");
	unit_assert_contains(text, "pre-dump process 901");
	unit_assert_contains(text, "no log");
	free(text);
	scene_end(&s);
}

static void without_a_log_file_the_lines_are_above(void **state)
{
	static const char *const lines[] = { "dump -t 901", "dump -t 901 -o -" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct scene s;
		char *text;

		scene_make(&s, lines[i]);
		unit_write(&s.folder, "-", dump_log, strlen(dump_log));
		text = failure_text(&s, 1);
		unit_assert_lacks(text, "unreachable");
		unit_assert_contains(text, "above");
		free(text);
		scene_end(&s);
	}
}

static void a_missing_capability_is_named_where_nothing_else_is_known(void **state)
{
	static const char log[] =
		"(00.01) Error (criu/a.c:1): strange\n"
		"(00.01) Error (criu/cr-restore.c:1): Can't set ids: Operation not "
		"permitted\n";
	struct scene s;
	char *text;

	(void)state;
	scene_make(&s, "restore -o r.log");
	unit_write(&s.folder, "r.log", log, strlen(log));
	text = failure_text(&s, 1);
	unit_assert_lacks(text, "CAP_");
	free(text);
	s.facts.caps = 0;
	text = failure_text(&s, 1);
	unit_assert_contains(text, "CAP_SETUID");
	free(text);
	scene_end(&s);
}

int main(void)
{
	UNIT_ROWS(errors_are_found, logs);
	UNIT_ROWS(remedy_is_known, remedies);
	UNIT_ROWS(remedy_does_not_mislead, wrong_remedies);
	UNIT(of_what_we_know_nothing_we_say_nothing);
	UNIT_ROWS(log_is_printed, printed);
	UNIT(steps_come_in_order_with_their_reasons);
	UNIT_ROWS(word_is_quoted, words);
	UNIT(the_path_of_criu_is_a_word_too);
	UNIT(a_target_cannot_write_lines_of_a_plan);
	UNIT(a_shell_reads_the_words_back);
	UNIT(a_failed_freeze_shows_the_line_the_remedy_and_the_log);
	UNIT(the_log_may_have_a_path_of_its_own);
	UNIT(a_log_that_is_no_file_is_not_read);
	UNIT(the_first_line_that_is_known_has_the_remedy);
	UNIT(a_death_by_signal_is_named);
	UNIT(an_older_log_is_not_shown);
	UNIT(without_a_log_file_the_lines_are_above);
	UNIT(a_missing_capability_is_named_where_nothing_else_is_known);
	return unit_run("explain");
}
