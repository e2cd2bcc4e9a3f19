# Run by tests/bench/bench, which see. Progress goes to stderr, the tables to stdout.
#
# A round is one cycle of each program, one after the other, and each round starts with another
# one. A cycle: start a counter, freeze it, thaw it (detached, with a pidfile), freeze what was
# thawed. Only the commands themselves are timed, by stopwatch.c; before each of them everything
# that the one before left behind has ended and been reaped, and the kernel has had 10 ms to clear
# up. All that is timed is checked, too: a program that did not do its work is no fast program.
#
# There are two such counters: one that shares the caller's mounts, and one with mounts of its own, as a
# service has them. Bare criu gets the options for the second one by hand. CRIU's Python criu-ns refuses
# it, and has no part in those rounds.
#
# Then the same by RPC, as programs ask for it: targets/rpc starts `PROGRAM swrk`, sends a request, and ends when it has the
# answer and PROGRAM has ended. The Python criu-ns has no RPC.
use strict;
use warnings;
use FindBin '$Bin';
require "$Bin/common.pl";
use POSIX 'WNOHANG';

my ($ours, $criu, $script, $targets, $stopwatch, $floor, $T) =
    @ENV{qw(CRIU_NS CRIU_BINARY CRIU_NS_PY TARGETS BENCH_STOPWATCH BENCH_FLOOR BENCH_DIR)};
my ($rounds, $clone_rounds, $clones) =
    ($ENV{BENCH_ROUNDS}, $ENV{BENCH_CLONE_ROUNDS}, $ENV{BENCH_CLONES} || 100);
my $warm_up = 3;
my $reaper = getppid;    # targets/subreaper: all orphans are its children
my $failed = 0;

my %program = (criu => [$criu], ours => [$ours], floor => [$floor, $criu]);    # floor: see floor.c
my @names = qw(criu ours);
my (%time, %wrong);    # $time{operation}{name}: a list, one value a round

# The target with mounts of its own, and what bare criu has to be told of it: to find the masters of the
# mounts, and each mount that is the caller's, again by itself; and, for the thaw, where the root is.
my $own = 0;           # whether that is the target now
my $trying = 0;        # whether bare criu can do that is not known yet
my @service = (qw(unshare -m --propagation slave sh -c), <<'END', 'sh', $T, $targets);
    mount -t tmpfs -o nosuid,nodev,mode=700 private "$1/private" &&
    mount --bind /usr /usr && mount -o remount,bind,ro /usr &&
    cd / && exec "$2/counter" "$1/private/state"
END
my $rpc = 0;           # whether it is requests now
my %by_hand = (dump => [qw(--external mnt[]:m)], restore => [qw(--external mnt[]:m --root /)]);

sub wrong {
    my ($name, $what) = @_;
    print STDERR "bench: $name: $what\n";
    $wrong{$name}++;
    return if $name eq 'python' || ($trying && $name eq 'criu');
    $failed = 1;
    die "bench: $name fails again and again\n" if $wrong{$name} >= 5;
    return;
}

# Processes


sub strays { return grep { $_ != $$ } children($reaper) }

sub await {
    my ($condition) = @_;
    for (1 .. 6000) {
        my $value = $condition->();
        return $value if $value;
        nap(0.5);
    }
    return;
}

# A counter shows "identity:count" as its name (targets/target.h).
sub look { return slurp("/proc/$_[0]/comm") =~ /^([0-9a-f]{6}):(\d+)/ ? ($1, $2) : () }

sub start_counter {
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        exec $own ? @service : "$targets/counter" or exit 127;
    }
    await(sub { my ($id, $count) = look($pid); $count && $count >= 2 })
        or die "bench: $targets/counter does not start\n";
    return $pid;
}

# Its mounts, without the numbers that each namespace gives anew. Of /proc each pid namespace has its own;
# a tracefs bare criu leaves out, on every host of systemd's.
sub mounts {
    my ($pid) = @_;
    my @lines = grep { !/ - (proc|tracefs) / } split /\n/, slurp("/proc/$pid/mountinfo");
    s/^\d+ \d+ \S+ //, s/(shared|master):\d+/$1/g for @lines;
    return join "\n", sort @lines;
}

# When it has mounts of its own: what they are, and that the file in one of them is open and written to.
sub own_state {
    my ($pid, $id) = @_;
    return '' if !$own;
    return mounts($pid) . (slurp("/proc/$pid/root$T/private/state") =~ /^$id / ? '' : "\nno state");
}

sub settle {
    await(sub { !strays() }) or wrong($_[0], 'left processes behind: ' . join ' ', strays());
    nap(10);
    return;
}

sub clear { kill 'KILL', strays(); settle(@_); return }

# KiB of PSS of everything below the reaper but the counters.
sub resident {
    my $sum = 0;
    my @todo = strays();
    while (defined(my $pid = shift @todo)) {
        push @todo, children($pid);
        next if look($pid);
        $sum += $1 if slurp("/proc/$pid/smaps_rollup") =~ /^Pss:\s+(\d+)/m;
    }
    return $sum;
}

# Commands

my $last_status;

sub hints { my ($name, $word) = @_; return $own && $name eq 'criu' ? @{ $by_hand{$word} } : () }

# (milliseconds, whether all succeeded), and $last_status, of one that did not
sub clocked {
    my ($number, @command) = @_;
    pipe my $out, my $in or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        open STDERR, '>', "$T/err" or exit 127;
        open STDOUT, '>&', $in or exit 127;
        exec $stopwatch, $number, @command or exit 127;
    }
    close $in;
    my $line = <$out> // '';
    waitpid $pid, 0;
    my ($ns, $failures, $status) = $line =~ /^(\d+) (\d+) (\d+)/ or die 'bench: stopwatch: ', slurp("$T/err"), "\n";
    $last_status = $status & 127 ? 'signal ' . ($status & 127) : 'exit status ' . ($status >> 8);
    return ($ns / 1e6, $failures == 0);
}

# The words of a freeze or a thaw.
sub command {
    my ($name, $word, $dir, $pid) = @_;
    my $log = "$word.log";
    if ($rpc) {
        return ("$targets/rpc", '-e', $pid ? () : ('-P', "$dir/pid"), @{ $program{$name} }, $word, "images=\@$dir",
            $pid ? "pid=$pid" : (), "log_file=$log");
    }
    return (@{ $program{$name} }, $word, $pid ? ('-t', $pid) : '-d', '-D', $dir, '-o', $log,
        $pid ? () : ('--pidfile', 'pid'), hints($name, $word));
}

sub complain {
    my ($name, $what, @logs) = @_;
    my ($line) = map { /^(.*Error \(.*)$/m ? $1 : () } map { slurp($_) =~ s/.*RLIMIT.*//gr } @logs;
    wrong($name, "$what failed ($last_status): " . ($line // (split /\n/, slurp("$T/err"))[-1] // 'no reason given'));
    return;
}

sub freeze {
    my ($name, $pid, $dir) = @_;
    mkdir $dir;
    my ($ms, $good) = clocked(1, command($name, 'dump', $dir, $pid));
    complain($name, 'freeze', "$dir/dump.log") if !$good;
    return $good ? $ms : undef;
}

# The same of a child of ours, which is gone then, whatever happened.
sub freeze_child {
    my ($name, $pid, $dir) = @_;
    my $ms = freeze($name, $pid, $dir);
    my $gone = defined $ms && await(sub { waitpid($pid, WNOHANG) == $pid });
    wrong($name, 'says that it froze a process, which still runs') if defined $ms && !$gone;
    return $ms if $gone;
    kill 'KILL', $pid;
    waitpid $pid, 0;
    return;
}

# In $dir. Returns also whether somebody else has got the pid meanwhile, which is nobody's fault.
sub thaw {
    my ($name, $dir) = @_;
    unlink "$dir/pid";
    my ($ms, $good) = clocked(1, command($name, 'restore', $dir));
    return ($ms, 0) if $good;
    return (undef, 1) if $name eq 'criu' && slurp("$dir/restore.log") =~ /File exists|do not match expected/;
    complain($name, 'thaw', "$dir/restore.log");
    return (undef, 0);
}

sub goes_on {
    my ($pid, $id, $count) = @_;
    return (await(sub {
        my ($i, $c) = look($pid);
        return !-e "/proc/$pid" ? 'gone' : defined $i && $i eq $id && $c > $count;
    }) // '') eq '1';
}

my $serial = 0;

# A request that criu answers itself.
sub question {
    my ($name) = @_;
    my ($ms, $good) = clocked(1, "$targets/rpc", '-e', @{ $program{$name} }, 'version');
    complain($name, 'version') if !$good;
    return $good ? ['rpc version' => $ms] : ();
}

# One cycle: a list of [operation, value], empty when something went wrong. With mounts of its own the
# operations are "own freeze" and so on, by RPC "rpc freeze".
sub cycle {
    my ($name) = @_;
    return floor_cycle() if $name eq 'floor';
    my $dir = "$T/" . ++$serial;
    mkdir $dir;
    my $pid = start_counter();
    my ($id, $count) = look($pid);
    my $state = own_state($pid, $id);
    my $freeze = freeze_child($name, $pid, "$dir/1") // return;
    nap(10);
    my ($thaw, $taken) = thaw($name, "$dir/1");
    if ($taken) {
        settle($name);
        return cycle($name);
    }
    return if !defined $thaw;
    $pid = slurp("$dir/1/pid");
    chomp $pid;
    if ($pid !~ /^\d+$/ || !goes_on($pid, $id, $count)) {
        wrong($name, "thawed, but the pidfile says '$pid', which is not the counter");
        clear($name);
        return;
    }
    if (own_state($pid, $id) ne $state) {
        wrong($name, "thawed, but its mounts, or the files in them, are others than before");
        clear($name);
        return;
    }
    nap(50);    # until what stays behind has given back what it had for the thaw
    my $resident = resident();
    my $again = freeze($name, $pid, "$dir/2");
    defined $again ? settle($name) : clear($name);
    system 'rm', '-rf', $dir;
    return if !defined $again;
    my $which = $own ? 'own ' : $rpc ? 'rpc ' : '';
    return $rpc ? question($name) : (), map { ["$which$_->[0]", $_->[1]] }[freeze => $freeze], [thaw => $thaw], [again => $again], [one => $resident];
}

# The thaw of floor.c, which can do nothing else.
sub floor_cycle {
    my $dir = "$T/" . ++$serial;
    mkdir $dir;
    my $freeze = freeze_child('criu', start_counter(), "$dir/1") // return;
    nap(10);
    my ($thaw) = thaw('floor', "$dir/1");
    clear('floor');
    system 'rm', '-rf', $dir;
    return defined $thaw ? [thaw => $thaw] : ();
}

# The counters among all that is below a process.
sub counters {
    my @below = map { ($_, counters($_)) } children($_[0]);
    return grep { look($_) } @below;
}

# All clones of one image at once; for bare criu, which cannot have two, as many images of as many
# counters. What is checked after: as many counters as clones; and that each is named by a pidfile, which
# for floor.c is criu's own, with the number inside.
sub clone {
    my ($name) = @_;
    my $dir = "$T/" . ++$serial;
    my $many = $name eq 'criu';
    mkdir $dir;
    for my $i (1 .. ($many ? $clones : 1)) {
        my $pid = start_counter();
        freeze_child($name eq 'floor' ? 'criu' : $name, $pid, "$dir/$i") // return;
    }
    mkdir "$dir/work$_" for 1 .. $clones;
    nap(10);
    my ($ms, $good) = clocked($clones, @{ $program{$name} }, 'restore', '-d', '-D', $many ? "$dir/{}" : "$dir/1",
        '-W', "$dir/work{}", '-o', 'restore.log', '--pidfile', 'pid');
    my @logs = map { "$dir/work$_/restore.log" } 1 .. $clones;
    if (!$good && $many && grep { slurp($_) =~ /File exists|do not match expected/ } @logs) {
        clear($name);
        return clone($name);
    }
    complain($name, "one of $clones thaws at once", @logs) if !$good;
    nap(20);
    my @named = $name eq 'floor' ? counters($reaper) : grep { /^\d+$/ && look($_) } map { slurp("$dir/work$_/pid") } 1 .. $clones;
    my %pids = map { $_ => 1 } @named;
    my $resident = resident() / $clones;
    my $right = keys %pids;
    wrong($name, ($clones - $right) . " of $clones pidfiles do not name a clone of their own") if $good && $right < $clones;
    clear($name);
    system 'rm', '-rf', $dir;
    return $good ? ([clones => $ms], [many => $resident]) : ();
}

# What bare criu says of a process that criu-ns has thawed.
sub try_bare {
    my $dir = "$T/bare";
    mkdir $dir;
    my $pid = start_counter();
    freeze_child('ours', $pid, "$dir/1") // return 'was not tried';
    (thaw('ours', "$dir/1"))[0] // return 'was not tried';
    mkdir "$dir/2";
    my ($ms, $good) = clocked(1, $criu, 'dump', '-t', slurp("$dir/1/pid"), '-D', "$dir/2", '-o', 'dump.log');
    clear('criu');
    return 'works' if $good;
    return 'fails (unreachable sharing)' if slurp("$dir/2/dump.log") =~ /unreachable sharing/;
    return 'fails';
}

# Numbers

sub quantile {
    my ($q, @v) = @_;
    @v = sort { $a <=> $b } @v or return;
    my $at = $q * $#v;
    my $low = int $at;
    return $v[$low] + ($at - $low) * (($v[$low + 1] // $v[$low]) - $v[$low]);
}

sub median { return quantile(0.5, @_) }

sub number {
    my ($v, $digits) = @_;
    return '' if !defined $v;
    my $text = sprintf '%.*f', $digits // ($v < 100 ? 2 : 0), $v;
    1 while $text =~ s/^(-?\d+)(\d{3})/$1,$2/;
    return $text;
}

# Only rounds in which both did it.
sub pairs {
    my ($operation, $a, $b) = @_;
    my @both = grep { defined $time{$operation}{$a}[$_] && defined $time{$operation}{$b}[$_] }
        0 .. $#{ $time{$operation}{$a} // [] };
    return map { [$time{$operation}{$a}[$_], $time{$operation}{$b}[$_]] } @both;
}

sub values_of { my ($operation, $name) = @_; return grep { defined } @{ $time{$operation}{$name} // [] } }

# The run

sub rounds {
    my ($number, $what, $keep, $cycle, @who) = @_;
    for my $round (0 .. $number - 1) {
        printf STDERR "\rbench: %s %d of %d ", $what, $round + 1, $number if -t STDERR;
        for my $i (0 .. $#who) {
            my $name = $who[($i + $round) % @who];
            my %got = map { @$_ } $cycle->($name);
            next if !$keep;
            $time{$_}{$name}[$round] = $got{$_} for keys %got;
        }
    }
    print STDERR "\r\e[K" if -t STDERR;
    return;
}

sub prepare {
    # One more mount that criu cannot freeze, as an EFI partition is; hiding no other one, which
    # criu could not find again.
    my $table = slurp('/proc/self/mountinfo');
    my ($place) = grep { -d && $table !~ m{ \Q$_\E[ /]} } qw(/boot/efi /mnt /media /srv);
    system(qw(mount -t tmpfs efi), $place) == 0 || die "bench: cannot mount a tmpfs\n" if $place;
    chdir $T or die "bench: $T: $!\n";
    mkdir 'private';
    if ($script) {
        # It runs the criu on PATH, and has to be executable. Its interpreter comes first there, too:
        # pyenv's python3 is a shell script, which takes longer than all the rest.
        mkdir 'bin';
        symlink $criu, 'bin/criu';
        system('cp', $script, 'bin/criu-ns') == 0 && chmod 0755, 'bin/criu-ns' or die "bench: cannot copy $script\n";
        my ($python) = `python3 -c 'import os, sys; print(os.path.dirname(sys.executable))'` =~ /^(.+)$/;
        $ENV{PATH} = join ':', "$T/bin", $python // (), $ENV{PATH};
        $program{python} = ["$T/bin/criu-ns"];
        @names = qw(criu python ours);
    }
    return;
}

sub machine {
    my ($cpu) = slurp('/proc/cpuinfo') =~ /^model name\s*:\s*(.*?)\s*$/m;
    my $cores = () = slurp('/proc/cpuinfo') =~ /^processor\s*:/mg;
    my ($system) = slurp('/etc/os-release') =~ /^PRETTY_NAME="?(.*?)"?$/m;
    my ($load) = slurp('/proc/loadavg') =~ /^(\S+)/;
    my ($version) = `'$criu' --version` =~ /^Version:\s*(\S+)/m;
    my ($own) = `'$ours' --version` =~ /^criu-ns (\S+)/m;
    my $python = $script ? ', ' . (`python3 --version 2>&1` =~ /(Python \S+)/)[0] : '';
    return sprintf "criu %s, criu-ns %s%s; Linux %s, %s, %d cores%s; load %s before\n", $version // '?', $own // '?',
        $python, slurp('/proc/sys/kernel/osrelease') =~ s/\s//gr, $system // '?', $cores, $cpu ? " ($cpu)" : '', $load;
}

sub cell {
    my ($operation, $name, $digits) = @_;
    return 'not installed' if $name eq 'python' && !$script;
    my @v = values_of($operation, $name);
    return 'fails' if !@v;
    return number(median(@v), $digits) . (defined $digits ? '' : ' / ' . number(quantile(0, @v)));
}

# What the namespaces alone take, in a row below that of all the rest.
sub floor_row {
    my ($operation) = @_;
    my @pairs = pairs($operation, 'floor', 'criu');
    printf "| the same with the namespaces alone, ms | | | %s ⁴ | %s | %s |\n", cell($operation, 'floor'),
        number(median(values_of($operation, 'floor')) - median(values_of($operation, 'criu'))),
        number(median(map { $_->[0] / $_->[1] } @pairs));
    return;
}

# One row of a table: of the times of criu, the others and ours, and how ours compare with criu's.
sub row {
    my ($operation, $label, $note, @others) = @_;
    my @pairs = pairs($operation, 'ours', 'criu');
    my $more = @pairs ? median(values_of($operation, 'ours')) - median(values_of($operation, 'criu')) : undef;
    my $ratio = median(map { $_->[0] / $_->[1] } @pairs);
    print '| ', join(' | ', $label, cell($operation, 'criu') . $note, (map { cell($operation, $_) } @others, 'ours'),
        number($more), number($ratio)), " |\n";
    return;
}

sub summary {
    my ($bare) = @_;
    print "| median / minimum | criu | criu-ns (Python) | this criu-ns | more than criu | ratio, pair by pair |\n",
        "|---|--:|--:|--:|--:|--:|\n";
    row('freeze', 'freeze, ms', '', 'python');
    row('thaw', 'thaw, detached, ms', '', 'python');
    floor_row('thaw');
    row('again', 'freeze again, ms', ' ¹', 'python');
    row('clones', "$clones clones at once, ms", ' ²', 'python');
    floor_row('clones');
    printf "| memory that stays per thawed tree, of %d, KiB (PSS) | %s | %s | %s | | |\n", $clones,
        map { cell('many', $_, 0) } qw(criu python ours);
    printf "| the same, of one | %s | %s | %s | | |\n\n", map { cell('one', $_, 0) } qw(criu python ours);
    print "¹ Of what criu itself thawed, in the old place and under the old pid. A freeze by criu of what criu-ns thawed $bare.\n\n",
        "² $clones images of $clones processes, because criu cannot thaw one image twice at once.\n\n",
        "⁴ The least that a thaw in namespaces can take: a static program that only makes them, mounts /proc, chooses a pid and runs criu (floor.c).\n\n";
    return;
}

sub own_summary {
    print "With mounts of its own: a private tmpfs with an open file, a read-only bind of /usr, all others slaves of the\n",
        "caller's. $rounds rounds, interleaved. The Python criu-ns refuses such a target.\n\n",
        "| median / minimum | criu ³ | this criu-ns | more than criu | ratio, pair by pair |\n|---|--:|--:|--:|--:|\n";
    row('own freeze', 'freeze, ms', '');
    row('own thaw', 'thaw, detached, ms', '');
    row('own again', 'freeze again, ms', ' ¹');
    printf "| memory that stays per thawed tree, of one, KiB (PSS) | %s | %s | | |\n\n", map { cell('own one', $_, 0) } qw(criu ours);
    print "³ With options by hand: dump @{ $by_hand{dump} }; restore @{ $by_hand{restore} }.\n\n";
    return;
}

sub rpc_summary {
    print "A request by RPC: a program starts `swrk`, and has its answer. $rounds rounds, interleaved.\n\n",
        "| median / minimum | criu | this criu-ns | more than criu | ratio, pair by pair |\n|---|--:|--:|--:|--:|\n";
    row('rpc freeze', 'DUMP, ms', '');
    row('rpc thaw', 'RESTORE, ms', '');
    row('rpc again', 'DUMP of what was restored, ms', ' ¹');
    row('rpc version', 'VERSION, which criu answers itself, ms', '');
    print "\n";
    return;
}

sub details {
    print "<!-- details -->\n| | rounds | first quartile | median | third quartile | more than criu, pair by pair |\n|---|--:|--:|--:|--:|--:|\n";
    for my $operation (qw(freeze thaw again clones), 'own freeze', 'own thaw', 'own again', map { "rpc $_" } qw(freeze thaw again version)) {
        for my $name (@names) {
            my @v = values_of($operation, $name) or next;
            my @more = map { $_->[0] - $_->[1] } pairs($operation, $name, 'criu');
            printf "| %s, %s | %d | %s | %s | %s | %s |\n", $operation, $name, scalar @v,
                (map { number(quantile($_, @v)) } 0.25, 0.5, 0.75),
                $name eq 'criu' ? '' : join ' / ', map { number(quantile($_, @more)) } 0.25, 0.5, 0.75;
        }
    }
    print "\n";
    return;
}

# Who takes part. On a host with mounts that criu does not find again, only ours does.
sub own_rounds {
    my $before = $wrong{criu} // 0;
    $own = $trying = 1;
    rounds($warm_up, 'own mounts, warm-up', 0, \&cycle, qw(criu ours));
    $trying = 0;
    my @who = ($wrong{criu} // 0) > $before ? 'ours' : qw(criu ours);
    rounds($rounds, 'own mounts, round', 1, \&cycle, @who);
    $own = 0;
    return @who;
}

sub rpc_rounds {
    $rpc = 1;
    rounds($warm_up, 'requests, warm-up', 0, \&cycle, qw(criu ours));
    rounds($rounds, 'requests, round', 1, \&cycle, qw(criu ours));
    $rpc = 0;
    return;
}

sub check_rounds {
    my ($which, @who) = @_;
    for my $operation (map { "$which$_" } qw(freeze thaw again)) {
        next if !grep { values_of($operation, $_) != $rounds } @who;
        print STDERR "bench: not every round of '$operation' worked\n";
        $failed = 1;
    }
    return;
}

$| = 1;
prepare();
my $machine = machine();
rounds($warm_up, 'warm-up', 0, \&cycle, @names);
my $bare = try_bare();
rounds($rounds, 'round', 1, \&cycle, @names, 'floor');
rounds(1, 'warm-up', 0, \&clone, @names);
rounds($clone_rounds, 'clones, round', 1, \&clone, @names, 'floor');
my @own_names = own_rounds();
rpc_rounds();

print "A tiny process, images on a tmpfs, $rounds rounds ($clone_rounds for the clones), interleaved",
    $ENV{BENCH_STEADY} ? ', at real-time priority on cores kept awake' : '', ". $machine\n";
summary($bare);
print "<!-- only in tests/bench/README.md -->\n";
own_summary();
rpc_summary();
details();
print "The Python script had $wrong{python} failures, told on stderr.\n" if $wrong{python};
check_rounds('', qw(criu ours));
check_rounds('own ', @own_names);
check_rounds('rpc ', qw(criu ours));
exit $failed;
