#!/bin/bash
# A process that has joined the target's mount namespace opens, loads and executes nothing there by path, because
# the target decides what a path leads to. targets/joins follows the system calls, so this is tested for libc (name
# services, character sets, time zones) and the loader as well.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

# watched NAME EXPECTED COMMAND...: it succeeds, and what is done after joining is in EXPECTED (a regular
# expression); something has joined.
watched() {
	run "$TARGETS/joins" "$T/joins" "${@:3}"
	report "$status" "$1"
	like "$(cat joins)" '^joined$' "... somebody has joined"
	is "$(grep -v '^joined$' joins | grep -vE "^($2)\$")" "" "... and nothing is done by path"
}

end() {
	[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null && waitfor exit "$pid"
	end_strays
}

proof='readlink /proc/self' # to see that /proc there fits, when the mounts have been compared

## The caller's mounts, in a mount namespace of its own

same_view() {
	own_start unshare -m --propagation slave setsid "$TARGETS/counter"
	own_attend "$started"
	first=$id
}

same_view
mkdir same frame
watched "the caller's view in another mount namespace: freeze" "$proof" \
	"$CRIU_NS" dump -t "$pid" -D same -o dump.log
dead "$pid" "... it is gone"
thaw "... thaw" same
goes_on "${pid:-0}" "$first" "$count" "... it goes on"
look_at "$pid"
watched "a thawed tree: freeze" "$proof" "$CRIU_NS" dump -t "$pid" -D frame -o dump.log
dead "$pid" "... it is gone"
thaw "... thaw" frame
goes_on "${pid:-0}" "$first" "$count" "... it goes on"
rm frame/pid
end
watched "a thaw with -S" "chdir $T|(newf)?stat(at)? \.|execve $CRIU_BINARY" \
	"$CRIU_NS" restore -d -S -D frame -o restore.log --pidfile pid
pid=$(cat frame/pid)
goes_on "${pid:-0}" "$first" "$count" "... it goes on"
end

## Something is mounted just when we have joined

# evil: makes a library whose constructor leaves a mark
evil() {
	cat >evil.c <<-END
		#include <fcntl.h>
		#include <unistd.h>
		__attribute__((constructor)) static void mark(void)
		{
			close(open("$T/executed", O_WRONLY | O_CREAT, 0644));
		}
	END
	cc -shared -fPIC -o evil.so evil.c
}

# A library that programs which work on mounts load when they first need it; criu-ns loads none.
library=$(realpath "$(ldconfig -p | sed -n 's/.*libmount\.so\.1 .*=> //p' | head -n 1)")
if [ -f "$library" ] && evil; then
	same_view
	mkdir attacked
	look_at "$pid"
	runs_ok "a library is mounted over when we have joined: freeze" \
		"$TARGETS/joins" "$T/joins" --then "nsenter -m -t $pid mount --bind $T/evil.so $library" \
		"$CRIU_NS" dump -t "$pid" -D attacked -o dump.log
	like "$err" "^criu-ns: try 1: .* because the mounts of process $pid have changed while .*, and is frozen again" \
		"... at the second try, for which criu-ns does not join"
	[ ! -e executed ]
	report $? "... and nothing of it was executed"
	is "$(grep -v '^joined$' joins)" "" "... nothing was looked for by path"
	dead "$pid" "... it is frozen"
	thaw "... and thawed" attacked
	like "$(cat "/proc/$pid/mountinfo")" "/evil.so " "... with that mount"
	goes_on "$pid" "$id" "$count" "... and goes on"
	end
else
	skip "no compiler, or no libmount that ldconfig knows" 8
fi

# The same moment, and nothing bad: the host mounts something, which appears in the target's view, too.
# Twice: in the caller's pid namespace, and in one of its own.
same_view
mkdir later
for round in 1 2; do
	mkdir "meanwhile.$round"
	look_at "$pid"
	runs_ok "the host mounts something when we have joined, $round: freeze" "$TARGETS/joins" "$T/joins" \
		--then "nsenter -m -t $$ mount -t tmpfs later $T/later" "$CRIU_NS" dump -t "$pid" -D "meanwhile.$round" -o dump.log
	dead "$pid" "... it is gone"
	umount later
	thaw "... thaw" "meanwhile.$round"
	goes_on "${pid:-0}" "$first" "$count" "... it goes on"
done
end

## Views of their own

# shellcheck disable=SC2119
own_service
first=$id
mkdir served again
runs_ok "a service: freeze" "$CRIU_NS" dump -t "$pid" -D served -o dump.log
sed -i -E 's/^(mount at=\/var\/tmp .*flags=)[^ ]*/\1ro,nosuid,nodev,noexec,relatime/' served/criu-ns.recipe
watched "a service, whose mounts are put right: thaw" "(open_tree|move_mount) /.*" \
	"$CRIU_NS" restore -d -D served -o restore.log --pidfile pid
pid=$(cat served/pid)
goes_on "${pid:-0}" "$first" "$count" "... it goes on"
look_at "$pid"
watched "a thawed service, from its frame: freeze" "$proof" "$CRIU_NS" dump -t "$pid" -D again -o dump.log
dead "$pid" "... it is gone"
end

if own_bwrap --as-pid-1; then
	look_at "$seen"
	mkdir sandbox
	watched "a sandbox, whose tmpfs root is kept: freeze" "open_tree /" "$CRIU_NS" dump -t "$pid" -D sandbox -o dump.log
	dead "$pid" "... it is gone"
	end
else
	skip "no bwrap" 4
fi
# What is locked there is tried on a copy, below the caller's root again.
if own_bwrap --unshare-user --uid 0; then
	look_at "$seen"
	mkdir locked
	watched "a sandbox in a user namespace: freeze" "open_tree /|mount /|move_mount /|umount2 self/fd/[0-9]+" \
		"$CRIU_NS" dump -t "$pid" -D locked -o dump.log
	dead "$pid" "... it is gone"
	end
else
	skip "no bwrap" 4
fi
if own_chroot folder; then
	mkdir rooted
	watched "a chroot, whose mounts are read from within: freeze" "$proof" "$CRIU_NS" dump -t "$pid" -D rooted -o dump.log
	dead "$pid" "... it is gone"
	end
else
	skip "no busybox for a root" 4
fi
finish
