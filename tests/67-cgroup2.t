#!/bin/bash
# A cgroup namespace of the target's, and its cgroup on /sys/fs/cgroup, as in a container on a host that has
# version 2 of cgroups only.
export CRIU_NS_TEST_HOST="${CRIU_NS_TEST_HOST-} cgroup2"
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

cgroup=/sys/fs/cgroup/criu-ns-test-$$
mkdir "$cgroup" 2>/dev/null || skip_all "cgroups cannot be made here"

table() { # table PID
	awk '{ print $4, $5, $6 }' "/proc/$1/mountinfo" | grep ' /sys/fs/cgroup'
}

mkdir state
# shellcheck disable=SC2016
own_start sh -c 'echo $$ >"$1/cgroup.procs" && exec unshare -C -m --propagation slave sh -c "
		umount -l /sys/fs/cgroup && mount -t cgroup2 -o ro cgroup /sys/fs/cgroup &&
		mount -t tmpfs state \"$2\" && exec \"$TARGETS/counter\" \"$2/now\""' sh "$cgroup" "$T/state"
own_attend "$started"
first=$id mounts=$(table "$pid")
like "$mounts" "^/criu-ns-test-$$ /sys/fs/cgroup ro" "the target sees its own cgroup, read-only"
for cycle in 1 2 3; do
	look_at "$pid"
	freeze "freeze $cycle" "$pid" images.$cycle || break
	dead "$pid" "... it is gone"
	thaw "thaw $cycle" images.$cycle
	goes_on "${pid:-0}" "$first" "$count" "... it goes on"
	is "$(table "${pid:-0}")" "$mounts" "... with the same cgroup there"
	is "$(grep ^0: "/proc/${pid:-0}/cgroup")" "0::/criu-ns-test-$$" "... and in it"
done
own_cgroups_end "criu-ns-test-$$"
settle 0
report $? "nothing is left"
finish
