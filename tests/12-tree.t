#!/bin/bash
# A tree: four processes, three threads, pipes, shared memory, a deleted file. It checks itself.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

shape() { # shape PID: the tree under PID, as processes with their numbers of threads
	local child tasks=("/proc/$1/task"/*)
	printf '(%s%s)' "${#tasks[@]}" "$(for child in $(children_of "$1"); do
		shape "$child"
		echo
	done | sort | tr -d '
')"
}

start tree "$T/ghost"
first=$id
shape=$(shape "$pid")
is "$shape" "(1(1(1))(4))" "the tree is there"
for cycle in 1 2 3; do
	mapfile -t all < <(children_of "$pid")
	look_at "$pid"
	freeze "cycle $cycle: freeze" "$pid" "images.$cycle"
	for member in "$pid" "${all[@]}"; do
		dead "$member" "cycle $cycle: process $member is gone"
	done
	thaw "cycle $cycle: thaw" "images.$cycle"
	goes_on "$pid" "$first" "$count" "cycle $cycle: all of it goes on, and agrees"
	is "$(shape "$pid")" "$shape" "cycle $cycle: the tree has its shape"
done
is "$(readlink "/proc/$pid/fd/"* | grep -c deleted)" 1 "the deleted file is open, and deleted"
[ ! -e "$T/ghost" ]
report $? "it has not come back to its directory"
finish
