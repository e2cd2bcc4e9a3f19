#!/bin/bash
# Images with the lowest pids there are, 2 to 8, which criu and its helpers must not use in a thaw.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

inner_ids() { # inner_ids PID: the pids and tids of the tree under PID, as it sees them itself
	local child
	sed -n 's/^NSpid:.*\t//p' "/proc/$1/task/"*/status
	for child in $(children_of "$1"); do
		inner_ids "$child"
	done
}

in_new_namespace() { # in_new_namespace SCRIPT: a shell is its pid 1 and starts the tree, pid 2
	unshare -p -f --mount-proc --propagation slave sh -c '"$TARGETS/tree" "$1" & '"$2" - "$1" &
	local outer=$! init
	disown
	waitfor children "$outer" 1
	init=$(children_of "$outer")
	waitfor children "$init" 1
	attend "$(children_of "$init")"
}

mkfifo stay
# shellcheck disable=SC2034 # only held open
exec {stay}<>stay
in_new_namespace "$T/ghost" 'read -r _ <stay'
first=$id
is "$(inner_ids "$pid" | sort -n | xargs)" "2 3 4 5 6 7 8" "a tree with the pids 2 to 8"

for cycle in 1 2 3; do
	look_at "$pid"
	freeze "cycle $cycle: freeze" "$pid" "images.$cycle"
	dead "$pid" "cycle $cycle: it is gone"
	thaw "cycle $cycle: thaw" "images.$cycle"
	goes_on "$pid" "$first" "$count" "cycle $cycle: it goes on"
	is "$(inner_ids "$pid" | sort -n | xargs)" "2 3 4 5 6 7 8" "cycle $cycle: with its pids"
done

# This pid 1 ends with the tree, and with it the namespace: something must keep both until criu is done.
for try in 1 2 3 4 5; do # it would be killed in most of them
	in_new_namespace "$T/ghost2" wait
	first=$id
	freeze "freeze a tree whose init ends with it" "$pid" "brief.$try"
	dead "$pid" "... it is gone"
done
thaw "... thaw" brief.5
goes_on "$pid" "$first" "$count" "... it goes on"
finish
