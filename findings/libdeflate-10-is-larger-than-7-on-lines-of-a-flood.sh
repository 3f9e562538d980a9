#!/bin/bash
# Levels of libdeflate are no order of sizes for a log in which two lines take turns and only their times change: level 10, the
# first of those that look for the cheapest way, makes a tenth more of it than level 7, and nearly a fifth more than level 9;
# level 5 makes more than level 2. From 11 on it is smaller again. Who wants small archives of such logs tries levels on a sample.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
apt-get download -qq libdeflate-tools=1.14-1 libdeflate0=1.14-1 2>/dev/null
for package in *.deb; do dpkg -x "$package" root; done
LD_LIBRARY_PATH=$(dirname "$(find "$PWD/root" -name 'libdeflate.so.0')")
export LD_LIBRARY_PATH
deflate() { root/usr/bin/libdeflate-gzip "$@"; }
deflate -V | head -1
awk 'BEGIN {
    while (bytes < 8000000) {
        time += 1200
        if (time % 48000 == 0) pending = (pending + 1) % 32
        stamp = sprintf("Nov 30 00:%02d:%02d.%06d: ", int(time / 60000000) % 60, int(time / 1000000) % 60, time % 1000000)
        line = stamp "/dev/VG/VHD-1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0: watchdog timeout: pending requests idle for " pending " seconds\n"
        line = line stamp "check_progress: vbd 51712: state: 0x00000001, pending: " pending "\n"
        bytes += length(line)
        printf "%s", line
    }
}' >log
declare -a size
for level in 2 5 7 9 10 11; do
    deflate -$level -c log >log.gz
    gzip -dc log.gz | cmp - log
    size[level]=$(stat -c %s log.gz)
    echo "level $level: ${size[level]} bytes of $(stat -c %s log)"
done
[ "${size[5]}" -gt "${size[2]}" ] && [ "${size[10]}" -gt $((size[7] * 108 / 100)) ] && [ "${size[10]}" -gt $((size[9] * 115 / 100)) ] \
    && [ "${size[11]}" -lt "${size[9]}" ] || { echo "this has changed"; exit 1; }
