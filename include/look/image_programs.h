/* SPDX-License-Identifier: MIT */
/*
 * The programs of tasks in the images. criu gives the program of a task the entry in files.img that
 * a descriptor of the same file has, if there is one (fd_id_generate_special() in
 * criu/file-ids.c). If that descriptor was opened with O_PATH, a restore opens the program with
 * O_PATH, too, which the kernel does not take for one: "PR_SET_MM_MAP failed with -9"
 * (restore_mm() in criu/pie/restorer.c, to 4.2.1). Pure.
 */
#ifndef CRIU_NS_IMAGE_PROGRAMS_H
#define CRIU_NS_IMAGE_PROGRAMS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Each of these gives a fresh text, and NULL if there is nothing to change, or the image is
 * damaged.
 */

/* A files.img in which the file `id` has a copy, named `copy`, that is opened without O_PATH. */
char *image_copy_without_path(const void *text, size_t size, uint32_t id, uint32_t copy,
			      size_t *ret_size);

/* A remap-fpath.img in which what goes for the file `id` goes for its copy, too. */
char *image_copy_remap(const void *text, size_t size, uint32_t id, uint32_t copy, size_t *ret_size);

/* A mm-PID.img with that program. */
char *image_set_program(const void *text, size_t size, uint32_t program, size_t *ret_size);

/* A number that no file in a files.img has; 0 if the image is damaged. */
uint32_t image_new_file_id(const void *text, size_t size);

#endif
