import HostObservation
import LinuxSystem
import LogCut
import RotationCore

/// Carries single steps out. What to do with failures its caller knows.
struct StepRunner {
    /// What cuts are made with, and everything else too.
    var tools: CutTools
    let programs: ProgramRunner

    var ledger: LedgerStore { tools.ledger }
    var rights: Rights { tools.rights }
    var removal: Removal { tools.removal }
    private var signalling: Signalling { Signalling(tools) }

    /// Does a step with the rights that the stanza asks for. Scripts keep those of this process.
    ///
    /// - Parameter memory: what the run did before, which this step adds to.
    func perform(_ planned: PlannedStep, _ settings: Settings, _ memory: inout RunMemory) -> StepOutcome {
        do throws(StepFailure) {
            if case .run(let kind, let script, let arguments) = planned.step {
                // One that failed was run all the same: it is not run again in each minute until the next rotation.
                defer { if kind == .postrotate { ledger.recordTelling(of: planned.subject) } }
                let subject = kind == .preremove ? arguments.first ?? planned.subject : planned.subject
                try programs.runScript(kind, script, arguments, about: subject, settings)
                return StepOutcome(.done(bytes: nil))
            }
            if case .signal = planned.step {
                guard let request = Signalling.Request(planned, settings) else {
                    return StepOutcome(.left(SignalText.logUnknown))
                }
                return StepOutcome(perform([request], &memory).first ?? .left(SignalText.nobody))
            }
            return try rights.acting(as: settings.account, about: planned.subject) { () throws(StepFailure) in
                try carryOut(planned, settings, &memory)
            }
        } catch {
            return StepOutcome(error)
        }
    }

    /// Cuts logs of one account together; their results in the same order.
    func performCuts(_ planned: [PlannedStep], as account: Account?, _ memory: inout RunMemory) -> [StepResult] {
        let jobs = planned.compactMap { CutJob($0) }
        do throws(StepFailure) {
            return try rights.acting(as: account, about: planned.first?.subject ?? "") { () throws(StepFailure) in
                CutBatch.perform(jobs, with: tools, &memory.cuts).map { StepResult($0) }
            }
        } catch {
            return jobs.map { _ in .failed(error.message) }
        }
    }

    /// Tells the writers of logs that were moved; a result for each request.
    ///
    /// Processes of whatever user: a stanza's `su` does not hold for signals.
    func perform(_ requests: [Signalling.Request], _ memory: inout RunMemory) -> [StepResult] {
        signalling.perform(requests, &memory.signals)
    }

    /// Those that ended after they were sent a signal.
    func endings(_ memory: inout RunMemory) -> [SignalMemory.Sent] {
        signalling.endings(&memory.signals)
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

    private func carryOut(
        _ planned: PlannedStep, _ settings: Settings, _ memory: inout RunMemory
    ) throws(StepFailure) -> StepOutcome {
        if case .create(let path, let ownership) = planned.step {
            return try explaining(path) { try create(path, ownership, memory) }
        }
        if case .compress(let path, let target, let compression) = planned.step {
            return try explaining(path) { try compress(path, to: target, compression, planned, settings, &memory) }
        }
        return StepOutcome(try result(of: planned, settings, &memory))
    }

    private func result(
        of planned: PlannedStep, _ settings: Settings, _ memory: inout RunMemory
    ) throws(StepFailure) -> StepResult {
        switch planned.step {
        // Scripts were run and signals sent before, and recovery is the first thing of a run.
        case .run, .signal, .recover, .create, .compress: return .done(bytes: nil)
        case .makeDirectory(let path, let ownership):
            return try explaining(path) { try makeDirectory(path, ownership, for: planned.subject) }
        case .shift(let path, let target), .move(let path, let target):
            return try explaining(path) { try rename(path, to: target, planned, &memory) }
        case .archive(let path, let target, let compression):
            return try explaining(path) { try archive(path, to: target, compression, planned, settings, &memory) }
        case .cut:
            let outcomes = CutBatch.perform([planned].compactMap { CutJob($0) }, with: tools, &memory.cuts)
            return outcomes.first.map { StepResult($0) } ?? .left("it is no cut")
        case .mail(let path, let address, let subject):
            return try explaining(path) { try mail(path, address, subject, planned, settings, memory) }
        case .remove(let path, let cycles):
            return try explaining(path) { try remove(path, cycles, planned, memory) }
        case .free(let path, _):
            return try explaining(path) { try free(path, planned) }
        }
    }

    /// Whether something has a name; yes where that cannot be told.
    func isThere(_ path: Path) -> Bool {
        guard let directory = try? directory(of: path) else { return true }
        do throws(SystemError) { return try directory.status(of: path.name) != nil } catch { return true }
    }

    func directory(of path: Path) throws(WalkError) -> Directory {
        try tools.cache.directory(path.directory)
    }
}

extension CutJob {
    /// nil where the step is no cut.
    init?(_ planned: PlannedStep) {
        guard case .cut(let log, let archive, let compression, let plan) = planned.step else { return nil }
        let level: Int? = if case .gzip(let level)? = compression { level } else { nil }
        self.init(
            log: log, identity: planned.identity, archive: archive, level: level, plan: plan,
            takesUnfinishedLine: planned.reason == .released)
    }
}

extension Settings {
    /// `signalwait`, of which no more is kept than fits.
    var signalWaitMilliseconds: Int {
        Int(clamping: signalWaitSeconds.multipliedReportingOverflow(by: 1000).partialValue)
    }
}
