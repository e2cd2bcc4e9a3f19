#!/bin/bash
# Of a tree with many descriptors criu-ns asks copies, and no longer the way through its /proc; of very many, a child looks at
# a part. What it finds is the same: a tree has of each kind something that a freeze has to know of, and is looked at with
# nothing else, with 200 others, and with 2,000.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
# shellcheck source=silent.sh
. "$top/tests/silent.sh"
need_root
need_criu
ulimit -n 4096 || skip_all "needs 4096 descriptors"

own_start sleep 1000 </dev/null >/dev/null 2>&1
other=$started # whom a descriptor sends its signals to

# found NUMBER OTHER THING...: sets $found to what would be done or is refused, without the numbers, with so many more, of
# which every second one is closed again with GAPS=1
found() {
	rm -rf held
	mkdir held
	mkfifo held/fifo
	exec {outside}<>held/fifo
	echo unread >&"$outside"
	exec {lone}<> <(:)
	: >holds.err
	# shellcheck disable=SC2016 # for perl
	own_start setsid perl -e '
		use Socket;
		my ($n, $other) = splice @ARGV, 0, 2;
		my @more = map { open my $one, "<", "/etc/passwd" or die; $one } 1 .. $n;
		if ($ENV{GAPS} && $other) {
			open our $high, "<", "/proc/$other/stat" or die;
		}
		@more = map { $more[2 * $_] } 0 .. $#more / 2 if $ENV{GAPS};
		open my $full, "<", "held/fifo" or die;
		socketpair my $s, my $t, AF_UNIX, SOCK_STREAM, 0 or die;
		if ($other) {
			fcntl $s, 8, $other + 0 or die; # F_SETOWN
			open our $proc, "<", "/proc/$other/status" or die;
		}
		exec @ARGV if !fork;
		wait' "$1" "$2" "$TARGETS/holds" "${@:3}" </dev/null >"/proc/self/fd/$lone" 2>holds.err
	until own_shown "$started" && [ "$seen" ]; do
		alive "$started" || bail_out "no target: $(cat holds.err)"
		pause 0.01
	done
	run "$CRIU_NS" dump --dry-run -t "$started" -D .
	found=$(sed -E 's/[0-9]+/N/g' <<<"$out$err" | sort)
	kill -KILL "$started" "$seen" 2>/dev/null
	waitfor exit "$started"
	exec {outside}<&- {lone}<&-
}

same() { # same NAME OTHER THING...
	local few
	found 0 "${@:2}"
	few=$found
	found 200 "${@:2}"
	is "$found" "$few" "$1: the same among many"
	found 2000 "${@:2}"
	is "$found" "$few" "... among very many"
}

# The numbers of descriptors are guessed where there are many; some are not in use, and others are higher than there are
# descriptors.
with_gaps() {
	local few GAPS=1
	export GAPS
	found 0 "$other"
	few=$found
	for n in 400 2000; do
		found "$n" "$other"
		is "$found" "$few" "$n descriptors, then every second one closed: the same"
	done
	for what in FIFO F_SETOWN '/proc/N/stat)' /proc/N/status; do
		like "$found" "$what" "... $what"
	done
	export -n GAPS
}

all_kinds() {
	local lock
	for lock in flock posix-lock ofd-lock lease; do
		same "$lock" 0 "$lock" held/a
		like "$found" --file-locks "... --file-locks"
	done
	same options 0 linked held/e ghost 2000000:held/f replaced held/g path /etc/hostname read /dev/zero watch held own-ns uts signalfd
	for what in --link-remap --ghost-limit FIFO 'a pipe whose other end'; do
		like "$found" "$what" "... $what"
	done
	unlike "$found" --file-locks "... no --file-locks"
	same refusals "$other" gone-dir held/a other-ns uts mqueue /criu-ns-test pidfd-of 1
	for what in F_SETOWN 'message queue' 'no process of the tree is in' 'refers to process N' /proc/N/status; do
		like "$found" "$what" "... $what"
	done
}

all_kinds
with_gaps

# With a file system of FUSE, wherever it is, only what is known to be of no server is copied.
mkdir fs
fuse_device
if serves; then
	all_kinds
	unserve
else
	lacks "no file system in user space: $(cat server.log)" 26
fi
kill -KILL "$other"

# A thaw looks at the files in the same way. All that are not as they were are named: those that are gone, then those
# with another mode.
mkdir files images
setsid "$TARGETS/grown" descriptors 1000 "$T/files" </dev/null >ready 2>/dev/null &
pid=$!
disown "$pid"
waitfor file ready || bail_out "1,000 descriptors do not start"
freeze "1,000 files: freeze" "$pid" images
for file in 0 500 999; do
	chmod 0644 "files/$file"
done
rm files/1 files/501 files/998
fails_with 125 "... six have been changed" "$CRIU_NS" restore -d -D images --dry-run
is "$(grep -o "$T/files/[0-9]*" <<<"$err" | uniq)" "$(printf "$T/files/%s\n" 1 501 998 0 500 999)" "... they are named"
finish
