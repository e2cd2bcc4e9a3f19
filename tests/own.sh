# shellcheck shell=bash disable=SC2154 # $id and $count are of lib.sh
# Sourced after lib.sh: targets that have mounts of their own, one function for each kind.
#
# Each starts a target, waits until it runs, and sets
#   $pid          the process to freeze, as numbered here
#   $seen         the process below it, or itself, that shows $id and $count
# After a thaw own_seen PID prints the latter again. Without the tool that makes the sandbox a function
# returns 77 and has started nothing. Everything is below $T, but for the cgroups of runc and lxc, which
# own_runc_end and own_lxc_end take away: also after a freeze, which these tools take for an end.

own_keeper='open my $r, "<", "/dev/urandom" or die; sysread $r, my $id, 3; close $r; $id = unpack "H6", $id;
	if (@ARGV) { open F, "+>", $ARGV[0] or die $ARGV[0]; }
	for (my $n = 1;; $n++) {
		if (@ARGV) { sysseek F, 0, 0; syswrite F, sprintf("%s %08d %08d\n", $id, $n, $$); }
		syswrite STDOUT, "$id $n\n" if $n % 64 == 0;
		$0 = "$id:$n";
		select undef, undef, undef, 0.005;
	}'

# own_start COMMAND...: in the background, with the stdio of the caller and nothing else open: what a test
# or the shell above it left open is from another mount namespace. Sets $started.
own_start() {
	(
		for fd in "/proc/$BASHPID/fd"/*; do
			fd=${fd##*/}
			# 255 is bash's script, which it closes itself.
			[ "$fd" -le 2 ] || [ "$fd" = 255 ] || eval "exec $fd>&-"
		done
		exec "$@"
	) <&0 & # what runs in the background would have a stdin of its own
	started=$!
	disown "$started"
}

own_shown() { # own_shown PID: sets $seen to the first process at or below it that shows a state, when there is one
	local comm='' child children=()
	read -r comm 2>/dev/null <"/proc/$1/comm" || return
	if [[ $comm =~ ^[0-9a-f]{6}:[0-9]+$ ]]; then
		seen=$1
		return
	fi
	look_children "$1"
	for child in "${children[@]}"; do
		own_shown "$child" && return
	done
	return 1
}

own_seen() { # own_seen PID: prints it
	local seen=''
	own_shown "$1" && echo "$seen"
}

own_attend() { # own_attend PID: sets $pid, $seen, $id and $count, when a state is shown at or below it
	local i
	pid=$1 seen=''
	[ -n "$pid" ] || bail_out "no target: no process"
	for ((i = 0; i < 6000; i++)); do
		own_shown "$pid" || [ ! -d "/proc/$pid" ] || {
			pause 0.01
			continue
		}
		break
	done
	[ -n "$seen" ] || bail_out "no target: nothing at or below $pid shows a state"
	look_at "$seen"
}

# own_three NAME [MESSAGE COMMAND...]: freezes and thaws $pid, which $seen shows, three times without any option; it goes on,
# and after each time the command prints what it printed before
own_three() {
	local cycle name=$1 first=$id before=''
	shift
	[ $# -eq 0 ] || before=$("${@:2}")
	for cycle in 1 2 3; do
		look_at "$seen"
		freeze "$name: freeze $cycle" "$pid" "$name.$cycle" || return
		dead "$pid" "... it is gone"
		thaw "... thaw $cycle" "$name.$cycle"
		[ -n "$pid" ] || return
		seen=$(own_seen "${pid:-0}")
		goes_on "${seen:-0}" "$first" "$count" "... it goes on"
		[ $# -eq 0 ] || is "$("${@:2}")" "$before" "$1"
	done
}

own_attend_child() { # own_attend_child PID: the same for its child, at or below which a state is shown; it may have others at first
	local i child children=()
	pid='' seen=''
	for ((i = 0; i < 6000; i++)); do
		look_children "$1"
		for child in "${children[@]}"; do
			own_shown "$child" && break 2
		done
		[ -d "/proc/$1" ] || break
		pause 0.01
	done
	[ -n "$seen" ] || bail_out "no target: nothing below ${1:-no process} shows a state"
	pid=$child
	look_at "$seen"
}

own_rootfs() { # own_rootfs DIR: a root for a container, with the targets, a shell and their libraries
	local file
	[ -x /bin/busybox ] || return 77
	mkdir -p "$1"/{bin,dev,etc,home,lib,lib64,mnt,proc,root,run,state,sys,tmp,usr,var} &&
		cp "$TARGETS/counter" "$TARGETS/goblin" /bin/busybox "$1/bin" &&
		ln -sf busybox "$1/bin/sh" || return 1
	for file in $(ldd "$TARGETS/counter" /bin/busybox 2>/dev/null | grep -o '/[^ :]*' | grep '\.so'); do
		mkdir -p "$1${file%/*}" && cp -L "$file" "$1$file" || return 1
	done
}

own_cgroups_end() { # own_cgroups_end NAME: ends what is in the cgroups of that container, thawed or not
	local dir member
	find /sys/fs/cgroup -depth -type d -name "*$1" | while read -r dir; do
		while read -r member; do
			kill -KILL "$member" && waitfor exit "$member"
		done <"$dir/cgroup.procs"
		rmdir "$dir"
	done 2>/dev/null
}

# Lines of mount tables without the name and options of cgroups of version 2, which are the whole host's:
# 67-cgroup2.t changes them while other tests run.
without_cgroup2_options() { sed 's/ - cgroup2 .*/ - cgroup2/'; }

# The mounts of PID that can be seen, without what differs from one namespace to the next. One that lies
# under another on the same mountpoint is the other's file system after a thaw: criu knows no better.
visible() { # visible PID
	local - IFS=$' \n' lines line fields seen=''
	local -A covered=()
	set -f
	mapfile -t lines <"/proc/$1/mountinfo"
	for line in "${lines[@]}"; do
		# shellcheck disable=SC2206 # words
		fields=($line)
		covered["${fields[1]} ${fields[4]}"]=1
	done
	for line in "${lines[@]}"; do
		# shellcheck disable=SC2206
		fields=($line)
		[ -z "${covered["${fields[0]} ${fields[4]}"]-}" ] || continue
		line=${line#* * * }
		while [[ $line =~ ^(.*(shared|master)):[0-9]+([^0-9].*)$ ]]; do line=${BASH_REMATCH[1]}${BASH_REMATCH[3]}; done
		seen+=$line$'\n'
	done
	without_cgroup2_options <<<"${seen%$'\n'}" | LC_ALL=C sort
}

# own_service [slave | private | shared]: as systemd starts a service with PrivateTmp, ProtectSystem and
# ProtectHome=tmpfs; shared, which systemd does last of all, is on top of slave. Its stdin is
# /dev/null, stdout and stderr a log, both opened outside; in its private tmpfs a file is open.
own_service() {
	local how=${1:-shared} propagation=${1:-slave}
	[ "$how" != shared ] || propagation=slave
	mkdir -p "$T/service/private" "$T/service/tmp"
	own_start unshare -m --propagation "$propagation" setsid sh -c '
		mount -t tmpfs -o nosuid,nodev,mode=700 private "$1/private" &&
		mount --bind "$1/tmp" /var/tmp && mount -o remount,bind,nosuid,nodev /var/tmp &&
		mount --bind /usr /usr && mount -o remount,bind,ro /usr &&
		mount --bind /etc /etc && mount -o remount,bind,ro /etc &&
		mount -t tmpfs -o nosuid,nodev,mode=755 home /home && mount -o remount,bind,ro,nosuid,nodev /home &&
		{ [ "$2" != shared ] || mount --make-rshared /; } || exit 1
		exec perl -e "$3" "$1/private/state"' \
		sh "$T/service" "$how" "$own_keeper" </dev/null >>"$T/service.log" 2>&1
	own_attend "$started"
}

# own_dynamic: as systemd 257 starts a service with DynamicUser= or PrivateTmp=disconnected: /tmp and /var/tmp are two
# directories of a tmpfs that is mounted nowhere as a whole. In it are a file that has lost its name, and the program.
own_dynamic() {
	own_start unshare -m --propagation slave setsid sh -c '
		mount -t tmpfs -o nodev,strictatime,mode=700,size=20m,nr_inodes=1m tmpfs /mnt && mkdir -m 1777 /mnt/tmp /mnt/var-tmp &&
		mount --bind /mnt/tmp /tmp && mount --bind /mnt/var-tmp /var/tmp && umount /mnt && mount --make-rshared / &&
		cp "$(command -v perl)" /var/tmp/program && mkdir /tmp/inside && cd /tmp/inside &&
		exec 3>/var/tmp/gone && rm /var/tmp/gone && exec /var/tmp/program -e "$1" /tmp/state' \
		sh "$own_keeper" </dev/null >/dev/null 2>&1
	own_attend "$started"
}

# own_readonly: a service whose whole root is read-only but for a tmpfs; criu cannot run in there.
own_readonly() {
	mkdir -p "$T/readonly"
	own_start unshare -m --propagation slave sh -c '
		mount -t tmpfs state "$1" && mount --bind /usr /usr && mount -o remount,bind,ro /usr &&
		mount -o remount,bind,ro / && exec "$TARGETS/counter" "$1/state"' sh "$T/readonly"
	own_attend "$started"
}

# own_init [below]: the init of a pid namespace, or a process below a shell that is its init; stdio is
# /dev/null, opened outside.
own_init() {
	local command=(perl -e "$own_keeper")
	[ "${1-}" != below ] || command=(sh -c '"$@" & wait' sh "${command[@]}")
	own_start unshare -m -p -f --mount-proc --propagation slave setsid "${command[@]}" \
		</dev/null >/dev/null 2>&1
	own_attend_child "$started"
}

own_look_bwrap() { # sets $usual: a bubblewrap with the host's programs and nothing else of it, and a /tmp of its own
	local dir links=()
	for dir in bin lib lib64 sbin; do
		if [ -L "/$dir" ]; then
			links+=(--symlink "usr/$dir" "/$dir")
		elif [ -d "/$dir" ]; then
			links+=(--ro-bind "/$dir" "/$dir")
		fi
	done
	usual=(bwrap --ro-bind /usr /usr "${links[@]}" --ro-bind /etc /etc --proc /proc --dev /dev --tmpfs /tmp)
}

# own_bwrap [--no-pid] [OPTION...]: bubblewrap, which has a tmpfs as root, with its OPTIONs. To be frozen is
#   (nothing)   bubblewrap's own init, whose program and libraries are mapped from outside
#   --as-pid-1  the target, as the init
#   --no-pid    the target, in the caller's pid namespace (without --unshare-pid)
# --new-session, because otherwise the session of its init is one from outside, and criu refuses that.
own_bwrap() {
	local pidns=(--unshare-pid)
	command -v bwrap >/dev/null || return 77
	[[ " $* " != *" --unshare-"[ua]* ]] || unshare -U true 2>/dev/null || return 77
	if [ "${1-}" = --no-pid ]; then
		pidns=()
		shift
	fi
	own_look_bwrap
	mkdir -p "$T/bwrap"
	own_start "${usual[@]}" --ro-bind "$TARGETS" /targets --bind "$T/bwrap" /tmp/state \
		"${pidns[@]}" --new-session "$@" /targets/counter /tmp/state/now \
		</dev/null >/dev/null 2>"$T/bwrap.err"
	# The monitor, its parent, stays in the caller's namespaces and has no part in the target.
	own_attend_child "$started"
}

# own_runc: a container of runc's, with the host's cgroups in it, read-only; its init is a shell that
# keeps the stdio from outside, the target is below.
own_runc() {
	command -v runc >/dev/null || return 77
	own_runc_name=$name_of_run
	own_rootfs "$T/runc/rootfs" || return
	(
		cd "$T/runc" && runc spec &&
			perl -0pi -e 's/"terminal": true/"terminal": false/; s/"readonly": true/"readonly": false/;
				s/"args": \[.*?\]/"args": ["\/bin\/sh", "-c", "\/bin\/counter & wait"]/s' config.json
	) || return 1
	own_start runc --root "$T/runc/state" run -d --bundle "$T/runc" --pid-file "$T/runc/pid" "$own_runc_name" \
		</dev/null >>"$T/runc.log" 2>&1
	waitfor exit "$started" || bail_out "runc does not end"
	[ -s "$T/runc/pid" ] || bail_out "no container: $(cat "$T/runc.log")"
	own_attend "$(cat "$T/runc/pid")"
}

own_runc_end() { # also takes the container off runc's books after a freeze; may come before a thaw
	runc --root "$T/runc/state" delete -f "$own_runc_name" >/dev/null 2>&1
	own_cgroups_end "$own_runc_name"
}

# own_lxc [LINE...]: a busybox container of LXC's, made as its manual says for checkpoints: without
# consoles and terminals; the LINEs are added to its configuration. Its init is killed when its parent
# ends (PR_SET_PDEATHSIG), so a thaw where criu is the parent loses it; not with the
# LINE lxc.monitor.signal.pdeath=0.
own_lxc() {
	command -v lxc-start >/dev/null || return 77
	own_lxc_name=$name_of_run
	own_lxc_pivot=$(find /sys/fs/cgroup -type d -name lxc.pivot) # where lxc puts itself, and leaves it
	own_rootfs "$T/lxc/$own_lxc_name/rootfs" || return
	printf '%s\n' "lxc.uts.name = box" "lxc.rootfs.path = dir:$T/lxc/$own_lxc_name/rootfs" \
		"lxc.net.0.type = empty" "lxc.tty.max = 0" "lxc.pty.max = 16" "lxc.console.path = none" \
		"lxc.mount.auto = proc:mixed sys:ro cgroup:mixed" "lxc.init.cmd = /bin/init" \
		"$@" >"$T/lxc/$own_lxc_name/config"
	# The kernel has AppArmor, and nobody has loaded LXC's profiles.
	if grep -qs Y /sys/module/apparmor/parameters/enabled &&
		! grep -qs '^lxc-container-default' /sys/kernel/security/apparmor/profiles; then
		echo "lxc.apparmor.profile = unconfined" >>"$T/lxc/$own_lxc_name/config"
	fi
	ln -sf busybox "$T/lxc/$own_lxc_name/rootfs/bin/init"
	echo '::once:/bin/counter /state/now' >"$T/lxc/$own_lxc_name/rootfs/etc/inittab"
	own_start lxc-start --lxcpath "$T/lxc" -n "$own_lxc_name" -d -o "$T/lxc/log" -l INFO \
		</dev/null >/dev/null 2>&1
	waitfor exit "$started" || bail_out "lxc-start does not end"
	own_attend "$(lxc-info --lxcpath "$T/lxc" -n "$own_lxc_name" -p -H)"
}

own_lxc_end() {
	lxc-stop --lxcpath "$T/lxc" -n "$own_lxc_name" -k >/dev/null 2>&1
	own_cgroups_end "$own_lxc_name"
	[ -n "$own_lxc_pivot" ] || find /sys/fs/cgroup -type d -name lxc.pivot -exec rmdir {} + 2>/dev/null
}

# own_chroot [directory | mount]: another root directory, in the caller's mount namespace, or in an own one, where
# it is a directory or a mount: criu freezes neither of these two.
own_chroot() {
	local own=()
	[ -z "${1-}" ] || own=(unshare -m --propagation slave)
	[ "${1-}" != mount ] || own+=(sh -c 'mount --bind "$2" "$2" && exec "$@"' sh)
	own_rootfs "$T/chroot" || return
	mknod -m 666 "$T/chroot/dev/null" c 1 3
	own_start "${own[@]}" chroot "$T/chroot" /bin/counter /state/now
	own_attend "$started"
}

# own_netns [mounts]: a network of its own, with only a loopback; with mounts also a tmpfs of its own.
own_netns() {
	local flags=(-n)
	command -v ip >/dev/null || return 77
	[ "${1-}" != mounts ] || flags=(-n -m --propagation slave)
	mkdir -p "$T/netns"
	own_start unshare "${flags[@]}" sh -c '
		ip link set lo up || exit 1
		if [ "$2" = mounts ]; then mount -t tmpfs state "$1" || exit 1; fi
		exec "$TARGETS/counter" "$1/state"' sh "$T/netns" "${1-}" 2>/dev/null
	own_attend "$started"
}

# own_userns [no-pid]: root in a user namespace only, as the init of a pid namespace of its own; or in the
# caller's, which criu freezes and cannot thaw: it may not mount a /proc there.
own_userns() {
	local flags=(-p -f --mount-proc)
	[ -z "${1-}" ] || flags=()
	unshare -U true 2>/dev/null || return 77 # user.max_user_namespaces, or a security module
	mkdir -p "$T/userns"
	own_start unshare -U -r -m "${flags[@]}" sh -c '
		mount -t tmpfs state "$1" && exec "$TARGETS/counter" "$1/state"' sh "$T/userns" 2>/dev/null
	if [ -n "${1-}" ]; then
		own_attend "$started"
	else
		own_attend_child "$started"
	fi
}

# own_fifo: its stdin is a FIFO, open for both ways, from outside; its stdout a log. It answers each line
# that is written to $T/fifo with "ID NUMBER LINE" in $T/fifo.log.
own_fifo() {
	mkdir -p "$T/private"
	mkfifo "$T/fifo"
	own_start unshare -m --propagation slave sh -c 'mount -t tmpfs private "$1" && exec "$TARGETS/goblin"' \
		sh "$T/private" <>"$T/fifo" >>"$T/fifo.log" 2>/dev/null
	own_attend "$started"
}

# own_stacked: as a service with ProtectProc, a mount of its own on top of one of the caller's.
own_stacked() {
	own_start unshare -m --propagation slave sh -c '
		mount -t proc -o hidepid=2 proc /proc && exec "$TARGETS/counter"'
	own_attend "$started"
}

# own_deleted [ro]: a bind of a directory that is gone. criu makes the directory again for the moment, where the
# root is not read-only.
own_deleted() {
	mkdir -p "$T/gone" "$T/deleted" "$T/state"
	own_start unshare -m --propagation slave setsid sh -c '
		mount -t tmpfs state "$1/state" && mount --bind "$1/gone" "$1/deleted" || exit 1
		[ -z "$2" ] || mount -o remount,bind,ro "$(findmnt -nvo TARGET -T "$1")" || exit 1
		exec "$TARGETS/counter" "$1/state/now"' sh "$T" "${1-}" </dev/null >/dev/null 2>&1
	own_attend "$started"
	rmdir "$T/gone"
}

# own_cgroupns [init | user]: as a container on a host with version 2 of cgroups: below a cgroup of its own, with a cgroup
# namespace, and that cgroup mounted; it may be the init of a pid namespace, and in a user namespace.
own_cgroupns() {
	local flags=() place
	place=$(findmnt -n -o TARGET -t cgroup2 | head -n 1)
	own_cgroup=$place/$name_of_run
	[ -n "$place" ] && mkdir "$own_cgroup" 2>/dev/null || return 77
	[ -z "${1-}" ] || flags=(-p -f --mount-proc)
	[ "${1-}" != user ] || flags+=(-U -r)
	mkdir -p "$T/cgroup/mount" "$T/cgroup/state"
	# shellcheck disable=SC2016
	own_start sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' sh "$own_cgroup" \
		unshare -C -m "${flags[@]}" --propagation slave setsid sh -c '
			mount -t cgroup2 -o nosuid,noexec own "$1/mount" && mount -t tmpfs state "$1/state" &&
			exec "$TARGETS/counter" "$1/state/now"' sh "$T/cgroup" </dev/null >/dev/null 2>&1
	if [ -n "${1-}" ]; then
		own_attend_child "$started"
	else
		own_attend "$started"
	fi
}

own_cgroupns_end() {
	own_cgroups_end "$name_of_run"
}

# own_busy_tmp: as a service with PrivateTmp on a host that has something mounted below its /tmp.
own_busy_tmp() {
	mkdir -p "$T/busy"
	mount -t tmpfs busy "$T/busy" && mkdir "$T/busy/sub" "$T/busy/private" && mount -t tmpfs sub "$T/busy/sub"
	own_start unshare -m --propagation slave setsid sh -c '
		mount --bind "$1/private" "$1" && exec "$TARGETS/counter" "$1/state"' sh "$T/busy" </dev/null >/dev/null 2>&1
	own_attend "$started"
}

own_busy_tmp_end() {
	umount "$T/busy/sub" "$T/busy"
}

# own_helper: a service with a helper that has a mount namespace of its own, with mounts that the service lacks.
own_helper() {
	mkdir -p "$T/helper/own" "$T/helper/inner" "$T/helper/etc"
	own_start unshare -m --propagation slave setsid sh -c '
		mount -t tmpfs own "$1/own" && mount --make-rshared / || exit 1
		unshare -m --propagation slave sh -c "
			mount -t tmpfs -o nosymfollow inner \"\$1/inner\" && mount --bind /etc \"\$1/etc\" || exit 1
			umount \"\$1/own\" && exec \"\$TARGETS/counter\" \"\$1/inner/now\"" sh "$1" &
		wait' sh "$T/helper" </dev/null >/dev/null 2>&1
	own_attend "$started"
}

# own_bwrap_below [bwrap]: a shell in the caller's mount namespace, or another sandbox, with a bubblewrap sandbox below it.
own_bwrap_below() {
	command -v bwrap >/dev/null || return 77
	own_look_bwrap
	mkdir -p "$T/below"
	local inner=("${usual[@]}" --bind "$T/below" /tmp/state --ro-bind "$TARGETS" /targets /targets/counter /tmp/state/now)
	if [ -n "${1-}" ]; then
		own_start "${usual[@]}" --ro-bind "$TARGETS" "$TARGETS" --bind "$T/below" "$T/below" \
			--unshare-pid --new-session "${inner[@]}" </dev/null >/dev/null 2>&1
		own_attend_child "$started"
	else
		# shellcheck disable=SC2016
		own_start setsid sh -c '"$@" & wait' sh "${inner[@]}" </dev/null >/dev/null 2>&1
		own_attend "$started"
	fi
}
