#!/bin/bash
# Many processes, which two processes look at together: whatever one of them has of its own is found, wherever in the tree it is.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

processes=150 places="1 75 149"

# gather HOW: a tree; the processes at those places have HOW of their own. Sets $pid, and $children in order.
gather() {
	cat >gather <<-'END'
		for ((i = 0; i < $2; i++)); do
			[[ " $3 " != *" $i "* ]] && how=none || how=$1
			case $how in
			none) sleep 100000 & ;;
			dump) (echo 0x3f >"/proc/$BASHPID/coredump_filter" && exec sleep 100000) & ;;
			uts) unshare -u sleep 100000 & ;;
			esac
		done
		wait
	END
	setsid bash gather "$1" "$processes" "$places" </dev/null >/dev/null 2>&1 &
	pid=$!
	disown "$pid"
	eventually is_gathered "$1" || bail_out "$processes processes do not start"
}

# shellcheck disable=SC2317 # eventually calls it
is_gathered() {
	look_children "$pid"
	[ "${#children[@]}" = "$processes" ] &&
		[ "$(cd /proc && cat "${children[@]/%//comm}" 2>/dev/null | grep -cx sleep)" = "$processes" ]
}

disperse() {
	kill -KILL -- "-$pid"
	waitfor exit "$pid"
}

chosen() { # the children at those places
	local i
	for i in $places; do
		printf '%s ' "${children[i]}"
	done
}

filters() { # those with a coredump_filter of their own, as the images number them
	local child
	for child in "${children[@]}"; do
		[ "$(cat "/proc/$child/coredump_filter")" = 00000033 ] || awk '/^NSpid:/ { print $NF }' "/proc/$child/status"
	done | sort -n | tr '\n' ' '
}

gather uts
run "$CRIU_NS" dump --dry-run -t "$pid" -D .
named=$(sed -n 's/.*process \([0-9]*\) (sleep), .* is in another UTS namespace.*/\1/p' <<<"$err" | tr '\n' ' ')
is "$named" "$(chosen)" "those in another UTS namespace are named, each once"
disperse

gather dump
wanted=$(chosen)
is "$(filters)" "$wanted" "three have a coredump_filter of their own"
freeze "frozen" "$pid" dump
is "$(sed -n 's/^task .*pid=\([0-9]*\) .*dump=.*/\1/p' dump/criu-ns.recipe | tr '\n' ' ')" "$wanted" "... the recipe has it of these three"
thaw "... and thawed" dump
look_children "$pid"
is "${#children[@]}" "$processes" "... all $processes are there again"
is "$(filters)" "$wanted" "... and the same three have it"
disperse
finish
