#!/bin/bash
# Trees with more than one mount namespace. A task is judged by its own view: its open files, working directory and
# program may be where the root task sees nothing, and criu can freeze that.
# shellcheck source=lib.sh disable=SC2317 # functions are called by name
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

# own_two_views ROOT CHILD: below a shell with a tmpfs of its own (but for "none": in the mount namespace
# of the caller) one that has another mount namespace, and
# in that a second tmpfs and a read-only /usr. It has a file open in there that is gone; it works in a
# directory of the host's and has a file open in there that is gone, too, both by its own view.
own_two_views() {
	mkdir -p "$T/own" "$T/inner" "$T/work"
	local apart=(unshare -m --propagation "$1")
	[ "$1" != none ] || apart=()
	own_start "${apart[@]}" setsid sh -c '
		[ "$4" = none ] || mount -t tmpfs own "$1/own" || exit 1
		unshare -m --propagation "$3" sh -c "
			mount --bind /usr /usr && mount -o remount,bind,ro,nosuid /usr || exit 1
			mount -t tmpfs -o nodev inner \"\$1/inner\" && cd \"\$1/work\" || exit 1
			exec 8>gone 9>../inner/gone && rm gone ../inner/gone && echo kept >&9 || exit 1
			exec perl -e \"\$2\" \"\$1/inner/state\"" sh "$1" "$2" &
		wait' sh "$T" "$own_keeper" "$2" "$1" </dev/null >/dev/null 2>&1
	own_attend "$started"
}

views() { # what the root task and the one below it see, and what that one has
	[ -n "$inner_only" ] || visible "$pid"
	visible "$seen"
	readlink "/proc/$seen/cwd" "/proc/$seen/fd/8" "/proc/$seen/fd/9"
	cat "/proc/$seen/fd/9"
	cat "/proc/$seen/root/written" 2>/dev/null
	[ -e "/proc/$pid/root/$T/inner/state" ] && echo "both see the same"
}

three() { # three NAME: $pid, which $seen shows
	own_three "$1" "... each with its own view" views
	kill -KILL "$pid" && dead "$pid" "... and ends"
	end_strays
}

# below_bwrap: a shell in the caller's mount namespace, and below it a sandbox.
below_bwrap() {
	command -v bwrap >/dev/null || return 77
	mkdir -p "$T/inner" "$T/work"
	own_start setsid sh -c '
		bwrap --ro-bind / / --dev /dev --tmpfs "$1/inner" --bind "$1/work" "$1/work" --chdir "$1/work" sh -c "
			exec 8>gone 9>../inner/gone && rm gone ../inner/gone && echo kept >&9 || exit 1
			exec perl -e \"\$1\" \"\$2/inner/state\"" sh "$2" "$1" &
		wait' sh "$T" "$own_keeper" </dev/null >/dev/null 2>&1
	own_attend "$started"
}

inner_only=''
own_two_views slave slave
isnt "$(readlink "/proc/$pid/ns/mnt")" "$(readlink "/proc/$seen/ns/mnt")" "there are two mount namespaces"
three two-views
own_two_views private private
three private
own_two_views slave shared
three shared

# A mount more in the one that the root task is not in, on one of the same type and flags.
cat >script <<END
#!/bin/sh
[ "\$CRTOOLS_SCRIPT_ACTION" = post-restore ] || exit 0
read -r child _ <"/proc/\$CRTOOLS_INIT_PID/task/\$CRTOOLS_INIT_PID/children"
nsenter -t "\$child" -m mount -t tmpfs -o nodev late "$T/inner"
END
chmod +x script
own_two_views slave slave
freeze "frozen once more" "$pid" more
fails_with 125 "a thaw fails because there is a mount more below the root task" \
	"$CRIU_NS" restore -d -D more -o restore.log --pidfile pid --action-script "$T/script"
like "$err" "the mounts are not as they were frozen: $T/inner \\(tmpfs\\) is one mount more" "... and it says which"
is "$(strays)" "" "... and nothing is left"
[ ! -e more/pid ]
report $? "... and no pidfile"

# The root task lives in the caller's mount namespace: criu saves the other only together with that one.
for kind in private slave unchanged; do
	own_two_views none "$kind"
	is "$(readlink "/proc/$pid/ns/mnt")" "$(readlink /proc/self/ns/mnt)" "the root task lives in ours"
	three "ours-$kind"
	umount "$T/inner" 2>/dev/null # an unchanged one has reached us
done
if below_bwrap; then
	three bwrap
else
	skip "below bwrap: it is not installed"
fi

# A root that is a directory of a tmpfs, which comes back as all of one: below a shell, and below another sandbox. What
# was written to it is there.
visible_all=$(declare -f visible)
eval "${visible_all/visible/visible_with_root}"
visible() { visible_with_root "$@" | sed 's:^/newroot / :/ / :' | LC_ALL=C sort; }
sandbox() { # sandbox: below a shell, a bubblewrap as its users start it
	own_start setsid sh -c '"$@" & wait' sh "${inside[@]}"
}

if command -v bwrap >/dev/null; then
	own_look_bwrap
	mkdir -p state
	# shellcheck disable=SC2016
	inside=("${usual[@]}"
		--bind "$T/state" /tmp/state --chdir /tmp/state sh -c '
			exec 8>gone 9>/gone && rm gone /gone && echo kept >&9 && echo root >/written || exit 1
			exec perl -e "$1" /now' sh "$own_keeper")
	inner_only=1
	sandbox </dev/null >/dev/null 2>&1
	own_attend "$started"
	three tmpfs-root-below-a-shell

	own_start "${usual[@]}" \
		--bind "$T/state" "$T/state" --unshare-pid --new-session "${inside[@]}" </dev/null >/dev/null 2>&1
	own_attend_child "$started"
	three bubblewrap-in-bubblewrap
else
	skip "bubblewrap in bubblewrap: it is not installed"
fi
eval "$visible_all"
inner_only=''

# What the root task does not have, and what criu's images do not say: a mount of the host's that the root task has
# unmounted, a flag that criu does not know, a private directory over a mount with another one on it.
mkdir -p host gone
mount -t tmpfs host host
mkdir host/sub host/private
mount -t tmpfs sub host/sub
mount -t ramfs gone gone 2>/dev/null || mount -t tmpfs gone gone
own_start unshare -m --propagation slave setsid sh -c '
	mount -t tmpfs own "$1/own" || exit 1
	unshare -m --propagation slave sh -c "
		mount -t tmpfs -o nosymfollow inner \"\$1/inner\" || exit 1
		mount --bind \"\$1/host/private\" \"\$1/host\" && cd \"\$1/work\" || exit 1
		exec 8>gone 9>../inner/gone && rm gone ../inner/gone && echo kept >&9 || exit 1
		exec perl -e \"\$2\" \"\$1/inner/state\"" sh "$1" "$2" &
	while ! [ -s "$1/inner/state" ] && ! ls /proc/$!/fd/9 >/dev/null 2>&1; do sleep 0.02; done
	umount "$1/gone"
	wait' sh "$T" "$own_keeper" </dev/null >/dev/null 2>&1
own_attend "$started"
while grep -q " $T/gone " "/proc/$started/mountinfo"; do sleep 0.01; done
like "$(cat "/proc/$seen/mountinfo")" " $T/inner rw,relatime,nosymfollow" "a flag that criu does not know"
three its-own

# A slave of each of the root task's mounts, none of which holds the others, as bubblewrap binds them.
own_start setsid sh -c '
	unshare -m --propagation slave sh -c "
		mount --bind /usr \"\$1/own\" && mount --bind /etc \"\$1/inner\" && cd \"\$1/work\" || exit 1
		exec 8>gone 9>kept && rm gone kept && echo kept >&9 || exit 1
		exec perl -e \"\$2\"" sh "$1" "$2" &
	wait' sh "$T" "$own_keeper" </dev/null >/dev/null 2>&1
own_attend "$started"
three binds
umount host/sub host gone

own_deleted ""
like "$(cat "/proc/$pid/mountinfo")" "/gone//deleted $T/deleted" "a directory that is gone is mounted"
three deleted 2>/dev/null
[ ! -e gone ]
report $? "it is gone as before"
finish
