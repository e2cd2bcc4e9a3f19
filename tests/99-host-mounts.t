#!/bin/bash
# What the host mounts while a tree is thawed stays mounted, and a thaw leaves no mount of its own on the host: the staging
# area has peers of the host's mounts in it, and what is unmounted there would be unmounted from them, too.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

table() { sed 's/^[0-9]* [0-9]* //; s/\(shared\|master\):[0-9]*/\1/g' /proc/self/mountinfo | without_cgroup2_options; }

make_stop
mount --make-rshared /
mkdir -p plugged box shelf covered
mount --bind shelf shelf && mount --make-private shelf && mount --make-shared shelf # a peer group of its own
mount --bind box box && mount --make-private box && mkdir box/own # what a peer mounts in there, others do not get
for kind in slave shared; do
	# What is mounted on the host goes on top of the tree's shelf, but below what only the tree has mounted there.
	own_start unshare -m --propagation "$kind" setsid sh -c 'mount -t tmpfs own "$1/box/own" &&
		{ [ "$3" = shared ] || mount -t tmpfs own "$1/covered"; } &&
		exec perl -e "$2"' sh "$T" "$own_keeper" "$kind" </dev/null >/dev/null 2>&1
	own_attend "$started"
	freeze "a tree whose mounts are ${kind/shared/peers} of the host's" "$pid" "$kind"
	dead "$pid" "... it is gone"
	for stage in setup-namespaces post-restore; do
		before=$(table)
		set_gate $stage
		rm -f "$kind/pid"
		"$CRIU_NS" restore -d -D "$kind" -o restore.log --pidfile pid --action-script "$T/stop" >thaw.out 2>&1 &
		thawing=$!
		waitfor file reached
		report $? "criu reaches $stage"
		# criu fails when it finds something on the shelf before it has copied its peers.
		places=(plugged)
		[ $stage = setup-namespaces ] || places+=(shelf covered)
		for place in "${places[@]}"; do
			mount -t tmpfs plugged "$place"
		done
		open_gate
		wait "$thawing"
		report $? "something is mounted on the host at $stage of a thaw" "$(cat thaw.out)"
		mountpoint -q plugged
		report $? "... and stays"
		for place in "${places[@]:1}"; do
			is "$(grep -c " $T/$place .* plugged " "/proc/$(cat "$kind/pid")/mountinfo")" 1 "... also in the tree, on $place"
		done
		umount "${places[@]}"
		is "$(table)" "$before" "... and nothing else has changed"
		kill -KILL "$(cat "$kind/pid" 2>/dev/null)"
	done
done
umount box shelf
finish
