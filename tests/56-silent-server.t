#!/bin/bash
# File systems that a process serves (FUSE): if the server does not answer, whoever asks it waits in the kernel,
# where SIGKILL does not end it. criu-ns asks nothing itself, and refuses what criu would hang on, while the tree
# still runs; with a server that answers, freeze and thaw work as with bare criu.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
# shellcheck source=silent.sh
. "$top/tests/silent.sh"
need_root
need_criu
fuse_device || skip_all "needs /dev/fuse"

mkdir fs plain
limit="timeout -s KILL 20" # bare criu would wait until its server ends

# refused NAME REGEX COMMAND...: with 125, in less time than criu-ns waits for two servers
refused() {
	local name=$1 regex=$2 begin=$SECONDS
	shift 2
	# shellcheck disable=SC2086 # three words
	fails_with 125 "$name: refused" $limit "$@"
	like "$err" "^criu-ns: .*$regex" "... and why"
	[ $((SECONDS - begin)) -lt 4 ]
	report $? "... soon"
}

# calm_target NAME: it was not stopped
calm_target() {
	look_at "$seen"
	goes_on "$seen" "$id" "$count" "$1"
}

stop() { # ends the target
	kill -KILL "$pid" && waitfor exit "$pid"
	end_strays
}

reader() { # reader [OPTION... of unshare]: with fs/file open
	local own=()
	[ $# = 0 ] || own=(unshare "$@")
	own_start "${own[@]}" setsid sh -c '
		[ "$2" = 0 ] || mount -t tmpfs own "$1/plain" || exit 1
		exec 7<"$1/fs/file" && exec perl -e "$3"' sh "$T" $# "$own_keeper" </dev/null >/dev/null 2>&1
	own_attend "$started"
}

both() { # both NAME [OPTION...]: a target that has the file open, in the caller's mounts or in its own
	local name=$1 first
	serve
	reader "${@:2}"
	first=$id
	freeze "$name, a server that answers: freeze" "$pid" "$name.img"
	thaw "... thaw" "$name.img"
	seen=$(own_seen "${pid:-0}")
	goes_on "${seen:-0}" "$first" 0 "... it goes on"
	mkdir "$name.no"
	silence
	refused "$name, a silent server" "descriptor 7 of process [0-9]+ .*does not answer.*abort" \
		"$CRIU_NS" dump -t "$pid" -D "$name.no" -o dump.log
	calm_target "... the target goes on"
	is "$(ls -A "$name.no")" "" "... nothing is written"
	refused "... with --dry-run" "does not answer" "$CRIU_NS" dump --dry-run -t "$pid" -D "$name.no"
	refused "... to thaw it" "does not answer" "$CRIU_NS" restore -d -D "$name.img" -o restore.log
	unserve
	stop
}

# Of many descriptors copies are asked, where nothing is served at all; whoever closed one of this file would wait.
many() { # many NAME COMMAND: with 300 descriptors, and then one of a silent file; the command is run meanwhile
	serve
	mkdir "$1.no"
	own_start setsid perl -e '
		my ($dir, $keep) = splice @ARGV;
		my @many = map { open my $one, "<", "/etc/passwd" or die; $one } 1 .. 300;
		open my $silent, "<", "$dir/fs/file" or die;
		eval $keep' "$T" "$own_keeper" </dev/null >/dev/null 2>&1
	own_attend "$started"
	"${@:2}"
	silence
	refused "$1, many descriptors, a silent server" "descriptor 303 of process [0-9]+ .*does not answer" \
		"$CRIU_NS" dump -t "$pid" -D "$1.no" -o dump.log
	calm_target "... the target goes on"
	unserve
	stop
}

many mounted true
many unmounted umount -l fs

serve
reader
silence
mkdir same.no
refused "the caller's mounts, a silent server" "descriptor 7 of process [0-9]+ .*does not answer" \
	"$CRIU_NS" dump -t "$pid" -D same.no -o dump.log
calm_target "... the target goes on"
out=$($limit "$CRIU_NS" dump --dry-run -t "$pid" -D same.no 2>&1 &)
like "$out" "does not answer" "... what is left behind keeps no pipe of the caller's open"
unserve
stop

both own -m --propagation slave

# A mount that only the target has is refused anyway; nothing may ask it on the way there.
mkdir private.no
: >server.log # of the server before, which waitfor would take for this one's
own_start unshare -m --propagation private setsid sh -c '
	"$2/silentfs" "$1/fs" >"$1/server.log" & echo $! >"$1/server.pid"
	"$2/waitfor" file "$1/server.log"; exec 7<"$1/fs/file" && exec perl -e "$3"' \
	sh "$T" "$TARGETS" "$own_keeper" </dev/null >/dev/null 2>&1
own_attend "$started"
server=$(cat server.pid)
refused "a server in the tree" "descriptor 7 of process [0-9]+ .*process $server of the same tree serves" \
	"$CRIU_NS" dump -t "$pid" -D private.no -o dump.log
calm_target "... the target goes on"
silence
refused "... that is silent" "does not answer" "$CRIU_NS" dump -t "$pid" -D private.no -o dump.log
calm_target "... the target goes on"
kill -KILL "$server"
stop

# The target's file has a path that on the host leads into the silent file system.
serve
mkdir path.no
own_start unshare -m --propagation private sh -c '
	umount "$1/fs" && mount -t tmpfs cover "$1/fs" && exec 7>"$1/fs/file" &&
	exec unshare -m --propagation private setsid perl -e "$2"' sh "$T" "$own_keeper" </dev/null >/dev/null 2>&1
own_attend "$started"
silence
refused "a path into the silent file system" "descriptor 7 .*opened in another mount namespace" \
	"$CRIU_NS" dump -t "$pid" -D path.no -o dump.log
calm_target "... the target goes on"
unserve
stop
finish
