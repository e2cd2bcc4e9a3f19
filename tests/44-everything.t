#!/bin/bash
# One tree that has at once what takes an option, a step of criu-ns's own or a note when it is alone: locks, deleted
# files, watches, connections in the tree, a stream to the journal, a terminal of somebody else, CPU affinity, mounts of
# its own. It is frozen and thawed three times with no option.
# shellcheck source=own-net.sh
. "$(dirname "$0")/own-net.sh"
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
# shellcheck source=peers.sh
. "$top/tests/peers.sh"
need_root
need_criu
on_host bare && skip_all "needs a /run of its own"
need_net

journal=/run/systemd/journal
mkdir -p $journal $journal.space journal private shared
ln -s $journal.space run/journal
serve journal/stdout

# all_at PID: the states at and below it, sorted
all_at() {
	local comm child
	read -r comm 2>/dev/null <"/proc/$1/comm" || return
	[[ $comm =~ ^[0-9a-f]{6}:[0-9]+$ ]] && echo "$comm"
	for child in $(children_of "$1"); do
		all_at "$child"
	done | sort
}

# go_on PID NAME: the same states are at and below it as in $all, and each counts on
go_on() {
	local i now state missing
	for ((i = 0; i < 6000; i++)); do
		now=$(all_at "$1")
		missing=
		for state in $all; do
			[[ $now =~ ${state%:*}:([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -gt "${state#*:}" ] || missing+=" $state"
		done
		[ -n "$missing" ] || break
		pause 0.01
	done
	is "$missing" "" "$2"
	all=$now
}

# shellcheck disable=SC2016
tree='exec </dev/null >/dev/null
	mount --make-rslave / && mount -t tmpfs -o mode=700 private "$1/private" && cd / || exit
	for where in private shared; do
		"$2/holds" flock "$1/$where/flock" posix-lock "$1/$where/posix" lease "$1/$where/lease" \
			ghost "3000000:$1/$where/ghost" ghost-map "2000000:$1/$where/mapped" linked "$1/$where/linked" \
			watch "$1/$where" &
	done
	"$2/sockets" tcp4 &
	"$2/sockets" tcp6 &
	"$2/sockets" queued &
	perl -e "$3" "$4" stream "syswrite \$s, qq(all\n\n28\n1\n0\n0\n0\n); shutdown \$s, 0;" &
	taskset 1 "$2/counter" &
	wait'
exec {to}<> <(:)
"$TARGETS/pty" sh -c 'setsid "$@" & wait' sh unshare -m sh -c "$tree" sh "$T" "$TARGETS" "$client" $journal.space/stdout <&"$to" >/dev/null 2>&1 &
started=$!
disown "$started"
waitfor children "$started" 1
shell=$(children_of "$started")
waitfor children "$shell" 1
pid=$(children_of "$shell")
for ((i = 0; i < 6000; i++)); do
	all=$(all_at "$pid")
	[ "$(wc -l <<<"$all")" -lt 8 ] || break
	pause 0.01
done
is "$(wc -l <<<"$all")" 8 "the tree has eight processes that show that they work"

mkdir look
runs_ok "--dry-run" "$CRIU_NS" dump --dry-run -t "$pid" -D look
for option in file-locks 'ghost-limit [0-9]+' link-remap tcp-established skip-in-flight; do
	like "$out" "add --$option" "... it finds --${option% *}"
done
for cycle in 1 2 3; do
	mkdir "all.$cycle"
	all=$(all_at "$pid")
	runs_ok "freeze $cycle, with no option" "$CRIU_NS" dump -t "$pid" -D "all.$cycle" -o dump.log || break
	dead "$pid" "... it is gone"
	thaw "... thaw $cycle, with no option" "all.$cycle"
	[ -n "$pid" ] || break
	go_on "$pid" "... all of it goes on"
	is "$(taskset -p "$(pgrep -P "$pid" -f counter | head -n 1)" | grep -o '[0-9a-f]*$')" 1 "... on its processor"
done
finish
