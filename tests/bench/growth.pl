# Run by tests/bench/bench, which see. Progress goes to stderr, the tables to stdout.
#
# How freeze and thaw grow with the tree, for bare criu and criu-ns: a tree is started (targets/grown.c), frozen, thawed and ended,
# by the one and by the other, and each round starts with the other one. For criu-ns's own part alone, what it does before
# it starts criu, --dry-run is measured, too; and its system calls are counted, which no load of the machine changes. With
# CRIU_NS_BEFORE=PATH, an earlier criu-ns, there is a table of that one's own part, too.
#
# BENCH_GROWTH_ROUNDS=3, which is the least: of small trees, whose times scatter most, there are more.
# BENCH_GROWTH='threads mounts=500,1000': only these, or of other sizes.
use strict;
use warnings;
use FindBin '$Bin';
require "$Bin/common.pl";
use POSIX ();
use utf8;
binmode STDOUT, ":utf8";

my ($ours, $before, $criu, $targets, $stopwatch, $T) =
    @ENV{qw(CRIU_NS CRIU_NS_BEFORE CRIU_BINARY TARGETS BENCH_STOPWATCH BENCH_DIR)};
my $rounds = $ENV{BENCH_GROWTH_ROUNDS} || 3;
my ($most_rounds, $seconds) = (5 * $rounds, 8);    # for one size
my $reaper = getppid;    # targets/subreaper: all orphans are its children
my $failed = 0;

my %sizes = (
    processes   => [125, 250, 500],
    threads     => [250, 500, 1000],
    descriptors => [1250, 2500, 5000],
    mounts      => [500, 2000, 10000],
    memory      => [256, 512, 1024],
);
my @kinds = qw(processes threads descriptors mounts memory);
my %unit = (mounts => 'mounts of its own', memory => 'MiB of memory');
my %by_hand = (dump => [qw(--external mnt[]:m)], restore => [qw(--external mnt[]:m --root /)]);

# BENCH_GROWTH
if (my @chosen = split ' ', $ENV{BENCH_GROWTH} // '') {
    @kinds = ();
    for (@chosen) {
        my ($kind, $list) = /^(\w+)(?:=([\d,]+))?$/ or die "bench: BENCH_GROWTH: $_\n";
        die "bench: BENCH_GROWTH: $kind is none of ", join(' ', sort keys %sizes), "\n" if !$sizes{$kind};
        $sizes{$kind} = [split /,/, $list] if $list;
        push @kinds, $kind;
    }
}

sub strays { return grep { $_ != $$ } children($reaper) }

# Everything below this process and the reaper.
sub end_all {
    for (1 .. 6000) {
        my @todo = (strays(), children($$)) or return;
        my @all;
        while (defined(my $pid = shift @todo)) {
            push @all, $pid;
            push @todo, children($pid);
        }
        kill 'KILL', @all;
        1 while waitpid(-1, POSIX::WNOHANG()) > 0;
        select undef, undef, undef, 0.005;
    }
    die "bench: processes do not end\n";
}

sub start {
    my ($kind, $size) = @_;
    my $files = "$T/grown-files";
    mkdir $files;
    pipe my $out, my $in or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        POSIX::setsid();
        open STDIN, '<', '/dev/null';
        open STDOUT, '>&', $in;
        open STDERR, '>', '/dev/null';
        exec "$targets/grown", $kind, $size, $files or exit 127;
    }
    close $in;
    die "bench: $size $kind: the tree does not start\n" if (<$out> // '') ne 'ready';
    return $pid;
}

# Milliseconds, or undef if it fails.
sub clocked {
    my ($log, @command) = @_;
    open my $clock, '-|', $stopwatch, 1, '/bin/sh', '-c', 'exec "$@" >/dev/null 2>&1', 'sh', @command or die "$!\n";
    my ($ns, $failures) = (<$clock> // '') =~ /^(\d+) (\d+)/ or die "bench: stopwatch\n";
    close $clock;
    return $ns / 1e6 if !$failures;
    my ($line) = slurp($log) =~ s/.*RLIMIT.*//gr =~ /^(.*Error \(.*)$/m;
    print STDERR "bench: failed: @command: ", $line // 'no reason given', "\n";
    return;
}

# How many system calls the command makes itself.
sub calls {
    my (@command) = @_;
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', '/dev/null';
        exec 'strace', '-f', '-c', '-o', "$T/calls", @command or exit 127;
    }
    waitpid $pid, 0;
    return slurp("$T/calls") =~ /^\s*100\.00\s+\S+\s+(?:\d+\s+)?(\d+)\s.*total$/m ? $1 : undef;
}

my %time;     # $time{kind}{size}{name and operation}: a list
my %calls;    # $calls{kind}{size}{operation}

sub note {
    my ($kind, $size, $what, $ms) = @_;
    push @{ $time{$kind}{$size}{$what} }, $ms if defined $ms;
    return defined $ms;
}

# Freezes, thaws and ends one tree. What bare criu cannot do has no numbers; what ours cannot do is a failure.
sub cycle {
    my ($name, $kind, $size) = @_;
    my $pid = start($kind, $size);
    my $dir = "$T/growth";
    my $program = $name eq 'criu' ? $criu : $ours;
    my %hints = $name eq 'criu' && $kind eq 'mounts' ? %by_hand : (dump => [], restore => []);
    my @dump = ('dump', '-t', $pid, '-D', $dir, '-o', 'dump.log', @{ $hints{dump} });
    my @restore = ('restore', '-d', '-D', $dir, '-o', 'restore.log', '--pidfile', 'pid', @{ $hints{restore} });
    my $own = $name ne 'criu';
    my $count = $own && !$calls{$kind}{$size};

    mkdir $dir;
    note($kind, $size, 'look', clocked('', $ours, @dump, '--dry-run')) if $own;
    note($kind, $size, 'before', clocked('', $before, @dump, '--dry-run')) if $own && $before;
    $calls{$kind}{$size}{dump} = calls($ours, @dump, '--dry-run') if $count;
    my $good = note($kind, $size, "$name freeze", clocked("$dir/dump.log", $program, @dump));
    end_all() if $good;    # what is left is the holder
    if ($good && $own) {
        note($kind, $size, 'plan', clocked('', $ours, @restore, '--dry-run'));
        $calls{$kind}{$size}{restore} = calls($ours, @restore, '--dry-run') if $count;
    }
    $good &&= note($kind, $size, "$name thaw", clocked("$dir/restore.log", $program, @restore));
    $failed = 1 if !$good && $own;
    end_all();
    system 'rm', '-r', $dir, "$T/grown-files";
    return;
}

for my $kind (@kinds) {
    for my $size (@{ $sizes{$kind} }) {
        my @names = qw(criu ours);
        my $until = time + $seconds;
        for (my $round = 1; $round <= $rounds || ($round <= $most_rounds && time < $until); $round++) {
            print STDERR "bench: $size $kind, round $round\n";
            cycle($_, $kind, $size) for @names;
            @names = reverse @names;
        }
    }
}

# Tables

sub thousands { return scalar reverse join ',', unpack '(A3)*', reverse shift }

sub lowest { return (sort { $a <=> $b } @_)[0] }

sub middle {
    my @v = sort { $a <=> $b } @_;
    return @v % 2 ? $v[@v / 2] : ($v[@v / 2 - 1] + $v[@v / 2]) / 2;
}

sub ms { my ($v) = @_; return $v ? sprintf('%.1f / %.1f', middle(@$v), lowest(@$v)) : '' }

sub ratio {
    my ($t, $operation) = @_;
    my ($bare, $more) = map { $t->{"$_ $operation"} } qw(criu ours);
    return $bare && $more ? sprintf '%.2f / %.2f', middle(@$more) / middle(@$bare), lowest(@$more) / lowest(@$bare) : '';
}

sub number { return defined $_[0] ? thousands($_[0]) : '' }

print "\nHow it grows: median / minimum of $rounds rounds, or of as many as go into $seconds seconds, but no more than $most_rounds, in ms.\n",
    "Bare criu has options by hand for the mounts.\n\n",
    '| the tree | criu freezes | criu-ns | ratio | criu thaws | criu-ns | ratio |', "\n|---|", '--:|' x 6, "\n";
for my $kind (@kinds) {
    for my $size (@{ $sizes{$kind} }) {
        my $t = $time{$kind}{$size};
        print '| ', join(' | ', thousands($size) . ' ' . ($unit{$kind} // $kind),
            map { (ms($t->{"criu $_"}), ms($t->{"ours $_"}), ratio($t, $_)) } qw(freeze thaw)), " |\n";
    }
}

# A bar for each, as long as its part of the largest: a straight line says that it grows with the tree, and no faster.
sub bar { return '█' x (0.5 + 30 * $_[0]) }

print "\nOf that criu-ns's own part, which is what --dry-run does, minimum in ms, and its system calls. The bars grow like the\n",
    "numbers in the first column where that part is linear.\n\n",
    '| the tree | freeze | system calls | ', $before ? 'before | ' : '', "thaw | system calls | freeze, by size |\n|---|",
    '--:|' x ($before ? 5 : 4), "---|\n";
for my $kind (@kinds) {
    my $most = lowest(@{ $time{$kind}{ $sizes{$kind}[-1] }{look} // [0] }) || 1;
    for my $size (@{ $sizes{$kind} }) {
        my $t = $time{$kind}{$size};
        my ($look, $plan, $old) = map { $t->{$_} ? lowest(@{ $t->{$_} }) : undef } qw(look plan before);
        my @cells = map { defined $_ ? sprintf '%.1f', $_ : '' } $look, $old, $plan;
        print '| ', join(' | ', thousands($size) . ' ' . ($unit{$kind} // $kind), $cells[0], number($calls{$kind}{$size}{dump}),
            $before ? $cells[1] : (), $cells[2], number($calls{$kind}{$size}{restore}), defined $look ? bar($look / $most) : ''),
            " |\n";
    }
}
exit $failed;
