#!/bin/bash
# The root of the host with a /dev of its own over the host's, in a user namespace: `bwrap --bind / / --dev /dev`. The kernel
# locks the host's mounts and not those of the sandbox; a thaw locks the same ones. If it locked the device files
# in that /dev, criu would save them together with the tmpfs below, and could not make them at the next thaw.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

command -v bwrap >/dev/null || skip_all "bubblewrap is not installed"
unshare -U true 2>/dev/null || skip_all "there are no user namespaces"

locks() { # of the mounts in the /dev that can be seen
	grep -E '^mount at=/dev/[a-z]+ ' "$1/criu-ns.recipe" | grep -v ' hidden$' | grep -o 'at=[^ ]*\|locked=[^ ]*' | paste -sd' ' | sed 's/ at=/\nat=/g' | sort
}

rounds() { # rounds NAME OPTION...: of bwrap
	local name=$1 cycle first before=''
	shift
	own_start bwrap "$@" --unshare-pid --unshare-user --new-session "$TARGETS/counter" "$T/now" </dev/null >/dev/null 2>&1
	own_attend_child "$started"
	first=$id
	for cycle in 1 2 3; do
		look_at "$seen"
		freeze "$name: freeze $cycle" "$pid" "$name.$cycle" || return
		if [ "$cycle" = 1 ]; then
			before=$(locks "$name.1")
			unlike "$before" 'locked=[^ ]*mount' "... the mounts in its own /dev are not locked"
		fi
		is "$(locks "$name.$cycle")" "$before" "... no more than before"
		dead "$pid" "... it is gone"
		thaw "... thaw $cycle" "$name.$cycle"
		[ -n "$pid" ] || return
		seen=$(own_seen "$pid")
		goes_on "${seen:-0}" "$first" "$count" "... it goes on"
	done
	kill -KILL "$pid" && waitfor exit "$pid"
	end_strays
}

rounds writable --bind / / --dev /dev --proc /proc
rounds tmpfs --bind / / --dev /dev --proc /proc --tmpfs /mnt --dir /mnt/own
finish
