#!/bin/bash
# A lock that another process has taken between freeze and thaw: criu waits for it without a word. The thaw is refused,
# and names the process and the file; other locks, which let criu have its own, are none of its business. A lock that a script
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
look_at "$other"
taken="^criu-ns: (process $other \([^)]*\)|a process that is not seen here) has locked the file $T/lock, on which the tree had a lock: criu would wait for that, for ever; let it release the lock, or end it$"
fails_with 125 "somebody else has taken the lock: --dry-run" "$CRIU_NS" restore --dry-run -d -D images
like "$out$err" "$taken" "... says who, and of which file"
fails_with 125 "... no thaw" "$CRIU_NS" restore -d -D images -o restore.log --pidfile pid
like "$err" "$taken" "... for the same reason"
"$CRIU_NS" restore -d --as-given --file-locks -D images -o restore.log --pidfile pid </dev/null >/dev/null 2>thaw.err &
thawing=$!
if [ "$(stat -Lc %i /proc/self/ns/pid)" != 4026531836 ]; then # PROC_PID_INIT_INO of the kernel
	lacks "no pid namespace in which the kernel lists what waits for a lock whose maker has ended"
else
	eventually grep -q -- "-> FLOCK .*:$(stat -c %i lock) " /proc/locks
	report $? "... --as-given: criu waits" "$(cat /proc/locks)"
fi
kill -KILL "$other" && waitfor exit "$other"
wait "$thawing"
is "$?" 0 "... released: it goes on"
pid=$(cat images/pid)
attend "$pid"
goes_on "$pid" "$id" "$count" "... it runs, and has the lock"
fails_with 125 "a second copy of the tree is one that has the lock" "$CRIU_NS" restore -d -D images -o restore.log --pidfile again
like "$err" "^criu-ns: (process $pid \([^)]*\)|a process that is not seen here) has locked the file $T/lock" "... it is named"
kill -KILL "$pid" && waitfor exit "$pid"

mkdir quiet
runs_ok "nobody has the lock: --dry-run" "$CRIU_NS" restore --dry-run -d -D images
unlike "$out$err" "has locked" "... nothing is said"

# Locks that do not keep each other out: of flock() and fcntl(), for reading, of other bytes.
lock='use Fcntl; my ($file, $kind, $type, $from, $n) = @ARGV; open my $f, "+<", $file or die;
	if ($kind eq "flock") { flock $f, $type eq "w" ? 2 : 1 or die $! }
	else { fcntl $f, F_SETLK, pack "s s x![l!] l! l! i", $type eq "w" ? F_WRLCK : F_RDLCK, 0, $from, $n, 0 or die $! }
	open my $r, "<", "/dev/urandom" or die; sysread $r, my $id, 3; close $r; $id = unpack "H6", $id;
	for (my $n = 1;; $n++) { $0 = "$id:$n"; select undef, undef, undef, 0.01 }'

locks() { # locks KIND TYPE [FROM BYTES]: starts a process with such a lock on ./file, and sets $pid
	own_start setsid perl -e "$lock" "$T/file" "$1" "$2" "${3-0}" "${4-0}" </dev/null >/dev/null 2>&1
	own_attend "$started"
}

truncate -s 100 file
locks posix w 10 10
freeze "a target with a lock on ten bytes" "$pid" bytes
dead "$pid" "... it is gone"
for other in "posix w 0 10:0" "posix r 20 0:0" "flock w:0" "posix r 15 1:125" "posix w 0 0:125"; do
	# shellcheck disable=SC2086 # words
	locks ${other%:*}
	fails_with "${other#*:}" "another one has locked ${other%:*}: thaw" "$CRIU_NS" restore -d -D bytes -o restore.log --pidfile pid
	[ "$status" = 0 ] || like "$err" "has locked the file $T/file, on which the tree had a lock" "... is refused"
	[ "$status" != 0 ] || kill -KILL "$(cat bytes/pid)"
	kill -KILL "$pid" && waitfor exit "$pid"
	rm -f bytes/pid
done
locks flock r
freeze "a target with a lock for reading" "$pid" reads
dead "$pid" "... it is gone"
for other in "flock r:0" "flock w:125"; do
	# shellcheck disable=SC2086 # words
	locks ${other%:*}
	fails_with "${other#*:}" "another one has locked ${other%:*}: thaw" "$CRIU_NS" restore -d -D reads -o restore.log --pidfile pid
	[ "$status" != 0 ] || kill -KILL "$(cat reads/pid)"
	kill -KILL "$pid" && waitfor exit "$pid"
	rm -f reads/pid
done

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
