#!/bin/bash
# Locked mounts where locks are not possible, where the user does without them, and in many thaws at once.
[ "$EUID" != 0 ] || TMPDIR=/var/lib
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
# shellcheck source=locked.sh
. "$top/tests/locked.sh"
need_root
need_criu

locked slave
freeze "freeze a sandbox" "$pid" images
like "$(cat images/criu-ns.recipe)" "at=$T/usr .* locked=mount,ro,nosuid,nodev,atime " "the recipe tells of its locks"
like "$("$CRIU_NS" restore --dry-run -D images)" "lock [0-9]+ mounts again" "... and --dry-run, of the thaw's part"

# The same images, at once: each thaw waits for its own root task, at the same file.
clones=6 jobs=() wrong=()
for ((i = 1; i <= clones; i++)); do
	mkdir "clone.$i"
	"$CRIU_NS" restore -d -D images -W "clone.$i" -o restore.log --pidfile pid >".out.$i" 2>&1 &
	jobs[i]=$!
done
for ((i = 1; i <= clones; i++)); do
	wait "${jobs[i]}" || wrong+=("$i: $? $(cat ".out.$i")")
done
is "${wrong[*]}" "" "$clones thaws of them at once"
for ((i = 1; i <= clones; i++)); do
	pid=$(cat "clone.$i/pid")
	is "$(freedoms "$pid" | grep -E "$deeds")" "unmounts its own" "... clone $i has no more freedom than it had"
	kill -KILL "$pid" && dead "$pid" "... and ends"
done

thaw "a thaw with --lose-locks" images --lose-locks
like "$err" "not locked as they were .*: " "... says what is lost"
like "$(freedoms "$pid")" "makes usr writable" "... and so it is"
kill -KILL "$pid" && dead "$pid" "... and ends"

# A root cannot be unmounted, nor be locked against that; so this is one that does not come back.
sed -i '/ at=\/ /s/ locked=/ locked=mount,/' images/criu-ns.recipe
run "$CRIU_NS" restore -d -D images -o restore.log --pidfile lost
is "$status" 125 "a lock that does not come back undoes the thaw"
like "$err" "the mount / is not locked as it was at the freeze \(mount\).*--lose-locks" "... with the reason and a way out"
[ ! -e images/lost ]
report $? "... and there is no pidfile"

# What is locked for others than the root task is not locked again.
# shellcheck disable=SC2016
locked private 'unshare -m --propagation private sh -c "
	mount -t tmpfs inner \"\$T/state\" && echo nested >\"\$T/fifo\" && exec \"\$TARGETS/counter\"" &'
read -r <"$T/fifo"
refuses() { # refuses NAME REGEX OPTION...
	run "$CRIU_NS" dump --dry-run -t "$pid" -D images "${@:3}"
	is "$status" 125 "$1"
	like "$err" "$2" "... with the reason and a way out"
}
refuses "a mount namespace below is refused" "mount namespace of its own.*--lose-locks"
run "$CRIU_NS" dump --dry-run -t "$pid" -D images --lose-locks
is "$status" 0 "... not with --lose-locks"
kill -KILL "$pid" && dead "$pid" "... and it ends"

# bubblewrap keeps the capabilities of a root that starts it; what it binds is locked, because it arrived so.
mkdir -p "$T/bwrap"
own_locked_bwrap() {
	command -v bwrap >/dev/null || return 77
	# shellcheck disable=SC2016
	T=$T lay=$lay own_start unshare -m --propagation slave sh -c '
		eval "$lay" || exit 1
		echo laid >"$T/fifo"
		exec bwrap --dev-bind / / --ro-bind "$T/state" "$T/state" --bind "$T/usr" "$T/copy" --proc /proc \
			--tmpfs "$T/own" --unshare-user --uid 0 --gid 0 --cap-add ALL --unshare-pid --as-pid-1 --new-session \
			"$TARGETS/counter" "$T/own/state" </dev/null >/dev/null 2>"$T/bwrap.err"'
	read -r <"$T/fifo"
	own_attend_child "$started"
}
if own_locked_bwrap; then
	before=$(freedoms "$seen")
	unlike "$before" "usr writable|copy of usr writable" "bubblewrap: it cannot write to /usr"
	freeze "... freeze" "$pid" bwrap.1
	thaw "... thaw" bwrap.1
	seen=$(own_seen "$pid")
	is "$(freedoms "$seen")" "$before" "... it can do what it could, and nothing more"
	kill -KILL "$pid" && dead "$pid" "... and ends"
else
	skip "bubblewrap is not installed"
fi
finish
