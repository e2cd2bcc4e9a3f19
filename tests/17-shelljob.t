#!/bin/bash
# A shell job: its session and its terminal are the shell's. It is frozen with -j from another terminal,
# thawed with -j in the foreground of a new one, and answers there.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=terminals.sh
. "$top/tests/terminals.sh"
need_root
need_criu

ask() { # ask WORD: types it, and sets $answer
	answer=
	echo "$1" >&"$to"
	read -r -t 60 -u "$from" answer
}

freeze_from_elsewhere() { # freeze_from_elsewhere NAME PID DIR
	mkdir "$3"
	runs_ok "$1" "$TARGETS/pty" "$CRIU_NS" dump -j -t "$2" -D "$3" -o dump.log
}

new_terminal sh -c '"$TARGETS/shelljob"; echo "ended with $?"'
waitfor children "$terminal" 1
shell=$(children_of "$terminal")
waitfor children "$shell" 1
attend "$(children_of "$shell")"
first=$id
ask hello
is "$answer" "$first 1 hello" "a shell job answers"
isnt "$(field "$pid" NSsid)" "$pid" "it does not lead its session"

freeze_from_elsewhere "freeze it with -j from another terminal" "$pid" images
dead "$pid" "it is gone"
wait "$terminal"
number=1 dir=images
for cycle in 1 2; do
	new_terminal "$CRIU_NS" restore -j -D "$dir" -o restore.log --pidfile pid
	waitfor file "$dir/pid"
	report $? "cycle $cycle: thaw it with -j in the foreground" "$(cat "$dir/restore.log")"
	pid=$(cat "$dir/pid")
	for word in once more; do
		number=$((number + 1))
		ask "$word"
		is "$answer" "$first $number $word" "cycle $cycle: it answers on its new terminal"
	done
	alive "$terminal"
	report $? "cycle $cycle: criu-ns waits for it"
	dir=images.$cycle
	freeze_from_elsewhere "cycle $cycle: freeze it again" "$pid" "$dir"
	dead "$pid" "cycle $cycle: it is gone"
	wait "$terminal"
	is "$?" 0 "cycle $cycle: the thaw in the foreground ended with it"
done

rm "$dir/pid" 2>/dev/null
for end in "bye 3" $'\x03 130'; do
	new_terminal "$CRIU_NS" restore -j --exit-status -D "$dir" -o restore.log --pidfile pid
	waitfor file "$dir/pid"
	ask again
	is "$answer" "$first $((number + 1)) again" "thaw it once more: it answers"
	echo "${end% *}" >&"$to"
	wait "$terminal"
	ended=$?
	rm "$dir/pid"
	is "$ended" "${end#* }" "--exit-status tells how it ended: by itself, or with ^C"
done
# Detached: its own pty again, whose output goes on being shown; nothing else of ours is held.
new_terminal bash -c '"$CRIU_NS" restore -j -d -D "$0" -o restore.log --pidfile pid; echo "thawed: $?"
	read -r _' "$dir"
read -r -t 60 -u "$from" answer
like "$answer" "^criu-ns: thawed $dir: process [0-9]+, " "a thaw on a terminal tells what it has done"
read -r -t 60 -u "$from" answer
is "${answer%$'\r'}" "thawed: 0" "thaw it detached, with -j -d"
pid=$(cat "$dir/pid")
alive "$pid"
report $? "... it runs"
freeze_from_elsewhere "... freeze it once more" "$pid" images.detached
dead "$pid" "... it is gone"
echo >&"$to"
wait "$terminal"
is "$?" 0 "... and the terminal was the caller's all the time"
finish
