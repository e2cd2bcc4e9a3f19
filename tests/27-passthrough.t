#!/bin/bash
# Commands other than dump, pre-dump and restore are criu's, unchanged: output, exit code, descriptors.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_criu

same() { # same ARGUMENT...: criu and criu-ns say the same (but for times and pids)
	local bare
	run env PATH="$T/real" criu "$@"
	bare=$status$out$err
	run "$CRIU_NS" "$@"
	is "$(plain "$status$out$err")" "$(plain "$bare")" "$*"
}

plain() {
	sed -E 's/\([0-9]+\.[0-9]+\)//g; s/\b[0-9]{3,}\b/N/g' <<<"$1"
}

mkdir images real
ln -s "$CRIU_BINARY" real/criu
"$CRIU_BINARY" check >/dev/null 2>&1 # the first one fills criu's cache (kerndat), and says so in other words
same check
same check --extra
same check --feature mem_dirty_track
same check --feature no_such_feature
same cpuinfo dump -D images
same cpuinfo check -D images
same cpuinfo
same dedup -D images
same dedup -D nowhere
same swrk
same swrk 99
same lazy-pages -D nowhere
same page-server -D nowhere --port 0
same service --address /nowhere/socket
same check --no-such-option
same -D images check

# The RPC worker that libcriu, runc and crun start: a message asks for the version (type 13) on a socket.
rpc() { # rpc CRIU: prints the answer in hex
	perl -e 'use Socket; $^F = 99;
		socketpair(my $a, my $b, AF_UNIX, SOCK_SEQPACKET, 0) or die;
		my $pid = fork; unless ($pid) { close $a; exec @ARGV, "swrk", fileno $b; die }
		close $b; send $a, "\x08\x0d", 0; recv $a, my $answer, 1000, 0;
		close $a; waitpid $pid, 0; print unpack("H*", $answer), "\n"' "$@"
}
answer=$(rpc "$CRIU_BINARY")
like "$answer" "^080d" "criu swrk answers a version request"
is "$(rpc "$CRIU_NS")" "$answer" "criu-ns swrk answers the same"

# As "criu", in front of the real one on PATH.
mkdir bin
ln -s "$CRIU_NS" bin/criu
runs_ok "a link named criu finds the real criu behind it" \
	env -u CRIU_BINARY PATH="$T/bin:$T/real:$PATH" criu --version
is "$(head -n 1 <<<"$out")" "$("$CRIU_BINARY" --version | head -n 1)" "... and runs it"
mkdir copy
ln "$CRIU_NS" copy/criu 2>/dev/null || cp "$CRIU_NS" copy/criu # another file system
runs_ok "so does a hard link, with a link to it in between" \
	env -u CRIU_BINARY PATH="$T/copy:$T/bin:$T/real" criu --version
rm copy/criu
cp "$CRIU_NS" copy/criu
runs_ok "so does a copy" env -u CRIU_BINARY PATH="$T/copy:$T/bin:$T/real" criu --version
fails_with 127 "with no other criu on PATH it does not run itself" \
	env -u CRIU_BINARY PATH="$T/bin" criu check
fails_with 127 "nor as \$CRIU_BINARY" env CRIU_BINARY="$T/bin/criu" PATH="$T/bin" criu check
runs_ok "\$CRIU_BINARY comes before PATH" env PATH="$T/bin" criu --version
printf '#!/bin/sh\necho other\n' >other
chmod +x other
runs_ok "--criu-binary comes before \$CRIU_BINARY" "$CRIU_NS" --criu-binary "$T/other" check
is "$out" other "... and is run"

for option in --version -V; do
	runs_ok "criu-ns $option" "$CRIU_NS" "$option"
	is "$(sed '$d' <<<"$out")" "$("$CRIU_BINARY" "$option")" "... criu's own lines come first"
	like "$(tail -n 1 <<<"$out")" '^criu-ns [0-9]+\.[0-9]+\.[0-9]+' "... then ours"
done
for option in --help -h; do
	runs_ok "criu-ns $option" "$CRIU_NS" "$option"
	for word in --criu-binary --dry-run --exit-status --version; do
		like "$out" "$word" "... tells of $word"
	done
done
finish
