#!/bin/bash
# shellcheck disable=SC2317 # functions are called by name
# Services that many machines run, each started as its unit of systemd starts it, and frozen and thawed three times with no
# option; after that it answers as before. With arguments: only those of that name.
# On a /tmp of its own, where an X server leaves its lock and its socket.
export CRIU_NS_TEST_HOST="${CRIU_NS_TEST_HOST-} tmp"
# shellcheck source=programs.sh
. "$(dirname "$0")/programs.sh"
only=" $* "

mkdir www
echo "a page" >www/index.html

# The web

if wanted haproxy haproxy; then
	cat >haproxy.conf <<-CONF
		global
		    stats socket $T/haproxy.socket
		defaults
		    mode http
		    timeout connect 5s
		    timeout client 5s
		    timeout server 5s
		frontend web
		    bind 127.0.0.1:8101
		    http-request return status 200 content-type text/plain string "of haproxy\n"
	CONF
	answers=8101
	stay_root haproxy -Ws -f "$T/haproxy.conf" -p "$T/haproxy.pid"
	rounds haproxy get
fi

if wanted apache apache2; then
	cat >apache.conf <<-CONF
		ServerRoot $T
		ServerName localhost
		PidFile $T/apache.pid
		ErrorLog $T/apache.log
		Listen 127.0.0.1:8102
		DocumentRoot $T/www
		LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
		LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
		LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
		User www-data
	CONF
	answers=8102
	stay_root apache2 -f "$T/apache.conf" -DFOREGROUND
	rounds apache get
fi

if wanted lighttpd lighttpd; then
	cat >lighttpd.conf <<-CONF
		server.document-root = "$T/www"
		server.bind = "127.0.0.1"
		server.port = 8103
		index-file.names = ("index.html")
	CONF
	answers=8103
	stay_root lighttpd -D -f "$T/lighttpd.conf"
	rounds lighttpd get
fi

if wanted squid squid; then
	mkdir squid
	chown proxy squid
	cat >squid.conf <<-CONF
		http_port 127.0.0.1:8104
		http_access allow all
		pid_filename $T/squid.pid
		cache_log $T/squid/cache.log
		access_log none
		coredump_dir $T/squid
		visible_hostname here
		shutdown_lifetime 0 seconds
	CONF
	ask() {
		exec {to}<>"/dev/tcp/127.0.0.1/$answers" || return
		printf 'GET http://127.0.0.1:1/ HTTP/1.0\r\n\r\n' >&"$to"
		grep -o 'ERR_CONNECT_FAIL' <&"$to"
	}
	answers=8104
	stay_root squid --foreground -sYC -f "$T/squid.conf"
	rounds squid ask
fi

if wanted varnish varnishd; then
	mkdir varnish
	answers=8105
	stay_root varnishd -F -n "$T/varnish" -a 127.0.0.1:$answers -b none -T none -s malloc,16m
	ask() {
		exec {to}<>"/dev/tcp/127.0.0.1/$answers" || return
		printf 'GET / HTTP/1.0\r\n\r\n' >&"$to"
		head -n 1 <&"$to"
	}
	rounds varnish ask
fi

# Names

if wanted named named dig; then
	mkdir named
	cat >named.conf <<-CONF
		options { directory "$T/named"; pid-file "$T/named.pid"; listen-on port 5301 { 127.0.0.1; };
			listen-on-v6 { none; }; recursion no; session-keyfile "$T/named/key"; dnssec-validation no; };
		controls { };
		zone "here" { type master; file "$T/named/here"; };
	CONF
	printf '%s\n' '$TTL 60' '@ SOA ns root 1 60 60 60 60' '@ NS ns' 'ns A 127.0.0.1' 'a A 192.0.2.1' >named/here
	ask() { dig +short +time=1 -p "$answers" @127.0.0.1 a.here; }
	answers=5301
	without_io_uring named -f -c "$T/named.conf"
	rounds named ask
fi

if wanted dnsmasq dnsmasq dig; then
	ask() { dig +short +time=1 -p "$answers" @127.0.0.1 a.here; }
	answers=5302
	stay_root dnsmasq -k -C /dev/null -p $answers --listen-address=127.0.0.1 --bind-interfaces --no-resolv --no-hosts \
		--address=/a.here/192.0.2.2 --pid-file="$T/dnsmasq.pid"
	rounds dnsmasq ask
fi

if wanted unbound unbound dig; then
	cat >unbound.conf <<-CONF
		server:
		    interface: 127.0.0.1@5303
		    chroot: ""
		    directory: "$T"
		    pidfile: "$T/unbound.pid"
		    use-syslog: no
		    do-daemonize: no
		    num-threads: 3
		    local-data: "a.here. A 192.0.2.3"
	CONF
	ask() { dig +short +time=1 -p "$answers" @127.0.0.1 a.here; }
	answers=5303
	stay_root unbound -d -p -c "$T/unbound.conf"
	rounds unbound ask
fi

# What each machine runs

if wanted rsyslogd rsyslogd logger; then
	cat >rsyslog.conf <<-CONF
		module(load="imuxsock" SysSock.Use="off")
		input(type="imuxsock" Socket="$T/rsyslog.socket")
		*.* action(type="omfile" file="$T/messages")
	CONF
	ask() { logger -u "$T/rsyslog.socket" -t here "asked $$"; tail -n 1 "$T/messages" | grep -o "here: asked"; }
	stay_root rsyslogd -n -f "$T/rsyslog.conf" -i "$T/rsyslog.pid"
	rounds rsyslogd ask
fi

if wanted cron cron; then
	ask() { tr '\0' ' ' <"/proc/$pid/cmdline" | grep -v setsid; } # which starts it
	start_program cron -f
	rounds cron ask
fi

# Messages, languages

if wanted mosquitto mosquitto; then
	ask() {
		exec {to}<>"/dev/tcp/127.0.0.1/$answers" || return
		printf '\x10\x0d\0\x04MQTT\x04\x02\0\x3c\0\x01a' >&"$to"
		head -c 4 <&"$to" | od -An -tx1
	}
	answers=8111
	stay_root mosquitto -p $answers
	rounds mosquitto ask
fi

if wanted erlang erl; then
	answers=8112
	start_program erl -noshell -noinput -eval '
		{ok, L} = gen_tcp:listen(8112, [binary, {ip, {127,0,0,1}}, {active, false}, {reuseaddr, true}]),
		Id = integer_to_list(erlang:unique_integer([positive]) + os:system_time()),
		F = fun(F) -> {ok, S} = gen_tcp:accept(L), gen_tcp:recv(S, 0), gen_tcp:send(S, [Id, "\n"]), gen_tcp:close(S), F(F) end,
		F(F).'
	rounds erlang get
fi

if wanted puma puma; then
	# shellcheck disable=SC2028 # for ruby
	echo 'id = rand.to_s; run ->(env) { [200, {"content-type" => "text/plain"}, [id + "\n"]] }' >config.ru
	answers=8113
	start_program puma -e production -b tcp://127.0.0.1:$answers -w 2 -t 2:4 --preload "$T/config.ru"
	rounds puma get
fi

if wanted gunicorn gunicorn; then
	printf '%s\n' 'import random' 'id = str(random.random())' 'def app(e, start):' ' start("200 OK", [])' ' return [id.encode() + b"\n"]' >app.py
	answers=8114
	start_program gunicorn -w 2 --preload -b 127.0.0.1:$answers --chdir "$T" app:app
	rounds gunicorn get
fi

# Connections, sessions, mail

if wanted sshd sshd ssh ssh-keygen; then
	mkdir -p /run/sshd
	chmod 755 /run/sshd
	ssh-keygen -q -t ed25519 -N '' -f host.key
	ssh-keygen -q -t ed25519 -N '' -f user.key
	cp user.key.pub allowed
	cat >sshd.conf <<-CONF
		Port 8121
		ListenAddress 127.0.0.1
		HostKey $T/host.key
		PidFile $T/sshd.pid
		AuthorizedKeysFile $T/allowed
		StrictModes no
		UsePAM no
		PermitRootLogin yes
	CONF
	stay_root "$(command -v sshd)" -D -e -f "$T/sshd.conf"
	exec {to}<> <(:)
	eventually grep -q listening program.log
	# shellcheck disable=SC2016 # for the session
	ssh -F none -p 8121 -i user.key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -tt 127.0.0.1 \
		'stty -echo; echo; while read -r line; do echo "$line is asked of $$"; done' <&"$to" >session 2>ssh.log &
	disown $!
	eventually test -s session
	export session=/proc/$$/fd/$to
	ask() {
		echo "question $$" >"$session"
		until grep "question $$ is asked of" "$T/session"; do sleep 0.02; done | grep -o 'asked of [0-9]*'
	}
	rounds sshd ask
fi

if wanted postfix postfix; then
	make_stay
	mkdir -p postfix/{etc,queue,data}
	cp /etc/postfix/{master.cf.proto,postfix-files} postfix/etc
	cp -r /etc/postfix/postfix-files.d postfix/etc 2>/dev/null
	mv postfix/etc/master.cf.proto postfix/etc/master.cf
	sed -i 's/^smtp  *inet/127.0.0.1:8122 inet/; s/^127.0.0.1:8122 inet  *n  *-  *y/127.0.0.1:8122 inet n - n/' postfix/etc/master.cf
	cat >postfix/etc/main.cf <<-CONF
		compatibility_level = 3.6
		queue_directory = $T/postfix/queue
		data_directory = $T/postfix/data
		myhostname = here.example
		mydestination = here.example
		inet_interfaces = 127.0.0.1
		inet_protocols = ipv4
		maillog_file = $T/postfix/log
		import_environment = MAIL_CONFIG LD_PRELOAD=$preload
		maillog_file_prefixes = $T
		alias_maps =
		local_recipient_maps =
	CONF
	cp postfix/etc/main.cf postfix/etc/main.cf.proto
	ask() {
		exec {to}<>"/dev/tcp/127.0.0.1/$answers" || return
		head -n 1 <&"$to"
	}
	answers=8122
	chown postfix postfix/data
	start_program postfix -c "$T/postfix/etc" start-fg
	rounds postfix ask
fi

if wanted dovecot dovecot; then
	make_stay
	mkdir dovecot
	# From 2.4 on, in other words.
	[[ $(dovecot --version) =~ ^([0-9]+)\.([0-9]+) ]] && ((BASH_REMATCH[1] * 100 + BASH_REMATCH[2] >= 204)) &&
		newer="dovecot_config_version = 2.4.0
			dovecot_storage_version = 2.4.0" || newer=""
	words() { # words OLD NEW: those that this one knows
		if [ -n "$newer" ]; then echo "$2"; else echo "$1"; fi
	}
	cat >dovecot.conf <<-CONF
		$newer
		base_dir = $T/dovecot/run
		state_dir = $T/dovecot/state
		log_path = $T/dovecot/log
		protocols = imap
		ssl = no
		$(words "disable_plaintext_auth = no" "auth_allow_cleartext = yes")
		$(words "mail_location = maildir:$T/dovecot/mail/%u" "mail_driver = maildir
			mail_path = $T/dovecot/mail/%{user}")
		first_valid_uid = 0
		$(words "import_environment = TZ LD_PRELOAD=$preload" "import_environment {
			LD_PRELOAD = $preload
		}")
		service imap-login {
		  chroot =
		  inet_listener imap {
		    $(words address listen) = 127.0.0.1
		    port = 8123
		  }
		  inet_listener imaps {
		    port = 0
		  }
		}
		service anvil {
		  chroot =
		}
		$(words "passdb {
			driver = static
			args = password=secret
		}
		userdb {
			driver = static
			args = uid=8 gid=8 home=$T/dovecot/mail/%u
		}" "passdb static {
			password = secret
		}
		userdb static {
			fields {
				uid = 8
				gid = 8
				home = $T/dovecot/mail/%{user}
			}
		}")
	CONF
	ask() {
		exec {to}<>"/dev/tcp/127.0.0.1/$answers" || return
		printf 'a login me secret\r\nb select inbox\r\nc logout\r\n' >&"$to"
		timeout 2 grep -o 'b OK.*completed' <&"$to"
	}
	answers=8123
	stay_root dovecot -F -c "$T/dovecot.conf"
	rounds dovecot ask
fi

if wanted redis-aof redis-server redis-cli; then
	ask() { redis-cli -p "$answers" incr n >/dev/null && redis-cli -p "$answers" info persistence | grep aof_enabled; }
	answers=8124
	start_program redis-server --port $answers --bind 127.0.0.1 --dir "$T" --appendonly yes --appendfsync always --save 1 1
	(export T pid answers; answer ask >/dev/null)
	redis-cli -p $answers debug populate 300000 >/dev/null
	redis-cli -p $answers config set rdb-key-save-delay 100 >/dev/null
	redis-cli -p $answers bgsave
	rounds redis-aof ask
fi

if wanted tmux tmux; then
	ask() { nsenter -t "$pid" -p tmux -S "$T/tmux" list-clients -F '#{client_pid} #{client_tty}'; }
	start_program "$TARGETS/subreaper" 600 script -qfc "TERM=xterm tmux -f /dev/null -S $T/tmux new-session -s one sleep 1000" /dev/null
	rounds tmux ask
fi

if wanted xvfb Xvfb xclock; then
	mkdir -p /tmp/.X11-unix
	ask() { DISPLAY=:87 xwininfo -root -tree | grep -o 'xclock.*'; }
	start_program sh -c 'Xvfb :87 -screen 0 640x480x24 & export DISPLAY=:87; until xwininfo -root >/dev/null 2>&1; do sleep 0.05; done; xclock & wait'
	rounds xvfb ask
fi

if wanted slapd slapd; then
	mkdir slapd
	cat >slapd.conf <<-CONF
		include /etc/ldap/schema/core.schema
		pidfile $T/slapd.pid
		modulepath /usr/lib/ldap
		moduleload back_mdb
		database mdb
		suffix "dc=here"
		directory $T/slapd
	CONF
	ask() {
		exec {to}<>"/dev/tcp/127.0.0.1/$answers" || return
		printf '\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\0\x80\0' >&"$to"
		head -c 12 <&"$to" | od -An -tx1
	}
	answers=8126
	start_program slapd -d 0 -h ldap://127.0.0.1:$answers -f "$T/slapd.conf"
	rounds slapd ask
fi

# A job's step is a daemon that slurmd has left.
if wanted slurm slurmctld slurmd munged sbatch squeue; then
	ip address add 192.0.2.10/32 dev lo # Slurm finds no names where nothing but loopback is
	mkdir -m 755 slurm
	head -c 128 /dev/urandom >slurm/key
	chmod 600 slurm/key
	cat >slurm/slurm.conf <<-CONF
		ClusterName=here
		SlurmctldHost=localhost(192.0.2.10)
		SlurmUser=root
		AuthType=auth/munge
		AuthInfo=socket=$T/slurm/munge
		CryptoType=crypto/munge
		SlurmctldPort=8131
		SlurmdPort=8132
		StateSaveLocation=$T/slurm/state
		SlurmdSpoolDir=$T/slurm/spool
		SlurmctldPidFile=$T/slurm/slurmctld.pid
		SlurmdPidFile=$T/slurm/slurmd.pid
		ProctrackType=proctrack/linuxproc
		TaskPlugin=task/none
		MpiDefault=none
		SwitchType=switch/none
		ReturnToService=2
		NodeName=localhost NodeAddr=192.0.2.10 CPUs=1
		PartitionName=all Nodes=localhost Default=YES
	CONF
	mkdir slurm/state slurm/spool
	echo CgroupPlugin=cgroup/v1 >slurm/cgroup.conf # of version 2, its slurmd wants systemd's
	printf '%s\n' '#!/bin/sh' 'while :; do echo "job $SLURM_JOB_ID"; sleep 0.1; done' >slurm/job
	export SLURM_CONF=$T/slurm/slurm.conf
	ask() {
		size=$(stat -c %s "$T/slurm/out") || return
		while [ "$(stat -c %s "$T/slurm/out")" = "$size" ]; do sleep 0.02; done
		squeue -h -o '%i %T'
	}
	# shellcheck disable=SC2016 # for that sh
	start_program unshare -p -f --mount-proc -m setsid sh -c 'cd "$1/slurm"
		exec >log 2>&1
		munged -F -f --key-file=key --socket="$1/slurm/munge" --pid-file=pid --log-file=munge.log --seed-file=seed &
		slurmctld -D & slurmd -D -N localhost & wait' sh "$T"
	eventually sbatch -o "$T/slurm/out" -D "$T/slurm" slurm/job >slurm/submitted 2>&1
	(export T pid answers && answer ask >/dev/null)
	waitfor children "$pid" 1 && pid=$(children_of "$pid")
	rounds slurm ask
fi

# As in a container: what watches it for crashes is a daemon, which its init adopts.
if wanted chromium chromium; then
	answers=8127
	ask() {
		exec {to}<>"/dev/tcp/127.0.0.1/$answers" || return
		printf 'GET /json/version HTTP/1.1\r\nHost: localhost\r\n\r\n' >&"$to"
		timeout 2 grep -o -m 1 'devtools/browser/.*' <&"$to"
	}
	# shellcheck disable=SC2016 # for that sh
	start_program unshare -p -f --mount-proc -m setsid sh -c 'exec chromium "$@" >/dev/null 2>&1' sh \
		--headless --no-sandbox --remote-debugging-port=$answers --user-data-dir="$T/chromium" about:blank
	(export T pid answers && answer ask >/dev/null)
	waitfor children "$pid" 1 && pid=$(children_of "$pid")
	rounds chromium ask
fi
finish
