#!/bin/bash
# The init of a pid namespace, frozen and thawed three times. After the first thaw the init of its frame
# is criu-ns's own: the two mount namespaces differ in nothing but what /proc shows. On a host that has
# stacked mounts they differ in more, so a host without them comes first.
: "${CRIU_NS_TEST_HOST=shared unstacked}"
export CRIU_NS_TEST_HOST
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

three() { # three NAME OPTION...: of unshare
	local cycle first
	own_start unshare -mpf --mount-proc "${@:2}" setsid perl -e "$own_keeper" </dev/null >/dev/null 2>&1
	own_attend_child "$started"
	first=$id
	for cycle in 1 2 3; do
		look_at "$pid"
		freeze "$1: freeze $cycle" "$pid" "$1.$cycle" || break
		dead "$pid" "... it is gone"
		thaw "... thaw $cycle" "$1.$cycle"
		goes_on "${pid:-0}" "$first" "$count" "... it goes on"
	done
	# An init ignores all other signals from below, not from above.
	kill -KILL "${pid:-$$}" && waitfor exit "$pid"
	end_strays
}

three private
three slave --propagation slave
three unchanged --propagation unchanged

mount -t tmpfs -o mode=1777 shm /dev/shm || bail_out "no stacked mounts"
mount -t devpts devpts /dev/pts || bail_out "no stacked mounts"
three stacked-private
# Below a private one a slave of the host's cannot be made again (57-mounted-over.t); that is the lower one on a slave host.
on_host slave || three stacked-slave --propagation slave
finish
