#!/bin/bash
# Programs whose stdin, stdout or stderr is a pipe from or to somebody outside of the tree. A thaw in the foreground, or
# with -S, connects them with its own stdio; a detached one says what they will find.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=terminals.sh
. "$top/tests/terminals.sh"
need_root
need_criu

# It answers each line with its identity, a number and the line, and shows the first two in its name. It reads bytes
# one by one, so that what it has not yet read is in the pipe. Lines that are commands: "err TEXT" goes to stderr,
# "much" is answered with 300,000 bytes more, "deaf" closes its stdin, "mute" its stdout and stderr.
filter='use POSIX; $SIG{TERM} = sub { exit 7 }; $| = 1;
	open my $r, "<", "/dev/urandom" or die; sysread $r, my $id, 3; close $r; $id = unpack "H6", $id;
	my ($n, $x, $c, $line) = 0; sub show { $0 = "$id:$n" } show();
	while (1) {
		$line = "";
		while (($c = sysread STDIN, $x, 1) && $x ne "\n") { $line .= $x }
		last unless $c;
		$n++;
		show();
		if ($line =~ /^err (.*)/) { syswrite STDERR, "$id $n $1\n"; next }
		syswrite STDOUT, "$id $n $line\n";
		if ($line eq "much") { my $s = "x" x 99 . "\n"; print $s x 3000 }
		if ($line eq "deaf") { close STDIN; sleep 600 }
		if ($line eq "mute") { POSIX::close(1); POSIX::close(2); sleep 600 }
	}
	syswrite STDOUT, "$id end\n"; exit 3'

to='' from='' errors=''
new_pipes() { # new_pipes: sets $to, $from and $errors
	local fd
	for fd in $to $from $errors; do exec {fd}<&-; done
	exec {to}<> <(:) {from}<> <(:) {errors}<> <(:)
}

without_pipes() { # without_pipes COMMAND...: so that it has only those that it is given
	exec {to}<&- {from}<&- {errors}<&-
	exec "$@"
}

new_filter() { # new_filter: sets $pid and $id; it reads from $to and is heard by $from
	new_pipes
	without_pipes setsid perl -e "$filter" <"/proc/self/fd/$to" >"/proc/self/fd/$from" 2>&1 &
	attend $!
	n=0
}

say_to() { # say_to LINE...
	printf '%s\n' "$@" >&"$to"
}

answers() { # answers LINE NAME: it does, with the next number
	n=$((n + 1))
	hear .
	is "$heard" "$id $n $1" "$2"
}

foreground() { # foreground NAME DIR STDIN STDOUT [STDERR]: thaws it; sets $pid and $wrapper
	rm -f "$2/pid"
	without_pipes "$CRIU_NS" restore --exit-status -D "$2" -o restore.log --pidfile pid <"$3" >>"$4" 2>"${5:-said}" &
	wrapper=$!
	waitfor file "$2/pid"
	report $? "$1" "$(cat said)" "$(grep Error "$2/restore.log")"
	pid=$(cat "$2/pid")
}

ends() { # ends STATUS NAME: the thaw ends with that
	wait "$wrapper"
	is $? "$1" "$2" "$(cat said)"
}

hear_error() { # hear_error REGEX: as hear, on stderr
	local from=$errors
	hear "$1"
}

note() { # note WHAT OUTCOME HOW: as a regular expression
	echo "^criu-ns: note: the tree's $1 was a pipe whose other end was outside of the tree: $2\. To connect it, $3, or add --inherit-fd 'fd\[N\]:pipe:\[[0-9]+\]'$"
}

## Pipes in the place of pipes, with something in them

new_filter
say_to first
answers first "a filter answers"
for cycle in 1 2 3; do
	kill -STOP "$pid"
	waitfor stopped "$pid"
	say_to "kept $cycle" "too"
	input=$(readlink "/proc/$pid/fd/0")
	freeze "cycle $cycle: freeze it, with lines in its stdin" "$pid" "pipes.$cycle"
	like "$err" "^criu-ns: note: descriptor 0 of process $pid is a pipe whose other end is outside of the tree: a thaw in the foreground connects its own stdin with it, a detached one gives it a new pipe with nobody at the other end, unless it is given another: --inherit-fd 'fd\[N\]:pipe:\[${input//[^0-9]/}\]'$" \
		"... it is noted"
	like "$err" "^criu-ns: note: the same goes for 1 more of its pipes$" "... for both pipes"
	dead "$pid" "... it is gone"
	new_pipes
	foreground "cycle $cycle: thaw it in the foreground" "pipes.$cycle" "/proc/self/fd/$to" "/proc/self/fd/$from"
	is "$(cat said)" "" "... with no note"
	say_to new
	kill -CONT "$pid"
	answers "kept $cycle" "... it reads what was in its stdin"
	answers too "... all of that"
	answers new "... and then the stdin of the thaw"
	say_to "err complaint"
	answers complaint "... its stderr is the same pipe as its stdout"
	is "$(readlink "/proc/$pid/fd/1") $(readlink "/proc/$pid/fd/2")" \
		"$(readlink "/proc/self/fd/$from") $(readlink "/proc/self/fd/$from")" "... which is the thaw's own"
done
say_to much
answers much "much passes"
head -c 300000 <&"$from" | sha256sum >sum
is "$(cat sum)" "$(printf "%099d\n" 0 | tr 0 x | awk '{ for (i = 0; i < 3000; i++) print }' | sha256sum)" "... unchanged"
freeze "freeze it with nothing in its stdin" "$pid" images
ends 137 "... the thaw in the foreground ends with it"

## The other side ends

rm -f images/pid
yes | "$CRIU_NS" restore --exit-status -D images -o restore.log --pidfile pid 2>said | head -n 2 >heads
is "${PIPESTATUS[*]}" "141 141 0" "yes | criu-ns restore | head: both end when head does" "$(cat said)"
is "$(cat heads)" "$id $((n + 1)) y
$id $((n + 2)) y" "... which has read what it was to"
rm -f images/pid
(echo a; echo b) | "$CRIU_NS" restore --exit-status -D images -o restore.log --pidfile pid 2>said | cat >all
is "${PIPESTATUS[*]}" "0 3 0" "the end of the file passes" "$(cat said)"
is "$(cat all)" "$id $((n + 1)) a
$id $((n + 2)) b
$id end" "... and everything before it"

# What it closes, and does not end with, is closed for the other side, too.
rm -f images/pid
mkfifo hold
{ echo deaf; echo more; cat hold; yes; echo $? >yes; } 2>/dev/null | "$CRIU_NS" restore -D images -o restore.log --pidfile pid >all 2>said &
wrapper=$!
waitfor file images/pid
echo go >hold
waitfor file yes
is "$(cat yes)" 141 "it closes its stdin: who writes there gets SIGPIPE"
kill -KILL "$(cat images/pid)"
wait "$wrapper"
rm -f images/pid
echo mute | "$CRIU_NS" restore -D images -o restore.log --pidfile pid 2>said | (cat >all && echo >closed) &
wrapper=$!
waitfor file closed
is "$?,$(cat all)" "0,$id $((n + 1)) mute" "it closes its stdout: who reads there finds the end"
alive "$(cat images/pid)"
report $? "... while it goes on"
kill -KILL "$(cat images/pid)"
wait "$wrapper"

## Anything else in the place of pipes

printf '%s\n' one two much three >in
echo before >log
foreground "thaw it onto files" images in log
ends 3 "... it reads to the end, and ends"
is "$(head -n 4 log)" "before
$id $((n + 1)) one
$id $((n + 2)) two
$id $((n + 3)) much" "... what it writes is added to the file"
is "$(wc -l <log) $(tail -n 2 log)" "3006 $id $((n + 4)) three
$id end" "... all of it"
rm -f images/pid
"$CRIU_NS" restore --exit-status -D images -o restore.log --pidfile pid <&- >&- 2>said
is "$?,$(cat said)" "3," "thawed with stdio closed it finds the end of the file"
mkfifo in.fifo out.fifo
cat out.fifo >log &
reader=$!
(echo named >in.fifo) &
foreground "thaw it onto FIFOs" images in.fifo out.fifo
ends 3 "... it ends"
wait "$reader"
is "$(cat log)" "$id $((n + 1)) named
$id end" "... what passes is whole"

rm -f images/pid
new_terminal "$CRIU_NS" restore --exit-status -D images -o restore.log --pidfile pid
waitfor file images/pid
echo typed >&"$to"
hear "$id"
is "$heard" "$id $((n + 1)) typed" "on a terminal it answers what is typed"
printf '\004' >&"$to"
hear end
wait "$terminal"
is $? 3 "... and ends with ^D"

## Detached

run "$CRIU_NS" restore -d -D images -o restore.log --pidfile again
like "$err" "$(note stdin 'the tree reads the end of the file' 'thaw in the foreground')" "detached: a note on its stdin"
like "$err" "$(note stdout 'writing there fails \(SIGPIPE\)' 'thaw in the foreground')" "... and on its stdout"
is "$(grep -c note: <<<"$err")" 2 "... which is its stderr, too"
settle 0
report $? "... it ends" "$(strays)"
rm -f pipes.3/pid
"$CRIU_NS" restore -d -D pipes.3 -o restore.log --pidfile pid --dry-run >dry
like "$(cat dry)" "note: the tree's stdin was a pipe .*: the tree reads the 11 bytes that were in it, and then the end of the file\." \
	"... or on what is in it, before anything is thawed"
new_pipes
names=$(sed -n 's/.*\(pipe:\[[0-9]*\]\).*/\1/p' dry | uniq)
name_in=$(head -n 1 <<<"$names") name_out=$(tail -n 1 <<<"$names")
runs_ok "... pipes that are given come first" "$CRIU_NS" restore -d -D pipes.3 -o restore.log --pidfile pid \
	--inherit-fd "fd[$to]:$name_in" --inherit-fd "fd[$from]:$name_out"
is "$err" "criu-ns: note: criu does not put the 11 bytes that were in $name_in into what it is given in its place: they are there only if that is the same pipe" \
	"... with no note but that what was in its stdin is not in the new pipe"
pid=$(cat pipes.3/pid)
say_to given
kill -CONT "$pid"
hear .
like "$heard" "^$id [0-9]+ given$" "... and so it is"
kill -KILL "$pid"

# With -S, the root task is the caller's child, which it has given its stdio.
rm -f images/pid
new_pipes
"$CRIU_NS" restore -d -S -D images -o restore.log --pidfile pid <"/proc/self/fd/$to" >"/proc/self/fd/$from" 2>said
is "$?,$(cat said)" "0," "-S: thaw it" "$(grep Error images/restore.log)"
pid=$(cat images/pid)
say_to sibling
hear .
is "$heard" "$id $((n + 1)) sibling" "... it has the pipes that are the thaw's stdio"
kill -KILL "$pid"
rm -f images/pid
run "$CRIU_NS" restore -d -S -D images -o restore.log --pidfile pid
like "$err" "$(note stdin 'the tree reads the end of the file' 'give criu-ns -S a pipe in its place')" \
	"... or a note, where that is no pipe"
settle 0

rm -f images/pid
echo hello | "$CRIU_NS" restore --as-given -D images -o restore.log --pidfile pid >all 2>said
is "$?,$(cat all)" "0," "--as-given: it is given nothing" "$(cat said)"

## Several processes, full pipes, namespaces of its own

# Its child says everything again on stderr, which is another pipe. In its own namespaces it is no root of the caller's.
twice='pipe R, W; if (!fork) { close W; $0 = "child"; while (<R>) { syswrite STDERR, "again $_" } exit }
	close R; open my $r, "<", "/dev/urandom" or die; sysread $r, my $id, 3; close $r; $id = unpack "H6", $id;
	my $n = 0; $0 = "$id:$n"; while (<STDIN>) { $n++; $0 = "$id:$n"; syswrite STDOUT, "$n $_"; syswrite W, "$n $_" }'
for how in "" "unshare --map-root-user --pid --fork --mount --mount-proc" "unshare --mount --pid --fork --mount-proc"; do
	new_pipes
	rm -rf twice.*
	# shellcheck disable=SC2086 # words
	without_pipes $how setsid perl -e "$twice" <"/proc/self/fd/$to" >"/proc/self/fd/$from" 2>"/proc/self/fd/$errors" &
	pid=$!
	disown "$pid"
	[ -z "$how" ] || { waitfor children "$pid" 1 && pid=$(children_of "$pid"); }
	say_to hello
	hear .
	is "$heard" "1 hello" "${how:-no namespace}: two processes with pipes"
	for cycle in 1 2 3; do
		kill -STOP "$pid"
		waitfor stopped "$pid"
		printf '%060000d' 0 >&"$to"
		freeze "cycle $cycle: freeze them" "$pid" "twice.$cycle"
		dead "$pid" "... they are gone"
		new_pipes
		foreground "... thaw them" "twice.$cycle" "/proc/self/fd/$to" "/proc/self/fd/$from" "/proc/self/fd/$errors"
		kill -CONT "$pid"
		say_to "" "cycle $cycle"
		is "$(head -c 60003 <&"$from" | tail -c 3)" $'00' "... what was in the pipe is read whole"
		hear .
		is "$heard" "$((2 * cycle + 1)) cycle $cycle" "... what comes then, too"
		hear_error "again .* cycle $cycle"
		report $? "... the child passes it on, to the stderr of the thaw" "$heard"
	done
	freeze "freeze them at last" "$pid" twice.4
	wait "$wrapper"
done

## A pipe whose other end nobody has, as the processes of make(1) have in the place of a stdin

setsid perl -e 'pipe R, W; close W; pipe A, B; close A; open STDIN, "<&R"; open STDOUT, ">&B"; close R; close B; for (;;) { sleep 600 }' 2>/dev/null &
pid=$!
disown "$pid"
# shellcheck disable=SC2317 # called by name
hung_up() { [[ "$(readlink "/proc/$pid/fd/"{0,1} | tr '\n' ' ')" == pipe:*\ pipe:* ]] && [ "$(ls "/proc/$pid/fd")" = $'0\n1\n2' ]; }
eventually hung_up
for cycle in 1 2; do
	freeze "cycle $cycle: ends of pipes that are closed: freeze" "$pid" "hung.$cycle"
	is "$err" "" "... with no note, because a thaw gives just that"
	thaw "... thaw" "hung.$cycle"
done
kill -KILL "$pid" && waitfor exit "$pid"

## A FIFO keeps what is in it as long as anybody has it open

fifo='open F, "<", $ARGV[0] or die; open my $r, "<", "/dev/urandom" or die; sysread $r, my $id, 3; close $r; $id = unpack "H6", $id;
	open O, ">", $ARGV[1] or die; my $n = 0; $0 = "$id:$n"; kill STOP => $$; while (sysread F, my $x, 99) { syswrite O, $x; $n++; $0 = "$id:$n" } sleep 600'
mkfifo a.fifo
for case in "alone:word" "with others:word word"; do
	setsid perl -e "$fifo" "$T/a.fifo" "$T/heard" </dev/null >/dev/null 2>&1 &
	exec {writer}>a.fifo
	attend $!
	waitfor stopped "$pid"
	printf 'word ' >&"$writer"
	rm -rf fifo
	freeze "something in a FIFO: freeze, ${case%:*}" "$pid" fifo
	like "$err" "^criu-ns: note: descriptor [0-9]+ of process $pid \($T/a.fifo\) is a FIFO with 5 bytes that the tree has not read: a thaw puts them there again, so the tree reads them twice if a process outside has the FIFO open until then$" "... it is noted"
	dead "$pid" "... it is gone"
	[ "${case%:*}" != alone ] || exec {writer}>&-
	thaw "... thaw" fifo
	[ "${case%:*}" = alone ] || exec {writer}>&-
	waitfor stopped "$pid"
	kill -CONT "$pid"
	goes_on "$pid" "$id" 0 "... it reads"
	is "$(cat heard)" "${case#*:} " "... so it has been said"
	kill -KILL "$pid" && waitfor exit "$pid"
done

## Both ends in one descriptor

setsid perl -e 'open my $r, "<", "/dev/urandom" or die; sysread $r, my $id, 3; close $r; $id = unpack "H6", $id; my $n = 0;
	pipe R, W; open B, "+<", "/proc/self/fd/" . fileno R or die; close R; close W; $0 = "$id:$n";
	syswrite B, "kept "; while (1) { kill STOP => $$; syswrite B, "and more"; sysread B, my $x, 99; $n++ if $x eq "kept and more"; $0 = "$id:$n"; syswrite B, "kept " }' \
	</dev/null >/dev/null 2>&1 &
attend $!
for cycle in 1 2 3; do
	waitfor stopped "$pid"
	freeze "a process that reads from a pipe what it writes, cycle $cycle: freeze" "$pid" "both.$cycle"
	dead "$pid" "... it is gone"
	thaw "... thaw" "both.$cycle"
	is "$err" "" "... without a note"
	waitfor stopped "$pid"
	kill -CONT "$pid"
	goes_on "$pid" "$id" $((cycle - 1)) "... it reads what was in the pipe, and what it writes"
done
end_strays
report $? "nothing is left" "$(strays)"
finish
