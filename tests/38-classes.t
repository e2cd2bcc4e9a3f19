#!/bin/bash
# Every class of failure that users of criu have reported, by its number in the list that was made of them: with no option
# given, it works, is refused before anything is stopped, or is explained afterwards, with what to do; criu's words never
# stand alone. Most are tested elsewhere: then only that the test is there. What no other test has is tried here.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

## Where each class is tested

classes='' lost=''

class() { # class NUMBER WHAT OUTCOME TEST REGEX: the test has a line like this
	classes+="$1 "
	[[ " works refused explained " == *" $3 "* ]] && grep -qE -e "$5" "$top/tests/$4" ||
		lost+="$1 ($2): $4 has no line like /$5/"$'\n'
}
here() { class "$1" "$2" "$3" "${0##*/}" "^## $1[^0-9]"; }

class 1 "a pid of the images is in use" works 15-lowpids.t 'thaw "cycle'
here 2 "the session's number is a pid of the images" works
class 3 "a session outside of the pid namespace" refused 90-own-session.t 'it is refused'
class 4 "a terminal of a shell outside" works 82-terminals.t 'Found slave peer index'
class 5 "a shell job, and no terminal at the thaw" works 82-terminals.t 'where there is no terminal'
class 6 "a terminal whose other side somebody else holds" works 82-terminals.t 'a daemon holds a terminal'
class 7 "a new session without its terminal" works 17-shelljob.t 'thaw it with -j in the foreground'
class 8 "other trouble with terminals" works 97-consoles.t runc_on_terminal
class 9 "a file from another mount namespace" works 32-own-cycles.t 'log from outside'
class 10 "slaves of mounts outside" works 32-own-cycles.t 'systemd-like service'
class 11 "a bind of what is outside" works 32-own-cycles.t 'systemd-like service'
class 12 "a file system that criu cannot save" refused 36-own-refused.t '"FUSE" "'
class 13 "--external without effect" works 34-by-hand.t 'named by hand'
class 14 "a file has grown" refused 91-before-thaw.t '"files have another size"'
class 15 "a file has been replaced" refused 91-before-thaw.t 'another build of it'
class 16 "a file is gone" refused 91-before-thaw.t '"files are gone"'
class 17 "a large deleted file" works 76-file-options.t 'add --ghost-limit'
class 18 "a deleted file cannot be made again" refused 91-before-thaw.t 'a deleted file cannot be made again'
class 19 "a file that has lost this name" works 76-file-options.t 'add --link-remap'
class 20 "locks" works 76-file-options.t 'has a lease'
class 21 "watches in an overlay" works 76-file-options.t 'watches in an overlay'
here 22 "btrfs" explained
class 23 "TCP connections" works 74-sockets.t '^three_cycles|established'
class 24 "connections that nobody has accepted" works 74-sockets.t 'backlog|accepted'
class 25 "addresses and ports that are taken" refused 92-thaw-sockets.t 'the address is gone'
class 26 "a stream to a process outside" refused 79-reconnect.t '^refused '
class 27 "datagrams to a process outside" works 74-sockets.t 'datagram'
class 28 "sockets that criu lacks" refused 75-sockets-refused.t 'MPTCP'
class 29 "packet filters" works 43-network-lock.t 'iptables'
class 30 "many thaws at once" works 14-clones.t 'clones=20'
class 31 "namespaces of a part of the tree" refused 51-namespaces-apart.t 'a child with a namespace of its own'
class 32 "a tree without the init of its pid namespace" works 11-cycles.t 'thaw "cycle'
here 33 "namespaces of another user namespace" refused
class 34 "a traced process" refused 89-tasks.t 'is being traced by'
class 35 "seccomp that may not be suspended" refused 89-tasks.t 'has seccomp filters'
here 36 "security modules" refused
here 37 "control groups" explained
class 38 "not root" refused 26-capabilities.t 'refused|capabilit'
here 39 "a kernel that lacks what criu needs" explained
here 40 "/proc/sys is read-only" works
here 41 "restartable sequences" explained
here 42 "a criu too old for the kernel" explained
here 43 "another processor" explained
class 44 "devices" refused 77-unsupported.t 'is a device'
class 45 "io_uring" refused 77-unsupported.t 'is an io_uring'
class 46 "userfaultfd" refused 77-unsupported.t 'is a userfaultfd'
class 47 "System V shared memory of the host's" works 77-unsupported.t 'three_sysv sysv'
class 48 "a task that cannot be stopped" refused 89-tasks.t 'state D'
here 49 "binfmt_misc" works
class 50 "uprobes and secret memory" works 78-covered.t 'uprobes: freeze'
here 51 "criu's cache of what the kernel can do" works
class 52 "success without images" refused 40-freeze-ends.t 'left no images'
class 53 "a thaw that waits" refused 94-locks-taken.t 'refused'

is "$classes" "$(seq -s ' ' 53) " "each class has a row"
is "$lost" "" "... and what tests it is there"

## The others

end() {
	kill -KILL "$pid" 2>/dev/null && waitfor exit "$pid"
	end_strays
}

refused() { # refused NAME REGEX: the tree of $pid
	mkdir -p never
	look_at "$pid"
	fails_with 125 "$1: refused" "$CRIU_NS" dump -t "$pid" -D never -o dump.log
	like "$err" "^criu-ns: .*$2" "... why, and what to do"
	goes_on "$pid" "$id" "$count" "... it goes on"
}

round() { # round NAME PID: three cycles with no option
	local cycle first dir
	attend "$2"
	first=$id
	for cycle in 1 2 3; do
		dir=round.$tests
		look_at "$pid"
		freeze "$1: freeze $cycle" "$pid" "$dir" || return
		thaw "... thaw $cycle" "$dir"
		[ -n "$pid" ] || return
		goes_on "$pid" "$first" "$count" "... it goes on"
	done
}

# A criu that says this and fails: what follows in criu-ns's own words.
start counter
target=$pid
mkdir explained
cat >replay <<'END2'
#!/bin/bash
while [ $# -gt 0 ]; do
	[ "$1" != -o ] || out=$2
	shift
done
cat words >>"${out:-/dev/stderr}"
exit 1
END2
sed -i "s,cat words,cat $T/words," replay
chmod +x replay
explained() { # explained NUMBER MESSAGE REGEX
	printf '%s (criu/x.c:1): %s\n' "${said-Error}" "$2" >words
	fails_with 1 "class $1: criu fails" "$CRIU_NS" --criu-binary "$T/replay" dump -t "$target" -D explained
	like "$err" "^criu-ns: .*$3" "... and what to do is said"
}

## 2: the session's number is a pid of the images
cat >inner <<'END2'
"$TARGETS/counter" </dev/null >/dev/null 2>&1 &
target=$!
"$TARGETS/waitfor" state $target
"$CRIU_NS" dump -t $target -D images.sid -o dump.log || exit 3
exec setsid -w "$CRIU_NS" restore -d -D images.sid -o restore.log --pidfile pid
END2
mkdir images.sid
runs_ok "a thaw in a pid namespace in which its own numbers are those of the images" \
	unshare -p -f --mount-proc --propagation slave bash -c '. ./inner; [ -e images.sid/pid ]'
end_strays

## 22: btrfs
said='Warn ' explained 22 "The file system 0x1c 0x1c (0x2d) btrfs /data is inaccessible" "subvolume of btrfs"

## 33: namespaces of another user namespace
if unshare -U true 2>/dev/null; then
	for kind in net ipc uts; do
		own_start unshare "--$kind" unshare -U -r -p -f -m --mount-proc "$TARGETS/counter" </dev/null >/dev/null 2>&1
		waitfor children "$started" 1
		attend "$(children_of "$started")"
		refused "a sandbox in the ${kind^^} namespace of somebody else" \
			"process $pid .* namespace belongs to another user namespace .*nsenter --$kind=/proc/$pid/ns/$kind"
		[ "$kind" != uts ] || {
			mkdir -p uts
			runs_ok "... from within that, as the hint says: frozen" nsenter "--uts=/proc/$pid/ns/uts" "$CRIU_NS" dump -t "$pid" -D uts -o dump.log
		}
		end
	done
else
	lacks "no user namespaces" 10
fi

## 36: security modules
# Images of a process that AppArmor confined.
start counter
freeze "a process, to be confined in its images" "$pid" images.lsm
add() { # add FILE AT BYTES [FIELD...]: to the message that begins there with its size, in that field of that field
	perl -e '
		sub number { # a varint, taken from the front
			my ($n, $shift, $byte) = (0, 0);
			do { $byte = ord substr $_[0], 0, 1, ""; $n |= ($byte & 127) << $shift; $shift += 7 } while $byte & 128;
			return $n;
		}
		sub varint { my $n = shift; my $out = ""; while ($n > 127) { $out .= chr($n & 127 | 128); $n >>= 7 } return $out . chr $n }
		sub put {
			my ($message, $more, $want, @below) = @_;
			my $out = "";
			return $message . $more unless $want;
			while (length $message) {
				my $tag = number $message;
				my $kind = $tag & 7;
				$out .= varint $tag;
				if ($kind == 2) {
					my $inside = substr $message, 0, number($message), "";
					$inside = put($inside, $more, @below) if $tag >> 3 == $want;
					$out .= varint(length $inside) . $inside;
				} elsif ($kind == 0) {
					$out .= varint number $message;
				} else {
					$out .= substr $message, 0, $kind == 1 ? 8 : 4, "";
				}
			}
			return $out;
		}
		my ($file, $at, $more, @fields) = @ARGV;
		open my $in, "<:raw", $file or die;
		my $all = do { local $/; <$in> };
		my $size = unpack "V", substr $all, $at, 4;
		my $message = put(substr($all, $at + 4, $size), pack("H*", $more), @fields);
		open my $out, ">:raw", $file or die;
		print $out substr($all, 0, $at), pack("V", length $message), $message, substr $all, $at + 4 + $size;
	' "$@"
}
add images.lsm/inventory.img 4 3002 # lsmtype
add "$(find images.lsm -name 'core-*.img')" 8 7a046a61696c 5 10 # lsm_profile of thread_core, creds
# Debian's kernel has AppArmor, and others have not: the host gets a directory of which the test says what is in it.
security=/sys/kernel/security
mount -t tmpfs security $security 2>/dev/null || :
if [ -e $security/apparmor ]; then
	lacks "this host has AppArmor, and $security cannot be covered" 2
else
	fails_with 125 "images of a confined process, where there is no such module: refused" "$CRIU_NS" restore -d -D images.lsm --pidfile pid
	like "$err" "^criu-ns: the tree has the AppArmor label jail, but this host does not have AppArmor; thaw it on a host that has it" "... why"
fi
if mkdir $security/apparmor 2>/dev/null; then
	printf 'jailer (enforce)\nother//jail (enforce)\n' >$security/apparmor/profiles
	fails_with 125 "... where there is no such profile: refused" "$CRIU_NS" restore -d -D images.lsm --pidfile pid
	like "$err" "^criu-ns: the tree has the AppArmor profile jail, which is not loaded .*apparmor_parser.*--lsm-profile" "... why"
	runs_ok "... --lsm-profile: left to criu" "$CRIU_NS" restore --dry-run -D images.lsm --lsm-profile apparmor:jailer
	echo 'jail (enforce)' >>$security/apparmor/profiles
	runs_ok "... it is loaded: not refused" "$CRIU_NS" restore --dry-run -D images.lsm
	umount $security
else
	lacks "no $security" 4
fi

## 37: control groups
cgroup=/sys/fs/cgroup/cpuset/$name_of_run
if mkdir "$cgroup" 2>/dev/null && cat "/sys/fs/cgroup/cpuset/cpuset.cpus" >"$cgroup/cpuset.cpus" &&
	cat /sys/fs/cgroup/cpuset/cpuset.mems >"$cgroup/cpuset.mems"; then
	start counter
	first=$id
	echo "$pid" >"$cgroup/cgroup.procs"
	look_at "$pid"
	freeze "a process in a cgroup" "$pid" images.cg
	rmdir "$cgroup"
	thaw "... that is gone: thaw" images.cg
	goes_on "${pid:-0}" "$first" "$count" "... it goes on"
	like "$(cat "/proc/$pid/cgroup")" "cpuset:/criu-ns-test" "... in that cgroup"
	look_at "$pid"
	freeze "... again" "$pid" images.cg2
	rmdir "$cgroup"
	mkdir "$cgroup" # without a processor
	fails_with 1 "... of which nothing is left: the thaw fails" "$CRIU_NS" restore -d -D images.cg2 -o restore.log --pidfile pid
	like "$err" "^criu-ns: it cannot get back into its control group: .*--manage-cgroups=ignore" "... and what to do is said"
	thaw "... it works" images.cg2 --manage-cgroups=ignore
	goes_on "${pid:-0}" "$first" "$count" "... it goes on"
	end
	rmdir "$cgroup"
else
	rmdir "$cgroup" 2>/dev/null
	lacks "no cpuset cgroup of version 1" 9
fi

## 39: a kernel that lacks what criu needs
explained 39 "sockets: Diag module missing (-2)" "modprobe tcp_diag"
explained 39 "Can't stat self map_files 2: No such file or directory" "CONFIG_CHECKPOINT_RESTORE"

## 40: /proc/sys is read-only
mkdir -p round
runs_ok "freeze and thaw where /proc/sys is read-only" unshare -m --propagation slave bash -c '
	mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys || exit 1
	"$TARGETS/counter" </dev/null >/dev/null 2>&1 &
	"$TARGETS/waitfor" state $! &&
	"$CRIU_NS" dump -t $! -D round -o dump.log && "$CRIU_NS" restore -d -D round -o restore.log --pidfile pid'
[ ! -e round/pid ] || kill -KILL "$(cat round/pid)"
end_strays

## 41: restartable sequences
start counter
target=$pid
explained 41 "26 has rseq but kernel lacks get_rseq_conf feature" "GLIBC_TUNABLES=glibc.pthread.rseq=0"

## 42: a criu too old for the kernel
explained 42 "vdso: Unexpected rt vDSO area bounds" "4.2.1 or newer"

## 43: another processor
explained 43 "cpu: FPU feature required by image is not supported on host (fpu:0)" "--cpu-cap"

## 49: binfmt_misc
if unshare -m mount -t binfmt_misc none /proc/sys/fs/binfmt_misc 2>/dev/null; then
	own_start unshare -m --propagation slave setsid sh -c 'mount -t binfmt_misc none /proc/sys/fs/binfmt_misc && exec "$TARGETS/counter"' \
		</dev/null >/dev/null 2>&1
	round "binfmt_misc that only the target has mounted" "$started"
	end
else
	lacks "no binfmt_misc" 9
fi
explained 49 "binfmt_misc isn't mount on the host" "mount it"

## 51: criu's cache of what the kernel can do
head -c 4096 /dev/urandom >/run/criu.kdat
start counter
round "a damaged cache" "$pid"
end
rm -f /run/criu.kdat

## Found since

# A watch of what has been deleted: criu refuses it in a tmpfs, and loses it elsewhere.
mkdir memory disk
mount -t tmpfs memory memory
start holds watch-gone "$T/memory/file"
refused "a watch of a file deleted from a tmpfs" "descriptor [0-9]+ of process $pid .*watches a file .*inotify_rm_watch"
end
if [ "$(stat -f -c %T disk)" != tmpfs ]; then
	start holds watch-gone "$T/disk/file"
	runs_ok "... from another file system" "$CRIU_NS" dump --dry-run -t "$pid" -D never
	like "$out$err" "note: descriptor [0-9]+ of process $pid .*watches a file .*criu forgets that watch" "... a note"
	end
else
	lacks "$T is in a tmpfs" 2
fi
umount memory

# Huge pages: criu learns their device by mapping one.
pool=/sys/kernel/mm/hugepages/hugepages-2048kB
if [ -w $pool/nr_hugepages ] && read -r before <$pool/nr_hugepages && read -r overcommit <$pool/nr_overcommit_hugepages &&
	read -r free <$pool/free_hugepages && read -r reserved <$pool/resv_hugepages &&
	[ "$free $reserved $overcommit" = "$before 0 0" ] && # nobody uses them
	echo 1 >$pool/nr_hugepages && [ "$(cat $pool/nr_hugepages)" = 1 ]; then
	rm -f /run/criu.kdat
	start holds hugetlb-map
	refused "huge pages of which none is free" "/anon_hugepage .*has huge pages of 2048 KiB.*nr_overcommit_hugepages"
	echo 4 >$pool/nr_overcommit_hugepages
	round "... as many as the hint permits" "$pid"
	look_at "$pid"
	freeze "... once more" "$pid" images.huge
	echo 0 >$pool/nr_hugepages
	echo 0 >$pool/nr_overcommit_hugepages
	fails_with 1 "... and none at the thaw" "$CRIU_NS" restore -d -D images.huge -o restore.log --pidfile pid
	like "$err" "^criu-ns: memory that the tree had .*nr_hugepages" "... what to do is said"
	echo "$before" >$pool/nr_hugepages
else
	lacks "no huge pages of 2 MiB, or somebody uses them" 15
fi

# An older criu: what it cannot do is refused, and an option that it does not know is not given to it.
cat >old-criu <<'END2'
#!/bin/sh
[ "$1" != --version ] || { echo "Version: 4.0"; exit; }
exit 1
END2
chmod +x old-criu
start holds pidfd
mkdir old
fails_with 125 "a pidfd, and criu 4.0" "$CRIU_NS" --criu-binary "$T/old-criu" dump --dry-run -t "$pid" -D old
like "$err" "criu saves since version 4.1; use a newer criu" "... why"
runs_ok "... not with this criu" "$CRIU_NS" dump --dry-run -t "$pid" -D old
end
sed -i 's/4\.0/9.1/' old-criu

# ... and images of a newer one, of which it only fails.
sed -i 's/9\.1/4.0/' old-criu
start counter
first=$id
freeze "images of this criu" "$pid" images.new
if grep -qaP '\x6a.[0-9a-f]{8}-' images.new/inventory.img; then # dump_criu_run_id
	fails_with 1 "... and an older one: the thaw fails" "$CRIU_NS" --criu-binary "$T/old-criu" restore -d -D images.new
	like "$err" "^criu-ns: the images are of criu 4.2 or newer, but this one is 4.0, .*--criu-binary" "... and why"
	add images.new/inventory.img 4 7001 # allow_uprobes
	fails_with 125 "... to which an option would have to be given: refused" \
		"$CRIU_NS" --criu-binary "$T/old-criu" restore -d -D images.new
	like "$err" "^criu-ns: the images in images.new are of criu 4.2 or newer, but this one is 4.0; use the criu that made them" "... why"
else
	lacks "this criu does not put its run id into the images" 4
fi
thaw "... this one thaws them" images.new
goes_on "${pid:-0}" "$first" "$count" "... it goes on"
end
sed -i 's/4\.0/9.1/' old-criu
start holds io_uring 2>/dev/null
fails_with 125 "an io_uring, and a criu that nobody knows" "$CRIU_NS" --criu-binary "$T/old-criu" dump --dry-run -t "$pid" -D old
like "$err" "note: criu 9.1 is newer than this criu-ns, and may be able" "... a note"
end
kill -KILL "$target" 2>/dev/null
finish
