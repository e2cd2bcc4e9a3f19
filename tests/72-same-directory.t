#!/bin/bash
# One images directory for every freeze: what an earlier one left there is not taken for this one's.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

round() { # round NAME: freezes $pid into the directory, and thaws it
	freeze "freeze $1" "$pid" images
	thaw "thaw $1" images
}

archives() { find images -name '*.tar' | wc -l; }

start counter
first=$id
round "a process that sees what the caller sees"
goes_on "$pid" "$first" "$count" "... it is that one"

own_dynamic
dynamic=$id
round "a service whose /tmp criu-ns keeps"
goes_on "$(own_seen "$pid")" "$dynamic" "$count" "... it is that one"
is "$(archives)" 2 "... and what is kept is /tmp and /var/tmp"
touch images/criu-ns.root.tar images/criu-ns-99.tar images/criu-ns-mine.tar
round "it again"
goes_on "$(own_seen "$pid")" "$dynamic" "$count" "... it is that one"
is "$(archives)" 3 "... what an earlier freeze has kept is gone, and what is not of criu-ns stays"
rm images/criu-ns-mine.tar

own_service shared
service=$id
round "a service with mounts of its own"
goes_on "$(own_seen "$pid")" "$service" "$count" "... it is that one"
is "$(archives)" 0 "... and what was kept of the other is gone"
round "it again"
goes_on "$(own_seen "$pid")" "$service" "$count" "... it is that one"

# As if an earlier freeze had met more mount namespaces, and the service's had been the first of them.
for image in images/mountpoints-*.img; do cp "$image" images/mountpoints-1.img; done
truncate -s -1 images/mountpoints-1.img
round "it again, beside what is not of this freeze"
goes_on "$(own_seen "$pid")" "$service" "$count" "... it is that one"

start counter
second=$id
round "another that sees what the caller sees"
goes_on "$pid" "$second" "$count" "... it is that one"
unlike "$(field "$pid" NSpid)" "^$" "... in a pid namespace"
[ ! -e images/criu-ns.recipe ]
report $? "... and no recipe is left of the service's"
finish
