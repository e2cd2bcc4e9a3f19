/*
 * diesat CALL PROGRAM [ARGUMENT...]: becomes a program that the kernel kills, with all of its
 * threads, when it sends the one byte by which criu-ns tells its pseudo-init that the thawed tree
 * may stay ("send"), or, for "link", when it names a file by its descriptor (linkat(2) with
 * AT_SYMLINK_FOLLOW).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The lower half of an argument of a system call, on machines that have it first. */
#define LOW_HALF(n) (unsigned)(offsetof(struct seccomp_data, args) + 8 * (n))

int main(int argc, char *argv[])
{
	const int send = argc > 2 && !strcmp(argv[1], "send");
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, send ? SYS_sendto : SYS_linkat, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, send ? LOW_HALF(2) : LOW_HALF(4)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, send ? 1 : AT_SYMLINK_FOLLOW, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { .len = sizeof(code) / sizeof(*code), .filter = code };

	if (argc < 3 || (!send && strcmp(argv[1], "link"))) {
		fprintf(stderr, "usage: diesat send|link PROGRAM [ARGUMENT...]\n");
		return 2;
	}
	/* As root, so that criu may still do what no_new_privs would keep it from. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0) {
		perror("diesat: seccomp");
		return 2;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
