import HostObservation
import LinuxSystem
import RotationCore
import RotationEngine

/// Tells what happens, as it happens.
final class RunReporter {
    /// How much is told.
    enum Detail {
        case errors, everything
        /// In exact terms: for somebody who knows the design.
        case exactly
    }

    /// Whose words.
    enum Wording {
        case spillway, logrotate
    }

    private let output: Output
    private let detail: Detail
    private let isDryRun: Bool
    /// Whether the report itself goes to standard output, and a dry run need not print its plan.
    private let reportsElsewhere: Bool
    private let wording: Wording
    private var trace: LogrotateTrace
    private var progress = ProgressLine()
    private var answer: DryRunAnswer

    init(output: Output, detail: Detail, isDryRun: Bool, wording: Wording, isForced: Bool, reportsElsewhere: Bool) {
        self.output = output
        self.detail = detail
        self.isDryRun = isDryRun
        self.reportsElsewhere = reportsElsewhere
        self.wording = wording
        trace = LogrotateTrace(
            isForced: isForced, isDryRun: isDryRun, now: Timestamp.now())
        answer = DryRunAnswer(now: Timestamp.now(), isExact: detail == .exactly)
        if isDryRun, wording == .logrotate {
            for text in LogrotateTrace.dryRunWarning { line(text, always: true) }
        }
    }

    /// An event of the run.
    func hear(_ event: RunEvent) {
        switch event {
        case .progress(let path, let done, let total):
            progress.show(path, done, total)
            return
        default: progress.clear()
        }
        switch event {
        case .progress: break
        case .problem(let problem): tell(problem)
        case .trace(let text): if wording == .logrotate { line(text, always: isDryRun, isAction: false) }
        case .planned(let plan): tell(plan)
        case .spacePlanned(let plan): tell(plan)
        case .began(let step): tell(step)
        case .ended(_, let result): tell(result)
        }
    }

    private func line(_ text: @autoclosure () -> String, always: Bool = false, isAction: Bool = true) {
        output.line(text(), isShown: (always && !reportsElsewhere) || detail != .errors, isAction: isAction)
    }

    private func tell(_ problem: RunProblem) {
        guard wording == .logrotate else {
            output.error("spillway: \(problem.message)", isShown: !problem.wasToldBefore)
            return
        }
        if let text = problem.logrotate {
            for line in text.lines { output.error(line, isShown: !problem.wasToldBefore) }
            guard problem.step != nil else { return }
        }
        if let step = problem.step, let text = trace.failure(of: step) {
            // A failure has two readers: who looks for the words, and who wants to know why.
            output.error("error: \(text) (\(problem.message))", isShown: !problem.wasToldBefore)
            return
        }
        // What is wrong with a configuration says so itself, behind its place.
        let severity = problem.isError ? "error" : "warning"
        let message = problem.message.split(separator: ": \(severity): ", maxSplits: 1).joined(separator: ": ")
        output.error("\(severity): \(message)", isShown: !problem.wasToldBefore)
    }

    private func tell(_ plan: StanzaPlan) {
        if wording == .logrotate, !plan.groups.isEmpty { trace.remember(plan) }
        // Most runs tell nothing, and have thousands of plans.
        guard isDryRun || detail != .errors || output.isLogging else { return }
        if wording == .logrotate {
            for text in trace.describe(plan) { line(text, always: isDryRun, isAction: !plan.groups.isEmpty) }
            if isDryRun { for step in plan.steps { tellTrace(of: step) } }
            return
        }
        if isDryRun { return answer.add(plan) }
        let due = Dictionary(
            plan.groups.flatMap(\.logs).map { ($0.log, $0.reason) }, uniquingKeysWith: { one, _ in one })
        let expiring = Set(plan.expiry.joined().map(\.subject))
        for (log, decision) in plan.decisions {
            switch decision {
            case .rotate(let reason): line("\(log.path): \(StepText.describe(due[log.path] ?? reason))")
            case .leave(let reason):
                line("\(log.path): \(StepText.describe(reason))", isAction: expiring.contains(log.path))
            case .problem: break
            }
        }
        for gone in expiring.subtracting(plan.decisions.map(\.log.path)).sorted() {
            line("\(gone): not there any more")
        }
    }

    private func tell(_ plan: SpacePlan) {
        guard isDryRun else { return line(SpaceText.describe(plan), isAction: !plan.steps.isEmpty) }
        guard wording == .logrotate else { return answer.add(plan) }
        guard !plan.steps.isEmpty else { return }
        line(SpaceText.describe(plan), always: true)
        for step in plan.steps { tellTrace(of: step) }
    }

    private func tell(_ step: PlannedStep) {
        if wording == .logrotate, !isDryRun { return tellTrace(of: step) }
        if wording == .spillway, isDryRun { return answer.add(step) }
        line(
            "  \(StepText.describe(step.step, accounts: SystemAccounts(), exactly: detail == .exactly))\(StepText.reason(step.reason))",
            always: isDryRun)
    }

    private func tellTrace(of step: PlannedStep) {
        guard isDryRun || detail != .errors || output.isLogging else { return }
        for text in trace.describe(step) { line(text, always: isDryRun) }
    }

    private func tell(_ result: StepResult) {
        switch result {
        case .left(let why): line("    not now: \(why)")
        case .cut(let report): line("    \(StepText.describe(report, exactly: detail == .exactly))")
        case .signalled(let writers): line("    sent to \(writers.joined(separator: ", "))")
        case .done, .failed: break
        }
    }

    /// The run is over.
    func finish(_ report: RunReport) {
        progress.clear()
        if let file = report.busyLock {
            if Entry.isLogrotate {
                let text = "error: state file \(file) is already locked"
                output.error(text, isShown: true)
                output.error(
                    "logrotate does not support parallel execution on the same set of logfiles.", isShown: true)
                return
            }
            output.error(
                "spillway: another run holds the lock on \(file); nothing is done (--wait-for-state-lock waits for it)",
                isShown: detail != .errors || isTerminal(2))
            return
        }
        guard wording == .spillway else { return }
        if isDryRun {
            let screen = Screen(of: output.verboseToStandardError ? 2 : 1)
            for answered in answer.lines(screen) {
                line(answered.text, always: !answered.isDetail, isAction: !answered.isDetail)
            }
        }
        line(
            RunText.summary(
                logs: report.logCount, rotated: report.rotatedCount, failed: report.failedLogs.count,
                freedBytes: report.freedBytes, isDryRun: isDryRun),
            always: isDryRun,
            isAction: report.rotatedCount > 0 || !report.failedLogs.isEmpty)
    }
}
