# shellcheck shell=bash
# Sourced before lib.sh by tests that move a tree to another host: hosts with a root, a network, a name, pids, and
# an id of their boot of their own, made on this one. What they share is what is bound into both, as below.

declare -A init

# A connection whose server is away while it moves tries again after 1, 2, 4... seconds; a busy machine makes that half a
# minute. Kernels from 6.15 on can be told not to wait so long.
retransmit_soon() {
	echo 1000 2>/dev/null >/proc/sys/net/ipv4/tcp_rto_max_ms || :
}

# What is in / here, but for /tmp, /run and what the kernel shows. With ORDER reverse, all that is mounted in
# another order.
host_root() { # host_root NAME ORDER DIR
	local entry entries path
	mount -t tmpfs "$1" "$3"
	entries=(/*)
	[ "$2" != reverse ] || mapfile -t entries < <(printf '%s\n' "${entries[@]}" | tac)
	for entry in "${entries[@]}"; do
		case $entry in
		/tmp | /run | /proc | /sys) mkdir "$3$entry" ;;
		*)
			if [ -L "$entry" ]; then
				cp -a "$entry" "$3$entry"
			else
				if [ -d "$entry" ]; then mkdir "$3$entry"; else : >"$3$entry"; fi
				mount --rbind "$entry" "$3$entry"
			fi
			;;
		esac
	done
	mount -t proc proc "$3/proc" && mount -t sysfs sysfs "$3/sys" && mount -t tmpfs run "$3/run" &&
		mount -t tmpfs -o mode=1777 tmp "$3/tmp" || return 1
	for path in "${top:?}" "${CRIU_NS%/*}" "$TARGETS" "${CRIU_BINARY%/*}" "$SHARED"; do
		[ -e "$3$path" ] || { mkdir -p "$3$path" && mount --rbind "$path" "$3$path"; } || return 1
	done
	cat /proc/sys/kernel/random/uuid >"$3/run/boot_id" &&
		mount --bind "$3/run/boot_id" "$3/proc/sys/kernel/random/boot_id"
}

# Pid 1 of a host: tells the pid by which it can be reached, and reaps.
host_main() { # host_main NAME ORDER DIR
	local pid
	read -r pid _ </proc/self/stat # this /proc is not yet the host's
	echo "$1" >/proc/sys/kernel/hostname
	retransmit_soon
	ip link set lo up
	host_root "$@" && cd "$3" && mkdir old && pivot_root . old && cd /tmp && umount --lazy /old && rmdir /old &&
		echo "$pid" && exec >/dev/null || exit 1
	sleep 1000 &
	wait
}

host_start() { # host_start NAME [reverse]: sets init[NAME]; all hosts have the directory $SHARED
	export SHARED=$T/shared
	mkdir -p "$1.root" "$SHARED"
	setpriv --pdeathsig KILL unshare --net --mount --propagation private --uts --pid --fork --kill-child \
		bash -c 'top=$1; . "$top/tests/hosts.sh"; host_main "${@:2}"' host "$top" "$1" "${2:-forward}" \
		"$T/$1.root" >"$1.pid" 2>"$1.log" </dev/null &
	disown
	waitfor file "$1.pid" || bail_out "no host $1: $(cat "$1.log")"
	init[$1]=$(cat "$1.pid")
}

on() { # on HOST COMMAND...: as ssh would, in its /tmp
	nsenter --target "${init[$1]}" --mount --uts --net --pid --root --wd -- "${@:2}"
}

# The wire to a switch that need_switch has made.
host_wire() { # host_wire NAME ADDRESS/LENGTH
	ip link add "wire-$1" master switch up type veth peer name eth0 netns "${init[$1]}" &&
		on "$1" ip address add "$2" dev eth0 && on "$1" ip link set eth0 up
}

need_switch() { # need_switch ADDRESS/LENGTH: of the test itself, in a network namespace of its own
	retransmit_soon
	{ ip link set lo up && ip link add switch up address 02:00:00:00:00:01 type bridge && ip address add "$1" dev switch; } 2>no-switch
}
