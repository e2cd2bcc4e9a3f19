/*
 * The process that find-criu freezes and thaws to prove a criu.
 *
 *     listener FILE
 *
 * It listens on a free TCP port of 127.0.0.1, writes that port to FILE (a FIFO will do), and
 * answers every connection with the number of connections so far. A listening socket is what a
 * criu that is too old for the kernel cannot freeze; the number shows that the memory came back.
 * Forgotten, it ends by itself after half a minute.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Nothing inherited may be left: criu cannot freeze what it does not find outside as well. */
static void detach(void)
{
	int null;

	if (setsid() < 0)
		err(1, "setsid");
	if (chdir("/") < 0)
		err(1, "/");
	if (syscall(SYS_close_range, 3, ~0U, 0) < 0)
		err(1, "close_range");
	null = open("/dev/null", O_RDWR);
	if (null < 0)
		err(1, "/dev/null");
	for (int fd = 0; fd <= 2; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
}

static int listen_on_a_free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* Without it, the closed connections would keep the port from the thawed process. */
	if (listener < 0 ||
	    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)) < 0)
		exit(1);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 8) < 0)
		exit(1);
	return listener;
}

static void tell_port(int listener, const char *path)
{
	struct sockaddr_in address = { 0 };
	socklen_t size = sizeof(address);
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (file < 0 || getsockname(listener, (struct sockaddr *)&address, &size) < 0)
		exit(1);
	if (dprintf(file, "%d\n", ntohs(address.sin_port)) < 0 || close(file) < 0)
		exit(1);
}

int main(int argc, char **argv)
{
	int listener;

	if (argc != 2 || argv[1][0] != '/')
		errx(2, "usage: listener /ABSOLUTE/FILE");
	detach();
	alarm(30);
	listener = listen_on_a_free_port();
	tell_port(listener, argv[1]);
	for (unsigned long count = 1;; count++) {
		int connection = accept(listener, NULL, NULL);

		if (connection < 0)
			return 1;
		dprintf(connection, "%lu\n", count);
		close(connection);
	}
}
