#!/bin/bash
# A file that criu-ns writes beside the images is complete or not there at all: whenever criu-ns is killed, nothing
# with another name stays.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

watch() { # watch DIR: what happens in there goes to the file "events"
	rm -f until events
	mkfifo until
	"$TARGETS/dirwatch" "$1" <until >events &
	watcher=$!
	exec {until}>until
	waitfor file events
}

ours() { # ends the watch; sets $got to the events of files of criu-ns's
	exec {until}>&-
	wait "$watcher"
	got=$(grep criu-ns events | xargs)
}

own_readonly
mkdir images
watch images
freeze "freeze what has mounts of its own" "$pid" images
ours
is "$got" "create criu-ns.recipe" "its recipe has one name, once"

thaw "thaw it" images
mkdir again
echo old >again/criu-ns.recipe
echo half >again/criu-ns.recipe.new
watch again
freeze "freeze it where a recipe is, and what a killed criu-ns left" "$pid" again
ours
is "$got" "delete criu-ns.recipe.new create criu-ns.recipe.new moved_to criu-ns.recipe" \
	"the recipe takes the old one's place at once"
[ ! -e again/criu-ns.recipe.new ]
report $? "... and what was left is gone"
thaw "thaw it" again
kill -KILL "$pid"

own_bwrap --no-pid
if [ $? = 77 ]; then
	skip "no bwrap" 3
else
	mkdir root.images
	watch root.images
	freeze "freeze what has a tmpfs as its root" "$pid" root.images
	ours
	is "$(echo "$got" | tr ' ' '\n' | grep -c 'root.tar$')" 1 "what its root held appears once"
	unlike "$(ls root.images)" "root.tar." "... and has no other name"
fi
end_strays
finish
