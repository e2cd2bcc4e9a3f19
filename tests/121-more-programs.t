#!/bin/bash
# shellcheck disable=SC2317 # functions are called by name
# Programs of many kinds: servers, runtimes of languages, what keeps others running or in a sandbox, Docker. Each is started
# as its manual says, and frozen and thawed three times with no option; after that it answers as before.
# shellcheck source=programs.sh
. "$(dirname "$0")/programs.sh"

goes_round() { # goes_round NAME COMMAND [OPTION...]: $pid, which $seen shows; COMMAND is what happens after the first freeze
	local name=$1 first=$id cycle ends=$2
	shift 2
	for cycle in 1 2 3; do
		look_at "$seen"
		freeze "$name: freeze $cycle" "$pid" "$name.$cycle" "$@" || return
		dead "$pid" "... it is gone"
		[ "$cycle" != 1 ] || $ends >/dev/null
		thaw "... thaw $cycle" "$name.$cycle"
		[ -n "$pid" ] || return
		seen=$(own_seen "$pid")
		goes_on "${seen:-0}" "$first" "$count" "... it goes on"
	done
	kill -KILL "$pid" && waitfor exit "$pid"
}

# Servers

if has memcached; then
	ask() {
		exec {to}<>"/dev/tcp/127.0.0.1/$answers" || return
		printf 'add key 0 0 5\r\nhello\r\nget key\r\nquit\r\n' >&"$to"
		tail -n 3 <&"$to" | tr -d '\r'
	}
	answers=11311
	start_program memcached -u root -l 127.0.0.1 -p $answers
	rounds memcached ask
fi

fpm=$(compgen -G '/usr/sbin/php-fpm*' | head -n 1)
if has "${fpm:-php-fpm}" nginx; then
	mkdir php
	echo '<?php echo "this is " . PHP_VERSION . PHP_EOL;' >php/page.php
	cat >fpm.conf <<-CONF
		[global]
		error_log = $T/fpm.log
		daemonize = no
		[www]
		user = root
		group = root
		listen = $T/fpm.socket
		pm = static
		pm.max_children = 3
	CONF
	cat >nginx.conf <<-CONF
		user root; pid $T/nginx.pid; error_log $T/nginx.log; daemon off;
		events { worker_connections 64; }
		http {
			access_log off; client_body_temp_path $T/body; proxy_temp_path $T/proxy;
			fastcgi_temp_path $T/fastcgi; uwsgi_temp_path $T/uwsgi; scgi_temp_path $T/scgi;
			server { listen 127.0.0.1:8085; location / {
				fastcgi_pass unix:$T/fpm.socket; fastcgi_param SCRIPT_FILENAME $T/php/page.php;
				fastcgi_param REQUEST_METHOD GET; fastcgi_param QUERY_STRING "";
			} }
		}
	CONF
	ask() {
		exec {to}<>"/dev/tcp/127.0.0.1/$answers" || return
		printf 'GET / HTTP/1.0\r\n\r\n' >&"$to"
		grep '^this is' <&"$to"
	}
	answers=8085
	start_program sh -c "$fpm -R -n -y $T/fpm.conf & exec nginx -c $T/nginx.conf"
	rounds php ask
fi

# io_uring, with which Debian's is built, is refused, with the name of the setting.
if has mariadbd mariadb-install-db; then
	mkdir maria
	runs_ok "mariadb: a database" mariadb-install-db --no-defaults --user=root --datadir="$T/maria" --auth-root-authentication-method=normal
	maria=(mariadbd --no-defaults --user=root --datadir="$T/maria" --socket="$T/maria.socket" --skip-networking)
	ask() {
		mariadb -u root -S "$T/maria.socket" -N -e 'create database if not exists d;
			create table if not exists d.t (n int primary key) engine=memory; insert ignore into d.t values (42); select * from d.t'
	}
	start_program "${maria[@]}"
	isnt "$(export T && answer ask)" "" "... it answers"
	if grep -q io_uring <(ls -l "/proc/$pid/fd"); then
		mkdir refused
		fails_with 125 "... with io_uring: no freeze" "$CRIU_NS" dump -t "$pid" -D refused -o dump.log
		like "$err" "is an io_uring, which criu cannot save; set innodb_use_native_aio = OFF, and restart it$" "... and what to do"
	fi
	kill "$pid" && waitfor exit "$pid"
	start_program "${maria[@]}" --innodb-use-native-aio=0
	rounds mariadb ask
fi

if has openvpn; then
	ask() {
		exec {to}<>"/dev/tcp/127.0.0.1/$answers" || return
		printf 'pid\r\n' >&"$to"
		grep -m 1 SUCCESS <&"$to"
	}
	answers=11941
	runs_ok "openvpn: a key" openvpn --genkey secret key
	start_program openvpn --dev null --proto udp --lport 11940 --bind --secret "$T/key" --cipher AES-256-CBC --management 127.0.0.1 $answers
	rounds openvpn ask
fi

# Languages

# That of libuv 1.50 and newer, as in Debian 13, has an io_uring wherever it gets one.
if has node; then
	answers=8081
	program='const id = Math.random();
		require("http").createServer((q, r) => r.end("node " + id + "\n")).listen(8081, "127.0.0.1"); setInterval(() => {}, 5)'
	start_program node -e "$program"
	export T answers
	isnt "$(answer get)" "" "node answers"
	if grep -q io_uring <(ls -l "/proc/$pid/fd"); then
		mkdir node.refused
		fails_with 125 "... with io_uring: no freeze" "$CRIU_NS" dump -t "$pid" -D node.refused -o dump.log
		like "$err" "is an io_uring, which criu cannot save; start it after sysctl kernel.io_uring_disabled=2, or" "... and what to do"
	fi
	kill "$pid" && waitfor exit "$pid"
	without_io_uring node -e "$program"
	rounds node get
fi

mkdir www
echo "a page" >www/index.html
answers=8082
start_program python3 -m http.server -d "$T/www" -b 127.0.0.1 $answers
rounds python get

if command -v go >/dev/null; then
	cat >server.go <<-'END'
		package main

		import (
			"fmt"
			"net/http"
			"time"
		)

		func main() {
			id := time.Now().UnixNano()
			go func() {
				for {
					time.Sleep(time.Millisecond)
				}
			}()
			http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, id) })
			panic(http.ListenAndServe("127.0.0.1:8083", nil))
		}
	END
	runs_ok "go: build it" env GO111MODULE=off GOCACHE="$T/go" go build -o server server.go
	answers=8083
	start_program ./server
	rounds go get
else
	lacks "needs go" 14
fi

if command -v javac >/dev/null; then
	cat >Server.java <<-'END'
		import com.sun.net.httpserver.HttpServer;
		import java.net.InetSocketAddress;
		public class Server {
			public static void main(String[] a) throws Exception {
				long id = System.nanoTime();
				HttpServer s = HttpServer.create(new InetSocketAddress("127.0.0.1", 8084), 0);
				s.createContext("/", x -> {
					byte[] b = (id + "\n").getBytes();
					x.sendResponseHeaders(200, b.length);
					x.getResponseBody().write(b);
					x.close();
				});
				s.start();
			}
		}
	END
	runs_ok "java: compile it" javac Server.java
	answers=8084
	start_program java Server
	rounds java get
else
	lacks "needs javac" 14
fi

# What runs others

if has supervisord; then
	cat >supervisor.conf <<-CONF
		[unix_http_server]
		file=$T/supervisor.socket
		[supervisord]
		logfile=$T/supervisor.log
		pidfile=$T/supervisor.pid
		nodaemon=true
		user=root
		[rpcinterface:supervisor]
		supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
		[supervisorctl]
		serverurl=unix://$T/supervisor.socket
		[program:sleeper]
		command=sleep 1000
	CONF
	ask() { supervisorctl -c "$T/supervisor.conf" status | grep -o 'RUNNING *pid [0-9]*'; }
	start_program supervisord -c "$T/supervisor.conf"
	rounds supervisor ask
fi

# A client tells the server its pid: after a thaw, it has to be in the pid namespace of that.
if has screen; then
	mkdir -m 700 screens
	export SCREENDIR=$T/screens
	ask() { SCREENDIR=$T/screens nsenter -t "$pid" -p screen -S here -Q title; }
	start_program screen -D -m -S here sh -c 'while :; do sleep 1000; done'
	rounds screen ask
fi

if has emacs emacsclient; then
	mkdir -m 700 emacs # emacs 30 makes no socket where others may look
	ask() { emacsclient -s "$T/emacs/socket" -e '(emacs-pid)'; }
	start_program emacs -Q --fg-daemon="$T/emacs/socket"
	rounds emacs ask
fi

# Its sandbox stays in the session of whoever has started it.
if has firejail; then
	start_program firejail --quiet --noprofile perl -e "$own_keeper"
	shows_or_ended() { own_shown "$pid" || ! alive "$pid"; }
	seen=''
	eventually shows_or_ended
	if [ -n "$seen" ] && [ "$seen" != "$pid" ]; then
		own_attend_child "$pid"
		goes_round firejail true --own-session
	else # where it believes to be in a sandbox already, as in a pid namespace, it makes none
		lacks "a firejail that makes a sandbox here: $(tail -n 1 program.log)"
	fi
	end_strays
fi

# Containers of docker's, without and with a terminal, and dockerd itself with its containerd, which keeps a descriptor of
# each terminal's FIFO (O_PATH).
if has dockerd docker containerd runc; then
	docker() { command docker -H "unix://$T/docker.socket" "$@"; }
	own_rootfs rootfs || bail_out "no container for docker"
	ask() { docker -H "unix://$T/docker.socket" version -f '{{.Server.Version}}'; }
	start_docker() {
		start_program dockerd --data-root "$T/docker/data" --exec-root "$T/docker/exec" --pidfile "$T/docker.pid" \
			-H "unix://$T/docker.socket" --storage-driver vfs --iptables=false --ip6tables=false --bridge=none
		dockerd=$pid
		isnt "$(export T && answer ask)" "" "docker: it starts"
	}
	goes_on_in_docker() { # goes_on_in_docker NAME OPTION
		docker run "$2" --name "$1" --network none image /bin/sh -c '/bin/counter & wait' </dev/null >>docker.log 2>&1
		own_attend "$(docker inspect -f '{{.State.Pid}}' "$1")"
		goes_round "$1" "docker wait $1"
		docker rm -f "$1" >/dev/null 2>&1
	}
	start_docker
	tar -C rootfs -c . | docker import - image >docker.log 2>&1
	goes_on_in_docker container -d
	pid=$dockerd
	rounds dockerd ask
	rm -f docker.pid
	start_docker
	goes_on_in_docker terminal -dt
	kill "$dockerd" && waitfor exit "$dockerd"
	umount --lazy "$T/docker/data" 2>/dev/null # dockerd has bound it to itself
fi
finish
