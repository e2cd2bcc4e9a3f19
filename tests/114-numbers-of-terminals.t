#!/bin/bash
# Trees with both sides of a terminal (tmux, sshd, script...): criu gives the terminal the number that it had, which somebody
# else may have got meanwhile, or which may be too far above the first that is free. Such a tree gets a devpts of its own.
# shellcheck disable=SC2317 # functions that others call
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
# shellcheck source=terminals.sh
. "$top/tests/terminals.sh"
need_root
need_criu

# Nobody else's terminals are in here, so that numbers are what is expected.
mount -t devpts -o mode=620,ptmxmode=666 devpts /dev/pts || bail_out "no devpts"

# The state is shown by the program on the terminal; it answers what the other side, the root task, gets from a FIFO.
# shellcheck disable=SC2016 # Perl's variables
answer='$| = 1; open my $r, "<", "/dev/urandom" or die; sysread $r, my $id, 3; close $r; $id = unpack "H6", $id; $0 = "$id:0";
	while (<STDIN>) { chomp; $n++; print "$id $n $_\n"; $0 = "$id:$n" }'
mkfifo typed
exec 8<>typed

has_both() { # sets $pid to the root task, and $id: its terminal is /dev/pts/$number
	: >shown
	own_start setsid "$TARGETS/pty" perl -e "$answer" <>typed >>shown 2>&1
	own_attend "$started"
	is "$(readlink "/proc/$seen/fd/0")" "/dev/pts/$number" "a tree with both sides of /dev/pts/$number"
	said=0
}

answers() { # answers NAME: whoever is on its terminal
	said=$((said + 1))
	echo "hello $said" >&8
	eventually grep -q "^$id $said hello $said$" shown
	report $? "$1" "$(cat shown)"
}

taken() { # taken NUMBER: that many terminals, from 0 on; sets the array $takers
	local n
	takers=()
	for ((n = 0; n < $1; n++)); do eventually takes "$n" || bail_out "no terminal $n"; done
}

# The kernel gives a number away again a moment after the terminal has gone.
takes() { # takes NUMBER
	rm -f tty
	"$TARGETS/pty" sh -c 'tty >tty.new; mv tty.new tty; exec sleep 1000' </dev/null >/dev/null 2>&1 8>&- &
	takers+=($!)
	disown
	waitfor file tty
	[ "$(cat tty)" != "/dev/pts/$1" ] || return 0
	kill "${takers[-1]}"
	unset 'takers[-1]'
	return 1
}

free() { # ends the takers
	local n
	kill "${takers[@]}"
	for ((n = 0; n < ${#takers[@]}; n++)); do eventually [ ! -e "/dev/pts/$n" ] || bail_out "terminal $n stays"; done
}

devpts_of() { grep -c " / /dev/pts .* - devpts criu-ns " "/proc/$1/mountinfo"; }

three() { # three WHAT: cycles of $pid, with a devpts of its own
	local cycle
	for cycle in 1 2 3; do
		freeze "$1: freeze $cycle" "$pid" "$1.$cycle"
		[ "$cycle" != 1 ] || "$meanwhile"
		thaw "... thaw $cycle" "$1.$cycle"
		own_attend "$pid"
		is "$(devpts_of "$pid")" 1 "... its terminals are of a devpts of its own"
		is "$(readlink "/proc/$seen/fd/0")" "/dev/pts/$number" "... under the same number"
		answers "... it answers"
	done
	run "$CRIU_NS" dump --dry-run -t "$pid" -D .
	unlike "$out" "--external" "... which criu need not save"
}

number=0
has_both
answers "it answers"
freeze "nobody has the number: freeze" "$pid" plain
thaw "... thaw" plain
is "$(devpts_of "$pid")" 0 "... its terminal is the host's"
answers "... it answers"
meanwhile() { taken 1; }
meanwhile=meanwhile
three taken

# A clone beside it.
freeze "a clone: freeze, and go on" "$pid" clone -R
thaw "... thaw it beside it" clone
own_attend "$pid"
is "$(readlink "/proc/$seen/fd/0")" "/dev/pts/0" "... both have the same terminal, as they see it"
end_strays
free

# criu opens 32 at most to get one.
taken 40
number=40
has_both
meanwhile=free
three far
end_strays

# A daemon that is still on the terminal that it was started on, which is gone: criu makes that again, too.
new_terminal sh -c 'trap "" HUP; setsid perl -e "$1" <&- & wait' sh '
	open my $r, "<", "/dev/urandom" or die; sysread $r, my $id, 3; $id = unpack "H6", $id;
	for (my $n = 1;; $n++) { $0 = "$id:$n"; select undef, undef, undef, 0.01 }'
settled() { own_shown "$terminal"; }
eventually settled || bail_out "no daemon"
pid=$seen
outer=$(readlink "/proc/$pid/fd/1") number=${outer##*/}
look_at "$pid"
kill -KILL "$terminal"
eventually [ ! -e "$outer" ] || bail_out "$outer stays"
freeze "a daemon on $outer, which is gone: freeze" "$pid" hung
taken $((number + 1))
thaw "... thaw" hung
is "$(devpts_of "$pid")" 1 "... on one of a devpts of its own"
goes_on "$pid" "$id" "$count" "... it goes on"
freeze "... freeze again" "$pid" hung.2
thaw "... thaw" hung.2
goes_on "$pid" "$id" "$count" "... it goes on"
end_strays
free

# On a terminal whose other side is outside of the tree, too: the thaw makes that one, which must not get the number.
new_terminal "$TARGETS/pty" perl -e "$answer"
settled() { look_children "$terminal" && [ "${#children[@]}" = 1 ] && own_shown "${children[0]}"; }
eventually settled || bail_out "no tree on two terminals"
pid=${children[0]}
outer=$(readlink "/proc/$pid/fd/0") number=$(basename "$(readlink "/proc/$seen/fd/0")")
look_at "$seen"
isnt "$outer" "/dev/pts/$number" "a tree with one side of $outer, and both of /dev/pts/$number"
freeze "... freeze" "$pid" nested
wait "$terminal"
eventually [ ! -e "$outer" ] || bail_out "$outer stays"
taken $((number + 1))
new_terminal "$CRIU_NS" restore -D nested -o restore.log --pidfile pid
waitfor file nested/pid || bail_out "no thaw: $(cat nested/restore.log)"
pid=$(cat nested/pid)
own_attend "$pid"
is "$(devpts_of "$pid")" 1 "... thaw, in the foreground: its terminals are of a devpts of its own"
is "$(readlink "/proc/$seen/fd/0")" "/dev/pts/$number" "... under the same number"
isnt "$(readlink "/proc/$pid/fd/0")" "/dev/pts/$number" "... and the other one under another"
echo "hello" >&"$to"
hear "^$id 1 hello"
report $? "... what is typed reaches it"
freeze "... freeze again" "$pid" nested.2
thaw "... thaw, detached" nested.2
own_attend "$pid"
is "$(readlink "/proc/$seen/fd/0")" "/dev/pts/$number" "... under the same number"
end_strays
free

# The mounts of a tree that has some of its own have to come back as they were.
# shellcheck disable=SC2016 # of that shell
own_start unshare -m --propagation slave setsid sh -c 'mount -t tmpfs own /mnt && exec "$@"' sh \
	"$TARGETS/pty" perl -e "$answer" <>typed >/dev/null 2>&1
own_attend "$started"
number=$(basename "$(readlink "/proc/$seen/fd/0")")
freeze "mounts of its own: freeze" "$pid" own
taken $((number + 1))
fails_with 125 "... no thaw while another process has the number" "$CRIU_NS" restore -d -D own -o restore.log
is "$err" "criu-ns: the thaw makes the terminal /dev/pts/$number of the tree again, but another process has its number now; end the process that has it: fuser -v /dev/pts/$number" \
	"... which criu-ns says"
free
thaw "... thaw when it is free" own
finish
