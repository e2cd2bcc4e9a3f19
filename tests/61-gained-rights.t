#!/bin/bash
# A criu-ns that is set-user-ID, or has file capabilities, lets nobody become root.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
command -v setpriv >/dev/null || skip_all "needs setpriv (Debian: util-linux)"

# A directory that nobody can reach, on a file system without nosuid.
mkdir reach
if ! mount -t tmpfs -o mode=755 reach reach || ! cd reach; then
	bail_out "no place for the copies"
fi
chmod 755 "$T"
printf '#!/bin/sh\nid >>%s/ran\n' "$T/reach" >criu
mkdir -m 777 images
touch ran && chmod 666 ran && chmod 755 criu
nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups env -i CRIU_BINARY="$T/reach/criu")

install -m 755 "$CRIU_NS" plain
run "${nobody[@]}" ./plain check
like "$(cat ran)" "uid=65534" "without any of that nobody runs the criu of its choice, as nobody"
: >ran

stub="criu-ns-exec-stub 1 2 ./criu" # how criu-ns starts itself

turned_away() { # turned_away NAME FILE [VARIABLE=VALUE...]
	[ -x "$2" ] || bail_out "no $2"
	for line in check "dump -t 1 -D images" "restore -D images" --help --version "" "$stub"; do
		# shellcheck disable=SC2086 # words
		fails_with 125 "$1: nobody is refused ($line)" "${nobody[@]}" "${@:3}" "./$2" $line
		is "$(wc -l <<<"$err")" 1 "... in one line"
		like "$err" "^criu-ns: .*set-user-ID.*start it as root" "... that says why"
		is "$out" "" "... and nothing else"
	done
	is "$(cat ran)" "" "$1: nothing was run"
}

install -m 4755 -o 0 -g 0 "$CRIU_NS" setuid
turned_away set-user-ID setuid
install -m 2755 -o 65534 -g 0 "$CRIU_NS" setgid
turned_away set-group-ID setgid
turned_away "set-user-ID, as the recheck" setuid CRIU_NS_RECHECK="/dev/null /dev/null" CRTOOLS_SCRIPT_ACTION=post-dump
if command -v setcap >/dev/null && install -m 755 "$CRIU_NS" caps && setcap cap_sys_admin,cap_sys_ptrace+ep caps; then
	turned_away "file capabilities" caps
else
	skip "no setcap (Debian: libcap2-bin), or no file capabilities here" 29
fi

# For root a set-user-ID root file changes nothing.
: >ran
runs_ok "root is not refused" env CRIU_BINARY="$T/reach/criu" ./setuid check
like "$(cat ran)" "uid=0" "... its criu runs"
cd "$T" && umount reach
finish
