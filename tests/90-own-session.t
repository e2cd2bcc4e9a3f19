#!/bin/bash
# A sandbox in the session of the shell that started it, which is outside of its pid namespace: bubblewrap without
# --new-session. It is refused, and with --own-session it goes round, in a session of its own from then on; and a
# criu-ns that is killed while it brings the processes there leaves each of them as it was.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu
command -v bwrap >/dev/null || skip_all "needs bwrap (bubblewrap)"

# sandbox SCRIPT [WORD...]: sets $pid, the init of the sandbox, and $seen, $id, $count; $1 of the script is the keeper.
# The words are put before bwrap.
sandbox() {
	own_start "${@:2}" bwrap --dev-bind / / --proc /proc --unshare-pid --die-with-parent sh -c "$1" sh "$own_keeper" \
		</dev/null >/dev/null 2>&1
	own_attend_child "$started"
	waitfor count "$seen" 5
	look_at "$seen"
}

inner() { # inner PID NAME: the last number of a line of its status, by which the process itself knows it
	field "$1" "$2" | awk '{ print $NF }'
}

sessions() { # sessions PID: session and group of it and of all below it, in order of their pids in there
	local child
	echo "$(inner "$1" NSpid): session $(inner "$1" NSsid), group $(inner "$1" NSpgid)"
	for child in $(children_of "$1"); do
		sessions "$child"
	done | sort -n
}

end() {
	kill -KILL "$started" 2>/dev/null
	kill -KILL "$pid" 2>/dev/null && waitfor exit "$pid"
	end_strays
}

# shellcheck disable=SC2016 # for the shell in the sandbox
simple='perl -e "$1" & sleep 1000 & wait'

## Without the option

sandbox "$simple"
before=$(sessions "$pid")
like "$before" "^1: session 0, group 0" "the session of a sandbox is outside of it"
mkdir never
fails_with 125 "it is refused" "$CRIU_NS" dump -t "$pid" -D never -o dump.log
like "$err" "process $pid \(bwrap\) \(and [0-9]+ more of the tree\) belongs to a session outside .*--own-session" \
	"... with the option that helps"
is "$(sessions "$pid")" "$before" "... it stays where it is"
is "$(ls -A never)" "" "... nothing is written"
run "$CRIU_NS" dump --dry-run -t "$pid" -D never --own-session
like "$out" "setsid\(2\)" "with the option, --dry-run tells what would be done"
like "$err$out" "now and for good, even if the freeze fails" "... and what that means"
is "$(sessions "$pid")" "$before" "... and does nothing"

## Round and round

for i in 1 2 3; do
	freeze "cycle $i: it is frozen" "$pid" "simple.$i" --own-session
	thaw "... thawed" "simple.$i"
	seen=$(own_seen "$pid")
	goes_on "$seen" "$id" "$count" "... and counts on"
	look_at "$seen"
	is "$(sessions "$pid")" "${before//session 0, group 0/session 1, group 1}" "... in one session"
done
end

## Those that lead a process group, as the jobs of a shell do

# shellcheck disable=SC2016
sandbox 'perl -e "setpgrp; exec @ARGV" perl -e "$1" & set -m; sleep 1000 & set +m; wait'
before=$(sessions "$pid")
leaders=$(awk -F '[ :,]+' '$1 == $5' <<<"$before")
isnt "$leaders" "" "a sandbox with process groups"
for i in 1 2; do
	freeze "cycle $i: it is frozen" "$pid" "groups.$i" --own-session
	thaw "... thawed" "groups.$i"
	seen=$(own_seen "$pid")
	goes_on "$seen" "$id" "$count" "... and counts on"
	look_at "$seen"
	after=${before//session 0/session 1}
	is "$(sessions "$pid")" "${after//group 0/group 1}" "... in one session, in its groups"
done
end

## What stays of it

sandbox "$simple" "$TARGETS/oddtask" filtered
members=$(sessions "$pid" | wc -l)
freeze "with seccomp, and left running" "$pid" left --own-session -R
goes_on "$seen" "$id" "$count" "... it counts on"
sessions "$pid" >got
unlike "$(cat got)" "session 0" "... in sessions of its own"
is "$(sessions "$pid" | wc -l)" "$members" "... no more of them than before"
end

## Killed while it traces

if command -v strace >/dev/null && strace -qo /dev/null true 2>/dev/null; then
	for n in 1 3 5 6 7 8 9 12; do
		sandbox "$simple"
		mkdir "killed.$n"
		run strace -qqo /dev/null -e trace=ptrace -e "inject=ptrace:signal=KILL:when=$n" \
			"$CRIU_NS" dump -t "$pid" -D "killed.$n" -o dump.log --own-session
		goes_on "$seen" "$id" "$count" "killed at its call of ptrace() number $n: the sandbox goes on"
		freeze "... and can be frozen" "$pid" "killed.$n" --own-session
		thaw "... and thawed" "killed.$n"
		seen=$(own_seen "$pid")
		goes_on "$seen" "$id" "$count" "... and counts on"
		end
	done
	for n in 16 20 24 28 32; do
		# shellcheck disable=SC2016
		sandbox 'perl -e "setpgrp; exec @ARGV" perl -e "$1" & wait'
		mkdir "led.$n"
		run strace -qqo /dev/null -e trace=ptrace -e "inject=ptrace:signal=KILL:when=$n" \
			"$CRIU_NS" dump -t "$pid" -D "led.$n" -o dump.log --own-session
		goes_on "$seen" "$id" "$count" "killed at number $n, with a process group: the sandbox goes on"
		end
	done
else
	skip "needs strace" 37
fi

finish
