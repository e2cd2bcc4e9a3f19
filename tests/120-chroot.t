#!/bin/bash
# A chroot in a mount namespace that has other mounts than the caller's: criu takes the root of the target for that of the
# namespace. Both are refused beforehand; where the root is a mount, what the refusal says makes it the root, and
# then the target goes round.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

own_rootfs "$T/jail" || skip_all "busybox is not installed"
mknod -m 666 jail/dev/null c 1 3
mkdir img

jailed() { # jailed [COMMAND]: in $T/jail, for which the shell has run COMMAND
	own_start unshare -m --propagation slave setsid sh -c '
		mount -t tmpfs own /mnt && '"${1-:}"' && mount -t proc proc "$1/proc" && exec chroot "$1" /bin/counter /state/now' \
		sh "$T/jail" </dev/null >/dev/null 2>&1
	own_attend "$started"
}

refused() { # refused NAME: sets $err
	fails_with 125 "$1: no freeze" "$CRIU_NS" dump -t "$pid" -D img -o dump.log
	like "$err" "^criu-ns: process $pid \(.*\) has a root \($T/jail\) that is not the root of its mount namespace, which criu cannot freeze; " "... with the reason"
}

jailed
refused "a directory as root"
like "$err" "; start it with pivot_root " "... and what to do"
# criu itself: the table of such a task has no root.
run setsid "$CRIU_BINARY" dump -t "$pid" -D img -o bare.log --external 'mnt[]:sm' --shell-job
isnt "$status" 0 "... criu cannot, either"
like "$(grep Error img/bare.log)" "No parent found for mountpoint|No root found|another root than mntns" "... for that reason"
alive "$pid"
report $? "... it runs"
kill -KILL "$pid" && waitfor exit "$pid"

# shellcheck disable=SC2016 # for that sh
jailed 'mount --bind "$1" "$1"'
refused "a mount as root"
like "$err" "; make that mount the root of all processes in there: nsenter -t $pid -m pivot_root ROOT ROOT && nsenter -t $pid -m umount -l /$" "... and what to do"
remedy=${err##*in there: }
remedy=${remedy//ROOT/"$T/jail"}
runs_ok "... which can be done" bash -c "${remedy%%$'\n'*}"
own_three "then it goes round"
is "$(readlink "/proc/$pid/root")" / "its root is that of its mount namespace"
end_strays
finish
