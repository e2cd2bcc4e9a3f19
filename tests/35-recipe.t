#!/bin/bash
# The recipe beside the images: moved, edited, damaged, from elsewhere, left behind by what was killed. A
# thaw brings back what was frozen, or says what is wrong before anything is started.
export CRIU_NS_TEST_SECONDS=${CRIU_NS_TEST_SECONDS:-600}
# On the root file system, where directories of recipes are paths.
export CRIU_NS_TEST_HOST="${CRIU_NS_TEST_HOST-} onroot"
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

mkdir -p host/one host/two at private other
echo one >host/one/mark
echo two >host/two/mark

# target: a directory of the host's on at, a tmpfs of its own, a log outside.
target() {
	# shellcheck disable=SC2016
	own_start unshare -m --propagation slave setsid sh -c '
		mount --bind "$1/host/one" "$1/at" && mount -o remount,bind,nodev "$1/at" &&
			mount -t tmpfs -o nosuid,mode=711 private "$1/private" && exec perl -e "$2" "$1/private/state"' \
		sh "$T" "$own_keeper" </dev/null >>"$T/log" 2>&1
	own_attend "$started"
	first=$id
}

end() {
	[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null && waitfor exit "$pid"
	pid=
	settle 0
}

look_host_table() { # sets the array $host_table to the mounts, without their numbers
	mapfile -t host_table </proc/self/mountinfo
	host_table=("${host_table[@]#* * }")
}


comes_back() { # comes_back NAME DIR MARK [OPTION...]: a thaw, in which at/mark is MARK; it is ended
	thaw "$1" "$2" "${@:4}"
	goes_on "${pid:-0}" "$first" "$count" "... it goes on"
	is "$(cat "/proc/${pid:-0}/root$T/at/mark" 2>&1)" "$3" "... with its directory"
	end
}

nothing_left() { # nothing_left DIR NAME: neither process nor mount nor pidfile
	local host_table
	settle 0 && [ ! -e "$1/pid" ] && look_host_table && [ "${host_table[*]}" = "$table" ]
	report $? "$2" "strays: $(strays)" "now: ${host_table[*]-}"
}

turned_down() { # turned_down NAME DIR REGEX [OPTION...]: refused before criu runs, and nothing is left
	if [ -e "$2/restore.log" ] || [ -e "$2/pid" ]; then rm -f "$2/restore.log" "$2/pid"; fi
	fails_with 125 "$1: refused" "$CRIU_NS" restore -d -D "$2" -o restore.log --pidfile pid "${@:4}"
	like "$err" "^criu-ns: .*$3" "... with the reason"
	[ ! -e "$2/restore.log" ]
	report $? "... criu was not run"
	nothing_left "$2" "... and nothing is left"
}

look_host_table
table=${host_table[*]}
recipe=images/criu-ns.recipe

target
about="$pid \\($first:[0-9]+\\)" # its name counts
freeze "a target with mounts and a file of the host's" "$pid" images || bail_out "nothing to thaw"
dead "$pid" "... it is gone"
key=$(sed -n "s,^mount at=$T/at .*key=\([^ ]*\).*,\1,p" $recipe)
file=$(sed -n "s,^file id=\([^ ]*\) path=$T/log .*,\1,p" $recipe)
like "$key $file" '^[^ ]+ [^ ]+$' "... the recipe has a key and a file"
like "$(sed -n '/^# process/p' $recipe)" \
	"^# process $about, frozen on 2[0-9-]+ [0-9:]+ UTC on $(uname -n) with criu-ns [^ ]+\$" "... and tells what was frozen"
is "$(stat -c %a $recipe)" 600 "... which is for its owner"
is "$(find images -name 'criu-ns*' | wc -l)" 1 "... and nothing else of ours is there"

## Where it lies

mv images moved
comes_back "the directory has been moved" moved one
cp -r moved images
comes_back "... and copied" images one
mkdir ro work
mount --bind images ro && mount -o remount,bind,ro ro
runs_ok "... and is read-only" "$CRIU_NS" restore -d -D ro -W work -o restore.log --pidfile pid
pid=$(cat work/pid)
goes_on "${pid:-0}" "$first" "$count" "... it goes on"
end
umount ro

## What it names is not there

mv host/one host/gone
turned_down "a directory of the host's is missing" images "$T/host/one.*mnt\[$key\]:PATH"
turned_down "... also in the foreground" images "$T/host/one"
comes_back "... another takes its place" images two --external "mnt[$key]:$T/host/two"
echo file >host/one
rm -f images/pid
run "$CRIU_NS" restore -d -D images -o restore.log --pidfile pid
isnt "$status" 0 "... a file there is not enough"
nothing_left images "... and nothing is left"
rm host/one
mv host/gone host/one
mv log log.gone
turned_down "a file is missing" images "$T/log.*fd\[N\]:file\[$file\]"
mv host/one host/gone
turned_down "a file and a directory are missing" images "$T/host/one.*mnt\[$key\]:PATH"
like "$err" "criu-ns: .*$T/log.*fd\[N\]:file\[$file\]" "... and both are named at once"
mv host/gone host/one
exec 9>>log.other
comes_back "... another takes its place" images one --inherit-fd "fd[9]:file[$file]"
exec 9>&-
[ ! -e log ]
report $? "... and the first has not been made"
mv log.gone log

## Damaged

damaged() { # damaged NAME REGEX: the recipe is what stdin has
	rm -rf damaged
	cp -r images damaged
	rm -f damaged/pid
	cat >damaged/criu-ns.recipe
	turned_down "$1" damaged "$2"
}

edited() { # edited NAME REGEX SED: as it was, but for that
	damaged "$1" "$2" < <(sed -E "$3" $recipe)
	cmp -s damaged/criu-ns.recipe $recipe && fail "$1: $3 changes nothing"
}

damaged "empty" "empty" </dev/null
damaged "not a recipe" "recipe" <<<"something else"
damaged "binary" "recipe" < <(head -c 5000 /dev/zero)
damaged "of a newer version" "newer" < <(sed 's/^criu-ns-recipe 3/criu-ns-recipe 5/' $recipe)
damaged "too large" "." < <(cat $recipe; head -c 17M /dev/zero | tr '\0' '#')
damaged "with too many lines" "lines" < <(cat $recipe; yes '#' | head -n 200000)
damaged "without its last byte" "newline|cut" < <(head -c -1 $recipe)
damaged "without its last line" "end" < <(sed '$d' $recipe)
damaged "without its last two lines" "end" < <(sed '$d' $recipe | sed '$d')
damaged "with lines after the end" "after" < <(cat $recipe $recipe)
damaged "with a NUL" "." < <(cat $recipe; printf '\0\n')
damaged "without mounts" "belong|mount" < <(grep -v ^mount $recipe)
damaged "with a mount more" "belong|number" < <(sed "0,/^file/s,^file,mount at=$T/other is=own root=/ type=tmpfs flags=-\nfile," $recipe)
damaged "with a mount less" "belong" < <(grep -v " at=$T/private " $recipe)
damaged "of another frame" "belong" < <(sed 's/^frame pid/frame init/' $recipe)
edited "another key" "belong" "s/key=$key/key=elsewhere/"
edited "the key of another" "key" "s/key=criu-ns-[0-9]+/key=$key/"
edited "another mountpoint" "belong" "s,at=$T/at ,at=/etc ,"
edited "a folder with .." "\.\." "s,folder=$T/host/one,folder=$T/host/../host/one,"
edited "a host's mount with .." "\.\." "s,host=/ ,host=/tmp/../etc ,"
edited "a relative folder" "absolute" "s,folder=$T/,folder=.,"
edited "a relative file" "absolute" "s,path=$T/log,path=log,"
edited "a file with .." "\.\." "s,path=$T/log,path=$T/../log,"
edited "a file that is a directory" "$T/host" "s,path=$T/log,path=$T/host,"
edited "a file that is a device" "/dev/zero" "s,path=$T/log,path=/dev/zero,"
edited "an unknown field" "unknown|exec" "s/^mount /mount exec=\/bin\/sh /"
edited "an unknown word" "unknown" "s/^frame pid/frame pid\nrun \/bin\/sh/"
edited "an unknown owner" "is=" "s/is=own/is=evil/"
edited "an option of criu's" "." "s,folder=$T/host/one,folder=/x\\\\040--action-script=$T/evil,"
size=$(stat -c %s $recipe)
for at in 1 40 120 200 300 500 $((size / 2)) $((size - 1)); do
	rm -rf damaged
	cp -r images damaged
	rm -f damaged/pid
	head -c $at $recipe >damaged/criu-ns.recipe
	run "$CRIU_NS" restore -d -D damaged -o restore.log --pidfile pid
	isnt "$status" 0 "cut after $at bytes: no thaw"
	nothing_left damaged "... and nothing is left"
done

# In the place of the file.
odd() { # odd NAME REGEX COMMAND...: makes something else of the recipe
	rm -rf damaged
	cp -r images damaged
	rm -f damaged/pid damaged/criu-ns.recipe
	"${@:3}"
	turned_down "$1" damaged "$2"
}
odd "a folder in its place" "recipe" mkdir damaged/criu-ns.recipe
odd "a link to a secret in its place" "recipe" ln -s /etc/shadow damaged/criu-ns.recipe
unlike "$err" '\$' "... of which nothing is shown"
rm -rf damaged
cp -r images damaged
rm damaged/pid damaged/criu-ns.recipe
mkfifo damaged/criu-ns.recipe
run timeout 20 "$CRIU_NS" restore -d -D damaged -o restore.log --pidfile pid
is "$status" 125 "a FIFO in its place: refused, and not waited for"

rm -rf damaged
cp -r images damaged
rm damaged/pid damaged/criu-ns.recipe
run "$CRIU_NS" restore -d -D damaged -o restore.log --pidfile pid
isnt "$status" 0 "taken away: criu alone cannot"
nothing_left damaged "... and nothing is left"

# Of other images: another target of the same kind, and one of another.
# shellcheck disable=SC2016
own_start unshare -m --propagation slave sh -c 'mount -t tmpfs other "$1/other" && exec "$TARGETS/counter"' sh "$T"
own_attend "$started"
freeze "other images" "$pid" others
damaged "of other images" "belong" <others/criu-ns.recipe
damaged "the reverse" "belong" <others/criu-ns.recipe
cp $recipe others/criu-ns.recipe
turned_down "of ours, with theirs" others "belong"

comes_back "the recipe as it was" images one

## Edited by hand

by_hand() { # by_hand SED: in images by-hand
	rm -rf by-hand
	cp -r images by-hand
	rm -f by-hand/pid
	sed -E "$1" $recipe >by-hand/criu-ns.recipe
	! cmp -s by-hand/criu-ns.recipe $recipe || fail "$1 changes nothing"
}
by_hand "s,folder=$T/host/one,folder=$T/host/two,"
comes_back "another directory of the host's" by-hand two
by_hand "s,(path=$T/log),\1.two," && touch log.two
turned_down "another file of the host's" by-hand "$T/log.two.*was="
by_hand "s,(path=$T/log)(.*) was=.*,\1.two\2,"
thaw "... which was= does not forbid" by-hand
for ((i = 0; i < 6000; i++)); do
	[ ! -s log.two ] || break
	pause 0.01
done
like "$(cat log.two)" "^$first " "... is what it writes to"
end
by_hand "s,^(mount at=$T/private .*)type=tmpfs,\1type=ramfs,"
rm -f by-hand/pid
fails_with 125 "another type of file system: the thaw is undone" \
	"$CRIU_NS" restore -d -D by-hand -o restore.log --pidfile pid
like "$err" "^criu-ns: .*$T/private.*tmpfs.*ramfs" "... the difference is named"
like "$err" "--warn-mounts" "... and the way out"
nothing_left by-hand "... nothing is left"
comes_back "... with --warn-mounts it is thawed" by-hand one --warn-mounts
like "$err" "^criu-ns: .*$T/private.*tmpfs.*ramfs" "... and the difference said"
by_hand "s,^(mount at=$T/at .*flags=)[^ ]*,\1ro\,nodev\,relatime,"
thaw "other flags" by-hand
like "$(grep " $T/at " "/proc/${pid:-0}/mountinfo" 2>&1)" " ro,nodev" "... are what it comes back with"
end
echo "# a remark" >>$recipe
comes_back "a comment" images one

## Links on the way

mv host/one host/real
ln -s real host/one
turned_down "a directory is a symbolic link now" images "$T/host/one"
rm host/one
mv host/real host/one
mv host real
ln -s real host
turned_down "a directory on the way is" images "$T/host/one"
rm host
mv real host
mv log log.real
ln -s log.real log
turned_down "a file is" images "$T/log"
rm log
mv log.real log

## One directory, used again

target
rm -rf again
freeze "into a directory: its own mounts" "$pid" again
dead "$pid" "... it is gone"
[ -e again/criu-ns.recipe ]
report $? "... the recipe is there"
cp again/criu-ns.recipe older
start counter
first=$id
cat >failing <<END
#!/bin/sh
exec "$CRIU_BINARY" "\$@" --no-such-option
END
chmod +x failing
run "$CRIU_NS" --criu-binary "$T/failing" dump -t "$pid" -D again -o dump.log
isnt "$status" 0 "a freeze into it that fails"
is "$(cat again/criu-ns.recipe)" "$(cat older)" "... leaves the older recipe"
goes_on "$pid" "$id" "$count" "... and the target"
rm -rf again.2
cp -r again again.2
look_at "$pid"
freeze "into the same directory: one that shares our mounts" "$pid" again
dead "$pid" "... it is gone"
[ ! -e again/criu-ns.recipe ]
report $? "... the older recipe is gone"
thaw "... thaw" again
goes_on "${pid:-0}" "$first" "$count" "... it goes on"
end
target
mkdir empty
run "$CRIU_NS" --criu-binary "$T/failing" dump -t "$pid" -D empty -o dump.log
isnt "$status" 0 "a freeze that fails"
is "$(find empty -name 'criu-ns*')" "" "... leaves no recipe"
fails_with 125 "a freeze that is refused" "$CRIU_NS" dump -t 1 -D again.2 -o dump.log
is "$(cat again.2/criu-ns.recipe)" "$(cat older)" "... leaves the older recipe"
look_at "$pid"
freeze "-R" "$pid" running -R
goes_on "$pid" "$first" "$count" "... the target goes on"
original=$pid
comes_back "... and is thawed beside" running one
pid=$original
look_at "$pid"
end

## --dry-run

target
mkdir dry
runs_ok "--dry-run of a freeze" "$CRIU_NS" dump --dry-run -t "$pid" -D dry -o dump.log
is "$(ls -A dry)" "" "... writes nothing"
like "$out" "mount $T/at .*$T/host/one" "... shows what is the host's"
like "$out" "mount $T/private .*tmpfs" "... what is its own"
like "$out" "$T/log" "... and the file"
goes_on "$pid" "$first" "$count" "... the target goes on"
end
rm -f images/pid
sum=$(find images -type f -exec sha256sum {} + | sort)
runs_ok "--dry-run of a thaw" "$CRIU_NS" restore --dry-run -d -D images -o dry.log --pidfile pid
is "$(find images -type f -exec sha256sum {} + | sort)" "$sum" "... writes nothing"
like "$out" "mount $T/at" "... shows the mounts"
like "$out" "$T/log" "... and the file"
nothing_left images "... and does nothing"

## Killed

# shellcheck disable=SC2317 # called by name
# kept: a target whose root is a tmpfs, which tar keeps.
kept() {
	rm -rf root
	mkdir root
	# shellcheck disable=SC2016
	own_start unshare -m --propagation slave sh -c '
		mount -t tmpfs root "$1/root" && cd "$1/root" && mkdir bin old state proc dev && cp "$TARGETS/counter" bin &&
			mount -t proc proc proc && mknod -m 666 dev/null c 1 3 && head -c 3M /dev/urandom >state/data &&
			echo below >file && mount --bind /etc/passwd file || exit 1
		for i in usr lib lib64; do mkdir "$i" && mount --rbind "/$i" "$i" || exit 1; done
		pivot_root . old && cd / && exec /bin/counter /state/now' sh "$T"
	own_attend "$started"
	first=$id
}

whole() { # whole NAME: the target runs on, or is thawed now from its images
	calm tar slow
	report $? "$1: criu is done"
	if alive "$pid"; then
		goes_on "$pid" "$first" "$count" "... the target runs as before"
	else
		rm -f killed/pid
		thaw "... the target is dumped, and can be thawed" killed
		goes_on "${pid:-0}" "$first" "$count" "... and goes on"
	fi
}

for kind in target kept; do
	$kind
	for ms in 001 003 006 010 015 022 030 045; do
		rm -rf killed
		mkdir killed
		look_at "$pid"
		"$CRIU_NS" dump -t "$pid" -D killed -o dump.log 2>/dev/null &
		wrapper=$!
		sleep "0.$ms"
		kill -KILL "$wrapper" 2>/dev/null
		wait "$wrapper" 2>/dev/null
		whole "$kind: KILL $ms ms into a freeze"
	done
	rm -rf killed
	mkdir killed
	look_at "$pid"
	"$CRIU_NS" dump -t "$pid" -D killed -o dump.log 2>/dev/null &
	wrapper=$!
	pause 0.01
	kill -TERM "$wrapper" 2>/dev/null
	wait "$wrapper" 2>/dev/null
	whole "$kind: TERM in a freeze"
	alive "$pid" || bail_out "no target"
	look_at "$pid"
	rm -rf killed
	freeze "$kind: freeze it for good" "$pid" killed
	dead "$pid" "... it is gone"
	settle 0
	bad=''
	for ms in 002 005 008 011 014 018 023 028 034 042; do
		rm -f killed/pid
		"$CRIU_NS" restore -d -D killed -o restore.log --pidfile pid 2>/dev/null &
		wrapper=$!
		sleep "0.$ms"
		kill -KILL "$wrapper" 2>/dev/null
		wait "$wrapper" 2>/dev/null
		calm tar slow || bad+="$ms: criu is there; "
		# A tree that runs, or nothing; what is about to be one of these may still be seen.
		for _ in {1..100}; do
			init=$(strays)
			[ -n "$init" ] || break
			root=$(children_of "$init")
			if [ -n "$root" ] && waitfor count "$root" "$count" 2>/dev/null; then
				kill -KILL "$init"
				break
			fi
			pause 0.02
		done
		settle 0 || bad+="$ms: $(strays) is left; "
		look_host_table && [ "${host_table[*]}" = "$table" ] || bad+="$ms: mounts are left; "
	done
	is "$bad" "" "$kind: KILL at ten moments of a thaw leaves a tree or nothing"
	rm -f killed/pid
	thaw "... and it can be thawed" killed
	goes_on "${pid:-0}" "$first" "$count" "... and goes on"
	end
done

## What a root held: the archive, and the options of its file system

mv killed images.kept
recipe=images.kept/criu-ns.recipe
is "$(tar -xOf images.kept/criu-ns.root.tar ./file)" "below" "of a file that another one is mounted on, that file is kept"
rooted() { # rooted NAME REGEX SED COMMAND...: refused, with an edited recipe, and with what the command does
	rm -rf edited
	cp -r images.kept edited
	rm -f edited/pid
	sed -E "$3" $recipe >edited/criu-ns.recipe
	"${@:4}"
	turned_down "$1" edited "$2"
}
rooted "an option that tmpfs has not" "bogus" 's/options=rw/options=rw,bogus=1/' true
rooted "a root that is too small" "tar|room" 's/options=rw/options=rw,size=4k/' true
rooted "an archive that is gone" "criu-ns.root.tar" '' rm edited/criu-ns.root.tar
rooted "an archive that is cut" "tar" '' truncate -s 100000 edited/criu-ns.root.tar
rooted "an archive that is empty" "tar" '' cp /dev/null edited/criu-ns.root.tar
rooted "a folder in its place" "criu-ns.root.tar|tar" '' sh -c 'rm edited/criu-ns.root.tar; mkdir edited/criu-ns.root.tar'
# What leads out of it: nothing is written there.
mkdir evil
echo untouched >evil/file
(
	mkdir evil.tree && cd evil.tree && tar xf ../images.kept/criu-ns.root.tar && ln -s "$T/evil" way &&
		tar cPf ../evil.tar --transform 's,^x/,../../../../../../../../'"${T#/}"'/evil/,' . &&
		mkdir -p x && echo evil >x/dots && tar rPf ../evil.tar --transform "s,^x,../../..$T/evil," x/dots &&
		tar rPf ../evil.tar --transform "s,^x,$T/evil/absolute," x/dots && mv x/dots x/link && tar rPf ../evil.tar --transform 's,^x,./way,' x/link
) 2>/dev/null
cp -r images.kept edited.tar
rm -f edited.tar/pid
cp evil.tar edited.tar/criu-ns.root.tar
run "$CRIU_NS" restore -d -D edited.tar -o restore.log --pidfile pid
[ ! -e edited.tar/pid ] || kill -KILL "$(cat edited.tar/pid)"
settle 0
is "$(find evil -type f)" evil/file "an archive that leads out: nothing is written there"
rm -rf killed
mv images.kept killed
rm -f killed/pid
thaw "the archive as it was" killed
goes_on "${pid:-0}" "$first" "$count" "... it goes on"
end
finish
