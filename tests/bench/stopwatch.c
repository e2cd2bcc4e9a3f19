/*
 * stopwatch NUMBER COMMAND...: starts COMMAND that many times at once, {} in its words replaced by
 * 1, 2, 3 ..., waits until all have ended, and prints the nanoseconds that it took, how many did
 * not exit with 0, and the wait status of one of these.
 *
 * That is what a caller waits for: fork, exec, and the wait for the end. The fork is posix_spawn's,
 * which copies no memory: small against what is measured, and the same for all that is compared.
 * The commands read /dev/null, and write to our stderr.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_NUMBER = 1000 };

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static char *fill(const char *word, int number)
{
	const char *slot = strstr(word, "{}");
	char *text = NULL;

	if (!slot)
		return strdup(word);
	if (asprintf(&text, "%.*s%d%s", (int)(slot - word), word, number, slot + 2) < 0)
		die("asprintf");
	return text;
}

static char **command(char **words, int n, int number)
{
	char **argv = calloc((size_t)n + 1, sizeof(*argv));

	if (!argv)
		die("calloc");
	for (int i = 0; i < n; i++)
		argv[i] = fill(words[i], number);
	return argv;
}

int main(int argc, char **argv)
{
	static char **commands[MAX_NUMBER];
	posix_spawn_file_actions_t actions;
	struct timespec from, to;
	int number = argc > 2 ? atoi(argv[1]) : 0, failures = 0, failed = 0, status;

	if (number < 1 || number > MAX_NUMBER)
		return 2;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
	for (int i = 0; i < number; i++)
		commands[i] = command(argv + 2, argc - 2, i + 1);

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < number; i++) {
		pid_t pid;

		if (posix_spawn(&pid, commands[i][0], &actions, NULL, commands[i], environ) != 0)
			die(commands[i][0]);
	}
	while (wait(&status) > 0) {
		failures += status != 0;
		failed = status ? status : failed;
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%lld %d %d\n",
	       (to.tv_sec - from.tv_sec) * 1000000000LL + (to.tv_nsec - from.tv_nsec), failures,
	       failed);
	return 0;
}
