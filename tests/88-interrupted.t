#!/bin/bash
# criu ends a system call that the kernel would go on with behind the program's back. A poll(2) without a timeout goes on
# at the thaw, because nothing of it is lost: a program that no signal has reached need not expect EINTR, and script(1),
# for one, ends.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

cat >waits.pl <<'END'
# waits.pl TIMEOUT: poll(2) of nothing for so long, and what became of it
use strict;
$SIG{USR1} = sub { };
my $r = syscall(7, 0, 0, $ARGV[0] + 0);
my $why = "$!";
open(my $f, '>', "became.new") or die;
print $f $r < 0 ? "poll: $why\n" : "poll: $r\n";
close $f;
rename "became.new", "became";
sleep 1000;
END

in_poll() { # in_poll PID: waits for that; /proc tells nobody
	local tries
	for ((tries = 0; tries < 6000; tries++)); do
		[[ $(cat "/proc/$1/syscall" 2>/dev/null) != "7 "* ]] || return 0
		pause 0.01
	done
	return 1
}

waits() { # waits TIMEOUT: sets $pid
	rm -f became
	setsid perl waits.pl "$1" </dev/null >/dev/null 2>&1 &
	pid=$!
	disown "$pid"
	in_poll "$pid" || bail_out "perl does not wait in poll(2)"
}

if [ "$(uname -m)" = x86_64 ]; then
	waits -1
	for round in 1 2 3; do
		rm -rf images
		freeze "cycle $round: freeze a process in poll(2)" "$pid" images
		is "$err" "" "... with nothing to be said"
		thaw "... thaw it" images
		in_poll "$pid"
		report $? "... it waits again" "$(cat became 2>/dev/null)"
	done
	kill -USR1 "$pid"
	waitfor file became
	is "$(cat became)" "poll: Interrupted system call" "a signal ends it"
	end_strays

	# What criu writes is EINTR, without the remaining time: that is in the kernel.
	for options in "-1 --as-given" "100000"; do
		read -r timeout option <<<"$options"
		waits "$timeout"
		rm -rf images
		freeze "freeze poll(2) with the timeout $timeout${option:+, $option}" "$pid" images ${option:+"$option"}
		thaw "... thaw it" images
		waitfor file became
		is "$(cat became)" "poll: Interrupted system call" "... it is over"
		end_strays
	done
else
	lacks "a poll(2) goes on only on x86-64" 20
fi

# In all of its calls at once: a shell that waits for its child, which writes to a terminal that script(1) has made.
setsid script -qefc 'while echo tick; do sleep 0.1; done' "$T/typescript" </dev/null >/dev/null 2>&1 &
pid=$!
disown "$pid"
waitfor file typescript
for round in 1 2 3; do
	rm -rf images
	freeze "cycle $round: freeze script(1)" "$pid" images
	thaw "... thaw it" images
	before=$(wc -l <typescript)
	for ((tries = 0; tries < 6000 && $(wc -l <typescript) < before + 3; tries++)); do pause 0.01; done
	[ "$(wc -l <typescript)" -ge $((before + 3)) ] && alive "$pid"
	report $? "... it writes on" "$(tail -n 3 typescript)"
done
end_strays
finish
