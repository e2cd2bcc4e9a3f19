#!/bin/bash
# A process of the tree that goes into a namespace of its own after criu-ns has looked, and before criu stops it: criu
# finds it (generate_ns_id() in criu/namespaces.c), the freeze fails, and the tree goes on; but for one of networks.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu
[ "$(uname -m)" = x86_64 ] || skip_all "the number of unshare(2) is that of x86_64"

# The child of a counter calls unshare(2) when it gets SIGUSR1.
# shellcheck disable=SC2016 # of perl
child='if (!(my $child = fork)) {
		$SIG{USR1} = sub { open my $done, ">", "late"; print $done syscall(272, hex $ENV{LATE}), "\n"; };
		select undef, undef, undef, 1 while 1;
	}'

cat >script <<-END
	#!/bin/sh
	[ "\$CRTOOLS_SCRIPT_ACTION" = pre-dump ] || exit 0
	kill -USR1 \$(cat $T/child) && $TARGETS/waitfor file $T/late
END
chmod +x script

begin() { # begin FLAG
	rm -rf late images
	mkdir images
	export LATE=$1
	own_start setsid perl -e "$child $own_keeper" </dev/null >/dev/null 2>&1
	own_attend "$started"
	waitfor children "$pid" 1
	children_of "$pid" >child
}

late() { # late KIND FLAG
	begin "$2"
	fails_with 1 "$1" "$CRIU_NS" dump -t "$pid" -D images -o dump.log --action-script "$T/script"
	is "$(cat late)" 0 "... it went there"
	like "$err" "nested $1" "... and why is said"
	goes_on "$pid" "$id" "$count" "... it goes on"
	kill -KILL "$pid" "$(cat child)"
	waitfor exit "$pid"
}

late uts 4000000
late ipc 8000000
late cgroup 2000000

# Those of networks criu freezes, and thaws none of them (CLONE_SUBNS): the thaw says so.
begin 40000000
runs_ok "net: it is frozen" "$CRIU_NS" dump -t "$pid" -D images -o dump.log --action-script "$T/script"
run "$CRIU_NS" restore -d -D images -o restore.log
is "$status" 1 "... and not thawed"
like "$err" "a process of the tree had a namespace of its own that criu can freeze, but not thaw, which it made when the tree was already being frozen" \
	"... with the reason"
finish
