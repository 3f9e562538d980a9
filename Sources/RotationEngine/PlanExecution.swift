import LinuxSystem
import RotationCore

/// Carries a stanza's plan out, with logrotate's rules about what an error keeps from happening.
///
/// In two parts: between them the writers of all renamed logs of the run are told, each once.
final class PlanExecution {
    private let run: RotationRun
    private let executor: Executor
    private let plan: StanzaPlan
    private var settings: Settings { plan.stanza.settings }
    /// Groups whose logs were moved or cut, with the logs that nothing went wrong with.
    private var begun: [(group: GroupPlan, logs: [LogPlan])] = []
    private var isGivenUp = false

    init(run: RotationRun, executor: Executor, plan: StanzaPlan) {
        self.run = run
        self.executor = executor
        self.plan = plan
    }

    /// Everything up to the moment at which writers are told; what is to be sent.
    func begin() -> [Signalling.Request] {
        if let script = plan.firstAction, !perform(script) {
            isGivenUp = true
            return []
        }
        var rest = plan.groups[...]
        while let group = rest.first, !StopSignal.arrived {
            // Logs that no script is run between are cut together.
            let together = rest.prefix { $0.isFree }.prefix(CutBatch.limit)
            if together.count > 1 {
                begin(Array(together))
                rest = rest.dropFirst(together.count)
            } else {
                begin(group)
                rest = rest.dropFirst()
            }
            if !plan.hasSignals { finishBegun() }
        }
        return begun.flatMap(\.logs).compactMap(request)
    }

    /// The rest, once the writers were told.
    func end() {
        guard !isGivenUp else { return }
        finishBegun()
        if let script = plan.lastAction, !StopSignal.arrived { perform(script) }
        if let telling = plan.telling, let script = telling.steps.last, !StopSignal.arrived {
            if all(telling.steps.dropLast()) {
                perform(script)
                for log in telling.logs { executor.rememberTelling(of: log) }
            }
        }
        chains(plan.expiry)
    }

    private func begin(_ group: GroupPlan) {
        var going = group.logs
        func keep(_ ok: (LogPlan) -> Bool) {
            let kept = going.filter(ok)
            // Shared: all or none.
            going = group.isShared && kept.count < going.count ? [] : kept
        }
        keep { prepare($0) }
        if let script = group.prerotate, !going.isEmpty {
            if !perform(script) { return }
            // A script may have replaced the log, as sed -i does: what is there now is meant.
            going = going.map { executor.lookedAtAgain($0) }
        }
        let rotated = rotate(going)
        keep { rotated.contains($0.log) }
        begun.append((group, going))
    }

    private func begin(_ groups: [GroupPlan]) {
        let prepared = groups.map { group in (group, group.logs.filter { prepare($0) }) }
        let rotated = rotate(prepared.flatMap(\.1))
        for (group, logs) in prepared { begun.append((group, logs.filter { rotated.contains($0.log) })) }
    }

    /// What comes before the rotation. Where there is no room even for a name, as on a full XFS, a part of the log is added
    /// to its newest archive first, which makes some.
    private func prepare(_ log: LogPlan) -> Bool {
        var isRelieved = false
        for step in log.prepare {
            run.began(step)
            var result = executor.perform(step, settings)
            if case .failed = result, executor.hadNoRoom, !isRelieved, log.isCutAlone, relieve(log) {
                isRelieved = true
                result = executor.perform(step, settings)
            }
            run.ended(step, result)
            guard Self.isGoing(on: result, behind: step) else { return false }
        }
        return true
    }

    /// Adds what can be cut of a log to its newest archive, through the journal.
    private func relieve(_ log: LogPlan) -> Bool {
        guard let newest = log.newestArchive, let planned = log.rotate.first,
            case .cut(let path, _?, let compression, var plan) = planned.step,
            (compression == nil) != newest.hasSuffix(".gz")
        else { return false }
        plan.extends = true
        let relief = PlannedStep(
            .cut(path, to: newest, compression: compression, plan), .room, for: log.log, identity: planned.identity)
        run.began(relief)
        let result = executor.performCuts([relief], settings).first ?? .left("there was nothing to cut")
        run.ended(relief, result)
        return Self.isGoing(on: result, behind: relief)
    }

    /// Moves or cuts logs; those that it went well with.
    private func rotate(_ logs: [LogPlan]) -> Set<Path> {
        let cuts = logs.filter(\.isCutAlone)
        let cutWell = performCuts(cuts)
        var done: Set<Path> = []
        for log in logs where log.isCutAlone ? cutWell.contains(log.log) : all(log.rotate) {
            done.insert(log.log)
            // What was moved or emptied is rotated, whatever becomes of the rest.
            run.rememberRotation(of: log)
            if log.isCompressedLater { executor.rememberPlain(log.archive, of: log.log) }
        }
        return done
    }

    private func performCuts(_ logs: [LogPlan]) -> Set<Path> {
        let steps = logs.flatMap(\.rotate)
        if steps.count == 1 { run.began(steps[0]) }
        var done: Set<Path> = []
        for (index, result) in executor.performCuts(steps, settings).enumerated() {
            if steps.count > 1 { run.began(steps[index]) }
            run.ended(steps[index], result)
            if Self.isGoing(on: result, behind: steps[index]) { done.insert(logs[index].log) }
        }
        return done
    }

    private func finishBegun() {
        let groups = begun
        begun = []
        for (group, logs) in groups {
            // Logs that were moved have writers that must be told, whoever asks this run to stop.
            if let script = group.postrotate, !logs.isEmpty {
                let isDone = perform(script)
                let others = group.isShared ? plan.telling?.logs ?? [] : []
                for log in logs.map(\.log) + others { executor.rememberTelling(of: log) }
                if !isDone { continue }
            }
            for log in logs where !StopSignal.arrived { chains(log.finish) }
            for log in logs { run.noteRelease(of: log, settings) }
        }
    }

    private func request(_ log: LogPlan) -> Signalling.Request? {
        guard let planned = log.signal, case .signal(let rule, let file, _) = planned.step,
            let identity = planned.identity
        else { return nil }
        return Signalling.Request(
            planned: planned, rule: rule, file: file, identity: identity, location: settings.origins[.signal],
            waitMilliseconds: settings.signalWaitMilliseconds)
    }

    private func chains(_ chains: [[PlannedStep]]) {
        for chain in chains where !StopSignal.arrived {
            // It is not mailed, and its script not run, again and again for nothing.
            if chain.count > 1, let removal = chain.last, let why = executor.reasonToKeep(removal) {
                run.began(removal)
                run.ended(removal, .left(why))
            } else {
                all(chain)
            }
        }
    }

    /// Steps up to the first that fails; whether none did.
    @discardableResult
    private func all(_ steps: some Sequence<PlannedStep>) -> Bool {
        steps.allSatisfy { perform($0) }
    }

    @discardableResult
    private func perform(_ step: PlannedStep) -> Bool {
        run.began(step)
        let result = executor.perform(step, settings)
        run.ended(step, result)
        return Self.isGoing(on: result, behind: step)
    }

    private static func isGoing(on result: StepResult, behind step: PlannedStep) -> Bool {
        switch (result, step.step) {
        // What is not in its archive yet is not to be removed.
        case (.failed, _), (.left, .archive), (.left, .cut): false
        default: true
        }
    }
}

extension GroupPlan {
    /// Whether no script is run for it.
    fileprivate var isFree: Bool { prerotate == nil && postrotate == nil && !isShared }
}

extension LogPlan {
    /// The newest archive, before numbers are moved.
    fileprivate var newestArchive: Path? {
        let shifts = prepare.compactMap { planned -> Path? in
            if case .shift(let path, _) = planned.step { return path }
            return nil
        }
        return shifts.last
    }

    /// Whether its archive is plain until its scripts have seen it.
    fileprivate var isCompressedLater: Bool {
        finish.contains { chain in
            if case .compress(let path, _, _)? = chain.first?.step { path == archive } else { false }
        }
    }

    /// Whether its rotation is a cut and nothing else.
    fileprivate var isCutAlone: Bool {
        if rotate.count == 1, case .cut = rotate[0].step { return true }
        return false
    }
}

extension StanzaPlan {
    /// Whether writers are told by a signal.
    fileprivate var hasSignals: Bool { groups.contains { $0.logs.contains { $0.signal != nil } } }
}
