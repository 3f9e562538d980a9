#!/bin/bash
# ext4 gives a file its blocks when it is written back. So each fsync of a small file that is new is a commit of the journal of
# its own, although all of the files were written before the first fsync. Where the writing of all is begun first
# (sync_file_range, SYNC_FILE_RANGE_WRITE, which waits for nothing) the first fsync commits for all of them, and the others find it
# done. Counted by the journal itself, in /proc/fs/jbd2. As root: it mounts an image.
set -eu
place=$(mktemp -d)
trap 'mountpoint -q "$place/disk" && umount "$place/disk"; rm -rf "$place"' EXIT
cd "$place"
apt-get download -qq e2fsprogs=1.47.0-2+b2 2>/dev/null
dpkg -x e2fsprogs_*.deb root
root/sbin/mke2fs -V 2>&1 | head -1
uname -sr | cut -d. -f1,2
truncate -s 200M image
root/sbin/mke2fs -q -t ext4 image
mkdir disk
mount -o loop image disk
journal=/proc/fs/jbd2/$(basename "$(findmnt -no SOURCE disk)")-8/info
cat >write.py <<'P'
import ctypes, os, sys
directory, early, journal = sys.argv[1], sys.argv[2] == "early", sys.argv[3]
libc = ctypes.CDLL(None)
commits = lambda: int(open(journal).readline().split()[0])
os.mkdir(directory)
files = [os.open(f"{directory}/{number}", os.O_CREAT | os.O_WRONLY) for number in range(64)]
for file in files: os.write(file, b"x" * 2000)
before = commits()
if early:
    for file in files: libc.sync_file_range(file, ctypes.c_int64(0), ctypes.c_int64(0), 2)
for file in files: os.fsync(file)
print(commits() - before)
P
plain=$(python3 write.py disk/plain plain "$journal")
early=$(python3 write.py disk/early early "$journal")
echo "64 new files of 2 KB, then 64 fsync: $plain commits; with sync_file_range of all of them before: $early"
[ "$plain" -ge 60 ] && [ "$early" -le 4 ] || { echo "this has changed"; exit 1; }
