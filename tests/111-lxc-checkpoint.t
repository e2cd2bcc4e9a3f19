#!/bin/bash
# lxc-checkpoint with criu-ns under the name criu, three times: LXC asks criu for the container as a child of its own
# (--restore-sibling), and takes its first child for that. So nothing but the root task may be left to it.
# shellcheck source=lib.sh disable=SC2317,SC2119 # functions are called by name
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu
command -v lxc-checkpoint >/dev/null || skip_all "needs lxc"

mkdir bin
ln -s "$CRIU_NS" bin/criu
checkpoint() { # checkpoint OPTION...
	env PATH="$T/bin:$PATH" lxc-checkpoint --lxcpath "$T/lxc" -n "$own_lxc_name" -l DEBUG -o "$T/lxc.log" "$@"
}

own_lxc
for n in 1 2 3; do
	first=$id
	run checkpoint -s -D "$T/$n" -v
	if [[ $n == 2 && $err == *"Failed getting freezer path"* ]]; then # before it starts criu
		lacks "an LXC that checkpoints again what it has restored on version 2 of cgroups (5.0 does not)" 10
		break
	fi
	report "$status" "lxc-checkpoint -s ($n)" || say "$(tail -n 5 "$T/$n/dump.log")"
	dead "$pid" "... the container has ended"
	look_at "$seen"
	before=$count
	runs_ok "lxc-checkpoint -r ($n)" checkpoint -r -D "$T/$n" -v || say "$(tail -n 5 "$T/$n/restore.log")"
	if ! timeout 10 lxc-wait --lxcpath "$T/lxc" -n "$own_lxc_name" -s RUNNING; then
		fail "... the container runs ($n)" "$(grep -a ERROR "$T/lxc.log")"
		break
	fi
	own_attend "$(lxc-info --lxcpath "$T/lxc" -n "$own_lxc_name" -p -H)"
	goes_on "$seen" "$first" "$before" "... the container runs ($n)"
	is "$(children_of "$(parent_of "$pid")")" "$pid" "... and is LXC's only child"
done
own_lxc_end
finish
