public import HostObservation
public import LinuxSystem
public import RotationCore

/// What a run is asked for.
public struct RunOptions: Sendable {
    /// Configuration files and directories.
    public var configurations: [Path] = ["/etc/spillway.conf"]
    /// What is read in place of these files; nil: they are.
    public var recordedConfiguration: RecordedConfiguration?
    /// Whose defaults hold.
    public var dialect = Dialect.spillway
    /// Every log is due.
    public var force = false
    /// Nothing is changed.
    public var isDryRun = false
    /// The state file; nil is the default.
    public var statePath: Path?
    /// How its lock is asked for.
    public var lockMode = LockMode.tryOnce
    /// The journal; nil is the default.
    public var journalPath: Path?
    /// The mail command; nil is the default.
    public var mailCommand: String?
    /// Only logs whose paths match one of these; empty is all.
    public var only: [Path] = []
    /// Live logs are rotated for a floor when less than this more than the floor is free, in bytes: it will be taken before
    /// the work is done. Nothing is evicted for it.
    public var headroomBytes: Int64 = 0
    /// Every error is told, not once an hour.
    public var tellsEverything = false
    /// Somebody wants to read what logrotate says on the way.
    public var traces = false
    /// Programs' standard output goes to standard error, because a report goes to standard output.
    public var keepsStandardOutput = false
    /// The descriptor of `--log`, for scripts.
    public var logDescriptor: CInt?

    /// The defaults.
    public init() {}
}
