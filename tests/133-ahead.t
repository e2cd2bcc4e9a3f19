#!/bin/bash
# criu is started while criu-ns still looks at the tree, and waits for its options: what it is told then is what its command
# line would say, and nothing is left of it when nothing comes of the freeze, whoever is killed.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=ahead.sh
. "$top/tests/ahead.sh"
need_root
need_criu
command -v strace >/dev/null || skip_all "needs strace"

mkdir images

# as_it_waits NAME OPTION...: freezes $pid with these options; $line is criu's command line, and $said its options as they are
# in the plan.
as_it_waits() {
	local name=$1
	shift
	make_stop
	set_gate pre-dump
	"$CRIU_NS" dump -t "$pid" -D images --action-script "$T/stop" "$@" >words.out 2>words.err </dev/null &
	wrapper=$!
	waitfor file reached
	report $? "$name: criu works" "$(cat words.err)"
	line=""
	for process in $(children_of "$wrapper"); do
		line+=$(tr '\0' ' ' <"/proc/$process/cmdline")
	done
	open_gate
	wait "$wrapper"
	is "$?" 0 "... and the freeze succeeds"
}

## Told late, and told at once

start counter
first=$id
as_it_waits "usually" -v4 -o "$T/log"
like "$line" '^criu --config=/proc/self/fd/[0-9]+ dump $' "... and was started before its options were known"
like "$(cat log)" "Parsing config file /proc/self/fd" "... which came as a configuration file"
thaw "what it has frozen is thawed" images
goes_on "$pid" "$first" "$count" "... and goes on"

clean
as_it_waits "in the pid namespace of a thaw" -v4 -o "$T/log"
like "$line" '^criu --config=/proc/self/fd/[0-9]+ dump $' "... and was started before its options were known, too"
thaw "what it has frozen is thawed" images
goes_on "$pid" "$first" "$count" "... and goes on"

clean
mkdir "a b"
as_it_waits "with a blank in a value" -v4 -o "$T/a b/log"
like "$line" "dump -t $pid -D images .*-o $T/a b/log " "... criu gets all of it on its command line"
isnt "$(cat "a b/log")" "" "... and has a log there"
thaw "what it has frozen is thawed" images

clean
mkdir -p user/.criu
echo 'log-file of-the-file.log' >user/.criu/default.conf
HOME=$T/user as_it_waits "with a configuration file of the user's" -v4
like "$line" "dump -t $pid -D images " "... criu gets all of it on its command line"
isnt "$(cat images/of-the-file.log)" "" "... and reads that file"
thaw "what it has frozen is thawed" images

clean
printf '%s\n' '#!/bin/sh' "echo \"\$@\" >>'$T/arguments'" "exec $CRIU_BINARY \"\$@\"" >script
chmod +x script
CRIU_BINARY=$T/script freeze "a script in the place of criu" "$pid" images
like "$(cat arguments)" "^dump -t $pid -D images " "... gets all of it on its command line"
thaw "what it has frozen is thawed" images
goes_on "$pid" "$first" "$count" "... and goes on"

kill -KILL "$pid"

## Nothing comes of it

start counter
first=$id

killed_in pidfd_getfd 1 "criu-ns is killed while it looks at the tree"
nothing_is_there
killed_in signalfd4 1 "... when the plan is made"
nothing_is_there

kill -KILL "$pid"

start holds io_uring
refused_ahead
kill -KILL "$pid"
finish
