#!/bin/bash
# shellcheck disable=SC2317 # at_end is called by name
# What the images need of the host's files is looked at before a thaw: all that criu would stop at is named at once,
# with what it was and what it is, and nothing has been started then.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

# A process with files of each kind, which tells in a file of its own that it goes on.
# shellcheck disable=SC2016
holder='
	$0 = "holder";
	mkdir "$ARGV[0]/dir";
	open A, "+>>", "$ARGV[0]/log" and syswrite A, "one\n";
	open B, ">>", "$ARGV[0]/append" and syswrite B, "one\n";
	open C, ">", "$ARGV[0]/out" and syswrite C, "one\n";
	open D, "<", "$ARGV[0]/config" or die;
	opendir E, "$ARGV[0]/dir" or die;
	system "mkfifo", "$ARGV[0]/fifo" and die; open F, "+<", "$ARGV[0]/fifo" or die;
	open G, "+>", "$ARGV[0]/deleted" and syswrite G, "gone\n"; unlink "$ARGV[0]/deleted";
	symlink "nowhere", "$ARGV[0]/link"; sysopen L, "$ARGV[0]/link", 010400000 or die; # O_PATH | O_NOFOLLOW
	open N, "<", "/dev/null" or die;
	open S, ">", "$ARGV[0]/state" or die; print S $$; close S;
	while () { select undef, undef, undef, 0.02; utime undef, undef, "$ARGV[0]/state" }'

hold() { # hold DIR: starts it in there, and sets $pid
	mkdir -p "$1"
	[ -e "$1/config" ] || echo "old=1" >"$1/config"
	setsid perl -e "$holder" "$T/$1" </dev/null >/dev/null 2>&1 &
	pid=$!
	disown
	wait_state "$1"
}

wait_state() { # wait_state DIR: it (still) counts
	local i before now
	before=$(stat -c %.Y "$1/state" 2>/dev/null)
	for ((i = 0; i < 6000; i++)); do
		now=$(stat -c %.Y "$1/state" 2>/dev/null)
		[[ ! $now || $now = "$before" ]] || return 0
		pause 0.01
	done
	return 1
}

refuses() { # refuses NAME DIR IMAGES MESSAGE...: these lines, all and no others, in this order; and nothing is left
	local name=$1 dir=$2 images=$3 wanted
	shift 3
	wanted=$(printf 'criu-ns: %s\n' "$@")
	rm -f "$images/pid" "$images/restore.log"
	fails_with 125 "$name: refused" "$CRIU_NS" restore -d -D "$images" -o restore.log --pidfile pid
	is "$err" "$wanted" "... in these words"
	[ ! -e "$images/pid" ] && [ ! -e "$images/restore.log" ] && [ -z "$(strays)" ] &&
		! compgen -G "$dir/*.ghost" >/dev/null
	report $? "... and nothing was started" "$(ls "$images" "$dir")"
	fails_with 125 "... by a dry run, too" "$CRIU_NS" restore --dry-run -D "$images"
	is "$err" "$wanted" "... in the same words"
}

goes() { # goes NAME DIR IMAGES [OPTION...]: it thaws, and goes on; then it is ended
	thaw "$1" "$3" "${@:4}"
	[ -n "$pid" ] && wait_state "$2"
	report $? "... it goes on"
	end
}

end() {
	[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null && waitfor exit "$pid"
	pid=
	settle 0
}

hold d
freeze "a process with files: freeze" "$pid" images
dead "$pid" "... it is gone"
settle 0
cp -a d as-it-was
put_back() { # everything as it was at the freeze
	rm -rf d
	cp -a as-it-was d
}
runs_ok "all is as it was: a dry run" "$CRIU_NS" restore --dry-run -D images
goes "... thaw" d images

put_back
rm d/append d/config d/link
rmdir d/dir
refuses "files are gone" d images \
	"the file $T/d/append (mode 0644), which the tree had open or mapped, is gone; put it back, or an empty one: install -m 0644 /dev/null $T/d/append" \
	"the file $T/d/config (6 bytes, mode 0644), which the tree had open or mapped, is gone; put it back" \
	"the directory $T/d/dir (mode 0755), which the tree had open or mapped, is gone; put it back, or make it: mkdir -p -m 0755 $T/d/dir" \
	"the symbolic link $T/d/link (mode 0777), which the tree had open or mapped, is gone; put it back"
install -m 0644 /dev/null "$T/d/append"
mkdir -m 0755 "$T/d/dir"
printf 'old=1\n' >d/config
ln -s nowhere d/link
goes "... put back as it says: thaw" d images

put_back
echo new >>d/log
echo new >>d/append # only appended to: criu does not compare its size
echo new >>d/out
: >d/config
refuses "files have another size" d images \
	"the file $T/d/config has 0 bytes, but had 6 at the freeze; put back what was there" \
	"the file $T/d/log has 8 bytes, but had 4 at the freeze; put back what was there; if it has only grown since: add --grown-files, which goes on behind what has been added; or truncate -s 4 $T/d/log, which loses what has been added" \
	"the file $T/d/out has 8 bytes, but had 4 at the freeze; put back what was there; if it has only grown since: add --grown-files, which goes on behind what has been added; or truncate -s 4 $T/d/out, which loses what has been added"
truncate -s 4 d/log
truncate -s 4 d/out
echo old=1 >d/config
goes "... put back as it says: thaw" d images

put_back
chmod 600 d/config
chmod 4755 d/out
chmod 1777 d/dir
refuses "files have another mode" d images \
	"the file $T/d/config has the mode 0600, but had 0644 at the freeze; chmod 0644 $T/d/config; or, to take it as it is, add --skip-file-rwx-check" \
	"the directory $T/d/dir has the mode 1777, but had 0755 at the freeze; chmod 0755 $T/d/dir" \
	"the file $T/d/out has the mode 4755, but had 0644 at the freeze; chmod 0644 $T/d/out"
chmod 0755 d/dir
chmod 0644 d/out
goes "... with --skip-file-rwx-check: thaw" d images --skip-file-rwx-check
chmod 1755 d/dir
fails_with 125 "... which does not permit other bits" "$CRIU_NS" restore --dry-run -D images --skip-file-rwx-check
like "$err" "^criu-ns: the directory $T/d/dir has the mode 1755, but had 0755" "... as with criu"

put_back
rm d/config d/fifo
rmdir d/dir
mkdir -m 644 d/config
install -m 644 /dev/null d/fifo
install -m 755 /dev/null d/dir
refuses "something else is there" d images \
	"$T/d/config is a directory, but was a file when the tree had it open; put back what was there" \
	"$T/d/dir is a file, but was a directory when the tree had it open; put back what was there" \
	"$T/d/fifo is a file, but was a FIFO when the tree had it open; put back what was there"

put_back
touch d/deleted.cr.1.ghost
rm -f images/pid
fails_with 125 "a deleted file cannot be made again: refused" "$CRIU_NS" restore -d -D images --pidfile pid
is "$err" "criu-ns: $T/d/deleted.cr.1.ghost is in the way of criu, which makes the deleted file $T/d/deleted there again; if these images are being thawed at this moment, wait; else it is left over from a thaw that was killed: rm $T/d/deleted.cr.1.ghost" \
	"... in these words"
rm d/deleted.cr.1.ghost

# All kinds at once, and what else is wrong.
put_back
rm d/append
chmod 600 d/config
echo new >>d/log
touch d/deleted.cr.1.ghost images/pid
fails_with 125 "several things at once: refused" "$CRIU_NS" restore -d -D images -o restore.log --pidfile pid
is "$(wc -l <<<"$err")" 5 "... five reasons"
for part in "the pidfile pid already exists" "$T/d/append .*is gone" "$T/d/config has the mode" "$T/d/log has 8 bytes" \
	"deleted.cr.1.ghost is in the way"; do
	like "$err" "^criu-ns: .*$part" "... $part"
done
rm images/pid

# --as-given leaves all of that to criu, which stops at the first thing.
rm -f d/deleted.cr.1.ghost images/restore.log
runs_ok "--as-given: a dry run" "$CRIU_NS" restore --dry-run -D images --as-given
fails_with 1 "... a thaw" "$CRIU_NS" restore -d -D images -o restore.log --pidfile pid --as-given
like "$(cat images/restore.log)" "File ${T#/}/d/(log has bad size|config has bad mode)|Can't open file ${T#/}/d/append" "... fails in criu"

# A file that is given need not be there.
put_back
rm d/append
exec {given}>>elsewhere
goes "a file that --inherit-fd names is not looked for: thaw" d images --inherit-fd "fd[$given]:${T#/}/d/append"
exec {given}>&-

## Many files, and odd names

# shellcheck disable=SC2016
many='
	for $i (1 .. $ARGV[1]) { my $f; open $f, ">", sprintf("$ARGV[0]/file%04d", $i) or die; push @all, $f }
	open S, ">", "$ARGV[0]/state"; print S 1; close S; sleep 1 while 1'
mkdir m
setsid perl -e "$many" "$T/m" 40 </dev/null >/dev/null 2>&1 &
pid=$!
disown
waitfor file m/state
freeze "a process with forty files: freeze" "$pid" images-m
settle 0
rm m/file*
fails_with 125 "all of them are gone: refused" "$CRIU_NS" restore --dry-run -D images-m
is "$(wc -l <<<"$err")" 11 "... in eleven lines"
is "$(tail -n 1 <<<"$err")" "criu-ns: 30 more files are gone" "... of which the last one says how many more"

odd=$'odd \e[31m\nname; rm -rf x'
mkdir o
# shellcheck disable=SC2016
setsid perl -e 'open A, "+>>", "$ARGV[0]/$ARGV[1]" or die; open B, "+>>", "$ARGV[0]/two words"; open S, ">", "$ARGV[0]/state"; print S 1; close S; sleep 1 while 1' \
	"$T/o" "$odd" </dev/null >/dev/null 2>&1 &
pid=$!
disown
waitfor file o/state
freeze "a file with an odd name: freeze" "$pid" images-o
settle 0
echo 1 >"o/$odd"
echo 1 >"o/two words"
fails_with 125 "it has another size: refused" "$CRIU_NS" restore --dry-run -D images-o
is "$(wc -l <<<"$err")" 2 "... on one line each"
like "$err" "^criu-ns: the file $T/o/odd \?\[31m\?name; rm -rf x has 2 bytes" "... without what a terminal would act on"
like "$err" "truncate -s 0 '$T/o/two words'" "... as a word that can be given to a shell"

## Programs

mkdir p
cp "$TARGETS/counter" p/counter
"$T/p/counter" &
attend $!
first=$id
freeze "a program: freeze" "$pid" images-p
settle 0
cp p/counter p/saved
echo >>p/counter
fails_with 125 "it has grown: refused" "$CRIU_NS" restore --dry-run -D images-p
like "$err" "^criu-ns: the file $T/p/counter has [0-9]* bytes, but had [0-9]* at the freeze; it is a program or library: install the version that the tree had$" \
	"... in these words"
cp p/saved p/counter
# Another build-ID: one of its bytes in the note.
if at=$(LC_ALL=C grep -obUaP -m 1 '\x14\x00\x00\x00\x03\x00\x00\x00GNU\x00' p/counter | head -n 1 | cut -d: -f1) && [ -n "$at" ]; then
	printf 'XYZ' | dd of=p/counter bs=1 seek=$((at + 12)) conv=notrunc status=none
	fails_with 125 "another build of it: refused" "$CRIU_NS" restore --dry-run -D images-p
	is "$err" "criu-ns: the program or library $T/p/counter is another build of it than at the freeze; install the version that the tree had" \
		"... in these words"
	runs_ok "... --file-validation filesize leaves that out" "$CRIU_NS" restore --dry-run -D images-p --file-validation filesize
	cp p/saved p/counter
else
	fail "the counter has a build-ID"
	fail "... in these words"
	fail "... --file-validation"
fi
thaw "the program that it was: thaw" images-p
goes_on "${pid:-0}" "$first" "$count" "... it goes on"
end

## Cgroups, which criu makes again

mkdir cgroups
cgroup=$T/cgroups/$name_of_run
at_end() { umount -l "$T/cgroups" 2>/dev/null; }
name="a directory of a cgroup that is gone by then"
options=$(findmnt -n -o FS-OPTIONS -t cgroup2 | head -n 1) # of the whole host, which a mount without would take away
if mount -t cgroup2 -o "${options/seclabel/}" own cgroups && mkdir -m 0750 "$cgroup"; then
	# shellcheck disable=SC2016
	own_start setsid sh -c 'echo $$ >"$1/cgroup.procs" && exec 5<"$1" && exec perl -e "$2"' sh "$cgroup" "$own_keeper" \
		</dev/null >/dev/null 2>&1
	own_attend "$started"
	first=$id
	freeze "$name: freeze" "$pid" images-c
	dead "$pid" "... it is gone"
	settle 0
	rmdir "$cgroup"
	thaw "... thaw" images-c
	goes_on "${pid:-0}" "$first" "$count" "... it goes on"
	[ "/proc/${pid:-0}/fd/5" -ef "$cgroup" ]
	report $? "... with the directory open" "$(ls -l "/proc/${pid:-0}/fd")"
	is "$(grep ^0: "/proc/${pid:-0}/cgroup")" "0::/$name_of_run" "... and in the cgroup"
	end
	rmdir "$cgroup"
	umount cgroups
else
	lacks "$name: cgroups of version 2 cannot be made here" 6
fi

## Mounts of its own

mkdir -p host/data private
echo kept >host/data/config
# shellcheck disable=SC2016
own_start unshare -m --propagation slave setsid sh -c '
	mount -t tmpfs private "$1/private" && mkdir "$1/private/at" && mount --bind "$1/host" "$1/private/at" &&
		exec 5<"$1/private/at/data/config" 6>"$1/private/own" && exec perl -e "$2" "$1/private/state"' \
	sh "$T" "$own_keeper" </dev/null >log 2>&1
own_attend "$started"
first=$id
freeze "a service with a directory of the host's and a tmpfs: freeze" "$pid" images-s
dead "$pid" "... it is gone"
settle 0
echo more >>host/data/config
fails_with 125 "a file of the host's has another size: refused" "$CRIU_NS" restore --dry-run -D images-s
is "$err" "criu-ns: the file $T/private/at/data/config has 10 bytes, but had 5 at the freeze; put back what was there; if it has only grown since: add --grown-files, which goes on behind what has been added; or truncate -s 5 $T/private/at/data/config, which loses what has been added" \
	"... and no other file"
rm host/data/config
fails_with 125 "it is gone: refused" "$CRIU_NS" restore --dry-run -D images-s
like "$err" "^criu-ns: the file $T/private/at/data/config \(5 bytes, mode 0644\), which the tree had open or mapped, is gone" \
	"... in these words"
echo kept >host/data/config
thaw "all is as it was: thaw" images-s
goes_on "${pid:-0}" "$first" "$count" "... it goes on"
end

## An older criu

cat >old-criu <<END
#!/bin/sh
[ "\$1" != --version ] || { echo "Version: 4.1.1"; exit; }
exec "$CRIU_BINARY" "\$@"
END
chmod +x old-criu
version=$("$CRIU_BINARY" --version | sed -n 's/Version: //p')
if [ "$(printf '%s\n' 4.2 "$version" | sort -V | head -n 1)" = 4.2 ]; then
	fails_with 125 "a criu that is older than that of the images: refused by a dry run" \
		"$CRIU_NS" restore --dry-run -D images-s --criu-binary ./old-criu
	is "$err" "criu-ns: the images in images-s are of criu 4.2 or newer, but this one is 4.1; use the criu that made them: --criu-binary, or CRIU_BINARY" \
		"... in these words"
	runs_ok "show" "$CRIU_NS" show images-s
	like "$out" "^    criu 4.2 or newer$" "... tells it, too"
else
	lacks "criu is older than 4.2" 4
fi
finish
