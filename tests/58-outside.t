#!/bin/bash
# References by pid to processes outside of the tree: an open file in /proc/PID, or a process that gets the signals
# of a descriptor (F_SETOWN). criu saves them, but cannot restore them in a pid namespace where no process has that
# pid, so they are refused before anything is stopped. References within the tree can be frozen and thawed.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

own_start sleep 1000 </dev/null >/dev/null 2>&1
other=$started # lives outside of all trees here

target() { # target SHELL: $1 is the number of a process outside; it ends by becoming the target
	own_start setsid sh -c "$1"'; exec perl -e "$2"' sh "$other" "$own_keeper" "${@:2}" </dev/null >/dev/null 2>&1
	own_attend "$started"
}

owner() { # owner PERL: a socket is descriptor 7 or above, and PERL is whom it signals; $$ is itself
	own_start setsid perl -e '$^F = 99; use Socket; socketpair(my $s, my $t, AF_UNIX, SOCK_STREAM, 0) or die;
		my $other = shift @ARGV; my $owner = '"$1"'; fcntl($s, 8, $owner + 0) or die "F_SETOWN $owner: $!";
		'"$own_keeper" "$other" </dev/null >/dev/null 2>&1
	own_attend "$started"
}

stop() {
	kill -KILL "$pid" && waitfor exit "$pid"
}

refused() { # refused NAME REGEX [OPTION...]
	mkdir "$1"
	fails_with 125 "$1: refused" "$CRIU_NS" dump -t "$pid" -D "$1" -o dump.log "${@:3}"
	like "$err" "^criu-ns: .*$2.*process (or group )?$other" "... and why"
	is "$(ls -A "$1")" "" "... nothing is written"
	goes_on "$seen" "$id" "$count" "... it goes on"
	stop
}

round() { # round NAME: frozen and thawed
	local first=$id
	look_at "$seen"
	freeze "$1: freeze" "$pid" "$1" && thaw "... thaw" "$1"
	seen=$(own_seen "${pid:-0}")
	goes_on "${seen:-0}" "$first" "$count" "... it goes on"
	stop
}

# shellcheck disable=SC2016 # for the target's shell
{
	target 'exec 7</proc/$1/status'
	refused file "descriptor 7 of process $pid \(/proc/$other/status\)"
	target 'cd /proc/$1'
	refused cwd "the working directory of process $pid \(/proc/$other\)"
	target 'exec 7</proc/$$/status'
	round own-file
	target 'exec 7</proc/self/task/$$/stat; exec 8</proc/meminfo; exec 9</proc/1/status'
	round nobodys
	target 'sleep 1000 & exec 7</proc/$!/status'
	round child
	end_strays
	own_start sleep 1000 </dev/null >/dev/null 2>&1
	other=$started
}

# shellcheck disable=SC2016 # for perl
{
	owner '$other'
	refused owner "descriptor [0-9]+ of process $pid \(socket:.*F_SETOWN|descriptor [0-9]+ .*sends its signals to"
	owner '-getpgrp(0)'
	round own-group
	owner '$$'
	round itself
}
kill -KILL "$other"
finish
