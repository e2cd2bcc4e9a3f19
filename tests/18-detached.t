#!/bin/bash
# A detached thaw returns at once; the pseudo-init that stays is small, and has no descriptors and no rights.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

start counter
first=$id
freeze "freeze a counter" "$pid" images
before=$(cat /proc/self/mountinfo)

# As $(criu-ns restore -d ...) would, but bounded: stdout and stderr are a pipe, read to its end.
: >held
# shellcheck disable=SC2094 # nobody reads or writes it
exec {pipe}< <("$CRIU_NS" restore -d -D images -o restore.log --pidfile pid 2>&1 \
	3>held 4<held 5<. 6>&1)
IFS= read -r -d '' -t 10 -u "$pipe" output
is "$?" 1 "the thaw closes its output: \$(criu-ns restore -d ...) returns"
is "$output" "" "and has not printed anything"
waitfor file images/pid
pid=$(cat images/pid)
goes_on "$pid" "$first" "$count" "the tree runs"

init=$(parent_of "$pid")
is "$(cat "/proc/$init/comm")" criu-ns-init "its parent is the pseudo-init"
like "$(field "$init" NSpid)" "^$init"$'\t1$' "... pid 1 of its pid namespace"
like "$(field "$init" NSsid)" $'\t1$' "... leader of a session of its own"
held=$(readlink "/proc/$init/fd/"* | grep -E "^pipe:|^/" | grep -v '^/dev/null$')
is "$held" "" "... holds no descriptor of the caller's"
is "$(readlink "/proc/$init/cwd")" / "... nor the caller's directory"
for kind in CapInh CapPrm CapEff CapBnd CapAmb; do
	is "$(field "$init" $kind)" 0000000000000000 "... has no capability ($kind)"
done
is "$(field "$init" NoNewPrivs)" 1 "... and cannot get any (NoNewPrivs)"
for kind in Uid Gid; do
	is "$(field "$init" $kind | xargs)" "4294967294 4294967294 4294967294 4294967294" \
		"... has an id that no user has ($kind)"
done
is "$(field "$init" Groups | xargs)" "" "... in no other group"
is "$(readlink "/proc/$pid/fd/"* | grep -cvx /dev/null)" 0 "the thawed process has its own stdio only"

unlike "$(grep -v ' /proc ' "/proc/$init/mountinfo")" "shared:" "its mounts are slaves: none leaks out"
if on_host private; then
	lacks "mounts of a private host go nowhere"
else
	like "$(awk '$5 == "/"' "/proc/$init/mountinfo")" "master:" "... while new mounts of the host come in"
fi
is "$(cat /proc/self/mountinfo)" "$before" "the host's mounts are as before"

if grep -q __asan "$CRIU_NS"; then
	lacks "a build with sanitizers is not small"
else
	pss=$(sed -n 's/^Pss: *\([0-9]*\) kB/\1/p' "/proc/$init/smaps_rollup")
	[ "$pss" -le 32 ]
	report $? "the pseudo-init takes no more than 32 KiB (PSS)" "$pss KiB"
fi

kill -9 "$pid"
dead "$init" "with the tree gone the pseudo-init goes"
settle 0
report $? "nothing is left"
finish
