#!/bin/bash
# An automounter's mount in the view of a tree, as systemd has one for binfmt_misc and whoever has x-systemd.automount in
# /etc/fstab, and which nobody has asked yet: neither a freeze nor a thaw asks it.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

# Asked, it mounts a tmpfs, and notes that. It has to be in the process group that the kernel does not let wait.
cat >automounter.pl <<'END'
use Fcntl;
my ($dir) = @ARGV;
$^F = 99; # what mount(8) gets
pipe my $from, my $to or die;
system("mount", "-t", "autofs", "-o", "fd=" . fileno($to) . ",pgrp=" . getpgrp . ",minproto=5,maxproto=5,direct", "auto", $dir) == 0
	or exit 1;
close $to;
sysopen my $root, $dir, O_RDONLY | O_DIRECTORY or die;
sub note { open my $file, ">>", $_[0] or die; print $file "$_[0]\n"; }
note("ready");
while (sysread $from, my $packet, 4096) {
	my $token = (unpack "i2 L", $packet)[2];
	note("asked");
	my $failed = system "mount", "-t", "tmpfs", "mounted", $dir;
	ioctl $root, $failed ? 0x9361 : 0x9360, $token; # AUTOFS_IOC_FAIL, AUTOFS_IOC_READY
}
END
mkdir -p host/auto own
: >asked
setsid perl automounter.pl "$T/host/auto" </dev/null >automounter.log 2>&1 &
automounter=$!
disown
waitfor file ready
if [ ! -e ready ]; then
	lacks "no autofs here: $(cat automounter.log)"
	finish
fi

at_auto() { # at_auto PID: the types of the mounts there
	sed -nE "s|.* $T/host/auto .* - ([^ ]*) .*|\1|p" "/proc/$1/mountinfo"
}

service() { # service DIR: with a tmpfs of its own there
	# shellcheck disable=SC2016 # of that shell
	own_start unshare -m --propagation slave setsid sh -c 'mount -t tmpfs own "$1" && exec perl -e "$2"' \
		sh "$T/$1" "$own_keeper" </dev/null >/dev/null 2>&1
	own_attend "$started"
}

service own
is "$(at_auto "$pid")" autofs "an automounter's mount in a view of the tree's own"
for cycle in 1 2 3; do
	first=$id
	look_at "$seen"
	freeze "freeze $cycle" "$pid" "$cycle"
	is "$(cat asked)" "" "... does not ask the automounter"
	thaw "thaw $cycle" "$cycle"
	is "$(cat asked)" "" "... does not ask it either"
	seen=$(own_seen "${pid:-0}")
	goes_on "${seen:-0}" "$first" "$count" "... it goes on"
	is "$(at_auto "${pid:-$$}")" autofs "... with that mount"
done

if on_host private; then
	lacks "mounts of a private host go nowhere"
	end_strays
else
	# Who is asked mounts it, and the tree gets it as before.
	runs_ok "somebody looks there" ls host/auto/
	is "$(cat asked)" asked "... which asks the automounter"
	is "$(at_auto "${pid:-$$}")" $'autofs\ntmpfs' "... and what it has mounted arrives in the tree"
	look_at "$seen"
	freeze "a freeze with both" "$pid" both
	thaw "... a thaw" both
	seen=$(own_seen "${pid:-0}")
	goes_on "${seen:-0}" "$first" "$count" "... it goes on"
	is "$(at_auto "${pid:-$$}" | tail -n 1)" tmpfs "... with what was mounted"

	# The mount below, which nobody sees, need not be autofs any more. The demo does not look at it: systemd makes a host
	# like this as soon as binfmt_misc is in use.
	runs_ok "demos/service on such a host" "$top/demos/service"

	# An automounter unmounts what nobody uses.
	look_at "$seen"
	freeze "frozen when it was mounted" "$pid" mounted
	umount host/auto
	thaw "... thawed when it is not" mounted
	is "$(grep -c asked asked)" 2 "... the automounter is asked"
	is "$err" "" "... which is not worth a word"
	seen=$(own_seen "${pid:-0}")
	goes_on "${seen:-0}" "$first" "$count" "... it goes on"
	is "$(at_auto "${pid:-$$}" | tail -n 1)" tmpfs "... with what was mounted"
	end_strays

	fails_with 125 "frozen when it was not mounted, thawed when it is" "$CRIU_NS" restore -d -D 3 -o restore.log --pidfile again
	like "$err" "/auto, is in a file system of type tmpfs now, but was in one of type autofs; unmount what its automounter has mounted there since, or" 	"... is refused, with what to do"
	umount host/auto
	thaw "... is thawed when that is done" 3
	is "$(at_auto "${pid:-$$}")" autofs "... with that mount"
	is "$(grep -c asked asked)" 2 "... and nobody asks the automounter"
	end_strays
fi
asked=$(grep -c asked asked)

service host
freeze "the tree has covered the automounter's mount: frozen" "$pid" covered
thaw "... thawed" covered
is "$(grep -c asked asked)" "$asked" "... and nobody asks the automounter"
is "$(at_auto "${pid:-$$}")" autofs "... which has its mount there"

end_strays
kill -KILL "$automounter"
umount -l host/auto
finish
