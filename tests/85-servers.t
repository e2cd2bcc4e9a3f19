#!/bin/bash
# Real servers, started as their manuals say, each with a client outside of the tree that stays connected: frozen and
# thawed three times with no option at all. The client goes on over its connection, and a new one gets in.
# shellcheck source=own-net.sh disable=SC2317 # functions are called by name
. "$(dirname "$0")/own-net.sh"
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_criu
need_net

trap : PIPE # a write to a server that has ended is a failure of its check only
chmod 755 "$T"
for dir in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin; do
	[ ! -x "$dir/initdb" ] || PATH=$dir:$PATH
done
outside="is outside of the tree: a thaw goes on with it"

started() { # started PIDFILE: sets $pid, to that of a server that has become a daemon
	waitfor file "$1" && read -r pid <"$1"
	report $? "$name starts" "$(tail -n 5 ./*log 2>/dev/null)"
}

three() { # three COMMAND...: asks the server, over the old connection and over a new one
	local cycle
	"$@"
	report $? "... it answers"
	for cycle in 1 2 3; do
		freeze "$name: freeze $cycle, with no option" "$pid" "$name.$cycle" || return
		[ "$cycle" != 1 ] || said=$err
		thaw "... thaw $cycle, with no option" "$name.$cycle"
		[ -n "$pid" ] || return
		"$@"
		report $? "... client and server go on, and there is room for another one"
	done
}

end() { # end: the server, all of its processes, and its clients
	kill -KILL "$pid" 2>/dev/null
	exec {to}>&-
	end_strays
}

line() { # line REGEX: the next line from the client's connection that looks like this
	local text
	while IFS= read -r -t 10 -u "$to" text; do
		[[ ${text%$'\r'} =~ $1 ]] && return 0
	done
	return 1
}

# A master with two workers, of which one has the connection.
name=nginx
nginx_answers() {
	printf 'GET /page HTTP/1.1\r\nHost: x\r\n\r\n' >&"$to"
	line '^this page$' || return
	exec {again}<>/dev/tcp/127.0.0.1/8080
	printf 'GET /page HTTP/1.0\r\n\r\n' >&"$again"
	grep -q '^this page$' <&"$again"
	local result=$?
	exec {again}>&-
	return "$result"
}
if has nginx; then
	mkdir www
	echo "this page" >www/page
	cat >nginx.conf <<-CONF
		user root; worker_processes 2; pid $T/nginx.pid; error_log $T/nginx.log;
		events { worker_connections 64; }
		http {
			access_log $T/nginx-access.log; keepalive_timeout 600;
			client_body_temp_path $T/body; proxy_temp_path $T/proxy; fastcgi_temp_path $T/fastcgi;
			uwsgi_temp_path $T/uwsgi; scgi_temp_path $T/scgi;
			server { listen 127.0.0.1:8080; listen unix:$T/nginx.socket; root $T/www; }
		}
	CONF
	runs_ok "nginx" nginx -c "$T/nginx.conf"
	started nginx.pid
	exec {to}<>/dev/tcp/127.0.0.1/8080
	three nginx_answers
	like "$said" "^criu-ns: note: .*127.0.0.1:8080 .*$outside" "... what the freeze says"
	runs_ok "... it loads its configuration anew" kill -HUP "$pid"
	sleep 0.5 # its old workers close what is idle
	exec {to}>&-
	exec {to}<>/dev/tcp/127.0.0.1/8080
	nginx_answers
	report $? "... and answers"
	end
fi

# Threads, a connection by TCP and a unix socket; in the end a child writes the database.
name=redis
asked=0
redis_answers() {
	asked=$((asked + 1))
	printf 'INCR key\r\n' >&"$to"
	line "^:$asked\$" && [ "$(redis-cli -s "$T/redis.socket" get key)" = "$asked" ]
}
if has redis-server redis-cli; then
	runs_ok "redis" redis-server --port 6379 --bind 127.0.0.1 --unixsocket "$T/redis.socket" --dir "$T" \
		--daemonize yes --pidfile "$T/redis.pid" --logfile "$T/redis.log"
	started redis.pid
	eventually test -S redis.socket
	exec {to}<>/dev/tcp/127.0.0.1/6379
	three redis_answers
	like "$said" "^criu-ns: note: .*127.0.0.1:6379 .*$outside" "... what the freeze says"
	runs_ok "... it saves its data" redis-cli -s "$T/redis.socket" save
	[ -s dump.rdb ]
	report $? "... to its directory"
	end
fi

# Eight processes, with shared memory of both kinds, signals and a unix socket; the client has a temporary table, which
# is gone when its server process ends. PostgreSQL does not start as root; and here root may not freeze processes of
# other users on hosts without CAP_SYS_RESOURCE; so root looks like somebody else.
name=postgres
asked=0
postgres_answers() {
	local i
	asked=$((asked + 1))
	echo "update t set n = n + 1; select 'answer', n, pg_backend_pid() from t;" >&"$to"
	for ((i = 0; i < 6000; i++)); do
		grep -q "^answer|$asked|" psql.out && break
		pause 0.02
	done
	grep -q "^answer|$asked|$backend\$" psql.out &&
		[ "$(psql -h "$T/pg" -U me -At postgres -c 'select 6 * 7')" = 42 ]
}
if has initdb postgres pg_ctl psql; then
	echo 'int geteuid(void) { return 999; } int getuid(void) { return 999; }' >somebody.c
	cc -shared -fPIC -o somebody.so somebody.c || bail_out "cc"
	mkdir -p pg/data
	chown -R 999 pg
	as_somebody() { LD_PRELOAD=$T/somebody.so "$@" </dev/null >pg.log 2>&1; }
	runs_ok "postgres: a database" as_somebody initdb -N -A trust -U me -D "$T/pg/data"
	chown -R 999 pg
	ipcs -m >segments
	runs_ok "postgres" as_somebody pg_ctl -w -D "$T/pg/data" -o "-k $T/pg -c listen_addresses=127.0.0.1" -l "$T/server.log" start
	started pg/data/postmaster.pid
	exec {to}<> <(:)
	psql -h 127.0.0.1 -U me -At postgres <&"$to" >psql.out 2>&1 &
	disown $!
	echo "create temp table t(n int); insert into t values (0); select 'backend', pg_backend_pid();" >&"$to"
	waitfor file psql.out
	for ((i = 0; i < 6000; i++)); do
		backend=$(sed -n 's/^backend|//p' psql.out)
		[ -z "$backend" ] || break
		pause 0.02
	done
	three postgres_answers
	like "$said" "^criu-ns: note: .*127.0.0.1:5432 .*$outside" "... what the freeze says of its client"
	like "$said" "note: the tree has System V shared memory of the caller's IPC namespace, and goes on after a thaw in one of its own" \
		"... and of its memory"
	# shellcheck disable=SC2046 # numbers
	ipcrm $(ipcs -m | diff segments - | awk '$1 == ">" { print "-m", $3 }')
	report $? "... of which the original stays until it is removed"

	exec {unix}<> <(:)
	psql -h "$T/pg" -U me -At postgres <&"$unix" >unix.out 2>&1 &
	disown $!
	echo "select 'here';" >&"$unix"
	waitfor file unix.out
	fails_with 125 "... a client on its unix socket: refused" "$CRIU_NS" dump -t "$pid" -D "$(mktemp -d -p "$T")"
	like "$err" "is a connection of the client process [0-9]+ \(psql\), outside of the tree; freeze a tree that contains both" \
		"... who that is"
	exec {unix}>&-
	kill -INT "$pid"
	dead "$pid" "... it shuts down"
	like "$(tail -n 1 server.log)" "database system is shut down" "... in order"
	end
fi
finish
