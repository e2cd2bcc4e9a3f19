# shellcheck shell=bash disable=SC2154
# Sourced by the tests of a criu that is started ahead of a freeze, and of which nothing comes. They have a directory images.

clean() { rm -rf images && mkdir images; }

# killed_in CALL NUMBER NAME: a freeze of $pid is killed at that one of these system calls
killed_in() {
	clean
	run strace -D -qqo calls -e "trace=vfork,$1" -e "inject=$1:signal=KILL:when=$2" \
		"$CRIU_NS" dump -t "$pid" -D images
	is "$status" 137 "$3"
	like "$(cat calls)" "^[0-9 ]*vfork" "... and criu has been started"
	calm criu
	is "$?" 0 "... which ends by itself"
	look_at "$pid"
	goes_on "$pid" "$first" "$count" "... and the target goes on"
}

# refused_ahead: what is found in the tree of $pid refuses its freeze
refused_ahead() {
	clean
	fails_with 125 "what is found in the tree is refused" \
		strace -D -qqo calls -e trace=vfork "$CRIU_NS" dump -t "$pid" -D images -v0
	like "$(cat calls)" "^[0-9 ]*vfork" "... when criu has been started"
	calm criu
	is "$?" 0 "... which criu-ns has ended"
	nothing_is_there
	goes_on "$pid" "$id" "$count" "... and the target goes on"
}

nothing_is_there() { is "$(ls images)" "" "... nothing is there"; }
