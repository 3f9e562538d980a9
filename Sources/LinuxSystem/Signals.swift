import CLinux
import Glibc

/// Signals to this process that mean "stop at the next safe point".
public enum StopSignal {
    /// From now on SIGTERM, SIGINT and SIGHUP are only remembered, and SIGPIPE is ignored. So
    /// is SIGIO, which the kernel sends to the holder of a lease, and which would end it.
    public static func arm() throws(SystemError) {
        spillway_ignore_signals()
        try call("catch signals") { spillway_catch_stop_signals() }
    }

    /// Whether one has come.
    public static var arrived: Bool { spillway_stop_signal() != 0 }
}

/// The system's log: syslog(3).
public enum SystemLog {
    /// Opens it with the tag `spillway` and the facility daemon.
    public static func open() {
        // openlog(3) keeps the pointer: a literal lives as long as the process.
        let tag: StaticString = "spillway"
        tag.withUTF8Buffer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { openlog($0.baseAddress, LOG_PID, LOG_DAEMON) }
        }
    }

    /// Sends a line.
    public static func send(_ line: String, isError: Bool) {
        spillway_syslog(isError ? LOG_ERR : LOG_INFO, line)
    }
}

/// Whether a descriptor is a terminal: isatty(3).
public func isTerminal(_ descriptor: CInt) -> Bool {
    isatty(descriptor) == 1
}

/// Waits: nanosleep(2). A signal may end it early.
public func sleep(milliseconds: UInt32) {
    usleep(milliseconds * 1000)
}

/// Waits: nanosleep(2). A signal may end it early.
public func sleep(microseconds: UInt32) {
    usleep(microseconds)
}

/// As many descriptors as this process may have: setrlimit(2). A tree with thousands of directories needs them.
public func raiseDescriptorLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = min(limit.rlim_max, 65536)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

/// So many files this process may have open: getrlimit(2), RLIMIT_NOFILE.
public func descriptorLimit() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return Int.max }
    return Int(clamping: limit.rlim_cur)
}

/// How large a file system is, and what is free of it: statvfs(3).
public struct FileSystemSize: Hashable, Sendable {
    /// All bytes.
    public var totalBytes: Int64
    /// Bytes that a process without rights could still write.
    public var availableBytes: Int64
    /// All inodes; 0 where the file system counts none.
    public var totalInodes: Int64
    /// Inodes that are free.
    public var availableInodes: Int64

    /// A size and what is left of it.
    public init(totalBytes: Int64, availableBytes: Int64, totalInodes: Int64, availableInodes: Int64) {
        self.totalBytes = totalBytes
        self.availableBytes = availableBytes
        self.totalInodes = totalInodes
        self.availableInodes = availableInodes
    }

    /// The file system that a path is on.
    public static func of(_ path: Path) throws(SystemError) -> FileSystemSize {
        var raw = statvfs()
        try path.withCString { pointer throws(SystemError) in
            _ = try call("measure the file system of", path) { statvfs(pointer, &raw) }
        }
        return FileSystemSize(raw)
    }

    init(_ raw: statvfs) {
        // FUSE and network file systems answer what they like.
        func bytes(_ blocks: UInt) -> Int64 {
            let (product, overflow) = Int64(clamping: blocks).multipliedReportingOverflow(
                by: Int64(clamping: raw.f_frsize))
            return overflow ? .max : product
        }
        self.init(
            totalBytes: bytes(raw.f_blocks), availableBytes: bytes(raw.f_bavail),
            totalInodes: Int64(clamping: raw.f_files), availableInodes: Int64(clamping: raw.f_favail))
    }
}
