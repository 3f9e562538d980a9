import LinuxSystem
import RotationCore
import Testing

struct SpaceDemandTests {
    private static let mebibyte: Int64 = 1 << 20

    private func log(_ name: String, _ mebibytes: Int64, due: Bool = false, rotatable: Bool = true) -> SpaceDemand.Log {
        SpaceDemand.Log(
            log: LiveLog(path: Path("/l/\(name)"), bytes: mebibytes * Self.mebibyte), isDue: due,
            isRotatable: rotatable)
    }

    private func rule(live: LiveLimits? = nil) -> SpaceRule {
        var rule = SpaceRule(directory: "/l", location: SourceLocation(file: "/c", line: 1, column: 1))
        rule.live = live
        return rule
    }

    private func need(used: Int64 = 0, foreign: Int64 = 0, budget: Int64? = nil, free: Int64 = 0, floor: Int64? = nil)
        -> SpaceNeed
    {
        let limits = SpaceLimits(
            budgetBytes: budget.map { $0 * Self.mebibyte }, minimumFreeBytes: floor.map { $0 * Self.mebibyte },
            freeBytes: free * Self.mebibyte)
        return SpaceNeed(
            SpaceInventory(logs: [], foreignBytes: foreign * Self.mebibyte), usedBytes: used * Self.mebibyte, limits)
    }

    @Test func theFewestBiggestLogsAreRotatedForLive() {
        let live = LiveLimits(triggerBytes: 36 * Self.mebibyte, targetBytes: 12 * Self.mebibyte)
        let logs = [log("a", 20), log("b", 10), log("c", 5), log("d", 2)]
        let demands = SpaceDemand.plan(logs, rule(live: live), need())
        // 2 + 5 stay; with b it would be 17.
        #expect(Set(demands.keys) == ["/l/a", "/l/b"])
        #expect(
            demands["/l/a"]
                == .liveTotal(
                    bytes: 20 << 20, totalBytes: 37 << 20, triggerBytes: 36 << 20, targetBytes: 12 << 20))
        // What rotating cannot make smaller does not keep the others from their peace.
        let stuck = [log("a", 40, rotatable: false), log("b", 10)]
        #expect(SpaceDemand.plan(stuck, rule(live: live), need()).isEmpty)
    }

    @Test func asManyAsItTakesTheBiggestFirst() {
        let logs = [log("a", 3), log("b", 8), log("c", 4)]
        func chosen(_ logs: [SpaceDemand.Log], _ need: SpaceNeed) -> Set<Path> {
            Set(SpaceDemand.plan(logs, rule(), need).keys)
        }
        #expect(chosen(logs, need(used: 105, budget: 100)) == ["/l/b"])
        #expect(chosen(logs, need(used: 110, budget: 100)) == ["/l/b", "/l/c"])
        #expect(chosen(logs, need(free: 10, floor: 100)) == ["/l/a", "/l/b", "/l/c"])
        #expect(chosen(logs, need(used: 100, budget: 100)).isEmpty)
        // What is rotated in any case may be enough.
        #expect(chosen([log("a", 9, due: true), log("b", 8)], need(used: 105, budget: 100)).isEmpty)
        // A tree that has reached a budget of 1000 MiB is not cut into pieces of 8 MiB.
        #expect(chosen(logs, need(used: 1005, budget: 1000)).isEmpty)
        // If what is not ours is more than the budget, nothing we do meets it.
        #expect(chosen(logs, need(used: 120, foreign: 101, budget: 100)).isEmpty)
    }
}

struct SpaceForecastTests {
    @Test func whatAPlanLeadsToIsForeseen() throws {
        let stanza = try #require(parse("/l/a {\nrotate 3\nsize 1\n}\n").stanzas.first)
        var tree = ModelTree(now: Timestamp.utc(2026, 11, 22, 10, 30))
        tree.add("/l/a")
        for number in 1...3 { tree.add(Path("/l/a.\(number).gz"), ageDays: Int64(number)) }
        let planner = Planner(now: tree.now, zone: TableZone.utc, force: true)
        var claims = Planner.NameClaims()
        let plan = planner.plan(stanza, tree.items(["/l/a"], stanza.settings, planner, last: [:]), claims: &claims)
        let inventory = SpaceInventory(logs: [SpaceTree.log("a", live: 80000, [300, 200, 100])], foreignBytes: 7)
        let after = SpaceForecast.apply([plan], to: inventory)
        #expect(after.logs[0].liveBytes == 0)
        // The oldest is gone, the others have new numbers, and the new one an eighth of its log.
        #expect(after.logs[0].archives.map(\.path) == ["/l/a.3.gz", "/l/a.2.gz", "/l/a.1.gz"])
        #expect(after.logs[0].archives.map(\.allocatedBytes) == [200, 100, 10000])
        #expect(after.usedBytes == 7 + 200 + 100 + 10000)
    }
}

struct SpaceShortfallTests {
    @Test func whatIsMissingIsSaidWithTheBiggestConsumers() {
        let inventory = SpaceInventory(
            logs: [SpaceTree.log("a", live: 3 << 20, [1 << 20])], foreignBytes: 20 << 20,
            largestForeign: [SpaceTree.archive("/l/filler", 19 << 20, time: 0)])
        let plan = EvictionPlanner.plan(inventory, limits: SpaceLimits(budgetBytes: 22 << 20))
        #expect(plan.evictions.isEmpty)
        #expect(
            plan.shortfalls.map { $0.sentence(space: "/l") } == [
                "space /l: 2 MiB over its budget of 22 MiB; nothing more may go: live logs 3 MiB, archives that minkeep spares "
                    + "1 MiB, other files 20 MiB; most is taken by /l/filler (19 MiB), /l/a with its archives (4 MiB)"
            ])
        #expect(plan.shortfalls.map { $0.key(space: "/l") } == ["space /l: budget is not met"])
        let foreign = EvictionPlanner.plan(inventory, limits: SpaceLimits(budgetBytes: 10 << 20)).shortfalls
        #expect(
            foreign.first?.sentence(space: "/l").hasPrefix(
                "space /l: 14 MiB over its budget of 10 MiB; what is no log's and no archive has 20 MiB") == true)
    }
}
