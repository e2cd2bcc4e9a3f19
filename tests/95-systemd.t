#!/bin/bash
# Services of a real systemd, booted in namespaces of its own with nothing but the journal: frozen and thawed from inside,
# with no options, while systemd looks on.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu

if [ ! -x /lib/systemd/systemd ] || ! command -v systemctl journalctl >/dev/null; then
	skip "needs systemd"
	finish
fi
for cgroups in /sys/fs/cgroup/unified /sys/fs/cgroup ''; do
	[ "$(stat -fc %T "$cgroups" 2>/dev/null)" != cgroup2fs ] || break
done
cgroup=$cgroups/$name_of_run
if [ -z "$cgroups" ] || ! mkdir "$cgroup" || ! [ -s /etc/machine-id ]; then
	lacks "no cgroup2 that may be written to, or no machine id"
	finish
fi

echo "\$| = 1; @ARGV = (); $own_keeper" >tick.pl
cat >boot <<'END'
echo $$ >"$1/cgroup.procs" && exec unshare -C -m -p -f --propagation slave sh -c '
	mount -t proc proc /proc && umount -l /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup &&
		mount -t tmpfs -o mode=755 run /run && mkdir -p /run/systemd/system /run/lock || exit 1
	cp "$1/tick.pl" /run/tick.pl
	cd /run/systemd/system
	printf "%s\n" "[Unit]" DefaultDependencies=no "Wants=systemd-journald.service" >test.target
	unit() {
		printf "%s\n" "[Unit]" DefaultDependencies=no Requires=systemd-journald.socket After=systemd-journald.socket \
			"[Service]" "ExecStart=/usr/bin/perl /run/tick.pl" "$@"
	}
	unit ProtectHome=yes >tick.service
	unit PrivateTmp=yes RemainAfterExit=yes SuccessExitStatus=SIGKILL >kept.service
	unit SetCredential=word:secret RemainAfterExit=yes SuccessExitStatus=SIGKILL >cred.service
	export container=test
	exec /lib/systemd/systemd --system --unit=test.target' sh "$2"
END
own_start setsid bash boot "$cgroup" "$T" </dev/null >boot.log 2>&1
boot=$started
waitfor children "$boot" 1 || bail_out "systemd does not start: $(cat boot.log)"
init=$(children_of "$boot")
# As from a shell in there: from a cgroup outside of a cgroup namespace nobody may be put into one inside, where cgroups have
# the option nsdelegate, as on most hosts (cgroups(7)).
inside() (
	echo "$BASHPID" >"$cgroup/init.scope/cgroup.procs"
	exec nsenter -t "$init" -a "$@"
)
for ((i = 0; i < 6000; i++)); do
	inside systemctl is-active --quiet test.target 2>/dev/null && break
	pause 0.02
done

service() { # service UNIT: starts it, and sets $pid, as systemd numbers it, $seen, as we do, $id and $count
	inside systemctl start "$1" 2>start.err || bail_out "no service: $(cat start.err)"
	pid=$(inside systemctl show -P MainPID "$1")
	find_it
}

find_it() { # sets $seen for $pid, by the number that it has in there, or deeper
	local i one
	for ((i = 0; i < 6000; i++)); do
		one=$(grep -lE "^NSpid:.*[[:space:]]$pid([[:space:]]|$)" /proc/[0-9]*/status 2>/dev/null | while read -r one; do
			one=${one#/proc/} one=${one%/status}
			[[ $(cat "/proc/$one/comm" 2>/dev/null) =~ ^[0-9a-f]{6}:[0-9]+$ ]] && echo "$one"
		done)
		[ -z "$one" ] || break
		pause 0.01
	done
	seen=${one%%$'\n'*}
	look_at "$seen"
}

logged() { # logged UNIT: the journal gets its lines, as that unit's, from its own number
	local i line number
	number=$(awk '/^NSpid:/ { print $3 }' "/proc/$seen/status")
	for ((i = 0; i < 6000; i++)); do
		line=$(inside journalctl -q -u "$1" -o short -n 20 | grep "perl\[$number\]: $id ")
		[ -z "$line" ] || break
		pause 0.02
	done
	[ -n "$line" ]
	report $? "... its lines are in the journal, as the unit's and with its number" "$(inside journalctl -q -u "$1" -n 5)"
}

cycle() { # cycle NAME DIR UNIT
	mkdir "$T/$2"
	runs_ok "$1: freeze" inside env HOME="$HOME" "$CRIU_NS" dump -t "$pid" -D "$T/$2" -o dump.log
	frozen=$err
	runs_ok "... thaw" inside env HOME="$HOME" "$CRIU_NS" restore -d -D "$T/$2" -o restore.log --pidfile pid
	pid=$(cat "$2/pid")
	find_it
	goes_on "$seen" "$id" "$count" "... it goes on"
	logged "$3"
	look_at "$seen"
}

service tick.service
first=$id
logged tick.service
[ -d "/proc/$init/root/run/systemd/propagate/tick.service" ]
report $? "a service has a directory of systemd's"
for i in 1 2 3; do
	cycle "a service with mounts of its own, cycle $i" "tick$i" tick.service
	is "$id" "$first" "... it is the same"
done
like "$(cat tick1/criu-ns.recipe)" "folder=/systemd/propagate/tick.service" "... systemd's directory was part of it"
is "$(inside systemctl show -P ActiveState tick.service)" failed "systemd takes a freeze for a death by SIGKILL"
like "$(cat "/proc/$seen/cgroup")" "/tick.service$" "... but the thawed tree is in the unit's cgroup again"
inside kill -KILL "$pid"

service kept.service
private=$(sed -n 's:^\([^ ]* \)\{3\}[^ ]*/\([^ ]*\)/tmp /var/tmp .*:\2:p' "/proc/$seen/mountinfo")
like "$private" ^systemd-private- "it has a private /var/tmp"
cycle "a service with a private /tmp, which remains" kept kept.service
like "$frozen" "note: /tmp/systemd-private-[^ ]*/tmp is the private /tmp of a unit of systemd, which .* deletes this directory, .* unless the unit has RemainAfterExit=yes" \
	"... what the freeze says"
is "$(inside systemctl show -P ActiveState kept.service)" active "... systemd takes it to be active"
like "$(cat kept/criu-ns.recipe)" "^mount at=/tmp is=host .*folder=[^ ]*systemd-private-" "... and leaves its private /tmp where it is"
inside kill "$pid"
dead "$seen" "... it ends by SIGTERM"
inside systemctl stop kept.service
eventually test ! -e "/var/tmp/$private" # by a thread of systemd's (exec_runtime_unref_destroy())
report $? "... and stopping the unit removes its private directories"

# systemd unmounts the credentials whatever remains.
service cred.service
if [[ $(cat "/proc/$seen/mountinfo") != *" /run/credentials/cred.service "* ]]; then
	lacks "this systemd mounts no credentials" 5
else
	inside mkdir /run/kept
	inside mount --bind /run/credentials/cred.service /run/kept
	mkdir cred
	runs_ok "a service with credentials: freeze" inside env HOME="$HOME" "$CRIU_NS" dump -t "$pid" -D "$T/cred" -o dump.log
	like "$err" "note: /run/credentials/cred.service has the credentials of a unit of systemd, which unmounts them" \
		"... what the freeze says"
	inside mkdir -p /run/credentials/cred.service
	! inside mountpoint -q /run/credentials/cred.service
	report $? "... systemd has unmounted them"
	inside mount --bind /run/kept /run/credentials/cred.service
	runs_ok "... thaw, with what the note says" inside env HOME="$HOME" "$CRIU_NS" restore -d -D "$T/cred" -o restore.log \
		--pidfile pid
	pid=$(cat cred/pid)
	find_it
	is "$(cat "/proc/$seen/root/run/credentials/cred.service/word")" secret "... the credentials are there"
	inside kill -KILL "$pid"
fi

kill -KILL "$init"
waitfor exit "$init"
for ((i = 0; i < 500; i++)); do
	find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null
	[ -d "$cgroup" ] || break
	pause 0.02
done
finish
