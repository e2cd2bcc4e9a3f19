/*
 * parent COMMAND...: starts the command, and is the parent of whatever else it gets by that. When
 * the command has ended it prints how, and its other children as they are then, in one line:
 *
 *     PID exit 3 | PID running | PID signal 9
 *
 * Then it reaps those, too, and prints a line for each one that ends. A signal that it gets goes to
 * the command.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t command;

static void pass_on(int signo)
{
	kill(command, signo);
}

static void print(const siginfo_t *i)
{
	if (!i->si_pid)
		printf("running");
	else
		printf("%s %d", i->si_code == CLD_EXITED ? "exit" : "signal", i->si_status);
}

/* Those that have ended are only looked at. */
static void print_others(void)
{
	FILE *children;
	char path[64];
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	children = fopen(path, "r");
	while (children && fscanf(children, "%d", &pid) == 1) {
		siginfo_t i = { 0 };

		waitid(P_PID, (id_t)pid, &i, WEXITED | WNOHANG | WNOWAIT);
		printf(" | %d ", pid);
		print(&i);
	}
}

int main(int argc, char *argv[])
{
	siginfo_t i;

	if (argc < 2)
		return 2;
	command = fork();
	if (command == 0) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	signal(SIGTERM, pass_on);
	waitid(P_PID, (id_t)command, &i, WEXITED);
	printf("%d ", i.si_pid);
	print(&i);
	print_others();
	do {
		printf("\n");
		fflush(stdout);
		if (waitid(P_ALL, 0, &i, WEXITED) < 0)
			break;
		printf("%d ", i.si_pid);
		print(&i);
	} while (true);
	return 0;
}
