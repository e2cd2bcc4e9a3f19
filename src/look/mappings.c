// SPDX-License-Identifier: MIT
#include "look/mappings.h"

#include "util/util.h"

#include <stdlib.h>
#include <string.h>

/* The next word of the line; gives how long it is, which is 0 at the end of the line. */
static const char *next_word(const char *at, size_t *ret_length)
{
	at += strspn(at, " \t");
	*ret_length = strcspn(at, " \t\n");
	return at;
}

static bool is_word(const char *word, size_t length, const char *other)
{
	return length == strlen(other) && !memcmp(word, other, length);
}

/* smaps */

/* With CONFIG_MSEAL_SYSTEM_MAPPINGS: VM_SEALED_SYSMAP in the kernel's include/linux/mm.h. */
static bool is_made_by_kernel(const char *name, size_t length)
{
	static const char *const names[] = { "[vdso]",     "[vvar]",    "[vvar_vclock]",
					     "[vsyscall]", "[sigpage]", "[vectors]",
					     "[uprobes]" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (is_word(name, length, names[i]))
			return true;
	return false;
}

/* "7f00-7f10 r-xp 0 08:01 7      /x": the first line of a mapping. */
static void begin_mapping(struct mappings *m, const char *line)
{
	size_t length;
	const char *word = next_word(line, &length);

	word = next_word(word + length, &length);
	m->is_program = text_begins(word, "--x");
	for (int i = 0; i < 4; i++) /* offset, device, inode, name */
		word = next_word(word + length, &length);
	m->is_kernels = is_made_by_kernel(word, length);
}

static void take_flags(struct mappings *m, const char *flags)
{
	size_t length;

	for (const char *flag = next_word(flags, &length); length;
	     flag = next_word(flag + length, &length)) {
		m->has[MAPPING_SEAL] |= is_word(flag, length, "sl") && !m->is_kernels;
		m->has[MAPPING_FAULT] |= is_word(flag, length, "lf");
	}
}

/* All other lines begin with a capital letter. */
static bool is_address(char first)
{
	return (first >= '0' && first <= '9') || (first >= 'a' && first <= 'f');
}

void mappings_parse_smaps(struct mappings *m, const char *text)
{
	const char *value;

	for (const char *line = text; *line; line = text_next_line(line)) {
		if (is_address(*line))
			begin_mapping(m, line);
		else if ((value = text_after(line, "ProtectionKey:")))
			m->has[MAPPING_KEY] |= !m->is_program && strtoul(value, NULL, 10) != 0;
		else if ((value = text_after(line, "VmFlags:")))
			take_flags(m, value);
	}
}

/* numa_maps */

/* "prefer (many):0-1" and "weighted interleave:0" are two words (policy_modes[], mm/mempolicy.c). */
static const char *next_policy(const char *line, size_t *ret_length)
{
	size_t more;
	const char *policy;
	const char *second;

	policy = next_word(line, ret_length); /* the address */
	policy = next_word(policy + *ret_length, ret_length);
	if (is_word(policy, *ret_length, "prefer") || is_word(policy, *ret_length, "weighted")) {
		second = next_word(policy + *ret_length, &more);
		*ret_length = (size_t)(second - policy) + more;
	}
	return policy;
}

static bool is_of_file(const char *line)
{
	size_t length;

	for (const char *word = next_word(line, &length); length;
	     word = next_word(word + length, &length))
		if (text_begins(word, "file="))
			return true;
	return false;
}

static void add_file_policy(struct mappings *m, const char *policy)
{
	for (size_t i = 0; i < MAPPINGS_FILE_POLICIES; i++) {
		if (!*m->of_files[i])
			memcpy(m->of_files[i], policy, strlen(policy) + 1);
		if (!strcmp(m->of_files[i], policy))
			return;
	}
	m->has_more = true;
}

/*
 * A mapping without a policy of its own is shown with the task's, which is taken to be that of the
 * first one. But a file may have one for all of its mappings, as the program that is executed.
 */
void mappings_parse_policies(struct mappings *m, const char *text)
{
	for (const char *line = text; *line; line = text_next_line(line)) {
		char policy[sizeof(m->policy)];
		size_t length;
		const char *word = next_policy(line, &length);

		if (!length)
			continue;
		if (length >= sizeof(policy))
			length = sizeof(policy) - 1;
		memcpy(policy, word, length);
		policy[length] = '\0';
		if (strcmp(policy, "default") != 0 && is_of_file(line)) {
			add_file_policy(m, policy);
			continue;
		}
		if (!*m->policy)
			memcpy(m->policy, policy, sizeof(policy));
		m->has[MAPPING_POLICY] |= strcmp(m->policy, policy) != 0;
	}
}

/* mountinfo */

/* As both show it: mpol_to_str() in mm/mempolicy.c. Nodes have commas between them. */
static bool is_mpol(const char *option, const char *policy)
{
	const char *rest = option + strlen(policy);

	return text_begins(option, policy) &&
	       (!*rest || *rest == '\n' || (*rest == ',' && !(rest[1] >= '0' && rest[1] <= '9')));
}

static bool is_of_tmpfs(const char *mountinfo, const char *policy)
{
	static const char tmpfs[] = " - tmpfs ", mpol[] = ",mpol=";

	for (const char *at = strstr(mountinfo, tmpfs); at; at = strstr(at, tmpfs)) {
		const char *end = text_next_line(at);
		const char *option = strstr(at, mpol);

		if (option && option < end && is_mpol(option + strlen(mpol), policy))
			return true;
		at = end;
	}
	return false;
}

static bool is_tasks(const struct mappings *m, size_t i)
{
	return !*m->of_files[i] || !strcmp(m->of_files[i], m->policy);
}

bool mappings_has_file_policy(const struct mappings *m)
{
	if (!*m->policy) /* it has ended meanwhile */
		return false;
	for (size_t i = 0; i < MAPPINGS_FILE_POLICIES; i++)
		if (!is_tasks(m, i))
			return true;
	return m->has_more;
}

void mappings_compare_mounts(struct mappings *m, const char *mountinfo)
{
	for (size_t i = 0; i < MAPPINGS_FILE_POLICIES; i++)
		m->has[MAPPING_POLICY] |=
			!is_tasks(m, i) && !is_of_tmpfs(mountinfo, m->of_files[i]);
	m->has[MAPPING_POLICY] |= m->has_more;
}
