#!/bin/bash
# What the user says about mounts and files has priority: criu's own options for them, in their old and new
# spellings, as criu's documentation has them.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

mkdir -p host/one host/two at private
echo one >host/one/mark
echo two >host/two/mark

# target [PROPAGATION]: host/one is bound on at, private is a tmpfs of its own.
target() {
	# shellcheck disable=SC2016
	own_start unshare -m --propagation "${1-slave}" sh -c '
		mount --bind "$1/host/one" "$1/at" && mount -t tmpfs private "$1/private" &&
		exec "$TARGETS/counter" "$1/private/state"' sh "$T"
	own_attend "$started"
	first=$id
}

froze_dead() { # froze_dead NAME DIR [OPTION...]: a freeze with these, and the target is gone
	look_at "$pid"
	freeze "$1" "$pid" "${@:2}" || bail_out "nothing to thaw"
	dead "$pid" "... it is gone"
}

comes_back() { # comes_back NAME DIR MARK [OPTION...]: a thaw with these, in which at/mark is MARK
	thaw "$1" "$2" "${@:4}"
	goes_on "${pid:-0}" "$first" "$count" "... it goes on"
	is "$(cat "/proc/${pid:-0}/root$T/at/mark" 2>&1)" "$3" "... with the mount that was named"
}

end() {
	[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null && waitfor exit "$pid"
	settle 0
}

## --external mnt[AT]:KEY, and mnt[KEY]:PATH

target
froze_dead "named by hand" hand --external "mnt[$T/at]:barmount"
fails_with 125 "the thaw has to be told, too" "$CRIU_NS" restore -d -D hand -o restore.log
like "$err" "^criu-ns: .*$T/at.*mnt\[barmount\]" "... and the option is named"
[ ! -e hand/restore.log ]
report $? "... criu was not run"
comes_back "thaw, with the same directory" hand one --external "mnt[barmount]:$T/host/one"
end
comes_back "thaw, with another directory" hand two --external "mnt[barmount]:$T/host/two"
end
comes_back "thaw, in the old spelling" hand one --ext-mount-map "barmount:$T/host/one"
end

target
froze_dead "named by hand, in the old spelling" old --ext-mount-map "$T/at:barmount"
comes_back "thaw, in the old spelling" old two --ext-mount-map "barmount:$T/host/two"
froze_dead "freeze it again, in criu's words" again --external="mnt[$T/at]:bar.2"
comes_back "thaw" again one --external="mnt[bar.2]:$T/host/one"
end

# A key of criu-ns's, replaced in a thaw.
target
froze_dead "nothing named" none
key=$(sed -n "s,^mount at=$T/at .*key=\([^ ]*\).*,\1,p" none/criu-ns.recipe)
like "$key" "^criu-ns-[0-9]+$" "a key of ours in the recipe"
comes_back "thaw with another directory under that key" none two --external "mnt[$key]:$T/host/two"
end
comes_back "thaw with nothing named" none one
end
comes_back "thaw, in the old spelling" none two --ext-mount-map "$key:$T/host/two"
end

## mnt[]: criu finds them itself

for how in "--external mnt[]:sm" "--external mnt[]:m --external mnt[]:s" "--external mnt[]:m" \
	"--ext-mount-map auto --enable-external-sharing --enable-external-masters"; do
	target
	dir=auto.$tests
	# shellcheck disable=SC2086 # words
	froze_dead "$how" "$dir" $how
	# shellcheck disable=SC2086
	comes_back "... thaw with the same" "$dir" one $how
	end
	comes_back "... thaw without" "$dir" one
	end
done
target private
froze_dead "private mounts, --external mnt[]" private.auto --external 'mnt[]'
comes_back "... thaw with the same" private.auto one --external 'mnt[]'
end

## Images that criu dumped itself

bare() { # bare NAME DIR OPTION...: as criu alone does it
	mkdir "$2"
	look_at "$pid"
	runs_ok "$1" "$CRIU_BINARY" dump -t "$pid" -D "$2" -o dump.log "${@:3}" || bail_out "nothing to thaw"
	dead "$pid" "... it is gone"
}

target
bare "criu dumps with mnt[]:m" bare.auto --external 'mnt[]:m'
comes_back "... criu-ns thaws with nothing named" bare.auto one
end
comes_back "... and with the same" bare.auto one --external 'mnt[]:m'
is "$(ls bare.auto/criu-ns* 2>/dev/null)" "" "... and writes nothing beside the images"
froze_dead "... and freezes it again" bare.again
comes_back "... and thaws it again" bare.again one
end
target
bare "criu dumps with mnt[AT]:KEY" bare.key --external 'mnt[]:m' --external "mnt[$T/at]:bar"
mkdir bare.fails
run "$CRIU_NS" restore -d -D bare.key -W bare.fails -o restore.log --pidfile pid
isnt "$status" 0 "... criu-ns cannot thaw without that key, as criu cannot"
settle 0
report $? "... nothing is left"
[ ! -e bare.fails/pid ]
report $? "... and no pidfile"
comes_back "... and thaws with it" bare.key two --external "mnt[bar]:$T/host/two"
end

start counter
first=$id
bare "criu dumps what shares our mounts" bare.same
thaw "... criu-ns thaws it" bare.same
goes_on "${pid:-0}" "$first" "$count" "... it goes on"
end

start counter
first=$id
froze_dead "criu-ns freezes what shares our mounts" same
is "$(ls same/criu-ns* 2>/dev/null)" "" "... and writes nothing beside the images"
runs_ok "... criu thaws it" "$CRIU_BINARY" restore -d -D same -o bare.log --pidfile bare.pid
pid=$(cat same/bare.pid)
goes_on "${pid:-0}" "$first" "$count" "... it goes on"
end
thaw "... so does criu-ns" same
end

## --root

# rooted: its root is a directory with the targets; criu calls such a root "another one than here".
rooted() {
	own_rootfs "$T/$1" || return
	mkdir -p "$1/old"
	# shellcheck disable=SC2016
	own_start unshare -m --propagation slave sh -c '
		mount --bind "$1" "$1" && cd "$1" && mount -t proc proc proc && mount --rbind /dev dev && pivot_root . old &&
			exec /bin/counter /state/now' sh "$T/$1"
	own_attend "$started"
	first=$id
}

if rooted rootfs; then
	froze_dead "a root of its own" rooted
	mkdir other
	cp -a rootfs/. other
	echo other >other/etc/mark
	thaw "thaw with nothing named" rooted
	[ ! -e "/proc/${pid:-0}/root/etc/mark" ]
	report $? "... on its own root"
	end
	mount --bind other other
	thaw "thaw with another --root" rooted --root "$T/other"
	goes_on "${pid:-0}" "$first" "$count" "... it goes on"
	is "$(cat "/proc/${pid:-0}/root/etc/mark" 2>&1)" other "... on that"
	end
	umount other
	rm rooted/criu-ns.recipe
	fails_with 125 "without a recipe it is refused" "$CRIU_NS" restore -d -D rooted -o none.log
	like "$err" "^criu-ns: .*/rootfs.*--root" "... the root and the option are named"
	[ ! -e rooted/none.log ]
	report $? "... criu was not run"
	end
else
	skip "no busybox for a root" 11
fi

## Files: --external file[MNT:INODE], --inherit-fd

# logger: a target whose stdout is a log from outside.
logger() {
	# shellcheck disable=SC2016
	own_start unshare -m --propagation slave setsid sh -c 'mount -t tmpfs private "$1/private" && exec perl -e "$2"' \
		sh "$T" "$own_keeper" </dev/null >>log 2>&1
	own_attend "$started"
	first=$id
}

grows() { # grows FILE NAME: lines with the identity of the target are added
	local size i
	size=$(stat -c %s "$1")
	for ((i = 0; i < 6000; i++)); do
		[ "$(stat -c %s "$1")" -gt "$size" ] && break
		pause 0.01
	done
	like "$(tail -n 1 "$1")" "^$first [0-9]+\$" "$2"
	[ "$(stat -c %s "$1")" -gt "$size" ]
	report $? "... and grows"
}

logger
froze_dead "a log from outside" logged
file=$(sed -n "s,^file id=\([^ ]*\) path=$T/log .*,\1,p" logged/criu-ns.recipe)
like "$file" "^[0-9a-f]+:[0-9a-f]+$" "... it is in the recipe"
thaw "thaw with nothing named" logged
grows log "... it writes to its log"
end
exec 9>>elsewhere
thaw "thaw with another by --inherit-fd" logged --inherit-fd "fd[9]:file[$file]"
exec 9>&-
grows elsewhere "... it writes to that"
cp log log.before
sleep 0.4
is "$(cmp log log.before 2>&1)" "" "... and not to the other"
end
logger
freeze "a look at its files" "$pid" look -R
ids=() paths=() externals=() inherits=()
while read -r name path; do
	ids+=("$name")
	paths+=("${path/$T\/log/elsewhere}")
	externals+=(--external "file[$name]")
done < <(sed -n 's,^file id=\([^ ]*\) path=\([^ ]*\) .*,\1 \2,p' look/criu-ns.recipe)
is "${paths[*]}" "/dev/null elsewhere" "... its stdio"
froze_dead "files named by hand" byhand "${externals[@]}"
is "$(grep -c ^file byhand/criu-ns.recipe)" 0 "... are not in the recipe"
run "$CRIU_NS" restore -d -D byhand -o restore.log --pidfile pid
isnt "$status" 0 "... the thaw needs them"
settle 0
report $? "... nothing is left"
exec 8</dev/null 9>>elsewhere
for i in 0 1; do
	inherits+=(--inherit-fd "fd[$((8 + i))]:file[${ids[i]}]")
done
thaw "... and takes them" byhand "${inherits[@]}"
exec 8>&- 9>&-
goes_on "${pid:-0}" "$first" "$count" "... it goes on"
grows elsewhere "... it writes to what was given"
end

## The rest

target
for mode in ignore none soft; do
	froze_dead "--manage-cgroups=$mode" "cgroups.$mode" --manage-cgroups=$mode
	comes_back "... thaw with the same" "cgroups.$mode" one --manage-cgroups=$mode
done
end

# shellcheck disable=SC2016
own_start unshare -m --propagation slave sh -c '
	mount --bind "$1/host/one" "$1/at" && mount -t tmpfs private "$1/private" && exec "$TARGETS/counter"' sh "$T"
own_attend "$started"
first=$id
froze_dead "--skip-mnt" skip --skip-mnt "$T/private"
comes_back "... thaw with the same" skip one --skip-mnt "$T/private"
unlike "$(cat "/proc/$pid/mountinfo")" " $T/private " "... without that mount"
end
comes_back "... thaw without the option" skip one
end

## A disk that only the target has

name="--external dev[]"
truncate -s 16M disk.image
# shellcheck disable=SC2016 # of that shell
on_disk='mount -t ext4 "$2" "$1/disk" && mkdir "$1/disk/one" "$1/disk/two" && mount --bind "$1/disk/one" "$1/disk/two" &&
	exec "$TARGETS/counter" "$1/disk/two/now"'
if mkfs.ext4 -q disk.image && loop=$(losetup --show -f disk.image 2>/dev/null) && mkdir disk &&
	own_start unshare -m --propagation slave sh -c "$on_disk" sh "$T" "$loop" 2>/dev/null &&
	waitfor state "$started" 2>/dev/null; then
	own_attend "$started"
	first=$id
	freeze "$name" "$pid" disk-images --external "dev[$(stat -c '%Hr/%Lr' "$loop")]:disk"
	dead "$pid" "... it is gone"
	thaw "... thaw with the same device" disk-images --external "dev[disk]:$loop"
	goes_on "${pid:-0}" "$first" "$count" "... it goes on"
	like "$(cat "/proc/${pid:-0}/mountinfo")" " /one $T/disk/two .* - ext4 $loop " "... on that disk, and on the bind of it"
	end
else
	skip "$name: no mkfs.ext4 (Debian: e2fsprogs), or no loop device" 5
fi
[ -z "${loop-}" ] || losetup -d "$loop"
finish
