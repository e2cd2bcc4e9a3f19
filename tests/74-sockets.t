#!/bin/bash
# Sockets for which criu has to be told something: TCP connections in all their states, in the tree and to a server
# outside, connections that nobody has accepted, datagrams to a socket outside. Each target is frozen and thawed
# three times with no option at all, and uses its sockets with every step (targets/sockets.c).
# shellcheck source=own-net.sh
. "$(dirname "$0")/own-net.sh"
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu
need_net

stop() {
	kill -KILL "$pid" && waitfor exit "$pid"
}

freezes() { # freezes NAME PID DIR: with no option; $err stays
	mkdir "$3"
	runs_ok "$1" "$CRIU_NS" dump -t "$2" -D "$3" -o dump.log
}

round() { # round NAME NOTE [CYCLES]: the target $pid; NOTE is what the freeze says, "" for nothing
	local cycle first note
	own_attend "$pid"
	first=$id
	for ((cycle = 1; cycle <= ${3-3}; cycle++)); do
		look_at "$seen"
		freezes "$1: freeze $cycle, with no option" "$pid" "$1.$cycle" || return
		note=$err
		thaw "... thaw $cycle, with no option" "$1.$cycle"
		[ -n "$pid" ] || return
		seen=$(own_seen "$pid")
		goes_on "${seen:-0}" "$first" "$count" "... it goes on, over its sockets"
		[ "$cycle" = 1 ] || continue
		if [ -n "$2" ]; then like "$note" "^criu-ns: note: $2" "... what the freeze says"; else
			is "$note" "" "... nothing is said"
		fi
	done
	stop
}

target() { # target KIND [ARGUMENT]: in the caller's view
	own_start "$TARGETS/sockets" "$@" </dev/null >/dev/null 2>&1
	pid=$started
}

below() { # below KIND [ARGUMENT]: the init of a pid namespace of its own
	own_start unshare --pid --fork --kill-child --mount-proc "$TARGETS/sockets" "$@" </dev/null >/dev/null 2>&1
	waitfor children "$started" 1
	pid=$(children_of "$started")
}

private() { # private KIND [ARGUMENT]: with a directory of its own
	mkdir -p hidden
	own_start unshare --mount --propagation slave sh -c 'mount -t tmpfs hidden "$1" && shift && exec "$@"' sh \
		"$T/hidden" "$TARGETS/sockets" "$@" </dev/null >/dev/null 2>&1
	pid=$started
}

apart() { # apart KIND: in a network namespace of its own
	own_start unshare --net sh -c 'ip link set lo up; exec "$@"' sh "$TARGETS/sockets" "$@" </dev/null >/dev/null 2>&1
	pid=$started
}

server() { # server CODE: outside; sets $port or $T/log
	rm -f serves
	setsid perl -MSocket -e '$0 = "server"; use strict; our $at = shift; '"$1" "$T/serves" </dev/null >/dev/null 2>&1 &
	disown
	waitfor file serves
}

## In the tree

for kind in tcp4 tcp6 mapped half was-reset; do
	target "$kind"
	round "$kind" ""
done
recipe=$(cat tcp4.1/criu-ns.recipe)
like "$recipe" "^needs tcp-established$" "the recipe remembers what the thaw needs"
below tcp4
round below ""
private tcp6
round private ""
apart tcp4
round apart ""

# The connection that waits is closed by the freeze; then none waits.
target queued
own_attend "$pid"
freezes "queued: freeze, with no option" "$pid" queued
like "$err" "^criu-ns: note: connections to 127\.0\.0\.1:[0-9]+ that process $pid has not accepted yet will be closed \(1 of them\)" \
	"... what it says"
thaw "... thaw" queued
goes_on "${pid:-0}" "$id" "$count" "... it goes on"
stop

target own-waits @own
round own-waits "" 1
target raw
round raw "" 1
target netlink
round netlink "" 1

# Without iptables, criu locks them with nftables; the thaw knows that from the images.
if command -v nft >/dev/null; then
	mkdir programs
	for dir in ${PATH//:/ }; do
		find "$dir/" -maxdepth 1 ! -name '*tables*' -executable -exec ln -st programs {} + 2>/dev/null
	done
	target tcp4
	own_attend "$pid"
	mkdir locked
	runs_ok "without iptables: freeze, with no option" env PATH="$T/programs" "$CRIU_NS" dump -t "$pid" -D locked \
		-o dump.log
	like "$(nft list ruleset)" "table inet CRIU" "... the connection is locked with nftables"
	PATH=$T/programs thaw "... thaw, with no option" locked
	seen=$(own_seen "${pid:-0}")
	goes_on "${seen:-0}" "$id" "$count" "... it goes on, over its connection"
	is "$(nft list ruleset | grep -e CRIU -e drop)" "" "... nothing is locked any more"
	stop
else
	lacks "no nft" 5
fi

## To a server outside

server 'socket L, PF_INET, SOCK_STREAM, 0; bind L, sockaddr_in(0, INADDR_LOOPBACK); listen L, 5; my @all;
	my ($port) = sockaddr_in(getsockname L); open S, ">", $at; print S $port; close S;
	while (accept my $c, L) { next if fork; while (sysread $c, my $x, 1) { syswrite $c, $x } exit }'
port=$(cat serves)
outside="the other end of the TCP connection from 127\.0\.0\.1:[0-9]+ to 127\.0\.0\.1:$port \(descriptor 3 of process [0-9]+\) is outside of the tree: a thaw goes on with it if the other side still waits then, on a host that has this address"
target client "$port"
round client "$outside"
below client "$port"
round client-below "$outside"
private client "$port"
round client-private "$outside"

server 'our $log = $at; $log =~ s/serves$/log/; unlink $log;
	socket L, PF_UNIX, SOCK_DGRAM, 0; bind L, pack_sockaddr_un($log); open S, ">", $at; print S $$; close S;
	while (sysread L, my $x, 1) {}'
sends="descriptor 3 of process [0-9]+ sends datagrams to $T/log, which has to be there at the thaw"
target datagram "$T/log"
round datagram "$sends"
like "$(cat datagram.1/criu-ns.recipe)" "^needs ext-unix-sk$" "the recipe remembers what the thaw needs"
private datagram "$T/log"
round datagram-private "$sends"
server 'socket L, PF_UNIX, SOCK_DGRAM, 0; bind L, pack_sockaddr_un("\0log"); open S, ">", $at; print S $$; close S;
	while (sysread L, my $x, 1) {}'
target datagram @log
round datagram-abstract "descriptor 3 of process [0-9]+ sends datagrams to @log, which has to be there at the thaw"

# The name is one of a network namespace, which a thaw would make anew, without the server.
own_start unshare --net perl -MSocket -e '$0 = "server"; socket L, PF_UNIX, SOCK_DGRAM, 0; bind L, pack_sockaddr_un("\0in");
	open S, ">", $ARGV[0]; print S $$; close S; while (sysread L, my $x, 1) {}' "$T/in" </dev/null >/dev/null 2>&1
waitfor file in
own_start nsenter -t "$started" -n "$TARGETS/sockets" datagram @in </dev/null >/dev/null 2>&1
own_attend "$started"
mkdir in-net
fails_with 125 "a name in its own network namespace, of a server outside of the tree: refused" \
	"$CRIU_NS" dump -t "$pid" -D in-net -o dump.log
like "$err" "descriptor 3 of process $pid .* sends datagrams to @in, which is outside of the tree, but in its network namespace" \
	"... why"
goes_on "$pid" "$id" "$count" "... it goes on"
stop

## What the user says

target tcp4
own_attend "$pid"
mkdir given
fails_with 1 "--as-given: criu refuses" "$CRIU_NS" dump --as-given -t "$pid" -D given -o dump.log
like "$(cat given/dump.log)" "Connected TCP socket" "... in its own words"
goes_on "$pid" "$id" "$count" "... it goes on"
runs_ok "--tcp-close: freeze" "$CRIU_NS" dump --dry-run -t "$pid" -D given -o dump.log --tcp-close
unlike "$out" "tcp-established" "... nothing is added"
runs_ok "--dry-run" "$CRIU_NS" dump --dry-run -t "$pid" -D given -o dump.log
like "$out" "add --tcp-established" "... names the option"
stop
finish
