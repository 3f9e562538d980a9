import HostObservation
import LinuxSystem
import RotationCore

/// What `-n` answers: first what would become of the logs, then how. Plans are collected until all are there, so that what
/// concerns one log stands together, whichever rule asks for it.
struct DryRunAnswer {
    /// A line, and who wants it.
    struct Line: Equatable {
        var text: String
        /// Shown with `-v` only.
        var isDetail = false
    }

    /// What is done for one log, for the scripts of a stanza, or for a tree's other files.
    struct Block {
        var subject: Path
        var steps: [PlannedStep] = []
    }

    private var blocks: [Block] = []
    private var indices: [Path: Int] = [:]
    private var titles: [Path: String] = [:]
    private var quiet: [Line] = []
    private var seen: [Path: SpaceLog] = [:]
    private var spaces: [(plan: SpacePlan, isMet: Bool)] = []
    private let now: Timestamp
    /// `-vv`: nothing is folded.
    private let isExact: Bool

    init(now: Timestamp, isExact: Bool) {
        self.now = now
        self.isExact = isExact
    }

    /// A stanza's plan.
    mutating func add(_ plan: StanzaPlan) {
        see(plan.seen)
        let due = Dictionary(
            plan.groups.flatMap(\.logs).map { ($0.log, $0.reason) }, uniquingKeysWith: { one, _ in one })
        let concerned = Set(plan.steps.map(\.subject))
        for (log, decision) in plan.decisions {
            switch decision {
            case .rotate(let reason):
                titles[log.path] = StepText.describe(due[log.path] ?? reason)
                _ = index(of: log.path)
            case .leave(let reason):
                titles[log.path] = StepText.describe(reason)
                if !concerned.contains(log.path) {
                    quiet.append(Line(text: "\(log.path): \(StepText.describe(reason))", isDetail: true))
                }
            case .problem: break
            }
        }
        let archived = Set(plan.seen.map(\.path))
        for step in plan.steps {
            if titles[step.subject] == nil {
                titles[step.subject] =
                    archived.contains(step.subject) ? "not there any more" : "its scripts, once for all its logs"
            }
            add(step, to: step.subject)
        }
    }

    /// What is done for space, or that nothing has to be.
    mutating func add(_ plan: SpacePlan) {
        see(plan.seen)
        let known = spaces.contains { $0.plan.space == plan.space && !$0.isMet }
        if plan.space != nil || plan.steps.isEmpty, !known { spaces.append((plan, plan.steps.isEmpty)) }
        for step in plan.steps {
            if seen[step.subject] != nil {
                if titles[step.subject] == nil { titles[step.subject] = "its archives go for space" }
                add(step, to: step.subject)
            } else if let space = plan.space {
                titles[space] = "files that are no archives"
                add(step, to: space)
            }
        }
    }

    /// A step that no plan has: an earlier run began it.
    mutating func add(_ step: PlannedStep) {
        if titles[step.subject] == nil { titles[step.subject] = "an earlier run was interrupted" }
        add(step, to: step.subject)
    }

    private mutating func see(_ logs: [SpaceLog]) {
        for log in logs where seen[log.path] == nil { seen[log.path] = log }
    }

    private mutating func add(_ step: PlannedStep, to subject: Path) {
        blocks[index(of: subject)].steps.append(step)
    }

    private mutating func index(of subject: Path) -> Int {
        if let index = indices[subject] { return index }
        indices[subject] = blocks.count
        blocks.append(Block(subject: subject))
        return blocks.count - 1
    }
}

// MARK: - The lines

extension DryRunAnswer {
    /// Everything, in the order in which it is read.
    func lines(_ screen: Screen) -> [Line] {
        var lines = spaces.filter { !$0.isMet }.map { Line(text: SpaceText.describe($0.plan)) }
        let forecasts = blocks.compactMap { block in
            block.steps.isEmpty ? nil : seen[block.subject].map { LogForecast($0, steps: block.steps) }
        }
        if !forecasts.isEmpty {
            let overview = DryRunTable(forecasts: forecasts, others: otherBytes, now: now)
            lines += (overview.table(screen) + [overview.sum, ""]).map { Line(text: $0) }
        }
        for block in blocks {
            lines.append(Line(text: "\(block.subject): \(titles[block.subject] ?? "")"))
            lines += steps(block.steps).map { Line(text: $0) }
        }
        let met = spaces.filter(\.isMet).flatMap { SpaceText.describeMet($0.plan) }
        return lines + quiet + met.map { Line(text: $0, isDetail: true) }
    }

    /// What goes besides archives, in bytes: what `purge` names.
    private var otherBytes: Int64 {
        blocks.filter { seen[$0.subject] == nil }.flatMap(\.steps).reduce(0) { sum, step in
            if case .evicted(let reason) = step.reason { sum + reason.bytes } else { sum }
        }
    }

    /// The steps of a block; several archives that only get another number are one line.
    private func steps(_ steps: [PlannedStep]) -> [String] {
        var lines: [String] = []
        var renumbered: [(path: Path, line: String)] = []
        func flush() {
            lines +=
                renumbered.count < 2 || isExact
                ? renumbered.map(\.line) : ["  " + StepText.describe(renumbered: renumbered.map(\.path))]
            renumbered = []
        }
        for step in steps {
            let text = StepText.describe(step.step, accounts: SystemAccounts(), exactly: isExact)
            let line = "  \(text)\(StepText.reason(step.reason))"
            if case .shift(let path, _) = step.step {
                renumbered.append((path, line))
                continue
            }
            flush()
            lines.append(line)
        }
        flush()
        return lines
    }
}
