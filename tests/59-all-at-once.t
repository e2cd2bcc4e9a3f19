#!/bin/bash
# A tree with several things that cannot be frozen: one attempt reports all of them, each with its process,
# descriptor, cause and remedy, and so does --dry-run.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

mkdir images
mkfifo ready
own_start setsid sleep 1000 </dev/null >/dev/null 2>&1
other=$started # lives outside of the tree

# An open file in the /proc of a process outside, a socket that signals it, and a child with a host name of its own.
own_start setsid sh -c 'exec 7<"/proc/$1/status"
	unshare --uts sh -c "exec 7<&-; echo >\"$2\"; exec sleep 1000" & read -r _ <"$2"
	exec perl -e "$3" "$1"' sh "$other" "$T/ready" '$^F = 99; use Socket;
	socketpair(my $s, my $t, AF_UNIX, SOCK_STREAM, 0) or die;
	fcntl($s, 8, 0 + shift @ARGV) or die "F_SETOWN: $!";'"$own_keeper" </dev/null >/dev/null 2>&1
own_attend "$started"
child=$(children_of "$pid")

tells_all() { # tells_all NAME: the last command did
	is "$(grep -c '^criu-ns: ' <<<"$err")" 3 "$1: three refusals"
	like "$err" "^criu-ns: descriptor 7 of process $pid \(/proc/$other/status\) .*; close it" "... the file"
	like "$err" "^criu-ns: descriptor [0-9]+ of process $pid \(socket:.*F_SETOWN.*; end that process" "... the socket"
	like "$err" "^criu-ns: process $child \(sleep\).* another UTS namespace.*; freeze it by itself" "... the child"
	is "$(ls -A images)" "" "... nothing is written"
	goes_on "$seen" "$id" "$count" "... the tree goes on"
}

fails_with 125 "refused" "$CRIU_NS" dump -t "$pid" -D images -o dump.log
tells_all "dump"
fails_with 125 "refused with --dry-run" "$CRIU_NS" dump --dry-run -t "$pid" -D images
tells_all "dump --dry-run"
fails_with 125 "... and in criu's own word" "$CRIU_NS" check -t "$pid"
tells_all "check -t"
runs_ok "check -t of one that can be frozen" "$CRIU_NS" check -t "$other"
like "$out" "criu .*dump .*-t $other" "... says how"

# What is not a matter of the tree comes with it.
fails_with 125 "refused" "$CRIU_NS" dump -t "$pid" -D nowhere -o dump.log
is "$(grep -c '^criu-ns: ' <<<"$err")" 4 "four refusals"
like "$err" "^criu-ns: cannot open the images directory nowhere" "... the directory"
kill -KILL "$pid" "$child" "$other"
finish
