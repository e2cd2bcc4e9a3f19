#!/bin/bash
# What tasks have asked not to be speculated on (PR_SET_SPECULATION_CTRL), which criu forgets. Many hosts, virtual ones
# above all, do not let a process ask; then the thaw says so.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

speculation() { grep '^Speculation' "/proc/$1/status"; }

# can_ask WHAT: may a process here disable it?
can_ask() { perl -e 'exit(syscall(157, 53, 0 + $ARGV[0], 4, 0, 0) != 0)' "$1"; }

# shellcheck disable=SC2016 # of perl
own_start setsid perl -e "$own_keeper" </dev/null >/dev/null 2>&1
own_attend "$started"
freeze "a tree that has asked for nothing" "$pid" images
dead "$pid" "... it is gone"
unlike "$(cat images/criu-ns.recipe 2>/dev/null)" "^tree .*(bypass|indirect)=" "... nothing is noted"
printf 'criu-ns-recipe 3\nframe pid\ntree bypass=disabled\nend\n' >images/criu-ns.recipe
thaw "... it is thawed by a recipe that wants more" images
waitfor state "${pid:-0}" && own_seen "${pid:-0}" >/dev/null
report $? "... and goes on"
if can_ask 0; then
	like "$(speculation "$pid")" "Store_Bypass:.thread mitigated" "... it has it"
else
	like "$err" "cannot give the tree back that it is not speculated on store bypass: " "... what this host cannot do is said"
fi
kill -KILL "$pid"
waitfor exit "$pid"

if [ "$(uname -m)" = x86_64 ] && can_ask 0; then
	# shellcheck disable=SC2016 # of perl
	own_start setsid perl -e "syscall(157, 53, 0, 4, 0, 0) == 0 or die; $own_keeper" </dev/null >/dev/null 2>&1
	own_attend "$started"
	before=$(speculation "$pid")
	for cycle in 1 2 3; do
		rm -rf images
		freeze "freeze $cycle of a tree that has asked" "$pid" images
		thaw "... it is thawed" images
		is "$(speculation "$pid")" "$before" "... and has it again"
	done
	kill -KILL "$pid"
	waitfor exit "$pid"
else
	lacks "no process here can ask for less speculation (prctl(2))" 9
fi
finish
