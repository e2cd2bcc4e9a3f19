#!/bin/bash
# Where the target has mounts of its own, criu asks criu-ns with a message, and not by starting a program, whether these are
# still the same when all is saved: `criu OPTIONS swrk N`. It remains a dump as the user has asked for it.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

real=$CRIU_BINARY

as_criu() { # as_criu COMMAND: before criu begins; it notes its command line
	printf '#!/bin/sh\necho "$*" >>%s/lines\n%s\nexec %s "$@"\n' "$T" "$1" "$real" >criu
	chmod +x criu
	: >lines
}

own() { # own: a counter with a mount of its own, $pid
	unshare -m --propagation slave sh -c 'mount -t tmpfs own own; exec "$TARGETS/counter" own/state' &
	attend $!
	first=$id
}

dump() { # dump DIR [OPTION...]
	mkdir "$1"
	run "$CRIU_NS" dump --criu-binary "$T/criu" -t "$pid" -D "$1" "${@:2}"
}

comes_back() { # comes_back DIR NAME
	is "$status" 0 "$2"
	dead "$pid" "... it is gone"
	thaw "... thaw" "$1"
	goes_on "${pid:-0}" "$first" "$count" "... it goes on"
}

mkdir own late
as_criu :
own
mkdir dry
runs_ok "a dry run" "$CRIU_NS" dump --dry-run -t "$pid" -D dry
like "$out" "criu .*swrk '<request>'" "... shows how criu would be told"
unlike "$out" "action-script" "... and no script"
dump plain -v4 -o dump.log
comes_back plain "frozen"
like "$(cat lines)" "^swrk [0-9]+ " "criu is told by a request"
unlike "$(cat lines)" "action-script" "... starts no program"
like "$(grep -A1 'Running post-dump scripts' plain/dump.log)" "RPC" "... and asks with a message"
look_at "$pid"
dump same -o dump.log
comes_back same "frozen again"
unlike "$(cat same/dump.log)" "Debug|scripts" "its log has what the user wants in it"
look_at "$pid"
dump shown -v4
like "$err" "Dumping finished successfully" "without -o, it goes to stderr"
is "$(find . -name criu.log)" "" "... and nowhere else"
comes_back shown "... frozen"

look_at "$pid"
: >lines
dump running -o dump.log -R
is "$status" 0 "--leave-running: frozen"
goes_on "$pid" "$first" "$count" "... it goes on"
dump by-pid -o dump.log -R --log-pid
is "$status" 0 "--log-pid: frozen"
is "$(cut -d ' ' -f 1 lines | xargs)" "swrk dump" "... criu is told by its command line, because of its log's name"

# Where criu would find its command word elsewhere, or would not write its log where it is read.
: >lines
mkdir posix
look_at "$pid"
run env POSIXLY_CORRECT=1 "$CRIU_NS" --criu-binary "$T/criu" -t "$pid" -D posix -R -o dump.log dump
is "$status" 0 "POSIXLY_CORRECT, the command last: frozen"
like "$(cat lines)" "^-t .*--action-script .* dump$" "... criu is told by its command line"
if command -v strace >/dev/null && strace -qo /dev/null true 2>/dev/null; then
	: >lines
	mkdir no-memfd
	run strace -qqo calls -e trace=memfd_create -e inject=memfd_create:error=ENOMEM \
		"$CRIU_NS" dump --criu-binary "$T/criu" -t "$pid" -D no-memfd -R -v4
	is "$status" 0 "no memory for criu's log: frozen"
	like "$(cat calls)" "ENOMEM.*INJECTED" "... as here"
	like "$err" "Dumping finished successfully" "... criu writes to stderr"
	is "$(find . -name criu.log)" "" "... and nowhere else"
	is "$(cut -d ' ' -f 1 lines | xargs)" dump "... it is told by its command line"
else
	skip "needs strace" 5
fi

## Nothing is ended when the answer is no, or when nobody is left who could give it.

own
as_criu "nsenter -m -t $pid mount -t tmpfs late $T/late"
dump changed -o dump.log
is "$status" 125 "its mounts change meanwhile: it is not frozen"
like "$err" "the mounts of process $pid have changed while it was being frozen" "... for that reason"
look_at "$pid"
goes_on "$pid" "$first" "$count" "... it goes on"
nsenter -m -t "$pid" umount "$T/late"

# shellcheck disable=SC2016 # for that shell
as_criu 'kill -STOP $PPID; echo $PPID >stopped; echo $$ >criu.pid'
mkdir killed
"$CRIU_NS" dump --criu-binary "$T/criu" -t "$pid" -D killed -o dump.log -v4 2>said &
disown
waitfor file criu.pid || say "$(cat said)"
eventually grep -qs "Running pre-dump scripts" killed/dump.log
kill -KILL "$(cat stopped)"
waitfor exit "$(cat criu.pid)" || say "criu waits"
look_at "$pid"
goes_on "$pid" "$first" "$count" "criu-ns is killed while criu waits for it: the target goes on"
like "$(cat killed/dump.log)" "Dumping FAILED|Pre dump script failed" "... criu has given up"

## Scripts of the user's are run, and then it is a script that asks.

as_criu :
# shellcheck disable=SC2016 # for that shell
printf '#!/bin/sh\necho "$CRTOOLS_SCRIPT_ACTION" >>%s/stages\n' "$T" >script
chmod +x script
look_at "$pid"
dump scripts -o dump.log --action-script "$T/script"
comes_back scripts "with an action script: frozen"
is "$(xargs <stages)" "pre-dump post-dump" "... which was run"
like "$(cat lines)" "^dump .*--action-script" "... criu is told by its command line"
rm stages
echo "action-script $T/script" >conf
look_at "$pid"
dump configured -o dump.log --config "$T/conf"
comes_back configured "the same in a configuration file: frozen"
is "$(xargs <stages)" "pre-dump post-dump" "... which was run"
finish
