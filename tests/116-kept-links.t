#!/bin/bash
# Files that have lost the name by which they are open, and have others (--link-remap): the freeze keeps them, in the
# images directory or, on another mount, beside their old name; and any number of thaws, one after the other or at
# once, find them. Nothing of theirs is left, and nothing is in the way of another freeze.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

criu_names() { # criu_names DIR: what is there of criu's and of ours
	find "$1" -maxdepth 1 -name 'link_remap.*' -o -maxdepth 1 -name '*.cr_link'
}

end() { # end PID...
	[ "$*" = 0 ] || kill -KILL "$@" 2>/dev/null
	local one
	for one in "$@"; do [ "$one" = 0 ] || waitfor exit "$one"; done
}

hold() { # hold [WRAPPER... --] NAME: sets $pid, $id, $count, and $held, the inode
	local name=${*: -1}
	own_start "${@:1:$#-1}" "$TARGETS/holds" linked "$name" </dev/null >/dev/null 2>&1
	attend "$started"
	held=$(stat -c %i "$name.other")
}

same_inode() { # same_inode PID NAME: what it holds is still the file with the other name
	is "$(stat -L -c %i "/proc/$1/fd/3")" "$held" "$2"
}

# In the same file system as the images.
mkdir files
hold "$T/files/a"
freeze "a name that has gone" "$pid" same
dead "$pid" "... it is gone"
is "$(criu_names files)" "" "... nothing is left beside it"
is "$(stat -c %i same/link_remap.*)" "$held" "... the images have it"
for cycle in 1 2 3; do
	thaw "... thaw $cycle of the same images" same
	goes_on "${pid:-0}" "$id" "$count" "... it goes on, and holds what it held"
	same_inode "${pid:-0}" "... the file with the other name"
	end "$pid"
	is "$(criu_names files)" "" "... nothing is left beside it"
done
runs_ok "... --dry-run" "$CRIU_NS" restore --dry-run -d -D same
like "$out" "make another name for $T/files/link_remap\.[0-9]+" "... says what is made"
is "$(criu_names files)" "" "... and makes nothing"

# In copies at once.
for n in 1 2 3 4; do
	"$CRIU_NS" restore -d -D same --pidfile "clone.$n" -o "restore.$n.log" &
	jobs[n]=$!
done
for n in 1 2 3 4; do
	wait "${jobs[n]}"
	is $? 0 "clone $n"
	goes_on "$(cat "same/clone.$n" 2>/dev/null || echo 0)" "$id" "$count" "... runs"
done
for n in 1 2 3 4; do end "$(cat "same/clone.$n")"; done
is "$(criu_names files)" "" "... nothing is left beside it"

# While another thaw of these images is there, it waits, without asking again and again; but not for ever.
# shellcheck disable=SC2317 # eventually calls it
awaited() { grep -qE -- "-> FLOCK .*:$(stat -c %i same) " /proc/locks; }
# By a process that goes on: in a pid namespace /proc/locks has no lock whose maker has ended, nor who waits for it.
take_turn() { # take_turn: sets $turn
	perl -e '$| = 1; open my $dir, "<", "same" or die; flock $dir, 2 or die; print "held\n"; sleep 1000' >turn &
	turn=$!
	waitfor file turn
}
take_turn
"$CRIU_NS" restore -d -D same --pidfile clone.5 -o restore.log &
waiting=$!
eventually awaited
report $? "another one has its turn: a thaw waits for the lock" "$(cat /proc/locks)"
[ ! -e same/clone.5 ]
report $? "... and has not begun"
kill "$turn"
wait $waiting
is $? 0 "... then it begins"
end "$(cat same/clone.5)"
rm turn
take_turn
thaw "one that never ends" same
end "${pid:-0}"
kill "$turn"

# The other names have gone as well, and the directory was cleaned.
rm files/a.other
rm -rf files
mkdir files
ln same/link_remap.* files/a.other # for the target, which looks for it
thaw "all names gone" same
goes_on "${pid:-0}" "$id" "$count" "... it goes on"
same_inode "${pid:-0}" "... in the same file"
end "$pid"

# A thaw that fails leaves nothing, and the next one goes round.
mv "$T/files/a.other" elsewhere
ln elsewhere "$T/files/a.other"
fails_with 1 "a thaw that fails" "$CRIU_NS" restore -d -D same --action-script /bin/false -o restore.log
is "$(criu_names files)" "" "... leaves nothing"
thaw "... and the next one works" same
end "${pid:-0}"

# Another tree in the same directory gets the same number from criu.
hold "$T/files/b"
freeze "a first one" "$pid" first
hold "$T/files/c"
freeze "... a second one in the same directory" "$pid" second
for dir in first second; do
	thaw "... $dir is thawed" "$dir"
	end "${pid:-0}"
done

# Frozen again into the same directory: what was kept for the images before goes.
hold "$T/files/d"
freeze "into the same directory" "$pid" first
is "$(stat -c %i first/link_remap.*)" "$held" "... only the new file is kept"

# The images on another mount.
mkdir other
mount -t tmpfs other other
hold "$T/files/e"
freeze "images on another mount" "$pid" other/images
beside=$(readlink other/images/link_remap.*)
is "$(criu_names "$T/files")" "$beside" "... kept beside it, under a name of its own"
hold "$T/files/f"
freeze "... and another" "$pid" other/more
for cycle in 1 2; do
	thaw "... thaw $cycle" other/images
	same_inode_of=$(stat -c %i "$beside")
	is "$(stat -L -c %i "/proc/${pid:-0}/fd/3")" "$same_inode_of" "... has the file"
	end "${pid:-0}"
done
hold "$T/files/g"
freeze "... again into that directory" "$pid" other/images
is "$(stat -c %n "$beside" 2>/dev/null)" "" "... what was kept before is gone"
thaw "... and it is thawed" other/images
end "${pid:-0}"

# As criu left it, by an older criu-ns or by criu: beside it, under criu's name.
hold "$T/files/h"
freeze "as criu does" "$pid" as-given --link-remap --as-given
like "$(criu_names files)" 'link_remap\.[0-9]+$' "... criu's name is beside it"
for cycle in 1 2; do
	thaw "... thaw $cycle" as-given
	goes_on "${pid:-0}" "$id" "$count" "... it goes on"
	end "${pid:-0}"
done

# Nowhere.
criu_name=$(criu_names files | grep -E 'link_remap\.[0-9]+$')
rm "$criu_name"
fails_with 125 "nothing is kept" "$CRIU_NS" restore -d -D as-given -o restore.log
like "$err" "the name $T/$criu_name, which the freeze gave to the deleted file $T/files/h .*, is gone" "... says so"
ln files/h.other "$criu_name"
thaw "... the remedy works" as-given
end "${pid:-0}"
rm "$criu_name"
mkdir bound
mount --bind same bound
held=$(stat -c %i files/a.other)
thaw "images on another mount of the file's file system" bound
[ "${pid:-0}" = 0 ] || look_at "$pid"
same_inode "${pid:-0}" "... the file with the other name"
end "${pid:-0}"
umount bound
cp -a same other/moved
fails_with 125 "kept on another mount than the file" "$CRIU_NS" restore -d -D other/moved -o restore.log
like "$err" "the file that had lost the name $T/files/a is kept in the images directory, which is on another mount than $T/files/link_remap" "... says so"

# A directory that somebody has exchanged for a link is not followed.
mv files real
ln -s real files
fails_with 125 "a link in the way" "$CRIU_NS" restore -d -D same -o restore.log
like "$err" "the name $T/files/link_remap.*, which the freeze gave.* is gone" "... and why"
rm files
mv real files

# With mounts of its own: below a shared directory, and in a file system that goes into the images.
mkdir private
# shellcheck disable=SC2016 # for the inner shell
own_private() { hold unshare -m --propagation slave sh -c 'mount -t tmpfs private "$0" && exec "$@"' "$T/private" "$T/files/$1"; }
own_private own
freeze "mounts of its own" "$pid" own
is "$(stat -c %i own/link_remap.*)" "$held" "... the images have the file"
for cycle in 1 2; do
	thaw "... thaw $cycle" own
	goes_on "${pid:-0}" "$id" "$count" "... it goes on"
	is "$(stat -L -c %i "/proc/${pid:-0}/fd/3")" "$held" "... in the same file"
	end "${pid:-0}"
done
is "$(criu_names "$T/files" | sort)" "$(readlink other/*/link_remap.* | sort)" "... nothing is left beside it"
umount other
finish
