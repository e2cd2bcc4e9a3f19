#!/bin/bash
# --grown-files: a tree goes on in files that have grown since it was frozen, with nothing lost, and its images stay
# as they are. And: images of bare criu tell by themselves which options their thaw takes.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

# Writes a line to each of three logs, and reads one, whenever it gets a signal.
# shellcheck disable=SC2016
writer='
	$0 = "writer"; my $n = 0; chdir $ARGV[0] or die;
	open A, ">>", "append"; open B, "+>>", "both"; open C, ">", "out"; open D, "<", "both";
	for (*A, *B, *C) { select $_; $| = 1 } 
	sub line { $n++; print A "tree $n\n"; print B "tree $n\n"; print C "tree $n\n"; sysread D, $got, 4096; open R, ">", "read" and print R $got and close R;
		open S, ">", "said" and print S "$n\n" and close S }
	$SIG{USR1} = sub { $go = 1 }; line();
	while () { select undef, undef, undef, 0.01; line() if $go; $go = 0 }'

write_some() { # write_some DIR: starts it, and sets $pid
	mkdir -p "$1"
	setsid perl -e "$writer" "$T/$1" </dev/null >/dev/null 2>&1 &
	pid=$!
	disown
	waitfor file "$1/said"
}

says() { # says DIR NUMBER: it writes its line with that number
	local i
	kill -USR1 "$pid"
	for ((i = 0; i < 6000; i++)); do
		[ "$(cat "$1/said" 2>/dev/null)" = "$2" ] && return 0
		pause 0.01
	done
	return 1
}

end() {
	[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null
	[ -z "$pid" ] || waitfor exit "$pid"
	pid=
	settle 0
}

add() { # add DIR TEXT: as if another copy had run
	local file
	for file in append both out; do echo "$2" >>"$1/$file"; done
}

nothing_lost() { # nothing_lost DIR NAME LINE...: what is in all three
	local file wanted
	wanted=$(printf '%s\n' "${@:3}")
	for file in append both out; do
		is "$(cat "$1/$file")" "$wanted" "$2: $file"
	done
}

images_as_before() { # images_as_before DIR NAME
	is "$(cd "$1" && sha256sum files.img pstree.img inventory.img)" "$sums" "$2"
	! grep -q "$T/$1" /proc/self/mountinfo
	report $? "... and nothing is mounted on them"
}

write_some w
freeze "a process with logs: freeze" "$pid" images
dead "$pid" "... it is gone"
settle 0
sums=$(cd images && sha256sum files.img pstree.img inventory.img)
add w other
fails_with 125 "they have grown: refused" "$CRIU_NS" restore -d -D images --pidfile pid
is "$(grep -c 'add --grown-files, which goes on behind what has been added' <<<"$err")" 2 "... the option is offered for two of the three"
runs_ok "a dry run with --grown-files" "$CRIU_NS" restore --dry-run -D images --grown-files
like "$out" "^ - take $T/w/both as it is" "... tells of one"
like "$out" "^ - take $T/w/out as it is" "... and of the other"
thaw "thaw with --grown-files" images --grown-files
says w 2
report $? "... it goes on"
nothing_lost w "... nothing is lost" "tree 1" other "tree 2"
is "$(cat w/read)" "other
tree 2" "... who read the log goes on where it was"
images_as_before images "... the images are as before"
is "$(find "/proc/$pid/fd" -mindepth 1 | wc -l)" 7 "... the tree has no other descriptor than before"
! grep -q " $T\| /sys/fs/pstore \| /sys/kernel/config " <(grep -v '^[0-9]* [0-9]* [^ ]* / / ' "/proc/$pid/mountinfo" | grep -F tmpfs | grep files)
report $? "... nor another mount"

# It can be frozen again, and the next thaw needs nothing.
freeze "... freeze again" "$pid" again
dead "$pid" "... it is gone"
settle 0
thaw "... thaw, with the option though nothing has grown" again --grown-files
says w 3
report $? "... it goes on"
nothing_lost w "... nothing is lost" "tree 1" other "tree 2" "tree 3"
end

# A log that was open from outside of the tree's mounts, as that of a service or of `criu-ns run` is: criu gets it from us.
mkdir o
# shellcheck disable=SC2016
unshare -m --propagation slave setsid perl -e '$| = 1; my $n = 0; chdir $ARGV[0] or die;
	sub line { $n++; print "tree $n\n"; open S, ">", "said" and print S "$n\n" and close S }
	$SIG{USR1} = sub { $go = 1 }; line();
	while () { select undef, undef, undef, 0.01; line() if $go; $go = 0 }' "$T/o" </dev/null >outer 2>/dev/null &
pid=$!
disown
waitfor file o/said
freeze "a log from outside of its mounts: freeze" "$pid" outside
dead "$pid" "... it is gone"
settle 0
echo other >>outer
fails_with 125 "... it has grown: refused" "$CRIU_NS" restore -d -D outside --pidfile pid
like "$err" "^criu-ns: the file $T/outer has 13 bytes, but had 7 at the freeze; .* add --grown-files" "... by its name"
runs_ok "... a dry run with --grown-files" "$CRIU_NS" restore --dry-run -D outside --grown-files
like "$out" "^ - take $T/outer as it is" "... tells of it"
thaw "... thaw with --grown-files" outside --grown-files
says o 2
report $? "... it goes on"
is "$(cat outer)" "tree 1
other
tree 2" "... and nothing is lost"
end
truncate -s 3 outer
fails_with 125 "... it is shorter: refused" "$CRIU_NS" restore -d -D outside --grown-files
like "$err" "^criu-ns: the file $T/outer has 3 bytes, but had 7 at the freeze; put back what was there$" "... without the option as a way out"

# From the first images, in all the ways in which a thaw can be asked for.
rm -f images/pid
"$CRIU_NS" restore -S -d -D images -o restore.log --pidfile pid --grown-files
is $? 0 "as a sibling (-S): thaw"
pid=$(cat images/pid)
says w 2
report $? "... it goes on"
is "$(tail -n 1 w/out)" "tree 2" "... behind all others"
end

rm -f images/pid
"$CRIU_NS" restore -D images -o restore.log --pidfile pid --grown-files </dev/null &
criu_ns=$!
waitfor file images/pid
pid=$(cat images/pid)
says w 2
report $? "in the foreground: it goes on"
kill -KILL "$pid"
wait "$criu_ns"
settle 0

cp -r images elsewhere
rm -f elsewhere/pid
mkdir work
(cd elsewhere && "$CRIU_NS" restore -d -W ../work -o restore.log --pidfile pid --grown-files)
is $? 0 "from within the images, with a work directory: thaw"
pid=$(cat work/pid)
[ -e work/restore.log ] && [ ! -e elsewhere/pid ]
report $? "... which is used"
says w 2
report $? "... it goes on"
end

"$CRIU_NS" restore -D images -o restore.log --grown-files --exec-cmd -- sh -c 'echo runs >said; kill -KILL $(pgrep -x writer)'
is "$(cat images/said 2>&1)" runs "with --exec-cmd: the command runs"
settle 0

# Images of a pre-dump are found by a link that leads out of the directory.
if "$CRIU_BINARY" check --feature mem_dirty_track >/dev/null 2>&1; then
	write_some p
	mkdir pre full
	runs_ok "on top of a pre-dump: pre-dump" "$CRIU_NS" pre-dump -t "$pid" -D pre -o pre.log
	freeze "... freeze" "$pid" full --prev-images-dir ../pre --track-mem
	settle 0
	add p other
	thaw "... thaw" full --grown-files
	says p 2
	report $? "... it goes on"
	nothing_lost p "... nothing is lost" "tree 1" other "tree 2"
	end
else
	lacks "the kernel cannot track memory, so there are no pre-dumps" 7
fi

## What is refused all the same

# shellcheck disable=SC2016
mkdir m
setsid perl -e 'open A, "+>", "$ARGV[0]/data" or die; syswrite A, "0123456789"; sysseek A, 5, 0; open S, ">", "$ARGV[0]/said"; print S 1; close S; sleep 1 while 1' \
	"$T/m" </dev/null >/dev/null 2>&1 &
pid=$!
disown
waitfor file m/said
freeze "a file that was written in the middle: freeze" "$pid" images-m
settle 0
echo more >>m/data
fails_with 125 "it has grown: refused" "$CRIU_NS" restore --dry-run -D images-m --grown-files
is "$err" "criu-ns: the file $T/m/data has 15 bytes, but had 10 at the freeze; put back what was there; if it has only grown since: truncate -s 10 $T/m/data, which loses what has been added" \
	"... because it would be overwritten"
: >m/data
fails_with 125 "a file that has shrunk: refused" "$CRIU_NS" restore --dry-run -D images-m --grown-files

## Mounts of its own: a log of the host's, below one of its mounts

mkdir -p host private
# shellcheck disable=SC2016
own_start unshare -m --propagation slave setsid sh -c '
	mount -t tmpfs private "$1/private" && mkdir "$1/private/at" && mount --bind "$1/host" "$1/private/at" &&
		exec 5>"$1/private/at/log" && echo tree >&5 && exec perl -e "$2" "$1/private/state"' \
	sh "$T" "$own_keeper" </dev/null >log 2>&1
own_attend "$started"
first=$id
freeze "a service: freeze" "$pid" images-s
dead "$pid" "... it is gone"
settle 0
echo other >>host/log
fails_with 125 "its log has grown: refused" "$CRIU_NS" restore --dry-run -D images-s
thaw "... with --grown-files: thaw" images-s --grown-files
goes_on "${pid:-0}" "$first" "$count" "... it goes on"
is "$(sed -n 's/^pos:[[:space:]]*//p' "/proc/${pid:-0}/fdinfo/5")" 11 "... its log, at the end"
end

## Images of bare criu

# shellcheck disable=SC2016
setsid unshare --net perl -e '
	use Socket; use Fcntl ":flock"; system "ip", "link", "set", "lo", "up";
	open L, ">", "$ARGV[0]" or die; flock L, LOCK_EX or die; print L 1; L->flush;
	socket S, AF_INET, SOCK_STREAM, 0; bind S, pack_sockaddr_in 7001, INADDR_LOOPBACK or die; listen S, 5;
	socket C, AF_INET, SOCK_STREAM, 0; connect C, pack_sockaddr_in 7001, INADDR_LOOPBACK or die; accept A, S;
	open R, ">", "$ARGV[0].ready"; print R 1; close R; sleep 1 while 1' "$T/lock" </dev/null >/dev/null 2>&1 &
pid=$!
disown
waitfor file lock.ready
mkdir images-c
runs_ok "bare criu freezes a connection and a lock" "$CRIU_BINARY" dump -t "$pid" -D images-c -o dump.log --tcp-established --file-locks
settle 0
rm -f images-c/criu-ns.recipe
runs_ok "a dry run of the thaw" "$CRIU_NS" restore --dry-run -D images-c
like "$out" "^ - add --tcp-established" "... adds one option"
like "$out" "^ - add --file-locks" "... and the other"
runs_ok "... not with --as-given" "$CRIU_NS" restore --dry-run -D images-c --as-given
unlike "$out" "tcp-established|file-locks" "... which is criu's own behaviour"
thaw "... thaw" images-c
like "$(cat /proc/locks)" "FLOCK .* [0-9a-f]+:[0-9a-f]+:$(stat -c %i lock) " "... the lock is held"
end
finish
