// SPDX-License-Identifier: MIT
#include "rpc/service.h"

#include "rpc/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char *address_of(const struct cli *cli)
{
	return cli->address ? cli->address : "./criu_service.socket";
}

/* criu cuts it off (strncpy() in criu/cr-service.c), and removes what has the name that is left. */
static int check_address(const char *address, struct err *e)
{
	const size_t room = sizeof(((struct sockaddr_un *)NULL)->sun_path);

	if (strlen(address) < room)
		return 0;
	return err_set(
		e, 0,
		"the address %s is too long for a socket, which takes %zu bytes (unix(7)); change to its "
		"directory with --work-dir, and name it from there",
		address, room - 1);
}

/*
 * As cr_service() in criu/cr-service.c makes it: whoever is there is replaced, and since 4.2.1 only
 * who has this user's rights may connect. Before, everybody might, and so became root. The file has
 * its mode from the descriptor (unix_bind_bsd() in the kernel), so there is no moment with another
 * one, and no path that somebody could lead elsewhere. -1 with errno.
 */
static int make_socket(const char *address)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", address);
	unlink(at.sun_path);
	if (fd >= 0 && fchmod(fd, 0600) == 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
	    listen(fd, 16) == 0)
		return fd;
	cleanup_close(&fd);
	return -1;
}

static int write_pidfile(const char *path, struct err *e)
{
	_cleanup_close_ int fd =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600); /* as criu */

	if (fd < 0 || dprintf(fd, "%d", getpid()) < 0)
		return err_set(e, errno, "cannot make the pidfile %s", path);
	return 0;
}

static int tell_ready(const char *status_fd, struct err *e)
{
	int fd = status_fd ? atoi(status_fd) : -1;

	if (!status_fd)
		return 0;
	if (write_all(fd, "", 1) < 0)
		return err_set(e, errno, "cannot write to the status fd %s", status_fd);
	close(fd);
	return 0;
}

/* What criu says before a request names a log goes to the log of the service. */
static void begin_log(const struct cli *cli)
{
	int fd;

	if (!cli->log_file || !strcmp(cli->log_file, "-"))
		return;
	fd = open(cli->log_file, O_CREAT | O_TRUNC | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	dup2(fd, STDERR_FILENO);
	close(fd);
}

/*
 * The options of criu's in its command line and files are not for the requests (init_opts() in
 * criu); ours are.
 */
static void make_line(const struct cli *cli, struct strv *words)
{
	strv_add(words, "criu-ns");
	strv_add(words, "--no-default-config");
	if (cli->as_given)
		strv_add(words, "--as-given");
	if (cli->own_session)
		strv_add(words, "--own-session");
	if (cli->lose_locks)
		strv_add(words, "--lose-locks");
	if (cli->warn_mounts)
		strv_add(words, "--warn-mounts");
	if (cli->grown_files)
		strv_add(words, "--grown-files");
	if (cli->cut_peers)
		strv_add(words, "--cut-peers");
	for (size_t i = 0; i < cli->reconnect.n; i++)
		strv_take(words, xasprintf("--reconnect=%s", cli->reconnect.v[i]));
	unsetenv("CRIU_CONFIG_FILE");
}

static int serve(const struct cli *cli, struct criu_binary *criu, int client)
{
	char *const none[CLI_CONFIGS] = { 0 };
	struct strv own = { 0 };
	struct strv line = { 0 };
	struct cli outer;
	struct err e;
	int status;

	make_line(cli, &own);
	strv_copy(&own, &line);
	strv_add(&line, "swrk");
	strv_take(&line, xasprintf("%d", client));
	if (cli_parse((int)line.n, line.v, none, false, &outer, &e) < 0)
		return err_report(&e);

	struct rpc_server s = { .asker = { .argc = (int)own.n, .argv = own.v },
				.outer = &outer,
				.criu = criu,
				.socket = client,
				.in_service = true };

	status = rpc_serve(&s);
	if (status == RPC_LEFT_TO_CRIU) {
		fcntl(client, F_SETFD, 0);
		criu_exec(criu, outer.args.v, false, &e);
		status = err_report(&e);
	}
	return status;
}

static int accept_all(const struct cli *cli, struct criu_binary *criu, int listening, struct err *e)
{
	signal(SIGCHLD, SIG_IGN); /* nobody waits for them */
	for (;;) {
		int client = accept4(listening, NULL, NULL, SOCK_CLOEXEC);

		if (client < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (client < 0)
			return err_set(e, errno, "cannot accept a connection");
		if (fork() == 0) {
			signal(SIGCHLD, SIG_DFL);
			close(listening);
			_exit(serve(cli, criu, client));
		}
		close(client);
	}
}

/* As criu's --daemon: it stays where it is, and its stdio is /dev/null. */
static int detach(struct err *e)
{
	return daemon(1, 0) < 0 ? err_set(e, errno, "cannot become a daemon") : 0;
}

int rpc_service(const struct cli *cli, struct criu_binary *criu)
{
	_cleanup_close_ int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *path = realpath(criu->path, NULL);
	int listening = -1;
	struct err e;
	int r;

	if (check_address(address_of(cli), &e) < 0)
		return err_report(&e);
	if (chdir(cli->work_dir) == 0)
		listening = make_socket(address_of(cli));
	if (listening < 0 || !path) { /* criu says why */
		(void)!fchdir(here);
		criu_exec(criu, cli->args.v, false, &e);
		return err_report(&e);
	}
	free(criu->path);
	criu->path = path; /* whatever the working directory is */
	r = cli->detach ? detach(&e) : 0;
	begin_log(cli);
	if (!r && cli->pidfile)
		r = write_pidfile(cli->pidfile, &e);
	if (!r)
		r = tell_ready(cli->status_fd, &e);
	if (!r)
		(void)accept_all(cli, criu, listening, &e);
	return err_report(&e);
}
