#!/bin/bash
# criu is started while criu-ns still looks at the tree where that has mounts of its own, too: it then asks by a message, and
# its request waits for it while it waits for its options. Nothing is left when nothing comes of the freeze, whoever is killed.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=ahead.sh
. "$top/tests/ahead.sh"
need_root
need_criu
command -v strace >/dev/null || skip_all "needs strace"

mkdir images own

# own [COMMAND]: a counter with mounts of its own, $pid, after COMMAND in its mount namespace
own() {
	unshare -m --propagation slave sh -c "mount -t tmpfs own own; ${1:-:}; exec \"\$TARGETS/counter\" own/state" &
	attend $!
	first=$id
}

# followed NAME [OPTION...]: freezes $pid; strace lets criu go when that is executed. $line is its command line.
followed() {
	runs_ok "$1" strace -D -f -qqo calls -b execve -e trace=execve,execveat -s 1000 \
		"$CRIU_NS" dump -t "$pid" -D images "${@:2}"
	line=$(sed -n 's/.*, \["criu", \(.*\)\], 0x.*/criu \1/p' calls | tr -d '",')
}
ahead='^criu --config=/proc/self/fd/[0-9]+ swrk [0-9]+$'

## Told late, and told at once

own
followed "mounts of its own" -v4 -o dump.log
like "$line" "$ahead" "... criu was started before its options were known"
like "$(cat images/dump.log)" "Parsing config file /proc/self/fd" "... which came as a configuration file"
like "$(grep -A1 'Running post-dump scripts' images/dump.log)" "RPC" "... and it asks with a message"
thaw "what it has frozen is thawed" images
goes_on "$pid" "$first" "$count" "... and goes on"
clean
followed "in the pid namespace of a thaw" -v4 -o dump.log
like "$line" "$ahead" "... likewise"
dead "$pid" "... it is gone"
thaw "... thaw" images
goes_on "$pid" "$first" "$count" "... and goes on"
clean
look_at "$pid"
followed "without a log file, --leave-running" -R
like "$line" "$ahead" "... likewise"
goes_on "$pid" "$first" "$count" "... it goes on"
kill -KILL "$pid"

clean
mkdir same
own "mount --bind /usr same; mount --bind /etc same"
runs_ok "an image is written anew" strace -D -qqo calls -e trace=linkat,renameat2 "$CRIU_NS" dump -t "$pid" -D images -v0
like "$(cat calls)" '^linkat.*"mountpoints-[0-9]+.img"' "... which never has another name, so that none is left when criu-ns is killed" ||
	say "$(cat calls)"
unlike "$(cat calls)" '\.new"' "... nor has the recipe"
thaw "... thaw" images
goes_on "$pid" "$first" "$count" "... and goes on"
kill -KILL "$pid"

clean
mkdir "a b"
own "mount --bind /usr 'a b'"
followed "a mountpoint with a blank in it"
like "$(tail -n 1 <<<"$line")" "^criu swrk [0-9]+ -t $pid .*mnt\[$T/a b\]:" "... another criu gets all of it on its command line"
thaw "... thaw" images
goes_on "$pid" "$first" "$count" "... and goes on"
kill -KILL "$pid"

clean
mkdir -p many/"$(printf '%0100d' 0)"
start_many() {
	setsid "$TARGETS/grown" mounts 700 "$T/many/$(printf '%0100d' 0)" </dev/null >ready 2>/dev/null &
	pid=$!
	disown
	eventually grep -qs ready ready
}
start_many
followed "more options than a pipe usually holds"
like "$line" "$ahead" "... criu was started before they were known"
is "$(grep -c many/0 images/criu-ns.recipe)" 700 "... all of them"
dead "$pid" "... it is gone"

## Looked at again while criu works

own
clean
runs_ok "frozen" strace -D -qqo calls -e trace=openat,recvmsg,dup3 "$CRIU_NS" dump -t "$pid" -D images -o dump.log -v4
# criu tells that all is stopped, that all is saved, and what the result is
if grep -qs query-ext-files images/dump.log || grep -qs "Running network-lock scripts" images/dump.log; then
	after=$(sed -n "/openat(.*\"$pid\/mountinfo\"/h; /recvmsg/H; \$ { g; p; }" calls | grep -c recvmsg)
	is "$after" 2 "the mounts are looked at again when all is stopped, and criu does not wait for that"
else
	lacks "this criu tells nothing between the stop and the end"
fi
like "$(sed -n '/recvmsg/h; /dup3(/{ g; p; }' calls)" recvmsg "the target's mount namespace is let go before the target ends"
thaw "... thaw" images
goes_on "$pid" "$first" "$count" "... and goes on"
kill -KILL "$pid"

## Nothing comes of it

own
killed_in pidfd_getfd 1 "criu-ns is killed while it looks at the tree"
nothing_is_there
killed_in signalfd4 1 "... when the plan is made"
nothing_is_there
killed_in recvmsg 1 "... when criu has its options"
killed_in recvmsg 2 "... when criu asks"
killed_in recvmsg 3 "... when criu asks again"
clean
followed "then it is frozen after all"
thaw "... and thawed" images
goes_on "$pid" "$first" "$count" "... and goes on"
kill -KILL "$pid"

unshare -m --propagation slave sh -c 'mount -t tmpfs own own; exec "$TARGETS/holds" io_uring' &
attend $!
refused_ahead
kill -KILL "$pid"

# A mount namespace below makes another place of it, and a mount on the way makes other options.
start_nested() {
	setsid unshare -m --propagation slave sh -c 'mount -t tmpfs own own
		unshare -m sleep 1000 </dev/null >/dev/null 2>&1 & exec "$TARGETS/counter" own/state' &
	attend $!
	first=$id
}
start_nested
clean
followed "a process below has mounts of its own, too"
thaw "... thaw" images
goes_on "$pid" "$first" "$count" "... and goes on"
kill -KILL "$pid"
finish
