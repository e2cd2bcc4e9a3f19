// SPDX-License-Identifier: MIT
/*
 * silentfs DIR: a file system in user space (FUSE, by its raw protocol: <linux/fuse.h>) with one
 * file named "file". It prints a line when it is mounted. It answers until it gets SIGUSR1, prints
 * another line, and from then on takes each request and never answers: who waits for the answer
 * cannot even be killed (request_wait_answer() in fs/fuse/dev.c), until this process ends. That
 * also unmounts it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FILE_NODE = 2 };

static volatile sig_atomic_t silent;

static void fall_silent(int signal)
{
	silent = signal;
}

static void answer(int dev, const struct fuse_in_header *in, int error, void *body, size_t size)
{
	struct fuse_out_header out = { .len = (uint32_t)(sizeof(out) + size),
				       .error = -error,
				       .unique = in->unique };
	struct iovec parts[] = { { &out, sizeof(out) }, { body, size } };

	if (writev(dev, parts, 2) < 0 && errno != ENOENT)
		perror("silentfs: writev");
}

static struct fuse_attr attr_of(uint64_t node)
{
	return (struct fuse_attr){ .ino = node,
				   .mode = node == FILE_NODE ? S_IFREG | 0644 : S_IFDIR | 0755,
				   .nlink = 1,
				   .blksize = 4096 };
}

/* All is valid for no time at all: each look asks again. */
static void serve(int dev, const struct fuse_in_header *in, const void *body)
{
	struct fuse_init_out init = { .major = FUSE_KERNEL_VERSION,
				      .minor = 31,
				      .max_write = 4096 };
	struct fuse_attr_out attr = { .attr = attr_of(in->nodeid) };
	struct fuse_entry_out entry = { .nodeid = FILE_NODE, .attr = attr_of(FILE_NODE) };
	struct fuse_open_out opened = { 0 };
	struct fuse_statfs_out fs = { .st = { .bsize = 4096, .namelen = 255 } };

	switch (in->opcode) {
	case FUSE_INIT:
		return answer(dev, in, 0, &init, sizeof(init));
	case FUSE_LOOKUP:
		if (strcmp(body, "file") != 0)
			return answer(dev, in, ENOENT, NULL, 0);
		return answer(dev, in, 0, &entry, sizeof(entry));
	case FUSE_GETATTR:
		return answer(dev, in, 0, &attr, sizeof(attr));
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		return answer(dev, in, 0, &opened, sizeof(opened));
	case FUSE_STATFS:
		return answer(dev, in, 0, &fs, sizeof(fs));
	case FUSE_FLUSH:
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
	case FUSE_READ:
	case FUSE_ACCESS:
		return answer(dev, in, 0, NULL, 0);
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		return; /* they want no answer */
	default:
		return answer(dev, in, ENOSYS, NULL, 0);
	}
}

static int mount_at(const char *dir)
{
	int dev = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	char options[128];

	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other",
		 dev);
	if (dev < 0 || mount("silent", dir, "fuse.silent", MS_NOSUID | MS_NODEV, options) < 0) {
		perror("silentfs");
		exit(77);
	}
	return dev;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler =
					fall_silent }; /* without SA_RESTART: read() is to see it */
	static union {
		struct fuse_in_header header;
		char bytes[FUSE_MIN_READ_BUFFER + 4096];
	} request;
	int dev;

	if (argc != 2) {
		fprintf(stderr, "usage: silentfs DIR\n");
		return 2;
	}
	dev = mount_at(argv[1]);
	sigaction(SIGUSR1, &sa, NULL);
	puts("mounted");
	fflush(stdout);
	for (bool said = false;;) {
		ssize_t n = read(dev, &request, sizeof(request));

		if (n < 0 && errno == ENODEV)
			return 0; /* unmounted */
		if (silent && !said) {
			said = true;
			puts("silent");
			fflush(stdout);
		}
		if (n > 0 && !silent)
			serve(dev, &request.header, &request.header + 1);
	}
}
