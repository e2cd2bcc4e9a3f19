# shellcheck shell=bash disable=SC2034 # $pages and $daemon are of the test
# Sourced after lib.sh by tests of memory that goes another way than into the images: a program whose memory is known, and
# page servers.

# 400 pages, each with a number of its own in it, that it checks one after the other while it counts.
# shellcheck disable=SC2016 # Perl's variables
pages='open my $r, "<", "/dev/urandom" or die; sysread $r, my $id, 3; close $r; $id = unpack "H6", $id;
	my $memory = join "", map { pack "N1024", ($_) x 1024 } 0 .. 399;
	for (my $n = 0;; $n++) {
		unpack("N", substr $memory, $n % 400 * 4096, 4) == $n % 400 or die "page " . $n % 400;
		$0 = "$id:$n";
		select undef, undef, undef, 0.002;
	}'

daemon() { # daemon NAME COMMAND...: one that says with a NUL on --status-fd that it is ready; sets $daemon
	local ready zero
	exec {ready}<> <(:)
	"${@:2}" --status-fd 5 5>"/proc/self/fd/$ready" >/dev/null 2>"$1.err" </dev/null &
	daemon=$!
	IFS= read -r -d '' -t 60 -u "$ready" zero
	report $? "criu-ns $1 is ready" "$zero" "$(cat "$1.err")"
	exec {ready}>&-
}

ends() { # ends PID NAME: with 0
	local status=0
	waitfor exit "$1" || kill "$1"
	wait "$1" || status=$?
	is "$status" 0 "$2"
}

# Which pipes a process without CAP_SYS_RESOURCE may have; a test sets it back at its end.
longest_pipe() { # longest_pipe BYTES
	[ "$(<"$limit")" = "$1" ] || echo "$1" >"$limit"
} 2>/dev/null
limit=/proc/sys/fs/pipe-max-size
limit_before=$(<"$limit")

# criu serves pages lazily through a pipe of 819 pages (pipe_read_dest_init() in criu/page-pipe.c).
has_long_pipes() { perl -e 'pipe R, W; exit !fcntl R, 1031, 819 * 4096'; }
