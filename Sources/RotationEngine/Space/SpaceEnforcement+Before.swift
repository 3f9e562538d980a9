import LinuxSystem
import RotationCore

extension SpaceEnforcement {
    /// Removes what earlier runs left over, and makes room for rotations that need some.
    func prepare(_ decided: Decided) {
        for index in trees.indices {
            let tree = trees[index]
            let room = missingRoom(decided, tree)
            let measures = tree.need.pressure(missingRoomBytes: room, reclaims: tree.rule.reclaimsHeld)
                .measures(live: [])
            var chains = measures.contains(.removeLeftovers) ? leftovers(tree) : []
            if let room, room > 0 { chains += evictionsForRoom(room, tree) }
            guard !chains.isEmpty else { continue }
            carryOut(
                SpacePlan(
                    space: tree.rule.directory, usedBytes: tree.accounting.usedBytes, limits: tree.limits,
                    chains: chains))
            // A real run looks again.
            guard isDryRun else { continue }
            trees[index].accounting.forget(Set(chains.compactMap { $0.last?.identity }))
            let freed = tree.accounting.inventory.usedBytes - trees[index].accounting.inventory.usedBytes
            trees[index].limits.freeBytes += freed
        }
    }

    /// Temporary files under spillway's own names. What the journal needs, or somebody has open, stays.
    private func leftovers(_ tree: Tree) -> [[PlannedStep]] {
        let needed = Set(
            unfinished.map { $0.archive.directory.appending(PendingFile.temporaryName(for: $0.archive.name)) })
        return tree.accounting.leftovers.filter { !needed.contains($0.path) }.map { file in
            [PlannedStep(.remove(file.path, shredCycles: nil), .leftover, for: file.path, identity: file.identity)]
        }
    }

    /// What the largest rotation that is no cut needs to have free; a cut needs nothing.
    private func missingRoom(_ decided: Decided, _ tree: Tree) -> Int64? {
        var needed: Int64 = 0
        let paths = Set(tree.accounting.inventory.logs.map(\.path))
        for (index, items) in decided.enumerated() {
            let settings = stanzas[index].stanza.settings
            for (log, decision) in items where paths.contains(log.path) {
                guard case .rotate = decision,
                    settings.technique(for: log.holders, knowing: planner.signals) != .inPlace
                else { continue }
                needed = max(needed, SpaceDemand.room(forBytes: log.status?.allocatedBytes ?? 0, settings))
            }
        }
        return needed > tree.limits.freeBytes ? needed : nil
    }

    private func evictionsForRoom(_ room: Int64, _ tree: Tree) -> [[PlannedStep]] {
        let limits = SpaceLimits(
            roomBytes: room, freeBytes: tree.limits.freeBytes, eviction: tree.rule.eviction)
        return plan(tree.accounting.inventory, limits).evictions.map { planner.steps(for: $0, settings(of: $0.log)) }
    }
}
