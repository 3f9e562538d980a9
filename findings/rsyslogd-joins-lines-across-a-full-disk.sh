#!/bin/bash
# rsyslog's omfile, as it is by default, on a disk that becomes full: the write that found no room left half a line behind, what
# comes meanwhile is lost, and when there is room again the next message is written right
# behind the half line. Both are lost to whoever reads lines. As root: it mounts 64 KiB of memory.
set -eu
[ "${1:-}" = inside ] || exec unshare --mount --pid --fork --kill-child --mount-proc "$0" inside
place=$(mktemp -d)
trap 'kill "$daemon" 2>/dev/null || :; umount "$place/disk" 2>/dev/null || :; rm -rf "$place"' EXIT
daemon=
cd "$place"
apt-get download -qq rsyslog=8.2302.0-1+deb12u2 libestr0 libfastjson4 2>/dev/null
for package in *.deb; do dpkg -x "$package" root; done
libraries=$place/root/usr/lib/x86_64-linux-gnu
export LD_LIBRARY_PATH=$libraries
"$place/root/usr/sbin/rsyslogd" -v | head -1
mkdir disk
mount -t tmpfs -o size=64k tmpfs disk
head -c 16384 /dev/zero >disk/other
cat >conf <<END
module(load="$libraries/rsyslog/imuxsock.so" sysSock.use="off")
input(type="imuxsock" socket="$place/socket" ratelimit.interval="0")
template(name="line" type="string" string="%msg:2:\$%\n")
user.* action(type="omfile" file="$place/disk/log" template="line")
END
"$place/root/usr/sbin/rsyslogd" -n -f conf -i pid -M "$libraries/rsyslog" 2>errors &
daemon=$!
until [ -S socket ]; do sleep 0.1; done
send() { # FIRST LAST
    perl -MIO::Socket::UNIX -e '
        my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Peer => $ARGV[0]) or die;
        for ($ARGV[1] .. $ARGV[2]) { printf $socket "<14>x: line %06d of a log that fills its disk", $_; $socket->flush }' "$place/socket" "$1" "$2"
}
send 1 2000
until [ "$(df --output=avail disk | tail -1)" -eq 0 ]; do sleep 0.1; done
sleep 1
rm disk/other
sleep 1
send 2001 2010
sleep 2
whole=$(grep -cx 'line [0-9]* of a log that fills its disk' disk/log || :)
joined=$(grep -vx 'line [0-9]* of a log that fills its disk' disk/log || :)
echo "2,000 lines were sent to a disk with room for some 1,100, then 16 KiB became free, then 10 more lines were sent."
echo "whole lines: $whole; no line: $joined"
grep -q '^line [0-9]* .*line 0020' <<<"$joined" && [ "$whole" -lt 1300 ] || { echo "this has changed"; exit 1; }
