# shellcheck shell=bash disable=SC2034,SC2154
# Sourced after own.sh: a server on a unix socket outside of the tree (targets/listener), and a target that is connected
# to it. Servers are in run/, their logs beside that.

chmod 755 "$T"
mkdir run
serve() { # serve NAME [OPTION...]: a server at run/NAME, with its log NAME.log; sets $server
	rm -f "$T/$1.log"
	own_start setsid "$TARGETS/listener" "$T/$1.log" "$T/run/$1" "${@:2}" </dev/null >/dev/null 2>&1
	server=$started
	from=1
	logs "$1" "0 listens" || bail_out "no server: $(cat "$T/$1.log")"
	[ ! -S "run/$1" ] || chmod 666 "run/$1"
}

logs() { # logs NAME REGEX: waits until a line is in the log, from line $from on
	local i lines IFS=$'\n'
	for ((i = 0; i < 6000; i++)); do
		mapfile -s $((${from:-1} - 1)) -t lines 2>/dev/null <"$T/$1.log"
		matches "${lines[*]}" "^$2\$" && return
		pause 0.01
	done
	return 1
}

# A client: each of its two processes writes "ID N" through two descriptors of the same connection, and shows it.
# shellcheck disable=SC2016
client='use Socket; use Fcntl; $SIG{PIPE} = "IGNORE"; my ($to, $type, $code) = @ARGV;
	socket(my $s, AF_UNIX, $type eq "seqpacket" ? SOCK_SEQPACKET : SOCK_STREAM, 0) or die;
	connect($s, pack("Sa*", AF_UNIX, $to =~ /^@(.*)/ ? "\0$1" : $to)) or die "$to: $!";
	open my $twin, ">&", $s; eval $code; die $@ if $@;
	open my $r, "<", "/dev/urandom" or die; sysread $r, my $id, 3; close $r; $id = unpack "H6", $id;
	my $child = fork; my $who = $child ? "parent" : "child";
	for (my $n = 1;; $n++) {
		syswrite $n & 1 ? $s : $twin, "$who $id\n" if $n % 32 == 0;
		$0 = "$id:$n"; select undef, undef, undef, 0.005;
	}'

connect() { # connect NAME [TYPE [PERL [COMMAND...]]]: a client of that server
	own_start "${@:4}" setsid perl -e "$client" "${path-$T/run/$1}" "${2-}" "${3-}" </dev/null >/dev/null 2>&1
	own_attend "$started"
}

writes() { # writes NAME WHAT: both processes of the client write to the server, from line $from on
	logs "$1" "[0-9]+ parent $id" && logs "$1" "[0-9]+ child $id"
	report $? "$2" "$(tail -n 5 "$T/$1.log")"
}

next() { from=$(($(wc -l <"$T/$1.log") + 1)); } # next NAME: what is there now does not count any more

round() { # round NAME DIR SERVER [OPTION...]: freeze and thaw
	freeze "$1: freeze" "$pid" "$2" "${@:4}"
	logs "$3" "[0-9]+ end"
	next "$3"
	thaw "... thaw" "$2"
	seen=$pid
	goes_on "$pid" "$id" "$count" "... it goes on"
	writes "$3" "... both its processes write to the server"
	look_at "$pid"
}

stop() { # ends the client, and waits for its child
	# shellcheck disable=SC2046 # numbers
	kill -KILL -- "$pid" $(children_of "$pid") 2>/dev/null
	waitfor exit "$pid"
}
