#!/bin/bash
# criu-ns swrk: what programs ask for by RPC is done as from the command line.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
# shellcheck source=rpc.sh
. "$top/tests/rpc.sh"
need_root
need_criu

## A tree that shares the caller's mounts

start counter
first=$id
inside=$pid
for cycle in 1 2 3; do
	look_at "$pid"
	rpc_freeze "freeze $cycle" "$pid" "images.$cycle"
	dead "$pid" "... it is gone"
	[ "$cycle" != 1 ] || { # for bare criu its pid would be taken
		"$TARGETS/counter" &
		keeper=$!
		disown "$keeper"
	}
	rpc_thaw "... thaw $cycle" "images.$cycle"
	goes_on "${pid:-0}" "$first" "$count" "... it goes on"
done
is "$(field "$pid" NSpid | awk '{ print $NF }')" "$inside" "inside, it has the pid that it had"
settle 1
report $? "nothing but its pseudo-init is left" "$(strays)"
last=$pid

mkdir bare
server=$CRIU_BINARY
ask dump images=@bare "pid=$last" log_file=dump.log
if on_host private; then
	lacks "no mount of a private host is shared"
else
	like "$answer" "success=0" "bare criu cannot freeze what was thawed"
fi
server=$CRIU_NS

## What the client hears on the way

rpc_freeze "with notifications, it goes on running" "$last" running leave_running=1 notify=1
is "$(grep -o 'script=.*' <<<"$out" | xargs)" "script=pre-dump script=query-ext-files script=post-dump" "... these"
look_at "$last"
goes_on "$last" "$first" "$count" "... it runs"
run "$TARGETS/rpc" -n post-dump "$server" dump images=@running "pid=$last" notify=1 log_file=no.log
like "$out" "^dump success=0" "a notification that is answered with an error stops the freeze"
look_at "$last"
goes_on "$last" "$first" "$count" "... it runs on"
[ ! -e running/criu-ns.recipe ] || [ -s running/inventory.img ]
report $? "... with the images that were there before"

run "$TARGETS/rpc" "$server" restore images=@images.3 log_file=restore.log notify=1
pids=$(sed -n 's/.*script=post-restore pid=\([0-9]*\).*/\1/p; s/^restore success=1 pid=\([0-9]*\).*/\1/p' <<<"$out" | sort -u)
is "$(wc -w <<<"$pids")" 1 "notification and answer name the same pid" "$out"
alive "${pids:-0}"
report $? "... which is the one that is seen here"
[ -z "$pids" ] || kill -KILL "$pids"
waitfor exit "${pids:-0}"

run "$TARGETS/rpc" -n post-restore "$server" restore images=@images.3 log_file=restore.log notify=1
like "$out" "^restore success=0 pid=-1" "one that is answered with an error stops the thaw"
calm criu-ns-init
report $? "... and nothing is left of it"

## Refusals

ask dump images=@bare pid=$$ log_file=refused.log
like "$answer" "^dump success=0 restored=0 errno=[0-9]+ errmsg=.*criu-ns itself or one of its ancestors" "a refusal is the answer"
like "$(cat bare/refused.log)" "Error \(criu-ns\): .*ancestors" "... and is in the log"
is "$(tail -n 1 <<<"$out")" "exit 1" "... and the worker fails"
ask restore images=@bare log_file=refused.log
like "$answer" "^restore success=0 pid=-1 errno=[0-9]+ errmsg=.*incomplete|^restore success=0 pid=-1 errno=[0-9]+ errmsg=.*inventory" "a refused thaw"
ask dump images=@bare pid=99999999 log_file=refused.log
like "$answer" "^dump success=0 restored=0 errno=3 " "no such process: the number that criu gives, too"

# A directory that is not there: the number that criu gives, and for a descriptor no word of mkdir.
for fields in images=1000 "images=-1 images_dir=/nowhere" "images=@bare work=1000"; do
	for server in "$CRIU_BINARY" "$CRIU_NS"; do
		# shellcheck disable=SC2086 # words
		ask dump $fields "pid=$last" log_to_stderr=1
		like "$answer" "^dump success=0 restored=0 errno=56" "no directory ($fields, ${server##*/})"
	done
	wanted="pass an open descriptor"
	[[ $fields != *nowhere ]] || wanted="make it first: mkdir /nowhere"
	like "$answer" "errmsg=cannot open the (images|work) directory .*; $wanted" "... and why"
done

# Whatever a file of options says, the process is the one that the request names.
start counter
target=$pid
start counter
echo "tree $pid" >tree.conf
ask dump images=@bare "pid=$target" log_file=named.log leave_stopped=1 config_file="$T/tree.conf"
like "$answer" "^dump success=1" "a file of options with the pid of another process"
like "$(field "$target" State)" "^T" "... the one of the request is frozen"
[ -e "bare/core-$target.img" ]
report $? "... its images are there"
look_at "$last"
ask dump images=@bare "pid=$last" log_file=named.log config_file="$T/tree.conf" leave_stopped=1
like "$answer" "^dump success=1" "the same in the frame"
like "$(field "$last" State) $(field "$pid" State)" "^T.* [SR] " "... it is frozen, and not the other one"
kill -KILL "$target" "$pid"
kill -CONT "$last"
look_at "$last"
goes_on "$last" "$first" "$count" "... it goes on"

## What the client asks wins

start_locker() { # sets $pid: a process with a lock on a file
	setsid sh -c 'exec 9>locked; flock 9; echo >has_lock; exec sleep 1000' </dev/null >/dev/null 2>&1 9>&- &
	pid=$!
	disown "$pid"
	waitfor file has_lock
	rm has_lock
	until grep -qx sleep "/proc/$pid/comm"; do pause 0.01; done
}

start_locker
ask dump images=@bare "pid=$pid" log_file=locks.log leave_running=1
like "$answer" "^dump success=1" "an option that the tree needs is found, as on the command line (--file-locks)"
ask dump images=@bare "pid=$pid" log_file=locks.log leave_running=1 file_locks=0
like "$answer" "^dump success=0" "... but not if the client says that it is off"
kill -KILL "$pid"
waitfor exit "$pid"

## criu's own files of options

cat >rpc.conf <<'END'
log-file conf.log
#criu-ns: as-given
END
start_locker
ask dump images=@bare "pid=$pid" leave_running=1 config_file="$T/rpc.conf"
like "$answer" "^dump success=0" "an option of our own in the request's configuration file"
[ -e bare/conf.log ]
report $? "... and criu's log is where that says"
sed -i 2d rpc.conf
ask dump images=@bare "pid=$pid" leave_running=1 config_file="$T/rpc.conf"
like "$answer" "^dump success=1" "... without it"
mkdir -p "$HOME/.criu"
echo '#criu-ns: as-given' >"$HOME/.criu/default.conf"
ask dump images=@bare "pid=$pid" leave_running=1 log_file=locks.log
like "$answer" "^dump success=0" "the same in criu's own"
rm "$HOME/.criu/default.conf"
kill -KILL "$pid"
waitfor exit "$pid"

look_at "$last"
rpc_freeze "a configuration file of the request, in the frame" "$last" conf config_file="$T/rpc.conf"
dead "$last" "... the tree is gone"
[ -e conf/conf.log ]
report $? "... its log is where that says"
mkdir work
ask restore images=@conf work=@work config_file="$T/rpc.conf"
like "$answer" "^restore success=1" "... at the thaw, too"
[ -e work/conf.log ]
report $? "... and in the work directory"
pid=$(sed -n 's/^restore success=1 pid=\([0-9]*\).*/\1/p' <<<"$answer")
goes_on "${pid:-0}" "$first" "$count" "... it goes on"

## As a child of the client, and with a command in criu's place

look_at "$pid"
rpc_freeze "freeze it again" "$pid" child
dead "$pid" "... it is gone"
"$TARGETS/rpc" -c "$server" restore images=@child log_file=restore.log rst_sibling=1 >child.out 2>&1 &
client=$!
waitfor file child.out || say "$(cat child.out)"
for ((i = 0; i < 6000; i++)); do
	pid=$(sed -n 's/^restore success=1 pid=\([0-9]*\).*/\1/p' child.out)
	[ -z "$pid" ] || break
	pause 0.01
done
is "$(parent_of "${pid:-0}")" "$client" "rst_sibling: the client is the parent"
goes_on "${pid:-0}" "$first" "$count" "... and it goes on"
kill -KILL "$pid"
wait "$client"
calm criu-ns-init
report $? "... nothing is left"

ask restore images=@child log_file=restore.log @exec=sh @exec=-c "@exec=read -r child </proc/\$\$/task/\$\$/children; echo \$child >$T/children"
like "$answer" "^restore success=1" "--exec-cmd: the tree runs" || say "$(tail -n 5 child/restore.log)"
is "$(xargs <children)" "$inside" "... and the command is the parent of the root task"
pid=$(sed -n 's/^restore success=1 pid=\([0-9]*\).*/\1/p' <<<"$answer")
[ -z "$pid" ] || kill -KILL "$pid"
calm criu-ns-init
mkfifo gate
"$TARGETS/rpc" "$server" restore images=@child log_file=restore.log @exec=sh @exec=-c "@exec=read -r status <$T/gate; exit \$status" >exec.out 2>&1 &
client=$!
eventually grep -qs "^restore success=1 pid=" exec.out
report $? "... the answer comes while the command runs" "$(cat exec.out)"
pid=$(sed -n 's/^restore success=1 pid=\([0-9]*\).*/\1/p' exec.out)
goes_on "${pid:-0}" "$first" 1 "... and names the root task"
echo 9 >gate
wait "$client"
is "$(tail -n 1 exec.out)" "exit 9" "... the worker ends with the command's status"
goes_on "${pid:-0}" "$first" 1 "... and the tree goes on"
end_strays

## Mounts of its own

for kind in service "init below" "bwrap"; do
	# shellcheck disable=SC2086 # words
	own_$kind || {
		skip "no $kind"
		continue
	}
	first=$id
	for cycle in 1 2 3; do
		look_at "$seen"
		before=$(visible "$pid")
		rpc_freeze "$kind: freeze $cycle" "$pid" "$kind.$cycle" notify=1
		dead "$pid" "... it is gone"
		rpc_thaw "... thaw $cycle" "$kind.$cycle"
		seen=$(own_seen "${pid:-0}")
		goes_on "${seen:-0}" "$first" "$count" "... it goes on"
		is "$(visible "${pid:-0}")" "$before" "... with its mounts"
	done
	kill -KILL "$pid"
	waitfor exit "$pid"
done

# What a freeze with mounts leaves that has failed at the end; from the command line, too.
cp -r service.1 half
rm half/inventory.img
ask restore images=@half log_file=refused.log
like "$answer" "^restore success=0 .*the freeze into .*/half failed, or was interrupted" "an interrupted freeze, with mounts"
fails_with 125 "... from the command line" "$CRIU_NS" restore -d -D half
like "$err" "the freeze into half failed, or was interrupted" "... it says so"

## Five at once

pids=()
for n in 1 2 3 4 5; do
	start counter
	pids+=("$pid")
	mkdir "five.$n"
done
for n in 1 2 3 4 5; do
	"$TARGETS/rpc" "$server" dump "images=@five.$n" "pid=${pids[n - 1]}" log_file=dump.log >"five.$n/out" 2>&1 &
done
wait
is "$(cat five.*/out | grep -c '^dump success=1')" 5 "five are frozen at once"
for n in 1 2 3 4 5; do
	"$TARGETS/rpc" "$server" restore "images=@five.$n" log_file=restore.log >"five.$n/out" 2>&1 &
done
wait
is "$(cat five.*/out | grep -c '^restore success=1')" 5 "... and thawed"
for n in 1 2 3 4 5; do
	pid=$(sed -n 's/^restore success=1 pid=\([0-9]*\).*/\1/p' "five.$n/out")
	alive "${pid:-0}"
	report $? "... $n runs"
done
end_strays
finish
