#!/bin/bash
# shellcheck disable=SC2317 # functions are called by name
# Servers with clients that know them again: a database that another one follows, Java servlets, printing, FTP, NFS in
# user space; Windows programs, which are clients of a server of their own. Each is started as its manual says, frozen
# and thawed three times with no option, and does its work afterwards. With arguments: only those of that name.
export CRIU_NS_TEST_HOST="${CRIU_NS_TEST_HOST-} tmp"
# shellcheck source=programs.sh
. "$(dirname "$0")/programs.sh"
only=" $* "
export T # for the scripts that start a program

# Each is a tree of its own, with connections to the other one.
for dir in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin; do
	[ ! -d "$dir" ] || PATH=$PATH:$dir
done
if wanted replication initdb postgres pg_basebackup psql; then
	echo 'int geteuid(void) { return 999; } int getuid(void) { return 999; }' >somebody.c
	cc -shared -fPIC -o somebody.so somebody.c || bail_out "cc"
	mkdir -p first second
	chown 999 first second
	chmod 700 first second
	as_somebody() { LD_PRELOAD=$T/somebody.so "$@" </dev/null >>pg.log 2>&1; }
	runs_ok "replication: a database" as_somebody initdb -N -A trust -U me -D "$T/first"
	chown -R 999 first
	cat >postgres.sh <<-'END2'
		export LD_PRELOAD=$T/somebody.so
		exec postgres -D "$T/$1" -k "$T" -c listen_addresses=127.0.0.1 -c port=$2
	END2
	ask() { # when what has been written to the one is read from the other
		local n i
		n=$(psql -h 127.0.0.1 -p 8151 -U me -At postgres -c 'update t set n = n + 1 returning n' | head -n 1)
		for ((i = 0; i < 100; i++)); do
			[ "$(psql -h 127.0.0.1 -p 8152 -U me -At postgres -c 'select n from t')" = "$n" ] && echo follows && return
			sleep 0.1
		done
	}
	start_program bash postgres.sh first 8151
	declare -A server=([first]=$pid)
	for ((i = 0; i < 300; i++)); do
		psql -h 127.0.0.1 -p 8151 -U me -At postgres -c 'create table t as select 0 as n' >/dev/null 2>&1 && break
		pause 0.1
	done
	runs_ok "... one that follows it" as_somebody pg_basebackup -h 127.0.0.1 -p 8151 -U me -D "$T/second" -R -X stream
	chown -R 999 second
	start_program bash postgres.sh second 8152
	server[second]=$pid
	for name in first second; do
		pid=${server[$name]}
		is "$(answer ask)" "follows" "replication answers"
		for cycle in 1 2 3; do
			freeze_calm "$name: freeze $cycle" "$pid" "$name.$cycle" || break
			thaw "... thaw $cycle" "$name.$cycle"
			[ -n "$pid" ] || break
			is "$(answer ask)" follows "... the other follows"
		done
	done
	end_strays
fi

if wanted tomcat java /usr/libexec/tomcat10/tomcat-start.sh curl; then
	mkdir -p tomcat/{temp,logs,work,webapps/app}
	cp -rL /var/lib/tomcat10/conf tomcat/
	sed -i 's/port="8080"/port="8153" address="127.0.0.1"/' tomcat/conf/server.xml
	cat >tomcat/webapps/app/index.jsp <<-'JSP'
		<%
			Object before = session.getAttribute("before");
			session.setAttribute("before", "yes");
		%><%= before == null ? "first" : "again" %>
	JSP
	page() { curl -sf -b "$T/cookies" -c "$T/cookies" http://127.0.0.1:8153/app/index.jsp; }
	export -f page
	ask() { page >/dev/null && page; } # a session of the client's
	start_program env CATALINA_HOME=/usr/share/tomcat10 CATALINA_BASE="$T/tomcat" CATALINA_TMPDIR="$T/tomcat/temp" \
		JAVA_OPTS=-Djava.awt.headless=true /bin/sh /usr/libexec/tomcat10/tomcat-start.sh
	rounds tomcat ask
fi

if wanted cups cupsd lpstat; then
	mkdir -p cups/{cache,spool,state,etc/ppd,log}
	cat >cups/etc/cupsd.conf <<-CONF
		Listen 127.0.0.1:8154
		Listen $T/cups/sock
		WebInterface No
		<Location />
		Allow all
		</Location>
		<Policy default>
		<Limit All>
		Order deny,allow
		</Limit>
		</Policy>
	CONF
	cat >cups/etc/cups-files.conf <<-CONF
		CacheDir $T/cups/cache
		RequestRoot $T/cups/spool
		StateDir $T/cups/state
		ServerRoot $T/cups/etc
		AccessLog $T/cups/log/access
		ErrorLog $T/cups/log/error
		PageLog $T/cups/log/page
		FileDevice Yes
	CONF
	export CUPS_SERVER=127.0.0.1:8154
	ask() {
		lpstat -r && lpadmin -p one -E -v file:///dev/null 2>/dev/null && echo text | lp -d one - >/dev/null && lpstat -v
	}
	stay_root cupsd -f -c "$T/cups/etc/cupsd.conf" -s "$T/cups/etc/cups-files.conf"
	rounds cups ask
fi

# A client stays connected. By default vsftpd puts what serves it into namespaces of their own.
if wanted vsftpd vsftpd curl; then
	mkdir -p ftp/{pub,empty}
	echo hello >ftp/pub/file
	mount --bind ftp ftp
	mount -o remount,bind,ro ftp # it refuses a directory that it could write to
	cat >vsftpd.conf <<-CONF
		listen=YES
		listen_address=127.0.0.1
		listen_port=8155
		anonymous_enable=YES
		anon_root=$T/ftp
		secure_chroot_dir=$T/ftp/empty
		background=NO
	CONF
	fetched() { curl -sf ftp://127.0.0.1:8155/pub/file; }
	for isolate in YES NO; do
		stay_root vsftpd "$T/vsftpd.conf" -oisolate=$isolate -oisolate_network=$isolate
		is "$(answer fetched)" hello "vsftpd answers (isolate=$isolate)"
		exec {to}<>/dev/tcp/127.0.0.1/8155
		login() {
			printf 'USER anonymous\r\nPASS me\r\n' >&"$to"
			timeout 10 sed -n '/^230/{p;q}' <&"$to" | tr -d '\r'
		}
		like "$(login)" "^230" "... a client logs in"
		if [ $isolate = YES ]; then
			fails_with 125 "... it is refused" "$CRIU_NS" dump -t "$pid" -D "$T"
			like "$err" "process [0-9]+ \(vsftpd\), in the tree of process $pid, is in another IPC namespace" "... why"
			kill -KILL "$pid"
			end_strays
		else
			ask() {
				printf 'NOOP\r\n' >&"$to"
				timeout 5 sed '/^200/q' <&"$to" | tr -d '\r' && curl -sf ftp://127.0.0.1:8155/pub/file
			}
			export to
			rounds vsftpd ask
		fi
		exec {to}>&-
	done
	umount ftp
fi

if wanted ganesha ganesha.nfsd; then
	mkdir -p export run ganesha
	# A newer one wants to be an IO_FLUSHER (prctl(2)), which takes CAP_SYS_RESOURCE.
	capsh --has-p=cap_sys_resource 2>/dev/null || ! grep -qa allow_set_io_flusher_fail "$(command -v ganesha.nfsd)" ||
		flusher="allow_set_io_flusher_fail = true;"
	echo hello >export/file
	cat >ganesha.conf <<-CONF
		NFS_CORE_PARAM { Protocols = 4; NFS_Port = 8156; Enable_NLM = false; Enable_RQUOTA = false; ${flusher-} }
		NFSv4 { RecoveryRoot = $T/ganesha; Grace_Period = 5; Lease_Lifetime = 5; }
		EXPORT { Export_Id = 1; Path = $T/export; Pseudo = /e; Access_Type = RW; Squash = None; FSAL { Name = VFS; } }
	CONF
	answers=8156
	ask() { # the null procedure of NFS, version 4
		exec {to}<>"/dev/tcp/127.0.0.1/$answers" || return
		printf '\x80\0\0\x28%b\0\1\x86\xa3\0\0\0\4%020d' '\0\0\0\7\0\0\0\0\0\0\0\2' 0 | tr 0 '\0' >&"$to"
		timeout 5 head -c 28 <&"$to" | od -An -tx1 | tr -d ' \n'
	}
	start_program ganesha.nfsd -F -f "$T/ganesha.conf" -L "$T/ganesha.log" -p "$T/ganesha.pid" -N NIV_EVENT
	rounds ganesha ask
fi

# Windows programs, with a server of theirs in the background, and a service manager: an init has them all.
PATH=$PATH:/usr/lib/wine
if wanted wine wine64 wineserver; then
	unset TMPDIR # with it, the wineserver of wine 10 frees what it has not allocated, and aborts
	export WINEPREFIX=$T/wine WINEDEBUG=-all
	runs_ok "wine: its directory" timeout 120 wine64 wineboot -i
	wineserver -w
	cat >wine.sh <<-'END2'
		exec 3<>asked >/dev/null 2>&1
		wine64 cmd /q <&3 >answers.txt 2>/dev/null &
		while :; do wait -n || sleep 1; done
	END2
	mkfifo asked
	ask() { # when it has added one
		local before i
		before=$(grep -c is <answers.txt)
		echo 'set /a n=n+1 >nul & echo n is %n%' >asked
		for ((i = 0; i < 50; i++)); do
			[ "$(grep -c is <answers.txt)" -le "$before" ] || break
			sleep 0.1
		done
		[ "$(grep -c is <answers.txt)" -gt "$before" ] && echo goes on
	}
	start_program unshare -p -f --mount-proc setsid bash wine.sh
	waitfor children "$pid" 1
	pid=$(children_of "$pid")
	rounds wine ask
fi

finish
