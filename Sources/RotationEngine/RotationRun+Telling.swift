import LinuxSystem
import RotationCore

extension RotationRun {
    /// A step that failed, or anything else that needs saying. What grows worse with every run is always said.
    ///
    /// - Parameter key: what is the same each time; nil: the message itself.
    /// - Parameter logrotate: its words for that.
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

    func traceState(_ path: Path, _ configuration: Configuration) {
        let count = configuration.stanzas.count { !$0.isBroken }
        for line in ["Reading state from file: \(path)", "", "Handling \(count) logs"] { listener(.trace(line)) }
    }

    /// What is done for space, before it is done. A dry run leaves it at that.
    func planned(_ plan: SpacePlan) {
        listener(.spacePlanned(plan))
        if options.isDryRun { report.steps += plan.steps.map { ($0, nil) } }
    }

    /// What the spaces are like at the end.
    func rememberSpaces(_ figures: [SpaceFigures]) {
        report.spaces = figures
    }

    /// How many steps were carried out so far.
    var stepCount: Int { report.steps.count }

    func began(_ step: PlannedStep) {
        listener(.began(step))
    }

    /// Whoever was sent a signal is looked at again: one that ended is not sent it any more.
    func noteEndings(_ executor: Executor) {
        for (request, holder, number) in executor.signalling.endings() {
            let ending = SignalKnowledge.Ending(program: holder.command, signal: number)
            // A program of many processes is one.
            guard !ledger.ledger.signals.endings.contains(ending) else { continue }
            ledger.record([.ends(ending)])
            note(
                request.planned.subject,
                "\(request.location.map { "\($0): " } ?? "")\(holder.title) ended after it was sent SIG\(request.rule.name) for \(request.planned.subject); "
                    + "\(holder.command) is not sent it again, and its logs are emptied in place: \(ledger.ledger.signals.remedy(for: holder.command))",
                always: true)
        }
    }

    func ended(_ step: PlannedStep, _ result: StepResult) {
        report.steps.append((step, result))
        for complaint in executor?.complaints ?? [] { note(complaint.path, complaint.message, isError: false) }
        executor?.complaints = []
        switch (step.step, result) {
        case (.remove, .done(let bytes?)), (.compress, .done(let bytes?)), (.free, .done(let bytes?)):
            report.freedBytes += bytes
        case (_, .cut(let cut)):
            report.freedBytes += cut.freedBytes - cut.archiveBytes
            for notice in cut.notices {
                note(step.subject, notice.message, isError: notice.isError, key: notice.key)
            }
        case (_, .failed(let message)): note(step.subject, message, step: step)
        default: break
        }
        listener(.ended(step, result))
    }
}
