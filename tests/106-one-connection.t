#!/bin/bash
# Several requests on one connection, and fields of a request that name descriptors of the client's: answered as by criu, and
# what is of trees is done as on a connection of its own.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
# shellcheck source=rpc.sh
. "$top/tests/rpc.sh"
need_root
need_criu

said() { # said: the answers, without what differs from one criu to the next
	sed -E 's/(port|server)=[0-9]+/\1=N/g; s/ errmsg=.*//' <<<"$out"
}

# both NAME REQUEST...: criu-ns's client hears what criu's does, and its worker ends as criu's; sets $out, criu-ns's
both() {
	local wanted
	server=$CRIU_BINARY
	ask "${@:2}"
	wanted=$(said)
	server=$CRIU_NS
	ask "${@:2}"
	is "$(said)" "$wanted" "$1"
}

## A connection that is kept open

mkdir kept
ps=@opts=5a021000 # a page server at any port
both "cpuinfo, kept open" cpuinfo-dump images=@kept @keep -- cpuinfo-check images=@kept @keep -- version
like "$out" "^cpuinfo-check success=1" "... it is there"
both "a page server that is waited for by the one that has started it" page-server-chld images=@kept "$ps" log_file=ps.log @keep \
	-- version @keep -- wait-pid @served
like "$out" "^wait-pid success=1 status=" "... with its status"
both "a page server as a daemon" page-server images=@kept "$ps" log_file=ps.log @keep -- version
end_strays
both "a client that goes away after that" cpuinfo-dump images=@kept @keep
both "a descriptor that the client does not have" cpuinfo-dump images=199 @keep
both "what criu keeps no connection open for" check images=@kept @keep
both "... behind something else" version @keep -- check images=@kept @keep
both "a message that criu does not understand, behind something else" version @keep -- version @raw=ffff

# The tree is in a pid namespace of its own, and bare criu would find nothing under its number in there.
start counter
first=$id
rpc_freeze "a tree is frozen" "$pid" images.0
depth=$(($(field $$ NSpid | wc -w) + 1))
for before in "version @keep" "features @keep @features" "cpuinfo-dump images=@kept @keep" \
	"page-server images=@kept $ps log_file=ps.log @keep" "page-server-chld images=@kept $ps log_file=ps.log @keep"; do
	read -ra words <<<"${before/features /feature-check }"
	mkdir again
	ask "${words[@]}" -- restore images=@images.0 log_file=restore.log
	like "$answer" "^restore success=1" "${words[0]}, kept open, and a restore"
	pid=$(sed -n 's/^restore success=1 pid=\([0-9]*\).*/\1/p' <<<"$answer")
	is "$(field "${pid:-0}" NSpid | wc -w)" "$depth" "... in a pid namespace of its own"
	goes_on "${pid:-0}" "$first" 1 "... it goes on"
	look_at "$pid"
	ask "${words[@]}" -- dump images=@again "pid=$pid" log_file=dump.log
	like "$answer" "^dump success=1" "... and a dump"
	dead "$pid" "... it is gone"
	rm -rf images.0
	mv again images.0
	end_strays
done

## Pre-dumps

start counter
first=$id
ask feature-check @features
if grep -q mem_track=1 <<<"$out"; then
	mkdir pre.1 pre.2 last
	ask pre-dump images=@pre.1 "pid=$pid" log_file=pre.log track_mem=1 -- \
		pre-dump images=@pre.2 "pid=$pid" log_file=pre.log track_mem=1 parent_img=../pre.1 -- \
		dump images=@last "pid=$pid" log_file=dump.log track_mem=1 parent_img=../pre.2
	is "$(grep -c '^pre-dump success=1' <<<"$out")" 2 "two pre-dumps"
	like "$answer" "^dump success=1" "... and a dump on the same connection"
	rpc_thaw "... which is thawed" last
	goes_on "${pid:-0}" "$first" 1 "... and goes on"
	mkdir single
	ask single-pre-dump images=@single "pid=$pid" log_file=pre.log track_mem=1
	like "$answer" "^single-pre-dump success=1" "a single pre-dump"
else
	say "this kernel has no soft-dirty bits: a pre-dump is refused, because criu would abort"
	mkdir pre
	refused='pre-dump success=0 errno=22 errmsg=this kernel does not track which memory a process writes'
	ask pre-dump images=@pre "pid=$pid" log_file=pre.log track_mem=1
	like "$answer" "^$refused" "a pre-dump, where the kernel cannot: refused"
	ask single-pre-dump images=@pre "pid=$pid" log_file=pre.log track_mem=1
	like "$answer" "^single-$refused" "a single one: refused"
	ask pre-dump images=@pre "pid=$pid" log_file=pre.log track_mem=1 -- \
		dump images=@pre "pid=$pid" log_file=dump.log leave_running=1
	unlike "$out" "^dump success=1" "what would follow it is not done"
	goes_on "$pid" "$first" 1 "... the tree goes on"
	[ ! -e pre/inventory.img ] || fail "... without images"
fi
ask dump images=@kept "pid=$pid" log_file=dump.log
like "$answer" "^dump success=1" "after that it can be frozen"

## A status fd, and a store of pidfds

: >status
rpc_thaw "in a pid namespace of its own again" kept
look_at "$pid"
mkdir with
ask dump images=@with "pid=$pid" log_file=dump.log leave_running=1 status_fd=@kept
like "$answer" "^dump success=0 restored=0 errno=56 .*cannot open the status fd" "a status fd that cannot be written to"
ask dump images=@with "pid=$pid" log_file=dump.log leave_running=1 status_fd=@status
like "$answer" "^dump success=1" "one that can"
ask dump images=@with "pid=$pid" log_file=dump.log leave_running=1 status_fd=199
like "$answer" "^dump success=0 restored=0 errno=56 .*status fd, descriptor 199" "one that is not there"
ask dump images=@with "pid=$pid" log_file=dump.log leave_running=1 62=199
like "$answer" "^dump success=0 restored=0 errno=56 .*pidfd store, descriptor 199" "a store for pidfds that is not there"
ask dump images=@with "pid=$pid" log_file=dump.log leave_running=1 @store
like "$(grep -v '^exit' <<<"$out")" "^dump success=1" "with a store for pidfds"
like "$out" "^store /criu-pidfd-store-" "... criu has taken it"
ask restore images=@with log_file=restore.log @keep
like "$out" "^nothing|success=0" "a restore is not kept open"
goes_on "$pid" "$first" "$count" "... the tree goes on"
kill -KILL "$pid"
end_strays

## Odd values, answered as by criu, in a frame as well as without one

odd() { # odd NAME REQUEST...: criu refuses it, and so does criu-ns, with the same number
	server=$CRIU_BINARY
	ask "${@:2}" log_to_stderr=1
	local wanted=${answer%% errmsg=*}
	server=$CRIU_NS
	ask "${@:2}" log_to_stderr=1
	is "${answer%% errmsg=*}" "$wanted" "$1"
	like "$answer" "success=0" "... it is refused"
}

start counter
first=$id
free=$pid
rpc_freeze "frozen, and in a frame" "$pid" odd leave_running=1
rpc_thaw "..." odd
for where in "$free" "$pid"; do
	for field in work=-1 work=199 status_fd=-1 status_fd=199 62=-1 34=99 64=99 38=5 parent_img=nowhere config_file="$T/odd.conf"; do
		echo frobnicate >odd.conf
		odd "$field, pid $where" dump images=@odd "pid=$where" leave_running=1 "$field"
	done
	ask dump images=@odd "pid=$where" leave_running=1 log_file=dump.log 999=7 1000=:text 2000=-1
	like "$answer" "^dump success=1" "fields that nobody knows yet, pid $where"
	ask dump images=199 images=@odd pid=1 "pid=$where" leave_running=0 leave_running=1 log_file=../no log_file=dump.log
	like "$answer" "^dump success=1" "fields that are said twice, pid $where: the last one counts"
done
for value in 0 -5; do
	odd "pid=$value is no process, and not the client" dump images=@odd "pid=$value" leave_running=1
done
for field in work=-1 work=199 status_fd=-1 34=99; do
	odd "a thaw, $field" restore images=@odd "$field"
done
look_at "$pid"
goes_on "$pid" "$first" "$count" "the tree goes on"

# The directory for the images may be in the request's configuration file alone.
echo "images-dir $T/odd" >odd.conf
ask dump images=-1 "pid=$pid" leave_running=1 log_file=dump.log config_file="$T/odd.conf"
like "$answer" "^dump success=1" "the images directory is named in the request's configuration file: freeze, in the frame"
ask restore images=-1 log_file=restore.log config_file="$T/odd.conf"
like "$answer" "^restore success=1" "... thaw, while the pid is taken"
echo "tcp-close" >odd.conf
odd "it is not named anywhere" dump images=-1 "pid=$pid" config_file="$T/odd.conf"
end_strays

# criu's log is stderr then, and so is ours, whatever the user's own file says.
mkdir -p "$HOME/.criu"
echo "log-file $T/users.log" >"$HOME/.criu/default.conf"
ask dump images=@odd pid=$$ log_to_stderr=1
[ ! -e users.log ]
report $? "a refusal is not written to the log of the user's configuration file"
like "$err" "Error \(criu-ns\)" "... but to stderr"
rm "$HOME/.criu/default.conf"

## Namespaces that are to be joined, by names in the caller's /proc

own_start unshare -i -u setsid "$TARGETS/counter" </dev/null >/dev/null 2>&1
until [ "$(cat "/proc/$started/comm")" != unshare ]; do pause 0.01; done
own_attend "$started"
first=$id
sleep 1000 & # one of the host's
others=$!
disown "$others"
ns() { readlink "/proc/$1/ns/ipc" "/proc/$1/ns/uts"; }
rpc_freeze "a tree with an IPC and a UTS namespace" "$pid" joined
dead "$pid" "... it is gone"
rpc_thaw "... is thawed in others" joined "@join=ipc:/proc/$others/ns/ipc" "@join=uts:$others"
goes_on "${pid:-0}" "$first" 1 "... it goes on"
is "$(ns "${pid:-0}")" "$(ns "$others")" "... there"
is "$(find "/proc/${pid:-0}/fd" -type l -printf '%f\n' | sort | xargs)" "0 1 2" "... and has no other descriptors"
kill -KILL "$pid"
waitfor exit "$pid"
for how in "-J ipc:$others" "--join-ns=ipc:/proc/$others/ns/ipc" "-Jipc:/proc/$others/ns/ipc"; do
	read -ra words <<<"$how --join-ns uts:/proc/$others/ns/uts"
	thaw "from the command line, with $how" joined "${words[@]}"
	is "$(ns "${pid:-0}")" "$(ns "$others")" "... it is there"
	[ -z "$pid" ] || kill -KILL "$pid"
	waitfor exit "$pid"
done
fails_with 1 "one that is not there" "$CRIU_NS" restore -d -D joined -J ipc:/proc/0/ns/ipc
like "$err" "Can't access join-ns file" "... criu says so"
kill -KILL "$others"
end_strays

## Notifications and a criu that has them only without scripts

cat >old-criu <<END
#!/bin/sh
[ "\$1" != --version ] || { echo "Version: 3.18"; exit; }
exec "$CRIU_BINARY" "\$@"
END
chmod 755 old-criu
start counter
CRIU_BINARY=$T/old-criu ask dump images=@with "pid=$pid" log_file=dump.log notify=1 leave_running=1
like "$answer" "^dump success=1" "notifications by criu 3.18"
kill -KILL "$pid"
# shellcheck disable=SC2119 # without a word
own_service
CRIU_BINARY=$T/old-criu ask dump images=@with "pid=$pid" log_file=dump.log notify=1
like "$answer" "^dump success=0 .*criu 3.18 cannot both notify its client.* because process [0-9]+ has mounts of its own.*3.19 or newer" "... of a tree with mounts of its own: refused"
CRIU_BINARY=$T/old-criu ask dump images=@with "pid=$pid" log_file=dump.log leave_running=1
like "$answer" "^dump success=1" "... without them it can"
ask dump images=@with "pid=$pid" log_file=dump.log notify=1 leave_running=1
like "$answer" "^dump success=1" "... and so can a newer criu"
look_at "$seen"
goes_on "$seen" "$id" "$count" "... the tree goes on"
kill -KILL "$pid"
end_strays
finish
