public import LinuxSystem

/// What an administrator has to hear of first, the worst first by ``rank``.
public enum Trouble: Hashable, Sendable {
    /// A file system has less free than its floor, in bytes.
    case belowFloor(space: Path, freeBytes: Int64, floorBytes: Int64)
    /// It has fewer inodes free than its floor.
    case belowInodeFloor(space: Path, free: Int64, floor: Int64)
    /// A cut of an earlier run cannot be finished; how many there are.
    case unresolved(log: Path, count: Int)
    /// The last run failed.
    case lastRunFailed(exitStatus: Int32)
    /// Something is wrong with the configuration, or with logs: the first of so many.
    case problems(message: String, count: Int)
    /// A tree has more than its budget, in bytes.
    case overBudget(space: Path, usedBytes: Int64, budgetBytes: Int64)
    /// The last run is so long ago, and something should start one every minute.
    case stale(ageSeconds: Int64)
    /// No run ever ended here.
    case neverRan
    /// Deleted files are held, in bytes.
    case held(files: Int, bytes: Int64)
    /// A renamed log is not released; how many there are.
    case unreleased(path: Path, count: Int)

    /// Whether it cannot wait until the morning.
    public var isCritical: Bool { rank < 5 }

    /// The less, the worse.
    public var rank: Int {
        switch self {
        case .belowFloor: 0
        case .belowInodeFloor: 1
        case .unresolved: 2
        case .lastRunFailed: 3
        case .problems: 4
        case .overBudget: 5
        case .stale: 6
        case .neverRan: 7
        case .held: 8
        case .unreleased: 9
        }
    }
}
