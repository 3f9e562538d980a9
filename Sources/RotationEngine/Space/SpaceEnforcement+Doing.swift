import HostObservation
import LinuxSystem
import LogCut
import RotationCore

extension SpaceEnforcement {
    /// A plan without archives that somebody has open, as far as that is known before.
    mutating func plan(_ inventory: SpaceInventory, _ limits: SpaceLimits, _ workshop: Workshop) -> EvictionPlan {
        while true {
            let plan = EvictionPlanner.plan(inventory.marking(obstacles), limits: limits)
            var found = false
            for eviction in plan.evictions where eviction.file.obstacle == nil {
                guard probed.insert(eviction.file.identity).inserted, workshop.steps.isHeld(eviction.file) else {
                    continue
                }
                obstacles[eviction.file.identity] = .held
                found = true
            }
            if !found { return plan }
        }
    }

    /// Carries a plan out; a dry run only shows it.
    ///
    /// - Parameter goesOn: told so often what was removed, in bytes, and whether to go on.
    /// - Returns: the files that are gone.
    @discardableResult
    mutating func carryOut(
        _ plan: SpacePlan, _ workshop: Workshop, _ memory: inout RunMemory,
        goesOn: (Int64) -> Bool = { _ in true }
    ) -> Set<FileIdentity> {
        guard !isDryRun else {
            let subjects = Set(plan.steps.map(\.subject))
            var shown = plan
            shown.seen = logs.logs.filter { subjects.contains($0.path) }
            workshop.recorder.planned(shown)
            return []
        }
        workshop.recorder.planned(plan)
        var gone: Set<FileIdentity> = []
        var removedBytes: Int64 = 0
        var count = 0
        var nextMeasure = 1
        for chain in plan.chains where !StopSignal.arrived {
            guard let last = chain.last, let identity = last.identity else { continue }
            if let bytes = perform(chain, workshop, &memory) {
                gone.insert(identity)
                removedBytes += bytes
                count += 1
            } else {
                obstacles[identity] = obstacles[identity] == nil ? .held : .needed
            }
            // The first two tell whether it helps at all; after that it is seldom asked.
            guard count == nextMeasure else { continue }
            nextMeasure = count < 2 ? 2 : count * 2
            if !goesOn(removedBytes) { return gone }
            removedBytes = 0
        }
        if count > 0 { _ = goesOn(removedBytes) }
        return gone
    }

    /// What was freed; nil where it was not.
    private mutating func perform(
        _ chain: [PlannedStep], _ workshop: Workshop, _ memory: inout RunMemory
    ) -> Int64? {
        var freed: Int64 = 0
        for step in chain {
            switch workshop.perform(step, settings(of: step.subject) ?? Settings(), &memory) {
            case .done(let bytes): freed += bytes ?? 0
            case .left("it is gone"): break
            case .left:
                return nil
            case .failed:
                // It is not tried again in this run, whoever has it.
                if let identity = step.identity { obstacles[identity] = .needed }
                return nil
            case .cut, .signalled: break
            }
        }
        return freed
    }

    func report(_ shortfall: SpaceShortfall, space: Path?, _ recorder: RunRecorder) {
        recorder.note(
            shortfall.log ?? space ?? "/", shortfall.sentence(space: space), key: shortfall.key(space: space))
    }

    func reportFutile(
        _ rule: SpaceRule, _ plan: EvictionPlan, _ limits: SpaceLimits, _ recorder: RunRecorder
    ) {
        guard plan.shortfalls.isEmpty, let floor = limits.minimumFreeBytes, limits.freeBytes < floor else { return }
        let shortfall = SpaceShortfall(
            rule: .freeFloor(limitBytes: floor), missing: floor - limits.freeBytes,
            cause: .exhausted(liveBytes: 0, keptBytes: 0, stuckBytes: 0, foreignBytes: 0))
        recorder.note(
            rule.directory, shortfall.sentence(space: rule.directory, isFutile: true),
            key: shortfall.key(space: rule.directory))
    }
}
