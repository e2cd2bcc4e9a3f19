#!/bin/bash
# Sockets that criu cannot freeze, or freezes and cannot thaw, are refused beforehand: which one, why, and what to
# do. The target goes on. With --as-given, what criu itself refuses is left to it.
# shellcheck source=own-net.sh
. "$(dirname "$0")/own-net.sh"
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu
need_net

hold() { # hold KIND [ARGUMENT]: sets $pid, $id and $count; false if the kernel has no such socket
	"$TARGETS/sockets" "$@" 2>err &
	pid=$!
	waitfor state "$pid" 2>/dev/null || {
		wait "$pid"
		[ $? = 77 ] || fail "$1: the target did not start" "$(cat err)"
		return 1
	}
	disown "$pid"
	look_at "$pid"
}

stop() {
	kill -KILL "$pid" && waitfor exit "$pid"
}

refused() { # refused REGEX HINT KIND [ARGUMENT]
	local name=$3${4:+-${4//[^a-z0-9]/_}}
	hold "${@:3}" || {
		lacks "this kernel has no such socket: ${*:3}" 5
		return
	}
	mkdir -p "$name"
	fails_with 125 "$name: refused" "$CRIU_NS" dump -t "$pid" -D "$name" -o dump.log
	like "$err" "^criu-ns: descriptor [0-9]+ of process $pid \(socket:\[[0-9]+\]\) .*$1" "... why"
	like "$err" "; $2" "... what to do"
	is "$(ls -A "$name")" "" "... nothing is written"
	goes_on "$pid" "$id" "$count" "... it goes on"
	stop
}

server() { # server TYPE PATH: a socket outside, which accepts nobody
	setsid perl -MSocket -e '$0 = "server"; socket my $s, AF_UNIX, $ARGV[0], 0; my $name = $ARGV[1]; unlink $name;
		$name =~ s/^@/\0/; bind $s, pack_sockaddr_un $name or die; listen $s, 5; open S, ">", $ARGV[2]; print S $$;
		close S; sleep' "$1" "$2" "$T/serves" </dev/null >/dev/null 2>&1 &
	disown
	waitfor file serves
	rm serves
}
server 1 "$T/stream"
server 2 "$T/datagrams"
(cd "$T" && server 2 relative)

ip link add br0 type bridge 2>/dev/null && ip link set br0 up && ip address add fe80::5/64 dev br0 nodad
has_bridge=$?

# Kinds of sockets. 29 is AF_CAN, 30 TIPC, 38 AF_ALG, 40 vsock, 41 KCM, 43 SMC.
for number in 40 29 30 31 38 41 43; do
	refused "is a socket of the kind .*, which criu cannot freeze" "close it" family "$number"
done
refused "is a socket of the kind XDP, which" "close it" xdp
refused "is a socket of the kind MPTCP, which" ".*GODEBUG=multipathtcp=0" mptcp
refused "has an eBPF program as its filter" "detach it" filter
refused "is in a network namespace that no process of the tree is in" "close it" other-net

# States of sockets
refused "is a UDP socket with UDP_CORK set" "try again" corked
refused "is a netlink socket in a group beyond the 32nd" "close it" groups
refused "is a netlink socket with groups, but without an address" "make the program call bind" unbound
refused "is a netlink socket with messages that nobody has read yet" "try again" unread
if [ "$has_bridge" = 0 ]; then
	refused "is a TCP connection of the link-local address \[fe80::5%[0-9]+\]:[0-9]+" ".*--tcp-close" scope br0
	refused "is bound to the multicast address \[ff02::fb%[0-9]+\]:5353" ".*bind to \[::\]" multicast br0
else
	lacks "no bridge can be made here" 10
fi

# UNIX
refused "has unread messages that come with their sender's credentials" "try again" senders
refused "sends datagrams to a socket outside of the tree that has no name" "freeze a tree" nameless
refused "waits to be accepted by $T/stream, which is outside of the tree" "try again" waits "$T/stream"
refused "waits to be accepted by @own, and has sent something" "try again" waits-sent @own
refused "\(@own\) has a connection that was closed before it was accepted" "try again" waits-gone @own
refused "is connected to a socket in another network namespace" "freeze a tree" peer-net "$T/datagrams"
hold unlinked "$T/unlinked"
mkdir unlinked.img
freeze "a socket whose only name is gone: frozen" "$pid" unlinked.img && thaw "... thaw" unlinked.img
goes_on "${pid:-0}" "$id" "$count" "... it goes on"
stop
cd "$T" || exit
refused "was bound to a relative path \(relative\)" ".*absolute path" datagram relative

# All at once
hold waits "$T/stream" && first=$pid
refusals=$("$CRIU_NS" dump --dry-run -t "$first" -D . 2>&1 | grep -c "^criu-ns: descriptor")
is "$refusals" 1 "--dry-run refuses, too"
kill -KILL "$first"

# By the version of criu: pings since 4.2.
echo 0 2147483647 >/proc/sys/net/ipv4/ping_group_range 2>/dev/null
cat >old-criu <<'END'
#!/bin/sh
[ "$1" != --version ] || { echo "Version: 4.1.1"; exit; }
exec "$REAL_CRIU" "$@"
END
chmod +x old-criu
if hold ping; then
	export REAL_CRIU=$CRIU_BINARY
	mkdir ping-old ping
	fails_with 125 "a socket for pings: refused with a criu that is older than 4.2" \
		env CRIU_BINARY="$T/old-criu" "$CRIU_NS" dump -t "$pid" -D ping-old -o dump.log
	like "$err" "is a socket for pings .* since version 4.2; close it, or use a newer criu \(--criu-binary\)" "... why"
	version=$("$CRIU_BINARY" --version | sed -n 's/Version: //p')
	if [ "$(printf '%s\n' 4.2 "$version" | sort -V | head -n 1)" = 4.2 ]; then
		freeze "... not with criu $version" "$pid" ping && thaw "... thaw" ping
		goes_on "${pid:-0}" "$id" "$count" "... it goes on"
		stop
	else
		lacks "criu is older than 4.2" 3
		stop
	fi
else
	lacks "this kernel has no sockets for pings" 5
fi

# What the user says
if hold mptcp; then
	mkdir given
	fails_with 1 "with --as-given, criu refuses" "$CRIU_NS" dump --as-given -t "$pid" -D given -o dump.log
	like "$(cat given/dump.log)" "Unsupported proto 262" "... in its own words"
	goes_on "$pid" "$id" "$count" "... it goes on"
	stop
else
	lacks "no MPTCP" 3
fi
hold other-net
mkdir given-net
fails_with 125 "what criu would thaw in the wrong network namespace is refused all the same" \
	"$CRIU_NS" dump --as-given -t "$pid" -D given-net -o dump.log
stop
if [ "$has_bridge" = 0 ] && hold scope br0; then
	mkdir close
	runs_ok "with --tcp-close, link-local addresses are no obstacle" \
		"$CRIU_NS" dump -t "$pid" -D close -o dump.log --tcp-close
else
	lacks "no bridge" 1
fi
finish
