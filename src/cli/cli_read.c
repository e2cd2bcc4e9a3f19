// SPDX-License-Identifier: MIT
#include "cli/cli_read.h"

#include "util/util.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The N of a path that names descriptor N, which a shell makes of `--config <(...)`; else -1. */
static int named_descriptor(const char *path)
{
	static const char *const prefixes[] = { "/dev/fd/", "/proc/self/fd/" };

	if (!strcmp(path, "/dev/stdin"))
		return STDIN_FILENO;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		const char *number = text_after(path, prefixes[i]);

		if (number && isdigit((unsigned char)*number))
			return atoi(number);
	}
	return -1;
}

/*
 * A pipe can be read only once, but criu has to read it, too: a file with the text takes the pipe's
 * number.
 */
static void keep_for_criu(const char *path, const char *text)
{
	int number = named_descriptor(path);
	struct stat st;

	if (number < 0 || fstat(number, &st) < 0 || !S_ISFIFO(st.st_mode))
		return;

	_cleanup_close_ int file = memfd_create("criu-ns-config", MFD_CLOEXEC);

	if (file >= 0 && write_all(file, text, strlen(text)) == 0)
		dup2(file, number);
}

int cli_read(int argc, char *argv[], const struct strv *words, struct cli *ret, struct err *e)
{
	enum { MAX_CONFIG = 1 << 20 };
	char *paths[CLI_CONFIGS];
	char *texts[CLI_CONFIGS] = { 0 };

	cli_config_paths(argc, argv, getenv("HOME"), getenv("CRIU_CONFIG_FILE"), paths);
	for (int i = 0; i < CLI_CONFIGS; i++) {
		if (!paths[i])
			continue;
		if (read_file_at(AT_FDCWD, paths[i], MAX_CONFIG, &texts[i]) < 0)
			texts[i] = NULL; /* criu ignores files that it cannot open, too */
		else
			keep_for_criu(paths[i], texts[i]);
	}

	int r = cli_parse(words ? (int)words->n : argc, words ? words->v : argv, texts,
			  getenv("POSIXLY_CORRECT") != NULL, ret, e);

	for (int i = 0; i < CLI_CONFIGS; i++) {
		free(paths[i]);
		free(texts[i]);
	}
	return r;
}
