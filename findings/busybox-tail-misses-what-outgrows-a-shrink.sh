#!/bin/bash
# `busybox tail -F` looks once a second at the size alone: a file that became smaller and then larger than it was between
# two looks is read on from the old position. GNU's tail is woken by inotify and misses nothing here.
set -eu
place=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || :; rm -rf "$place"' EXIT
cd "$place"
apt-get download -qq busybox=1:1.35.0-4+deb12u1+b1 2>/dev/null
dpkg -x busybox_*.deb root
root/bin/busybox 2>&1 | head -1
tail --version | head -1
for number in $(seq 1 1000); do echo "before $number"; done >log
root/bin/busybox tail -n +1 -F log >busybox 2>/dev/null &
tail -n +1 -F log >gnu 2>/dev/null &
for name in busybox gnu; do until grep -qsx "before 1000" $name; do sleep 0.1; done; done
sleep 0.5
truncate -s 0 log
sleep 0.1
for number in $(seq 1 2000); do echo "after $number"; done >>log
for name in busybox gnu; do until grep -qs "after 2000$" $name; do sleep 0.1; done; done
lost() { echo $((2000 - $(grep -c '^after [0-9]*$' "$1"))); }
echo "1,000 lines were followed, the file was truncated, 2,000 lines appended at once; never came:"
echo "busybox tail -F: $(lost busybox), GNU tail -F: $(lost gnu)"
[ "$(lost busybox)" -gt 100 ] && [ "$(lost gnu)" = 0 ] || { echo "this has changed"; exit 1; }
