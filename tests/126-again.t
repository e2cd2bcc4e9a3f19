#!/bin/bash
# criu fails for a cause that lasts a moment, and the tree runs on: criu-ns looks again, and freezes it, a few times at most.
# Of all other causes criu runs once.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

real=$CRIU_BINARY

# as_criu COMMAND...: what happens at each try, the number of which is $n, before criu begins, in its process. fail TEXT is a
# criu that says this and fails.
as_criu() {
	# shellcheck disable=SC2016 # for that shell
	printf '%s\n' '#!/bin/sh' "T=$T TARGETS=$TARGETS" '[ "$1" != --version ] || exec '"$real"' "$@"' \
		'for word; do [ "$last" != -o ] || log=$word; last=$word; done' \
		'case $log in /*) ;; *) log=$T/images/$log ;; esac' \
		'fail() {' \
		'	: >"$log"' \
		'	for text; do echo "(00.1) Error (criu/some.c:1): $text" >>"$log"; done' \
		'	echo "(00.2) Error (criu/cr-dump.c:1): Dumping FAILED." >>"$log"' \
		'	exit 1' \
		'}' \
		'echo >>"$T/tries"' 'n=$(wc -l <"$T/tries")' "$@" "exec $real \"\$@\"" >criu
	chmod +x criu
	export CRIU_BINARY=$T/criu
}

in_flight='inet: In-flight connection (l) for 6cd'

clean() {
	rm -rf images tries late
	mkdir images
}

tried() { # tried NUMBER NAME
	is "$(wc -l <tries)" "$1" "$2"
}

frozen_at_second() { # frozen_at_second NAME CAUSE: of what run ran
	report "$status" "$1"
	like "$err" "^criu-ns: try 1: process $pid \(.*\) could not be frozen, because $2.*; it runs on as before, and is frozen again$" \
		"... why it is tried again is said"
	tried 2 "... once"
}

end_target() {
	kill -KILL "$pid"
	waitfor exit "$pid"
}

## What criu has left of the first try

start counter
# shellcheck disable=SC2016 # for that shell
as_criu 'if [ $n = 1 ]; then' \
	'	cd "$T/images"; for name in core-99 pages-77 disk-5; do echo >$name.img; done' "	fail '$in_flight'" 'fi'
clean
echo old >images/core-98.img
touch -d '1 hour ago' images/core-98.img
run "$CRIU_NS" dump -t "$pid" -D images -o dump.log
frozen_at_second "criu fails at first" "a TCP connection was just being made \(criu: ${in_flight//[()]/.}\)"
unlike "$err" "could not freeze" "... nothing of a failure"
is "$(cd images && echo ./*-{5,77,98,99}.img)" "./disk-5.img ./*-77.img ./core-98.img ./*-99.img" \
	"... the images of the first try are gone, and no other file"
unlike "$(cat images/dump.log)" "In-flight" "... the log is that of the second"
dead "$pid" "... it is frozen"
thaw "... it is thawed" images
goes_on "${pid:-0}" "$id" "$count" "... and goes on"

# It is in a pid namespace of its own now, which criu-ns joins twice.
clean
run "$CRIU_NS" dump -t "$pid" -D images -o dump.log
frozen_at_second "below a pseudo-init" "a TCP connection"
dead "$pid" "... it is frozen"
thaw "... it is thawed" images
goes_on "${pid:-0}" "$id" "$count" "... and goes on"

for option in "" "-v0 -o dump.log" "-o -"; do
	clean
	# shellcheck disable=SC2086 # words
	run "$CRIU_NS" dump -t "$pid" -D images -R $option
	frozen_at_second "with ${option:-no log}" "a TCP connection"
	goes_on "$pid" "$id" "$count" "... and it goes on"
done

# shellcheck disable=SC2016 # for that shell
as_criu '[ $n != 1 ] || fail'
clean
run "$CRIU_NS" dump -t "$pid" -D images -o dump.log -R
frozen_at_second "criu fails and does not say why" "processes or threads came and went while criu stopped them"

end_target

## An end

start counter
# shellcheck disable=SC2016 # for that shell
as_criu 'until grep -q "^State:.S" "/proc/$PPID/status"; do :; done; ls "/proc/$PPID/fd" | wc -l >>"$T/held"' "fail '$in_flight'"
clean
fails_with 1 "criu always fails" "$CRIU_NS" dump -t "$pid" -D images -o dump.log
is "$(sed -n 5p held)" "$(sed -n 2p held)" "... no try leaves descriptors open"
is "$(grep -c '^criu-ns: try [1-4]: ' <<<"$err")" 4 "... which is said"
like "$err" "^criu-ns: criu could not freeze process $pid" "... and the end of it, too"
tried 5 "... five times"
goes_on "$pid" "$id" "$count" "... and it goes on"

# shellcheck disable=SC2016 # for that shell
as_criu 'case $* in *--tcp-established*--skip-in-flight*) ;; *)' "fail '$in_flight' ;; esac"
clean
runs_ok "there is such a connection at any moment" "$CRIU_NS" dump -t "$pid" -D images -o dump.log -R
tried 4 "... after three tries"
like "$err" "^criu-ns: note: connections that are not accepted yet when the tree is stopped will be closed: their clients" \
	"... criu is told to leave such connections out, and a note says so"
clean
fails_with 1 "... unless that is denied" "$CRIU_NS" dump -t "$pid" -D images -o dump.log --no-skip-in-flight
tried 5 "... then it is tried until the end"
unlike "$err" "note: connections" "... without such a note"

once() { # once NAME [OPTION...]: criu runs once only
	clean
	fails_with 1 "$1" "$CRIU_NS" dump -t "$pid" -D images -o dump.log "${@:2}"
	tried 1 "... once"
	unlike "$err" "criu-ns: try" "... nothing is said of tries"
	goes_on "$pid" "$id" "$count" "... and it goes on"
}

once "with --as-given" --as-given
once "with a script of the user's" --action-script /bin/true
once "with a page server" --page-server --address 127.0.0.1 --port 1
once "in a stream" --stream
# shellcheck disable=SC2016 # for that shell
as_criu 'kill -TERM $PPID' 'sleep 0.3' "fail '$in_flight'"
once "a signal has come"
like "$err" "got Terminated, but waits" "... which is said"
as_criu "fail 'inet: Unsupported proto 132 for socket 6cd'"
once "another cause"
as_criu "echo '(00.1) Warn  (compel/src/lib/infect.c:1): Unable to interrupt task: $pid (Operation not permitted)' >\"\$log\"" \
	"echo '(00.2) Error (criu/cr-dump.c:1): Dumping FAILED.' >>\"\$log\"" 'exit 1'
once "criu may not trace the process"
as_criu "fail 'Unseizable non-zombie 5 found, state D, err -1/10' 'inet: Unsupported proto 132 for socket 6cd'"
once "another cause, after what passes"
# shellcheck disable=SC2016 # for that shell
as_criu 'kill -KILL $$'
clean
fails_with 137 "criu is killed" "$CRIU_NS" dump -t "$pid" -D images -o dump.log
tried 1 "... once"

# Somebody else may get the number of a target that ends.
# shellcheck disable=SC2016 # for that shell
as_criu "(sleep 0.005; kill -KILL $pid) >/dev/null 2>&1 &" "fail '$in_flight'"
clean
run "$CRIU_NS" dump -t "$pid" -D images -o dump.log
isnt "$status" 0 "a target that ends between two tries"
dead "$pid" "... it is gone"

## criu's own words for what was done after the look, and an answer to it at the next one

# Who gets SIGUSR1 does it.
# shellcheck disable=SC2016 # of perl
go='use IO::Socket; use Fcntl; $SIG{USR1} = sub { eval $ENV{LATE}; print STDERR $@; open my $d, ">", "late"; print $d "done\n"; };'
# shellcheck disable=SC2016 # for that shell
as_criu 'if [ $n = 1 ]; then kill -USR1 "$(cat "$T/goer")" && "$TARGETS/waitfor" file "$T/late"; fi'

begin() { # begin CODE
	clean
	export LATE=$1
	own_start setsid perl -e "$go $own_keeper" </dev/null >/dev/null 2>said
	own_attend "$started"
	echo "$pid" >goer
}

late() { # late NAME CAUSE CODE
	begin "$3"
	run "$CRIU_NS" dump -t "$pid" -D images -o dump.log
	frozen_at_second "$1" "$2"
	is "$(cat said)" "" "... it was done"
	dead "$pid" "... it is frozen"
	thaw "... it is thawed" images
	goes_on "${pid:-0}" "$id" "$count" "... and goes on"
	end_target
}

# shellcheck disable=SC2016 # of perl
{
	listen='$l = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or die;'
	connect='$c = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $l->sockport) or die;'
	late "a connection" "a TCP connection has been made since the look" "$listen $connect \$a = \$l->accept"
	late "a connection that is not accepted" "a TCP connection was just being made" "$listen $connect"
	late "a lock" "a file has been locked since the look" 'open F, ">", "locked"; flock F, 2'
	late "a deleted file" "a file has been deleted since the look" \
		'open F, "+>", "deleted"; syswrite F, "x" x 2000000; unlink "deleted"'
	late "a deleted name" "a file has lost its name since the look" \
		'open F, "+>", "name"; link "name", "other"; unlink "name"'
	begin 'socket($s, AF_UNIX, SOCK_STREAM, 0); connect($s, pack_sockaddr_un("outside")) or die'
}

# What the next look sees may be refused.
# shellcheck disable=SC2016 # of perl
perl -e 'use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0); bind(S, pack_sockaddr_un("outside")) or die; listen S, 1; accept C, S; sleep 600' &
listener=$!
disown "$listener"
eventually test -S outside
run "$CRIU_NS" dump -t "$pid" -D images -o dump.log
is "$status" 125 "a connection to a process outside"
like "$err" "^criu-ns: try 1: .* because a connection to a unix socket outside of the tree has been made since the look" "... is tried again"
like "$err" "^criu-ns: descriptor [0-9]+ of process $pid \(.*\) is connected to .*outside of the tree" "... and refused"
tried 1 "... before criu runs"
goes_on "$pid" "$id" "$count" "... it goes on"
kill -KILL "$listener"
end_target
CRIU_BINARY=$real

## A tree that is at work all the time: nearly always, one of the five tries meets it in a state that criu can save

clean
own_start "$TARGETS/churn" tcp </dev/null >/dev/null 2>&1
own_attend "$started"
failed='' again=0
for ((i = 0; i < 20; i++)); do
	run "$CRIU_NS" dump -t "$pid" -D images -o dump.log -R || failed+="$err"$'\n'
	[[ $err != *"criu-ns: try 1"* ]] || again=$((again + 1))
done
say "tried again: $again of 20"
[ "$(grep -c "could not freeze" <<<"$failed")" -le 1 ]
report $? "a tree that connects to itself all the time is frozen 19 times of 20" "$failed"
freeze "it is frozen" "$pid" images
thaw "... and thawed" images
goes_on "${pid:-0}" "$id" "$count" "... and goes on"
[ -z "$pid" ] || kill -KILL -- -"$pid" "$pid"
finish
