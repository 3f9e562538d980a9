public import LinuxSystem
public import RotationCore

/// What an administrator looks at: logs with their archives, who writes and who follows them, spaces, held files, what
/// earlier runs left unfinished. It only looks.
public struct Overview: Sendable {
    /// A log.
    public struct Log: Sendable {
        /// Its path.
        public var path: Path
        /// Where the stanza that governs it begins; nil where the log is gone and only its archives are left.
        public var stanza: SourceLocation?
        /// Its status; nil where it is not there.
        public var status: FileStatus?
        /// What of it is not archived yet, in bytes.
        public var pendingBytes: Int64 = 0
        /// What the next run does about it.
        public var decision: Decision
        /// When it is due.
        public var next: NextDue
        /// When it was last rotated.
        public var lastRotated: CivilTime?
        /// How it is emptied, as the directive says it: `auto`, `rename`, `copy`...
        public var method: String
        /// Its archives, the oldest first.
        public var archives: [SpaceFile] = []
        /// Who writes to it.
        public var writers: [Holder] = []
        /// Who has it open and only reads.
        public var followers: [Holder] = []

        /// What its archives occupy, in bytes.
        public var archivedBytes: Int64 { archives.reduce(0) { $0 + $1.allocatedBytes } }
        /// What it occupies with its archives, in bytes.
        public var totalBytes: Int64 { archivedBytes + (status?.allocatedBytes ?? 0) }
    }

    /// A tree with limits.
    public struct Space: Sendable {
        /// What it occupies, and its limits.
        public var figures: SpaceFigures
        /// Where its block begins.
        public var location: SourceLocation
        /// What takes it.
        public var inventory: SpaceInventory
    }

    /// A renamed log that somebody still writes to.
    public struct Unreleased: Sendable {
        /// What it is called now.
        public var path: Path
        /// The log that it was.
        public var log: Path
        /// What it occupies, in bytes.
        public var allocatedBytes: Int64
        /// Who has it open.
        public var holders: [Holder]
    }

    /// Every log that is there or has archives, in the stanzas' order.
    public internal(set) var logs: [Log] = []
    /// The spaces.
    public internal(set) var spaces: [Space] = []
    /// Deleted files that processes hold; nil where /proc cannot be read.
    public internal(set) var held: HeldFiles?
    /// Renamed logs that are not released.
    public internal(set) var unreleased: [Unreleased] = []
    /// Cuts that an earlier run could not finish.
    public internal(set) var unresolved: [JournalEntry] = []
    /// The run before.
    public internal(set) var lastRun: LastRun?
    /// The watch that is there; nil: none.
    public internal(set) var watch: WatchRecord?
    /// What is wrong with the configuration, or with logs.
    public internal(set) var problems: [Problem] = []
    /// Why not every process could be looked into; nil where all were.
    public internal(set) var gap: String?
    /// How many files the configuration was read from, and how many stanzas they have.
    public internal(set) var stanzaCount = 0

    /// Something that is wrong.
    public struct Problem: Hashable, Sendable {
        /// What it is about.
        public var path: Path
        /// A sentence.
        public var message: String
        /// Whether a run ends with 1 for it.
        public var isError: Bool
    }
}

/// What is known of the run before.
public struct LastRun: Hashable, Sendable {
    /// When it ended; of one that is at work, when it last wrote something down.
    public var at: Timestamp
    /// How it ended: its exit status.
    public var exitStatus: Int32
    /// Whether a run is at work now.
    public var isAtWork: Bool

    /// A run.
    public init(at: Timestamp, exitStatus: Int32, isAtWork: Bool) {
        self.at = at
        self.exitStatus = exitStatus
        self.isAtWork = isAtWork
    }
}
