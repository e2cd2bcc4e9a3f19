#!/bin/bash
# A terminal of which the tree has both sides, and whose session has /dev/tty open, as emacs and mc have it: criu fails
# where somebody else has the terminal open first (tty_verify_ctty() in criu/tty.c), and its master counts. Here it is
# frozen as one from outside, and the thaw makes the terminal before criu does. But criu tells no /dev/tty from another,
# so where those of two terminals are open, that is refused beforehand.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=terminals.sh
. "$top/tests/terminals.sh"
need_root
need_criu

export holder='exec 9<>/dev/tty; echo ready; while read -r line; do [ "$line" != close ] || exec 9>&-; echo "heard $line" >&9; done'
mkfifo to from second
exec {to}<>to {from}<>from {second}<>second

setsid "$TARGETS/pty" sh -c "$holder" <&"$to" >&"$from" 2>/dev/null &
pid=$!
hear '^ready$'
report $? "a program on a terminal has /dev/tty open"
mkdir open
run "$CRIU_NS" dump --as-given -t "$pid" -D open -o dump.log
isnt "$status" 0 "criu does not freeze it together with the terminal's other side"
like "$(grep Error open/dump.log)" "ctty inheritance detected" "... because of /dev/tty"
for cycle in 1 2 3; do
	freeze "cycle $cycle: freeze it" "$pid" "one.$cycle"
	thaw "... thaw it" "one.$cycle"
	unlike "$err" "note:|controlling terminal" "... with no note"
	echo "cycle $cycle" >&"$to"
	hear "cycle $cycle"
	is "$heard" "heard cycle $cycle" "... it answers by that descriptor"
	leader=$(children_of "$pid")
	is "$(readlink "/proc/$leader/fd/9")" "$(readlink "/proc/$leader/fd/0")" "... which is its terminal"
done
fails_with 125 "with -S it is refused" "$CRIU_NS" restore --dry-run -S -d -D one.1
like "$err" "a process had /dev/tty open, the terminal of session [0-9]+, .*; thaw it without -S" "... because criu makes it then"
kill -KILL "$pid"
end_strays

setsid bash -c '"$TARGETS/pty" sh -c "$holder" <&'"$to >&$from"' & "$TARGETS/pty" sh -c "$holder" <&'"$second >&$from & wait" </dev/null >/dev/null 2>&1 &
pid=$!
hear '^ready$'
hear '^ready$'
report $? "programs on two terminals have /dev/tty open"
terminals=$(children_of "$pid")
first=$(children_of "${terminals%%$'\n'*}")
mkdir two
fails_with 125 "that is refused" "$CRIU_NS" dump -t "$pid" -D two -o dump.log
like "$err" "descriptor 9 of process $first \(.*\) is /dev/tty, the terminal of its session, .*; freeze it when" \
	"... with the descriptor, and what to do"
is "$(ls two)" "" "... and criu has not run"
echo close >&"$to"
eventually eval '[ ! -e "/proc/$first/fd/9" ]'
freeze "once one of them is closed, the tree is frozen" "$pid" closed
thaw "... and thawed" closed
echo again >&"$second"
hear again
is "$heard" "heard again" "... and the other one answers"
kill -KILL "$pid"
end_strays
finish
