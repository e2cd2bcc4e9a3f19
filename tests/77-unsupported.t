#!/bin/bash
# What criu cannot save is refused before anything is stopped, all at once, each with process, descriptor, the
# cause and what to do. That criu really cannot is seen with --as-given; what it can save is not refused.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

# shellcheck disable=SC2317 # it is called by name
at_end() { # what mq_open(3) has made stays until it is removed
	unshare -m sh -c 'mount -t mqueue queues "$1" && rm -f "$1/criu-ns-test"' sh "$T/queues" 2>/dev/null
}

hold() { # hold WORD...: 77 if this kernel does not have it
	own_start "$TARGETS/holds" "$@" </dev/null >/dev/null 2>"$T/holds.err"
	until [[ $(cat "/proc/$started/comm" 2>/dev/null) =~ ^[0-9a-f]{6}: ]]; do
		if ! alive "$started"; then
			wait "$started" 2>/dev/null
			say "$*: $(cat "$T/holds.err")"
			return 77
		fi
		pause 0.01
	done
	attend "$started"
}

refused() { # refused REGEX WORD...
	hold "${@:2}" || {
		lacks "this kernel has no ${*:2}" 4
		return
	}
	mkdir -p none
	fails_with 125 "${*:2}: refused" "$CRIU_NS" dump -t "$pid" -D none -o dump.log
	like "$err" "^criu-ns: $1.*; [a-z].*" "... why, and what to do"
	is "$(ls -A none)" "" "... nothing is written"
	rm -rf bare
	mkdir bare
	run "$CRIU_NS" dump --as-given -t "$pid" -D bare -o dump.log
	[ "$status" = "${bare_status:-1}" ]
	report $? "... bare criu ends with ${bare_status:-1}, too" "got $status"
	kill -KILL "$pid" 2>/dev/null && waitfor exit "$pid"
}

fd() { # fd LINK: the subject of a refusal
	printf 'descriptor [0-9]+ of process [0-9]+ \\(%s\\)' "$1"
}

refused "$(fd 'anon_inode:\[io_uring\]') is an io_uring, which criu cannot save; .*UV_USE_IO_URING=0.*kernel" io_uring
refused "anon_inode:\[io_uring\], which process [0-9]+ has mapped, is an io_uring, which criu cannot save" io_uring-map
refused "$(fd 'anon_inode:\[userfaultfd\]') is a userfaultfd, which criu cannot save" userfaultfd
refused "$(fd '/secretmem \(deleted\)') is secret memory \(memfd_secret\), which not even criu can read" secret
refused "/secretmem \(deleted\), which process [0-9]+ has mapped, is secret memory" secret-map
refused "$(fd 'anon_inode:\[perf_event\]') is of a kind that criu cannot save" perf
refused "$(fd 'anon_inode:\[landlock-ruleset\]') is of a kind that criu cannot save" landlock
refused "$(fd 'anon_inode:\[fscontext\]') is of a kind that criu cannot save" fs-context
refused "$(fd 'anon_inode:kvm-vm') is of a kind that criu cannot save" kvm
refused "$(fd '.*pidfd.*') refers to a single thread \(PIDFD_THREAD\), which criu cannot save" pidfd-thread
refused "$(fd '.*pidfd.*') refers to process 1, which is outside of the tree, so a thaw would not find it" pidfd-of 1
refused "$(fd 'uts:\[[0-9]+\]') is a namespace that no process of the tree is in" other-ns uts
refused "$(fd 'anon_inode:\[timerfd\]') is a timer of a clock that wakes the machine up" alarm-timer
refused "$(fd 'anon_inode:\[eventpoll\]') watches a file that was descriptor [0-9]+ when it was added, and that process [0-9]+ has closed since" epoll-childs
refused "$(fd 'anon_inode:\[eventpoll\]') watches a file that was descriptor [0-9]+" epoll-strangers
mkfifo fifo
perl -MSocket -e 'socket my $s, AF_UNIX, SOCK_STREAM, 0 or die; bind $s, pack_sockaddr_un "socket" or die'
ln -s nowhere link
for of in fifo socket /dev/ptmx; do
	[[ $of == /* ]] || of=$T/$of
	refused "$(fd "$of") was opened with O_PATH, which criu saves only of files, directories and symbolic links" path-of "$of"
done
bare_status=0 refused "$(fd "pipe:\[[0-9]+\]") was opened with O_PATH, which criu saves only of" pipe-path
refused "$(fd "socket:\[[0-9]+\]") was opened with O_PATH, which criu saves only of" socket-path
refused "$(fd "pipe:\[[0-9]+\]") is a pipe in packet mode \(O_DIRECT\), which criu cannot save" packets
for of in link /dev/null; do
	[[ $of == /* ]] || of=$T/$of
	hold path-of "$of"
	freeze "... not of $of: freeze" "$pid" "path.${of##*/}" && thaw "... thaw" "path.${of##*/}"
	goes_on "${pid:-0}" "$id" "$count" "... it goes on"
	kill -KILL "$pid"
done

# A descriptor of the program that a task runs: criu would have the thaw open that with O_PATH, too, and the kernel refuses it.
path_flags() { # of the descriptor of $T/program
	local link
	for link in "/proc/$pid/fd"/*; do
		[[ $(readlink "$link") != "$T/program"* ]] || sed -n 's/^flags:\t//p' "/proc/$pid/fdinfo/${link##*/}"
	done
}
for program in there deleted; do
	cp "$TARGETS/holds" program
	own_start "$T/program" path-of "$T/program" </dev/null >/dev/null 2>&1
	attend "$started"
	[ $program = there ] || rm program
	opened=$(path_flags)
	like "$opened" "^01[0-9]{7}$" "O_PATH of the program that runs, $program: the descriptor"
	exe=$(readlink "/proc/$pid/exe")
	for cycle in 1 2 3; do
		freeze "... freeze $cycle" "$pid" "program.$program.$cycle" && thaw "... thaw $cycle" "program.$program.$cycle"
		goes_on "${pid:-0}" "$id" "$count" "... it goes on"
		is "$(path_flags)" "$opened" "... the descriptor is what it was"
		[ $program = deleted ] || is "$(readlink "/proc/${pid:-0}/exe")" "$exe" "... and so is the program"
	done
	kill -KILL "$pid" && waitfor exit "$pid"
done

refused "$(fd "/criu-ns-test") is a POSIX message queue, which criu cannot save" mqueue /criu-ns-test
mkdir queues
if mount -t mqueue queues queues; then # as systemd does
	refused "$(fd "/criu-ns-test") is a POSIX message queue, which criu cannot save" mqueue /criu-ns-test
	umount queues
fi

# System V shared memory of the caller's IPC namespace that a process outside has, too.
key=$((0x43000000 + $$))
hold sysv-of $key
outside=$pid
refused "/SYSV[0-9a-f]+ \(deleted\) \(segment [0-9]+\), which process [0-9]+ has mapped, is System V shared memory of the caller's IPC namespace, and processes outside of the tree have it, too" sysv-of $key
kill -KILL "$outside" && waitfor exit "$outside"
ipcrm -M $key
bare_status=125 refused "$(fd "/") was opened in another mount namespace" open-tree /etc
for device in loop0 hwrng loop-control vcs; do
	[ -e "/dev/$device" ] && break
done
refused "$(fd "/dev/$device") is a device, whose state criu cannot save" read "/dev/$device"
refused "$(fd "/dev/$device") is a device" path "/dev/$device"
for device in tty0 ttyS0; do # of the console in front; serial
	refused "$(fd "/dev/$device") is a serial line, or the console that is in front, which criu cannot save" read "/dev/$device"
done
refused "$(fd "/dev/net/tun") belongs to a tunnel in the caller's network namespace, which criu cannot save" read /dev/net/tun
refused "$(fd "/dev/fuse") serves a file system \(FUSE\), which criu cannot save" path /dev/fuse
grep -qa 'bpfmap: ' "$CRIU_BINARY" ||
	refused "$(fd 'anon_inode:bpf-map') is of a kind that criu cannot save" bpf-map
# This one criu freezes, and loses.
bare_status=0 refused "$(fd 'anon_inode:\[fanotify\]') watches whole file systems \(FAN_MARK_FILESYSTEM\), which criu does not save" fanotify-fs /

# A watch in a file system of the kernel's own, whose handles nobody can open.
refused "$(fd 'anon_inode:\[fanotify\]') watches a file \(inode $(stat -c %i /sys/kernel)\) in a file system \(sysfs\) in which criu finds no file by its handle" \
	fanotify /sys/kernel
if hold fanotify /sys/kernel; then
	freeze "... named by hand: freeze" "$pid" watch.sys --irmap-scan-path /sys/kernel
	thaw "... thaw" watch.sys
	goes_on "${pid:-0}" "$id" "$count" "... it goes on"
	like "$(cat "/proc/${pid:-0}"/fdinfo/*)" "^fanotify ino:$(stat -c '%i' /sys/kernel | xargs printf %x) " "... and watches the same"
	kill -KILL "$pid" && waitfor exit "$pid"
else
	lacks "no fanotify" 4
fi

# All at once, of each kind and process one; with the notes.
if hold io_uring io_uring userfaultfd pidfd-of 1 mqueue /criu-ns-test fanotify-fs / ghost "3000000:$T/g1" ghost "2000000:$T/g2"; then
	fails_with 125 "all at once: refused" "$CRIU_NS" dump --dry-run -t "$pid" -D none
	like "$err" "^criu-ns: note: descriptor [0-9]+ .*/g[12] \(deleted\)\) and 1 more have been deleted: their content \(5 MiB\)" \
		"... and what is only noted comes with it"
	dry=$err
	fails_with 125 "... without --dry-run, too" "$CRIU_NS" dump -t "$pid" -D none
	is "$err" "$dry" "... in the same words"
	for word in 'io_uring\]\) \(and 1 more like it\) is' userfaultfd 'process 1,' 'message queue' 'FAN_MARK_FILESYSTEM'; do
		like "$err" "$word" "... among them $word"
	done
	kill -KILL "$pid" && waitfor exit "$pid"
fi

# The switch of a program that is known.
if hold io_uring; then
	kill -KILL "$pid" && waitfor exit "$pid"
	# shellcheck disable=SC2016
	own_start perl -e '$0 = "node"; my $params = "\0" x 120; syscall(425, 8, $params) >= 0 or die; sleep 1000' \
		</dev/null >/dev/null 2>&1
	for ((i = 0; i < 6000; i++)); do
		[ -z "$(find "/proc/$started/fd" -lname "*io_uring*" 2>/dev/null)" ] || break
		pause 0.01
	done
	fails_with 125 "node with an io_uring: refused" "$CRIU_NS" dump --dry-run -t "$started" -D none
	like "$err" "start it after sysctl kernel.io_uring_disabled=2, or .* UV_USE_IO_URING=0" "... with its switch"
	kill -KILL "$started" && waitfor exit "$started"
fi

# A plugin may know what criu does not.
if hold userfaultfd; then
	mkdir -p plugins
	runs_ok "--libdir: a plugin may save it" "$CRIU_NS" dump --dry-run -t "$pid" -D none -L "$T/plugins"
	: >plugins/some.so
	runs_ok "... one that criu finds itself, too" env CRIU_LIBS_DIR="$T/plugins" "$CRIU_NS" dump --dry-run -t "$pid" -D none
	kill -KILL "$pid" && waitfor exit "$pid"
fi

# What criu can save goes round.
round() { # round NAME WORD...: three cycles
	local cycle first name=$1
	hold "${@:2}" || {
		lacks "this kernel does not have all of ${*:2}"
		return
	}
	first=$id
	for cycle in 1 2 3; do
		look_at "$pid"
		freeze "$name: freeze $cycle" "$pid" "$name.$cycle" || return
		thaw "... thaw $cycle" "$name.$cycle"
		[ -n "$pid" ] || return
		goes_on "$pid" "$first" "$count" "... it goes on"
	done
	kill -KILL "$pid" && waitfor exit "$pid"
}
round saved pidfd dead-proc epoll-moved epoll-shared signalfd aio sealed own-ns uts own-ns mnt read /dev/zero read /dev/urandom \
	path /dev/null map /dev/zero gone-cwd "$T/cwd" gone-dir "$T/dir"
round fanotify fanotify "$T"
mkdir tracing
if mount -t tracefs tracing tracing 2>/dev/null; then # criu leaves it out of its table of mounts
	round tracefs read "$T/tracing/tracing_on"
	umount tracing
else
	lacks "no tracefs" 9
fi

# System V shared memory goes on in an IPC namespace of its own, if it does not have one already.
three_sysv() { # three_sysv NAME FIRST-NOTE WORD...
	local cycle first=$id
	for cycle in 1 2 3; do
		look_at "$pid"
		freeze "$1: freeze $cycle" "$pid" "$1.$cycle" || return
		[ "$cycle" != 1 ] || like "$err" "$2" "... what it says"
		thaw "... thaw $cycle" "$1.$cycle"
		goes_on "${pid:-0}" "$first" "$count" "... it goes on"
		isnt "$(readlink "/proc/$pid/ns/ipc")" "$(readlink /proc/self/ns/ipc)" "... in an IPC namespace of its own"
	done
	kill -KILL "$pid" && waitfor exit "$pid"
}
own_start unshare --ipc "$TARGETS/holds" sysv </dev/null >/dev/null 2>&1
attend "$started"
three_sysv ipc '^$'
hold sysv
three_sysv sysv 'has System V shared memory .* in one of its own, where processes outside do not find it[^;]*$'
ipcs -m >segments
hold sysv-of $key sysv-of $((key + 1))
ids=$(ipcs -m | diff segments - | awk '$1 == ">" { printf " -m %s", $3 }')
runs_ok "System V shared memory: a freeze that leaves it running" "$CRIU_NS" dump -R -t "$pid" -D "$(mkdir -p left && echo left)" -o dump.log
unlike "$err" "ipcrm" "... nothing stays behind"
three_sysv sysv-of "; here it stays until: ipcrm$ids\$"
# shellcheck disable=SC2086 # words
runs_ok "... which is so" ipcrm $ids

# Above the descriptors of a process criu needs room for its own, of which its freeze knows nothing.
low=(bash) # a shell that cannot raise limits, and nor can what it starts
! capsh --has-p=cap_sys_resource 2>/dev/null || low=(capsh --drop=cap_sys_resource --)
# shellcheck disable=SC2317 # it is called by name
limited() { # limited COMMAND...: with a limit of 1000 that cannot be raised
	"${low[@]}" -c 'ulimit -n 1000 && exec "$@"' - "$@"
}
high() { # high NUMBER: sets $pid, which has only that descriptor beside its stdio; and no right that a thaw there lacks
	setsid "${low[@]}" -c "exec $1</dev/null; exec -a high sleep 1000" </dev/null >/dev/null 2>&1 &
	pid=$!
	disown "$pid"
	eventually grep -qs '^high' "/proc/$pid/cmdline"
}
high 864
for cycle in 1 2 3; do
	runs_ok "descriptor 864 of 1000: freeze $cycle" limited "$CRIU_NS" dump -t "$pid" -D "$(mkdir -p "high.$cycle" && echo "high.$cycle")" -o dump.log
	runs_ok "... thaw $cycle" limited "$CRIU_NS" restore -d -D "high.$cycle" -o restore.log --pidfile pid
	slurp pid "high.$cycle/pid"
	readlink "/proc/$pid/fd/864" >/dev/null
	report $? "... it has that descriptor"
done
kill -KILL "$pid"
high 865
mkdir high
fails_with 125 "descriptor 865 is refused" limited "$CRIU_NS" dump -t "$pid" -D high -o dump.log
like "$err" "descriptor 865 of process $pid \\(/dev/null\\) is too high: .* may be 1000, .*ulimit -Hn" "... why, and what to do"
freeze "... with a higher limit it can be frozen" "$pid" high
run limited "$CRIU_NS" restore -d -D high -o restore.log --pidfile pid
isnt "$status" 0 "... and then criu really cannot thaw it"
like "$err" "a descriptor with so high a number that criu has no room for its own: thaw with a higher limit" "... which is explained"
thaw "... with a higher limit it can" high
kill -KILL "$pid"

# The same with a process that has unmapped its vDSO; and criu has it round if what belongs to that has gone, too.
# shellcheck disable=SC2016 # for that perl
unmap='use POSIX; open my $maps, "<", "/proc/self/maps"; my @lines = <$maps>; close $maps; my $what = shift;
	for (@lines) { syscall((POSIX::uname())[4] eq "x86_64" ? 11 : 215, hex $1, hex($2) - hex $1) if /^(\w+)-(\w+) .*\[($what)\]/ }
	$0 = "unmapped"; POSIX::pause() while 1'
unmapped() { # unmapped REGEX: sets $pid
	setsid perl -e "$unmap" "$1" </dev/null >/dev/null 2>&1 &
	pid=$!
	disown "$pid"
	eventually grep -qsx unmapped "/proc/$pid/comm"
}
unmapped vdso
rm -rf vdso
mkdir vdso
fails_with 125 "a process without its vDSO is refused" "$CRIU_NS" dump -t "$pid" -D vdso -o dump.log
like "$err" "process $pid \\(unmapped\\) has unmapped its vDSO .*; end it" "... why, and what to do"
runs_ok "... criu freezes it" "$CRIU_BINARY" dump -t "$pid" -D vdso -o dump.log
fails_with 1 "... and cannot thaw it" "$CRIU_NS" restore -d -D vdso -o restore.log --pidfile pid
like "$err" "a process had unmapped its vDSO" "... which is explained"
unmapped 'vdso|vvar.*'
for cycle in 1 2 3; do
	freeze "without all of it: freeze $cycle" "$pid" "vdso.$cycle"
	thaw "... thaw $cycle" "vdso.$cycle"
done
kill -KILL "$pid"
finish
