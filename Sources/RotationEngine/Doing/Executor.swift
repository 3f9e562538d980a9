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
        releaseWaitMilliseconds = Int(
            clamping: settings.signalWaitSeconds.multipliedReportingOverflow(by: 1000).partialValue)
        do throws(StepFailure) {
            if case .run(let kind, let script, let arguments) = planned.step {
                try programs.runScript(kind, script, arguments, about: planned.subject, settings)
                if kind == .postrotate { rememberTelling(of: planned.subject) }
                return .done(bytes: nil)
            }
            if case .signal(let rule, let file, _) = planned.step { return signal(rule, file, planned) }
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

    private func withRights<Result>(
        of account: Account?, about path: Path, _ body: () throws(StepFailure) -> Result
    ) throws(StepFailure) -> Result {
        guard let account else { return try body() }
        self.account = account
        impersonation = try explaining(path) { try Impersonation(user: account.user, group: account.group) }
        defer {
            impersonation = nil
            self.account = nil
        }
        let result: Swift.Result<Result, StepFailure>
        do throws(StepFailure) { result = .success(try body()) } catch { result = .failure(error) }
        try explaining(path) { try impersonation?.end() }
        return try result.get()
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

    /// Whether nobody else has a file open. Leases of others' files are root's: with `su` that is asked with this process's
    /// own rights.
    func ask(_ file: borrowing Descriptor) throws -> LeaseFinding {
        try liftRights()
        let answer = HolderProbe.askForAll(file)
        try lowerRights()
        return answer
    }

    /// Takes a write lease of a file, with this process's own rights.
    func lease(_ file: borrowing Descriptor) throws -> LeaseAnswer {
        try liftRights()
        let answer = file.writeLease()
        try lowerRights()
        return answer
    }

    /// What leases tell of a file that this process has open once, for reading.
    func probe(_ file: borrowing Descriptor) throws -> HolderProbe {
        try liftRights()
        let probe = HolderProbe(file)
        try lowerRights()
        return probe
    }

    /// What /proc tells of files.
    func look(for files: Set<FileIdentity>) throws -> HolderTable? {
        guard !files.isEmpty else { return nil }
        try liftRights()
        let table = HolderTable.lookIfPossible(for: files)
        try lowerRights()
        return table
    }

    private func liftRights() throws {
        try impersonation?.end()
    }

    private func lowerRights() throws {
        guard let account, impersonation != nil else { return }
        impersonation = try Impersonation(user: account.user, group: account.group)
    }

    /// Processes of whatever user: a stanza's `su` does not hold for signals.
    private func signal(_ rule: SignalRule, _ file: Path, _ planned: PlannedStep) -> StepResult {
        guard let identity = planned.identity else { return .left("it is not known which log was moved") }
        let request = Signalling.Request(planned: planned, rule: rule, file: file, identity: identity)
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

// MARK: - Names

extension Executor {
    /// Throws where the name stands for another file than the one that was planned for.
    func requireSame(_ name: Path, in directory: Directory, as planned: PlannedStep) throws {
        guard let expected = planned.identity else { return }
        guard let status = try directory.status(of: name) else {
            throw StepFailure("\(directory.path.appending(name)) has gone since it was looked at")
        }
        guard status.identity == expected else {
            throw StepFailure(
                "\(directory.path.appending(name)) was replaced since it was looked at; the next run sees to it")
        }
    }

    /// Opens the file that was planned for, or throws.
    func openSame(_ path: Path, _ access: Directory.Access, as planned: PlannedStep) throws -> Descriptor {
        let file = try directory(of: path).open(path.name, access)
        let status = try file.status()
        guard status.kind == .regular else { throw StepFailure("\(path) is no regular file") }
        if let expected = planned.identity, status.identity != expected {
            throw StepFailure("\(path) was replaced since it was looked at; the next run sees to it")
        }
        return file
    }

    private func makeDirectory(_ path: Path, _ ownership: Ownership, for log: Path) throws -> StepResult {
        // Those above it are made with it, if they are missing too.
        if (try? cache.directory(path.directory)) == nil, path.directory != path {
            cache.forget(path.directory)
            _ = try makeDirectory(path.directory, ownership, for: log)
        }
        let parent = try directory(of: path)
        let mode = ownership.mode ?? 0o755
        do throws(SystemError) {
            // Nobody else gets in before it belongs to whom it shall.
            try parent.makeDirectory(path.name, mode: mode & 0o700)
        } catch {
            guard error.errno == .fileExists else { throw error }
            return .left("it exists")
        }
        cache.forget(path)
        let made = try cache.directory(path)
        let status = made.status
        try made.setAttributes(
            mode: mode, owner: ownership.owner ?? status.owner, group: ownership.group ?? status.group)
        try parent.sync()
        return .done(bytes: nil)
    }

    private func rename(_ path: Path, to target: Path, _ planned: PlannedStep) throws -> StepResult {
        let source = try directory(of: path)
        let destination = try directory(of: target)
        if case .move = planned.step {
            let log = try openSame(path, .reading, as: planned)
            let found = try FileAttributes(of: log)
            attributes[path] = found
            movedTo[path] = target
            // Whatever becomes of this run: its writers are to be told, and it is no archive before they have let go.
            ledger.record([.unreleased(Ledger.Unreleased(path: target, log: path, inode: found.status.identity.inode))])
        }
        try requireSame(path.name, in: source, as: planned)
        // What it was filled up with is nothing under its new name either.
        if let cut = ledger.ledger.cuts[path], cut.inode == planned.identity?.inode {
            ledger.record([.cut(target, cut)])
        }
        // Whenever this process is ended, one of the two records is of the file.
        if case .shift = planned.step { announceShift(of: path, to: target) }
        do throws(SystemError) {
            try source.rename(path.name, to: target.name, in: destination)
        } catch {
            var failure = StepFailure(Self.sentence(for: error, path, target))
            failure.isNoRoom = error.isNoRoom
            throw failure
        }
        // Somebody can have exchanged the name in between: then the wrong file goes back, and nothing else is done.
        if let expected = planned.identity, try destination.status(of: target.name)?.identity != expected {
            try destination.rename(target.name, to: path.name, in: source)
            throw StepFailure("\(path) was replaced while it was renamed; the next run sees to it")
        }
        try destination.sync()
        if source !== destination { try source.sync() }
        if case .shift = planned.step {
            // The archives are moved from the oldest to the newest.
            newestArchives[planned.subject] = target
            ledger.record([.released(path)])
        }
        return .done(bytes: nil)
    }

    /// A renamed log that is not released, or the archive of its parts, gets another name.
    private func announceShift(of path: Path, to target: Path) {
        if var file = ledger.ledger.unreleased[path] {
            file.path = target
            ledger.record([.unreleased(file)])
        }
        for var file in ledger.ledger.unreleased.values where file.parts == path {
            file.parts = target
            ledger.record([.unreleased(file)])
        }
    }

    private static func sentence(for error: SystemError, _ path: Path, _ target: Path) -> String {
        let remedy =
            switch error.errno {
            case .improperLink: "; they are on different mounts: renamecopy, copy or copytruncate can cross them"
            case .fileExists: "; what has that name was not there before, and is not replaced"
            case .notPermitted: "; is one of them append-only or immutable (lsattr)? chattr -ai allows it"
            default: ""
            }
        return "cannot rename \(path) to \(target): \(error.errno)" + remedy
    }

    private func create(_ path: Path, _ ownership: Ownership) throws -> StepResult {
        guard let old = try attributes[path] ?? attributesOfRenamed(path) else {
            throw StepFailure("\(path): there is no log to create it like")
        }
        let wanted = old.changed(by: ownership)
        let directory = try directory(of: path)
        do throws(SystemError) {
            let file = try directory.create(path.name, mode: wanted.narrowestMode)
            do throws(SystemError) {
                try wanted.apply(to: file)
            } catch {
                // Without the right owner its writer could not use it. It is empty unless somebody has it already.
                if try file.status().sizeBytes == 0 { try directory.remove(path.name) }
                throw error
            }
        } catch {
            // Its writer was faster.
            if error.errno == .fileExists { return .left("it was created meanwhile") }
            // Nobody was told yet: under its old name everything is as it was.
            if let moved = movedTo[path], try directory.status(of: path.name) == nil {
                try self.directory(of: moved).rename(moved.name, to: path.name, in: directory)
                throw StepFailure("\(error); the log has its name back, and the next run tries again")
            }
            throw error
        }
        return .done(bytes: nil)
    }

    /// The attributes of a log that an earlier run renamed.
    private func attributesOfRenamed(_ log: Path) throws -> FileAttributes? {
        guard let file = ledger.ledger.unreleased.values.first(where: { $0.log == log }) else { return nil }
        return try FileAttributes(of: directory(of: file.path).open(file.path.name, .reading))
    }

    /// Whether a log that was cut holds more, as one does that is in very many pieces.
    private func isPending(_ path: Path, _ planned: PlannedStep) throws -> Bool {
        let file = try openSame(path, .reading, as: planned)
        let status = try file.status()
        let scan = PendingScan(ledger.ledger.cuts[path], of: status)
        return try !scan.runs(in: file, before: status.sizeBytes, atMost: 1).isEmpty
    }

    /// Why an archive cannot go now: somebody has it open. nil where it can, and where it is no archive that goes.
    func reasonToKeep(_ planned: PlannedStep) -> String? {
        guard case .remove(let path, _) = planned.step, planned.reason.isRetention,
            let file = try? directory(of: path).open(path.name, .reading), (try? ask(file)) == .refused
        else { return nil }
        return "somebody has it open; it is removed at a later rotation"
    }

    private func remove(_ path: Path, _ shredCycles: Int?, _ planned: PlannedStep) throws -> StepResult {
        let directory = try directory(of: path)
        guard let status = try directory.status(of: path.name) else { return .left("it is gone") }
        try requireSame(path.name, in: directory, as: planned)
        guard status.kind == .regular else { throw StepFailure("\(path) is no regular file, and is not removed") }
        if planned.reason == .leftover, path.name.hasPrefix(Removal.prefix) {
            return removal.removeEmptied(path.name, in: directory).map { .left($0) }
                ?? .done(bytes: status.allocatedBytes)
        }
        if case .abandoned = planned.reason { return try removeAbandoned(path, in: directory) }
        if case .evicted(let reason) = planned.reason, reason.tier == .held {
            return try emptyHeld(path, in: directory, status)
        }
        if planned.reason == .copied {
            if let copied = copiedBytes[path] {
                guard status.sizeBytes <= copied else {
                    return .left("it grew after it was copied; the next rotation archives it again")
                }
            } else if try isPending(path, planned) {
                return .left("not all of it is archived yet; the next run goes on")
            }
        }
        if let shredCycles {
            if case .refused = try ask(directory.open(path.name, .reading)) {
                return .left("somebody has it open; it is removed at a later rotation")
            }
            // The descriptor, not the name: nobody can put another file in its place.
            let file = try openSame(path, .readingAndWriting, as: planned)
            try programs.shred(file, path, cycles: shredCycles)
            try requireSame(path.name, in: directory, as: planned)
        }
        switch try removal.remove(path.name, in: directory, status) {
        case .held(let who): return .left("\(who); it is removed at a later rotation")
        case .removed(let bytes):
            ledger.record([.released(path)])
            return .done(bytes: bytes)
        }
    }
}

extension Executor {
    /// A log's plan for the file that has its name now, if that is a plain one.
    func lookedAtAgain(_ plan: LogPlan) -> LogPlan {
        guard let directory = try? directory(of: plan.log), let status = try? directory.status(of: plan.log.name),
            status.kind == .regular, status.linkCount == 1
        else { return plan }
        return plan.forFile(status.identity)
    }
}
