#!/bin/bash
# shellcheck disable=SC2317 # at_end is called by name
# runc with criu-ns in the place of criu: checkpoint and restore, three times, of a container that bare criu cannot freeze,
# and of one that it can, which criu-ns leaves to it.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu
command -v runc >/dev/null || skip_all "needs runc"

own_runc || skip_all "needs runc and busybox"
at_end() { own_runc_end; }
name=$own_runc_name

ours() { runc --root "$T/runc/state" --criu "$CRIU_NS" "$@"; }
# shellcheck disable=SC2317 # called by name
bare() { runc --root "$T/runc/state" --criu "$CRIU_BINARY" "$@"; }

thaw_container() { # thaw_container NAME ours|bare DIR: sets $pid and $seen
	rm -f "$T/runc/pid"
	run "$2" restore -d --bundle "$T/runc" --image-path "$3" --work-path "$3" --pid-file "$T/runc/pid" "$name"
	report "$status" "$1"
	pid=$(cat "$T/runc/pid" 2>/dev/null)
	seen=$(own_seen "${pid:-0}")
}

mounts_of() { visible "$1" | grep -vE ' - cgroup |^/null '; } # runc decides about these, with criu, too

known() { ours list -f json | grep -o '"status":"[a-z]*"'; }

## Its log is a file of the host's

first=$id
mounts=$(mounts_of "$pid")
cgroups=$(cat "/proc/$pid/cgroup")
for cycle in 1 2 3; do
	look_at "$seen"
	runs_ok "checkpoint $cycle" ours checkpoint --image-path "$T/images.$cycle" --work-path "$T/images.$cycle" "$name"
	dead "$pid" "... the container has ended"
	thaw_container "... restore" ours "$T/images.$cycle"
	goes_on "${seen:-0}" "$first" "$count" "... it goes on"
	is "$(known)" '"status":"running"' "... and runc knows it"
	is "$(mounts_of "${pid:-0}")" "$mounts" "... with its mounts"
	is "$(cat "/proc/${pid:-0}/cgroup")" "$cgroups" "... and in its cgroups"
done

look_at "$seen"
runs_ok "checkpoint --leave-running" ours checkpoint --leave-running --image-path "$T/running" --work-path "$T/running" "$name"
look_at "$seen"
goes_on "$seen" "$first" "$count" "... it goes on"
is "$(known)" '"status":"running"' "... and runc knows it"
mkdir pre
pre=(checkpoint --pre-dump --image-path "$T/pre" --work-path "$T/pre" "$name")
if "$CRIU_BINARY" check --feature mem_dirty_track >/dev/null 2>&1; then
	runs_ok "checkpoint --pre-dump" ours "${pre[@]}"
	look_at "$seen"
	goes_on "$seen" "$first" "$count" "... it goes on"
	look_at "$seen"
	runs_ok "checkpoint of what has changed since" ours checkpoint --parent-path ../pre --image-path "$T/after" --work-path "$T/after" "$name"
	dead "$pid" "... the container has ended"
	thaw_container "... restore" ours "$T/after"
	goes_on "${seen:-0}" "$first" "$count" "... it goes on"
else
	say "this kernel has no soft-dirty bits: runc asks criu for them, and refuses a pre-dump"
	for with in bare ours; do
		run $with "${pre[@]}"
		isnt "$status" 0 "checkpoint --pre-dump, where the kernel cannot, $with: it fails"
		sed -E 's/time="[^"]*"//' <<<"$err" >"pre.$with"
	done
	is "$(cat pre.ours)" "$(cat pre.bare)" "... with the same words"
	look_at "$seen"
	goes_on "$seen" "$first" "$count" "... the container goes on"
fi
runs_ok "runc ends it" ours delete -f "$name"
end_strays

## Its stdio are pipes, which runc gives again at the restore: nothing needs a frame

exec {pipe}<> <(:)
runc --root "$T/runc/state" run -d --bundle "$T/runc" --pid-file "$T/runc/pid" "$name" <&"$pipe" >&"$pipe" 2>&1
own_attend "$(cat "$T/runc/pid")"
first=$id

again() { # again WITH DIR: a restore with the pipes; sets $pid and $seen
	rm -f "$T/runc/pid"
	"$1" restore -d --bundle "$T/runc" --image-path "$2" --work-path "$2" --pid-file "$T/runc/pid" "$name" <&"$pipe" >&"$pipe" 2>&1
	report $? "... $1 restores it" "$(tail -n 3 "$2/restore.log")"
	pid=$(cat "$T/runc/pid" 2>/dev/null)
	seen=$(own_seen "${pid:-0}")
}

n=0
for pair in "ours ours" "ours bare" "bare ours" "ours ours"; do
	n=$((n + 1))
	look_at "$seen"
	runs_ok "pipes: ${pair% *} freezes it" "${pair% *}" checkpoint --image-path "$T/pipes.$n" --work-path "$T/pipes.$n" "$name"
	dead "$pid" "... the container has ended"
	again "${pair#* }" "$T/pipes.$n"
	goes_on "${seen:-0}" "$first" "$count" "... it goes on"
	is "$(field "${pid:-0}" NSpid | wc -w)" 2 "... with no frame around it"
	is "$(mounts_of "${pid:-0}")" "$mounts" "... with its mounts"
	is "$(cat "/proc/${pid:-0}/cgroup")" "$cgroups" "... and in its cgroups"
	isnt "$(cat "/proc/$(parent_of "${pid:-0}")/comm")" criu-ns-init "... and no pseudo-init is its parent"
done
runs_ok "runc ends it" ours delete -f "$name"
finish
