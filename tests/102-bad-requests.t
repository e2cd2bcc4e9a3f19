#!/bin/bash
# Clients that send what is no request, or go away in the middle: criu-ns ends as criu does, the tree runs or is frozen as
# a whole, and nothing stays.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=rpc.sh
. "$top/tests/rpc.sh"
need_root
need_criu

## What is no request, and what is not ours

plain() { sed -E 's/^\([0-9.]+\)//; s/pid [0-9]+/pid N/' <<<"$1"; }

same() { # same NAME REQUEST...: criu and criu-ns answer the same, and end the same way
	local bare
	server=$CRIU_BINARY
	ask "${@:2}"
	bare=$(plain "$out")
	server=$CRIU_NS
	ask "${@:2}"
	is "$(plain "$out")" "$bare" "$1"
}

mkdir images
printf 'no socket' >file
for kind in "$CRIU_BINARY" "$CRIU_NS"; do
	run "$kind" swrk 7 7<file
	echo "$status" >>ends
done
is "$(sort -u ends | wc -l)" 1 "a descriptor that is no socket"
same "a type that there is not" 77
same "no type" @raw=1200
same "half a message" @raw=08011205
same "a length behind the end" @raw=080112ffffffff0f
same "a group, which protobuf has no longer" @raw=08010b
same "noise" "@raw=$(head -c 2000 /dev/urandom | od -An -tx1 | tr -d ' \n')"
same "a large message of nothing" "@raw=$(head -c 150000 /dev/zero | od -v -An -tx1 | tr -d ' \n')"
same "options that are cut off" dump @opts=0a05
same "no images directory" dump pid=1 @opts=08ffffffffffffffffff01
same "a version, and the connection stays open" version @keep -- version
same "what cannot stay open" dump images=@images @keep
same "features" feature-check @features
same "features, and the connection stays open" feature-check @features @keep -- version @keep -- 77
start counter
first=$id
if "$CRIU_BINARY" check --feature mem_dirty_track >/dev/null 2>&1; then
	ask pre-dump images=@images "pid=$pid" -- pre-dump images=@images "pid=$pid" -- restore images=@images
	like "$out" "^empty success=0" "after a pre-dump comes another one or a dump"
else
	ask pre-dump images=@images "pid=$pid" log_file=p.log # criu would abort, with its code in the process
	like "$out" "^pre-dump success=0 .*does not track which memory" "a pre-dump without dirty tracking: refused"
fi
look_at "$pid"
goes_on "$pid" "$first" "$count" "the process runs"
kill -KILL "$pid"

whole() { # whole PID DIR NAME: the process runs, or is frozen as a whole, when criu has ended
	local runs=0 i
	for ((i = 0; i < 6000; i++)); do
		[ -e "$2/dump.log" ] || [ "$i" -lt 150 ] || break # it has not been started, or has just been
		! grep -sqE 'Dumping (finished|FAILED)|^\(00.000000\) Error' "$2/dump.log" || break
		pause 0.01
	done
	calm
	if alive "$1"; then
		look_at "$1"
		waitfor count "$1" "$count" || runs=1
		report "$runs" "$3: the process runs"
	else
		[ -s "$2/inventory.img" ]
		report $? "$3: the process is frozen, and the images are complete" "$(ls "$2")"
	fi
}

gone() { # gone NAME OPTION... -- REQUEST...: the client goes away, and then criu-ns ends
	local name=$1 options=() worker
	shift
	while [ "$1" != -- ]; do options+=("$1") && shift; done
	shift
	rm -f worker
	run "$TARGETS/rpc" "${options[@]}" -p "$T/worker" "$server" "$@"
	worker=$(cat worker)
	waitfor exit "$worker"
	report $? "$name: criu-ns ends"
}

frame() { # frame DIR: a process in a frame of its own, where criu gets a changed request; sets $pid
	start counter
	first=$id
	rpc_freeze "$1: freeze" "$pid" "$1"
	rpc_thaw "$1: thaw" "$1"
	goes_on "${pid:-0}" "$first" "$count" "$1: it runs"
}

## Large, and sent by who may not have buffers of any size

if command -v setpriv >/dev/null; then
	frame large
	printf -v part '%0100000d' 0
	run timeout 30 setpriv --bounding-set=-net_admin "$TARGETS/rpc" "$server" dump images=@images "pid=$pid" leave_running=1 \
		log_file=large.log "1000=:$part" "1001=:$part" "1002=:$part"
	like "$out" "^dump success=1" "a request of 300,000 bytes"
	kill -KILL "$pid"
	end_strays
else
	skip "needs setpriv" 4
fi

## Clients that go away

start counter
first=$id
for where in here frame; do
	[ "$where" = here ] || frame made
	for script in pre-dump post-dump; do
		mkdir "$where.$script"
		gone "$where, a client that leaves at $script" -g "$script" -- dump "images=@$where.$script" "pid=$pid" log_file=dump.log log_level=4 notify=1
		whole "$pid" "$where.$script" "$where, $script"
		alive "$pid"
		report $? "... as with criu, it runs"
	done
	mkdir "$where.once"
	gone "$where, a client that leaves at once" -G -- dump "images=@$where.once" "pid=$pid" log_file=dump.log log_level=4
	whole "$pid" "$where.once" "$where, at once"
done

kill -KILL "$pid"
end_strays
for script in pre-restore post-restore; do
	gone "a client that leaves a thaw at $script" -g "$script" -- restore images=@made log_file=restore.log notify=1
	calm criu-ns-init
	report $? "... nothing is left"
	settle 0
	report $? "... not even a process" "$(strays)"
done

## criu-ns is killed

make_stop
echo "action-script $T/stop" >stop.conf
for stage in pre-dump post-dump; do
	frame "killed.$stage"
	mkdir "at.$stage"
	set_gate "$stage"
	"$TARGETS/rpc" -p "$T/worker" "$server" dump "images=@at.$stage" "pid=$pid" log_file=dump.log log_level=4 config_file="$T/stop.conf" >killed.out 2>&1 &
	client=$!
	waitfor file reached
	kill -KILL "$(cat worker)"
	wait "$client"
	open_gate
	whole "$pid" "at.$stage" "criu-ns is killed at $stage"
	kill -KILL "$pid" 2>/dev/null
	end_strays
done
# Of two processes that make their first sendmsg(2), one is to become criu, and the other one is criu-ns, which tells
# the client.
if command -v strace >/dev/null && strace -qo /dev/null true 2>/dev/null; then
	frame unborn
	cat >killing <<END
#!/bin/sh
exec strace -f -qqq -o $T/calls -e trace=sendmsg -e inject=sendmsg:signal=KILL:when=1 $CRIU_NS "\$@"
END
	chmod +x killing
	for request in "dump images=@images pid=$pid leave_running=1" "restore images=@unborn"; do
		# shellcheck disable=SC2086 # words
		run timeout 20 "$TARGETS/rpc" "$T/killing" $request log_file=unborn.log
		is "$status" 0 "${request%% *}: what would have been criu is killed before it has the request: criu-ns ends"
		like "$(cat calls)" "killed by SIGKILL" "... as here"
	done
	goes_on "$pid" "$first" "$count" "... the process runs"
	kill -KILL "$pid"
	end_strays
else
	skip "needs strace" 8
fi
set_gate post-restore
"$TARGETS/rpc" -p "$T/worker" "$server" restore images=@made log_file=restore.log config_file="$T/stop.conf" >killed.out 2>&1 &
client=$!
waitfor file reached
kill -KILL "$(cat worker)"
wait "$client"
open_gate
calm criu-ns-init
report $? "criu-ns is killed in a thaw: nothing is left"
settle 0
report $? "... not even a process" "$(strays)"
finish
