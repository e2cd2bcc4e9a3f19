#!/bin/bash
# A lock that another process has taken between freeze and thaw: criu waits for it without a word. The thaw names
# the process and the file, and goes on when that has released it. A lock that a script
# has, and all that it starts, is the script's, not criu-ns's.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

own_start "$TARGETS/holds" flock "$T/lock" </dev/null >/dev/null 2>&1
attend "$started"
freeze "a target with a lock" "$pid" images
dead "$pid" "... it is gone"

# shellcheck disable=SC2016
own_start sh -c 'exec 7<"$1"; flock 7 && exec perl -e "$2"' sh "$T/lock" "$own_keeper" </dev/null >/dev/null 2>&1
own_attend "$started"
other=$pid
for ((i = 0; i < 500; i++)); do
	grep -q ":$(stat -c %i lock) " /proc/locks && break
	sleep 0.01
done
look_at "$other"
runs_ok "somebody else has taken the lock: --dry-run" "$CRIU_NS" restore --dry-run -d -D images
like "$out$err" "(process [0-9]+ \([^)]*\)|a process that is not seen here) has locked $T/lock, which the tree has open: if the tree had locked it, too, the thaw waits until that process releases it" \
	"... the thaw says who, and of which file"
"$CRIU_NS" restore -d -D images -o restore.log --pidfile pid </dev/null >/dev/null 2>thaw.err &
thawing=$!
waitfor file thaw.err
like "$(cat thaw.err)" "has locked $T/lock" "... and when it begins"
kill -KILL "$other" && waitfor exit "$other"
wait "$thawing"
is "$?" 0 "... released: it goes on"
pid=$(cat images/pid)
attend "$pid"
goes_on "$pid" "$id" "$count" "... it runs, and has the lock"
kill -KILL "$pid" && waitfor exit "$pid"

mkdir quiet
runs_ok "nobody has the lock: --dry-run" "$CRIU_NS" restore --dry-run -d -D images
unlike "$out$err" "has locked" "... nothing is said"

# The descriptor of a script's lock is inherited by all that it starts, criu-ns too: the script is named, not criu-ns.
exec 7>script.lock
flock 7
setsid perl -e "$own_keeper" </dev/null >/dev/null 2>&1 &
own_attend $!
disown "$pid"
runs_ok "a lock of the script that starts the tree and criu-ns: --dry-run" "$CRIU_NS" dump --dry-run -t "$pid" -D quiet
like "$out$err" "descriptor 7 of process $pid \($T/script.lock\) is locked, and process $$ \([^)]*\), from which the tree comes, has the same lock" \
	"... the script is named"
exec 7>&-
kill -KILL "$pid" && waitfor exit "$pid"
finish
