#!/bin/bash
# A thaw with -S leaves its caller nothing but the root task, however it ends: criu takes the place of criu-ns, which
# ends with its status when all is done.
# shellcheck disable=SC2317,SC2119 # functions are called by name
export CRIU_NS_TEST_HOST="${CRIU_NS_TEST_HOST-} tmp"
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

restore=("$CRIU_NS" restore -d -S -o restore.log --pidfile pid)

begin() { # begin DIR: a thaw in the background, as a shell starts it in a session of its own; sets $caller, its parent
	rm -f "$1/pid" said err
	"$TARGETS/parent" env --default-signal=INT,QUIT setsid "${restore[@]}" -D "$1" >said 2>err &
	caller=$!
	disown "$caller"
}

look() { # look NAME: when the command has ended with 0, the caller has the root task, and nothing else; sets $pid
	waitfor file said || say "$(cat err)"
	pid=$(cat "$dir/pid" || echo none)
	like "$(head -n 1 said)" "^[0-9]+ exit 0 \| $pid running$" "$1: the root task, and nothing else" || say "$(cat err)"
	is "$(parent_of "$pid")" "$caller" "... is the caller's child"
}

end() { # the caller, too, ends then
	[ "$pid" = none ] || kill -KILL "$pid"
	waitfor exit "$caller"
	is "$(tail -n +2 said)" "$pid signal 9" "... which gets its end, and no other"
	settle 0
	report $? "... and nothing is left" "$(strays)"
}

end_all() { # the same of a tree that goes on without its root task
	kill -KILL "$(strays)"
	waitfor exit "$caller"
	settle 0
}

undone() { # undone HOW NAME: the command has ended like that, and has left at most a root task, which has ended
	waitfor exit "$caller"
	like "$(head -n 1 said)" "^[0-9]+ $1( \| [0-9]+ (running|signal 9|exit 1))?$" "$2" || say "$(cat err)"
	((n_lines = $(wc -l <said)))
	[ "$n_lines" -le 2 ]
	report $? "... nothing else is left to the caller" "$(cat said)"
	[ ! -e "$dir/pid" ]
	report $? "... no pidfile"
	settle 0
	report $? "... no process" "$(strays)"
}

## All kinds of trees, again and again

start tree "$T/ghost"
first=$id
root_id=$pid
freeze "four processes and their threads" "$pid" 1
for n in 1 2 3; do
	dir=$n
	begin $n
	look "thaw ($n)"
	goes_on "$pid" "$first" "$count" "... it goes on"
	[ "$n" = 3 ] || freeze "freeze it again" "$pid" $((n + 1))
	[ "$n" = 3 ] || waitfor exit "$caller"
done
end

start counter
freeze "a counter" "$pid" counter
for n in 1 2 3 4; do
	"$TARGETS/parent" "$CRIU_NS" restore -d -S -D counter -o "restore.$n.log" --pidfile "pid.$n" >"said.$n" 2>"err.$n" &
	callers[n]=$!
	disown "${callers[n]}"
done
for n in 1 2 3 4; do
	waitfor file "said.$n"
	pid=$(cat "counter/pid.$n")
	like "$(head -n 1 "said.$n")" "^[0-9]+ exit 0 \| $pid running$" "four at once: caller $n has its own" ||
		say "$(cat "err.$n")"
	[ -z "$pid" ] || kill -KILL "$pid"
	waitfor exit "${callers[n]}"
done
settle 0

# A child that has ended, one of a session and one of a process group whose leaders have, and a stopped one.
cat >family <<'END'
use POSIX;
POSIX::setsid();
sub rest { $0 = shift; sleep 1 while 1 }
fork or exit 3;
my $group = fork;
if (!$group) { POSIX::setpgid(0, 0); rest "group" }
select undef, undef, undef, 0.01 until getpgrp($group) == $group;
my $member = fork;
if (!$member) { POSIX::setpgid(0, $group); rest "member" }
select undef, undef, undef, 0.01 until getpgrp($member) == $group;
kill KILL => $group;
waitpid $group, 0;
if (!fork) { $0 = "stopped"; kill STOP => $$; rest "continued" }
if (!fork) { POSIX::setsid(); fork or rest "grandchild"; rest "leader" }
rest "root";
END
processes() { # of which kinds the root task has children
	ps -o stat= -o args= --ppid "$1" | sed -E 's/^(.)[^ ]* +/\1 /' | sort
}
own_start perl family </dev/null >/dev/null 2>&1
pid=$started
is_complete() { [ "$(processes "$pid" | paste -sd,)" = "S leader,S member,T stopped,Z [perl] <defunct>" ]; }
eventually is_complete
report $? "zombies, sessions, groups, a stopped child" "$(processes "$pid")"
was=$(processes "$pid")
freeze "freeze them" "$pid" family.img
dir=family.img
begin family.img
look "thaw"
is "$(processes "$pid")" "$was" "... as they were"
end_all

# Where it cannot have that place: criu is there, too.
if own_init; then
	freeze "an init" "$pid" init
	dir=init
	begin init
	waitfor file said || say "$(cat err)"
	pid=$(cat init/pid || echo none)
	like "$(head -n 1 said)" "^[0-9]+ exit 0 .*\| $pid running$" "thaw: the root task is the caller's child" || say "$(cat err)"
	[ "$pid" = none ] || kill -KILL "$pid"
	waitfor exit "$caller"
	settle 0
fi

## Failures

dir=1
echo taken >1/pid
"$TARGETS/parent" "${restore[@]}" -D 1 >said 2>err
is "$(sed 's/^[0-9]* //' said)" "exit 125" "refused: the pidfile is there" || say "$(cat err)"
is "$(cat 1/pid)" taken "... and stays"
rm 1/pid

cp -r 1 damaged
dir=damaged
head -c 100 /dev/urandom >"damaged/mm-$root_id.img"
begin damaged
undone "exit 1" "criu fails before the root task is made: its status"
like "$(cat err)" "^criu-ns: .*damaged/restore.log" "... and it is explained" || say "$(cat err)"
cp 1/mm-* damaged
child=$(cd 1 && echo core-*.img | tr -dc '0-9 ' | xargs -n 1 | grep -vx "$root_id" | head -n 1)
head -c 100 /dev/urandom >"damaged/core-$child.img"
begin damaged
undone "exit 1" "criu fails when it has made the root task: its status"
like "$(cat err)" "^criu-ns: .*damaged/restore.log" "... and it is explained" || say "$(cat err)"

own_service </dev/null >/dev/null 2>&1
first=$id
freeze "mounts of its own" "$pid" own
cp -r own other
sed -i -E '/^mount at=.*is=own/s/type=tmpfs/type=ramfs/' other/criu-ns.recipe
! cmp -s own/criu-ns.recipe other/criu-ns.recipe || fail "nothing is changed"
dir=other
begin other
undone "exit 125" "mounts that come back otherwise: the thaw is undone"
like "$(cat err)" "^criu-ns: .*ramfs" "... with the reason"
dir=own
begin own
look "mounts of its own: thaw"
goes_on "$(own_seen "$pid")" "$first" "$count" "... it goes on"
end

## Signals. criu waits for an image that is a FIFO.

held() { # held IMAGE [DIR]: a thaw of the family, which has begun to read that image; sets $job, the process that criu-ns was
	rm -rf held
	cp -r "${2-family.img}" held
	rm "held/$1"
	mkfifo "held/$1"
	begin held
	exec {image}>"held/$1" # waits for its reader
	job=$(children_of "$caller" | head -n 1)
}

dir=held
root_id=$(cd family.img && echo ids-*.img | tr -dc '0-9 ' | xargs -n 1 | sort -n | head -n 1)
child=$(cd family.img && echo ids-*.img | tr -dc '0-9 ' | xargs -n 1 | sort -n | sed -n 2p)
for stage in "fs-$root_id.img" "core-$child.img"; do
	for signal in TERM INT HUP QUIT KILL; do
		held "$stage"
		kill -"$signal" "$job"
		undone "signal $(kill -l "$signal")" "$signal, at $stage: the command dies of it"
		exec {image}>&-
	done
done

held "core-$child.img"
kill_worker() {
	local child
	for child in $(children_of "$job"); do
		[ "$(cat "/proc/$child/comm")" != criu-ns ] || kill -KILL "$child"
	done
	undone "signal 9" "$1: what is left of criu-ns is killed: so is criu"
	exec {image}>&-
}
kill_worker "processes"
content=$(cd own && echo tmpfs-dev-*.img)
held "${content%% *}" own
temporary=(/tmp/.criu.*)
[ -d "${temporary[0]}" ]
report $? "criu has made a temporary directory"
kill_worker "mounts"
temporary=(/tmp/.criu.*)
is "${temporary[*]}" "/tmp/.criu.*" "... and no temporary directory of criu's"

is_stopped() { [[ $(field "$1" State) == [tT]* ]]; } # it is traced
for signal in USR1 WINCH STOP; do
	held "core-$child.img"
	kill -"$signal" "$job"
	if [ "$signal" = STOP ]; then
		eventually is_stopped "$job"
		report $? "STOP: it stops"
		kill -CONT "$job"
	fi
	cat "family.img/core-$child.img" >&"$image"
	exec {image}>&-
	look "$signal: the thaw goes on"
	end_all
done

held "core-$child.img"
kill -INT -- "-$job"
undone "signal 2" "INT to the process group, as ^C sends it: undone"
exec {image}>&-

## By RPC

"$TARGETS/rpc" -c "$CRIU_NS" restore images=@1 log_file=restore.log rst_sibling=1 >said 2>err &
client=$!
eventually grep -q "^restore" said
pid=$(sed -n 's/^restore success=1 pid=\([0-9]*\).*/\1/p' said)
is_alone() { [ "$(children_of "$client")" = "$pid" ]; }
eventually is_alone
is "$(children_of "$client")" "${pid:-0}" "rst_sibling: the client's only child is the root task" || say "$(cat said err)"
[ -z "$pid" ] || kill -KILL "$pid"
wait "$client"
settle 0
report $? "... and nothing is left" "$(strays)"
finish
