#!/bin/bash
# criu-ns show: what is frozen in a directory, as text and as JSON, for any user who can read it, without criu; what is
# damaged is named, and no link is followed.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

have_json=1
/usr/bin/python3 -c 'import json' 2>/dev/null || have_json=
json() { # json DIR EXPRESSION: of the object d, as Python prints it
	"$CRIU_NS" show --json "$1" >json.out 2>/dev/null
	/usr/bin/python3 -c 'import json, sys
d = json.load(open("json.out", encoding="utf-8"))
print(eval(sys.argv[1]))' "$2"
}

json_is() { # json_is DIR EXPRESSION WANTED NAME
	if [ "$have_json" ]; then
		is "$(json "$1" "$2")" "$3" "$4"
	else
		skip "needs python3" 1
	fi
}

mkdir plain
odd=$'a\033[31m\377 b'
cat >tree.pl <<'END'
use Socket;
socket($tcp, PF_INET, SOCK_STREAM, 0) && bind($tcp, sockaddr_in(0, INADDR_LOOPBACK)) && listen($tcp, 5) or die "$!";
socket($unix, PF_UNIX, SOCK_STREAM, 0) && bind($unix, sockaddr_un("$ARGV[0]/socket")) && listen($unix, 5) or die "$!";
my $child = fork;
exec "sleep", "100000" unless $child;
open my $f, ">", "$ARGV[0]/ready"; print $f $child, " ", (sockaddr_in(getsockname $tcp))[0]; close $f;
sleep 100000;
END
setsid perl tree.pl "$T" "$odd" "" </dev/null >/dev/null 2>&1 &
pid=$!
disown
waitfor file ready
read -r child port <ready
runs_ok "freeze a tree with sockets" "$CRIU_NS" dump -t "$pid" -D plain -o dump.log -v4
rm socket

runs_ok "show" "$CRIU_NS" show plain
is "$err" "" "... without a complaint"
like "$out" "^plain: images of a freeze, written on 20[0-9-]{8} [0-9:]{8} UTC$" "... when they were written"
like "$out" "^  size .*(KiB|MiB) in $(find plain -type f | wc -l) files, .* of it memory$" "... how large they are"
like "$out" "^ +$pid +[0-9]+ +1  perl tree.pl $T 'a\?\[31m\? b' ''$" "... the root task's command line, quoted, and harmless"
like "$out" "^ +$child +$pid +1  sleep 100000$" "... and its child's"
like "$out" "^  mounts +those of the caller$" "... whose its mounts are"
like "$out" "^    TCP 127.0.0.1:$port listens$" "... the TCP socket"
like "$out" "^    unix stream $T/socket listens$" "... the unix socket"
like "$out" "^    TCP 127.0.0.1:$port, free$" "... which a thaw needs"
is "$(cd plain && "$CRIU_NS" show)" "${out/#plain:/.:}" "the directory is where one is, or -D says it"
is "$("$CRIU_NS" show -D plain)" "$out" "... or -D says it"
is "$("$CRIU_NS" show -- plain)" "$out" "... or it comes behind --"

is "$("$CRIU_NS" show --json plain | LC_ALL=C tr -d ' -~' | wc -c)" 1 "--json is one line of printable characters"
json_is plain "[p['pid'] for p in d['processes']]" "[$pid, $child]" "... with the pids"
json_is plain "d['processes'][0]['command'] == ['perl', 'tree.pl', '$T', 'a\\x1b[31m\\ufffd b', '']" True \
	"... the command line word for word, and a byte that is no UTF-8 replaced"
json_is plain "(d['complete'], d['problems'], d['mounts'], d['processes'][1]['parent'])" "(True, [], [], $pid)" "... and the rest"
json_is plain "d['bytes'] == $(find plain -type f -printf '%s+')0 and d['image_files'] == $(find plain -type f | wc -l)" \
	True "... with the size"
json_is plain "'$T/tree.pl' not in d['files'] and any(f.endswith('perl') for f in d['files'])" True "... and the files"

# Whoever may read them, with no criu anywhere; not even the directory need be writable.
chmod -R a+rX plain "$T"
chmod 755 "$T"
cp "$CRIU_NS" criu-ns
nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups env -u CRIU_BINARY PATH=/nowhere "$T/criu-ns")
runs_ok "as nobody, without criu" "${nobody[@]}" show plain
like "$out" "sleep 100000" "... all is shown"
chmod 600 plain/core-"$child".img
fails_with 125 "one image that nobody may read" "${nobody[@]}" show plain
is "$err" "criu-ns: cannot read core-$child.img: Permission denied" "... is named"
like "$out" "perl tree.pl" "... and the rest is shown"

# A process with mounts of its own has a recipe, which says whose each is.
unshare -m --propagation slave sh -c 'mount -t tmpfs own /mnt && exec setsid sh -c "echo \$\$ >$0/own.pid; exec sleep 100000"' \
	"$T" </dev/null >/dev/null 2>&1 &
disown
waitfor file own.pid
read -r own <own.pid
mkdir own
if freeze "freeze a process with a mount of its own" "$own" own; then
	runs_ok "show it" "$CRIU_NS" show own
	like "$out" "^    own     /mnt$" "... its own mount"
	like "$out" "^    host    /$" "... and the host's"
	like "$out" "^  frozen     process $own \(sleep\), frozen on 20" "... when it was frozen"
	json_is own "'own' in [m['is'] for m in d['mounts'] if m['at'] == '/mnt']" True "... also as JSON"
	json_is own "any(n['kind'] == 'mount' and n['what'].endswith('mounted on /') for n in d['needs'])" True \
		"... which a thaw needs"
fi

## Damage

damaged() { # damaged NAME WANTED: what ./bad is, and what is said
	fails_with 125 "$1" timeout 20 "$CRIU_NS" show bad
	is "$err" "criu-ns: $2" "... is named"
	json_is bad "d['problems'][0]" "$2" "... also as JSON"
	rm -rf bad
	cp -r plain bad
}

cp -r plain bad
rm bad/inventory.img
damaged "images of a freeze that was interrupted" "there is no inventory.img: the freeze failed, or was interrupted"
rm bad/mm-"$pid".img
damaged "an image that is missing" "mm-$pid.img is missing"
rm bad/pstree.img
unlike "$("$CRIU_NS" show bad 2>/dev/null)" "those of the caller" "of unknown processes, no mounts are told"
cp plain/pstree.img bad/
truncate -s 30 bad/files.img
damaged "an image that was cut off" "files.img is damaged, or is no image of this kind"
cp plain/files.img bad/pstree.img
damaged "one image in the place of another" "pstree.img is damaged, or is no image of this kind"
truncate -s 100 bad/pages-1.img
damaged "memory that was cut off" "the command line of process $pid is not in pages-1.img"
truncate -s 100M bad/files.img
damaged "an image that is huge" "files.img is larger than any image of its kind: it is not read"
rm bad/core-"$child".img && mkfifo bad/core-"$child".img
damaged "a FIFO, on which one would wait" "core-$child.img is a link, or no regular file: it is not read"

# Links: what they lead to could be read as an image, so that it would be seen if it was.
rm bad/core-"$child".img && ln -s "$T/plain/core-$child.img" bad/
damaged "a link" "core-$child.img is a link, or no regular file: it is not read"
ln -s "$T/plain" bad/parent
runs_ok "the images of an earlier pre-dump" "$CRIU_NS" show bad
like "$out" "^    the images of an earlier pre-dump, in $T/plain$" "... are named, and not read"
rm bad/parent
printf '# process \033[31m\n' >bad/criu-ns.recipe
fails_with 125 "a recipe that is none" "$CRIU_NS" show bad
like "$err" "^criu-ns: criu-ns.recipe: " "... is named"

# Whatever is done to them: never more than exit code 125, and never a control character.
perl -e 'srand 7; for my $n (1..150) { my @all = glob("plain/*.img"); my $from = $all[rand @all]; local $/;
	open my $in, "<:raw", $from or next; my $text = <$in>; next if length $text > 1 << 20;
	substr($text, 8 + rand(length($text) - 8), 1 + rand 4) = join "", map { chr rand 256 } 1 .. 1 + rand 4 for 1 .. 1 + rand 5;
	(my $to = $from) =~ s/plain/bad/; chmod 0644, $to; open my $o, ">:raw", $to or die; print $o $text; close $o;
	for my $as ("", "--json") {
		my $said = `timeout 20 $ENV{CRIU_NS} show $as bad 2>&1`; my $status = $? >> 8;
		die "round $n, $to: exit code $status, signal $?" if $? & 127 or $status && $status != 125;
		die "round $n, $to: a control character" if $said =~ /[^\n\x20-\x7e\x80-\xff]/; } }' >hostile 2>&1
report $? "150 rounds of random damage do no harm" "$(tail -n 3 hostile)"

mkdir empty
fails_with 125 "no images" "$CRIU_NS" show empty
is "$err" "criu-ns: there are no images in empty; name the directory of a freeze" "... is said"
mkdir run
ln -s ../plain run/frozen
fails_with 125 "a link in the place of the images of a run" "$CRIU_NS" show run
is "$err" "criu-ns: there are no images in run; name the directory of a freeze" "... is not followed"
rm run/frozen
cp -r plain run/frozen
fails_with 125 "the directory of a run" "$CRIU_NS" show run
is "$err" "criu-ns: there are no images in run; those of criu-ns run are in run/frozen" "... it is said where to look"
fails_with 125 "no directory" "$CRIU_NS" show nowhere
like "$err" "cannot open the images directory nowhere: No such file or directory; name a directory with the images of a freeze$" \
	"... is said"
fails_with 125 "two directories" "$CRIU_NS" show plain bad
fails_with 125 "an option that there is not" "$CRIU_NS" show --frobnicate plain
fails_with 125 "--json with another command" "$CRIU_NS" restore --json -D plain
like "$err" "^criu-ns: --json only makes sense with the command show$" "... is said"
fails_with 125 "a full device" sh -c '"$CRIU_NS" show plain >/dev/full'
finish
