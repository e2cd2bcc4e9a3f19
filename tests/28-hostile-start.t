#!/bin/bash
# Started in odd ways: without stdio, with SIGCHLD ignored, with foreign descriptors, with no environment.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

start counter
first=$id
number=0

# shellcheck disable=SC2317 # called by name
without_stdin() { "$@" <&-; }
# shellcheck disable=SC2317
without_stdio() { "$@" <&- >&- 2>&-; }
# shellcheck disable=SC2317
with_descriptors() { "$@" 3</dev/null 4<. 5>>"$T/file" 6</proc/version 7<"$T/fifo" 8>"$T/file" 9<&0; }
# shellcheck disable=SC2317
in_no_folder() { (mkdir gone && cd gone && rmdir ../gone && "$@"); }
mkfifo fifo
# shellcheck disable=SC2034 # only held open
exec {fifo}<>fifo

both() { # both NAME PREFIX...: a freeze and a thaw in that way
	number=$((number + 1))
	local dir=$T/images.$number
	mkdir "$dir"
	look_at "$pid"
	runs_ok "freeze $1" "${@:2}" "$CRIU_NS" --criu-binary "$CRIU_BINARY" \
		dump -t "$pid" -D "$dir" -o dump.log
	dead "$pid" "... it is gone"
	runs_ok "thaw $1" "${@:2}" "$CRIU_NS" --criu-binary "$CRIU_BINARY" \
		restore -d -D "$dir" -o restore.log --pidfile pid
	pid=$(cat "$dir/pid")
	goes_on "${pid:-0}" "$first" "$count" "... it goes on"
	is "$(readlink "/proc/$pid/fd/"* | grep -cvx /dev/null)" 0 "... with its own stdio"
	is "$(readlink "/proc/$(parent_of "$pid")/fd/"* | grep -c "^$T")" 0 \
		"... and the pseudo-init holds nothing of the caller's"
}

both "as usual" env
both "with stdin closed" without_stdin
both "with all stdio closed" without_stdio
both "with SIGCHLD ignored" env --ignore-signal=CHLD
both "with all signals ignored" env --ignore-signal
both "with all signals blocked" env --block-signal
both "with descriptors 3 to 9 open" with_descriptors
both "with an empty environment" env -i ${ASAN_OPTIONS+"ASAN_OPTIONS=$ASAN_OPTIONS"}
both "with a strict umask" bash -c 'umask 777; exec "$@"' -
both "from a directory that was removed" in_no_folder
both "in a session of its own" setsid -w
finish
