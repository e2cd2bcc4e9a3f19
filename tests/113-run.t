#!/bin/bash
# criu-ns run: a program that is started, frozen, and goes on when it is run again.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu
# shellcheck source=run.sh
. "$top/tests/run.sh"

kill_runner() { # without the shell's remark
	{ kill -KILL "$runner" && wait "$runner"; } 2>/dev/null
}

inventory() { stat -c %i "$1/frozen/inventory.img" 2>&1; }

mkdir state

## Status, and what the program gets

fails_with 7 "a program's exit status" "$CRIU_NS" run -D state -- sh -c 'exit 7'
fails_with 143 "a program that dies of a signal" "$CRIU_NS" run -D state -- perl -e 'kill TERM => $$; sleep 9'
fails_with 137 "... also of SIGKILL" "$CRIU_NS" run -D state -- perl -e 'kill KILL => $$; sleep 9'
runs_ok "a program that ends at once" "$CRIU_NS" run -D state -- true
fails_with 127 "a program that there is not" "$CRIU_NS" run -D state -- ./nowhere
is "$err" "criu-ns: cannot run ./nowhere: No such file or directory" "... is named"
fails_with 126 "a program that cannot be run" "$CRIU_NS" run -D state -- ./count.sh
exec {extra}<count.sh
runs_ok "a program's words are its own" "$CRIU_NS" run -D state -- echo --help -h --config=none -D x
is "$out" "--help -h --config=none -D x" "... all of them"
# shellcheck disable=SC2016 # the program's
runs_ok "what the program gets" "$CRIU_NS" run -D state -- sh -c 'ls /proc/self/fd | tr "\n" " "; sed -n "s/^NSsid:.*\t//p; s/^NSpid:.*\t//p" /proc/$$/status | tr "\n" " "; exec sed -n "s/^SigBlk:.*\t//p" /proc/self/status'
is "$out" "0 1 2 3 2 2 0000000000000000" "... stdio and no other descriptor (3 is ls's own), a session of its own, no signal blocked"
exec {extra}<&-
is "$(printf 'a\nb\n' | "$CRIU_NS" run -D state -- sort -r)" $'b\na' "pipes go through"

## Frozen and run again

count_it state --freeze-on TERM
shown
first=$id last=0 good=0
for round in 1 2 3; do
	shown
	[ "$id" = "$first" ] && [ "$number" -gt "$last" ] && good=$((good + 1))
	kill -TERM "$runner"
	ends_with 85 "round $round: SIGTERM freezes it"
	last=$(cut -d' ' -f3 count)
	is "$(ls state)" frozen "... and there is one state"
	echo "round $round is over" >>log # as a batch script does, into the same file
	count_it state --freeze-on TERM
done
shown
is "$good $id" "3 $first" "it is the same one, which has gone on each time"
kill -USR1 "$runner"
eventually grep -q "^usr1 [0-9]" log
report $? "another signal is forwarded" "$(tail -n 3 log)"
[ "$(inventory state)" -gt 0 ]
report $? "while it runs, the images stay"
kill -KILL "$root"
ends_with 137 "... and when it dies of SIGKILL, that is told"
before=$(inventory state)
count_it state --freeze-on TERM
shown
is "$id" "$first" "... and it goes on from there"

fails_with 125 "two at once on one directory" "$CRIU_NS" run -D state -- true
like "$err" "^criu-ns: another criu-ns run uses the directory state" "... is said"

## A freeze that fails

kill_runner
dead "$root" "SIGKILL to criu-ns: the program does not stay"
settle 0
report $? "... and nothing else" "$(strays)"
cat >broken <<END
#!/bin/sh
case " \$* " in *" dump "*) exit 3 ;; esac
exec "$CRIU_BINARY" "\$@"
END
chmod +x broken
count_it state --freeze-on TERM --criu-binary ./broken
kill -TERM "$runner"
ends_with 143 "a freeze that fails: the program gets the signal"
like "$(tail -n 3 log)" "^criu-ns: the program could not be frozen, and runs on: it gets SIGTERM instead$" "... which is said"
is "$(ls state) $(inventory state)" "frozen $before" "... and the last images stay"

make_stop
set_gate pre-dump
count_it state --freeze-on TERM --action-script "$T/stop"
shown
is "$id" "$first" "... from which it goes on"
kill -TERM "$runner"
waitfor file reached
kill_runner
dead "$root" "criu-ns is killed in the middle of a freeze: the program ends"
open_gate
settle 0
report $? "... and the freeze" "$(strays)"
is "$(ls state/frozen.new)" criu.log "... of which the log is left"
is "$(inventory state)" "$before" "... and the last images stay"

# Killed between the two steps of the exchange, which makes what was new the state.
rm -r state/frozen.new
mv state/frozen state/frozen.old
cp -r state/frozen.old state/frozen.new
rm state/frozen.old/files.img
count_it state
shown
is "$id $(ls state)" "$first frozen" "an exchange that was interrupted is completed"

## Frozen by somebody else

mkdir elsewhere copy
runs_ok "freeze it from outside, and let it run" "$CRIU_NS" dump -R -t "$root" -D copy -o dump.log
kill -KILL "$root"
ends_with 137 "... then it can still die"
count_it state
freeze "freeze it from outside" "$root" elsewhere
ends_with 85 "... it is frozen"
count_it state
freeze "freeze it from outside into the state" "$root" state/frozen
ends_with 85 "... it is frozen"
last=$(cut -d' ' -f3 count)
count_it state
shown
[ "$id" = "$first" ] && [ "$number" -gt "$last" ]
report $? "... and goes on from there" "got $id $number, wanted $first and more than $last"
kill -TERM "$runner"
ends_with 143 "without --freeze-on, SIGTERM is forwarded"

## Terminal and pipe

cat >lines.sh <<'END'
i=0
while sleep 0.02; do
	i=$((i + 1))
	echo "line $i."
	echo "$i" >line.new && mv line.new line
done
END

# Run it twice on the same kind of stdout, and freeze it when it has written.
goes_on_writing() { # goes_on_writing NAME COMMAND...: the command writes to stdout
	local round
	: >output
	mkdir -p "$1"
	for round in 1 2; do
		rm -f line
		"${@:2}" &
		waitfor file line
		kill -TERM "$(pgrep -f "^$CRIU_NS run -D $1 ")"
		wait $! || :
	done
	is "$(grep -o 'line [0-9]*\.' output)" "$(seq -f 'line %.0f.' "$(grep -c 'line [0-9]' output)")" \
		"on a $1: all that it writes arrives, across a freeze"
	is "$(grep -c '^85' statuses)" 2 "... and it ends with 85"
	is "$(grep -c '^criu-ns: the program is frozen in terminal/frozen; the same command line lets it go on' output)" \
		"$([ "$1" = terminal ] && echo 2 || echo 0)" "... and, to a person, it says where it is"
	rm -f statuses
}

# shellcheck disable=SC2317 # goes_on_writing calls it
on_terminal() {
	script -qec "$CRIU_NS run -D terminal --freeze-on TERM -- sh lines.sh" /dev/null </dev/null >>output 2>&1
	echo $? >>statuses
}

# shellcheck disable=SC2317 # this, too
on_pipe() {
	{
		"$CRIU_NS" run -D pipe --freeze-on TERM -- sh lines.sh </dev/null 2>>log
		echo $? >>statuses
	} | cat >>output
}
goes_on_writing terminal on_terminal
goes_on_writing pipe on_pipe

## In a pid namespace below

mkdir below
unshare -pf --mount-proc --kill-child "$CRIU_NS" run -D below --freeze-on TERM -- sh count.sh below </dev/null >>log 2>&1 &
outer=$!
rm -f count
waitfor file count
kill -TERM "$(pgrep -f "^$CRIU_NS run -D below ")"
wait $outer
is "$?" 85 "in a pid namespace below the caller's, it is frozen, too"

## During a thaw

for signal in TERM USR1; do
	set_gate pre-restore
	"$CRIU_NS" run -D state --freeze-on "$signal" --action-script "$T/stop" -- false </dev/null >>log 2>&1 &
	runner=$!
	waitfor file reached
	kill -"$signal" "$runner"
	ends_with 85 "SIG$signal during a thaw: it is frozen still"
	open_gate
	[ "$(inventory state)" -gt 0 ]
	report $? "... the images stay"
done

## The end

mkdir finished
cat >end.sh <<'END'
echo here >started
while [ ! -e go ]; do sleep 0.02; done
exit "$(cat go)"
END
for code in 4 0; do
	rm -f started go
	"$CRIU_NS" run -D finished --freeze-on USR1 -- sh end.sh </dev/null >>log 2>&1 &
	runner=$!
	if [ "$code" = 4 ]; then
		waitfor file started
		kill -USR1 "$runner"
		ends_with 85 "another signal can be the one that freezes"
		"$CRIU_NS" run -D finished -- false </dev/null >>log 2>&1 &
		runner=$!
	fi
	echo "$code" >go
	ends_with "$code" "a thawed program's exit status is $code"
	[ "$code" = 0 ] || [ -e finished/frozen/inventory.img ]
	report $? "... and what it was frozen to"
done
[ ! -e finished/frozen/inventory.img ]
report $? "... is gone when it has succeeded"

## Wrong use

fails_with 125 "no program" "$CRIU_NS" run -D state
is "$err" 'criu-ns: run needs a program, after "--"; for example: criu-ns run -D DIR -- COMMAND' "... is said"
fails_with 125 "a signal that cannot be caught" "$CRIU_NS" run -D state --freeze-on KILL -- true
like "$err" "^criu-ns: --freeze-on takes the name of a signal that criu-ns forwards, not 'KILL'" "... is said"
fails_with 125 "detached" "$CRIU_NS" run -d -D state -- true
like "$err" "^criu-ns: run is the parent of its program" "... is refused"
fails_with 125 "no directory" "$CRIU_NS" run -D nowhere -- true
like "$err" "cannot open the directory nowhere: No such file or directory; make it first: mkdir nowhere" "... is said"
runs_ok "--dry-run" "$CRIU_NS" run -D finished --dry-run -- ./nowhere
like "$out" "start ./nowhere there, in a session of its own" "... says what would be started"
settle 0
report $? "nothing is left" "$(strays)"
finish
