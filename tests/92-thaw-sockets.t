#!/bin/bash
# Before a thaw: addresses that are not the host's, ports and connections that another process has. Everything in
# network namespaces of the test's own.
# shellcheck source=own-net.sh
. "$(dirname "$0")/own-net.sh"
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu
need_net

# shellcheck disable=SC2016
server='
	use Socket qw(:all); use strict; $0 = "server";
	my @all;
	sub sock { my ($family, $type, $to, %o) = @_;
		socket(my $s, $family, $type, 0) or die; push @all, $s;
		setsockopt $s, SOL_SOCKET, SO_REUSEADDR, 1 if $o{reuse};
		setsockopt $s, SOL_SOCKET, SO_REUSEPORT, 1 if $o{port};
		setsockopt $s, IPPROTO_IPV6, IPV6_V6ONLY, 1 if $o{only};
		bind $s, $to or die "bind: $!"; listen $s, 5 if $o{listen}; $s }
	sub v4 { pack_sockaddr_in $_[1], inet_aton $_[0] }
	sub v6 { pack_sockaddr_in6 $_[1], inet_pton AF_INET6, $_[0] }
	eval $ARGV[1]; die $@ if $@;
	open S, ">", $ARGV[0] or die; print S $$; close S;
	while () { select undef, undef, undef, 0.02; utime undef, undef, $ARGV[0] }'

serve() { # serve STATE CODE: sets $pid when it runs
	rm -f "$1"
	setsid perl -e "$server" "$T/$1" "$2" </dev/null >/dev/null 2>&1 &
	pid=$!
	disown
	waitfor file "$1"
}

goes_on_in() { # goes_on_in STATE NAME
	local before i
	before=$(stat -c %.Y "$1")
	for ((i = 0; i < 6000; i++)); do
		[ "$(stat -c %.Y "$1")" = "$before" ] || { pass "$2"; return; }
		pause 0.01
	done
	fail "$2"
}

end() {
	[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null
	[ -z "$pid" ] || waitfor exit "$pid"
	pid=
}

refuses() { # refuses NAME IMAGES MESSAGE...: these lines besides notes, in this order; nothing is left
	local name=$1 images=$2 wanted
	wanted=$(printf 'criu-ns: %s\n' "${@:3}")
	rm -f "$images/pid" "$images/restore.log"
	fails_with 125 "$name: refused" "$CRIU_NS" restore -d -D "$images" -o restore.log --pidfile pid
	is "$(unnoted)" "$wanted" "... in these words"
	[ ! -e "$images/pid" ] && [ ! -e "$images/restore.log" ]
	report $? "... and nothing was started"
	fails_with 125 "... by a dry run, too" "$CRIU_NS" restore --dry-run -D "$images"
	is "$(unnoted)" "$wanted" "... in the same words"
}

unnoted() { grep -v ' listens on the TCP port ' <<<"$err"; }
shared() { # shared PID ADDRESS: the note that it listens there, too
	echo "criu-ns: note: process $1 (server) listens on the TCP port $2, as the tree will: connections reach only one of the two"
}

elsewhere="end it; or thaw in another network namespace: unshare --net"

## Ports

serve state 'sock AF_INET, SOCK_STREAM, v4("127.0.0.1", 7001), listen => 1; sock AF_INET6, SOCK_STREAM, v6("::1", 7002), listen => 1;
	sock AF_INET, SOCK_STREAM, v4("0.0.0.0", 7003), listen => 1; sock AF_INET, SOCK_DGRAM, v4("127.0.0.1", 7004);
	sock AF_INET6, SOCK_DGRAM, v6("::", 7005)'
freeze "a server with five ports: freeze" "$pid" images
dead "$pid" "... it is gone"
runs_ok "all are free: a dry run" "$CRIU_NS" restore --dry-run -D images
thaw "... thaw" images
goes_on_in state "... it goes on"
running=$pid
refuses "a second copy" images \
	"the UDP port 127.0.0.1:7004, which the tree had, is taken by process $running (server); $elsewhere" \
	"the UDP port [::]:7005, which the tree had, is taken by process $running (server); $elsewhere"
is "$(grep 'listens on' <<<"$err")" "$(shared "$running" 127.0.0.1:7001; shared "$running" '[::1]:7002'; shared "$running" 0.0.0.0:7003)" \
	"... the kernel lets both have the TCP ports that criu has bound; a note says so"
cp -r images other
rm -f other/pid
runs_ok "... in another network namespace: thaw" unshare --net sh -c \
	'ip link set lo up; exec "$1" restore -d -D other --pidfile pid' sh "$CRIU_NS"
second=$(cat other/pid 2>/dev/null)
alive "${second:-0}"
report $? "... both run"
[ -z "$second" ] || kill -KILL "$second"
end

# What the kernel would let criu bind is not in the way.
ok() { # ok NAME CODE
	serve blocker "$2"
	runs_ok "$1: not in the way" "$CRIU_NS" restore --dry-run -D images
	local blocker=$pid
	thaw "... thaw" images
	goes_on_in state "... it goes on"
	end
	kill -KILL "$blocker"
	waitfor exit "$blocker"
}
ok "other addresses and other protocols" 'sock AF_INET, SOCK_STREAM, v4("127.0.0.2", 7001), listen => 1;
	sock AF_INET, SOCK_DGRAM, v4("127.0.0.1", 7001); sock AF_INET6, SOCK_STREAM, v6("::", 7003), listen => 1, only => 1;
	sock AF_INET, SOCK_STREAM, v4("127.0.0.1", 7004), listen => 1; sock AF_INET, SOCK_DGRAM, v4("127.0.0.2", 7004)'
ok "a port that is bound, and shared" 'sock AF_INET, SOCK_STREAM, v4("127.0.0.1", 7001), reuse => 1'
ok "a UDP port that is shared" 'sock AF_INET, SOCK_DGRAM, v4("127.0.0.1", 7004), reuse => 1'

serve blocker 'sock AF_INET, SOCK_STREAM, v4("0.0.0.0", 7001), listen => 1, reuse => 1; sock AF_INET6, SOCK_STREAM, v6("::", 7003), listen => 1;
	sock AF_INET6, SOCK_DGRAM, v6("::", 7004)'
refuses "wider addresses" images \
	"the TCP port 127.0.0.1:7001, which the tree had, is taken by process $pid (server); $elsewhere" \
	"the TCP port 0.0.0.0:7003, which the tree had, is taken by process $pid (server); $elsewhere" \
	"the UDP port 127.0.0.1:7004, which the tree had, is taken by process $pid (server); $elsewhere"
end

## Addresses

ip address add 10.66.0.1/32 dev lo
ip address add fd66::1/128 dev lo nodad
serve state 'sock AF_INET, SOCK_STREAM, v4("10.66.0.1", 7001), listen => 1; sock AF_INET, SOCK_DGRAM, v4("10.66.0.1", 7002);
	sock AF_INET6, SOCK_STREAM, v6("fd66::1", 7003), listen => 1; sock AF_INET, SOCK_DGRAM, v4("224.0.0.251", 7004)'
freeze "a server with an address of its own: freeze" "$pid" images-a
ip address del 10.66.0.1/32 dev lo
ip address del fd66::1/128 dev lo
refuses "the address is gone" images-a \
	"the tree had a socket on 10.66.0.1:7001, but this host does not have that address; give it the address (ip address add)"
ip address add 10.66.0.1/32 dev lo
thaw "it is back; criu needs none for IPv6: thaw" images-a
goes_on_in state "... it goes on"
end

## Connections

connect='my $l = sock AF_INET, SOCK_STREAM, v4("10.66.0.1", 7001), listen => 1, reuse => 1;
	socket(my $c, AF_INET, SOCK_STREAM, 0); bind $c, v4("10.66.0.1", 7100) or die; connect $c, v4("10.66.0.1", 7001) or die "connect: $!";
	accept(my $a, $l); push @all, $c, $a'
serve state "$connect"
freeze "a connection: freeze" "$pid" images-c --tcp-established
pause 0.1
thaw "... thaw" images-c --tcp-established
goes_on_in state "... it goes on"
clone=$pid
rm -f images-c/pid
fails_with 125 "a second copy of a connection: refused" "$CRIU_NS" restore -d -D images-c --pidfile pid --tcp-established
is "$(unnoted)" "criu-ns: the TCP connection from 10.66.0.1:7100 to 10.66.0.1:7001, which the tree had, now belongs to process $clone (server); end it; or, for a second copy of the tree, add --tcp-close: then it finds its connections closed
criu-ns: the TCP connection from 10.66.0.1:7001 to 10.66.0.1:7100, which the tree had, now belongs to process $clone (server); end it; or, for a second copy of the tree, add --tcp-close: then it finds its connections closed" \
	"... in these words"
thaw "... with --tcp-close: thaw" images-c --tcp-close
is "$err" "$(shared "$clone" 10.66.0.1:7001)" "... both listen, and a note says so"
goes_on_in state "... it goes on"
end
pid=$clone

# Who has just been told to end still has it. When it has ended, the kernel has it until the other end has answered.
{ pause 0.05 && kill -KILL "$pid"; } &
thaw "it ends in a moment: thaw" images-c --tcp-established
goes_on_in state "... it goes on"
ip link set lo down
end
rm -f images-c/pid
fails_with 125 "it has ended, and its last packets did not arrive: refused" \
	"$CRIU_NS" restore -d -D images-c --pidfile pid --tcp-established
like "$err" "^criu-ns: the TCP connection from 10.66.0.1:7100 to 10.66.0.1:7001, .* now belongs to a connection that has just ended; wait until its other end has answered, or the kernel has given it up \(ss -tan shows it\)" \
	"... in these words"
ip link set lo up
ip address add 10.66.0.1/32 dev lo 2>/dev/null # which a kernel may have taken away
# shellcheck disable=SC2317 # eventually calls it
forgotten() { ! ss -tan | grep -qE "FIN-WAIT-1|CLOSING|LAST-ACK"; }
eventually forgotten
thaw "... they have arrived: thaw" images-c --tcp-established
goes_on_in state "... it goes on"
end

# A client alone, whose server stays outside: a second copy comes back closed.
serve listener 'my $l = sock AF_INET, SOCK_STREAM, v4("10.66.0.1", 7001), listen => 1, reuse => 1;
	$SIG{ALRM} = sub { accept(my $a, $l) and push @all, $a }; alarm 1;'
listener=$pid
serve state 'socket(my $c, AF_INET, SOCK_STREAM, 0); bind $c, v4("10.66.0.1", 7101) or die; connect $c, v4("10.66.0.1", 7001) or die; push @all, $c'
freeze "a client: freeze" "$pid" images-k --tcp-established
runs_ok "... what its thaw takes: a dry run" "$CRIU_NS" restore --dry-run -D images-k
like "$(tr -s '\n ' ' ' <<<"$out")" \
	"go on with the TCP connection from 10.66.0.1:7101 to 10.66.0.1:7001 \(one to outside of the tree goes on if the other side still waits for it; --tcp-close closes them\)" \
	"... says so"
runs_ok "... with --tcp-close" "$CRIU_NS" restore --dry-run -D images-k --tcp-close
unlike "$out" "go on with" "... says nothing of that"
thaw "... thaw" images-k --tcp-established
goes_on_in state "... it goes on"
client=$pid
rm -f images-k/pid
fails_with 125 "a second copy of it: refused" "$CRIU_NS" restore -d -D images-k --pidfile pid --tcp-established
like "$err" "^criu-ns: the TCP connection from 10.66.0.1:7101 to 10.66.0.1:7001, .* now belongs to process $client \(server\); .*--tcp-close" \
	"... in these words"
thaw "... with --tcp-close: thaw" images-k --tcp-close
goes_on_in state "... it goes on"
end
pid=$client
end
ip address del 10.66.0.1/32 dev lo
rm -f images-k/pid
fails_with 125 "its address is gone: refused" "$CRIU_NS" restore -d -D images-k --pidfile pid --tcp-established
is "$err" "criu-ns: the tree had a TCP connection from 10.66.0.1:7101 to 10.66.0.1:7001, but this host does not have that first address; give it the address (ip address add), or add --tcp-close: then the tree finds its connections closed" \
	"... in these words"
thaw "... with --tcp-close: thaw" images-k --tcp-close
goes_on_in state "... it goes on"
end
kill -KILL "$listener"
waitfor exit "$listener"

## A network namespace of its own: nothing outside of it is in the way

# shellcheck disable=SC2016
rm -f state
setsid unshare --net sh -c 'ip link set lo up; exec perl -e "$1" "$2" "$3"' sh "$server" "$T/state" \
	'sock AF_INET, SOCK_STREAM, v4("127.0.0.1", 7001), listen => 1' </dev/null >/dev/null 2>&1 &
pid=$!
disown
waitfor file state
freeze "a server in a network namespace: freeze" "$pid" images-n
dead "$pid" "... it is gone"
serve blocker 'sock AF_INET, SOCK_STREAM, v4("0.0.0.0", 7001), listen => 1, reuse => 1'
blocker=$pid
runs_ok "the port is taken outside: not in the way" "$CRIU_NS" restore --dry-run -D images-n
thaw "... thaw" images-n
goes_on_in state "... it goes on"
end
kill -KILL "$blocker"
finish
