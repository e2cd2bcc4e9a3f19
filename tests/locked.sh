# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of the scripts that source this, and of own.sh
# Sourced after own.sh: targets in a user namespace with mounts that are locked for it, and what its root gets
# done with them.

mkdir -p "$T"/{usr,dir,deep/below,own,state,copy}
echo secret >"$T/dir/secret"
echo secret >"$T/file"
mkfifo "$T/fifo"
echo secret >"$T/deep/below/secret"

# What is laid over the host's mounts, and then locked: a read-only bind, masks over a directory, a file and
# what is mounted below one, flags.
lay='mount --bind /usr "$T/usr" && mount -o remount,bind,ro,nosuid,nodev "$T/usr" &&
	mount -t tmpfs mask "$T/dir" && echo mask >"$T/dir/mask" && mount -o remount,ro "$T/dir" &&
	mount --bind /dev/null "$T/file" &&
	mount -t tmpfs deep "$T/deep" && mkdir "$T/deep/below" && echo hidden >"$T/deep/below/hidden" &&
	mount -t tmpfs mask "$T/deep/below" && mkdir "$T/deep/own"'

# As its root, in its namespaces. The tool is the host's: what is tried is the kernel's to refuse.
inside() { # inside PID COMMAND...
	local of=$1
	shift
	nsenter -t "$of" -U -m -p --preserve-credentials "$@"
}

# One line for each thing that its root gets done; each is tried in a copy of its mount namespace, which the
# same user namespace owns, so that its own stays as it is.
deeds='^(makes|clears|sets|unmounts|binds)' # its lines; what else there is is what can be read

freedoms() { # freedoms PID
	# shellcheck disable=SC2016
	T=$T inside "$1" unshare -m --propagation private sh -c '
		can() { what=$1; shift; "$@" 2>/dev/null && echo "$what"; }
		can "makes usr writable" mount -o remount,bind,rw,nosuid,nodev "$T/usr"
		can "clears nosuid of usr" mount -o remount,bind,ro,suid,nodev "$T/usr"
		can "clears nodev of usr" mount -o remount,bind,ro,nosuid,dev "$T/usr"
		can "makes dir writable" mount -o remount,bind,rw "$T/dir"
		can "sets noatime on dir" mount -o remount,bind,ro,noatime "$T/dir"
		can "unmounts below" umount "$T/deep/below"
		can "unmounts deep" umount "$T/deep"
		can "unmounts dir" umount "$T/dir"
		can "unmounts dir with all below" umount -l "$T/dir"
		can "unmounts file" umount "$T/file"
		can "unmounts usr" umount "$T/usr"
		can "binds without what is below" mount --bind "$T/deep" "$T/state"
		can "unmounts its own" umount "$T/own"
		can "unmounts its own on a locked one" umount "$T/deep/own"
		can "makes its read-only one writable" mount -o remount,bind,rw "$T/state"
		can "makes the copy of usr writable" mount -o remount,bind,rw,nosuid,nodev "$T/copy"
		can "unmounts the copy of usr" umount "$T/copy"
		can "unmounts what hides cgroups" umount /sys/fs
		can "unmounts cgroups" umount -l /sys/fs/cgroup
		can "unmounts what hides shm" umount -l /dev/shm
		ls -A "$T/dir" "$T/deep" "$T/deep/below" /sys/fs 2>&1
		head -c 20 "$T/file"' | sed "s|$T||g"
}

flags() { # flags PID: mountpoints, types and flags of its mounts below $T and /dev
	awk -v below="$T/" 'index($5, below) == 1 || index($5, "/dev/") == 1 {
		sub(below, "", $5); print $5, $6, $7, $(NF - 2) }' \
		"/proc/$1/mountinfo" | sed -E 's/(shared|master):[0-9]+/\1/' | LC_ALL=C sort
}

# Root in a user namespace, below a mount namespace in which that was laid; there it makes mounts of its own.
locked() { # locked PROPAGATION [COMMAND]
	own='mount -t tmpfs state "$T/own"'
	[ -z "${2-}" ] || own+=" && $2"
	# shellcheck disable=SC2016
	T=$T lay=$lay own=$own own_start unshare -m --propagation "$1" sh -c '
		eval "$lay" || exit 1
		echo laid >"$T/fifo"
		exec unshare -U -r -m --propagation unchanged -p -f --mount-proc sh -c "
			eval \"\$own\" && exec \"\$TARGETS/counter\" \"\$T/own/state\""' 2>/dev/null
	read -r <"$T/fifo" # until then its children are those that lay
	own_attend_child "$started"
}

# Two rounds of $pid, which $seen shows, and its end. $can has the lines of what it gets done.
rounds() { # rounds NAME
	local cycle before='' was first=$id
	before=$(freedoms "$seen")
	was=$(flags "$seen")
	is "$(grep -E "$deeds" <<<"$before")" "$can" \
		"$1: it cannot get at what is locked"
	for cycle in 1 2; do
		look_at "$seen"
		freeze "... freeze $cycle" "$pid" "$1.$cycle" || return
		thaw "... thaw $cycle" "$1.$cycle"
		[ -n "$pid" ] || return
		seen=$(own_seen "$pid")
		goes_on "${seen:-0}" "$first" "$count" "... it goes on"
		is "$(freedoms "$seen")" "$before" "... it can do what it could, and nothing more"
		is "$(flags "$seen")" "$was" "... its mounts are what they were"
	done
	kill -KILL "$pid" && dead "$pid" "... and ends"
}
