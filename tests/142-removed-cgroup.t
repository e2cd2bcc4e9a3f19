#!/bin/bash
# Somebody removes a cgroup that criu has just made, because no process is in it, as systemd does: the thaw is tried again.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

for at in /sys/fs/cgroup/pids /sys/fs/cgroup; do
	cgroup=$at/$name_of_run
	mkdir "$cgroup" 2>/dev/null && [ -e "$cgroup/cgroup.procs" ] && break
	cgroup=
done
[ -n "$cgroup" ] || skip_all "cgroups cannot be made here"
remover=
# shellcheck disable=SC2317 # lib.sh calls it
at_end() {
	[ -z "$remover" ] || kill "$remover"
	[ ! -d "$cgroup" ] || rmdir "$cgroup"
}

# Removes it once, as soon as it is there. criu puts tasks into it some milliseconds later.
start_remover() {
	perl -e '1 until rmdir $ARGV[0]' "$cgroup" &
	remover=$!
	disown "$remover"
}

end_remover() {
	kill "$remover" 2>/dev/null
	remover=
}

end_tree() {
	kill -KILL "$pid"
	waitfor exit "$pid"
	eventually rmdir "$cgroup"
}

start counter
echo "$pid" >"$cgroup/cgroup.procs"
freeze "a process in a cgroup of its own is frozen" "$pid" images
first=$id then=$count
rmdir "$cgroup"

# A busy machine may let criu win.
again=
for ((i = 0; i < 10; i++)); do
	start_remover
	run "$CRIU_NS" restore -d -D images -o restore.log --pidfile "$T/pid"
	end_remover
	[[ $err != *" try 1: "* ]] || again=$err
	[ -z "$again" ] || break
	[ "$status" = 0 ] || break
	slurp pid pid
	end_tree
	rm pid
done
is "$status" 0 "it is thawed, though its cgroup is removed once meanwhile" "$err"
like "$again" "^criu-ns: try 1: images could not be thawed, because a cgroup was removed before a task was put into it \(criu: cg: .*\); nothing is left of that, and it is thawed again$" \
	"... and why it is tried again is said"
slurp pid pid
goes_on "${pid:-0}" "$first" "$then" "... it goes on"
like "$(cat "/proc/$pid/cgroup")" "/${cgroup##*/}"$'\n' "... in its cgroup"
end_tree
rm pid

# Who says how criu is to treat cgroups may mean that there is to be one.
fails_with 1 "a cgroup that criu is not to make" "$CRIU_NS" restore -d -D images -o restore.log --pidfile "$T/pid" --manage-cgroups=none
like "$err" "doesn't exist" "... and is not there"
[[ $err != *" try 1: "* ]]
report $? "... is not waited for" "$err"
is "$(find "$T" -name pid)" "" "... and nothing is left of that thaw"
finish
