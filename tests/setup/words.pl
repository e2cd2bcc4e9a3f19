#!/usr/bin/perl
# tests/setup/words.pl [LIST] FILE.c...: every text that these files can print, one a line: what it is, the file, the text.
# What it is follows from the function that it is given to; "part" is what stands in a table, or in a variable.
#
# With LIST, which is tests/words.txt: the same as that list has to be, without the file, and each refusal with the words
# of the man page that LIST has for it, or "???", which the man page does not have.
use strict;
use warnings;

my %kinds = (err_set => 'refusal', err_hint => 'remedy', strv_take => 'note', plan_step => 'step', plan_auto => 'step',
	plan_external => 'step');
# The columns of a table.
my %tables = (lacks => ['refusal', 'remedy'], words => ['refusal', 'remedy'], remedies => [undef, 'explanation']);
my (@lines, %page);
my $list = @ARGV && $ARGV[0] =~ /\.txt$/ ? shift @ARGV : undef;
if (defined $list) {
	open my $in, '<', $list or die "words: $list: $!\n";
	while (<$in>) {
		chomp;
		my ($kind, $text, $words) = split /\t/;
		$page{$text} = $words if $kind eq 'refusal';
	}
}

sub sentence { # Is it for people, and not a path, an option or a format of something else?
	my $text = shift;
	return $text =~ /[a-z]{2,}[ ,:;]+[^ ]*[a-z%]/ && $text !~ m{^[-/%a-z_.\[\]<>]+$};
}

for my $file (@ARGV) {
	open my $in, '<', $file or die "words: $file: $!\n";
	my $code = do { local $/; <$in> };
	my ($last, $text, $table, $in_row, @calls) = ('', undef, '', 0);
	(my $name = $file) =~ s{.*src/}{};
	while ($code =~ m{\G(?:\s+|/\*.*?\*/|//[^\n]*|\#[^\n]*|"((?:[^"\\]|\\.)*)"|('(?:[^'\\]|\\.)*')|([A-Za-z_]\w*)|(.))}gs) {
		my ($string, $char, $word, $mark) = ($1, $2, $3, $4);
		if (defined $string) {
			$text = ($text // '') . $string;
			next;
		}
		next unless defined $char || defined $word || defined $mark;
		if (defined $text && defined $word && $word =~ /^(?:PRI\w+|CRIU_NS_VERSION)$/) { # a piece of a format
			$text .= $word =~ /^PRI/ ? 'd' : '%s';
			next;
		}
		if (defined $text) {
			my ($kind) = grep { defined } map { $kinds{$_} } reverse @calls;
			$kind //= $table ? $tables{$table}[$in_row++ ? 1 : 0] : 'part';
			$text =~ s/\\n/ /g;
			$text =~ s/\\"/"/g;
			push @lines, "$kind\t$name\t$text" if $kind && sentence($text);
			$text = undef;
		}
		if (defined $word) {
			$last = $word;
		} elsif (defined $mark) {
			$table = $last if $mark eq '[' && $tables{$last} && !@calls;
			$table = '' if $mark eq ';';
			$in_row = 0 if $mark eq '}';
			push @calls, $last if $mark eq '(';
			pop @calls if $mark eq ')';
			$last = '' unless $mark eq '[';
		}
	}
}
if (defined $list) {
	my %listed;
	for (@lines) {
		my ($kind, undef, $text) = split /\t/;
		$listed{"$kind\t$text" . ($kind eq 'refusal' ? "\t" . ($page{$text} // '???') : '')} = 1;
	}
	@lines = sort keys %listed;
}
print "$_\n" for @lines;
