/*
 * shelljob: answers each line typed on its terminal with "identity number line".
 *
 * It stays in the session of the shell that started it and holds the shell's terminal, which is
 * what criu calls a shell job (-j). "bye" ends it with code 3.
 */
#include "target.h"

#include <string.h>

int main(void)
{
	unsigned int identity = target_identity();
	char line[256];

	target_close_rest();
	target_show(identity, 0);
	for (unsigned long number = 1; fgets(line, sizeof(line), stdin); number++) {
		if (strncmp(line, "bye", 3) == 0)
			return 3;
		printf("%06x %lu %s", identity, number, line);
		fflush(stdout);
		target_show(identity, number);
	}
	return 0;
}
