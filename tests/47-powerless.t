#!/bin/bash
# criu-ns-init, which stays with each thawed tree: what it can do, who can do anything to it, and what it shows of
# the caller; also while criu-ns is stopped and has not yet said that the tree may stay.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

check_state() { # check_state NAME
	local caps
	caps=$(sed -n 's/^Cap[A-Z][a-z]*:\t//p' "/proc/$init/status" | sort -u)
	is "$caps" 0000000000000000 "$1: no capability, not in the bounding set either"
	is "$(field "$init" NoNewPrivs)" 1 "... and it cannot get one"
	is "$(field "$init" Uid) $(field "$init" Gid) $(field "$init" Groups)" \
		"4294967294	4294967294	4294967294	4294967294 4294967294	4294967294	4294967294	4294967294 " \
		"... it is no user's, and in no group"
	like "$(tr -d '\0' <"/proc/$init/cmdline")" '^(criu-ns-init)?$' "... its command line shows nothing of the caller's"
	is "$(tr -d '\0' <"/proc/$init/environ")" "" "... nor does its environment"
	is "$(stat -c %u "/proc/$init/environ")" 0 "... only who may trace everything may look at its memory"
	is "$(readlink "/proc/$init/cwd")" / "... it is in /"
	for fd in "/proc/$init/fd"/*; do
		[ ! -L "$fd" ] || like "$(readlink "$fd")" '^(socket:|anon_inode:|/$|.* \(deleted\)$)' "... descriptor ${fd##*/} is not the caller's"
	done
}

start counter
freeze "freeze a process" "$pid" images
SECRET_OF_THE_CALLER=1 thaw "thaw it" images
init=$(parent_of "$pid")
check_state "thawed"
is "$(find "/proc/$init/fd" -mindepth 1 | wc -l)" 0 "... and it has no descriptor"
# As user, and joining first, which takes root: setpriv comes last.
for user in 65534 0 1000; do
	for where in outside inside; do
		as=(setpriv --reuid "$user" --regid "$user" --clear-groups --inh-caps=-all --bounding-set -all)
		victim=$init
		[ "$where" = outside ] || as=(nsenter -t "$pid" -p -m "${as[@]}") victim=1
		"${as[@]}" true || fail "${as[*]}"
		! "${as[@]}" env kill -KILL "$victim" 2>/dev/null
		report $? "user $user without capabilities, $where, may not kill it"
		! "${as[@]}" prlimit --pid "$victim" --cpu=1:1 2>/dev/null
		report $? "... nor limit its time"
	done
done
like "$(grep 'cpu time' "/proc/$init/limits")" 'unlimited +unlimited' "nobody has limited it"
goes_on "$pid" "$id" "$count" "the tree goes on"
kill -KILL "$pid"
settle 0

make_stop

while_criu_is_there() { # while_criu_is_there NAME: thaws images, and looks when the tree runs first
	local number
	set_gate post-resume
	rm -f images/pid
	"$CRIU_NS" restore -d -D images -o restore.log --pidfile pid --action-script "$T/stop" 2>said &
	wrapper=$!
	waitfor file reached || say "$(cat said)"
	init=$(children_of "$wrapper")
	check_state "$1: the tree runs, and criu has not ended"
	kill -STOP "$wrapper"
	waitfor stopped "$wrapper"
	open_gate
	for ((tries = 0; tries < 6000; tries++)); do # in recv(2), as x86-64 numbers it, and other machines
		read -r number _ <"/proc/$init/syscall"
		[[ $number != 45 && $number != 207 ]] || break
		pause 0.005
	done
	check_state "$1: criu-ns is stopped before it has said that the tree may stay"
	kill -CONT "$wrapper"
	wait "$wrapper"
	is "$?" 0 "... and it goes on"
	kill -KILL "$(cat images/pid)"
	settle 0
}

while_criu_is_there "a process"
own_service shared
rm -rf images
freeze "freeze a process with mounts of its own" "$pid" images
while_criu_is_there "mounts of its own"
finish
