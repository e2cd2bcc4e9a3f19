#!/bin/bash
# A program whose stdout goes to systemd's journal, as every service's does, or who is connected to syslog: the thaw
# connects again, and the journal gets the lines as before. With a real systemd-journald, alone; and with a server in its
# place, which shows what it is told.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
# shellcheck source=peers.sh
. "$top/tests/peers.sh"
need_root
need_criu
on_host bare && skip_all "needs a /run of its own"

journal=/run/systemd/journal
mkdir -p $journal $journal.space /run/log/journal journal
# As systemd connects a service's stdout: level warning of facility daemon, with a prefix.
# shellcheck disable=SC2016
header='syswrite $s, "who it is\nnobody.service\n28\n1\n0\n0\n1\n"; shutdown $s, 0;'

frozen() { # frozen NAME DIR AS [OPTION...]: with the note
	freeze "$1: freeze" "$pid" "$2" "${@:4}"
	like "$err" "^criu-ns: note: descriptor 3 of process $pid goes to the journal: the thaw connects again \($3\)" "... with a note"
}

## A server in its place

ln -s $journal.space run/journal
serve journal/stdout
path=$journal.space/stdout

told() { # told NAME LINE...: what came first through the newest connection, when there is something from the client
	local n lines
	logs journal/stdout "[0-9]+ (parent|child) $id"
	n=$(grep -oE '^[0-9]+ from' journal/stdout.log | tail -n 1)
	lines=$(grep "^${n% from} " journal/stdout.log | head -n $#)
	is "$lines" "$(printf "${n% from} %s\n" "from 0 0" "${@:2}")" "$1"
}

connect journal/stdout "" "$header"
mkdir $journal.space/streams
ino=$(grep -o '[0-9]*' <<<"$(readlink "/proc/$pid/fd/3")")
peer=$(ss -xn | awk -v ino="$ino" '$NF == ino || $8 == ino { print $6 }')
printf '%s\n' PRIORITY=28 LEVEL_PREFIX=1 FORWARD_TO_SYSLOG=0 FORWARD_TO_KMSG=0 FORWARD_TO_CONSOLE=1 \
	'IDENTIFIER=who it is' UNIT=nobody.service >"$journal.space/streams/$(stat -Lc %d "/proc/$pid/fd/3"):$peer"
frozen "as it was told" as-told 'as "who it is"'
like "$(cat as-told/criu-ns.recipe)" \
	"^unix id=$ino type=stream to=$journal.space/stdout flags=0[0-9]* shut=read by=0:0[:0-9]* journal=28,prefix,console identifier=who.040it.040is unit=nobody.service$" \
	"... the recipe has it"
next journal/stdout
thaw "... thaw" as-told
told "... the server is told the same" "who it is" nobody.service 28 1 0 0 1
goes_on "$pid" "$id" "$count" "... it goes on"
look_at "$pid"
mask=$(ss -xnm | grep -c ,tb16777216) # twice 8 MiB
isnt "$mask" 0 "... and there is room for 8 MiB, as with systemd"

# The journal's files are of another time.
rm -r $journal.space/streams
name="$id:[0-9]+"
frozen "by a guess" guess "as \"$name\""
next journal/stdout
thaw "... thaw" guess
logs journal/stdout "[0-9]+ parent $id"
like "$(tail -n "+$from" journal/stdout.log)" "^[0-9]+ $name$" "... it is known by its name"
n=$(tail -n "+$from" journal/stdout.log | grep -oE '^[0-9]+' | tail -n 1)
is "$(tail -n "+$from" journal/stdout.log | grep "^$n " | sed -n '3,8s/^[0-9]* //p' | tr '\n' ,)" ",30,1,0,0,0," "... with systemd's defaults"
look_at "$pid"

# Without it, the journal's server, no thaw.
freeze "again: freeze" "$pid" again
kill -KILL "$server"
waitfor exit "$server"
fails_with 125 "no journal: no thaw" "$CRIU_NS" restore -d -D again -o restore.log --pidfile pid
like "$err" "^criu-ns: cannot connect to $journal.space/stdout again: nobody listens" "... with the reason"
ln -sfn "$journal" run/journal
serve journal/dev-log

## syslog, as a stream

path=$journal/dev-log connect journal/dev-log
round "syslog" syslog journal/dev-log
is "$err" "" "... without a word"
run "$CRIU_NS" dump -t "$pid" -D again -o dump.log --as-given
isnt "$status" 0 "--as-given leaves it to criu"
like "$err" "External socket is used" "... which refuses it"
stop
kill -KILL "$server"
rm -f $journal/dev-log

## systemd-journald itself

for journald in /lib/systemd/systemd-journald /usr/lib/systemd/systemd-journald; do
	[ ! -x "$journald" ] || break
done
if [ ! -x "$journald" ] || ! command -v journalctl >/dev/null; then
	skip "needs systemd-journald"
	finish
fi
if [ ! -s /etc/machine-id ]; then
	echo 0123456789abcdef0123456789abcdef >machine-id
	[ -e /etc/machine-id ] || : >/etc/machine-id
	mount --bind machine-id /etc/machine-id
fi
own_start "$journald" </dev/null >journald.log 2>&1
server=$started
for ((i = 0; i < 6000; i++)); do
	[ -S $journal/stdout ] && break
	pause 0.01
done

entries() { # entries FIELD: of the lines of the client's two processes from cursor $since on, the values
	local i
	for ((i = 0; i < 6000; i++)); do
		journalctl -q -D /run/log/journal/* -o json --after-cursor="$since" 2>/dev/null | grep "\"$id\|$id\"" >entries
		grep -q "parent $id" entries && grep -q "child $id" entries && break
		pause 0.01
	done
	grep -oE "\"$1\":\"[^\"]*\"" entries | sort -u
}

# Its first entry comes when it has begun, some time after its socket.
# shellcheck disable=SC2317 # called by name
has_entry() {
	since=$(journalctl -q -D /run/log/journal/* -n 1 -o json 2>/dev/null | grep -oE '"__CURSOR":"[^"]*"' | cut -d'"' -f4)
	[ -n "$since" ]
}
now() { eventually has_entry; }

now
path=$journal/stdout connect stdout "" "$header"
entries PRIORITY >/dev/null
# On a busy machine journald at times does not take the unit of what connects when it has just begun.
unit() { grep -h '^UNIT=' $journal/streams/*; }
unit=$(unit)
[ "$unit" = UNIT=nobody.service ] || say "the journal has not taken the client's unit"
for cycle in 1 2 3; do
	frozen "journald, cycle $cycle" "journald$cycle" 'as "who it is"'
	now
	thaw "... thaw" "journald$cycle"
	is "$(entries PRIORITY)" '"PRIORITY":"4"' "... both its processes write to the journal"
	is "$(entries SYSLOG_IDENTIFIER)" '"SYSLOG_IDENTIFIER":"who it is"' "... as before"
	is "$(entries SYSLOG_FACILITY)" '"SYSLOG_FACILITY":"3"' "... as what they are"
	like "$(entries _PID)" "^\"_PID\":\"$pid\"$" "... with their numbers"
	is "$(unit)" "$unit" "... and the journal knows the unit that it was told"
	goes_on "$pid" "$id" "$count" "... it goes on"
	look_at "$pid"
done
is "$(find $journal/streams -type f | wc -l)" 1 "... there is no other connection any more"
stop
kill -KILL "$server"
finish
