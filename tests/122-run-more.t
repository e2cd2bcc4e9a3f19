#!/bin/bash
# criu-ns run: files that have lost their names, what is in the directory beside the state, and freezers that fail.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu
# shellcheck source=run.sh
. "$top/tests/run.sh"

mkdir state files

## The words

for word in "--freeze-on TERM" --freeze-on=TERM; do
	# shellcheck disable=SC2086 # words
	fails_with 125 "$word with another command" "$CRIU_NS" dump $word -t $$ -D state
	is "$err" "criu-ns: --freeze-on only makes sense with the command run" "... is refused"
done
for word in --freeze-on=SIGTERM "--freeze-on USR1 --freeze-on TERM" "--freeze-o TERM"; do
	# shellcheck disable=SC2086 # words
	count_it state $word -o own.log
	kill -TERM "$runner"
	ends_with 85 "$word: it is frozen"
	[ -e state/frozen/own.log ]
	report $? "... with the log that was named" "$(ls state/frozen)"
done
runs_ok "--dry-run, with images" "$CRIU_NS" run -D state --dry-run -- false
[ -e state/frozen/inventory.img ]
report $? "... which stay"
rm -r state/frozen

## A log that others write to, too

rm -f count
run_it state --freeze-on TERM -- sh -c 'exec 3>shared.log; echo begun >&3; exec sh count.sh logs'
waitfor file count
root_task
kill -TERM "$runner"
ends_with 85 "a program with a log of its own: it is frozen"
echo "from somebody else" >>shared.log
count_it state --freeze-on TERM
shown
is "$id" logs "... it goes on when others have written to the log"
kill -KILL "$root"
ends_with 137 "... it ends"
rm -r state/frozen

## Files that have lost their names (--link-remap)

for place in files other; do
	if [ $place = other ]; then
		mkdir other
		mount -t tmpfs other other
	fi
	run_it state --freeze-on TERM -- "$TARGETS/holds" linked "$T/$place/a"
	eventually test -e "$place/a.other" || say "$(tail -n 5 log)"
	held=$(stat -c %i $place/a.other)
	root_task
	attend "$root"
	for round in 1 2 3; do
		kill -TERM "$runner"
		ends_with 85 "$place, round $round: it is frozen"
		is "$(find state | grep -c link_remap)" 1 "... with the file that had lost its name"
		is "$(find $place -name 'link_remap.*' | wc -l)" "$([ $place = files ] && echo 0 || echo 1)" "... and no more of it"
		run_it state --freeze-on TERM -- false
		root_task
		is "$(stat -L -c %i "/proc/$root/fd/3")" "$held" "... it comes back with that"

		goes_on "$root" "$id" "$count" "... and goes on"
	done
	kill -KILL "$root"
	ends_with 137 "... it dies"
	run_it state -- false
	root_task
	kill -KILL "$root"
	ends_with 137 "... and has come back from the same images"
	rm -r state/frozen
	rm -f $place/link_remap.*
done
umount other

## What is in the directory beside the state

mkdir precious
echo mine >precious/file
ln -s ../precious state/frozen.old
runs_ok "a link under the name of old images" "$CRIU_NS" run -D state -- true
is "$(cat precious/file)" mine "... is not followed"
count_it state --freeze-on TERM
kill -TERM "$runner"
ends_with 143 "... the program is not frozen, because there would be no room for its images"
like "$(cat log)" "^criu-ns: state/frozen.old is in the way, and holds more than images; remove it$" "... which is said"
rm state/frozen.old
mkdir -p state/frozen.old/mine/sub
count_it state --freeze-on TERM
kill -TERM "$runner"
ends_with 143 "the same with a directory that is not empty"
[ -d state/frozen.old/mine/sub ]
report $? "... which stays"
rm -r state/frozen.old
mkdir -p state/frozen.new/mine
count_it state --freeze-on TERM
kill -TERM "$runner"
ends_with 143 "the same for new images"
like "$(tail -n 3 log)" "cannot make the directory state/frozen.new: File exists" "... which is said"
rm -r state/frozen.new
count_it state --freeze-on TERM
mkdir state/frozen.old state/frozen.new
touch state/frozen.old/files.img state/frozen.new/files.img
kill -TERM "$runner"
ends_with 85 "old images that have come meanwhile, and those of a freeze that was killed, are in nobody's way"
is "$(ls state)" frozen "... and are removed"
[ -e state/frozen/criu.log ]
report $? "... criu's log is beside the images, where none was named"
rm -r state/frozen
mkdir state/frozen.new
echo begun >state/frozen.new/inventory.img
runs_ok "a first freeze that was interrupted: the program begins anew" "$CRIU_NS" run -D state -- true
is "$(ls state)" frozen "... and nothing is left"
rmdir state/frozen
ln -s ../precious state/frozen
fails_with 125 "a link in the place of the images" "$CRIU_NS" run -D state -- true
is "$err" "criu-ns: cannot put images into state/frozen: Not a directory; remove it; state itself may be a link" \
	"... is refused before the program starts"
rm state/frozen
ln -s state linked
runs_ok "the whole directory may be a link" "$CRIU_NS" run -D linked -- true

# A freeze that fails: its log stays where it is said to be, and nothing else.
mkdir full
mount -t tmpfs -o size=160k full full
count_it full --freeze-on TERM
kill -TERM "$runner"
ends_with 143 "no space for the images: the program goes on, and gets the signal"
like "$(cat log)" "^criu-ns: there is no space left where criu writes" "... which is said"
[ -s "$(sed -n 's/^criu-ns: criu could not freeze .*; its log is //p' log | tail -n 1)" ]
report $? "... and the log that is named is there" "$(tail -n 5 log)"
is "$(find full -type f)" full/frozen.new/criu.log "... and no images"
count_it full
is "$(ls full)" frozen "... until the next run"
kill -KILL "$root"
ends_with 137 "... which ends"
umount full
mkdir readonly
mount --bind readonly readonly
mount -o remount,bind,ro readonly
fails_with 125 "a directory that cannot be written to" "$CRIU_NS" run -D readonly -- true
like "$err" "cannot make the directory readonly/frozen: Read-only file system" "... is said"
umount readonly

## Freezers

cat >once <<SH
#!/bin/sh
[ \$CRTOOLS_SCRIPT_ACTION != pre-dump ] || ! rm $T/fails
SH
chmod +x once
touch fails
count_it state --freeze-on INT --action-script "$T/once"
kill -INT "$runner"
eventually grep -q "runs on: it gets SIGINT instead" log
report $? "a freeze fails, and the program ignores the signal"
kill -INT "$runner"
ends_with 85 "... the next signal freezes it"
make_stop
set_gate pre-dump
count_it state --freeze-on TERM --action-script "$T/stop"
kill -TERM "$runner"
waitfor file reached
kill -TERM "$runner"
kill -USR1 "$runner" # handled after the second one
is "$(pgrep -fc "^$CRIU_NS dump .*state/frozen.new" || :)" 1 "the signal a second time: one freezes it"
kill -STOP -- "-$runner" # as a terminal does
open_gate
eventually test -e state/frozen/inventory.img
report $? "criu-ns is stopped, with its process group: it is frozen all the same"
kill -CONT -- "-$runner"
ends_with 85 "... which is told when it goes on"
count_it state
perl -e 'kill URG => $ARGV[0]; kill KILL => $ARGV[1]; select undef, undef, undef, 0.02 while kill 0 => $ARGV[1]' "$runner" "$root" &
ends_with 137 "SIGURG from anybody is no freezer"


# One from outside.
outside() { # outside OPTION...: in the background, until it waits; sets $freezer
	rm -rf outside
	mkdir outside
	set_gate pre-dump
	"$CRIU_NS" dump -t "$root" -D outside -o dump.log "$@" >>log 2>&1 &
	freezer=$!
	waitfor file reached
}
printf '#!/bin/sh\n%s\n[ $CRTOOLS_SCRIPT_ACTION != pre-dump ]\n' "$T/stop" >fail
chmod +x fail
count_it state --freeze-on TERM
outside --action-script "$T/fail"
open_gate
wait $freezer
is $? 1 "a freeze from outside that fails"
shown
eventually is_beyond "$number"
report $? "... the program goes on"
unlike "$(tail -n 2 log)" "it gets SIG" "... and gets no signal"
outside --action-script "$T/fail"
echo 7 >end
waitfor exit "$root"
ends_with 7 "the program ends by itself before it can be frozen: its status is told at once"
open_gate
{ wait $freezer; } 2>/dev/null
rm end
count_it state --freeze-on TERM
outside --action-script "$T/fail"
kill -KILL "$root"
open_gate
ends_with 137 "it is killed before it can be frozen: that is told"
{ wait $freezer; } 2>/dev/null
set_gate pre-dump
count_it state --freeze-on TERM --action-script "$T/fail"
kill -TERM "$runner"
waitfor file reached
echo 8 >end
waitfor exit "$root"
open_gate
ends_with 8 "the program ends by itself, and our own freeze comes too late: its status is told"
rm end
count_it state --freeze-on TERM
kill -STOP "$runner"
kill -INT "$runner"
kill -USR1 "$runner" # which are read one at a time, the lower numbers first
freeze "freeze it from outside while criu-ns is stopped, and has other signals to forward" "$root" late
kill -CONT "$runner"
ends_with 85 "... it is told when it goes on"
count_it state --freeze-on TERM
kill -STOP "$runner"
kill -INT "$runner"
kill -USR1 "$runner"
kill -URG "$runner"
kill -KILL "$root"
waitfor exit "$root"
kill -CONT "$runner"
ends_with 137 "... and SIGURG from anybody is no freezer then, either"

# A program that freezes itself, by a criu-ns that is in its pid namespace, or by criu alone.
for tool in "$CRIU_NS" "$CRIU_BINARY"; do
	for where in state/frozen itself; do
		[ "$tool $where" != "$CRIU_BINARY itself" ] || continue # nobody could know
		rm -rf state/frozen heard itself
		mkdir itself
		run_it state -- "$TARGETS/rpc" -s -f "$T/heard" "$tool" dump "images=-1" "images_dir=$T/$where" log_file=self.log
		ends_with 85 "a program freezes itself, by ${tool##*/}, into $where"
		[ -s "$where/inventory.img" ]
		report $? "... there it is"
	done
	[ "$tool" = "$CRIU_NS" ] && continue
	run_it state -- false
	eventually grep -qs "^dump success=1 restored=1" heard
	report $? "... and it goes on, and hears that" "$(tail -n 5 log)"
	root_task
	kill -KILL "$root"
	ends_with 137 "... and dies"
done
rm -r state/frozen

# shellcheck disable=SC2317 # it is called by name
inside() { # inside COMMAND...: in the namespaces of $root, as an engine's exec does it; $inside is the root task there
	nsenter -t "$root" -p -m -- "$@"
}
count_it state
runs_ok "a freeze into the state that lets it run" "$CRIU_NS" dump -R -t "$root" -D state/frozen -o dump.log
touch -d '-20 seconds' state/frozen/inventory.img
kill -KILL "$root"
ends_with 137 "... it dies long after that, and was not frozen"
rm -r state/frozen
count_it state
inside=$(field "$root" NSpid | awk '{ print $NF }')
mkdir within
runs_ok "a freeze from inside that lets it run" inside "$CRIU_NS" dump -R -t "$inside" -D "$T/within" -o dump.log
kill -KILL "$root"
ends_with 137 "... it dies later, and was not frozen"
count_it state
run inside "$CRIU_NS" dump -t "$inside" -D "$T/within" -o dump.log --action-script false
is "$status" 1 "one from inside that fails" "$err"
kill -KILL "$root"
ends_with 137 "... it dies later, and was not frozen"
count_it state
runs_ok "one from inside that succeeds" inside "$CRIU_NS" dump -t "$inside" -D "$T/within" -o dump.log
ends_with 85 "... it is frozen"

# criu-ns run as pid 1, as in a container, and a freeze by another process there.
rm -f count
mkdir -p first
setsid unshare -pf --mount-proc --kill-child "$CRIU_NS" run -D first -- sh count.sh first </dev/null >>log 2>&1 &
outer=$!
waitfor file count
runner=$(pgrep -f "^$CRIU_NS run -D first ")
root_task
nsenter -t "$runner" -p -m -- "$CRIU_NS" dump -t "$(field "$root" NSpid | awk '{ print $(NF - 1) }')" -D "$T/within" -o dump.log >>log 2>&1 </dev/null
runner=$outer
ends_with 85 "criu-ns run is pid 1, and another process there freezes the program"

## A directory where others may put images

mkdir open theirs
chmod 777 open
fails_with 125 "a directory that everybody can write to" "$CRIU_NS" run -D open -- true
like "$err" "^criu-ns: everybody may put images into open/frozen, .*; take that right away: chmod o-w" "... is refused"
chmod 1777 open
runs_ok "... unless it is as /tmp is" "$CRIU_NS" run -D open -- true
chmod 777 open/frozen
fails_with 125 "... and what is in it is not" "$CRIU_NS" run -D open -- true
rm -r open/frozen
mkdir open/frozen
chown 65534 open/frozen
fails_with 125 "... and somebody else has been there" "$CRIU_NS" run -D open -- true
like "$err" "^criu-ns: open/frozen belongs to another user \(65534\), .*; name another directory" "... which it says"
chown 65534 theirs
runs_ok "a directory of one other user's, as with sudo, is not refused" "$CRIU_NS" run -D theirs -- true

# A link that root has not made names a file that others must not remove.
mkdir foreign foreign/frozen.new victim
echo data >victim/link_remap.1
ln -s "$T/victim/link_remap.1" foreign/frozen.new/link_remap.1
chown -h 65534 foreign/frozen.new/link_remap.1
runs_ok "a link of somebody else's in the images" "$CRIU_NS" run -D foreign -- true
is "$(cat victim/link_remap.1)" data "... its file stays"
finish
