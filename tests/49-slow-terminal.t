#!/bin/bash
# A shell job, thawed in the foreground, that does not read, or that writes more than its terminal accepts: criu-ns
# waits for neither side, and still acts on signals.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=terminals.sh
. "$top/tests/terminals.sh"
need_root
need_criu

is_full() { # the terminal takes nothing more: who writes to it, $terminal, sleeps in write(2)
	local number again tries
	for ((tries = 0; tries < 6000; tries++)); do
		read -r number _ <"/proc/$terminal/syscall"
		pause 0.02
		read -r again _ <"/proc/$terminal/syscall"
		[[ $number == "$again" && ($number == 1 || $number == 64) ]] && return 0
	done
	return 1
}

pending() { # pending PID: has it been sent TERM, which it cannot take now?
	local tries
	for ((tries = 0; tries < 6000; tries++)); do
		[ $((0x$(field "$1" ShdPnd) & 0x4000)) = 0 ] || return 0
		pause 0.01
	done
	return 1
}

ended() { # ended PID: within 5 seconds
	timeout 5 "$TARGETS/waitfor" exit "$1"
}

# On USR1 it writes more than all that is in between can hold.
job='$| = 1; $SIG{USR1} = sub { for (1 .. 400) { syswrite STDOUT, "x" x 1023 . "\n" } }; print "here\n";
	while (1) { sleep 1000 }'
new_terminal sh -c 'perl -e "$1"; :' sh "$job"
read -r -t 60 -u "$from" answer
is "$answer" here "a shell job runs on a terminal"
pid=$(children_of "$(children_of "$terminal")")
mkdir images
runs_ok "freeze it" "$TARGETS/pty" "$CRIU_NS" dump -j -t "$pid" -D images -o dump.log
wait "$terminal"

thawed_on_terminal() {
	rm -f images/pid
	new_terminal "$CRIU_NS" restore -j -D images -o restore.log --pidfile pid
	waitfor file images/pid
	report $? "thaw it with -j in the foreground" "$(cat images/restore.log)"
	pid=$(cat images/pid)
	wrapper=$(children_of "$terminal")
}

end_terminal() {
	kill -KILL "$terminal" $flood 2>/dev/null
	wait "$terminal" 2>/dev/null
	exec {to}>&- {from}>&-
	settle 0
	report $? "... nothing is left" "$(strays)"
}

thawed_on_terminal
for fd in 0 1 2; do
	flags=$(sed -n 's/^flags:\t//p' "/proc/$wrapper/fdinfo/$fd")
	is $((flags & 04000)) 0 "the caller's descriptor $fd waits as it did"
done
kill -STOP "$pid"
waitfor stopped "$pid"
yes "typed ahead" >&"$to" &
flood=$!
disown "$flood"
is_full
report $? "what is typed is more than the job, which does not read, and all in between can take"
kill -TERM "$wrapper"
pending "$pid"
report $? "TERM to criu-ns reaches the job"
kill -CONT "$pid"
ended "$pid"
report $? "... which ends"
ended "$wrapper"
report $? "... and criu-ns with it"
end_terminal

thawed_on_terminal
flood=
kill -USR1 "$pid"
is_full
report $? "the job writes more than the terminal, from which nobody reads, and all in between can take"
kill -TERM "$wrapper"
ended "$pid"
report $? "TERM to criu-ns ends the job"
ended "$wrapper"
report $? "... and criu-ns with it"
end_terminal

# And a terminal that is only slow gets everything.
thawed_on_terminal
kill -USR1 "$pid"
is_full
for ((line = 0; line < 400; line++)); do
	read -r -t 10 -u "$from" answer || break
	[ ${#answer} = 1023 ] || break
done
is "$line" 400 "all that the job has written appears"
kill -KILL "$pid"
ended "$wrapper"
report $? "criu-ns ends with the job"
end_terminal
finish
