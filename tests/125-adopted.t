#!/bin/bash
# A process that has adopted a daemon of another session (PR_SET_CHILD_SUBREAPER) has it still after a thaw, so that the
# next freeze takes it along. What criu could freeze, and not thaw, is refused.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

# family HOW: a tree with a daemon that is in a session which neither it nor its parent leads:
#   dead     the root task has adopted it, and the leader has ended
#   living   the leader, another child, is there
#   early    nobody has adopted it: it was born before the root task left that session, which has a leader of its own, because
#            that of the tests may be outside of the pid namespace, and then the tree is refused
#   below    dead, and a child of the root task has adopted it
#   beside   living, and a child of the root task has adopted it
cat >family <<'END'
use POSIX;
my $how = shift;
$SIG{USR1} = sub {
	my $is = pack "i", -1;
	syscall((POSIX::uname())[4] eq "x86_64" ? 157 : 167, 37, $is, 0, 0, 0);
	open my $told, ">", "told" or die;
	print $told unpack("i", $is), "\n";
};
sub rest { $0 = shift; sleep 1 while 1 }
sub adopts { my @got = syscall((POSIX::uname())[4] eq "x86_64" ? 157 : 167, 36, shift, 0, 0, 0); $got[0] == 0 or die }
if ($how eq "early") {
	POSIX::setsid();
	rest "outside" if fork;
	fork or rest "daemon";
	POSIX::setsid();
	rest "root";
}
POSIX::setsid();
rest "root" if $how =~ /^be/ && fork;
adopts 1;
if (!fork) {
	POSIX::setsid();
	if (!fork) {
		fork or rest "daemon";
		exit;
	}
	wait;
	exit if $how =~ /dead|below/;
	rest "leader";
}
wait if $how =~ /dead|below/;
rest $how =~ /^be/ ? "adopter" : "root";
END

tree() { # tree PID [PARENT]: its processes, each with its parent, and whether it leads a session
	local child name
	read -r name <"/proc/$1/comm"
	[ "$(ps -o sid= -p "$1" | tr -d ' ')" != "$1" ] || name="$name (leads)"
	echo "${2:+${2% (leads)} > }$name"
	for child in $(children_of "$1"); do tree "$child" "$name"; done
}

is_tree() { # is_tree PID WANTED
	[ "$(tree "$1" 2>/dev/null | LC_ALL=C sort | paste -sd,)" = "$2" ]
}

declare -A wanted=(
	[dead]='root (leads),root > daemon'
	[living]='root (leads),root > daemon,root > leader (leads)'
	[early]='root (leads),root > daemon'
	[below]='adopter > daemon,root (leads),root > adopter'
	[beside]='adopter > daemon,adopter > leader (leads),root (leads),root > adopter'
)

new_family() { # new_family HOW: sets $pid
	perl family "$1" </dev/null >/dev/null 2>&1 &
	pid=$!
	disown "$pid"
	if [ "$1" = early ]; then
		waitfor children "$pid" 1
		pid=$(children_of "$pid")
	fi
	eventually is_tree "$pid" "${wanted[$1]}"
	report $? "a tree ($1)" "$(tree "$pid")"
}

for how in dead living early; do
	new_family "$how"
	for cycle in 1 2 3; do
		rm -rf images
		freeze "cycle $cycle: freeze it ($how)" "$pid" images
		is "$err" "" "... with nothing to be said"
		thaw "... thaw it" images
		is "$err" "" "... with nothing to be said"
		is "$(tree "$pid" | LC_ALL=C sort | paste -sd,)" "${wanted[$how]}" "... it is the same tree"
	done
	adopts=1
	[ "$how" != early ] || adopts=0
	rm -f told
	kill -USR1 "$pid"
	waitfor file told
	is "$(cat told)" "$adopts" "... and adopts as before"
	end_strays
done

# criu itself traces the root task then, mostly before we do.
new_family dead
rm -rf images
freeze "freeze one again" "$pid" images
thaw "... thaw it with -S" images -S
if [ -z "$err" ]; then
	is "$(tree "$pid" | LC_ALL=C sort | paste -sd,)" "${wanted[dead]}" "... nothing is said, and it is the same tree"
else
	like "$err" "^criu-ns: process [0-9]+ is a child of the pseudo-init now, .*: cannot trace process [0-9]+: Operation not permitted$" \
		"... it is said what becomes of the daemon"
	is "$(tree "$pid")" "root (leads)" "... and so it is"
fi
end_strays
thaw "thaw it --as-given" images --as-given
is "$err" "" "... then nobody cares"
is "$(tree "$pid")" "root (leads)" "... about the daemon"
end_strays

# An init gets all orphans anyway.
unshare -p -f --mount-proc -m perl family dead </dev/null >/dev/null 2>&1 &
wrapper=$!
disown "$wrapper"
waitfor children "$wrapper" 1
pid=$(children_of "$wrapper")
eventually is_tree "$pid" "${wanted[dead]}"
runs_ok "look at one that is the init" "$CRIU_NS" dump --dry-run -t "$pid" -D "$T"
rm -rf images
freeze "... freeze it" "$pid" images
runs_ok "... look at its thaw" "$CRIU_NS" restore --dry-run -D images
unlike "$out" "adopt" "... in which nothing is done about that"
thaw "... thaw it" images
is_tree "$pid" "${wanted[dead]}"
report $? "... it is the same tree" "$(tree "$pid")"
end_strays

# With another root task criu gives up, and there the tree runs on.
for how in below beside; do
	new_family "$how"
	adopter=$(pgrep -P "$pid" -x adopter)
	daemon=$(pgrep -P "$adopter" -x daemon)
	rm -rf images
	fails_with 125 "one that a process below the root task has adopted ($how)" "$CRIU_NS" dump -t "$pid" -D "$T" -o dump.log
	like "$err" "process $daemon \\(daemon\\) is in another session than the processes above it, .* process $adopter \\(adopter\\), has adopted it .*freeze the tree of that one \\(-t $adopter\\)" \
		"... is refused"
	is_tree "$pid" "${wanted[$how]}"
	report $? "... the tree runs on" "$(tree "$pid")"
	freeze "... the tree of that one" "$adopter" images -j
	thaw "... can be thawed" images
	like "$(tree "$pid")" "^adopter > daemon$" "... and is the same"
	end_strays
done

finish
