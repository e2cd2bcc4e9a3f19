#!/bin/bash
# A tree that goes on making connections within itself while it is looked at: whatever the look sees of one end only, of that
# no freeze is refused.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

# The parent connects to its child all the time, which closes its ends a little later.
# shellcheck disable=SC2016
busy='use Socket; use Time::HiRes "usleep";
	my $at = pack_sockaddr_un($ARGV[0]);
	socket(my $l, AF_UNIX, SOCK_STREAM, 0) or die; bind($l, $at) or die; listen($l, 64) or die;
	if (!fork) { while (1) { accept(my $c, $l) or die; push @c, $c; sysread $c, my $byte, 1; shift @c if @c > 3; } }
	$SIG{PIPE} = "IGNORE";
	for (my $n = 1;; $n++) {
		socket(my $s, AF_UNIX, SOCK_STREAM, 0); connect($s, $at); syswrite $s, "x"; $0 = "aaaaaa:$n" if $n % 64 == 0; usleep(300);
	}'
own_start setsid perl -e "$busy" "$T/socket" </dev/null >/dev/null 2>&1
own_attend "$started"

refused=''
for ((n = 0; n < 50; n++)); do
	run "$CRIU_NS" dump -t "$pid" -D . --dry-run || refused+="$err"$'\n'
done
is "$refused" "" "a tree whose processes connect to each other all the time: no look of 50 ends in a refusal"

run "$CRIU_NS" dump -t "$pid" -D . --dry-run --cut-peers
unlike "$out" "--external unix" "... and none of its connections is cut"
finish
