// SPDX-License-Identifier: MIT
#include "explain/explain.h"

#include "explain/remedies.h"
#include "look/caps.h"
#include "util/printable.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* criu's levels (criu/include/log.h). */
enum { LEVEL_ERROR = 1, LEVEL_WARNING = 2 };

static bool is_plain_word(const char *word)
{
	return *word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789_-+=/.,:@%")];
}

void explain_word(FILE *out, const char *word)
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

static void explain_command_line(FILE *out, const struct plan *p, const struct criu_binary *criu)
{
	struct strv args = { 0 };

	strv_copy(&p->args, &args);
	if (p->recheck && p->notify)
		plan_say_swrk(p, "<request>", &args);
	fputs("criu's command line:\n  ", out);
	explain_word(out, criu->path);
	for (size_t i = 1; i < args.n; i++) {
		fputc(' ', out);
		explain_word(out, args.v[i]);
	}
	fputc('\n', out);
	strv_free(&args);
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
	if (!p->start)
		explain_command_line(out, p, criu);
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

/*
 * "(00.000836) 123: Error (criu/util.c:1534): rlimit: Can't ..." gives "rlimit: Can't ...".
 * kind: "Error (" or "Warn  ("
 */
static const char *message_of(const char *line, const char *kind)
{
	const char *error = strstr(line, kind);
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

/* The messages of a kind that matter. */
static void add_messages(const char *log, const char *kind, size_t max, struct strv *ret)
{
	while (*log && ret->n < max) {
		size_t length = strcspn(log, "\n");
		_cleanup_free_ char *line = xstrndup(log, length);
		const char *message = message_of(line, kind);

		if (message && !is_noise(line) && !contains(ret, message))
			strv_add(ret, message);
		log = text_next_line(log + length);
	}
}

void explain_errors(const char *log, size_t max, struct strv *ret)
{
	add_messages(log, "Error (", max, ret);
}

static bool has_log(const struct cli *cli)
{
	return cli->log_file && strcmp(cli->log_file, "-") != 0;
}

static char *read_file_of_log(const struct cli *cli, const struct facts *f,
			      const struct timespec *since)
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

char *explain_read_log(const struct cli *cli, const struct facts *f, const struct criu_log *said,
		       const struct timespec *since)
{
	return said->fd >= 0 ? criu_log_text(said) : read_file_of_log(cli, f, since);
}

static void print_log_path(FILE *out, const char *dir, const char *name)
{
	_cleanup_free_ char *path = xasprintf("%s%s%s", dir, *dir ? "/" : "", name);

	fputs("its log is ", out);
	printable_write(out, path);
}

/*
 * seen: the -v with which the user has seen criu's messages; without one, criu was told to be
 * quiet.
 */
static void print_log_place(FILE *out, const struct cli *cli, unsigned seen, bool found)
{
	_cleanup_free_ char *dir = realpath(cli->work_dir, NULL);

	if (!has_log(cli))
		fprintf(out, "%s-v4 -o FILE gives more", seen ? "its messages are above; " : "");
	else if (!found)
		fputs("it wrote no log", out);
	else
		print_log_path(out,
			       cli->log_file[0] == '/' ? ""
			       : dir                   ? dir
						       : cli->work_dir,
			       cli->log_file);
}

static const char *first_remedy(const struct strv *messages)
{
	const char *remedy = NULL;

	for (size_t i = 0; i < messages->n && !remedy; i++)
		remedy = explain_remedy(messages->v[i]);
	return remedy;
}

/* The cause of an error may be a warning. */
static char *warning_with_remedy(const char *log)
{
	enum { MOST = 50 };
	struct strv warnings = { 0 };
	char *found = NULL;

	add_messages(log, "Warn  (", MOST, &warnings);
	for (size_t i = 0; i < warnings.n && !found; i++)
		if (explain_remedy(warnings.v[i]))
			found = xstrdup(warnings.v[i]);
	strv_free(&warnings);
	return found;
}

static void print_message(FILE *out, const char *message)
{
	fputs("criu: ", out);
	printable_write(out, message);
	fputc('\n', out);
}

void explain_log(FILE *out, const char *log, unsigned seen, uint64_t caps)
{
	enum { ENOUGH = 5 };
	_cleanup_free_ char *warning = NULL;
	struct strv errors = { 0 };
	const char *remedy;

	explain_errors(log, ENOUGH, &errors);
	remedy = first_remedy(&errors);
	warning = remedy ? NULL : warning_with_remedy(log);
	if (warning)
		remedy = explain_remedy(warning);
	if (warning && seen < LEVEL_WARNING)
		print_message(out, warning);
	for (size_t i = 0; i < errors.n && seen < LEVEL_ERROR; i++)
		print_message(out, errors.v[i]);
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

/* What an older criu says of images that it does not understand does not tell that. */
static void print_older(FILE *out, const struct facts *f)
{
	unsigned of = f->images.criu;
	unsigned v = of && f->criu ? criu_version(f->criu) : 0;

	if (v && v < of)
		fprintf(out,
			"criu-ns: the images are of criu %u.%u or newer, but this one is %u.%u, and may not understand them: "
			"use the criu that made them (--criu-binary)\n",
			of / 1000000, of / 1000 % 1000, v / 1000000, v / 1000 % 1000);
}

void explain_failure(FILE *out, const struct cli *cli, const struct facts *f,
		     const struct criu_log *said, int status, const struct timespec *since)
{
	bool is_ours = said->fd >= 0;
	unsigned seen = criu_log_seen(said);
	_cleanup_free_ char *log = explain_read_log(cli, f, said, since);

	if (log)
		explain_log(out, log, seen, f->caps);
	if (cli->command == CMD_RESTORE)
		print_older(out, f);
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
	if (status > EXIT_SIGNAL &&
	    status <= EXIT_SIGNAL + SIGRTMAX) /* 255: criu has failed at once */
		fprintf(out, ", it died of signal %d (%s); ", status - EXIT_SIGNAL,
			strsignal(status - EXIT_SIGNAL));
	else
		fprintf(out, " (exit status %d); ", status);
	if (is_ours && !log) /* criu has said nothing */
		seen = 0;
	print_log_place(out, cli, is_ours ? seen : LEVEL_ERROR, log);
	fputc('\n', out);
}
