#!/bin/bash
# Every spelling that criu understands: clusters, attached values, =, prefixes, any order, --no- twins,
# configuration files. The target is a thawed one, so that a --tree overlooked is not translated and fails.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

start counter
first=$id
freeze "freeze a counter" "$pid" images
thaw "thaw it" images
target=$pid
rm images/pid

fresh() { # fresh directories "d" for images and "w" to work in
	rm -rf d w
	mkdir d w
}

dumps() { # dumps NAME COMMAND...: it must leave a whole dump in d, and the target running
	fresh
	look_at "$target"
	runs_ok "$1" "${@:2}"
	[ -s d/inventory.img ] && [ -s d/pstree.img ]
	report $? "... has dumped it"
	goes_on "$target" "$first" "$count" "... the target runs"
}

criu_ns_dumps() { # criu_ns_dumps ARGUMENT...
	dumps "criu-ns $*" "$CRIU_NS" "$@"
}

for tree in "-t $pid" "-t$pid" "-jt $pid" "-Rt$pid" "-Rjt$pid" "--tree $pid" "--tree=$pid" \
	"--tre $pid" "--tre=$pid"; do
	# shellcheck disable=SC2086 # words
	criu_ns_dumps dump $tree -R -D d
done
for rest in "-Dd" "-RD d" "-RDd" "--images-dir d" "--images-dir=d" "--images=d" "-R -Dd -Ww -olog" \
	"-v4 -D d" "-vvvv -Dd" "-D d --leave-running" "-D d --leave-run" \
	"-D nowhere -D d" "-D d --no-shell-job"; do
	# shellcheck disable=SC2086 # words
	criu_ns_dumps dump -t "$pid" -R $rest
done
criu_ns_dumps -t "$pid" -R -D d dump
criu_ns_dumps -R --tree="$pid" dump -Dd
criu_ns_dumps -t 4194304 dump -D d -R --tree "$pid"
[ -s d/core-"$(field "$pid" NSpid | xargs -n 1 | tail -n 1)".img ]
report $? "the last one counts"
dumps "own options in between" "$CRIU_NS" -R --criu-binary="$CRIU_BINARY" -t "$pid" dump \
	--criu-binary "$CRIU_BINARY" -D d

fresh
fails_with 125 "--tree=PID -- dump --: what follows -- is no option" \
	"$CRIU_NS" -R -D d dump -- -t "$pid"

# POSIXLY_CORRECT: criu's parser stops at the first word that is no option, and so must ours.
dumps "POSIXLY_CORRECT, options first" env POSIXLY_CORRECT=1 "$CRIU_NS" -R -D d -t "$pid" dump
fresh
run env POSIXLY_CORRECT=1 "$CRIU_NS" dump -R -D d -t "$pid"
isnt "$status" 0 "POSIXLY_CORRECT, options last: refused, as by criu"
look_at "$target"
goes_on "$target" "$first" "$count" "... the target runs"

# Configuration files: one option a line, with = or a space, # comments, long names only.
mkdir "$HOME/.criu"
printf '# mine\ntree %s\n\nleave-running\n' "$pid" >"$HOME/.criu/default.conf"
criu_ns_dumps dump -D d
printf 'tree=%s\nleave-running\n' "$pid" >"$HOME/.criu/default.conf"
criu_ns_dumps dump -D d
printf 'tree 4194304\nleave-running\n' >"$HOME/.criu/default.conf"
criu_ns_dumps dump -D d -t "$pid"
criu_ns_dumps dump --no-default-config -RD d -t "$pid"
fresh
printf 'tree %s\n' "$pid" >"$HOME/.criu/default.conf"
fails_with 125 "--no-default-config: the pid in there does not count" \
	"$CRIU_NS" dump --no-default-config -R -D d
rm "$HOME/.criu/default.conf"
printf 'tree %s # the target\nimages-dir d\nleave-running\n' "$pid" >my.conf
criu_ns_dumps dump --config my.conf
criu_ns_dumps dump --config=my.conf
dumps "CRIU_CONFIG_FILE" env CRIU_CONFIG_FILE=my.conf "$CRIU_NS" dump

# The same for a thaw: each must write the right pid where it belongs.
thaws() { # thaws PIDFILE COMMAND...
	fresh
	runs_ok "${*:3}" "${@:2}"
	pid=$(cat "$1")
	goes_on "${pid:-0}" "$first" "$count" "... the pidfile names the tree"
	kill -9 "$pid"
	settle 1
	rm -f "$1"
}
count=0
for options in "-d -D images --pidfile $T/pid" "-dD images --pidfile=$T/pid" \
	"-dDimages --pidfile $T/pid" "--restore-detached --images-dir=images --pidfi $T/pid" \
	"--restore-det -Dimages --no-shell-job --pidfile=$T/pid" "--daemon -D images --pidfile $T/pid" \
	"--no-restore-detached -dD images --pidfile $T/pid" "-S --no-restore-sibl -dDimages --pidfile $T/pid"; do
	# shellcheck disable=SC2086 # words
	thaws pid "$CRIU_NS" restore $options
	# shellcheck disable=SC2086 # words
	thaws pid "$CRIU_NS" $options restore
done
thaws w/pid "$CRIU_NS" restore -dDimages -Ww --pidfile pid
thaws w/pid "$CRIU_NS" restore -d --work=w --pidfile=pid --images-dir images
printf 'restore-detached\nimages-dir %s\nwork-dir=w\npidfile pid\n' images >my.conf
thaws w/pid "$CRIU_NS" restore --config my.conf
thaws w/pid env CRIU_CONFIG_FILE=my.conf "$CRIU_NS" restore

# The last of two twins counts: this thaw is not detached.
"$CRIU_NS" restore -d --no-restore-detached -D images -o restore.log --pidfile "$T/pid" &
wrapper=$!
waitfor file "$T/pid"
alive "$wrapper"
report $? "-d --no-restore-detached: a thaw in the foreground"
kill -9 "$(cat pid)"
wait "$wrapper"
is "$?" 0 "... which ends with the tree"
rm pid

# Options of a criu that is newer than this criu-ns go to it, in their order.
cat >newer-criu <<END
#!/bin/sh
printf '%s\n' "\$@" >$T/words
END
chmod +x newer-criu
fresh
run "$CRIU_NS" --criu-binary "$T/newer-criu" dump --brand-new -t "$target" --newer=7 -R -D d
like "$(xargs <words)" "--brand-new .*--newer=7( |\$)" "unknown options pass through"
run "$CRIU_NS" --criu-binary "$T/newer-criu" check --brand-new --tree=1 "two words" --newer=7
is "$(cat words)" "$(printf '%s\n' check --brand-new --tree=1 "two words" --newer=7)" \
	"other commands pass through as they are"

# Dry runs take the same spellings.
for tree in "-t $target" "-t$target" "-jt $target" "--tree $target" "--tree=$target" "--tre $target"; do
	# shellcheck disable=SC2086 # words
	runs_ok "--dry-run dump $tree" "$CRIU_NS" --dry-run dump $tree -D d
	like "$out" "$target" "... is about process $target"
done

## A configuration file that can be read once only: criu is to see it, too

mkdir once
start counter
runs_ok "--config <(...): a freeze" "$CRIU_NS" dump --config <(printf 'tree %s\nimages-dir once\nleave-running\n' "$pid") -o once.log
[ -e once/inventory.img ]
report $? "... writes where that says"
goes_on "$pid" "$id" "$count" "... and leaves the target running, as that says"
runs_ok "--config=<(...): a thaw" "$CRIU_NS" restore --config=<(printf 'restore-detached\nimages-dir once\npidfile once.pid\n')
clone=$(cat once/once.pid)
goes_on "${clone:-0}" "$id" "$count" "... detaches, and has the pidfile that this says"
kill -KILL "$clone" && waitfor exit "$clone"
run "$CRIU_NS" check --config <(echo a b c)
is "$status" 1 "--config <(...): criu refuses what is malformed in it"
runs_ok "--config /dev/stdin" sh -c 'printf "tree %s\nleave-running\nimages-dir once\n" "$1" | "$CRIU_NS" dump --config /dev/stdin' sh "$pid"
goes_on "$pid" "$id" "$count" "... the target runs on, as that says"

## What criu refuses of a configuration file

mkdir -p refused
for text in 'a b c d e f g h' 'tree' 'shell-jo\nleave 1'; do
	# shellcheck disable=SC2059 # escapes
	printf "# mine\n$text\n" >my.conf
	for command in "dump -t 1 -D refused" "restore -D refused" check; do
		# shellcheck disable=SC2086 # words
		run "$CRIU_BINARY" $command --config=my.conf
		theirs=$status message=$(head -n 1 <<<"$err")
		# shellcheck disable=SC2086
		run "$CRIU_NS" $command --config=my.conf
		is "$status $(head -n 1 <<<"$err")" "$theirs $message" "$command, a file with '$text': criu's own status and words"
		is "$status" 1 "... which are those of a failure"
	done
done
is "$(ls -A refused)" "" "nothing has been written"
finish
