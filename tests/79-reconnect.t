#!/bin/bash
# Unix sockets that are connected to a process outside of the tree. The freeze is refused with the name of that process,
# unless the user says that the thaw is to connect again, or that the connection is to be cut.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
# shellcheck source=peers.sh
. "$top/tests/peers.sh"
need_root
need_criu

refused() { # refused NAME REGEX HINT [OPTION...]: the freeze
	mkdir "$1"
	fails_with 125 "$1: refused" "$CRIU_NS" dump -t "$pid" -D "$1" -o dump.log "${@:4}"
	like "$err" "^criu-ns: descriptor [0-9]+ of process $pid \(socket:\[[0-9]+\]\) $2" "... with the reason"
	like "$err" "$3" "... and what to do"
	is "$(ls -A "$1")" "" "... nothing is written"
	goes_on "$seen" "$id" "$count" "... it goes on"
}

## A server with a path

serve db
connect db
refused path "is connected to process $server \(listener\) at $T/run/db, outside of the tree" \
	"--reconnect '$T/run/db'.*--cut-peers"
run "$CRIU_NS" dump --dry-run -t "$pid" -D path
is "$status" 125 "... by --dry-run, too"
for cycle in 1 2 3; do
	round "to connect again, cycle $cycle" "again$cycle" db --reconnect "$T/run/db"
done
like "$(cat again3/criu-ns.recipe)" "^unix id=[0-9]+ type=stream to=$T/run/db flags=0[0-9]*2 by=0:0" "... the recipe has it"
next db
run "$CRIU_NS" restore --dry-run -D again3
like "$out" "connect to $T/run/db" "... --dry-run shows it"
is "$(tail -n "+$from" db.log | grep from)" "" "... and does not connect"
stop

connect db "" 'fcntl $s, F_SETFL, O_NONBLOCK | O_RDWR; shutdown $s, 0;'
round "any of them" any db --reconnect all
like "$(grep flags: "/proc/$pid/fdinfo/3")" "04002$" "... it does not block, as before"
like "$(cat any/criu-ns.recipe)" " shut=read " "... the recipe says how it was shut down"
next db
round "... again" any2 db --reconnect all
like "$(cat any2/criu-ns.recipe)" " shut=read " "... which it still is"
stop
kill -KILL "$server"

## When the thaw cannot connect

not_thawed() { # not_thawed NAME REGEX: refused at once, and nothing is started
	rm -f restore.log
	fails_with 125 "$1: no thaw" timeout 20 "$CRIU_NS" restore -d -D gone -o restore.log --pidfile pid
	like "$err" "^criu-ns: cannot connect to $T/run/db again$2.*--inherit-fd 'fd\[N\]:socket:\[[0-9]+\]'" "... and why"
	[ ! -e gone/restore.log ] && [ ! -e gone/pid ]
	report $? "... nothing was started"
}

serve db
connect db
freeze "a client: freeze" "$pid" gone --reconnect all
kill -KILL "$server"
waitfor exit "$server"
not_thawed "nobody listens" ": nobody listens there any more"
rm run/db
not_thawed "no socket" ": No such file"
echo >run/db
not_thawed "another file" ": there is something else than a socket"
rm run/db
serve other
ln -s other run/db
not_thawed "a symbolic link" ": (Too many levels of symbolic links|Symbolic link loop)"
rm run/db
kill -KILL "$server"
serve db deaf
own_start perl -e 'use Socket; for (1 .. 3) { socket($s[$_], AF_UNIX, SOCK_STREAM, 0); fcntl $s[$_], 4, 04002;
	connect($s[$_], pack("Sa*", AF_UNIX, shift // $ARGV[0])); push @ARGV, $ARGV[0] } syswrite STDOUT, "full\n"; sleep 1000' \
	"$T/run/db" "$T/run/db" "$T/run/db" "$T/run/db" </dev/null >full 2>&1
full=$started
waitfor file full
not_thawed "a server that accepts nobody" ": its server accepts no connections"
kill -KILL "$server" "$full"
waitfor exit "$server"
serve db seqpacket
not_thawed "another type" ": a socket of another type listens there"
kill -KILL "$server"
waitfor exit "$server"
serve db
thaw "it is there again: thaw" gone
writes db "... and hears of the client"
seen=$pid
stop
kill -KILL "$server"

# The rights are those of the process, not of root.
serve db
connect db
rm -rf gone
freeze "a client: freeze" "$pid" gone --reconnect all
sed -i 's/ by=0:0[^ ]*/ by=1234:1235/' gone/criu-ns.recipe
chmod 700 run/db
not_thawed "a user's, who may not connect" ", with the rights that the process had: Permission denied"
chmod 666 run/db
next db
thaw "... but now: thaw" gone
logs db "[0-9]+ from 1234 1235"
report $? "... the server sees who it is"
stop

## Kinds of sockets

kill -KILL "$server"
serve packets seqpacket
connect packets seqpacket
round "packets" packets packets --reconnect "$T/run/packets"
stop
kill -KILL "$server"
name=@$name_of_run
own_start setsid "$TARGETS/listener" "$T/abstract.log" "$name" </dev/null >/dev/null 2>&1
server=$started from=1
logs abstract "0 listens"
path=$name connect abstract
refused abstract "is connected to process $server \(listener\) at $name," "--reconnect '$name'"
round "an abstract name" abstract1 abstract --reconnect "$name"
stop
kill -KILL "$server"

# A service with mounts of its own.
serve db
mkdir private
connect db "" "" unshare -m --propagation slave sh -c 'mount -t tmpfs private "$1" && shift && exec "$@"' sh "$T/private"
round "from mounts of its own" own db --reconnect all
stop

## By hand

connect db
ino=$(readlink "/proc/$pid/fd/3" | tr -dc 0-9)
runs_ok "by hand, in the old words" "$CRIU_NS" dump --dry-run -t "$pid" -D "$T" --ext-unix-sk="$ino"
freeze "by hand: freeze" "$pid" hand --external "unix[$ino]"
[ ! -e hand/criu-ns.recipe ] || ! grep -q ^unix hand/criu-ns.recipe
report $? "... the recipe does not have it"
next db
rm -f hand/pid
runs_ok "... thaw" perl -e 'use Socket; $^F = 99; socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die;
	connect($s, pack("Sa*", AF_UNIX, shift)) or die; my $ino = shift; my $fd = fileno $s;
	exec @ARGV, "--inherit-fd", "fd[$fd]:socket:[$ino]"' "$T/run/db" "$ino" \
	"$CRIU_NS" restore -d -D hand -o restore.log --pidfile pid
pid=$(cat hand/pid)
writes db "... it has the connection that it was given"
stop
connect db
run "$CRIU_NS" dump -t "$pid" -D hand -o dump.log --as-given
like "$err" "External socket is used" "--as-given leaves it to criu"
kill -CONT "$pid"
stop
kill -KILL "$server"

## Peers to whom nobody can connect

# shellcheck disable=SC2016
pair='use POSIX (); use Socket; $^F = 99; $SIG{PIPE} = "IGNORE"; socketpair(my $s, my $t, AF_UNIX, SOCK_STREAM, 0) or die; unless (fork) { close $t;
	open my $r, "<", "/dev/urandom" or die; sysread $r, my $id, 3; close $r; $id = unpack "H6", $id; POSIX::setsid(); my $is = "connected";
	for (my $n = 1;; $n++) { $0 = "$id:$n"; select undef, undef, undef, 0.005;
		my $v = ""; vec($v, fileno $s, 1) = 1; next unless $is eq "connected" && select $v, undef, undef, 0;
		my $got = sysread $s, my $x, 1; $is = defined $got && !$got ? "at its end" : "broken";
		$is .= ", $!{EPIPE}" unless defined syswrite $s, "x"; open my $o, ">", $ARGV[0]; print $o "$is\n"; close $o } }
	close $s; sleep 1000'
own_start setsid perl -e "$pair" "$T/state" </dev/null >/dev/null 2>&1
waitfor children "$started" 1
other=$started
own_attend "$(children_of "$other")"
refused pair "is one end of an unnamed connection, whose other end belongs to process $other \(perl\), outside of the tree" \
	"--cut-peers; or give another at the thaw: --external 'unix\[[0-9]+\]'"
first=$id
freeze "a peer that is cut off: freeze" "$pid" cut --cut-peers
like "$(cat cut/criu-ns.recipe)" "^unix id=[0-9]+ type=stream cut flags=" "... the recipe has it"
thaw "... thaw" cut
goes_on "$pid" "$first" "$count" "... it goes on"
waitfor file state
like "$(cat state)" "^at its end, [1-9]" "... it reads the end, and cannot write"
kill -KILL "$pid" "$other"

# The tree is the server.
serve db
connect db
visitor=$pid visitors_id=$id visitors_count=$count
mkdir client
fails_with 125 "a client outside: refused" "$CRIU_NS" dump -t "$server" -D client -o dump.log
like "$err" "^criu-ns: descriptor [0-9]+ of process $server \(socket:.*\) is a connection of the client process $visitor " \
	"... with its name"
freeze "... to be cut: freeze" "$server" client --cut-peers
thaw "... thaw" client
server=$pid
logs db "1 end"
report $? "... the server finds that its client has ended"
goes_on "$visitor" "$visitors_id" "$visitors_count" "... the client goes on"
pid=$visitor
stop
next db
connect db
writes db "... the next one is served"
stop
kill -KILL "$server"
finish
