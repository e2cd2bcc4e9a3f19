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
! grep -q GCONV_PATH "$CRIU_NS" || skip_all "this criu-ns is linked with glibc, and the record is with musl"

mkdir calls
run "$top/tests/bench/system-calls" "$T/calls"
report "$status" "freeze, thaw, freeze again; and with mounts of its own"
counted=$out
while read -r operation number; do
	now=$(sed -n "s/^$operation //p" <<<"$counted")
	is "$now" "$number" "$operation: as many system calls as in the record" || say "$(cat "calls/$operation.calls")"
done <<-END
	freeze 246
	thaw 272
	again 365
	own-freeze 325
	own-thaw 456
	own-again 442
END
finish
