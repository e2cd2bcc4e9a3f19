#!/bin/bash
# What criu-ns does itself grows as the tree does, and no faster: its system calls are counted for three sizes with the same
# step between them, those of --dry-run, and those of the whole freeze, which looks again when the tree is stopped, and at the images. If they grow evenly, the second step takes as many as the first; if each of something
# were compared with each other, it would take 5/3 of that. Nothing is timed. What each one more may cost is in the record,
# as in 93-system-calls.t; processes are sorted, too, by what kcmp(2) says, with more or less calls. And what else lives on
# the host is nothing to it.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu
command -v strace >/dev/null || skip_all "needs strace"
strace -qo /dev/null true 2>/dev/null || skip_all "strace must be allowed to trace"

grow() { # grow KIND NUMBER: sets $pid
	rm -rf files ready
	mkdir files
	setsid "$TARGETS/grown" "$1" "$2" "$T/files" </dev/null >ready 2>/dev/null &
	pid=$!
	disown "$pid"
	waitfor file ready || bail_out "$2 $1 do not start"
}

end_group() { kill -KILL -- "-$1" 2>/dev/null; }

# counted COMMAND...: sets $calls. What malloc() asks the kernel for depends on the length of names, and how often poll() wakes up on
# criu. A program that is executed is let go.
counted() {
	run strace -D -f -qq -b execve -o calls "$@"
	report "$status" "$*: system calls counted"
	calls=$(grep -cvE ' (brk|mmap|munmap|mremap|mprotect|madvise|poll)\(| resumed>' calls)
}

# fewest COMMAND...: the same of three runs, because a task that waits in the kernel at that moment is looked at again.
fewest() {
	local least='' i
	for i in 1 2 3; do
		counted "$@" --dry-run
		[[ $least && $least -le $calls ]] || least=$calls
	done
	calls=$least
}

is_even() { # is_even MOST NUMBER CALLS CALLS CALLS: with NUMBER more of something each
	local first=$(($4 - $3)) second=$(($5 - $4))
	((second <= first + first / 4 + 4 && second <= $1 * $2 + 8)) # what is closed by dozens, or listed by hundreds
}

evenly() { # evenly NAME, and the same
	is_even "${@:2}"
	report $? "$1: grows evenly, with $2 system calls for one more, as in the record" "system calls: ${*:4}, with $3 more each"
}

measure() { # measure KIND STEP: sets the arrays $looks, $freezes and $plans, of trees of three sizes
	local size dir
	looks=() freezes=() plans=()
	for size in 1 2 3; do
		grow "$1" $((size * $2))
		dir=$1.$size
		rm -rf "$dir"
		mkdir "$dir"
		counted "$CRIU_NS" dump -t "$pid" -D "$dir" --dry-run
		looks+=("$calls")
		counted "$CRIU_NS" dump -t "$pid" -D "$dir" -o dump.log
		freezes+=("$((calls - looks[size - 1]))")
		end_group "$pid"
		counted "$CRIU_NS" restore -d -D "$dir" --dry-run
		plans+=("$calls")
	done
}

# Somebody has mounted over what the mounts are of, as systemd does for services (ProtectSystem=): dearer, but no fork for each.
unshare -m sh -c 'mount --bind /usr /usr && echo ready && exec sleep 1000' >over &
over=$!
disown "$over"
waitfor file over || bail_out "nothing is mounted over /usr"

# Where there are more than 100 descriptors they are looked at in another way, so the first size is above that.
# The kind, the step, and the most that one more may take in the look of a freeze, in the freeze beside that, and in the look of a
# thaw; of processes and threads it is one more than mostly, because one that waits in the kernel at that moment is looked at again.
# To the first of them --dry-run adds what a freeze looks at while criu works, smaps and numa_maps: the stacks of threads are in there.
# On a busy machine that may be several, so there are more tries.
while read -r kind step look freeze thaw; do
	for try in 1 2 3; do
		measure "$kind" "$step"
		if is_even "$look" "$step" "${looks[@]}" && is_even "$freeze" "$step" "${freezes[@]}" &&
			is_even "$thaw" "$step" "${plans[@]}"; then
			break
		fi
		say "try $try: $kind: ${looks[*]}, ${freezes[*]}, ${plans[*]}"
	done
	evenly "look of a freeze, $kind" "$look" "$step" "${looks[@]}"
	evenly "freeze beside that, $kind" "$freeze" "$step" "${freezes[@]}"
	evenly "look of a thaw, $kind" "$thaw" "$step" "${plans[@]}"
done <<-END
	processes 20 101 22 1
	threads 40 26 14 0
	descriptors 120 7 0 1
	pipes 120 6 0 0
	sockets 120 11 0 0
	events 120 6 0 0
	mounts 40 1 1 6
END
kill -KILL "$over"

# A tree that shares the caller's namespaces, and one in a pid namespace of its own, with and without 300 processes beside it.
start counter
mkdir 1 2
fewest "$CRIU_NS" dump -t "$pid" -D 1
alone=$calls target=$pid
grow processes 300
crowd=$pid
fewest "$CRIU_NS" dump -t "$target" -D 1
is "$calls" "$alone" "freeze: not a system call more on a host with 300 processes more"
freeze "frozen beside them" "$target" 1
fewest "$CRIU_NS" restore -d -D 1
beside=$calls
thaw "thawed beside them" 1
fewest "$CRIU_NS" dump -t "$pid" -D 2
again=$calls
end_group "$crowd"
waitfor exit "$crowd"
fewest "$CRIU_NS" dump -t "$pid" -D 2
is "$calls" "$again" "freeze again: not a system call less without them"
fewest "$CRIU_NS" restore -d -D 1
is "$calls" "$beside" "thaw: not a system call less without them"
kill -KILL "$pid"
finish
