/*
 * goblin: answers each line of stdin on stdout with "identity number line".
 *
 * Its stdin and stdout are pipes to somebody else, and the only two resources that a freeze cannot
 * keep: shows that a thaw puts it onto new ones (--inherit-fd). Ends at the end of stdin.
 */
#include "target.h"

int main(void)
{
	unsigned int identity = target_identity();
	char line[256];

	target_close_rest();
	target_null_stdio(2);
	setsid();
	target_show(identity, 0);
	for (unsigned long number = 1; fgets(line, sizeof(line), stdin); number++) {
		printf("%06x %lu %s", identity, number, line);
		fflush(stdout);
		target_show(identity, number);
	}
	return 0;
}
