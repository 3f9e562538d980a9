public import LinuxSystem
public import RotationCore

/// What happens in a run, as it happens.
public enum RunEvent: Sendable {
    /// A stanza's plan is made, and is carried out next unless it is a dry run.
    case planned(StanzaPlan)
    /// What is done for space is planned, and is carried out next unless it is a dry run.
    case spacePlanned(SpacePlan)
    /// A step begins.
    case began(PlannedStep)
    /// A step is over.
    case ended(PlannedStep, StepResult)
    /// Long work goes on.
    case progress(Path, doneBytes: Int64, totalBytes: Int64)
    /// Something is wrong with a path.
    case problem(RunProblem)
    /// What logrotate would say here on the way, where somebody wants to read that.
    case trace(String)
}

/// Something that went wrong, or that needs saying.
public struct RunProblem: Hashable, Sendable {
    /// Which log, pattern or file it is about.
    public var path: Path
    /// A sentence that names the file.
    public var message: String
    /// Whether it makes the exit status 1.
    public var isError: Bool
    /// Whether it was told within the last hour, and need not be now.
    public var wasToldBefore: Bool
    /// What logrotate says instead, or before its words for `step`; nil where it has no such words.
    public var logrotate: LogrotateText?
    /// The step that failed.
    public var step: PlannedStep?
}

/// What a run did.
public struct RunReport: Sendable {
    /// Every step with its result; without results where it was a dry run.
    public var steps: [(planned: PlannedStep, result: StepResult?)] = []
    /// Why logs are due.
    public var dueReasons: [Path: DueReason] = [:]
    /// What went wrong.
    public var problems: [RunProblem] = []
    /// Bytes that removals and compression gave back.
    public var freedBytes: Int64 = 0
    /// Logs looked at.
    public var logCount = 0
    /// Logs that were rotated, or would be.
    public var rotatedCount = 0
    /// Logs that something went wrong with; what is not a log's own does not count here.
    public var failedLogs: Set<Path> = []
    /// What the spaces occupy at the end, as far as that is known.
    public var spaces: [SpaceFigures] = []
    /// The file whose lock another run held, so that nothing was done: the state, or the journal.
    public var busyLock: Path?
    /// Whether nothing was done because the state cannot be used.
    public var isWithoutState = false
    /// Whether another run held a lock, so that nothing was done.
    public var lockWasBusy: Bool { busyLock != nil }

    /// Whether something failed.
    public var hasErrors: Bool { problems.contains(where: \.isError) }
}
