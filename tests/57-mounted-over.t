#!/bin/bash
# Mounts that are covered by others: on the host, and in the target's view. What criu cannot make again is refused
# before anything is stopped; the rest can be frozen and thawed.
: "${CRIU_NS_TEST_HOST=shared unstacked}"
export CRIU_NS_TEST_HOST
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

mkdir dir own
mount -t tmpfs host dir
mkdir -p dir/sub dir/private dir/other/below

service() { # service COMMAND: a target in a view of its own, in which COMMAND has mounted something
	own_start unshare -m --propagation slave setsid sh -c "$1"' && exec perl -e "$2"' \
		sh "$T" "$own_keeper" </dev/null >/dev/null 2>&1
	own_attend "$started"
}

round() { # round NAME [OPTION...]: frozen and thawed, it goes on
	local first=$id
	look_at "$seen"
	freeze "$1: freeze" "$pid" "$1" "${@:2}" || return
	thaw "... thaw" "$1"
	seen=$(own_seen "${pid:-0}")
	goes_on "${seen:-0}" "$first" "$count" "... it goes on"
}

table() { # of the target, below the test's directory, without what differs from one namespace to the next
	sed -E 's/^([0-9]+ ){2}//; s/(shared|master):[0-9]+/\1/g' "/proc/$pid/mountinfo" | grep " $T/" | sort
}

stop() { # ends the target
	kill -KILL "${pid:-$started}" && waitfor exit "${pid:-$started}"
	end_strays
}

# A private directory of the host's over one of its mounts, which has another one on it (PrivateTmp over a /tmp with
# mounts in it): two mounts on one place, each with its own.
mount -t tmpfs sub dir/sub
echo kept >dir/sub/file
service 'mount --bind "$1/dir/private" "$1/dir"'
before=$(table)
for cycle in 1 2 3; do
	round "private-$cycle"
	is "$(table)" "$before" "... and each mount is what it was, hidden or not"
done
is "$(nsenter -t "${pid:-$$}" -m sh -c 'umount "$1" && cat "$1/sub/file"' sh "$T/dir" 2>&1)" kept \
	"what was covered is there when the upper one is unmounted"
stop

service 'mount --bind "$1/dir/private" "$1/dir"'
round skipped --skip-mnt "$T/dir/sub"
stop

service 'mount -t tmpfs own "$1/dir"'
round tmpfs
stop
umount dir/sub

# One that the host's own mount hides, in both views.
mount -t tmpfs below dir/other/below
mount -t tmpfs cover dir/other
service 'mount -t tmpfs own "$1/own"'
round hidden
stop
service 'mount -t tmpfs own "$1/own"'
round by-hand --external 'mnt[]:m'
stop
umount -l dir

# Two of the host's on one mountpoint. criu would make both from the upper one, when it is to find them itself.
refused() { # refused NAME REGEX: with a way out
	mkdir "$1.no"
	fails_with 125 "$1: the freeze is refused" "$CRIU_NS" dump -t "$pid" -D "$1.no" -o dump.log --external 'mnt[]:m'
	like "$err" "the mount $T/stack (.*) is hidden by another one there, and $2.*--skip-mnt $T/stack" "... with the reason"
	[ ! -e "$1.no/dump.log" ] && alive "$pid"
	report $? "... and nothing was stopped"
}

flags_at() { # flags_at PLACE: those of all mounts there
	awk -v at="$1" '$5 == at { print $6 }' "/proc/$pid/mountinfo" | sort
}

mkdir stack
mount -t tmpfs -o nosuid lower stack
mount --make-shared stack
mount -t tmpfs -o nosuid,nodev upper stack
own_start unshare -U -r -m -p -f --mount-proc setsid perl -e "$own_keeper" </dev/null >/dev/null 2>&1
own_attend_child "$started"
before=$(flags_at "$T/stack")
refused "more flags in a user namespace" "does not have the flags of that one \(nodev\)"
round "more-flags-left-out" --skip-mnt "$T/stack"
stop
own_start unshare -U -r -m -p -f --mount-proc setsid perl -e "$own_keeper" </dev/null >/dev/null 2>&1
own_attend_child "$started"
round "more-flags"
is "$(flags_at "$T/stack")" "$before" "... and each has its own flags"
stop

# The upper one has another mount on it, and is locked in the user namespace.
mkdir stack/below
mount -t tmpfs below stack/below
own_start unshare -U -r -m -p -f --mount-proc setsid perl -e "$own_keeper" </dev/null >/dev/null 2>&1
own_attend_child "$started"
round "one on the upper one"
stop
umount stack/below

service 'mount -t tmpfs own "$1/own"'
round "more flags in the caller's user namespace"
stop

mount --make-private stack
service 'mount -t tmpfs own "$1/own"'
refused "a slave below a private one" "is a slave of a mount of the host's"
round "slave below a private one"
stop
umount stack
umount stack

# Two of different types, as binfmt_misc lies over the autofs by which systemd mounts it: the upper one stands in for both.
mkdir types
mount -t ramfs lower types
mount -t tmpfs upper types
service 'mount -t tmpfs own "$1/own"'
for cycle in 1 2 3; do
	round "types-$cycle"
	is "$(table | grep -c " $T/types ")" 2 "... with two mounts there"
done
stop
umount types
umount types
finish
