#!/bin/bash
# shellcheck disable=SC2317 # functions are called by name
# More programs that many machines run: servers in Go and Java, interpreters, an emulator, desktops. Each is started as its
# manual says, and frozen and thawed three times with no option; after that it answers as before. With arguments: only
# those of that name.
export CRIU_NS_TEST_HOST="${CRIU_NS_TEST_HOST-} tmp"
# shellcheck source=programs.sh
. "$(dirname "$0")/programs.sh"
only=" $* "

# Servers

if wanted etcd etcd etcdctl; then
	export ETCDCTL_API=3 ETCDCTL_ENDPOINTS=127.0.0.1:8131
	ask() { etcdctl put a b && etcdctl get a; }
	start_program etcd --data-dir "$T/etcd" --listen-client-urls http://127.0.0.1:8131 --listen-peer-urls http://127.0.0.1:8132 \
		--advertise-client-urls http://127.0.0.1:8131
	rounds etcd ask
fi

if wanted prometheus prometheus; then
	echo 'global: {}' >prometheus.yml
	mkdir prometheus
	answers=8133
	ask() {
		exec {to}<>"/dev/tcp/127.0.0.1/$answers" || return
		printf 'GET /-/healthy HTTP/1.0\r\n\r\n' >&"$to"
		grep -o 'Healthy' <&"$to"
	}
	start_program prometheus --config.file="$T/prometheus.yml" --storage.tsdb.path="$T/prometheus" --web.listen-address=127.0.0.1:$answers
	rounds prometheus ask
fi

if wanted caddy caddy; then
	answers=8134
	start_program env HOME="$T" caddy respond --listen 127.0.0.1:$answers "of caddy"
	rounds caddy get
fi

if wanted zookeeper java; then
	if [ -e /usr/share/java/zookeeper.jar ]; then
		mkdir zookeeper
		printf '%s\n' 'tickTime=2000' "dataDir=$T/zookeeper" 'clientPort=8135' 'clientPortAddress=127.0.0.1' \
			'admin.enableServer=false' '4lw.commands.whitelist=*' >zoo.cfg
		answers=8135
		ask() {
			exec {to}<>"/dev/tcp/127.0.0.1/$answers" || return
			printf ruok >&"$to"
			cat <&"$to"
		}
		start_program java -cp '/usr/share/java/*' org.apache.zookeeper.server.ZooKeeperServerMain "$T/zoo.cfg"
		rounds zookeeper ask
	else
		has zookeeper
	fi
fi

if wanted tor tor; then
	mkdir -m 700 tor
	printf '%s\n' 'SocksPort 0' "DataDirectory $T/tor" 'ControlPort 8136' >torrc
	answers=8136
	ask() {
		exec {to}<>"/dev/tcp/127.0.0.1/$answers" || return
		printf 'AUTHENTICATE\r\nGETINFO version\r\nQUIT\r\n' >&"$to"
		grep -o 'version=[0-9.]*' <&"$to"
	}
	start_program tor -f "$T/torrc" --defaults-torrc /dev/null
	rounds tor ask
fi

if wanted snmpd snmpd snmpget; then
	printf '%s\n' 'rocommunity public 127.0.0.1' 'agentaddress udp:127.0.0.1:8137' >snmpd.conf
	ask() { snmpget -v2c -c public -Ovq 127.0.0.1:8137 1.3.6.1.2.1.1.5.0; }
	start_program snmpd -f -Lo -C -c "$T/snmpd.conf" -p "$T/snmpd.pid"
	rounds snmpd ask
fi

# Interpreters that wait for the next line

repl() { # repl NAME QUESTION COMMAND...: asks for 7 times 11 times 13
	local name=$1
	export question=$2 asked=$T/$1.in answered=$T/$1.out
	shift 2
	mkfifo "$asked" "$answered"
	ask() {
		local line to from
		exec {from}<>"$answered" {to}<>"$asked"
		while read -r -t 0.1 -u "$from" _; do :; done # what has not been read of the last answer
		echo "$question" >&"$to"
		while read -r -t 5 -u "$from" line; do
			[[ $line != *1001* ]] || { echo 1001 && break; }
		done
	}
	# shellcheck disable=SC2016 # for that sh
	start_program sh -c 'exec <>"$1" 1<>"$2" 2>&1 && shift 2 && exec "$@"' sh "$asked" "$answered" env HOME="$T" "$@"
	rounds "$name" ask
}
! wanted R R || repl R 'cat(7*11*13, "\n")' R --no-save --quiet --interactive --no-readline
! wanted octave octave-cli || repl octave 'disp(7*11*13)' octave-cli -q --interactive --no-line-editing
! wanted sbcl sbcl || repl sbcl '(progn (print (* 7 11 13)) (terpri) (finish-output))' sbcl --noinform
! wanted ghci ghci || repl ghci 'print (7*11*13)' ghci -v0
! wanted swipl swipl || repl swipl 'X is 7*11*13, print(X), nl, flush_output.' swipl --no-tty

if wanted jupyter jupyter-notebook; then
	answers=8138
	ask() {
		exec {to}<>"/dev/tcp/127.0.0.1/$answers" || return
		printf 'GET /api HTTP/1.0\r\n\r\n' >&"$to"
		grep -o '"version"' <&"$to"
	}
	start_program env HOME="$T" jupyter-notebook --no-browser --allow-root --ip=127.0.0.1 --port=$answers --notebook-dir="$T" --NotebookApp.token=
	rounds jupyter ask
fi

# valgrind unmaps the vDSO of the program, and has its own descriptors right below the limit, where criu needs some: it could
# not be thawed (tests/77-unsupported.t).
if wanted valgrind valgrind; then
	start_program valgrind -q sleep 1000
	is_ready() { # it has mapped the program, and not only begun itself
		grep -qs '/sleep$' "/proc/$pid/maps" && grep -qs '\[vvar\]' "/proc/$pid/maps" && ! grep -qs '\[vdso\]' "/proc/$pid/maps"
	}
	eventually is_ready
	fails_with 125 "valgrind is refused" "$CRIU_NS" dump --dry-run -t "$pid" -D "$T"
	like "$err" "has unmapped its vDSO" "... as nothing that criu can thaw"
	end_strays
fi

# Machines and desktops

if wanted qemu qemu-system-x86_64; then
	ask() {
		perl -MIO::Socket::UNIX -e 'my $s = IO::Socket::UNIX->new(Peer => "$ENV{T}/qemu") or exit 1; print $s "info status\n";
			while (<$s>) { print("$1\n"), exit if /VM status: (\w+)/ }'
	}
	start_program qemu-system-x86_64 -accel tcg -display none -serial none -m 64 -monitor "unix:$T/qemu,server=on,wait=off"
	rounds qemu ask
fi

if wanted vnc Xtigervnc xwininfo; then
	answers=8139
	ask() { DISPLAY=:97 xwininfo -root | grep -o 'Width: .*' && exec {to}<>"/dev/tcp/127.0.0.1/$answers" && head -c 3 <&"$to"; }
	start_program Xtigervnc :97 -rfbport $answers -SecurityTypes None -localhost -geometry 640x480
	rounds vnc ask
fi

# A bus, and the proxy through which a sandbox of flatpak reaches it, in one tree.
if wanted bus dbus-daemon dbus-send xdg-dbus-proxy; then
	ask() {
		DBUS_SESSION_BUS_ADDRESS=unix:path=$T/proxy dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
			org.freedesktop.DBus.GetId | grep string
	}
	# shellcheck disable=SC2016 # for that sh
	start_program sh -c 'dbus-daemon --session --nofork --address="unix:path=$1/bus" & xdg-dbus-proxy "unix:path=$1/bus" "$1/proxy" --filter & wait' sh "$T"
	rounds bus ask
fi
finish
