#!/bin/bash
# What somebody types who tries criu-ns for the first time: misspelt, forgotten, half right. And the completion
# scripts, in the shells that they are made for.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_criu

says() { # says NAME WANTED ARGUMENT...: all that is said, and exit code 125
	fails_with 125 "$1" "$CRIU_NS" "${@:3}"
	is "$err" "$2" "... and is told what to do"
}

mkdir empty half
: >half/core-7.img
: >file

says "an option with a letter too much" "criu-ns: there is no option '--treee'; did you mean --tree?" dump --treee 7
says "an option of ours, misspelt" "criu-ns: there is no option '--dry-rum'; did you mean --dry-run?" \
	restore -D empty --dry-rum
says "two wrong options" "criu-ns: there is no option '--image-dir'; did you mean --images-dir?
criu-ns: there is no option '--dry-rum'; did you mean --dry-run?" restore --image-dir empty --dry-rum
says "a pid without -t" "criu-ns: dump needs the pid of a process: -t PID; did you mean -t 7?" dump 7 -D empty
says "a command, misspelt" \
	"criu-ns: there is no command 'restor', neither of criu-ns nor of criu; did you mean restore?" restor -D empty
fails_with 1 "an option that is like nothing is for criu to judge" "$CRIU_NS" check --frobnicate

if [ "$EUID" = 0 ]; then
	says "a directory that is a file" \
		"criu-ns: cannot open the images directory file: Not a directory; name a directory with the images of a freeze" \
		restore -D file
	says "images of a freeze that failed" "criu-ns: the freeze into half failed, or was interrupted: it has no \
inventory.img; name the directory of a freeze that succeeded with -D" restore -D half
	says "no images" "criu-ns: there are no images in empty: it has no inventory.img; name the directory of a freeze \
with -D" restore -D empty
	fails_with 125 "the init of the system" "$CRIU_NS" dump -t 1 -D empty
	like "$err" "^criu-ns: process 1 .*init of this system" "... is named"

	start counter
	mkdir words
	runs_ok "freeze is dump" "$CRIU_NS" freeze -t "$pid" -D words -o dump.log
	runs_ok "thaw is restore" "$CRIU_NS" thaw -d -D words -o restore.log --pidfile pid
	goes_on "$(cat words/pid)" "$id" "$count" "... and it counts on"

	chmod 755 "$T"
	cp "$CRIU_NS" "$CRIU_BINARY" .
	chmod 755 criu-ns criu
	nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups env CRIU_BINARY="$T/criu")
	fails_with 125 "a thaw as nobody" "${nobody[@]}" ./criu-ns restore -D words
	is "$err" "criu-ns: cannot thaw: criu-ns must be run as root: Operation not permitted; -v shows which \
capabilities it needs" "... is told to be root"
else
	skip "needs root" 16
fi

## Help: ours fits a terminal; who reads it through a pipe gets criu's, too

script -qc "stty rows 24 cols 80; $CRIU_NS --help" /dev/null </dev/null >help.tty 2>&1
[ "$(wc -l <help.tty)" -le 23 ]
report $? "--help fits a screen of 24 lines" "$(wc -l <help.tty)"
is "$(tr -d '\r' <help.tty | grep -v -e "$CRIU_BINARY" | awk 'length > 80')" "" "... of 80 columns"
runs_ok "--help into a pipe" "$CRIU_NS" --help
like "$out" "^ +--tcp-established" "... has criu's options"

## Completion

complete_bash() { # complete_bash WORD...: the candidates for the last one
	"$CRIU_NS" completion bash >completion.bash
	bash -c '. ./completion.bash; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _criu_ns 2>/dev/null
		printf "%s\n" "${COMPREPLY[@]}"' bash "$@" | sort | tr '\n' ' '
}

complete_fish() { # complete_fish LINE: what begins as its last word does; fish 4 has what is like it, too
	"$CRIU_NS" completion fish >completion.fish
	fish -c 'source completion.fish; complete -C "$argv"' "$1" | cut -f1 | grep -e "^${1##* }" | sort | tr '\n' ' '
}

# As somebody at a terminal: there is no other way to ask zsh.
cat >ask.zsh <<'END'
zmodload zsh/zpty
zpty z env TERM=dumb HOME=$PWD zsh -f -i
zpty -w z "fpath=($PWD \$fpath); autoload -Uz compinit; compinit -u -D; echo LOAD''ED"
zpty -r z out '*LOADED*'
zpty -w -n z "$1"$'\t'
zpty -r -m z out "*$2*"
END
complete_zsh() { # complete_zsh LINE WANTED
	"$CRIU_NS" completion zsh >_criu-ns
	timeout 20 zsh -f ask.zsh "$1" "$2"
	report $? "zsh: '$1' is completed to $2"
}

mkdir images-7
is "$(complete_bash criu-ns fr)" "freeze " "bash: a command"
is "$(complete_bash criu-ns dump --tre)" "--tree " "bash: an option"
is "$(complete_bash criu-ns restore --network-lock = i)" "iptables " "bash: a value behind ="
is "$(complete_bash criu-ns restore -D imag)" "images-7 " "bash: a directory"
like " $(complete_bash criu-ns dump -t $$)" " $$ " "bash: a pid"
is "$(complete_bash criu-ns completion z)" "zsh " "bash: a shell"
is "$(complete_bash criu-ns show imag)" "images-7 " "bash: a directory that is shown"
if command -v fish >/dev/null; then
	is "$(complete_fish 'criu-ns fr')" "freeze " "fish: a command"
	is "$(complete_fish 'criu-ns dump --tre')" "--tree " "fish: an option"
	is "$(complete_fish 'criu-ns dump --network-lock=i')" "--network-lock=iptables " "fish: a value"
	is "$(complete_fish 'criu-ns restore -D imag')" "images-7/ " "fish: a directory"
	is "$(complete_fish 'criu-ns show imag')" "images-7/ " "fish: a directory that is shown"
else
	skip "needs fish" 5
fi
if command -v zsh >/dev/null; then
	complete_zsh 'criu-ns fre' freeze
	complete_zsh 'criu-ns dump --leave-r' leave-running
	complete_zsh 'criu-ns dump --network-lock=nf' nftables
	complete_zsh 'criu-ns restore -D imag' images-7/
else
	skip "needs zsh" 4
fi
fails_with 125 "a shell that there is no script for" "$CRIU_NS" completion ksh
like "$err" "bash, zsh and fish" "... says which there are"
finish
