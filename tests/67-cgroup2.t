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

cgroup=/sys/fs/cgroup/$name_of_run
mkdir "$cgroup" 2>/dev/null || skip_all "cgroups cannot be made here"

table() { # table PID
	awk '{ print $4, $5, $6 }' "/proc/$1/mountinfo" | grep ' /sys/fs/cgroup'
}

# Its options are the whole host's, and criu's own mount takes them away. Other tests mount it at the same time, so what
# is put back is seen in one of three cycles at least, and without that in none.
options() { findmnt -n -o FS-OPTIONS -M /sys/fs/cgroup; }
set_options() { mount -o "remount,nosuid,nodev,noexec,${1/seclabel/}" cgroup2 /sys/fs/cgroup 2>/dev/null; }
note_kept() { [[ $(options) != *nsdelegate* ]] || kept[$1]=kept; }
declare -A kept=([freeze]=lost [failure]=lost [thaw]=lost)
before=$(options)
# shellcheck disable=SC2317 # lib.sh calls it
at_end() { set_options "$before"; }
printf '#!/bin/sh\n[ "$CRTOOLS_SCRIPT_ACTION" != post-restore ]\n' >refuse
chmod +x refuse

mkdir state
# shellcheck disable=SC2016
own_start sh -c 'echo $$ >"$1/cgroup.procs" && exec unshare -C -m --propagation slave sh -c "
		umount -l /sys/fs/cgroup && mount -t cgroup2 -o ro cgroup /sys/fs/cgroup &&
		mount -t tmpfs state \"$2\" && exec \"$TARGETS/counter\" \"$2/now\""' sh "$cgroup" "$T/state"
own_attend "$started"
first=$id mounts=$(table "$pid")
like "$mounts" "^/$name_of_run /sys/fs/cgroup ro" "the target sees its own cgroup, read-only"
for cycle in 1 2 3; do
	look_at "$pid"
	set_options rw,nsdelegate && note_kept possible
	freeze "freeze $cycle" "$pid" images.$cycle || break
	note_kept freeze
	dead "$pid" "... it is gone"
	set_options rw,nsdelegate
	fails_with 1 "... a thaw that fails" "$CRIU_NS" restore -d -D images.$cycle -o failed.log --action-script "$T/refuse"
	note_kept failure
	set_options rw,nsdelegate
	thaw "thaw $cycle" images.$cycle
	note_kept thaw
	goes_on "${pid:-0}" "$first" "$count" "... it goes on"
	is "$(table "${pid:-0}")" "$mounts" "... with the same cgroup there"
	is "$(grep ^0: "/proc/${pid:-0}/cgroup")" "0::/$name_of_run" "... and in it"
done
if [ -n "${kept[possible]-}" ]; then
	for what in freeze failure thaw; do
		is "${kept[$what]}" kept "the options of cgroups of version 2 are put back ($what)"
	done
else
	lacks "no option of cgroups of version 2 can be set here" 3
fi

## Two processes, in the cgroup that criu is in, too: of the second one criu saves no cgroup at all

kill -KILL "${pid:-0}"
dead "$pid" "the first tree is ended"
home=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
echo $$ >"$cgroup/cgroup.procs"

in_criu_s_cgroup() { # in_criu_s_cgroup NAME COMMAND...: starts a counter, and goes on as sleep
	local first cycle
	own_start setsid "${@:2}" </dev/null >/dev/null 2>&1
	own_attend "$started"
	first=$id
	for cycle in 1 2 3; do
		look_at "$seen"
		freeze "$1, in criu's cgroup: freeze $cycle" "$pid" "same.$1.$cycle" || break
		thaw "... thaw $cycle" "same.$1.$cycle"
		seen=$(children_of "${pid:-0}")
		goes_on "${seen:-0}" "$first" "$count" "... it goes on"
		is "$(cat "/proc/${pid:-0}/cgroup" "/proc/${seen:-0}/cgroup" | grep ^0: | sort -u)" "0::/$name_of_run" \
			"... both in that cgroup"
		is "$(readlink "/proc/${pid:-0}/ns/cgroup")" "$(readlink "/proc/${seen:-0}/ns/cgroup")" \
			"... and in one cgroup namespace"
		isnt "$(readlink "/proc/${pid:-0}/ns/cgroup")" "$(readlink /proc/self/ns/cgroup)" "... of their own"
	done
	kill -KILL "${pid:-0}"
	dead "${pid:-0}" "... it is ended"
}

# shellcheck disable=SC2016
in_criu_s_cgroup "with mounts of its own" unshare -C -m --propagation slave sh -c '
		mount -t tmpfs state "$1" && { "$TARGETS/counter" "$1/now" & exec sleep 1000; }' sh "$T/state"

# Of the caller's mounts criu has nothing to ask.
# shellcheck disable=SC2016
in_criu_s_cgroup "with the caller's mounts" unshare -C sh -c '"$TARGETS/counter" "$1" & exec sleep 1000' sh "$T/now"
echo $$ >"$home/cgroup.procs"
own_cgroups_end "$name_of_run"
settle 0
report $? "nothing is left"
finish
