#!/bin/bash
# --dry-run prints what would be done, and why; and does nothing at all.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

traces() { # all that a run could change: mounts, processes and files (access times apart)
	cat /proc/self/mountinfo
	children_of $PPID
	find "$T" -name '.[a-z]*' -o -printf '%p %s %m %C@\n' | sort
}

start counter
first=$id
freeze "freeze a counter" "$pid" images
thaw "thaw it" images
inner=$(field "$pid" NSpid | xargs -n 1 | tail -n 1)
rm images/pid
mkdir again
before=$(traces)

runs_ok "dump --dry-run" "$CRIU_NS" dump --dry-run -t "$pid" -D again -o dump.log --pidfile pid
like "$out" "pid namespace" "it tells of the pid namespace"
like "$out" "mount" "... of mounts"
like "$out" "$pid.*$inner|$inner.*$pid" "... of the pid outside and the pid inside"
like "$out" "criu.* dump .*(-t ?|--tree[ =])$inner( |\$)" "... and the command line of criu"
runs_ok "restore --dry-run" "$CRIU_NS" restore --dry-run -d -D images -o new.log --pidfile pid
like "$out" "pid namespace" "it tells of the pid namespace"
like "$out" "criu.* restore " "... and the command line of criu"
is "$(traces)" "$before" "no mount, no process, no file has come or gone"
look_at "$pid"
goes_on "$pid" "$first" "$count" "the target is untouched"

# In a pid namespace of its own the kernel's last pid tells whether anything was forked.
in_new_namespace=(unshare -p -f --mount-proc --propagation slave bash -c '
	"$TARGETS/counter" & target=$!
	"$TARGETS/waitfor" state $target
	read -r before </proc/sys/kernel/ns_last_pid
	"$CRIU_NS" dump --dry-run -t $target -D again >/dev/null || exit
	"$CRIU_NS" restore --dry-run -D images >/dev/null || exit
	read -r after </proc/sys/kernel/ns_last_pid
	echo $((after - before))')
runs_ok "in a pid namespace of its own" "${in_new_namespace[@]}"
is "$out" 3 "two dry runs are two processes, and that of the thaw asks criu for its version: nothing else was forked"

fails_with 125 "a dry run for a process that is not there" \
	"$CRIU_NS" dump --dry-run -t 4194304 -D again
finish
