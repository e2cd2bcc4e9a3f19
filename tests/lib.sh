# shellcheck shell=bash
# Sourced by every test, tests/NN-name.t: TAP output, a directory, a host to run in, and a clean-up that leaves
# nothing behind. To run a test by hand: CRIU_BINARY=/path/to/criu tests/10-seed.t
#
# Each test starts itself again, once, under two things:
# - as root, a host of its own, which tests/host makes in a mount namespace: its head says what it is like,
#   and how a test asks for another one;
# - targets/subreaper, which reaps all orphans and, after the test, kills whatever the test left.
#
# Most of a test's time are the processes that its shell makes: on a virtual machine without hardware for it a fork takes
# 5 ms, and an exec as much again. So what each check does makes none where the shell can do it.

set -u
umask 022
export LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin # a user's may lack them, and root's after a plain su
top=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
export CRIU_NS=${CRIU_NS:-$top/build/criu-ns} TARGETS=${TARGETS:-$top/build/targets}
export CRIU_BINARY=${CRIU_BINARY-}

if [ -z "${CRIU_NS_TEST_IN-}" ]; then
	host=()
	CRIU_NS_TEST_IN=user
	if [ "$EUID" = 0 ] && unshare -m true 2>/dev/null; then
		# Private first: on a host whose mounts are shared, ours would become its own.
		host=(unshare -m --propagation private bash "$top/tests/host")
		CRIU_NS_TEST_IN=host
	fi
	export CRIU_NS_TEST_IN
	exec ${host[@]+"${host[@]}"} "$TARGETS/subreaper" "${CRIU_NS_TEST_SECONDS:-300}" bash "$0" "$@"
fi
test_in=$CRIU_NS_TEST_IN
unset CRIU_NS_TEST_IN CRIU_CONFIG_FILE POSIXLY_CORRECT SHELL

T=$(mktemp -d "${TMPDIR:-/tmp}/criu-ns-test.XXXXXX") || exit 1
# A name that nothing of another run has, for cgroups, containers and sockets; a process in another pid namespace may have
# our number.
name_of_run=${T##*/}
name_of_run=${name_of_run//./-}
at_end() { :; } # a test may have something of its own to take away
# A child that a signal ends before it has become a program runs this trap, too. Not even true succeeds there: bash takes each
# builtin for another process, whose status it does not get. [[ is none.
trap '[[ $BASHPID != "$$" ]] || { at_end; cd /; [ -n "${CRIU_NS_KEEP-}" ] || rm -rf "$T"; }' EXIT
export HOME=$T/home # no configuration of criu's but what a test writes
mkdir "$HOME"
cd "$T" || exit 1

# A pipe, both of its ends in one descriptor, is made by: exec {name}<> <(:)

## TAP

tests=0 failures=0 ran='' status=0 out='' err=''

say() { # say LINE...: diagnostics, where prove shows them
	printf '%s\n' "$@" | sed 's/^/#   /' >&2
}

report() { # report RESULT NAME [LINE...]: one line of TAP, and the lines when RESULT is not 0
	local result=$1 name=$2
	shift 2
	tests=$((tests + 1))
	if [ "$result" = 0 ]; then
		echo "ok $tests - $name"
		return 0
	fi
	failures=$((failures + 1))
	echo "not ok $tests - $name"
	say "FAILED: $name ($0)" "$@"
	[ -z "$ran" ] || show_last
	return 1
}

show_last() { # the last command that run ran, with the logs that it wrote
	say "command: $ran" "exit code: $status" "stdout: ${out:0:2000}" "stderr: ${err:0:4000}"
	local log lines
	find "$T" -name '*.log' -newer "$T/.ran" 2>/dev/null | while read -r log; do
		lines=$(grep -hE 'Error|Warn' "$log" | grep -v RLIMIT | tail -n 12)
		[ -z "$lines" ] || say "log $log:" "$lines"
	done
}

pass() { report 0 "$@"; }
fail() { report 1 "$@"; }

is() { # is GOT WANTED NAME
	[ "$1" = "$2" ]
	report $? "$3" "got:    $1" "wanted: $2"
}

isnt() { # isnt GOT UNWANTED NAME
	[ "$1" != "$2" ]
	report $? "$3" "got: $1, which is what it should not be"
}

matches() { # matches TEXT REGEX: whether a line of the text does, as grep -E has it
	local - line result IFS=$'\n'
	# The shell compiles a regex anew for each line, and knows neither alternatives on lines of their own nor all of grep's.
	if [[ ${#1} -gt 4000 || $2 == *$'\n'* ]]; then
		grep -qE -e "$2" <<<"$1"
		return
	fi
	[[ '' =~ $2 ]]
	result=$?
	if [ $result = 2 ]; then
		grep -qE -e "$2" <<<"$1"
		return
	fi
	set -f
	for line in $1; do # without the empty ones
		[[ ! $line =~ $2 ]] || return 0
	done
	[[ $'\n'$1$'\n' == *$'\n\n'* && '' =~ $2 ]]
}

like() { # like GOT REGEX NAME
	matches "$1" "$2"
	report $? "$3" "got:    $1" "wanted: /$2/"
}

unlike() { # unlike GOT REGEX NAME
	! matches "$1" "$2"
	report $? "$3" "got:      $1" "unwanted: /$2/"
}

slurp() { # slurp NAME FILE: sets that variable to what $(cat FILE) is, without NULs
	local IFS='' slurped
	mapfile -td '' slurped <"$2"
	printf -v "$1" %s "${slurped[*]}"
	printf -v "$1" %s "${!1%"${!1##*[!$'\n']}"}"
}

run() { # run COMMAND...: sets $status, $out and $err
	printf -v ran '%q ' "$@"
	: >"$T/.ran"
	status=0
	# Without the shell's own remarks when the command dies of a signal.
	{ "$@" >"$T/.out" 2>"$T/.err" </dev/null || status=$?; } 2>/dev/null
	slurp out "$T/.out"
	slurp err "$T/.err"
	return "$status"
}

runs_ok() { # runs_ok NAME COMMAND...
	run "${@:2}"
	report "$status" "$1"
}

fails_with() { # fails_with CODE NAME COMMAND...
	run "${@:3}"
	[ "$status" = "$1" ]
	report $? "$2" "exit code $status, wanted $1"
}

skip() { # skip REASON [NUMBER]: in the place of NUMBER checks, for want of what can be installed or permitted
	if [ "${CRIU_NS_MUST_RUN-}" = 1 ]; then
		fail "must run, but would be skipped: $1"
		return
	fi
	omit "$@"
}

lacks() { # lacks REASON [NUMBER]: the same for what this host is not like; no package would change that
	[ "${CRIU_NS_MUST_RUN-}" != 1 ] || say "not tested on this host: $1 ($0)"
	omit "$@"
}

omit() { # omit REASON [NUMBER]
	local i
	for ((i = 0; i < ${2:-1}; i++)); do
		tests=$((tests + 1))
		echo "ok $tests # SKIP $1"
	done
}

skip_all() { # skip_all REASON: in the place of the whole test
	if [ "${CRIU_NS_MUST_RUN-}" = 1 ]; then
		fail "must run, but would be skipped: $1"
		finish
	fi
	echo "1..0 # SKIP $1"
	exit 0
}

finish() { # the plan comes last: a test that ends early has none, and fails
	echo "1..$tests"
	exit $((failures > 0))
}

bail_out() { # bail_out REASON: nothing further can be tested
	fail "$1"
	finish
}

## What a test needs

need_root() {
	[ "$EUID" = 0 ] || skip_all "needs root"
	[ "$test_in" = host ] || skip_all "needs CAP_SYS_ADMIN, to make mount namespaces"
}

on_host() { # on_host WORD: whether the test runs on such a host (tests/host)
	[[ " $CRIU_NS_TEST_HOST " == *" $1 "* ]]
}

need_criu() {
	[ -x "$CRIU_BINARY" ] || skip_all "needs a working criu in CRIU_BINARY (see 'make check')"
}

has() { # has COMMAND...: of the programs that are installed with CRIU_NS_PROGRAMS=1 only (tests/setup/packages)
	local command missing=''
	for command; do
		command -v "$command" >/dev/null || missing=$command
	done
	[ -n "$missing" ] || return 0
	if [ -n "${CRIU_NS_PROGRAMS-}" ]; then skip "needs $*"; else lacks "needs $*; CRIU_NS_PROGRAMS=1 make check installs them"; fi
	return 1
}

## Processes

waitfor() { # waitfor WHAT...: see targets/waitfor, which is asked only for what is not yet there
	local state='' children
	case $1 in
	exit) [[ $2 =~ ^[1-9][0-9]*$ ]] && ! kill -0 "$2" && return ;;
	file) [ ! -s "$2" ] || return 0 ;;
	children) look_children "$2" && [ ${#children[@]} = "$3" ] && return ;;
	state | count)
		read -r state <"/proc/$2/comm"
		[[ $state =~ ^[0-9a-f]{6}:[0-9]+$ ]] && ((${state#*:} > ${3--1})) && return
		;;
	esac 2>/dev/null
	"$TARGETS/waitfor" "$@"
}

pause() { # pause SECONDS: sleep without a process; nothing comes through the FIFO
	[ -p "$T/.nothing" ] || mkfifo "$T/.nothing"
	read -rt "$1" _ <>"$T/.nothing"
	[ $? -gt 128 ] || sleep "$1"
}

eventually() { # eventually COMMAND...: until it succeeds, for a minute at most: for what waitfor cannot see
	local end=$((SECONDS + 60))
	until "$@"; do
		((SECONDS < end)) || return 1
		pause 0.02
	done
}

start() { # start TARGET ARGUMENT...: sets $pid, and $id and $count as they are then
	"$TARGETS/$1" "${@:2}" &
	attend $!
}

attend() { # attend PID: the same for a target that was started in another way
	pid=$1
	disown "$pid" 2>/dev/null
	waitfor state "$pid" || bail_out "no target: process $pid did not start"
	look_at "$pid"
}

look_at() { # look_at PID: sets $id and $count
	local state
	read -r state 2>/dev/null <"/proc/$1/comm" || state=gone:0
	id=${state%%:*} count=${state#*:}
}

goes_on() { # goes_on PID ID COUNT NAME: the process is the one with that ID, and counts on
	local id count reached=0
	waitfor count "$1" "$3" || reached=1
	look_at "$1"
	[ "$reached $id" = "0 $2" ]
	report $? "$4" "process $1: got $id:$count, wanted $2 and more than $3"
}

alive() { # alive PID: neither gone nor a zombie
	local stat
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
	stat=${stat##*) }
	[[ ${stat%% *} != [ZX] ]]
}

dead() { # dead PID NAME: waits for it
	waitfor exit "$1"
	report $? "$2" "process $1 is alive"
}

field() { # field PID NAME: the value of a line of /proc/PID/status
	local lines line
	mapfile -t lines <"/proc/$1/status" || return
	for line in "${lines[@]}"; do
		[[ $line == "$2":* ]] || continue
		line=${line#*:}
		printf '%s\n' "${line#"${line%%[![:space:]]*}"}"
	done
} 2>/dev/null

parent_of() { field "$1" PPid; }

look_children() { # look_children PID: sets the array $children, in order
	local list=() child sorted=()
	children=()
	read -ra list || [ ${#list[@]} -gt 0 ] || return 0
	for child in "${list[@]}"; do sorted[child]=1; done
	children=("${!sorted[@]}")
} 2>/dev/null <"/proc/$1/task/$1/children"

children_of() { # in order, one a line
	local children=()
	look_children "$1"
	[ ${#children[@]} = 0 ] || printf '%s\n' "${children[@]}"
}

look_strays() { # sets the array $strays to what came to the subreaper: everything of the test's that outlived its parent
	local children=() child
	strays=()
	look_children "$PPID"
	for child in "${children[@]}"; do
		[ "$child" = $$ ] || strays+=("$child")
	done
}

strays() { # one a line
	local strays
	look_strays
	[ ${#strays[@]} -gt 0 ] && printf '%s\n' "${strays[@]}"
}

settle() { # settle NUMBER: waits until there are that many strays
	waitfor children "$PPID" $(($1 + 1))
}

end_strays() { # kills all that came to the subreaper, until nothing is left
	local tries strays
	for ((tries = 0; tries < 1000; tries++)); do
		look_strays
		[ ${#strays[@]} -gt 0 ] || return 0
		kill -KILL "${strays[@]}" 2>/dev/null
		pause 0.002
	done
	fail "nothing is left of the target" "${strays[*]}"
}

calm() { # calm [COMM...]: waits until nothing of criu, or with that name, is left that this test started
	local pid comm tries
	for ((tries = 0; tries < 1000; tries++)); do
		# shellcheck disable=SC2013 # numbers
		for pid in $(grep -alsF "HOME=$HOME" /proc/[0-9]*/environ | cut -d/ -f3); do
			read -r comm 2>/dev/null <"/proc/$pid/comm" || continue
			case $comm in
			criu-ns-init) continue ;;
			criu*) ;;
			*) [[ " $* " == *" $comm "* ]] || continue ;;
			esac
			alive "$pid" || continue
			pause 0.01
			continue 2
		done
		return 0
	done
	return 1
}

## criu, held at a stage

make_stop() { # makes ./stop, an action script for criu: at the stage that set_gate named it waits for open_gate
	cat >stop <<-END
		#!/bin/sh
		[ "\$CRTOOLS_SCRIPT_ACTION" = "\$(cat $T/stage)" ] || exit 0
		echo here >$T/reached
		read -r _ <$T/gate
		exit 0
	END
	chmod +x stop
}

set_gate() { # set_gate STAGE: "waitfor file reached" tells when criu is there
	echo "$1" >stage
	rm -f reached gate
	mkfifo gate
	exec {gate}<>gate
}

open_gate() {
	echo go >&"$gate"
	exec {gate}>&-
}

## criu-ns

freeze() { # freeze NAME PID DIR [OPTION...]
	[ -d "$3" ] || mkdir -p "$3"
	runs_ok "$1" "$CRIU_NS" dump -t "$2" -D "$3" -o dump.log "${@:4}"
}

thaw() { # thaw NAME DIR [OPTION...]: sets $pid
	[ ! -e "$2/pid" ] || rm -f "$2/pid"
	runs_ok "$1" "$CRIU_NS" restore -d -D "$2" -o restore.log --pidfile pid "${@:3}"
	pid=
	[ ! -s "$2/pid" ] || slurp pid "$2/pid"
}
