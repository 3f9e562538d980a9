public import LinuxSystem

/// What a tree misses of its limits.
public struct SpaceNeed: Hashable, Sendable {
    /// What it has more than its budget, in bytes; 0 where that cannot be helped, because what is not ours is more.
    public var budgetMissingBytes: Int64 = 0
    /// The budget, in bytes.
    public var budgetBytes: Int64 = 0
    /// What its file system misses of its floor, in bytes.
    public var floorMissingBytes: Int64 = 0
    /// The floor, in bytes.
    public var floorBytes: Int64 = 0
    /// Whether it has too few inodes.
    public var isBelowInodeFloor = false

    /// What a tree misses.
    ///
    /// - Parameter reclaims: deleted files that are held can make room too, of which nothing is known here.
    public init(_ inventory: SpaceInventory, usedBytes: Int64, _ limits: SpaceLimits, reclaims: Bool = false) {
        if let budget = limits.budgetBytes, inventory.foreignBytes <= budget {
            budgetBytes = budget
            budgetMissingBytes = max(0, usedBytes.subtracting(budget))
        }
        if let floor = limits.minimumFreeBytes {
            floorBytes = floor
            if floor > limits.freeBytes {
                // What cutting the live logs brings is known only afterwards: at the most it is all of them.
                let reachable = limits.freeBytes.adding(EvictionPlanner.reachableBytes(inventory))
                let isJustified = reclaims || limits.justifies(reachableBytes: reachable)
                floorMissingBytes = isJustified ? floor.subtracting(limits.freeBytes) : 0
            }
        }
        isBelowInodeFloor = limits.freeInodes < limits.minimumFreeInodes ?? 0
    }

    /// What follows from it.
    public func pressure(missingRoomBytes: Int64?, reclaims: Bool) -> SpacePressure {
        SpacePressure(
            isOverBudget: budgetMissingBytes > 0, isBelowFloor: floorMissingBytes > 0 || isBelowInodeFloor,
            missingRoomBytes: missingRoomBytes, reclaimsHeld: reclaims)
    }
}

/// Which live logs a tree wants rotated although their own rules do not say so.
public enum SpaceDemand {
    /// A live log of the tree.
    public struct Log: Hashable, Sendable {
        /// The log, and what is in it.
        public var log: LiveLog
        /// Whether it is rotated in any case.
        public var isDue: Bool
        /// Whether rotating it is possible and makes it smaller.
        public var isRotatable: Bool

        /// A live log.
        public init(log: LiveLog, isDue: Bool, isRotatable: Bool) {
            self.log = log
            self.isDue = isDue
            self.isRotatable = isRotatable
        }
    }

    /// The logs, each with the reason: because all live logs together are too much, or because something is missing that
    /// the rotations that come in any case do not bring.
    public static func plan(_ logs: [Log], _ rule: SpaceRule, _ need: SpaceNeed) -> [Path: DueReason] {
        var demands: [Path: DueReason] = [:]
        let usable = logs.filter { $0.isDue || $0.isRotatable }
        if let limits = rule.live, let rotation = LiveRotation.plan(usable.map(\.log), limits: limits) {
            for log in rotation.logs where log.bytes > 0 {
                demands[log.path] = .liveTotal(
                    bytes: log.bytes, totalBytes: rotation.totalBytes, triggerBytes: limits.triggerBytes,
                    targetBytes: limits.targetBytes)
            }
        }
        let coming = usable.filter { $0.isDue || demands[$0.log.path] != nil }
        let freed = coming.reduce(Int64(0)) { $0.adding(SpaceRotation.yield(of: $1.log.bytes)) }
        let others = usable.filter { !$0.isDue && demands[$0.log.path] == nil }.map(\.log)
        let isFloor = need.floorMissingBytes >= need.budgetMissingBytes
        let missing = isFloor ? need.floorMissingBytes : need.budgetMissingBytes
        let limit = isFloor ? need.floorBytes : need.budgetBytes
        let unmet: EvictionRule = isFloor ? .freeFloor(limitBytes: limit) : .budget(limitBytes: limit)
        for log in SpaceRotation.plan(others, missingBytes: missing.subtracting(freed), limitBytes: limit) {
            demands[log.path] = .space(rule.directory, unmet, missingBytes: missing)
        }
        return demands
    }

    /// A few blocks for names and the like.
    private static let slackBytes: Int64 = 64 << 10

    /// What a rotation needs to have free while it works, in bytes. A cut in place needs nothing.
    public static func room(forBytes bytes: Int64, _ settings: Settings) -> Int64 {
        switch settings.technique {
        case .inPlace where settings.signal == nil: 0
        case .rename where settings.compression == nil || settings.delaysCompression: slackBytes
        case .inPlace, .rename: bytes / 4 + slackBytes
        case .copy, .renamecopy: (settings.compression == nil ? bytes : bytes / 4) + slackBytes
        }
    }
}

extension QuietReason {
    /// Whether it is only its time or its size that keeps a log from being rotated.
    public var isOfTimeOrSize: Bool {
        switch self {
        case .belowSize, .notElapsed, .firstSeen, .belowMinimumSize, .tooYoung: true
        case .missing, .symbolicLink, .notRegular, .hardLinks, .empty, .unchangedSinceCopy, .sameFile, .unresolved,
            .waits:
            false
        }
    }
}
