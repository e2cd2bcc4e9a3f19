#!/bin/bash
# Trees with a terminal whose other side is outside: frozen and thawed three times without any option, with a pty in
# the place of that terminal. What becomes of the pty's other side: the caller's stdio, a process that stays, or
# whoever listens on a socket.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=terminals.sh
. "$top/tests/terminals.sh"
need_root
need_criu

# It answers each line with its identity, a number and the line, and shows both in its name. "bye" ends it.
answer='$| = 1; open my $r, "<", "/dev/urandom" or die; sysread $r, my $id, 3; close $r; $id = unpack "H6", $id;
	sub show { $0 = "$id:$n" } $n = 0; show();
	while (<STDIN>) { exit 3 if /^bye/; $n++; show(); print "$id $n $_" }'
# It has a terminal only to complain there, once a tick.
complain='$| = 1; open my $r, "<", "/dev/urandom" or die; sysread $r, my $id, 3; close $r; $id = unpack "H6", $id;
	for (my $n = 1;; $n++) { $0 = "$id:$n"; print STDERR "$id $n\n" if $n % 16 == 0; select undef, undef, undef, 0.01 }'

terminal_of() { # terminal_of PID FD
	readlink "/proc/$1/fd/$2"
}

controls() { # controls PID: is the terminal on its stdin that of its session, which it leads, in the foreground?
	local stat
	read -r stat <"/proc/$1/stat"
	read -r _ _ _ session number foreground _ <<<"${stat##*) }"
	[ "$session" = "$1" ] && [ "$foreground" = "$1" ] &&
		[ "$number" = "$((0x8800 + $(basename "$(terminal_of "$1" 0)")))" ]
}

unseen='the terminal of the tree is a new pty, which nobody sees'

## A daemon that holds the terminal that it was started on

new_terminal sh -c 'setsid env --default-signal=INT perl -e "$1" </dev/null >/dev/null & sleep 600' sh "$complain"
hear '^[0-9a-f]{6} '
id=${heard%% *}
pid=$(pgrep -f "^$id:[0-9]*$")
is "$(terminal_of "$pid" 0) $(terminal_of "$pid" 2 | cut -d/ -f1-3)" "/dev/null /dev/pts" "a daemon holds a terminal"
run "$CRIU_BINARY" dump -t "$pid" -D "$(mkdir -p bare && echo bare)" -o dump.log
isnt "$status" 0 "criu alone does not freeze it"
run "$CRIU_NS" dump --as-given -t "$pid" -D bare -o dump.log
isnt "$status" 0 "nor does criu-ns --as-given"
like "$(grep Error bare/dump.log)" "Found slave peer index" "... for want of the other side"
for cycle in 1 2 3; do
	look_at "$pid"
	freeze "cycle $cycle: freeze it" "$pid" "held.$cycle"
	dead "$pid" "... it is gone"
	thaw "cycle $cycle: thaw it" "held.$cycle"
	like "$err" "^criu-ns: note: $unseen: thaw it on a terminal, or give --console-socket$" "... with a note"
	goes_on "$pid" "$id" "$count" "... it goes on"
	like "$(terminal_of "$pid" 2)" "^/dev/pts/" "... with a terminal"
done
kill -KILL "$terminal"
# It writes more than a pty holds.
look_at "$pid"
goes_on "$pid" "$id" $((count + 200)) "nobody sees what it writes, and it does not wait for that"
served
report $? "... because a process reads it"
like "$(readlink "/proc/$tty/fd/"*)" ptmx "... which holds the other side"
is "$(readlink "/proc/$tty/fd/"* | grep -vcE 'ptmx|anon_inode')" 0 "... and nothing else" "$(ls -l "/proc/$tty/fd")"
is "$(field "$tty" CapEff)" 0000000000000000 "... has no rights"
kill -KILL "$pid"
settle 0
report $? "... and ends with it" "$(strays)"

# In the foreground, what it writes is shown, on a terminal or not. The keyboard is not the daemon's: ^C ends criu-ns.
"$CRIU_NS" restore -D held.3 -o restore.log --pidfile again </dev/null >shown 2>said &
wrapper=$!
waitfor file held.3/again
pid=$(cat held.3/again)
for ((tries = 0; tries < 6000; tries++)); do
	[ "$(grep -c "^$id " shown)" -lt 3 ] || break
	pause 0.01
done
like "$(tail -n 1 shown)" "^$id [0-9]+" "in the foreground it is on stdout, where that is no terminal"
is "$(cat said)" "" "... with no note"
kill -KILL "$pid"
wait "$wrapper"
rm held.3/again
new_terminal "$CRIU_NS" restore -D held.3 -o restore.log --pidfile again
hear "^$id "
report $? "... or on the terminal"
pid=$(cat held.3/again)
printf '\003' >&"$to"
dead "$pid" "... where ^C ends criu-ns, and it" "$(strays)"
wait "$terminal"
settle 0
report $? "... nothing is left" "$(strays)"

## What leads a session with a terminal, whose other side is outside: as in a container

new_terminal perl -e "$answer"
echo first >&"$to"
hear ' 1 first$'
id=${heard%% *}
pid=$(children_of "$terminal")
controls "$pid"
report $? "a program leads a session with a terminal"
freeze "freeze it" "$pid" led.0
dead "$pid" "... it is gone"
wait "$terminal"
n=1
for cycle in 1 2 3; do
	new_terminal "$CRIU_NS" restore -D "led.$((cycle - 1))" -o restore.log --pidfile pid
	waitfor file "led.$((cycle - 1))/pid"
	report $? "cycle $cycle: thaw it on a terminal" "$(cat "led.$((cycle - 1))/restore.log")"
	pid=$(cat "led.$((cycle - 1))/pid")
	controls "$pid"
	report $? "... the pty is the terminal of its session"
	n=$((n + 1))
	echo "again" >&"$to"
	hear " again"
	is "$heard" "$id $n again" "... it answers there"
	freeze "cycle $cycle: freeze it" "$pid" "led.$cycle"
	dead "$pid" "... it is gone"
	wait "$terminal"
	is $? 0 "... and the thaw in the foreground has ended with it"
done
for end in "bye 3" $'\x03 130'; do
	rm led.2/pid
	new_terminal "$CRIU_NS" restore --exit-status -D led.2 -o restore.log --pidfile pid
	waitfor file led.2/pid
	echo "${end% *}" >&"$to"
	wait "$terminal"
	is $? "${end#* }" "it ends by itself, or with ^C, and --exit-status tells"
done

# The size of the terminal is the one that it is thawed on.
rm led.2/pid
new_terminal sh -c 'stty rows 31 cols 73; exec "$CRIU_NS" restore -D led.2 -o restore.log --pidfile pid'
waitfor file led.2/pid
pid=$(cat led.2/pid)
for ((tries = 0; tries < 6000; tries++)); do
	[ "$(stty size <"/proc/$pid/fd/0")" != "31 73" ] || break
	pause 0.02
done
is "$(stty size <"/proc/$pid/fd/0")" "31 73" "it has the size of the terminal that it is thawed on"
kill -KILL "$pid"
wait "$terminal"

# --console-socket
cat >receiver <<'END'
import array, os, socket, sys
s = socket.socket(socket.AF_UNIX); s.bind("console"); s.listen(); open("listening", "w").write("x")
c, _ = s.accept()
name, ancillary, _, _ = c.recvmsg(100, socket.CMSG_LEN(4))
fds = array.array("i"); fds.frombytes(ancillary[0][2]); master = fds[0]
print(name.decode(), os.get_blocking(master), flush=True)
os.write(master, b"over the socket\n")
print(os.read(master, 1000).decode().strip(), flush=True)
open("received", "w").write("x")
sys.stdin.readline()
END
if python=$(command -v /usr/bin/python3 || command -v python3); then
	mkfifo hold
	"$python" receiver <>hold >received.text 2>&1 &
	receiver=$!
	waitfor file listening
	thaw "send the terminal to a socket" led.2 --console-socket console
	unlike "$err" "$unseen" "... with no note"
	waitfor file received
	is "$(cat received.text)" "/dev/ptmx True
$id 4 over the socket" "... it is received, and answers" "$(cat received.text)"
	is "$(strays | wc -l)" 1 "... no other process stays"
	echo end >hold
	dead "$pid" "... when the receiver ends, the terminal is hung up"
	wait "$receiver"
	settle 0
else
	skip "needs python3, to receive a descriptor" 6
fi
for case in "$T/not-there" "$T/$(printf '%0108d' 1)"; do
	rm -f led.2/pid
	fails_with 125 "a socket that cannot be connected to" "$CRIU_NS" restore -d -D led.2 -o restore.log \
		--pidfile pid --console-socket "$case"
	like "$err" "^criu-ns: cannot connect to the console socket $case: .*;" "... with the reason"
	[ ! -e led.2/pid ]
	report $? "... nothing is thawed"
done
settle 0
report $? "... and nothing is left" "$(strays)"

## Jobs of a shell need no -j

new_terminal sh -c '"$TARGETS/shelljob"; :'
waitfor children "$terminal" 1
waitfor children "$(children_of "$terminal")" 1
attend "$(children_of "$(children_of "$terminal")")"
first=$id n=0
for cycle in 1 2 3; do
	freeze "a shell job, cycle $cycle: freeze it without -j" "$pid" "job.$cycle"
	dead "$pid" "... it is gone"
	wait "$terminal"
	like "$(cat "job.$cycle/criu-ns.recipe")" "^needs .*shell-job" "... the recipe tells"
	new_terminal "$CRIU_NS" restore -D "job.$cycle" -o restore.log --pidfile pid
	waitfor file "job.$cycle/pid"
	report $? "cycle $cycle: thaw it without -j" "$(cat "job.$cycle/restore.log")"
	pid=$(cat "job.$cycle/pid")
	n=$((n + 1))
	echo hello >&"$to"
	hear hello
	is "$heard" "$first $n hello" "... it answers on its new terminal"
done
kill -KILL "$pid"
wait "$terminal"
thaw "a shell job thawed where there is no terminal" job.2
like "$err" "$unseen" "... with a note"
look_at "$pid"
is "$id:$count" "$first:1" "... is there"
freeze "... and can be frozen again" "$pid" job.4
settle 0

# One without any terminal: what a script has started in the background.
setsid sh -c 'perl -e "$1" & echo $! >job; exec sleep 600' sh "$complain" </dev/null >/dev/null 2>&1 &
keeper=$!
waitfor file job
attend "$(cat job)"
first=$id
for cycle in 1 2 3; do
	look_at "$pid"
	freeze "no leader of a session, and without a terminal, cycle $cycle: freeze it" "$pid" "plain.$cycle"
	dead "$pid" "... it is gone"
	thaw "cycle $cycle: thaw it" "plain.$cycle"
	is "$err" "" "... with no note"
	goes_on "$pid" "$first" "$count" "... it goes on"
done
kill -KILL "$pid" "$keeper"
wait "$keeper" 2>/dev/null
settle 0
report $? "... nothing is left" "$(strays)"
finish
