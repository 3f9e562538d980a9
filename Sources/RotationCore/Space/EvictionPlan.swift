public import LinuxSystem

/// The limit that an archive is evicted for.
public enum EvictionRule: Hashable, Sendable {
    /// `maxtotal`: one log's own limit, in bytes.
    case maximumTotal(limitBytes: Int64)
    /// `budget`, in bytes.
    case budget(limitBytes: Int64)
    /// Room that the work needs, in bytes.
    case room(neededBytes: Int64)
    /// `minfree`, in bytes.
    case freeFloor(limitBytes: Int64)
    /// `minfreeinodes`.
    case inodeFloor(limit: Int64)
}

/// Why this archive and no other.
public enum EvictionChoice: Hashable, Sendable {
    /// It is the oldest of the log that is over its own limit, which had so many bytes then.
    case own(totalBytes: Int64)
    /// `evict fair`: it is the oldest of a log that had so much then, and no log below the level loses anything. Bytes, or
    /// files where inodes are short.
    case fair(level: Int64, total: Int64)
    /// `evict oldest`: of all that could go it is the oldest.
    case oldest
}

/// How far the eviction had to go.
public enum EvictionTier: Int, Comparable, CaseIterable, Hashable, Sendable {
    /// History that every limit may take.
    case surplus
    /// One of the newest `minkeep`, which only a floor takes.
    case kept
    /// A process has it open: only a floor takes it, last, and it is emptied, not only removed.
    case held

    /// The less, the earlier.
    public static func < (left: EvictionTier, right: EvictionTier) -> Bool { left.rawValue < right.rawValue }
}

/// Why an archive goes for space, as a step has it.
public struct EvictionReason: Hashable, Sendable {
    /// The limit it goes for.
    public var rule: EvictionRule
    /// Why this one.
    public var choice: EvictionChoice
    /// How far it had to go.
    public var tier: EvictionTier
    /// What it occupies, in bytes.
    public var bytes: Int64

    /// Why an archive goes.
    public init(rule: EvictionRule, choice: EvictionChoice, tier: EvictionTier, bytes: Int64) {
        self.rule = rule
        self.choice = choice
        self.tier = tier
        self.bytes = bytes
    }
}

/// An archive that goes for space.
public struct PlannedEviction: Hashable, Sendable {
    /// The archive, with its bytes and the inode it was planned for.
    public var file: SpaceFile
    /// Its log; nil for a file that `purge` names.
    public var log: Path?
    /// The limit it goes for.
    public var rule: EvictionRule
    /// Why this one.
    public var choice: EvictionChoice
    /// How far it had to go.
    public var tier: EvictionTier
}

/// What takes space, for messages.
public struct SpaceConsumer: Hashable, Sendable {
    /// What it is.
    public enum Kind: Hashable, Sendable {
        /// A log with its archives; so many logs that count as one.
        case log(count: Int)
        /// All files that `purge` names together.
        case purgeable
        /// A file that belongs to nobody here.
        case foreign
    }

    /// What it is.
    public var kind: Kind
    /// Its path; nil where it is many files.
    public var path: Path?
    /// What it occupies, in bytes.
    public var bytes: Int64

    /// What takes space.
    public init(kind: Kind, path: Path?, bytes: Int64) {
        self.kind = kind
        self.path = path
        self.bytes = bytes
    }
}

/// A limit that cannot be met.
public struct SpaceShortfall: Hashable, Sendable {
    /// What stands in the way.
    public enum Cause: Hashable, Sendable {
        /// What is not ours is more than the limit by itself: for that no history is destroyed.
        case foreign(bytes: Int64)
        /// All that may go is gone. What stays, in bytes: live logs, archives that are kept, archives whose removal would
        /// free nothing, everything else.
        case exhausted(liveBytes: Int64, keptBytes: Int64, stuckBytes: Int64, foreignBytes: Int64)
        /// All archives that may go would not be enough, and none goes. What takes the space, in bytes: live logs, those
        /// archives, archives whose removal would free nothing, everything else.
        case outOfReach(liveBytes: Int64, evictableBytes: Int64, stuckBytes: Int64, foreignBytes: Int64)
    }

    /// The limit.
    public var rule: EvictionRule
    /// The log, where it is one log's limit.
    public var log: Path?
    /// What is missing: bytes, or inodes.
    public var missing: Int64
    /// What stands in the way.
    public var cause: Cause
    /// What takes most, the largest first.
    public var consumers: [SpaceConsumer]

    /// A limit that cannot be met.
    public init(
        rule: EvictionRule, log: Path? = nil, missing: Int64, cause: Cause, consumers: [SpaceConsumer] = []
    ) {
        self.rule = rule
        self.log = log
        self.missing = missing
        self.cause = cause
        self.consumers = consumers
    }
}

/// What goes for space, in order, and what even that does not reach.
public struct EvictionPlan: Hashable, Sendable {
    /// What goes.
    public var evictions: [PlannedEviction] = []
    /// What cannot be met.
    public var shortfalls: [SpaceShortfall] = []

    /// What the evictions free if each frees what it occupies, in bytes.
    public var freedBytes: Int64 { evictions.reduce(0) { $0.adding($1.file.allocatedBytes) } }
}
