/* SPDX-License-Identifier: MIT */
/*
 * The processes in criu's images, for a person: which there are, their names and command lines.
 * Pure.
 */
#ifndef CRIU_NS_IMAGE_TASKS_H
#define CRIU_NS_IMAGE_TASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct image_task {
	pid_t pid, parent, group, session; /* as it had them where criu ran */
	size_t threads;
	bool dead;          /* a zombie, of which only the exit status is left */
	unsigned long view; /* criu's number of the mount namespace that it was in; 0: not known */
	char *comm;         /* NULL: not known */
	uint32_t program;   /* the id of the file (image_files.h); 0: not known */
	uint64_t args_start, args_end; /* where its command line was in memory */

	/* the command line, n_args bytes, each word with a NUL behind it; NULL: not known */
	char *args;
	size_t n_args;
	bool cut; /* there is more of it */
};

struct image_tasks {
	struct image_task *v; /* the root task first */
	size_t n;
};

/*
 * pstree.img. -EINVAL on damage; what comes before it is added. The caller frees with
 * image_tasks_free().
 */
int image_tasks_parse(const void *text, size_t size, struct image_tasks *ret);
void image_tasks_free(struct image_tasks *t);

/* core-PID.img: comm, dead; mm-PID.img: program, args_start, args_end. -EINVAL on damage. */
int image_task_parse_core(const void *text, size_t size, struct image_task *ret);
int image_task_parse_mm(const void *text, size_t size, struct image_task *ret);

/* Where memory is in the images. */
struct image_pages {
	uint32_t id;     /* in pages-ID.img */
	uint64_t offset; /* from there on */
	/* so many bytes, at most; 0: it is not there, but in the images of an earlier pre-dump */
	size_t size;
};

/* Memory that is looked for; page is the size of a page, in which the images count. */
struct image_range {
	uint64_t address;
	size_t size, page;
};

/* pagemap-PID.img: where that memory is, or the first part of it. -EINVAL on damage. */
int image_pages_find(const void *text, size_t size, const struct image_range *range,
		     struct image_pages *ret);

#endif
