#!/bin/bash
# shellcheck disable=SC2317 # at_end is called by name
# runc with a terminal and criu-ns in the place of criu: at the restore, criu makes the terminal, and sends its other side with
# the notification orphan-pts-master; runc gives it to whoever listens at its --console-socket. The same with our own client.
# shellcheck source=lib.sh disable=SC2317 # functions are called by name
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
# shellcheck source=terminals.sh
. "$top/tests/terminals.sh"
# shellcheck source=rpc.sh
. "$top/tests/rpc.sh"
need_root
need_criu
command -v runc >/dev/null || skip_all "needs runc"
/usr/bin/python3 -c "import socket" 2>/dev/null || skip_all "needs python3"

own_runc_name=$name_of_run
own_rootfs "$T/runc/rootfs" || skip_all "needs busybox"
at_end() { own_runc_end; }

runc_with() { # runc_with CRIU WORD...
	runc --root "$T/runc/state" --criu "$1" "${@:2}"
}

thaw_container() { # thaw_container NAME CRIU DIR SOCKET
	rm -f "$T/runc/pid"
	receive "$4"
	runs_ok "$1" runc_with "$2" restore -d --console-socket "$T/$4" --bundle "$T/runc" --image-path "$3" --work-path "$3" \
		--pid-file "$T/runc/pid" "$own_runc_name"
	pid=$(cat "$T/runc/pid" 2>/dev/null)
	seen=$(own_seen "${pid:-0}")
}

(
	cd "$T/runc" && runc spec &&
		perl -0pi -e 's/"readonly": true/"readonly": false/;
			s/"args": \[.*?\]/"args": ["\/bin\/sh", "-c", "\/bin\/counter & wait"]/s' config.json
) || bail_out "runc spec"
receive first
own_start runc --root "$T/runc/state" run -d --console-socket "$T/first" --bundle "$T/runc" --pid-file "$T/runc/pid" "$own_runc_name" \
	</dev/null >"$T/runc.log" 2>&1
waitfor exit "$started" || bail_out "runc does not end"
[ -s "$T/runc/pid" ] || bail_out "no container: $(cat "$T/runc.log")"
own_attend "$(cat "$T/runc/pid")"
first=$id

for cycle in 1 2 3; do
	look_at "$seen"
	runs_ok "checkpoint $cycle" runc_with "$CRIU_NS" checkpoint --image-path "$T/images.$cycle" --work-path "$T/images.$cycle" \
		"$own_runc_name"
	dead "$pid" "... the container has ended"
	thaw_container "... restore" "$CRIU_NS" "$T/images.$cycle" "manager.$cycle"
	goes_on "${seen:-0}" "$first" "$count" "... it goes on"
	echo "to the terminal" >"/proc/${pid:-0}/fd/1"
	waitfor file "manager.$cycle.text"
	for ((tries = 0; tries < 6000; tries++)); do
		[ ! -s "manager.$cycle.text" ] || break
		pause 0.02
	done
	like "$(tr -d '\r' <"manager.$cycle.text")" "to the terminal" "... whoever listens at --console-socket has its terminal"
done
runs_ok "runc ends it" runc_with "$CRIU_NS" delete -f "$own_runc_name"
end_strays

## A tree with a devpts of its own, for which criu-ns makes a frame

exec {input}<> <(:) # its end would be the terminal's
# shellcheck disable=SC2016 # for that shell
own_start unshare -m --propagation slave sh -c 'mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts /dev/pts &&
	mount --bind /dev/pts/ptmx /dev/ptmx && exec "$TARGETS/pty" perl -e "$1"' \
	sh "\$SIG{HUP} = 'IGNORE'; $own_keeper" <&"$input" >/dev/null 2>&1 # the client ends, and takes the other side with it
until [ "$(cat "/proc/$started/comm")" = pty ]; do pause 0.01; done # it is the shell before, with other children
own_attend_child "$started"
first=$id
mkdir devpts
ask dump images=@devpts "pid=$pid" log_file=dump.log log_level=4 orphan_pts_master=1
like "$answer" "^dump success=1" "its own devpts: freeze"
dead "$pid" "... it is gone"
ask restore images=@devpts log_file=restore.log log_level=4 orphan_pts_master=1 notify=1
like "$out" "script=orphan-pts-master.* fd=terminal" "... at the thaw, the client gets the other side"
pid=$(sed -n 's/^restore success=1 pid=\([0-9]*\).*/\1/p' <<<"$answer")
goes_on "${pid:-0}" "$first" "$count" "... and it goes on"
kill -KILL "$pid"
end_strays

## From the command line, with terminals from outside: a client that offers to take them hears nothing

own_start "$TARGETS/pty" unshare -m --propagation slave sh -c 'mkdir -p "$1" && mount -t tmpfs own "$1" && exec perl -e "$2"' \
	sh "$T/own" "\$SIG{HUP} = 'IGNORE'; $own_keeper" <&"$input" >/dev/null 2>&1
own_attend_child "$started"
first=$id
freeze "from the command line" "$pid" line
ask restore images=@line log_file=restore.log log_level=4 orphan_pts_master=1 notify=1
like "$answer" "^restore success=1" "... and thawed by RPC"
pid=$(sed -n 's/^restore success=1 pid=\([0-9]*\).*/\1/p' <<<"$answer")
goes_on "${pid:-0}" "$first" 1 "... it goes on"
kill -KILL "$pid"
end_strays
finish
