import Gzip
import LinuxSystem
public import RotationCore
import SystemPackage

/// How a step ended.
public enum StepResult: Hashable, Sendable {
    /// It was done; how many bytes it wrote or freed, where that says something.
    case done(bytes: Int64?)
    /// A log was cut.
    case cut(CutReport)
    /// These were sent the signal.
    case signalled([String])
    /// It was not needed any more, or has to wait; why.
    case left(String)
    /// It was not done; why.
    case failed(String)
}

/// Carries single steps out. What to do with failures its caller knows.
final class Executor {
    let cache: DirectoryCache
    let programs: ProgramRunner
    let ledger: LedgerStore
    let removal: Removal
    /// The threads that compress; nil: this one.
    var workers: GzipWorkers?
    private(set) lazy var signalling = Signalling(self)
    /// nil where there is none: then nothing is known of a cut that is interrupted.
    var journal: Journal?
    /// Cuts that could not be finished.
    var unresolved: [JournalEntry] = []
    /// The newest archives of logs, as they are called after their numbers were moved.
    var newestArchives: [Path: Path] = [:]
    /// Whether the last step failed because there was no room.
    private(set) var hadNoRoom = false
    /// What went wrong with a step that was done all the same.
    var complaints: [(path: Path, message: String)] = []
    /// Why the journal could not be written.
    var journalFailure: String?
    let onProgress: (Path, Int64, Int64) -> Void
    /// Attributes of logs that were renamed, for those created in their place.
    var attributes: [Path: FileAttributes] = [:]
    /// When the logs were last written of which copies were made, by the copies' paths.
    var logTimes: [Path: Timestamp] = [:]
    /// How much of a log that was renamed aside is in its archive.
    var copiedBytes: [Path: Int64] = [:]
    /// Where logs were renamed to.
    var movedTo: [Path: Path] = [:]
    /// What files that this run has renamed are now, where an inode's number belongs to a name.
    var renumbered: [FileIdentity: FileIdentity] = [:]
    /// The rights that steps are done with while a stanza's `su` holds.
    var impersonation: Impersonation?
    var account: Account?

    /// How long compression waits until nobody writes to a renamed log any more: `signalwait`.
    var releaseWaitMilliseconds = 5000
    /// How long it waits in all: a hundred logs that nobody lets go must not hold a run up for minutes.
    var releaseWaitLeftMilliseconds = 15000

    /// - Parameter onProgress: called on long work with a path, the bytes done and all bytes.
    init(
        cache: DirectoryCache, programs: ProgramRunner, ledger: LedgerStore, journal: Journal?, workers: GzipWorkers?,
        onProgress: @escaping (Path, Int64, Int64) -> Void
    ) {
        self.cache = cache
        self.programs = programs
        self.ledger = ledger
        self.journal = journal
        self.workers = workers
        removal = Removal(ledger: ledger)
        self.onProgress = onProgress
        removal.ask = { [unowned self] file in try self.ask(file) }
        removal.look = { [unowned self] files in try self.look(for: files) }
        removal.lease = { [unowned self] file in try self.lease(file) }
        ledger.withOwnRights = { [unowned self] body in
            try self.liftRights()
            let result = Swift.Result(catching: body)
            try self.lowerRights()
            try result.get()
        }
    }

    /// Does a step with the rights that the stanza asks for. Scripts keep those of this process.
    func perform(_ planned: PlannedStep, _ settings: Settings) -> StepResult {
        releaseWaitMilliseconds = settings.signalWaitMilliseconds
        do throws(StepFailure) {
            if case .run(let kind, let script, let arguments) = planned.step {
                // One that failed was run all the same: it is not run again in each minute until the next rotation.
                defer { if kind == .postrotate { rememberTelling(of: planned.subject) } }
                let subject = kind == .preremove ? arguments.first ?? planned.subject : planned.subject
                try programs.runScript(kind, script, arguments, about: subject, settings)
                return .done(bytes: nil)
            }
            if case .signal(let rule, let file, _) = planned.step { return signal(rule, file, planned, settings) }
            return try withRights(of: settings.account, about: planned.subject) { () throws(StepFailure) in
                try carryOut(planned, settings)
            }
        } catch {
            hadNoRoom = error.isNoRoom
            return error.isForNow ? .left(error.message) : .failed(error.message)
        }
    }

    /// Cuts logs of one stanza together; their results in the same order.
    func performCuts(_ planned: [PlannedStep], _ settings: Settings) -> [StepResult] {
        let jobs = planned.compactMap { CutJob($0) }
        do throws(StepFailure) {
            return try withRights(of: settings.account, about: planned.first?.subject ?? "") { () throws(StepFailure) in
                CutBatch.perform(jobs, self)
            }
        } catch {
            return jobs.map { _ in .failed(error.message) }
        }
    }

    /// The writers of a renamed log were told: they are not told again.
    func rememberTelling(of log: Path) {
        let files = ledger.ledger.unreleased.values.filter { $0.log == log && !$0.isTold }
        ledger.record(
            files.map { file in
                var file = file
                file.isTold = true
                return .unreleased(file)
            })
    }

    /// An archive that is still to be compressed: if this run does not come to it the next one does, as with a renamed log
    /// that is released.
    func rememberPlain(_ archive: Path, of log: Path) {
        guard ledger.ledger.unreleased[archive] == nil,
            let status = (try? directory(of: archive).status(of: archive.name)) ?? nil
        else { return }
        let file = Ledger.Unreleased(path: archive, log: log, inode: status.identity.inode, isTold: true)
        ledger.record([.unreleased(file)])
    }

    /// Processes of whatever user: a stanza's `su` does not hold for signals.
    private func signal(_ rule: SignalRule, _ file: Path, _ planned: PlannedStep, _ settings: Settings) -> StepResult {
        guard let identity = planned.identity else { return .left("it is not known which log was moved") }
        let request = Signalling.Request(
            planned: planned, rule: rule, file: file, identity: identity, location: settings.origins[.signal],
            waitMilliseconds: settings.signalWaitMilliseconds)
        return signalling.perform([request]).first ?? .left("nobody is to be told")
    }

    private func carryOut(_ planned: PlannedStep, _ settings: Settings) throws(StepFailure) -> StepResult {
        switch planned.step {
        // Scripts were run and signals sent before, and recovery is the first thing of a run.
        case .run, .signal, .recover: return .done(bytes: nil)
        case .makeDirectory(let path, let ownership):
            return try explaining(path) { try makeDirectory(path, ownership, for: planned.subject) }
        case .shift(let path, let target), .move(let path, let target):
            return try explaining(path) { try rename(path, to: target, planned) }
        case .create(let path, let ownership):
            return try explaining(path) { try create(path, ownership) }
        case .archive(let path, let target, let compression):
            return try explaining(path) { try archive(path, to: target, compression, planned) }
        case .cut:
            return CutBatch.perform([planned].compactMap { CutJob($0) }, self).first ?? .left("it is no cut")
        case .compress(let path, let target, let compression):
            return try explaining(path) { try compress(path, to: target, compression, planned) }
        case .mail(let path, let address, let subject):
            return try explaining(path) { try mail(path, address, subject, settings.uncompressCommand) }
        case .remove(let path, let cycles):
            return try explaining(path) { try remove(path, cycles, planned) }
        case .free(let path, _):
            return try explaining(path) { try free(path, planned) }
        }
    }

    func directory(of path: Path) throws(WalkError) -> Directory {
        try cache.directory(path.directory)
    }
}

extension Settings {
    /// `signalwait`, of which no more is kept than fits.
    var signalWaitMilliseconds: Int {
        Int(clamping: signalWaitSeconds.multipliedReportingOverflow(by: 1000).partialValue)
    }
}
