#!/bin/bash
# Without a log file, criu's messages are shown as they come, what they mean is said after them, and criu never waits
# for, nor dies of, whoever reads them.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

# A criu that says what its name is followed by, in its log or where that would go, and ends as it is told.
replay() { # replay STATUS TEXT: makes ./replay
	printf '%b' "$2" >words
	cat >replay <<-END
		#!/bin/bash
		out=
		while [ \$# -gt 0 ]; do
			[ "\$1" != -o ] || out=\$2
			[ "\$1" != -D ] || cd "\$2" # where a log file is
			shift
		done
		case \$out in
		"") cat $T/words >&2 ;;
		*) cat $T/words >>"\$out" ;;
		esac
		$1
	END
	chmod +x replay
}

said_by_criu='Warn  (compel/src/lib/infect.c:132): Unable to interrupt task: 7 (Operation not permitted)\n'
said_by_criu+='Error (compel/src/lib/infect.c:417): Unable to detach from 7: No such process\n'
remedy='^criu-ns: a process cannot be traced'

start counter
mkdir images
replay 'exit 1' "$said_by_criu"
dump() { fails_with 1 "$1" "$CRIU_NS" dump --criu-binary "$T/replay" -t "$pid" -D images "${@:2}"; }

## Why criu fails when it is traced with its children

if command -v strace >/dev/null; then
	rm -f /run/criu.kdat # what criu knows of the kernel, so that it looks again
	fails_with 1 "a freeze below strace -f" strace -f -o calls "$CRIU_NS" dump -t "$pid" -D images -v0
	like "$err" "^criu-ns: criu cannot trace a child of its own" "... the cause is said"
	unlike "$err" "try 1" "... and it is not tried again"
else
	skip "needs strace" 3
fi

## Where they go, and how much of them

dump "a failed freeze without -o"
is "$out" "" "... nothing on stdout"
is "$(head -n 2 <<<"$err")" "$(cat words)" "... what criu said, on stderr"
like "$(sed -n 3p <<<"$err")" "$remedy" "... then what to do, although its cause is a warning"
like "$err" "could not freeze.*its messages are above" "... and what failed"

dump "... with -o -" -o -
is "$out" "$(cat words)" "... what criu said, on stdout"
like "$(head -n 1 <<<"$err")" "$remedy" "... and what to do, on stderr"

dump "... with -v1" -v1
unlike "$err" "^Warn " "... no warnings"
like "$err" "^Error .*Unable to detach" "... but errors"
like "$err" "^criu: Unable to interrupt" "... and the one that tells the cause"
like "$err" "$remedy" "... with what to do"

dump "... with -v0" -v0
unlike "$err" "^(Warn |Error )" "... nothing in criu's format"
like "$err" "^criu: Unable to interrupt" "... the cause"
like "$err" "$remedy" "... and what to do"

echo "old" >images/quiet.log
dump "... with -v0 and a log file" -v0 -o quiet.log
is "$(cat images/quiet.log)" "" "... which is empty, as with criu"
like "$err" "$remedy" "... and what to do is said"

dump "... with a log file" -o full.log
is "$(cat images/full.log)" "$(cat words)" "... which has what criu said"
like "$err" "^criu: Unable to interrupt" "... the cause is shown"
like "$err" "$remedy" "... and what to do"

fails_with 125 "a log file that cannot be made" "$CRIU_NS" dump -t "$pid" -D images -o nowhere/x.log
like "$err" "cannot make the log file nowhere/x.log: No such file.*work directory, images" "... is refused before criu runs"

dump "--log-pid, for which criu needs names, is left to criu" --log-pid
is "$(head -n 2 <<<"$err")" "$(cat words)" "... it writes to stderr itself"

## Nothing is lost

# shellcheck disable=SC2016 # for replay
replay 'kill -KILL $$' "Warn  (criu/a.c:1): first\nError (criu/a.c:2): File x has bad size 1 (expect 2), and no newline"
fails_with 137 "criu dies in the middle of a line" "$CRIU_NS" dump --criu-binary "$T/replay" -t "$pid" -D images
like "$err" "no newline" "... which is shown"
like "$err" "^criu-ns: the file has changed|no newlinecriu-ns: the file has changed" "... and explained"

replay 'exit 1' "$(for ((i = 0; i < 3000; i++)); do printf 'Error (criu/a.c:%d): a line of some length, and its number is %d\\n' "$i" "$i"; done)"
dump "many lines"
is "$(head -n 3000 <<<"$err")" "$(cat words)" "... come whole and in order"
dump "... also those that are left when others are not shown" -v1
is "$(grep -c '^Error ' <<<"$err")" 3000 "... whole"

## criu itself

dump_really() { # dump_really NAME OPTION...
	runs_ok "$1" "$CRIU_NS" dump -t "$pid" -D images "${@:2}"
}
first=$id seen=$count
dump_really "a freeze" -v0
is "$out$err" "" "... that says nothing with -v0"
runs_ok "a thaw" "$CRIU_NS" restore -d -D images --pidfile pid -v0
is "$out$err" "" "... that says nothing with -v0"
pid=$(cat images/pid)
goes_on "$pid" "$first" "$seen" "... and the counter goes on"
is "$(find images -name '*.log' -newer images/inventory.img)" "" "no log file was made"

rm -rf images/*
make_stop
set_gate pre-dump
look_at "$pid"
seen=$count
"$CRIU_NS" dump -t "$pid" -D images -v4 --action-script "$T/stop" >words.out 2>words.err </dev/null &
wrapper=$!
waitfor file reached
report $? "criu waits in a freeze"
waitfor file words.err
like "$(cat words.err)" "^\([0-9.]+\) +Version: |^\([0-9.]+\) Version: " "... what it has said is shown already"
open_gate
wait "$wrapper"
is $? 0 "... and it is done"
like "$(cat words.err)" "Dumping finished successfully" "... the last line is there"
is "$(cat words.out)" "" "... nothing on stdout"

again() { # again NAME: the tree is frozen; thaw it
	waitfor exit "$pid"
	rm -f images/pid
	runs_ok "$1" "$CRIU_NS" restore -d -D images --pidfile pid
	pid=$(cat images/pid)
	goes_on "$pid" "$first" "$seen" "... and it goes on"
	rm -rf images/*
}
again "thaw it"

# Nobody reads stderr any more.
{ "$CRIU_NS" dump -t "$pid" -D images -v4 </dev/null; echo $? >status; } 2>&1 >/dev/null | :
is "$(cat status)" 0 "stderr is a pipe that nobody reads: the freeze succeeds"
again "thaw it"

# The pipe is full.
exec {full}<> <(:)
perl -e 'use Fcntl; my $f = fcntl(STDOUT, F_GETFL, 0); fcntl(STDOUT, F_SETFL, $f | O_NONBLOCK);
	1 while syswrite STDOUT, "x" x 4096; 1 while syswrite STDOUT, "x"; fcntl(STDOUT, F_SETFL, $f)' >&"$full"
"$CRIU_NS" dump -t "$pid" -D images -v4 </dev/null >/dev/null 2>&"$full" &
wrapper=$!
waitfor exit "$pid"
report $? "stderr is a pipe that is full: the tree is frozen all the same"
waitfor file images/inventory.img
alive "$wrapper"
report $? "... and criu-ns waits for whoever reads it"
timeout 60 head -c 65536 <&"$full" >/dev/null
timeout 60 grep -m 1 -o "Dumping finished successfully" <&"$full" >last
wait "$wrapper"
is "$? $(cat last)" "0 Dumping finished successfully" "... to the last line"
exec {full}>&-
again "thaw it"

# criu-ns is killed.
set_gate pre-dump
"$CRIU_NS" dump -t "$pid" -D images -v4 --action-script "$T/stop" >/dev/null 2>words.err </dev/null &
wrapper=$!
disown "$wrapper"
waitfor file reached
kill -KILL "$wrapper"
waitfor exit "$wrapper"
open_gate
waitfor exit "$pid"
report $? "criu-ns is killed while criu writes: criu freezes the tree"
# shellcheck disable=SC2119 # of its function, not ours
calm
again "thaw it"

## The descriptors of what criu starts are the caller's

cat >script <<-'END'
	#!/bin/sh
	echo "the script says $CRTOOLS_SCRIPT_ACTION" >&2
END
chmod +x script
runs_ok "a freeze with an action script" "$CRIU_NS" dump -t "$pid" -D images -v0 --action-script "$T/script"
like "$err" "the script says pre-dump" "... whose stderr is the caller's"
runs_ok "a thaw with --exec-cmd" "$CRIU_NS" restore -D images -v0 --exec-cmd -- \
	sh -c 'exec ls -l /proc/self/fd' # its own directory is 3
is "$(grep -c memfd <<<"$out")" 1 "... whose command gets nothing of it but the descriptor of its log that criu leaves open"
end_strays
finish
