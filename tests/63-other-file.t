#!/bin/bash
# A file that a process had open from outside is opened again at the thaw, and not another one that somebody has put
# in its place meanwhile.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

# A service whose log is in a directory of a user's.
mkdir private logs
chmod 755 "$T"
chown 1234:1234 logs
: >logs/log
chown 1234:1234 logs/log
chmod 640 logs/log
echo secret >secret
chmod 600 secret
# shellcheck disable=SC2016
own_start unshare -m --propagation slave setsid sh -c 'mount -t tmpfs private "$1/private" && exec perl -e "$2"' \
	sh "$T" "$own_keeper" </dev/null >>logs/log 2>&1
own_attend "$started"
first=$id
freeze "a service with a log: freeze" "$pid" images
dead "$pid" "... it is gone"
recipe=images/criu-ns.recipe
line=$(grep "^file .*path=$T/logs/log " $recipe)
file=${line#file id=} file=${file%% *}
like "$line" " was=owner:1234:1234,mode:0640,.*inode:$(stat -c %i logs/log),.*by:0:0" "... the recipe tells which file it was"
like "$(grep 'path=/dev/null ' $recipe)" " was=owner:.*,rdev:103,"  "... and which device"
like "$(head -n 1 $recipe)" "^criu-ns-recipe 3$" "... in the format that has that"

refused() { # refused NAME DIR REGEX: before criu runs
	rm -f "$2/pid" "$2/restore.log"
	fails_with 125 "$1: refused" "$CRIU_NS" restore -d -D "$2" -o restore.log --pidfile pid
	like "$err" "^criu-ns: .*$T/logs/log.*$3" "... with the reason"
	like "$err" "--inherit-fd 'fd\[N\]:file\[$file\]'.*was=" "... and two ways to go on"
	[ ! -e "$2/restore.log" ] && [ ! -e "$2/pid" ]
	report $? "... and nothing was started"
}

grows() { # grows FILE NAME: the service writes to it
	local size i
	size=$(stat -c %s "$1")
	for ((i = 0; i < 6000; i++)); do
		[ "$(stat -c %s "$1")" -gt "$size" ] && break
		pause 0.01
	done
	like "$(tail -n 1 "$1")" "^$first [0-9]+\$" "$2"
}

end() {
	[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null && waitfor exit "$pid"
	settle 0
}

thaw "it is there as it was: thaw" images
grows logs/log "... the log grows"
end
chown 0:0 logs/log
thaw "its owner has changed, and it is the same: thaw" images
grows logs/log "... the log grows"
end
chown 1234:1234 logs/log

## The same host

mv logs/log logs/log.1
ln secret logs/log
refused "a secret of root's is linked there" images "it is inode $(stat -c %i secret), but was $(stat -c %i logs/log.1)"
is "$(cat secret)" secret "... the secret is untouched"
exec 9>>logs/log.1
thaw "... thaw, with the file that it was" images --inherit-fd "fd[9]:file[$file]"
exec 9>&-
grows logs/log.1 "... which grows"
end
rm logs/log

# What a rotation of logs leaves: a new file with the same owner and mode.
install -o 1234 -g 1234 -m 640 /dev/null logs/log
refused "the log has been rotated" images "it is inode $(stat -c %i logs/log)"
cp -r images without
sed -i "/path=${T//\//\\/}\/logs\/log /s/ was=[^ ]*//" without/criu-ns.recipe
thaw "... without was= what is there now is taken: thaw" without
grows logs/log "... it grows"
end
cp -r images moved
sed -i "s,path=$T/logs/log ,path=$T/logs/log.1 ," moved/criu-ns.recipe
thaw "... the old one under its new name: thaw" moved
grows logs/log.1 "... it grows"
end

## Another host: other numbers

cp -r images other
sed -i -E 's/boot:[0-9a-f-]+/boot:00000000-0000-0000-0000-000000000000/; s/,fs:[0-9a-f]+//' other/criu-ns.recipe
thaw "on another host a file with that owner and mode is as good: thaw" other
grows logs/log "... it grows"
end
chmod 600 logs/log
refused "on another host another mode" other "its mode is 0600, but was 0640"
chmod 640 logs/log
rm logs/log
ln secret logs/log
refused "on another host a secret of root's" other "it belongs to 0:0, and belonged to 1234:1234"
rm logs/log
install -o 1234 -g 1234 -m 640 /dev/null logs/log

# The process had the rights of another user: then it must have been able to open the file itself.
cp -r other user
sed -i -E 's/by:0:0[0-9:]*/by:1235:1235:5/' user/criu-ns.recipe
refused "on another host, and not a file that it could open itself" user "could not open it itself: Permission denied"
sed -i -E 's/by:1235:1235:5/by:1234:5/' user/criu-ns.recipe
thaw "... and one that it could: thaw" user
grows logs/log "... it grows"
end

## Older recipes

cp -r images older
sed -i -E '1s/2$/1/; s/ was=[^ ]*//' older/criu-ns.recipe
thaw "a recipe of format 1, which does not tell which file it was: thaw" older
grows logs/log "... it grows"
end

# A root-owned log that the service could not open itself, and had: it is that file, so it gets it back.
mkdir rooted
install -m 600 /dev/null rooted.log
# shellcheck disable=SC2016
own_start unshare -m --propagation slave setsid sh -c 'mount -t tmpfs private "$1/private" && exec perl -e "$2"' \
	sh "$T" "$own_keeper" </dev/null >>rooted.log 2>&1
own_attend "$started"
first=$id
freeze "a log of root's: freeze" "$pid" rooted
sed -i -E 's/by:0:0[0-9:]*/by:1235:1235:5/' rooted/criu-ns.recipe
thaw "... thaw of what runs as somebody else" rooted
grows rooted.log "... the log grows"
end
finish
