#!/bin/bash
# What only criu's own tests (test/others) do: wrong options of commands that are criu's alone, and a failing thaw
# whose caller waits only for criu-ns.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

same() { # same WORD...: criu-ns says what criu says, and ends as it does
	local theirs ours
	theirs=$(exec -a criu "$CRIU_BINARY" "$@" 2>&1 </dev/null)
	theirs+=" exit $?"
	ours=$("$CRIU_NS" "$@" 2>&1 </dev/null)
	ours+=" exit $?"
	is "$ours" "$theirs" "$*: criu's own answer"
}

same check -d -r
same check --port
same check -M 1:2 --status-fd 1 --ps-socket 1 -D
same check --ms -L
same check --t
same cpuinfo dump -D
fails_with 125 "but not of those that criu-ns has to understand" "$CRIU_NS" dump -t
like "$err" "option '-t' needs a value" "... and says so itself"

# With -S criu is a child of the caller, who reaps it only when criu-ns has ended: the pseudo-init's
# namespace, which criu was in, cannot end before.
if command -v perl >/dev/null; then
	start counter
	freeze "a process" "$pid" img
	rm img/core-*.img
	run timeout 30 perl -e 'my $r = system { $ARGV[0] } @ARGV; print "ended ", $r >> 8; exit 3' \
		"$CRIU_NS" restore -d -S -D img -o restore.log
	is "$status" 3 "a caller that waits for criu-ns only goes on when a sibling's thaw fails"
	is "$out" "ended 1" "... and gets criu's verdict"
	calm ""
else
	skip "a caller that waits for one child: perl is not installed" 4
fi
finish
