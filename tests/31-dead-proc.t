#!/bin/bash
# A process whose working directory is the /proc/PID of a child that has died: criu makes a helper with that pid
# during the thaw, so neither criu nor its other helpers may use it.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

# In a pid namespace of its own, where the pids are known: the process is 501, the dead child 502.
# shellcheck disable=SC2016 # perl's variables
unshare -p -f --mount-proc sh -c 'echo 500 >/proc/sys/kernel/ns_last_pid; setsid "$@" </dev/null >/dev/null 2>&1 & wait' sh \
	perl -MPOSIX -e 'POSIX::close($_) for 3 .. 255;
	my $child = fork; if (!$child) { pause; exit }
	chdir "/proc/$child" or die; kill KILL => $child; waitpid $child, 0;
	open my $file, ">", $ARGV[0]; print $file $child; close $file;
	pause while 1' "$T/ready" 2>/dev/null &
outside=$!
disown "$outside"
waitfor file ready || bail_out "no target"
init=$(children_of "$outside")
pid=$(children_of "$init")
is "$(readlink "/proc/$pid/cwd")" "/proc/502 (deleted)" "a process in the directory of a dead one"
is "$(field "$pid" NSpid | awk '{print $NF}')" 501 "... whose pid is just above its own"
for cycle in 1 2; do
	freeze "cycle $cycle: freeze" "$pid" "images.$cycle"
	dead "$pid" "... it is gone"
	thaw "... thaw" "images.$cycle"
	alive "${pid:-0}"
	report $? "... it runs"
	like "$(readlink "/proc/$pid/cwd")" "^/proc/502" "... in that directory"
done
finish
