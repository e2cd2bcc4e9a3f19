# shellcheck shell=bash disable=SC2034 # variables of the tests that source this
# Sourced after lib.sh: programs on a terminal, and criu-ns-tty.

new_terminal() { # new_terminal COMMAND...: runs it on a terminal, with $to and $from; sets $terminal
	exec {to}<> <(:)
	exec {from}<> <(:)
	# a background job of this shell ignores ^C, and so would all that it starts
	env --default-signal=INT,QUIT "$TARGETS/pty" "$@" <&"$to" >&"$from" &
	terminal=$!
}

hear() { # hear REGEX: reads what appears up to a line that is like that, which it sets $heard to
	local line
	heard=
	while IFS= read -r -t 60 -u "$from" line; do
		heard=${line%$'\r'}
		[[ $heard =~ $1 ]] && return 0
	done
	return 1
}

served() { # served PID: waits until criu-ns-tty, which came to the subreaper, is there; sets $tty
	local tries strays
	for ((tries = 0; tries < 3000; tries++)); do
		look_strays
		for tty in "${strays[@]}"; do
			[ "$(cat "/proc/$tty/comm" 2>/dev/null)" != criu-ns-tty ] || return 0
		done
		pause 0.02
	done
	return 1
}

receive() { # receive SOCKET: takes the terminal that comes, in the background, and writes what appears on it to SOCKET.text
	/usr/bin/python3 -c '
import array, os, socket, sys
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); open(sys.argv[1] + ".listens", "w").write("x")
c, _ = s.accept()
_, ancillary, _, _ = c.recvmsg(100, socket.CMSG_LEN(4))
fds = array.array("i"); fds.frombytes(ancillary[0][2])
out = open(sys.argv[1] + ".text", "wb", 0)
try:
    while True: out.write(os.read(fds[0], 1000))
except OSError: pass
' "$1" </dev/null &
	disown $!
	waitfor file "$1.listens"
}
