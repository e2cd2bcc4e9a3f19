#!/bin/bash
# A thaw that fails reads nothing from the caller's stdin.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

start counter
freeze "freeze a process" "$pid" images
mkdir bad
cp images/*.img bad
head -c 100 /dev/urandom >"bad/core-$pid.img"

for mode in -d ""; do
	fails=$(printf 'one\ntwo\n' | {
		"$CRIU_NS" restore $mode -D bad -o restore.log --pidfile pid 2>/dev/null
		echo "$?"
		cat
	})
	is "$fails" $'1\none\ntwo' "a thaw $mode that fails leaves a pipe on stdin as it was"
	rounds=0
	while read -r _; do
		"$CRIU_NS" restore $mode -D bad -o restore.log --pidfile pid 2>/dev/null
		rounds=$((rounds + 1))
	done < <(printf '1\n2\n3\n')
	is "$rounds" 3 "... and a loop that reads from there makes all its rounds"
done

# A pipe with nothing in it, and with a writer: who reads there waits.
exec {quiet}<> <(:)
SECONDS=0
"$CRIU_NS" restore -d -D bad -o restore.log --pidfile pid </dev/null 2>/dev/null
usual=$SECONDS # on a machine as busy as this one is now
SECONDS=0
timeout $((20 + 10 * usual)) "$CRIU_NS" restore -d -D bad -o restore.log --pidfile pid <&"$quiet" 2>/dev/null
is "$?" 1 "a thaw that fails, with nothing to read on stdin, ends"
[ "$SECONDS" -le $((1 + 2 * usual)) ]
report $? "... without waiting for anything" "it took $SECONDS s, and $usual s without a pipe"
exec {quiet}>&-
settle 0
report $? "nothing is left" "$(strays)"
finish
