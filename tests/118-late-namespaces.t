#!/bin/bash
# A task of the tree that goes into a namespace of its own after criu-ns has looked, and before criu stops it. Some of them
# criu refuses to freeze; the others it would freeze, and never thaw. The freeze fails, and the tree goes on.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
# shellcheck source=rpc.sh
. "$top/tests/rpc.sh"
need_root
need_criu
[ "$(uname -m)" = x86_64 ] || skip_all "the number of unshare(2) is that of x86_64"

real=$CRIU_BINARY

# Who gets SIGUSR1 calls unshare(2).
# shellcheck disable=SC2016 # of perl
go='$SIG{USR1} = sub { open my $done, ">", "late"; print $done syscall(272, hex $ENV{LATE}), "\n"; };'
# shellcheck disable=SC2016
child="if (!(my \$child = fork)) { $go; select undef, undef, undef, 1 while 1; }"

as_criu() { # as_criu COMMAND...: before criu begins, in its process
	printf '%s\n' '#!/bin/sh' "$@" "exec $real \"\$@\"" >criu
	chmod +x criu
	export CRIU_BINARY=$T/criu
}

unshared="[ -e $T/late ] || { kill -USR1 \$(cat $T/goer) && $TARGETS/waitfor file $T/late; }"
always="rm -f $T/late; kill -USR1 \$(cat $T/goer) && $TARGETS/waitfor file $T/late"

begin() { # begin WHO FLAG [COMMAND...]: WHO: the root task, or its child
	rm -rf late images
	mkdir images
	export LATE=$2
	own_start "${@:3}" setsid perl -e "$go $child $own_keeper" </dev/null >/dev/null 2>&1
	own_attend "$started"
	waitfor children "$pid" 1
	if [ "$1" = root ]; then
		echo "$pid" >goer
	else
		children_of "$pid" >goer
	fi
}

goes_on_here() {
	is "$(cat late)" 0 "... it went there"
	goes_on "$pid" "$id" "$count" "... and goes on"
	is "$(children_of "$pid" | wc -l)" 1 "... with its child"
	kill -KILL "$(children_of "$pid")" "$pid"
	waitfor exit "$pid"
}

ends_tree() {
	dead "$pid" "... and frozen"
	thaw "... and thawed" images
	goes_on "${pid:-0}" "$id" "$count" "... and goes on"
	kill -KILL -- "$(children_of "$pid")" "$pid"
	waitfor exit "$pid"
}

tried() { # tried WHAT: what has changed, so that it was tried again
	like "$err" "^criu-ns: try 1: process $pid \(.*\) could not be frozen, because $1 while the tree was being frozen; it runs on as before, and is frozen again$" \
		"... why it is tried again is said"
}

dump() { # dump CODE NAME [OPTION...]
	fails_with "$1" "$2" "$CRIU_NS" dump -t "$pid" -D images -o dump.log "${@:3}"
}

as_criu "$unshared"
while read -r who kind flag code; do
	begin "$who" "$flag"
	dump "$code" "$kind, the $who"
	tried "process $(cat goer) \(.*\) went into another .*$kind namespace.*"
	if [ "$code" = 0 ]; then
		ends_tree
		continue
	fi
	like "$err" "^criu-ns: process .* is in another $kind namespace.* than that one, which criu cannot (freeze|thaw)" \
		"... the second look refuses it"
	is "$(cat images/pstree.img 2>/dev/null)" "" "... the images are not complete"
	goes_on_here
done <<-END
	child UTS     4000000  125
	child IPC     8000000  125
	child cgroup  2000000  125
	child network 40000000 125
	child mount   20000    0
	root  UTS     4000000  125
	root  IPC     8000000  125
	root  cgroup  2000000  125
	root  network 40000000 125
END

# Its next children: criu does not look at that, and after the thaw they would be born where they were before.
for who in child root; do
	begin "$who" 20000000
	dump 0 "the next children of the $who"
	tried "process $(cat goer) \(.*\) began to have its children in another pid namespace"
	like "$err" "note: the next children of process $(cat goer) \(.*\) would have been born in a pid namespace of their own" "... it is said"
	ends_tree
done

# One that goes into another one at each try.
as_criu "$always"
begin child 20000
dump 125 "into another one of mounts at any time"
is "$(grep -c "^criu-ns: try [1-4]: .* because process $(cat goer) .* went into another mount namespace" <<<"$err")" 4 \
	"... it is tried five times"
like "$err" "^criu-ns: process $(cat goer) \(.*\) went into another mount namespace while .*; the tree runs on as before; try again$" \
	"... and said at last"
goes_on_here

as_criu :
begin child 40000000 unshare --net
kill -USR1 "$(cat goer)"
waitfor file late
freeze "two namespaces that were there" "$pid" images
thaw "... come back" images
kill -KILL -- "$(children_of "$pid")" "$pid"
waitfor exit "$pid"
as_criu "$unshared"

# A thread, which criu does not look at: it would come back where its process is.
for kind in net ipc pid; do
	rm -rf late images
	mkdir images
	own_start "$TARGETS/apart" "$kind" late </dev/null >/dev/null 2>&1
	own_attend "$started"
	echo "$pid" >goer
	if [ "$kind" = pid ]; then
		dump 0 "$kind, a thread"
		tried "thread [0-9]+ of process $pid \(.*\) began to have its children in another pid namespace"
		dead "$pid" "... it is frozen, with a note"
		continue
	fi
	dump 125 "$kind, a thread"
	tried "thread [0-9]+ of process $pid \(.*\) went into another .*"
	like "$err" "^criu-ns: thread [0-9]+ of process $pid .* is in another" "... the second look refuses it"
	goes_on "$pid" "$id" "$count" "... and goes on"
	kill -KILL "$pid"
	waitfor exit "$pid"
done

## Where the tree has mounts of its own, criu asks, by message or by script.

# shellcheck disable=SC2016 # for that shell
own=(unshare -m --propagation slave sh -c 'mount -t tmpfs own /mnt; exec "$@"' sh)
for option in "" "--action-script /bin/true"; do
	begin child 40000000 "${own[@]}"
	# shellcheck disable=SC2086 # words
	dump 125 "with mounts of its own ${option% *}" $option
	like "$err" "process $(cat goer) .* went into another network namespace" "... why is said"
	goes_on_here
done

## When nobody is left who could say no, the freeze goes on.

# shellcheck disable=SC2016 # for that shell
as_criu 'kill -STOP $PPID' "echo \$\$ >$T/criu.pid; echo \$PPID >$T/stopped"
begin child 0
"$CRIU_NS" dump -t "$pid" -D images -o dump.log >said 2>&1 &
disown
waitfor file stopped || say "$(cat said)"
criu=$(cat criu.pid)
# shellcheck disable=SC2317 # eventually calls it
waits() { grep -qE "fanotify|^0" "/proc/$criu/wchan"; } # 0: this kernel does not tell
eventually waits
report $? "criu waits for a criu-ns that is stopped" "$(cat "/proc/$criu/wchan" "/proc/$criu/comm")"
kill -KILL "$(cat stopped)"
waitfor exit "$criu"
dead "$pid" "... that is killed: the tree is frozen all the same"
as_criu :
thaw "... and thawed" images
goes_on "${pid:-0}" "$id" "$count" "... and goes on"
kill -KILL -- "$(children_of "$pid")" "$pid"
waitfor exit "$pid"
as_criu "$unshared"

## By RPC

begin child 40000000
ask dump "images=@images" "pid=$pid" log_file=dump.log
like "$answer" "^dump success=0" "by RPC"
like "$(cat images/dump.log)" "criu-ns.*: process $(cat goer) .* went into another network namespace" "... why is said in the log"
goes_on_here

## The image at which criu waits is there before criu, and gone when criu was never there.

as_criu 'echo "(00.1) Error (criu/some.c:1): no" >images/dump.log' 'exit 1'
begin child 0
dump 1 "a criu that fails before it"
is "$(ls images)" dump.log "... no image is left"
kill -KILL "$(children_of "$pid")" "$pid"
waitfor exit "$pid"
as_criu "$unshared"

## In an old directory, where there is such an image.

as_criu :
begin child 40000000
freeze "leaves it running" "$pid" images -R
as_criu "$unshared"
dump 125 "the same again"
like "$err" "process $(cat goer) .* went into another network namespace" "... why is said"
goes_on_here

## Where criu cannot be made to wait, it asks.

if command -v strace >/dev/null && strace -qo /dev/null true 2>/dev/null; then
	begin child 40000000
	fails_with 125 "no permission events" strace -qqo calls -e trace=fanotify_init -e inject=fanotify_init:error=EPERM \
		"$CRIU_NS" dump -t "$pid" -D images -o dump.log -v4
	like "$(cat calls)" "EPERM.*INJECTED" "... as here"
	like "$err" "process $(cat goer) .* went into another network namespace" "... why is said"
	like "$(cat images/dump.log)" "RPC" "... it has asked"
	goes_on_here
else
	skip "needs strace" 7
fi
finish
