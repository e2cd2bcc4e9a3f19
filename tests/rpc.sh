# shellcheck shell=bash disable=SC2154,SC2034 # $out is of lib.sh, and $pid of the test
# Sourced after lib.sh: requests by RPC, with targets/rpc as the client. $server is who is asked: a program that is
# started as `PROGRAM swrk FD`, or @SOCKET.

server=$CRIU_NS

ask() { # ask REQUEST...: sets $out, $status, and $answer, the last message that came
	run "$TARGETS/rpc" "$server" "$@"
	answer=$(grep -vE '^(exit|signal|child|notify|nothing)' <<<"$out" | tail -n 1)
}

rpc_freeze() { # rpc_freeze NAME PID DIR [FIELD...]
	mkdir -p "$3"
	ask dump "images=@$3" "pid=$2" log_file=dump.log log_level=4 "${@:4}"
	like "$answer" '^dump success=1' "$1"
}

rpc_thaw() { # rpc_thaw NAME DIR [FIELD...]: sets $pid
	ask restore "images=@$2" log_file=restore.log log_level=4 "${@:3}"
	like "$answer" '^restore success=1' "$1"
	pid=$(sed -n 's/^restore success=1 pid=\([0-9]*\).*/\1/p' <<<"$answer")
}
