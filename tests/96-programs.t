#!/bin/bash
# Programs that people use on terminals, each frozen and thawed three times without any option: a shell, an editor, top
# and an interpreter that were started in a terminal emulator, and a tmux server, which has
# both sides of its terminals.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

export TERM=vt100

three() { # three NAME PID
	local cycle comm
	pid=$2
	comm=$(cat "/proc/$pid/comm")
	for cycle in 1 2 3; do
		freeze "$1: freeze $cycle" "$pid" "$1.$cycle" || return
		dead "$pid" "... it is gone"
		thaw "... thaw $cycle" "$1.$cycle"
		[ -n "$pid" ] && alive "$pid"
		report $? "... it runs"
		is "$(cat "/proc/$pid/comm")" "$comm" "... and is the same"
	done
}

on_terminal() { # on_terminal NAME COMMAND...: as the leader of a session on a terminal whose other side is outside
	local name=$1 answer
	shift
	if ! command -v "$1" >/dev/null; then
		skip "$name is not installed" 15
		return
	fi
	exec {to}<> <(:)
	"$TARGETS/pty" "$@" <&"$to" >"$name.screen" &
	terminal=$!
	disown "$terminal"
	waitfor children "$terminal" 1
	waitfor file "$name.screen"
	sleep 0.3
	three "$name" "$(children_of "$terminal")"
	if [ "$name" = bash ]; then # it answers, when it is thawed once more on a terminal
		freeze "bash: freeze it once more" "$pid" bash.last
		exec {again}<> <(:)
		exec {from}<> <(:)
		"$TARGETS/pty" "$CRIU_NS" restore -D bash.last -o restore.log --pidfile pid <&"$again" >&"$from" &
		waitfor file bash.last/pid
		pid=$(cat bash.last/pid)
		# shellcheck disable=SC2016 # for that bash
		echo 'echo "$((40 + 2)) of $$"' >&"$again"
		while IFS= read -r -t 10 -u "$from" answer && [[ $answer != 42\ of* ]]; do :; done
		like "$answer" "^42 of [0-9]+" "... it answers on the terminal that it is thawed on"
	fi
	kill -KILL "$pid"
	end_strays
}

on_terminal bash bash --norc --noprofile -i
on_terminal vi vi -u NONE -n
on_terminal top top -d 100
python=/usr/bin/python3
[ -x "$python" ] || python=python3
on_terminal python "$python" -q -i -c 'print("ready")'

# A server that has both sides: its terminals go with it. Nobody else's are in here, because another test may get the number of
# one between the look of a thaw and the moment at which criu makes it.
if command -v tmux >/dev/null; then
	mount -t devpts -o mode=620,ptmxmode=666 devpts /dev/pts || bail_out "no devpts"
	tmux -f /dev/null -S "$T/tmux" new-session -d -s one 'echo ready; exec cat' </dev/null
	server=$(pgrep -f "tmux.*$T/tmux")
	three tmux "$server"
	tmux -S "$T/tmux" send-keys -t one 'typed again' Enter
	for ((tries = 0; tries < 1200; tries++)); do
		screen=$(tmux -S "$T/tmux" capture-pane -p -t one)
		[[ $screen != *typed*typed* ]] || break
		pause 0.05
	done
	like "$(tr '\n' ' ' <<<"$screen")" "ready.*typed again.*typed again" "tmux: what runs in it answers"
	kill -KILL "$pid"
	end_strays
else
	skip "tmux is not installed" 16
fi
finish
