#!/bin/bash
# Something else than a regular file in a directory of images that others may write to: nobody waits for a FIFO,
# neither before a thaw nor when the target of a freeze has been stopped.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

mkdir -p private
target() {
	# shellcheck disable=SC2016
	own_start unshare -m --propagation slave sh -c '
		mount -t tmpfs private "$1/private" && exec "$TARGETS/counter" "$1/private/state"' sh "$T"
	own_attend "$started"
	first=$id
}

in_time() { # in_time NAME COMMAND...: it ends by itself, whatever it says
	run timeout -k 1 8 "${@:2}"
	[ "$status" != 124 ] && [ "$status" != 137 ]
	report $? "$1" "it was still waiting after 8 seconds"
}

# For a freeze: the recipe that is to be replaced, and what looks like an image of criu's.
target
mkdir before
mkfifo before/criu-ns.recipe
in_time "a FIFO in the place of the recipe: a freeze does not wait" "$CRIU_NS" dump -t "$pid" -D before -o dump.log
is "$status" 0 "... and succeeds"
[ -f before/criu-ns.recipe ]
report $? "... a recipe has replaced it"
dead "$pid" "... the target is gone"
thaw "... thaw" before
goes_on "${pid:-0}" "$first" "$count" "... it goes on"

mkdir during
mkfifo during/mountpoints-0.img
look_at "$pid"
in_time "a FIFO that is called like an image: a freeze does not wait" "$CRIU_NS" dump -t "$pid" -D during -o dump.log
is "$status" 0 "... and succeeds"
dead "$pid" "... the target is gone"
thaw "... thaw" during
goes_on "${pid:-0}" "$first" "$count" "... it goes on"
kill -KILL "$pid" && waitfor exit "$pid"
settle 0

# For a thaw: each file that criu-ns reads.
table=$(cat /proc/self/mountinfo)
root=$(basename -s .img during/core-*.img | sed 's/core-//')
rm -f during/mountpoints-0.img during/pid
for file in criu-ns.recipe pstree.img "core-$root.img" "$(basename during/mountpoints-*.img)" remap-fpath.img; do
	for odd in fifo link device; do
		rm -rf odd
		cp -r during odd
		rm -f "odd/$file"
		case $odd in
		fifo) mkfifo "odd/$file" ;;
		link) mkfifo odd/fifo && ln -s fifo "odd/$file" ;;
		device) ln -s /dev/zero "odd/$file" ;;
		esac
		in_time "$file is a $odd: a dry run of a thaw does not wait" "$CRIU_NS" restore --dry-run -d -D odd -o restore.log
	done
done
rm -rf odd
cp -r during odd
rm odd/criu-ns.recipe
mkfifo odd/criu-ns.recipe
fails_with 125 "the recipe is a FIFO: the thaw is refused" "$CRIU_NS" restore -d -D odd -o restore.log
like "$err" "^criu-ns: criu-ns.recipe .*not a regular file" "... with the reason"
is "$(cat /proc/self/mountinfo)" "$table" "... and nothing is left"

# A link to a file is as good as the file: criu follows them, too.
rm -rf linked
mkdir linked
for file in during/*.img during/criu-ns.recipe; do
	ln -s "../$file" linked/
done
thaw "a directory of links: thaw" linked
goes_on "${pid:-0}" "$first" "$count" "... it goes on"
kill -KILL "$pid" && waitfor exit "$pid"

# What a tmpfs root held.
mkdir root
# shellcheck disable=SC2016
own_start unshare -m --propagation slave sh -c '
	mount -t tmpfs root "$1/root" && cd "$1/root" && mkdir bin old state proc dev && cp "$TARGETS/counter" bin &&
		mount -t proc proc proc && mknod -m 666 dev/null c 1 3 || exit 1
	for i in usr lib lib64; do mkdir "$i" && mount --rbind "/$i" "$i" || exit 1; done
	pivot_root . old && cd / && exec /bin/counter /state/now' sh "$T"
own_attend "$started"
freeze "a tmpfs root" "$pid" kept
dead "$pid" "... it is gone"
rm kept/criu-ns.root.tar
mkfifo kept/criu-ns.root.tar
in_time "what it held is a FIFO: the thaw does not wait" "$CRIU_NS" restore -d -D kept -o restore.log
is "$status" 125 "... it is refused"
like "$err" "^criu-ns: .*criu-ns.root.tar" "... with the name"
finish
