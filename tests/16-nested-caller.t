#!/bin/bash
# A caller two pid namespaces above the target, which has three pids then: here, middle, inner.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

in_middle() { # runs a command in the middle namespaces
	# shellcheck disable=SC2317 # called by name
	nsenter -t "$middle" -p -m --wd="$T" "$@"
}

thaw_in_middle() { # thaw_in_middle NAME DIR: sets $pid as seen from here, and $middle_pid
	rm -f "$2/pid"
	runs_ok "$1" in_middle "$CRIU_NS" restore -d -D "$2" -o restore.log --pidfile pid
	middle_pid=$(cat "$2/pid")
	local init
	init=$(children_of "$middle" | tail -n 1)
	pid=$(children_of "$init")
	is "$(awk '/^NSpid:/ {print NF - 1, $3}' "/proc/$pid/status")" "3 $middle_pid" \
		"it has three pids, and the pidfile holds the one of the middle"
}

mkfifo stay
unshare -p -f --mount-proc --propagation slave sh -c 'read -r _ <stay' &
outer=$!
disown
waitfor children "$outer" 1
middle=$(children_of "$outer")

start counter
first=$id
freeze "freeze a counter" "$pid" images
thaw_in_middle "thaw it one namespace down" images
goes_on "$pid" "$first" "$count" "it goes on"
look_at "$pid"
freeze "freeze it from two namespaces up" "$pid" images.up
dead "$pid" "it is gone"

thaw_in_middle "thaw it one namespace down again" images.up
goes_on "$pid" "$first" "$count" "it goes on"
look_at "$pid"
mkdir images.middle
runs_ok "freeze it from one namespace up" \
	in_middle "$CRIU_NS" dump -t "$middle_pid" -D images.middle -o dump.log
dead "$pid" "it is gone"
thaw "thaw it here" images.middle
goes_on "$pid" "$first" "$count" "it goes on"
finish
