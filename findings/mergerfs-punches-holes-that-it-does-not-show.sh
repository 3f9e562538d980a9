#!/bin/bash
# mergerfs passes fallocate(2) PUNCH_HOLE on to the branch, so that the space is given back, and has no lseek(2) of its own:
# SEEK_DATA and SEEK_HOLE say that the file has no hole. Whoever goes by them reads, copies and archives the NULs. On the
# branch itself the hole is there.
set -eu
place=$(mktemp -d)
trap 'umount "$place/pool" 2>/dev/null || :; umount "$place/branch" 2>/dev/null || :; rm -rf "$place"' EXIT
cd "$place"
apt-get download -qq mergerfs=2.33.5-1 2>/dev/null
dpkg -x mergerfs_*.deb root
dpkg-deb -f mergerfs_*.deb Package Version
mkdir branch pool
truncate -s 64M image
/sbin/mkfs.ext4 -q -F image
mount -o loop image branch
root/usr/bin/mergerfs -o minfreespace=1M branch pool
seq 1 300000 >pool/log
blocks=$(stat -c %b pool/log)
fallocate --punch-hole --offset 0 --length 1048576 pool/log
echo "blocks before and after the hole: $blocks $(stat -c %b pool/log)"
data() { perl -e 'open(my $file, "<", $ARGV[0]) or die; print 0 + sysseek($file, 0, 3)' "$1"; }
pool=$(data pool/log)
branch=$(data branch/log)
echo "where the first data is: on mergerfs $pool, on its branch $branch"
[ "$(stat -c %b pool/log)" -lt "$blocks" ] && [ "$pool" = 0 ] && [ "$branch" = 1048576 ] ||
    { echo "this has changed"; exit 1; }
