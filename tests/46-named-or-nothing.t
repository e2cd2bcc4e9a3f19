#!/bin/bash
# A thaw that is killed when the tree already runs: either there is a whole tree, and the pidfile names it, or there
# is nothing, and no pidfile. The temporary directories that criu leaves in /tmp are removed by the process of
# criu-ns that is left.
export CRIU_NS_TEST_HOST="${CRIU_NS_TEST_HOST-} tmp onroot"
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

make_stop

at_stage() { # at_stage STAGE OPTION...: thaws up to that stage; sets $wrapper, $init and $criu
	set_gate "$1"
	rm -f images/pid
	"$CRIU_NS" restore -D images -o restore.log --pidfile pid --action-script "$T/stop" "${@:2}" 2>said &
	wrapper=$!
	waitfor file reached || say "$(cat said)"
	init=$(children_of "$wrapper")
	for criu in $(children_of "$init"); do
		[ "$(cat "/proc/$criu/comm")" != criu ] || break
	done
}

asks_whether_it_may_stay() { # the pseudo-init, in recv(2): x86-64's number, or that of other machines
	local number tries
	for ((tries = 0; tries < 6000; tries++)); do
		read -r number _ <"/proc/$init/syscall"
		[[ $number == 45 || $number == 207 ]] && return 0
		pause 0.005
	done
	return 1
}

whole() { # whole NAME: there is a tree that the pidfile names; ends it
	local root
	root=$(cat images/pid 2>/dev/null)
	isnt "$root" "" "$1: there is a pidfile" && goes_on "$root" "$id" "$count" "... and the tree that it names"
	[ -z "$root" ] || kill -KILL "$root"
	settle 0
	report $? "... and nothing else" "$(strays)"
}

nothing() { # nothing NAME
	settle 0
	report $? "$1: there is nothing" "$(strays)"
	[ ! -e images/pid ]
	report $? "... and no pidfile" "$(cat images/pid 2>/dev/null)"
}

start counter
freeze "freeze a process" "$pid" images

# The pidfile is the border: a signal that has come before it undoes the thaw, also if the tree runs by then.
for mode in -d ""; do
	for signal in TERM INT HUP; do
		# shellcheck disable=SC2086 # none or one
		at_stage post-resume $mode
		kill -STOP "$wrapper"
		waitfor stopped "$wrapper"
		open_gate
		waitfor exit "$criu"
		asks_whether_it_may_stay
		report $? "the tree runs, and criu-ns $mode is stopped: the pseudo-init waits for its word"
		kill -"$signal" "$wrapper"
		kill -CONT "$wrapper"
		wait "$wrapper" 2>/dev/null
		is "$?" $((128 + $(kill -l "$signal"))) "criu-ns finds $signal and the word that the tree runs at the same time"
		nothing "$signal $mode"
	done
done

at_stage post-resume -d
kill -STOP "$wrapper"
waitfor stopped "$wrapper"
open_gate
waitfor exit "$criu"
asks_whether_it_may_stay
kill -KILL "$init"
waitfor exit "$init"
kill -CONT "$wrapper"
wait "$wrapper" 2>/dev/null
is "$?" 125 "the pseudo-init is killed before criu-ns has named the tree"
nothing "... and so"

for mode in -d ""; do
	for call in link send; do
		rm -f images/pid
		"$TARGETS/diesat" "$call" "$CRIU_NS" restore $mode -D images -o restore.log --pidfile pid 2>said &
		wrapper=$!
		wait "$wrapper" 2>/dev/null
		is "$?" 159 "criu-ns $mode is killed, at $call" # SIGSYS
		if [ "$call" = link ]; then
			nothing "before it has made the pidfile"
		else
			whole "after it has made the pidfile, before it says so"
		fi
	done
done

# Without a pidfile nobody would know of the tree.
rm -f images/pid
{ "$TARGETS/diesat" send "$CRIU_NS" restore -d -D images -o restore.log 2>said; ended=$?; } 2>/dev/null
is "$ended" 159 "criu-ns is killed, and there is to be no pidfile"
nothing "the tree runs already"

# A pidfile that cannot be made at the last moment.
at_stage post-resume -d
echo else >images/pid
open_gate
wait "$wrapper" 2>/dev/null
is "$?" 125 "another file takes the pidfile's name meanwhile"
is "$(cat images/pid)" else "... it is left alone"
settle 0
report $? "... and there is nothing" "$(strays)"

# With mounts of its own criu makes directories in /tmp, while it makes the tree.
own_folders() { find /tmp -maxdepth 1 -name '.criu.*'; }
own_service shared
freeze "freeze a process with mounts of its own" "$pid" images.own
rm -rf images
mv images.own images
mkdir /tmp/.criu.mntns.Foreign
for victim in init wrapper; do
	for mode in "" -S; do
		# shellcheck disable=SC2086 # none or one
		at_stage post-restore -d $mode
		[ "$(own_folders | wc -l)" = 2 ]
		report $? "criu has a directory in /tmp" "$(own_folders)"
		kill -KILL "${!victim}"
		wait "$wrapper" 2>/dev/null
		exec {gate}>&-
		nothing "the ${victim/wrapper/criu-ns} is killed $mode"
		is "$(own_folders)" /tmp/.criu.mntns.Foreign "... criu's directory is gone, and another's is not"
	done
done
finish
