#!/bin/bash
# Trees with more than one mount namespace. A task is judged by its own view: what it has open, what it
# works in and what it runs may be where the root task sees nothing, and criu freezes that.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

# Below a shell with a tmpfs of its own one that has another mount namespace, and in that a second tmpfs:
# it has a file open in there and one that is gone; it works in a directory of the host's and has a file
# open in there that is gone, too, both by its own view.
own_two_views() { # own_two_views [PROPAGATION]
	mkdir -p "$T/own" "$T/inner" "$T/work"
	own_start unshare -m --propagation "${1-slave}" setsid sh -c '
		mount -t tmpfs own "$1/own" || exit 1
		unshare -m --propagation "$3" sh -c "
			mount -t tmpfs inner \"\$1/inner\" && cd \"\$1/work\" || exit 1
			exec 8>gone 9>../inner/gone && rm gone ../inner/gone && echo kept >&9 || exit 1
			exec perl -e \"\$2\" \"\$1/inner/state\"" sh "$1" "$2" &
		wait' sh "$T" "$own_keeper" "${2-slave}" </dev/null >/dev/null 2>&1
	own_attend "$started"
}

views() { # own_two_views [PROPAGATION]
	mkdir -p "$T/own" "$T/inner" "$T/work"
	own_start unshare -m --propagation "${1-slave}" setsid sh -c '
		mount -t tmpfs own "$1/own" || exit 1
		unshare -m --propagation "$3" sh -c "
			mount -t tmpfs inner \"\$1/inner\" && cd \"\$1/work\" || exit 1
			exec 8>gone 9>../inner/gone && rm gone ../inner/gone && echo kept >&9 || exit 1
			exec perl -e \"\$2\" \"\$1/inner/state\"" sh "$1" "$2" &
		wait' sh "$T" "$own_keeper" "${2-slave}" </dev/null >/dev/null 2>&1
	own_attend "$started"
}

# A mount of a folder that is deleted: criu makes the folder for the moment, and deletes it again.
own_deleted() {
	mkdir -p "$T/gone" "$T/deleted"
	own_start unshare -m --propagation slave setsid sh -c '
		mount --bind "$1/gone" "$1/deleted" && exec perl -e "$2"' sh "$T" "$own_keeper" </dev/null >/dev/null 2>&1
	own_attend "$started"
	rmdir "$T/gone"
}

views() { # what the root task and the one below it see of ours, and where that one works
	grep -o " $T/[a-z]* .* - tmpfs [a-z]*" "/proc/$pid/mountinfo" | sed 's/ r[ow].* - / /'
	grep -o " $T/[a-z]* .* - tmpfs [a-z]*" "/proc/$seen/mountinfo" | sed 's/ r[ow].* - / /'
	readlink "/proc/$seen/cwd"
	readlink "/proc/$seen/fd/8" "/proc/$seen/fd/9"
	cat "/proc/$seen/fd/9" 2>/dev/null
	cat "/proc/$pid/root/$T/inner/state" 2>&1 >/dev/null | wc -l
}

three() { # three NAME: $pid, which $seen shows
	local cycle first=$id before
	before=$(views)
	for cycle in 1 2 3; do
		look_at "$seen"
		freeze "$1: freeze $cycle" "$pid" "$1.$cycle" || return
		dead "$pid" "... it is gone"
		thaw "... thaw $cycle" "$1.$cycle"
		[ -n "$pid" ] || return
		seen=$(own_seen "${pid:-0}")
		goes_on "${seen:-0}" "$first" "$count" "... it goes on"
		is "$(views)" "$before" "... each with its own view"
	done
	kill -KILL "$pid" && dead "$pid" "... and ends"
}

own_two_views
isnt "$(readlink "/proc/$pid/ns/mnt")" "$(readlink "/proc/$seen/ns/mnt")" "there are two mount namespaces"
three two-views
end_strays
own_two_views private private
three private
end_strays
own_two_views slave shared
three shared
end_strays

own_deleted
like "$(cat "/proc/$pid/mountinfo")" "$T/gone//deleted $T/deleted" "a folder that is gone is mounted"
three deleted
is "$(ls -d "$T/gone" 2>&1)" "ls: cannot access '$T/gone': No such file or directory" "it is gone as before"
finish
