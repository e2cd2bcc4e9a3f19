#!/bin/bash
# Freeze and thaw any number of times; and a copy that is thawed while the original still runs.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

start counter "$T/state"
first=$id
read -r _ _ inner <state
for cycle in {1..10}; do
	freeze "cycle $cycle: freeze" "$pid" "images.$cycle"
	dead "$pid" "cycle $cycle: it is gone"
	# What it last wrote; the count in memory may be one further.
	read -r _ count _ <state
	count=$((10#$count))
	thaw "cycle $cycle: thaw" "images.$cycle"
	look_at "$pid"
	goes_on "$pid" "$first" "$count" "cycle $cycle: the same identity, the count goes on"
done
read -r _ _ last <state
is "$last" "$inner" "for itself it has had one pid all the time"

original=$pid
freeze "freeze it and leave it running (-R)" "$original" copy -R
look_at "$original"
goes_on "$original" "$first" "$count" "the original goes on"
thaw "thaw a copy beside it" copy
copy=$pid
isnt "$copy" "$original" "the copy has a pid of its own"
look_at "$copy"
goes_on "$copy" "$first" "$count" "the copy goes on"
freeze "freeze the copy" "$copy" copy2
dead "$copy" "the copy is gone"
look_at "$original"
goes_on "$original" "$first" "$count" "and still the original goes on"
finish
