public import LinuxSystem

/// The limits of a space in numbers.
public struct SpaceLimits: Hashable, Sendable {
    /// `budget`: what the tree may occupy, in bytes.
    public var budgetBytes: Int64?
    /// `minfree`: what must stay free on its file system, in bytes.
    public var minimumFreeBytes: Int64?
    /// `minfreeinodes`: how many inodes must.
    public var minimumFreeInodes: Int64?
    /// A `minfree` that no file system of this size can ever meet, in bytes: nothing is removed for it.
    public var impossibleFloorBytes: Int64?
    /// What the next work needs to have free, in bytes, where it cannot be done otherwise.
    public var roomBytes: Int64?
    /// What is free on the file system now, in bytes.
    public var freeBytes: Int64
    /// How many inodes are.
    public var freeInodes: Int64
    /// How large the file system is, in bytes; 0: that is not known.
    public var totalBytes: Int64 = 0
    /// Which archives pay.
    public var eviction: Eviction

    /// Limits in numbers. Without any only `maxtotal` is enforced.
    public init(
        budgetBytes: Int64? = nil, minimumFreeBytes: Int64? = nil, minimumFreeInodes: Int64? = nil,
        roomBytes: Int64? = nil, freeBytes: Int64 = .max, freeInodes: Int64 = .max, eviction: Eviction = .fair
    ) {
        self.budgetBytes = budgetBytes
        self.minimumFreeBytes = minimumFreeBytes
        self.minimumFreeInodes = minimumFreeInodes
        self.roomBytes = roomBytes
        self.freeBytes = freeBytes
        self.freeInodes = freeInodes
        self.eviction = eviction
    }

    /// The limits of a `space` block on a file system of this size. One that counts no inodes has no floor for them.
    public init(_ rule: SpaceRule, on size: FileSystemSize, roomBytes: Int64? = nil) {
        self.init(
            budgetBytes: rule.budget.map { $0.of(size.totalBytes) },
            minimumFreeBytes: rule.minimumFree.map { $0.of(size.totalBytes) },
            minimumFreeInodes: size.totalInodes > 0 ? rule.minimumFreeInodes.map { $0.of(size.totalInodes) } : nil,
            roomBytes: roomBytes, freeBytes: size.availableBytes,
            freeInodes: size.totalInodes > 0 ? size.availableInodes : .max, eviction: rule.eviction)
        totalBytes = size.totalBytes
        if let floor = minimumFreeBytes, floor >= size.totalBytes {
            impossibleFloorBytes = floor
            minimumFreeBytes = nil
        }
    }

    /// With less free than this a file system is short of room, whatever its floor is, in bytes: a hundredth of it, or 64 MiB
    /// where that is more (of a small one a sixteenth).
    private var scarceBytes: Int64 { max(totalBytes / 100, min(64 << 20, totalBytes / 16)) }

    /// Whether history goes for a floor that all of it cannot reach: only where that ends a shortage, and not for a number
    /// that nobody can have meant.
    ///
    /// - Parameter reachableBytes: what would be free without all that may go.
    public func justifies(reachableBytes: Int64) -> Bool {
        guard totalBytes > 0, reachableBytes < minimumFreeBytes ?? 0 else { return true }
        return freeBytes < scarceBytes && reachableBytes >= min(totalBytes / 100, 64 << 20)
    }

    /// Whether the file system has less free than it must, in bytes or inodes.
    public var isBelowFloor: Bool {
        freeBytes < minimumFreeBytes ?? 0 || freeInodes < minimumFreeInodes ?? 0
    }
}

extension Amount {
    /// The number that it stands for; a share is one of `total`.
    public func of(_ total: Int64) -> Int64 {
        switch self {
        case .bytes(let bytes): bytes
        case .percent(let share): Int64(exactly: (Double(total) * share / 100).rounded(.down)) ?? .max
        }
    }
}
