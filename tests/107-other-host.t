#!/bin/bash
# A tree goes on on another host, and comes back: with its TCP connections when its address goes with it, and with
# a recipe whose paths are others there. What the other host lacks is said, with how to name it.
# shellcheck source=own-net.sh
. "$(dirname "$0")/own-net.sh"
# shellcheck source=hosts.sh
. "$(dirname "$0")/hosts.sh"
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu
need_net

host_start alpha
host_start beta reverse

on_host_freeze() { # on_host_freeze HOST NAME PID DIR [OPTION...]
	on "$1" mkdir -p "$4"
	runs_ok "$2" on "$1" "$CRIU_NS" dump -t "$3" -D "$4" -o dump.log "${@:5}"
}

on_host_thaw() { # on_host_thaw HOST NAME DIR [OPTION...]: sets $pid, as that host sees it
	on "$1" rm -f "$3/pid"
	runs_ok "$2" on "$1" "$CRIU_NS" restore -d -D "$3" -o restore.log --pidfile pid "${@:4}"
	pid=$(on "$1" cat "$3/pid" 2>/dev/null)
}

carry() { # carry FROM TO DIR: it is only there then
	on "$1" tar -c "$3" | on "$2" tar -x
	on "$1" rm -r "$3"
}

## Connections

# shellcheck disable=SC2016 # Perl's variables
echo_server='
	use Socket; socket my $l, AF_INET, SOCK_STREAM, 0 or die; bind $l, pack_sockaddr_in 7000, inet_aton "10.67.0.9" or die;
	listen $l, 1; $0 = "facade:0"; accept my $c, $l; syswrite $c, $line while sysread $c, $line, 100'
# shellcheck disable=SC2016
asking_client='
	use Socket; open my $r, "<", "/dev/urandom"; sysread $r, my $id, 3; close $r; $id = unpack "H6", $id;
	socket my $s, AF_INET, SOCK_STREAM, 0 or die; bind $s, pack_sockaddr_in $ARGV[0], INADDR_ANY or die;
	connect $s, pack_sockaddr_in 7000, inet_aton "10.67.0.9" or die;
	for (my $n = 1;; $n++) { syswrite $s, "$n\n"; sysread $s, my $line, 100; $line == $n or die "gone: $line $!";
		$0 = "$id:$n"; select undef, undef, undef, 0.005 }'

locks() { # locks HOST: criu's, of this connection
	on "$1" nft -n list ruleset | grep -cE "10\.67\.0\.9.*$client_port"
}

# What comes for the address before the server is there would be answered by the host: there is no such connection.
move() { # move FROM TO KIND
	on_host_freeze "$1" "$3: freeze on $1" "$pid" tcp --network-lock "$3"
	on "$1" ip address del 10.67.0.9/24 dev eth0
	carry "$1" "$2" tcp
	on "$2" nft "add table inet closed; add chain inet closed input { type filter hook input priority -1; };
		add rule inet closed input ip daddr 10.67.0.9 drop"
	on "$2" ip address add 10.67.0.9/24 dev eth0
	on_host_thaw "$2" "... thaw on $2" tcp
	on "$2" nft delete table inet closed
	look_at "$client"
	goes_on "$client" "$client_id" "$count" "... its client does not notice"
	is "$(locks "$2")" 0 "... nothing locks the connection there"
}

there_and_back() { # there_and_back KIND PORT: of criu's lock, of the client
	client_port=$2
	on alpha ip address add 10.67.0.9/24 dev eth0
	# shellcheck disable=SC2016 # of that shell
	pid=$(on alpha sh -c 'setsid perl -e "$1" </dev/null >/dev/null 2>&1 & echo $!' sh "$echo_server")
	on alpha "$TARGETS/waitfor" state "$pid" || bail_out "no server"
	perl -e "$asking_client" "$2" 2>client.log &
	client=$!
	disown
	waitfor state "$client" || bail_out "no client: $(cat client.log)"
	look_at "$client"
	client_id=$id
	move alpha beta "$1"
	move beta alpha "$1"
	kill "$client"
	on alpha kill -KILL "$pid" 2>/dev/null
	on alpha ip address del 10.67.0.9/24 dev eth0
}

if ! command -v nft >/dev/null; then
	skip "needs nft" 16
elif need_switch 10.67.0.1/24; then
	host_wire alpha 10.67.0.2/24
	host_wire beta 10.67.0.3/24
	there_and_back nftables 7001
	if command -v iptables >/dev/null; then there_and_back iptables 7002; else skip "needs iptables" 8; fi
else
	lacks "bridges and wires (bridge, veth): $(cat no-switch)" 16
fi
finish
