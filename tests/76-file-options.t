#!/bin/bash
# Files that take an option of criu's: locks and leases, names that have gone, large deleted files, watches in
# an overlay, uprobes. The options are found, and remembered: each target is frozen and thawed three times with
# none, in the caller's pid namespace and below it, with a private directory and without. It checks itself
# (targets/holds.c).
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

mkdir -p private shared overlay/{lower/low,upper,work,merged}

# everything DIR: all that takes an option, as words for holds
everything() {
	echo flock "$1/flock" flock-shared "$1/shared" posix-lock "$1/posix" ofd-lock "$1/ofd" lease "$1/lease" \
		ghost "3000000:$1/ghost" ghost-map "2000000:$1/mapped" linked "$1/linked" watch "$1"
}

three() { # three NAME PID: its state is shown by the process itself
	local cycle first
	attend "$2"
	first=$id
	for cycle in 1 2 3; do
		look_at "$pid"
		freeze "$1: freeze $cycle, with no option" "$pid" "$1.$cycle" || return
		dead "$pid" "... it is gone"
		thaw "... thaw $cycle, with no option" "$1.$cycle"
		[ -n "$pid" ] || return
		goes_on "$pid" "$first" "$count" "... it goes on, and holds what it held"
	done
	kill -KILL "$pid" && waitfor exit "$pid"
	is "$(find private shared overlay -name 'link_remap.*' -o -name '*.cr.*.ghost')" "" "... nothing of criu's is left in its directories"
}

flat() { # the plan, each step with its reason on one line
	tr -s '\n ' ' ' <<<"$out$err"
}

planned() { # planned NAME REGEX WORD...: for such a target, a step of the plan is like this
	own_start "$TARGETS/holds" "${@:3}" </dev/null >/dev/null 2>&1
	attend "$started"
	mkdir -p "plan.$1"
	runs_ok "$1: --dry-run" "$CRIU_NS" dump --dry-run -t "$pid" -D "plan.$1" -o dump.log
	like "$(flat)" "$2" "... says which option, and why"
	goes_on "$pid" "$id" "$count" "... it goes on"
	kill -KILL "$pid" && waitfor exit "$pid"
}

planned flock "add --file-locks \(.*descriptor 3 of process [0-9]+ \($T/l\) has a lock" flock "$T/l"
planned posix "add --file-locks \(.*has a lock" posix-lock "$T/l"
planned ofd "add --file-locks \(.*has a lock" ofd-lock "$T/l"
planned lease "add --file-locks \(.*has a lease" lease "$T/l"
planned ghost "add --ghost-limit [0-9]{7} \(a deleted file is larger" ghost "2000000:$T/g"
planned ghost-map "add --ghost-limit [0-9]{7} \(" ghost-map "2000000:$T/g"
planned linked "add --link-remap \(the name of a file has been deleted" linked "$T/n"
rm -f n.other

# What the user says wins.
own_start "$TARGETS/holds" flock "$T/l" ghost "2000000:$T/g" </dev/null >/dev/null 2>&1
attend "$started"
mkdir own-words
runs_ok "options by hand: --dry-run" "$CRIU_NS" dump --dry-run -t "$pid" -D own-words --file-locks --ghost-limit 7M
unlike "$out$err" "add --(file-locks|ghost-limit)" "... they are not added"
runs_ok "... --as-given" "$CRIU_NS" dump --dry-run --as-given -t "$pid" -D own-words
unlike "$out$err" "add --(file-locks|ghost-limit)" "... nor are they then"
fails_with 1 "... and criu refuses" "$CRIU_NS" dump --as-given -t "$pid" -D own-words -o dump.log
goes_on "$pid" "$id" "$count" "... it goes on"
freeze "... with the option by hand at the freeze" "$pid" by-hand --file-locks
thaw "... none is needed at the thaw" by-hand
goes_on "${pid:-0}" "$id" "$count" "... it goes on"
kill -KILL "$pid" && waitfor exit "$pid"

# A small deleted file, or none, takes nothing.
own_start "$TARGETS/holds" ghost "8000:$T/g" file "$T/plain" </dev/null >/dev/null 2>&1
attend "$started"
runs_ok "a small deleted file: --dry-run" "$CRIU_NS" dump --dry-run -t "$pid" -D own-words
unlike "$out$err" "add --" "... no option is added"
kill -KILL "$pid" && waitfor exit "$pid"

# How much is written.
own_start "$TARGETS/holds" ghost "3000000:$T/g1" ghost "2000000:$T/g2" </dev/null >/dev/null 2>&1
attend "$started"
mkdir -p note
runs_ok "two large deleted files" "$CRIU_NS" dump --dry-run -t "$pid" -D note
like "$out$err" "descriptor [34] .*/g[12] \(deleted\)\) and 1 more have been deleted: their content \(5 MiB\) goes into the images" \
	"... how much of them is written"
kill -KILL "$pid" && waitfor exit "$pid"

# Three cycles of all at once.
mkdir -p shared/a shared/b shared/c shared/d
# shellcheck disable=SC2046,SC2016 # words; for the inner shell
{
	own_start "$TARGETS/holds" $(everything "$T/shared/a") </dev/null >/dev/null 2>&1
	three plain "$started"

	own_start unshare -m --propagation slave sh -c 'mount -t tmpfs private "$0" && exec "$@"' "$T/private" \
		"$TARGETS/holds" $(everything "$T/private") </dev/null >/dev/null 2>&1
	three private "$started"

	own_start unshare -m --propagation slave sh -c 'mount -t tmpfs private "$0" && exec "$@"' "$T/private" \
		"$TARGETS/holds" $(everything "$T/shared/b") </dev/null >/dev/null 2>&1
	three beside-private "$started"

	own_start unshare -m -p -f --mount-proc --propagation slave "$TARGETS/holds" $(everything "$T/shared/c") \
		</dev/null >/dev/null 2>&1
	waitfor children "$started" 1
	three init "$(children_of "$started")"

	own_start unshare -m -p -f --mount-proc --propagation slave sh -c '"$@" & wait; :' sh \
		"$TARGETS/holds" $(everything "$T/shared/d") </dev/null >/dev/null 2>&1
	waitfor children "$started" 1
	outer=$(children_of "$started")
	waitfor children "$outer" 1
	three below "$(children_of "$outer")"
	kill -KILL "$outer" 2>/dev/null
}

# criu makes a name for it, and takes it away again where the tree goes on.
own_start "$TARGETS/holds" linked "$T/running" </dev/null >/dev/null 2>&1
attend "$started"
mkdir running-images
fails_with 125 "a name that has gone, and -R: refused" "$CRIU_NS" dump -R -t "$pid" -D running-images
like "$err" "descriptor 3 of process $pid \\($T/running \\(deleted\\)\\) has lost this name, and has others: with --leave-running" "... and why"
mkdir bare-running
runs_ok "... bare criu freezes it" "$CRIU_NS" dump -R --link-remap -t "$pid" -D bare-running -o dump.log
kill -KILL "$pid" && waitfor exit "$pid"
fails_with 125 "... and cannot thaw it" "$CRIU_NS" restore -d -D bare-running -o restore.log

# A lock that a process outside has, too, from which it was inherited or not.
: >lock
# shellcheck disable=SC2016
own_start sh -c 'exec 7>lock; flock 7 || exit 1
	setsid perl -e "$0" </dev/null >/dev/null 2>&1 & echo $! >member; exec sleep 1000' "$own_keeper" </dev/null >/dev/null 2>&1
waitfor file member
own_attend "$(cat member)"
mkdir shared-lock
runs_ok "a lock from its parent: --dry-run" "$CRIU_NS" dump --dry-run -t "$pid" -D shared-lock
like "$out$err" "descriptor 7 of process $pid \($T/lock\) is locked, and process $started \(sleep\), from which the tree comes, has the same lock: a thaw waits until" \
	"... is noted"
kill -KILL "$pid" "$started"
waitfor exit "$pid"
waitfor exit "$started"

rm -f member
# shellcheck disable=SC2016
own_start sh -c 'exec 7>lock; flock 7 || exit 1
	( setsid perl -e "$0" </dev/null >/dev/null 2>&1 & echo $! >member ); exec sleep 1000' "$own_keeper" </dev/null >/dev/null 2>&1
waitfor file member
own_attend "$(cat member)"
fails_with 125 "a lock that somebody else holds, too, is refused" "$CRIU_NS" dump -t "$pid" -D shared-lock
like "$err" "descriptor 7 of process $pid \($T/lock\) is locked, and process $started \(sleep\), which is outside of the tree, has the same lock: a thaw would wait until that process releases it" \
	"... with who it is"
runs_ok "... --file-locks by hand" "$CRIU_NS" dump --dry-run -t "$pid" -D shared-lock --file-locks
kill -KILL "$pid" "$started"
waitfor exit "$pid"
waitfor exit "$started"

# A watch in an overlay, whose handles criu cannot open: in a directory of either layer, and in an overlay of its own.
layers=lowerdir=$T/overlay/lower,upperdir=$T/overlay/upper,workdir=$T/overlay/work
if mount -t overlay overlay -o "$layers" overlay/merged 2>/dev/null; then
	mkdir overlay/merged/new
	own_start "$TARGETS/holds" watch "$T/overlay/merged/new" watch "$T/overlay/merged/low" \
		watch "$T/overlay/merged" </dev/null >/dev/null 2>&1
	attend "$started"
	mkdir watch
	runs_ok "watches in an overlay: --dry-run" "$CRIU_NS" dump --dry-run -t "$pid" -D watch
	like "$(flat)" "add --irmap-scan-path $T/overlay/merged/new \(it is watched" "... says where"
	like "$(flat)" "add --irmap-scan-path $T/overlay/merged/low \(it is watched" "... in the lower layer"
	three overlay "$pid"
	umount overlay/merged
	# shellcheck disable=SC2016
	own_start unshare -m --propagation slave sh -c 'mount -t overlay overlay -o "$0" "$1" && shift && exec "$@"' \
		"$layers" "$T/overlay/merged" "$TARGETS/holds" watch "$T/overlay/merged/new" </dev/null >/dev/null 2>&1
	three own-overlay "$started"
else
	lacks "no overlay can be mounted in $T"
fi
finish
