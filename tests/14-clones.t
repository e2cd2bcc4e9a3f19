#!/bin/bash
# Twenty clones of one image, thawed at once; frozen at once, and thawed at once again.
# shellcheck source=lib.sh disable=SC2317 # functions are called by name
. "$(dirname "$0")/lib.sh"
need_root
need_criu
clones=20

all() { # all NAME FUNCTION: runs it for 1 to 20, all at once; each must succeed
	local i jobs=() wrong=()
	for ((i = 1; i <= clones; i++)); do
		"$2" "$i" >".out.$i" 2>&1 &
		jobs[i]=$!
	done
	for ((i = 1; i <= clones; i++)); do
		wait "${jobs[i]}" || wrong+=("$i: $? $(cat ".out.$i")")
	done
	is "${#wrong[@]}" 0 "$1" || say "${wrong[@]:0:3}"
}

clone() { # sets nothing: a job of its own
	mkdir "clone.$1"
	"$CRIU_NS" restore -d -D images -W "clone.$1" -o restore.log --pidfile pid
}

freeze_clone() {
	mkdir "images.$1"
	"$CRIU_NS" dump -t "$(cat "clone.$1/pid")" -D "images.$1" -o dump.log
}

clone_again() {
	rm "clone.$1/pid"
	"$CRIU_NS" restore -d -D "images.$1" -W "clone.$1" -o restore.log --pidfile pid
}

counts_on() {
	goes_on "$(cat "clone.$1/pid")" "$first" "$count" "clone $1"
}

start counter
first=$id
freeze "freeze a counter" "$pid" images
all "20 thaws of one image at once" clone
is "$(cat clone.*/pid | wc -l)" 0 "no pidfile has a newline"
is "$(for f in clone.*/pid; do echo "$(<"$f")"; done | sort -un | wc -l)" "$clones" "20 pids"
all "all of them go on" counts_on
settle "$clones"
report $? "there is one pseudo-init for each"
all "freeze all of them at once" freeze_clone
settle 0
report $? "nothing is left of them"
all "thaw all of them again, at once" clone_again
all "all of them go on" counts_on
finish
