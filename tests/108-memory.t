#!/bin/bash
# shellcheck disable=SC2317 # at_end is called by name
# Memory that goes another way than into the images: to a page server, or lazily, when the thawed tree asks for it,
# with the pid taken, for clones at once, for trees with mounts of their own; pre-dumps, where the kernel can.
# shellcheck source=own-net.sh
. "$(dirname "$0")/own-net.sh"
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
# shellcheck source=memory.sh
. "$top/tests/memory.sh"
need_root
need_criu
need_net

has_uffd=0
"$CRIU_BINARY" check --feature uffd-noncoop >/dev/null 2>&1 || has_uffd=1

pages() { # starts it; sets $pid, $id and $count
	setsid perl -e "$pages" </dev/null >/dev/null 2>&1 &
	attend $!
}

all_checked() { # all_checked PID: it has come to each of its pages since the thaw
	local id count
	look_at "$1"
	goes_on "$1" "$id" $((count + 400)) "... all of its pages are there"
}

transferred() { # transferred LOG: how many pages came lazily
	sed -n 's,.*UFFD transferred pages: (\([0-9]*\)/\1)$,\1,p' "$1"
}

end() { # end PID...
	local pid
	for pid; do
		kill -KILL "$pid" 2>/dev/null
		waitfor exit "$pid"
	done
}

at_end() { longest_pipe "$limit_before"; }

## A page server

pages
first=$id was=$count
for cycle in first second; do # the second is a freeze in the namespaces of the first thaw
	mkdir "$cycle" "$cycle.there"
	daemon page-server "$CRIU_NS" page-server --address 127.0.0.1 --port 7100 -D "$cycle.there" -o ps.log
	freeze "$cycle freeze to a page server" "$pid" "$cycle" --page-server --address 127.0.0.1 --port 7100
	ends "$daemon" "... which ends with it"
	is "$(find "$cycle" -name 'pages-*')" "" "... the pages are not beside the other images"
	mv "$cycle.there"/*.img "$cycle"
	thaw "... thaw with what the page server has written" "$cycle"
	goes_on "${pid:-0}" "$first" "$was" "... it goes on"
	all_checked "${pid:-0}"
	was=$count
done

## Lazily

lazy() { # lazy NAME IMAGES WORK [OPTION...]: a thaw of these images; sets $pid
	local name=$1 images=$2 work=$3 lazy
	shift 3
	mkdir -p "$work"
	daemon lazy-pages "$CRIU_NS" lazy-pages -D "$images" -W "$work" -o lazy.log -v4 "$@"
	lazy=$daemon
	thaw_into "$name" "$images" "$work" --lazy-pages
	daemon=$lazy
}

thaw_into() { # thaw_into NAME IMAGES WORK [OPTION...]
	runs_ok "$1" "$CRIU_NS" restore -d -D "$2" -W "$3" -o restore.log --pidfile pid "${@:4}"
	pid=$(cat "$3/pid" 2>/dev/null)
}

if [ "$has_uffd" = 0 ]; then
	freeze "freeze what goes on" "$pid" lazy.img -R
	original=$pid
	look_at "$original"
	frozen=$count
	lazy "thaw it lazily, while it runs" lazy.img one
	one=$pid one_lazy=$daemon
	lazy "... and a clone" lazy.img two
	for clone in "one $one $one_lazy" "two ${pid:-0} $daemon"; do
		read -r name pid lazy <<<"$clone"
		goes_on "$pid" "$first" "$frozen" "$name: goes on"
		all_checked "$pid"
		ends "$lazy" "... lazy-pages ends when all of it is there"
		isnt "$(transferred "$name/lazy.log")" "" "... it came lazily"
	done
	two=$pid
	look_at "$one"
	freeze "freeze what was thawed lazily" "$one" again
	thaw "... thaw it" again
	goes_on "${pid:-0}" "$first" "$count" "... it goes on"
	all_checked "${pid:-0}"
	end "$original" "$two" "$pid"

	own_service ''
	look_at "$seen"
	own_first=$id own_count=$count
	freeze "freeze a service with mounts of its own" "$pid" own
	lazy "... thaw it lazily" own own.w
	goes_on "$(own_seen "${pid:-0}")" "$own_first" "$own_count" "... it goes on"
	ends "$daemon" "... lazy-pages ends when all of it is there"
	isnt "$(transferred own.w/lazy.log)" "" "... it came lazily"
	end "$pid"

	## Lazily, from another host or from the freeze

	if longest_pipe 4194304 || has_long_pipes; then
		# The images are on both hosts, and the pages come from the other one.
		pages
		first=$id
		freeze "freeze for another host" "$pid" far
		cp -r far near
		daemon page-server "$CRIU_NS" page-server --lazy-pages --address 127.0.0.1 --port 7101 -D far -o ps.log
		server=$daemon
		lazy "thaw there, with the pages of this host" near near.w --page-server --address 127.0.0.1 --port 7101
		goes_on "${pid:-0}" "$first" "$count" "... it goes on"
		all_checked "${pid:-0}"
		ends "$daemon" "... lazy-pages ends when all of it is there"
		ends "$server" "... and so does the page server"
		end "$pid"

		# The freeze itself serves the pages, and ends when they have gone.
		pages
		first=$id
		mkdir post post.w
		daemon dump "$CRIU_NS" dump -t "$pid" -D post -o dump.log --lazy-pages --address 127.0.0.1 --port 7102
		server=$daemon frozen=$pid
		lazy "thaw what a freeze serves, while its pid is taken" post post.w --page-server --address 127.0.0.1 --port 7102
		goes_on "${pid:-0}" "$first" "$count" "... it goes on"
		all_checked "${pid:-0}"
		ends "$daemon" "... lazy-pages ends when all of it is there"
		ends "$server" "... the freeze ends"
		dead "$frozen" "... and with it what was frozen"
		end "$pid"
	else
		lacks "CAP_SYS_RESOURCE, or a right to set fs.pipe-max-size to 4194304, for criu to serve pages lazily" 16
	fi

	# Without that right, and with the limit that most hosts have.
	printf '#!/bin/sh\nexec setpriv --bounding-set=-sys_resource %s "$@"\n' "$CRIU_NS" >mere
	chmod +x mere
	longest_pipe 1048576
	pages
	first=$id
	mkdir short short.w
	daemon dump ./mere dump -t "$pid" -D short -o dump.log --lazy-pages --address 127.0.0.1 --port 7102
	server=$daemon
	daemon lazy-pages ./mere lazy-pages -D short -W short.w -o lazy.log --page-server --address 127.0.0.1 --port 7102
	# It fails when the first page is asked for: by criu, or by the tree when criu is done.
	run ./mere restore -d -D short -W short.w -o restore.log --lazy-pages --pidfile pid
	if [ "$status" = 0 ]; then
		waitfor exit "$(cat short.w/pid)"
		report $? "a tree that is thawed with pages of that freeze ends"
	else
		is "$status" 1 "a thaw with pages of that freeze fails"
		like "$err" "lazy-pages has ended: its log says why" "... where to look"
	fi
	status=0
	wait "$server" || status=$?
	is "$status" 1 "... and so does the freeze"
	like "$(cat dump.err)" "criu-ns: .*fs.pipe-max-size" "... what is missing"
	goes_on "$pid" "$first" "$count" "... the tree runs on"
	end "$pid"
else
	end "$pid"
	lacks "userfaultfd, with events" 46
fi

## Pre-dumps

pages
first=$id
mkdir pre last
if "$CRIU_BINARY" check --feature mem_dirty_track >/dev/null 2>&1; then
	runs_ok "pre-dump" "$CRIU_NS" pre-dump -t "$pid" -D pre -o dump.log
	freeze "... freeze what has changed since" "$pid" last --prev-images-dir ../pre --track-mem
	thaw "... thaw it" last
	goes_on "${pid:-0}" "$first" "$count" "... it goes on"
	all_checked "${pid:-0}"
else
	fails_with 125 "pre-dump, and the kernel cannot track memory: refused" "$CRIU_NS" pre-dump -t "$pid" -D pre -o dump.log
	is "$err" "criu-ns: this kernel does not track which memory a process writes (CONFIG_MEM_SOFT_DIRTY), which a pre-dump needs; freeze the tree without one; --leave-running lets it run on" "... it is said what is missing"
	fails_with 125 "... by a dry run, too" "$CRIU_NS" pre-dump --dry-run -t "$pid" -D pre
	is "$(ls -A pre)" "" "... nothing is written"
	goes_on "$pid" "$first" "$count" "... it goes on"
fi
end "$pid"
finish
