// SPDX-License-Identifier: MIT
#include "explain/result.h"

#include "look/image_format.h"
#include "util/printable.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

void explain_size(uint64_t bytes, char *buf, size_t size)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes;
	size_t i = 0;

	for (; value >= 1024 && i + 1 < ARRAY_SIZE(units); i++)
		value /= 1024;
	snprintf(buf, size, i ? "%.1f %s" : "%.0f %s", value, units[i]);
}

uint64_t explain_images_size(int dirfd)
{
	_cleanup_closedir_ DIR *dir = open_directory_in(dirfd, ".");
	uint64_t sum = 0;
	struct dirent *d;
	struct stat st;

	while (dir && (d = readdir(dir)))
		if (image_is_name(d->d_name) &&
		    fstatat(dirfd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
			sum += (uint64_t)st.st_size;
	return sum;
}

static void print_what(FILE *out, const struct cli *cli, const struct facts *f,
		       const struct verdict *v)
{
	size_t more = f->n_processes ? f->n_processes - 1 : 0;

	if (cli->command == CMD_RESTORE) {
		fputs("thawed ", out);
		printable_write(out, cli->images_dir);
		fprintf(out, ": process %d", v->root);
		return;
	}
	fprintf(out, "%s process %d (", cli->command == CMD_DUMP ? "froze" : "pre-dumped",
		f->target.pid);
	printable_write(out, f->target.comm);
	fputc(')', out);
	if (more)
		fprintf(out, " and %zu more", more);
	fputs(" into ", out);
	printable_write(out, cli->images_dir);
}

void explain_result(FILE *out, const struct cli *cli, const struct facts *f,
		    const struct verdict *v, long long since)
{
	const long long lasted = milliseconds_now() - since;
	char size[32];

	fputs("criu-ns: ", out);
	print_what(out, cli, f, v);
	if (!cli->stream) {
		explain_size(explain_images_size(f->images_dir.fd), size, sizeof(size));
		fprintf(out, ", %s", size);
	}
	fprintf(out, ", in %.2f s\n", (double)lasted / 1000);
}
