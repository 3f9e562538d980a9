#!/bin/bash
# since knows files by device and inode alone: a log that is removed and made anew with the same inode (ext4 gives a freed
# inode to the next file) is read from the old position on, and its first lines never come.
set -eu
place=$(mktemp -d)
trap 'umount "$place/disk" 2>/dev/null || :; rm -rf "$place"' EXIT
cd "$place"
apt-get download -qq since=1.1-7 2>/dev/null
dpkg -x since_*.deb root
dpkg-deb -f since_*.deb Package Version
mkdir disk
truncate -s 16M image
/sbin/mkfs.ext4 -q -F image
mount -o loop image disk
for number in $(seq 1 100); do echo "before $number"; done >disk/log
first=$(stat -c %i disk/log)
root/usr/bin/since -q -s "$place/state" disk/log >/dev/null
rm disk/log
for number in $(seq 1 200); do echo "after $number"; done >disk/log
echo "inode before and after: $first $(stat -c %i disk/log)"
lost=$((200 - $(root/usr/bin/since -q -s "$place/state" disk/log | grep -c '^after [0-9]*$')))
echo "of 200 lines of the new file $lost never came"
[ "$lost" -gt 50 ] || { echo "this has changed"; exit 1; }
