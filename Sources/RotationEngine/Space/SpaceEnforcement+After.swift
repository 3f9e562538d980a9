import HostObservation
import LinuxSystem
import LogCut
import RotationCore

extension SpaceEnforcement {
    /// Evicts what is too much after everything else was done, and says what cannot be met.
    ///
    /// - Parameter plans: of the stanzas: a dry run goes by what they will lead to.
    mutating func enforce(_ plans: [StanzaPlan], _ workshop: Workshop, _ memory: inout RunMemory) {
        guard !StopSignal.arrived else { return }
        let changed = workshop.recorder.report.steps.count > stepsBefore
        if let atRest, !changed {
            workshop.recorder.report.spaces = atRest.figures
            return
        }
        if (changed || rules.isEmpty) && !isDryRun {
            SpaceLogs.forgetListings(stanzas, workshop.steps.tools.cache)
            lookAtLogs(workshop, memory)
        } else if rules.isEmpty {
            lookAtLogs(workshop, memory)
        }
        if limitsLogs { enforceMaximumTotals(plans, workshop, &memory) }
        if changed, !isDryRun {
            lookAtTrees(sync: trees.contains { $0.limits.isBelowFloor }, workshop)
        }
        var figures: [SpaceFigures] = []
        for tree in trees where !StopSignal.arrived {
            var inventory = tree.accounting.inventory
            var limits = tree.limits
            if isDryRun {
                inventory = SpaceForecast.apply(plans, to: inventory)
                limits.freeBytes += tree.accounting.usedBytes - inventory.usedBytes
            }
            figures.append(enforce(tree.rule, inventory, limits, workshop, &memory))
        }
        workshop.recorder.report.spaces = figures
    }

    /// Each log's own limit: no file system is looked at for it.
    private mutating func enforceMaximumTotals(
        _ plans: [StanzaPlan], _ workshop: Workshop, _ memory: inout RunMemory
    ) {
        var limited = logs.logs.filter { $0.maximumTotalBytes != nil }
        for index in limited.indices { limited[index].group = nil }
        var inventory = SpaceInventory(logs: limited)
        if isDryRun { inventory = SpaceForecast.apply(plans, to: inventory) }
        var removed: Set<FileIdentity> = []
        var shortfalls: [SpaceShortfall] = []
        while true {
            let plan = plan(inventory, SpaceLimits(), workshop)
            shortfalls = plan.shortfalls
            guard !plan.evictions.isEmpty else { break }
            let chains = plan.evictions.map { planner.steps(for: $0, settings(of: $0.log)) }
            let space = SpacePlan(space: nil, usedBytes: 0, limits: SpaceLimits(), chains: chains)
            removed.formUnion(carryOut(space, workshop, &memory))
            if isDryRun || StopSignal.arrived { break }
            inventory = inventory.without(removed)
        }
        if isDryRun {
            // Who asks what would be done may ask which limits are met, too.
            var met = SpacePlan(space: nil, usedBytes: 0, limits: SpaceLimits(), chains: [])
            met.seen = inventory.logs.filter { $0.occupiedBytes <= $0.maximumTotalBytes ?? .max }
            workshop.recorder.planned(met)
        }
        for index in trees.indices { trees[index].accounting.forget(removed) }
        for shortfall in shortfalls { report(shortfall, space: nil, workshop.recorder) }
    }

    private mutating func enforce(
        _ rule: SpaceRule, _ start: SpaceInventory, _ measured: SpaceLimits, _ workshop: Workshop,
        _ memory: inout RunMemory
    ) -> SpaceFigures {
        var inventory = start
        var limits = measured
        var progress = RemovalProgress()
        // What has no name any more counts for no tree, only for what is free. Nobody can read it: it goes before history does.
        if rule.reclaimsHeld, !StopSignal.arrived, let floor = limits.minimumFreeBytes, limits.freeBytes < floor {
            let missing = floor - limits.freeBytes
            reclaim(rule, inventory.usedBytes, &limits, .belowFloor(missingBytes: missing), missing, workshop, &memory)
        }
        while true {
            let plan = plan(inventory, limits, workshop)
            let evictions = StopSignal.arrived || progress.isFutile ? [] : plan.evictions
            if !evictions.isEmpty {
                let chains = evictions.map { planner.steps(for: $0, settings(of: $0.log)) }
                let space = SpacePlan(
                    space: rule.directory, usedBytes: inventory.usedBytes, limits: limits, chains: chains)
                let gone = carryOut(space, workshop, &memory) { bytes in
                    Self.measure(rule, &limits, &progress, removedBytes: bytes, workshop)
                    return !progress.isFutile
                }
                if isDryRun {
                    limits.freeBytes += evictions.reduce(0) { $0 + $1.file.allocatedBytes }
                    inventory = inventory.without(Set(evictions.map(\.file.identity)))
                } else {
                    inventory = inventory.without(gone)
                }
                continue
            }
            for shortfall in plan.shortfalls { report(shortfall, space: rule.directory, workshop.recorder) }
            if progress.isFutile { reportFutile(rule, plan, limits, workshop.recorder) }
            if isDryRun, plan.shortfalls.isEmpty {
                workshop.recorder.planned(
                    SpacePlan(space: rule.directory, usedBytes: inventory.usedBytes, limits: limits, chains: []))
            }
            break
        }
        return SpaceFigures(path: rule.directory, usedBytes: inventory.usedBytes, limits: limits)
    }

    /// Only for a floor it is measured what removing brings.
    private static func measure(
        _ rule: SpaceRule, _ limits: inout SpaceLimits, _ progress: inout RemovalProgress, removedBytes: Int64,
        _ workshop: Workshop
    ) {
        guard limits.minimumFreeBytes != nil || limits.minimumFreeInodes != nil else { return }
        // An inode is free when its last name is gone.
        if limits.minimumFreeInodes != nil {
            workshop.recorder.note(left: workshop.steps.removal.finish())
        }
        guard let now = try? SpaceAccounting.limits(rule) else { return }
        if limits.freeBytes < limits.minimumFreeBytes ?? 0 {
            progress.note(
                removedBytes: removedBytes, freeBytesBefore: limits.freeBytes, freeBytesAfter: now.freeBytes)
        }
        limits = now
    }

    /// Gives back what deleted files hold, until so many bytes are there.
    mutating func reclaim(
        _ rule: SpaceRule, _ usedBytes: Int64, _ limits: inout SpaceLimits, _ reason: StepReason, _ missing: Int64,
        _ workshop: Workshop, _ memory: inout RunMemory
    ) {
        let device = rule.directory.device()
        guard let held = try? HeldFiles.look(under: [rule.directory]) else { return }
        let reclaim = HeldReclaim()
        var wanted = missing
        var chains: [[PlannedStep]] = []
        for file in held.files
        where wanted > 0 && file.identity.device == device && reclaim.obstacle(of: file) == nil {
            let step = Step.free(file.path, file.holders)
            chains.append([PlannedStep(step, reason, for: file.path, identity: file.identity)])
            wanted -= file.status.allocatedBytes
        }
        guard !chains.isEmpty else { return }
        let space = SpacePlan(space: rule.directory, usedBytes: usedBytes, limits: limits, chains: chains)
        carryOut(space, workshop, &memory)
        if isDryRun {
            limits.freeBytes += missing - wanted
        } else if let now = try? SpaceAccounting.limits(rule) {
            limits = now
        }
    }
}
