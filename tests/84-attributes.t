#!/bin/bash
# A thawed tree has every attribute that it was frozen with: those that criu gives back, and those that it forgets, which
# criu-ns gives back; of what nobody can give back it is said beforehand, or when the freeze has succeeded.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=rpc.sh
. "$top/tests/rpc.sh"
need_root
need_criu

tree() { # tree PID: its tasks, the process, its threads, its child
	(cd "/proc/$1/task" && echo [0-9]*) | xargs -n 1 | sort -n
	cat "/proc/$1"/task/*/children
}

seen() { # seen PID: all that /proc has of its tasks, but counters, times, and numbers of others
	local task name
	for task in $(tree "$1"); do
		name=$(cat "/proc/$task/comm")
		grep -vE '^(Vm(Peak|HWM|RSS|Size|PTE|Data|Stk|Exe|Lib|Swap)|Rss|Ngid|PPid|N?S?.?[TP]gid|NS|Pid|FDSize|SigQ|.*ctxt|State)' \
			"/proc/$task/status" | sed "s/^/$name status /"
		sed "s/^/$name limits /" "/proc/$task/limits"
		grep -E '^(policy|prio|se.slice|uclamp|effective)' "/proc/$task/sched" | sed "s/^/$name sched /"
		# Not cpuset: in version 2 of cgroups it is that of the next one above with the controller, which systemd sets.
		for file in coredump_filter personality timerslack_ns oom_score_adj loginuid cgroup ksm_stat uid_map; do
			[ ! -e "/proc/$task/$file" ] || { sed "s/^/$name $file /" "/proc/$task/$file" && echo; }
		done
		sed "s/.* nice/$name autogroup/" "/proc/$task/autogroup" 2>/dev/null
		# The flags, the exit signal, the classes: what is left of stat when all numbers of processes and counters are gone.
		perl -e 'my $s = <>; $s =~ s/.*\) //; my @f = split " ", $s; printf "%s stat flags %x, %d threads, %s\n", shift // "", $f[6] & 0x8180080,
			$f[17], join " ", @f[35, 37, 38]' <"/proc/$task/stat" | sed "s/^/$name/"
		sed "1s/[^ ]* \([^ ]*\).*/$name memory \1/;1q" "/proc/$task/numa_maps" 2>/dev/null
	done | sort # a thaw may number them in another order, as seen from here
}

new_tree() { # new_tree MODE: sets $pid
	rm -rf "$T/told"
	mkdir "$T/told"
	"$TARGETS/attributes" "$1" "$T/told" </dev/null >/dev/null 2>told.err &
	pid=$!
	disown "$pid"
	waitfor file "$T/told/report.0"
	report $? "a tree with attributes of all kinds ($1)" "$(cat told.err)"
	[ ! -s told.err ] || say "not all kinds:" "$(cat told.err)"
}

told() { # told N: sets off another report, and waits for it
	kill -USR1 "$pid"
	waitfor file "$T/told/report.$1"
}

## What comes back

new_tree kept
# What the kernel does not know yet, no task can ask for.
slice=" slice=3000000" clamps=" clamps=100-800" merge=" merge" flusher=" flusher"
if ! grep -q "scheduling .* 3000000$" told/report.0; then
	slice=""
	lacks "a kernel on which a task has a slice of its own (Linux 6.12)"
fi
if grep -q clamps told.err; then
	clamps=""
	lacks "a kernel that clamps the utilization of a task (CONFIG_UCLAMP_TASK)"
fi
if grep -q merging told.err; then
	merge=""
	lacks "a kernel that merges all memory of a task (Linux 6.4)"
fi
if grep -q flusher told.err; then
	flusher=""
	lacks "the right to serve I/O (PR_SET_IO_FLUSHER, which takes CAP_SYS_RESOURCE)"
fi
seen "$pid" >before
for cycle in 1 2 3; do
	rm -rf images
	freeze "cycle $cycle: freeze it" "$pid" images
	is "$err" "" "... with nothing to be said"
	[ "$cycle" != 1 ] || cp images/criu-ns.recipe first.recipe
	thaw "... thaw it" images
	is "$err" "" "... with nothing to be said"
	seen "$pid" >after
	is "$(diff before after)" "" "... /proc shows what it showed before"
	told "$cycle"
	is "$(diff "$T/told/report.0" "$T/told/report.$cycle")" "" "... and the tasks see what they saw before"
done
is "$(sed '/^#/d; s/pid=[0-9]*/pid=N/' images/criu-ns.recipe)" "$(sed '/^#/d; s/pid=[0-9]*/pid=N/' first.recipe)" \
	"the third recipe is the first one"
like "$(grep '^task' first.recipe | head -n 1)" "^task pid=[0-9]+ cpus=1 io=be:6 slack=70000$slice$clamps dump=021 group=7$" \
	"it has a line for each task, with what is not usual"
like "$(cat first.recipe)" "^tree fixed memory=interleave:0 mce=early$merge$flusher$" "... and one for what all have"

# It is criu-ns that gives them back: with --as-given nobody does.
rm -rf images
freeze "freeze it --as-given" "$pid" images --as-given
thaw "... thaw it --as-given" images --as-given
seen "$pid" >after
differs=$(diff before after | sed -n 's/^[<>] named-[^ ]* \([^ ]*\).*/\1/p' | sort -u | xargs)
for word in autogroup coredump_filter ${merge:+ksm_stat} memory personality ${slice:+sched} stat status timerslack_ns; do
	like "$differs" "\\b$word\\b" "... then it has not the same $word"
done
runs_ok "freeze it again" "$CRIU_NS" dump -t "$pid" -D images -o dump.log
end_strays

# In a pid namespace of its own, whose init it is: the images number its tasks as that does.
rm -rf told images
mkdir told
unshare -p -f --mount-proc -m "$TARGETS/attributes" kept "$T/told" 2>told.err &
wrapper=$!
disown "$wrapper"
waitfor file told/report.0
pid=$(children_of "$wrapper")
seen "$pid" >before
for cycle in 1 2 3; do
	rm -rf images
	freeze "cycle $cycle: freeze the init of a pid namespace" "$pid" images
	thaw "... thaw it" images
	seen "$pid" >after
	is "$(diff before after)" "" "... /proc shows what it showed before"
done
like "$(cat images/criu-ns.recipe)" "^task pid=1 cpus=1 " "its recipe numbers tasks as the images do"
end_strays

## What nobody can give back

new_tree gone
runs_ok "look at what does not come back" "$CRIU_NS" dump --dry-run -t "$pid" -D "$T"
merging="criu forgets of process N that all of its memory may be merged (PR_SET_MEMORY_MERGE): after a thaw it is the default"
serving="criu forgets of process N that its memory is found without I/O (PR_SET_IO_FLUSHER): after a thaw it is the default"
said=$(sed -n 's/^ - note: //p' <<<"$out" | sed "s/process $pid /process PID /; s/process [0-9][0-9]*/process N/")
is "$(grep 'criu forgets of process' <<<"$said")" "\
criu forgets of process PID its execution domain (personality(2)): after a thaw it is the default
criu forgets of process PID its NUMA memory policy (set_mempolicy(2)): after a thaw it is the default
criu forgets of process N its policy for broken memory (PR_MCE_KILL): after a thaw it is the default
${merge:+$merging
}${flusher:+$serving
}criu forgets of process PID (and 1 more like it) the working directory, root and umask that a thread has of its own (CLONE_FS): after a thaw the thread has those of the process
criu forgets of process N the signal that its parent gets when it ends (clone(2)): after a thaw it is SIGCHLD
criu forgets of process N that its memory is locked (mlock(2)): after a thaw it can be swapped out" "each is said once"
if grep -qs eventfd-semaphore /proc/"$pid"/fdinfo/*; then
	like "$said" "criu forgets of descriptor [0-9]+ of process N \\(anon_inode:\\[eventfd\\]\\) that it is a semaphore \\(EFD_SEMAPHORE\\): after a thaw a read takes the whole count, and not 1" \
		"... that of a descriptor, too"
	n=7
else
	lacks "a kernel that tells what is a semaphore (Linux 6.5)"
	n=6
fi
[ -z "$merge" ] || n=$((n + 1))
[ -z "$flusher" ] || n=$((n + 1))
freeze "freeze it" "$pid" images2
is "$(grep -c 'criu forgets' <<<"$err")" $n "... and it is said then, too"
thaw "thaw it" images2
end_strays

new_tree class
fails_with 125 "a thread with SCHED_DEADLINE" "$CRIU_NS" dump -t "$pid" -D "$T"
like "$err" "thread [0-9]+ of process $pid has a scheduling class.*chrt --other --pid 0 [0-9]+" "... is refused"
end_strays

## What nobody can give back of single mappings

declare -A forgets=(
	[key]="the protection keys of its memory (pkey_mprotect(2)): after a thaw no key keeps it from being used"
	[seal]="that some of its memory is sealed (mseal(2)): after a thaw it can be changed"
	[fault]="that some of its memory is locked only when it is used (MLOCK_ONFAULT): after a thaw all of that is locked from the beginning"
	[policy]="the NUMA policy that some of its memory has (mbind(2)): after a thaw it has that of the task"
)
declare -A without=(
	[key]="a processor and a kernel with protection keys"
	[seal]="a kernel that seals memory (Linux 6.10)"
	[fault]="a kernel that locks memory when it is used (Linux 4.4)"
	[policy]="a kernel with NUMA memory policies"
)

new_mappings() { # new_mappings COMMAND...: "$TARGETS/mappings", in some way; sets $pid, and $had to what it could get
	rm -f "$T/had"
	"$@" </dev/null >/dev/null 2>&1 &
	pid=$!
	disown "$pid"
	waitfor file "$T/had"
	report $? "a process whose mappings have attributes"
	had=$(cat "$T/had")
}

expected() { # expected MORE: the notes for $pid; those that its child has, too, with MORE
	local kind
	for kind in key seal fault policy; do
		[[ " $had" != *" $kind "* ]] || [ "$kind" = fault ] || echo "process $pid${1-} ${forgets[$kind]}"
		[[ " $had" != *" $kind "* ]] || [ "$kind" != fault ] || echo "process $pid ${forgets[$kind]}"
	done
}

notes() { sed -n 's/^.*note: criu forgets of process/process/p'; }

new_mappings "$TARGETS/mappings" "$T/had" key seal fault policy code fork
for kind in key seal fault policy; do
	[[ " $had" == *" $kind "* ]] || lacks "${without[$kind]}"
done
runs_ok "look at what does not come back" "$CRIU_NS" dump --dry-run -t "$pid" -D "$T"
is "$(notes <<<"$out")" "$(expected " (and 1 more like it)")" "... each is said once"
runs_ok "the same with check" "$CRIU_NS" check -t "$pid"
is "$(notes <<<"$out")" "$(expected " (and 1 more like it)")" "... says the same"
rm -rf images
freeze "freeze it" "$pid" images
is "$(notes <<<"$err")" "$(expected " (and 1 more like it)")" "... it is said then, too"
is "$(grep -c . <<<"$err")" "$(expected | grep -c .)" "... and nothing else"
thaw "thaw it" images
had="" # criu has forgotten it
freeze "freeze it again" "$pid" images2
is "$(notes <<<"$err")" "" "... it is gone, and nothing is said of it"

# There criu asks by a message.
new_mappings unshare -m --propagation slave sh -c 'mount -t tmpfs own /mnt && cd / && exec "$@"' sh \
	"$TARGETS/mappings" "$T/had" key seal fault policy
runs_ok "a process with mounts of its own: freeze it, and let it run" "$CRIU_NS" dump -t "$pid" -D "$T" -o dump.log -R
is "$(notes <<<"$err")" "$(expected)" "... it is said"
kill -KILL "$pid"

new_mappings "$TARGETS/mappings" "$T/had" key seal fault policy
rpc_freeze "a request by RPC" "$pid" asked
# shellcheck disable=SC2317 # called by name
in_log() { [ "$(notes <asked/dump.log)" = "$(expected)" ]; }
eventually in_log # criu has answered before
report $? "... it is said in the log" "$(notes <asked/dump.log)"

# There criu asks nothing. No streamer is here, so criu does not get to know of it.
# shellcheck disable=SC2016 # for that shell
printf '%s\n' '#!/bin/bash' 'for word; do [ "$word" = --stream ] || words+=("$word"); done' \
	"exec $CRIU_BINARY \"\${words[@]}\"" >deaf-criu
chmod +x deaf-criu
new_mappings "$TARGETS/mappings" "$T/had" key seal fault policy all
rm -rf images
freeze "with --stream" "$pid" images --stream --criu-binary "$T/deaf-criu"
is "$(notes <<<"$err")" "$(expected)" "... it is said"
like "$err" "note: criu forgets what all of its tasks have: the memory policy prefer:0: with --stream there is no recipe$" \
	"... and so is what a recipe would give back"

# All files of a tmpfs may have one, which no task has asked for; the program is the first mapping.
on_tmpfs='mount -t tmpfs -o mpol=interleave:0 own /mnt && cp "$1" /mnt/mappings && cd / && shift && exec /mnt/mappings "$@"'
if unshare -m mount -t tmpfs -o mpol=interleave:0 own /mnt 2>/dev/null; then
	# shellcheck disable=SC2016 # of sh
	policies() { perl -ne '/^\S+ (\S+).* (file=\/mnt\/mappings|stack)/ && print "$2 $1\n"' "/proc/$1/numa_maps" | sort -u; }
	new_mappings unshare -m --propagation slave sh -c "$on_tmpfs" sh "$TARGETS/mappings" "$T/had"
	is "$(policies "$pid")" "file=/mnt/mappings interleave:0"$'\n'"stack default" "... its program has a NUMA policy, and it has none"
	runs_ok "look at what does not come back" "$CRIU_NS" dump --dry-run -t "$pid" -D "$T"
	is "$(notes <<<"$out")" "" "... nothing"
	for cycle in 1 2; do
		rm -rf images
		freeze "cycle $cycle: freeze it" "$pid" images
		is "$(notes <<<"$err")" "" "... with nothing to be said"
		unlike "$(cat images/criu-ns.recipe)" "^tree" "... and nothing that all of its tasks have"
		thaw "... thaw it" images
		is "$(policies "$pid")" "file=/mnt/mappings interleave:0"$'\n'"stack default" "... with the same policies"
	done
	kill -KILL "$pid"
	settle 0
	new_mappings unshare -m --propagation slave sh -c "$on_tmpfs" sh "$TARGETS/mappings" "$T/had" policy
	runs_ok "one with memory of another policy" "$CRIU_NS" dump --dry-run -t "$pid" -D "$T"
	is "$(notes <<<"$out")" "$(expected)" "... is found among them"
	kill -KILL "$pid"
	settle 0
	new_mappings unshare -m --propagation slave sh -c "$on_tmpfs" sh "$TARGETS/mappings" "$T/had" all
	runs_ok "one with a policy itself" "$CRIU_NS" dump --dry-run -t "$pid" -D "$T"
	is "$(notes <<<"$out")" "" "... needs no note"
	like "$out" "note what all of its tasks have: the memory policy prefer:0$" "... but is given that back"
	kill -KILL "$pid"
	settle 0
else
	lacks "a kernel with NUMA memory policies of a tmpfs"
fi

# What the kernel has done by itself.
new_mappings "$TARGETS/mappings" "$T/had" code
rm -rf images
freeze "freeze a process with memory that can only be executed" "$pid" images
is "$err" "" "... with nothing to be said"

## Processes that have nothing, and recipes by hand

start counter
rm -rf images
freeze "freeze a process that has nothing unusual" "$pid" images
[ ! -e images/criu-ns.recipe ]
report $? "... it has no recipe"
inner=$pid first=$id seen=$count
write_recipe() { printf 'criu-ns-recipe 3\nframe pid\n%s\nend\n' "$1" >images/criu-ns.recipe; }
write_recipe "task pid=$inner cpus=0 io=idle dump=00"
thaw "thaw it with a recipe by hand" images
is "$(taskset -p "$pid" | sed 's/.*: //') $(ionice -p "$pid") $(cat "/proc/$pid/coredump_filter")" "1 idle 00000000" \
	"... it has what that says"
goes_on "$pid" "$first" "$seen" "... and goes on"
kill -KILL "$pid"
settle 0
write_recipe "task pid=$inner cpus=8000-8100"
thaw "thaw it for processors that are not here" images
like "$err" "^criu-ns: cannot give task $inner back the processors that it may run on: this machine has nothing like it$" \
	"... it says so"
goes_on "$pid" "$first" "$seen" "... and it goes on"
end_strays
write_recipe "tree flusher"
thaw "thaw it for memory that is found without I/O" images
if [ -n "$flusher" ]; then
	is "$(perl -ne 's/.*\) //; printf "%x", (split)[6] & 0x180000' "/proc/$pid/stat")" 180000 "... it is"
else
	like "$err" "^criu-ns: cannot give the tree back that its memory is found without I/O: Operation not permitted$" \
		"... what this host does not allow is said"
fi
goes_on "$pid" "$first" "$seen" "... and it goes on"
end_strays
for line in "task pid=1 cpus=0" "task pid=2 io=rt:0" "task pid=4194000 slack=1"; do
	write_recipe "$line"
	fails_with 125 "$line is refused" "$CRIU_NS" restore -d -D images
	like "$err" "the recipe has a task [0-9]+, which the images in images do not have" "... as none of the images"
done
finish
