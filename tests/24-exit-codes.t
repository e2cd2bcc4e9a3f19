#!/bin/bash
# Exit codes: criu's own; 125 criu-ns failed; 126, 127 no criu; 128+N criu died of signal N; and what a thaw in
# the foreground returns when the tree ends.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

fake() { # fake COMMAND: a criu that does that
	printf '#!/bin/sh\n%s\n' "$1" >fake-criu
	chmod +x fake-criu
}

status_of() { # status_of CODE ARGUMENT...: sets $status, quickly
	status=0
	{ CODE=$1 "$CRIU_NS" --criu-binary "$T/fake-criu" "${@:2}" || status=$?; } &>/dev/null
}

# What has another meaning somewhere, and the ends: 0 to 255 is one path through criu-ns, tried whole with a quick command.
some_codes='1 2 63 64 84 85 86 124 125 126 127 128 129 137 143 192 254 255'
deadly=$(echo {1..16} {24..27} {29..31} 34 64)

all_codes() { # all_codes NAME ARGUMENT...: criu's exit codes and deaths come through
	local code signal wrong=()
	fake 'exit $CODE'
	for code in $codes; do
		status_of "$code" "${@:2}"
		[ "$status" = "$code" ] || wrong+=("$status for $code")
	done
	is "${wrong[*]-}" "" "$1: all of criu's exit statuses come through"
	wrong=()
	fake 'ulimit -c 0; kill -$CODE $$'
	for signal in $deadly; do
		status_of "$signal" "${@:2}"
		[ "$status" = $((128 + signal)) ] || wrong+=("$status for signal $signal")
	done
	is "${wrong[*]-}" "" "$1: 128+N when criu dies of signal N"
}

no_criu() { # no_criu ARGUMENT...
	: >plain
	chmod 644 plain
	fails_with 126 "126 for a criu that is not executable: $*" \
		"$CRIU_NS" --criu-binary "$T/plain" "$@"
	like "$err" "^criu-ns: .*$T/plain" "... and its name"
	fails_with 126 "126 for a directory" "$CRIU_NS" --criu-binary "$T" "$@"
	fails_with 127 "127 for a criu that is not there" \
		"$CRIU_NS" --criu-binary "$T/nowhere" "$@"
	like "$err" "^criu-ns: .*$T/nowhere: No such file or directory; name the program file of criu$" "... and its name"
	fails_with 127 "127 for \$CRIU_BINARY that is not there" \
		env CRIU_BINARY="$T/nowhere" "$CRIU_NS" "$@"
	fails_with 127 "127 for none on PATH" env -u CRIU_BINARY PATH="$T" "$CRIU_NS" "$@"
	like "$err" "^criu-ns: .*criu" "... says so"
}

codes=$(echo {1..255})
all_codes "check" check
codes=$some_codes
no_criu check
fails_with 125 "125 for an own failure" "$CRIU_NS" --criu-binary "$T/fake-criu" frobnicate

if [ "$test_in" != host ] || [ ! -x "$CRIU_BINARY" ]; then
	skip "the rest needs root and a working criu"
	finish
fi

start exiter event signal
waitfor count "$pid" 1
freeze "freeze a process that waits for a signal" "$pid" signal
mkdir images
start counter
# In a freeze criu has those blocked that are sent from outside to end or steer a program.
# What has another meaning somewhere, and the ends: 0 to 255 is one path through criu-ns, tried whole with a quick command.
some_codes='1 2 63 64 84 85 86 124 125 126 127 128 129 137 143 192 254 255'
deadly=$(echo {4..9} 11 13 14 16 {24..27} {29..31}) all_codes "dump" dump -t "$pid" -D images
no_criu dump -t "$pid" -D images
all_codes "restore -d" restore -d -D signal
all_codes "restore" restore -D signal
no_criu restore -D signal
fake 'exit 1'
run "$CRIU_NS" --criu-binary "$T/fake-criu" dump -t "$pid" -D images
unlike "$err" "its messages are above" "what criu has not said is not above"
fake 'exit 0'
fails_with 125 "what is not criu thaws nothing" "$CRIU_NS" --criu-binary "$T/fake-criu" restore -d -D signal
like "$err" "or the program that was run is not criu$" "... and that is said"
look_at "$pid"
goes_on "$pid" "$id" "$count" "the target is untouched"
kill -9 "$pid"
settle 0
report $? "no process is left of all that"

foreground() { # foreground DIR OPTION...: a thaw, up to where the tree runs; sets $thaw and $pid
	rm -f "$1/pid" event
	# A shell starts what is in the background with INT ignored.
	env --default-signal=INT,QUIT \
		"$CRIU_NS" restore -D "$1" -o restore.log --pidfile pid "${@:2}" &
	thaw=$!
	waitfor file "$1/pid"
	pid=$(cat "$1/pid")
}

for signal in TERM INT HUP QUIT USR1 USR2; do
	foreground signal --exit-status
	kill "-$signal" "$thaw"
	wait "$thaw"
	is "$?" "$(kill -l "$signal")" "SIG$signal goes on to the root task"
done

for how in 0 3 255 -9 -15 -11; do
	start exiter "$T/event" "$how"
	freeze "freeze a process that ends with $how" "$pid" "end$how"
	wanted=$((how < 0 ? 128 - how : how))
	foreground "end$how"
	touch event
	wait "$thaw"
	is "$?" 0 "a thaw in the foreground returns 0 for $how"
	foreground "end$how" --exit-status
	touch event
	wait "$thaw"
	is "$?" "$wanted" "... and $wanted with --exit-status"
	rm event
done

# A tree that ends as soon as it runs has run all the same.
start exiter "$T/event" 7
freeze "freeze a process that will end at once" "$pid" brief
touch event
wrong=()
for mode in -d "" --exit-status; do
	for try in 1 2 3 4 5 6 7; do
		rm -f brief/pid
		run "$CRIU_NS" restore $mode -D brief -o restore.log --pidfile pid
		wanted=$([ "$mode" = --exit-status ] && echo 7 || echo 0)
		[ "$status $(grep -c . brief/pid)" = "$wanted 1" ] || wrong+=("$mode $try: $status $err")
	done
done
is "${wrong[*]-}" "" "a thaw of it succeeds, and writes a pidfile, each time"
settle 0
report $? "no process is left"
finish
