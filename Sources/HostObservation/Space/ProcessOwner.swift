import LinuxSystem

/// Whose a process is.
public enum ProcessOwner {
    /// The effective user, from /proc/PID/status; nil where it has ended. proc_pid_status(5)
    public static func user(of process: Int32) -> UInt32? {
        guard let file = try? Descriptor.open(Path("/proc/\(process)/status")),
            let bytes = try? file.readAll(limitBytes: 64 << 10)
        else { return nil }
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("Uid:") }
        // Real, effective, saved, file system.
        let numbers = line?.split(whereSeparator: \.isWhitespace).dropFirst().map { UInt32($0) }
        return numbers?.dropFirst().first ?? nil
    }
}
