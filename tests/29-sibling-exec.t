#!/bin/bash
# Options that keep the meaning that they have for criu: -S, --exec-cmd, --action-script, -s, --status-fd, --daemon.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

start counter
first=$id
inner=$pid # for itself it keeps that pid
freeze "freeze a counter" "$pid" images
restore=("$CRIU_NS" restore -D images -o restore.log --pidfile pid)

end_tree() { # end_tree: it and all that came with it
	kill -9 "$pid"
	settle 0
	rm -f images/pid
}

# -S: the caller can wait for the root task, its child. Asked for by a program that does so.
perl -e 'system(@ARGV) == 0 or die "criu-ns failed: $?\n";
	open my $file, "<", "images/pid" or die; my $pid = <$file>;
	$| = 1; print "$pid\n";
	print waitpid($pid, 0) == $pid ? "ended with $?\n" : "not a child\n"' \
	"${restore[@]}" -d -S >sibling 2>sibling.err &
caller=$!
waitfor file sibling
read -r pid <sibling
goes_on "${pid:-0}" "$first" "$count" "-S: the tree runs"
is "$(parent_of "$pid")" "$caller" "... the root task is a child of the caller" || say "$(cat sibling.err)"
kill -9 "$pid"
wait "$caller"
is "$(tail -n 1 sibling)" "ended with 9" "... who can wait for it"
settle 0
report $? "... and nothing is left"
rm -f images/pid
fails_with 125 "-S without -d has no meaning, as in criu" "${restore[@]}" -S

# Before Linux 6.15 the kernel does not tell how criu has ended if its parent, this shell, has collected it.
old_kernel=(strace -D -qq -o calls -e trace=ioctl -e inject=ioctl:error=ENOTTY)
runs_ok "-S on an older kernel" "${old_kernel[@]}" "${restore[@]}" -d -S
pid=$(cat images/pid)
goes_on "${pid:-0}" "$first" "$count" "... the tree runs"
end_tree
printf '#!/bin/sh\n[ "$CRTOOLS_SCRIPT_ACTION" != post-restore ]\n' >refuse
chmod +x refuse
run "${old_kernel[@]}" "${restore[@]}" -d -S --action-script "$T/refuse"
like "$status" "^(1|125)$" "... criu fails: its status, or that it is not known"
settle 0
report $? "... and nothing is left" "$(strays)"

# --exec-cmd: criu becomes the command, the root task's parent, and the thaw ends as the command does.
mkfifo stay
exec {stay}<>stay
"${restore[@]}" --exec-cmd -- sh -c 'read -r child </proc/$$/task/$$/children
	echo $child >children; read -r _ <"$1"; exit 7' - "$T/stay" >/dev/null 2>exec.err &
wrapper=$!
waitfor file images/children || say "$(cat exec.err)"
is "$(xargs <images/children)" "$inner" "--exec-cmd: the command is the parent of the root task"
waitfor file images/pid
pid=$(cat images/pid)
goes_on "${pid:-0}" "$first" "$count" "... which runs"
is "$(cat "/proc/$(parent_of "$pid")/comm")" sh "... seen from here, too"
echo >&"$stay"
wait "$wrapper"
is "$?" 7 "... and the command's exit code is the thaw's"
end_tree

cat >script <<END
#!/bin/sh
echo "\$CRTOOLS_SCRIPT_ACTION \$(ls \$CRTOOLS_IMAGE_DIR | grep -c inventory)" >>$T/stages
END
chmod +x script
runs_ok "thaw with an action script" "${restore[@]}" -d --action-script "$T/script"
is "$(xargs <stages)" "pre-restore 1 post-restore 1 pre-resume 1 post-resume 0" "... called for each stage"
pid=$(cat images/pid)
rm stages
mkdir again
freeze "freeze with an action script" "$pid" again -R --action-script "$T/script"
is "$(xargs <stages)" "pre-dump 0 post-dump 1" "... called for each stage"

freeze "freeze and leave stopped (-s)" "$pid" again2 -s
waitfor stopped "$pid"
report $? "... it is stopped"
look_at "$pid"
kill -CONT "$pid"
goes_on "$pid" "$first" "$count" "... and can go on"
end_tree

runs_ok "thaw and leave stopped (-s)" "${restore[@]}" -d -s
pid=$(cat images/pid)
waitfor stopped "$pid"
report $? "... it is stopped"
kill -CONT "$pid"
goes_on "$pid" "$first" "$count" "... and can go on"
end_tree

run "${restore[@]}" --daemon
is "$status" 0 "--daemon is -d for a thaw"
pid=$(cat images/pid)
goes_on "${pid:-0}" "$first" "$count" "... the tree runs"
end_tree

# --status-fd: criu writes \0 there when it is ready: the page server, not a thaw. Without --port the
# kernel finds a free one.
exec {ready}<> <(:)
"$CRIU_NS" page-server -D again --address 127.0.0.1 -o page.log --status-fd 5 \
	5>/proc/self/fd/"$ready" &
server=$!
IFS= read -r -d '' -t 60 -u "$ready" text
is "$? '$text'" "0 ''" "--status-fd: the page server is ready"
kill "$server"
wait "$server" 2>/dev/null
runs_ok "a thaw takes --status-fd" "${restore[@]}" -d --status-fd 5 5>status
goes_on "$(cat images/pid)" "$first" "$count" "... the tree runs"
finish
