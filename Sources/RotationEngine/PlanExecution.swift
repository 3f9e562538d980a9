import LinuxSystem
import RotationCore

/// Carries a stanza's plan out, with logrotate's rules about what an error keeps from happening.
struct PlanExecution {
    private let run: RotationRun
    private let executor: Executor
    private let plan: StanzaPlan
    private var settings: Settings { plan.stanza.settings }

    init(run: RotationRun, executor: Executor, plan: StanzaPlan) {
        self.run = run
        self.executor = executor
        self.plan = plan
    }

    func carryOut() {
        if let script = plan.firstAction, !perform(script) { return }
        for group in plan.groups where !StopSignal.arrived { carryOut(group) }
        if let script = plan.lastAction, !StopSignal.arrived { perform(script) }
        chains(plan.expiry)
    }

    private func carryOut(_ group: GroupPlan) {
        // The logs that nothing went wrong with. Shared: all or none.
        var going = group.logs
        func keep(_ ok: (LogPlan) -> Bool) {
            let kept = going.filter(ok)
            going = group.isShared && kept.count < going.count ? [] : kept
        }
        keep { all($0.prepare) }
        if let script = group.prerotate, !going.isEmpty {
            if !perform(script) { return }
            // A script may have replaced the log, as sed -i does: what is there now is meant.
            going = going.map { executor.lookedAtAgain($0) }
        }
        keep { log in
            let ok = all(log.rotate)
            // What was moved or emptied is rotated, whatever becomes of the rest.
            if ok { run.rememberRotation(of: log.log) }
            return ok
        }
        if let script = group.postrotate, !going.isEmpty, !perform(script) { return }
        for log in going where !StopSignal.arrived { chains(log.finish) }
    }

    private func chains(_ chains: [[PlannedStep]]) {
        for chain in chains where !StopSignal.arrived { all(chain) }
    }

    /// Steps up to the first that fails; whether none did.
    @discardableResult
    private func all(_ steps: [PlannedStep]) -> Bool {
        steps.allSatisfy { perform($0) }
    }

    @discardableResult
    private func perform(_ step: PlannedStep) -> Bool {
        run.began(step)
        let result = executor.perform(step, settings)
        run.ended(step, result)
        switch (result, step.step) {
        // What is not in its archive yet is not to be removed.
        case (.failed, _), (.left, .archive): return false
        default: return true
        }
    }
}
