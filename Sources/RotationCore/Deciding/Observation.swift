public import LinuxSystem

/// What was seen of a log.
public struct LogObservation: Hashable, Sendable {
    /// What stands under the log's name.
    public enum Finding: Hashable, Sendable {
        /// Nothing.
        case missing
        /// A file, a directory, a link...
        case present(FileStatus)
        /// It could not be looked at.
        case unreadable(String)
    }

    private struct Parts: Hashable, Sendable {
        var path: Path
        var finding: Finding
        var directory: CopyOnWrite<FileStatus>?
        var lastRotated: CivilTime?
        var isLiteral: Bool
        var isUnresolved = false
        var cutEnd: Int64 = 0
        var closer: CopyOnWrite<CloserLook>?
    }

    /// What most logs are not looked at for.
    private struct CloserLook: Hashable, Sendable {
        var sameFile: Path?
        var exactPendingBytes: Int64?
        var isBinary = false
        var head = HeadFinding.none
        var holders: HolderKnowledge?
        var hindrance: CutHindrance?
        var isUnheld = false
        var wasAbandoned = false
    }

    // What was seen is handed from the observer to the planner and the report, for ten thousand logs.
    private var parts: CopyOnWrite<Parts>

    private mutating func lookCloser(_ change: (inout CloserLook) -> Void) {
        var look = parts.value.closer ?? CopyOnWrite(CloserLook())
        // Changed in its place, unless another observation has the same.
        parts.value.closer = nil
        change(&look.value)
        parts.value.closer = look
    }

    /// What was seen of a log.
    public init(
        path: Path, finding: Finding, directory: FileStatus?, lastRotated: CivilTime? = nil, isLiteral: Bool = true,
        sameFile: Path? = nil
    ) {
        parts = CopyOnWrite(
            Parts(
                path: path, finding: finding, directory: directory.map { CopyOnWrite($0) }, lastRotated: lastRotated,
                isLiteral: isLiteral))
        if let sameFile { self.sameFile = sameFile }
    }

    /// What was seen of a log that is in the same directory as another one, whose status they share; of the first in its
    /// directory where `neighbour` is nil.
    ///
    /// - Parameter isUnresolved: whether an earlier run's cut of it could not be finished yet.
    public init(
        path: Path, finding: Finding, beside neighbour: LogObservation?, directory: FileStatus?,
        lastRotated: CivilTime?, isLiteral: Bool, sameFile: Path?, cutEnd: Int64, isUnresolved: Bool
    ) {
        parts = CopyOnWrite(
            Parts(
                path: path, finding: finding,
                directory: neighbour.map { $0.parts.value.directory } ?? directory.map { CopyOnWrite($0) },
                lastRotated: lastRotated, isLiteral: isLiteral, isUnresolved: isUnresolved, cutEnd: cutEnd))
        if let sameFile { self.sameFile = sameFile }
    }

    /// The log's path.
    public var path: Path {
        _read { yield parts.value.path }
        _modify { yield &parts.value.path }
    }
    /// What stands there.
    public var finding: Finding {
        _read { yield parts.value.finding }
        _modify { yield &parts.value.finding }
    }
    /// Mode and owner of its directory; nil where that is missing.
    public var directory: FileStatus? { parts.value.directory?.value }
    /// When it was last rotated, as the state file has it.
    public var lastRotated: CivilTime? {
        _read { yield parts.value.lastRotated }
        _modify { yield &parts.value.lastRotated }
    }
    /// Whether somebody named it, or a wildcard found it.
    public var isLiteral: Bool {
        _read { yield parts.value.isLiteral }
        _modify { yield &parts.value.isLiteral }
    }
    /// Another path to the same inode, which is the log that is rotated.
    public var sameFile: Path? {
        get { parts.value.closer?.value.sameFile }
        set { lookCloser { $0.sameFile = newValue } }
    }
    /// Where it was cut: everything before is hole, NULs or padding, and counts as nothing.
    public var cutEnd: Int64 {
        _read { yield parts.value.cutEnd }
        _modify { yield &parts.value.cutEnd }
    }
    /// What of it is not archived yet, in bytes, where the log itself was asked.
    public var exactPendingBytes: Int64? {
        get { parts.value.closer?.value.exactPendingBytes }
        set { lookCloser { $0.exactPendingBytes = newValue } }
    }
    /// Whether it holds records, where the log itself was asked.
    public var isBinary: Bool {
        get { parts.value.closer?.value.isBinary ?? false }
        set { lookCloser { $0.isBinary = newValue } }
    }
    /// What is known of its head where the ledger does not tell, and the log itself was asked.
    public var head: HeadFinding {
        get { parts.value.closer?.value.head ?? .none }
        set { lookCloser { $0.head = newValue } }
    }
    /// Who has it open, where that was looked at.
    public var holders: HolderKnowledge? {
        get { parts.value.closer?.value.holders }
        set { lookCloser { $0.holders = newValue } }
    }
    /// Why nothing can be taken out of it in place, where that was looked at.
    public var hindrance: CutHindrance? {
        get { parts.value.closer?.value.hindrance }
        set { lookCloser { $0.hindrance = newValue } }
    }
    /// Whether nobody has it open, where `abandoned` asks for that.
    public var isUnheld: Bool {
        get { parts.value.closer?.value.isUnheld ?? false }
        set { lookCloser { $0.isUnheld = newValue } }
    }
    /// Whether an earlier run archived it whole because nobody had it any more.
    public var wasAbandoned: Bool {
        get { parts.value.closer?.value.wasAbandoned ?? false }
        set { lookCloser { $0.wasAbandoned = newValue } }
    }
    /// Whether an earlier run's cut of it could not be finished yet.
    public var isUnresolved: Bool {
        _read { yield parts.value.isUnresolved }
        _modify { yield &parts.value.isUnresolved }
    }

    /// What of it is not archived yet, in bytes: at the most, unless the log itself was asked.
    public var pendingBytes: Int64 {
        exactPendingBytes ?? max(0, (status?.sizeBytes ?? 0) - cutEnd)
    }

    /// Its status, where it is there.
    public var status: FileStatus? {
        if case .present(let status) = finding { return status }
        return nil
    }
}

/// A name in a directory of archives.
public struct ArchiveEntry: Hashable, Sendable {
    /// The bare name.
    public var name: Path
    /// Its status.
    public var status: FileStatus
    /// Whether a stanza has it for a log: then it is nobody's archive, whatever it is called.
    public var isLog: Bool
    /// Whether it is a plain archive whose compressed form is there too, complete and with the same content: a run was
    /// ended between the two.
    public var isDuplicate: Bool
    /// What is known of it where it is a renamed log that is not released.
    public var unreleased: UnreleasedObservation?

    /// A name in a directory of archives.
    public init(name: Path, status: FileStatus, isLog: Bool = false, isDuplicate: Bool = false) {
        self.name = name
        self.status = status
        self.isLog = isLog
        self.isDuplicate = isDuplicate
    }
}

/// What was seen of a renamed log that somebody still writes, or did in the last run.
public struct UnreleasedObservation: Hashable, Sendable {
    /// Whether no writer is left.
    public var isReleased: Bool
    /// What of it is not archived yet, in bytes.
    public var pendingBytes: Int64
    /// The bare name of the archive that parts of it are in.
    public var parts: Path?
    /// Whether its writers were told to open a new log.
    public var isTold: Bool
    /// Whether there is no new log.
    public var isLogMissing: Bool
    /// Whether it holds records, which are archived as a whole or not at all.
    public var isBinary = false
    /// Whether all of it is in an archive that was made of it: only its removal is left to be done.
    public var isCopied = false

    /// What was seen of a renamed log.
    public init(
        isReleased: Bool, pendingBytes: Int64, parts: Path? = nil, isTold: Bool = true, isLogMissing: Bool = false
    ) {
        self.isReleased = isReleased
        self.pendingBytes = pendingBytes
        self.parts = parts
        self.isTold = isTold
        self.isLogMissing = isLogMissing
    }
}

/// What was seen of the directory that a log's archives are in.
public struct ArchiveObservation: Hashable, Sendable {
    /// The directory.
    public var directory: Path
    /// Its status; nil where it is missing.
    public var status: FileStatus?
    /// Its entries whose names could be archives of the log.
    public var entries: [ArchiveEntry]
    /// Whether a log cannot be renamed to there: it is on another file system, or mounted elsewhere.
    public var isElsewhere: Bool
    /// What `renamecopy` of an earlier run left behind under its temporary name.
    public var leftover: FileStatus?
    /// What is known of it where an earlier run of spillway has renamed it, and nobody else.
    public var renamedAside: UnreleasedObservation?

    /// What was seen of the directory.
    public init(
        directory: Path, status: FileStatus?, entries: [ArchiveEntry] = [], isElsewhere: Bool = false,
        leftover: FileStatus? = nil
    ) {
        self.directory = directory
        self.status = status
        self.entries = entries
        self.isElsewhere = isElsewhere
        self.leftover = leftover
    }
}
