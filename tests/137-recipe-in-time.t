#!/bin/bash
# Where criu asks before it ends the tree, the recipe is written while criu works, and never later: without it the tree runs on.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu
command -v strace >/dev/null || skip_all "needs strace"

mkdir images own
clean() { rm -rf images && mkdir images; }

own() { # own: a counter with mounts of its own, $pid
	unshare -m --propagation slave sh -c 'mount -t tmpfs own own; exec "$TARGETS/counter" own/state' &
	attend $!
	first=$id
}

own
runs_ok "frozen" strace -D -qqo calls -s 100 -e trace=write,linkat \
	"$CRIU_NS" dump -t "$pid" -D images -o dump.log
like "$(sed -n '/1M.*tree=/h; /linkat(.*criu-ns.recipe/{ g; p; }' calls)" "tree=" \
	"the recipe is written when criu has its options"
like "$(cat images/criu-ns.recipe)" "^mount at=.*/own is=own" "... and is complete"
thaw "... thaw" images
goes_on "$pid" "$first" "$count" "... and goes on"

# failing NAME INJECTION: a freeze in which the recipe's place cannot be taken
failing() {
	local before
	clean
	before=$(strays | wc -l)
	echo "of an earlier freeze" >images/criu-ns.recipe
	look_at "$pid"
	run strace -D -qqo calls -e trace=renameat,renameat2,rename -e "inject=renameat,renameat2,rename:$2" \
		"$CRIU_NS" dump -t "$pid" -D images -o dump.log
	settle "$before" # a criu that is just being executed has no environment yet, which calm() looks for
	report $? "$1: criu ends"
	goes_on "$pid" "$first" "$count" "... the target goes on"
	is "$(cat images/criu-ns.recipe)" "of an earlier freeze" "... and what was there is still there"
}
failing "the recipe cannot be written" error=ENOSPC
is "$status" 125 "... which is said"
like "$err" "cannot write criu-ns.recipe to the images directory: No space left" "... in words"
failing "criu-ns is killed when it writes the recipe" signal=KILL:when=1
is "$status" 137 "... as it was"

# What the user has named is looked at before criu begins.
clean
fails_with 125 "a name that is one of criu-ns's own is refused" "$CRIU_NS" dump -t "$pid" -D images -o dump.log \
	--external "mnt[$T/own]:criu-ns-1"
like "$err" "cannot be written: line [0-9]+ of the recipe: key=criu-ns-1" "... for that reason"
is "$(ls images)" "" "... and nothing is there"
goes_on "$pid" "$first" "$count" "... the target goes on"

# A freeze without mounts has it before criu begins.
kill -KILL "$pid"
start counter
clean
runs_ok "frozen without mounts of its own" strace -D -qqo calls -s 100 -e trace=write,unlinkat \
	"$CRIU_NS" dump -t "$pid" -D images -o dump.log
like "$(sed -n '/unlinkat(.*criu-ns.recipe/h; /1M.*tree=/{ g; p; }' calls)" "criu-ns.recipe" \
	"... an older recipe is gone before criu has its options"
finish
