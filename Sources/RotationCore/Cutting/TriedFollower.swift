public import LinuxSystem

/// Programs that were tried, and read on at once when a file they follow becomes smaller: nothing that is written then is
/// missed, and nothing is read twice where nothing was pending.
///
/// All others keep their size. rsyslogd 8.2302 (imfile) and syslog-ng 3.38 were tried and miss lines, so do the `tail -F` of
/// busybox 1.35 and of uutils 0.0.17, which look once a second; GNU's is woken by inotify(7).
public enum TriedFollower {
    /// The name of a process that may be one: /proc/PID/comm.
    public static let command: Path = "tail"
    /// What stands in its program, and in none of the others of that name.
    public static let mark = Array("GNU coreutils".utf8)
    /// Its program is smaller, in bytes; one that holds all of coreutils or busybox is not.
    public static let programLimitBytes = 512 << 10

    /// Whether a process is one.
    ///
    /// - Parameters:
    ///   - program: what it runs: /proc/PID/exe.
    ///   - usesInotify: whether it is woken, and does not look now and then.
    public static func isOne(command: Path, program: [UInt8], usesInotify: Bool) -> Bool {
        guard command == Self.command, usesInotify, program.count <= programLimitBytes else { return false }
        let first = mark[0]
        return program.indices.contains { index in
            program[index] == first && program[index...].starts(with: mark)
        }
    }
}
