#!/bin/bash
# Names of unix sockets that are in the way of a thaw: criu removes whatever socket has the name, also one that is
# somebody else's by now. That is refused; and where the tree only has connections that a server outside has accepted,
# the server keeps its name.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

# server TYPE NAME WORD: is bound to a name ("@" begins an abstract one), and answers WORD there; counts
server='use Socket; my ($type, $name, $word) = @ARGV; $name =~ s/^@/\0/;
	socket S, AF_UNIX, $type eq "dgram" ? SOCK_DGRAM : SOCK_STREAM, 0; unlink $name unless $name =~ /^\0/;
	bind S, pack_sockaddr_un($name) or die "$!"; listen S, 5 if $type ne "dgram";
	open my $r, "<", "/dev/urandom" or die; sysread $r, my $id, 3; close $r; $id = unpack "H6", $id;
	for (my $n = 1;; $n++) { $0 = "$id:$n"; my $v = ""; vec($v, fileno S, 1) = 1;
		if (select($v, undef, undef, 0.01) && $type ne "dgram" && accept C, S) { syswrite C, "$word\n"; close C } }'
ask='use Socket; $ARGV[0] =~ s/^@/\0/; socket S, AF_UNIX, SOCK_STREAM, 0;
	connect S, pack_sockaddr_un($ARGV[0]) or do { print "$!\n"; exit }; print scalar <S>'

serve() { # serve TYPE NAME WORD [COMMAND...]: sets $pid
	setsid "${@:4}" perl -e "$server" "$1" "$2" "$3" </dev/null >/dev/null 2>&1 &
	attend $!
}

asks() { # asks NAME: prints the answer
	perl -e "$ask" "$1"
}

refused() { # refused DIR NAME REASON: the thaw is, for that one reason
	fails_with 125 "$2" "$CRIU_NS" restore -d -D "$1" -o restore.log --pidfile again
	like "$err" "^criu-ns: $3$" "... with the reason"
	is "$(wc -l <<<"$err")" 1 "... the only one" "$err"
}

end() { # end PID
	kill -KILL "$1" && waitfor exit "$1"
}

## Somebody else has the name

serve stream "$T/sock" first
first=$id
freeze "a server: freeze" "$pid" stream
dead "$pid" "... it is gone"
serve stream "$T/sock" second
second=$pid
refused stream "another one has its name: no thaw" \
	"the unix socket $T/sock, which the tree had, now belongs to process $second \([0-9a-f]{6}:[0-9]+\), from which criu would take the name; end that first"
is "$(asks "$T/sock")" second "... and the other one can still be reached"
run "$CRIU_NS" restore -d --as-given -D stream -o restore.log --pidfile pid
is "$status $(asks "$T/sock")" "0 first" "--as-given: criu takes the name away"
end "$(cat stream/pid)"
end "$second"
for cycle in 1 2 3; do
	thaw "nobody has it, but there is still a socket: thaw, cycle $cycle" stream
	look_at "$pid"
	is "$id $(asks "$T/sock")" "$first first" "... it answers"
	refused stream "... a second copy of it: no thaw" \
		"the unix socket $T/sock, which the tree had, now belongs to process $pid \($first:[0-9]+\), from which criu would take the name; end that first"
	freeze "... freeze" "$pid" stream
	dead "$pid" "... it is gone"
done
rm sock
echo precious >sock
refused stream "a file has its name: no thaw" "there is a file at $T/sock, where the tree had a unix socket; move it away"
is "$(cat sock)" precious "... it is untouched"
rm sock

mkdir run
serve stream "$T/run/sock" first
freeze "a server in a directory of its own: freeze" "$pid" gone
dead "$pid" "... it is gone"
rm -r run
refused gone "the directory is gone: no thaw" \
	"cannot make the unix socket $T/run/sock, which the tree had, again: its directory is gone; make the directory, as it was"
mkdir run
thaw "... it is there again: thaw" gone
is "$(asks "$T/run/sock")" first "... it answers"
end "$pid"

serve dgram relative none
freeze "a server of datagrams, with a relative name: freeze" "$pid" dgram
dead "$pid" "... it is gone"
serve dgram "$T/relative" none
other=$pid
refused dgram "another one has its name: no thaw" "the unix socket $T/relative, which the tree had, now belongs to process $other \(.*; end that first"
end "$other"
thaw "nobody has it: thaw" dgram
end "$pid"

serve stream "@$name_of_run" first
freeze "an abstract name: freeze" "$pid" abstract
dead "$pid" "... it is gone"
serve stream "@$name_of_run" second
refused abstract "another one has it: no thaw" \
	"the unix socket @$name_of_run, which the tree had, now belongs to process $pid \([0-9a-f]{6}:[0-9]+\); end that first"
end "$pid"
thaw "nobody has it: thaw" abstract
is "$(asks "@$name_of_run")" first "... it answers"
end "$pid"

# In a file system of its own, the name is nobody else's.
mkdir private
serve stream "$T/private/sock" inside unshare -m --propagation private sh -c 'mount -t tmpfs own "$0" && exec "$@"' "$T/private"
serve_pid=$pid
serve stream "$T/private/sock" outside
outside=$pid
pid=$serve_pid
freeze "a name in a private file system: freeze" "$pid" own
dead "$pid" "... it is gone"
thaw "... thaw, although the host has such a socket, too" own
is "$(asks "$T/private/sock")" outside "... which is as it was"
end "$pid"
end "$outside"

## Connections of a server outside

# Each connection has a process of its own, which tells its identity and counts the lines that it gets.
forks='use Socket; use POSIX; socket S, AF_UNIX, SOCK_STREAM, 0; bind S, pack_sockaddr_un($ARGV[0]) or die; listen S, 5; $SIG{CHLD} = "IGNORE"; $0 = "aaaaaa:1";
	while (1) { accept C, S or next; if (fork) { close C; next } close S; POSIX::setsid();
		open my $r, "<", "/dev/urandom" or die; sysread $r, my $id, 3; close $r; $id = unpack "H6", $id; my $n = 0; $0 = "$id:$n";
		while (<C>) { syswrite C, "$id $n $_" } for (;;) { $n++; $0 = "$id:$n"; select undef, undef, undef, 0.01 } }'
setsid perl -e "$forks" "$T/forks" </dev/null >/dev/null 2>&1 &
parent=$!
attend $parent
perl -e 'use Socket; socket S, AF_UNIX, SOCK_STREAM, 0; connect S, pack_sockaddr_un($ARGV[0]) or die; syswrite S, "hello\n"; open F, ">", "answer"; syswrite F, scalar <S>; shutdown S, 1; sleep 600' \
	"$T/forks" </dev/null >/dev/null 2>&1 &
client=$!
disown $client
waitfor file answer
waitfor children "$parent" 1
attend "$(children_of "$parent")"
like "$(cat answer)" "^$id 0 hello$" "a process that serves one connection of a server"
inode=$(stat -c %i forks)
for cycle in 1 2 3; do
	look_at "$pid"
	if [ "$cycle" = 1 ]; then
		freeze "cycle 1: freeze it, without the client" "$pid" "forks.1" --cut-peers
	else
		freeze "cycle $cycle: freeze it" "$pid" "forks.$cycle"
	fi
	dead "$pid" "... it is gone"
	runs_ok "... --dry-run" "$CRIU_NS" restore -d -D "forks.$cycle" --dry-run
	[ "$cycle" != 1 ] || like "$out" "^ - leave the unix socket $T/forks to process $parent \(aaaaaa:1\)$" "... says who keeps the name"
	thaw "... thaw" "forks.$cycle"
	goes_on "$pid" "$id" "$count" "... it goes on"
	is "$(stat -c %i forks)" "$inode" "... the server has kept its name"
done
end "$pid"
end "$client"
is "$(perl -e 'use Socket; socket S, AF_UNIX, SOCK_STREAM, 0; connect S, pack_sockaddr_un($ARGV[0]) or die "$!"; syswrite S, "hello\n"; print scalar <S>' "$T/forks" | cut -d" " -f2-)" \
	"0 hello" "... and serves others"
end_strays
finish
