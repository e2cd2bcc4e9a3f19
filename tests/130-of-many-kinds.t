#!/bin/bash
# shellcheck disable=SC2317 # functions are called by name
# Programs of kinds that the others of these tests lack: workers that share memory and semaphores (MPI, multiprocessing), a
# build that goes on, message brokers, sound, an office, Mono. Each is started as its manual says, frozen and thawed three
# times with no option, and does its work afterwards. With arguments: only those of that name.
export CRIU_NS_TEST_HOST="${CRIU_NS_TEST_HOST-} tmp"
# shellcheck source=programs.sh
. "$(dirname "$0")/programs.sh"
only=" $* "

# Workers

if wanted multiprocessing python3; then
	cat >workers.py <<-'END'
		import multiprocessing as mp, multiprocessing.shared_memory as sm, os, socket, sys
		def square(x): return x * x
		pool, queue, lock, count = mp.Pool(3), mp.Queue(), mp.Lock(), mp.Value("i", 0)
		shared, kept = sm.SharedMemory(create=True, size=4096), mp.Manager().dict()
		name = os.urandom(4).hex()
		s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen()
		while True:
		    c, _ = s.accept()
		    with lock: count.value += 1
		    kept["n"] = count.value; queue.put(count.value); shared.buf[0] = count.value & 255
		    same = queue.get() == kept["n"] == count.value and shared.buf[0] == count.value & 255
		    c.send(f"{name} {sum(pool.map(square, range(100)))} {same}\n".encode()); c.close()
	END
	ask() { perl -MIO::Socket::UNIX -e 'my $s = IO::Socket::UNIX->new(Peer => "$ENV{T}/workers") or exit 1; print <$s>'; }
	start_program python3 workers.py "$T/workers"
	rounds multiprocessing ask
fi

if wanted mpi mpirun mpicc; then
	cat >mpi.c <<-'END'
		#include <mpi.h>
		#include <stdio.h>
		#include <unistd.h>
		static char large[1 << 20];
		int main(int argc, char **argv)
		{
			int rank;
			MPI_Init(&argc, &argv);
			MPI_Comm_rank(MPI_COMM_WORLD, &rank);
			for (long i = 1;; i++) {
				long own = i * rank, sum = 0;
				MPI_Allreduce(&own, &sum, 1, MPI_LONG, MPI_SUM, MPI_COMM_WORLD);
				MPI_Bcast(large, sizeof(large), MPI_CHAR, 0, MPI_COMM_WORLD);
				if (rank == 0) {
					FILE *f = fopen(argv[1], "w");
					fprintf(f, "%ld %ld\n", i, sum / i);
					fclose(f);
				}
				usleep(2000);
			}
		}
	END
	runs_ok "mpi: compile it" mpicc -o mpi mpi.c
	ask() { # when it has gone on
		local first next sum i
		read -r first _ <"$T/mpi.out" || return
		for ((i = 0; i < 200; i++)); do
			sleep 0.02
			read -r next sum <"$T/mpi.out" && [ "$next" -gt "$first" ] && echo "$sum" && return
		done
	}
	start_program mpirun --allow-run-as-root --oversubscribe -np 3 ./mpi "$T/mpi.out"
	rounds mpi ask
fi

# make gives its children a pipe that nobody writes to as stdin: there is nothing to be said of that.
if wanted make make cc; then
	mkdir build
	for ((i = 0; i < 40; i++)); do echo "int f$i(void) { return $i; }" >build/$i.c; done
	# shellcheck disable=SC2016 # for make
	printf 'all: $(patsubst %%.c,%%.o,$(wildcard *.c))\n%%.o: %%.c\n\tsleep 0.3; cc -c -o $@ $<\n' >build/Makefile
	start_program make -C "$T/build" -j4
	tries=5
	for cycle in 1 2 3; do
		waitfor children "$pid" 4
		freeze_calm "make: freeze $cycle" "$pid" make.$cycle
		unlike "$err" "pipe" "... with no note of its pipes"
		thaw "... thaw $cycle" make.$cycle
	done
	[ -z "$pid" ] || waitfor exit "$pid"
	is "$(find build -name '*.o' | wc -l)" 40 "... all is built" "$(tail -n 3 program.log)"
	end_strays
	tries=1
fi

# Servers

if wanted rabbitmq rabbitmq-server; then
	mkdir -p rabbit/{log,mnesia}
	answers=8141
	ask() {
		exec {to}<>"/dev/tcp/127.0.0.1/$answers" || return
		printf 'AMQP\0\0\x09\x01' >&"$to"
		timeout 5 head -c 60 <&"$to" | grep -ao capabilities
	}
	start_program env HOME="$T" RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT=$answers RABBITMQ_DIST_PORT=8142 \
		RABBITMQ_NODENAME=here@localhost RABBITMQ_MNESIA_BASE="$T/rabbit/mnesia" RABBITMQ_LOG_BASE="$T/rabbit/log" \
		RABBITMQ_ENABLED_PLUGINS_FILE="$T/rabbit/plugins" ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=8143 \
		"$(ls /usr/lib/rabbitmq/bin/rabbitmq-server 2>/dev/null || command -v rabbitmq-server)"
	rounds rabbitmq ask
fi

if wanted influxdb influxd curl; then
	mkdir influx
	cat >influx.conf <<-CONF
		bind-address = "127.0.0.1:8144"
		reporting-disabled = true
		[meta]
		dir = "$T/influx/meta"
		[data]
		dir = "$T/influx/data"
		wal-dir = "$T/influx/wal"
		[http]
		bind-address = "127.0.0.1:8145"
	CONF
	ask() {
		curl -sf http://127.0.0.1:8145/query --data-urlencode 'q=create database d' >/dev/null &&
			curl -sf 'http://127.0.0.1:8145/write?db=d' --data-binary 'm v=1 1000' &&
			curl -sf -G http://127.0.0.1:8145/query --data-urlencode db=d --data-urlencode 'q=select * from m'
	}
	start_program influxd -config "$T/influx.conf"
	rounds influxdb ask
fi

if wanted samba smbd smbclient; then
	mkdir -p smb/{private,lock,cache,state,pid,rpc,share}
	echo hello >smb/share/file
	cat >smb.conf <<-CONF
		[global]
		interfaces = 127.0.0.1
		bind interfaces only = yes
		private dir = $T/smb/private
		lock directory = $T/smb/lock
		cache directory = $T/smb/cache
		state directory = $T/smb/state
		pid directory = $T/smb/pid
		ncalrpc dir = $T/smb/rpc
		log file = $T/smb/log
		map to guest = bad user
		guest account = root
		load printers = no
		printcap name = /dev/null
		[share]
		path = $T/smb/share
		guest ok = yes
	CONF
	ask() { smbclient -N -p 8146 //127.0.0.1/share -c 'ls file' | grep -o ' file .* 6 '; }
	start_program smbd -F --no-process-group -s "$T/smb.conf" -p 8146
	rounds samba ask
fi

if wanted uwsgi uwsgi; then
	printf '%s\n' 'import random' 'id = str(random.random())' 'def application(e, start):' ' start("200 OK", [])' \
		' return [id.encode() + b"\n"]' >page.py
	answers=8147
	start_program uwsgi --plugin python3 --http-socket 127.0.0.1:$answers --master --processes 3 --threads 2 --chdir "$T" --module page
	rounds uwsgi get
fi

# After a thaw it is still in the multicast group of mDNS.
if wanted avahi avahi-daemon; then
	printf '%s\n' '[server]' 'enable-dbus=no' 'use-ipv6=no' 'allow-interfaces=lo' >avahi.conf
	ip link set lo multicast on
	ask() { grep -io 'FB0000E0 *1' "/proc/$pid/net/igmp"; }
	start_program avahi-daemon --no-drop-root --no-chroot --no-rlimits -f "$T/avahi.conf"
	rounds avahi ask
fi

# Sound, an office, Mono

if wanted pulseaudio pulseaudio pactl paplay; then
	mkdir -m 700 pulse
	ask() { # what plays goes on: its sink is not idle
		[ "$(pactl -s "unix:$T/pulse/native" list short sink-inputs | wc -l)" = 1 ] &&
			pactl -s "unix:$T/pulse/native" list short sinks | grep -o 'RUNNING'
	}
	# shellcheck disable=SC2016 # for that sh
	start_program env HOME="$T/pulse" PULSE_RUNTIME_PATH="$T/pulse" sh -c 'pulseaudio -n --daemonize=no --exit-idle-time=-1 \
		-L "module-native-protocol-unix socket=$1/native auth-anonymous=1" -L module-null-sink &
		until paplay --raw -s "unix:$1/native" /dev/zero; do sleep 0.1; done' sh "$T/pulse"
	rounds pulseaudio ask
fi

if wanted office soffice; then
	answers=8148
	ask() { exec {to}<>"/dev/tcp/127.0.0.1/$answers" && head -c 8 <&"$to" | od -An -tx1; }
	start_program env HOME="$T" soffice --headless --invisible --norestore "--accept=socket,host=127.0.0.1,port=$answers;urp;" \
		"-env:UserInstallation=file://$T/office"
	rounds office ask
fi

if wanted mono mono mcs; then
	cat >Server.cs <<-'END'
		using System; using System.Net; using System.Net.Sockets; using System.Text;
		class Server {
			static void Main() {
				var listener = new TcpListener(IPAddress.Loopback, 8149);
				var id = Encoding.ASCII.GetBytes(Guid.NewGuid() + "\n");
				var timer = new System.Threading.Timer(_ => GC.Collect(), null, 0, 50);
				for (listener.Start();;) {
					var client = listener.AcceptTcpClient();
					client.GetStream().Write(id, 0, id.Length);
					client.Close();
				}
			}
		}
	END
	runs_ok "mono: compile it" mcs Server.cs
	answers=8149
	ask() { exec {to}<>"/dev/tcp/127.0.0.1/$answers" && cat <&"$to"; }
	start_program mono Server.exe
	rounds mono ask
fi
finish
