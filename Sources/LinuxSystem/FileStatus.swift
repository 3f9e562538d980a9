import Glibc

/// Which file it is, whatever its name: two paths with equal identities are one file.
public struct FileIdentity: Hashable, Sendable {
    /// The file system's device number.
    public var device: UInt64
    /// The inode's number there.
    public var inode: UInt64

    /// An identity from its two numbers.
    public init(device: UInt64, inode: UInt64) {
        self.device = device
        self.inode = inode
    }
}

/// What stat(2) says of a file.
public struct FileStatus: Hashable, Sendable {
    /// The type of a file.
    public enum Kind: Hashable, Sendable {
        case regular, directory, symbolicLink, other
    }

    /// Device and inode.
    public var identity: FileIdentity
    /// Its type.
    public var kind: Kind
    /// Permission bits, set-id and sticky bits: 07777.
    public var mode: UInt32
    /// The owner's number.
    public var owner: UInt32
    /// The group's number.
    public var group: UInt32
    // Narrow, because a run has a status of each of a hundred thousand logs.
    private var links: UInt32
    private var block: Int32
    /// Apparent size in bytes.
    public var sizeBytes: Int64
    /// What it occupies, in bytes.
    public var allocatedBytes: Int64
    /// Last change of the content.
    public var modified: Timestamp
    /// Last change of content, names or attributes; nobody can set it.
    public var changed: Timestamp

    /// Names it has; more than 4,294,967,295, which no file system takes, are as many.
    public var linkCount: UInt64 {
        get { UInt64(links) }
        set { links = UInt32(clamping: newValue) }
    }

    /// What the file system likes to be asked for at once, in bytes: its block, or more.
    public var blockBytes: Int64 {
        get { Int64(block) }
        set { block = Int32(clamping: newValue) }
    }

    /// Whether it is what takes a name until a file gets it: empty, and nobody's to use. Only a process that was killed in
    /// between leaves one.
    public var isPlaceholder: Bool { kind == .regular && sizeBytes == 0 && mode == 0 && linkCount == 1 }

    /// A status from its parts.
    public init(
        identity: FileIdentity, kind: Kind, mode: UInt32, owner: UInt32 = 0, group: UInt32 = 0, linkCount: UInt64 = 1,
        sizeBytes: Int64, allocatedBytes: Int64 = 0, modified: Timestamp, changed: Timestamp? = nil,
        blockBytes: Int64 = 4096
    ) {
        self.identity = identity
        self.kind = kind
        self.mode = mode
        self.owner = owner
        self.group = group
        links = UInt32(clamping: linkCount)
        block = Int32(clamping: blockBytes)
        self.sizeBytes = sizeBytes
        self.allocatedBytes = allocatedBytes
        self.modified = modified
        self.changed = changed ?? modified
    }

    init(_ raw: stat) {
        let kind: Kind =
            switch raw.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFLNK: .symbolicLink
            default: .other
            }
        self.init(
            identity: FileIdentity(device: UInt64(raw.st_dev), inode: UInt64(raw.st_ino)), kind: kind,
            mode: raw.st_mode & 0o7777, owner: raw.st_uid, group: raw.st_gid, linkCount: UInt64(raw.st_nlink),
            sizeBytes: Int64(raw.st_size), allocatedBytes: Int64(raw.st_blocks) * 512,
            modified: Timestamp(seconds: Int64(raw.st_mtim.tv_sec), nanoseconds: Int64(raw.st_mtim.tv_nsec)),
            changed: Timestamp(seconds: Int64(raw.st_ctim.tv_sec), nanoseconds: Int64(raw.st_ctim.tv_nsec)),
            blockBytes: Int64(raw.st_blksize))
    }
}

/// A point in time: seconds since 1970 in UTC, before it negative.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Whole seconds.
    public var seconds: Int64
    /// The rest, 0 to 999,999,999.
    public var nanoseconds: Int64 {
        get { Int64(fraction) }
        set { fraction = Int32(clamping: newValue) }
    }
    private var fraction: Int32

    /// A point in time.
    public init(seconds: Int64, nanoseconds: Int64 = 0) {
        self.seconds = seconds
        fraction = Int32(clamping: nanoseconds)
    }

    /// Seconds from an earlier time to this one, negative where it is a later one. Any time can stand on a file, so what
    /// does not fit becomes the most that does.
    public func seconds(since earlier: Timestamp) -> Int64 {
        let (difference, overflow) = seconds.subtractingReportingOverflow(earlier.seconds)
        guard overflow else { return difference }
        return seconds < earlier.seconds ? .min : .max
    }

    /// The earlier one is less.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// What the system's clock says (clock_gettime(2), CLOCK_REALTIME).
    public static func now() -> Timestamp {
        var raw = timespec()
        clock_gettime(CLOCK_REALTIME, &raw)
        return Timestamp(seconds: Int64(raw.tv_sec), nanoseconds: Int64(raw.tv_nsec))
    }
}

/// Seconds of a clock that nobody sets (CLOCK_MONOTONIC): for waiting and measuring.
public func monotonicSeconds() -> Double {
    var raw = timespec()
    clock_gettime(CLOCK_MONOTONIC, &raw)
    return Double(raw.tv_sec) + Double(raw.tv_nsec) / 1e9
}
