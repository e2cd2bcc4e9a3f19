#!/bin/bash
# What is different when criu-ns is linked with musl, which the Makefile does where musl-gcc is: how it starts, and what musl
# has not, or does in another way than glibc. All other tests are the same for both.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

is_musl() { ! grep -qE 'glibc\.malloc\.|ld-linux' "$CRIU_NS"; }

if ! is_musl; then
	lacks "criu-ns is linked with glibc" 1
elif [ "$(uname -m)" != x86_64 ]; then
	lacks "CPUID is an instruction of x86" 1
else
	is "$("$TARGETS/cpuids" "$CRIU_NS" show nothing)" 0 "criu-ns starts without a CPUID instruction"
fi

fails_with 125 "an option without its value" "$CRIU_NS" dump -t
is "$err" "criu-ns: option '-t' needs a value" "... is named"
fails_with 125 "the same behind other letters" "$CRIU_NS" restore -dD
is "$err" "criu-ns: option '-dD' needs a value" "... is named, with them"

# glibc's SIGRTMIN, 34, is one that musl keeps for its threads, and the one above is musl's.
cat >trapping <<'END'
for i in 34 35 64; do trap "echo $i >>got" $i; done
echo ready >ready
while :; do read -rt 0.01 <>idle; done
END
mkfifo idle
setsid bash trapping </dev/null >/dev/null 2>&1 &
pid=$!
disown
waitfor file ready
freeze "a program that handles real-time signals" "$pid" images
"$CRIU_NS" restore -D images -o restore.log --pidfile pid </dev/null >/dev/null 2>&1 &
thawing=$!
waitfor file images/pid
for signal in 34 35 64; do
	rm -f got
	kill -$signal "$thawing"
	waitfor file got
	is "$(cat got)" $signal "a thaw in the foreground passes signal $signal on" || break
done
kill -KILL "$(cat images/pid)"
wait "$thawing"
is $? 0 "... until the tree ends"

# What include/musl/ has because musl lacks it, a newer musl may have, or that of a distribution: Debian 13's 1.2.5 has
# renameat2(), and a struct statx that ends before stx_mnt_id, and no longer dirent64.
if command -v musl-gcc >/dev/null && [ -d "${CRIU_NS%/*}/kernel" ]; then
	cat >newer.c <<-'END'
		#include <stddef.h>
		#define RENAME_NOREPLACE (1 << 0)
		#define RENAME_EXCHANGE (1 << 1)
		#define W_EXITCODE(status, signo) ((status) << 8 | (signo))
		struct mount_attr;
		int renameat2(int, const char *, int, const char *, unsigned);
		int close_range(unsigned, unsigned, int);
		int execveat(int, const char *, char *const[], char *const[], int);
		const char *sigabbrev_np(int);
		int open_tree(int, const char *, unsigned);
		int move_mount(int, const char *, int, const char *, unsigned);
		int fsopen(const char *, unsigned);
		int fsconfig(int, unsigned, const char *, const void *, int);
		int fsmount(int, unsigned, unsigned);
		int mount_setattr(int, const char *, unsigned, struct mount_attr *, size_t);
	END
	for header in "$top"/include/musl/*.h "$top"/include/musl/sys/*.h; do
		printf '#include <%s>\n' "${header#"$top/include/musl/"}" >>newer.c
	done
	cat >>newer.c <<-'END'
		int mount_of(int fd)
		{
			_Alignas(struct dirent64) char entries[512];
			struct statx st;
			return getdents64(fd, (void *)entries, sizeof(entries)) > 0 ||
			       statx(fd, "", 0, STATX_MNT_ID, &st) || st.stx_mnt_id != 0;
		}
	END
	mkdir -p newer/sys
	# The macro is one of a musl that has a struct statx itself.
	cat >newer/sys/stat.h <<-'END'
		#include_next <sys/stat.h>
		#ifndef STATX_BASIC_STATS
		struct statx { int stx_mask; };
		int statx(int, const char *, int, unsigned, struct statx *);
		#endif
	END
	printf '%s\n' '#include_next <dirent.h>' '#undef dirent64' '#undef getdents64' >newer/dirent.h
	runs_ok "a newer musl can be built with" musl-gcc -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Werror \
		-I"$top/include/musl" -Inewer -idirafter "${CRIU_NS%/*}/kernel" -c -o newer.o newer.c
else
	lacks "there is no musl-gcc, or criu-ns was built without it" 1
fi

# Whoever else writes to the same file does not get in between.
if command -v strace >/dev/null; then
	exec {log}>log
	strace -o writes -e trace=write,writev "$CRIU_NS" dump -t 1 -D "$T/$(printf 'long%.0s' {1..60})" 2>&$log
	is "$(grep -c '^writev\?(2,' writes)" 1 "a message of criu-ns is one system call" "$(cat writes)"
else
	skip "needs strace" 1
fi
finish
