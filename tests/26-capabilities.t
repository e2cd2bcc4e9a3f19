#!/bin/bash
# A caller who lacks a capability is told which one; one who has enough of them is not refused.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu
command -v capsh >/dev/null || skip_all "needs capsh (Debian: libcap2-bin)"

without() { # without CAPABILITY COMMAND...
	# shellcheck disable=SC2317 # called by name
	capsh --drop="$1" -- -c '"$@"' - "${@:2}"
}

names() { # names CAPABILITY NAME COMMAND...: it must fail and name that one
	run "${@:3}"
	isnt "$status" 0 "$2: fails" "$status"
	like "${err,,}" "^criu-ns: .*$1" "... and names $1"
	settle "$trees"
	report $? "... leaves no process"
	[ ! -e images/pid ]
	report $? "... and no pidfile"
}

chmod 755 "$T"
start counter
first=$id
freeze "freeze a counter" "$pid" images
thaw "thaw it" images
rm images/pid
mkdir again
trees=1
# Below /root nobody sees neither build/ nor the real criu, which is not to be reached anyway.
install -m 755 "$CRIU_NS" criu-ns # whatever the umask was
printf '#!/bin/sh\necho Version: 4.2\n' >criu
chmod 755 criu
nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups env CRIU_BINARY="$T/criu")

for cap in cap_sys_admin cap_sys_ptrace; do
	names "$cap" "freeze without $cap" \
		without "$cap" "$CRIU_NS" dump -t "$pid" -D again -o dump.log
	goes_on "$pid" "$first" "$count" "... the target runs"
done
# criu restores capabilities, so that a thaw needs each that the images have.
for cap in cap_sys_admin cap_checkpoint_restore cap_net_admin cap_sys_chroot cap_setpcap; do
	names "$cap" "thaw without $cap" without "$cap" \
		"$CRIU_NS" restore -d -D images -o restore.log --pidfile pid
done

chmod 777 again images
names cap_sys_admin "freeze as nobody" \
	"${nobody[@]}" "$T/criu-ns" dump -v -t "$pid" -D again -o dump.log
names cap_sys_admin "thaw as nobody" \
	"${nobody[@]}" "$T/criu-ns" restore -v -d -D images -o restore.log --pidfile pid
goes_on "$pid" "$first" "$count" "the target runs"

rm -rf again
mkdir again
runs_ok "a freeze does without cap_chown" \
	without cap_chown "$CRIU_NS" dump -R -t "$pid" -D again -o dump.log
look_at "$pid"
goes_on "$pid" "$first" "$count" "the target runs"
runs_ok "nobody may ask for the version" "${nobody[@]}" "$T/criu-ns" --version
finish
