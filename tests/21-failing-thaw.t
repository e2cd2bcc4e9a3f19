#!/bin/bash
# A thaw that fails says why and leaves nothing: no process, no mount, no file; detached or not.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

files() { find "$T" /run ! -path "$T/.*" ! -path "$T/before" | sort; }

fails_cleanly() { # fails_cleanly NAME OPTION...: with $wanted as its exit code, $why in what it says
	local mounts
	mounts=$(cat /proc/self/mountinfo)
	files >before
	fails_with "$wanted" "$1" "$CRIU_NS" restore -D damaged -o restore.log --pidfile pid "${@:2}"
	like "$err" "^criu-ns: " "... it says so"
	like "$err" "$why" "... and why"
	if [ -e damaged/restore.log ]; then
		like "$err" "damaged/restore.log" "... and where criu's log is"
	fi
	rm -f damaged/restore.log
	settle 0
	report $? "... no process is left" "$(strays)"
	is "$(cat /proc/self/mountinfo)" "$mounts" "... no mount"
	rm -f damaged/stats-restore # criu's own
	is "$(files | diff before -)" "" "... no file, a pidfile least of all"
}

damage() { # damage FILE: a fresh copy of the images in which this one is garbage
	rm -rf damaged
	cp -r images damaged
	[ -z "${1-}" ] || head -c 100 /dev/urandom >"damaged/$1"
}

start tree "$T/ghost"
first=$id
freeze "freeze a tree" "$pid" images
rm images/dump.log images/stats-dump

wanted=1
for mode in -d ""; do
	for file in core-"$pid".img mm-"$pid".img files.img; do
		damage "$file"
		why='Head magic'
		fails_cleanly "thaw $mode with a damaged ${file%%[-.]*} image" $mode
	done
	damage
	printf '#!/bin/sh\n[ "$CRTOOLS_SCRIPT_ACTION" != post-restore ]\n' >no
	chmod +x no
	why="post-restore"
	fails_cleanly "thaw $mode that fails when all processes are there" $mode --action-script "$T/no"
done

rm damaged/pstree.img
run "$CRIU_NS" restore -d -D damaged -o restore.log --pidfile pid
isnt "$status" 0 "thaw images without a tree" # which criu 4.2 dies of
like "$err" "^criu-ns: .*damaged" "... it says so"
settle 0
report $? "... no process is left" "$(strays)"

thaw "the undamaged images can be thawed" images
goes_on "$pid" "$first" "$count" "... and go on"
finish
