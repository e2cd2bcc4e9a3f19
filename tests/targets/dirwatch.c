/*
 * dirwatch DIR: prints what happens in a directory, a line for each event: "create NAME", "modify
 * NAME", "moved_to NAME", "delete NAME". Starts with "ready", ends at the end of stdin.
 *
 * Shows whether a file appeared all at once: one that was created and then written has a "modify".
 */
#include "target.h"

#include <poll.h>
#include <sys/inotify.h>

static const struct {
	unsigned int mask;
	const char *name;
} kinds[] = {
	{ IN_CREATE, "create" },
	{ IN_MODIFY, "modify" },
	{ IN_MOVED_TO, "moved_to" },
	{ IN_DELETE, "delete" },
};

int main(int argc, char **argv)
{
	_Alignas(struct inotify_event) char buffer[4096];
	struct pollfd in[] = {
		{ .fd = inotify_init1(IN_NONBLOCK), .events = POLLIN },
		{ .fd = 0, .events = POLLIN },
	};

	if (argc != 2 || inotify_add_watch(in[0].fd, argv[1],
					   IN_CREATE | IN_MODIFY | IN_MOVED_TO | IN_DELETE) < 0)
		target_die("dirwatch");
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	do {
		ssize_t length;

		poll(in, 2, -1);
		while ((length = read(in[0].fd, buffer, sizeof(buffer))) > 0) {
			for (char *at = buffer; at < buffer + length;) {
				struct inotify_event *event = (struct inotify_event *)at;

				for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
					if (event->mask & kinds[i].mask)
						printf("%s %s\n", kinds[i].name, event->name);
				}
				at += sizeof(*event) + event->len;
			}
		}
	} while (!in[1].revents);
	return 0;
}
