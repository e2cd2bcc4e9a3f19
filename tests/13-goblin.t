#!/bin/bash
# A process whose stdin and stdout are pipes to another process. Thawed onto new pipes, it answers there.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

ask() { # ask WORD: says it to the goblin, and sets $answer
	answer=
	echo "$1" >&"$to"
	read -r -t 60 -u "$from" answer
}

exec {to}<> <(:)
exec {from}<> <(:)
"$TARGETS/goblin" </proc/self/fd/"$to" >/proc/self/fd/"$from" &
attend $!
first=$id
ask hello
is "$answer" "$first 1 hello" "it answers"

number=1
for cycle in 1 2 3; do
	stdin=$(readlink "/proc/$pid/fd/0") stdout=$(readlink "/proc/$pid/fd/1")
	freeze "cycle $cycle: freeze" "$pid" "images.$cycle"
	dead "$pid" "cycle $cycle: it is gone"
	exec {to}<> <(:)
	exec {from}<> <(:)
	thaw "cycle $cycle: thaw onto new pipes" "images.$cycle" --inherit-fd "fd[3]:$stdin" \
		--inherit-fd="fd[4]:$stdout" 3</proc/self/fd/"$to" 4>/proc/self/fd/"$from"
	for word in once more; do
		number=$((number + 1))
		ask "$word"
		is "$answer" "$first $number $word" "cycle $cycle: it answers there"
	done
	is "$(readlink "/proc/$pid/fd/0")" "$(readlink "/proc/self/fd/$to")" \
		"cycle $cycle: its stdin is the new pipe"
done
finish
