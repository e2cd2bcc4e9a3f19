#!/bin/bash
# A hostile process has a file whose server (FUSE) never answers, where criu-ns does not look for one: under a number
# that had something else when criu-ns looked at it, or in a place that looks like /proc. Whoever asks for such a file, or
# closes a copy of its descriptor (pidfd_getfd(2)), waits in the kernel, where SIGKILL does not end it. strace makes the
# moment long between the look at a number and the copy of what has it.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
# shellcheck source=silent.sh
. "$top/tests/silent.sh"
need_root
need_criu
fuse_device || skip_all "needs /dev/fuse"
command -v strace >/dev/null || skip_all "needs strace"
strace -qo /dev/null true 2>/dev/null || skip_all "strace must be allowed to trace"

mkdir fs images no
echo plain >plain

# On SIGUSR1, what is under the numbers 10 to $last is exchanged for the file that is open as number 60.
exchanger='
	use POSIX (); use Socket;
	my ($dir, $port, $last, $keep) = splice @ARGV;
	POSIX::dup2(fileno(F), 60) if open F, "<", "$dir/fs/file"; POSIX::close(fileno F);
	if ($port) {
		socket(S, AF_INET, SOCK_DGRAM, 0) and bind(S, pack_sockaddr_in($port, INADDR_ANY)) or die;
		POSIX::dup2(fileno(S), $_) for 10 .. 12; POSIX::close(fileno S);
	} else {
		open P, "<", "$dir/plain" or die;
		POSIX::dup2(fileno(P), $_) for 10 .. 12; POSIX::close(fileno P);
	}
	if ($last == 10) {
		socket(J, AF_UNIX, SOCK_STREAM, 0) and connect(J, pack_sockaddr_un("/run/systemd/journal/stdout")) or die;
		syswrite J, "who\n\n28\n1\n0\n0\n1\n";
		POSIX::dup2(fileno(J), $_) for 10, 61; POSIX::close(fileno J);
	}
	$SIG{USR1} = sub { POSIX::dup2(60, $_) for 10 .. $last };
	eval $keep'

# start_exchanger PORT LAST: the target of the exchange, and a server that is silent; PORT 0: it has no socket
start_exchanger() {
	serve
	own_start setsid perl -e "$exchanger" "$T" "$1" "$2" "$own_keeper" </dev/null >/dev/null 2>&1
	own_attend "$started"
	silence
}

at_copy() { # at_copy PID FIRST: the child of strace is about to copy what has one of the numbers from FIRST to 12
	local tool='' call='' pidfd='' fd
	# It has others before, with which it finds out what the kernel can do.
	read -r tool _ 2>/dev/null <"/proc/$1/task/$1/children"
	[ -n "$tool" ] && read -r call pidfd fd _ 2>/dev/null <"/proc/$tool/syscall"
	[ -n "$pidfd" ] && [ "$call" = 438 ] && [ $((fd)) -ge "$2" ] && [ $((fd)) -le 12 ]
}

# exchanged NAME PID FIRST WHY COMMAND...: while the command looks at number FIRST of that process, it makes the
# exchange; the command refuses
exchanged() {
	local name=$1 pid=$2 first=$3 why=$4 tries
	shift 4
	strace -qqo /dev/null -e trace=pidfd_getfd -e inject=pidfd_getfd:delay_enter=700000 "$@" >said 2>&1 &
	tracer=$!
	for ((tries = 0; tries < 1000; tries++)); do
		at_copy "$tracer" "$first" && break
		pause 0.005
	done
	[ "$tries" -lt 1000 ]
	report $? "$name: the moment is there"
	kill -USR1 "$pid"
	ends "$name" "$tracer" "$why"
}

# ends NAME PID WHY: that command ends, in less time than it waits for servers of which it knows; it is refused
ends() {
	local tries
	for ((tries = 0; tries < 1000; tries++)); do
		[ -d "/proc/$2" ] || break
		pause 0.005
	done
	[ "$tries" -lt 1000 ]
	report $? "$1: criu-ns ends"
	[ "$tries" -lt 1000 ] || kill -KILL "$server" # or this test would wait for ever
	wait "$2"
	is $? 125 "... refused"
	like "$(cat said)" "^criu-ns: $3" "... and why"
}

start_exchanger 0 12
exchanged "a freeze" "$pid" 10 "descriptor 1[012] of process $pid has been exchanged" \
	"$CRIU_NS" dump -t "$pid" -D no -o dump.log
look_at "$seen"
goes_on "$seen" "$id" "$count" "... the target goes on"
unserve
kill -KILL "$pid" && waitfor exit "$pid"

# Anybody may have the port that a thaw needs.
port=47147
own_start setsid perl -e 'use Socket; my ($port, $keep) = splice @ARGV;
	socket(S, AF_INET, SOCK_DGRAM, 0) and bind(S, pack_sockaddr_in($port, INADDR_ANY)) or die;
	eval $keep' "$port" "$own_keeper" </dev/null >/dev/null 2>&1
own_attend "$started"
freeze "a UDP socket: freeze" "$pid" images
start_exchanger "$port" 12
exchanged "a thaw" "$pid" 10 "descriptor 1[012] of process $pid has been exchanged" \
	"$CRIU_NS" restore -d -D images -o restore.log
unserve
kill -KILL "$pid" && waitfor exit "$pid"

# A connection with the journal is looked at when all descriptors have been; it still has another number then.
if on_host bare; then
	skip "needs a /run of its own" 4
else
	mkdir -p /run/systemd/journal
	own_start perl -e 'use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0) and bind(S, pack_sockaddr_un($ARGV[0])) and
		listen(S, 5) or die; open F, ">", "listens"; syswrite F, "yes"; accept(C, S); sleep 1000' /run/systemd/journal/stdout
	journal=$started
	waitfor file "$T/listens"
	start_exchanger 0 10
	exchanged "the journal" "$pid" 11 "descriptor 60 of process $pid .*does not answer" \
		"$CRIU_NS" dump -t "$pid" -D no -o dump.log
	unserve
	kill -KILL "$pid" "$journal" && waitfor exit "$pid"
fi

# Files of /proc/PID are asked whether they are some.
: >server.log
own_start unshare -m --propagation private setsid sh -c '
	mount -t tmpfs own /proc && mkdir /proc/123 || exit 1
	"$2/silentfs" /proc/123 >"$1/server.log" & echo $! >"$1/server.pid"
	"$2/waitfor" file "$1/server.log"; exec 7</proc/123/file && exec perl -e "$3"' \
	sh "$T" "$TARGETS" "$own_keeper" </dev/null >/dev/null 2>&1
own_attend "$started"
server=$(cat server.pid)
silence
"$CRIU_NS" dump -t "$pid" -D no -o dump.log >said 2>&1 &
ends "a place that looks like /proc" $! ".*descriptor 7 of process $pid .*does not answer"
kill -KILL "$server"
kill -KILL "$pid" && waitfor exit "$pid"
finish
