#!/bin/bash
# The pidfile has the pid that the caller sees. It appears when the tree runs, at once and complete.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

start counter
first=$id
freeze "freeze a counter" "$pid" images
mkdir work elsewhere

# At each of criu's stages before the tree runs, a note of what is there.
cat >look <<END
#!/bin/sh
[ "\$CRTOOLS_SCRIPT_ACTION" = post-resume ] && exit
echo "\$CRTOOLS_SCRIPT_ACTION" >>$T/stages
cat $T/work/pid >>$T/early
exit 0
END
chmod +x look
mkfifo until
"$TARGETS/dirwatch" work <until >events &
watch=$!
exec {until}>until
waitfor file events

runs_ok "thaw with a pidfile" "$CRIU_NS" restore -d -D images -W work -o restore.log \
	--pidfile pid --action-script "$T/look"
pid=$(cat work/pid)
goes_on "$pid" "$first" "$count" "the pidfile holds the pid seen from here"
is "$(stat -c %s work/pid)" "${#pid}" "... and no newline"
is "$(xargs <stages)" "pre-restore post-restore pre-resume" "criu had three stages before that"
is "$(cat early)" "" "... with no pidfile"
exec {until}>&-
wait "$watch"
is "$(grep -cE '^(create|moved_to) pid$' events)" 1 "the pidfile appeared once"
is "$(grep -c '^modify pid$' events)" 0 "... and whole: nobody wrote into it where it is"
is "$(ls work)" "$(printf '%s\n' pid restore.log stats-restore)" "... and nothing else is left there"

kill -9 "$pid"
settle 0
runs_ok "relative to -D, without -W" "$CRIU_NS" restore -d -D images -o restore.log --pidfile pid
goes_on "$(cat images/pid)" "$first" "$count" "... it is in the images directory"
kill -9 "$(cat images/pid)"
settle 0
runs_ok "an absolute path" "$CRIU_NS" restore -d -D images -W work -o restore.log \
	--pidfile "$T/elsewhere/pid"
goes_on "$(cat elsewhere/pid)" "$first" "$count" "... is taken as it is"
kill -9 "$(cat elsewhere/pid)"
settle 0

fails_with 125 "a pidfile that exists" "$CRIU_NS" restore -d -D images -o restore.log --pidfile pid
settle 0
report $? "... nothing was thawed"
rm images/pid
"$CRIU_NS" restore -D images -o restore.log --pidfile pid &
foreground=$!
waitfor file images/pid
pid=$(cat images/pid)
goes_on "$pid" "$first" "$count" "a thaw in the foreground has one, too"
kill -9 "$pid"
wait "$foreground"
is "$?" 0 "... and ends with the tree"
finish
