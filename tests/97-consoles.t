#!/bin/bash
# Containers and sandboxes with a terminal: runc with "terminal": true, LXC with consoles, bubblewrap on the caller's
# terminal. Each is frozen and thawed three times without any option.
# shellcheck source=lib.sh disable=SC2317 # functions are called by name
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
# shellcheck source=terminals.sh
. "$top/tests/terminals.sh"
need_root
need_criu

# The mounts of PID, those of terminals without what makes them another pty.
with_terminals() { # the mounts of $pid, in which one terminal is like another
	visible "$pid" | sed -E 's/^\/[0-9]+ ([^ ]+ [^ ]+).* - devpts .*/a terminal \1/' | LC_ALL=C sort
}

has_terminal() {
	like "$(readlink "/proc/$pid/fd/0")" "^/dev/pts/|^/[0-9]+$" "... and it has a terminal" "$(ls -l "/proc/$pid/fd")"
}

on_terminal() { # on_terminal: its stdio is a terminal of the caller's mount namespace, its session its own
	mkdir -p "$T/own"
	own_start "$TARGETS/pty" unshare -m --propagation slave sh -c 'mount -t tmpfs own "$1/own" && exec perl -e "$2"' \
		sh "$T" "$own_keeper" <&"$input" >/dev/null 2>&1
	own_attend_child "$started"
}

bwrap_on_terminal() {
	command -v bwrap >/dev/null || return 77
	own_start "$TARGETS/pty" bwrap --new-session --unshare-pid --bind / / --dev /dev --proc /proc --tmpfs /mnt \
		perl -e "$own_keeper" <&"$input" >/dev/null 2>&1
	waitfor children "$started" 1
	own_attend_child "$(children_of "$started")"
}

runc_on_terminal() {
	command -v runc >/dev/null || return 77
	/usr/bin/python3 -c "import socket" 2>/dev/null || return 77
	own_runc_name=$name_of_run
	own_rootfs "$T/runc/rootfs" || return
	(
		cd "$T/runc" && runc spec &&
			perl -0pi -e 's/"readonly": true/"readonly": false/;
				s/"args": \[.*?\]/"args": ["\/bin\/sh", "-c", "\/bin\/counter & wait"]/s' config.json
	) || return 1
	receive console
	own_start runc --root "$T/runc/state" run -d --console-socket "$T/console" --bundle "$T/runc" --pid-file "$T/runc/pid" "$own_runc_name" \
		</dev/null >>"$T/runc.log" 2>&1
	waitfor exit "$started" || bail_out "runc does not end"
	[ -s "$T/runc/pid" ] || bail_out "no container: $(cat "$T/runc.log")"
	own_attend "$(cat "$T/runc/pid")"
}

# LXC's console and two of its ttys: the manual says that they must not be there for a checkpoint.
lxc_with_consoles() {
	own_lxc "lxc.console.path =" "lxc.tty.max = 2"
}

kind() { # kind NAME FUNCTION: sets $skipped where it cannot be made
	local result=0
	skipped=
	"$2" || result=$?
	if [ "$result" = 77 ]; then
		skip "$1: cannot be made here"
		skipped=1
		return
	fi
	own_three "$1" "... and its mounts are what they were" with_terminals
}

end() {
	kill -KILL "$pid" 2>/dev/null && waitfor exit "$pid"
	end_strays
}

exec {input}<> <(:) # its end would be the terminal's
kind "a terminal outside of the mount namespace" on_terminal
has_terminal
end

kind "bubblewrap on a terminal" bwrap_on_terminal
[ "$skipped" ] || has_terminal
end

kind "runc with a terminal" runc_on_terminal
if [ ! "$skipped" ]; then
	has_terminal
	freeze "... freeze it again" "$pid" runc.again
	receive "$T/manager"
	thaw "... thaw it with --console-socket" runc.again --console-socket "$T/manager"
	unlike "$err" "nobody sees" "... with no note"
	nsenter -t "$pid" -m /bin/sh -c 'echo to the console >/dev/console'
	echo "to stdout" >"/proc/$pid/fd/1"
	waitfor file "$T/manager.text"
	for ((tries = 0; tries < 6000; tries++)); do
		[ "$(wc -l <"$T/manager.text")" -lt 2 ] || break
		pause 0.02
	done
	is "$(tr -d '\r' <"$T/manager.text")" "to the console
to stdout" "... /dev/console and its stdio are the terminal that was sent there"
	end
	own_runc_end
fi

kind "LXC with consoles" lxc_with_consoles
if [ ! "$skipped" ]; then
	end
	own_lxc_end
fi
finish
