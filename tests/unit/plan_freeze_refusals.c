// SPDX-License-Identifier: MIT
/* What a freeze is refused for, from facts made by hand. */
#include "freeze_facts.h"

#include <sys/sysmacros.h>

static void zombie(struct facts *f)
{
	here(f);
	f->target.state = 'Z';
}

static void leaderless_target(struct facts *f)
{
	zombie(f);
	f->target.threads = 2;
}

static void dead(struct facts *f)
{
	here(f);
	f->target.state = 'X';
}

static void kernel_thread(struct facts *f)
{
	here(f);
	strcpy(f->target.comm, "kthreadd");
	f->target.kthread = true;
}

static void thread(struct facts *f)
{
	here(f);
	f->target.pid = 813;
}

static void ancestor(struct facts *f)
{
	here(f);
	f->is_ancestor = true;
}

static void pseudo_init(struct facts *f)
{
	f->target = task_of("criu-ns-init", 900, 0, 1);
	with_view(f, "thawed");
	f->ns_pid_fd = A_FD;
}

static void fd_outside(struct facts *f)
{
	thawed(f);
	add_outside(f, (struct finding){ .pid = 903,
					 .fd = 7,
					 .path = (char *)"/dev/null",
					 .mnt_id = 0x73,
					 .ino = 0x1f,
					 .file = { .type = 'c' } });
}

static void mapped_outside(struct facts *f)
{
	fd_outside(f);
	f->findings.v[0].as = HELD_MAP;
}

static void socket_outside(struct facts *f)
{
	fd_outside(f);
	f->findings.v[0].file.type = 's';
	f->findings.v[0].file.is_here = true;
}

/* The first of several that cannot be found again. */
static void one_of_the_files_outside(struct facts *f)
{
	files_outside(f);
	f->findings.v[1].file.is_here = false;
}

static void chrooted(struct facts *f)
{
	private_tmp(f);
	f->chroot = xstrdup("/srv/jail");
}

static void chrooted_to_a_mount(struct facts *f)
{
	private_tmp(f);
	f->chroot = xstrdup("/var/tmp");
}

/* unshare --user --mount */
static void of_its_own_user(struct facts *f)
{
	private_tmp(f);
	f->target_user_ns = f->mnt_owner = 4026532400;
}

/* The inner process of a sandbox that was made in two steps. */
static void mounts_of_another_user(struct facts *f)
{
	container_init(f);
	f->target_user_ns = 4026532400;
	f->mnt_owner = 4026532401;
}

static void fuse_of_its_own(struct facts *f)
{
	struct mount *m;

	private_tmp(f);
	m = mount_at(&f->target_view, "/mnt");
	m->fstype = "fuse.sshfs";
}

static void hostile_name(struct facts *f)
{
	small(f, "20 2 8:1 / / rw,relatime master:1 - ext4 /dev/sda rw\n"
		 "21 20 0:90 / /x rw - tmpfs t rw\n"
		 "22 20 8:1 /y /x]:/etc rw - ext4 /dev/sda rw\n");
}

static void newline(struct facts *f)
{
	small(f, PRIVATE_ROOT "21 20 0:30 / /a\\012b rw - tmpfs t rw\n");
}

/* unshare -p without -m. */
static void no_mounts_of_its_own(struct facts *f)
{
	thawed(f);
	f->ns_mnt_fd = f->frame_ns_mnt_fd = -1;
	mounts_free(&f->target_view);
	mounts_free(&f->caller_view);
}

/* unshare -pm without --mount-proc. */
static void no_proc_of_its_own(struct facts *f)
{
	thawed(f);
	take_table(&f->target_view, "host");
}

/* A process of a container, whose init has the same view of its own. */
static void inside_a_container(struct facts *f)
{
	f->target = task_of("nginx", 941, 0, 7);
	with_view(f, "runc");
	in_frame(f, task_of("tini", 940, 0, 1));
}

static void add_held(struct facts *f, enum finding_kind kind, const char *path)
{
	findings_add(&f->findings, &(struct finding){ .kind = kind,
						      .pid = 813,
						      .fd = 7,
						      .path = xstrdup(path),
						      .dev = makedev(0, 44),
						      .other = 9 });
}

static void a_silent_server(struct facts *f)
{
	here(f);
	add_held(f, FINDING_SILENT_FILE, "/f");
}

static void a_served_file(struct facts *f)
{
	here(f);
	add_held(f, FINDING_SERVED_FILE, "/f");
}

static void a_server_in_the_tree(struct facts *f)
{
	a_served_file(f);
	add_held(f, FINDING_FUSE_SERVER, "/dev/fuse");
	f->findings.v[1].pid = 814;
}

static void a_directory_of_a_process_outside(struct facts *f)
{
	here(f);
	add_held(f, FINDING_PROC_FILE, "/proc/9");
	f->findings.v[0].as = HELD_CWD;
}

static void an_owner_outside(struct facts *f)
{
	here(f);
	add_held(f, FINDING_OWNER, "socket:[1]");
}

static void below_a_container(struct facts *f)
{
	private_tmp_below_a_thaw(f);
	take_table(&f->frame_view, "runc");
}

static void below_a_service(struct facts *f)
{
	private_tmp_below_a_thaw(f);
	f->frame_view.v[20].dev++; /* one mount only */
}

static void of_another_user(struct facts *f)
{
	private_tmp_below_a_thaw(f);
	f->foreign_frame = true;
}

static void freeze_no_images_dir(struct facts *f)
{
	here(f);
	no_images_dir(f);
}

static void freeze_unwritable(struct facts *f)
{
	here(f);
	f->images_dir.writable = false;
	f->images_dir.errnum = EROFS;
}

static void freeze_no_work_dir(struct facts *f)
{
	here(f);
	f->work_dir = (struct dir){ .path = "w", .fd = -1, .errnum = EACCES };
}

static void freeze_unwritable_work(struct facts *f)
{
	here(f);
	f->work_dir.writable = false;
	f->work_dir.errnum = EACCES;
}

static const struct refusal freeze_refusals[] = {
	{ "a zombie", zombie, "dump -t 812", "process 812 (sshd worker) is a zombie", "", -EINVAL },
	{ "a target without its first thread", leaderless_target, "dump -t 812",
	  "the first thread of process 812 (sshd worker) has ended", "wait", -EINVAL },
	{ "a dead process", dead, "dump -t 812", "process 812 (sshd worker)", "", -EINVAL },
	{ "a kernel thread", kernel_thread, "dump -t 812", "812 (kthreadd) is a kernel thread", "",
	  -EINVAL },
	{ "a thread", thread, "dump -t 813", "813 is a thread of process 812", "-t 812", -EINVAL },
	{ "an ancestor", ancestor, "dump -t 812", "process 812", "outside", -EINVAL },
	{ "a pseudo-init", pseudo_init, "dump -t 900", "process 900 is the pseudo-init", "-P 900",
	  -EINVAL },
	{ "a session from outside", session_outside, "dump -t 901",
	  "process 813 (inner) belongs to a session outside", "--own-session", -EINVAL },
	{ "a session of several", three_in_a_session_outside, "dump -t 901",
	  "process 813 (inner) (and 2 more of the tree) belongs", "setsid", -EINVAL },
	{ "one that a zombie cannot leave", a_zombie_in_a_session_outside,
	  "dump -t 901 --own-session", "process 813 (inner) has ended", "reap it", -EINVAL },
	{ "one that a frozen process cannot leave", a_frozen_session_outside,
	  "dump -t 901 --own-session --freeze-cgroup /cg/a", "is in a frozen cgroup", "thaw",
	  -EINVAL },
	{ "one that no image would tell of", session_outside, "dump -t 901 --own-session --stream",
	  "--own-session cannot be used with --stream", "-D", -EINVAL },
	{ "System V shared memory of others, too", a_segment_of_others, "dump -t 812",
	  "/SYSV00000007 (deleted) (segment 8), which process 813 has mapped, is System V shared memory",
	  "unshare --ipc", -EINVAL },
	{ "a cgroup that only a part of the tree is frozen in", a_frozen_part, "dump -t 812",
	  "process 813 is in the frozen cgroup /cg/a, and process 812 of the same tree is not",
	  "thaw it", -EINVAL },
	{ "two frozen cgroups", two_frozen_cgroups, "dump -t 812",
	  "process 812 is in the frozen cgroup /cg/a, and process 813 in another one, /cg/b",
	  "thaw it", -EINVAL },
	{ "a cgroup that is frozen twice", a_cgroup_frozen_twice, "dump -t 812",
	  "the cgroup /cg/a is frozen, and one below it", "one of the two cgroups", -EINVAL },
	{ "whose limits may not be read", limits, "dump -t 812",
	  "may not read the resource limits of process 813 (inner)", "CAP_SYS_RESOURCE", -EPERM },
	{ "what may not be traced", untraceable, "dump -t 812",
	  "criu-ns may not trace process 813 (inner)", "ptrace_scope", -EPERM },
	{ "a namespace of another user namespace", foreign_network, "dump -t 940",
	  "process 940 (tini) has a user namespace of its own, and its network namespace belongs to another",
	  "nsenter --net=/proc/940/ns/net", -EINVAL },
	{ "huge pages that criu could not tell from others", no_huge_page, "dump -t 812",
	  "has huge pages of 2048 KiB", "hugepages-2048kB/nr_overcommit_hugepages", -EINVAL },
	{ "a watch of what has been deleted from a tmpfs", a_gone_watch, "dump -t 812",
	  "descriptor 7 of process 813 (anon_inode:inotify) watches a file", "inotify_rm_watch",
	  -EINVAL },
	{ "a debugger", traced, "dump -t 812",
	  "process 813 (inner) is being traced by process 99 (gdb)", "detach", -EINVAL },
	{ "a debugger that cannot be seen", traced_by_nobody_here, "dump -t 812",
	  "by a process that cannot be seen from here", "detach", -EINVAL },
	{ "a traced thread", traced_thread, "dump -t 812",
	  "thread 820 (inner) of process 813 is being traced by process 99 (gdb)", "detach",
	  -EINVAL },
	{ "what waits in the kernel", waiting, "dump -t 812",
	  "process 813 (inner) waits in the kernel (nfs_wait) where", "--timeout", -EINVAL },
	{ "... nobody knows where", waiting_somewhere, "dump -t 812", "waits in the kernel where",
	  "--timeout", -EINVAL },
	{ "what its terminal has stopped", stopped_reading, "dump -t 812",
	  "process 813 (inner) has been stopped by SIGTTIN", "kill -CONT 813; kill -STOP 813",
	  -EINVAL },
	{ "... when it wrote", stopped_writing, "dump -t 812", "stopped by SIGTTOU", "kill -CONT",
	  -EINVAL },
	{ "a process without its first thread", leaderless, "dump -t 812",
	  "the first thread of process 813 (inner) has ended", "wait", -EINVAL },
	{ "seccomp that stays", with_seccomp, "dump -t 812",
	  "process 813 (inner) has seccomp filters", "CAP_SYS_ADMIN", -EPERM },
	{ "a pending SIGTRAP", trapped, "dump -t 812",
	  "thread 820 (inner) of process 813 blocks SIGTRAP, which is pending", "unblock",
	  -EINVAL },
	{ "shared memory of processes", shares_memory, "dump -t 812",
	  "process 813 (inner) shares its memory with process 99 (gdb)", "executed", -EINVAL },
	{ "a shared working directory", shares_fs, "dump -t 812",
	  "process 813 (inner) shares its root and working directory with process 99", "CLONE_FS",
	  -EINVAL },
	{ "descriptors of a thread", own_files, "dump -t 812",
	  "thread 820 (inner) of process 813 has descriptors of its own", "thread", -EINVAL },
	{ "children in another time", children_time, "dump -t 812",
	  "the children of process 813 (inner) are born in another time namespace", "freeze",
	  -EINVAL },
	{ "a process that another one has adopted", adopted, "dump -t 812",
	  "process 813 (inner) is in another session than the processes above it",
	  "freeze the tree of that one (-t 812)", -EINVAL },
	{ "a descriptor without room above it", high_fd, "dump -t 812",
	  "(/dev/null) is too high: criu has to keep descriptors of its own above it, of which there may be 1000",
	  "ulimit -n 1024", -EINVAL },
	{ "a descriptor from outside, with its number, owner and path", fd_outside, "dump -t 901",
	  "descriptor 7 of process 903 (/dev/null) was opened in another mount namespace",
	  "--external 'file[73:1f]'", -EINVAL },
	{ "a mapped file from outside", mapped_outside, "dump -t 901",
	  "the file /dev/null that process 903 has mapped was opened in another", "file[73:1f]",
	  -EINVAL },
	{ "a socket's file from outside", socket_outside, "dump -t 901",
	  "descriptor 7 of process 903", "", -EINVAL },
	{ "one file of several", one_of_the_files_outside, "dump -t 812",
	  "descriptor 1 of process 812 (/log)", "file[73:abc]", -EINVAL },
	{ "a terminal from outside", a_terminal_outside, "dump -t 812",
	  "descriptor 0 of process 812 (/dev/pts/3) is a terminal", "reopen it", -EINVAL },
	{ "a job's terminal, opened twice", a_job_that_opened_it_again, "dump -t 812",
	  "descriptor 2 of process 812 (/dev/pts/3) is the terminal of a shell's job, "
	  "and has been opened once more, as descriptor 10 of process 813",
	  "close that one", -EINVAL },
	{ "/dev/tty of a pager", dev_tty_of_a_pager, "dump -t 812",
	  "descriptor 2 of process 812 (/dev/tty) is /dev/tty, the terminal of its session",
	  "pagers", -EINVAL },
	{ "a pid namespace below the target", nested, "dump -t 812",
	  "process 830 (inner), in the tree of process 812, lives in a pid namespace below", "",
	  -EINVAL },
	{ "locks in a mount namespace below", nested_mounts_in_a_locked_view, "dump -t 812",
	  "process 830 (inner), in the tree of process 812, is in a mount namespace of its own",
	  "--lose-locks freezes it all the same", -EINVAL },
	{ "a pid namespace below an init", nested_in_an_init, "dump -t 940", "process 960 (inner)",
	  "", -EINVAL },
	{ "criu's mount namespace below a view of its own", criu_mounts_in_a_view, "dump -t 812",
	  "process 830 (inner)", "", -EINVAL },
	{ "a nested network namespace", nested_network, "dump -t 812",
	  "process 830 (inner), in the tree of process 812, is in another network namespace",
	  "unshare --net", -EINVAL },
	{ "a nested host name", nested_uts_in_its_own, "dump -t 812", "UTS namespace", "",
	  -EINVAL },
	{ "a thread's network namespace", thread_with_a_network, "dump -t 812",
	  "thread 831 of process 830 (inner) is in another network namespace", "setns", -EINVAL },
	{ "a root that is not that of its mount namespace", chrooted, "dump -t 812",
	  "process 812 (sshd worker) has a root (/srv/jail)", "start it with pivot_root", -EINVAL },
	{ "a root that is a mount below that", chrooted_to_a_mount, "dump -t 812",
	  "process 812 (sshd worker) has a root (/var/tmp)", "nsenter -t 812 -m pivot_root",
	  -EINVAL },
	{ "a user namespace without a pid namespace", of_its_own_user, "dump -t 812",
	  "process 812 (sshd worker) has a user namespace of its own, but no pid namespace",
	  "--user --pid", -EINVAL },
	{ "mounts of another user namespace than its own", mounts_of_another_user, "dump -t 940",
	  "the mounts of process 940 (tini) belong to another user namespace", "-t 1", -EINVAL },
	{ "a view of its own in a stream", private_tmp, "dump -t 812 --stream",
	  "process 812 (sshd worker) has mounts of its own, and with --stream", "", -EINVAL },
	{ "files from outside in a stream", files_outside, "dump -t 812 --stream",
	  "descriptor 0 of process 812 (/dev/null) was opened in another mount namespace, and with --stream",
	  "--external 'file[73:5]'", -EINVAL },
	{ "a file system that criu cannot save", fuse_of_its_own, "dump -t 812",
	  "the mount /mnt (fuse.sshfs)", "mnt[/mnt]:KEY", -EINVAL },
	{ "names that criu would mistake", hostile_name, "dump -t 812",
	  "the mountpoint /x]:/etc has a name that criu would mistake for /x", "", -EINVAL },
	{ "a slave without a /proc", slave_without_proc, "dump -t 812",
	  "process 812 (sshd worker) has mounts that are shared or slaves (/srv), but no procfs on "
	  "/proc",
	  "private mounts", -EINVAL },
	{ "a shared mount without a /proc", shared_without_proc, "dump -t 812",
	  "shared or slaves (/tmp), but no procfs on /proc", "/proc", -EINVAL },
	{ "a slave, and /proc below a tmpfs", slave_and_proc_below_a_tmpfs, "dump -t 812",
	  "process 812 (sshd worker) has a tmpfs on /proc, where criu needs a procfs", "unmount it",
	  -EINVAL },
	{ "private mounts, and /proc below a tmpfs", private_and_proc_below_a_tmpfs, "dump -t 812",
	  "process 812 (sshd worker) has a tmpfs on /proc, where criu needs a procfs", "unmount it",
	  -EINVAL },
	{ "a slave, and a directory of a procfs on /proc", slave_and_a_folder_of_proc,
	  "dump -t 812", "process 812 (sshd worker) has a proc on /proc, where criu needs a procfs",
	  "", -EINVAL },
	{ "a slave, and a procfs elsewhere", slave_and_proc_elsewhere, "dump -t 812",
	  "shared or slaves (/srv), but no procfs on /proc", "/proc", -EINVAL },
	{ "a slave, and a procfs as root", slave_on_a_proc_as_root, "dump -t 812",
	  "shared or slaves (/srv), but no procfs on /proc", "/proc", -EINVAL },
	{ "a newline in a mountpoint", newline, "dump -t 812",
	  "the mount /a?b (tmpfs) has a newline in its path, which criu misreads", "another place",
	  -EINVAL },
	{ "a key that is one of ours", small_service, "dump -t 812 --external mnt[/tmp]:criu-ns-1",
	  "cannot be written: line 8 of the recipe: key=criu-ns-1", "", -EINVAL },
	{ "a pid namespace in the caller's mount namespace", no_mounts_of_its_own, "dump -t 901",
	  "process 901 (counter)", "-t 900", -EINVAL },
	{ "a pid namespace with the caller's /proc", no_proc_of_its_own, "dump -t 901",
	  "process 901 (counter)", "--mount-proc", -EINVAL },
	{ "a process of a container", inside_a_container, "dump -t 941",
	  "process 941 (nginx) lives below a container", "-t 940", -EINVAL },
	{ "a file whose server is silent", a_silent_server, "dump -t 812",
	  "descriptor 7 of process 813 (/f)", "connections/44/abort", -EINVAL },
	{ "a file, and a server in the tree", a_server_in_the_tree, "dump -t 812",
	  "process 814 of the same tree", "close the file", -EINVAL },
	{ "a working directory of a process outside", a_directory_of_a_process_outside,
	  "dump -t 812", "the working directory of process 813 (/proc/9)",
	  "a tree that contains both", -EINVAL },
	{ "the signals of a descriptor go outside", an_owner_outside, "dump -t 812",
	  "descriptor 7 of process 813 (socket:[1]) sends its signals", "a tree that contains both",
	  -EINVAL },
	{ "a lock of a stranger's", a_lock_of_a_strangers, "dump -t 812",
	  "descriptor 7 of process 813 (/lock) is locked, and process 9 (flock)", "--file-locks",
	  -EINVAL },
	{ "a watch that cannot be found", a_lost_watch, "dump -t 812",
	  "descriptor 7 of process 813 (anon_inode:inotify) watches a file", "--irmap-scan-path",
	  -EINVAL },
	{ "a watch in sysfs", a_watch_in_sysfs, "dump -t 812",
	  "watches a file (inode 3657) in a file system (sysfs) in which criu finds no file",
	  "--irmap-scan-path", -EINVAL },
	{ "SCTP", sctp, "dump -t 812", "is a socket of the kind SCTP, which", "close it", -EINVAL },
	{ "AF_ALG", af_alg, "dump -t 812", "is a socket of the kind AF_ALG", "close it", -EINVAL },
	{ "a name that has gone, and a tree that stays", unlinked_files, "dump -R -t 812",
	  "descriptor 7 of process 813 (/a (deleted)) has lost this name", "--link-remap",
	  -EINVAL },
	{ "a view of its own below a container", below_a_container, "dump -t 905",
	  "has mounts of its own (/: another directory of a file system", "-t 900", -EINVAL },
	{ "a view of its own below a single mount of its init's own", below_a_service,
	  "dump -t 905", "900", "-t 900", -EINVAL },
	{ "a view of its own in a pid namespace with the caller's /proc",
	  private_tmp_without_a_frame_for_it, "dump -t 905", "process 905 (service)", "900",
	  -EINVAL },
	{ "a ramfs as root", ramfs, "dump -t 812", "the mount / (ramfs) is mounted nowhere", "",
	  -EINVAL },
	{ "a frame of another user", of_another_user, "dump -t 905", "900", "-t 900", -EINVAL },
	{ "no images directory", freeze_no_images_dir, "dump -t 812 -D d",
	  "cannot open the images directory d", "mkdir d", -ENOENT },
	{ "an images directory that is read-only", freeze_unwritable, "dump -t 812 -D d",
	  "cannot write to the images directory d", "name another directory", -EROFS },
	{ "no work directory", freeze_no_work_dir, "dump -t 812 -W w",
	  "cannot open the work directory w", "", -EACCES },
	{ "a socket with another link", a_linked_socket, "dump -t 812",
	  "was bound to /run/x.tmp, but has the name of another link now", "--as-given", -EINVAL },
	{ "a work directory that is not ours to write", freeze_unwritable_work, "dump -t 812 -W w",
	  "cannot write to the work directory w", "", -EACCES },
};

static void freeze_is_refused(void **state)
{
	const struct refusal *x = *state;
	struct unit_cli u = unit_parse(x->line, NULL, false);
	struct facts f;
	struct plan p;
	struct err e = { 0 };

	any_facts(&f);
	x->facts(&f);
	memset(&p, 0x5a, sizeof(p));
	assert_refused(x, freeze(&u.cli, &f, &p, &e), &e, &p);
	forget(&f);
	unit_parse_free(&u);
}

/* criu takes any terminal that is named to it. */
static void a_serial_line_may_be_named(void **state)
{
	static const char *const lines[] = { "dump -t 812", "dump -t 812 --external tty[440:5]" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct finding *x;

		DECISION(d, lines[i], false);
		here(&d.f);
		x = add_file(&d.f, FINDING_UNSUPPORTED, "/dev/ttyS0");
		x->unsupported = (struct unsupported_file){ .what = UNSUPPORTED_SERIAL,
							    .rdev = makedev(4, 64) };
		x->dev = 5;
		assert_int_equal(freeze(&d.u.cli, &d.f, &d.p, &d.e), i ? 0 : -EINVAL);
	}
}

/* Each has its words; those that a plugin may know are left to it. */
static void unsupported_is_refused(void **state)
{
	unsigned plugin = 0;

	(void)state;
	for (int what = 0; what <= UNSUPPORTED_UNMOUNTED; what++) {
		for (int has_plugins = 0; has_plugins <= 1; has_plugins++) {
			int r;

			DECISION(d, "dump -t 812", false);
			here(&d.f);
			d.f.has_plugins = has_plugins;
			add_file(&d.f, FINDING_UNSUPPORTED, "anon_inode:[x]")->unsupported =
				(struct unsupported_file){ .what = (enum unsupported)what,
							   .comm = "node",
							   .more = 2 };
			r = freeze(&d.u.cli, &d.f, &d.p, &d.e);
			if (has_plugins && !r) {
				plugin++;
			} else {
				assert_int_equal(r, -EINVAL);
				unit_assert_contains(
					d.e.what, "descriptor 7 of process 813 (anon_inode:[x])");
				unit_assert_lacks(d.e.what, "(null)");
				assert_true(strlen(d.e.hint) > 10);
			}
		}
	}
	assert_int_equal(plugin, 6); /* other, userfaultfd, device, serial, FUSE, old pidfd */
}

/*
 * Refusals that hold only before a version of criu; of one that is not known, the newest that was
 * tried decides.
 */
static const struct version {
	const char *name;
	facts_fn *facts;
	unsigned last_without, first_with;
	const char *what; /* what the older one is refused with */
	bool newer_only;  /* than what is known */
} versions[] = {
	{ "SIGTSTP", stopped_by_tstp, CRIU_VERSION(3, 17, 1), CRIU_VERSION(3, 18, 0),
	  "stopped by SIGTSTP", false },
	{ "a shadow stack", shadow_stack, CRIU_VERSION(3, 19, 0), CRIU_VERSION(4, 0, 0),
	  "has a shadow stack (CET), which criu saves since version 4.0", false },
	{ "a socket for pings", a_ping, CRIU_VERSION(4, 1, 1), CRIU_VERSION(4, 2, 0),
	  "which criu can freeze since version 4.2", false },
	{ "uprobes", uprobes, CRIU_VERSION(4, 1, 1), CRIU_VERSION(4, 2, 0),
	  "process 813 has hit a uprobe", false },
	{ "a watch in an overlay", a_lost_watch, CRIU_VERSION(4, 2, 1), CRIU_VERSION(4, 3, 0),
	  "in an overlay", true },
};

static int try_version(const struct version *x, unsigned version, struct err *e, char **notes)
{
	struct unit_cli u = unit_parse("dump -t 812", NULL, false);
	struct facts f;
	struct plan p;
	int r;

	any_facts(&f);
	x->facts(&f);
	f.criu_version = version;
	r = freeze(&u.cli, &f, &p, e);
	if (notes)
		*notes = strv_join(&p.notes);
	plan_free(&p);
	forget(&f);
	unit_parse_free(&u);
	return r;
}

static void version_decides(void **state)
{
	const struct version *x = *state;
	struct err e = { 0 };

	assert_int_equal(try_version(x, x->last_without, &e, NULL), -EINVAL);
	unit_assert_contains(e.what, x->what);
	assert_true(strlen(e.hint) > 10);
	assert_int_equal(try_version(x, x->first_with, &e, NULL), 0);
	assert_int_equal(try_version(x, 0, &e, NULL), x->newer_only ? -EINVAL : 0);
}

static void a_newer_criu_may_do_what_none_could(void **state)
{
	static const struct version x = { .facts = an_io_uring };
	struct err e = { 0 };
	char *notes;

	(void)state;
	assert_int_equal(try_version(&x, CRIU_VERSION(4, 2, 1), &e, &notes), -EINVAL);
	assert_string_equal(notes, "");
	free(notes);
	assert_int_equal(try_version(&x, CRIU_VERSION(4, 3, 0), &e, &notes), -EINVAL);
	unit_assert_contains(notes, "criu 4.3 is newer than this criu-ns");
	unit_assert_contains(notes, "--as-given");
	free(notes);
}

/* In whatever order they were found: by kind, and then what is no finding. */
static void everything_at_once(struct facts *f)
{
	freeze_unwritable(f);
	add_held(f, FINDING_OWNER, "socket:[1]");
	add_nested(f, "net", 830, 830, 77);
	add_held(f, FINDING_SILENT_FILE, "/f");
	add_nested(f, "uts", 830, 830, 78);
	add_held(f, FINDING_PROC_FILE, "/proc/9/stat");
	troubled(f, TASK_SESSION, 813);
}

static void a_stream(struct facts *f, pid_t other, bool is_new)
{
	struct finding *x;

	here(f);
	x = add_file(f, FINDING_OUTSIDE_STREAM, "socket:[7]");
	x->other = other;
	x->stream.again.id = xstrdup("7");
	x->stream.again.type = 's';
	x->stream.again.rights = xstrdup("0:0");
	x->stream.is_new = is_new;
}

static void a_stream_of_nobody(struct facts *f)
{
	a_stream(f, 0, false);
}

/* At the first look. */
static void an_unseen_stream(struct facts *f)
{
	a_stream(f, 0, false);
	f->findings.v[f->findings.n - 1].stream.is_unseen = true;
}

static void a_new_stream(struct facts *f)
{
	a_stream(f, 830, true);
}

static void a_stream_outside(struct facts *f)
{
	a_stream(f, 9, false);
}

static void an_unread_message(struct facts *f)
{
	here(f);
	add_file(f, FINDING_SOCKET_LACK, "socket:[7]")->socket.lack = LACK_SENDERS;
}

static void passing_and_lasting(struct facts *f)
{
	an_unread_message(f);
	add_file(f, FINDING_SOCKET_LACK, "socket:[8]")->socket.lack = LACK_FILTER;
}

static void a_file_that_epoll_waits_for(struct facts *f)
{
	here(f);
	add_file(f, FINDING_UNSUPPORTED, "anon_inode:[eventpoll]")->unsupported.what =
		UNSUPPORTED_EPOLL;
}

static void a_userfaultfd(struct facts *f)
{
	here(f);
	add_file(f, FINDING_UNSUPPORTED, "anon_inode:[userfaultfd]")->unsupported.what =
		UNSUPPORTED_USERFAULTFD;
}

static void a_lost_name(struct facts *f)
{
	here(f);
	add_file(f, FINDING_UNLINKED, "/f (deleted)");
}

static const struct {
	facts_fn *facts;
	const char *line;
	size_t refusals, passing;
} passings[] = {
	{ a_stream_of_nobody, "dump -t 812", 1, 1 },
	{ a_stream_of_nobody, "dump -t 812 --cut-peers", 0, 0 },
	{ an_unseen_stream, "dump -t 812", 1, 1 },
	{ an_unseen_stream, "dump -t 812 --cut-peers", 1, 1 },
	{ a_new_stream, "dump -t 812", 1, 1 },
	{ a_new_stream, "dump -t 812 --cut-peers", 1, 1 },
	{ a_stream_outside, "dump -t 812", 1, 0 },
	{ an_unread_message, "dump -t 812", 1, 1 },
	{ passing_and_lasting, "dump -t 812", 2, 1 },
	{ a_file_that_epoll_waits_for, "dump -t 812", 1, 1 },
	{ a_userfaultfd, "dump -t 812", 1, 0 },
	{ a_lost_name, "dump -t 812 -R", 1, 1 },
	{ a_lost_name, "dump -t 812", 0, 0 },
	{ a_ping, "dump -t 812", 0, 0 },
	{ leaderless, "dump -t 812", 1, 1 },
	{ no_foreground, "dump -t 812", 1, 1 },
	{ no_vdso, "dump -t 812", 1, 1 },
	{ traced, "dump -t 812", 1, 0 },
};

static void what_may_pass_is_counted(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(passings); i++) {
		DECISION(d, passings[i].line, false);
		passings[i].facts(&d.f);
		(void)plan_freeze(&d.u.cli, &d.f, &d.p);
		UNIT_CHECK(d.p.n_refusals == passings[i].refusals &&
				   d.p.n_passing == passings[i].passing,
			   "row %zu: %zu refusals, %zu may pass: %s", i, d.p.n_refusals,
			   d.p.n_passing, d.p.n_refusals ? d.p.refusals[0].what : "");
	}
}

static void all_refusals_are_told_at_once(void **state)
{
	static const char *const whats[] = {
		"descriptor 7 of process 813 (/f) is in a file system (device 0:44)",
		"descriptor 7 of process 813 (/proc/9/stat) is in the /proc directory of process 9",
		"descriptor 7 of process 813 (socket:[1]) sends its signals to process or group 9",
		"belongs to a session outside of its pid namespace",
		"process 830 (inner), in the tree of process 812, is in another network namespace",
		"process 830 (inner), in the tree of process 812, is in another UTS namespace",
		"cannot write to the images directory d",
	};

	(void)state;
	DECISION(d, "dump -t 812 -D d", false);
	everything_at_once(&d.f);
	assert_int_equal(plan_freeze(&d.u.cli, &d.f, &d.p), -EINVAL);
	assert_int_equal(d.p.n_refusals, ARRAY_SIZE(whats));
	for (size_t i = 0; i < ARRAY_SIZE(whats); i++)
		unit_assert_contains(d.p.refusals[i].what, whats[i]);
	for (size_t i = 0; i < ARRAY_SIZE(whats) - 1; i++)
		assert_true(d.p.refusals[i].hint[0]);
}

/* A zombie has nothing to look at. */
static void a_target_that_is_none_has_one_refusal(void **state)
{

	(void)state;
	DECISION(d, "dump -t 812 -D d", false);
	everything_at_once(&d.f);
	d.f.target.state = 'Z';
	assert_int_equal(plan_freeze(&d.u.cli, &d.f, &d.p), -EINVAL);
	assert_int_equal(d.p.n_refusals, 1);
	unit_assert_contains(d.p.refusals[0].what, "is a zombie");
}

/* Mounts that are refused make no second refusal of the mount namespace that they are in. */
static void nested_mounts_that_are_refused(struct facts *f)
{
	private_tmp(f);
	add_nested(f, "mnt", 830, 830, 77);
}

static void a_refusal_makes_no_other(void **state)
{

	(void)state;
	DECISION(d, "dump -t 812 --stream", false);
	nested_mounts_that_are_refused(&d.f);
	assert_int_equal(plan_freeze(&d.u.cli, &d.f, &d.p), -EINVAL);
	assert_int_equal(d.p.n_refusals, 1);
	unit_assert_contains(d.p.refusals[0].what, "--stream");
}

static void a_server_outside_of_the_tree_is_no_obstacle(void **state)
{
	struct facts f;
	struct plan p = planned(a_served_file, "dump -t 812", &f);

	(void)state;
	assert_int_equal(p.n_refusals, 0);
	plan_free(&p);
	forget(&f);
}

static void a_stream_needs_no_images_directory(void **state)
{

	(void)state;
	DECISION(d, "dump --stream -t 812", false);
	freeze_no_images_dir(&d.f);
	assert_int_equal(freeze(&d.u.cli, &d.f, &d.p, &d.e), 0);
}

int main(void)
{
	UNIT_ROWS(freeze_is_refused, freeze_refusals);
	UNIT(what_may_pass_is_counted);
	UNIT(all_refusals_are_told_at_once);
	UNIT(a_target_that_is_none_has_one_refusal);
	UNIT(a_refusal_makes_no_other);
	UNIT(a_server_outside_of_the_tree_is_no_obstacle);
	UNIT(unsupported_is_refused);
	UNIT(a_serial_line_may_be_named);
	UNIT_ROWS(version_decides, versions);
	UNIT(a_newer_criu_may_do_what_none_could);
	UNIT(a_stream_needs_no_images_directory);
	return unit_run("plan_freeze_refusals");
}
