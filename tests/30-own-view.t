#!/bin/bash
# Targets whose mounts or pid namespace are their own: frozen so that they can be thawed, as often as
# wanted, or refused before anything is stopped. Never dumped and lost.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

cycles() { # cycles NAME DIR: twice, for the process $pid
	local cycle first=$id
	for cycle in 1 2; do
		look_at "$pid"
		freeze "$1, cycle $cycle: freeze" "$pid" "$2.$cycle"
		dead "$pid" "... it is gone"
		thaw "... thaw" "$2.$cycle"
		goes_on "${pid:-0}" "$first" "$count" "... it goes on"
	done
}

only_child_of() {
	waitfor children "$1" 1
	children_of "$1"
}

mkdir own
unshare -m --propagation slave sh -c 'mount -t tmpfs own own; exec "$TARGETS/counter" own/state' &
waitfor state $! || bail_out "no target"
attend $!
runs_ok "--dry-run for a target with its own mounts" "$CRIU_NS" dump --dry-run -t "$pid" -D "$T"
like "$out" "$T/own" "... names the mount"
like "$out" "--external '?mnt\[\]:m" "... and the option that its mounts call for"
cycles "own mounts" mounts
is "$(stat -f -c %T "/proc/$pid/root$T/own")" tmpfs "its mount has come back"
read -r state _ <"/proc/$pid/root$T/own/state"
is "$state" "$id" "... with what it held"
[ ! -e own/state ]
report $? "... and is not seen here"

unshare -p -f --mount-proc --propagation slave "$TARGETS/counter" 2>/dev/null &
attend "$(only_child_of $!)"
cycles "init of its namespaces" init
like "$(field "$pid" NSpid)" $'\t1$' "it is pid 1 again"

unshare -p -f "$TARGETS/counter" 2>/dev/null &
attend "$(only_child_of $!)"
cycles "init of its pid namespace only" pidns
like "$(field "$pid" NSpid)" $'\t1$' "it is pid 1 again"

# What stands in the way: a descriptor from another mount namespace.
mkfifo input
# shellcheck disable=SC2034 # only held open
exec {input}<>input
unshare -m --propagation slave "$TARGETS/goblin" <input >/dev/null 2>&1 &
attend $!
mkdir never
fails_with 125 "a descriptor opened in another mount namespace: refused" \
	"$CRIU_NS" dump -t "$pid" -D never -o dump.log
like "$err" "^criu-ns: .*$T/input" "... it is named"
is "$(ls never)" "" "... no image is written"
alive "$pid" && is "$(awk '{sub(/.*\) /, ""); print $1}' "/proc/$pid/stat")" S "... the target is untouched"
finish
