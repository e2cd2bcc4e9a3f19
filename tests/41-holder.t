#!/bin/bash
# criu-ns-hold, which keeps the target's pid namespace alive in a freeze: what it can do, who can do
# anything to it, and what happens when it is killed.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

make_stop
# As criu it does so when all is done, and criu's tree gone, as stage "end".
cat >slow-criu <<END
#!/bin/sh
$CRIU_BINARY "\$@" || exit
CRTOOLS_SCRIPT_ACTION=end $T/stop
END
chmod +x slow-criu

at_stage() { # at_stage STAGE: freezes $pid up to that stage; sets $wrapper and $holder
	set_gate "$1"
	rm -rf images
	mkdir images
	init=$(parent_of "$pid")
	"$CRIU_NS" dump --criu-binary "$T/slow-criu" -t "$pid" -D images -o dump.log \
		--action-script "$T/stop" 2>said &
	wrapper=$!
	waitfor file reached || say "$(cat said)"
	holder=$(find_holder)
}

find_holder() { # of those below $init
	local child
	for child in $(children_of "$init"); do
		[ "$(cat "/proc/$child/comm")" != criu-ns-hold ] || echo "$child"
	done
}

ends() { # ends STATUS NAME
	open_gate
	wait "$wrapper"
	local status=$?
	is "$status" "$1" "$2"
}

powerless() { # powerless UID COMMAND...: as that user, without any capability
	setpriv --reuid "$1" --clear-groups --inh-caps=-all --ambient-caps=-all --bounding-set -all \
		"${@:2}"
}

start counter
first=$id
echo 300 >"/proc/$pid/oom_score_adj"
freeze "freeze a counter" "$pid" before
thaw "thaw it, in a pid namespace of its own" before

at_stage pre-dump
isnt "$holder" "" "a freeze has a holder in that pid namespace"
for kind in CapInh CapPrm CapEff CapBnd CapAmb; do
	is "$(field "$holder" $kind)" 0000000000000000 "it has no capability ($kind)"
done
is "$(field "$holder" NoNewPrivs)" 1 "... and cannot get any (NoNewPrivs)"
is "$(field "$holder" Groups | xargs)" "" "... in no group"
for kind in Uid Gid; do
	is "$(field "$holder" $kind | xargs)" "4294967294 4294967294 4294967294 4294967294" \
		"... has an id that no user has ($kind)"
done
is "$(ls -A "/proc/$holder/root/" 2>&1)" "" "its root is an empty directory"
is "$(readlink "/proc/$holder/cwd")" / "... and it is in there"
is "$(cat "/proc/$holder/mountinfo")" "" "... without a mount of the caller's"
is "$(readlink "/proc/$holder/fd/"* | sed 's/[0-9]*//g' | sort | xargs)" "anon_inode:[pidfd] pipe:[]" \
	"it has criu's pidfd and a pipe"
is "$(tr -d '\0' <"/proc/$holder/cmdline")" criu-ns-hold "it shows nothing of the caller's command line"
is "$(tr -d '\0' <"/proc/$holder/environ")" "" "... nor of its environment"
if (echo -1000 >/proc/self/oom_score_adj) 2>/dev/null; then
	for process in "$holder" $(children_of "$wrapper"); do
		is "$(cat "/proc/$process/oom_score_adj")" -1000 "the kernel ends others first when memory runs out"
	done
else
	lacks "oom_score_adj cannot be lowered without CAP_SYS_RESOURCE" 2
fi
for id in 0 65534 1; do
	powerless "$id" kill -TERM "$holder" 2>/dev/null
	is $? 1 "who has uid $id and no capability cannot signal it"
	powerless "$id" prlimit --cpu=1:1 --pid "$holder" 2>/dev/null
	is $? 1 "... nor limit it"
done
powerless 0 ls "/proc/$holder/fd/0" "/proc/$holder/root/" "/proc/$holder/environ" &>look
is "$(grep -c 'Permission denied' look)" 2 "root without CAP_SYS_PTRACE does not get at its root and descriptors"

kill -KILL "$holder"
dead "$holder" "it is killed"
for ((i = 0; i < 6000; i++)); do
	holder=$(find_holder)
	[ -z "$holder" ] || break
	pause 0.01
done
isnt "$holder" "" "there is another one at once"
ends 0 "the freeze comes to its end"
dead "$pid" "... the target is gone"
settle 0
report $? "... nothing is left" "$(strays)"
thaw "... and it can be thawed" images
goes_on "${pid:-0}" "$first" "$count" "... and goes on"
is "$(cat "/proc/$pid/oom_score_adj")" 300 "... with the oom_score_adj that was its own"
look_at "$pid"

# Too late for another one: the init ends with the holder, and the kernel ends criu.
at_stage end
dead "$pid" "criu has ended the target"
kill -STOP "$wrapper"
criu=$(children_of "$wrapper")
kill -KILL "$holder"
dead "$criu" "the holder is killed then, and criu with the namespace"
kill -CONT "$wrapper"
ends 0 "the freeze was one"
like "$(cat said)" "criu died of signal 9 .*the images are complete" "... and that is said"
settle 0
report $? "... nothing is left" "$(strays)"
thaw "... and it can be thawed" images
goes_on "${pid:-0}" "$first" "$count" "... and goes on"

# On a busy machine, criu-ns may not come to run between the moment at which it has executed criu and the end of criu.
# --stream: then there are no images that criu could wait at; and no streamer here, so criu does not get to know of it.
late() { # late NAME [OPTION...]
	rm -rf images
	mkdir images
	init=$(parent_of "$pid")
	runs_ok "$1: the holder is late" strace -qqo calls -e trace=fanotify_mark,fsopen \
		-e inject=fanotify_mark,fsopen:delay_enter=500000 \
		"$CRIU_NS" dump --criu-binary "$T/deaf-criu" -t "$pid" -D images -o dump.log "${@:2}"
	like "$(cat calls)" "fsopen.*DELAYED" "... as here"
	unlike "$err" "criu died" "... criu ends as usual"
	dead "$pid" "... when it has frozen the tree"
	settle 0
	report $? "... nothing is left" "$(strays)"
	thaw "... it can be thawed" images
	goes_on "${pid:-0}" "$first" "$count" "... and goes on"
}

if command -v strace >/dev/null && strace -qo /dev/null true 2>/dev/null; then
	# shellcheck disable=SC2016 # for that shell
	printf '%s\n' '#!/bin/bash' 'for word; do [ "$word" = --stream ] || words+=("$word"); done' \
		"exec $CRIU_BINARY \"\${words[@]}\"" >deaf-criu
	chmod +x deaf-criu
	late images
	late "a stream" --stream
else
	skip "needs strace" 14
fi
end_strays
finish
