#!/bin/bash
# A process has the controlling terminal that its parent had when it was made. criu makes all processes before the leader
# of a session gets its terminal, so that it is lost for the others: they cannot open /dev/tty, and ^C does not reach
# what a shell among them starts. Here they have it, whether its other side is in the tree or outside.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=terminals.sh
. "$top/tests/terminals.sh"
need_root
need_criu

# Not the leader of its session: answers what is typed by way of /dev/tty, as "lost" if it cannot open that.
answers='while read -r line; do { echo "heard $line" >/dev/tty; } 2>/dev/null || echo "lost $line"; done'

seat() { # seat PID: session, terminal and foreground process group
	local stat
	read -r stat <"/proc/$1/stat"
	read -r _ _ _ session number foreground _ <<<"${stat##*) }"
	echo "$session $number $foreground"
}

leader_and_child() { # leader_and_child TERMINAL: sets $leader and $child
	waitfor children "$1" 1
	leader=$(children_of "$1")
	waitfor children "$leader" 1
	child=$(children_of "$leader")
}

ask() { # ask WORD: sets $heard
	echo "$1" >&"$to"
	hear " $1\$"
}

has_its_terminal() { # has_its_terminal NAME LEADER CHILD
	is "$(seat "$3")" "$(seat "$2")" "$1: the child of the leader has its terminal, too"
}

## The other side is in the tree, as with tmux, screen, script and sshd

mkfifo to from second
exec {to}<>to {from}<>from {second}<>second
setsid "$TARGETS/pty" sh -c "sh -c '$answers'; :" <&"$to" >&"$from" 2>/dev/null &
pid=$!
leader_and_child "$pid"
ask first
is "$heard" "heard first" "a child of the leader of a session answers by /dev/tty"
has_its_terminal "before" "$leader" "$child"
mkdir bare
runs_ok "freeze it" "$CRIU_NS" dump -R -t "$pid" -D bare -o dump.log
kill -KILL "$pid" "$leader" "$child"
# shellcheck disable=SC2317 # called by name
as_given() { "$CRIU_NS" restore --as-given -d -D bare -o restore.log --pidfile pid 2>as_given.err; }
eventually as_given # while somebody else has the number of its terminal, criu cannot
report $? "with --as-given it is thawed as criu does it" "$(cat as_given.err)"
ask again
is "$heard" "lost again" "... and has lost its terminal"
kill -KILL "$(cat bare/pid)"
for cycle in 1 2 3; do
	thaw "cycle $cycle: thaw it" "${images:-bare}"
	unlike "$err" "note:|controlling terminal" "... with no note"
	leader_and_child "$pid"
	has_its_terminal "cycle $cycle" "$leader" "$child"
	ask "cycle $cycle"
	is "$heard" "heard cycle $cycle" "... which it can open"
	images=inside.$cycle
	freeze "... freeze it again" "$pid" "$images"
done

## Several in one tree: criu tells their other sides by the path, which is that of all

first=$to
several="'$TARGETS/pty' sh -c \"sh -c '\$answers'; :\" <&$first >&$from & '$TARGETS/pty' sh -c \"sh -c '\$answers'; :\" <&$second >&$from & wait"
answers=$answers setsid bash -c "$several" </dev/null >/dev/null 2>&1 &
pid=$!
for cycle in 1 2 3; do
	waitfor children "$pid" 2
	for terminal in $(children_of "$pid"); do
		leader_and_child "$terminal"
		has_its_terminal "several, cycle $cycle" "$leader" "$child"
	done
	for to in "$first" "$second"; do
		ask "$cycle.$to"
		is "$heard" "heard $cycle.$to" "... which it can open"
	done
	freeze "several: freeze $cycle" "$pid" "several.$cycle"
	thaw "... thaw $cycle" "several.$cycle"
done
kill -KILL "$pid"
end_strays

## It is outside: criu-ns has made the terminal

new_terminal sh -c "sh -c '$answers'; :"
leader_and_child "$terminal"
pid=$leader
for cycle in 1 2 3; do
	freeze "outside: freeze $cycle" "$pid" "outside.$cycle"
	thaw "... thaw $cycle" "outside.$cycle"
	waitfor children "$pid" 1
	has_its_terminal "outside, cycle $cycle" "$pid" "$(children_of "$pid")"
done
freeze "outside: the last freeze" "$pid" outside.last
new_terminal "$CRIU_NS" restore -D outside.last -o restore.log
ask typed
is "$heard" "heard typed" "outside: thawed on a terminal, the child answers there by /dev/tty"
kill -KILL "$terminal"
end_strays

## A foreground process group that nobody is left in: criu freezes it, and cannot give it the terminal at the thaw

# shellcheck disable=SC2016 # perl's own
setsid "$TARGETS/pty" perl -MPOSIX -e '
	$| = 1;
	$SIG{TTOU} = "IGNORE";
	$SIG{USR1} = sub { tcsetpgrp(0, getpgrp) and print "back\n" };
	my $job = fork // die;
	if (!$job) { setpgid(0, 0); pause; exit }
	setpgid($job, $job);
	tcsetpgrp(0, $job) or die;
	kill "KILL", $job;
	waitpid $job, 0;
	print "ended\n";
	pause while 1;' <&"$first" >&"$from" 2>/dev/null &
pid=$!
hear '^ended'
leader=$(children_of "$pid")
mkdir foreground
fails_with 125 "a terminal that is still that of a job that has ended: it is refused" "$CRIU_NS" dump -t "$pid" -D foreground -o dump.log
like "$err" "the terminal of process $leader \(perl\) is still that of process group [0-9]+, in which no process is left" "... why"
is "$(ls foreground)" "" "... and nothing has been frozen"
kill -USR1 "$leader"
hear '^back'
freeze "when the terminal has been taken back, it is frozen" "$pid" foreground
thaw "... and thawed" foreground
kill -KILL "$pid"
end_strays

## Where it cannot be done, that is said

run "$CRIU_NS" restore --dry-run -S -d -D inside.3
like "$out" "note: processes of session [0-9]+ lose their controlling terminal, .*; leave that shell, and start another$" \
	"with -S a note says that it is lost"
finish
