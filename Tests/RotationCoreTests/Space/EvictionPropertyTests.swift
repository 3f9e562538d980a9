import LinuxSystem
import RotationCore
import Testing

/// What must hold for any inventory, tried on thousands from a seed.
struct EvictionPropertyTests {
    private static let seed: UInt64 = 20_261_125

    /// What counts as one log, built anew in the plainest way.
    private struct Plain {
        var fixed: Int64 = 0
        /// Sizes of what may go, the oldest first, with the newest `minkeep` left out.
        var removable: [Int64] = []
        var total: Int64 { fixed + removable.reduce(0, +) }
    }

    private static func plain(_ inventory: SpaceInventory) -> [Plain] {
        var groups: [[SpaceLog]] = []
        for log in inventory.logs {
            if log.group != nil, let index = groups.firstIndex(where: { $0[0].group == log.group }) {
                groups[index].append(log)
            } else {
                groups.append([log])
            }
        }
        var result = groups.map { logs in
            var archives = logs.flatMap(\.archives)
            if logs.count > 1 { archives.sort { ($0.modified, $0.path) < ($1.modified, $1.path) } }
            let keep = logs[logs.count - 1].minimumKeep
            var plain = Plain(fixed: logs.map(\.liveBytes).reduce(0, +))
            for (index, archive) in archives.enumerated() {
                if archive.obstacle == nil, archives.count - index > keep {
                    plain.removable.append(archive.allocatedBytes)
                } else {
                    plain.fixed += archive.allocatedBytes
                }
            }
            return plain
        }
        let purgeable = inventory.purgeable.sorted { ($0.modified, $0.path) < ($1.modified, $1.path) }
        if !purgeable.isEmpty { result.append(Plain(removable: purgeable.map(\.allocatedBytes))) }
        return result
    }

    /// What all logs have if each is brought down to a level as far as it can be.
    private static func sum(_ logs: [Plain], at level: Int64) -> Int64 {
        logs.reduce(0) { sum, log in
            var total = log.total
            for bytes in log.removable where total > level { total -= bytes }
            return sum + total
        }
    }

    @Test func theLevelIsAsHighAsItCanBe() {
        var random = SeededRandom(state: Self.seed)
        for round in 0..<3000 {
            let inventory = SpaceTree.random(&random)
            let budget = Int64(random.next(200))
            guard inventory.foreignBytes <= budget else { continue }
            let plan = EvictionPlanner.plan(inventory, limits: SpaceLimits(budgetBytes: budget))
            let logs = Self.plain(inventory)
            guard let last = plan.evictions.last, case .fair(let level, let total) = last.choice else {
                #expect(
                    inventory.usedBytes <= budget || logs.allSatisfy { $0.removable.isEmpty }, "round \(round)")
                continue
            }
            #expect(total == level, "round \(round)")
            // A level of bytes is a whole number: all are tried. The highest that is enough is one below the planner's,
            // which is what the last log had before it lost an archive.
            let highest = (0...max(1, logs.map(\.total).max() ?? 0)).last {
                inventory.foreignBytes + Self.sum(logs, at: $0) <= budget
            }
            if let highest {
                #expect(highest == level - 1, "round \(round)")
                #expect(plan.shortfalls.isEmpty)
            } else {
                #expect(plan.shortfalls.count == 1 || level == 0, "round \(round)")
            }
        }
    }

    @Test func noMoreThanOneArchiveIsTooMuch() {
        var random = SeededRandom(state: Self.seed + 1)
        for round in 0..<4000 {
            let inventory = SpaceTree.random(&random)
            let eviction: Eviction = random.next(2) == 0 ? .fair : .oldest
            let limits = SpaceLimits(
                minimumFreeBytes: Int64(random.next(150)), freeBytes: Int64(random.next(40)), eviction: eviction)
            let plan = EvictionPlanner.plan(inventory, limits: limits)
            let wanted = limits.minimumFreeBytes ?? 0
            let free = limits.freeBytes + plan.freedBytes
            if let last = plan.evictions.last {
                #expect(free - last.file.allocatedBytes < wanted, "round \(round): the last one was not needed")
            }
            #expect(plan.shortfalls.isEmpty == (free >= wanted), "round \(round)")
            #expect(plan.shortfalls.map(\.missing) == (free >= wanted ? [] : [wanted - free]), "round \(round)")
            // Nothing twice, nothing that frees nothing.
            #expect(Set(plan.evictions.map(\.file.path)).count == plan.evictions.count)
            #expect(plan.evictions.allSatisfy { $0.file.obstacle != .linked })
        }
    }

    @Test func nothingIsTakenBelowMinkeepWhileAnotherCanGo() {
        var random = SeededRandom(state: Self.seed + 2)
        for round in 0..<4000 {
            let inventory = SpaceTree.random(&random)
            let limits = SpaceLimits(
                budgetBytes: Int64(random.next(150)), minimumFreeBytes: Int64(random.next(150)), freeBytes: 0,
                eviction: random.next(2) == 0 ? .fair : .oldest)
            let plan = EvictionPlanner.plan(inventory, limits: limits)
            let surplus = Self.plain(inventory).reduce(0) { $0 + $1.removable.count }
            #expect(plan.evictions.map(\.tier) == plan.evictions.map(\.tier).sorted(), "round \(round)")
            if plan.evictions.contains(where: { $0.tier > .surplus }) {
                #expect(plan.evictions.count(where: { $0.tier == .surplus }) == surplus, "round \(round)")
            }
            for eviction in plan.evictions {
                if case .budget = eviction.rule { #expect(eviction.tier == .surplus, "round \(round)") }
                #expect((eviction.file.obstacle == .held) == (eviction.tier == .held), "round \(round)")
            }
            // Of one log the oldest go first.
            for log in inventory.logs where log.group == nil {
                let taken = plan.evictions.filter { $0.log == log.path && $0.tier == .surplus }.map(\.file.path)
                let order = log.archives.filter { $0.obstacle == nil }.map(\.path)
                if limits.eviction == .fair { #expect(Array(order.prefix(taken.count)) == taken, "round \(round)") }
            }
        }
    }
}
