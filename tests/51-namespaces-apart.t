#!/bin/bash
# Trees of which a part is in other namespaces than the root task. What criu would freeze with success but not thaw,
# or would not look at, is refused before a single task is stopped, with the task and the namespace; the tree goes
# on, and nothing is written.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

# A criu that tells when it is run.
cat >marking <<END
#!/bin/sh
touch "$T/ran.criu"
exec "$CRIU_BINARY" "\$@"
END
chmod +x marking

refused() { # refused NAME REGEX: the tree of $pid, which $seen shows
	rm -rf never ran.criu
	mkdir never
	look_at "$seen"
	fails_with 125 "$1: refused" "$CRIU_NS" --criu-binary "$T/marking" dump -t "$pid" -D never -o dump.log
	like "$err" "^criu-ns: .*($2)" "... it is named"
	[ ! -e ran.criu ]
	report $? "... criu was not run"
	is "$(ls -A never)" "" "... nothing is written"
	goes_on "$seen" "$id" "$count" "... the tree goes on"
	kill -KILL "$pid" 2>/dev/null && waitfor exit "$pid"
	end_strays
}

child() { # child ROOT CHILD: a shell that ROOT starts, and below it what CHILD starts
	own_start setsid ${1:+unshare $1} sh -c '
		setsid '"$2"' perl -e "$1" &
		wait' sh "$own_keeper" </dev/null >/dev/null 2>&1
	own_attend "$started"
}

for kind in net uts ipc cgroup time; do
	child '' "unshare --$kind --fork"
	who="process [0-9]+ .*in the tree of process $pid, is in another"
	refused "a child with a namespace of its own ($kind)" "$who .*namespace"
	[ "$kind" != net ] || continue # criu cannot freeze that
	child "--$kind --fork" "nsenter --$kind=/proc/$$/ns/$kind"
	[ "$kind" != time ] || pid=$(children_of "$started")
	refused "a child in criu's, below one that has its own ($kind)" "is in another .*namespace.*thaw"
done
child '' "unshare --user"
refused "a child with a user namespace of its own" "process [0-9]+ .*user namespace"

for kind in net uts ipc cgroup mnt; do
	own_start "$TARGETS/apart" "$kind" </dev/null >/dev/null 2>&1
	own_attend "$started"
	refused "a thread with a namespace of its own ($kind)" "thread [0-9]+ of process $pid .*namespace"
done

# Where all of it is in one there is nothing to refuse.
child "--uts --ipc" "nice"
look_at "$seen"
freeze "a tree that is as a whole in other namespaces" "$pid" whole
thaw "... comes back" whole
seen=$(own_seen "${pid:-0}")
goes_on "${seen:-0}" "$id" "$count" "... and goes on"
own_start "$TARGETS/apart" none </dev/null >/dev/null 2>&1
own_attend "$started"
freeze "two threads that are together" "$pid" threads
thaw "... come back" threads
goes_on "${pid:-0}" "$id" "$count" "... and go on"
finish
