#!/bin/bash
# Wrong input gets one line that names what is wrong, exit code 125, and nothing is touched.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

refuses() { # refuses NAME REGEX ARGUMENT...: the message must match
	fails_with 125 "$1" "$CRIU_NS" "${@:3}"
	[ "$(wc -l <"$T/.err")" = 1 ] && grep -qE "^criu-ns: .*($2)" "$T/.err"
	report $? "... is told so in one line" "wanted: ^criu-ns: .*($2)"
}

kernel_thread() { # the first there is
	local pid
	for pid in /proc/[0-9]*; do
		pid=${pid#/proc/}
		# 0x200000 is PF_KTHREAD in the flags, field 9
		(($(awk '{sub(/.*\) /, ""); print $7}' "/proc/$pid/stat") & 0x200000)) &&
			echo "$pid" && return
	done 2>/dev/null
}

start tree "$T/ghost"
tree=$pid first=$id
mkdir images readonly full
: >ghost.file
freeze "freeze a tree and leave it running" "$pid" full -R

: &
nobody=$!
wait "$nobody"
refuses "no such pid" "$nobody" dump -t "$nobody" -D images
refuses "no such pid for pre-dump" "$nobody" pre-dump -t "$nobody" -D images

# Its parent is no shell any more when it ends, but a program that never waits for children.
mkfifo end
exec {end}<>end
(
	read -r _ <end &
	exec "$TARGETS/counter"
) &
parent=$!
attend "$parent"
zombie=$(children_of "$parent")
echo end >&"$end"
waitfor exit "$zombie"
refuses "a zombie" "$zombie.*zombie|zombie.*$zombie" dump -t "$zombie" -D images
pid=$tree

kthread=$(kernel_thread)
if [ -n "$kthread" ]; then
	refuses "a kernel thread" "$kthread.*kernel|kernel.*$kthread" dump -t "$kthread" -D images
else
	lacks "no kernel thread in sight" 2
fi
refuses "its own parent" "$$.*(ancestor|parent)|(ancestor|parent).*$$" dump -t $$ -D images
refuses "an ancestor" "$PPID.*(ancestor|parent)|(ancestor|parent).*$PPID" dump -t $PPID -D images
threads=("/proc/$(children_of "$pid" | tail -n 1)/task"/*)
thread=${threads[-1]##*/}
refuses "a thread" "$thread.*thread|thread.*$thread" dump -t "$thread" -D images
for number in abc 12abc -5 0 "" 99999999999 1.5; do
	refuses "the pid '$number'" "'?$number|pid" dump -t "$number" -D images
done
refuses "no pid at all" "-t|--tree|pid" dump -D images

for command in "dump -t $pid" restore; do
	# shellcheck disable=SC2086 # two words
	refuses "$command: images directory missing" "nowhere.*No such file|No such file.*nowhere" \
		$command -D nowhere
	# shellcheck disable=SC2086 # two words
	refuses "$command: images directory is a file" "Not a directory" $command -D ghost.file
	# shellcheck disable=SC2086 # two words
	refuses "$command: work directory missing" "nowhere" $command -D full -W nowhere
done
mount -t tmpfs -o ro none readonly
refuses "images directory not writable" "readonly.*Read-only|Read-only.*readonly" \
	dump -t "$pid" -D readonly
umount readonly

echo mine >full/pid
refuses "a pidfile that exists" "pidfile pid .*(there|exists)" restore -d -D full --pidfile pid
is "$(cat full/pid)" mine "... stays as it was"
ln -s "$T/elsewhere" full/link
refuses "a pidfile that is a dangling link" "pidfile link .*(there|exists)" \
	restore -d -D full --pidfile link
refuses "a pidfile in no directory" "nowhere" restore -d -D full --pidfile nowhere/pid

refuses "an unknown command" "frobnicate" frobnicate
refuses "two commands" "command|restore|check" restore check -D full
refuses "no command" "command" -D images
refuses "nothing at all" "command"
refuses "an option without its value" "tree|-t|argument" dump --tree
refuses "an own option without its value" "criu-binary" restore --criu-binary
refuses "an ambiguous option" "--l.*ambiguous" dump -t "$pid" -D images --l
refuses "a lone hyphen" "unexpected word '-'" dump -t "$pid" -D images -
refuses "an ambiguous option behind a lone hyphen" "--l.*ambiguous" dump -t "$pid" -D images - --l

is "$(ls -A images)" "" "the images directory is still empty"
settle 0
report $? "no process is left"
look_at "$pid"
goes_on "$pid" "$first" "$count" "the target is untouched"
finish
