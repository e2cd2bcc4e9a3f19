#!/bin/bash
# Names that others chose, of processes, mountpoints and files, do not control the terminal: in a plan, an error, a
# warning and the lines of criu's log.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

# A title, a clear screen, both also with C1 in UTF-8 and raw; the writing direction; and what is to stay.
evil=$'\033]0;x\007\033[2J\302\2332J\2332J\302\235y\235\342\200\256z'
good=$'caf\303\251\342\202\254'
shown='\?\]0;x\?\?\[2J\?\?2J\?2J\?\?y\?\?\?\?z'

harmless() { # harmless NAME: what the last command said has nothing that a terminal acts on
	local bytes
	bytes=$(cat "$T/.out" "$T/.err" | LC_ALL=C tr -d '\n' | LC_ALL=C grep -cP '[\x00-\x1f\x7f]|\xc2[\x80-\x9f]|(?<![\xc2-\xf4\x80-\xbf])[\x80-\xbf]|\xe2\x80[\xa8-\xae]')
	is "$bytes" 0 "$1: nothing steers the terminal" "$(cat -v "$T/.out" "$T/.err")"
}

# target: it has a tmpfs of its own on, and a log from outside in, a directory with such a name; so is it called.
mkdir -p "$T/$evil$good/at"
# shellcheck disable=SC2016
own_start unshare -m --propagation slave setsid sh -c '
	mount -t tmpfs own "$1" && exec "$TARGETS/counter" "$1/state"' sh "$T/$evil$good/at"
own_attend "$started"
first=$id

run "$CRIU_NS" dump --dry-run -t "$pid" -D .
is "$status" 0 "a dry run"
harmless "a dry run"
like "$out" "mount $T/$shown$good/at" "... the names are shown"

freeze "freeze" "$pid" images
harmless "freeze"
dead "$pid" "... it is gone"
cp -r images changed
sed -i -E '/^mount at=.*is=own root/s/type=tmpfs/type=ramfs/' changed/criu-ns.recipe
cmp -s images/criu-ns.recipe changed/criu-ns.recipe && fail "nothing is changed"
run "$CRIU_NS" restore -d -D changed -o restore.log --pidfile pid
is "$status" 125 "mounts that come back otherwise: refused"
harmless "an error"
like "$err" "^criu-ns: .*$shown$good" "... the name is shown"
run "$CRIU_NS" restore -d -D changed -o restore.log --pidfile pid --warn-mounts
is "$status" 0 "--warn-mounts"
harmless "--warn-mounts"
like "$err" "^criu-ns: a mount is not as it was frozen: .*$shown$good" "... the name is shown"
pid=$(cat changed/pid)
goes_on "${pid:-0}" "$first" "$count" "... it goes on"

kill -KILL "$pid" && waitfor exit "$pid"
end_strays

# A process of such a name, which is its program's (15 bytes of it).
name=$'\033]0;\302\2332J\2332J\007'
cp "$(command -v perl)" "$name"
own_start unshare -m --propagation slave setsid "./$name" -e '$| = 1; print "up\n"; sleep 60' </dev/null >up 2>/dev/null
waitfor file up
run "$CRIU_NS" dump --dry-run -t "$started" -D .
is "$status" 0 "a process of such a name: a dry run"
harmless "a process of such a name"
like "$out" '\?\]0;\?\?2J\?2J\?' "... which is shown"
kill -KILL "$started" && waitfor exit "$started"

# What criu says.
cat >criu <<-'END'
	#!/bin/sh
	while [ $# -gt 0 ]; do
		[ "$1" != -o ] || log=$2
		shift
	done
	printf '(00.1) Error (criu/a.c:1): \033[2J\302\2332J\2332J caf\303\251\n' >"images/$log"
	exit 1
END
chmod +x criu
start counter
run "$CRIU_NS" --criu-binary ./criu dump -t "$pid" -D images -o "said.log"
isnt "$status" 0 "a criu that fails with such a line"
harmless "criu's words"
like "$err" $'^criu: \\?\\[2J\\?\\?2J\\?2J caf\303\251$' "... which are shown"
finish
