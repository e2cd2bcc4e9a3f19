# Run by tests/bench/bench, which see. Progress goes to stderr, the table to stdout.
#
# What it costs to look at a tree before anything is stopped: `criu-ns dump --dry-run`, beside the time in which bare
# criu freezes the same tree and lets it go on (dump -R). With CRIU_NS_BEFORE=PATH, an earlier criu-ns, that one's
# look is a column, too. The programs take turns, and each round starts with another one.
use strict;
use warnings;

my ($ours, $before, $criu, $targets, $stopwatch, $T) =
    @ENV{qw(CRIU_NS CRIU_NS_BEFORE CRIU_BINARY TARGETS BENCH_STOPWATCH BENCH_DIR)};
my $rounds = $ENV{BENCH_ROUNDS};

# A freeze ends a sleep(3) early. Each of the trees runs in a session of its own, on /dev/null, and says "ready" on descriptor 3, which it closes.
my $processes = 'for (1 .. 499) { my $p = fork // die; if (!$p) { close R; sleep 1000 while 1 } }';
my $descriptors = 'for (1 .. 5000) { open $f[$_], "<", "/etc/passwd" or die $! }';
my @trees = (
    ['a small process', ''],
    ['500 processes', $processes],
    ['5,000 descriptors', $descriptors],
);

sub start {
    my ($code) = @_;
    pipe my $out, my $in or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        require POSIX;
        POSIX::setsid();
        POSIX::dup2(fileno $in, 3);
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', '/dev/null';
        exec 'sh', '-c', 'ulimit -n $(ulimit -H -n); exec perl -e "$1"', 'sh',
            "open R, '>&=3'; $code; print R 'ready'; close R; sleep 1000 while 1" or exit 127;
    }
    close $in;
    my $said = <$out> // '';
    die "bench: a tree does not start\n" if $said ne 'ready';
    return $pid;
}

sub stop {
    my ($pid) = @_;
    my @todo = ($pid);
    my @all;
    while (defined(my $p = shift @todo)) {
        push @all, $p;
        for my $path (glob "/proc/$p/task/*/children") {
            open my $file, '<', $path or next;
            push @todo, map { split } <$file>;
        }
    }
    kill 'KILL', @all;
    waitpid $pid, 0;
    return;
}

sub clocked {
    my (@command) = @_;
    open my $clock, '-|', $stopwatch, 1, '/bin/sh', '-c', 'exec "$@" >/dev/null 2>&1', 'sh', @command or die "$!\n";
    my ($ns, $failures) = (<$clock> // '') =~ /^(\d+) (\d+)/ or die "bench: stopwatch\n";
    close $clock;
    die "bench: failed: @command\n" if $failures;
    return $ns / 1e6;
}

sub median {
    my @v = sort { $a <=> $b } @_;
    return @v % 2 ? $v[@v / 2] : ($v[@v / 2 - 1] + $v[@v / 2]) / 2;
}

sub measure {
    my ($pid, $number) = @_;
    my %command = (
        criu => sub { my $dir = "$T/look$number"; mkdir $dir; return ($criu, 'dump', '-R', '-t', $pid, '-D', $dir, '-o', 'log') },
        ours => sub { return ($ours, 'dump', '--dry-run', '-t', $pid, '-D', $T) },
    );
    $command{before} = sub { return ($before, 'dump', '--dry-run', '-t', $pid, '-D', $T) } if $before;
    my @names = sort keys %command;
    my %time;
    for my $round (-1 .. $rounds - 1) {    # one to warm up
        push @names, shift @names;
        for my $name (@names) {
            my $ms = clocked($command{$name}->());
            push @{ $time{$name} }, $ms if $round >= 0;
        }
    }
    return map { $_ => median(@{ $time{$_} }) } @names;
}

my @columns = ('the tree', 'criu freezes it, ms', 'criu-ns looks at it, ms', 'share');
splice @columns, 2, 0, 'criu-ns before, ms' if $before;
my @rows;
my $number = 0;
for my $tree (@trees) {
    my ($name, $code) = @$tree;
    print STDERR "bench: looking at $name\n";
    my $pid = start($code);
    my %m = eval { measure($pid, ++$number) };
    my $failure = $@;
    stop($pid);
    die $failure if $failure;
    push @rows, [$name, map({ sprintf '%.2f', $m{$_} } 'criu', $before ? 'before' : (), 'ours'),
        sprintf('%.0f %%', 100 * $m{ours} / $m{criu})];
}
print "\nWhat criu-ns looks at before it starts criu, medians:\n\n";
print '| ', join(' | ', @columns), " |\n|---|", '--:|' x (@columns - 1), "\n";
print '| ', join(' | ', @$_), " |\n" for @rows;
