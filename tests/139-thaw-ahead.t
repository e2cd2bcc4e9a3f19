#!/bin/bash
# The namespaces of a thaw are made, and criu is started in them, while criu-ns still looks at the host: what criu is told then
# is what its command line would say, and nothing is left of it when nothing comes of the thaw, whoever is killed.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=rpc.sh
. "$top/tests/rpc.sh"
need_root
need_criu
command -v strace >/dev/null || skip_all "needs strace"

start counter
first=$id
frozen=$count
freeze "a tree is frozen" "$pid" images
files=$(ls images)

again() { # again NAME [OPTION...]: thaws the images; $line is criu's command line
	local name=$1
	make_stop
	set_gate pre-resume
	rm -f images/pid log
	"$CRIU_NS" restore -d -D images --pidfile pid --action-script "$T/stop" "${@:2}" >words.out 2>words.err </dev/null &
	wrapper=$!
	waitfor file reached
	report $? "$name: criu works" "$(cat words.err)"
	line=""
	for init in $(children_of "$wrapper"); do
		for process in $(children_of "$init"); do
			[ "$(cat "/proc/$process/comm")" != criu ] || line+=$(tr '\0' ' ' <"/proc/$process/cmdline")
		done
	done
	open_gate
	wait "$wrapper"
	is "$?" 0 "... and the thaw succeeds"
	pid=$(cat images/pid)
	goes_on "$pid" "$first" "$frozen" "... what was frozen goes on"
	is "$(strays | wc -l)" 1 "... and there is one pseudo-init"
	end_strays
}

## Told late, and told at once

again "usually" -v4 -o "$T/log"
like "$line" '^criu --config=/proc/self/fd/[0-9]+ restore $' "... criu was started before its options were known"
like "$(cat log)" "Parsing config file /proc/self/fd" "... which came as a configuration file"

again "without a log"
like "$line" '^criu --config=/proc/self/fd/[0-9]+ restore $' "... criu was started before its options were known"

mkdir "a b"
again "with a blank in a value" -v4 -o "$T/a b/log"
like "$line" "^criu restore -d -D images .*-o $T/a b/log " "... criu gets all of it on its command line"
isnt "$(cat "a b/log")" "" "... and has a log there"
rm -r "a b"

mkdir -p user/.criu
echo 'log-file of-the-file.log' >user/.criu/default.conf
HOME=$T/user again "with a configuration file of the user's" -v4
like "$line" "^criu restore -d -D images " "... criu gets all of it on its command line"
isnt "$(cat images/of-the-file.log)" "" "... and reads that file"
rm images/of-the-file.log

printf '%s\n' '#!/bin/sh' "echo \"\$@\" >>'$T/arguments'" "exec $CRIU_BINARY \"\$@\"" >script
chmod +x script
CRIU_BINARY=$T/script again "with a script in the place of criu"
like "$(cat arguments)" "^restore -d -D images " "... it gets all of it on its command line"

rm -f images/pid
runs_ok "where the next pid cannot be chosen" strace -D -f -b execve -qqo calls -P /proc/sys/kernel/ns_last_pid \
	-e "trace=?open,openat" -e "inject=?open,openat:error=EACCES" \
	"$CRIU_NS" restore -d -D images -o restore.log --pidfile pid
like "$(cat calls)" "ns_last_pid.*INJECTED" "... but it was tried"
pid=$(cat images/pid)
goes_on "$pid" "$first" "$frozen" "... what was frozen goes on"
end_strays

## Nothing comes of it

# nothing_is_left: no process, and no file
nothing_is_left() {
	settle 0
	is "$(strays)" "" "... no process is left"
	is "$(ls images)" "$files" "... no file is there that was not there before"
}

# traced CALL WHEN SIGNAL: a thaw in which criu-ns gets that signal at that system call, when it makes it for the WHENth time
traced() {
	rm -f images/pid calls
	strace -D -qqo calls -e "trace=clone3,$1" -e "inject=$1:signal=$3:when=$2" \
		"$CRIU_NS" restore -d -D images --pidfile pid >words.out 2>words.err </dev/null &
	wrapper=$!
}

# killed_in CALL WHEN NAME: criu-ns is killed there
killed_in() {
	traced "$1" "$2" KILL
	wait "$wrapper" 2>/dev/null
	is "$?" 137 "$3"
	like "$(cat calls)" "clone3\(.*CLONE_NEWPID" "... and the namespaces have been made"
	nothing_is_left
}
rm -f images/pid images/restore.log
files=$(ls images)
killed_in statx 1 "criu-ns is killed while it looks at the files"
killed_in fstatfs 2 "... at the end of the look"
killed_in signalfd4 1 "... when the plan is made"
killed_in recvmsg 1 "... when the pseudo-init has said that all is ready"
killed_in write 2 "... when it tells criu what to do"

# another_is_killed NAME COMM: it is that one, while criu-ns looks at the host
another_is_killed() {
	local init process
	traced fstatfs 2 STOP
	eventually grep -qs "stopped by SIGSTOP" calls
	init=$(children_of "$wrapper")
	is "$(cat "/proc/$init/comm")" criu-ns-init "$1: the pseudo-init is there, and criu-ns still looks"
	waitfor children "$init" 1
	process=$init
	[ "$2" != criu ] || process=$(children_of "$init")
	eventually grep -qx "$2" "/proc/$process/comm" # it may not have been executed yet
	kill -KILL "$process"
	kill -CONT "$wrapper"
	wait "$wrapper"
	isnt "$?" 0 "... the thaw fails when it is killed"
	nothing_is_left
}
another_is_killed "the pseudo-init" criu-ns-init
like "$(cat words.err)" "the pseudo-init of the thaw was killed" "... and says why"
another_is_killed "criu" criu

echo 1 >images/pid
files=$(ls images)
fails_with 125 "a thaw is refused because there is a pidfile" \
	strace -D -qqo calls -e trace=clone3 "$CRIU_NS" restore -d -D images --pidfile pid -o restore.log
like "$(cat calls)" "clone3\(.*CLONE_NEWPID" "... when the namespaces have been made"
nothing_is_left
is "$(cat images/pid)" 1 "... and the pidfile is as it was"
rm images/pid

again "after all of that"

## By RPC

printf '%s\n' '#!/bin/sh' "exec strace -D -f -qqo '$T/calls' -b execve -e trace=execve -s 1000 '$CRIU_NS' \"\$@\"" >traced-criu-ns
chmod +x traced-criu-ns

# asked NAME FIELD...: thaws the images by RPC; strace lets criu go when that is executed. $line is its command line
asked() {
	server=$T/traced-criu-ns
	rpc_thaw "$1" images log_level=4 "${@:2}"
	server=$CRIU_NS
	line=$(sed -n 's/.*, \["criu", \(.*\)\], 0x.*/criu \1/p' calls | tr -d '",')
	goes_on "${pid:-0}" "$first" "$frozen" "... what was frozen goes on"
	end_strays
}
ahead='^criu --config=/proc/self/fd/[0-9]+ swrk [0-9]+$'

asked "by RPC"
like "$line" "$ahead" "... criu was started before its options were known"
like "$(cat images/restore.log)" "Parsing config file /proc/self/fd" "... which came as a configuration file"
rm images/restore.log

echo 'tcp-close' >rpc.conf
asked "with a file of options in the request" config_file="$T/rpc.conf"
unlike "$line" "$ahead" "... criu gets all of it on its command line"
rm images/restore.log

ask restore images=@images log_file=none/restore.log
like "$answer" '^restore success=0' "by RPC, a thaw is refused because its log cannot be made"
nothing_is_left
finish
