#!/bin/bash
# Tasks in a state in which criu could not stop or save them: each is refused before a single task is stopped, with
# the task and the cause; the tree goes on, and nothing is written. What criu can be helped with goes round: a frozen
# cgroup, a large tree.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
# shellcheck source=silent.sh
. "$top/tests/silent.sh"
need_root
need_criu

# A criu that tells when it is run.
cat >marking <<END
#!/bin/sh
touch "$T/ran.criu"
exec "$CRIU_BINARY" "\$@"
END
chmod +x marking

refused() { # refused NAME REGEX [COMMAND...]: the tree of $pid; the command is put before criu-ns
	rm -rf never ran.criu
	mkdir -m 777 never
	look_at "$pid"
	fails_with 125 "$1: refused" "${@:3}" "$CRIU_NS" --criu-binary "$T/marking" dump -t "$pid" -D never -o dump.log
	like "$err" "$2" "... it is named"
	[ ! -e ran.criu ]
	report $? "... criu was not run"
	is "$(ls -A never)" "" "... nothing is written"
	goes_on "$pid" "$id" "$count" "... the tree goes on"
	end_tree
}

end_tree() {
	kill -KILL "$pid" 2>/dev/null && waitfor exit "$pid"
	end_strays
}

odd() { # odd KIND NAME REGEX
	start oddtask "$1"
	refused "$2" "$3"
}

## What is refused

odd traced "a process that another one of the tree traces" \
	"process [0-9]+ .* is being traced by process [0-9]+ \(.*gdb, strace"
odd vfork "a process that waits in vfork()" \
	"process [0-9]+ .* shares its memory with process [0-9]+ .*vfork"
start oddtask vfork
run "$CRIU_NS" dump --dry-run -t "$pid" -D .
like "$err" "process [0-9]+ .* waits in the kernel \([a-z_]+\) where no signal reaches it \(state D\)" \
	"... both are told: that it waits"
run "$CRIU_NS" dump --dry-run -t "$pid" -D . --timeout 20
unlike "$err" "state D" "... but not to those who have a timeout of their own"
end_tree
start oddtask briefly
runs_ok "one that does not for long is waited for" "$CRIU_NS" dump --dry-run -t "$pid" -D .
end_tree
odd memory "processes that share their memory" "process [0-9]+ .* shares its memory with process [0-9]+ .*CLONE_VM"
odd fs "processes that share their working directory" \
	"process [0-9]+ .* shares its root and working directory with process [0-9]+ .*CLONE_FS"
odd reading "a process that was stopped when it read from its terminal" "process [0-9]+ .* stopped by SIGTTIN.*kill -CONT"
odd writing "... when it wrote to it" "process [0-9]+ .* stopped by SIGTTOU.*kill -STOP"
odd trap "a pending SIGTRAP" "process [0-9]+ .* blocks SIGTRAP, which is pending"
odd files "descriptors of a thread" "thread [0-9]+ .* of process [0-9]+ has descriptors of its own"
odd leaderless "a process without its first thread" "the first thread of process [0-9]+ .* has ended"
odd time "children in another time namespace" "the children of process [0-9]+ .* are born in another time namespace"

start oddtask
tracee=$pid tracee_id=$id
start oddtask tracer "$tracee"
tracer=$pid pid=$tracee
refused "a process that a debugger traces" "process $tracee \($tracee_id:[0-9]+\) is being traced by process $tracer \("

start oddtask filter
refused "seccomp that criu may not suspend" "process [0-9]+ .* has seccomp filters" "$TARGETS/oddtask" filtered
if setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null; then
	chmod 755 "$T"
	cp "$CRIU_NS" ours
	cp "$TARGETS/oddtask" .
	# shellcheck disable=SC2016
	sh -c 'sleep 1000 & exec setpriv --reuid 65534 --regid 65534 --clear-groups ./oddtask' </dev/null >/dev/null 2>&1 &
	attend $!
	CRIU_NS=./ours refused "a child of another user" "may not trace process [0-9]+ \(sleep\)" \
		setpriv --reuid 65534 --regid 65534 --clear-groups env CRIU_BINARY=
	# Root lacks that in many containers.
	# shellcheck disable=SC2016
	setpriv --reuid 65534 --regid 65534 --clear-groups ./oddtask </dev/null >/dev/null 2>&1 &
	attend $!
	refused "a process of another user, without CAP_SYS_RESOURCE" \
		"may not read the resource limits of process $pid \\($id:[0-9]+\\), .*CAP_SYS_RESOURCE" \
		capsh --drop=cap_sys_resource -- -c '"$@"' -
else
	skip "setpriv cannot become another user" 10
fi

## All at once

start oddtask files
tree=$pid
start oddtask tracer "$tree"
tracer=$pid pid=$tree
run "$CRIU_NS" dump --dry-run -t "$pid" -D .
is "$status" 125 "two tasks in such states are told at once"
like "$err" "process $pid .* is being traced by process $tracer " "... a traced one"
like "$err" "thread [0-9]+ .* has descriptors of its own" "... and one with descriptors of its own"
kill -KILL "$tracer"
end_tree

## A frozen cgroup

# frozen NAME CGROUP FILE FROZEN THAWED: a tree in that cgroup, which is frozen before each freeze
frozen() {
	local name=$1 cgroup=$2 file=$2/$3 i
	if ! mkdir "$cgroup" 2>/dev/null || ! [ -w "$file" ]; then
		[ ! -d "$cgroup" ] || rmdir "$cgroup"
		lacks "no $name here" 16
		return
	fi
	start counter
	local seen_id=$id
	for i in 1 2 3; do
		echo "$pid" >"$cgroup/cgroup.procs"
		look_at "$pid"
		echo "$4" >"$file"
		freeze "$name, cycle $i: frozen without an option" "$pid" "frozen.$3.$i"
		like "$err" "note: the cgroup $cgroup is frozen: criu thaws it" "... with a note"
		[ "$i" != 2 ] || {
			echo "$4" >"$file"
			fails_with 125 "a thaw into a frozen cgroup" "$CRIU_NS" restore -d -D "frozen.$3.$i"
			like "$err" "the cgroup $cgroup, which the tree was in, is frozen: .*echo $5 >$file" "... is refused"
		}
		echo "$5" >"$file"
		thaw "... thawed" "frozen.$3.$i"
		[ "$(cat "$file")" = "$5" ] || say "the thaw has frozen it again: $(cat "$file")"
		echo "$5" >"$file"
		goes_on "$pid" "$seen_id" "$count" "... and counts on"
	done
	look_at "$pid"
	sleep 1000 &
	other=$!
	disown "$other"
	echo "$other" >"$cgroup/cgroup.procs"
	echo "$pid" >"$cgroup/cgroup.procs"
	echo "$4" >"$file"
	freeze "$name: the tree is left as it was with -R" "$pid" "frozen.$3.left" -R
	is "$(cat "$file")" "$4" "... frozen"
	echo "$5" >"$file"
	kill -KILL "$other"
	end_tree
	rmdir "$cgroup"
}

# begun NAME CGROUP FILE FROZEN THAWED: it is being frozen, and not yet all in it has stopped, because one process waits for
# a server that does not answer. criu would wait for ever for a task that stops only when criu has it.
begun() {
	local name=$1 cgroup=$2 file=$2/$3
	if ! fuse_device || ! mkdir "$cgroup" 2>/dev/null || ! [ -w "$file" ] || ! mkdir fs || ! serves; then
		rmdir "$cgroup" fs 2>/dev/null
		lacks "no $name here" 2
		return
	fi
	start counter
	silence
	cat fs/file >/dev/null 2>&1 &
	other=$!
	disown "$other"
	eventually grep -qE 'fuse|request_wait' "/proc/$other/wchan"
	echo "$other" >"$cgroup/cgroup.procs"
	echo "$pid" >"$cgroup/cgroup.procs"
	echo "$4" >"$file"
	runs_ok "$name, of which not all has stopped: --dry-run" "$CRIU_NS" dump --dry-run -t "$pid" -D .
	like "$out" "[-]-freeze-cgroup $cgroup( |$)" "... criu is told of it"
	echo "$5" >"$file"
	kill -KILL "$other"
	unserve
	end_tree
	waitfor exit "$other"
	eventually rmdir "$cgroup"
	rmdir fs
}

cgroup=$name_of_run
unified=/sys/fs/cgroup/unified
[ -d "$unified" ] || unified=/sys/fs/cgroup
frozen "a frozen cgroup of version 1" "/sys/fs/cgroup/freezer/$cgroup" freezer.state FROZEN THAWED
begun "a frozen cgroup of version 1" "/sys/fs/cgroup/freezer/$cgroup" freezer.state FROZEN THAWED
frozen "a frozen cgroup of version 2" "$unified/$cgroup" cgroup.freeze 1 0
begun "a frozen cgroup of version 2" "$unified/$cgroup" cgroup.freeze 1 0

## What is told, and works

start oddtask pid
mkdir next
run "$CRIU_NS" dump -t "$pid" -D next -o dump.log
is "$status" 0 "children of another pid namespace: frozen"
like "$err" "note: the next children of process [0-9]+ .* pid namespace" "... with a note"
start apart pid
runs_ok "those of a thread" "$CRIU_NS" dump --dry-run -t "$pid" -D next
like "$out" "note: the next children of thread [0-9]+ \(.*\) of process $pid .* pid namespace" "... have one, too"
end_tree

start oddtask reading
stopped=$(children_of "$pid")
kill -CONT "$stopped"
kill -STOP "$stopped"
waitfor stopped "$stopped"
freeze "what its terminal has stopped, stopped anew as the hint says" "$pid" anew
thaw "... is thawed" anew
waitfor stopped "$(children_of "$pid")" # its signal may be about to come
like "$(field "$(children_of "$pid")" State)" "^T" "... and is stopped"
end_tree

start oddtask threads
for ((i = 0; i < 300; i++)); do
	[ "$(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l)" -lt 1102 ] || break
	pause 0.1
done
if [ "$i" = 300 ]; then
	lacks "too busy to start a thousand threads" 4
else
	run "$CRIU_NS" dump --dry-run -t "$pid" -D .
	is "$status" 0 "a tree of many threads can be frozen"
	like "$out" "[-]-timeout 21" "... and criu gets more time"
	run "$CRIU_NS" dump --dry-run -t "$pid" -D . --timeout 7
	like "$out" "[-]-timeout 7" "... what the user gives"
	unlike "$out" "[-]-timeout 21" "... and no other"
fi
end_tree

finish
