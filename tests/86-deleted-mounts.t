#!/bin/bash
# Mounts of what has been deleted, as systemd-nspawn leaves them in a container: a file over
# /proc/sys/kernel/random/boot_id, a FIFO over /proc/kmsg. Nobody can mount such a file again; if the caller shows it in
# the same place, the thaw gives a copy.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

mkdir run folder own private
mount -t tmpfs run run
echo 0123-4567 >run/boot_id
chmod 444 run/boot_id
mkfifo -m 600 run/kmsg
mkdir -m 750 run/gone
mount --bind run/boot_id /proc/sys/kernel/random/boot_id
mount --bind run/kmsg /proc/kmsg
mount --bind run/gone folder
rm -r run/boot_id run/kmsg run/gone
umount -l run

places=(/proc/sys/kernel/random/boot_id /proc/kmsg "$T/folder")
seen_there() { # what the target has there
	nsenter -t "$pid" -m sh -c 'stat -c "%n %F %a %u %g %h" "$@"; timeout 5 cat "$1"; ls -A "$3"' sh "${places[@]}" 2>&1
}

service() { # service COMMAND: a target with mounts of its own
	own_start unshare -m --propagation slave setsid sh -c 'mount -t tmpfs private "$1/private" || exit 1
		'"$1"'
		exec "$TARGETS/counter" "$1/private/now"' sh "$T" </dev/null >/dev/null 2>&1
	own_attend "$started"
}

service :
first=$id before=$(seen_there)
like "$before" "boot_id regular file 444 0 0 0" "the target sees a file that is gone"
for cycle in 1 2 3; do
	look_at "$pid"
	freeze "freeze $cycle" "$pid" "images.$cycle" || break
	thaw "thaw $cycle" "images.$cycle"
	goes_on "${pid:-0}" "$first" "$count" "... it goes on"
	is "$(seen_there)" "$before" "... with the same file, FIFO and directory in their places"
	like "$(grep boot_id "/proc/${pid:-0}/mountinfo")" "//deleted /proc/sys/kernel/random/boot_id" \
		"... which have been deleted"
done
kill -KILL "$pid" && dead "$pid" "... and ends"

# A file that only the target has.
service 'mount -t tmpfs own "$1/own" && echo x >"$1/own/x" && : >"$1/own/y" && mount --bind "$1/own/x" "$1/own/y" && rm "$1/own/x"'
run "$CRIU_NS" dump --dry-run -t "$pid" -D .
like "$out$err" "the mount $T/own/y is of /x//deleted, which has been deleted: if that was a file, it comes back empty" \
	"of another file it is said what becomes of it"
kill -KILL "$pid" && dead "$pid" "... and it ends"

umount /proc/sys/kernel/random/boot_id /proc/kmsg folder
finish
