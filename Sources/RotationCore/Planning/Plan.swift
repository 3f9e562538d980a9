public import LinuxSystem

/// One thing that a run does. Paths are whole; the executor works relative to opened directories.
public enum Step: Hashable, Sendable {
    /// Runs a script of the stanza.
    case run(HookKind, Script, arguments: [Path])
    /// Makes the directory for archives.
    case makeDirectory(Path, Ownership)
    /// Gives an archive another number.
    case shift(Path, to: Path)
    /// Renames a log to its archive's name, or aside.
    case move(Path, to: Path)
    /// Creates the log anew, with the attributes of the old one unless others are given.
    case create(Path, Ownership)
    /// Writes what a log (or a renamed one) holds into an archive.
    case archive(Path, to: Path, compression: Compression?)
    /// Writes what a log holds into an archive and takes that out of the log, in place. Without an archive the log is only
    /// emptied.
    case cut(Path, to: Path?, compression: Compression?, CutPlan)
    /// Tells the writers of a renamed (or cut) log to open it anew.
    case signal(SignalRule, file: Path, [Holder])
    /// Finishes the cut of an earlier run.
    case recover(Path, archive: Path)
    /// Compresses an archive.
    case compress(Path, to: Path, Compression)
    /// Sends an archive, uncompressed.
    case mail(Path, address: String, subject: Path)
    /// Removes an archive, overwritten before that so many times (0: as shred(1) likes) if it is to be.
    case remove(Path, shredCycles: Int?)
    /// Frees a deleted file that these processes hold, and leaves them alone.
    case free(Path, [Holder])
}

/// Why a step is done.
public enum StepReason: Hashable, Sendable {
    /// It is part of a log's rotation.
    case rotation
    /// It makes room for the new archive's number.
    case numbering
    /// An archive was left uncompressed.
    case uncompressed
    /// There are more archives than `rotate` keeps.
    case surplus(limit: Int)
    /// It is older than `maxage`.
    case expired(ageSeconds: Int64, limitSeconds: Int64)
    /// It has been copied into its archive.
    case copied
    /// It is there compressed too: an earlier run was ended before it removed this one.
    case duplicate
    /// An earlier run could not finish with it.
    case leftover
    /// There was no room for the rest of the work.
    case room
    /// It was renamed, and its writers go on writing to it.
    case unreleased
    /// Its writers have let go of it by now.
    case released
    /// It goes for space.
    case evicted(EvictionReason)
    /// A file system is below its floor, and `reclaimheld` frees what is deleted and held.
    case belowFloor(missingBytes: Int64)
    /// It is empty, its content is archived, and nobody has it any more.
    case abandoned(ageSeconds: Int64, limitSeconds: Int64)

    /// Whether an archive goes because of its number or its age.
    public var isRetention: Bool {
        switch self {
        case .surplus, .expired: true
        default: false
        }
    }
}

/// A step, what it is done for, and the file it was planned for.
public struct PlannedStep: Hashable, Sendable {
    /// What is done.
    public var step: Step
    /// Why.
    public var reason: StepReason
    /// The log it is done for, or the stanza's patterns for a shared script.
    public var subject: Path
    /// Which file it was planned for: if another one has the name by then, the step is not done.
    public var identity: FileIdentity?

    /// A step.
    public init(_ step: Step, _ reason: StepReason, for subject: Path, identity: FileIdentity? = nil) {
        self.step = step
        self.reason = reason
        self.subject = subject
        self.identity = identity
    }
}

/// What is done for a log that is due. If a step of `prepare` or `rotate` fails, the rest is left out; in `finish` only
/// the rest of its own chain is: an archive that cannot be mailed stays, and the others are compressed all the same.
public struct LogPlan: Hashable, Sendable {
    /// The log.
    public var log: Path
    /// Why it is due.
    public var reason: DueReason
    /// Its archive before that is compressed, which is what its scripts are told.
    public var archive: Path
    /// The same plan for another file under the log's name.
    public func forFile(_ identity: FileIdentity) -> LogPlan {
        var plan = self
        let old = rotate.compactMap(\.identity).first
        func renewed(_ step: PlannedStep) -> PlannedStep {
            var step = step
            if step.identity == old { step.identity = identity }
            return step
        }
        plan.rotate = rotate.map(renewed)
        plan.signal = signal.map(renewed)
        plan.finish = finish.map { $0.map(renewed) }
        return plan
    }

    /// Whether it is due by its date, and not by its size or because somebody says so.
    var isDueByDate: Bool {
        switch reason {
        case .elapsed, .rotatedInFuture: true
        case .forced, .size, .maximumSize, .maximumTotal, .liveTotal, .space, .abandoned: false
        }
    }

    /// Before the prerotate script.
    public var prepare: [PlannedStep] = []
    /// Between the scripts.
    public var rotate: [PlannedStep] = []
    /// After the moves of the whole run: each writer is told once for all its logs.
    public var signal: PlannedStep?
    /// After the postrotate script.
    public var finish: [[PlannedStep]] = []
}

/// Logs that share a run of the scripts: all of a stanza with `sharedscripts`, else one.
public struct GroupPlan: Hashable, Sendable {
    /// The logs.
    public var logs: [LogPlan]
    /// The script before.
    public var prerotate: PlannedStep?
    /// The script after.
    public var postrotate: PlannedStep?
    /// Whether an error with one log keeps the others from going on.
    public var isShared: Bool
}

/// The script of `sharedscripts`, run for logs that an earlier run renamed and did not come to tell of.
public struct Telling: Hashable, Sendable {
    /// What is to be made before, and the script; none where the script is run for a rotation anyway.
    public var steps: [PlannedStep]
    /// The logs.
    public var logs: [Path]
}

/// What a stanza's logs are in for.
public struct StanzaPlan: Sendable {
    /// The stanza.
    public var stanza: Stanza
    /// Each log, and what becomes of it.
    public var decisions: [(log: LogObservation, decision: Decision)]
    /// The script before everything. If it fails, nothing else is done.
    public var firstAction: PlannedStep? {
        _read { yield work.value.firstAction }
        _modify { yield &work.value.firstAction }
    }
    /// The rotations.
    public var groups: [GroupPlan] {
        _read { yield work.value.groups }
        _modify { yield &work.value.groups }
    }
    /// The script after everything.
    public var lastAction: PlannedStep? {
        _read { yield work.value.lastAction }
        _modify { yield &work.value.lastAction }
    }
    /// Writers that are still to be told.
    public var telling: Telling? {
        _read { yield work.value.telling }
        _modify { yield &work.value.telling }
    }
    /// Archives of logs that are not due, or gone: those past their age, and renamed logs that are not archives yet. Chains
    /// as in `LogPlan.finish`.
    public var expiry: [[PlannedStep]] {
        _read { yield work.value.expiry }
        _modify { yield &work.value.expiry }
    }
    /// The logs with their archives as they were seen, where archives were looked at: who shows the plan needs it.
    public var seen: [SpaceLog] {
        _read { yield work.value.seen }
        _modify { yield &work.value.seen }
    }

    private struct Work: Sendable {
        var firstAction: PlannedStep?
        var groups: [GroupPlan] = []
        var lastAction: PlannedStep?
        var telling: Telling?
        var expiry: [[PlannedStep]] = []
        var seen: [SpaceLog] = []

        static let none = CopyOnWrite(Work())
    }

    // Nearly all of ten thousand plans have none, and are handed on in every run.
    private var work = Work.none

    /// Whether there is anything to do.
    public var hasWork: Bool {
        guard !work.isSame(as: Work.none) else { return false }
        return firstAction != nil || lastAction != nil || telling != nil || !groups.isEmpty || !expiry.isEmpty
    }

    /// A plan in which nothing is done yet.
    public init(
        stanza: Stanza, decisions: [(log: LogObservation, decision: Decision)], expiry: [[PlannedStep]] = []
    ) {
        self.stanza = stanza
        self.decisions = decisions
        if !expiry.isEmpty { self.expiry = expiry }
    }

    /// Whether a log is due by its date, which the state has to remember.
    public var isDueByDate: Bool {
        groups.contains { $0.logs.contains(where: \.isDueByDate) }
    }

    /// Leaves out the logs that are due by their date.
    public mutating func leaveOutWhatIsDueByDate() {
        for index in groups.indices { groups[index].logs.removeAll(where: \.isDueByDate) }
        groups.removeAll(where: \.logs.isEmpty)
        if groups.isEmpty {
            firstAction = nil
            lastAction = nil
        }
    }

    /// All steps in the order they are done.
    public var steps: [PlannedStep] {
        var steps: [PlannedStep] = []
        if let firstAction { steps.append(firstAction) }
        for group in groups {
            for log in group.logs { steps += log.prepare }
            if let script = group.prerotate { steps.append(script) }
            for log in group.logs { steps += log.rotate }
            for log in group.logs { if let signal = log.signal { steps.append(signal) } }
            if let script = group.postrotate { steps.append(script) }
            for log in group.logs { steps += log.finish.joined() }
        }
        if let lastAction { steps.append(lastAction) }
        return steps + (telling?.steps ?? []) + expiry.joined()
    }
}
