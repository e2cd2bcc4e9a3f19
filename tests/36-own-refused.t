#!/bin/bash
# What criu could not freeze, or freeze but not thaw, is refused before a single task is stopped, with the object
# and the reason; the target counts on, and nothing is written.
# shellcheck disable=SC2317 # called by name
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

# A criu that tells when it is run.
cat >marking <<END
#!/bin/sh
[ "\$*" = --version ] || touch "$T/ran.criu" # some refusals depend on it
exec "$CRIU_BINARY" "\$@"
END
chmod +x marking

refused() { # refused NAME REGEX [OPTION...]: the freeze of $pid, whose state $seen shows
	local dir=never.$tests before after
	mkdir "$dir"
	rm -f ran.criu
	look_at "$seen"
	before=$(cat "/proc/$pid/mountinfo")
	fails_with 125 "$1: refused" "$CRIU_NS" --criu-binary "$T/marking" dump -t "$pid" -D "$dir" -o dump.log "${@:3}"
	like "$err" "^criu-ns: .*($2)" "... it is named"
	[ ! -e ran.criu ]
	report $? "... criu was not run"
	is "$(ls -A "$dir")" "" "... nothing is written"
	goes_on "$seen" "$id" "$count" "... the target goes on"
	after=$(cat "/proc/$pid/mountinfo")
	is "$after" "$before" "... with its mounts as they were"
	run "$CRIU_NS" --criu-binary "$T/marking" dump --dry-run -t "$pid" -D "$dir" -o dump.log "${@:3}"
	is "$status" 125 "... --dry-run says the same"
}

end() { # kills $pid, and what has become of its tree
	kill -KILL "$pid" 2>/dev/null && waitfor exit "$pid"
	end_strays
}

kind() { # kind NAME REGEX FUNCTION [ARGUMENT...]
	local result=0
	"${@:3}" || result=$?
	if [ "$result" = 77 ]; then
		skip "$1: cannot be made here${why:+, }${why-}" 7
		return
	fi
	refused "$1" "$2"
	end
}

# In the tree of the target a process is in a pid namespace below.
nested_pid() {
	own_start unshare -m --propagation slave setsid sh -c '
		mount -t tmpfs own "$2" && { unshare -p -f --mount-proc sleep 1000 & exec perl -e "$1"; }' \
		sh "$own_keeper" "$T/own" </dev/null >/dev/null 2>&1
	own_attend "$started"
	waitfor children "$pid" 1
	waitfor children "$(children_of "$pid" | head -n 1)" 1
}

# As the container's payload, below its init: its frame has mounts of its own.
below_container() {
	own_start unshare -m -p -f --mount-proc --propagation slave setsid sh -c '
		mount -t tmpfs own "$2" && { setsid perl -e "$1" & wait; }' sh "$own_keeper" "$T/own" \
		</dev/null >/dev/null 2>&1
	own_attend_child "$started"
	pid=$seen
}

# A file system of which the host has no mount any more.
unmounted() {
	mount -t tmpfs gone gone.fs
	mkdir -p gone.fs/folder
	own_start unshare -m --propagation private sh -c 'mount --bind "$1/gone.fs/folder" "$1/own" && umount "$1/gone.fs" &&
		exec "$TARGETS/counter"' sh "$T"
	own_attend "$started"
	umount -l gone.fs
}

# An image of ext4 that only the target has.
private_ext4() {
	local loop
	why="no mkfs.ext4 (Debian: e2fsprogs), or no loop device"
	truncate -s 16M ext4.image && mkfs.ext4 -q ext4.image || return 77
	loop=$(losetup --show -f ext4.image 2>/dev/null) || return 77
	own_start unshare -m --propagation private sh -c 'mount -t ext4 "$2" "$1/own" && exec "$TARGETS/counter"' sh "$T" "$loop" \
		2>/dev/null
	waitfor state "$started" 2>/dev/null
	losetup -d "$loop" # when it is unmounted
	alive "$started" || return 77
	own_attend "$started"
}

# A file system in user space that nobody serves: what asks it anything hangs.
private_fuse() {
	why="no /dev/fuse"
	[ -c /dev/fuse ] || return 77
	own_start unshare -m --propagation private sh -c '
		exec 5<>/dev/fuse || exit 1
		mount -i -t fuse -o fd=5,rootmode=40000,user_id=0,group_id=0 fuse.test "$1/own" || exit 1
		sleep 1000 & exec 5>&-; exec "$TARGETS/counter"' sh "$T" 2>/dev/null
	waitfor state "$started" 2>/dev/null || return 77
	own_attend "$started"
}

overlay_root() {
	why="no overlay file system"
	own_rootfs "$T/overlay/lower" || return 77
	mkdir -p overlay/upper overlay/root
	mount -t tmpfs upper overlay/upper
	mkdir -p overlay/upper/{upper,work} overlay/lower/old
	own_start unshare -m --propagation slave sh -c 'cd "$1/overlay" &&
		mount -t overlay overlay -o lowerdir=lower,upperdir=upper/upper,workdir=upper/work root && cd root &&
		mount -t proc proc proc && mount --rbind /dev dev && pivot_root . old && exec /bin/counter /state/now' sh "$T" 2>/dev/null
	waitfor state "$started" 2>/dev/null
	alive "$started" || return 77
	own_attend "$started"
}

# A log that is gone while it is open, opened outside.
lost_log() {
	own_start unshare -m --propagation slave setsid sh -c 'mount -t tmpfs own "$1/own" && exec perl -e "$2"' \
		sh "$T" "$own_keeper" </dev/null >>lost.log 2>/dev/null
	own_attend "$started"
	rm lost.log
}
replaced_log() {
	lost_log
	: >lost.log
}

mkdir own gone.fs
kind "a pid namespace in the tree" "below" nested_pid
kind "a user namespace without a pid namespace" "user namespace" own_userns no-pid
kind "a process below a container's init" "below a container.*-t [0-9]+" below_container
kind "a mount as root, by chroot" "chroot|root" own_chroot mount
kind "a bind of a directory that is gone, of a read-only file system" "$T/deleted.*deleted" own_deleted ro
kind "a mount of what the host has no more" "$T/own" unmounted
kind "a disk of its own" "$T/own.*ext4" private_ext4
kind "FUSE" "$T/own.*fuse" private_fuse
kind "an overlay as root" "/ .*overlay" overlay_root
umount -R overlay/upper 2>/dev/null
kind "a log that was removed" "$T/lost.log" lost_log
kind "a log that was replaced" "$T/lost.log" replaced_log
finish
