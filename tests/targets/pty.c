/*
 * pty COMMAND...: runs a command on a new terminal, as the leader of a session that it controls.
 *
 * stdin is what is typed there, stdout what appears; no echo, so that only answers appear. Exits as
 * the command did (128+N for a signal); the end of stdin hangs nothing up.
 */
#include "target.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

static void run_on(const char *terminal, char **argv)
{
	int tty;

	/* A shell starts what is in the background with these ignored. */
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	setsid();
	tty = open(terminal, O_RDWR);
	if (tty < 0 || ioctl(tty, TIOCSCTTY, 0) < 0)
		target_die(terminal);
	for (int fd = 0; fd <= 2; fd++)
		dup2(tty, fd);
	target_close_rest();
	execvp(argv[0], argv);
	target_die(argv[0]);
}

/* Copies what there is; returns 0 at the end of FROM. */
static int copy(int from, int to)
{
	char buffer[4096];
	ssize_t length = read(from, buffer, sizeof(buffer));

	if (length < 0 && errno == EINTR)
		return 1;
	return length > 0 && write(to, buffer, (size_t)length) == length;
}

int main(int argc, char **argv)
{
	struct termios mode;
	int master, status;
	pid_t child;

	if (argc < 2)
		return 2;
	target_close_rest();
	master = posix_openpt(O_RDWR | O_NOCTTY);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		target_die("posix_openpt");
	if (tcgetattr(master, &mode) < 0)
		target_die("tcgetattr");
	mode.c_lflag &= ~(tcflag_t)ECHO;
	mode.c_oflag &= ~(tcflag_t)OPOST;
	tcsetattr(master, TCSANOW, &mode);
	child = fork();
	if (child < 0)
		target_die("fork");
	if (child == 0)
		run_on(ptsname(master), argv + 1);

	struct pollfd in[] = {
		{ .fd = master, .events = POLLIN },
		{ .fd = 0, .events = POLLIN },
	};
	for (;;) {
		poll(in, 2, -1);
		/* With the last holder of the terminal gone, reading fails (EIO). */
		if (in[0].revents && !copy(master, 1))
			break;
		if (in[1].revents && !copy(0, master))
			in[1].fd = -1;
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
