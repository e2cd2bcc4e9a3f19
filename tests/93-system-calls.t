#!/bin/bash
# How many system calls criu-ns makes, against the record. Whoever adds one says so, by changing the number here,
# and in the commit why. The record is of the machine that CI runs on: with another kernel, or other cgroups, there is
# more or less to look at.
export CRIU_NS_TEST_HOST='shared unstacked' # on others there is more to repair
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu
command -v strace >/dev/null || skip_all "needs strace"
[ "${CRIU_NS_MUST_RUN-}" = 1 ] || skip_all "the record is of the machine that CI runs on"
[[ "$(ldd "$CRIU_NS" 2>/dev/null)" != *"=>"* ]] || skip_all "this criu-ns is linked with shared libraries, whose calls would count"

mkdir calls
run "$top/tests/bench/system-calls" "$T/calls"
report "$status" "freeze, thaw, freeze again; and with mounts of its own"
counted=$out
# A freeze answers criu for each file that it opens with the images from the moment on at which it waits there (gate.h): five
# calls, which are not made for its log or the file before if criu, on the other processor, had opened those already.
while read -r operation number answers; do
	now=$(sed -n "s/^$operation //p" <<<"$counted")
	for ((early = 5; early <= 5 * answers; early += 5)); do [ "$now" != $((number - early)) ] || now=$number; done
	is "$now" "$number" "$operation: as many system calls as in the record" || say "$(cat "calls/$operation.calls")"
done <<-END
	freeze 238 2
	thaw 252 0
	again 345 2
	own-freeze 354 0
	own-thaw 485 0
	own-again 459 0
END
finish
