#!/bin/bash
# On a terminal, a line tells what a freeze or a thaw has done; scripts see nothing of it.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

on_terminal() { # on_terminal COMMAND...: stderr is a terminal; what is said there is in $said
	printf -v ran '%q ' "$@"
	printf '%s 2>/dev/tty >/dev/null\n' "$ran" >ran # script's own shell need not know $'...'
	timeout 60 script -qec "bash ran" /dev/null </dev/null >said 2>&1
	report $? "$1 $2, on a terminal" "$(cat said)"
	said=$(tr -d '\r' <said)
}

start counter
first=$id
mkdir images $'odd\033name'
freeze "freeze, from a script" "$pid" images -R
is "$err$out" "" "... says nothing"
on_terminal "$CRIU_NS" dump -t "$pid" -D images -o dump.log
like "$said" "^criu-ns: froze process $pid \($first:[0-9]+\) into images, [0-9.]+ (KiB|MiB), in [0-9]+\.[0-9][0-9] s$" "... is told of"
is "$(wc -l <<<"$said")" 1 "... on one line"

thaw "thaw, from a script" images
is "$err$out" "" "... says nothing"
one=$pid
rm images/pid
on_terminal "$CRIU_NS" restore -d -D images -o restore.log --pidfile pid
pid=$(cat images/pid)
like "$said" "^criu-ns: thawed images: process $pid, [0-9.]+ (KiB|MiB), in [0-9]+\.[0-9][0-9] s$" "... is told of, with its pid"
is "$(wc -l <<<"$said")" 1 "... on one line"
on_terminal "$CRIU_NS" dump -t "$pid" -D $'odd\033name' -o dump.log
like "$said" " into odd\?name, " "... with a name that does nothing to the terminal"
rm -rf gone
timeout 60 script -qec "$CRIU_NS dump -t $one -D gone 2>/dev/tty" /dev/null </dev/null >said 2>&1
unlike "$(cat said)" "froze" "a freeze that is refused is not told of as one"
kill -9 "$one"

# A freeze that takes long, because of an action script.
printf '#!/bin/sh\n[ "$CRTOOLS_SCRIPT_ACTION" != pre-dump ] || exec sleep 6\n' >long
chmod +x long
start counter
mkdir long.once long.again long.hurried
freeze "a long freeze, from a script" "$pid" long.once -R --action-script "$T/long"
is "$err$out" "" "... says nothing"
on_terminal "$CRIU_NS" dump -R -t "$pid" -D long.again -o dump.log --action-script "$T/long"
again=$'\r\033\\[K'
like "$(cat said)" "^${again}criu-ns: freezing process $pid \($id:[0-9]+\): [0-9]+ s, [0-9.]+ [a-zA-Z]+${again}criu-ns: freezing process $pid \(.*\): [0-9]+ s, .*${again}criu-ns: froze process $pid " \
	"... on one line, written again, and gone when it is done"
is "$(wc -l <said)" 1 "... of which nothing is left"

{
	waitfor file long.hurried/dump.log
	sleep 2.5
	kill -INT "$(pgrep -of "^$CRIU_NS dump -R -t $pid -D long.hurried")"
} &
on_terminal "$CRIU_NS" dump -R -t "$pid" -D long.hurried -o dump.log --action-script "$T/long"
like "$(cat said)" "${again}criu-ns: got Interrupt" "... and before anything else is said"
kill -9 "$pid"
settle 0
finish
