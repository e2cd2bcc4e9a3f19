#!/bin/bash
# shellcheck disable=SC2317 # at_end is called by name
# A tree goes on on another host, and comes back: with its TCP connections when its address goes with it, and with
# a recipe whose paths are others there. What the other host lacks is said, with how to name it.
# shellcheck source=own-net.sh
. "$(dirname "$0")/own-net.sh"
# shellcheck source=hosts.sh
. "$(dirname "$0")/hosts.sh"
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=memory.sh
. "$top/tests/memory.sh"
need_root
need_criu
need_net
at_end() { longest_pipe "$limit_before"; }

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
	use Socket; socket my $l, AF_INET, SOCK_STREAM, 0 or die; setsockopt $l, SOL_SOCKET, SO_REUSEADDR, 1;
	bind $l, pack_sockaddr_in 7000, inet_aton "10.67.0.9" or die;
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

# As a host does that takes over an address, which it announces (gratuitous ARP): else the client asks the other one, and
# learns after eight seconds only that nobody is there.
take_address() { # take_address HOST
	on "$1" ip address add 10.67.0.9/24 dev eth0
	ip neighbour flush to 10.67.0.9
}

# What comes for the address before the server is there would be answered by the host: there is no such connection.
move() { # move FROM TO KIND
	on_host_freeze "$1" "$3: freeze on $1" "$pid" tcp --network-lock "$3"
	on "$1" ip address del 10.67.0.9/24 dev eth0
	carry "$1" "$2" tcp
	on "$2" nft "add table inet closed; add chain inet closed input { type filter hook input priority -1; };
		add rule inet closed input ip daddr 10.67.0.9 drop"
	take_address "$2"
	on_host_thaw "$2" "... thaw on $2" tcp
	on "$2" nft delete table inet closed
	look_at "$client"
	goes_on "$client" "$client_id" "$count" "... its client does not notice"
	is "$(locks "$2")" 0 "... nothing locks the connection there"
}

there_and_back() { # there_and_back KIND PORT: of criu's lock, of the client
	client_port=$2
	take_address alpha
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

## The recipe

# With a private /tmp, a directory of the host's in another place, one that is a mount of the host's, and a log from
# outside.
# shellcheck disable=SC2016 # Perl's variables
service='
	open my $r, "<", "/dev/urandom" or die; sysread $r, my $id, 3; close $r; $id = unpack "H6", $id;
	open my $own, "+>", "/tmp/state" or die; open my $data, "+>>", "/mnt/data" or die;
	for (my $n = 1;; $n++) { sysseek $own, 0, 0; syswrite $own, "$id $n\n"; syswrite $data, "$id $n\n" if $n % 20 == 0;
		syswrite STDOUT, "$id $n\n" if $n % 20 == 0; $0 = "$id:$n"; select undef, undef, undef, 0.005 }'
on alpha mkdir /run/data /run/extra
on alpha mount -t tmpfs extra /run/extra
# shellcheck disable=SC2016 # of that shell
pid=$(on alpha sh -c 'cd / && setsid unshare --mount --propagation slave sh -c "
		mount --bind /run/data /mnt && mount -t tmpfs -o mode=700 private /tmp && exec perl -e \"\$1\"" sh "$1" \
		</dev/null >>/run/service.log 2>&1 & echo $!' sh "$service")
on alpha "$TARGETS/waitfor" state "$pid" || bail_out "no service: $(on alpha cat /run/service.log)"
IFS=: read -r service_id service_count < <(on alpha cat "/proc/$pid/comm")

service_goes_on() { # service_goes_on HOST LOG DATA: with $pid of that host
	local lines
	on "$1" "$TARGETS/waitfor" count "${pid:-0}" "$service_count"
	report $? "... it goes on"
	IFS=: read -r id service_count < <(on "$1" cat "/proc/${pid:-0}/comm")
	is "$id" "$service_id" "... it is the same"
	like "$(on "$1" cat "/proc/${pid:-0}/root/tmp/state")" "^$service_id " "... its private /tmp is there"
	lines=$(on "$1" grep -c "^$service_id" "$2")
	on "$1" "$TARGETS/waitfor" count "${pid:-0}" $((service_count + 45))
	[ "$(on "$1" grep -c "^$service_id" "$2")" -gt "$lines" ]
	report $? "... it writes to the log of $1"
	like "$(on "$1" tail -n 1 "$3")" "^$service_id " "... and to what is mounted there"
}

on alpha "$TARGETS/waitfor" count "$pid" $((service_count + 20)) || bail_out "the service has written no data"
on_host_freeze alpha "a service with mounts of its own: freeze on alpha" "$pid" "$SHARED/one"
dev() { on "$1" stat -c %d /run /tmp /proc; }
isnt "$(dev alpha)" "$(dev beta)" "beta has other device numbers"
order() { on "$1" awk '{ print $5 }' /proc/self/mountinfo; }
isnt "$(order alpha)" "$(order beta)" "... and another order of mounts"
key=$(sed -n 's,^mount at=/mnt .*key=\([^ ]*\) .*folder=/data.*,\1,p' "$SHARED/one/criu-ns.recipe")
file=$(sed -n 's,^file id=\([^ ]*\) path=/run/service.log .*,\1,p' "$SHARED/one/criu-ns.recipe")

fails_with 125 "thaw on beta: refused" on beta "$CRIU_NS" restore -d -D "$SHARED/one" -o restore.log --pidfile pid
is "$err" "criu-ns: cannot find /run/extra, which is to be mounted on /run/extra: No such file or directory; put it there, or name another: --external 'mnt[$(sed -n 's,^mount at=/run/extra .*key=\([^ ]*\) .*,\1,p' "$SHARED/one/criu-ns.recipe")]:PATH'
criu-ns: cannot find /run/data, which is to be mounted on /mnt: No such file or directory; put it there, or name another: --external 'mnt[$key]:PATH'
criu-ns: cannot find /run/service.log, which the process had open: No such file or directory; put it there, or give another: --inherit-fd 'fd[N]:file[$file]'" \
	"... all that is missing there, and how to name it"

on beta mkdir -p /run/extra /run/moved/data work
on beta touch /run/service.log
on beta chmod 600 /run/service.log
fails_with 125 "with another file in the place of the log: refused" on beta "$CRIU_NS" restore -d -D "$SHARED/one" \
	--external "mnt[$key]:/run/moved/data"
like "$err" "^criu-ns: /run/service.log .*0600.*0644" "... which, and why"

fails_with 125 "without a file that is in what has moved: refused" on beta "$CRIU_NS" restore -d -D "$SHARED/one" \
	--external "mnt[$key]:/run/moved/data" --inherit-fd "fd[0]:file[$file]"
like "$err" "^criu-ns: the file /run/moved/data/data \(.*\), which the tree had open or mapped, is gone; put it back$" \
	"... which, and where"
on alpha cat /run/data/data | on beta sh -c 'cat >/run/moved/data/data'

# Both name what has moved: the command line, and the recipe.
on beta rm /run/service.log
on beta touch /run/moved/log
on beta mount -o remount,bind,ro "$SHARED"
runs_ok "from a shared directory, read-only, with what has moved named: thaw on beta" on beta sh -c \
	'exec "$@" 7>>/run/moved/log' sh "$CRIU_NS" restore -d -D "$SHARED/one" -W work -o restore.log --pidfile pid \
	--external "mnt[$key]:/run/moved/data" --inherit-fd "fd[7]:file[$file]"
pid=$(on beta cat work/pid)
service_goes_on beta /run/moved/log /run/moved/data/data

on_host_freeze beta "... freeze on beta" "$pid" two
carry beta alpha two
on alpha mv /run/data /run/back
on beta cat /run/moved/data/data | on alpha sh -c 'cat >/run/back/data'
on alpha mv /run/service.log /run/back.log
on alpha grep -q 'folder=/moved/data' two/criu-ns.recipe
report $? "... the recipe has where it was there"
on alpha sed -i -e 's,folder=/moved/data,folder=/back,' \
	-e 's,path=/run/moved/log\(.*\) was=.*,path=/run/back.log\1,' two/criu-ns.recipe
on_host_thaw alpha "... thaw on alpha, with an edited recipe" two
service_goes_on alpha /run/back.log /run/back/data
on alpha kill -KILL "$pid"

## Memory that goes over the wire, and not with the images

checked() { # checked HOST NAME: process $pid there has come to each of its pages since
	local id count
	IFS=: read -r id count < <(on "$1" cat "/proc/${pid:-0}/comm")
	is "$id" "$pages_id" "$2: it goes on"
	on "$1" "$TARGETS/waitfor" count "${pid:-0}" $((count + 400))
	report $? "... all of its pages are there"
}

memory_by_wire() {
	local pages_id count server frozen
	# shellcheck disable=SC2016 # of that shell
	pid=$(on alpha sh -c 'setsid perl -e "$1" </dev/null >/dev/null 2>&1 & echo $!' sh "$pages")
	on alpha "$TARGETS/waitfor" state "$pid" || bail_out "no program with pages"
	IFS=: read -r pages_id count < <(on alpha cat "/proc/$pid/comm")
	on beta mkdir pages.there
	daemon page-server on beta "$CRIU_NS" page-server --address 10.67.0.3 --port 7100 -D pages.there -o ps.log
	on_host_freeze alpha "freeze on alpha, with a page server on beta" "$pid" pages --page-server --address 10.67.0.3 --port 7100
	ends "$daemon" "... which ends with it"
	is "$(on alpha find pages -name 'pages-*')" "" "... the pages are not among the images of alpha"
	carry alpha beta pages
	on beta sh -c 'mv pages.there/*.img pages'
	on_host_thaw beta "... thaw on beta" pages
	checked beta "... there"

	if ! "$CRIU_BINARY" check --feature uffd-noncoop >/dev/null 2>&1 || ! { longest_pipe 4194304 || has_long_pipes; }; then
		lacks "userfaultfd with events, and pipes as long as criu needs them to serve pages lazily" 8
		on beta kill -KILL "$pid"
		return
	fi
	on beta mkdir lazy
	daemon dump on beta "$CRIU_NS" dump -t "$pid" -D lazy -o dump.log --lazy-pages --address 10.67.0.3 --port 7102
	server=$daemon frozen=$pid
	on beta tar -c lazy | on alpha tar -x
	daemon lazy-pages on alpha "$CRIU_NS" lazy-pages -D lazy -o lazy.log --page-server --address 10.67.0.3 --port 7102
	on_host_thaw alpha "thaw on alpha, with the pages of a freeze on beta" lazy --lazy-pages
	checked alpha "... there"
	ends "$daemon" "... lazy-pages ends when all of it is there"
	ends "$server" "... and so does the freeze"
	! on beta test -e "/proc/$frozen"
	report $? "... with what was frozen"
	on alpha kill -KILL "$pid"
}

if ! command -v nft >/dev/null; then
	skip "needs nft" 31
elif need_switch 10.67.0.1/24; then
	host_wire alpha 10.67.0.2/24
	host_wire beta 10.67.0.3/24
	there_and_back nftables 7001
	if command -v iptables >/dev/null; then there_and_back iptables 7002; else skip "needs iptables" 8; fi
	memory_by_wire
else
	lacks "bridges and wires (bridge, veth): $(cat no-switch)" 31
fi
finish
