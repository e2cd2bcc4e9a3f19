// SPDX-License-Identifier: MIT
#include "freeze/outcome.h"

#include "look/procfs.h"
#include "util/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static const char inventory_name[] = "inventory.img";

void outcome_mark(const struct facts *f, struct outcome_mark *ret)
{
	*ret = (struct outcome_mark){ .now = time(NULL) };
	if (f->images_dir.fd >= 0 &&
	    fstatat(f->images_dir.fd, inventory_name, &ret->inventory, AT_SYMLINK_NOFOLLOW) < 0)
		ret->inventory.st_ino = 0;
}

/*
 * criu truncates an existing file. Some file systems count in seconds (ext4 with small inodes,
 * FAT), so an unchanged time stamp proves something only if it is a few seconds old.
 */
static bool is_older(const struct outcome_mark *before, const struct stat *st)
{
	enum { COARSEST = 3 };
	const struct stat *was = &before->inventory;

	return was->st_ino == st->st_ino && was->st_mtim.tv_sec == st->st_mtim.tv_sec &&
	       was->st_mtim.tv_nsec == st->st_mtim.tv_nsec &&
	       before->now - st->st_mtim.tv_sec > COARSEST;
}

/* errno ENOENT: there is none of that name. */
static bool has_image(int dirfd, const char *name, struct stat *st)
{
	errno = 0;
	return fstatat(dirfd, name, st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st->st_mode) &&
	       st->st_size > 0;
}

static bool has_written(const struct facts *f, const struct outcome_mark *before)
{
	static const char *const others[] = { "pstree.img", "files.img" };
	int dirfd = f->images_dir.fd;
	struct stat st;

	if (dirfd < 0 || !has_image(dirfd, inventory_name, &st) || is_older(before, &st))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (!has_image(dirfd, others[i], &st))
			return false;
	return true;
}

/*
 * criu writes the inventory last (cr_dump_tasks() in criu/cr-dump.c), but for the files that belong
 * to no single task: they are empty until just before criu ends the tree, when it writes their
 * buffers, one file after the other (cr_dump_finish(), criu/bfd.c).
 */
bool outcome_images(const struct facts *f, const struct outcome_mark *before)
{
	static const char *const buffered[] = {
		"tty-info.img",  "remap-fpath.img", "cgroup.img",
		"filelocks.img", "seccomp.img",     "apparmor.img"
	};
	struct stat st;

	if (!has_written(f, before))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(buffered); i++)
		if (!has_image(f->images_dir.fd, buffered[i], &st) && errno != ENOENT)
			return false;
	return true;
}

static bool ends_within(int pidfd, int ms)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return RETRY(poll(&p, 1, ms)) > 0;
}

/* Has it been killed: is SIGKILL pending, or has it begun to exit? */
static bool is_dying(const struct facts *f)
{
	static const unsigned long long kill_bit = 1ULL << (SIGKILL - 1);
	_cleanup_free_ char *text = NULL;
	struct proc_stat s;
	char path[32];

	if (procfs_stat(f->proc, f->target.pid, &s) < 0 || s.flags & PROC_EXITING)
		return true;
	snprintf(path, sizeof(path), "%d/status", f->target.pid);
	if (read_file_at(f->proc, path, 65536, &text) < 0)
		return true;
	for (const char *p = text; (p = strstr(p, "Pnd:\t")); p++)
		if (strtoull(p + 5, NULL, 16) & kill_bit)
			return true;
	return false;
}

/*
 * criu may have ended after it sent SIGKILL and before the target has ended, or somebody else may
 * just have killed the target. Freeing the memory of a large process takes seconds.
 */
static enum outcome_target look_at_target(const struct facts *f, bool may_be_killed)
{
	enum { MOMENT = 50, LONG = 10000 };
	struct proc_stat s;

	if (ends_within(f->target_fd, may_be_killed ? MOMENT : 0))
		return TARGET_ENDED;
	if (is_dying(f))
		return ends_within(f->target_fd, LONG) ? TARGET_ENDED : TARGET_UNSURE;
	if (procfs_stat(f->proc, f->target.pid, &s) == 0 && s.state == 'T' &&
	    f->target.state != 'T')
		return TARGET_STOPPED;
	return TARGET_RUNS;
}

void outcome_look(const struct plan *p, const struct facts *f, const struct outcome_mark *before,
		  int wait_status, struct outcome *ret)
{
	bool good = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;

	ret->wait_status = wait_status;
	ret->images = p->record && (good ? has_written(f, before) : outcome_images(f, before));
	if (good && p->leaves_tree)
		ret->target = TARGET_RUNS;
	else
		ret->target = look_at_target(f, ret->images && !p->leaves_tree &&
							(good || WIFSIGNALED(wait_status)));
}

static int judge_success(const struct plan *p, const struct facts *f, const struct outcome *o,
			 struct err *e)
{
	const char *criu = "criu ended with status 0";

	if (p->record && !o->images) {
		err_set(e, 0, "%s, but left no images of process %d (%s) in %s", criu,
			f->target.pid, f->target.comm, f->images_dir.path);
		return err_hint(
			e,
			o->target == TARGET_ENDED
				? "the process has ended"
				: "the process is still there; is the program that was run really criu?");
	}
	if (!p->leaves_tree && o->target != TARGET_ENDED) {
		err_set(e, 0, "%s, but process %d (%s) is still there", criu, f->target.pid,
			f->target.comm);
		return err_hint(e, "is the program that was run really criu?");
	}
	return 0;
}

/* A network namespace is locked as a whole (network_lock_internal() in criu/net.c). */
static const char lock_hint[] =
	"; criu may have locked its network: nsenter -t %d -n %s shows that (%s)";

static void tell_running(const struct facts *f, struct verdict *ret)
{
	pid_t pid = f->target.pid;
	size_t size = sizeof(ret->known);
	/* criu's code in its memory is the parasite (compel) */
	int n = snprintf(ret->known, size,
			 "process %d runs, perhaps with code of criu's left in its memory: "
			 "the next freeze, or the process itself, may fail",
			 pid);

	if (f->own_network && n > 0 && (size_t)n < size)
		snprintf(ret->known + n, size - (size_t)n, lock_hint, pid,
			 f->has_iptables ? "iptables -S" : "nft list tables",
			 f->has_iptables
				 ? "undo it with iptables -D INPUT -j CRIU, -D OUTPUT -j CRIU, "
				   "-F CRIU, -X CRIU, and the same with ip6tables"
				 : "undo it with nft delete table inet CRIU-...");
}

static void tell(const struct facts *f, const struct outcome *o, struct verdict *ret)
{
	size_t size = sizeof(ret->known);
	pid_t pid = f->target.pid;
	const char *images = o->images ? "complete" : "not complete";

	switch (o->target) {
	case TARGET_ENDED:
		snprintf(ret->known, size, "process %d has ended, and its images are %s", pid,
			 images);
		break;
	case TARGET_UNSURE:
		snprintf(ret->known, size, "process %d is about to end, and its images are %s", pid,
			 images);
		break;
	case TARGET_STOPPED:
		snprintf(ret->known, size, "process %d is stopped: kill -CONT %d lets it run on",
			 pid, pid);
		break;
	case TARGET_RUNS:
		if (WIFSIGNALED(o->wait_status))
			tell_running(f, ret);
		break;
	}
}

int outcome_judge(const struct plan *p, const struct facts *f, const struct outcome *o,
		  struct verdict *ret, struct err *e)
{
	*ret = (struct verdict){ .status = process_exit_code(o->wait_status) };
	if (ret->status == 0)
		return judge_success(p, f, o, e);
	if (WIFSIGNALED(o->wait_status) && p->record && !p->leaves_tree && o->images &&
	    o->target == TARGET_ENDED) {
		snprintf(
			ret->known, sizeof(ret->known),
			"criu died of signal %d (%s) after it had ended process %d; the images are complete",
			WTERMSIG(o->wait_status), strsignal(WTERMSIG(o->wait_status)),
			f->target.pid);
		ret->status = 0;
		return 0;
	}
	ret->failed = true;
	ret->repeatable = WIFEXITED(o->wait_status) && o->target == TARGET_RUNS;
	tell(f, o, ret);
	return 0;
}
