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

    /// The log's path.
    public var path: Path
    /// What stands there.
    public var finding: Finding
    /// Mode and owner of its directory; nil where that is missing.
    public var directory: FileStatus?
    /// When it was last rotated, as the state file has it.
    public var lastRotated: CivilTime?
    /// Whether somebody named it, or a wildcard found it.
    public var isLiteral: Bool
    /// Another path to the same inode, which is the log that is rotated.
    public var sameFile: Path?

    /// What was seen of a log.
    public init(
        path: Path, finding: Finding, directory: FileStatus?, lastRotated: CivilTime? = nil, isLiteral: Bool = true,
        sameFile: Path? = nil
    ) {
        self.path = path
        self.finding = finding
        self.directory = directory
        self.lastRotated = lastRotated
        self.isLiteral = isLiteral
        self.sameFile = sameFile
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

    /// A name in a directory of archives.
    public init(name: Path, status: FileStatus, isLog: Bool = false, isDuplicate: Bool = false) {
        self.name = name
        self.status = status
        self.isLog = isLog
        self.isDuplicate = isDuplicate
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
