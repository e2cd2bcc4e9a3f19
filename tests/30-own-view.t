#!/bin/bash
# Targets with mounts or a pid namespace of their own: each is frozen so that it can be thawed, any number of
# times, or is refused; none is lost. 32-own-cycles.t has the sandboxes that people use.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

cycles() { # cycles NAME DIR: twice, for the process $pid
	local cycle first=$id
	for cycle in 1 2; do
		look_at "$pid"
		freeze "$1, cycle $cycle: freeze" "$pid" "$2.$cycle"
		dead "$pid" "... it is gone"
		thaw "... thaw" "$2.$cycle"
		[ -n "$pid" ] || return
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
like "$out" "the target's own" "... and that it is its own"
is "$(find "$T" -name 'criu-ns.recipe')" "" "... and writes nothing"
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

# What criu 4.2 alone would thaw as something else, without a word.
mkdir bind newroot
unshare -m --propagation slave sh -c 'mount -t tmpfs x own; mount --bind /usr bind
	mount -o remount,bind,ro bind; exec "$TARGETS/counter" own/state' &
attend $!
cycles "a read-only bind of the root's file system" bind
like "$(grep " $T/bind " "/proc/$pid/mountinfo")" " [^ ]*/usr $T/bind ro," "it is that folder, and read-only"

# A root of its own: a tmpfs, of which criu does not save what it holds; a directory. criu makes slaves
# through /proc, in that root: without one there it could freeze and not thaw.
# shellcheck disable=SC2016
rooted='cd "$1" && mkdir -p bin old state && cp "$TARGETS/counter" bin || exit 1
	if [ "$2" = proc ]; then mkdir -p proc && mount -t proc proc proc || exit 1; fi
	for i in usr lib lib64 dev; do mkdir -p "$i" && mount --rbind "/$i" "$i" || exit 1; done
	pivot_root . old && cd / && exec /bin/counter /state/now'

own_root() { # own_root KIND proc | none [PROPAGATION]
	local dir=root.$1.$2${3-}
	mkdir "$dir"
	# shellcheck disable=SC2016
	unshare -m --propagation "${3-slave}" sh -c '
		case $4 in
		tmpfs) mount -t tmpfs -o size=64m root "$1" ;;
		folder) mount --bind "$1" "$1" ;;
		esac && eval "$3"' sh "$dir" "$2" "$rooted" "$1" &
	attend $!
}

for kind in tmpfs folder; do
	own_root $kind proc
	cycles "a root of its own, a $kind" $kind
	if [ $kind = tmpfs ]; then
		like "$(grep ' / / ' "/proc/${pid:-0}/mountinfo" 2>&1)" "tmpfs.*size=65536k" "it is one again, with its size"
	else
		like "$(cat "/proc/${pid:-0}/mountinfo" 2>&1)" " [^ ]*/root.folder.proc / " "it is that folder again"
	fi
	own_root $kind none private
	cycles "... with private mounts and no /proc" $kind.private
	if on_host private; then # nor are the mounts of this one slaves
		lacks "no mount of a private host has slaves" 4
		continue
	fi
	own_root $kind none
	mkdir never.$kind
	fails_with 125 "... with slaves and no /proc: refused" \
		"$CRIU_NS" dump -t "$pid" -D never.$kind -o dump.log
	like "$err" "^criu-ns: .*/proc" "... it is named"
	is "$(ls never.$kind)" "" "... no image is written"
	goes_on "$pid" "$id" "$count" "... the target goes on"
done

# chroot(2) in a mount namespace of its own.
if own_chroot folder; then
	cycles "a chroot" chroot.images
	is "$(readlink "/proc/$pid/root")" "$T/chroot" "its root is what it was"
else
	skip "no busybox for a root" 9
fi

# A descriptor from another mount namespace.
mkfifo input
exec {input}<>input
unshare -m --propagation slave "$TARGETS/goblin" <&"$input" >answers 2>/dev/null &
attend $!
first=$id
freeze "a FIFO and a file opened in another mount namespace: freeze" "$pid" outside
dead "$pid" "... it is gone"
thaw "... thaw" outside
echo hello >input
waitfor count "${pid:-0}" "$count"
like "$(cat answers)" "^$first [0-9]+ hello" "... it hears and answers"

# What systemd mounts, and criu does not save: the kernel's tracing.
# shellcheck disable=SC2016
unshare -m --propagation shared sh -c '
	mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing || exit 77
	mkdir traced
	unshare -m --propagation slave sh -c "mount -t tmpfs own own && exec \"\$TARGETS/counter\"" &
	"$TARGETS/waitfor" state $! && "$CRIU_NS" dump -t $! -D traced -o dump.log &&
		"$CRIU_NS" restore -d -D traced -o restore.log --pidfile pid' 2>traced.err
if [ $? = 77 ]; then
	lacks "no tracefs here" 11
else
	[ -s traced/pid ]
	report $? "a host with tracefs: freeze and thaw" "$(cat traced.err)"
	pid=$(cat traced/pid)
	like "$(cat "/proc/${pid:-0}/mountinfo")" " /sys/kernel/tracing .* - tracefs " "... it is there again"

	# The thaw mounts it itself. On one of two peers that is enough for both, and each has to get it once.
	mkdir peer same
	# shellcheck disable=SC2016
	own_start unshare -m --propagation slave setsid sh -c '
		mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing || exit
		mount --bind peer peer && mount --make-private peer && mount --make-shared peer && mount --bind peer same &&
		mkdir peer/traced && mount --bind /sys/kernel/tracing peer/traced && exec perl -e "$1"' sh "$own_keeper" \
		</dev/null >/dev/null 2>&1
	own_attend "$started"
	before=$(grep -c "$T/.*/traced .* tracefs " "/proc/$pid/mountinfo")
	cycles "tracefs on peers" peers
	is "$(grep -c "$T/.*/traced .* tracefs " "/proc/${pid:-0}/mountinfo")" "$before" "... and there are as many of them"
fi

# A pipe to somebody outside has no path: the freeze says what a thaw would need.
mkdir private
exec {to}<> <(:) {from}<> <(:)
# shellcheck disable=SC2094 # ends of pipes
unshare -m --propagation slave sh -c 'mount -t tmpfs private private && exec "$TARGETS/goblin"' \
	<"/proc/self/fd/$to" >"/proc/self/fd/$from" 2>/dev/null &
attend $!
input=$(readlink "/proc/$pid/fd/0") output=$(readlink "/proc/$pid/fd/1")
freeze "a process with pipes to the outside: freeze" "$pid" pipes
like "$err" "^criu-ns: note: descriptor [01] of process $pid is a pipe.*--inherit-fd 'fd\[N\]:pipe:\[" "... it is noted"
dead "$pid" "... it is gone"
first=$id
runs_ok "... thaw, with pipes given" "$CRIU_NS" restore -d -D pipes -o restore.log \
	--pidfile pid --inherit-fd "fd[$to]:$input" --inherit-fd "fd[$from]:$output"
pid=$(cat pipes/pid)
echo hello >"/proc/self/fd/$to"
goes_on "$pid" "$first" 0 "... it hears"
kill -KILL "$pid"

# An init ends with a status of its own, which the thaw gives on.
unshare -m -p -f --mount-proc "$TARGETS/exiter" "$T/event" 42 2>/dev/null &
waitfor children $! 1
attend "$(only_child_of $!)"
freeze "an init that will return something: freeze" "$pid" ends
dead "$pid" "... it is gone"
"$CRIU_NS" restore --exit-status -D ends -o restore.log --pidfile pid &
wrapper=$!
waitfor file ends/pid
touch event
wait "$wrapper"
is $? 42 "... the thaw ends with that, with --exit-status"
finish
