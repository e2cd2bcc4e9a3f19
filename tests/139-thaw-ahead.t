#!/bin/bash
# The namespaces of a thaw are made, and criu is started in them, while criu-ns still looks at the host: what criu is told then
# is what its command line would say, and nothing is left of it when nothing comes of the thaw, whoever is killed.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=rpc.sh
. "$top/tests/rpc.sh"
# shellcheck source=thaw-ahead.sh
. "$top/tests/thaw-ahead.sh"
need_root
need_criu
command -v strace >/dev/null || skip_all "needs strace"

start counter
first=$id
frozen=$count
freeze "a tree is frozen" "$pid" images
files=$(ls images)

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

rm -f images/pid images/restore.log
files=$(ls images)
killed_in statx 1 "criu-ns is killed while it looks at the files"
killed_in fstatfs 2 "... at the end of the look"
killed_in signalfd4 1 "... when the plan is made"
killed_in recvmsg 1 "... when the pseudo-init has said that all is ready"
killed_in write 2 "... when it tells criu what to do"

others_are_killed 2

refused_for_pidfile

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
