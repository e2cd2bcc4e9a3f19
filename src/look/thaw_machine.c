// SPDX-License-Identifier: MIT
/* The machine: its processor, and its security module. */
#include "look/thaw_look.h"

#include "util/util.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

/* enum march of criu/images/core.proto */
enum march {
	MARCH_UNKNOWN,
	MARCH_X86_64,
	MARCH_ARM,
	MARCH_AARCH64,
	MARCH_PPC64,
	MARCH_S390,
	MARCH_MIPS,
	MARCH_LOONGARCH64,
	MARCH_RISCV64
};

#if defined(__x86_64__)
static const enum march our_march = MARCH_X86_64;
#elif defined(__arm__)
static const enum march our_march = MARCH_ARM;
#elif defined(__aarch64__)
static const enum march our_march = MARCH_AARCH64;
#elif defined(__powerpc64__)
static const enum march our_march = MARCH_PPC64;
#elif defined(__s390x__)
static const enum march our_march = MARCH_S390;
#elif defined(__mips__)
static const enum march our_march = MARCH_MIPS;
#elif defined(__loongarch64)
static const enum march our_march = MARCH_LOONGARCH64;
#elif defined(__riscv)
static const enum march our_march = MARCH_RISCV64;
#else
static const enum march our_march = MARCH_UNKNOWN;
#endif

/* Which registers the kernel saves: XCR0. All, where that is not known. */
static uint64_t our_registers(void)
{
#if defined(__x86_64__)
	const unsigned osxsave = 1U << 27;
	unsigned a;
	unsigned b;
	unsigned c;
	unsigned d;

	__cpuid(1, a, b, c, d);
	if (!(c & osxsave))
		return 3; /* x87 and SSE */
	__asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
	return (uint64_t)d << 32 | a;
#else
	return UINT64_MAX;
#endif
}

/*
 * Whoever has something in the registers of AVX (2) or AVX-512 (5, 6, 7) has code that uses them.
 * criu leaves out what the host does not have (restore_fpu() in criu/arch/x86/crtools.c). Other
 * bits tell less: a kernel sets PKRU (9) for everybody.
 */
static uint64_t missing_registers(const struct images *i)
{
	const uint64_t counting = 1U << 2 | 1U << 5 | 1U << 6 | 1U << 7;

	return i->xstate & counting & ~our_registers();
}

static void look_at_processor(struct facts *f)
{
	struct thaw_finding x = { .kind = THAW_PROCESSOR };

	/* cppcheck-suppress knownConditionTrueFalse; our_march is 0 elsewhere */
	if (f->images.march && our_march && f->images.march != (unsigned)our_march) {
		thaw_findings_add(&f->thaw_findings, &x);
		return;
	}
	x.kind = THAW_REGISTERS;
	x.registers = missing_registers(&f->images);
	if (x.registers)
		thaw_findings_add(&f->thaw_findings, &x);
}

/* kerndat_lsm() in criu/lsm.c; of SELinux it also wants a label, but that is its to find out. */
static bool has_module(unsigned lsm)
{
	enum { SELINUX = 1, APPARMOR = 2 }; /* enum lsmtype of criu/images/inventory.proto */

	if (lsm == APPARMOR)
		return access("/sys/kernel/security/apparmor", F_OK) == 0;
	return lsm != SELINUX || access("/sys/fs/selinux/enforce", F_OK) == 0;
}

/*
 * AppArmor lists its profiles, as "name (enforce)"; of SELinux only who writes is told whether a
 * context is valid. Labels of several profiles, and those of another namespace of AppArmor, are
 * left to criu.
 */
static bool has_profile(unsigned lsm, const char *label)
{
	enum { APPARMOR = 2, MOST = 16 << 20 };
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *start = NULL;

	if (lsm != APPARMOR || label[strcspn(label, ":&")] || strstr(label, "//") ||
	    read_file_at(AT_FDCWD, "/sys/kernel/security/apparmor/profiles", MOST, &text) < 0)
		return true;
	start = xconcat(label, " (");
	return text_find_line(text, start) != NULL;
}

/* validate_lsm() in criu/lsm.c, and lsm_set_label() in criu/pie/restorer.c */
static void look_at_lsm(struct facts *f)
{
	const struct images *i = &f->images;
	struct thaw_finding x = { .kind = THAW_LSM };

	if (!i->lsm || !i->lsm_profile)
		return;
	x.lacks_profile = has_module(i->lsm);
	if (!x.lacks_profile || !has_profile(i->lsm, i->lsm_profile))
		thaw_findings_add(&f->thaw_findings, &x);
}

void thaw_look_machine(struct facts *f)
{
	look_at_processor(f);
	look_at_lsm(f);
}
