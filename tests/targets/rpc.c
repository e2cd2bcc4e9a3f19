/*
 * rpc [OPTION...] PROGRAM|@SOCKET TYPE [FIELD...] [-- TYPE [FIELD...]]...: a client of criu's RPC.
 *
 * Starts `PROGRAM swrk FD`, or connects to a service, sends the requests one after the other, and
 * prints what comes back, a line for each message: TYPE, success, and what else it says. At the
 * end, `exit N`: PROGRAM's status.
 *
 * TYPE is a number or dump, restore, pre-dump, single-pre-dump, version, check... FIELD is a field
 * of criu_opts: NUMBER=VALUE, or a name of the table below; @PATH as a value opens that directory,
 * and says its descriptor. @exec=WORD adds one to --exec-cmd, @key=FD:NAME an inherit_fd,
 * @join=TYPE:FILE a join_ns, @opts=HEX raw bytes of the options, @keep keep_open, @raw=HEX replaces
 * the whole message, @features asks for features, @served names the page server of the last answer,
 * which a connection that ends at once has made end (WAIT_PID), @store gives a pidfd store, and at
 * the end `store NAME` is what it was bound to.
 *
 *   -n SCRIPT   answer the notification SCRIPT with an error
 *   -g SCRIPT   go away when that comes; -G: when the first request has been sent
 *   -p FILE     write the pid of PROGRAM there
 *   -s          be the target: a new session, connected to the service or to a PROGRAM that is nobody's child, freeze
 *               myself, and go on counting; what has come back is written to the file of -f
 *   -f FILE     see -s
 *   -c          wait for the restored process, as its parent, and print what it exits with
 *   -e          exit with 0 if the last answer was success, 1 if not, 3 if none came
 *   -P FILE     put the pid of a restored process there, at once and complete
 *   -i          become PROGRAM, which is left by a client that is nobody's child
 *   -l NAME:PID become PROGRAM, whose client is the one that connects to @NAME and sends what it gets there; SIGUSR1 tells PID so
 */
#include "target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

struct bytes {
	unsigned char v[1 << 20];
	size_t n;
};

static void put(struct bytes *b, const void *v, size_t n)
{
	if (b->n + n > sizeof(b->v))
		target_die("too long");
	memcpy(b->v + b->n, v, n);
	b->n += n;
}

static void put_varint(struct bytes *b, uint64_t value)
{
	do {
		unsigned char byte = (value & 0x7f) | (value > 0x7f ? 0x80 : 0);

		put(b, &byte, 1);
		value >>= 7;
	} while (value);
}

static void put_number(struct bytes *b, unsigned field, uint64_t value)
{
	put_varint(b, (uint64_t)field << 3);
	put_varint(b, value);
}

static void put_bytes(struct bytes *b, unsigned field, const void *v, size_t n)
{
	put_varint(b, (uint64_t)field << 3 | 2);
	put_varint(b, n);
	put(b, v, n);
}

static void put_hex(struct bytes *b, const char *hex)
{
	for (; hex[0] && hex[1]; hex += 2) {
		char pair[3] = { hex[0], hex[1], 0 };
		unsigned char byte = (unsigned char)strtoul(pair, NULL, 16);

		put(b, &byte, 1);
	}
}

static bool take_varint(const unsigned char **at, const unsigned char *end, uint64_t *ret)
{
	*ret = 0;
	for (unsigned shift = 0; *at < end && shift < 64; shift += 7) {
		*ret |= (uint64_t)(**at & 0x7f) << shift;
		if (!(*(*at)++ & 0x80))
			return true;
	}
	return false;
}

static const struct {
	const char *name;
	unsigned number;
	char kind; /* n: number, t: text */
} fields[] = {
	{ "images", 1, 'n' },
	{ "images_dir", 68, 't' },
	{ "pid", 2, 'n' },
	{ "leave_running", 3, 'n' },
	{ "ext_unix_sk", 4, 'n' },
	{ "tcp_established", 5, 'n' },
	{ "shell_job", 6, 'n' },
	{ "file_locks", 8, 'n' },
	{ "log_level", 9, 'n' },
	{ "log_file", 10, 't' },
	{ "notify", 12, 'n' },
	{ "root", 13, 't' },
	{ "parent_img", 14, 't' },
	{ "track_mem", 15, 'n' },
	{ "work", 17, 'n' },
	{ "rst_sibling", 26, 'n' },
	{ "external", 37, 't' },
	{ "status_fd", 49, 'n' },
	{ "orphan_pts_master", 50, 'n' },
	{ "config_file", 51, 't' },
	{ "log_to_stderr", 71, 'n' },
	{ "manage_cgroups", 24, 'n' },
	{ "skip_mnt", 31, 't' },
	{ "leave_stopped", 69, 'n' },
	{ "link_remap", 18, 'n' },
};

static const char *const types[] = {
	"empty",       "dump",     "restore",          "check",          "pre-dump",
	"page-server", "notify",   "cpuinfo-dump",     "cpuinfo-check",  "feature-check",
	"version",     "wait-pid", "page-server-chld", "single-pre-dump"
};

static unsigned type_number(const char *word)
{
	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i], word))
			return i;
	return (unsigned)strtoul(word, NULL, 0);
}

static const char *type_name(uint64_t type)
{
	return type < sizeof(types) / sizeof(types[0]) ? types[type] : "unknown";
}

static void put_value(struct bytes *opts, unsigned number, char kind, const char *value)
{
	if (value[0] == '@') {
		int fd = open(value + 1, O_RDONLY);

		if (fd < 0)
			target_die(value + 1);
		put_number(opts, number, (uint64_t)fd);
	} else if (kind == 't') {
		put_bytes(opts, number, value, strlen(value));
	} else {
		put_number(opts, number, (uint64_t)strtoll(value, NULL, 0));
	}
}

static void put_inherited(struct bytes *opts, char *value)
{
	static struct bytes inner;
	char *colon = strchr(value, ':');

	if (!colon)
		target_die("@key=FD:NAME");
	inner.n = 0;
	put_bytes(&inner, 1, colon + 1, strlen(colon + 1));
	put_number(&inner, 2, (uint64_t)atoi(value));
	put_bytes(opts, 27, inner.v, inner.n);
}

static int store = -1;

static void put_store(struct bytes *opts)
{
	if (store < 0)
		store = socket(AF_UNIX, SOCK_DGRAM, 0);
	put_number(opts, 62, (uint64_t)store);
}

/* criu binds it when it has taken it (init_pidfd_store_sk() in criu/pidfd-store.c). */
static void print_store(void)
{
	struct sockaddr_un at = { 0 };
	socklen_t size = sizeof(at);

	if (store >= 0 && getsockname(store, (struct sockaddr *)&at, &size) == 0)
		printf("store %s\n", at.sun_path + 1);
}

static void put_joined(struct bytes *opts, char *value)
{
	static struct bytes inner;
	char *colon = strchr(value, ':');

	if (!colon)
		target_die("@join=TYPE:FILE");
	inner.n = 0;
	put_bytes(&inner, 1, value, (size_t)(colon - value));
	put_bytes(&inner, 2, colon + 1, strlen(colon + 1));
	put_bytes(opts, 39, inner.v, inner.n);
}

static void put_field(struct bytes *opts, const char *name, char *value)
{
	if (!strcmp(name, "@exec"))
		put_bytes(opts, 22, value, strlen(value));
	else if (!strcmp(name, "@key"))
		put_inherited(opts, value);
	else if (!strcmp(name, "@join"))
		put_joined(opts, value);
	else if (!strcmp(name, "@store"))
		put_store(opts);
	else if (!strcmp(name, "@opts"))
		put_hex(opts, value);
	else if (name[0] >= '0' && name[0] <= '9')
		put_value(opts, (unsigned)atoi(name), value[0] == ':' ? 't' : 'n',
			  value[0] == ':' ? value + 1 : value);
	else
		for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
			if (!strcmp(fields[i].name, name))
				put_value(opts, fields[i].number, fields[i].kind, value);
}

static pid_t page_server; /* of the last answer */
static uint16_t page_server_port;

static void end_page_server(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(page_server_port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int sock = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(sock, (struct sockaddr *)&at, sizeof(at)) < 0)
		perror("the page server");
	close(sock);
}

/* One request of the command line. Gives how many words it had. */
static int make_request(char **words, struct bytes *out)
{
	static struct bytes opts;
	bool has_opts = false;
	bool keep = false;
	bool features = false;
	int n = 1;

	opts.n = out->n = 0;
	put_number(out, 1, type_number(words[0]));
	for (; words[n] && strcmp(words[n], "--") != 0; n++) {
		char *value = strchr(words[n], '=');
		char empty[1] = "";

		if (value)
			*value++ = '\0';
		if (!strcmp(words[n], "@raw")) {
			out->n = 0;
			put_hex(out, value);
		} else if (!strcmp(words[n], "@keep")) {
			keep = true;
		} else if (!strcmp(words[n], "@features")) {
			features = true;
		} else if (!strcmp(words[n], "@served")) {
			end_page_server();
			put_number(out, 6, (uint64_t)page_server);
		} else {
			has_opts = true;
			put_field(&opts, words[n], value ? value : empty);
		}
	}
	if (has_opts)
		put_bytes(out, 2, opts.v, opts.n);
	if (keep)
		put_number(out, 4, 1);
	if (features)
		put_bytes(out, 5, "\x08\x01", 2);
	return n;
}

/* What a message says: fields, and those of the messages in it. */
static pid_t restored; /* which the answer has named */
static long long succeeded = -1;

static void print_message(FILE *out, const unsigned char *at, const unsigned char *end,
			  unsigned outer, char *script)
{
	static const struct {
		unsigned outer, number;
		const char *name;
	} names[] = {
		{ 0, 2, "success" },   { 0, 7, "errno" },  { 0, 9, "errmsg" }, { 0, 11, "status" },
		{ 3, 1, "restored" },  { 4, 1, "pid" },    { 5, 1, "script" }, { 5, 2, "pid" },
		{ 6, 2, "port" },      { 6, 3, "server" }, { 10, 1, "major" }, { 10, 2, "minor" },
		{ 8, 1, "mem_track" },
	};

	while (at < end) {
		uint64_t key;
		uint64_t value;
		const char *name = NULL;

		if (!take_varint(&at, end, &key) || !take_varint(&at, end, &value))
			return;
		for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (names[i].outer == outer && names[i].number == key >> 3)
				name = names[i].name;
		if ((key & 7) == 0) {
			if (outer == 4)
				restored = (pid_t)value;
			if (outer == 6 && key >> 3 == 2)
				page_server_port = (uint16_t)value;
			if (outer == 6 && key >> 3 == 3)
				page_server = (pid_t)value;
			if (outer == 0 && key >> 3 == 2)
				succeeded = (long long)value;
			if (name)
				fprintf(out, " %s=%lld", name, (long long)(int)value);
			else if (!outer && key >> 3 == 1 && !script[0])
				fprintf(out, "%s", type_name(value));
			continue;
		}
		if (value > (uint64_t)(end - at))
			return;
		if (name) {
			fprintf(out, " %s=", name);
			for (uint64_t i = 0; i < value; i++)
				if (at[i] != '\n')
					fputc(at[i], out);
		} else if (!outer)
			print_message(out, at, at + value, (unsigned)(key >> 3), script);
		if (outer == 5 && key >> 3 == 1)
			snprintf(script, 64, "%.*s", (int)value, (const char *)at);
		at += value;
	}
}

static uint64_t type_of(const unsigned char *at, size_t n)
{
	const unsigned char *end = at + n;
	uint64_t key;
	uint64_t value;
	uint64_t type = 0;

	while (at < end && take_varint(&at, end, &key) && take_varint(&at, end, &value)) {
		if (key == 1 << 3)
			type = value;
		if ((key & 7) == 2)
			at += value;
	}
	return type;
}

static const char *fails, *leaves;
static bool leaves_at_once;

static void answer(int sock, const char *script)
{
	static struct bytes ack;

	ack.n = 0;
	put_number(&ack, 1, 6);
	put_number(&ack, 3, fails && !strcmp(fails, script) ? 0 : 1);
	if (send(sock, ack.v, ack.n, MSG_NOSIGNAL) < 0)
		perror("send");
}

/* Until something that is no notification comes. False: nothing will. */
static bool receive(int sock, FILE *out)
{
	static unsigned char message[1 << 20];

	for (;;) {
		char control[256];
		struct iovec iov = { message, sizeof(message) };
		struct msghdr h = { .msg_iov = &iov,
				    .msg_iovlen = 1,
				    .msg_control = control,
				    .msg_controllen = sizeof(control) };
		char script[64] = "";
		ssize_t n = recvmsg(sock, &h, 0);
		struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&h) : NULL;
		int fd = -1;

		if (n <= 0) {
			fprintf(out, "nothing\n");
			fflush(out);
			return false;
		}
		print_message(out, message, message + n, 0, script);
		if (c && c->cmsg_type == SCM_RIGHTS) {
			struct stat st;

			memcpy(&fd, CMSG_DATA(c), sizeof(fd));
			fprintf(out, " fd=%s",
				fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) ? "terminal" : "other");
		}
		fprintf(out, "\n");
		fflush(out);
		if (type_of(message, (size_t)n) != 6)
			return true;
		if (leaves && !strcmp(leaves, script))
			_exit(0);
		answer(sock, script);
	}
}

static pid_t start(const char *program, int sock, int other, bool apart)
{
	pid_t pid = fork();

	if (pid == 0 && apart) {
		setsid();
		if (fork())
			_exit(0);
	}
	if (pid == 0) {
		char number[16];

		close(other);
		snprintf(number, sizeof(number), "%d", sock);
		execlp(program, program, "swrk", number, NULL);
		target_die(program);
	}
	if (apart)
		waitpid(pid, NULL, 0);
	close(sock);
	return pid;
}

static int connect_to(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (sock < 0 || connect(sock, (struct sockaddr *)&to, sizeof(to)) < 0)
		target_die(path);
	return sock;
}

static void send_request(int sock, char **words, int *n)
{
	static struct bytes request;
	int size = 4 << 20;

	*n = make_request(words, &request);
	if (setsockopt(sock, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(sock, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (send(sock, request.v, request.n, MSG_NOSIGNAL) < 0)
		perror("send");
}

/*
 * A socket at which clients connect, under a name without a file (unix(7), abstract); any, if there
 * is none.
 */
static int listen_at(const char *name, struct sockaddr_un *at, socklen_t *size)
{
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	*at = (struct sockaddr_un){ .sun_family = AF_UNIX };
	*size = sizeof(at->sun_family);
	if (name)
		*size += 1 + (socklen_t)snprintf(at->sun_path + 1, sizeof(at->sun_path) - 1, "%s",
						 name);
	if (sock < 0 || bind(sock, (struct sockaddr *)at, *size) < 0 || listen(sock, 1) < 0)
		target_die("listen");
	*size = sizeof(*at);
	if (getsockname(sock, (struct sockaddr *)at, size) < 0)
		target_die("getsockname");
	return sock;
}

/* first: what the client is to send, or NULL. */
static _Noreturn void become(const char *program, int listening, const struct bytes *first)
{
	struct pollfd p = { .fd = listening, .events = POLLIN };
	int client = poll(&p, 1, 2000) == 1 ? accept(listening, NULL, NULL) : -1;
	char number[16];

	if (client < 0 || (first && send(client, first->v, first->n, MSG_NOSIGNAL) < 0))
		target_die("accept");
	snprintf(number, sizeof(number), "%d", client);
	execlp(program, program, "swrk", number, NULL);
	target_die(program);
	_exit(127);
}

/* This process becomes PROGRAM. Goes on as its client, with the socket. */
static int leave_program(const char *program)
{
	struct sockaddr_un at;
	socklen_t size;
	int listening = listen_at(NULL, &at, &size);
	pid_t middle = fork();
	int sock;

	if (middle) {
		waitpid(middle, NULL, 0);
		become(program, listening, NULL);
	}
	if (fork())
		_exit(0);
	close(listening);
	sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (sock < 0 || connect(sock, (struct sockaddr *)&at, size) < 0)
		target_die("connect");
	return sock;
}

static _Noreturn void serve_whom_it_wakes(char *where, const char *program, char **words)
{
	static struct bytes request;
	char *colon = strchr(where, ':');
	struct sockaddr_un at;
	socklen_t size;
	int listening;

	if (!colon)
		target_die("-l NAME:PID");
	*colon = '\0';
	listening = listen_at(where, &at, &size);
	make_request(words, &request);
	if (kill(atoi(colon + 1), SIGUSR1) < 0)
		target_die("kill");
	become(program, listening, &request);
}

/* With no other name for a moment. */
static void write_pid(const char *path)
{
	char text[16];
	char draft[64];
	int n = snprintf(text, sizeof(text), "%d\n", restored);
	int fd = open(".", O_TMPFILE | O_WRONLY, 0644);

	snprintf(draft, sizeof(draft), "/proc/self/fd/%d", fd);
	if (fd < 0 || write(fd, text, (size_t)n) != n ||
	    linkat(AT_FDCWD, draft, AT_FDCWD, path, AT_SYMLINK_FOLLOW) < 0)
		target_die(path);
	close(fd);
}

/* The target: what has come back from the freeze of itself tells whether it was thawed. */
static void be_target(int sock, char **words, const char *file)
{
	unsigned int identity = target_identity();
	int out = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	FILE *f = out < 0 ? NULL : fdopen(out, "w");
	int n;

	if (!f)
		target_die(file);
	target_show(identity, 1);
	send_request(sock, words, &n);
	receive(sock, f);
	for (unsigned long count = 2;; count++) {
		target_show(identity, count);
		target_pause(5);
	}
}

struct options {
	const char *pidfile; /* of PROGRAM */
	const char *named;   /* -P */
	const char *file;
	char *wakes;
	bool self, child, in_place, by_status;
};

static bool read_options(int argc, char **argv, struct options *ret)
{
	int o;

	while ((o = getopt(argc, argv, "+n:g:Gp:sf:ceP:il:")) != -1) {
		switch (o) {
		case 'n':
			fails = optarg;
			break;
		case 'g':
			leaves = optarg;
			break;
		case 'G':
			leaves_at_once = true;
			break;
		case 'p':
			ret->pidfile = optarg;
			break;
		case 's':
			ret->self = true;
			break;
		case 'f':
			ret->file = optarg;
			break;
		case 'c':
			ret->child = true;
			break;
		case 'e':
			ret->by_status = true;
			break;
		case 'P':
			ret->named = optarg;
			break;
		case 'i':
			ret->in_place = true;
			break;
		case 'l':
			ret->wakes = optarg;
			break;
		default:
			return false;
		}
	}
	return true;
}

static void be_client(int sock, char **words)
{
	while (*words) {
		int n;

		send_request(sock, words, &n);
		if (leaves_at_once)
			_exit(0);
		if (!receive(sock, stdout))
			break;
		words += n + (words[n] != NULL);
	}
	close(sock);
}

static void write_number(const char *path, pid_t pid)
{
	FILE *f = fopen(path, "w");

	if (!f)
		target_die(path);
	fprintf(f, "%d\n", pid);
	fclose(f);
}

int main(int argc, char **argv)
{
	struct options with = { 0 };
	int pair[2] = { -1, -1 };
	pid_t pid = 0;
	int status;

	if (!read_options(argc, argv, &with))
		return 2;
	argv += optind;
	if (!argv[0] || !argv[1])
		return 2;
	if (with.wakes)
		serve_whom_it_wakes(with.wakes, argv[0], argv + 1);
	if (with.self) {
		target_null_stdio(0);
		if (setsid() < 0 && getsid(0) != getpid())
			target_die("setsid");
	}
	if (argv[0][0] == '@') {
		pair[0] = connect_to(argv[0] + 1);
	} else if (with.in_place) {
		pair[0] = leave_program(argv[0]);
	} else {
		if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0)
			target_die("socketpair");
		pid = start(argv[0], pair[1], pair[0], with.self);
	}
	if (with.self)
		be_target(pair[0], argv + 1, with.file);
	if (with.pidfile)
		write_number(with.pidfile, pid);
	be_client(pair[0], argv + 1);
	print_store();
	if (with.named && succeeded == 1 && restored > 0)
		write_pid(with.named);
	if (pid > 0 && waitpid(pid, &status, 0) == pid) {
		if (WIFEXITED(status))
			printf("exit %d\n", WEXITSTATUS(status));
		else
			printf("signal %d\n", WTERMSIG(status));
	}
	fflush(stdout);
	if (with.child && waitpid(restored, &status, 0) == restored)
		printf("child %d %d\n", restored, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	if (with.by_status)
		return succeeded < 0 ? 3 : succeeded == 0;
	return 0;
}
