#!/bin/bash
# Options of sockets that criu forgets: a server that asks for the time at which a datagram came, or for the errors of
# its socket, got neither after a thaw, and nothing said so. A thaw sets them again, before the tree runs.
# shellcheck source=own-net.sh
. "$(dirname "$0")/own-net.sh"
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu
need_net

# A socket of each family and type; of each, level, name and value of options as the kernel numbers them. On SIGUSR1 it
# writes down what they are now.
cat >sockets.pl <<'END2'
use Socket qw(:all);
my %of = (
	tcp => [AF_INET, SOCK_STREAM, 0, pack_sockaddr_in(0, INADDR_LOOPBACK),
		[0, 10, 2], [0, 21, 5], [0, 19, 1], [1, 60, 1], [6, 18, 9000], [6, 9, 7], [6, 23, 3], [6, 25, 4096]],
	udp => [AF_INET, SOCK_DGRAM, 0, pack_sockaddr_in(0, INADDR_LOOPBACK),
		[1, 35, 1], [1, 37, 16], [1, 40, 1],
		[0, 10, 2], [0, 11, 1], [0, 12, 1], [0, 13, 1], [0, 20, 1], [0, 33, 7], [0, 34, 0], [0, 49, 0], [17, 103, 1000], [17, 104, 1]],
	tcp6 => [AF_INET6, SOCK_STREAM, 0, pack_sockaddr_in6(0, IN6ADDR_LOOPBACK),
		[41, 16, 9], [41, 67, 16], [41, 23, 2], [41, 73, 3], [41, 75, 1]],
	udp6 => [AF_INET6, SOCK_DGRAM, 0, pack_sockaddr_in6(0, IN6ADDR_LOOPBACK),
		[1, 35, 1], [41, 25, 1], [41, 51, 1], [41, 66, 1], [41, 18, 5], [41, 19, 0]],
	netlink => [16, SOCK_RAW, 0, pack("S2 L2", 16, 0, 0, 0), map { [270, $_, 1] } 3, 4, 5, 10, 11, 12],
);
my %socket;
for (sort keys %of) {
	my ($family, $type, $protocol, $name, @options) = @{$of{$_}};
	socket $socket{$_}, $family, $type, $protocol or die "$_: $!";
	bind $socket{$_}, $name or die "$_: $!";
	for my $o (@options) { setsockopt $socket{$_}, $$o[0], $$o[1], pack "i", $$o[2] or print STDERR "$_: @$o: $!\n" }
	listen $socket{$_}, 5 if $type == SOCK_STREAM;
}
sub told {
	open my $to, ">", "told.new";
	for my $s (sort keys %of) {
		my (undef, undef, undef, undef, @options) = @{$of{$s}};
		print $to "$s $$_[0] $$_[1] ", unpack("i", getsockopt $socket{$s}, $$_[0], $$_[1]), "\n" for @options;
	}
	close $to;
	rename "told.new", "told";
}
$SIG{USR1} = \&told;
told;
sleep 1 while 1;
END2

told() { # told FILE: what the options of $pid are
	rm -f told
	kill -USR1 "$pid"
	waitfor file told
	mv told "$1"
}

new_tree() {
	rm -f told
	own_start setsid perl sockets.pl </dev/null >/dev/null 2>refused
	pid=$started
	waitfor file told
	mv told before
	[ ! -s refused ] || say "this kernel lacks" "$(cat refused)"
}

new_tree
runs_ok "look at a freeze" "$CRIU_NS" dump --dry-run -t "$pid" -D .
like "$out" "note [0-9]+ options of sockets" "... it says so"
for cycle in 1 2 3; do
	freeze "freeze $cycle" "$pid" "images.$cycle"
	is "$err" "" "... with no note"
	thaw "... thaw $cycle" "images.$cycle"
	is "$err" "" "... with no note"
	told after
	is "$(diff before after)" "" "... all options are as before"
done
like "$(cat images.1/criu-ns.recipe)" "option pid=[0-9]+ fd=[0-9]+ set=TCP_USER_TIMEOUT:9000" "they are in the recipe"
is "$(grep -c '^option ' images.3/criu-ns.recipe)" "$(grep -c '^option ' images.1/criu-ns.recipe)" "... of each freeze"
kill -KILL "$pid"
end_strays
runs_ok "look at a thaw" "$CRIU_NS" restore --dry-run -D images.3
like "$out" "set [0-9]+ options of its sockets again" "... it says so"

# In a thaw that criu does alone none of them is there.
thaw "thaw it --as-given" images.1 --as-given
told after
differs=$(diff before after | grep -c '^<')
[ "$differs" -ge "$(grep -c '^option ' images.1/criu-ns.recipe)" ]
report $? "... then they are gone" "$(diff before after)"
kill -KILL "$pid"
end_strays

# The init of a pid namespace
rm -f told
own_start unshare -p -f --mount-proc setsid perl sockets.pl </dev/null >/dev/null 2>&1
waitfor children "$started" 1
pid=$(children_of "$started")
waitfor file told
mv told before
freeze "the init of a pid namespace: freeze" "$pid" init
thaw "... thaw" init
told after
is "$(diff before after)" "" "... all options are as before"
kill -KILL "$pid"
end_strays

# By hand
was=$(sed -n 's/^option pid=\([0-9]*\) .*/\1/p;T;q' images.1/criu-ns.recipe)
sed -i 's/TCP_USER_TIMEOUT:9000/TCP_USER_TIMEOUT:-1/' images.1/criu-ns.recipe
thaw "a value that the kernel does not take" images.1
like "$err" "^criu-ns: descriptor [0-9]+ of task $was cannot get the option TCP_USER_TIMEOUT:-1 back, .*: Invalid argument$" \
	"... is told"
kill -KILL "$pid"
end_strays
sed -i 's/TCP_USER_TIMEOUT:-1/SO_RCVBUF:1/' images.1/criu-ns.recipe
fails_with 125 "another option" "$CRIU_NS" restore -d -D images.1
like "$err" "not an option of sockets" "... is none of the recipe's"
finish
