/*
 * waitfor WHAT: waits for an event, at most a minute, and exits with 0 when it came, else 1.
 *
 *     exit PID          the process is dead, a zombie included (pidfd)
 *     file PATH         the file exists and is not empty (inotify)
 *     state PID         the process shows a state, "identity:count" as its name (see target.h)
 *     count PID NUMBER  that count is beyond NUMBER
 *     stopped PID       the process is in state T
 *     children PID N    the process has exactly N children
 *
 * The last four look every millisecond: /proc tells nobody.
 */
#include "target.h"

#include <errno.h>
#include <libgen.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { LIMIT_MS = 60000 };

static int wait_exit(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd pidfd = { .fd = fd, .events = POLLIN };

	/* EINVAL: its number is still that of a session or a process group (before Linux 6.15) */
	if (fd < 0)
		return errno == ESRCH || errno == EINVAL ? 0 : 1;
	return poll(&pidfd, 1, LIMIT_MS) == 1 ? 0 : 1;
}

static int wait_file(const char *path)
{
	char *copy = strdup(path), events[4096];
	struct pollfd in = { .fd = inotify_init1(IN_NONBLOCK), .events = POLLIN };
	struct stat st;

	if (inotify_add_watch(in.fd, dirname(copy),
			      IN_CREATE | IN_MODIFY | IN_MOVED_TO | IN_CLOSE_WRITE) < 0)
		target_die(path);
	while (stat(path, &st) < 0 || st.st_size == 0) {
		if (poll(&in, 1, LIMIT_MS) != 1)
			return 1;
		while (read(in.fd, events, sizeof(events)) > 0)
			;
	}
	return 0;
}

/* The first line of /proc/PID/NAME, or an empty string. */
static const char *proc_line(pid_t pid, const char *name)
{
	static char line[8192];
	char path[64];
	ssize_t length = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		length = read(fd, line, sizeof(line) - 1);
		close(fd);
	}
	line[length > 0 ? length : 0] = '\0';
	return line;
}

static int has_count(pid_t pid, long beyond)
{
	long count;
	unsigned int identity;

	return sscanf(proc_line(pid, "comm"), "%6x:%ld", &identity, &count) == 2 && count > beyond;
}

/* The letter that stands for the process's state; 'X' when there is no such process any more. */
static char state_of(pid_t pid)
{
	const char *end = strrchr(proc_line(pid, "stat"), ')');

	return end && end[1] ? end[2] : 'X';
}

static int has_children(pid_t pid, long number)
{
	char path[64];
	long children = 0;

	snprintf(path, sizeof(path), "task/%d/children", pid);
	for (const char *c = proc_line(pid, path); *c; c++)
		children += *c == ' ';
	return children == number;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	pid_t pid = argc > 2 ? atoi(argv[2]) : 0;
	long number = argc > 3 ? strtol(argv[3], NULL, 10) : -1;
	int result = 1;

	if (strcmp(what, "exit") == 0) {
		result = wait_exit(pid);
	} else if (strcmp(what, "file") == 0) {
		result = wait_file(argv[2]);
	} else {
		for (int ms = 0; result && ms < LIMIT_MS; ms++) {
			if (strcmp(what, "stopped") == 0)
				result = state_of(pid) != 'T';
			else if (strcmp(what, "children") == 0)
				result = !has_children(pid, number);
			else if (strcmp(what, "state") == 0 || strcmp(what, "count") == 0)
				result = !has_count(pid, number);
			else
				return 2;
			if (result && strchr("XZ", state_of(pid)))
				break;
			if (result)
				target_pause(1);
		}
	}
	if (result)
		fprintf(stderr, "# waitfor: %s %s: did not come\n", what, argv[2]);
	return result;
}
