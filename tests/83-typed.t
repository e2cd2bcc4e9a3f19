#!/bin/bash
# A shell job that was thawed detached: what is typed on the caller's terminal reaches it as long as that terminal
# belongs to the caller's process group, as with criu; what is typed to a shell that has taken its terminal back is the
# shell's. The modes of the terminal are never changed.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=terminals.sh
. "$top/tests/terminals.sh"
need_root
need_criu

say_to() { # say_to LINE: types it
	printf '%s\n' "$1" >&"$to"
}

# shellcheck disable=SC2317 # called by its name
mode_of() { # mode_of PID: of the terminal on its stdin
	stty -g <"/proc/$1/fd/0"
}

new_terminal sh -c '"$TARGETS/shelljob"; :'
waitfor children "$terminal" 1
waitfor children "$(children_of "$terminal")" 1
attend "$(children_of "$(children_of "$terminal")")"
first=$id
say_to hello
hear .
is "$heard" "$first 1 hello" "a shell job answers"
mkdir images
runs_ok "freeze it" "$TARGETS/pty" "$CRIU_NS" dump -j -t "$pid" -D images -o dump.log
wait "$terminal"

# A script, which goes on and does not read: it has the terminal all the time.
script='trap "echo script interrupted" INT; mode=$(stty -g)
	"$CRIU_NS" restore -j -d -D images -o restore.log --pidfile pid; echo "thawed: $?"
	[ "$(stty -g)" = "$mode" ] && echo "the modes are the same"
	until [ -e stop ]; do sleep 0.05; [ ! -e size ] || { stty rows 33 cols 77; rm size; }; done
	[ "$(stty -g)" = "$mode" ] && echo "the modes are still the same"'

thaw_in_script() {
	rm -f images/pid stop
	new_terminal bash -c "$script"
	hear "^thawed"
	is "$heard" "thawed: 0" "$1: thaw it detached, in a script"
	pid=$(cat images/pid)
	served
	report $? "... a process stays for its terminal"
	hear "^the modes"
	report $? "... the modes of the caller's terminal are the same"
}

thaw_in_script "typed"
say_to once
hear "$first"
is "$heard" "$first 2 once" "... it answers what is typed"
say_to more
hear "$first"
is "$heard" "$first 3 more" "... and answers again"
touch size
for ((tries = 0; tries < 1200; tries++)); do
	[ "$(stty size <"/proc/$pid/fd/0")" != "33 77" ] || break
	pause 0.05
done
is "$(stty size <"/proc/$pid/fd/0")" "33 77" "... it has the new size of the terminal"
touch stop
hear "^the modes"
report $? "... the modes are the same after all that"
wait "$terminal"
dead "$pid" "... the session ends, and so does the job"
settle 0
report $? "... and all that stayed for it" "$(strays)"

thaw_in_script "interrupted"
printf '\003' >&"$to"
dead "$pid" "... ^C ends it"
hear "^script"
is "$heard" "script interrupted" "... and is also the script's, whose group has the terminal"
touch stop
wait "$terminal"
settle 0
report $? "... nothing is left" "$(strays)"

thaw_in_script "the end of its input"
printf '\004' >&"$to"
dead "$pid" "... ^D ends it"
touch stop
wait "$terminal"

# Killed in whatever way: the terminal is as it was, and the job, which has lost its own, ends.
for signal in TERM INT KILL; do
	thaw_in_script "$signal"
	kill -"$signal" "$tty"
	dead "$pid" "... without the process that serves it, its terminal is hung up"
	touch stop
	hear "^the modes"
	report $? "... the modes of the caller's are the same"
	wait "$terminal"
done

# A shell with job control takes its terminal back, also from a program in between, and before criu-ns has returned
# the next line is there.
shell() { # shell COMMAND: an interactive shell that thaws by COMMAND, with lines typed ahead
	rm -f images/pid
	new_terminal env TERM=dumb bash --norc --noprofile -i
	say_to "PS1= PS2="
	say_to 'echo "mode $(stty -g)"'
	hear 'mode '
	mode=${heard##*mode }
	say_to "$1"$'\n'"echo ahead \$((20 + 3))"
	hear '^ahead'
	is "$heard" "ahead 23" "$1: what is typed ahead is the shell's"
	waitfor file images/pid
	pid=$(cat images/pid)
	served
	report $? "... a process stays for its terminal"
	sleep 0.5 # longer than it waits to see whose the terminal is
	for n in 1 2 3; do
		say_to "echo line \$((40 + $n))"
		hear '^line'
		is "$heard" "line 4$n" "... line $n that is typed is the shell's"
	done
	look_at "$pid"
	is "$id:$count" "$first:1" "... and did not reach the job"
	say_to 'echo "mode $(stty -g)"'
	hear '^mode '
	is "${heard##*mode }" "$mode" "... the modes of the terminal are the same"
}

thaw='"$CRIU_NS" restore -j -d -D images -o restore.log --pidfile pid'
for how in "$thaw" "($thaw; :)" "env $thaw" "sh -c '$thaw; :'" "$thaw | cat"; do
	shell "$how"
	say_to exit
	dead "$pid" "... when the shell ends, so does the job"
	wait "$terminal"
	settle 0
	report $? "... and nothing is left" "$(strays)"
done
finish
