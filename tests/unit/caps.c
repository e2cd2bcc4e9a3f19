// SPDX-License-Identifier: MIT
/* Capabilities: which each plan needs, and what is said when one is missing. */
#include "freeze_facts.h"

#include "look/caps.h"

#include <linux/capability.h>

/* Without any one of these the refusal names that one, and no other. */
static const struct capability {
	int bit;
	const char *name;
} capabilities[] = {
	{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN" },
	{ CAP_SYS_PTRACE, "CAP_SYS_PTRACE" },
	{ CAP_SYS_CHROOT, "CAP_SYS_CHROOT" },
	{ CAP_NET_ADMIN, "CAP_NET_ADMIN" },
	{ CAP_SETPCAP, "CAP_SETPCAP" },
	{ CAP_SETUID, "CAP_SETUID" },
	{ CAP_SETGID, "CAP_SETGID" },
	{ CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE" },
	{ CAP_CHOWN, "CAP_CHOWN" },
	{ CAP_FOWNER, "CAP_FOWNER" },
	{ CAP_KILL, "CAP_KILL" },
	{ CAP_SYS_RESOURCE, "CAP_SYS_RESOURCE" },
	{ CAP_CHECKPOINT_RESTORE, "CAP_CHECKPOINT_RESTORE" },
};

static const struct need {
	const char *name;
	facts_fn *facts;
	const char *line, *needed;
} needs[] = {
	{ "a freeze where the caller is", here, "dump -v -t 812", "CAP_SYS_PTRACE" },
	{ "a freeze in another frame", thawed, "dump -vvv -t 901",
	  "CAP_SYS_ADMIN CAP_SYS_PTRACE CAP_SYS_CHROOT" },
	{ "a freeze in another mount namespace", same_mounts, "dump -v4 -t 812",
	  "CAP_SYS_ADMIN CAP_SYS_PTRACE CAP_SYS_CHROOT" },
	{ "an unprivileged freeze where the caller is", here, "dump --unprivileged -t 812", "" },
	{ "an unprivileged freeze in another frame", thawed, "dump -v --unprivileged -t 901",
	  "CAP_SYS_ADMIN CAP_SYS_PTRACE CAP_SYS_CHROOT" },
	{ "a thaw", images, "restore --verbosity=1",
	  "CAP_SYS_ADMIN CAP_SYS_PTRACE CAP_SYS_CHROOT CAP_NET_ADMIN CAP_SETPCAP" },
};

static int try_with(const struct need *x, uint64_t caps, struct err *e)
{
	_cleanup_unit_cli_ struct unit_cli u = unit_parse(x->line, NULL, false);
	struct facts f;
	struct plan p;
	int r;

	any_facts(&f);
	x->facts(&f);
	f.caps = caps;
	r = u.cli.command == CMD_RESTORE ? thaw(&u.cli, &f, &p, e) : freeze(&u.cli, &f, &p, e);
	plan_free(&p);
	forget(&f);
	return r;
}

static bool is_needed(const struct need *x, const char *name)
{
	const char *at = strstr(x->needed, name);

	return at && (at[strlen(name)] == ' ' || at[strlen(name)] == '\0');
}

static void capabilities_are_needed(void **state)
{
	const struct need *x = *state;
	uint64_t unneeded = 0;
	struct err e = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(capabilities); i++) {
		const struct capability *c = &capabilities[i];
		uint64_t bit = UINT64_C(1) << c->bit;
		int r = try_with(x, ~bit, &e);

		if (!is_needed(x, c->name)) {
			UNIT_CHECK(r == 0, "%s: %s", c->name, e.what);
			unneeded |= bit;
			continue;
		}
		assert_int_equal(r, -EPERM);
		for (size_t j = 0; j < ARRAY_SIZE(capabilities); j++)
			UNIT_CHECK(!strstr(e.what, capabilities[j].name) == (i != j), "%s: %s",
				   capabilities[j].name, e.what);
	}
	assert_int_equal(try_with(x, ~unneeded, &e), 0);
	assert_int_equal(try_with(x, 0, &e), *x->needed ? -EPERM : 0);
	for (size_t i = 0; i < ARRAY_SIZE(capabilities) && *x->needed; i++)
		UNIT_CHECK(!strstr(e.what, capabilities[i].name) ==
				   !is_needed(x, capabilities[i].name),
			   "%s: %s", capabilities[i].name, e.what);
}

static void who_is_not_root_is_told_so_and_no_more(void **state)
{
	static const struct need freeze = { "", here, "dump -t 812", "" };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(try_with(&freeze, 0, &e), -EPERM);
	unit_assert_contains(e.what, "must be run as root");
	unit_assert_lacks(e.what, "CAP_");
}

static void each_missing_capability_has_its_reason(void **state)
{
	char text[2048];

	(void)state;
	caps_missing_text(~UINT64_C(0), text, sizeof(text));
	assert_string_equal(text, "");
	caps_missing_text(0, text, sizeof(text));
	for (size_t i = 0; i < ARRAY_SIZE(capabilities); i++) {
		const char *at = strstr(text, capabilities[i].name);

		UNIT_CHECK(at && !strncmp(at + strlen(capabilities[i].name), " (to ", 5), "%s",
			   capabilities[i].name);
	}
	caps_missing_text(0, text, 20); /* cut, not overrun */
	assert_int_equal(strlen(text), 19);
}

static void our_own_capabilities_are_those_of_the_kernel(void **state)
{
	char *text = NULL;
	uint64_t ours;
	struct err e;
	const char *line;

	(void)state;
	assert_int_equal(caps_effective(&ours, &e), 0);
	assert_true(read_file_at(AT_FDCWD, "/proc/self/status", 65536, &text) > 0);
	line = strstr(text, "CapEff:");
	assert_non_null(line);
	for (size_t i = 0; i < ARRAY_SIZE(capabilities); i++) {
		uint64_t bit = UINT64_C(1) << capabilities[i].bit;

		UNIT_CHECK(!(strtoull(line + 7, NULL, 16) & bit) == !(ours & bit), "%s",
			   capabilities[i].name);
	}
	free(text);
}

int main(void)
{
	UNIT_ROWS(capabilities_are_needed, needs);
	UNIT(who_is_not_root_is_told_so_and_no_more);
	UNIT(each_missing_capability_has_its_reason);
	UNIT(our_own_capabilities_are_those_of_the_kernel);
	return unit_run("caps");
}
