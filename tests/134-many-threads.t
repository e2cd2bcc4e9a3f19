#!/bin/bash
# Many threads, which two processes look at together: whatever one of them has of its own is found, wherever in the list it is.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

# By a child where there is another processor, and by the same process in any case.
threads=600 places="1 300 598"

gather() { # gather KIND WHICH...: sets $pid, and $tids in the order of the process's list
	rm -f tids
	setsid "$TARGETS/crowd" "$threads" "$@" </dev/null >tids 2>/dev/null &
	pid=$!
	disown "$pid"
	for _ in {1..1000}; do
		[ "$(readlink "/proc/$pid/fd/1")" != /dev/null ] || break
		sleep 0.01
	done
	mapfile -t tids < <(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 -printf '%f\n' | grep -xFf tids)
	is "${#tids[@]}" "$(($# - 1))" "$threads threads, $1: ${*:2}"
}

disperse() {
	kill -KILL -- "-$pid"
	waitfor exit "$pid"
}

look() { # look REGEX: all of its threads are named by it, in that order
	run "$CRIU_NS" dump --dry-run -t "$pid" -D .
	named=$(grep -oE "thread [0-9]+[^.:;]* $1" <<<"$out$err" | grep -oE '^thread [0-9]+' | cut -d' ' -f2)
	is "$(tr '\n' ' ' <<<"$named")" "$(printf '%s ' "${tids[@]}")" "... each of them is named, once"
}

one_by_one() { # one_by_one KIND REGEX
	local place
	for place in $places; do
		gather "$1" "$place"
		look "$2"
		disperse
	done
	# shellcheck disable=SC2086 # three words
	gather "$1" $places
	look "$2"
	disperse
}

one_by_one files "has descriptors of its own"
one_by_one uts "is in another UTS namespace"
one_by_one bears "would have been born in a pid namespace"

# shellcheck disable=SC2086 # three words
gather fs $places
run "$CRIU_NS" dump --dry-run -t "$pid" -D .
like "$out" "criu forgets of process $pid \(and 2 more like it\) the working directory" "... all three are counted"
disperse

# Frozen: what a thaw is to give back, and the children of threads.
# shellcheck disable=SC2086
gather slack $places
freeze "frozen" "$pid" slack
is "$(sed -n 's/^task .*pid=\([0-9]*\) .*slack=70000.*/\1/p' slack/criu-ns.recipe | tr '\n' ' ')" "$(printf '%s ' "${tids[@]}")" \
	"... the timer slack of each is in the recipe"
# shellcheck disable=SC2086
gather parent $places
freeze "frozen" "$pid" parents
is "$(grep -c '^task .*slack=70000' parents/criu-ns.recipe)" 3 "... and the child of each has been seen"

# A poll(2) is gone on with, in the images of all of them.
in_poll() { # in_poll NUMBER: waits until so many threads are; /proc tells nobody
	local tries
	for ((tries = 0; tries < 1000; tries++)); do
		[ "$(cat "/proc/$pid/task/"*/syscall 2>/dev/null | grep -c '^7 ')" != "$1" ] || return 0
		pause 0.01
	done
	return 1
}
if [ "$(uname -m)" = x86_64 ]; then
	setsid "$TARGETS/crowd" "$threads" poll -1 </dev/null >/dev/null 2>&1 &
	pid=$!
	disown "$pid"
	in_poll "$threads" || bail_out "$threads threads do not wait in poll(2)"
	freeze "frozen" "$pid" polls
	thaw "... and thawed" polls
	in_poll "$threads"
	report $? "... all $threads wait again"
	disperse
fi

# One that goes elsewhere between the first look and the second one. criu does not wait for that look before it saves them all.
gather late 598
printf '%s\n' '#!/bin/sh' "[ -e $T/late ] || { kill -USR1 $pid && $TARGETS/waitfor file $T/late; }" "exec $CRIU_BINARY \"\$@\"" >criu
chmod +x criu
mkdir images
begun=$SECONDS
CRIU_BINARY=$T/criu fails_with 125 "one of them goes into another namespace" "$CRIU_NS" dump -t "$pid" -D images -o dump.log
like "$err" "thread ${tids[0]} of process $pid .* went into another UTS namespace" "... the freeze fails"
like "$(cat images/dump.log)" "pstree.img: Operation not permitted" "... when criu has saved all threads"
is "$(sed -n 's/^State:.\(.\).*/\1/p' "/proc/$pid/task"/*/status | sort | uniq -c | xargs)" "$((threads + 1)) S" "... which go on"
# They are removed before the next try, and 10 s after the first one has begun there is none any more (again_wait()).
if [ $((SECONDS - begun)) -ge 10 ] && ! matches "$err" 'is frozen again$'; then
	lacks "a freeze of $threads threads takes less than 10 s, so that it is tried again"
else
	is "$(find images -name 'core-*' | wc -l)" 0 "... and are in no images"
fi
disperse
finish
