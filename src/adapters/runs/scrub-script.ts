/**
 * Overwrites secrets in files, in place and at equal length, so that lines stay lines, JSON stays JSON, and the pages of a
 * database keep their places: a conversation can go on. Times of the files stay. Argument: file with lines `HEX NAME`, as
 * the filter of the output reads it. Standard input: paths, each with a NUL behind it. It prints how many files it changed,
 * and a line for each that it could not.
 *
 * Codex and OpenCode keep their last words in the write-ahead log of an SQLite database, whose frames carry checksums that
 * stand on one another: they are reckoned anew, else the database would take the rest of the log for torn. Not found is a
 * value that two pages of a database share, and what is packed.
 *
 * Source: sqlite.org/fileformat2.html, "The Write-Ahead Log"; perl-base, no module.
 */
export const SCRUB = `
use strict;
use warnings;
my %seen;
open(my $list, '<', $ARGV[0]) or exit 1;
while (<$list>) {
  my ($hex) = /^([0-9a-f]+) / or next;
  my $form = pack('H*', $hex);
  # A shorter one may stand anywhere by chance.
  $seen{$form} = 1 if length($form) >= 8;
}
close($list);
my @forms = sort { length($b) <=> length($a) } keys %seen;
exit 0 unless @forms;
my $longest = length($forms[0]);
my $any = join('|', map { quotemeta } @forms);
$any = qr/$any/;
my $PIECE = 1 << 20;
sub places {
  my ($file) = @_;
  my ($at, $text, $isWhole, @found) = (0, '', 0);
  until ($isWhole) {
    $isWhole = !sysread($file, $text, $PIECE, length($text));
    # What begins in the last bytes may be the head of a longer form: it is looked at with the next piece.
    my $sure = $isWhole ? length($text) : length($text) - $longest + 1;
    my $done = $sure < 0 ? 0 : $sure;
    pos($text) = 0;
    while ($text =~ /$any/g) {
      last if $-[0] >= $sure;
      push @found, [$at + $-[0], $+[0] - $-[0]];
      $done = $+[0] if $+[0] > $done;
    }
    $at += $done;
    substr($text, 0, $done) = '';
  }
  return @found;
}
sub put {
  my ($file, $at, $text) = @_;
  sysseek($file, $at, 0) // return 0;
  while (length($text)) {
    my $n = syswrite($file, $text) // return 0;
    substr($text, 0, $n) = '';
  }
  return 1;
}
sub sums {
  my ($text, $order, $one, $two) = @_;
  my @words = unpack("$order*", $text);
  for (my $at = 0; $at < @words; $at += 2) {
    $one = ($one + $words[$at] + $two) & 0xffffffff;
    $two = ($two + $words[$at + 1] + $one) & 0xffffffff;
  }
  return ($one, $two);
}
sub reckon {
  my ($file) = @_;
  sysseek($file, 0, 0);
  return 1 unless (sysread($file, my $head, 32) // 0) == 32;
  my ($magic, undef, $size) = unpack('N3', $head);
  return 1 unless $magic == 0x377f0682 || $magic == 0x377f0683;
  my $order = $magic & 1 ? 'N' : 'V';
  my $salts = substr($head, 16, 8);
  my ($one, $two) = sums(substr($head, 0, 24), $order, 0, 0);
  for (my $at = 32; ; $at += 24 + $size) {
    sysseek($file, $at, 0);
    last unless (sysread($file, my $frame, 24 + $size) // 0) == 24 + $size;
    # Frames of an older round stand behind those that count.
    last unless substr($frame, 8, 8) eq $salts;
    ($one, $two) = sums(substr($frame, 0, 8), $order, $one, $two);
    ($one, $two) = sums(substr($frame, 24), $order, $one, $two);
    put($file, $at + 16, pack('N2', $one, $two)) or return 0;
  }
  return 1;
}
my $changed = 0;
local $/ = "\\0";
while (my $path = <STDIN>) {
  chomp($path);
  open(my $file, '<:raw', $path) or next;
  my @found = places($file);
  close($file);
  next unless @found;
  my ($mode, $read, $written) = (stat($path))[2, 8, 9];
  my $isDone = open($file, '+<:raw', $path) || (chmod($mode | 0200, $path) && open($file, '+<:raw', $path));
  if ($isDone) {
    for my $place (@found) { $isDone &&= put($file, $place->[0], 'x' x $place->[1]); }
    $isDone &&= reckon($file);
    close($file);
    chmod($mode & 07777, $path);
    utime($read, $written, $path);
  }
  if ($isDone) { $changed += 1; } else { print "could not be changed: $path\\n"; }
}
print "$changed\\n";
`;
