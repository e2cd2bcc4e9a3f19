// SPDX-License-Identifier: MIT
/* The plan for each kind of target and of images, from facts made by hand and recorded tables. */
#include "tables.h"

#include "look/caps.h"
#include "plan/plan.h"

#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/mount.h>

/* Facts. Descriptors are numbers here: a plan opens, reads and closes nothing. */
enum { A_FD = 1000, PID_MAX = 32768 };

typedef void facts_fn(struct facts *f);

static void take_table(struct mounts *t, const char *name)
{
	mounts_free(t);
	*t = recorded_table(name);
}

static struct mount *mount_at(struct mounts *t, const char *at)
{
	for (size_t i = 0; i < t->n; i++)
		if (!strcmp(t->v[i].at, at))
			return &t->v[i];
	fail_msg("no mount on %s", at);
	return NULL;
}

static struct task task_of(const char *comm, pid_t outer, pid_t middle, pid_t inner)
{
	struct task t = { .pid = outer,
			  .tgid = outer,
			  .ppid = 1,
			  .state = 'S',
			  .depth = 1,
			  .session = inner ? inner : outer,
			  .ns_pid = 4026531836,
			  .ns_mnt = 4026531841 };

	snprintf(t.comm, sizeof(t.comm), "%s", comm);
	t.nspid[0] = outer;
	if (middle)
		t.nspid[t.depth++] = middle;
	if (inner)
		t.nspid[t.depth++] = inner;
	return t;
}

/* Decide; *e is the first refusal. */
static int first_refusal(int r, const struct plan *p, struct err *e)
{
	assert_int_equal(p->n_refusals > 0, r < 0);
	if (r < 0)
		*e = p->refusals[0];
	return r;
}

static int freeze(const struct cli *cli, const struct facts *f, struct plan *ret, struct err *e)
{
	return first_refusal(plan_freeze(cli, f, ret), ret, e);
}

static int thaw(const struct cli *cli, const struct facts *f, struct plan *ret, struct err *e)
{
	return first_refusal(plan_thaw(cli, f, ret), ret, e);
}

static void any_facts(struct facts *f)
{
	facts_init(f);
	f->caps = ~UINT64_C(0);
	f->ns_pid = 4026531836;
	f->ns_mnt = 4026531841;
	f->images_dir = (struct dir){ .path = "d", .fd = A_FD, .writable = true };
	f->work_dir = (struct dir){ .path = "w", .fd = A_FD, .writable = true };
}

static void forget(struct facts *f)
{
	f->images_dir.fd = f->work_dir.fd = f->ns_pid_fd = f->ns_mnt_fd = -1;
	f->frame_ns_pid_fd = f->frame_ns_mnt_fd = -1;
	facts_free(f);
}

/* In the caller's pid and mount namespace. */
static void here(struct facts *f)
{
	f->target = task_of("sshd worker", 812, 0, 0);
}

/* In a mount namespace of its own, with this table. */
static void with_view(struct facts *f, const char *table)
{
	f->ns_mnt_fd = A_FD;
	f->target.ns_mnt = 4026532200;
	take_table(&f->caller_view, "host");
	take_table(&f->target_view, table);
}

static void in_frame(struct facts *f, struct task init)
{
	f->frame = init;
	f->ns_pid_fd = A_FD;
	f->frame_ns_pid_fd = A_FD;
	f->frame_ns_mnt_fd = A_FD;
	f->target.ns_pid = f->frame.ns_pid = 4026532201;
	f->frame.ns_mnt = f->target.ns_mnt;
}

static void thawed(struct facts *f)
{
	f->target = task_of("counter", 901, 0, 5000);
	with_view(f, "thawed");
	in_frame(f, task_of("criu-ns-init", 900, 0, 1));
}

/* By somebody else's init. */
static void unshared(struct facts *f)
{
	thawed(f);
	strcpy(f->frame.comm, "bash");
}

static void thawed_in_a_container(struct facts *f)
{
	f->target = task_of("counter", 951, 21, 3);
	with_view(f, "thawed");
	in_frame(f, task_of("criu-ns-init", 950, 20, 1));
}

static void container_init(struct facts *f)
{
	f->target = task_of("tini", 940, 0, 1);
	with_view(f, "runc");
	f->ns_pid_fd = A_FD;
}

/* Tasks in states that criu cannot save */

/* A thread of process 813, or the process itself. */
static struct finding *troubled(struct facts *f, enum task_trouble trouble, pid_t tid)
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

static void session_outside(struct facts *f)
{
	thawed(f);
	troubled(f, TASK_SESSION, 813);
}

static void three_in_a_session_outside(struct facts *f)
{
	session_outside(f);
	troubled(f, TASK_SESSION, 813);
	troubled(f, TASK_SESSION, 813);
}

static void add_segment(struct facts *f, ino_t id, size_t inside, size_t attached, bool stays)
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

static void segments(struct facts *f)
{
	here(f);
	add_segment(f, 3, 2, 2, true);
	add_segment(f, 4, 1, 1, false);
	add_segment(f, 5, 1, 1, true);
}

static void segments_among_others(struct facts *f)
{
	segments(f);
	f->n_other_ipc = 6;
	f->other_ipc_size = 4096;
}

static void a_segment_of_others(struct facts *f)
{
	segments(f);
	add_segment(f, 8, 1, 2, true);
}

static void a_zombie_in_a_session_outside(struct facts *f)
{
	session_outside(f);
	troubled(f, TASK_SESSION, 813)->task.is_dead = true;
}

static void frozen_in(struct facts *f, const char *cgroup, pid_t pid)
{
	findings_add(&f->findings, &(struct finding){ .kind = FINDING_FROZEN,
						      .pid = pid,
						      .as = HELD_BY_TASK,
						      .fd = -1,
						      .path = cgroup ? xstrdup(cgroup) : NULL });
}

static void a_frozen_session_outside(struct facts *f)
{
	session_outside(f);
	frozen_in(f, "/cg/a", 813);
}

static void a_frozen_cgroup(struct facts *f)
{
	here(f);
	frozen_in(f, "/cg/a", 812);
}

static void a_frozen_part(struct facts *f)
{
	here(f);
	frozen_in(f, NULL, 812);
	frozen_in(f, "/cg/a", 813);
}

static void two_frozen_cgroups(struct facts *f)
{
	a_frozen_cgroup(f);
	frozen_in(f, "/cg/b", 813);
}

static void a_cgroup_frozen_twice(struct facts *f)
{
	a_frozen_cgroup(f);
	f->findings.v[0].frozen_twice = true;
}

static void many_tasks(struct facts *f)
{
	here(f);
	f->n_tasks = 5000;
}

#define TROUBLE(name, trouble, tid, more)                                                          \
	static void name(struct facts *f)                                                          \
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
TROUBLE(with_seccomp, TASK_SECCOMP, 813, )
TROUBLE(trapped, TASK_TRAP, 820, )
TROUBLE(shares_memory, TASK_SHARES_MEMORY, 813, )
TROUBLE(shares_fs, TASK_SHARES_FS, 813, )
TROUBLE(own_files, TASK_OWN_FILES, 820, )
TROUBLE(children_time, TASK_CHILDREN_TIME, 813, )
TROUBLE(children_pid, TASK_CHILDREN_PID, 813, )

static void init_in_a_container(struct facts *f)
{
	f->target = task_of("tini", 951, 21, 1);
	with_view(f, "runc");
	in_frame(f, task_of("systemd", 940, 0, 1));
	f->frame.ns_mnt = 4026532300;
	take_table(&f->frame_view, "thawed");
}

static void private_tmp(struct facts *f)
{
	here(f);
	with_view(f, "private-tmp");
}

static void private_tmp_below_a_thaw(struct facts *f)
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
static void thawed_init(struct facts *f)
{
	f->target = task_of("counter", 905, 5004, 1);
	with_view(f, "thawed");
	((struct mount *)mounts_covering(&f->target_view, "/proc"))->dev = makedev(0, 61);
	in_frame(f, task_of("criu-ns-init", 900, 0, 1));
	f->frame.ns_mnt = 4026532300;
	take_table(&f->frame_view, "thawed");
}

/* unshare -p in a thawed tree, without -m: it sees what its frame does. */
static void init_in_a_thawed_view(struct facts *f)
{
	thawed_init(f);
	f->frame.ns_mnt = f->target.ns_mnt;
	mounts_free(&f->frame_view);
}

/* The same with -m alone: the procfs is the frame's. */
static void init_with_the_proc_of_its_frame(struct facts *f)
{
	thawed_init(f);
	take_table(&f->target_view, "thawed");
}

/* unshare -p without -m, and in it a service with mounts of its own: whose /proc is it? */
static void private_tmp_without_a_frame_for_it(struct facts *f)
{
	private_tmp_below_a_thaw(f);
	f->frame_ns_mnt_fd = -1;
	f->frame.ns_mnt = f->ns_mnt;
	mounts_free(&f->frame_view);
}

/* systemd's ProtectSystem=strict */
static void read_only_root(struct facts *f)
{
	private_tmp(f);
	f->target_view.v[0].flags |= MS_RDONLY;
}

static void sandbox(struct facts *f)
{
	here(f);
	with_view(f, "bubblewrap");
}

static void ramfs(struct facts *f)
{
	private_tmp(f);
	f->target_view.v[0].fstype = "ramfs";
	f->target_view.v[0].dev++;
}

static void read_only_bind(struct facts *f)
{
	private_tmp(f);
	mount_at(&f->target_view, "/var/tmp")->flags |= MS_RDONLY;
}

static void lxc_init(struct facts *f)
{
	f->target = task_of("init", 940, 0, 1);
	with_view(f, "lxc");
	f->ns_pid_fd = A_FD;
}

static void same_mounts(struct facts *f)
{
	here(f);
	with_view(f, "host");
}

static void own_proc_only(struct facts *f)
{
	here(f);
	with_view(f, "thawed");
}

/* unshare -m --propagation unchanged, and a tmpfs more: all else are peers of the caller's. */
static void peers(struct facts *f)
{
	here(f);
	with_view(f, "host");
	mount_at(&f->target_view, "/run/user")->dev++;
}

/* unshare --user --pid --mount: the same mounts, and not to be entered. */
static void init_of_another_user(struct facts *f)
{
	f->target = task_of("bash", 940, 0, 1);
	with_view(f, "thawed");
	f->ns_pid_fd = A_FD;
	f->target_user_ns = f->mnt_owner = 4026532400;
}

/* Two mounts only, of which one is the caller's: what is added can be read. */
static void take_text(struct mounts *t, const char *text)
{
	mounts_free(t);
	*t = table_of(text);
}

#define SMALL_HOST                                                                                 \
	"10 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda rw\n"                                   \
	"11 10 0:5 / /proc rw,relatime shared:2 - proc proc rw\n"                                  \
	"12 10 8:2 /sub /srv/app rw shared:3 - ext4 /dev/sdb rw\n"

static void small(struct facts *f, const char *target)
{
	here(f);
	f->ns_mnt_fd = A_FD;
	f->target.ns_mnt = 4026532200;
	take_text(&f->caller_view, SMALL_HOST);
	take_text(&f->target_view, target);
}

static void small_service(struct facts *f)
{
	small(f, "20 2 8:1 / / rw,relatime master:1 - ext4 /dev/sda rw\n"
		 "21 20 0:5 / /proc rw,relatime master:2 - proc proc rw\n"
		 "22 20 8:2 /sub/x /a\\040b ro,nosuid master:3 - ext4 /dev/sdb rw\n"
		 "23 20 0:30 / /tmp rw - tmpfs t rw\n");
}

static void small_sandbox(struct facts *f)
{
	small(f, "20 2 0:30 /newroot / rw,nosuid - tmpfs t rw,size=5k\n"
		 "21 20 8:1 /usr /usr ro master:1 - ext4 /dev/sda rw\n"
		 "22 20 0:31 / /proc rw - proc proc rw\n");
}

static void small_container(struct facts *f)
{
	small(f, "20 2 8:1 /srv/box / rw,relatime - ext4 /dev/sda rw\n"
		 "21 20 0:31 / /proc rw - proc proc rw\n");
	f->target = task_of("tini", 812, 0, 1);
	f->ns_pid_fd = A_FD;
}

static void hostile_names(struct facts *f)
{
	small(f, "20 2 8:1 / / rw,relatime master:1 - ext4 /dev/sda rw\n"
		 "21 20 8:1 /x /x rw - ext4 /dev/sda rw\n"
		 "22 20 8:1 /y /x]:/etc rw - ext4 /dev/sda rw\n"
		 "23 20 0:31 / /proc rw - proc proc rw\n");
}

/* Private mounts need no procfs. */
static void private_without_proc(struct facts *f)
{
	small(f, "20 2 8:1 / / rw - ext4 /dev/sda rw\n"
		 "21 20 0:30 / /tmp rw - tmpfs t rw\n");
}

#define PRIVATE_ROOT "20 2 8:1 / / rw - ext4 /dev/sda rw\n"
#define A_SLAVE      "29 20 8:2 /sub /srv rw master:3 - ext4 /dev/sdb rw\n"

static void a_slave_that_is_left_out(struct facts *f)
{
	small(f, PRIVATE_ROOT "21 20 8:1 /x//deleted /a/b rw master:1 - ext4 /dev/sda rw\n"
			      "22 20 0:30 / /a rw - tmpfs t rw\n");
}

static void slave_without_proc(struct facts *f)
{
	small(f, PRIVATE_ROOT A_SLAVE);
}

static void shared_without_proc(struct facts *f)
{
	small(f, PRIVATE_ROOT "29 20 0:30 / /tmp rw shared:70 - tmpfs t rw\n");
}

static void slave_and_proc_below_a_tmpfs(struct facts *f)
{
	small(f, PRIVATE_ROOT "21 20 0:5 / /proc rw - proc proc rw\n"
			      "22 21 0:30 / /proc rw - tmpfs t rw\n" A_SLAVE);
}

static void slave_and_tmpfs_below_a_proc(struct facts *f)
{
	small(f, PRIVATE_ROOT "21 20 0:30 / /proc rw - tmpfs t rw\n"
			      "22 21 0:31 / /proc rw - proc proc rw\n" A_SLAVE);
}

static void private_and_proc_below_a_tmpfs(struct facts *f)
{
	small(f, PRIVATE_ROOT "21 20 0:5 / /proc rw - proc proc rw\n"
			      "22 21 0:30 / /proc rw - tmpfs t rw\n");
}

static void slave_and_a_folder_of_proc(struct facts *f)
{
	small(f, PRIVATE_ROOT "21 20 0:5 /sys /proc rw - proc proc rw\n" A_SLAVE);
}

static void slave_and_proc_elsewhere(struct facts *f)
{
	small(f, PRIVATE_ROOT "21 20 0:5 / /proc2 rw - proc proc rw\n" A_SLAVE);
}

static void slave_on_a_proc_as_root(struct facts *f)
{
	small(f, "20 2 0:5 / / rw - proc proc rw\n" A_SLAVE);
}

/* What nobody sees, here and on the host, with something of its own on it. */
static void with_a_hidden_mount(struct facts *f)
{
	small(f, PRIVATE_ROOT "21 20 8:1 /x//deleted /a/b\\040c rw - ext4 /dev/sda rw\n"
			      "22 21 0:31 / /a/b\\040c/d rw - tmpfs t rw\n"
			      "23 20 0:30 / /a rw - tmpfs t rw\n");
}

/* Two on one mountpoint, of which one is the host's. */
static void stacked(struct facts *f)
{
	small(f, PRIVATE_ROOT "21 20 8:2 /sub /a rw - ext4 /dev/sdb rw\n"
			      "22 21 0:30 / /a rw - tmpfs t rw\n");
}

#define A_PROC "28 20 0:31 / /proc rw - proc proc rw\n"

static void stacked_slave(struct facts *f)
{
	small(f, PRIVATE_ROOT A_PROC "21 20 8:2 /sub /a rw master:3 - ext4 /dev/sdb rw\n"
				     "22 21 0:30 / /a rw - tmpfs t rw\n");
}

static void stacked_shared(struct facts *f)
{
	small(f, PRIVATE_ROOT A_PROC "21 20 8:2 /sub /a rw shared:3 - ext4 /dev/sdb rw\n"
				     "22 21 0:30 / /a rw - tmpfs t rw\n");
}

static void stacked_shared_slave(struct facts *f)
{
	small(f, PRIVATE_ROOT A_PROC "21 20 8:2 /sub /a rw shared:70 master:3 - ext4 /dev/sdb rw\n"
				     "22 21 0:30 / /a rw - tmpfs t rw\n");
}

static void add_outside(struct facts *f, struct finding x)
{
	x.kind = FINDING_OUTSIDE_FILE;
	x.path = xstrdup(x.path);
	findings_add(&f->findings, &x);
}

/* A log that several descriptors have open, /dev/null, and a mapped file. */
static void add_files(struct facts *f)
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

static void files_outside(struct facts *f)
{
	same_mounts(f);
	add_files(f);
}

/* unshare --pid --mount --fork without --mount-proc: the caller's mounts. */
static void files_outside_of_an_init(struct facts *f)
{
	files_outside(f);
	f->target = task_of("sleep", 812, 0, 1);
	f->ns_pid_fd = A_FD;
}

static void files_outside_of_a_view(struct facts *f)
{
	small_service(f);
	add_files(f);
}

/* As the texts tell: nothing is parsed. */
static void surely_the_same(struct facts *f)
{
	here(f);
	f->ns_mnt_fd = A_FD;
	f->target.ns_mnt = 4026532200;
	f->same_view = true;
}

static void surely_the_same_for_an_init(struct facts *f)
{
	surely_the_same(f);
	f->target = task_of("sleep", 812, 0, 1);
	f->ns_pid_fd = A_FD;
}

static void add_nested(struct facts *f, const char *kind, pid_t pid, pid_t tid, ino_t ns)
{
	struct finding x = { .kind = FINDING_NESTED_NS,
			     .pid = pid,
			     .as = HELD_BY_TASK,
			     .ino = ns,
			     .ns = { .kind = kind, .tid = tid, .comm = "inner" } };

	findings_add(&f->findings, &x);
}

static void nested(struct facts *f)
{
	here(f);
	add_nested(f, "pid", 830, 830, 77);
}

static void nested_in_an_init(struct facts *f)
{
	container_init(f);
	add_nested(f, "pid", 960, 960, 77);
}

static void nested_mounts(struct facts *f)
{
	thawed(f);
	add_nested(f, "mnt", 830, 830, 77);
}

static void nested_mounts_in_the_callers(struct facts *f)
{
	here(f);
	take_table(&f->caller_view, "host");
	take_table(&f->target_view, "host");
	add_nested(f, "mnt", 830, 830, 77);
}

static void nested_mounts_in_a_view(struct facts *f)
{
	private_tmp(f);
	add_nested(f, "mnt", 830, 830, 77);
}

static void nested_mounts_in_a_locked_view(struct facts *f)
{
	nested_mounts_in_a_view(f);
	f->target_view.v[f->target_view.n - 1].locks = LOCK_MOUNT;
}

static void criu_mounts_in_a_view(struct facts *f)
{
	nested_mounts_in_a_view(f);
	f->findings.v[0].ns.is_crius = true;
}

static void nested_network(struct facts *f)
{
	here(f);
	add_nested(f, "net", 830, 830, 77);
}

static void nested_network_in_its_own(struct facts *f)
{
	nested_network(f);
	f->own_network = f->has_iptables = true;
}

static void nested_uts_in_its_own(struct facts *f)
{
	here(f);
	f->own_network = f->has_iptables = true;
	add_nested(f, "uts", 830, 830, 77);
}

static void thread_with_a_network(struct facts *f)
{
	nested_network_in_its_own(f);
	f->findings.v[0].ns.tid = 831;
}

static void a_terminal_outside(struct facts *f)
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

static void add_terminal(struct facts *f, const char *path, struct found_terminal t)
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

static void a_held_terminal(struct facts *f)
{
	here(f);
	add_terminal(f, "/dev/pts/3", (struct found_terminal){ .rdev = 0x8803 });
}

static void a_held_terminal_outside(struct facts *f)
{
	a_terminal_outside(f);
	f->findings.v[0].dev = 0x19;
	add_terminal(f, "/dev/pts/3", (struct found_terminal){ .rdev = 0x8803 });
}

static void a_job(struct facts *f)
{
	here(f);
	f->target.session = 700;
	add_terminal(f, "/dev/pts/3", (struct found_terminal){ .rdev = 0x8803, .is_job = true });
}

static void a_job_with_another(struct facts *f)
{
	a_job(f);
	add_terminal(f, "/dev/pts/4", (struct found_terminal){ .rdev = 0x8804 });
	add_terminal(f, "/dev/tty",
		     (struct found_terminal){
			     .rdev = 0x500, .is_dev_tty = true, .is_job = true, .is_after = true });
}

static void a_job_that_opened_it_again(struct facts *f)
{
	a_job(f);
	f->findings.v[0].terminal.again_pid = 813;
	f->findings.v[0].terminal.again_fd = 10;
}

static void a_led_terminal_and_dev_tty(struct facts *f)
{
	here(f);
	add_terminal(f, "/dev/tty",
		     (struct found_terminal){ .rdev = 0x500, .is_dev_tty = true, .leads = true });
	add_terminal(f, "/dev/pts/3", (struct found_terminal){ .rdev = 0x8803, .leads = true });
}

static void dev_tty_of(struct facts *f, struct found_terminal t)
{
	here(f);
	t.is_dev_tty = true;
	add_terminal(f, "/dev/tty", t);
}

static void dev_tty_of_a_pager(struct facts *f)
{
	dev_tty_of(f, (struct found_terminal){ .leads = true, .is_inside = true });
}

static void dev_tty_first(struct facts *f)
{
	dev_tty_of(f,
		   (struct found_terminal){ .leads = true, .is_inside = true, .is_first = true });
}

static void own_network(struct facts *f)
{
	here(f);
	f->own_network = true;
}

static void own_network_and_iptables(struct facts *f)
{
	own_network(f);
	f->has_iptables = true;
}

/* Freeze */

static bool same_lines(const char *steps, const struct plan *p)
{
	size_t n = 0;

	/* Each part, in this order, in a step of its own. */
	while (*steps) {
		size_t length = strcspn(steps, "|");
		char *part = xstrndup(steps, length);

		while (n < p->n_steps && !strstr(p->steps[n].what, part))
			n++;
		if (n++ == p->n_steps)
			print_error("no step says, in this order: %s\n", part);
		free(part);
		if (n > p->n_steps)
			return false;
		steps += length + (steps[length] == '|');
	}
	return true;
}

static void assert_steps(const struct plan *p, const char *steps)
{
	assert_true(same_lines(steps, p));
	for (size_t i = 0; i < p->n_steps; i++)
		UNIT_CHECK(*p->steps[i].why, "no reason for: %s", p->steps[i].what);
}

/* What a dump of a view of its own asks for, behind all that is told of mounts. */
#define RECHECK "--action-script /proc/self/fd/<recheck>"
#define SLOTS   "--images-dir /proc/self/fd/<images> --work-dir /proc/self/fd/<work>"

static struct finding *add_file(struct facts *f, enum finding_kind kind, const char *path)
{
	return findings_add(&f->findings, &(struct finding){ .kind = kind,
							     .pid = 813,
							     .fd = 7,
							     .path = xstrdup(path),
							     .dev = makedev(0, 44),
							     .other = 9 });
}

static void a_connection(struct facts *f)
{
	here(f);
	add_file(f, FINDING_CONNECTION, "socket:[7]")->socket.is_inside = true;
}

static void a_connection_and_iptables(struct facts *f)
{
	a_connection(f);
	f->has_iptables = true;
}

static void a_renamed_socket(struct facts *f)
{
	struct finding *x;

	here(f);
	x = add_file(f, FINDING_SOCKET_LACK, "socket:[7]");
	x->socket.lack = LACK_RENAMED;
	x->socket.is.ino = 7;
	x->socket.name = xstrdup("/run/x.tmp");
	x->socket.name_now = xstrdup("/run/x");
}

static void a_linked_socket(struct facts *f)
{
	a_renamed_socket(f);
	free(f->findings.v[0].socket.name_now);
	f->findings.v[0].socket.name_now = NULL;
}

static void a_full_fifo(struct facts *f)
{
	here(f);
	add_file(f, FINDING_FULL_FIFO, "/run/fifo")->size = 4;
}

static void a_lock(struct facts *f)
{
	here(f);
	add_file(f, FINDING_LOCK, "/lock");
	add_file(f, FINDING_LOCK, "/other")->lock.is_lease = true;
}

static void a_lock_of_an_ancestors(struct facts *f)
{
	here(f);
	add_file(f, FINDING_LOCK, "/lock")->lock =
		(struct file_lock){ .is_shared = true, .is_ancestors = true, .comm = "flock" };
}

static void a_lock_of_a_strangers(struct facts *f)
{
	a_lock_of_an_ancestors(f);
	f->findings.v[0].lock.is_ancestors = false;
}

static void ghosts(struct facts *f)
{
	here(f);
	add_file(f, FINDING_GHOST, "/a (deleted)")->size = 2 << 20;
	add_file(f, FINDING_GHOST, "/b (deleted)")->size = 3 << 20;
}

static void unlinked_files(struct facts *f)
{
	here(f);
	add_file(f, FINDING_UNLINKED, "/a (deleted)");
	add_file(f, FINDING_UNLINKED, "/b (deleted)");
}

static void watches(struct facts *f)
{
	here(f);
	add_file(f, FINDING_WATCH, "anon_inode:inotify")->place = xstrdup("/srv/a");
	add_file(f, FINDING_WATCH, "anon_inode:inotify")->place = xstrdup("/");
}

static void a_lost_watch(struct facts *f)
{
	here(f);
	add_file(f, FINDING_WATCH, "anon_inode:inotify")->place = NULL;
}

static void a_gone_watch(struct facts *f)
{
	here(f);
	add_file(f, FINDING_GONE_WATCH, "anon_inode:inotify")->needs_path = true;
}

static void another_node(struct facts *f)
{
	here(f);
	add_file(f, FINDING_OTHER_NODE, "/dev/null");
}

static void uprobes(struct facts *f)
{
	here(f);
	add_file(f, FINDING_UPROBES, "[uprobes]");
}

static void a_ping(struct facts *f)
{
	here(f);
	add_file(f, FINDING_SOCKET_LACK, "socket:[7]")->socket.lack = LACK_PING;
}

static void an_io_uring(struct facts *f)
{
	here(f);
	add_file(f, FINDING_UNSUPPORTED, "anon_inode:[io_uring]")->unsupported.what =
		UNSUPPORTED_IO_URING;
}

/* With huge pages, of which none is free. */
static void no_huge_page(struct facts *f)
{
	here(f);
	add_file(f, FINDING_UNSUPPORTED, "/anon_hugepage (deleted)")->unsupported =
		(struct unsupported_file){ .what = UNSUPPORTED_HUGE, .kib = 2048 };
}

static void foreign_network(struct facts *f)
{
	container_init(f);
	f->target_user_ns = 4026532900;
	f->foreign_ns = "net";
}

static const struct freeze {
	const char *name;
	facts_fn *facts;
	const char *line;
	bool posix, enter_pid, stop_init;
	enum plan_mounts mounts;
	pid_t tree;
	const char *args, *steps;
} freezes[] = {
	{ "in the caller's frame nothing changes", here, "dump -t 812 -D d", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 -D d",
	  "run criu in the caller's pid namespace|stay in the caller's mount namespace" },
	{ "own options are gone from criu's line", here, "--dry-run dump -t 812 --criu-binary /b",
	  false, false, false, MOUNTS_CALLER, 812, "dump -t 812", "" },
	{ "a thawed target is frozen in its own frame", thawed, "dump -t 901 -D d -o log", false,
	  true, false, MOUNTS_TARGET, 5000, "dump -t 901 -D d -o log " SLOTS " --tree 5000",
	  "join the pid namespace of process 900 (criu-ns-init)|pid 901 to 5000|"
	  "join the mount namespace of process 901 (counter)|directories d and w" },
	{ "what is added goes in front of --", thawed, "dump -t 901 --", false, true, false,
	  MOUNTS_TARGET, 5000, "dump -t 901 " SLOTS " --tree 5000 --", "" },
	{ "POSIX: what is added goes in front of the command", thawed, "-t 901 -D d dump", true,
	  true, false, MOUNTS_TARGET, 5000, "-t 901 -D d " SLOTS " --tree 5000 dump", "" },
	{ "a pre-dump goes the same way", thawed, "pre-dump -t 901", false, true, false,
	  MOUNTS_TARGET, 5000, "pre-dump -t 901 " SLOTS " --tree 5000", "901 to 5000" },
	{ "an init that is not ours is stopped meanwhile", unshared, "dump -t 901", false, true,
	  true, MOUNTS_TARGET, 5000, "dump -t 901 " SLOTS " --tree 5000",
	  "join the pid namespace of process 900 (bash)|stop process 900 (bash)|901 to 5000" },
	{ "a caller two pid namespaces up takes the innermost number", thawed_in_a_container,
	  "dump -t 951", false, true, false, MOUNTS_TARGET, 3, "dump -t 951 " SLOTS " --tree 3",
	  "pid namespace of process 950|951 to 3|mount namespace of process 951" },
	{ "an init is frozen from one level up", container_init, "dump -t 940", false, false, false,
	  MOUNTS_CALLER, 940, "dump -t 940 9*KEY " RECHECK,
	  "run criu in the caller's pid namespace|save the mounts of process 940|"
	  "mount / (ext4, relatime): /srv/bundle/rootfs of /|mount /dev (tmpfs, nosuid)|"
	  "mount /sys/fs/cgroup/cpu (cgroup, ro,nosuid,nodev,noexec,relatime): /box1 of "
	  "/sys/fs/cgroup/cpu, key criu-ns-1|mount /sys/firmware (|write criu-ns.recipe" },
	{ "an init, and the user wants criu to find its mounts", container_init,
	  "dump -t 940 -M auto", false, false, false, MOUNTS_CALLER, 940,
	  "dump -t 940 -M auto --external mnt[]:m " RECHECK, "mount /sys/firmware (|mnt[]:m" },
	{ "an init two levels down is frozen from one level up too", init_in_a_container,
	  "dump -t 951", false, true, true, MOUNTS_FRAME, 21,
	  "dump -t 951 9*KEY " RECHECK " " SLOTS " --tree 21",
	  "pid namespace of process 940|951 to 21|mount namespace of process 940|write" },
	{ "an LXC container", lxc_init, "dump -t 940", false, false, false, MOUNTS_CALLER, 940,
	  "dump -t 940 11*KEY " RECHECK, "mount / (ext4, relatime): /var/lib/lxc/u1/rootfs of /" },
	{ "a service with mounts of its own: what is the host's is named", private_tmp,
	  "dump -t 812", false, false, false, MOUNTS_CALLER, 812, "dump -t 812 19*KEY " RECHECK,
	  "mount /dev/shm (tmpfs, relatime)|mount /var/tmp (ext4, relatime): /srv/private-tmp of "
	  "/, key criu-ns-21|mount /mnt (tmpfs, relatime)|"
	  "look at the mounts again|write criu-ns.recipe" },
	{ "unless the user has said so", private_tmp, "dump --external mnt[]:m -t 812", false,
	  false, false, MOUNTS_CALLER, 812, "dump --external mnt[]:m -t 812 " RECHECK,
	  "mount /mnt (" },
	{ "in the old words nothing is missing", container_init,
	  "dump --enable-external-masters -t 940", false, false, false, MOUNTS_CALLER, 940,
	  "dump --enable-external-masters -t 940 9*KEY " RECHECK, "mount /dev (" },
	{ "in the old words mnt[] is missing, where it is needed", own_proc_only,
	  "dump --enable-external-masters -t 812", false, false, false, MOUNTS_CALLER, 812,
	  "dump --enable-external-masters -t 812 17*KEY --external mnt[] " RECHECK,
	  "mount /proc (" },
	{ "mnt[]:s says nothing about masters", private_tmp, "dump --external mnt[]:s -t 812",
	  false, false, false, MOUNTS_CALLER, 812,
	  "dump --external mnt[]:s -t 812 --external mnt[]:m " RECHECK, "mnt[]:m" },
	{ "mnt[]:sm says what criu reads of it, and the rest is added", private_tmp,
	  "dump --external mnt[]:sm -t 812", false, false, false, MOUNTS_CALLER, 812,
	  "dump --external mnt[]:sm -t 812 --external mnt[]:m " RECHECK, "mnt[]:m" },
	{ "a read-only root is frozen as it is", read_only_root, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 19*KEY " RECHECK,
	  "mount / (ext4, ro,relatime)|mount /var/tmp (" },
	{ "so is a read-only bind of its file system", read_only_bind, "dump -t 812", false, false,
	  false, MOUNTS_CALLER, 812, "dump -t 812 19*KEY " RECHECK,
	  "mount / (ext4, relatime)|mount /var/tmp (ext4, ro,relatime)" },
	{ "the content of a tmpfs root is kept", sandbox, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 9*KEY " RECHECK,
	  "mount / (tmpfs, nosuid,nodev,relatime)|keep the content of / in "
	  "criu-ns.root.tar|write" },
	{ "a service below a thawed tree is frozen from the frame, not from its own view",
	  private_tmp_below_a_thaw, "dump -t 905", false, true, false, MOUNTS_FRAME, 5004,
	  "dump -t 905 19*KEY " RECHECK " " SLOTS " --tree 5004",
	  "905 to 5004|mount namespace of process 900|mount /var/tmp (|mount /mnt (" },
	{ "so is an init whose view differs from the frame's in /proc only", thawed_init,
	  "dump -t 905", false, true, false, MOUNTS_FRAME, 5004,
	  "dump -t 905 17*KEY --external mnt[]:m " RECHECK " " SLOTS " --tree 5004",
	  "mount namespace of process 900|mount /proc (" },
	{ "one that has the frame's mount namespace is entered", init_in_a_thawed_view,
	  "dump -t 905", false, true, false, MOUNTS_TARGET, 5004,
	  "dump -t 905 " SLOTS " --tree 5004", "mount namespace of process 905" },
	{ "so is one that has the frame's /proc", init_with_the_proc_of_its_frame, "dump -t 905",
	  false, true, false, MOUNTS_TARGET, 5004, "dump -t 905 " SLOTS " --tree 5004",
	  "mount namespace of process 905" },
	{ "a session outside is left, and the images are told", session_outside,
	  "dump -t 901 --own-session", false, true, false, MOUNTS_TARGET, 5000,
	  "dump -t 901 " RECHECK " " SLOTS " --tree 5000", "1 process call setsid(2)" },
	{ "a pre-dump does not ask for sessions", session_outside, "pre-dump -t 901 --own-session",
	  false, true, false, MOUNTS_TARGET, 5000, "pre-dump -t 901 " SLOTS " --tree 5000",
	  "901 to 5000" },
	{ "a frozen cgroup is named", a_frozen_cgroup, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 --freeze-cgroup /cg/a", "add --freeze-cgroup /cg/a" },
	{ "unless the user names it", a_frozen_part, "dump -t 812 --freeze-cgroup /cg/x", false,
	  false, false, MOUNTS_CALLER, 812, "dump -t 812 --freeze-cgroup /cg/x", "" },
	{ "or wants nothing to be added", a_frozen_cgroup, "dump -t 812 --as-given", false, false,
	  false, MOUNTS_CALLER, 812, "dump -t 812", "" },
	{ "a large tree gets time", many_tasks, "dump -t 812", false, false, false, MOUNTS_CALLER,
	  812, "dump -t 812 --timeout 60", "add --timeout 60" },
	{ "unless the user gives it", many_tasks, "dump -t 812 --timeout 5", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 --timeout 5", "" },
	{ "who gives a timeout waits for what waits", waiting, "dump -t 812 --timeout 60", false,
	  false, false, MOUNTS_CALLER, 812, "dump -t 812 --timeout 60", "" },
	{ "children of another pid namespace are no obstacle", children_pid, "dump -t 812", false,
	  false, false, MOUNTS_CALLER, 812, "dump -t 812", "" },
	{ "so are peers of the host's", peers, "dump -t 812", false, false, false, MOUNTS_CALLER,
	  812, "dump -t 812 17*KEY " RECHECK, "mount /run/user (" },
	{ "unless the user has done it", peers, "dump -t 812 --external mnt[]:s", false, false,
	  false, MOUNTS_CALLER, 812, "dump -t 812 --external mnt[]:s " RECHECK,
	  "mount /run/user (" },
	{ "a mount namespace with the caller's mounts is entered alone", same_mounts, "dump -t 812",
	  false, false, false, MOUNTS_TARGET, 812, "dump -t 812 " SLOTS,
	  "run criu in the caller's pid namespace|mount namespace of process 812|directories" },
	{ "a /proc of its own is not entered without its pid namespace", own_proc_only,
	  "dump -t 812", false, false, false, MOUNTS_CALLER, 812,
	  "dump -t 812 17*KEY --external mnt[]:m " RECHECK, "save the mounts" },
	{ "a mount namespace of another user namespace is not entered", init_of_another_user,
	  "dump -t 940", false, false, false, MOUNTS_CALLER, 940,
	  "dump -t 940 17*KEY --external mnt[]:m " RECHECK, "save the mounts" },

	{ "a view that is surely the caller's, too", surely_the_same, "dump -t 812", false, false,
	  false, MOUNTS_TARGET, 812, "dump -t 812 " SLOTS,
	  "mount namespace of process 812|directories" },
	{ "also that of an init", surely_the_same_for_an_init, "dump -t 812", false, false, false,
	  MOUNTS_TARGET, 812, "dump -t 812 " SLOTS,
	  "run criu in the caller's pid namespace|mount namespace of process 812" },

	/* Propagation, and a /proc for it */
	{ "private mounts need no /proc", private_without_proc, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 " RECHECK, "save the mounts|mount /tmp (" },
	{ "nor do they with a slave that is left out", a_slave_that_is_left_out, "dump -t 812",
	  false, false, false, MOUNTS_CALLER, 812, "dump -t 812 --skip-mnt /a/b " RECHECK, "" },
	{ "slaves do, and whose it is does not matter", slave_and_tmpfs_below_a_proc, "dump -t 812",
	  false, false, false, MOUNTS_CALLER, 812, "dump -t 812 1*KEY " RECHECK,
	  "mount /srv (ext4" },

	/* Two on one mountpoint */
	{ "private ones of a stack are criu's to find", stacked, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 --external mnt[] " RECHECK, "mount /a (ext4" },
	{ "in the old words, too", stacked,
	  "dump -t 812 --enable-external-masters --enable-external-sharing", false, false, false,
	  MOUNTS_CALLER, 812,
	  "dump -t 812 --enable-external-masters --enable-external-sharing --external mnt[] " RECHECK,
	  "" },
	{ "unless that was said", stacked, "dump -t 812 --external mnt[]", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 --external mnt[] " RECHECK, "" },
	{ "a slave in a stack", stacked_slave, "dump -t 812", false, false, false, MOUNTS_CALLER,
	  812, "dump -t 812 --external mnt[]:m " RECHECK, "add --external mnt[]:m" },
	{ "in the old words", stacked_slave, "dump -t 812 --enable-external-masters", false, false,
	  false, MOUNTS_CALLER, 812,
	  "dump -t 812 --enable-external-masters --external mnt[] " RECHECK, "" },
	{ "in the old words for something else", stacked_slave,
	  "dump -t 812 --enable-external-sharing", false, false, false, MOUNTS_CALLER, 812,
	  "dump -t 812 --enable-external-sharing --external mnt[]:m " RECHECK,
	  "add --external mnt[]:m" },
	{ "a shared one in a stack", stacked_shared, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 --external mnt[]:s " RECHECK, "add --external mnt[]:s" },
	{ "in the old words of sharing", stacked_shared, "dump -t 812 --enable-external-sharing",
	  false, false, false, MOUNTS_CALLER, 812,
	  "dump -t 812 --enable-external-sharing --external mnt[] " RECHECK, "" },
	{ "one that is both", stacked_shared_slave, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 --external mnt[]:m --external mnt[]:s " RECHECK, "" },
	{ "half of it in the old words", stacked_shared_slave,
	  "dump -t 812 --enable-external-masters", false, false, false, MOUNTS_CALLER, 812,
	  "dump -t 812 --enable-external-masters --external mnt[]:s " RECHECK, "" },
	{ "all of it in the old words", stacked_shared_slave,
	  "dump -t 812 --enable-external-masters --enable-external-sharing", false, false, false,
	  MOUNTS_CALLER, 812,
	  "dump -t 812 --enable-external-masters --enable-external-sharing --external mnt[] " RECHECK,
	  "" },

	/* Two or three mounts: all that is added, in its order and place */
	{ "the longer mountpoints come first, in front of --", small_service, "dump -t 812 --",
	  false, false, false, MOUNTS_CALLER, 812, "dump -t 812 2*KEY " RECHECK " --",
	  "mount / (ext4, relatime): / of /|mount /proc (proc, relatime): key criu-ns-1|"
	  "mount /a b (ext4, ro,nosuid): /x of /srv/app, key criu-ns-2|mount /tmp (tmpfs, -)" },
	{ "what is named by hand is not named again", small_service,
	  "dump -t 812 --external 'mnt[/a b]:KEY'", false, false, false, MOUNTS_CALLER, 812,
	  "dump -t 812 --external 'mnt[/a b]:KEY' 1*KEY " RECHECK,
	  "mount /a b (ext4, ro,nosuid): key KEY" },
	{ "what is skipped is not named", small_service, "dump -t 812 --skip-mnt '/a b'", false,
	  false, false, MOUNTS_CALLER, 812, "dump -t 812 --skip-mnt '/a b' 1*KEY " RECHECK,
	  "mount /tmp (" },
	{ "all that can be added, in its order", small_sandbox, "dump -t 812 -R", false, false,
	  false, MOUNTS_CALLER, 812, "dump -t 812 -R 1*KEY " RECHECK, "keep the content of /" },
	{ "an init on a folder of the host's", small_container, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 " RECHECK, "mount / (ext4, relatime): /srv/box of /" },
	{ "names that can be told apart", hostile_names, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 2*KEY " RECHECK, "" },

	/* Nested namespaces */
	{ "a mount namespace below a view of its own is criu's to save", nested_mounts_in_a_view,
	  "dump -t 812", false, false, false, MOUNTS_CALLER, 812, "dump -t 812 19*KEY " RECHECK,
	  "" },
	{ "with locks, too, for those who can do without them", nested_mounts_in_a_locked_view,
	  "dump -t 812 --lose-locks", false, false, false, MOUNTS_CALLER, 812,
	  "dump -t 812 19*KEY " RECHECK, "" },
	{ "below the caller's, which criu leaves for a copy", nested_mounts_in_the_callers,
	  "dump -t 812", false, false, false, MOUNTS_CALLER, 812, "dump -t 812 18*KEY " RECHECK,
	  "run criu in a copy of the mount namespace" },
	{ "and below that of a thawed tree", nested_mounts, "dump -t 901", false, true, false,
	  MOUNTS_TARGET, 5000, "dump -t 901 18*KEY " RECHECK " " SLOTS " --tree 5000",
	  "run criu in a copy of the mount namespace" },
	{ "a network namespace below one, too", nested_network_in_its_own, "dump -t 812", false,
	  false, false, MOUNTS_CALLER, 812, "dump -t 812", "" },
	{ "or one that is named by hand", nested_network, "dump -t 812 --external net[77]:KEY",
	  false, false, false, MOUNTS_CALLER, 812, "dump -t 812 --external net[77]:KEY", "" },

	/* Files outside */
	{ "each file is named once", files_outside, "dump -t 812", false, false, false,
	  MOUNTS_TARGET, 812,
	  "dump -t 812 --external file[73:5] --external file[73:abc] --external "
	  "file[74:abc] " SLOTS,
	  "mount namespace of process 812|add --external file[73:5]|file /dev/null|"
	  "add --external file[73:abc]|file /log|file /lib.so|directories|write criu-ns.recipe" },
	{ "behind the mounts", files_outside_of_a_view, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812,
	  "dump -t 812 2*KEY " RECHECK
	  " --external file[73:5] --external file[73:abc] --external file[74:abc]",
	  "mount /tmp (|file /dev/null" },
	{ "but for what is named by hand", files_outside, "dump -t 812 --external file[73:abc]",
	  false, false, false, MOUNTS_TARGET, 812,
	  "dump -t 812 --external file[73:abc] --external file[73:5] --external "
	  "file[74:abc] " SLOTS,
	  "" },
	{ "a terminal of a shell job is criu's", a_terminal_outside, "dump -t 812 -j", false, false,
	  false, MOUNTS_TARGET, 812, "dump -t 812 -j " SLOTS, "" },

	{ "in a stream, too", a_terminal_outside, "dump -t 812 -j --stream", false, false, false,
	  MOUNTS_TARGET, 812, "dump -t 812 -j --stream " SLOTS, "" },
	{ "what is named by hand may be in a stream", files_outside,
	  "dump -t 812 --stream --external file[73:5] --external file[73:abc] --external "
	  "file[74:abc]",
	  false, false, false, MOUNTS_TARGET, 812,
	  "dump -t 812 --stream --external file[73:5] --external file[73:abc] --external "
	  "file[74:abc] " SLOTS,
	  "" },

	/* Terminals */
	{ "a terminal that is held is external", a_held_terminal, "dump -t 812", false, false,
	  false, MOUNTS_CALLER, 812, "dump -t 812 --external tty[8803:19]",
	  "add --external tty[8803:19]|  terminal /dev/pts/3" },
	{ "outside of the mount namespace as well", a_held_terminal_outside, "dump -t 812", false,
	  false, false, MOUNTS_TARGET, 812, "dump -t 812 --external tty[8803:19] " SLOTS, "" },
	{ "it is named once", a_held_terminal, "dump -t 812 --external tty[8803:19]:x", false,
	  false, false, MOUNTS_CALLER, 812, "dump -t 812 --external tty[8803:19]:x", "" },
	{ "or left to criu", a_held_terminal, "dump -t 812 --as-given", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812", "" },
	{ "a job of a shell's is that by itself", a_job, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 --shell-job", "add --shell-job|write criu-ns.recipe" },
	{ "that was said", a_job, "dump -t 812 -j", false, false, false, MOUNTS_CALLER, 812,
	  "dump -t 812 -j", "write criu-ns.recipe" },
	{ "its other terminals are external", a_job_with_another, "dump -t 812", false, false,
	  false, MOUNTS_CALLER, 812,
	  "dump -t 812 --shell-job --external tty[8804:19] --external tty[500:19]", "" },
	{ "/dev/tty of a session in the tree, too", a_led_terminal_and_dev_tty, "dump -t 812",
	  false, false, false, MOUNTS_CALLER, 812,
	  "dump -t 812 --external tty[500:19] --external tty[8803:19]", "" },
	{ "criu freezes some by itself", dev_tty_first, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812", "" },

	/* Files that take an option */
	{ "locks", a_lock, "dump -t 812", false, false, false, MOUNTS_CALLER, 812,
	  "dump -t 812 --file-locks", "add --file-locks" },
	{ "or without, as the user says", a_lock, "dump -t 812 --no-file-locks", false, false,
	  false, MOUNTS_CALLER, 812, "dump -t 812 --no-file-locks", "" },
	{ "or as given", a_lock, "dump -t 812 --as-given", false, false, false, MOUNTS_CALLER, 812,
	  "dump -t 812", "" },
	{ "a lock of a stranger's, by hand", a_lock_of_a_strangers, "dump -t 812 --file-locks",
	  false, false, false, MOUNTS_CALLER, 812, "dump -t 812 --file-locks", "" },
	{ "deleted files, with room to grow", ghosts, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 --ghost-limit 6291456", "add --ghost-limit 6291456" },
	{ "or up to the user's limit", ghosts, "dump -t 812 --ghost-limit=4M", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 --ghost-limit=4M", "" },
	{ "names that have gone", unlinked_files, "dump -t 812", false, false, false, MOUNTS_CALLER,
	  812, "dump -t 812 --link-remap", "add --link-remap" },
	{ "watches, also of the root", watches, "dump -t 812", false, false, false, MOUNTS_CALLER,
	  812, "dump -t 812 --irmap-scan-path /srv/a --irmap-scan-path /.",
	  "add --irmap-scan-path /srv/a|add --irmap-scan-path /." },
	{ "a watch that is for the user to find", a_lost_watch,
	  "dump -t 812 --irmap-scan-path /srv", false, false, false, MOUNTS_CALLER, 812,
	  "dump -t 812 --irmap-scan-path /srv", "" },
	{ "another node of a device", another_node, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 --evasive-devices", "add --evasive-devices" },
	{ "uprobes", uprobes, "dump -t 812", false, false, false, MOUNTS_CALLER, 812,
	  "dump -t 812 --allow-uprobes", "add --allow-uprobes" },

	/* A network of its own */
	{ "without iptables it is locked with nftables", own_network, "dump -t 812", false, false,
	  false, MOUNTS_CALLER, 812, "dump -t 812 --network-lock nftables", "--network-lock" },
	{ "with it as criu does", own_network_and_iptables, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812", "" },
	{ "or as the user says", own_network, "dump -t 812 --network-lock=skip", false, false,
	  false, MOUNTS_CALLER, 812, "dump -t 812 --network-lock=skip", "" },

	/* Sockets */
	{ "a renamed socket is left to criu", a_renamed_socket, "dump -t 812 --as-given", false,
	  false, false, MOUNTS_CALLER, 812, "dump -t 812", "" },

	/* Connections in the caller's */
	{ "they are locked with nftables, too", a_connection, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 --tcp-established --network-lock nftables",
	  "add --tcp-established|add --network-lock nftables" },
	{ "with iptables as criu does", a_connection_and_iptables, "dump -t 812", false, false,
	  false, MOUNTS_CALLER, 812, "dump -t 812 --tcp-established", "add --tcp-established" },
	{ "or as the user says here", a_connection, "dump -t 812 --network-lock=skip", false, false,
	  false, MOUNTS_CALLER, 812, "dump -t 812 --network-lock=skip --tcp-established",
	  "add --tcp-established" },
	{ "nothing is locked that is closed", a_connection, "dump -t 812 --tcp-close", false, false,
	  false, MOUNTS_CALLER, 812, "dump -t 812 --tcp-close", "" },
	{ "nor added to what is given", a_connection, "dump -t 812 --as-given --tcp-established",
	  false, false, false, MOUNTS_CALLER, 812, "dump -t 812 --tcp-established", "" },
};

/* `--external mnt[AT]:criu-ns-N`, any number of times, as one word: tests/unit/mount_sort.c has them. */
static void assert_words(const struct strv *words, const char *expected)
{
	struct strv shorter = { 0 };
	unsigned keys = 0;

	for (size_t i = 0; i < words->n; i++) {
		const char *value = i + 1 < words->n ? words->v[i + 1] : "";

		if (!strcmp(words->v[i], "--external") && !strncmp(value, "mnt[/", 5) &&
		    strstr(value, "]:criu-ns-")) {
			keys++;
			i++;
			continue;
		}
		if (keys)
			strv_take(&shorter, xasprintf("%u*KEY", keys));
		keys = 0;
		strv_add(&shorter, words->v[i]);
	}
	if (keys)
		strv_take(&shorter, xasprintf("%u*KEY", keys));
	unit_assert_words(&shorter, expected);
	strv_free(&shorter);
}

static void freeze_is_planned(void **state)
{
	const struct freeze *x = *state;
	struct unit_cli u = unit_parse(x->line, NULL, x->posix);
	struct facts f;
	struct plan p;
	struct err e = { 0 };

	any_facts(&f);
	x->facts(&f);
	assert_int_equal(u.r, 0);
	UNIT_CHECK(freeze(&u.cli, &f, &p, &e) == 0, "%s", e.what);
	assert_int_equal(p.enter_pid, x->enter_pid);
	assert_int_equal(p.stop_init, x->stop_init);
	assert_int_equal(p.mounts, x->mounts);
	assert_int_equal(p.tree, x->tree);
	assert_int_equal(p.record, u.cli.command == CMD_DUMP && !u.cli.stream);
	assert_int_equal(p.recipe.init, task_is_init(&f.target));
	assert_int_equal(p.recheck, strstr(x->args, "<recheck>") != NULL);
	assert_int_equal(p.keep_root, p.recipe.n_mounts && p.recipe.mounts[0].owner == OWNER_KEPT);
	assert_words(&p.args, x->args);
	assert_steps(&p, x->steps);
	plan_free(&p);
	forget(&f);
	unit_parse_free(&u);
}

/* Refusals: one line that names what is in the way. */

static void zombie(struct facts *f)
{
	here(f);
	f->target.state = 'Z';
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

static void no_images_dir(struct facts *f)
{
	f->images_dir = (struct dir){ .path = "d", .fd = -1, .errnum = ENOENT };
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

struct refusal {
	const char *name;
	facts_fn *facts;
	const char *line, *what, *hint;
	int r;
};

static const struct refusal freeze_refusals[] = {
	{ "a zombie", zombie, "dump -t 812", "process 812 (sshd worker) is a zombie", "", -EINVAL },
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
	  "the cgroup /cg/a is frozen, and one below it", "one of them", -EINVAL },
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
	{ "a slave, and a folder of a procfs on /proc", slave_and_a_folder_of_proc, "dump -t 812",
	  "process 812 (sshd worker) has a proc on /proc, where criu needs a procfs", "", -EINVAL },
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
	  "cannot write to the images directory d", "", -EROFS },
	{ "no work directory", freeze_no_work_dir, "dump -t 812 -W w",
	  "cannot open the work directory w", "", -EACCES },
	{ "a socket with another link", a_linked_socket, "dump -t 812",
	  "was bound to /run/x.tmp, but has the name of another link now", "--as-given", -EINVAL },
	{ "a work directory that is not ours to write", freeze_unwritable_work, "dump -t 812 -W w",
	  "cannot write to the work directory w", "", -EACCES },
};

static void assert_refused(const struct refusal *x, int r, const struct err *e, struct plan *p)
{
	assert_int_equal(r, x->r);
	unit_assert_contains(e->what, x->what);
	unit_assert_contains(e->hint, x->hint);
	unit_assert_lacks(e->what, "(null)");
	unit_assert_lacks(e->hint, "(null)");
	assert_int_equal(p->args.n + p->n_steps + p->notes.n, 0); /* nothing is half decided */
	assert_true(recipe_is_empty(&p->recipe));
	plan_free(p);
}

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

/* Each has its words; those that a plugin may know are left to it. */
static void unsupported_is_refused(void **state)
{
	unsigned plugin = 0;

	(void)state;
	for (int what = 0; what <= UNSUPPORTED_UNMOUNTED; what++) {
		for (int has_plugins = 0; has_plugins <= 1; has_plugins++) {
			struct unit_cli u = unit_parse("dump -t 812", NULL, false);
			struct facts f;
			struct plan p;
			struct err e = { 0 };
			int r;

			any_facts(&f);
			here(&f);
			f.has_plugins = has_plugins;
			add_file(&f, FINDING_UNSUPPORTED, "anon_inode:[x]")->unsupported =
				(struct unsupported_file){ .what = (enum unsupported)what,
							   .comm = "node",
							   .more = 2 };
			r = freeze(&u.cli, &f, &p, &e);
			if (has_plugins && !r) {
				plugin++;
			} else {
				assert_int_equal(r, -EINVAL);
				unit_assert_contains(
					e.what, "descriptor 7 of process 813 (anon_inode:[x])");
				unit_assert_lacks(e.what, "(null)");
				assert_true(strlen(e.hint) > 10);
			}
			plan_free(&p);
			forget(&f);
			unit_parse_free(&u);
		}
	}
	assert_int_equal(plugin, 5); /* other, userfaultfd, device, FUSE, old pidfd */
}

/* Refusals that hold only before a version of criu; of one that is not known, the newest that was tried decides. */
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

/* What is remembered for the thaw, and said now. */
static void files_are_remembered(void **state)
{
	static const struct {
		facts_fn *facts;
		unsigned needs;
		const char *note;
	} cases[] = {
		{ a_lock, 1U << NEED_FILE_LOCKS, "" },
		{ a_lock_of_an_ancestors, 1U << NEED_FILE_LOCKS,
		  "process 9 (flock), from which the tree comes" },
		{ ghosts, 0, "(/a (deleted)) and 1 more have been deleted: their content (5 MiB)" },
		{ unlinked_files, 0, "/a (deleted)) has lost this name" },
		{ uprobes, 1U << NEED_ALLOW_UPROBES, "process 813 has hit a uprobe" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct unit_cli u = unit_parse("dump -t 812", NULL, false);
		struct facts f;
		struct plan p;
		struct err e = { 0 };

		any_facts(&f);
		cases[i].facts(&f);
		assert_int_equal(freeze(&u.cli, &f, &p, &e), 0);
		assert_int_equal(p.recipe.needs, cases[i].needs);
		assert_int_equal(p.notes.n, *cases[i].note != 0);
		if (p.notes.n)
			unit_assert_contains(p.notes.v[0], cases[i].note);
		plan_free(&p);
		forget(&f);
		unit_parse_free(&u);
	}
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
	struct unit_cli u = unit_parse("dump -t 812 -D d", NULL, false);
	struct facts f;
	struct plan p;

	(void)state;
	any_facts(&f);
	everything_at_once(&f);
	assert_int_equal(plan_freeze(&u.cli, &f, &p), -EINVAL);
	assert_int_equal(p.n_refusals, ARRAY_SIZE(whats));
	for (size_t i = 0; i < ARRAY_SIZE(whats); i++)
		unit_assert_contains(p.refusals[i].what, whats[i]);
	for (size_t i = 0; i < ARRAY_SIZE(whats) - 1; i++)
		assert_true(p.refusals[i].hint[0]);
	plan_free(&p);
	forget(&f);
	unit_parse_free(&u);
}

/* A zombie has nothing to look at. */
static void a_target_that_is_none_has_one_refusal(void **state)
{
	struct unit_cli u = unit_parse("dump -t 812 -D d", NULL, false);
	struct facts f;
	struct plan p;

	(void)state;
	any_facts(&f);
	everything_at_once(&f);
	f.target.state = 'Z';
	assert_int_equal(plan_freeze(&u.cli, &f, &p), -EINVAL);
	assert_int_equal(p.n_refusals, 1);
	unit_assert_contains(p.refusals[0].what, "is a zombie");
	plan_free(&p);
	forget(&f);
	unit_parse_free(&u);
}

/* Mounts that are refused make no second refusal of the mount namespace that they are in. */
static void nested_mounts_that_are_refused(struct facts *f)
{
	private_tmp(f);
	add_nested(f, "mnt", 830, 830, 77);
}

static void a_refusal_makes_no_other(void **state)
{
	struct unit_cli u = unit_parse("dump -t 812 --stream", NULL, false);
	struct facts f;
	struct plan p;

	(void)state;
	any_facts(&f);
	nested_mounts_that_are_refused(&f);
	assert_int_equal(plan_freeze(&u.cli, &f, &p), -EINVAL);
	assert_int_equal(p.n_refusals, 1);
	unit_assert_contains(p.refusals[0].what, "--stream");
	plan_free(&p);
	forget(&f);
	unit_parse_free(&u);
}

/* What is written beside the images */

static struct plan planned(facts_fn *facts, const char *line, struct facts *f)
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

static const struct written {
	const char *name;
	facts_fn *facts;
	const char *line, *args, *text;
} writtens[] = {
	{ "of mounts", small_service, "dump -t 812",
	  "dump -t 812 --external mnt[/proc]:criu-ns-1 --external 'mnt[/a b]:criu-ns-2' " RECHECK,
	  "frame pid\n"
	  "mount at=/ is=host root=/ type=ext4 flags=relatime host=/ folder=/ master=1\n"
	  "mount at=/proc is=proc key=criu-ns-1 root=/ type=proc flags=relatime master=2\n"
	  "mount at=/a\\040b is=host key=criu-ns-2 root=/sub/x type=ext4 flags=ro,nosuid "
	  "host=/srv/app folder=/x master=3\n"
	  "mount at=/tmp is=own root=/ type=tmpfs flags=-\n" },
	{ "of a root that is kept", small_sandbox, "dump -t 812",
	  "dump -t 812 --external mnt[/usr]:criu-ns-1 " RECHECK,
	  "frame pid\n"
	  "mount at=/ is=kept root=/newroot type=tmpfs flags=nosuid options=rw,size=5k\n"
	  "mount at=/usr is=host key=criu-ns-1 root=/usr type=ext4 flags=ro host=/ folder=/usr "
	  "master=1\n"
	  "mount at=/proc is=own root=/ type=proc flags=-\n" },
	{ "of an init", small_container, "dump -t 812", "dump -t 812 " RECHECK,
	  "frame init\n"
	  "mount at=/ is=host root=/srv/box type=ext4 flags=relatime host=/ folder=/srv/box\n"
	  "mount at=/proc is=own root=/ type=proc flags=-\n" },
	{ "of files", files_outside, "dump -t 812",
	  "dump -t 812 --external file[73:5] --external file[73:abc] --external "
	  "file[74:abc] " SLOTS,
	  "frame pid\n"
	  "file id=73:5 path=/dev/null type=c flags=0100000 pos=0\n"
	  "file id=73:abc path=/log type=f flags=02001 pos=77\n"
	  "file id=74:abc path=/lib.so type=f flags=00 pos=0\n" },
	{ "of files of an init", files_outside_of_an_init, "dump -t 812 --external file[73:abc]",
	  "dump -t 812 --external file[73:abc] --external file[73:5] --external "
	  "file[74:abc] " SLOTS,
	  "frame init\n"
	  "file id=73:5 path=/dev/null type=c flags=0100000 pos=0\n"
	  "file id=74:abc path=/lib.so type=f flags=00 pos=0\n" },
	{ "of names that are one in another", hostile_names, "dump -t 812",
	  "dump -t 812 --external mnt[/x]:/etc]:criu-ns-2 --external mnt[/x]:criu-ns-1 " RECHECK,
	  "frame pid\n"
	  "mount at=/ is=host root=/ type=ext4 flags=relatime host=/ folder=/ master=1\n"
	  "mount at=/x is=host key=criu-ns-1 root=/x type=ext4 flags=- host=/ folder=/x\n"
	  "mount at=/x]:/etc is=host key=criu-ns-2 root=/y type=ext4 flags=- host=/ folder=/y\n"
	  "mount at=/proc is=own root=/ type=proc flags=-\n" },
	{ "of what is left out", with_a_hidden_mount, "dump -t 812",
	  "dump -t 812 --skip-mnt '/a/b c' --skip-mnt '/a/b c/d' " RECHECK,
	  "frame pid\n"
	  "mount at=/ is=host root=/ type=ext4 flags=- host=/ folder=/\n"
	  "mount at=/a/b\\040c is=none root=/x//deleted type=ext4 flags=- hidden\n"
	  "mount at=/a/b\\040c/d is=none root=/ type=tmpfs flags=- hidden\n"
	  "mount at=/a is=own root=/ type=tmpfs flags=-\n" },
	{ "but not of what the user leaves out", with_a_hidden_mount,
	  "dump -t 812 --skip-mnt '/a/b c' --skip-mnt '/a/b c/d'",
	  "dump -t 812 --skip-mnt '/a/b c' --skip-mnt '/a/b c/d' " RECHECK,
	  "frame pid\n"
	  "mount at=/ is=host root=/ type=ext4 flags=- host=/ folder=/\n"
	  "mount at=/a is=own root=/ type=tmpfs flags=-\n" },
	{ "nothing in the caller's frame", here, "dump -t 812", "dump -t 812", NULL },
	{ "nothing of the caller's mounts", same_mounts, "dump -t 812", "dump -t 812 " SLOTS,
	  NULL },
};

static void recipe_is_written(void **state)
{
	const struct written *x = *state;
	struct facts f;
	struct plan p = planned(x->facts, x->line, &f);
	char *text = recipe_format(&p.recipe);

	unit_assert_words(&p.args, x->args);
	if (x->text) {
		char *end = strstr(text, "end\n");

		assert_non_null(end);
		*end = '\0';
		assert_string_equal(strstr(text, "frame "), x->text);
	} else {
		assert_int_equal(p.recipe.n_mounts + p.recipe.n_files, 0);
	}
	free(text);
	plan_free(&p);
	forget(&f);
}

/* In the text of the file, where names are made safe. */
static const struct about {
	const char *name, *comm, *host;
	size_t processes;
	const char *text;
} abouts[] = {
	{ "a tree", "nginx", "web1", 5,
	  "# process 812 (nginx) and 4 more, frozen on 2026-11-28 12:20:05 UTC on web1 with criu-ns " },
	{ "one process", "nginx", "web1", 1,
	  "# process 812 (nginx), frozen on 2026-11-28 12:20:05 UTC on web1 with criu-ns " },
	{ "a host without a name", "nginx", "", 1,
	  "# process 812 (nginx), frozen on 2026-11-28 12:20:05 UTC with criu-ns " },
	{ "a hostile name", "x\nend\033[2J\233#", "h\nend", 1,
	  "# process 812 (x?end?[2J?#), frozen on 2026-11-28 12:20:05 UTC on h?end with criu-ns " },
};

static void recipe_tells_what_is_frozen(void **state)
{
	const struct about *x = *state;
	struct unit_cli u = unit_parse("dump -t 812", NULL, false);
	struct plan p = { 0 };
	struct facts f;
	struct err e;
	char *text;

	any_facts(&f);
	with_a_hidden_mount(&f);
	snprintf(f.target.comm, sizeof(f.target.comm), "%s", x->comm);
	snprintf(f.machine.nodename, sizeof(f.machine.nodename), "%s", x->host);
	f.n_processes = x->processes;
	f.now = 1795868405;
	UNIT_CHECK(freeze(&u.cli, &f, &p, &e) == 0, "%s", e.what);
	text = recipe_format(&p.recipe);
	unit_assert_contains(text, x->text);
	free(text);
	plan_free(&p);
	forget(&f);
	unit_parse_free(&u);
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

static void add_pipe(struct facts *f, int fd, ino_t ino)
{
	findings_add(&f->findings, &(struct finding){ .kind = FINDING_LONE_PIPE,
						      .pid = 812,
						      .fd = fd,
						      .ino = ino,
						      .is_read = fd == 0 });
}

static void three_pipes(struct facts *f)
{
	here(f);
	add_pipe(f, 0, 77);
	add_pipe(f, 1, 78);
	add_pipe(f, 2, 79);
}

/* Each row: the facts, the line, and what the only note says. */
static const struct task_note {
	const char *name;
	facts_fn *facts;
	const char *line, *note;
} task_notes[] = {
	{ "who leaves a session is told what that means", three_in_a_session_outside,
	  "dump -t 901 --own-session", "3 processes of the tree leave the session" },
	{ "a single one, too", session_outside, "dump -t 901 --own-session",
	  "1 process of the tree leaves the session" },
	{ "a frozen cgroup is thawed", a_frozen_cgroup, "dump -t 812",
	  "the cgroup /cg/a is frozen: criu thaws it when all in it is stopped, and what else" },
	{ "and frozen again", a_frozen_cgroup, "dump -t 812 -R", "and freezes it again" },
	{ "System V shared memory leaves its IPC namespace", segments, "dump -t 812",
	  "do not find it; here it stays until: ipcrm -m 3 -m 5" },
	{ "with copies of all that is in there", segments_among_others, "dump -t 812 -R",
	  "do not find it, with copies of the 6 other objects that are in here (ipcs), 4096 bytes" },
	{ "a renamed socket gets the name of today", a_renamed_socket, "dump -t 812",
	  "(socket:[7]) was bound to /run/x.tmp, but has the name /run/x now: a thaw binds it to that" },
	{ "what is in a FIFO is noted", a_full_fifo, "dump -t 812",
	  "(/run/fifo) is a FIFO with 4 bytes that the tree has not read" },
	{ "children of another pid namespace are noted", children_pid, "dump -t 812",
	  "the next children of process 813 (inner)" },
};

static void task_is_noted(void **state)
{
	const struct task_note *x = *state;
	struct unit_cli u = unit_parse(x->line, NULL, false);
	struct facts f;
	struct plan p;

	any_facts(&f);
	x->facts(&f);
	assert_int_equal(plan_freeze(&u.cli, &f, &p), 0);
	assert_int_equal(p.notes.n, 1);
	unit_assert_contains(p.notes.v[0], x->note);
	assert_int_equal(p.own_ipc, findings_first(&f.findings, FINDING_SYSV) != NULL);
	plan_free(&p);
	forget(&f);
	unit_parse_free(&u);
}

static void a_pipe_with_one_end_is_noted(void **state)
{
	struct facts f;
	struct plan p = planned(three_pipes, "dump -t 812", &f);

	(void)state;
	assert_int_equal(p.notes.n, 2);
	unit_assert_contains(p.notes.v[0], "descriptor 0 of process 812 is a pipe");
	unit_assert_contains(p.notes.v[0],
			     "a thaw in the foreground connects its own stdin with it");
	unit_assert_contains(p.notes.v[0], "--inherit-fd 'fd[N]:pipe:[77]'");
	unit_assert_contains(p.notes.v[1], "2 more");
	plan_free(&p);
	forget(&f);

	p = planned(three_pipes,
		    "dump -t 812 --inherit-fd fd[3]:pipe:[77] "
		    "--inherit-fd fd[3]:pipe:[79]",
		    &f);
	assert_int_equal(p.notes.n, 1);
	unit_assert_contains(p.notes.v[0], "descriptor 1 of process 812");
	unit_assert_contains(p.notes.v[0], "its own stdout");
	plan_free(&p);
	forget(&f);
}

/* criu-ns has what to tell at the thaw from a dump only. */
static void a_pre_dump_leaves_nothing_to_thaw(void **state)
{
	struct facts f;
	struct plan p = planned(small_service, "pre-dump -t 812", &f);

	(void)state;
	assert_false(p.record);
	for (size_t i = 0; i < p.n_steps; i++)
		unit_assert_lacks(p.steps[i].what, "write criu-ns.recipe");
	assert_false(p.recheck);
	assert_words(&p.args, "pre-dump -t 812 2*KEY");
	plan_free(&p);
	forget(&f);

	p = planned(small_sandbox, "pre-dump -t 812", &f);
	assert_false(p.recheck || p.keep_root);
	assert_words(&p.args, "pre-dump -t 812 1*KEY");
	plan_free(&p);
	forget(&f);
}

static void a_stream_needs_no_images_directory(void **state)
{
	struct unit_cli u = unit_parse("dump --stream -t 812", NULL, false);
	struct facts f;
	struct plan p;
	struct err e;

	(void)state;
	any_facts(&f);
	freeze_no_images_dir(&f);
	assert_int_equal(freeze(&u.cli, &f, &p, &e), 0);
	plan_free(&p);
	forget(&f);
	unit_parse_free(&u);
}

/* Thaw */

static void images(struct facts *f)
{
	static const pid_t ids[] = { 5000, 5000, 5000, 5001, 5002, 26 };

	f->images.present = f->images.has_tree = true;
	f->images.root = 5000;
	f->images.ids = xcalloc(ARRAY_SIZE(ids), sizeof(*ids));
	memcpy(f->images.ids, ids, sizeof(ids));
	f->images.n_ids = ARRAY_SIZE(ids);
	f->pid_max = PID_MAX;
}

static void images_of_low_pids(struct facts *f)
{
	images(f);
	f->images.n_ids = 0;
	f->images.root = 2;
	f->images.ids[f->images.n_ids++] = 2;
	f->images.ids[f->images.n_ids++] = 3;
}

static void images_unknown(struct facts *f)
{
	images(f);
	f->images.n_ids = 0;
	f->images.root = 0;
}

static void images_of_an_init(struct facts *f)
{
	images_of_low_pids(f);
	f->images.root = 1;
}

static void add_root(struct facts *f, dev_t dev, const char *folder)
{
	struct recipe_mount m = { .at = (char *)"/", .root = (char *)folder };

	f->images.own_mounts = true;
	add_image_mount(&f->images, &m);
	f->images.mounts[0].dev = dev;
}

static void images_with_mounts(struct facts *f)
{
	images(f);
	add_root(f, makedev(254, 0), "/");
	take_table(&f->caller_view, "host");
}

static void images_on_another_device(struct facts *f)
{
	images_with_mounts(f);
	f->images.mounts[0].dev = makedev(254, 1);
}

static void images_on_another_folder(struct facts *f)
{
	images(f);
	add_root(f, makedev(254, 0), "/srv/bundle/rootfs");
	take_table(&f->caller_view, "host");
}

static void images_on_an_unknown_root(struct facts *f)
{
	images(f);
	f->images.own_mounts = true;
	take_table(&f->caller_view, "host");
}

static void images_that_want_a_parent(struct facts *f)
{
	images(f);
	f->images.pdeath = true;
}

static void images_of_an_init_that_wants_a_parent(struct facts *f)
{
	images_of_an_init(f);
	f->images.pdeath = true;
}

static void images_with_external_mounts(struct facts *f)
{
	images_with_mounts(f);
	f->images.auto_external = true;
}

static void images_of_an_init_with_mounts(struct facts *f)
{
	images_with_mounts(f);
	f->images.root = 1;
}

static void on_a_terminal(struct facts *f)
{
	images(f);
	f->stdin_is_tty = true;
}

/* As if image_ttys_read() had read it. */
static void add_image_tty(struct facts *f, struct image_tty t)
{
	struct image_ttys *s = &f->images.ttys;

	s->v = xreallocarray(s->v, s->n + 1, sizeof(*s->v));
	s->v[s->n++] = t;
}

static const struct image_tty a_job_tty = { .rdev = 0x8803, .dev = 0x19, .is_pty = true },
			      a_held_tty = { .rdev = 0x8804, .dev = 0x19, .is_external = true },
			      a_led_tty = { .rdev = 0x8805,
					    .dev = 0x19,
					    .is_external = true,
					    .sid = 26 },
			      dev_tty = { .rdev = 0x500, .dev = 6, .is_external = true, .sid = 26 };

static void with_a_job_tty(struct facts *f)
{
	images(f);
	add_image_tty(f, a_job_tty);
}

static void with_a_held_tty(struct facts *f)
{
	images(f);
	add_image_tty(f, a_held_tty);
	add_image_tty(f, a_held_tty); /* once for each open file */
}

static void with_a_held_tty_on_a_terminal(struct facts *f)
{
	with_a_held_tty(f);
	f->stdin_is_tty = true;
}

static void with_all_ttys(struct facts *f)
{
	with_a_held_tty(f);
	add_image_tty(f, dev_tty);
	add_image_tty(f, a_led_tty);
	add_image_tty(f, a_job_tty);
	f->stdin_is_tty = true;
}

static void with_a_led_tty(struct facts *f)
{
	images(f);
	add_image_tty(f, dev_tty);
	add_image_tty(f, a_led_tty);
	f->stdin_is_tty = true;
}

static void with_a_pair_and_a_hung_tty(struct facts *f)
{
	images(f);
	add_image_tty(f, (struct image_tty){ .is_pty = true, .index = 3, .sid = 26 });
	add_image_tty(f, (struct image_tty){ .is_pty = true, .index = 3, .is_master = true });
	add_image_tty(f, (struct image_tty){ .is_pty = true, .index = 4, .is_hung = true });
}

/* A pipe of the images, with what was in it, that was a standard descriptor of the root task (-1: none). */
static void add_image_pipe(struct facts *f, uint32_t id, int fd, bool reads, size_t n)
{
	struct image_pipes *s = &f->pipes;
	struct image_pipe pipe = { .id = id, .reads = reads, .n = n };

	if (fd >= 0)
		pipe.is_stdio[fd] = true;
	s->v = xreallocarray(s->v, s->n + 1, sizeof(*s->v));
	s->v[s->n++] = pipe;
}

static void with_pipes(struct facts *f)
{
	images(f);
	add_image_pipe(f, 70, 0, true, 0);
	add_image_pipe(f, 71, 1, false, 0);
	f->pipes.v[1].is_stdio[2] = true;
}

static void with_pipes_among_pipes(struct facts *f)
{
	with_pipes(f);
	f->stdio_is_pipe[0] = f->stdio_is_pipe[1] = true;
}

static void with_a_full_pipe_among_pipes(struct facts *f)
{
	with_pipes_among_pipes(f);
	f->pipes.v[0].n = 5;
}

static void with_other_pipes(struct facts *f)
{
	images(f);
	add_image_pipe(f, 70, -1, true, 3);
	add_image_pipe(f, 71, 1, true, 0); /* read from stdout */
	add_image_pipe(f, 72, -1, false, 0);
	f->stdio_is_pipe[0] = f->stdio_is_pipe[1] = true;
}

static void with_both_ends_in_one(struct facts *f)
{
	images(f);
	add_image_pipe(f, 70, 0, true, 3);
	f->pipes.v[0].is_both = true;
}

static void with_pipes_and_a_led_tty(struct facts *f)
{
	with_pipes(f);
	add_image_tty(f, a_led_tty);
	f->stdin_is_tty = true;
}

#define PIDFILE    "--pidfile /proc/1/fd/<scratch>/pid"
#define BACKGROUND "--restore-detached " PIDFILE

static const struct thaw {
	const char *name;
	facts_fn *facts;
	const char *line;
	bool posix;
	pid_t criu_pid;
	const char *exec; /* the word at exec_at */
	const char *args, *steps;
} thaws[] = {
	{ "criu sits above all ids of the images", images, "restore -d -D d", false, 5515, NULL,
	  "restore -d -D d " BACKGROUND,
	  "new pid and mount namespace|slaves|criu there as pid 5515|root task as pid "
	  "5000|return" },
	{ "in the foreground criu leaves too, and we wait", images, "restore", false, 5515, NULL,
	  "restore " BACKGROUND, "5515|5000|wait for the root task" },
	{ "low pids stay free", images_of_low_pids, "restore", false, 812, NULL,
	  "restore " BACKGROUND, "criu there as pid 812|root task as pid 2" },
	{ "images that are not understood are criu's to judge", images_unknown, "restore", false,
	  32256, NULL, "restore " BACKGROUND, "pid 32256" },
	{ "a sibling", images, "restore -dS", false, 5515, NULL, "restore -dS " BACKGROUND, "" },
	{ "the user's pidfile is not criu's", images, "restore --pidfile p -d", false, 5515, NULL,
	  "restore --pidfile p -d " BACKGROUND, "" },
	{ "what is added goes in front of --", images, "restore -d --", false, 5515, NULL,
	  "restore -d " BACKGROUND " --", "" },
	{ "own options are gone from criu's line", images, "restore --exit-status --criu-binary=/b",
	  false, 5515, NULL, "restore " BACKGROUND, "" },

	{ "a command behind --", images, "restore --exec-cmd -D d -- prog -v --dry-run", false,
	  5515, "prog", "restore --exec-cmd -D d " PIDFILE " -- prog -v --dry-run", "command" },
	{ "a command behind --, and the command word too", images, "--exec-cmd -- restore prog",
	  false, 5515, "prog", "--exec-cmd " PIDFILE " -- restore prog", "" },
	{ "a command without --", images, "restore --exec-cmd prog arg", false, 5515, "prog",
	  "restore --exec-cmd prog arg " PIDFILE, "" },
	{ "a command behind own options", images, "--exec-cmd restore --criu-binary b -- prog",
	  false, 5515, "prog", "--exec-cmd restore " PIDFILE " -- prog", "" },
	{ "POSIX: a command", images, "-D d --exec-cmd restore prog -v", true, 5515, "prog",
	  "-D d --exec-cmd " PIDFILE " restore prog -v", "" },
	{ "a command, and mounts", images_with_mounts, "restore --exec-cmd -- prog", false, 5515,
	  "prog", "restore --exec-cmd --root / " PIDFILE " -- prog", "" },

	{ "mounts in the images need a root", images_with_mounts, "restore -d", false, 5515, NULL,
	  "restore -d --root / " BACKGROUND, "--root /" },
	{ "unless the user has named one", images_with_mounts, "restore -d -r /r", false, 5515,
	  NULL, "restore -d -r /r " BACKGROUND, "" },
	{ "external mounts are looked for again", images_with_external_mounts, "restore -d", false,
	  5515, NULL, "restore -d --root / --external mnt[]:m --external mnt[]:s " BACKGROUND,
	  "mnt[]:m" },
	{ "what the user has said of them is not said again", images_with_external_mounts,
	  "restore -d --root /r --external mnt[]:m", false, 5515, NULL,
	  "restore -d --root /r --external mnt[]:m --external mnt[]:s " BACKGROUND, "mnt[]:s" },

	{ "a root task that wants a parent", images_that_want_a_parent, "restore -d", false, 5515,
	  NULL, "restore -d --restore-detached --restore-sibling " PIDFILE,
	  "child of the pseudo-init" },
	{ "in the foreground, too", images_that_want_a_parent, "restore", false, 5515, NULL,
	  "restore --restore-detached --restore-sibling " PIDFILE, "child of the pseudo-init" },
	{ "a sibling has one", images_that_want_a_parent, "restore -dS", false, 5515, NULL,
	  "restore -dS " BACKGROUND, "" },
	{ "so has one with a command in criu's place", images_that_want_a_parent,
	  "restore --exec-cmd -- prog", false, 5515, "prog",
	  "restore --exec-cmd " PIDFILE " -- prog", "" },
	{ "pipes are connected in the foreground", with_pipes, "restore", false, 5515, NULL,
	  "restore --inherit-fd 'fd[<pipe 0>]' --inherit-fd 'fd[<pipe 1>]' " BACKGROUND,
	  "connect this process's stdin with that of the tree|connect this process's stdout" },
	{ "or handed over", with_pipes_among_pipes, "restore", false, 5515, NULL,
	  "restore --inherit-fd 'fd[<pipe 0>]' --inherit-fd 'fd[<pipe 1>]' " BACKGROUND,
	  "hand this process's stdin to the tree|hand this process's stdout to the tree" },
	{ "unless there was something in them", with_a_full_pipe_among_pipes, "restore", false,
	  5515, NULL, "restore --inherit-fd 'fd[<pipe 0>]' --inherit-fd 'fd[<pipe 1>]' " BACKGROUND,
	  "connect this process's stdin with that of the tree|hand this process's stdout" },
	{ "to a sibling, too", with_a_full_pipe_among_pipes, "restore -dS", false, 5515, NULL,
	  "restore -dS --inherit-fd 'fd[<pipe 0>]' " BACKGROUND,
	  "hand this process's stdout to the tree" },
	{ "but a terminal of the tree is typed to", with_pipes_and_a_led_tty, "restore", false,
	  5515, NULL, "restore --inherit-fd 'fd[<tty 0>]' --inherit-fd 'fd[<pipe 0>]' " BACKGROUND,
	  "connect this process's stdout" },
	{ "the user's own come first", with_pipes, "restore --inherit-fd fd[9]:pipe:[70]", false,
	  5515, NULL,
	  "restore --inherit-fd fd[9]:pipe:[70] --inherit-fd 'fd[<pipe 0>]' " BACKGROUND,
	  "connect this process's stdout" },
	{ "what criu would open for reading only is made in its place", with_both_ends_in_one,
	  "restore -d", false, 5515, NULL, "restore -d --inherit-fd 'fd[<pipe 0>]' " BACKGROUND,
	  "make 1 pipe in criu's place" },
	{ "not when detached", with_pipes_among_pipes, "restore -d", false, 5515, NULL,
	  "restore -d " BACKGROUND, "" },
	{ "nor as given", with_pipes_among_pipes, "restore --as-given", false, 5515, NULL,
	  "restore " BACKGROUND, "" },
	{ "nor with a command", with_pipes, "restore --exec-cmd -- prog", false, 5515, "prog",
	  "restore --exec-cmd " PIDFILE " -- prog", "" },
	{ "nor any other pipes", with_other_pipes, "restore", false, 5515, NULL,
	  "restore " BACKGROUND, "" },

	{ "an init in the images is thawed below a pseudo-init, too", images_of_an_init,
	  "restore -d --pidfile p", false, 812, NULL, "restore -d --pidfile p " BACKGROUND,
	  "new pid and mount namespace|criu there as pid 812|return" },
	{ "an init that wants a parent", images_of_an_init_that_wants_a_parent, "restore -d", false,
	  812, NULL, "restore -d --restore-detached --restore-sibling " PIDFILE,
	  "child of the pseudo-init" },
	{ "an init with mounts in the images", images_of_an_init_with_mounts, "restore", false,
	  5515, NULL, "restore --root / " BACKGROUND, "--root /|new pid and mount namespace" },
};

static void thaw_is_planned(void **state)
{
	const struct thaw *x = *state;
	struct unit_cli u = unit_parse(x->line, NULL, x->posix);
	struct facts f;
	struct plan p;
	struct err e = { 0 };

	any_facts(&f);
	x->facts(&f);
	assert_int_equal(u.r, 0);
	UNIT_CHECK(thaw(&u.cli, &f, &p, &e) == 0, "%s", e.what);
	assert_int_equal(p.criu_pid, x->criu_pid);
	assert_int_equal(p.detach, u.cli.detach);
	assert_int_equal(p.sibling, u.cli.sibling);
	assert_int_equal(p.wait_exec, u.cli.exec_cmd);
	unit_assert_text(p.exec_at ? p.args.v[p.exec_at] : NULL, x->exec);
	unit_assert_words(&p.args, x->args);
	assert_steps(&p, x->steps);
	plan_free(&p);
	forget(&f);
	unit_parse_free(&u);
}

/* Each row: the facts, the line, and the notes, with "|" between them. */
static const struct pipe_note {
	const char *name;
	facts_fn *facts;
	const char *line, *notes;
} pipe_notes[] = {
	{ "detached, nobody has the other ends", with_a_full_pipe_among_pipes, "restore -d",
	  "the tree's stdin was a pipe whose other end was outside of the tree: the tree reads the 5 bytes "
	  "that were in it, and then the end of the file. To connect it, thaw in the foreground, "
	  "or add --inherit-fd 'fd[N]:pipe:[70]'|"
	  "the tree's stdout was a pipe whose other end was outside of the tree: writing there fails "
	  "(SIGPIPE). To connect it, thaw in the foreground, or add --inherit-fd 'fd[N]:pipe:[71]'" },
	{ "a sibling's must be pipes", with_pipes, "restore -dS --inherit-fd fd[9]:pipe:[70]",
	  "the tree's stdout was a pipe whose other end was outside of the tree: writing there fails "
	  "(SIGPIPE). To connect it, give criu-ns -S a pipe in its place, "
	  "or add --inherit-fd 'fd[N]:pipe:[71]'" },
	{ "other pipes", with_other_pipes, "restore",
	  "the tree had a pipe whose other end was outside of it: the tree reads the 3 bytes that were in it, "
	  "and then the end of the file, unless it is given one: --inherit-fd 'fd[N]:pipe:[70]'|"
	  "there are 2 more such pipes" },
	{ "a terminal of the tree is typed to", with_pipes_and_a_led_tty, "restore",
	  "the tree's stdin was a pipe whose other end was outside of the tree: the tree reads the end of the file. "
	  "To connect it, give criu-ns a stdin that is no terminal, or add --inherit-fd 'fd[N]:pipe:[70]'" },
	{ "a command has its own stdio", with_pipes,
	  "restore --exec-cmd --inherit-fd fd[9]:pipe:[71] -- prog",
	  "the tree's stdin was a pipe whose other end was outside of the tree: the tree reads the end of the file. "
	  "To connect it, thaw without --exec-cmd, or add --inherit-fd 'fd[N]:pipe:[70]'" },
	{ "what is not in a given one", with_a_full_pipe_among_pipes,
	  "restore --inherit-fd fd[9]:pipe:[70]",
	  "criu does not put the 5 bytes that were in pipe:[70] into what it is given in its place: "
	  "they are there only if that is the same pipe" },
	{ "nothing to be said", with_pipes, "restore", "" },
	{ "nor of both ends in one", with_both_ends_in_one, "restore -d", "" },
	{ "as given", with_pipes, "restore -d --as-given", "" },
};

static void pipe_is_noted(void **state)
{
	const struct pipe_note *x = *state;
	struct unit_cli u = unit_parse(x->line, NULL, false);
	_cleanup_free_ char *text = xstrdup("");
	struct facts f;
	struct plan p;
	struct err e = { 0 };

	any_facts(&f);
	x->facts(&f);
	assert_int_equal(thaw(&u.cli, &f, &p, &e), 0);
	for (size_t i = 0; i < p.notes.n; i++) {
		char *longer = xasprintf("%s%s%s", text, i ? "|" : "", p.notes.v[i]);

		free(text);
		text = longer;
	}
	assert_string_equal(text, x->notes);
	plan_free(&p);
	forget(&f);
	unit_parse_free(&u);
}

/* With a recipe: one mount of each kind, and two files */

static const char recipe_lines[] =
	"criu-ns-recipe 1\nframe pid\n"
	"mount at=/ is=host root=/ type=ext4 flags=relatime host=/ folder=/ master=1\n"
	"mount at=/proc is=proc key=criu-ns-1 root=/ type=proc flags=relatime master=2\n"
	"mount at=/proc/sys is=proc key=criu-ns-2 root=/sys type=proc flags=ro\n"
	"mount at=/opt is=host key=criu-ns-3 root=/sub/x type=ext4 flags=ro host=/srv/app "
	"folder=/x "
	"master=4\n"
	"mount at=/all is=host key=criu-ns-4 root=/sub type=ext4 flags=- host=/srv/app folder=/\n"
	"mount at=/tmp is=own root=/ type=tmpfs flags=-\n"
	"mount at=/stack is=host key=criu-ns-5 root=/a type=ext4 flags=- host=/ folder=/a hidden\n"
	"mount at=/stack is=host key=criu-ns-5 root=/b type=ext4 flags=- host=/ folder=/b\n"
	"mount at=/below is=host key=criu-ns-6 root=/c type=ext4 flags=- host=/ folder=/c hidden\n"
	"file id=73:5 path=/dev/null type=c flags=0100000 pos=0\n"
	"file id=73:abc path=/var/log/x type=f flags=02001 pos=77\n"
	"end\n";

/* As recipe_host_look() leaves it, where all is to be found. */
static void find_all(struct facts *f)
{
	static const char *const trees[] = { "/", "/srv/app" };
	struct recipe_host *h = &f->host;

	h->trees = xcalloc(ARRAY_SIZE(trees), sizeof(*h->trees));
	for (size_t i = 0; i < ARRAY_SIZE(trees); i++)
		h->trees[h->n_trees++] = (struct host_tree){
			.number = i, .at = xstrdup(trees[i]), .fstype = xstrdup("ext4"), .fd = -1
		};
	h->mounts = xcalloc(f->recipe.n_mounts, sizeof(*h->mounts));
	for (size_t i = 0; i < f->recipe.n_mounts; i++) {
		struct recipe_mount *m = &f->recipe.mounts[i];

		if (m->owner != OWNER_HOST)
			continue;
		m->from = &h->mounts[h->n_mounts];
		h->mounts[h->n_mounts++] =
			(struct host_mount){ .tree = &h->trees[strcmp(m->host, "/") != 0],
					     .path = xstrdup(m->folder) };
	}
	h->files = xcalloc(f->recipe.n_files, sizeof(*h->files));
	for (size_t i = 0; i < f->recipe.n_files; i++) {
		h->files[h->n_files] = (struct host_file){ .fd = -1 };
		f->recipe.files[i].from = &h->files[h->n_files++];
	}
}

static void take_recipe(struct facts *f, const char *text)
{
	struct err e = { 0 };

	UNIT_CHECK(recipe_parse(text, strlen(text), &f->recipe, &e) == 0, "%s", e.what);
	f->has_recipe = true;
	f->staging = "/yard";
	find_all(f);
	if (f->recipe.n_mounts)
		add_image_mounts(&f->images, &f->recipe);
}

static void with_recipe(struct facts *f)
{
	images(f);
	take_recipe(f, recipe_lines);
}

static struct recipe_mount *place(const struct facts *f, const char *at)
{
	for (size_t i = 0; i < f->recipe.n_mounts; i++)
		if (!strcmp(f->recipe.mounts[i].at, at) && !f->recipe.mounts[i].hidden)
			return &f->recipe.mounts[i];
	fail_msg("no mount on %s", at);
	return NULL;
}

/* Why what the mount is made from was not found. */
static void lose(const struct recipe_mount *m, int errnum)
{
	((struct host_mount *)m->from)->errnum = errnum;
}

static void all_unmounted(struct facts *f)
{
	struct host_tree *t;

	with_recipe(f);
	t = (struct host_tree *)place(f, "/all")->from->tree;
	free(t->fstype);
	t->fstype = xstrdup("tmpfs");
	lose(place(f, "/opt"), ENOENT); /* which is of the same mount */
}

static struct host_file *file_of(const struct facts *f, size_t number)
{
	return (struct host_file *)f->recipe.files[number].from;
}

static void locked_opt(struct facts *f)
{
	with_recipe(f);
	place(f, "/opt")->locks = LOCK_MOUNT | LOCK_ATIME;
}

/* As recipe_host_look() leaves out what is given by hand. */
static void opt_by_hand(struct facts *f)
{
	with_recipe(f);
	place(f, "/opt")->from = NULL;
}

static void opt_missing(struct facts *f)
{
	with_recipe(f);
	lose(place(f, "/opt"), ENOENT);
}

static void all_missing(struct facts *f)
{
	with_recipe(f);
	lose(place(f, "/all"), ENOENT);
}

static void stack_missing(struct facts *f)
{
	with_recipe(f);
	lose(place(f, "/stack"), EACCES);
}

static void root_by_hand(struct facts *f)
{
	with_recipe(f);
	f->recipe.mounts[0].from = NULL;
}

static void root_missing(struct facts *f)
{
	images(f);
	take_recipe(f, "criu-ns-recipe 1\nframe pid\nmount at=/ is=host root=/srv/box type=ext4 "
		       "flags=- host=/ folder=/srv/box\nend\n");
	lose(&f->recipe.mounts[0], ENOENT);
}

static void kept(struct facts *f)
{
	images(f);
	take_recipe(f, "criu-ns-recipe 1\nframe pid\nmount at=/ is=kept root=/newroot type=tmpfs "
		       "flags=- options=rw\nend\n");
}

static void root_of_nothing(struct facts *f)
{
	images(f);
	take_recipe(f, "criu-ns-recipe 1\nframe pid\nmount at=/ is=own root=/ type=ext4 flags=-\n"
		       "end\n");
}

static void kept_and_lost(struct facts *f)
{
	kept(f);
	f->root_errnum = ENOENT;
}

static void named_by_hand(struct facts *f)
{
	images(f);
	take_recipe(f, "criu-ns-recipe 1\nframe pid\n"
		       "mount at=/ is=host root=/ type=ext4 flags=- host=/ folder=/\n"
		       "mount at=/g is=given key=KEY root=/ type=fuse flags=-\nend\n");
}

static void something_left_out(struct facts *f)
{
	images(f);
	take_recipe(f, "criu-ns-recipe 1\nframe pid\n"
		       "mount at=/ is=host root=/ type=ext4 flags=- host=/ folder=/\n"
		       "mount at=/a/b is=none root=/x type=ext4 flags=- master=4 hidden\n"
		       "mount at=/a is=own root=/ type=tmpfs flags=-\nend\n");
}

static void automatic(struct facts *f)
{
	images(f);
	take_recipe(f, "criu-ns-recipe 1\nframe pid\n"
		       "mount at=/ is=host root=/ type=ext4 flags=- host=/ folder=/\n"
		       "mount at=/g is=auto root=/ type=tmpfs flags=- master=3\nend\n");
	f->images.auto_external = true;
}

static void only_files(struct facts *f)
{
	images(f);
	take_recipe(f, "criu-ns-recipe 1\nframe pid\n"
		       "file id=73:5 path=/dev/null type=c flags=0100000 pos=0\nend\n");
}

static void options_needed(struct facts *f)
{
	images(f);
	take_recipe(f, "criu-ns-recipe 3\nframe pid\nneeds tcp-established file-locks\nend\n");
}

static void an_init_with_a_recipe(struct facts *f)
{
	images_of_an_init(f);
	take_recipe(f, "criu-ns-recipe 1\nframe init\n"
		       "mount at=/ is=host root=/srv/box type=ext4 flags=- host=/ "
		       "folder=/srv/box\nend\n");
}

static void a_recipe_of_an_init(struct facts *f)
{
	with_recipe(f);
	f->recipe.init = true;
}

static void null_by_hand(struct facts *f)
{
	with_recipe(f);
	f->recipe.files[0].from = NULL;
}

static void log_missing(struct facts *f)
{
	with_recipe(f);
	file_of(f, 1)->errnum = ENOENT;
}

static void log_is_a_folder(struct facts *f)
{
	with_recipe(f);
	file_of(f, 1)->is_other = true;
}

static void no_yard(struct facts *f)
{
	with_recipe(f);
	f->staging = NULL;
}

static void recipe_of_others(struct facts *f)
{
	with_recipe(f);
	f->images.mounts[0].at[1] = 'X';
}

#define LAID_ROOT "--root /yard/root "
#define LAID_PROC "--external mnt[criu-ns-1]:/yard/proc --external mnt[criu-ns-2]:/yard/proc/sys "
#define LAID_OPT  "--external mnt[criu-ns-3]:/yard/1/x "
#define LAID_REST                                                                                  \
	"--external mnt[criu-ns-4]:/yard/1 --external mnt[criu-ns-5]:/yard/0/b "                   \
	"--external mnt[criu-ns-6]:/yard/0/c "
#define FILES "--inherit-fd 'fd[<file 0>]' --inherit-fd 'fd[<file 1>]' "

static const struct laid {
	const char *name;
	facts_fn *facts;
	const char *line, *args, *steps;
	bool make_root, lay_proc, tolerate;
	const char *peers; /* 0 or 1 for each source tree */
} laids[] = {
	{ "what the recipe tells is laid out for criu", with_recipe, "restore -d",
	  "restore -d " LAID_ROOT LAID_PROC LAID_OPT LAID_REST FILES BACKGROUND,
	  "lay out the host's mounts on /yard|mount /|mount /opt: /x of /srv/app|"
	  "compare the mounts|open /dev/null|open /var/log/x|new pid and mount namespace|"
	  "thaw the root task",
	  true, true, false, "11" },
	{ "in front of --", with_recipe, "restore -d --",
	  "restore -d " LAID_ROOT LAID_PROC LAID_OPT LAID_REST FILES BACKGROUND " --", "", true,
	  true, false, "11" },
	{ "and of a command", with_recipe, "restore --exec-cmd -- prog",
	  "restore --exec-cmd " LAID_ROOT LAID_PROC LAID_OPT LAID_REST FILES PIDFILE " -- prog", "",
	  true, true, false, "11" },
	{ "what was locked is locked again", locked_opt, "restore -d",
	  "restore -d " LAID_ROOT LAID_PROC LAID_OPT LAID_REST FILES BACKGROUND,
	  "mount /opt|lock 1 mount again|compare the mounts", true, true, false, "11" },
	{ "... or is left as it is", locked_opt, "restore -d --lose-locks",
	  "restore -d " LAID_ROOT LAID_PROC LAID_OPT LAID_REST FILES BACKGROUND,
	  "mount /opt|leave 1 mount unlocked|compare the mounts", true, true, false, "11" },
	{ "--warn-mounts thaws others, too", with_recipe, "restore -d --warn-mounts",
	  "restore -d " LAID_ROOT LAID_PROC LAID_OPT LAID_REST FILES BACKGROUND, "", true, true,
	  true, "11" },
	{ "a mount by hand", opt_by_hand, "restore -d --external mnt[criu-ns-3]:/other",
	  "restore -d --external mnt[criu-ns-3]:/other " LAID_ROOT LAID_PROC LAID_REST FILES
		  BACKGROUND,
	  "mount /opt", true, true, false, "10" },
	{ "a missing one by hand", opt_missing, "restore -d --external mnt[criu-ns-3]:/other",
	  "restore -d --external mnt[criu-ns-3]:/other " LAID_ROOT LAID_PROC LAID_REST FILES
		  BACKGROUND,
	  "", true, true, false, "10" },
	{ "a procfs by hand", with_recipe,
	  "restore -d --external mnt[criu-ns-1]:/p --external mnt[criu-ns-2]:/p/sys",
	  "restore -d --external mnt[criu-ns-1]:/p --external mnt[criu-ns-2]:/p/sys " LAID_ROOT
		  LAID_OPT LAID_REST FILES BACKGROUND,
	  "", true, false, false, "11" },
	{ "no path by hand is none", with_recipe, "restore -d --external mnt[criu-ns-3]",
	  "restore -d --external mnt[criu-ns-3] " LAID_ROOT LAID_PROC LAID_OPT LAID_REST FILES
		  BACKGROUND,
	  "", true, true, false, "11" },
	{ "a root by hand", root_by_hand, "restore -d --root /r",
	  "restore -d --root /r " LAID_PROC LAID_OPT LAID_REST FILES BACKGROUND, "", false, true,
	  false, "01" },
	{ "instead of one that is missing", root_missing, "restore -d --root /r",
	  "restore -d --root /r " BACKGROUND, "mount /|compare", false, false, false, "00" },
	{ "what was left out is not laid out", something_left_out, "restore -d",
	  "restore -d " LAID_ROOT BACKGROUND, "mount /|mount /a/b|mount /a|compare", true, false,
	  false, "00" },
	{ "the options of the freeze are given again", options_needed, "restore -d",
	  "restore -d --tcp-established --file-locks " BACKGROUND,
	  "add --tcp-established|add --file-locks", false, false, false, "00" },
	{ "... but for those that are given", options_needed, "restore -d -l",
	  "restore -d -l --tcp-established " BACKGROUND, "add --tcp-established", false, false,
	  false, "00" },
	{ "... or are not wanted", options_needed, "restore -d --no-file-locks --tcp-close",
	  "restore -d --no-file-locks --tcp-close " BACKGROUND, "", false, false, false, "00" },
	{ "... or with --as-given", options_needed, "restore -d --as-given",
	  "restore -d " BACKGROUND, "", false, false, false, "00" },
	{ "a file by hand", null_by_hand, "restore -d --inherit-fd fd[9]:file[73:5]",
	  "restore -d --inherit-fd fd[9]:file[73:5] " LAID_ROOT LAID_PROC LAID_OPT LAID_REST
	  "--inherit-fd 'fd[<file 1>]' " BACKGROUND,
	  "open /var/log/x", true, true, false, "11" },
	{ "a root that was kept", kept, "restore -d", "restore -d " LAID_ROOT BACKGROUND,
	  "mount /|compare", true, false, false, "00" },
	{ "its content is not needed with another root", kept_and_lost, "restore -d -r /r",
	  "restore -d -r /r " BACKGROUND, "compare", false, false, false, "00" },
	{ "what was named by hand is named again", named_by_hand,
	  "restore -d --external mnt[KEY]:/f",
	  "restore -d --external mnt[KEY]:/f " LAID_ROOT BACKGROUND, "mount /g", true, false, false,
	  "00" },
	{ "in the old words", named_by_hand, "restore -d -M KEY:/f",
	  "restore -d -M KEY:/f " LAID_ROOT BACKGROUND, "mount /g", true, false, false, "00" },
	{ "what criu found it finds again", automatic, "restore -d",
	  "restore -d " LAID_ROOT "--external mnt[]:m --external mnt[]:s " BACKGROUND,
	  "mount /g|mnt[]:m|mnt[]:s", true, false, false, "00" },
	{ "files without mounts", only_files, "restore -d",
	  "restore -d --inherit-fd 'fd[<file 0>]' " BACKGROUND, "open /dev/null", false, false,
	  false, "00" },
	{ "an init with mounts", an_init_with_a_recipe, "restore -d",
	  "restore -d " LAID_ROOT BACKGROUND, "mount /|compare|init of a pid namespace", true,
	  false, false, "00" },
};

static void recipe_is_followed(void **state)
{
	const struct laid *x = *state;
	struct unit_cli u = unit_parse(x->line, NULL, false);
	struct facts f;
	struct plan p;
	struct err e = { 0 };

	any_facts(&f);
	x->facts(&f);
	assert_int_equal(u.r, 0);
	UNIT_CHECK(thaw(&u.cli, &f, &p, &e) == 0, "%s", e.what);
	unit_assert_words(&p.args, x->args);
	assert_steps(&p, x->steps);
	assert_int_equal(p.make_root, x->make_root);
	assert_int_equal(p.lay_proc, x->lay_proc);
	assert_int_equal(p.tolerate, x->tolerate);
	for (size_t i = 0; i < f.host.n_trees; i++)
		UNIT_CHECK(p.trees[i].peers == (x->peers[i] == '1'), "tree %zu", i);
	/* The plan has its own copy, in which what was given by hand is. */
	assert_int_equal(p.recipe.n_mounts, f.recipe.n_mounts);
	assert_int_equal(p.recipe.n_files, f.recipe.n_files);
	recipe_for_each_mount (m, &p.recipe) {
		const char *by_hand = m->key                ? cli_external(&u.cli, "mnt", m->key)
				      : !strcmp(m->at, "/") ? u.cli.root
							    : NULL;

		if (by_hand && *by_hand)
			assert_int_equal(m->owner, OWNER_GIVEN);
	}
	plan_free(&p);
	forget(&f);
	unit_parse_free(&u);
}

static const struct terminal {
	const char *name;
	facts_fn *facts;
	const char *line;
	enum plan_tty tty;
	const char *given; /* each with the number of its pty; a K: it has the keyboard */
} terminals[] = {
	{ "a shell job in the foreground gets a pty", on_a_terminal, "restore -j", TTY_RELAY, "K" },
	{ "a detached shell job gets a pty, too", on_a_terminal, "restore -jd", TTY_BEHIND, "K" },
	{ "a shell job that has no terminal gets none", images, "restore -j", TTY_NONE, "" },
	{ "a shell job that has one gets one where there is none", with_a_job_tty, "restore -j",
	  TTY_RELAY, "" },
	{ "detached, nobody sees it", with_a_job_tty, "restore -jd", TTY_UNSEEN, "" },
	{ "a console socket is what decides", with_a_job_tty, "restore -jd --console-socket s",
	  TTY_SOCKET, "" },
	{ "what has no terminal sends none", images, "restore --console-socket s", TTY_NONE, "" },
	{ "what is no shell job gets no pty", on_a_terminal, "restore", TTY_NONE, "" },
	{ "--no-shell-job has the last word", on_a_terminal, "restore -j --no-shell-job", TTY_NONE,
	  "" },
	{ "a terminal that was held is shown", with_a_held_tty_on_a_terminal, "restore", TTY_RELAY,
	  " tty[8804:19]=0" },
	{ "detached as well", with_a_held_tty_on_a_terminal, "restore -d", TTY_BEHIND,
	  " tty[8804:19]=0" },
	{ "where there is no terminal, it goes to stdout", with_a_held_tty, "restore", TTY_RELAY,
	  " tty[8804:19]=0" },
	{ "the user may give one", with_a_held_tty, "restore --inherit-fd fd[7]:tty[8804:19]",
	  TTY_NONE, "" },
	{ "what controls a session has the keyboard, and is /dev/tty", with_a_led_tty, "restore",
	  TTY_RELAY, " tty[8805:19]=0 tty[500:6]=0K" },
	{ "a shell job's comes first, then what controls a session", with_all_ttys, "restore -j",
	  TTY_RELAY, " tty[8805:19]=1 tty[500:6]=0 tty[8804:19]=2K" },
	{ "criu makes pairs and hung terminals itself", with_a_pair_and_a_hung_tty, "restore -j",
	  TTY_NONE, "" },
};

static void terminal_is_chosen(void **state)
{
	const struct terminal *x = *state;
	struct unit_cli u = unit_parse(x->line, NULL, false);
	struct facts f;
	struct plan p;
	struct err e;
	int ptys = 0;
	char given[256] = "";

	any_facts(&f);
	x->facts(&f);
	assert_int_equal(thaw(&u.cli, &f, &p, &e), 0);
	assert_int_equal(p.tty, x->tty);
	for (size_t i = 0; i < p.n_given; i++)
		snprintf(given + strlen(given), sizeof(given) - strlen(given), " %s=%zu",
			 p.given[i].id, p.given[i].pty);
	if (p.has_keyboard)
		strcat(given, "K");
	assert_string_equal(given, x->given);
	for (size_t i = 0; i < p.n_steps; i++)
		ptys += strstr(p.steps[i].what, "open a pty") != NULL;
	assert_int_equal(ptys, x->tty != TTY_NONE);
	assert_int_equal(p.notes.n, x->tty == TTY_UNSEEN);
	plan_free(&p);
	forget(&f);
	unit_parse_free(&u);
}

static void thaw_no_images_dir(struct facts *f)
{
	images(f);
	no_images_dir(f);
}

static void no_inventory(struct facts *f)
{
	images(f);
	f->images.present = false;
}

static void of_a_newer_criu(struct facts *f)
{
	images(f);
	f->images.criu = CRIU_VERSION(4, 2, 0);
	f->criu_version = CRIU_VERSION(4, 1, 1);
}

static void no_pstree(struct facts *f)
{
	images(f);
	f->images.has_tree = false;
}

static void thaw_unwritable_images(struct facts *f)
{
	images(f);
	f->images_dir.writable = false;
	f->images_dir.errnum = EROFS;
}

static void thaw_no_work_dir(struct facts *f)
{
	images(f);
	f->work_dir = (struct dir){ .path = "w", .fd = -1, .errnum = ENOENT };
}

static void thaw_unwritable_work(struct facts *f)
{
	images(f);
	f->work_dir.writable = false;
	f->work_dir.errnum = EROFS;
}

static void a_pidfile(struct facts *f)
{
	images(f);
	f->pidfile_exists = true;
}

static void no_folder_for_the_pidfile(struct facts *f)
{
	images(f);
	f->pidfile_errnum = ENOENT;
}

static void no_folder_for_the_log(struct facts *f)
{
	images(f);
	f->log_errnum = ENOENT;
}

static void no_room(struct facts *f)
{
	images(f);
	f->images.ids[0] = 500;
	f->images.n_ids = 1;
	f->pid_max = 1000;
}

static const struct refusal thaw_refusals[] = {
	{ "a criu that is older than that of the images", of_a_newer_criu, "restore -d -D d",
	  "the images in d are of criu 4.2 or newer, but this one is 4.1", "--criu-binary",
	  -EINVAL },
	{ "no folder for the log", no_folder_for_the_log, "restore -d -D d -o e/log",
	  "cannot make the log file e/log", "relative to the work directory, d", -ENOENT },
	{ "a root on another device", images_on_another_device, "restore -d -D d",
	  "another root directory (/ of", "--root DIR", -EINVAL },
	{ "a root in another folder", images_on_another_folder, "restore -d -D d",
	  "another root directory (/srv/bundle/rootfs of", "--root DIR", -EINVAL },
	{ "an unknown root", images_on_an_unknown_root, "restore -d -D d",
	  "another root directory (unknown of", "--root DIR", -EINVAL },
	{ "no images directory", thaw_no_images_dir, "restore -D d",
	  "cannot open the images directory d", "", -ENOENT },
	{ "no images", no_inventory, "restore -D d", "no images in d", "-D", -EINVAL },
	{ "half the images", no_pstree, "restore -D d", "no pstree.img", "", -EINVAL },
	{ "no work directory", thaw_no_work_dir, "restore -W w", "cannot open the work directory w",
	  "", -ENOENT },
	{ "a work directory that is read-only", thaw_unwritable_work, "restore -W w",
	  "cannot write to the work directory w", "", -EROFS },
	{ "a pidfile that exists", a_pidfile, "restore --pidfile p", "pidfile p", "remove it",
	  -EINVAL },
	{ "a pidfile that cannot be made", no_folder_for_the_pidfile, "restore --pidfile n/p",
	  "pidfile n/p", "", -ENOENT },
	{ "no room for criu's pid", no_room, "restore", "pid_max 1000", "pid_max", -EINVAL },
};

static const struct refusal recipe_refusals[] = {
	{ "a missing folder in a mount, with its name", opt_missing, "restore",
	  "cannot find /srv/app/x, which is to be mounted on /opt",
	  "--external 'mnt[criu-ns-3]:PATH'", -ENOENT },
	{ "a missing mount", all_missing, "restore",
	  "cannot find /srv/app, which is to be mounted on /all", "mnt[criu-ns-4]:PATH", -ENOENT },
	{ "what was mounted there is not mounted now", all_unmounted,
	  "restore --external mnt[criu-ns-3]:/",
	  "/srv/app, which is to be mounted on /all, is in a file system of type tmpfs now, but was in one of type ext4",
	  "mount that again", -EINVAL },
	{ "a folder of the root that is out of reach", stack_missing, "restore",
	  "cannot find /b, which is to be mounted on /stack", "mnt[criu-ns-5]:PATH", -EACCES },
	{ "a missing root", root_missing, "restore",
	  "cannot find /srv/box, which is to be mounted on /", "--root DIR", -ENOENT },
	{ "a root that is made from nothing", root_of_nothing, "restore",
	  "the recipe does not say what / is made from (is=own)", "--root DIR", -EINVAL },
	{ "the lost content of a root", kept_and_lost, "restore", "cannot read criu-ns.root.tar",
	  "", -ENOENT },
	{ "a mount that was named by hand", named_by_hand, "restore",
	  "the mount /g was named by hand", "--external 'mnt[KEY]:PATH'", -EINVAL },
	{ "without a path, too", named_by_hand, "restore --external mnt[KEY]",
	  "the mount /g was named by hand", "--external 'mnt[KEY]:PATH'", -EINVAL },
	{ "a missing file", log_missing, "restore",
	  "cannot find /var/log/x, which the process had open", "--inherit-fd 'fd[N]:file[73:abc]'",
	  -ENOENT },
	{ "another thing in a file's place", log_is_a_folder, "restore",
	  "cannot find /var/log/x, which the process had open: there is something else",
	  "file[73:abc]", -EINVAL },
	{ "a recipe of other images", recipe_of_others, "restore",
	  "criu-ns.recipe does not belong to these images: /Xelow", "", -EINVAL },
	{ "a recipe of an init", a_recipe_of_an_init, "restore", "the frame of the recipe", "",
	  -EINVAL },
	{ "nowhere to lay things out", no_yard, "restore", "/sys nor /proc", "", -EINVAL },
};

static void much_is_missing(struct facts *f)
{
	with_recipe(f);
	lose(place(f, "/opt"), ENOENT);
	((struct host_mount *)place(f, "/opt")->from)->tree = NULL;
	lose(place(f, "/all"), ENOENT);
	file_of(f, 0)->errnum = ENOENT;
	file_of(f, 1)->difference = xstrdup("it belongs to 1:1");
	f->pidfile_exists = true;
}

static void no_directories(struct facts *f)
{
	images(f);
	f->images_dir = (struct dir){ .path = "/img", .fd = -1, .errnum = ENOENT };
	f->work_dir = f->images_dir;
	f->pidfile_exists = true;
}

static void no_work_directory(struct facts *f)
{
	with_recipe(f);
	f->work_dir = (struct dir){ .path = "/work", .fd = -1, .errnum = ENOENT };
	file_of(f, 1)->errnum = ENOENT;
}

/* All that a thaw is refused for, in this order. */
static const struct refusals {
	const char *name;
	facts_fn *facts;
	const char *line;
	const char *what[8];
} several[] = {
	{ "all that is missing is told at once",
	  much_is_missing,
	  "restore --pidfile p",
	  { "the pidfile p already exists", "which is to be mounted on /opt",
	    "which is to be mounted on /all", "cannot find /dev/null",
	    "/var/log/x is not the file that the process had open" } },
	{ "one directory for both is missing once",
	  no_directories,
	  "restore --pidfile p",
	  { "cannot open the images directory /img" } },
	{ "without a work directory nothing is said of a pidfile",
	  no_work_directory,
	  "restore --pidfile p",
	  { "cannot open the work directory /work", "cannot find /var/log/x" } },
};

static void all_is_told_at_once(void **state)
{
	const struct refusals *x = *state;
	struct unit_cli u = unit_parse(x->line, NULL, false);
	struct facts f;
	struct plan p;
	size_t n = 0;

	any_facts(&f);
	x->facts(&f);
	assert_true(plan_thaw(&u.cli, &f, &p) < 0);
	for (; x->what[n] && n < p.n_refusals; n++)
		unit_assert_contains(p.refusals[n].what, x->what[n]);
	assert_null(x->what[n]);
	assert_int_equal(p.n_refusals, n);
	plan_free(&p);
	forget(&f);
	unit_parse_free(&u);
}

static void thaw_is_refused(void **state)
{
	const struct refusal *x = *state;
	struct unit_cli u = unit_parse(x->line, NULL, false);
	struct facts f;
	struct plan p;
	struct err e = { 0 };

	any_facts(&f);
	x->facts(&f);
	memset(&p, 0x5a, sizeof(p));
	assert_refused(x, thaw(&u.cli, &f, &p, &e), &e, &p);
	forget(&f);
	unit_parse_free(&u);
}

static const struct accepted {
	const char *name;
	facts_fn *facts;
	const char *line;
} accepted[] = {
	{ "a stream needs no images directory either", thaw_no_images_dir, "restore --stream" },
	{ "a stream needs no inventory", no_inventory, "restore --stream" },
	{ "images may be read-only", thaw_unwritable_images, "restore -D d -W w" },
	{ "a pidfile matters to those only who name one", a_pidfile, "restore" },
	{ "the exit status of an init in the images", images_of_an_init, "restore --exit-status" },
	{ "--no-daemon takes -d back", images, "restore -d --no-daemon --exit-status" },
};

static void thaw_is_accepted(void **state)
{
	const struct accepted *x = *state;
	struct unit_cli u = unit_parse(x->line, NULL, false);
	struct facts f;
	struct plan p;
	struct err e = { 0 };

	any_facts(&f);
	x->facts(&f);
	UNIT_CHECK(thaw(&u.cli, &f, &p, &e) == 0, "%s", e.what);
	plan_free(&p);
	forget(&f);
	unit_parse_free(&u);
}

/* Capabilities: without any one of these the refusal names that one, and no other. */

static const struct capability {
	int bit;
	const char *name;
} capabilities[] = {
	{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN" },
	{ CAP_SYS_PTRACE, "CAP_SYS_PTRACE" },
	{ CAP_SYS_CHROOT, "CAP_SYS_CHROOT" },
	{ CAP_NET_ADMIN, "CAP_NET_ADMIN" },
	{ CAP_SETPCAP, "CAP_SETPCAP" },
	{ CAP_SETUID, "CAP_SETUID" },
	{ CAP_SETGID, "CAP_SETGID" },
	{ CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE" },
	{ CAP_CHOWN, "CAP_CHOWN" },
	{ CAP_FOWNER, "CAP_FOWNER" },
	{ CAP_KILL, "CAP_KILL" },
	{ CAP_SYS_RESOURCE, "CAP_SYS_RESOURCE" },
	{ CAP_CHECKPOINT_RESTORE, "CAP_CHECKPOINT_RESTORE" },
};

static const struct need {
	const char *name;
	facts_fn *facts;
	const char *line, *needed;
} needs[] = {
	{ "a freeze where the caller is", here, "dump -v -t 812", "CAP_SYS_PTRACE" },
	{ "a freeze in another frame", thawed, "dump -vvv -t 901",
	  "CAP_SYS_ADMIN CAP_SYS_PTRACE CAP_SYS_CHROOT" },
	{ "a freeze in another mount namespace", same_mounts, "dump -v4 -t 812",
	  "CAP_SYS_ADMIN CAP_SYS_PTRACE CAP_SYS_CHROOT" },
	{ "an unprivileged freeze where the caller is", here, "dump --unprivileged -t 812", "" },
	{ "an unprivileged freeze in another frame", thawed, "dump -v --unprivileged -t 901",
	  "CAP_SYS_ADMIN CAP_SYS_PTRACE CAP_SYS_CHROOT" },
	{ "a thaw", images, "restore --verbosity=1",
	  "CAP_SYS_ADMIN CAP_SYS_PTRACE CAP_SYS_CHROOT CAP_NET_ADMIN CAP_SETPCAP" },
};

static int try_with(const struct need *x, uint64_t caps, struct err *e)
{
	struct unit_cli u = unit_parse(x->line, NULL, false);
	struct facts f;
	struct plan p;
	int r;

	any_facts(&f);
	x->facts(&f);
	f.caps = caps;
	r = u.cli.command == CMD_RESTORE ? thaw(&u.cli, &f, &p, e) : freeze(&u.cli, &f, &p, e);
	plan_free(&p);
	forget(&f);
	unit_parse_free(&u);
	return r;
}

static bool is_needed(const struct need *x, const char *name)
{
	const char *at = strstr(x->needed, name);

	return at && (at[strlen(name)] == ' ' || at[strlen(name)] == '\0');
}

static void capabilities_are_needed(void **state)
{
	const struct need *x = *state;
	uint64_t unneeded = 0;
	struct err e = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(capabilities); i++) {
		const struct capability *c = &capabilities[i];
		uint64_t bit = UINT64_C(1) << c->bit;
		int r = try_with(x, ~bit, &e);

		if (!is_needed(x, c->name)) {
			UNIT_CHECK(r == 0, "%s: %s", c->name, e.what);
			unneeded |= bit;
			continue;
		}
		assert_int_equal(r, -EPERM);
		for (size_t j = 0; j < ARRAY_SIZE(capabilities); j++)
			UNIT_CHECK(!strstr(e.what, capabilities[j].name) == (i != j), "%s: %s",
				   capabilities[j].name, e.what);
	}
	assert_int_equal(try_with(x, ~unneeded, &e), 0);
	assert_int_equal(try_with(x, 0, &e), *x->needed ? -EPERM : 0);
	for (size_t i = 0; i < ARRAY_SIZE(capabilities) && *x->needed; i++)
		UNIT_CHECK(!strstr(e.what, capabilities[i].name) ==
				   !is_needed(x, capabilities[i].name),
			   "%s: %s", capabilities[i].name, e.what);
}

static void who_is_not_root_is_told_so_and_no_more(void **state)
{
	static const struct need freeze = { "", here, "dump -t 812", "" };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(try_with(&freeze, 0, &e), -EPERM);
	unit_assert_contains(e.what, "must be run as root");
	unit_assert_lacks(e.what, "CAP_");
}

static void each_missing_capability_has_its_reason(void **state)
{
	char text[2048];

	(void)state;
	caps_missing_text(~UINT64_C(0), text, sizeof(text));
	assert_string_equal(text, "");
	caps_missing_text(0, text, sizeof(text));
	for (size_t i = 0; i < ARRAY_SIZE(capabilities); i++) {
		const char *at = strstr(text, capabilities[i].name);

		UNIT_CHECK(at && !strncmp(at + strlen(capabilities[i].name), " (to ", 5), "%s",
			   capabilities[i].name);
	}
	caps_missing_text(0, text, 20); /* cut, not overrun */
	assert_int_equal(strlen(text), 19);
}

static void our_own_capabilities_are_those_of_the_kernel(void **state)
{
	char *text = NULL;
	uint64_t ours;
	struct err e;
	const char *line;

	(void)state;
	assert_int_equal(caps_effective(&ours, &e), 0);
	assert_true(read_file_at(AT_FDCWD, "/proc/self/status", 65536, &text) > 0);
	line = strstr(text, "CapEff:");
	assert_non_null(line);
	for (size_t i = 0; i < ARRAY_SIZE(capabilities); i++) {
		uint64_t bit = UINT64_C(1) << capabilities[i].bit;

		UNIT_CHECK(!(strtoull(line + 7, NULL, 16) & bit) == !(ours & bit), "%s",
			   capabilities[i].name);
	}
	free(text);
}

int main(void)
{
	UNIT_ROWS(freeze_is_planned, freezes);
	UNIT_ROWS(freeze_is_refused, freeze_refusals);
	UNIT_ROWS(recipe_is_written, writtens);
	UNIT_ROWS(recipe_tells_what_is_frozen, abouts);
	UNIT(all_refusals_are_told_at_once);
	UNIT(a_target_that_is_none_has_one_refusal);
	UNIT(a_refusal_makes_no_other);
	UNIT(a_server_outside_of_the_tree_is_no_obstacle);
	UNIT_ROWS(task_is_noted, task_notes);
	UNIT(a_pipe_with_one_end_is_noted);
	UNIT(unsupported_is_refused);
	UNIT_ROWS(version_decides, versions);
	UNIT(a_newer_criu_may_do_what_none_could);
	UNIT(files_are_remembered);
	UNIT(a_pre_dump_leaves_nothing_to_thaw);
	UNIT(a_stream_needs_no_images_directory);
	UNIT_ROWS(thaw_is_planned, thaws);
	UNIT_ROWS(pipe_is_noted, pipe_notes);
	UNIT_ROWS(terminal_is_chosen, terminals);
	UNIT_ROWS(thaw_is_refused, thaw_refusals);
	UNIT_ROWS(all_is_told_at_once, several);
	UNIT_ROWS(recipe_is_followed, laids);
	UNIT_ROWS(thaw_is_refused, recipe_refusals);
	UNIT_ROWS(thaw_is_accepted, accepted);
	UNIT_ROWS(capabilities_are_needed, needs);
	UNIT(who_is_not_root_is_told_so_and_no_more);
	UNIT(each_missing_capability_has_its_reason);
	UNIT(our_own_capabilities_are_those_of_the_kernel);
	return unit_run("plan");
}
