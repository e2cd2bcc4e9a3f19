#!/bin/bash
# criu-ns service, and trees that freeze themselves: by a service, and by a worker that is not their child.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=rpc.sh
. "$top/tests/rpc.sh"
need_root
need_criu

start_service() { # in the background
	umask 0
	"$CRIU_NS" service --address "$T/socket" --status-fd 9 </dev/null 9>ready >/dev/null 2>service.err &
	service=$!
	disown "$service"
	umask 022
	waitfor file ready # a NUL byte
	server=@$T/socket
}

end_service() {
	kill -TERM "$service"
	waitfor exit "$service"
	rm -f socket ready
}

start_self() { # start_self FILE FIELD...: a target that freezes itself; sets $pid when it is gone
	"$TARGETS/rpc" -s -f "$T/$1" "$server" dump "${@:2}" &
	pid=$!
	disown "$pid"
	waitfor state "$pid"
	look_at "$pid"
}

## A service

chmod 755 "$T" # for whoever may ask
start_service
ask version
like "$answer" "^version success=1 major=[0-9]+" "a service answers"
start counter
first=$id
rpc_freeze "it freezes a process" "$pid" images
dead "$pid" "... it is gone"
rpc_thaw "it thaws it" images
goes_on "${pid:-0}" "$first" "$count" "... it goes on"
look_at "$pid"
rpc_freeze "it freezes what it has thawed" "$pid" images.2
dead "$pid" "... it is gone"
rpc_thaw "it thaws it again" images.2
goes_on "${pid:-0}" "$first" "$count" "... it goes on"
last=$pid

for what in rst_sibling=1 @key=0:x @opts=5a022000; do
	mkdir -p refused
	ask restore images=@refused "$what"
	like "$answer" "^restore success=0 .*not allowed in a standalone service" "it does not take what only a worker may ($what)"
	ask check images=@refused "$what"
	like "$answer" "^check success=0 .*not allowed in a standalone service" "... in no request"
done
ask dump images=@refused pid=99999999
like "$answer" "^dump success=0 restored=0 errno=3 .*cannot find process" "a refusal is the answer"

is "$(stat -c %a socket)" 600 "the socket is for the user of the service alone, whatever the umask, as criu's"
if command -v setpriv >/dev/null; then
	nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups "$TARGETS/rpc" "$server" version)
	run "${nobody[@]}"
	like "$out$err" "Permission denied" "... others may not ask"
	chmod 666 socket
	run "${nobody[@]}"
	like "$out" "^version success=1" "... unless that is changed"

	# A log is written with the rights of the service, so criu takes none outside of the work directory.
	mkdir theirs
	chown 65534 theirs
	echo secret >keep.log
	for target in "$last" 1; do # 1 cannot be frozen, which we would write there
		run "${nobody[@]::6}" dump images=@theirs "pid=$target" log_file=../keep.log leave_running=1
		like "$out" "^dump success=0 restored=0 errno=56" "a log that is not in the work directory (pid $target)"
		is "$(cat keep.log)" secret "... is not touched"
	done
else
	skip "needs setpriv" 6
fi

for n in 1 2 3 4 5; do
	mkdir "many.$n"
	"$TARGETS/rpc" "$server" dump "images=@many.$n" "pid=$last" leave_running=1 log_file=dump.log >"many.$n/out" 2>&1 &
done
wait
like "$(cat many.*/out | grep -c '^dump success=')" "5" "five clients at once, all for the same process, get five answers"
look_at "$last"
goes_on "$last" "$first" "$count" "... which goes on"
is "$(children_of "$service" | wc -l)" 0 "no client's process is left at the service"

long=$(printf '%0200d' 0)
touch "$T/${long:0:107}"
fails_with 125 "an address that a socket cannot have is refused" "$CRIU_NS" service --work-dir "$T" --address "$long"
like "$err" "^criu-ns: the address $long is too long for a socket, which takes 107 bytes" "... with the reason"
is "$(ls "$T/${long:0:107}")" "$T/${long:0:107}" "... and what has the beginning of it for a name stays"

## A tree that freezes itself

self() { # self NAME: with $server
	local cycle first
	mkdir -p "$1"
	start_self "$1.answer" "images=@$1" log_file=dump.log log_level=4
	first=$id
	dead "$pid" "$1: it is frozen, by itself" || say "$(cat "$1.answer" "$1/dump.log")"
	is "$(cat "$1.answer")" "" "... and has heard nothing of that"
	for cycle in first second; do
		thaw "... a $cycle thaw" "$1"
		goes_on "${pid:-0}" "$first" 1 "... it goes on"
		is "$(head -n 1 "$1.answer" | cut -c1-26)" "dump success=1 restored=1" "... and has heard that it was thawed"
		kill -KILL "$pid"
		waitfor exit "$pid"
		: >"$1.answer"
	done
}

self service
server=$CRIU_NS
self worker

start_self stays.answer images=@images log_file=stays.log leave_running=1
waitfor file stays.answer
like "$(cat stays.answer)" "^dump success=1 restored=0" "one that goes on running hears that, too"
look_at "$pid"
goes_on "$pid" "$id" "$count" "... it goes on"
kill -KILL "$pid"
end_service

## A client that has no pid where the service is: it names directories by their paths

mkdir below
unshare -pf --mount-proc --kill-child sh -c 'setsid "$TARGETS/counter" </dev/null >/dev/null 2>&1 & echo $! >inside
	"$CRIU_NS" service --address "$0/socket" --status-fd 9 9>ready </dev/null >/dev/null 2>service.err & wait' "$T" &
outer=$!
disown "$outer"
waitfor file ready
server=@$T/socket
ask dump images=-1 "images_dir=$T/below" "pid=$(cat inside)" log_file=dump.log leave_running=1
like "$answer" "^dump success=1" "a client in another pid namespace: freeze"
ask restore images=-1 "images_dir=$T/below" log_file=restore.log
like "$answer" "^restore success=1" "... thaw, in a pid namespace of its own, because its pid is taken"
ask dump images=@below "pid=$(cat inside)" log_file=dump.log leave_running=1
like "$answer" "^dump success=0 restored=0 errno=56" "... by a descriptor that nobody knows there"
ask dump images=-1 "images_dir=$T/below" log_file=dump.log leave_running=1
like "$answer" "^dump success=0" "... and itself it cannot mean"
kill -KILL "$outer"
rm socket ready
end_strays

## As criu's: --daemon, pidfile, status fd, log, working directory

mkdir place
mkfifo ready
runs_ok "as a daemon" timeout 20 sh -c '"$@" 8>&1 >/dev/null | head -c 1 | wc -c >ready.count' sh \
	"$CRIU_NS" service -d -W "$T/place" --pidfile pid --status-fd 8 -o service.log
is "$(xargs <ready.count)" 1 "... it says when it is ready"
service=$(cat place/pid)
alive "$service"
report $? "... its pidfile names it"
server=@$T/place/criu_service.socket
ask version
like "$answer" "^version success=1" "... and it answers"
[ -e place/service.log ]
report $? "... its log is where criu's is"
kill "$service"
waitfor exit "$service"
report $? "... SIGTERM ends it"
end_strays
finish
