#!/bin/bash
# Sockets that have joined multicast groups, as avahi-daemon's and corosync's have: criu forgets that, and a thaw joins them
# again, before the tree runs.
# shellcheck source=own-net.sh
. "$(dirname "$0")/own-net.sh"
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu
need_net
ip link set lo multicast on

# It counts the datagrams that it receives, and prints of which group they were: 239.1.2.3, 239.1.2.4 and ff05::1234 on lo. The
# option with a number is IP_ADD_SOURCE_MEMBERSHIP.
# shellcheck disable=SC2016,SC2089 # for perl
receiver='use Socket qw(:all); open my $r, "<", "/dev/urandom" or die; sysread $r, my $id, 3; close $r; $id = unpack "H6", $id;
	socket my $s, AF_INET, SOCK_DGRAM, 0 or die; bind $s, pack_sockaddr_in(9051, INADDR_ANY) or die $!;
	socket my $t, AF_INET6, SOCK_DGRAM, 0 or die; bind $t, pack_sockaddr_in6(9052, IN6ADDR_ANY) or die $!;
	for ("239.1.2.3", "239.1.2.4") { setsockopt $s, IPPROTO_IP, IP_ADD_MEMBERSHIP, pack_ip_mreq(inet_aton($_), inet_aton("127.0.0.1")) or die $! }
	setsockopt $t, IPPROTO_IPV6, IPV6_JOIN_GROUP, pack_ipv6_mreq(inet_pton(AF_INET6, "ff05::1234"), 1) or die $!;
	if (@ARGV) { setsockopt $s, IPPROTO_IP, 39, inet_aton("239.1.2.5") . inet_aton("127.0.0.1") . inet_aton("127.0.0.1") or die $! }
	for (my $n = 0;; $n++) { $0 = "$id:$n"; my $in = ""; vec($in, fileno $_, 1) = 1 for $s, $t; select $in, undef, undef, undef;
		for ($s, $t) { recv $_, my $text, 99, 0 if vec $in, fileno $_, 1 } }'
# shellcheck disable=SC2090
export receiver

send_to() { # send_to GROUP: from the network namespace of $pid
	nsenter -t "$pid" -n perl -e 'use Socket qw(:all); socket my $s, AF_INET, SOCK_DGRAM, 0 or die;
		setsockopt $s, IPPROTO_IP, IP_MULTICAST_IF, inet_aton("127.0.0.1") or die $!;
		send $s, "x", 0, pack_sockaddr_in(9051, inet_aton($ARGV[0])) or die $!' "$1"
}

hears() { # hears NAME: each of the groups, once; a loopback device does not carry those of IPv6
	local group first=$id
	for group in 239.1.2.3 239.1.2.4; do
		look_at "$seen"
		send_to "$group"
		goes_on "$seen" "$first" "$count" "$1: $group"
	done
	like "$(cat "/proc/$pid/net/igmp6")" "lo +ff050000000000000000000000001234 +1 " "$1: ff05::1234"
}

three() { # three NAME
	local cycle
	hears "$1 hears its groups"
	for cycle in 1 2 3; do
		freeze "$1: freeze $cycle" "$pid" "$1.$cycle"
		is "$err" "" "... with no note"
		dead "$pid" "... it is gone"
		thaw "... thaw $cycle" "$1.$cycle"
		is "$err" "" "... with no note"
		seen=$(own_seen "$pid")
		hears "... it hears"
	done
	kill -KILL "$pid" && waitfor exit "$pid"
}

own_start setsid perl -e "$receiver" </dev/null >/dev/null 2>&1
own_attend "$started"
three process
is "$(grep -c '^multicast pid=[0-9]* fd=[0-9]* group=[0-9a-f.:]* on=lo$' process.1/criu-ns.recipe)" 3 "they are in the recipe"

# The init of a pid namespace, whose network namespace comes back with it
own_start unshare -p -f --mount-proc -m -n --propagation slave setsid sh -c 'ip link set lo up
	ip link set lo multicast on; exec perl -e "$receiver" </dev/null >/dev/null 2>&1'
own_attend_child "$started"
three init

## What cannot be joined again

own_start setsid perl -e "$receiver" some </dev/null >/dev/null 2>&1
own_attend "$started"
was=$pid
freeze "a group for some sources: freeze" "$pid" some
like "$err" "^criu-ns: note: criu forgets of descriptor [0-9]+ of process $pid \(socket:\[[0-9]+\]\) that it has joined the multicast group 239.1.2.5 on lo for some sources: after a thaw it receives nothing from it$" \
	"... is noted"
sed -i 's/on=lo$/on=gone0/' some/criu-ns.recipe
thaw "... thaw, where the device of the others has gone" some
like "$err" "^criu-ns: descriptor [0-9]+ of task $was cannot join the multicast group 239.1.2.3 on gone0 again, and receives nothing from it: No such device$" "... is told"
kill -KILL "$pid" && waitfor exit "$pid"
own_start setsid perl -e "$receiver" </dev/null >/dev/null 2>&1
own_attend "$started"
freeze "a recipe that was edited: freeze" "$pid" edited
sed -i 's/^multicast pid=[0-9]*/multicast pid=1/' edited/criu-ns.recipe
fails_with 125 "... names a task that there is not" "$CRIU_NS" restore -d -D edited -o restore.log
like "$err" "the recipe has a task 1, which the images in edited do not have" "... is refused"
finish
