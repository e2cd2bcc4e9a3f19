// SPDX-License-Identifier: MIT
/* The plan for each kind of target and of images, from facts made by hand and recorded tables. */
#include "unit.h"

#include "caps.h"
#include "plan.h"

#include <sys/sysmacros.h>

#include <errno.h>
#include <linux/capability.h>
#include <sys/mount.h>

/* Facts. Descriptors are numbers here: a plan opens, reads and closes nothing. */
enum { A_FD = 1000, PID_MAX = 32768 };

typedef void facts_fn(struct facts *f);

static void take_table(struct mounts *t, const char *name)
{
	char *file = xasprintf("mountinfo/%s.txt", name);
	char *path = unit_fixture(file);
	struct err e;

	mounts_free(t);
	UNIT_CHECK(mounts_read(AT_FDCWD, path, t, &e) == 0, "%s", e.what);
	free(path);
	free(file);
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
	in_frame(f, task_of("criu-ns-init", 900, 0, 1));
	f->frame.ns_mnt = 4026532300;
	take_table(&f->frame_view, "thawed");
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
	free(f->target_view.v[0].fstype);
	f->target_view.v[0].fstype = xstrdup("ramfs");
	f->target_view.v[0].dev++;
}

static void read_only_bind(struct facts *f)
{
	private_tmp(f);
	for (size_t i = 0; i < f->target_view.n; i++)
		if (!strcmp(f->target_view.v[i].at, "/var/tmp"))
			f->target_view.v[i].flags |= MS_RDONLY;
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
	f->target_view.v[20].dev++;
}

static void foreign_user(struct facts *f)
{
	own_proc_only(f);
	f->foreign_user_ns = true;
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

#define SLOTS "--images-dir /proc/self/fd/<images> --work-dir /proc/self/fd/<work>"

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
	{ "an init is frozen from one level up", container_init, "dump -t 940 -M auto", false,
	  false, false, MOUNTS_CALLER, 940, "dump -t 940 -M auto --external mnt[]:m",
	  "run criu in the caller's pid namespace|save the mounts of process 940|own mount /dev|"
	  "own mount /sys/firmware|mnt[]:m" },
	{ "an init two levels down is frozen from one level up too", init_in_a_container,
	  "dump -t 951 -M auto", false, true, true, MOUNTS_FRAME, 21,
	  "dump -t 951 -M auto --external mnt[]:m " SLOTS " --tree 21",
	  "pid namespace of process 940|951 to 21|mount namespace of process 940" },
	{ "a service with mounts of its own needs their masters", private_tmp, "dump -t 812", false,
	  false, false, MOUNTS_CALLER, 812, "dump -t 812 --external mnt[]:m",
	  "own mount /var/tmp|own mount /mnt|add --external mnt[]:m" },
	{ "unless the user has said so", private_tmp, "dump --external mnt[]:m -t 812", false,
	  false, false, MOUNTS_CALLER, 812, "dump --external mnt[]:m -t 812", "own mount /mnt" },
	{ "in the old words too", private_tmp, "dump --enable-external-masters -t 812", false,
	  false, false, MOUNTS_CALLER, 812, "dump --enable-external-masters -t 812",
	  "own mount /mnt" },
	{ "mnt[]:s says nothing about masters", private_tmp, "dump --external mnt[]:s -t 812",
	  false, false, false, MOUNTS_CALLER, 812,
	  "dump --external mnt[]:s -t 812 --external mnt[]:m", "mnt[]:m" },
	{ "mnt[]:sm says what criu reads of it, and the rest is added", private_tmp,
	  "dump --external mnt[]:sm -t 812", false, false, false, MOUNTS_CALLER, 812,
	  "dump --external mnt[]:sm -t 812 --external mnt[]:m", "mnt[]:m" },
	{ "a read-only root is frozen as it is", read_only_root, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 --external mnt[]:m", "own mount /|own mount /var/tmp" },
	{ "a service below a thawed tree is frozen from the frame, not from its own view",
	  private_tmp_below_a_thaw, "dump -t 905", false, true, false, MOUNTS_FRAME, 5004,
	  "dump -t 905 --external mnt[]:m " SLOTS " --tree 5004",
	  "905 to 5004|mount namespace of process 900|own mount /var/tmp|own mount /mnt" },
	{ "peers outside are named too", peers, "dump -t 812", false, false, false, MOUNTS_CALLER,
	  812, "dump -t 812 --external mnt[]:s", "own mount /run/user|add --external mnt[]:s" },
	{ "unless the user has done it", peers, "dump -t 812 --external mnt[]:s", false, false,
	  false, MOUNTS_CALLER, 812, "dump -t 812 --external mnt[]:s", "own mount /run/user" },
	{ "a mount namespace with the caller's mounts is entered alone", same_mounts, "dump -t 812",
	  false, false, false, MOUNTS_TARGET, 812, "dump -t 812 " SLOTS,
	  "run criu in the caller's pid namespace|mount namespace of process 812|directories" },
	{ "a /proc of its own is not entered without its pid namespace", own_proc_only,
	  "dump -t 812", false, false, false, MOUNTS_CALLER, 812, "dump -t 812 --external mnt[]:m",
	  "save the mounts" },
	{ "a mount namespace of another user namespace is not entered", foreign_user, "dump -t 812",
	  false, false, false, MOUNTS_CALLER, 812, "dump -t 812 --external mnt[]:m",
	  "save the mounts" },
};

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
	UNIT_CHECK(plan_freeze(&u.cli, &f, &p, &e) == 0, "%s", e.what);
	assert_int_equal(p.kind, PLAN_FREEZE);
	assert_int_equal(p.enter_pid, x->enter_pid);
	assert_int_equal(p.stop_init, x->stop_init);
	assert_int_equal(p.mounts, x->mounts);
	assert_int_equal(p.tree, x->tree);
	unit_assert_words(&p.args, x->args);
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

static void session_outside(struct facts *f)
{
	thawed(f);
	f->target.session = 0;
}

static void fd_outside(struct facts *f)
{
	thawed(f);
	f->outside = xcalloc(1, sizeof(*f->outside));
	f->outside[f->n_outside++] = (struct outside_fd){ 903, 7, 115, xstrdup("/dev/null") };
}

static void fds_outside(struct facts *f)
{
	private_tmp(f);
	f->outside = xcalloc(2, sizeof(*f->outside));
	f->outside[f->n_outside++] = (struct outside_fd){ 812, 0, 115, xstrdup("/log") };
	f->outside[f->n_outside++] = (struct outside_fd){ 812, 1, 115, xstrdup("/log") };
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
	f->foreign_user_ns = true;
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
	{ "a session from outside", session_outside, "dump -t 901", "process 901 (counter)",
	  "setsid", -EINVAL },
	{ "a descriptor from outside, with its number, owner and path", fd_outside, "dump -t 901",
	  "descriptor 7 of process 903 (/dev/null) was", "reopen", -EINVAL },
	{ "descriptors from outside", fds_outside, "dump -t 812",
	  "descriptor 0 of process 812 (/log) and others", "reopen", -EINVAL },
	{ "a pid namespace in the caller's mount namespace", no_mounts_of_its_own, "dump -t 901",
	  "process 901 (counter)", "-t 900", -EINVAL },
	{ "a pid namespace with the caller's /proc", no_proc_of_its_own, "dump -t 901",
	  "process 901 (counter)", "--mount-proc", -EINVAL },
	{ "a process of a container", inside_a_container, "dump -t 941",
	  "process 941 (nginx) lives below a container", "-t 940", -EINVAL },
	{ "a view of its own below a container", below_a_container, "dump -t 905", "900", "-t 900",
	  -EINVAL },
	{ "a view of its own below a single mount of its init's own", below_a_service,
	  "dump -t 905", "900", "-t 900", -EINVAL },
	{ "a view of its own in a pid namespace with the caller's /proc",
	  private_tmp_without_a_frame_for_it, "dump -t 905", "process 905 (service)", "900",
	  -EINVAL },
	{ "a root whose content criu does not save", sandbox, "dump -t 812",
	  "process 812 (sshd worker) has a tmpfs", "", -EINVAL },
	{ "a ramfs as root", ramfs, "dump -t 812", "process 812 (sshd worker) has a ramfs", "",
	  -EINVAL },
	{ "a read-only bind that criu would thaw writable", read_only_bind, "dump -t 812",
	  "has a read-only bind of its root's file system on /var/tmp", "", -EINVAL },
	{ "a root of its own", lxc_init, "dump -t 940",
	  "process 940 (init) has a root of its own (/var/lib/lxc/u1/rootfs", "--root", -EINVAL },
	{ "a frame of another user", of_another_user, "dump -t 905", "900", "-t 900", -EINVAL },
	{ "no images directory", freeze_no_images_dir, "dump -t 812 -D d",
	  "cannot open the images directory d", "mkdir d", -ENOENT },
	{ "an images directory that is read-only", freeze_unwritable, "dump -t 812 -D d",
	  "cannot write to the images directory d", "", -EROFS },
	{ "no work directory", freeze_no_work_dir, "dump -t 812 -W w",
	  "cannot open the work directory w", "mkdir w", -EACCES },
	{ "a work directory that is not ours to write", freeze_unwritable_work, "dump -t 812 -W w",
	  "cannot write to the work directory w", "", -EACCES },
};

static void assert_refused(const struct refusal *x, int r, const struct err *e,
			   const struct plan *p)
{
	struct plan untouched;

	memset(&untouched, 0x5a, sizeof(untouched));
	assert_int_equal(r, x->r);
	unit_assert_contains(e->what, x->what);
	unit_assert_contains(e->hint, x->hint);
	assert_memory_equal(p, &untouched, sizeof(untouched));
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
	assert_refused(x, plan_freeze(&u.cli, &f, &p, &e), &e, &p);
	forget(&f);
	unit_parse_free(&u);
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
	assert_int_equal(plan_freeze(&u.cli, &f, &p, &e), 0);
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

static void images_with_mounts(struct facts *f)
{
	images(f);
	f->images.own_mounts = true;
	f->images.root_dev = makedev(254, 0);
	f->images.root_folder = xstrdup("/");
	take_table(&f->caller_view, "host");
}

static void images_on_another_device(struct facts *f)
{
	images_with_mounts(f);
	f->images.root_dev = makedev(254, 1);
}

static void images_on_another_folder(struct facts *f)
{
	images_with_mounts(f);
	free(f->images.root_folder);
	f->images.root_folder = xstrdup("/srv/bundle/rootfs");
}

static void images_on_an_unknown_root(struct facts *f)
{
	images_with_mounts(f);
	free(f->images.root_folder);
	f->images.root_folder = NULL;
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

#define PIDFILE    "--pidfile /proc/1/fd/<scratch>/pid"
#define BACKGROUND "--restore-detached " PIDFILE

static const struct thaw {
	const char *name;
	facts_fn *facts;
	const char *line;
	bool posix;
	enum plan_kind kind;
	pid_t criu_pid;
	const char *exec; /* the word at exec_at */
	const char *args, *steps;
} thaws[] = {
	{ "criu sits above all ids of the images", images, "restore -d -D d", false, PLAN_THAW,
	  5515, NULL, "restore -d -D d " BACKGROUND,
	  "new pid and mount namespace|slaves|criu there as pid 5515|root task as pid "
	  "5000|return" },
	{ "in the foreground criu leaves too, and we wait", images, "restore", false, PLAN_THAW,
	  5515, NULL, "restore " BACKGROUND, "5515|5000|wait for the root task" },
	{ "low pids stay free", images_of_low_pids, "restore", false, PLAN_THAW, 812, NULL,
	  "restore " BACKGROUND, "criu there as pid 812|root task as pid 2" },
	{ "images that are not understood are criu's to judge", images_unknown, "restore", false,
	  PLAN_THAW, 32256, NULL, "restore " BACKGROUND, "pid 32256" },
	{ "a sibling", images, "restore -dS", false, PLAN_THAW, 5515, NULL,
	  "restore -dS " BACKGROUND, "" },
	{ "the user's pidfile is not criu's", images, "restore --pidfile p -d", false, PLAN_THAW,
	  5515, NULL, "restore --pidfile p -d " BACKGROUND, "" },
	{ "what is added goes in front of --", images, "restore -d --", false, PLAN_THAW, 5515,
	  NULL, "restore -d " BACKGROUND " --", "" },
	{ "own options are gone from criu's line", images, "restore --exit-status --criu-binary=/b",
	  false, PLAN_THAW, 5515, NULL, "restore " BACKGROUND, "" },

	{ "a command behind --", images, "restore --exec-cmd -D d -- prog -v --dry-run", false,
	  PLAN_THAW, 5515, "prog", "restore --exec-cmd -D d " PIDFILE " -- prog -v --dry-run",
	  "command" },
	{ "a command behind --, and the command word too", images, "--exec-cmd -- restore prog",
	  false, PLAN_THAW, 5515, "prog", "--exec-cmd " PIDFILE " -- restore prog", "" },
	{ "a command without --", images, "restore --exec-cmd prog arg", false, PLAN_THAW, 5515,
	  "prog", "restore --exec-cmd prog arg " PIDFILE, "" },
	{ "a command behind own options", images, "--exec-cmd restore --criu-binary b -- prog",
	  false, PLAN_THAW, 5515, "prog", "--exec-cmd restore " PIDFILE " -- prog", "" },
	{ "POSIX: a command", images, "-D d --exec-cmd restore prog -v", true, PLAN_THAW, 5515,
	  "prog", "-D d --exec-cmd " PIDFILE " restore prog -v", "" },
	{ "a command, and mounts", images_with_mounts, "restore --exec-cmd -- prog", false,
	  PLAN_THAW, 5515, "prog", "restore --exec-cmd --root / " PIDFILE " -- prog", "" },

	{ "mounts in the images need a root", images_with_mounts, "restore -d", false, PLAN_THAW,
	  5515, NULL, "restore -d --root / " BACKGROUND, "--root /" },
	{ "unless the user has named one", images_with_mounts, "restore -d -r /r", false, PLAN_THAW,
	  5515, NULL, "restore -d -r /r " BACKGROUND, "" },
	{ "external mounts are looked for again", images_with_external_mounts, "restore -d", false,
	  PLAN_THAW, 5515, NULL,
	  "restore -d --root / --external mnt[]:m --external mnt[]:s " BACKGROUND, "mnt[]:m" },
	{ "what the user has said of them is not said again", images_with_external_mounts,
	  "restore -d --root /r --external mnt[]:m", false, PLAN_THAW, 5515, NULL,
	  "restore -d --root /r --external mnt[]:m --external mnt[]:s " BACKGROUND, "mnt[]:s" },

	{ "an init in the images is criu's own matter", images_of_an_init, "restore -d --pidfile p",
	  false, PLAN_THAW_PLAIN, 0, NULL, "restore -d --pidfile p", "caller's namespaces" },
	{ "an init with mounts in the images", images_of_an_init_with_mounts, "restore", false,
	  PLAN_THAW_PLAIN, 0, NULL, "restore --root /", "--root /|caller's namespaces" },
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
	UNIT_CHECK(plan_thaw(&u.cli, &f, &p, &e) == 0, "%s", e.what);
	assert_int_equal(p.kind, x->kind);
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

static const struct terminal {
	const char *name;
	facts_fn *facts;
	const char *line;
	enum plan_tty tty;
} terminals[] = {
	{ "a shell job in the foreground gets a pty", on_a_terminal, "restore -j", TTY_RELAY },
	{ "a detached shell job gets a pty, too", on_a_terminal, "restore -jd", TTY_RELAY },
	{ "without a terminal a shell job has what there is", images, "restore -j", TTY_NONE },
	{ "without a terminal detached too", images, "restore -jd", TTY_NONE },
	{ "what is no shell job gets no pty", on_a_terminal, "restore", TTY_NONE },
	{ "--no-shell-job has the last word", on_a_terminal, "restore -j --no-shell-job",
	  TTY_NONE },
};

static void terminal_is_chosen(void **state)
{
	const struct terminal *x = *state;
	struct unit_cli u = unit_parse(x->line, NULL, false);
	struct facts f;
	struct plan p;
	struct err e;
	int ptys = 0;

	any_facts(&f);
	x->facts(&f);
	assert_int_equal(plan_thaw(&u.cli, &f, &p, &e), 0);
	assert_int_equal(p.tty, x->tty);
	for (size_t i = 0; i < p.n_steps; i++)
		ptys += strstr(p.steps[i].what, "pty") != NULL;
	assert_int_equal(ptys, x->tty == TTY_RELAY);
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

static void no_room(struct facts *f)
{
	images(f);
	f->images.ids[0] = 500;
	f->images.n_ids = 1;
	f->pid_max = 1000;
}

static const struct refusal thaw_refusals[] = {
	{ "a root on another device", images_on_another_device, "restore -d -D d",
	  "a root of its own (/ of", "--root DIR", -EINVAL },
	{ "a root in another folder", images_on_another_folder, "restore -d -D d",
	  "a root of its own (/srv/bundle/rootfs of", "--root DIR", -EINVAL },
	{ "an unknown root", images_on_an_unknown_root, "restore -d -D d",
	  "a root of its own (unknown of", "--root DIR", -EINVAL },
	{ "a sibling that is not detached", images, "restore -S", "--restore-sibling", "",
	  -EINVAL },
	{ "a command in the background", images, "restore -d --exec-cmd -- prog", "--exec-cmd", "",
	  -EINVAL },
	{ "no command to execute", images, "restore --exec-cmd", "--exec-cmd", "", -EINVAL },
	{ "no command to execute behind --", images, "restore --exec-cmd --", "--exec-cmd", "",
	  -EINVAL },
	{ "a word too much", images, "restore -D d now", "'now'", "", -EINVAL },
	{ "a word too much behind --", images, "restore -D d -- now", "'now'", "", -EINVAL },
	{ "an exit status that nobody waits for", images, "restore -d --exit-status",
	  "--restore-detached", "", -EINVAL },
	{ "an exit status of a command", images, "restore --exit-status --exec-cmd -- prog",
	  "--exec-cmd", "", -EINVAL },
	{ "an exit status of an init in the images", images_of_an_init, "restore --exit-status",
	  "--exit-status", "", -EINVAL },
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
	assert_refused(x, plan_thaw(&u.cli, &f, &p, &e), &e, &p);
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
	UNIT_CHECK(plan_thaw(&u.cli, &f, &p, &e) == 0, "%s", e.what);
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
	{ "a freeze where the caller is", here, "dump -t 812", "CAP_SYS_PTRACE" },
	{ "a freeze in another frame", thawed, "dump -t 901",
	  "CAP_SYS_ADMIN CAP_SYS_PTRACE CAP_SYS_CHROOT" },
	{ "a freeze in another mount namespace", same_mounts, "dump -t 812",
	  "CAP_SYS_ADMIN CAP_SYS_PTRACE CAP_SYS_CHROOT" },
	{ "an unprivileged freeze where the caller is", here, "dump --unprivileged -t 812", "" },
	{ "an unprivileged freeze in another frame", thawed, "dump --unprivileged -t 901",
	  "CAP_SYS_ADMIN CAP_SYS_PTRACE CAP_SYS_CHROOT" },
	{ "a thaw", images, "restore",
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
	r = u.cli.command == CMD_RESTORE ? plan_thaw(&u.cli, &f, &p, e)
					 : plan_freeze(&u.cli, &f, &p, e);
	if (r == 0)
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
	UNIT(a_stream_needs_no_images_directory);
	UNIT_ROWS(thaw_is_planned, thaws);
	UNIT_ROWS(terminal_is_chosen, terminals);
	UNIT_ROWS(thaw_is_refused, thaw_refusals);
	UNIT_ROWS(thaw_is_accepted, accepted);
	UNIT_ROWS(capabilities_are_needed, needs);
	UNIT(each_missing_capability_has_its_reason);
	UNIT(our_own_capabilities_are_those_of_the_kernel);
	return unit_run("plan");
}
