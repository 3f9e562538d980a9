public import LinuxSystem

extension Settings {
    /// What a log may have that is not archived before it is due by its size, in bytes; nil: its size does not matter. The
    /// run's own rules decide in the end.
    public var watchedLimitBytes: Int64? {
        var limits: [Int64] = []
        if case .size(let bytes) = schedule { limits.append(max(1, bytes)) }
        if let bytes = maximumSizeBytes { limits.append(bytes.adding(1)) }
        if let bytes = maximumTotalBytes { limits.append((bytes / 2).adding(1)) }
        return limits.min()
    }
}

/// A log whose size matters: a size rule governs it, or what its tree may have.
public struct WatchedLog: Hashable, Sendable {
    /// Its path.
    public let path: Path
    /// Which file it is; nil where it is not there.
    public private(set) var identity: FileIdentity?
    /// Its size, and how fast that grows.
    public private(set) var growth: Growth
    /// Up to where it is archived, in bytes from its start.
    public private(set) var cutEnd: Int64
    /// What it may have of what is not archived, in bytes; nil: no rule of its own says so.
    public let limitBytes: Int64?
    /// The file system it is on, by its number in the book.
    public let fileSystem: Int
    /// The spaces it is in, by their numbers in the book.
    public let spaces: [Int]
    /// Whether a run by itself is of use: it is not broken, and a size is reached that this rule is about.
    public let isCuttable: Bool
    /// What the file system had taken at the last look, in bytes: a log has not grown by more than that grew.
    var takenBytesThen: Int64 = 0
    /// Its size when the last run for all logs began.
    var bytesAtWholeRun: Int64

    /// A log as it is seen for the first time.
    public init(
        path: Path, status: FileStatus?, cutEnd: Int64, limitBytes: Int64?, fileSystem: Int, spaces: [Int] = [],
        isCuttable: Bool = true, at now: Double
    ) {
        self.path = path
        identity = status?.identity
        self.cutEnd = cutEnd
        self.limitBytes = limitBytes
        self.fileSystem = fileSystem
        self.spaces = spaces
        self.isCuttable = isCuttable
        growth = Growth(bytes: status?.sizeBytes ?? 0, at: now)
        bytesAtWholeRun = growth.bytes
    }

    /// A further look.
    public mutating func note(_ status: FileStatus?, at now: Double) {
        guard status?.identity == identity else {
            identity = status?.identity
            cutEnd = 0
            growth.replace(status?.sizeBytes ?? 0, at: now)
            return
        }
        let size = status?.sizeBytes ?? 0
        // It was made small: by a run, or by somebody else.
        if size < cutEnd { cutEnd = 0 }
        growth.note(size, at: now)
    }

    /// What a run has archived of it.
    public mutating func noteCut(to end: Int64) {
        cutEnd = min(end, growth.bytes)
    }

    /// What was measured of it under another configuration.
    public mutating func takeGrowth(of other: WatchedLog, at now: Double) {
        let size = growth.bytes
        growth = other.growth
        takenBytesThen = other.takenBytesThen
        if other.identity == identity { bytesAtWholeRun = other.bytesAtWholeRun }
        if other.identity == identity { growth.note(size, at: now) } else { growth.replace(size, at: now) }
    }

    /// What is not archived yet, in bytes, as far as that is known from outside.
    public var pendingBytes: Int64 { max(0, growth.bytes.subtracting(cutEnd)) }

    /// What is left until its limit, in bytes; nil: it has none.
    public var roomBytes: Int64? { limitBytes.map { $0.subtracting(pendingBytes) } }

    /// Whether it has reached its limit.
    public var isOver: Bool { roomBytes.map { $0 <= 0 } ?? false }

    /// When to look at it again, by its own limit.
    public var nextLook: Double {
        // Who was seen once only has no rate yet: a new log may be a flood.
        guard growth.isMeasured else { return growth.at + WatchTimes.secondLookSeconds }
        guard let roomBytes else { return growth.at + WatchTimes.longestSeconds }
        return growth.at + WatchTimes.span(toLimit: roomBytes > 0 ? growth.seconds(toGrowBy: roomBytes) : 0)
    }
}
