// SPDX-License-Identifier: MIT
#include "explain/explain.h"

#include "look/caps.h"
#include "util/printable.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_plain_word(const char *word)
{
	return *word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789_-+=/.,:@%")];
}

/* Quoted for a shell. */
static void print_word(FILE *out, const char *word)
{
	const char *quote;

	if (is_plain_word(word)) {
		fputs(word, out);
		return;
	}
	fputc('\'', out);
	while ((quote = strchr(word, '\''))) {
		_cleanup_free_ char *part = xstrndup(word, (size_t)(quote - word));

		printable_write(out, part);
		fputs("'\\''", out);
		word = quote + 1;
	}
	printable_write(out, word);
	fputc('\'', out);
}

void explain_notes(FILE *out, const struct plan *p, const char *start)
{
	for (size_t i = 0; i < p->notes.n; i++) {
		fprintf(out, "%snote: ", start);
		printable_write(out, p->notes.v[i]);
		fputc('\n', out);
	}
}

void explain_plan(FILE *out, const struct plan *p, const struct criu_binary *criu)
{
	fprintf(out, "criu-ns would, in this order:\n");
	for (size_t i = 0; i < p->n_steps; i++) {
		fputs(" - ", out);
		printable_write(out, p->steps[i].what);
		fputs("\n     (", out);
		printable_write(out, p->steps[i].why);
		fputs(")\n", out);
	}
	explain_notes(out, p, " - ");
	fputs("criu's command line:\n  ", out);
	print_word(out, criu->path);
	for (size_t i = 1; i < p->args.n; i++) {
		fputc(' ', out);
		print_word(out, p->args.v[i]);
	}
	fputc('\n', out);
}

/* Lines that some machines have in every run, or that follow from the line before. */
static const char *const noise[] = {
	"Can't setup RLIMIT_NOFILE for self", /* root without CAP_SYS_RESOURCE */
	"Can't keep kdat cache on non-tempfs",
	"Dumping FAILED",
	"Pre-dumping FAILED",
	"Restoring FAILED",
	"BUG at criu/pie/restorer.c",
};

static bool is_noise(const char *line)
{
	for (size_t i = 0; i < ARRAY_SIZE(noise); i++)
		if (strstr(line, noise[i]))
			return true;
	return false;
}

/* "(00.000836) 123: Error (criu/util.c:1534): rlimit: Can't ..." gives "rlimit: Can't ..." */
static const char *message_of(const char *line)
{
	const char *error = strstr(line, "Error (");
	const char *message = error ? strstr(error, "): ") : NULL;

	return message ? message + 3 : NULL;
}

static bool contains(const struct strv *s, const char *text)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->v[i], text))
			return true;
	return false;
}

void explain_errors(const char *log, size_t max, struct strv *ret)
{
	while (*log && ret->n < max) {
		size_t length = strcspn(log, "\n");
		_cleanup_free_ char *line = xstrndup(log, length);
		const char *message = message_of(line);

		if (message && !is_noise(line) && !contains(ret, message))
			strv_add(ret, message);
		log += length + (log[length] == '\n');
	}
}

/* The more specific text first. */
static const struct {
	const char *text, *remedy;
} remedies[] = {
	{ "do not match expected", "a pid of the images is already used in the new pid namespace; "
				   "this should not happen under criu-ns: please report it" },
	{ "tables-restore", "criu locks its network namespace with iptables: install it, "
			    "or freeze with --network-lock nftables or skip" },
	{ "execvp(",
	  "a program that criu starts was not found: "
	  "the path of an action script is relative to the work directory (-W, else -D)" },
	{ "Can't lookup mount=",
	  "a descriptor was opened in another mount namespace; reopen it inside, "
	  "or give it with --external file[...] and --inherit-fd" },
	{ "has unreachable sharing",
	  "a mount is a slave of one that criu cannot see; add --external mnt[]:m, "
	  "or name it: --external mnt[PATH]:KEY" },
	{ "Unable to convert uid or gid",
	  "its user namespace must map uid 0 and gid 0 (bwrap --uid 0 --gid 0, unshare -r)" },
	{ "belong to the target user namespace",
	  "some of its namespaces belong to another user namespace than its own; "
	  "freeze the process that made the sandbox" },
	{ "Unaccessible path opened",
	  "its working directory, or an open file, is hidden by a mount that was made later; "
	  "start it in another directory (cd /)" },
	{ "without libnftables",
	  "criu has to lock its network namespace: install iptables, or freeze with --network-lock skip" },
	{ "is not a session leader", "it is part of a shell's session: add --shell-job (-j)" },
	{ "dangling tty", "its terminal belongs to a shell outside: add --shell-job (-j)" },
	{ "Don't have tty to inherit", "the images are of a shell job: thaw from a terminal" },
	{ "outside of its pid namespace",
	  "its session belongs to a process outside of its pid namespace; start it with setsid" },
	{ "file owner pid",
	  "a descriptor sends its signals (F_SETOWN) to a process outside of the tree, "
	  "which has no pid in the new pid namespace" },
	{ "Can't open file proc/",
	  "it had a file open in the /proc directory of a process outside of the tree, "
	  "which the new pid namespace does not have" },
	{ "has bad size", "the file has changed since the freeze; put it back as it was" },
	{ "has bad build-ID",
	  "the file was replaced since the freeze; put the old one back, or add --file-validation filesize" },
	{ "has bad mode", "the file's mode has changed; set it back or add --skip-file-rwx-check" },
	{ "Can't dump ghost file",
	  "a deleted file is still open and large: add --ghost-limit SIZE" },
	{ "link-remap", "an open file has lost its name: add --link-remap" },
	{ "file-locks", "it holds file locks: add --file-locks (-l), also to the thaw" },
	{ "tcp-established",
	  "it has TCP connections: add --tcp-established or --tcp-close, also to the thaw" },
	{ "Connected TCP socket in image",
	  "add --tcp-established or --tcp-close, as in the freeze" },
	{ "In-flight connection",
	  "a connection is being made: add --skip-in-flight, or try again" },
	{ "External socket found in image", "add --ext-unix-sk, as in the freeze" },
	{ "ext-unix-sk",
	  "a socket's other end is outside of the tree: add --ext-unix-sk, also to the thaw" },
	{ "half of stream unix",
	  "the other end of a unix stream is outside of the tree: "
	  "freeze that process too (an ancestor of both), or close the connection" },
	{ "io_uring",
	  "criu cannot freeze io_uring; switch it off in the program (libuv: UV_USE_IO_URING=0)" },
	{ "non-regular mapping", "it has mapped a device, which needs a plugin of criu's" },
	{ "vDSO area bounds", "this criu is too old for this kernel: 4.2.1 or newer is needed" },
	{ " opt: Operation not supported",
	  "this criu is too old for this kernel: 4.2.1 or newer is needed" },
	{ "nested",
	  "a process in the tree has a namespace of its own; freeze the tree's part outside of it" },
	{ "doesn't live in IPC ns",
	  "it shares SysV memory with the host: start it with unshare -i" },
	{ "Can't bind inet socket", "the address or port is in use, or gone" },
	{ "Timeout reached", "a process did not stop in time: try again, or --timeout SECONDS" },
	{ "required by image is not supported on host",
	  "this processor lacks a feature that the other one had: thaw on a similar one, or try --cpu-cap=none" },
	{ "Tracking memory is not available",
	  "this kernel has no soft-dirty tracking, which pre-dump and --track-mem need" },
	{ "Can't open file", "a file that it had open is gone; put it back" },
};

const char *explain_remedy(const char *line)
{
	for (size_t i = 0; i < ARRAY_SIZE(remedies); i++)
		if (strstr(line, remedies[i].text))
			return remedies[i].remedy;
	return NULL;
}

static bool has_log(const struct cli *cli)
{
	return cli->log_file && strcmp(cli->log_file, "-") != 0;
}

static char *read_log(const struct cli *cli, const struct facts *f, const struct timespec *since)
{
	enum { MAX_LOG = 256 << 20 };
	bool there = has_log(cli) && f->work_dir.fd >= 0;
	_cleanup_close_ int fd = there ? open_regular_at(f->work_dir.fd, cli->log_file) : -1;
	struct stat st;
	char *text = NULL;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_mtim.tv_sec < since->tv_sec ||
	    read_fd(fd, MAX_LOG, &text) < 0)
		return NULL;
	return text;
}

static void print_log_path(FILE *out, const char *dir, const char *name)
{
	_cleanup_free_ char *path = xasprintf("%s%s%s", dir, *dir ? "/" : "", name);

	fputs("its log is ", out);
	printable_write(out, path);
}

static void print_log_place(FILE *out, const struct cli *cli, bool found)
{
	_cleanup_free_ char *dir = realpath(cli->work_dir, NULL);

	if (!has_log(cli))
		fputs("its messages are above; -v4 -o FILE gives more", out);
	else if (!found)
		fputs("it wrote no log", out);
	else
		print_log_path(out,
			       cli->log_file[0] == '/' ? ""
			       : dir                   ? dir
						       : cli->work_dir,
			       cli->log_file);
}

void explain_log(FILE *out, const char *log, uint64_t caps)
{
	enum { ENOUGH = 5 };
	struct strv errors = { 0 };
	const char *remedy = NULL;

	explain_errors(log, ENOUGH, &errors);
	for (size_t i = 0; i < errors.n; i++) {
		fputs("criu: ", out);
		printable_write(out, errors.v[i]);
		fputc('\n', out);
		remedy = remedy ? remedy : explain_remedy(errors.v[i]);
	}
	for (size_t i = 0; i < errors.n && !remedy; i++) {
		char missing[1024];

		if (!strstr(errors.v[i], "apabilit") && !strstr(errors.v[i], "not permitted"))
			continue;
		caps_missing_text(caps, missing, sizeof(missing));
		if (*missing)
			fprintf(out, "criu-ns: missing capabilities: %s\n", missing);
		break;
	}
	if (remedy)
		fprintf(out, "criu-ns: %s\n", remedy);
	strv_free(&errors);
}

void explain_failure(FILE *out, const struct cli *cli, const struct facts *f, int status,
		     const struct timespec *since)
{
	_cleanup_free_ char *log = read_log(cli, f, since);

	if (log)
		explain_log(out, log, f->caps);
	fputs("criu-ns: criu could not ", out);
	if (cli->command == CMD_RESTORE) {
		fputs("thaw ", out);
		printable_write(out, cli->images_dir);
	} else {
		fprintf(out, "%s process %d (", cli->command == CMD_DUMP ? "freeze" : "pre-dump",
			f->target.pid);
		printable_write(out, f->target.comm);
		fputc(')', out);
	}
	if (status > EXIT_SIGNAL)
		fprintf(out, ", it died of signal %d (%s); ", status - EXIT_SIGNAL,
			strsignal(status - EXIT_SIGNAL));
	else
		fprintf(out, " (exit status %d); ", status);
	print_log_place(out, cli, log);
	fputc('\n', out);
}
