#!/bin/bash
# The first test of the project: what criu-ns has thawed, criu can freeze only once more, but criu-ns again.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

start counter
first=$id
freeze "freeze a counter" "$pid" images
dead "$pid" "the counter is gone"
thaw "thaw it" images
goes_on "$pid" "$first" "$count" "it goes on where it was"
thawed=$pid

mkdir bare
fails_with 1 "plain criu cannot freeze the thawed counter" \
	"$CRIU_BINARY" dump -t "$thawed" -D bare -o dump.log
if on_host private; then
	lacks "no mount of a private host is shared"
else
	like "$(cat bare/dump.log)" "unreachable sharing" "... because its mounts have unreachable sharing"
fi
look_at "$thawed"
goes_on "$thawed" "$first" "$count" "... and the counter is untouched"

freeze "criu-ns freezes the thawed counter" "$thawed" again
dead "$thawed" "the thawed counter is gone"
thaw "criu-ns thaws it again" again
goes_on "$pid" "$first" "$count" "it goes on where it was"
finish
