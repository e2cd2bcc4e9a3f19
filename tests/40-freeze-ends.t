#!/bin/bash
# The result of a freeze is judged by the target and the images, not by criu's exit status alone: with a criu that
# is ended before or after its work, that waits for ever, or that does nothing and exits with 0.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

as_criu() { # as_criu COMMAND: in the place of criu; $real is the true one
	printf '#!/bin/sh\nreal=%s\n%s\n' "$CRIU_BINARY" "$1" >fake-criu
	chmod +x fake-criu
}

dump() { # dump DIR [OPTION...]
	mkdir -p "$1"
	run "$CRIU_NS" dump --criu-binary "$T/fake-criu" -t "$pid" -D "$1" -o dump.log "${@:2}"
}

ends() { # ends STATUS REGEX NAME
	[ "$status" = "$1" ]
	report $? "$3" "exit status $status, wanted $1"
	like "$err" "$2" "... and says what is known"
}

untouched() { # untouched NAME
	look_at "$pid"
	goes_on "$pid" "$first" "$count" "$1"
}

start counter
first=$id

## criu says 0, and it is not true.

as_criu 'exit 0'
dump idle
ends 125 "left no images of process $pid .*is still there" "criu does nothing and says 0"
untouched "... the target runs"
dump idle -R
ends 125 "left no images of process $pid" "the same with --leave-running"
as_criu '"$real" "$@" -R'
dump kept
ends 125 "process $pid .* is still there" "criu leaves the target running, and was not asked to"
as_criu '"$real" "$@"'
dump kept -R
is "$status" 0 "what was asked for is none: --leave-running"
dump kept -s
is "$status" 0 "... and --leave-stopped"
kill -CONT "$pid"
untouched "... the target runs"
find kept -name '*.img' -exec touch -d '1 hour ago' {} +
as_criu 'exit 0'
dump kept -R
ends 125 "left no images" "images of an earlier freeze are not those of this one"

start counter
as_criu "kill -KILL $pid"
dump ended
ends 125 "left no images of process $pid .*has ended" "criu ends the target and writes nothing"

## criu dies.

start counter
first=$id
# shellcheck disable=SC2016
as_criu 'sleep 1000 & kill -KILL $$'
dump dies
ends 137 "process $pid runs" "criu is killed before it has done anything"
is "$(strays | xargs -I{} cat /proc/{}/comm | grep -c sleep)" 0 "... what it had started is ended"
untouched "... the target runs"

as_criu "kill -STOP $pid; $TARGETS/waitfor stopped $pid; kill -KILL \$\$"
dump stopped
ends 137 "process $pid is stopped: kill -CONT $pid" "criu is killed and leaves the target stopped"
kill -CONT "$pid"

# shellcheck disable=SC2016
as_criu '"$real" "$@"; kill -KILL $$'
dump whole
ends 0 "signal 9 .*had ended process $pid; the images are complete" "criu is killed when all is done"
thaw "... and that can be thawed" whole
goes_on "${pid:-0}" "$first" "$count" "... and goes on"

start counter
as_criu "kill -KILL $pid; kill -KILL \$\$"
dump half
ends 137 "process $pid has ended, and its images are not complete" "criu and the target are killed"

# Of the files that criu has buffered to the end, it writes files.img first and seccomp.img last (close_cr_imgset()).
start counter
as_criu "\"\$real\" \"\$@\"; : >$T/unwritten/seccomp.img; kill -KILL \$\$"
dump unwritten
ends 137 "process $pid has ended, and its images are not complete" "criu is killed while it writes the last of them"

## With mounts of its own: without its recipe it would not come back.

own_readonly
first=$id
as_criu 'exit 1'
dump own
ends 1 "could not freeze" "criu fails"
[ ! -e own/criu-ns.recipe ]
report $? "... the recipe is taken away again"
mkdir -p own
echo old >own/criu-ns.recipe
dump own
is "$(cat own/criu-ns.recipe)" old "... or the old one put back"
# shellcheck disable=SC2016
as_criu '"$real" "$@"; kill -KILL $$'
dump own
ends 0 "images are complete" "criu is killed when all is done"
thaw "... and that can be thawed, with its recipe" own
goes_on "${pid:-0}" "$first" "$count" "... and goes on"
kill -KILL "$pid"

## A process that is killed while criu has it stopped.

start tree "$T/ghost"
for process in $(children_of "$pid"); do
	set -- /proc/"$process"/task/*
	[ $# = 1 ] || threads=$process
done
as_criu "exec $TARGETS/seizer $threads"
dump killed
ends 125 "process $threads was killed while criu froze it" "criu waits for ever for a killed process"

## Signals to criu itself do not end it; what it starts for the user is as always.

cat >script <<END
#!/bin/sh
grep -E '^Sig(Blk|Ign)' /proc/self/status >>$T/masks
[ "\$CRTOOLS_SCRIPT_ACTION" = post-dump ] || exit 0
for signal in HUP INT QUIT TERM USR1 USR2; do kill -\$signal \$PPID; done
END
chmod +x script
start counter
first=$id
as_criu 'exec "$real" "$@"'
dump signals --action-script "$T/script"
is "$status" 0 "criu gets HUP, INT, QUIT, TERM, USR1 and USR2, and goes on to its end"
thaw "... the target comes back" signals
goes_on "${pid:-0}" "$first" "$count" "... and goes on"
is "$(awk '/SigBlk/ && $2 !~ /^0*$/' masks)" "" "action scripts have nothing blocked"
# SIGPIPE is 13, which criu ignores itself; the rest was ignored when this test was started.
ignored=$(printf %016x $((0x$(sed -n 's/^SigIgn:\t//p' /proc/self/status) | 0x1000)))
is "$(sed -n 's/^SigIgn:\t//p' masks | sort -u)" "$ignored" "... and ignore no more than bare criu's"

end_strays
finish
