#!/bin/bash
# Unix sockets that were renamed or linked after they had been bound, as supervisord does it, so that nobody finds them
# before they listen: criu knows only the first name. They are thawed with the name of today, three times.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

# HOW TYPE DIR: binds to DIR/tmp, and gives that the name DIR/sock; says its identity to clients, and what it has heard
server='use Socket; my ($how, $type, $dir) = @ARGV; my $stream = $type ne "dgram";
	socket S, AF_UNIX, $stream ? SOCK_STREAM : SOCK_DGRAM, 0; bind S, pack_sockaddr_un("$dir/tmp") or die;
	chmod 0620, "$dir/tmp"; chown 12, 34, "$dir/tmp";
	if ($how eq "link") { link "$dir/tmp", "$dir/sock" or die; unlink "$dir/tmp" } else { rename "$dir/tmp", "$dir/sock" or die }
	listen S, 5 if $stream; open my $r, "<", "/dev/urandom" or die; sysread $r, my $id, 3; close $r; $id = unpack "H6", $id;
	my ($a, $b); if ($stream) { socket A, AF_UNIX, SOCK_STREAM, 0; connect A, pack_sockaddr_un("$dir/sock") or die; accept B, S }
	my $heard = 0;
	for (my $n = 1;; $n++) { $0 = "$id:$n"; my $v = ""; vec($v, fileno S, 1) = 1;
		if ($stream) { syswrite A, "x"; sysread B, my $x, 1 or die } # a connection of its own
		next unless select $v, undef, undef, 0.01;
		if ($stream) { accept C, S; my ($name) = unpack_sockaddr_un(getsockname S); syswrite C, "$id $name\n"; close C }
		else { sysread S, my $x, 99; $n += 1000000 if $x eq "hello" } }'

serve() { # serve HOW TYPE DIR [COMMAND...]: sets $pid
	mkdir -p "$3"
	setsid "${@:4}" perl -e "$server" "$1" "$2" "$3" </dev/null >/dev/null 2>&1 &
	attend $!
}

asks() { # asks PATH
	perl -e 'use Socket; socket S, AF_UNIX, SOCK_STREAM, 0; connect S, pack_sockaddr_un($ARGV[0]) or do { print "$!\n"; exit }; print scalar <S>' "$1"
}

for how in link rename; do
	serve "$how" stream "$T/$how"
	first=$id
	is "$(asks "$T/$how/sock")" "$first $T/$how/tmp" "a server whose socket has another name than it was bound to ($how)"
	for cycle in 1 2 3; do
		look_at "$pid"
		freeze "cycle $cycle: freeze it" "$pid" "$how.$cycle"
		if [ "$cycle" = 1 ]; then
			like "$err" "^criu-ns: note: descriptor [0-9]+ of process $pid \(socket:\[[0-9]+\]\) was bound to $T/$how/tmp, but has the name $T/$how/sock now: a thaw binds it to that, which getsockname\(2\) gives then$" "... with a note"
			like "$(cat "$how.1/criu-ns.recipe")" "^name id=[0-9]+ now=$T/$how/sock mode=0620 owner=12:34$" "... the recipe has the name"
		fi
		dead "$pid" "... it is gone"
		is "$(asks "$T/$how/sock")" "Connection refused" "... nobody listens"
		thaw "... thaw it" "$how.$cycle"
		goes_on "$pid" "$first" "$count" "... it goes on, with a connection to itself"
		is "$(asks "$T/$how/sock")" "$first $T/$how/sock" "... clients find it"
		is "$(stat -c '%a %u %g' "$how/sock"), $(ls "$how")" "620 12 34, sock" "... the socket has its permissions, owner, and one name"
	done
	rm "$how.1/pid"
	fails_with 125 "somebody has that name: no thaw" "$CRIU_NS" restore -d -D "$how.1" -o restore.log --pidfile pid
	like "$err" "^criu-ns: the unix socket $T/$how/sock, which the tree had, now belongs to process $pid \($first:[0-9]+\), from which criu would take the name; end that first$" "... with the reason"
	kill -KILL "$pid" && waitfor exit "$pid"
	runs_ok "nobody has it: --dry-run" "$CRIU_NS" restore -d -D "$how.1" --dry-run
	like "$out" "^ - bind a unix socket of the tree to $T/$how/sock$" "... says what is done"
done

serve rename dgram "$T/dgram"
first=$id
for cycle in 1 2 3; do
	look_at "$pid"
	freeze "a socket for datagrams, cycle $cycle: freeze" "$pid" "dgram.$cycle"
	dead "$pid" "... it is gone"
	thaw "... thaw" "dgram.$cycle"
	goes_on "$pid" "$first" "$count" "... it goes on"
	perl -e 'use Socket; socket S, AF_UNIX, SOCK_DGRAM, 0; send S, "hello", 0, pack_sockaddr_un($ARGV[0]) or die "$!"' "$T/dgram/sock"
	goes_on "$pid" "$first" $((cycle * 1000000)) "... and hears what is sent to it"
done
kill -KILL "$pid" && waitfor exit "$pid"

# In a mount namespace of its own, where names are others: in its private directory, and in one of the host's.
own() { # own NAME HOW DIR COMMAND...: three cycles of the server in the namespace that COMMAND makes
	local name=$1 how=$2 dir=$3 first cycle
	shift 3
	setsid "$@" sh -c 'mkdir -p "$2" && exec perl -e "$0" "$1" stream "$2"' "$server" "$how" "$dir" </dev/null >/dev/null 2>&1 &
	attend $!
	first=$id
	for cycle in 1 2 3; do
		look_at "$pid"
		freeze "$name ($how), cycle $cycle: freeze it" "$pid" "$name.$how.$cycle"
		[ "$cycle" != 1 ] || like "$err" "^criu-ns: note: descriptor .* was bound to $dir/tmp, but has the name $dir/sock now" "... with a note"
		dead "$pid" "... it is gone"
		thaw "... thaw it" "$name.$how.$cycle"
		goes_on "$pid" "$first" "$count" "... it goes on"
		# From outside: asks() must not need anything of what is in there.
		is "$(cd "/proc/$pid/root/$dir" && asks sock)" "$first $dir/sock" "... clients find it"
		is "$(cd "/proc/$pid/root/$dir" && stat -c %a sock && ls)" "$(printf '620\nsock')" "... the socket has its permissions, and one name"
	done
	kill -KILL "$pid" && waitfor exit "$pid"
}

# shellcheck disable=SC2016 # for that sh
private=(unshare -m --propagation private sh -c 'mount -t tmpfs own /mnt && exec "$@"' sh)
for how in link rename; do
	own private "$how" /mnt/of/server "${private[@]}"
	own host "$how" "$T/own.$how" "${private[@]}"
done

# In a tree with several mount namespaces: of its root task; of the other one in a directory of the host's, and in one that is
# private to it, and that the root task has, too.
cat >two <<'END'
hidden=$1 who=$2
shift 2
rest() { if [ "$who" = "$1" ]; then shift && exec "$@"; else exec sleep 1000; fi }
export -f rest
export hidden who
unshare -m --propagation private bash -c 'mount -t tmpfs own "$hidden" && mkdir "$hidden/of" && rest inner "$@"' bash "$@" &
rest root "$@"
END

two() { # two WHO HOW DIR: three cycles; WHO (root, inner) has renamed its socket in DIR
	local who=$1 how=$2 dir=$3 first cycle served
	mkdir -p "$T/hidden/of" "$dir"
	setsid bash two "$T/hidden" "$who" perl -e "$server" "$how" stream "$dir" </dev/null >/dev/null 2>&1 &
	pid=$!
	disown "$pid"
	waitfor children "$pid" 1
	served=$pid
	[ "$who" = root ] || served=$(children_of "$pid")
	waitfor state "$served"
	look_at "$served"
	first=$id
	for cycle in 1 2 3; do
		freeze "$who of two ($how, $dir), cycle $cycle: freeze it" "$pid" "two.$cycle"
		[ "$cycle" != 1 ] || like "$err" "was bound to $dir/tmp, but has the name $dir/sock now" "... with a note"
		thaw "... thaw it" "two.$cycle"
		served=$pid
		[ "$who" = root ] || served=$(children_of "$pid")
		is "$(cd "/proc/$served/root/$dir" && asks sock)" "$first $dir/sock" "... clients find it"
		is "$(cd "/proc/$served/root/$dir" && stat -c %a sock && ls)" "$(printf '620\nsock')" "... the socket has its permissions, and one name"
	done
	end_strays
	is "$(ls "$T/hidden/of")" "" "... and nothing is in the other place"
	rm -rf two.? "$dir"
}
for how in link rename; do
	two root "$how" "$T/two.dir"
	two inner "$how" "$T/two.dir"
	two inner "$how" "$T/hidden/of"
done
finish
