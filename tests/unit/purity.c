// SPDX-License-Identifier: MIT
/*
 * Pure means pure: the symbols that an object needs, against what it may need. The list holds what
 * decides from its arguments alone; a plan that wants to open, read, ask or remember does not link
 * with it.
 */
#include "unit.h"

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
	"findings_first",
	"findings_have_nested_mounts",
	"free",
	"memchr",
	"memcmp",
	"memcpy",
	"memmem",
	"memmove",
	"memset",
	"parse_pid",
	"qsort",
	"snprintf",
	"strchr",
	"strchrnul",
	"strcmp",
	"strcspn",
	"strlen",
	"strncmp",
	"strnlen",
	"strrchr",
	"strspn",
	"strstr",
	"strtol",
	"strtoul",
	"strv_add",
	"strv_free",
	"strv_insert",
	"strv_take",
	"vsnprintf",
	"xasprintf",
	"xcalloc",
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
	/* the parts that are pure themselves (include/look/mounts.h, images.h, caps.h, cli.h) */
	"caps_check",
	"cli_commands",
	"cli_external",
	"cli_inherits",
	"cli_options",
	"cli_replaces_mount",
	"cli_skips_mount",
	"identity_copy",
	"identity_free",
	"identity_read",
	"identity_write",
	"images_free_pid",
	"images_is_auto",
	"images_is_named",
	"images_root_mount",
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
	"mounts_is_visible",
	"mounts_next_dir",
	"mounts_path_below",
	"mounts_path_join",
	"mounts_shared",
	"mounts_showing",
	"mounts_slaves",
	"mounts_difference_text",
	"mounts_have_group",
	"mounts_root_is_deleted",
	/* and those that are tested here to be (plan.o, mount_sort.o, recipe.o...) */
	"mount_check",
	"mount_check_images",
	"mount_expect_nested",
	"mount_fault_text",
	"mount_groups_check",
	"mount_is_keyed",
	"mount_key_prefix",
	"mount_keys_counting",
	"mount_keys_order",
	"mount_omitted_by_criu",
	"mount_sort",
	"mount_stacks_check",
	"mount_why",
	"plan_check_dir",
	"plan_copy_args",
	"plan_external",
	"plan_findings",
	"plan_free",
	"plan_init_comm",
	"plan_option",
	"plan_refuse",
	"plan_verdict",
	"plan_slot_file",
	"plan_slot_tty",
	"plan_terminals",
	"plan_slot_recheck",
	"plan_slot_images",
	"plan_slot_pidfile",
	"plan_slot_work",
	"plan_step",
	"plan_staging_proc",
	"plan_staging_root",
	"recipe_has_locks",
	"recipe_add_file",
	"recipe_add_mount",
	"recipe_by_id",
	"recipe_at",
	"recipe_copy",
	"recipe_file_name",
	"recipe_flags_text",
	"recipe_format",
	"recipe_free",
	"recipe_owner_name",
	"recipe_parse",
	"recipe_root_name",
	"recipe_sort_by_at",
	"sorted_find",
	"sorted_free",
	"sorted_make",
};

/* getopt_long() keeps its state in globals. */
static const char *const for_cli[] = { "__ctype_b_loc", "getopt_long", "optarg", "opterr",
				       "optind" };

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

static const struct object {
	const char *name, *object;
	const char *const *more;
	size_t n_more;
	const char *needed; /* a symbol that it needs for sure: the list is not empty */
} objects[] = {
	{ "plan.o is pure", "plan/plan.o", NULL, 0, "strv_insert" },
	{ "plan_freeze.o is pure", "plan/plan_freeze.o", NULL, 0, "mounts_compare" },
	{ "plan_findings.o is pure", "plan/plan_findings.o", NULL, 0, "findings_first" },
	{ "plan_thaw.o is pure", "plan/plan_thaw.o", NULL, 0, "mount_check_images" },
	{ "plan_terminals.o is pure", "plan/plan_terminals.o", NULL, 0, "cli_inherits" },
	{ "mount_sort.o is pure", "plan/mount_sort.o", NULL, 0, "mounts_covering" },
	{ "mount_keys.o is pure", "plan/mount_keys.o", NULL, 0, "sorted_make" },
	{ "mount_groups.o is pure", "plan/mount_groups.o", NULL, 0, "mounts_is_below" },
	{ "mount_stacks.o is pure", "plan/mount_stacks.o", NULL, 0, "mounts_covering" },
	{ "mount_check.o is pure", "plan/mount_check.o", NULL, 0, "mounts_covering" },
	{ "finding.o is pure", "look/finding.o", NULL, 0, "xreallocarray" },
	{ "seen.o is pure", "util/seen.o", NULL, 0, "xcalloc" },
	{ "identity.o is pure", "look/identity.o", NULL, 0, "xasprintf" },
	{ "recipe.o is pure", "look/recipe.o", NULL, 0, "err_set" },
	{ "usage.o is pure", "cli/usage.o", NULL, 0, "cli_options" },
	{ "cli.o is pure but for getopt", "cli/cli.o", for_cli, ARRAY_SIZE(for_cli),
	  "getopt_long" },
};

static const char *object_folder;

static void object_is_pure(void **state)
{
	const struct object *o = *state;
	char *command = xasprintf("nm -u '%s/%s'", object_folder, o->object);
	FILE *nm = popen(command, "r");
	char symbol[256];
	bool found = false;
	int impure = 0;

	assert_non_null(nm);
	while (fscanf(nm, " %*1[UwvV] %255s", symbol) == 1) {
		found |= !strcmp(symbol, o->needed);
		if (is_in(symbol, harmless, ARRAY_SIZE(harmless)) ||
		    is_in(symbol, o->more, o->n_more) || is_sanitizer(symbol))
			continue;
		print_error("%s needs %s\n", o->object, symbol);
		impure++;
	}
	assert_true(feof(nm));
	UNIT_CHECK(pclose(nm) == 0 && found, "%s gave no list", command);
	assert_int_equal(impure, 0);
	free(command);
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
		UNIT_CHECK(!is_in(effects[i], harmless, ARRAY_SIZE(harmless)) &&
				   !is_sanitizer(effects[i]),
			   "%s", effects[i]);
}

int main(int argc, char *argv[])
{
	char *self = xstrdup(argc > 0 ? argv[0] : "");
	char *folder = xasprintf("%s/../obj", dirname(self));
	int status;

	object_folder = folder;
	UNIT_ROWS(object_is_pure, objects);
	UNIT(an_object_that_reads_is_seen);
	status = unit_run("purity");
	free(folder);
	free(self);
	return status;
}
