#!/bin/bash
# A tree with mounts of its own, and with files and sockets from outside, is thawed ahead, too: the host's mounts are laid out only
# when the plan is made, while criu still starts. Nothing is left when nothing comes of the thaw, whoever is killed.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
# shellcheck source=thaw-ahead.sh
. "$top/tests/thaw-ahead.sh"
need_root
need_criu
command -v strace >/dev/null || skip_all "needs strace"

ahead='^criu --config=/proc/self/fd/[0-9]+ restore $'

# frozen_again NAME: $pid is frozen into images, which take the place of those that were there
frozen_again() {
	look_at "$seen"
	first=$id
	rm -rf images
	freeze "$1 is frozen" "$pid" images
	frozen=$count
	files=$(ls images)
}

# mounts: the mount table here, without the numbers of the mounts
mounts() { sed 's/^[0-9]* [0-9]* //' /proc/self/mountinfo | without_cgroup2_options; }

## Told late

own_service shared
frozen_again "a service"
like "$(cat images/criu-ns.recipe)" '^file id=.* path=/dev/null' "... with files from outside"
table=$(mounts)
again "a service" -v4 -o "$T/log"
like "$line" "$ahead" "... criu was started before its options were known"
like "$(cat log)" "Parsing config file /proc/self/fd" "... which came as a configuration file"

thaw "it is thawed once more" images
seen=$pid
like "$(readlink "/proc/$pid/fd/0" "/proc/$pid/fd/1" | tr '\n' ' ')" "^/dev/null $T/service.log " "... and its files are handed to it"
frozen_again "... what was thawed"
again "... once more"
like "$line" "$ahead" "... criu was started before its options were known"
is "$(mounts)" "$table" "... and nothing of all that is mounted here"

mkdir "a b"
again "with a blank in a value" -v4 -o "$T/a b/log"
like "$line" "^criu restore -d -D images .*-o $T/a b/log " "... criu gets all of it on its command line"
rm -r "a b"

## Nothing comes of it

rm -f images/pid images/restore.log
files=$(ls images)
# its first fstatfs(2) is about /proc, then come the three files from outside, and then its stdio
killed_in fstatfs 5 "criu-ns is killed at the end of the look"
killed_in signalfd4 1 "... when the plan is made"
killed_in sendmsg 1 "... when it tells the pseudo-init to go on"
killed_in recvmsg 1 "... when the pseudo-init has said that all is ready"
killed_in write 2 "... when it tells criu what to do"
others_are_killed 5

refused_for_pidfile

cp images/criu-ns.recipe kept
sed -i 's,^\(mount at=/var/tmp .*folder=\)[^ ]*,\1/not/there,' images/criu-ns.recipe
files=$(ls images)
fails_with 125 "a thaw is refused because a directory of the host's is gone" \
	strace -D -qqo calls -e trace=clone3 "$CRIU_NS" restore -d -D images --pidfile pid -o restore.log
unlike "$(cat calls)" "CLONE_NEWPID" "... before anything is made"
nothing_is_left
mv kept images/criu-ns.recipe

cp images/criu-ns.recipe kept
sed -i 's,^\(mount at=/home .*type=\)tmpfs,\1ext4,' images/criu-ns.recipe
fails_with 125 "a thaw fails because a mount is not as it was" \
	"$CRIU_NS" restore -d -D images --pidfile pid -o "$T/log"
like "$err" "the mounts are not as they were frozen: .*/home" "... and it says which"
nothing_is_left
mv kept images/criu-ns.recipe

# The mounts are compared as soon as the root task has them, while criu goes on; but that is not the last time.
cat >script <<'END'
#!/bin/sh
[ "$CRTOOLS_SCRIPT_ACTION" != post-restore ] || nsenter -t "$CRTOOLS_INIT_PID" -m mount -t tmpfs $OPTIONS late "$PLACE"
END
chmod +x script
# one_more NAME PLACE OPTIONS REGEX: a tmpfs is mounted there when all is restored
one_more() {
	rm -f images/pid
	fails_with 125 "a thaw fails because there is a mount more, $1" env PLACE="$2" OPTIONS="$3" \
		"$CRIU_NS" restore -d -D images --pidfile pid -o "$T/log" --action-script "$T/script"
	like "$err" "the mounts are not as they were frozen: $4" "... and it says which"
	nothing_is_left
}
one_more "at its end" /opt "" "/opt \\(tmpfs\\) was not mounted before"
one_more "on one of the same type and flags" /home "-o ro,nosuid,nodev" \
	"/home \\(tmpfs\\) is one mount more than before on that mountpoint"
rm -f images/pid
runs_ok "with --warn-mounts it is thawed with that" env PLACE=/home OPTIONS="-o ro,nosuid,nodev" \
	"$CRIU_NS" restore -d -D images --pidfile pid -o "$T/log" --action-script "$T/script" --warn-mounts
like "$err" "a mount is not as it was frozen: /home .*one mount more" "... and a warning"
is "$(grep -c " /home .* tmpfs " "/proc/$(cat images/pid)/mountinfo")" 2 "... both are there"
goes_on "$(cat images/pid)" "$first" "$frozen" "... and it goes on"
end_strays
is "$(mounts)" "$table" "nothing of all that is mounted here"

again "after all of that"
like "$line" "$ahead" "... criu was started before its options were known"

## A root that criu-ns has kept

own_bwrap --unshare-ipc
case $? in
77) skip "no bubblewrap" 7 ;;
*)
	frozen_again "a sandbox"
	seen=
	"$CRIU_NS" restore -d -D images --pidfile pid -o "$T/log" -v4 || true
	like "$(head -n 40 log)" "Parsing config file /proc/self/fd" "... its thaw is started ahead"
	pid=$(cat images/pid)
	seen=$(own_seen "${pid:-0}")
	goes_on "${seen:-0}" "$first" "$frozen" "... it goes on"
	end_strays
	;;
esac
finish
