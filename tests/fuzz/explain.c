// SPDX-License-Identifier: MIT
/*
 * criu's log, and names that others chose, in what criu-ns prints: nothing of it reaches a terminal
 * but as text.
 */
#include "files.h"

#include "explain/explain.h"
#include "explain/remedies.h"

#include <time.h>

/* Whatever is printed: so many lines, and nothing that a terminal acts on. */
struct printed {
	FILE *out;
	char *text;
	size_t size;
};

static void print_start(struct printed *p)
{
	p->out = open_memstream(&p->text, &p->size);
	FUZZ_CHECK(p->out, "no memory");
}

static size_t print_end(struct printed *p)
{
	size_t lines;

	fclose(p->out);
	FUZZ_CHECK(strlen(p->text) == p->size, "a NUL is printed");
	lines = fuzz_count_lines(p->text);
	free(p->text);
	return lines;
}

static void check_errors(const char *log, size_t max)
{
	struct strv errors = { 0 };

	explain_errors(log, max, &errors);
	FUZZ_CHECK(errors.n <= max, "%zu lines", errors.n);
	for (size_t i = 0; i < errors.n; i++) {
		FUZZ_CHECK(strstr(log, errors.v[i]) && !strchr(errors.v[i], '\n'), "%s",
			   errors.v[i]);
		for (size_t k = 0; k < i; k++)
			FUZZ_CHECK(strcmp(errors.v[i], errors.v[k]) != 0, "%s is there twice",
				   errors.v[i]);
	}
	strv_free(&errors);
}

static void check_log(const char *log)
{
	struct printed p;

	print_start(&p);
	explain_log(p.out, log, 0, 0);
	FUZZ_CHECK(print_end(&p) <= 7, "too many lines of %s", log);
}

static void check_plan(char *name)
{
	const struct criu_binary criu = { .path = name, .fd = -1 };
	struct plan_step step = { .what = name, .why = name };
	struct plan plan = { .steps = &step, .n_steps = 1 };
	struct printed p;

	strv_add(&plan.args, "criu");
	strv_add(&plan.args, name);
	strv_add(&plan.notes, name);
	print_start(&p);
	explain_plan(p.out, &plan, &criu);
	FUZZ_CHECK(print_end(&p) == 6, "not a line each for %s", name);
	strv_free(&plan.args);
	strv_free(&plan.notes);
}

/* In the directory work the file "log" has the whole input; with -1 there is no log. */
static void check_failure(const char *name, enum cli_command command, int work)
{
	const struct timespec since = { 0 };
	struct cli cli = {
		.command = command, .images_dir = name, .work_dir = name, .log_file = name
	};
	struct facts *facts = xcalloc(1, sizeof(*facts));
	struct printed p;

	facts_init(facts);
	facts->work_dir.fd = work;
	snprintf(facts->target.comm, sizeof(facts->target.comm), "%s", name);
	print_start(&p);
	explain_failure(p.out, &cli, facts, &CRIU_LOG_NONE,
			command == CMD_DUMP ? 1 : EXIT_SIGNAL + 9, &since);
	FUZZ_CHECK(print_end(&p) <= (work < 0 ? 1 : 8), "more than a line of %s", name);
	free(facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "log" };
	static struct fuzz_files files = { -1, -1 };

	if (files.fd < 0)
		files = fuzz_files_make(names, ARRAY_SIZE(names));

	bool in_file = fuzz_files_take(&files, data, size);
	_cleanup_free_ char *text = fuzz_take_text(&data, &size, '\0');

	check_errors(text, 5);
	check_errors(text, 0);
	(void)explain_remedy(text);
	check_log(text);
	check_plan(text);
	check_failure(text, CMD_DUMP, -1);
	check_failure(text, CMD_RESTORE, -1);
	if (in_file)
		check_failure(text, CMD_PRE_DUMP, files.dir);
	return 0;
}
