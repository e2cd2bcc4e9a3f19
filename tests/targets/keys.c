/*
 * Session keyrings (keyrings(7)), as a caller has them and as a thawed process has them.
 *
 *     keys hold FILE PROGRAM [ARGUMENT...]
 *         becomes a program in whose session keyring there is a key that only its possessor may read; the
 *         key's number is in FILE
 *     keys wait FILE
 *         waits until there is a number in FILE, and then says in FILE.said whether it can read that key:
 *         "read SECRET", or the reason
 *
 * Exits with 3 where the kernel has no keyrings.
 */
#include "target.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <string.h>
#include <sys/syscall.h>

static const char secret[] = "the caller's";

static void put(const char *path, const char *text)
{
	char *whole = NULL;
	FILE *f;

	if (asprintf(&whole, "%s.part", path) < 0 || !(f = fopen(whole, "w")))
		exit(1);
	fputs(text, f);
	fclose(f);
	rename(whole, path);
	free(whole);
}

static int hold(const char *path, char *argv[])
{
	enum { POSSESSOR_ONLY = 0x3f000000 };
	char number[32];
	long key;

	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0) {
		perror("keys: no session keyring");
		return errno == ENOSYS || errno == EPERM ? 3 : 1;
	}
	key = syscall(SYS_add_key, "user", "criu-ns-test", secret, strlen(secret),
		      KEY_SPEC_SESSION_KEYRING);
	if (key < 0 || syscall(SYS_keyctl, KEYCTL_SETPERM, key, POSSESSOR_ONLY) < 0) {
		perror("keys: no key");
		return 1;
	}
	snprintf(number, sizeof(number), "%ld", key);
	put(path, number);
	execvp(argv[0], argv);
	perror(argv[0]);
	return 127;
}

static int wait_for(const char *path)
{
	char text[64] = "", said[128], answer[96];
	FILE *f;
	long n;

	target_detach();
	while (!(f = fopen(path, "r")) || !fgets(text, sizeof(text), f)) {
		if (f)
			fclose(f);
		usleep(5000);
	}
	fclose(f);
	n = syscall(SYS_keyctl, KEYCTL_READ, atol(text), answer, sizeof(answer) - 1);
	if (n >= 0)
		snprintf(said, sizeof(said), "read %.*s", (int)n, answer);
	else
		snprintf(said, sizeof(said), "%s", strerror(errno));
	snprintf(answer, sizeof(answer), "%.80s.said", path);
	put(answer, said);
	return 0;
}

int main(int argc, char *argv[])
{
	if (argc > 3 && !strcmp(argv[1], "hold"))
		return hold(argv[2], argv + 3);
	if (argc == 3 && !strcmp(argv[1], "wait"))
		return wait_for(argv[2]);
	fprintf(stderr, "usage: keys hold FILE PROGRAM [ARGUMENT...] | wait FILE\n");
	return 2;
}
