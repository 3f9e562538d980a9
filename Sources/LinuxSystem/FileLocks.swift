import SystemPackage

/// Who has files locked, as the kernel lists it: /proc/locks.
public enum FileLocks {
    /// Whether somebody has a whole-file lock (flock(2)) on a file; false where the list cannot be read. Nothing is locked
    /// to find out.
    public static func isLocked(_ file: FileIdentity) -> Bool {
        guard let content = try? Descriptor.open("/proc/locks").readAll(limitBytes: 4 << 20) else { return false }
        return String(decoding: content, as: UTF8.self).split(separator: "\n").contains { line in
            names(file, in: line)
        }
    }

    /// A line is `1: FLOCK ADVISORY WRITE 812 fe:00:1234 0 EOF`: device by two hexadecimal numbers, then the inode. Waiting
    /// ones begin with an arrow.
    static func names(_ file: FileIdentity, in line: Substring) -> Bool {
        let words = line.split(separator: " ")
        guard words.count >= 6, words[1] == "FLOCK" else { return false }
        let parts = words[5].split(separator: ":")
        guard parts.count == 3, UInt64(parts[2]) == file.inode, let major = UInt64(parts[0], radix: 16),
            let minor = UInt64(parts[1], radix: 16)
        else { return false }
        // stat(2)'s device of btrfs and overlayfs is another one than the kernel's own: the inode has to do there.
        return file.isDevice(major: major, minor: minor) || major == 0
    }
}

extension FileIdentity {
    /// Whether this is the device with two numbers, as makedev(3) joins them.
    func isDevice(major: UInt64, minor: UInt64) -> Bool {
        device == (major & 0xfff) << 8 | (major & ~0xfff) << 32 | minor & 0xff | (minor & ~0xff) << 12
    }
}
