#!/bin/bash
# All that criu-ns says of a plan, word for word: each refusal, remedy, note and step, and each explanation of what criu
# says, is in tests/words.txt. Whoever adds or changes a text changes that list, too, and reads it once more there.
# A refusal has, in a third column, words of the man page that tell of it beforehand ("-": it is about the call, a recipe
# or the host of a thaw). The options that the texts name are all in the man page. "make words" brings the list up to date;
# new refusals then have "???" in their third column.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

"$top/tests/setup/words.pl" "$top"/src/plan/*.c "$top/src/explain/remedies.c" | cut -f1,3 | LC_ALL=C sort -u >said
cut -f1,2 "$top/tests/words.txt" | LC_ALL=C sort -u >listed
[ "$(wc -l <said)" -gt 500 ]
report $? "the texts are found" "only $(wc -l <said)"
is "$(LC_ALL=C comm -23 said listed)" "" "each text is in tests/words.txt"
is "$(LC_ALL=C comm -13 said listed)" "" "... and nothing else is"
is "$(cut -f1,2 "$top/tests/words.txt" | LC_ALL=C sort | uniq -d)" "" "... nor anything twice"

# The man page as plain text, on one line.
perl -e '
	undef $/;
	$_ = <>;
	s/^\.\\".*\n//gm;
	s/\\f[A-Z]//g;
	s/\\-/-/g;
	s/\\\(aq/\x27/g;
	for my $line (split /\n/) {
		if ($line =~ /^\.(?:BR|BI|IR|RB|IB|RI)\s+(.*)/) {
			my $words = $1;
			$line = "";
			$line .= $1 // $2 while $words =~ /"([^"]*)"|(\S+)/g;
		} elsif ($line =~ /^\.(?:B|I|SH|SS|TP|IP|PP|EX|EE|br)\b\s*(.*)/) {
			($line = $1) =~ s/"//g;
		}
		$text .= "$line ";
	}
	$text =~ s/\s+/ /g;
	print $text' "$top/man/criu-ns.1" >man.txt

missing() { # missing: of the lines on stdin, those whose words are not in the man page
	local words
	while IFS= read -r words; do
		grep -qF -e "$words" man.txt || echo "$words"
	done
}

is "$(awk -F '\t' '$1 == "refusal" && NF != 3' "$top/tests/words.txt")" "" "each refusal has its words of the man page"
is "$(awk -F '\t' '$1 == "refusal" && $3 != "-" { print $3 }' "$top/tests/words.txt" | sort -u | missing)" "" \
	"... which are there"

# Without what is for other programs: "unshare --net", "chrt --other --pid".
sed -E 's/(unshare|nsenter|chrt|mount|bwrap|scylla)( -[^ ]+| [0-9%][^ ]*)+//g; s/--reactor-backend=epoll//' said |
	grep -oE -e '--[a-z][a-z-]+' | sort -u >options
[ "$(wc -l <options)" -gt 20 ]
report $? "the texts name options" "$(cat options)"
is "$(missing <options)" "" "... each of which is in the man page"

# README.md: options that are criu's or ours are in the man page; it may also name those of other programs, and spellings.
sed -E 's/`(apt-get|make|update-alternatives|dpkg-divert|docker|podman|runc|unshare|lxc-[a-z]+|systemd-run) [^`]*`//g' "$top/README.md" | grep -v '^| spellings:' |
	grep -oE -e '(^|[ `(])--[a-z][a-z-]+' | tr -d ' `(' | sort -u >options
[ "$(wc -l <options)" -gt 10 ]
report $? "README.md names options" "$(cat options)"
is "$(missing <options)" "" "... each of which is in the man page"

# Plain English: what has crept in before.
is "$(cut -f2 listed | grep -nwiE 'folder|anew|thru|whilst|can not|informations?|allows to|dont')" "" "no word that should not be there"
finish
