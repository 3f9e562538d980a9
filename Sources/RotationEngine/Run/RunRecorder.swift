import HostObservation
import LinuxSystem
import LogCut
import RotationCore

/// Hears of everything that happens in a run: tells who listens, and keeps it for the report.
final class RunRecorder {
    private let listener: (RunEvent) -> Void
    private let ledger: LedgerStore
    private let options: RunOptions
    /// Whether logrotate's words and ways are asked for.
    var isLogrotate: Bool { options.dialect == .logrotate }
    /// When the run began.
    let now: Timestamp
    /// What has happened so far.
    var report = RunReport()

    /// - Parameter ledger: knows what was told within the last hour.
    init(_ options: RunOptions, _ ledger: LedgerStore, now: Timestamp, listener: @escaping (RunEvent) -> Void) {
        self.options = options
        self.ledger = ledger
        self.now = now
        self.listener = listener
    }

    /// A step that failed, or anything else that needs saying. What grows worse with every run is always said.
    ///
    /// - Parameters:
    ///   - key: what is the same each time; nil: the message itself.
    ///   - logrotate: its words for that.
    ///   - step: which step failed.
    func note(
        _ path: Path, _ message: String, isError: Bool = true, always: Bool = false, key: String? = nil,
        logrotate: LogrotateText? = nil, step: PlannedStep? = nil
    ) {
        // The ledger is asked in any case: what is told now need not be told again in a minute.
        let isNew = ledger.shouldTell(key ?? message, now: now) || options.tellsEverything || always
        let problem = RunProblem(
            path: path, message: message, isError: isError, wasToldBefore: !isNew,
            logrotate: options.dialect == .logrotate ? logrotate : nil, step: step)
        report.problems.append(problem)
        listener(.problem(problem))
    }

    /// What is wrong with a file that was read.
    ///
    /// - Parameter isError: whether it makes the exit status 1; nil: if its severity says so.
    func note(_ diagnostic: Diagnostic, isError: Bool? = nil) {
        note(
            diagnostic.location.file, diagnostic.description, isError: isError ?? (diagnostic.severity == .error),
            logrotate: diagnostic.logrotate)
    }

    /// What is wrong with a configuration, among what logrotate says while it reads it.
    func tell(_ configuration: Configuration) {
        var trace = configuration.trace[...]
        for (index, diagnostic) in configuration.diagnostics.enumerated() {
            while let next = trace.first, next.before <= index {
                listener(.trace(next.text))
                trace.removeFirst()
            }
            note(diagnostic)
        }
        for line in trace { listener(.trace(line.text)) }
    }

    /// What logrotate says before it reads the state.
    func traceState(_ store: StateStore, _ path: Path) {
        if store.isNew { listener(.trace("Creating stub state file: \(path)")) }
        // There is no end of the line in between.
        let lock = store.isLocked ? "acquired lock on state file \(path)" : ""
        listener(.trace(lock + "Reading state from file: \(path)"))
    }

    /// What logrotate says when it has read it.
    func traceBeginning(_ store: StateStore, _ path: Path, _ configuration: Configuration) {
        if options.isDryRun, store.isNew { listener(.trace("state file \(path) does not exist")) }
        let count = configuration.stanzas.count { !$0.isBroken }
        for line in ["", "Handling \(count) logs"] { listener(.trace(line)) }
    }

    /// What was left of removals.
    func note(left: [Removal.Left]) {
        for file in left { note(file.path, file.message, isError: file.isError) }
    }

    /// A stanza's plan is made.
    func planned(_ plan: StanzaPlan) {
        listener(.planned(plan))
        for group in plan.groups {
            for log in group.logs { report.dueReasons[log.log] = log.reason }
        }
        guard options.isDryRun else { return }
        report.rotatedCount += plan.groups.reduce(0) { $0 + $1.logs.count }
        report.steps += plan.steps.map { ($0, nil) }
    }

    /// What is done for space, before it is done. A dry run leaves it at that.
    func planned(_ plan: SpacePlan) {
        listener(.spacePlanned(plan))
        if options.isDryRun { report.steps += plan.steps.map { ($0, nil) } }
    }

    /// A step of a dry run that no plan has.
    func wouldDo(_ step: PlannedStep) {
        report.steps.append((step, nil))
        listener(.began(step))
    }

    func began(_ step: PlannedStep) {
        listener(.began(step))
    }

    func ended(_ step: PlannedStep, _ outcome: StepOutcome) {
        if let complaint = outcome.complaint {
            report.steps.append((step, outcome.result))
            if options.dialect != .logrotate || complaint.logrotate != nil {
                note(complaint.path, complaint.message, isError: false, logrotate: complaint.logrotate)
            }
            listener(.ended(step, outcome.result))
        } else {
            ended(step, outcome.result, logrotate: outcome.logrotate)
        }
    }

    /// - Parameter logrotate: what it says before its words for a step that failed.
    func ended(_ step: PlannedStep, _ result: StepResult, logrotate: LogrotateText? = nil) {
        report.steps.append((step, result))
        switch (step.step, result) {
        case (.remove, .done(let bytes?)), (.compress, .done(let bytes?)), (.free, .done(let bytes?)):
            report.freedBytes += bytes
        case (_, .cut(let cut)):
            report.freedBytes += cut.freedBytes - cut.archiveBytes
            for notice in cut.notices {
                note(step.subject, notice.message, isError: notice.isError, key: notice.key)
            }
        case (_, .failed(let message)) where message.hasSuffix(StepFailure.stopped): break
        case (_, .failed(let message)): note(step.subject, message, logrotate: logrotate, step: step)
        default: break
        }
        listener(.ended(step, result))
    }

    /// Which of a run's logs something went wrong with.
    func countFailures(among observations: [Observer.StanzaObservation]) {
        let wrong = Set(report.problems.lazy.filter(\.isError).map(\.path))
        guard !wrong.isEmpty else { return }
        for observation in observations {
            for log in observation.logs where wrong.contains(log.path) { report.failedLogs.insert(log.path) }
        }
    }
}
