#!/bin/bash
# criu's network lock does not outlive a freeze that has failed; that of a frozen tree stays.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu
unshare -n true 2>/dev/null || skip_all "needs network namespaces"

unshare -n sleep 1000 &
net=$!
disown
waitfor_net() { # until it is in there
	local i
	for ((i = 0; i < 6000; i++)); do
		[ "$(readlink "/proc/$net/ns/net")" != "$(readlink /proc/self/ns/net)" ] && return
		pause 0.01
	done
}
waitfor_net
in_net() { nsenter -t "$net" -n "$@"; }
in_net ip link set lo up

# An identity and a count, as of the other targets; each step goes over a TCP connection of its own.
talker='use Socket; use POSIX; POSIX::setsid(); POSIX::close($_) for 3..255; open STDIN, "+</dev/null";
	open STDOUT, ">&STDIN"; open STDERR, ">&STDIN"; open my $r, "<", "/dev/urandom"; sysread $r, my $id, 3;
	close $r; $id = unpack "H6", $id; socket L, PF_INET, SOCK_STREAM, 0; socket C, PF_INET, SOCK_STREAM, 0;
	bind L, sockaddr_in(0, INADDR_LOOPBACK); listen L, 1; connect C, getsockname L; accept S, L; close L;
	for (my $n = 1;; $n++) { syswrite C, "x"; sysread S, my $x, 1; $0 = "$id:$n"; select undef, undef, undef, .005 }'
talk() { # starts one
	nsenter -t "$net" -n perl -e "$talker" &
	attend $!
}

# As action script, when all is saved and nothing gone.
cat >kill-criu <<'END'
#!/bin/sh
[ "$CRTOOLS_SCRIPT_ACTION" != post-dump ] || kill -KILL $PPID
END
chmod +x kill-criu

rules() { # what is there for criu
	in_net nft list ruleset 2>/dev/null | grep -iE 'c114|table inet CRIU'
}

with() { # with NAME OPTION...: a lock of that kind
	local kind=$1 first count_a first_a frozen
	shift
	talk
	first_a=$id
	mkdir "$kind.frozen" "$kind.killed"
	runs_ok "$kind: freeze a process with a connection" in_net "$CRIU_NS" dump -t "$pid" \
		-D "$kind.frozen" -o dump.log --tcp-established "$@"
	count_a=$count
	frozen=$(rules)
	isnt "$frozen" "" "... which is locked then"

	talk
	first=$id
	fails_with 137 "criu is killed in the freeze of another" in_net "$CRIU_NS" dump -t "$pid" \
		-D "$kind.killed" -o dump.log --tcp-established --action-script "$T/kill-criu" "$@"
	goes_on "$pid" "$first" "$count" "... which goes on, over its connection"
	is "$(rules)" "$frozen" "... the frozen one is locked as before, and nothing else"
	kill -KILL "$pid"

	runs_ok "thaw the first" in_net "$CRIU_NS" restore -d -D "$kind.frozen" -o restore.log --pidfile pid \
		--tcp-established "$@"
	pid=$(cat "$kind.frozen/pid")
	goes_on "${pid:-0}" "$first_a" "$count_a" "... it goes on, over its connection"
	is "$(rules)" "" "... nothing is locked any more"
	kill -KILL "$pid"
}

if ! command -v nft >/dev/null; then
	skip "no nft" 16
	finish
fi
with nftables --network-lock nftables
if command -v iptables >/dev/null; then
	with iptables
else
	skip "no iptables" 8
fi

# criu gives up because the shell of an iptables was killed, which goes on without it.
cp /bin/sleep iptables
cp /bin/sleep daemon
cat >fake-criu <<END
#!/bin/sh
for name in iptables daemon; do
	$T/\$name 1000 &
	until grep -qx \$name /proc/\$!/comm; do :; done
done
exit 1
END
chmod +x fake-criu
left() { # left NAME: how many with that name are left
	# shellcheck disable=SC2046 # numbers
	grep -lsx "$1" $(strays | sed 's,.*,/proc/&/comm,') | wc -l
}
start counter
mkdir gives-up
fails_with 1 "criu fails and leaves two processes" "$CRIU_NS" dump --criu-binary "$T/fake-criu" -t "$pid" \
	-D gives-up --tcp-established
is "$(left iptables)" 0 "... iptables is ended"
is "$(left daemon)" 1 "... what may be the user's is not"

# A network namespace of the target's own is locked as a whole.
printf '#!/bin/sh\nkill -KILL $$\n' >fake-criu
talk
mkdir apart
fails_with 137 "criu is killed in the freeze of a target with a network of its own" \
	"$CRIU_NS" dump --criu-binary "$T/fake-criu" -t "$pid" -D apart --tcp-established
like "$err" "may have locked its network: nsenter -t $pid -n (nft|iptables)" "... and it is said how to see that"
kill -KILL "$net"
end_strays
finish
