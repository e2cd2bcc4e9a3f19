#!/bin/bash
# A terminal of which the tree has both sides, and whose session has /dev/tty open: criu fails where somebody else has
# the terminal open first (tty_verify_ctty() in criu/tty.c), and its master counts. So it is refused beforehand.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=terminals.sh
. "$top/tests/terminals.sh"
need_root
need_criu

exec {to}<> <(:) {from}<> <(:)
setsid "$TARGETS/pty" sh -c 'exec 9<>/dev/tty; echo ready; while read -r line; do exec 9>&-; echo closed; done' <&"$to" >&"$from" 2>/dev/null &
terminal=$!
hear '^ready$'
report $? "a program on a terminal has /dev/tty open"
shell=$(children_of "$terminal")
mkdir open
run "$CRIU_NS" dump --as-given -t "$terminal" -D open -o dump.log
isnt "$status" 0 "criu does not freeze it together with the terminal's other side"
like "$(grep Error open/dump.log)" "ctty inheritance detected" "... because of /dev/tty"
rm -r open
mkdir open
fails_with 125 "it is refused" "$CRIU_NS" dump -t "$terminal" -D open -o dump.log
like "$err" "descriptor 9 of process $shell \(.*\) is /dev/tty, the terminal of its session, .*; freeze it when" \
	"... with the descriptor, and what to do"
is "$(ls open)" "" "... and criu has not run"

echo close >&"$to"
hear '^closed$'
freeze "once it is closed, the same tree is frozen" "$terminal" closed
dead "$shell" "... it is gone"
finish
