#!/bin/bash
# shellcheck disable=SC2317 # functions are called by name
# Containers as their engines start them by default, on a host with version 2 of cgroups only: a cgroup namespace with a
# mount of their cgroup, a /dev/shm of their own, systemd-nspawn's files in /proc. Each is frozen and thawed three times
# with no option, when its engine has cleaned up behind it.
export CRIU_NS_TEST_HOST="${CRIU_NS_TEST_HOST-} cgroup2 onroot"
# shellcheck source=lib.sh disable=SC2317 # functions are called by name
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

name=$name_of_run
mkdir "/sys/fs/cgroup/$name" 2>/dev/null || skip_all "cgroups cannot be made here"
rmdir "/sys/fs/cgroup/$name"

# They raise limits for the container, which root may do only with CAP_SYS_RESOURCE.
cat >limits.c <<'END_OF_C'
int setrlimit(void) { return 0; }
int setrlimit64(void) { return 0; }
int prlimit(void) { return 0; }
int prlimit64(void) { return 0; }
END_OF_C
limits=()
if ! capsh --has-p=cap_sys_resource 2>/dev/null; then
	cc -w -shared -fPIC -o limits.so limits.c || bail_out "cc"
	limits=(env "LD_PRELOAD=$T/limits.so")
fi

table() { # the mounts of $pid, without what differs from one namespace to the next
	awk '{ print $5, $6 }' "/proc/$pid/mountinfo" | sed 's/,\?relatime//' | sort
}

end() {
	kill -KILL "$pid" 2>/dev/null && waitfor exit "$pid"
	end_strays
}

rounds() { # rounds NAME COMMAND...: own_three for $pid; after the first freeze the engine cleans up (COMMAND)
	local cycle name=$1 first=$id before
	shift
	before=$(table)
	for cycle in 1 2 3; do
		look_at "$seen"
		freeze "$name: freeze $cycle, with no option" "$pid" "$name.$cycle" || return
		dead "$pid" "... it is gone"
		if [ "$cycle" = 1 ]; then
			"$@"
			report $? "... and its engine has cleaned up"
		fi
		thaw "... thaw $cycle, with no option" "$name.$cycle"
		[ -n "$pid" ] || return
		seen=$(own_seen "$pid")
		goes_on "${seen:-0}" "$first" "$count" "... it goes on"
		is "$(table)" "$before" "... and its mounts are what they were"
	done
}

config() { # config RUNTIME: a config.json whose process is a counter on no terminal
	"$1" spec && perl -0pi -e 's/"terminal": true/"terminal": false/; s/"args": \[.*?\]/"args": ["\/bin\/sh", "-c", "\/bin\/counter & wait"]/s' \
		config.json
}

# crun: the default of podman on most systems.
state=(--root "$T/crun/state")
crun_ends() {
	run "${limits[@]}" crun "${state[@]}" delete -f "$name"
}
if has crun; then
	mkdir crun
	{ own_rootfs crun/rootfs && (cd crun && config crun); } || bail_out "no container for crun"
	own_start "${limits[@]}" crun "${state[@]}" --cgroup-manager=cgroupfs run -d --bundle "$T/crun" \
		--pid-file "$T/crun/pid" "$name" </dev/null >crun.log 2>&1
	waitfor exit "$started"
	[ -s crun/pid ] || bail_out "no container: $(cat crun.log)"
	own_attend "$(cat crun/pid)"
	like "$(grep ' /sys/fs/cgroup ' "/proc/$pid/mountinfo")" " - cgroup2 " "crun: it has a mount of its cgroup"
	rounds crun crun_ends
	end
fi

# crun's own checkpoint and restore, of a crun that has libcriu, which starts the criu that is on the PATH. From 1.27 on, a crun
# with a --root names other directories for masked paths at the restore than at the checkpoint, and bare criu fails, too.
crun_does() { # crun_does COMMAND OPTION...: with the images in $images
	run "${limits[@]}" env PATH="$T/bin:$PATH" crun --cgroup-manager=cgroupfs "$1" \
		--manage-cgroups-mode=ignore --image-path "$images" --work-path "$images" "${@:2}" "$name"
}
if ! { command -v crun >/dev/null && crun --version | grep -q '+CRIU' && ldconfig -p | grep -q 'libcriu\.so\.2'; }; then
	lacks "needs a crun with criu, and libcriu (Debian 13: crun, libcriu2)" 12
else
	crun_ends || true # what is left of the one above
	state=()
	mkdir -p bin crun
	ln -s "$CRIU_NS" bin/criu
	{ own_rootfs crun/rootfs && (cd crun && rm -f config.json && config crun); } || bail_out "no container for crun"
	rm -f crun/pid
	own_start "${limits[@]}" crun "${state[@]}" --cgroup-manager=cgroupfs run -d --bundle "$T/crun" \
		--pid-file "$T/crun/pid" "$name" </dev/null >crun.log 2>&1
	waitfor exit "$started"
	[ -s crun/pid ] || bail_out "no container: $(cat crun.log)"
	own_attend "$(cat crun/pid)"
	first=$id
	for cycle in 1 2 3; do
		look_at "$seen"
		images=$T/checkpoint.$cycle
		mkdir "$images"
		crun_does checkpoint
		report "$status" "crun checkpoint $cycle"
		dead "$pid" "... it is gone"
		rm -f crun/pid
		crun_does restore -d --bundle "$T/crun" --pid-file "$T/crun/pid"
		report "$status" "... crun restore" || break
		pid=$(cat crun/pid)
		seen=$(own_seen "$pid")
		goes_on "${seen:-0}" "$first" "$count" "... it goes on"
	done
	crun_ends
	end_strays
	own_cgroups_end "$name"
fi

# What podman starts does not get podman's environment.
cat >runtime <<-END
	#!/bin/sh
	exec ${limits[*]} crun "\$@"
END
chmod +x runtime

# podman run: /dev/shm is a tmpfs that podman mounts on the host, and unmounts when the container has ended.
podman() {
	command podman --root "$T/podman/root" --runroot "$T/podman/run" --tmpdir "$T/podman/tmp" --storage-driver vfs \
		--runtime "$T/runtime" --cgroup-manager cgroupfs --events-backend none "$@"
}
podman_ends() {
	local i
	podman wait c >/dev/null || return
	for ((i = 0; i < 6000; i++)); do
		grep -q "$T/podman/root/.*/userdata/shm " /proc/self/mountinfo || return 0
		pause 0.02
	done
	return 1
}
if has podman crun; then
	mkdir podman
	own_rootfs podman/rootfs || bail_out "no container for podman"
	tar -C podman/rootfs -c . | podman import - image >podman.log 2>&1
	# On a host with a journal podman logs there, and the test's /run has no journal.
	podman run -d --log-driver k8s-file --network none --ulimit host --pids-limit 0 --name c image /bin/sh -c '/bin/counter & wait' \
		</dev/null >>podman.log 2>&1 || bail_out "no container: $(cat podman.log)"
	own_attend "$(podman inspect -f '{{.State.Pid}}' c)"
	nsenter -t "$pid" -m /bin/busybox sh -c 'echo kept >/dev/shm/file'
	rounds podman podman_ends
	is "$(cat "/proc/$pid/root/dev/shm/file")" kept "... and what was in its /dev/shm"
	end
	podman rm -f c >/dev/null 2>&1
fi

# systemd-nspawn: a directory of systemd's that is gone with the container, a boot id and a kmsg of deleted files.
nspawn_ends() {
	waitfor exit "$nspawn" && [ ! -e /run/systemd/nspawn/propagate/rootfs ]
}
if has systemd-nspawn; then
	mkdir nspawn
	own_rootfs nspawn/rootfs || bail_out "no container for systemd-nspawn"
	echo "ID=test" >nspawn/rootfs/etc/os-release
	mkdir -p "/sys/fs/cgroup/$name"
	own_start sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' sh "/sys/fs/cgroup/$name" \
		env SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn -q --register=no --keep-unit -D "$T/nspawn/rootfs" /bin/sh -c '/bin/counter & wait' </dev/null >nspawn.log 2>&1
	nspawn=$started
	waitfor children "$nspawn" 1 || bail_out "no container: $(cat nspawn.log)"
	own_attend "$nspawn" # and then its init alone: what made that has ended
	pid=$(children_of "$nspawn" | tail -n 1)
	like "$(cat "/proc/$pid/mountinfo")" "//deleted /proc/sys/kernel/random/boot_id" "systemd-nspawn: its boot id is a deleted file"
	rounds nspawn nspawn_ends
	end
fi

# From systemd 257 on there is one more such directory, with a tmpfs, for sockets of the container (here without systemd).
sockets=/run/systemd/nspawn/unix-export/$name
mkdir -p "$sockets" unix
mount -t tmpfs -o mode=755,nosuid,nodev,noexec sockets "$sockets" || bail_out "tmpfs"
# shellcheck disable=SC2016
own_start unshare -m --propagation slave sh -c 'mount --bind "$1" "$2/unix" && exec "$TARGETS/counter"' sh "$sockets" "$T"
own_attend "$started"
first=$id
freeze "a directory for sockets of systemd-nspawn's: freeze" "$pid" sockets
dead "$pid" "... it is gone"
umount "$sockets" && rmdir "$sockets"
thaw "... thaw, although it is gone" sockets
goes_on "${pid:-0}" "$first" "$count" "... it goes on"
is "$(stat -c %a "/proc/${pid:-0}/root$T/unix")" 755 "... with a directory that all may enter"
like "$(grep " $T/unix " "/proc/${pid:-0}/mountinfo")" "nosuid,nodev,noexec" "... but nobody may start a program in"
kill -KILL "$pid" && waitfor exit "$pid"
rmdir "$sockets"

rmdir "/sys/fs/cgroup/$name"/* 2>/dev/null
own_cgroups_end "$name"
find /sys/fs/cgroup/libpod_parent -depth -type d -exec rmdir {} + 2>/dev/null
finish
