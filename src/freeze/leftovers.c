// SPDX-License-Identifier: MIT
#include "freeze/leftovers.h"

#include "util/util.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* criu/image-desc.c: the entries with a number. Other files may lie beside the images. */
static const char *const kinds[] = {
	"autofs",        "binfmt-misc", "core",        "creds",     "fdinfo",       "fs",
	"ghost-file",    "ids",         "ifaddr",      "ip6tables", "ipcns-msg",    "ipcns-sem",
	"ipcns-shm",     "ipcns-var",   "iptables",    "itimers",   "mm",           "mountpoints",
	"netdev",        "netns",       "netns-ct",    "netns-exp", "nftables",     "pagemap",
	"pagemap-shmem", "pages",       "pages-shmem", "pidns",     "posix-timers", "rlimit",
	"route",         "route6",      "rule",        "sigacts",   "signal-p",     "signal-s",
	"tcp-stream",    "timens",      "tmpfs",       "tmpfs-dev", "userns",       "utsns",
};

bool leftovers_are_called(const char *name)
{
	const char *dot = strchr(name, '.');
	const char *number = dot;

	if (!dot || (strcmp(dot, ".img") != 0 && strcmp(dot, ".tar.gz.img") != 0))
		return false;
	while (number > name && strchr("0123456789abcdef", number[-1]))
		number--;
	if (number == dot || number - name < 2 || number[-1] != '-')
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strlen(kinds[i]) == (size_t)(number - 1 - name) &&
		    !strncmp(name, kinds[i], (size_t)(number - 1 - name)))
			return true;
	return false;
}

static bool is_new(const struct stat *st, const struct timespec *since)
{
	return st->st_mtim.tv_sec > since->tv_sec ||
	       (st->st_mtim.tv_sec == since->tv_sec && st->st_mtim.tv_nsec >= since->tv_nsec);
}

void leftovers_remove(int images, const struct timespec *since)
{
	_cleanup_closedir_ DIR *dir = open_directory_in(images, ".");
	struct dirent *d;
	struct stat st;

	while (dir && (d = readdir(dir)))
		if (leftovers_are_called(d->d_name) &&
		    fstatat(images, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && is_new(&st, since))
			unlinkat(images, d->d_name, 0);
}
