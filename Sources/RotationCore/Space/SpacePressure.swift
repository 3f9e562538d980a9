import LinuxSystem

/// What is done for space, in this order: what destroys nothing first.
public enum SpaceMeasure: Hashable, Sendable {
    /// Evict what the work itself needs to have free, in bytes.
    case evictForRoom(neededBytes: Int64)
    /// Remove what earlier runs left behind.
    case removeLeftovers
    /// Remove what `rotate` and `maxage` do not keep.
    case expire
    /// Cut and compress these live logs, the biggest first, until the limits are met.
    case rotate([LiveLog])
    /// Evict.
    case evict
    /// Free deleted files that processes still hold.
    case reclaimHeld
}

/// How short space is, and what follows from it.
public struct SpacePressure: Hashable, Sendable {
    /// Whether the tree is over its budget.
    public var isOverBudget: Bool
    /// Whether its file system is below the floor.
    public var isBelowFloor: Bool
    /// What rotating needs to have free and has not; nil: there is room, or none is needed (the journal has its own).
    public var missingRoomBytes: Int64?
    /// Whether `reclaimheld` is on.
    public var reclaimsHeld: Bool

    /// How short space is.
    public init(isOverBudget: Bool, isBelowFloor: Bool, missingRoomBytes: Int64? = nil, reclaimsHeld: Bool = false) {
        self.isOverBudget = isOverBudget
        self.isBelowFloor = isBelowFloor
        self.missingRoomBytes = missingRoomBytes
        self.reclaimsHeld = reclaimsHeld
    }

    /// A smaller log is not worth it: its archive takes a block or two itself.
    public static let smallestWorthwhileBytes: Int64 = 64 << 10

    /// What is to be done, in order. After each the limits are looked at again, and the rest is left out once they are met.
    public func measures(live: [LiveLog]) -> [SpaceMeasure] {
        guard isOverBudget || isBelowFloor else { return [] }
        var measures: [SpaceMeasure] = []
        if let missingRoomBytes, missingRoomBytes > 0 {
            measures.append(.evictForRoom(neededBytes: missingRoomBytes))
        }
        measures += [.removeLeftovers, .expire]
        let worthwhile = live.filter { $0.bytes >= Self.smallestWorthwhileBytes }
        if !worthwhile.isEmpty {
            measures.append(.rotate(worthwhile.sorted { ($1.bytes, $0.path) < ($0.bytes, $1.path) }))
        }
        measures.append(.evict)
        // A file that has no name any more does not count for the tree.
        if isBelowFloor, reclaimsHeld { measures.append(.reclaimHeld) }
        return measures
    }
}

/// Whether removing archives helps at all: in a snapshot, or shared with another file by reflink, their blocks stay.
public struct RemovalProgress: Hashable, Sendable {
    private var fruitless = 0

    /// Nothing removed yet.
    public init() {}

    /// So many removals in a row that free nothing are enough.
    public static let patience = 2

    /// Notes a removal that should have freed something, and what was free before and after, in bytes.
    public mutating func note(removedBytes: Int64, freeBytesBefore: Int64, freeBytesAfter: Int64) {
        guard removedBytes > 0 else { return }
        fruitless = freeBytesAfter > freeBytesBefore ? 0 : fruitless + 1
    }

    /// Whether to stop: what is removed stays where it was.
    public var isFutile: Bool { fruitless >= Self.patience }
}
