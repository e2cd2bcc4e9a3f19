#!/bin/bash
# `make install` to /usr/local, where man and the shells find by themselves what belongs to them; `make uninstall`
# takes all of it away again. /usr/local is a tmpfs here.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
for place in "$top" "$CRIU_NS" "$TARGETS" "${CRIU_BINARY:-/}"; do
	[[ $(realpath "$place")/ != /usr/local/* ]] || skip_all "$place is in /usr/local, which is covered here"
done
command -v make >/dev/null || skip_all "needs make"
build=$(dirname "$CRIU_NS")
mount -t tmpfs -o mode=755 local /usr/local || bail_out "cannot mount on /usr/local"
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

make_in_top() { # make_in_top NAME ARGUMENT...
	runs_ok "$1" make --no-print-directory -s -C "$top" BUILD="$build" "${@:2}"
}

make_in_top "make install" install
is "$(cd /usr/local && find . -type f -printf '%m %p\n' | sort)" "644 ./share/bash-completion/completions/criu-ns
644 ./share/fish/vendor_completions.d/criu-ns.fish
644 ./share/man/man1/criu-ns.1
644 ./share/zsh/site-functions/_criu-ns
755 ./bin/criu-ns" "... five files"
unlike "$out" "note:" "... nothing else has that name"
is "$(command -v criu-ns)" /usr/local/bin/criu-ns "criu-ns is on PATH"

if man --version 2>/dev/null | grep -q '^man '; then
	is "$(man -w criu-ns)" /usr/local/share/man/man1/criu-ns.1 "man finds the page"
	like "$(MANWIDTH=80 man criu-ns 2>&1 | col -b)" "^ +criu-ns - freeze and thaw" "... and shows it"
else
	skip "needs man (Debian: man-db)" 2
fi
if [ -e /usr/share/bash-completion/bash_completion ]; then
	# shellcheck disable=SC2016 # for the other bash
	runs_ok "bash finds its completion" bash --norc -c '. /usr/share/bash-completion/bash_completion
		loader=$(complete -p -D | sed "s/.*-F \([^ ]*\).*/\1/")
		$loader criu-ns
		complete -p criu-ns'
	like "$out" "_criu_ns criu-ns" "... by its name"
else
	skip "needs bash-completion" 2
fi
if command -v zsh >/dev/null; then
	# shellcheck disable=SC2016 # for zsh
	is "$(zsh -fc 'autoload -Uz compinit; compinit -u -D; print $_comps[criu-ns]')" _criu-ns "zsh finds its completion"
else
	skip "needs zsh"
fi
if command -v fish >/dev/null; then
	like "$(XDG_DATA_DIRS=/usr/local/share:/usr/share fish -c 'complete -C "criu-ns fr"')" "^freeze" \
		"fish finds its completion where XDG_DATA_DIRS names the place"
else
	skip "needs fish"
fi

# The Python script of Debian's and Fedora's criu packages comes first on PATH.
mkdir other
install -m 755 /dev/null other/criu-ns
PATH=$T/other:$PATH make_in_top "make install, with another criu-ns in front" install
like "$out" "^note: criu-ns on PATH is $T/other/criu-ns, and not /usr/local/bin/criu-ns" "... is said"
like "$out" "^note: put /usr/local/bin in front of $T/other" "... with what to do"
PATH=/usr/sbin:/usr/bin:/sbin:/bin make_in_top "make install, to a place that is not on PATH" install
like "$out" "^note: " "... is said"
PATH=$T/other:$PATH make_in_top "make install for a package" install PREFIX=/usr DESTDIR="$T/package"
unlike "$out" "note:" "... does not look at PATH"
is "$(find package -type f | wc -l)" 5 "... five files"

make_in_top "make uninstall" uninstall
is "$(find /usr/local ! -type d)" "" "... leaves no file"
make_in_top "make uninstall for a package" uninstall PREFIX=/usr DESTDIR="$T/package"
is "$(find package ! -type d)" "" "... leaves no file"
finish
