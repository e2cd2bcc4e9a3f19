// SPDX-License-Identifier: MIT
/*
 * Pure means pure: the symbols that an object needs, against what it may need: what decides from
 * its arguments alone, and what other pure objects define. A plan that wants to open, read, ask or
 * remember does not pass.
 */
#include "unit.h"

#include <glob.h>
#include <libgen.h>
#include <sys/wait.h>

/* Memory, texts, and the error object. */
static const char *const harmless[] = {
	"abort",
	"bsearch",
	"cleanup_free",
	"err_hint",
	"err_result",
	"err_set",
	"err_status",
	"free",
	"gmtime_r", /* UTC: it reads no time zone */
	"memchr",
	"memcmp",
	"memcpy",
	"memmem",
	"memmove",
	"memset",
	"parse_number",
	"parse_octal",
	"parse_pid",
	"printable",
	"process_signal_of", /* the names of signals */
	"qsort",
	"qsort_r",
	"snprintf",
	"strchr",
	"strchrnul",
	"strcmp",
	"strcspn",
	"strftime", /* of numbers alone */
	"strlen",
	"strncmp",
	"strnlen",
	"strrchr",
	"strsep",
	"strspn",
	"strstr",
	"strtol",
	"strtoul",
	"strv_add",
	"strv_free",
	"strv_insert",
	"strv_join",
	"strv_take",
	"text_find_line",
	"text_line_start",
	"text_next_line",
	"vsnprintf",
	"xasprintf",
	"xconcat_all",
	"xcalloc",
	"xgrow",
	"xroom",
	"xreallocarray",
	"xstrdup",
	"xstrndup",
	/* strtol() and strtoul() by the names that C23 has for them in glibc 2.38 and newer */
	"__isoc23_strtol",
	"__isoc23_strtoul",
	/* what compilers put in */
	"_GLOBAL_OFFSET_TABLE_",
	"__stack_chk_fail",
	"__snprintf_chk",
	"__vsnprintf_chk",
	"__memcpy_chk",
	"__memset_chk",
	/*
	 * the pure parts of objects that are not pure as a whole (look/mounts.h, images.h, caps.h)
	 */
	"caps_check",
	"images_free_pid",
	"images_is_auto",
	"images_is_named",
	"image_file_goes_on",
	"image_put_entry",
	"image_parse",
	"image_take_entry",
	"image_take_magics",
	"images_processor",
	"images_root_mount",
	"images_view_of",
	"image_ttys_have_job",
	"mount_flags",
	"mount_locks",
	"mounts_at",
	"mounts_by_id",
	"mounts_compare",
	"mounts_covering",
	"mounts_have_outside_master",
	"mounts_have_outside_peer",
	"mounts_have_superblock",
	"mounts_is_below",
	"mounts_is_cgroup",
	"mounts_is_visible",
	"mounts_next_dir",
	"mounts_path_below",
	"mounts_path_join",
	"mounts_shared",
	"mounts_showing",
	"mounts_slaves",
	"mounts_difference_text",
	"mounts_end_part",
	"mounts_have_group",
	"mounts_part",
	"mounts_root_is_deleted",
	"socket_end_text",
};

/* getopt_long() keeps its state in globals. */
static const char *const for_cli[] = { "__ctype_b_loc", "getopt_long", "optarg", "opterr",
				       "optind" };

static const char *const for_again[] = { "cli_says", "explain_errors" };

/* sscanf() by all of its names in glibc */
static const char *const for_groups[] = { "inet_ntop", "inet_pton", "sscanf", "__isoc99_sscanf",
					  "__isoc23_sscanf" };

static bool is_sanitizer(const char *symbol)
{
	return !strncmp(symbol, "__asan_", 7) || !strncmp(symbol, "__ubsan_", 8) ||
	       !strncmp(symbol, "__sanitizer_", 12) || !strncmp(symbol, "__gcov_", 7);
}

static bool is_in(const char *symbol, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(symbol, list[i]))
			return true;
	return false;
}

/* Besides all of plan/. */
static const struct object {
	const char *name, *object;
	const char *const *more;
	size_t n_more;
} objects[] = {
	{ "finding.o is pure", "look/finding.o", NULL, 0 },
	{ "again.o is pure", "explain/again.o", for_again, ARRAY_SIZE(for_again) },
	{ "request.o is pure", "rpc/request.o", NULL, 0 },
	{ "answer.o is pure", "rpc/answer.o", NULL, 0 },
	{ "mountinfo.o is pure", "look/mountinfo.o", NULL, 0 },
	{ "protobuf.o is pure", "look/protobuf.o", NULL, 0 },
	{ "image_edit.o is pure", "look/image_edit.o", NULL, 0 },
	{ "image_cgroups.o is pure", "look/image_cgroups.o", NULL, 0 },
	{ "image_programs.o is pure", "look/image_programs.o", NULL, 0 },
	{ "image_restart.o is pure", "look/image_restart.o", NULL, 0 },
	{ "files_image.o is pure", "thaw/files_image.o", NULL, 0 },
	{ "relock_decide.o is pure", "thaw/relock_decide.o", NULL, 0 },
	{ "needs.o is pure", "explain/needs.o", NULL, 0 },
	{ "births.o is pure", "look/births.o", NULL, 0 },
	{ "seen.o is pure", "util/seen.o", NULL, 0 },
	{ "sorted.o is pure", "util/sorted.o", NULL, 0 },
	{ "identity.o is pure", "look/identity.o", NULL, 0 },
	{ "journal.o is pure", "look/journal.o", NULL, 0 },
	{ "attributes.o is pure", "look/attributes.o", NULL, 0 },
	{ "mappings.o is pure", "look/mappings.o", NULL, 0 },
	{ "socket_options.o is pure", "look/socket_options.o", NULL, 0 },
	{ "groups.o is pure, and reads text", "look/groups.o", for_groups, ARRAY_SIZE(for_groups) },
	{ "recipe.o is pure", "look/recipe.o", NULL, 0 },
	{ "recipe_language.o is pure", "look/recipe_language.o", NULL, 0 },
	{ "recipe_values.o is pure", "look/recipe_values.o", NULL, 0 },
	{ "recipe_parse.o is pure", "look/recipe_parse.o", NULL, 0 },
	{ "recipe_format.o is pure", "look/recipe_format.o", NULL, 0 },
	{ "options.o is pure", "cli/options.o", NULL, 0 },
	{ "config.o is pure but for the locale", "cli/config.o", for_cli, 1 },
	{ "given.o is pure", "cli/given.o", NULL, 0 },
	{ "grammar.o is pure but for getopt", "cli/grammar.o", for_cli, ARRAY_SIZE(for_cli) },
	{ "usage.o is pure", "cli/usage.o", NULL, 0 },
	{ "as_config.o is pure but for getopt", "cli/as_config.o", for_cli, ARRAY_SIZE(for_cli) },
	{ "cli.o is pure but for getopt", "cli/cli.o", for_cli, ARRAY_SIZE(for_cli) },
};

static const char *object_folder;
static struct strv defined; /* what the pure objects define */

static bool is_defined(const char *symbol)
{
	return is_in(symbol, (const char *const *)defined.v, defined.n);
}

static bool may_need(const struct object *o, const char *symbol)
{
	return is_in(symbol, harmless, ARRAY_SIZE(harmless)) || is_in(symbol, o->more, o->n_more) ||
	       is_sanitizer(symbol) || is_defined(symbol);
}

static void object_is_pure(void **state)
{
	const struct object *o = *state;
	char *command = xasprintf("nm -P '%s/%s'", object_folder, o->object);
	FILE *nm = popen(command, "r");
	char line[512];
	int symbols = 0;
	int impure = 0;

	assert_non_null(nm);
	while (fgets(line, sizeof(line), nm)) {
		char symbol[256];
		char type;

		symbols += sscanf(line, "%255s %c", symbol, &type) == 2;
		if (!strchr("UwvV", type) || may_need(o, symbol))
			continue;
		print_error("%s needs %s\n", o->object, symbol);
		impure++;
	}
	assert_true(feof(nm));
	UNIT_CHECK(pclose(nm) == 0 && symbols, "%s gave no list", command);
	assert_int_equal(impure, 0);
	free(command);
}

static void all_of_plan_is_pure(void **state)
{
	char *pattern = xasprintf("%s/plan/*.o", object_folder);
	glob_t found;

	(void)state;
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct object o = { .object = found.gl_pathv[i] + strlen(object_folder) + 1 };
		void *one = &o;

		object_is_pure(&one);
	}
	globfree(&found);
	free(pattern);
}

static void learn_defined(const char *names)
{
	char *command = xasprintf("cd '%s' && nm -g --defined-only %s", object_folder, names);
	FILE *nm = popen(command, "r");
	char *line = NULL;
	size_t size = 0;
	char symbol[256];

	while (nm && getline(&line, &size, nm) > 0)
		if (sscanf(line, "%*x %*c %255s", symbol) == 1)
			strv_add(&defined, symbol);
	if (!nm || pclose(nm) != 0)
		strv_free(&defined);
	free(line);
	free(command);
}

static void learn_all_defined(void)
{
	learn_defined("plan/*.o");
	for (size_t i = 0; i < ARRAY_SIZE(objects); i++)
		learn_defined(objects[i].object);
}

/* The other way round: an object that reads files is not. */
static void an_object_that_reads_is_seen(void **state)
{
	static const char *const effects[] = {
		"open",          "openat",           "read",        "readlink",      "getenv",
		"secure_getenv", "__errno_location", "environ",     "stderr",        "stdout",
		"printf",        "fprintf",          "time",        "clock_gettime", "getpid",
		"getuid",        "isatty",           "ioctl",       "syscall",       "fork",
		"exit",          "read_file_at",     "procfs_task", "mounts_read",   "images_read",
		"caps_effective"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(effects); i++)
		UNIT_CHECK(!may_need(&(struct object){ 0 }, effects[i]), "%s", effects[i]);
}

int main(int argc, char *argv[])
{
	char *self = xstrdup(argc > 0 ? argv[0] : "");
	char *folder = xasprintf("%s/../obj", dirname(self));
	int status;

	object_folder = folder;
	learn_all_defined();
	UNIT_ROWS(object_is_pure, objects);
	UNIT(all_of_plan_is_pure);
	UNIT(an_object_that_reads_is_seen);
	status = unit_run("purity");
	strv_free(&defined);
	free(folder);
	free(self);
	return status;
}
