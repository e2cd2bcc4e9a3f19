# shellcheck shell=bash disable=SC2034,SC2154
# Sourced in the place of lib.sh: programs that are started as their manuals say, and asked for something before the first
# freeze and after each thaw; in a network namespace of their own, and with the cgroups that most machines have now.
export CRIU_NS_TEST_HOST="${CRIU_NS_TEST_HOST-} cgroup2 onroot"
export CRIU_NS_TEST_SECONDS=${CRIU_NS_TEST_SECONDS:-600}
# shellcheck source=own-net.sh
. "$(dirname "$0")/own-net.sh"
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=own.sh
. "$top/tests/own.sh"
need_root
need_criu
need_net
chmod 755 "$T" # programs that become another user

wanted() { # wanted NAME COMMAND...: whether $only, the arguments of the test, names it or nothing, and the commands are there
	[ "$only" = "  " ] || [[ $only == *" $1 "* ]] || return 1
	has "${@:2}"
}

answer() { # answer COMMAND...: what it prints, as soon as that is something
	local i text
	for ((i = 0; i < 300; i++)); do
		text=$(timeout 10 bash -c "$(declare -f "$1"); $1" 2>/dev/null) && [ -n "$text" ] && break
		pause 0.1
	done
	echo "$text"
}

freeze_calm() { # freeze_calm NAME PID DIR [OPTION...]: as often as that says "try again" or "wait", $tries times at most
	local i
	mkdir -p "$3"
	for ((i = ${tries:-1}; i > 0; i--)); do
		run "$CRIU_NS" dump -t "$2" -D "$3" -o dump.log "${@:4}" && break
		[[ $err == *"try again"* || $err == *"; wait "* ]] || break
		pause 0.1
	done
	report "$status" "$1"
}

rounds() { # rounds NAME ASK [OPTION...]: of $pid, with options of the freeze; ASK is a function that uses nothing but $T, $pid and $answers
	local name=$1 ask=$2 cycle before
	shift 2
	export T pid answers
	before=$(answer "$ask")
	isnt "$before" "" "$name answers"
	for cycle in 1 2 3; do
		freeze_calm "$name: freeze $cycle" "$pid" "$name.$cycle" "$@" || break
		dead "$pid" "... it is gone"
		thaw "... thaw $cycle" "$name.$cycle"
		[ -n "$pid" ] || break
		export pid
		is "$(answer "$ask")" "$before" "... it answers"
	done
	[ -z "$pid" ] || kill -KILL "$pid"
	end_strays
}

start_program() { # start_program COMMAND...: sets $pid
	own_start setsid "$@" </dev/null >"$T/program.log" 2>&1
	pid=$started
}

# As with sysctl kernel.io_uring_disabled=2, but for this program alone: io_uring_setup(2) fails.
without_io_uring() { # without_io_uring COMMAND...: start_program with that
	cat >without.pl <<-'END'
		my @code = ([0x20, 0, 0, 0], [0x15, 0, 1, 425], [0x06, 0, 0, 0x50001], [0x06, 0, 0, 0x7fff0000]); # EPERM, or allowed
		my $filter = join "", map { pack "SCCL", @$_ } @code;
		my %numbers = (x86_64 => [157, 317], aarch64 => [167, 277]); # prctl(2), seccomp(2)
		my ($prctl, $seccomp) = @{$numbers{`uname -m` =~ s/\n//r} || die "which system calls?\n"};
		syscall($prctl, 38, 1, 0, 0, 0) == 0 or die "PR_SET_NO_NEW_PRIVS: $!\n";
		my $program = pack "S x6 P", scalar @code, $filter;
		syscall($seccomp, 1, 0, $program) == 0 or die "seccomp: $!\n";
		exec @ARGV or die "$ARGV[0]: $!\n";
	END
	start_program perl without.pl "$@"
}

get() { # the last line of the page at port $answers
	exec {to}<>"/dev/tcp/127.0.0.1/$answers" || return
	printf 'GET / HTTP/1.0\r\n\r\n' >&"$to"
	tail -n 1 <&"$to"
}

# A process that has become another user cannot be frozen by root without CAP_SYS_RESOURCE (prlimit(2)), which containers
# often lack. There a program only believes to have done so.
stay_root() { # stay_root COMMAND...: start_program with that, where it is needed
	make_stay
	start_program ${preload:+env LD_PRELOAD="$preload"} "$@"
}

make_stay() { # sets $preload, to nothing where it is not needed
	preload=''
	capsh --has-p=cap_sys_resource 2>/dev/null && return
	preload=$T/stay.so
	[ ! -e "$preload" ] || return 0
	cat >stay.c <<-'END'
		#include <errno.h>
		#include <sys/types.h>
		static id_t user[3], group[3]; // real, effective, saved
		static int set(id_t *ids, id_t a, id_t b, id_t c)
		{
			id_t new[] = {a, b, c};
			for (int i = 0; i < 3; i++) {
				if (new[i] == (id_t)-1) new[i] = ids[i];
				if (user[1] && new[i] != ids[0] && new[i] != ids[1] && new[i] != ids[2]) return errno = EPERM, -1;
			}
			for (int i = 0; i < 3; i++) ids[i] = new[i];
			return 0;
		}
		uid_t getuid(void) { return user[0]; }
		uid_t geteuid(void) { return user[1]; }
		gid_t getgid(void) { return group[0]; }
		gid_t getegid(void) { return group[1]; }
		int getresuid(uid_t *a, uid_t *b, uid_t *c) { *a = user[0], *b = user[1], *c = user[2]; return 0; }
		int getresgid(gid_t *a, gid_t *b, gid_t *c) { *a = group[0], *b = group[1], *c = group[2]; return 0; }
		int setresuid(uid_t a, uid_t b, uid_t c) { return set(user, a, b, c); }
		int setresgid(gid_t a, gid_t b, gid_t c) { return set(group, a, b, c); }
		int setreuid(uid_t a, uid_t b) { return set(user, a, b, b); }
		int setregid(gid_t a, gid_t b) { return set(group, a, b, b); }
		int setuid(uid_t a) { return user[1] ? set(user, -1, a, -1) : set(user, a, a, a); }
		int setgid(gid_t a) { return user[1] ? set(group, -1, a, -1) : set(group, a, a, a); }
		int seteuid(uid_t a) { return set(user, -1, a, -1); }
		int setegid(gid_t a) { return set(group, -1, a, -1); }
		int setgroups(size_t n, const gid_t *g) { (void)n, (void)g; return 0; }
		int initgroups(const char *u, gid_t g) { (void)u, (void)g; return 0; }
	END
	cc -shared -fPIC -o stay.so stay.c || bail_out "cc"
}
