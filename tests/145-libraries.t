#!/bin/bash
# Programs that use criu's own libraries, libcriu and pycriu, with criu-ns in the place of criu: what 100-swrk.t and
# 101-service.t test with a client of our own. Debian has both since 13 (libcriu-dev, python3-pycriu).
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu

cat >with-libcriu.c <<'END'
/* with-libcriu SERVICE dump|restore|child|self DIR [PID]: prints what libcriu returns; notifications go to the file notified. */
#include <criu/criu.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int note(char *script, criu_notify_arg_t arg)
{
	FILE *f = fopen("notified", "a");

	fprintf(f, "%s %d\n", script, criu_notify_pid(arg));
	return fclose(f);
}

static void dump_self(const char *file)
{
	int null = open("/dev/null", O_RDWR);
	FILE *f;
	int r;

	setsid();
	for (int fd = 0; fd <= 2; fd++)
		dup2(null, fd);
	close(null);
	r = criu_dump();
	f = fopen(file, "w");
	fprintf(f, "%d\n", r);
	fclose(f);
	sleep(1000);
}

int main(int argc, char **argv)
{
	int status = 0;
	int r;

	criu_init_opts();
	criu_set_service_binary(argv[1]);
	criu_set_images_dir_fd(open(argv[3], O_DIRECTORY | O_CLOEXEC));
	criu_set_log_file("libcriu.log");
	criu_set_log_level(4);
	if (argc > 4)
		criu_set_pid(atoi(argv[4]));
	if (!strcmp(argv[2], "self"))
		dump_self("self.returned");
	if (!strcmp(argv[2], "child")) {
		r = criu_restore_child();
		printf("%d\n", r);
		if (r > 0 && kill(r, SIGKILL) == 0 && waitpid(r, &status, 0) == r)
			printf("signal %d\n", WTERMSIG(status));
		return 0;
	}
	criu_set_notify_cb(note);
	printf("%d\n", !strcmp(argv[2], "dump") ? criu_dump() : criu_restore());
	return 0;
}
END

cat >with-pycriu.py <<'END'
import os, sys, pycriu
c = pycriu.criu()
c.use_binary(sys.argv[1])
c.opts.images_dir_fd = os.open(sys.argv[3], os.O_DIRECTORY)
c.opts.log_file = "pycriu.log"
if len(sys.argv) > 4:
    c.opts.pid = int(sys.argv[4])
if sys.argv[2] == "dump":
    c.dump()
    print(0)
else:
    print(c.restore().pid)
END

round() { # round NAME COMMAND...: a process is frozen, thawed while its pid is taken, and so again
	local name=$1 cycle
	shift
	start counter
	first=$id
	for cycle in 1 2; do
		look_at "$pid"
		mkdir "$name.$cycle"
		rm -f notified
		run "$@" dump "$name.$cycle" "$pid"
		is "$out" 0 "$name: dump $cycle" "$err"
		dead "$pid" "... it is gone"
		"$TARGETS/counter" & # where criu numbers from the start, its pid is taken
		disown
		run "$@" restore "$name.$cycle"
		pid=$out
		goes_on "${pid:-0}" "$first" "$count" "... restore: it goes on"
		like "$(field "${pid:-0}" NSpid)" "[0-9]+[[:blank:]]+[0-9]+" "... in a pid namespace of its own"
	done
}

# shellcheck disable=SC2046 # words
if pkg-config --exists criu 2>/dev/null &&
	cc -w -o with-libcriu with-libcriu.c $(pkg-config --cflags --libs criu) 2>cc.log; then
	round libcriu ./with-libcriu "$CRIU_NS"
	like "$(cat notified)" "^post-dump 0$" "... with notifications"
	like "$(cat notified)" "^post-restore $pid$" "... which name its pid"
	mkdir child self
	run ./with-libcriu "$CRIU_NS" dump child "$pid"
	is "$out" 0 "... dump it again"
	run ./with-libcriu "$CRIU_NS" child child
	like "$out" "^signal 9$" "... criu_restore_child(): it is a child, whose end can be waited for" "$err"
	setsid ./with-libcriu "$CRIU_NS" self self </dev/null >/dev/null 2>&1 &
	waitfor exit $!
	[ ! -e self.returned ]
	report $? "a program that freezes itself: it is gone, and has heard nothing"
	run ./with-libcriu "$CRIU_NS" restore self
	alive "${out:-0}"
	report $? "... restore: it runs" "$err"
	eventually test -s self.returned
	is "$(cat self.returned)" 1 "... and criu_dump() says that it has been restored"
	end_strays
else
	lacks "libcriu (libcriu-dev, since Debian 13): $(head -n 1 cc.log 2>/dev/null)" 16
fi

if /usr/bin/python3 -c 'import pycriu' 2>/dev/null; then
	round pycriu /usr/bin/python3 with-pycriu.py "$CRIU_NS"
	end_strays
else
	lacks "pycriu (python3-pycriu, since Debian 13)" 8
fi
finish
