#!/bin/bash
# Targets with mounts of their own; each kind is frozen and thawed three times without further options: the same
# process goes on, its mounts are the same, and nothing is left on the host, also none of the temporary
# directories that criu makes in /tmp.
export CRIU_NS_TEST_HOST="${CRIU_NS_TEST_HOST-} tmp onroot" CRIU_NS_TEST_SECONDS="${CRIU_NS_TEST_SECONDS:-900}"
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

# What a host of systemd's has besides, as far as this kernel has it; criu leaves tracefs out.
mkdir "$T/mqueue" "$T/hugepages" "$T/ramfs"
while read -r type place; do
	[ -d "$place" ] || continue
	mountpoint -q "$place" || mount -t "$type" "$type" "$place" 2>/dev/null || say "no $type is tested: this kernel has none"
done <<END
tracefs /sys/kernel/tracing
debugfs /sys/kernel/debug
securityfs /sys/kernel/security
fusectl /sys/fs/fuse/connections
pstore /sys/fs/pstore
bpf /sys/fs/bpf
binfmt_misc /proc/sys/fs/binfmt_misc
mqueue $T/mqueue
hugetlbfs $T/hugepages
ramfs $T/ramfs
END

host_state() {
	sed -E 's/^[0-9]+ [0-9]+ //' /proc/self/mountinfo | without_cgroup2_options
	! on_host tmp || ls -A /tmp
}

poke() { # poke NUMBER ID: what is written to the FIFO outside arrives, and is answered in the log
	echo "line $1" >"$T/fifo"
	waitfor count "${seen:-0}" "$count"
	like "$(tail -n 1 "$T/fifo.log")" "^$2 .*line $1\$" "... it hears and answers through its stdio"
}

three() { # three NAME [PID]: for the process $pid, which $seen shows
	local cycle first=$id before='' state
	# One that shares the caller's mounts comes back with slaves of them, as 11-cycles.t has it.
	[ "$(readlink "/proc/$pid/ns/mnt")" = "$(readlink /proc/self/ns/mnt)" ] || before=$(visible "$pid")
	state=$(host_state)
	for cycle in 1 2 3; do
		look_at "$seen"
		freeze "$1: freeze $cycle" "$pid" "$1.$cycle" || return
		dead "$pid" "... it is gone"
		thaw "... thaw $cycle" "$1.$cycle"
		[ -n "$pid" ] || return
		seen=$(own_seen "${pid:-0}")
		[ "$1" != fifo ] || poke "$cycle" "$first"
		goes_on "${seen:-0}" "$first" "$count" "... it goes on"
		[ -z "$before" ] || is "$(visible "$pid")" "$before" "... and its mounts are what they were"
	done
	is "$(host_state)" "$state" "... nothing is left on the host"
}

# The table of README.md and of the man page is what is seen here.
rows='' skipped=''

kind() { # kind NAME WHAT FUNCTION [ARGUMENT...]
	local name=$1 what=$2 result=0 before=$failures
	shift 2
	"$@" || result=$?
	if [ "$result" = 77 ]; then
		skip "$name: the tool for it is not installed, or user namespaces are forbidden"
		skipped=1
		return
	fi
	three "$name"
	kill -KILL "$pid" && dead "$pid" "... and ends"
	[ "$failures" != "$before" ] || rows+="$what"$'\n'
}

all=(service dynamic readonly init bwrap below runc lxc cgroupns chroot netns userns fifo stacked busy)
for arg in ${1-"${all[@]}"}; do
	case $arg in
	service)
		kind service "a systemd-like service: private tmpfs, read-only /usr, log from outside" \
			own_service shared
		kind service-slave "the same, its mounts slaves of the host's only" own_service slave
		kind service-private "the same, its mounts private" own_service private
		;;
	dynamic) kind dynamic "a systemd service with DynamicUser= or PrivateTmp=disconnected" own_dynamic ;;
	readonly) kind readonly "a read-only root, all but a tmpfs" own_readonly ;;
	fifo) kind fifo "stdin a FIFO that was opened outside" own_fifo ;;
	busy)
		kind busy "a private /tmp where the host has mounts below its /tmp (PrivateTmp)" own_busy_tmp
		own_busy_tmp_end
		;;
	stacked) kind stacked "a mount of its own on top of one of the host's (ProtectProc)" own_stacked ;;
	init)
		kind init "the init of its pid namespace (unshare -m -p -f --mount-proc)" own_init
		kind below-init "a process below such an init" own_init below
		;;
	bwrap)
		kind bwrap "a bubblewrap sandbox, with bubblewrap's own init" own_bwrap
		kind bwrap-as-pid-1 "bubblewrap --as-pid-1" own_bwrap --as-pid-1
		kind bwrap-no-pid "bubblewrap without a pid namespace" own_bwrap --no-pid
		kind bwrap-user "bubblewrap --unshare-user --uid 0" \
			own_bwrap --unshare-user --uid 0 --gid 0 --as-pid-1
		kind bwrap-all "bubblewrap --unshare-all --uid 0" \
			own_bwrap --unshare-all --uid 0 --gid 0 --as-pid-1
		kind bwrap-die "bubblewrap --die-with-parent" own_bwrap --die-with-parent --as-pid-1
		;;
	below)
		kind below-shell "a shell with a bubblewrap sandbox below it" own_bwrap_below
		kind below-bwrap "bubblewrap in bubblewrap" own_bwrap_below bwrap
		kind helper "a service with a helper that has a mount namespace of its own" own_helper
		;;
	cgroupns)
		kind cgroupns "a cgroup namespace with a cgroup mount of its own" own_cgroupns
		own_cgroupns_end
		kind cgroupns-init "the same, with a pid namespace" own_cgroupns init
		own_cgroupns_end
		kind cgroupns-user "the same, with a user namespace, too" own_cgroupns user
		own_cgroupns_end
		;;
	runc)
		kind runc "a runc container, without runc" own_runc
		own_runc_end
		;;
	lxc)
		kind lxc "an LXC container without consoles (lxc.tty.max = 0, lxc.console.path = none)" own_lxc
		own_lxc_end
		;;
	chroot) kind chroot "a chroot in the host's mount namespace" own_chroot ;;
	netns)
		kind netns "a network namespace of its own" own_netns
		kind netns-mounts "the same, and mounts" own_netns mounts
		;;
	userns) kind userns "a user namespace with a pid and a mount namespace (unshare -U -r -m -p)" own_userns ;;
	esac
done

if [ -n "${1-}" ]; then
	say "works: $rows"
elif [ -z "$skipped" ]; then
	documented=$(sed -n '/<!-- works -->/,/<!-- end of works -->/s/^- //p' "$top/README.md")
	is "$documented" "${rows%$'\n'}" "README.md tells of just these kinds"
	documented=$(sed -n '/^\.\\" works$/,/^\.\\" end of works$/{/^[^.]/p}' "$top/man/criu-ns.1")
	is "${documented//\\-/-}" "${rows%$'\n'}" "... and so does the man page"
fi
umount "$T/mqueue" "$T/hugepages" "$T/ramfs" 2>/dev/null
finish
