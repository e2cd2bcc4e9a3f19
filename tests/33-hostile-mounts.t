#!/bin/bash
# Targets that shape their own mounts to make root do something else than freeze and thaw them: by names, by what
# is in the place of programs and of /proc, by changes while they are looked at.
export CRIU_NS_TEST_SECONDS=${CRIU_NS_TEST_SECONDS:-600}
# On the root file system, where directories of recipes are paths.
export CRIU_NS_TEST_HOST="${CRIU_NS_TEST_HOST-} onroot"
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

state_of() { # state_of PID: sets $seen and what look_at sets, for a tree that may have changed
	seen=$(own_seen "$1") || seen=
	look_at "${seen:-0}"
}

again() { # again NAME: the target $pid is frozen, and comes back as the same that counts on
	local dir=images.$tests first=$id
	state_of "$pid"
	freeze "$1: freeze" "$pid" "$dir" || return 1
	dead "$pid" "... it is gone"
	thaw "... thaw" "$dir"
	[ -n "$pid" ] || return 1
	seen=$(own_seen "${pid:-0}")
	goes_on "${seen:-0}" "$first" "$count" "... it goes on"
}

turned_down() { # turned_down NAME REGEX: the thaw of images is refused before criu runs
	rm -f images/pid images/restore.log
	fails_with 125 "$1: the thaw is refused" \
		"$CRIU_NS" restore -d -D images -o restore.log --pidfile pid
	like "$err" "^criu-ns: .*$2" "... it is named"
	[ ! -e images/restore.log ] && [ ! -e images/pid ] && [ -z "$(strays)" ]
	report $? "... and nothing was started" "strays: $(strays)"
}

refused() { # refused NAME REGEX: the freeze of $pid is, and nothing was touched
	local dir=never.$tests
	mkdir "$dir"
	state_of "$pid"
	fails_with 125 "$1: the freeze is refused" "$CRIU_NS" dump -t "$pid" -D "$dir" -o dump.log
	like "$err" "^criu-ns: .*$2" "... it is named"
	is "$(ls -A "$dir")" "" "... nothing is written"
	goes_on "$seen" "$id" "$count" "... the target goes on"
}

gone() { # ends $pid, and all that came to the subreaper
	[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null && waitfor exit "$pid"
	end_strays
}

## Names

names=(x x]: 'x]:/etc' 'x]' '[x' '[' ':' 'a b' ' ' $'tab\tbed' 'back\slash' '\040' '\012etc' '#hash' '-dash' 'x,ro'
	'x=y' "it's" '"' "$(printf '\303\274\377')" 'mnt[' '%s%n' "$(printf '%0200d' 7)")

# Numbered directories src/N on the host, each with its mark; and the same under the names, src.as/NAME.
make_sources() {
	local i numbers=("${!names[@]}")
	rm -rf names src src.as
	mkdir -p names "${numbers[@]/#/src/}" "${names[@]/#/src.as/}"
	for i in "${!names[@]}"; do
		echo "host $i" >"src/$i/mark"
		echo "host $i" >"src.as/${names[i]}/mark"
	done
}

# named KIND: a tmpfs with a directory for each name, and on these binds of the host's directories (host: src/N;
# as: src.as/NAME), tmpfses (own), or by turns a bind and a tmpfs (mixed).
named() {
	make_sources
	# shellcheck disable=SC2016
	own_start unshare -m --propagation slave sh -c '
		kind=$1 top=$2 i=-1
		shift 2
		mount -t tmpfs names "$top/names" && (cd "$top/names" && mkdir -p -- "$@") || exit 1
		for name; do
			i=$((i + 1))
			[ -d "$top/names/$name" ] || mkdir -p "$top/names/$name" || exit 1 # some are in what was just mounted
			case $kind$((i % 2)) in
			host* | mixed0) mount --bind "$top/src/$i" "$top/names/$name" || exit 1 ;;
			as*) mount --bind "$top/src.as/$name" "$top/names/$name" || exit 1 ;;
			*) mount -t tmpfs own "$top/names/$name" && echo "own $i" >"$top/names/$name/mark" || exit 1 ;;
			esac
		done
		exec "$TARGETS/counter"' sh "$1" "$T" "${names[@]}"
	own_attend "$started"
}

marks_are() { # marks_are KIND NAME: each mount of $pid shows its own mark, and is the host's when it was
	local i at got source wanted
	for i in "${!names[@]}"; do
		at=/proc/$pid/root$T/names/${names[i]} source=src/$i wanted=own
		case $1$((i % 2)) in
		host* | mixed0) wanted=host ;;
		as*) wanted=host source=src.as/${names[i]} ;;
		esac
		got=
		{ read -r got <"$at/mark"; } 2>/dev/null
		if [ "$at" -ef "$source" ]; then
			got+=", host"
		else
			got+=", own"
		fi
		[ "$got" = "$wanted $i, $wanted" ] && [ ! -e "$at/passwd" ] && continue
		fail "$2" "${names[i]@Q} has $got, wanted $wanted $i, $wanted"
		return
	done
	pass "$2"
}

for kind in host own mixed as; do
	named $kind
	marks_are $kind "evil names, $kind: the mounts are there"
	for cycle in 1 2; do
		again "evil names, $kind, cycle $cycle" && marks_are $kind "... each mount is the right one"
	done
	gone
done

# criu would take the key of the second for the first.
names=(y x 'x]:/etc')
named mixed
refused "a name that holds the end of another key" 'x\]:/etc'
gone
names=(x 'x]:/etc')
named mixed
again "the other way round" && marks_are mixed "... each mount is the right one"
gone

# criu 4.2 does not read a newline in its mount table (cure_path() in criu/proc_parse.c).
names=($'new\nline')
for kind in host own as; do
	named $kind
	refused "a newline in a name, $kind" 'new'
	gone
done

## What lies on /proc

# on_proc KIND: in the target's view /proc is a tmpfs with other files, which may name the target, a directory
# of the host's, or has such a directory on it.
on_proc() {
	mkdir -p fake/self fake/1 fake/sys/kernel evil
	ln -sfn /etc fake/1/ns
	echo 1 2 3 >fake/self/stat
	echo "1 0 8:1 / / rw - ext4 /dev/sda1 rw" | tee fake/1/mountinfo fake/self/mountinfo >fake/mounts
	# shellcheck disable=SC2016
	own_start unshare -m --propagation slave sh -c '
		case $1 in
		tmpfs) mount -t tmpfs fake /proc && cp -a "$2/fake/." /proc ;;
		named)
			mount -t tmpfs fake /proc && mkdir -p "/proc/$$/fd" "/proc/$$/task/$$" && ln -s $$ /proc/self &&
				ln -s /etc/shadow "/proc/$$/exe" && ln -s /etc "/proc/$$/cwd" &&
				echo "0::/../../../criu-ns-evil-$3" >"/proc/$$/cgroup"
			;;
		bind) mount --bind "$2/fake" /proc ;;
		part) mount --bind "$2/evil" /proc/sys ;;
		esac && exec "$TARGETS/counter"' sh "$1" "$T" "$name_of_run"
	own_attend "$started"
}

# criu itself needs the real one there: a parasite reads it, in the target's view.
for kind in tmpfs bind; do
	on_proc $kind
	mkdir "over.$kind"
	state_of "$pid"
	run "$CRIU_NS" dump -t "$pid" -D "over.$kind" -o dump.log
	isnt "$status" 0 "another /proc ($kind): the freeze fails"
	like "$err" '^criu(-ns)?: ' "... and says why"
	goes_on "$pid" "$id" "$count" "... the target goes on"
	is "$(field "$pid" TracerPid)" 0 "... and nobody traces it"
	rm -rf images
	mv "over.$kind" images
	fails_with 125 "... its images are not thawed" "$CRIU_NS" restore -d -D images -o restore.log
	settle 0
	gone
done

on_proc part
again "over a part of /proc"
is "$(stat -c %i "/proc/$pid/root/proc/sys")" "$(stat -c %i evil)" "... which is what it was"
gone

on_proc named
first=$id
rm -rf images && mkdir images
if run "$CRIU_NS" dump -t "$pid" -D images -o dump.log; then
	dead "$pid" "a /proc that names the target: it is frozen"
	if run "$CRIU_NS" restore -d -D images -o restore.log --pidfile pid; then
		pid=$(cat images/pid)
		goes_on "$pid" "$first" 1 "... and thawed"
		is "$(stat -f -c %T "/proc/$pid/root/proc")" tmpfs "... with its own /proc"
	else
		like "$err" '^criu(-ns)?: ' "... its thaw fails, and says why"
		settle 0
		report $? "... and nothing is left"
	fi
else
	like "$err" '^criu(-ns)?: ' "a /proc that names the target: it is not frozen"
	goes_on "$pid" "$first" "$count" "... and goes on"
fi
is "$(find /sys/fs/cgroup -type d -name "criu-ns-evil-$name_of_run" 2>/dev/null)" "" "... no cgroup has been made"
gone

## What lies where programs and libraries are

# Each name below a root of the target's that criu, criu-ns, tar or their loader could be looked for under
# is a program, or a library, that leaves a mark when it is executed.
marks() { # marks ROOT: puts them there, with a static counter as the only honest one
	local name
	cat >mark.c <<-END
		#include <fcntl.h>
		#include <unistd.h>
		__attribute__((constructor)) static void mark(void)
		{
			close(open("$T/executed", O_WRONLY | O_CREAT, 0644));
			close(open("/state/executed", O_WRONLY | O_CREAT, 0644));
		}
		#ifndef LIBRARY
		int main(void)
		{
			return 0;
		}
		#endif
	END
	cc -static -o mark mark.c && cc -DLIBRARY -shared -fPIC -nostdlib -lc -o mark.so mark.c &&
		cc -static -O -I"$top/tests/targets" -o honest "$top/tests/targets/counter.c" || return 1
	./mark && [ -e executed ] && rm executed || return 1
	mkdir -p "$1"/{bin,sbin,usr/bin,usr/sbin,usr/local/bin,usr/local/sbin,lib,lib64,etc,dev,proc,state,old,tmp} \
		"$1${CRIU_BINARY%/*}" "$1${CRIU_NS%/*}" "$1$T/images"
	for name in {bin,sbin,usr/bin,usr/sbin,usr/local/bin,usr/local/sbin}/{criu,criu-ns,criu-ns-init,tar,gzip,sh,bash} \
		"$CRIU_BINARY" "$CRIU_NS" $(ldd "$(command -v tar)" | grep -o '/[^ ]*ld-[^ ]*'); do
		mkdir -p "$1/${name%/*}" && cp mark "$1/$name" || return 1
	done
	for name in $(ldd "$CRIU_BINARY" "$CRIU_NS" "$(command -v tar)" | grep -o '/[^ :]*\.so[^ :]*') \
		"$(find /usr/lib /lib64 /lib -name libmount.so.1 2>/dev/null | head -n 1)" /evil.so; do
		[ ! -e "$1$name" ] || continue
		mkdir -p "$1${name%/*}" && cp mark.so "$1$name" || return 1
	done
	echo /evil.so >"$1/etc/ld.so.preload"
	cp honest "$1/bin/honest" && rm -f "$1/dev/null" && mknod -m 666 "$1/dev/null" c 1 3
}

# trapped KIND [init]: a target whose root is a directory of the host's, or a tmpfs, with these in it.
trapped() {
	local how=(unshare -m --propagation slave)
	[ -z "${2-}" ] || how+=(-p -f --mount-proc)
	rm -rf "trap.$1"
	mkdir "trap.$1"
	[ -x trap.files/bin/honest ] || marks "$T/trap.files" || return 77
	# shellcheck disable=SC2016
	own_start "${how[@]}" sh -c '
		case $1 in
		folder) mount --bind "$2" "$2" ;;
		tmpfs) mount -t tmpfs -o mode=755 trap "$2" ;;
		esac && cp -a "$3/." "$2" && mount -t proc proc "$2/proc" && mount -t tmpfs own "$2/tmp" &&
			echo something >"$2/tmp/file" && cd "$2" && pivot_root . old && exec /bin/honest /state/now' sh "$1" "$T/trap.$1" "$T/trap.files" \
		2>/dev/null # of unshare: it complains when its child is killed
	if [ -n "${2-}" ]; then
		own_attend_child "$started"
	else
		own_attend "$started"
	fi
}

for kind in "folder" "tmpfs" "folder init" "tmpfs init"; do
	# shellcheck disable=SC2086 # words
	trapped $kind || {
		skip "programs in a root, $kind: cannot be compiled statically here" 11
		continue
	}
	find "/proc/$pid/root" -xdev -name 'criu-ns*' -o -name '*.img' | sort >names.before
	again "programs in a root, $kind"
	again "... and again"
	find "/proc/$pid/root" -xdev -name 'criu-ns*' -o -name '*.img' | sort >names.after
	[ ! -e executed ] && [ ! -e "/proc/$pid/root/state/executed" ]
	report $? "... none of them was executed"
	is "$(cat "/proc/$pid/root/tmp/file")" something "... what its own tmpfs held has come back"
	is "$(sed 's,^/proc/[0-9]*,,' names.after)" "$(sed 's,^/proc/[0-9]*,,' names.before)" \
		"... and there is nothing of criu-ns's in there"
	gone
done

## What changes on the host between freeze and thaw

mkdir -p way/deep/folder elsewhere/folder at
echo right | tee way/deep/folder/mark >way/deep/file
echo wrong | tee elsewhere/folder/mark >elsewhere/file
# shellcheck disable=SC2016
own_start unshare -m --propagation slave setsid sh -c '
	touch "$1/at/file" "$1/at/stdin" && mkdir "$1/at/folder" && mount --bind "$1/way/deep/folder" "$1/at/folder" &&
		mount --bind "$1/way/deep/file" "$1/at/file" && exec perl -e "$2"' sh "$T" "$own_keeper" \
	<way/deep/file >>way/deep/log 2>/dev/null
own_attend "$started"
first=$id
rm -rf images
freeze "a target that lives of folders and files of the host's" "$pid" images ||
	bail_out "nothing to thaw"
dead "$pid" "... it is gone"

replaced() { # replaced PATH LINK [REGEX]: PATH is made a symbolic link to LINK, meanwhile
	mv "$1" "$1.away"
	ln -s "$2" "$1"
	turned_down "$1 is a link to $2" "$T/${3:-$1}"
	rm "$1"
	mv "$1.away" "$1"
}

replaced way/deep/folder /etc
replaced way/deep/folder "$T/way/deep/folder.away"
replaced way/deep/folder ../../elsewhere/folder
replaced way/deep/file /etc/shadow
replaced way/deep/file file.away
replaced way/deep/log /etc/shadow
replaced way/deep "$T/elsewhere" way/deep/
replaced way "$T/way.away" way/deep/
mv way/deep/log log.away
turned_down "a file is gone" "$T/way/deep/log"
mkfifo way/deep/log
turned_down "a file is a FIFO" "$T/way/deep/log"
rm way/deep/log
mkdir way/deep/log
turned_down "a file is a folder" "$T/way/deep/log"
rmdir way/deep/log
mv log.away way/deep/log
thaw "all is as it was: thaw" images
goes_on "${pid:-0}" "$first" 1 "... it goes on"
is "$(cat "/proc/$pid/root$T/at/folder/mark" "/proc/$pid/root$T/at/file")" $'right\nright' "... with the right folder and file"
gone

## What changes while it is looked at

# Something in the target's tree, or beside it in its mount namespace, mounts and unmounts all the time.
mkdir -p busy/a busy/b
# shellcheck disable=SC2016
busy='while [ ! -e "$1/enough" ]; do
		mount -t tmpfs a "$1/busy/a" && mount --bind /usr "$1/busy/b" && mount -o remount,bind,ro "$1/busy/b"
		umount "$1/busy/a"
		umount "$1/busy/b"
	done >/dev/null 2>&1'
for where in inside beside; do
	rm -f enough
	# shellcheck disable=SC2016
	own_start unshare -m --propagation slave setsid sh -c '
		[ "$3" = beside ] || sh -c "$2" sh "$1" &
		exec "$TARGETS/counter"' sh "$T" "$busy" "$where" </dev/null >/dev/null 2>&1
	own_attend "$started"
	first=$id target=$pid bad='' frozen=0 thawed=0
	# shellcheck disable=SC2016
	[ "$where" = inside ] || nsenter -m -t "$pid" sh -c "$busy" sh "$T" </dev/null >/dev/null 2>&1 &
	beside=$!
	for round in 1 2 3 4 5 6 7 8 9 10; do
		rm -rf images
		mkdir images
		look_at "$target"
		if ! run "$CRIU_NS" dump -R -t "$target" -D images -o dump.log; then
			grep -q '^criu' <<<"$err" || bad+="$round: freeze without a word; "
		else
			frozen=$((frozen + 1))
			if run "$CRIU_NS" restore -d -D images -o restore.log --pidfile pid; then
				thawed=$((thawed + 1))
				pid=$(cat images/pid)
				waitfor count "$pid" "$count"
				[ "$(cut -d: -f1 "/proc/$pid/comm")" = "$first" ] || bad+="$round: not the same; "
				kill -KILL "$pid"
				waitfor exit "$pid"
			else
				bad+="$round: frozen, and no thaw: ${err:0:200}; "
			fi
		fi
		for stray in $(strays); do
			[ "$stray" = "$target" ] || [ "$stray" = "$beside" ] || kill -KILL "$stray" 2>/dev/null || :
		done
		waitfor count "$target" "$count" || bad+="$round: the target does not go on; "
	done
	is "$bad" "" "mounts that change, $where: each of ten freezes ends well" \
		"$frozen were frozen, $thawed of them thawed"
	goes_on "$target" "$first" "$count" "... and the target goes on"
	is "$(field "$target" TracerPid)" 0 "... and nobody traces it"
	touch enough
	pid=$target
	wait "$beside" 2>/dev/null
	gone
done

## What it sees of us

# A private /tmp, where criu has its temporary directories on the host, and somebody in there who looks.
# shellcheck disable=SC2016
own_start unshare -m --propagation slave sh -c 'mount -t tmpfs tmp /tmp && cd / && exec "$TARGETS/counter"' 2>/dev/null
own_attend "$started"
# shellcheck disable=SC2016
nsenter -m -t "$pid" sh -c '
	while [ ! -e /tmp/enough ]; do
		for file in /tmp/* /tmp/.[!.]*; do [ ! -e "$file" ] || echo "$file"; done
		grep -E "criu|cr-tmpfs" /proc/self/mountinfo
		[ -z "$said" ] && echo looks && said=1
	done' </dev/null >seen 2>/dev/null &
looks=$!
first=$id
for round in 1 2 3; do
	look_at "$pid"
	rm -rf images
	freeze "a target that is watched, $round: freeze -R" "$pid" images -R
done
goes_on "$pid" "$first" "$count" "... it goes on"
touch "/proc/$pid/root/tmp/enough"
wait "$looks"
is "$(sort -u seen)" looks "... nothing of criu-ns's is to be seen in its mount namespace"
kill -KILL "$pid"
waitfor exit "$pid"
thaw "... thaw" images
is "$(grep -E 'criu|cr-tmpfs' "/proc/$pid/mountinfo"; ls -A "/proc/$pid/root/tmp")" "" "... nor in the one that is thawed"
gone

## What a root of its own holds

mkdir outside
echo untouched >outside/file
cp "$TARGETS/counter" outside/counter
# shellcheck disable=SC2016
own_start unshare -m --propagation slave sh -c '
	root=$2/newroot
	mkdir "$root" && mount -t tmpfs -o mode=711,size=32m root "$root" && cd "$root" || exit 1
	mkdir -p bin old state odd/dir odd/sub dev proc && mount -t proc proc proc && cp "$TARGETS/counter" bin &&
		mknod -m 666 dev/null c 1 3 || exit 1
	for i in usr lib lib64; do mkdir "$i" && mount --rbind "/$i" "$i" || exit 1; done
	cd odd
	ln -s "$2/outside" absolute
	ln -s ../../../../../../../../../../.."$2/outside" relative
	ln -s "$2/outside/file" file && ln -s /proc/self/cwd magic && ln -s dangling/nowhere dangling
	ln -s / slash && ln -s .. up && ln -s "$2/outside" sub/link && ln sub/link sub/link2
	echo hard >hard1 && ln hard1 hard2 && ln hard1 dir/hard3
	cp "$TARGETS/counter" setuid && chmod 6755 setuid && chown 1234:4321 dir && chmod 1777 dir
	mknod null c 1 3 && chmod 600 null && mkfifo fifo
	echo dash >-dash && echo checkpoint >./--checkpoint-action=exec=touch\ "executed"
	mkdir -p -- "--directory=$2/outside" && echo newline >"new
line" && printf "" >"$(printf "\303\274\377")" && echo quote >"a\\134b\\nc"
	truncate -s 100M sparse && echo end >>sparse && touch -d 2001-02-03 hard1
	mkdir secret && echo secret >secret/file && chmod 000 secret secret/file
	perl -e "mkdir q(deep), chdir q(deep) for 1 .. 20"
	cd ..
	pivot_root . old && cd / && exec /bin/counter /state/now' sh bash "$T" 2>/dev/null
own_attend "$started"

# held: what the root of $pid holds: type, mode, owner, names, time (in seconds, as tar has them), where links
# lead; content; devices.
held() {
	(
		cd "/proc/$pid/root" || exit 1
		find bin dev odd -printf '%y %m %U:%G %n %Ts %p -> %l\0' | sort -z
		find bin odd -type f -size -1000k -print0 | sort -z | xargs -0 sha256sum --zero --
		find dev odd -type c -exec stat -c '%n %t:%T' {} + | sort
		stat -c '%n %a %u %b %s' . odd/sparse
	) | tr '\0' '\n'
}

held >held.before
like "$(cat held.before)" "link2" "a root with odd content"
for cycle in 1 2; do
	again "a root with odd content, cycle $cycle"
	held >held.after
	is "$(diff held.before held.after)" "" "... all of it is back"
done
is "$(ls -m outside), $(cat outside/file)" "counter, file, untouched" "... nothing outside has been written"
[ ! -e executed ] && [ ! -e images/executed ]
report $? "... and no name has been taken for an option"
gone
finish
