#!/bin/bash
# rsyslog's imfile, as it is by default (reopenOnTruncate is off): when a file that it follows becomes smaller, nothing of
# what is written is delivered until the file is larger than it was; what was written until then never is.
set -eu
place=$(mktemp -d)
trap 'kill "$daemon" 2>/dev/null || :; rm -rf "$place"' EXIT
daemon=
cd "$place"
apt-get download -qq rsyslog=8.2302.0-1+deb12u2 libestr0 libfastjson4 2>/dev/null
for package in *.deb; do dpkg -x "$package" root; done
libraries=$place/root/usr/lib/x86_64-linux-gnu
export LD_LIBRARY_PATH=$libraries
"$place/root/usr/sbin/rsyslogd" -v | head -1
cat >conf <<END
global(workDirectory="$place")
module(load="$libraries/rsyslog/imfile.so")
template(name="line" type="string" string="%msg%\n")
input(type="imfile" File="$place/log" Tag="t")
action(type="omfile" file="$place/got" template="line")
END
for number in $(seq 1 1000); do echo "before $number"; done >log
"$place/root/usr/sbin/rsyslogd" -n -M "$libraries/rsyslog" -f "$place/conf" -i "$place/pid" &
daemon=$!
wait_for() { for _ in $(seq 100); do grep -qsx "$1" got && return; sleep 0.1; done; }
wait_for "before 1000"
truncate -s 0 log
sleep 2
for number in $(seq 1 2000); do echo "after $number" >>log; done
wait_for "after 2000"
kill "$daemon"
wait "$daemon" || :
lost=$((2000 - $(grep -c '^after [0-9]*$' got)))
echo "1,000 lines were followed, the file was truncated, 2,000 lines appended: $lost of these never came"
grep '^after\|[^ ]*after' got | head -2
[ "$lost" -gt 100 ] || { echo "this has changed"; exit 1; }
