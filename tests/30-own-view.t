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

refused() { # refused NAME REGEX: for the process $pid, and nothing was touched
	mkdir "never.$tests"
	local dir=never.$tests
	fails_with 125 "$1: refused" "$CRIU_NS" dump -t "$pid" -D "$dir" -o dump.log
	like "$err" "^criu-ns: .*$2" "... it is named"
	is "$(ls "$dir")" "" "... no image is written"
	goes_on "$pid" "$id" "$count" "... the target goes on"
}

# What criu 4.2 would freeze and thaw as something else, without a word.
mkdir bind newroot
unshare -m --propagation slave sh -c 'mount -t tmpfs x own; mount --bind /usr bind
	mount -o remount,bind,ro bind; exec "$TARGETS/counter" own/state' &
attend $!
look_at "$pid"
refused "a read-only bind of the root's file system" "$T/bind"

unshare -m --propagation slave sh -c 'mount -t tmpfs root newroot && cd newroot || exit 1
	mkdir bin old state && cp "$TARGETS/counter" bin
	for i in usr lib lib64 dev; do mkdir "$i" && mount --rbind "/$i" "$i" || exit 1; done
	pivot_root . old && cd / && exec /bin/counter /state/now' &
attend $!
look_at "$pid"
refused "a tmpfs of its own as root" "tmpfs"

# A root of its own: refused, unless the user says something about mounts; then the thaw is to be told.
mkdir -p rootfs/{bin,old,proc,state} && cp "$TARGETS/counter" rootfs/bin
unshare -m --propagation slave sh -c 'mount --bind rootfs rootfs && cd rootfs || exit 1
	for i in usr lib lib64 dev; do mkdir -p "$i" && mount --rbind "/$i" "$i" || exit 1; done
	pivot_root . old && cd / && exec /bin/counter /state/now' &
attend $!
look_at "$pid"
refused "a root of its own" "$T/rootfs"
mkdir byhand
runs_ok "... not with --external given by hand" \
	"$CRIU_NS" dump -R -t "$pid" -D byhand -o dump.log --external 'mnt[]:m'
fails_with 125 "... whose thaw has to be told the root" \
	"$CRIU_NS" restore -d -D byhand -o restore.log --pidfile pid
like "$err" "^criu-ns: .*$T/rootfs.*--root" "... it is named"
[ ! -e byhand/restore.log ]
report $? "... and criu was not run"

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
