# shellcheck shell=bash disable=SC2034,SC2154
# Sourced after own.sh: a file system whose server (FUSE, targets/silentfs) falls silent when it is told to. It is on fs,
# which the test makes.

fuse_device() { # there may be none in a container; false if it cannot be opened
	[ -c /dev/fuse ] || mknod -m 666 /dev/fuse c 10 229 2>/dev/null
	{ : <>/dev/fuse; } 2>/dev/null
}

serves() { # starts a server on fs; sets $server. False if there can be none here: server.log says why
	: >server.log
	own_start "$TARGETS/silentfs" "$T/fs" >server.log 2>&1
	server=$started
	waitfor file "$T/server.log"
	grep -q mounted server.log
}

serve() { serves || skip_all "no file system in user space: $(cat server.log)"; }

silence() { # from now on it answers nothing
	local tries
	kill -USR1 "$server"
	for ((tries = 0; tries < 6000; tries++)); do
		grep -q silent server.log && return
		pause 0.005
	done
	bail_out "the server does not fall silent"
}

unserve() { # ends the server, and with it all that waits for it: before the target, which closes its file
	kill -KILL "$server" 2>/dev/null
	waitfor exit "$server"
	umount -l fs 2>/dev/null
}
