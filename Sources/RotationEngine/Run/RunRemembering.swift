import HostObservation
import LinuxSystem
import LogCut
import RotationCore

/// Keeps what the next run has to know: when each log was rotated, and what of the ledger still holds.
struct RunRemembering {
    private let store: StateStore
    private let path: Path
    private let recorder: RunRecorder
    /// Whether the state can be written; nil where that was not needed yet.
    private var isWritable: Bool?
    /// What was said last of an olddir that is missing.
    private var toldDirectory: LogrotateText?
    /// When the state was last written, on the clock that nobody sets.
    private var lastWritten = monotonicSeconds()

    init(_ store: StateStore, _ path: Path, _ recorder: RunRecorder) {
        self.store = store
        self.path = path
        self.recorder = recorder
    }

    /// When each log was last rotated.
    ///
    /// - Parameter isStrict: what is wrong in it is an error, as logrotate has it.
    func read(_ memory: inout RunMemory, isStrict: Bool) {
        do {
            let (state, diagnostics) = try store.read()
            memory.state = state
            for diagnostic in diagnostics { recorder.note(diagnostic, isError: isStrict ? true : nil) }
        } catch {
            recorder.note(
                path, StateText.unreadable(StepFailure(error, about: path).message))
        }
    }

    /// What was decided for a log.
    mutating func remember(_ log: LogObservation, _ decision: Decision, of stanza: Stanza, _ memory: inout RunMemory) {
        defer { if recorder.isLogrotate { date(log, &memory) } }
        switch decision {
        case .leave(.firstSeen):
            // From here its time is counted; the hour has no minutes, as in logrotate.
            memory.state.lastRotated[log.path] = memory.civilNow.hourStart
        case .problem(let problem):
            recorder.note(
                log.path, ProblemText.describe(problem, log.path, accounts: SystemAccounts()),
                logrotate: words(problem, log, stanza))
        case .leave, .rotate:
            if log.status?.kind == .regular, log.lastRotated == nil {
                memory.state.lastRotated[log.path] = memory.civilNow.hourStart
            }
        }
    }

    /// logrotate's words for it. It looks for a stanza's olddir once.
    private mutating func words(_ problem: LogProblem, _ log: LogObservation, _ stanza: Stanza) -> LogrotateText? {
        let text = problem.logrotateText(about: log, in: stanza)
        guard case .archiveDirectoryMissing = problem else { return text }
        defer { toldDirectory = text }
        return toldDirectory == text ? .silence : text
    }

    /// logrotate dates what it looks for, whether it is there or not: what comes later is counted from here.
    private func date(_ log: LogObservation, _ memory: inout RunMemory) {
        guard memory.state.lastRotated[log.path] == nil, log.status?.kind != .directory else { return }
        memory.state.lastRotated[log.path] = memory.civilNow.hourStart
    }

    /// Logs that are due by their date are left alone where the state cannot be written; that is said once.
    mutating func canRemember(_ memory: RunMemory) -> Bool {
        if let isWritable { return isWritable }
        do {
            try store.rehearse(memory.state)
            isWritable = true
            return true
        } catch {
            let reason = StepFailure(error, about: path).message
            recorder.note(
                path,
                StateText.cannotBeWritten(reason),
                always: true)
            isWritable = false
            return false
        }
    }

    /// Writes the state if the last time is more than a second ago: whatever ends this process, what was rotated is not
    /// rotated again, but for the last second's.
    mutating func writeNowAndThen(_ memory: RunMemory) {
        guard monotonicSeconds() - lastWritten > 1 else { return }
        write(memory)
        lastWritten = monotonicSeconds()
    }

    /// Forgets what is gone. Only a run that looked at everything knows.
    func forgetGone(_ plans: [StanzaPlan], _ memory: inout RunMemory, _ tools: CutTools) {
        // Nearly always nobody asks.
        lazy var seen = Set(plans.flatMap(\.decisions).compactMap { $0.log.status == nil ? nil : $0.log.path })
        memory.state.forget(unseen: seen, now: memory.civilNow)
        tools.ledger.forgetCuts { log, cut in !seen.contains(log) && tools.cache.inode(of: log) != cut.inode }
        tools.ledger.forgetAbandoned(unseen: seen)
    }

    /// Writes the state.
    func write(_ memory: RunMemory) {
        do {
            try store.write(memory.state)
        } catch {
            recorder.note(
                path, StateText.notWritten(StepFailure(error, about: path).message), always: true)
        }
    }
}
