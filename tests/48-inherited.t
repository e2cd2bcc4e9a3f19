#!/bin/bash
# A thawed tree inherits no odd attribute of the caller's, neither one that criu sets, nor one that it does not set.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

# attributes PID: what a process hands down to its children
attributes() {
	local stat
	read -r stat <"/proc/$1/stat"
	read -ra stat <<<"${stat##*) }"
	printf '%s\n' "nice ${stat[16]}, policy ${stat[38]}" "I/O $(ionice -p "$1")" \
		"processors $(taskset -p "$1" | sed 's/.*: //')" "timer slack $(cat "/proc/$1/timerslack_ns")" \
		"OOM score $(cat "/proc/$1/oom_score_adj")" "core dump filter $(cat "/proc/$1/coredump_filter")" \
		"personality $(cat "/proc/$1/personality")" "memory policy $(sed -n '1s/[^ ]* \([^ ]*\).*/\1/p' "/proc/$1/numa_maps")" \
		"$(grep -E '^(Umask|Cap|NoNewPrivs|Seccomp|Sig|Groups)' "/proc/$1/status" | grep -v SigQ)" \
		"$(grep -v 'Max processes' "/proc/$1/limits")" "$(grep '^uclamp' "/proc/$1/sched")"
}

# Neither the kernel's defaults nor what is usual. Hard limits stay as they are, since criu raises them only
# with CAP_SYS_RESOURCE; and without CAP_SYS_NICE there is no way back from being nice.
niced=()
[ -n "$(nice -n -1 true 2>&1)" ] || niced=(nice -n 7)
! uclampset -m 1 true 2>/dev/null || niced+=(uclampset -m 100 -M 800) # CONFIG_UCLAMP_TASK
odd() { # odd COMMAND...
	(
		umask 027
		ulimit -S -n 500 -c 0 -t 1000
		echo 300 >/proc/self/oom_score_adj
		echo 0x1 >/proc/self/coredump_filter
		echo 777777 >/proc/self/timerslack_ns
		trap '' USR1 TSTP
		exec "${niced[@]}" ionice -c 3 taskset 1 setarch -R chrt -b 0 \
			setpriv --groups 12,34 --inh-caps=+chown --ambient-caps=+chown "$@"
	)
}

for tool in nice ionice taskset setarch chrt setpriv; do
	command -v "$tool" >/dev/null || skip_all "needs $tool"
done
echo 0x33 >/proc/self/coredump_filter # for the targets: the kernel's default, whatever ours is
start counter
attributes "$pid" >frozen
freeze "freeze a process" "$pid" images

mkfifo gate
odd sh -c 'echo $$ >odd.pid; read -r _ <gate' &
disown "$!"
waitfor file odd.pid
attributes "$(cat odd.pid)" >odd
for line in nice I/O processors 'timer slack' OOM 'core dump' personality Umask CapAmb SigIgn Groups 'Max open files'; do
	[ "$(grep "^$line" frozen)" != "$(grep "^$line" odd)" ] || say "the caller has nothing odd here: $(grep "^$line" odd)"
done
echo end >gate

for mode in "" -S; do
	rm -f images/pid
	# shellcheck disable=SC2086 # none or one
	runs_ok "thaw $mode it, as an odd caller" odd "$CRIU_NS" restore -d $mode -D images -o restore.log --pidfile pid
	pid=$(cat images/pid)
	attributes "$pid" >thawed
	is "$(diff frozen thawed)" "" "... it has nothing of the caller's"
	goes_on "$pid" "$id" "$count" "... and goes on"
	kill -KILL "$pid"
	settle 0
done

# The session keyring: a key that only its possessor can read.
setsid "$TARGETS/keys" wait "$T/ask" </dev/null >/dev/null 2>&1 &
pid=$!
disown "$pid"
eventually grep -qx keys "/proc/$pid/comm" # and not bash, which has no session of its own yet
freeze "freeze a process that will use a key" "$pid" keys.images
"$TARGETS/keys" hold "$T/key" true
case $? in
0)
	"$TARGETS/keys" hold "$T/key" sh -c '"$1" restore -d -D keys.images -o restore.log --pidfile pid && cp key ask.new &&
		"$2/keys" wait key && mv ask.new ask && "$2/waitfor" file ask.said' sh "$CRIU_NS" "$TARGETS"
	report $? "thaw it as the possessor of a key"
	is "$(cat key.said)" "read the caller's" "... which is read by what the caller starts"
	is "$(cat ask.said)" "Permission denied" "... and not by the thawed process"
	;;
3) lacks "the kernel has no keyrings" 3 ;;
*) fail "no key" ;;
esac
end_strays
finish
