# shellcheck shell=bash disable=SC2034,SC2154 # what is set here, and what is used, is of the tests and of lib.sh
# Sourced by the tests of a thaw that is started ahead, and of which at times nothing comes. They have the images, $first and
# $frozen, which the tree showed when it was frozen, and $files, which are there then.

again() { # again NAME [OPTION...]: thaws the images; $line is criu's command line
	local name=$1
	make_stop
	set_gate pre-resume
	rm -f images/pid log
	"$CRIU_NS" restore -d -D images --pidfile pid --action-script "$T/stop" "${@:2}" >words.out 2>words.err </dev/null &
	wrapper=$!
	waitfor file reached
	report $? "$name: criu works" "$(cat words.err)"
	line=""
	for init in $(children_of "$wrapper"); do
		for process in $(children_of "$init"); do
			[ "$(cat "/proc/$process/comm")" != criu ] || line+=$(tr '\0' ' ' <"/proc/$process/cmdline")
		done
	done
	open_gate
	wait "$wrapper"
	is "$?" 0 "... and the thaw succeeds"
	pid=$(cat images/pid)
	goes_on "$pid" "$first" "$frozen" "... what was frozen goes on"
	is "$(strays | wc -l)" 1 "... and there is one pseudo-init"
	end_strays
}

# nothing_is_left: no process, and no file
nothing_is_left() {
	settle 0
	is "$(strays)" "" "... no process is left"
	is "$(ls images)" "$files" "... no file is there that was not there before"
}

# traced CALL WHEN SIGNAL: a thaw in which criu-ns gets that signal at that system call, when it makes it for the WHENth time
traced() {
	rm -f images/pid calls
	strace -D -qqo calls -e "trace=clone3,$1" -e "inject=$1:signal=$3:when=$2" \
		"$CRIU_NS" restore -d -D images --pidfile pid >words.out 2>words.err </dev/null &
	wrapper=$!
}

# killed_in CALL WHEN NAME: criu-ns is killed there
killed_in() {
	traced "$1" "$2" KILL
	wait "$wrapper" 2>/dev/null
	is "$?" 137 "$3"
	like "$(cat calls)" "clone3\(.*CLONE_NEWPID" "... and the namespaces have been made"
	nothing_is_left
}

# another_is_killed NAME COMM WHEN: it is that one, while criu-ns looks at the host: before its fstatfs(2) that comes WHENth
another_is_killed() {
	local init process
	traced fstatfs "$3" STOP
	eventually grep -qs "stopped by SIGSTOP" calls
	init=$(children_of "$wrapper")
	is "$(cat "/proc/$init/comm")" criu-ns-init "$1: the pseudo-init is there, and criu-ns still looks"
	waitfor children "$init" 1
	process=$init
	[ "$2" != criu ] || process=$(children_of "$init")
	eventually grep -qx "$2" "/proc/$process/comm" # it may not have been executed yet
	kill -KILL "$process"
	kill -CONT "$wrapper"
	wait "$wrapper"
	isnt "$?" 0 "... the thaw fails when it is killed"
	nothing_is_left
}

# others_are_killed WHEN: the same for each process that has been started
others_are_killed() {
	another_is_killed "the pseudo-init" criu-ns-init "$1"
	like "$(cat words.err)" "the pseudo-init of the thaw was killed" "... and says why"
	another_is_killed "criu" criu "$1"
}

# refused_for_pidfile: what is found when all has been started refuses the thaw
refused_for_pidfile() {
	echo 1 >images/pid
	files=$(ls images)
	fails_with 125 "a thaw is refused because there is a pidfile" \
		strace -D -qqo calls -e trace=clone3 "$CRIU_NS" restore -d -D images --pidfile pid -o restore.log
	like "$(cat calls)" "clone3\(.*CLONE_NEWPID" "... when the namespaces have been made"
	nothing_is_left
	is "$(cat images/pid)" 1 "... and the pidfile is as it was"
	rm images/pid
}
