#!/bin/bash
# Files that a later mount lies over, which criu does not find by their path: those that the host has under the same
# path are opened by the thaw and handed over, as files from outside are; the others are refused. Another node of a
# device in the place of one that is open, and the mapping of uprobes, take an option, which is found.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

own() { # own SHELL: in a mount namespace of its own; $1 is $T
	own_start unshare -m --propagation slave setsid sh -c "$1"' && exec perl -e "$2"' sh "$T" "$own_keeper" \
		</dev/null >/dev/null 2>&1
	own_attend "$started"
}

mkdir -p covered/below other
echo below >covered/file
# shellcheck disable=SC2016 # for the target's shell
{
	own 'exec 7<"$1/covered/file" && mount -t tmpfs cover "$1/covered"'
	runs_ok "a file below a later mount: --dry-run" "$CRIU_NS" dump --dry-run -t "$pid" -D other
	like "$(tr -s '\n ' ' ' <<<"$out")" "add --external file\[[0-9a-f]+:[0-9a-f]+\] \(a mount that was made later lies over it\)" \
		"... says so"
	own_three file
	is "$(head -c 5 "/proc/$pid/fd/7")" below "... and has the file"
	kill -KILL "$pid" && waitfor exit "$pid"

	own 'cd "$1/covered/below" && mount -t tmpfs cover "$1/covered"'
	own_three directory
	is "$(stat -L -c %i "/proc/$pid/cwd")" "$(stat -c %i covered/below)" "... and is in it"
	kill -KILL "$pid" && waitfor exit "$pid"

	own 'mount -t tmpfs one "$1/covered" && echo own >"$1/covered/own" && exec 7<"$1/covered/own" && mount -t tmpfs two "$1/covered"'
	mkdir refused
	fails_with 125 "a file of its own that is covered: refused" "$CRIU_NS" dump -t "$pid" -D refused -o dump.log
	like "$err" "descriptor 7 of process $pid \($T/covered/own\) is below a mount that was made later, and cannot be found here" \
		"... and why"
	is "$(ls -A refused)" "" "... nothing is written"
	kill -KILL "$pid" && waitfor exit "$pid"
}

# Another node of the same device.
mkdir dev
if mknod -m 666 dev/full c 1 7 && mknod -m 666 dev/other c 1 7 && { : <dev/full; } 2>/dev/null; then
	own_start setsid sh -c 'exec 7<"$1" && exec perl -e "$2"' sh "$T/dev/full" "$own_keeper" </dev/null >/dev/null 2>&1
	own_attend "$started"
	mount --bind dev/other dev/full
	runs_ok "another node of a device: --dry-run" "$CRIU_NS" dump --dry-run -t "$pid" -D other
	like "$(tr -s '\n ' ' ' <<<"$out")" "add --evasive-devices \(descriptor 7 of process $pid \($T/dev/full\) has another node of the same device in its place\)" \
		"... says so"
	own_three device
	kill -KILL "$pid" && waitfor exit "$pid"
	settle 0
	umount dev/full || fail "the mount of the test goes"
else
	lacks "no device can be opened in $T"
fi

# Uprobes, in libc's clock_nanosleep().
type=$(cat /sys/bus/event_source/devices/uprobe/type 2>/dev/null)
libc=$(ldd "$TARGETS/counter" | sed -n 's/.*=> \(\/[^ ]*libc\.so\.6\).*/\1/p')
offset=$(nm -D "$libc" 2>/dev/null | sed -n 's/^0*\([0-9a-f]*\) [TW] clock_nanosleep@@.*/\1/p')
if [ -n "$type" ] && [ -n "$offset" ]; then
	start counter
	perl -e 'my ($type, $libc, $offset, $pid) = @ARGV;
		my $attr = pack "L L Q Q Q Q Q L L p Q", $type, 72, 0, 0, 0, 0, 0, 0, 0, $libc, hex $offset;
		my $fd = syscall(298, $attr, $pid + 0, -1, -1, 0);
		$fd >= 0 or die "perf_event_open: $!"; select undef, undef, undef, 0.3' "$type" "$(realpath "$libc")" "$offset" "$pid"
	if grep -q '\[uprobes\]' "/proc/$pid/maps"; then
		first=$id
		for cycle in 1 2 3; do
			look_at "$pid"
			freeze "uprobes: freeze $cycle" "$pid" "uprobes.$cycle" || break
			[ "$cycle" != 1 ] || like "$err" "note: process $pid has hit a uprobe" "... is noted"
			thaw "... thaw $cycle" "uprobes.$cycle"
			goes_on "${pid:-0}" "$first" "$count" "... it goes on"
		done
		kill -KILL "$pid" && waitfor exit "$pid"
	else
		lacks "no uprobe was hit here"
	fi
else
	lacks "this kernel has no uprobes"
fi
finish
