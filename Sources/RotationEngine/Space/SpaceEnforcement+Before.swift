import HostObservation
import LinuxSystem
import LogCut
import RotationCore

extension SpaceEnforcement {
    /// Removes what earlier runs left over, and makes room for rotations that need some.
    mutating func prepare(_ decided: Decisions, _ workshop: Workshop, _ memory: inout RunMemory) {
        for index in trees.indices {
            var room = missingRoom(decided, trees[index])
            if let missing = room, trees[index].rule.reclaimsHeld {
                let tree = trees[index]
                var limits = tree.limits
                reclaim(
                    tree.rule, tree.accounting.usedBytes, &limits, .room, missing - limits.freeBytes, workshop, &memory)
                trees[index].limits = limits
                room = missingRoom(decided, trees[index])
            }
            let tree = trees[index]
            let measures = tree.need.pressure(missingRoomBytes: room, reclaims: tree.rule.reclaimsHeld)
                .measures(live: [])
            var chains = measures.contains(.removeLeftovers) ? leftovers(tree, memory) : []
            if let room, room > 0 { chains += evictionsForRoom(room, tree, workshop) }
            guard !chains.isEmpty else { continue }
            let space = SpacePlan(
                space: tree.rule.directory, usedBytes: tree.accounting.usedBytes, limits: tree.limits, chains: chains)
            carryOut(space, workshop, &memory)
            // A real run looks again.
            guard isDryRun else { continue }
            trees[index].accounting.forget(Set(chains.compactMap { $0.last?.identity }))
            let freed = tree.accounting.inventory.usedBytes - trees[index].accounting.inventory.usedBytes
            trees[index].limits.freeBytes += freed
        }
    }

    /// Temporary files under spillway's own names. What the journal needs, or somebody has open, stays.
    private func leftovers(_ tree: Tree, _ memory: RunMemory) -> [[PlannedStep]] {
        let needed = Set(
            unfinished(memory).map { $0.archive.directory.appending(OwnNames.temporary(for: $0.archive.name)) })
        return tree.accounting.leftovers.filter { !needed.contains($0.path) }.map { file in
            [PlannedStep(.remove(file.path, shredCycles: nil), .leftover, for: file.path, identity: file.identity)]
        }
    }

    /// What the largest rotation that is no cut needs to have free; a cut needs nothing.
    private func missingRoom(_ decided: Decisions, _ tree: Tree) -> Int64? {
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

    private mutating func evictionsForRoom(
        _ room: Int64, _ tree: Tree, _ workshop: Workshop
    ) -> [[PlannedStep]] {
        let limits = SpaceLimits(
            roomBytes: room, freeBytes: tree.limits.freeBytes, eviction: tree.rule.eviction)
        let plan = plan(tree.accounting.inventory, limits, workshop)
        return plan.evictions.map { planner.steps(for: $0, settings(of: $0.log)) }
    }
}
