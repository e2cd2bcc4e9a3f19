# What the scripts of the benchmark share; each requires it.
use strict;
use warnings;

sub slurp {
    my ($path) = @_;
    open my $file, '<', $path or return '';
    local $/;
    my $text = <$file>;
    return $text // '';
}

sub nap { select undef, undef, undef, shift() / 1000; return }    # milliseconds
sub children { return map { slurp($_) =~ /\d+/g } glob "/proc/$_[0]/task/*/children" }

1;
