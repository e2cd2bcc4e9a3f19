// SPDX-License-Identifier: MIT
#include "unit.h"

#include "look/mappings.h"

#define BEGIN "7f1fd4c00000-7f1fd4c10000 "
#define MIDDLE                                                                                     \
	"Size:                 64 kB\nRss:                   4 kB\nTHPeligible:           0\n"
#define KEY(n)     "ProtectionKey:         " #n "\n"
#define NAME(name) "rw-p 00000000 00:00 0                          " name "\n" MIDDLE
#define PLAIN      BEGIN NAME("[heap]") KEY(0) "VmFlags: rd wr mr mw me ac \n"

static const struct row {
	const char *name, *text;
	bool has[MAPPING_KINDS];
} of_smaps[] = {
	{ "nothing", "", { false } },
	{ "a mapping like most", PLAIN, { false } },
	{ "a kernel without protection keys",
	  BEGIN NAME("") "VmFlags: rd wr mr mw me ac \n",
	  { false } },
	{ "a protection key",
	  PLAIN BEGIN NAME("") KEY(11) "VmFlags: rd wr mr mw me ac \n" PLAIN,
	  { [MAPPING_KEY] = true } },
	{ "what can only be executed has one of the kernel's",
	  BEGIN "--xp 00000000 00:00 0 \n" MIDDLE KEY(1) "VmFlags: ex mr mw me ac \n" PLAIN,
	  { false } },
	{ "... and that says nothing of the next one",
	  BEGIN "--xp 00000000 00:00 0 \n" MIDDLE KEY(1) "VmFlags: ex mr mw me ac \n" BEGIN NAME("")
		  KEY(1) "VmFlags: rd \n",
	  { [MAPPING_KEY] = true } },
	{ "a seal",
	  PLAIN BEGIN NAME("") KEY(0) "VmFlags: rd wr mr mw me ac sl \n" PLAIN,
	  { [MAPPING_SEAL] = true } },
	{ "a seal of a file",
	  BEGIN "r-xp 00001000 08:01 7 /bin/a b [vdso]\n" MIDDLE "VmFlags: rd ex sl \n",
	  { [MAPPING_SEAL] = true } },
	{ "the kernel has sealed its own",
	  BEGIN NAME("[vdso]") "VmFlags: rd ex de sl \n" BEGIN NAME(
		  "[vvar]") "VmFlags: rd io sl \n" BEGIN
		  NAME("[vvar_vclock]") "VmFlags: rd io sl \n" BEGIN NAME(
			  "[uprobes]") "VmFlags: ex sl \n",
	  { false } },
	{ "... and that says nothing of the next one",
	  BEGIN NAME("[vdso]") "VmFlags: rd ex de sl \n" BEGIN NAME(
		  "[stack]") "VmFlags: rd wr sl \n",
	  { [MAPPING_SEAL] = true } },
	{ "locked", BEGIN NAME("") "VmFlags: rd wr lo ac \n", { false } },
	{ "locked when it is used",
	  BEGIN NAME("") "VmFlags: rd wr lo lf ac \n",
	  { [MAPPING_FAULT] = true } },
	{ "flags without a space behind them",
	  BEGIN NAME("") "VmFlags: rd lf sl",
	  { [MAPPING_FAULT] = true, [MAPPING_SEAL] = true } },
	{ "a file that is called like flags",
	  BEGIN
	  "r--p 00000000 08:01 7   /VmFlags: sl\\012VmFlags: sl lf ProtectionKey: 3\n" MIDDLE KEY(
		  0) "VmFlags: rd \n",
	  { false } },
};

static const struct row of_numa[] = {
	{ "no mapping", "", { false } },
	{ "no policy",
	  "55d0 default file=/bin/x mapped=2 N0=2 kernelpagesize_kB=4\n55d1 default heap anon=1 N0=1\n",
	  { false } },
	{ "that of the task",
	  "55d0 bind:0 file=/bin/x mapped=2\n55d1 bind:0 stack anon=1\n",
	  { false } },
	{ "of its own",
	  "55d0 default file=/bin/x mapped=2\n55d1 interleave:0-1 anon=1\n55d2 default\n",
	  { [MAPPING_POLICY] = true } },
	{ "the default, where the task has another",
	  "55d0 bind:0 file=/bin/x\n55d1 default anon=1\n",
	  { [MAPPING_POLICY] = true } },
	{ "other nodes",
	  "55d0 prefer:0 file=/bin/x\n55d1 prefer:1\n",
	  { [MAPPING_POLICY] = true } },
	{ "policies of two words",
	  "55d0 prefer (many):0 file=/bin/x\n55d1 prefer (many):0 heap\n",
	  { false } },
	{ "... which differ",
	  "55d0 prefer (many):0 file=/bin/x\n55d1 prefer (many):1 heap\n",
	  { [MAPPING_POLICY] = true } },
	{ "... and another one",
	  "55d0 weighted interleave:0 file=/x\n55d1 weighted interleave:1\n",
	  { [MAPPING_POLICY] = true } },
	{ "a file that is called like a policy",
	  "55d0 default file=/bind:0 mapped=2\n55d1 default file=/x\\012\n",
	  { false } },
};

static void check(const struct row *r, const struct mappings *m)
{
	for (int i = 0; i < MAPPING_KINDS; i++)
		assert_int_equal(m->has[i], r->has[i]);
}

static const struct of_files {
	const char *name, *text, *mountinfo;
	bool asks, has;
} of_files[] = {
	{ "none", "55d0 default file=/bin/x\n55d1 default heap\n", NULL, false, false },
	{ "that of the task", "55d0 bind:0 file=/bin/x\n55d1 bind:0 heap\n", NULL, false, false },
	{ "of a library", "55d0 default file=/bin/x\n55d1 bind:0 file=/lib/x\n55d2 default\n", "",
	  true, true },
	{ "of all files of a file system",
	  "55d0 interleave:0 file=/t/x dirty=1\n55d1 default heap\n55d2 interleave:0 file=/t/l\n",
	  "29 1 0:22 / / rw - ext4 /dev/a rw\n30 29 0:23 / /t rw - tmpfs own rw,mpol=interleave:0\n",
	  true, false },
	{ "... followed by other options", "55d0 bind:0-1 file=/t/x dirty=1\n55d1 default heap\n",
	  "30 29 0:23 / /t rw - tmpfs own rw,mpol=bind:0-1,noswap\n31 30 0:4 / /p rw - proc p rw\n",
	  true, false },
	{ "... of several nodes", "55d0 bind:0,2 file=/t/x dirty=1\n55d1 default heap\n",
	  "30 29 0:23 / /t rw - tmpfs own rw,mpol=bind:0,2\n", true, false },
	{ "... and another", "55d0 bind:0 file=/t/x dirty=1\n55d1 default\n55d2 bind:1 file=/t/x\n",
	  "30 29 0:23 / /t rw - tmpfs own rw,mpol=bind:0\n", true, true },
	{ "... of two file systems",
	  "55d0 bind:0 file=/t/x dirty=1\n55d1 default\n55d2 bind:1 file=/u/x\n",
	  "1 9 0:3 / /t rw - tmpfs own rw,mpol=bind:0\n1 9 0:4 / /u rw - tmpfs own rw,mpol=bind:1\n",
	  true, false },
	{ "other nodes", "55d0 bind:0 file=/t/x dirty=1\n55d1 default\n",
	  "30 29 0:23 / /t rw - tmpfs own rw,mpol=bind:0,2\n", true, true },
	{ "more nodes", "55d0 bind:0-1 file=/t/x dirty=1\n55d1 default\n",
	  "30 29 0:23 / /t rw - tmpfs own rw,mpol=bind:0\n", true, true },
	{ "not of a tmpfs", "55d0 bind:0 file=/t/x dirty=1\n55d1 default\n",
	  "3 2 0:2 / /t rw - tmpfs own rw\n3 2 0:4 / /u rw - fuse.x x rw,mpol=bind:0\n", true,
	  true },
	{ "memory without a file has it, too",
	  "55d0 bind:0 file=/t/x dirty=1\n55d1 default heap\n55d2 bind:0 anon=1\n",
	  "30 29 0:23 / /t rw - tmpfs own rw,mpol=bind:0\n", true, true },
	{ "three", "1 bind:0 file=/x\n2 bind:1 file=/x\n3 local file=/x\n4 default\n",
	  "1 9 0:3 / /t rw - tmpfs own rw,mpol=bind:0\n1 9 0:4 / /u rw - tmpfs own rw,mpol=bind:1\n",
	  true, true },
	{ "another word that ends like it", "1 default a=1\n2 bind:0 heap anon=1 xfile=/x\n", NULL,
	  false, true },
	{ "of a process that has ended meanwhile", "55d0 bind:0 file=/t/x dirty=1\n", NULL, false,
	  false },
};

static void policies_of_files_are_read(void **state)
{
	const struct of_files *r = *state;
	struct mappings m = { 0 };

	mappings_parse_policies(&m, r->text);
	assert_int_equal(mappings_has_file_policy(&m), r->asks);
	if (r->asks)
		mappings_compare_mounts(&m, r->mountinfo);
	assert_int_equal(m.has[MAPPING_POLICY], r->has);
}

typedef void parser(struct mappings *m, const char *text);

static void whole_is_read(const struct row *r, parser *parse)
{
	struct mappings m = { 0 };

	parse(&m, r->text);
	if (mappings_has_file_policy(&m))
		mappings_compare_mounts(&m, "");
	check(r, &m);
}

/* As the kernel gives them, which may end behind any mapping; or behind any line. */
static void parts_are_read(const struct row *r, parser *parse)
{
	struct mappings m = { 0 };

	for (const char *at = r->text; *at;) {
		size_t length = strcspn(at, "\n");
		_cleanup_free_ char *line = NULL;

		length += at[length] == '\n';
		line = xstrndup(at, length);
		parse(&m, line);
		at += length;
	}
	if (mappings_has_file_policy(&m))
		mappings_compare_mounts(&m, "");
	check(r, &m);
}

static void smaps_is_read(void **state)
{
	whole_is_read(*state, mappings_parse_smaps);
}

static void smaps_is_read_by_line(void **state)
{
	parts_are_read(*state, mappings_parse_smaps);
}

static void policies_are_read(void **state)
{
	whole_is_read(*state, mappings_parse_policies);
}

static void policies_are_read_by_line(void **state)
{
	parts_are_read(*state, mappings_parse_policies);
}

/* One that is longer than all that is kept of it is the same as itself. */
static void a_long_policy(void **state)
{
	struct mappings m = { 0 };
	char text[512];

	(void)state;
	snprintf(text, sizeof(text), "1 bind:%0100d x\n2 bind:%0100d y\n", 0, 0);
	mappings_parse_policies(&m, text);
	assert_false(m.has[MAPPING_POLICY]);
	assert_true(memchr(m.policy, '\0', sizeof(m.policy)));
}

int main(void)
{
	UNIT_ROWS(smaps_is_read, of_smaps);
	UNIT_ROWS(smaps_is_read_by_line, of_smaps);
	UNIT_ROWS(policies_are_read, of_numa);
	UNIT_ROWS(policies_are_read_by_line, of_numa);
	UNIT_ROWS(policies_of_files_are_read, of_files);
	UNIT(a_long_policy);
	return unit_run("mappings");
}
