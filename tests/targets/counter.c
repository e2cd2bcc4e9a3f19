/*
 * counter [FILE]: the smallest thing that can be frozen: an identity and a count, in memory only.
 *
 * Shows that a thawed process is the one that was frozen (same identity), and that it runs (the
 * count goes on). Both are in its name (target.h), and in FILE as "identity count pid", one write
 * of fixed width to a file that stays open.
 */
#include "target.h"

int main(int argc, char **argv)
{
	unsigned int identity = target_identity();
	int file = -1;

	target_detach();
	if (argc > 1) {
		file = open(argv[1], O_WRONLY | O_CREAT, 0644);
		if (file < 0)
			target_die(argv[1]);
	}
	for (unsigned long count = 1;; count++) {
		char line[64];
		int length = snprintf(line, sizeof(line), "%06x %08lu %08d\n", identity, count,
				      getpid());

		if (file >= 0 && pwrite(file, line, length, 0) != length)
			target_die("pwrite");
		target_show(identity, count);
		target_pause(5);
	}
}
