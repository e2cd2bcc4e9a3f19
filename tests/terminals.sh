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
