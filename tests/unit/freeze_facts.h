/* SPDX-License-Identifier: MIT */
/* Facts made by hand, for plans of a freeze: targets of all kinds, and what is found in their trees. */
#ifndef CRIU_NS_UNIT_FREEZE_FACTS_H
#define CRIU_NS_UNIT_FREEZE_FACTS_H

#include "plan_facts.h"

#include <signal.h>
#include <sys/mount.h>

/* Tasks in states that criu cannot save */

/* A thread of process 813, or the process itself. */
static inline struct finding *troubled(struct facts *f, enum task_trouble trouble, pid_t tid)
{
	struct finding x = {
		.kind = FINDING_TASK,
		.pid = 813,
		.as = HELD_BY_TASK,
		.fd = -1,
		.other = 99,
		.task = { .trouble = trouble, .tid = tid, .comm = "inner", .other_comm = "gdb" }
	};

	return findings_add(&f->findings, &x);
}

static inline void session_outside(struct facts *f)
{
	thawed(f);
	troubled(f, TASK_SESSION, 813);
}

static inline void three_in_a_session_outside(struct facts *f)
{
	session_outside(f);
	troubled(f, TASK_SESSION, 813);
	troubled(f, TASK_SESSION, 813);
}

static inline void add_segment(struct facts *f, ino_t id, size_t inside, size_t attached,
			       bool stays)
{
	const struct finding x = {
		.kind = FINDING_SYSV,
		.pid = 813,
		.as = HELD_MAP,
		.ino = id,
		.segment = { .inside = inside, .attached = attached, .stays = stays }
	};

	findings_add(&f->findings, &x)->path = xstrdup("/SYSV00000007 (deleted)");
}

static inline void segments(struct facts *f)
{
	here(f);
	add_segment(f, 3, 2, 2, true);
	add_segment(f, 4, 1, 1, false);
	add_segment(f, 5, 1, 1, true);
}

static inline void segments_among_others(struct facts *f)
{
	segments(f);
	f->n_other_ipc = 6;
	f->other_ipc_size = 4096;
}

static inline void a_segment_of_others(struct facts *f)
{
	segments(f);
	add_segment(f, 8, 1, 2, true);
}

static inline void a_zombie_in_a_session_outside(struct facts *f)
{
	session_outside(f);
	troubled(f, TASK_SESSION, 813)->task.is_dead = true;
}

static inline void frozen_in(struct facts *f, const char *cgroup, pid_t pid)
{
	findings_add(&f->findings, &(struct finding){ .kind = FINDING_FROZEN,
						      .pid = pid,
						      .as = HELD_BY_TASK,
						      .fd = -1,
						      .path = cgroup ? xstrdup(cgroup) : NULL });
}

static inline void a_frozen_session_outside(struct facts *f)
{
	session_outside(f);
	frozen_in(f, "/cg/a", 813);
}

static inline void a_frozen_cgroup(struct facts *f)
{
	here(f);
	frozen_in(f, "/cg/a", 812);
}

static inline void a_frozen_part(struct facts *f)
{
	here(f);
	frozen_in(f, NULL, 812);
	frozen_in(f, "/cg/a", 813);
}

static inline void two_frozen_cgroups(struct facts *f)
{
	a_frozen_cgroup(f);
	frozen_in(f, "/cg/b", 813);
}

static inline void a_cgroup_frozen_twice(struct facts *f)
{
	a_frozen_cgroup(f);
	f->findings.v[0].frozen_twice = true;
}

static inline void many_tasks(struct facts *f)
{
	here(f);
	f->n_tasks = 5000;
}

#define TROUBLE(name, trouble, tid, more)                                                          \
	static inline void name(struct facts *f)                                                   \
	{                                                                                          \
		struct finding *x;                                                                 \
                                                                                                   \
		here(f);                                                                           \
		x = troubled(f, trouble, tid);                                                     \
		(void)x;                                                                           \
		more;                                                                              \
	}

TROUBLE(untraceable, TASK_UNTRACEABLE, 813, )
TROUBLE(limits, TASK_LIMITS, 813, )
TROUBLE(traced, TASK_TRACED, 813, )
TROUBLE(traced_by_nobody_here, TASK_TRACED, 813, x->other = 0)
TROUBLE(traced_thread, TASK_TRACED, 820, )
TROUBLE(waiting, TASK_WAITS, 813, strcpy(x->task.where, "nfs_wait"))
TROUBLE(waiting_somewhere, TASK_WAITS, 813, )
TROUBLE(stopped_reading, TASK_STOPPED, 813, x->task.number = SIGTTIN)
TROUBLE(stopped_writing, TASK_STOPPED, 813, x->task.number = SIGTTOU)
TROUBLE(stopped_by_tstp, TASK_STOPPED, 813, x->task.number = SIGTSTP)
TROUBLE(shadow_stack, TASK_SHADOW_STACK, 813, )
TROUBLE(leaderless, TASK_LEADERLESS, 813, )
TROUBLE(no_foreground, TASK_FOREGROUND, 813, x->task.number = 820)
TROUBLE(no_vdso, TASK_NO_VDSO, 813, )
TROUBLE(with_seccomp, TASK_SECCOMP, 813, )
TROUBLE(trapped, TASK_TRAP, 820, )
TROUBLE(shares_memory, TASK_SHARES_MEMORY, 813, )
TROUBLE(shares_fs, TASK_SHARES_FS, 813, )
TROUBLE(own_files, TASK_OWN_FILES, 820, )
TROUBLE(children_time, TASK_CHILDREN_TIME, 813, )
TROUBLE(children_pid, TASK_CHILDREN_PID, 813, )

#define FORGOTTEN(name, what_, n_)                                                                 \
	static inline void name(struct facts *f)                                                   \
	{                                                                                          \
		any_facts(f);                                                                      \
		findings_add(&f->findings,                                                         \
			     &(struct finding){ .kind = FINDING_FORGOTTEN,                         \
						.pid = 813,                                        \
						.fd = -1,                                          \
						.attributes = { .what = (what_), .n = (n_) } });   \
	}
FORGOTTEN(an_execution_domain, FORGOTTEN_PERSONALITY, 1)
FORGOTTEN(a_memory_policy, FORGOTTEN_MEMORY, 1)
FORGOTTEN(a_policy_for_broken_memory, FORGOTTEN_MCE, 1)
FORGOTTEN(merged_memory, FORGOTTEN_MERGE, 1)
FORGOTTEN(memory_without_io, FORGOTTEN_FLUSHER, 1)
FORGOTTEN(less_speculation, FORGOTTEN_SPECULATION, 1)
FORGOTTEN(less_speculation_of_some, FORGOTTEN_SPECULATION, 3)
FORGOTTEN(directories_of_a_thread, FORGOTTEN_FS, 1)
FORGOTTEN(other_exit_signal, FORGOTTEN_EXIT_SIGNAL, 1)
FORGOTTEN(tagged_addresses, FORGOTTEN_TAGS, 1)
FORGOTTEN(locked_memory, FORGOTTEN_LOCKS, 1)
FORGOTTEN(protection_keys, FORGOTTEN_KEYS, 1)
FORGOTTEN(sealed_memory, FORGOTTEN_SEALS, 1)
FORGOTTEN(memory_locked_when_used, FORGOTTEN_FAULTS, 1)
FORGOTTEN(policies_of_mappings, FORGOTTEN_POLICIES, 2)

static inline void all_alike(struct facts *f)
{
	const struct tree_attributes tree = { .fixed = true,
					      .memory = xstrdup("bind:0"),
					      .mce = 'e',
					      .merge = true,
					      .flusher = true,
					      .speculation = { 'd', 'd' } };

	any_facts(f);
	findings_add(&f->findings, &(struct finding){ .kind = FINDING_ALIKE,
						      .pid = 812,
						      .fd = -1,
						      .attributes = { .tree = tree } });
}

static inline void init_in_a_container(struct facts *f)
{
	f->target = task_of("tini", 951, 21, 1);
	with_view(f, "runc");
	in_frame(f, task_of("systemd", 940, 0, 1));
	f->frame.ns_mnt = 4026532300;
	take_table(&f->frame_view, "thawed");
}

static inline void private_tmp(struct facts *f)
{
	here(f);
	with_view(f, "private-tmp");
}

static inline void private_tmp_below_a_thaw(struct facts *f)
{
	f->target = task_of("service", 905, 0, 5004);
	with_view(f, "private-tmp");
	mount_at(&f->target_view, "/mnt")->dev = makedev(0, 60); /* 0:43 is the frame's procfs */
	in_frame(f, task_of("criu-ns-init", 900, 0, 1));
	f->frame.ns_mnt = 4026532300;
	take_table(&f->frame_view, "thawed");
}

/*
 * unshare -m -p -f --mount-proc, thawed: both views are the caller's, but for a procfs on /proc, of
 * which the target's, the last, shows its own pid namespace.
 */
static inline void thawed_init(struct facts *f)
{
	f->target = task_of("counter", 905, 5004, 1);
	with_view(f, "thawed");
	((struct mount *)mounts_covering(&f->target_view, "/proc"))->dev = makedev(0, 61);
	in_frame(f, task_of("criu-ns-init", 900, 0, 1));
	f->frame.ns_mnt = 4026532300;
	take_table(&f->frame_view, "thawed");
}

/* unshare -p in a thawed tree, without -m: it sees what its frame does. */
static inline void init_in_a_thawed_view(struct facts *f)
{
	thawed_init(f);
	f->frame.ns_mnt = f->target.ns_mnt;
	mounts_free(&f->frame_view);
}

/* The same with -m alone: the procfs is the frame's. */
static inline void init_with_the_proc_of_its_frame(struct facts *f)
{
	thawed_init(f);
	take_table(&f->target_view, "thawed");
}

/* unshare -p without -m, and in it a service with mounts of its own: whose /proc is it? */
static inline void private_tmp_without_a_frame_for_it(struct facts *f)
{
	private_tmp_below_a_thaw(f);
	f->frame_ns_mnt_fd = -1;
	f->frame.ns_mnt = f->ns_mnt;
	mounts_free(&f->frame_view);
}

/* systemd's ProtectSystem=strict */
static inline void read_only_root(struct facts *f)
{
	private_tmp(f);
	f->target_view.v[0].flags |= MS_RDONLY;
}

static inline void sandbox(struct facts *f)
{
	here(f);
	with_view(f, "bubblewrap");
}

static inline void ramfs(struct facts *f)
{
	private_tmp(f);
	f->target_view.v[0].fstype = "ramfs";
	f->target_view.v[0].dev++;
}

static inline void read_only_bind(struct facts *f)
{
	private_tmp(f);
	mount_at(&f->target_view, "/var/tmp")->flags |= MS_RDONLY;
}

static inline void lxc_init(struct facts *f)
{
	f->target = task_of("init", 940, 0, 1);
	with_view(f, "lxc");
	f->ns_pid_fd = A_FD;
}

static inline void same_mounts(struct facts *f)
{
	here(f);
	with_view(f, "host");
}

static inline void own_proc_only(struct facts *f)
{
	here(f);
	with_view(f, "thawed");
}

/* unshare -m --propagation unchanged, and a tmpfs more: all else are peers of the caller's. */
static inline void peers(struct facts *f)
{
	here(f);
	with_view(f, "host");
	mount_at(&f->target_view, "/run/user")->dev++;
}

/* unshare --user --pid --mount: the same mounts, and not to be entered. */
static inline void init_of_another_user(struct facts *f)
{
	f->target = task_of("bash", 940, 0, 1);
	with_view(f, "thawed");
	f->ns_pid_fd = A_FD;
	f->target_user_ns = f->mnt_owner = 4026532400;
}

/* Two mounts only, of which one is the caller's: what is added can be read. */
static inline void take_text(struct mounts *t, const char *text)
{
	mounts_free(t);
	*t = table_of(text);
}

#define SMALL_HOST                                                                                 \
	"10 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda rw\n"                                   \
	"11 10 0:5 / /proc rw,relatime shared:2 - proc proc rw\n"                                  \
	"12 10 8:2 /sub /srv/app rw shared:3 - ext4 /dev/sdb rw\n"

static inline void small(struct facts *f, const char *target)
{
	here(f);
	f->ns_mnt_fd = A_FD;
	f->target.ns_mnt = 4026532200;
	take_text(&f->caller_view, SMALL_HOST);
	take_text(&f->target_view, target);
}

static inline void small_service(struct facts *f)
{
	small(f, "20 2 8:1 / / rw,relatime master:1 - ext4 /dev/sda rw\n"
		 "21 20 0:5 / /proc rw,relatime master:2 - proc proc rw\n"
		 "22 20 8:2 /sub/x /a\\040b ro,nosuid master:3 - ext4 /dev/sdb rw\n"
		 "23 20 0:30 / /tmp rw - tmpfs t rw\n");
}

static inline void small_sandbox(struct facts *f)
{
	small(f, "20 2 0:30 /newroot / rw,nosuid - tmpfs t rw,size=5k\n"
		 "21 20 8:1 /usr /usr ro master:1 - ext4 /dev/sda rw\n"
		 "22 20 0:31 / /proc rw - proc proc rw\n");
}

static inline void small_container(struct facts *f)
{
	small(f, "20 2 8:1 /srv/box / rw,relatime - ext4 /dev/sda rw\n"
		 "21 20 0:31 / /proc rw - proc proc rw\n");
	f->target = task_of("tini", 812, 0, 1);
	f->ns_pid_fd = A_FD;
}

static inline void hostile_names(struct facts *f)
{
	small(f, "20 2 8:1 / / rw,relatime master:1 - ext4 /dev/sda rw\n"
		 "21 20 8:1 /x /x rw - ext4 /dev/sda rw\n"
		 "22 20 8:1 /y /x]:/etc rw - ext4 /dev/sda rw\n"
		 "23 20 0:31 / /proc rw - proc proc rw\n");
}

/* Private mounts need no procfs. */
static inline void private_without_proc(struct facts *f)
{
	small(f, "20 2 8:1 / / rw - ext4 /dev/sda rw\n"
		 "21 20 0:30 / /tmp rw - tmpfs t rw\n");
}

#define PRIVATE_ROOT "20 2 8:1 / / rw - ext4 /dev/sda rw\n"
#define A_SLAVE      "29 20 8:2 /sub /srv rw master:3 - ext4 /dev/sdb rw\n"

static inline void a_slave_that_is_left_out(struct facts *f)
{
	small(f, PRIVATE_ROOT "21 20 8:1 /x//deleted /a/b rw master:1 - ext4 /dev/sda rw\n"
			      "22 20 0:30 / /a rw - tmpfs t rw\n");
}

static inline void slave_without_proc(struct facts *f)
{
	small(f, PRIVATE_ROOT A_SLAVE);
}

static inline void shared_without_proc(struct facts *f)
{
	small(f, PRIVATE_ROOT "29 20 0:30 / /tmp rw shared:70 - tmpfs t rw\n");
}

static inline void slave_and_proc_below_a_tmpfs(struct facts *f)
{
	small(f, PRIVATE_ROOT "21 20 0:5 / /proc rw - proc proc rw\n"
			      "22 21 0:30 / /proc rw - tmpfs t rw\n" A_SLAVE);
}

static inline void slave_and_tmpfs_below_a_proc(struct facts *f)
{
	small(f, PRIVATE_ROOT "21 20 0:30 / /proc rw - tmpfs t rw\n"
			      "22 21 0:31 / /proc rw - proc proc rw\n" A_SLAVE);
}

static inline void private_and_proc_below_a_tmpfs(struct facts *f)
{
	small(f, PRIVATE_ROOT "21 20 0:5 / /proc rw - proc proc rw\n"
			      "22 21 0:30 / /proc rw - tmpfs t rw\n");
}

static inline void slave_and_a_folder_of_proc(struct facts *f)
{
	small(f, PRIVATE_ROOT "21 20 0:5 /sys /proc rw - proc proc rw\n" A_SLAVE);
}

static inline void slave_and_proc_elsewhere(struct facts *f)
{
	small(f, PRIVATE_ROOT "21 20 0:5 / /proc2 rw - proc proc rw\n" A_SLAVE);
}

static inline void slave_on_a_proc_as_root(struct facts *f)
{
	small(f, "20 2 0:5 / / rw - proc proc rw\n" A_SLAVE);
}

/* What nobody sees, here and on the host, with something of its own on it. */
static inline void with_a_hidden_mount(struct facts *f)
{
	small(f, PRIVATE_ROOT "21 20 8:1 /x//deleted /a/b\\040c rw - ext4 /dev/sda rw\n"
			      "22 21 0:31 / /a/b\\040c/d rw - tmpfs t rw\n"
			      "23 20 0:30 / /a rw - tmpfs t rw\n");
}

/* Two on one mountpoint, of which one is the host's. */
static inline void stacked(struct facts *f)
{
	small(f, PRIVATE_ROOT "21 20 8:2 /sub /a rw - ext4 /dev/sdb rw\n"
			      "22 21 0:30 / /a rw - tmpfs t rw\n");
}

#define A_PROC "28 20 0:31 / /proc rw - proc proc rw\n"

static inline void stacked_slave(struct facts *f)
{
	small(f, PRIVATE_ROOT A_PROC "21 20 8:2 /sub /a rw master:3 - ext4 /dev/sdb rw\n"
				     "22 21 0:30 / /a rw - tmpfs t rw\n");
}

static inline void stacked_shared(struct facts *f)
{
	small(f, PRIVATE_ROOT A_PROC "21 20 8:2 /sub /a rw shared:3 - ext4 /dev/sdb rw\n"
				     "22 21 0:30 / /a rw - tmpfs t rw\n");
}

static inline void stacked_shared_slave(struct facts *f)
{
	small(f, PRIVATE_ROOT A_PROC "21 20 8:2 /sub /a rw shared:70 master:3 - ext4 /dev/sdb rw\n"
				     "22 21 0:30 / /a rw - tmpfs t rw\n");
}

static inline void add_outside(struct facts *f, struct finding x)
{
	x.kind = FINDING_OUTSIDE_FILE;
	x.path = xstrdup(x.path);
	findings_add(&f->findings, &x);
}

/* A log that several descriptors have open, /dev/null, and a mapped file. */
static inline void add_files(struct facts *f)
{
	struct finding log = { .pid = 812,
			       .fd = 1,
			       .path = (char *)"/log",
			       .mnt_id = 0x73,
			       .ino = 0xabc,
			       .file = {
				       .type = 'f', .flags = 02001, .pos = 77, .is_here = true } };

	add_outside(
		f, (struct finding){
			   .pid = 812,
			   .fd = 0,
			   .path = (char *)"/dev/null",
			   .mnt_id = 0x73,
			   .ino = 5,
			   .file = { .type = 'c', .flags = 0100000, .pos = -1, .is_here = true } });
	add_outside(f, log);
	log.fd = 2;
	add_outside(f, log);
	add_outside(f, (struct finding){ .pid = 813,
					 .as = HELD_MAP,
					 .fd = -1,
					 .path = (char *)"/lib.so",
					 .mnt_id = 0x74,
					 .ino = 0xabc,
					 .file = { .type = 'f', .is_here = true } });
}

static inline void files_outside(struct facts *f)
{
	same_mounts(f);
	add_files(f);
}

/* unshare --pid --mount --fork without --mount-proc: the caller's mounts. */
static inline void files_outside_of_an_init(struct facts *f)
{
	files_outside(f);
	f->target = task_of("sleep", 812, 0, 1);
	f->ns_pid_fd = A_FD;
}

static inline void files_outside_of_a_view(struct facts *f)
{
	small_service(f);
	add_files(f);
}

/* As the texts tell: nothing is parsed. */
static inline void surely_the_same(struct facts *f)
{
	here(f);
	f->ns_mnt_fd = A_FD;
	f->target.ns_mnt = 4026532200;
	f->same_view = true;
}

static inline void surely_the_same_for_an_init(struct facts *f)
{
	surely_the_same(f);
	f->target = task_of("sleep", 812, 0, 1);
	f->ns_pid_fd = A_FD;
}

static inline void add_nested(struct facts *f, const char *kind, pid_t pid, pid_t tid, ino_t ns)
{
	struct finding x = { .kind = FINDING_NESTED_NS,
			     .pid = pid,
			     .as = HELD_BY_TASK,
			     .ino = ns,
			     .ns = { .kind = kind, .tid = tid, .comm = "inner" } };

	findings_add(&f->findings, &x);
}

static inline void nested(struct facts *f)
{
	here(f);
	add_nested(f, "pid", 830, 830, 77);
}

static inline void nested_in_an_init(struct facts *f)
{
	container_init(f);
	add_nested(f, "pid", 960, 960, 77);
}

static inline void nested_mounts(struct facts *f)
{
	thawed(f);
	add_nested(f, "mnt", 830, 830, 77);
}

static inline void nested_mounts_in_the_callers(struct facts *f)
{
	here(f);
	take_table(&f->caller_view, "host");
	take_table(&f->target_view, "host");
	add_nested(f, "mnt", 830, 830, 77);
}

static inline void nested_mounts_in_a_view(struct facts *f)
{
	private_tmp(f);
	add_nested(f, "mnt", 830, 830, 77);
}

static inline void nested_mounts_in_a_locked_view(struct facts *f)
{
	nested_mounts_in_a_view(f);
	f->target_view.v[f->target_view.n - 1].locks = LOCK_MOUNT;
}

static inline void criu_mounts_in_a_view(struct facts *f)
{
	nested_mounts_in_a_view(f);
	f->findings.v[0].ns.is_crius = true;
}

static inline void nested_network(struct facts *f)
{
	here(f);
	add_nested(f, "net", 830, 830, 77);
}

static inline void nested_network_in_its_own(struct facts *f)
{
	nested_network(f);
	f->own_network = f->has_iptables = true;
}

static inline void nested_uts_in_its_own(struct facts *f)
{
	here(f);
	f->own_network = f->has_iptables = true;
	add_nested(f, "uts", 830, 830, 77);
}

static inline void thread_with_a_network(struct facts *f)
{
	nested_network_in_its_own(f);
	f->findings.v[0].ns.tid = 831;
}

static inline void a_terminal_outside(struct facts *f)
{
	same_mounts(f);
	add_outside(f,
		    (struct finding){ .pid = 812,
				      .fd = 0,
				      .path = (char *)"/dev/pts/3",
				      .mnt_id = 0x73,
				      .ino = 5,
				      .file = { .type = 'c', .is_tty = true, .is_here = true } });
}

static inline void add_terminal(struct facts *f, const char *path, struct found_terminal t)
{
	findings_add(&f->findings, &(struct finding){ .kind = FINDING_TERMINAL,
						      .pid = 812,
						      .as = HELD_FD,
						      .fd = 2,
						      .path = xstrdup(path),
						      .mnt_id = 0x73,
						      .dev = 0x19,
						      .ino = 5,
						      .terminal = t });
}

static inline void a_held_terminal(struct facts *f)
{
	here(f);
	add_terminal(f, "/dev/pts/3", (struct found_terminal){ .rdev = 0x8803 });
}

static inline void a_held_terminal_outside(struct facts *f)
{
	a_terminal_outside(f);
	f->findings.v[0].dev = 0x19;
	add_terminal(f, "/dev/pts/3", (struct found_terminal){ .rdev = 0x8803 });
}

static inline void a_job(struct facts *f)
{
	here(f);
	f->target.session = 700;
	add_terminal(f, "/dev/pts/3", (struct found_terminal){ .rdev = 0x8803, .is_job = true });
}

static inline void a_job_with_another(struct facts *f)
{
	a_job(f);
	add_terminal(f, "/dev/pts/4", (struct found_terminal){ .rdev = 0x8804 });
	add_terminal(f, "/dev/tty",
		     (struct found_terminal){
			     .rdev = 0x500, .is_dev_tty = true, .is_job = true, .is_after = true });
}

static inline void a_job_that_opened_it_again(struct facts *f)
{
	a_job(f);
	f->findings.v[0].terminal.again_pid = 813;
	f->findings.v[0].terminal.again_fd = 10;
}

static inline void a_led_terminal_and_dev_tty(struct facts *f)
{
	here(f);
	add_terminal(f, "/dev/tty",
		     (struct found_terminal){ .rdev = 0x500, .is_dev_tty = true, .leads = true });
	add_terminal(f, "/dev/pts/3", (struct found_terminal){ .rdev = 0x8803, .leads = true });
}

static inline void dev_tty_of(struct facts *f, struct found_terminal t)
{
	here(f);
	t.is_dev_tty = true;
	add_terminal(f, "/dev/tty", t);
}

static inline void dev_tty_of_a_pager(struct facts *f)
{
	dev_tty_of(f, (struct found_terminal){ .leads = true, .is_inside = true });
}

static inline void dev_tty_of_one_terminal(struct facts *f)
{
	dev_tty_of(f,
		   (struct found_terminal){ .leads = true, .is_inside = true, .is_shared = true });
}

static inline void dev_tty_first(struct facts *f)
{
	dev_tty_of(f,
		   (struct found_terminal){ .leads = true, .is_inside = true, .is_first = true });
}

static inline void own_network(struct facts *f)
{
	here(f);
	f->own_network = true;
}

static inline void own_network_and_iptables(struct facts *f)
{
	own_network(f);
	f->has_iptables = true;
}

static inline struct finding *add_file(struct facts *f, enum finding_kind kind, const char *path)
{
	return findings_add(&f->findings, &(struct finding){ .kind = kind,
							     .pid = 813,
							     .fd = 7,
							     .path = xstrdup(path),
							     .dev = makedev(0, 44),
							     .other = 9 });
}

static inline void a_connection(struct facts *f)
{
	here(f);
	add_file(f, FINDING_CONNECTION, "socket:[7]")->socket.is_inside = true;
}

static inline void a_connection_and_iptables(struct facts *f)
{
	a_connection(f);
	f->has_iptables = true;
}

static inline void a_renamed_socket(struct facts *f)
{
	struct finding *x;

	here(f);
	x = add_file(f, FINDING_SOCKET_LACK, "socket:[7]");
	x->socket.lack = LACK_RENAMED;
	x->socket.is.ino = 7;
	x->socket.name = xstrdup("/run/x.tmp");
	x->socket.name_now = xstrdup("/run/x");
}

static inline void a_linked_socket(struct facts *f)
{
	a_renamed_socket(f);
	free(f->findings.v[0].socket.name_now);
	f->findings.v[0].socket.name_now = NULL;
}

static inline void a_full_fifo(struct facts *f)
{
	here(f);
	add_file(f, FINDING_FULL_FIFO, "/run/fifo")->size = 4;
}

static inline void an_option(struct facts *f)
{
	size_t n;

	here(f);
	add_file(f, FINDING_OPTION, "socket:[7]")->set =
		(struct found_option){ .option = { socket_options(&n), 1 }, .pid = 7 };
}

static inline struct found_group *add_group(struct facts *f)
{
	struct found_group *g;

	here(f);
	g = &add_file(f, FINDING_GROUP, "socket:[7]")->joined;
	*g = (struct found_group){
		.pid = 7, .group = { .family = AF_INET, .ip = { 224, 0, 0, 251 }, .device = "eth0" }
	};
	return g;
}

static inline void a_group(struct facts *f)
{
	add_group(f);
}

static inline void a_group_for_some_sources(struct facts *f)
{
	add_group(f)->is_filtered = true;
}

static inline void a_semaphore(struct facts *f)
{
	here(f);
	add_file(f, FINDING_SEMAPHORE, "anon_inode:[eventfd]");
}

static inline void semaphores(struct facts *f)
{
	a_semaphore(f);
	add_file(f, FINDING_SEMAPHORE, "anon_inode:[eventfd]");
	add_file(f, FINDING_SEMAPHORE, "anon_inode:[eventfd]");
}

static inline void a_lock(struct facts *f)
{
	here(f);
	add_file(f, FINDING_LOCK, "/lock");
	add_file(f, FINDING_LOCK, "/other")->lock.is_lease = true;
}

static inline void a_lock_of_an_ancestors(struct facts *f)
{
	here(f);
	add_file(f, FINDING_LOCK, "/lock")->lock =
		(struct file_lock){ .is_shared = true, .is_ancestors = true, .comm = "flock" };
}

static inline void a_lock_of_a_strangers(struct facts *f)
{
	a_lock_of_an_ancestors(f);
	f->findings.v[0].lock.is_ancestors = false;
}

static inline void ghosts(struct facts *f)
{
	here(f);
	add_file(f, FINDING_GHOST, "/a (deleted)")->size = 2 << 20;
	add_file(f, FINDING_GHOST, "/b (deleted)")->size = 3 << 20;
}

static inline void unlinked_files(struct facts *f)
{
	here(f);
	add_file(f, FINDING_UNLINKED, "/a (deleted)");
	add_file(f, FINDING_UNLINKED, "/b (deleted)");
}

static inline void watches(struct facts *f)
{
	here(f);
	add_file(f, FINDING_WATCH, "anon_inode:inotify")->watch.place = xstrdup("/srv/a");
	add_file(f, FINDING_WATCH, "anon_inode:inotify")->watch.place = xstrdup("/");
}

static inline void a_lost_watch(struct facts *f)
{
	here(f);
	add_file(f, FINDING_WATCH, "anon_inode:inotify")->watch.is_in_overlay = true;
}

static inline void a_watch_in_sysfs(struct facts *f)
{
	struct finding *x;

	here(f);
	x = add_file(f, FINDING_WATCH, "anon_inode:inotify");
	x->ino = 3657;
	snprintf(x->watch.fstype, sizeof(x->watch.fstype), "sysfs");
}

static inline void a_gone_watch(struct facts *f)
{
	here(f);
	add_file(f, FINDING_GONE_WATCH, "anon_inode:inotify")->needs_path = true;
}

static inline void another_node(struct facts *f)
{
	here(f);
	add_file(f, FINDING_OTHER_NODE, "/dev/null");
}

static inline void high_fd(struct facts *f)
{
	here(f);
	add_file(f, FINDING_HIGH_FD, "/dev/null")->limit = 1000;
}

static inline void adopted(struct facts *f)
{
	here(f);
	troubled(f, TASK_ALIEN, 813)->other = 812;
}

static inline void uprobes(struct facts *f)
{
	here(f);
	add_file(f, FINDING_UPROBES, "[uprobes]");
}

static inline void a_path_of_a_program(struct facts *f)
{
	here(f);
	add_file(f, FINDING_PATH_OF_PROGRAM, "/bin/p");
}

static inline void a_ping(struct facts *f)
{
	here(f);
	add_file(f, FINDING_SOCKET_LACK, "socket:[7]")->socket.lack = LACK_PING;
}

/* Kinds that few kernels have. */
static inline void a_socket_of(struct facts *f, enum socket_lack lack, int family, int protocol)
{
	struct finding *x;

	here(f);
	x = add_file(f, FINDING_SOCKET_LACK, "socket:[7]");
	x->socket.lack = lack;
	x->socket.is.family = family;
	x->socket.is.protocol = protocol;
}

static inline void sctp(struct facts *f)
{
	a_socket_of(f, LACK_PROTOCOL, AF_INET, IPPROTO_SCTP);
}

static inline void af_alg(struct facts *f)
{
	a_socket_of(f, LACK_FAMILY, AF_ALG, 0);
}

static inline void an_io_uring(struct facts *f)
{
	here(f);
	add_file(f, FINDING_UNSUPPORTED, "anon_inode:[io_uring]")->unsupported.what =
		UNSUPPORTED_IO_URING;
}

/* With huge pages, of which none is free. */
static inline void no_huge_page(struct facts *f)
{
	here(f);
	add_file(f, FINDING_UNSUPPORTED, "/anon_hugepage (deleted)")->unsupported =
		(struct unsupported_file){ .what = UNSUPPORTED_HUGE, .kib = 2048 };
}

static inline void foreign_network(struct facts *f)
{
	container_init(f);
	f->target_user_ns = 4026532900;
	f->foreign_ns = "net";
}

static inline struct plan planned(facts_fn *facts, const char *line, struct facts *f)
{
	struct unit_cli u = unit_parse(line, NULL, false);
	struct plan p = { 0 };
	struct err e = { 0 };

	any_facts(f);
	facts(f);
	UNIT_CHECK(freeze(&u.cli, f, &p, &e) == 0, "%s", e.what);
	unit_parse_free(&u);
	return p;
}

#endif
