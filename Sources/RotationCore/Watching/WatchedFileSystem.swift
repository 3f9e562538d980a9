public import LinuxSystem

/// A file system that logs or spaces are on.
public struct WatchedFileSystem: Hashable, Sendable {
    /// A directory on it.
    public let place: Path
    /// Which it is.
    public let device: UInt64
    /// The floors of the `space` blocks on it.
    private let rules: [SpaceRule]
    /// What is free, as it was seen.
    public private(set) var size: FileSystemSize
    /// What is taken of it, and how fast that grows.
    public private(set) var growth: Growth
    /// What must stay free, in bytes; nil: nothing.
    public private(set) var floorBytes: Int64?
    /// Whether it has too few inodes.
    public private(set) var isBelowInodeFloor = false

    /// A file system as it is seen for the first time.
    public init(place: Path, device: UInt64, rules: [SpaceRule], size: FileSystemSize, at now: Double) {
        self.place = place
        self.device = device
        self.rules = rules
        self.size = size
        growth = Growth(bytes: size.totalBytes.subtracting(size.availableBytes), at: now)
        judge()
    }

    /// A further look.
    public mutating func note(_ size: FileSystemSize, at now: Double) {
        self.size = size
        growth.note(takenBytes, at: now)
        judge()
    }

    /// The same under another configuration: what was measured stays.
    public mutating func takeGrowth(of other: WatchedFileSystem) {
        growth = other.growth
    }

    /// What is taken, in bytes.
    public var takenBytes: Int64 { size.totalBytes.subtracting(size.availableBytes) }

    private mutating func judge() {
        let limits = rules.map { SpaceLimits($0, on: size) }
        floorBytes = limits.compactMap(\.minimumFreeBytes).max()
        isBelowInodeFloor = limits.contains { $0.freeInodes < $0.minimumFreeInodes ?? 0 }
    }

    /// What is left until the floor, in bytes; without one until nothing is free.
    public var roomBytes: Int64 { size.availableBytes.subtracting(floorBytes ?? 0) }

    /// What will be written before a run has done its work, in bytes, where the logs have so much to be archived: so much
    /// earlier the run begins.
    ///
    /// - Parameter bytesPerSecond: the rate of the logs on it, where that is known to be more: what a run frees meanwhile
    ///   hides what is written.
    public func headroomBytes(pendingBytes: Int64, bytesPerSecond: Double) -> Int64 {
        let rate = max(growth.bytesPerSecond, bytesPerSecond)
        let seconds = WatchTimes.reactionSeconds + Double(pendingBytes) / WatchTimes.archivedBytesPerSecond
        let wanted = Int64(exactly: (rate * seconds).rounded()) ?? .max
        return max(0, min(wanted, size.totalBytes.subtracting(floorBytes ?? 0) / 2))
    }

    /// When to look at it again.
    public func nextLook(headroomBytes: Int64) -> Double {
        let room = floorBytes == nil ? roomBytes : roomBytes.subtracting(headroomBytes)
        let measured = growth.seconds(toGrowBy: room)
        let flood = max(0, Double(roomBytes)) / WatchTimes.floodBytesPerSecond
        let seconds = min(measured ?? flood, flood)
        return growth.at
            + WatchTimes.span(toLimit: seconds, longest: WatchTimes.longestForFileSystemsSeconds)
    }
}
