#!/bin/bash
# criu-ns is ended by a signal, at every stage of criu and at moments in between. A freeze leaves the target
# running or completely dumped; a thaw leaves a running tree or nothing.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

# What a test kills may still be a copy of its shell, above all on a slow machine. That one must not clean up.
for ((i = 0; i < 100; i++)); do
	sleep 1 2>/dev/null & # no longer, because the signal is lost if it comes just before the program
	kill -TERM $!
	wait $!
done 2>/dev/null
[ -d "$T" ] || bail_out "a child of the shell that was killed before it was a program has removed the test's directory"

make_stop
# As criu it does so before criu starts, stage "start".
cat >slow-criu <<END
#!/bin/sh
CRTOOLS_SCRIPT_ACTION=start $T/stop
exec $CRIU_BINARY "\$@"
END
chmod +x slow-criu

at_stage() { # at_stage STAGE ARGUMENT...: starts criu-ns, up to that stage; sets $wrapper
	set_gate "$1"
	# A shell starts what is in the background with INT ignored. In a process group of its own
	# it can get INT as ^C sends it: to the whole group.
	env --default-signal=INT,QUIT setsid "$CRIU_NS" --criu-binary "$T/slow-criu" "${@:2}" \
		--action-script "$T/stop" >said 2>&1 &
	wrapper=$!
	waitfor file reached || say "$(cat said)"
}

hit() { # hit SIGNAL
	if [ "$1" = INT ]; then
		kill -INT -- "-$wrapper"
	else
		kill -"$1" "$wrapper"
	fi
}

target_is_whole() { # target_is_whole NAME: runs as before, or is thawed now from its images
	calm slow-criu stop
	report $? "$1: criu is done"
	if alive "$pid"; then
		goes_on "$pid" "$first" "$count" "... the target runs as before"
		is "$(field "$pid" TracerPid)" 0 "... and nobody traces it"
	else
		thaw "... the target is dumped, and can be thawed" images
		goes_on "$pid" "$first" "$count" "... and goes on"
	fi
}

new_images() {
	rm -rf images
	mkdir images
	look_at "$pid"
}

start counter
first=$id

for stage in start pre-dump post-dump; do
	for signal in TERM INT KILL; do
		new_images
		at_stage "$stage" dump -t "$pid" -D images -o dump.log
		hit "$signal"
		[ "$signal" = KILL ] && wait "$wrapper" 2>/dev/null
		open_gate
		wait "$wrapper" 2>/dev/null
		ended=$?
		if [ "$signal" = KILL ]; then
			is "$ended" 137 "criu-ns is killed in a freeze, at $stage"
		else
			is "$ended" 0 "$signal in a freeze, at $stage: it goes on to its end"
			dead "$pid" "... and says truly that the target is gone"
		fi
		target_is_whole "$signal in a freeze, at $stage"
	done
done
# Stopped as a job of a shell: ^Z is held off until criu is done; after SIGSTOP, it goes on at SIGCONT.
stop_job() { # stop_job SIGNAL STAGE
	local signal=$1 shell job
	new_images
	set_gate "$2"
	rm -f job
	# shellcheck disable=SC2016 # for that shell
	bash -mc '"${@:2}" >said 2>&1 & echo $! >"$1"; wait $!' sh job "$CRIU_NS" --criu-binary "$T/slow-criu" \
		dump -t "$pid" -D images -o dump.log --action-script "$T/stop" 2>/dev/null &
	shell=$!
	waitfor file reached || say "$(cat said)"
	job=$(cat job)
	kill -"$signal" "$job"
	open_gate
	if [ "$signal" = STOP ]; then
		waitfor stopped "$job"
		pause 0.1
		kill -CONT "$job"
		waitfor exit "$job"
	else
		waitfor exit "$job"
		report $? "$signal in a freeze, at $2: the job is not stopped" || kill -CONT "$job"
	fi
	wait "$shell"
	dead "$pid" "$signal in a freeze, at $2: the freeze goes on to its end"
	target_is_whole "$signal in a freeze, at $2"
}

for stage in start pre-dump post-dump; do
	for signal in TSTP TTOU STOP; do
		stop_job "$signal" "$stage"
	done
done

for ms in 01 03 05 08 12 17 23 30; do
	new_images
	"$CRIU_NS" dump -t "$pid" -D images -o dump.log 2>/dev/null &
	wrapper=$!
	sleep "0.0$ms"
	kill -KILL "$wrapper" 2>/dev/null
	wait "$wrapper" 2>/dev/null
	target_is_whole "KILL $ms ms into a freeze"
done

is_ending() { # is_ending PID: PF_EXITING, proc_pid_stat(5)
	local stat fields
	read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
	read -ra fields <<<"${stat##*) }"
	((fields[6] & 4))
}

tree_or_nothing() { # tree_or_nothing NAME: and nothing is left behind
	local init root fds tries strays
	calm slow-criu stop
	report $? "$1: criu is done"
	# A pseudo-init that gets no answer ends, and has no descriptors and still children then; or it stays with the tree:
	# then it has one at most.
	for ((tries = 0; tries < 6000; tries++)); do
		look_strays
		init=${strays[0]-}
		fds=("/proc/${init:-none}/fd"/*)
		((${#fds[@]} > 1)) || is_ending "${init:-none}" || break
		pause 0.01
	done
	# One without a tree is about to end.
	[ -z "$init" ] || [ -n "$(children_of "$init")" ] || settle 0
	if [ -n "$(strays)" ] && init=$(strays) && root=$(children_of "$init") && [ -n "$root" ]; then
		goes_on "${root:-0}" "$first" "$count" "... a tree runs"
		[ ! -e images/pid ] || is "$(cat images/pid)" "$root" "... which the pidfile names"
		kill -9 "$init"
	else
		is "$(strays)" "" "... nothing is left"
		[ ! -e images/pid ]
		report $? "... and no pidfile"
	fi
	settle 0
	rm -f images/pid
}

look_at "$pid"
freeze "freeze it for good" "$pid" images.last
mv images images.old
mv images.last images
settle 0
for stage in start pre-restore post-restore pre-resume; do
	for signal in TERM INT KILL; do
		for mode in -d ""; do
			at_stage "$stage" restore $mode -D images -o restore.log --pidfile pid
			hit "$signal"
			wait "$wrapper" 2>/dev/null
			ended=$?
			isnt "$ended" 0 "$signal in a thaw $mode, at $stage: criu-ns ends, with $ended"
			settle 0
			report $? "... the tree does not run yet: nothing is left"
			open_gate
			tree_or_nothing "$signal in a thaw $mode, at $stage"
		done
	done
done
for ms in 01 03 05 08 12 17 23 30; do
	"$CRIU_NS" restore -d -D images -o restore.log --pidfile pid 2>/dev/null &
	wrapper=$!
	sleep "0.0$ms"
	{ kill -KILL "$wrapper" && wait "$wrapper"; } 2>/dev/null # without bash's remark
	tree_or_nothing "KILL $ms ms into a thaw"
done

"$CRIU_NS" restore -D images -o restore.log --pidfile pid 2>/dev/null &
wrapper=$!
waitfor file images/pid
{ kill -KILL "$wrapper" && wait "$wrapper"; } 2>/dev/null
tree_or_nothing "KILL in a thaw in the foreground, with the tree running"
finish
