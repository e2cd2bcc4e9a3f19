/*
 * mappings FILE WHAT...: a process whose mappings have attributes that criu forgets: "key" (pkeys(7)), "seal"
 * (mseal(2)), "fault" (MLOCK_ONFAULT), "policy" (mbind(2)); or one that looks alike, "code": can only be executed,
 * for which the kernel itself takes a key. "all": the task has a NUMA policy. "fork": a child has the same that is
 * inherited.
 *
 * In FILE is a line with those that it could get. Then it sleeps.
 */
#include "target.h"

#include <linux/mempolicy.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

enum { SIZE = 1 << 16 };

static long attempt(const char *what)
{
	char *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int key;

	if (memory == MAP_FAILED)
		return -1;
	*memory = 1;
	if (!strcmp(what, "key")) {
		key = pkey_alloc(0, 0);
		return key < 0 ? -1 : pkey_mprotect(memory, SIZE, PROT_READ | PROT_WRITE, key);
	}
	if (!strcmp(what, "seal"))
		return syscall(SYS_mseal, memory, SIZE, 0);
	if (!strcmp(what, "fault"))
		return mlock2(memory, SIZE, MLOCK_ONFAULT);
	if (!strcmp(what, "policy"))
		return syscall(SYS_mbind, memory, SIZE, MPOL_BIND, &(unsigned long){ 1 }, 8, 0);
	if (!strcmp(what, "all"))
		return syscall(SYS_set_mempolicy, MPOL_PREFERRED, &(unsigned long){ 1 }, 8);
	if (!strcmp(what, "code"))
		return mprotect(memory, SIZE, PROT_EXEC);
	if (!strcmp(what, "fork"))
		return fork();
	return -1;
}

int main(int argc, char *argv[])
{
	const pid_t first = getpid();
	char had[256] = "";
	char part[4096];
	int fd;

	if (argc < 2)
		return 2;
	target_close_rest();
	setsid();
	for (int i = 2; i < argc; i++)
		if (attempt(argv[i]) >= 0)
			snprintf(had + strlen(had), sizeof(had) - strlen(had), "%s ", argv[i]);
	target_null_stdio(0);
	if (getpid() == first) {
		snprintf(part, sizeof(part), "%s.part", argv[1]);
		fd = creat(part, 0600);
		if (fd < 0 || dprintf(fd, "%s\n", had) < 0 || close(fd) < 0 ||
		    rename(part, argv[1]) < 0)
			return 1;
	}
	for (;;)
		pause();
}
