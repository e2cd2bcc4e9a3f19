# shellcheck shell=bash disable=SC2034
# Sourced after lib.sh by the tests of criu-ns run: a program that counts, and its run.

cat >count.sh <<'SH'
# count.sh ID: counts in a variable, and shows that; ends when there is a file "end", with the status in it
i=0
trap 'echo usr1 $i >&2' USR1
trap '' INT
while sleep 0.02; do
	i=$((i + 1))
	echo "$1 $$ $i" >count.new && mv count.new count
	[ ! -e end ] || exit "$(cat end)"
done
SH

run_it() { # run_it DIR [OPTION...] -- COMMAND...: in the background, in a session of its own; sets $runner
	setsid "$CRIU_NS" run -D "$@" </dev/null >>log 2>&1 &
	runner=$!
}

# If it was frozen while it wrote count.new, and has gone on since, that has another name now.
count_it() { # count_it DIR [OPTION...]: with count.sh, until that counts; sets $runner and $root
	rm -f count
	: >count.new
	run_it "$@" -- sh count.sh "$RANDOM"
	waitfor file count || say "$(tail -n 5 log)"
	root_task
}

root_task() { # of $runner, which knows that it runs; sets $root
	eventually has_root || say "no root task: $(tail -n 5 log)"
}

# The pseudo-init has told about the root task when it holds nothing but its socket, as number 0.
# shellcheck disable=SC2317 # root_task calls it
has_root() {
	local children=() fds
	look_children "$runner"
	[ ${#children[@]} = 1 ] || return 1
	fds=("/proc/${children[0]}/fd/"*)
	[ "${fds[*]##*/}" = 0 ] || return 1
	look_children "${children[0]}"
	root=${children[0]-}
	[ -n "$root" ]
}

ends_with() { # ends_with STATUS NAME: so $runner does
	local status=0
	{ wait "$runner" || status=$?; } 2>/dev/null
	[ "$status" = "$1" ]
	report $? "$2" "exit code $status, wanted $1" "$(tail -n 5 log)" "$(tail -n 5 state/frozen/criu.log 2>/dev/null)"
}

shown() { # what count.sh shows; sets $id and $number
	read -r id _ number <count
}

is_beyond() { # is_beyond NUMBER: so is what it shows
	shown
	[ "$number" -gt "$1" ]
}
