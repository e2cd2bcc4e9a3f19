# Run by tests/bench/bench, which see, with BENCH_ONLY=many only. Progress goes to stderr, the table to stdout.
#
# BENCH_MANY clones (1,000) of one image, thawed four at a time; then all are alive at once, and all are frozen, four at a time.
# None may be lost: each has a pid of its own, and is gone when it is frozen. What is asked is whether the last ones take as long as
# the first. What is cloned is a sleep(1), because a thousand processes that do something would be what takes the time.
use strict;
use warnings;
use FindBin '$Bin';
require "$Bin/common.pl";
use Time::HiRes 'time';

my ($ours, $T) = @ENV{qw(CRIU_NS BENCH_DIR)};
my $number = $ENV{BENCH_MANY} || 1000;
my @sleep = qw(sleep 100000);

sub is_clone { return slurp("/proc/$_[0]/cmdline") eq join '', map { "$_\0" } @sleep }
sub available { return (slurp('/proc/meminfo') =~ /^MemAvailable:\s+(\d+)/m)[0] }
sub pss { return (slurp("/proc/$_[0]/smaps_rollup") =~ /^Pss:\s+(\d+)/m)[0] // 0 }
sub parent { return (slurp("/proc/$_[0]/stat") =~ /\) \S (\d+)/)[0] // 0 }

sub median {
    my @v = sort { $a <=> $b } @_;
    return $v[@v / 2];
}

# Without what is ours, because criu would have to find that again.
sub run {
    my ($log, @command) = @_;
    my $pid = fork // die "fork: $!\n";
    return $pid if $pid;
    open STDIN, '<', '/dev/null' and open STDOUT, '>', $log and open STDERR, '>&', \*STDOUT or exit 127;
    exec @command or exit 127;
}

# The milliseconds that each took, in their order.
sub four_at_a_time {
    my ($what, $command) = @_;
    my (%running, @took);
    for my $i (1 .. $number + 4) {
        if ($i > $number || keys %running == 4) {
            my $pid = wait;
            my ($which, $since) = @{ delete $running{$pid} // last };
            die "bench: the $what number $which failed: ", slurp("$T/log.$which") if $?;
            $took[$which - 1] = (time - $since) * 1000;
        }
        next if $i > $number;
        print STDERR "\rbench: $what $i of $number " if -t STDERR && $i % 100 == 0;
        $running{ run("$T/log.$i", $command->($i)) } = [$i, time];
    }
    print STDERR "\r\e[K" if -t STDERR;
    return @took;
}

sub row {
    my ($what, @took) = @_;
    my $tenth = int(@took / 10) || 1;
    printf "| %s, ms | %.1f | %.1f |\n", $what, median(@took[0 .. $tenth - 1]), median(@took[-$tenth .. -1]);
    return;
}

my $pid_max = slurp('/proc/sys/kernel/pid_max');
die "bench: $number clones need more pids than $pid_max" if $pid_max < 2 * $number + 1000;
chdir $T or die "bench: $T: $!\n";
mkdir $_ for 'images', map { ("work$_", "frozen$_") } 1 .. $number;
my $first = run('/dev/null', 'setsid', @sleep);
nap(10) until is_clone($first);
system($ours, 'dump', '-t', $first, '-D', 'images', '-o', 'dump.log') == 0 or die "bench: cannot freeze a sleep\n";
waitpid $first, 0;
nap(500);

my $before = available();
my @thaws = four_at_a_time('thaw', sub { ($ours, 'restore', '-d', '-D', "$T/images", '-W', "$T/work$_[0]", '-o', 'log', '--pidfile', 'pid') });
nap(500);
my $each = ($before - available()) / $number;
my @pids = map { slurp("work$_/pid") } 1 .. $number;
my %alive = map { $_ => 1 } grep { is_clone($_) } @pids;
keys %alive == $number or die 'bench: ', keys %alive, " clones of $number are alive\n";
my ($init, $clone) = map { my $of = $_; median(map { pss($of->($_)) } @pids[0 .. ($number < 100 ? $number : 100) - 1]) } \&parent, sub { $_[0] };

my @freezes = four_at_a_time('freeze', sub { ($ours, 'dump', '-t', $pids[$_[0] - 1], '-D', "$T/frozen$_[0]", '-o', 'log') });
my $left = grep { is_clone($_) } @pids;
die "bench: $left clones are still there\n" if $left;

printf "| %d clones of one image, all alive, all frozen | median of the first tenth | of the last tenth |\n|---|--:|--:|\n", $number;
row('thaw', @thaws);
row('freeze', @freezes);
printf "\nEach took %.0f KiB of memory, with all that the kernel has for it; by PSS %d KiB, and its pseudo-init %d.\n", $each, $clone, $init;
