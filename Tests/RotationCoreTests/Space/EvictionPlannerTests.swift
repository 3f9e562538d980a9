import LinuxSystem
import RotationCore
import Testing

/// What goes for space, case by case.
struct EvictionPlannerTests {
    private func names(_ plan: EvictionPlan) -> [String] { plan.evictions.map(\.file.path.description) }

    /// One log floods, nine are quiet: `fair` takes the flood's history only, `oldest` everybody's.
    @Test func aFloodPaysWithItsOwnHistory() {
        let quiet = (1...9).map { SpaceTree.log("quiet\($0)", live: 1, [2, 2, 2], from: 0) }
        let flood = SpaceTree.log("flood", live: 50, Array(repeating: 10, count: 100), from: 1000)
        let inventory = SpaceInventory(logs: quiet + [flood])
        let fair = EvictionPlanner.plan(inventory, limits: SpaceLimits(budgetBytes: 500))
        #expect(fair.shortfalls.isEmpty)
        #expect(names(fair) == (0..<62).map { "/l/flood.\(100 - $0).gz" })
        #expect(fair.evictions.allSatisfy { $0.log == "/l/flood" && $0.rule == .budget(limitBytes: 500) })
        #expect(fair.evictions.first?.choice == .fair(level: 440, total: 1050))
        #expect(inventory.usedBytes - fair.freedBytes == 493)

        let oldest = EvictionPlanner.plan(inventory, limits: SpaceLimits(budgetBytes: 500, eviction: .oldest))
        #expect(names(oldest).count(where: { $0.contains("quiet") }) == 18)
        #expect(oldest.evictions.allSatisfy { $0.choice == .oldest })
    }

    @Test func theLevelIsTheSameForAll() {
        let inventory = SpaceInventory(logs: [
            SpaceTree.log("a", live: 5, [10, 10, 10, 10]), SpaceTree.log("b", live: 0, [10, 10, 10]),
            SpaceTree.log("c", live: 25, [10]),
        ])
        let plan = EvictionPlanner.plan(inventory, limits: SpaceLimits(budgetBytes: 90))
        // a has 45, c 35 (its only archive is kept), b 30: only the biggest has to go under 45, then under 35, then b.
        #expect(names(plan) == ["/l/a.4.gz", "/l/a.3.gz"])
        #expect(plan.evictions.map(\.choice) == [.fair(level: 35, total: 45), .fair(level: 35, total: 35)])
        let more = EvictionPlanner.plan(inventory, limits: SpaceLimits(budgetBytes: 60))
        #expect(names(more) == ["/l/a.4.gz", "/l/a.3.gz", "/l/b.3.gz", "/l/a.2.gz", "/l/b.2.gz"])
        #expect(more.shortfalls.isEmpty)
    }

    @Test func budgetAndMaximumTotalStopAtMinkeepAndTheFloorDoesNot() {
        let inventory = SpaceInventory(logs: [SpaceTree.log("a", live: 5, [10, 10, 10, 10], keep: 2, maximumTotal: 12)])
        let plan = EvictionPlanner.plan(inventory, limits: SpaceLimits(budgetBytes: 10))
        #expect(names(plan) == ["/l/a.4.gz", "/l/a.3.gz"])
        #expect(plan.evictions.map(\.rule) == [.maximumTotal(limitBytes: 12), .maximumTotal(limitBytes: 12)])
        #expect(plan.evictions.map(\.choice) == [.own(totalBytes: 45), .own(totalBytes: 35)])
        let cause = SpaceShortfall.Cause.exhausted(liveBytes: 5, keptBytes: 20, stuckBytes: 0, foreignBytes: 0)
        #expect(plan.shortfalls.map(\.rule) == [.maximumTotal(limitBytes: 12), .budget(limitBytes: 10)])
        #expect(plan.shortfalls.map(\.missing) == [13, 15])
        #expect(plan.shortfalls.map(\.cause) == [cause, cause])
        #expect(plan.shortfalls.last?.consumers == [SpaceConsumer(kind: .log(count: 1), path: "/l/a", bytes: 25)])

        let floor = EvictionPlanner.plan(inventory, limits: SpaceLimits(minimumFreeBytes: 35, freeBytes: 0))
        #expect(names(floor) == ["/l/a.4.gz", "/l/a.3.gz", "/l/a.2.gz", "/l/a.1.gz"])
        #expect(floor.evictions.map(\.tier) == [.surplus, .surplus, .kept, .kept])
        #expect(floor.evictions.last?.rule == .freeFloor(limitBytes: 35))
    }

    @Test func whatIsNotOursIsNoReasonToDestroyHistoryForABudget() {
        var inventory = SpaceInventory(logs: [SpaceTree.log("a", [10, 10, 10])], foreignBytes: 101)
        inventory.largestForeign = [SpaceTree.archive("/l/core", 90, time: 0)]
        let plan = EvictionPlanner.plan(inventory, limits: SpaceLimits(budgetBytes: 100))
        #expect(plan.evictions.isEmpty)
        #expect(plan.shortfalls.map(\.missing) == [31])
        #expect(plan.shortfalls.first?.cause == .foreign(bytes: 101))
        #expect(plan.shortfalls.first?.consumers.map(\.path) == ["/l/core", "/l/a"])
        // Once it fits, history goes for it.
        inventory.foreignBytes = 100
        #expect(
            names(EvictionPlanner.plan(inventory, limits: SpaceLimits(budgetBytes: 100))) == ["/l/a.3.gz", "/l/a.2.gz"])
        // The floor may take everything.
        inventory.foreignBytes = 1000
        let floor = EvictionPlanner.plan(inventory, limits: SpaceLimits(minimumFreeBytes: 50, freeBytes: 0))
        #expect(floor.evictions.count == 3 && floor.shortfalls.map(\.missing) == [20])
    }

    /// Of a disk of 100 GiB with 90 % of it taken by others: nobody can have meant that, unless there is no room any more.
    @Test func aFloorOutOfReachTakesNothingUnlessThatEndsAShortage() {
        let gigabyte: Int64 = 1 << 30
        func plan(free: Int64, floor: Int64, archives: [Int64], total: Int64 = 100 * gigabyte) -> EvictionPlan {
            var limits = SpaceLimits(minimumFreeBytes: floor, freeBytes: free)
            limits.totalBytes = total
            return EvictionPlanner.plan(SpaceInventory(logs: [SpaceTree.log("a", live: 5, archives)]), limits: limits)
        }
        let out = plan(free: 10 * gigabyte, floor: 95 * gigabyte, archives: [gigabyte, gigabyte])
        #expect(out.evictions.isEmpty && out.shortfalls.map(\.missing) == [85 * gigabyte])
        #expect(
            out.shortfalls.first?.cause
                == .outOfReach(liveBytes: 5, evictableBytes: 2 * gigabyte, stuckBytes: 0, foreignBytes: 0))
        #expect(out.shortfalls.first?.sentence(space: "/l").contains("so none is removed for it") == true)
        // What can be reached is.
        #expect(plan(free: 10 * gigabyte, floor: 12 * gigabyte, archives: [gigabyte, gigabyte]).evictions.count == 2)
        // Nearly full, and archives enough to end that: what brings it nearest.
        let short = plan(free: gigabyte / 2, floor: 95 * gigabyte, archives: [gigabyte, gigabyte])
        #expect(
            short.evictions.count == 2
                && short.shortfalls.map(\.missing) == [95 * gigabyte - gigabyte / 2 - 2 * gigabyte])
        // Nearly full, and history would not help.
        #expect(plan(free: 1 << 20, floor: 95 * gigabyte, archives: [4096, 4096]).evictions.isEmpty)
    }

    @Test func heldArchivesGoLastAndLinkedOnesNever() {
        var log = SpaceTree.log("a", [10, 10, 10, 10])
        log.archives[0].obstacle = .held
        log.archives[1].obstacle = .linked
        let inventory = SpaceInventory(logs: [log])
        let budget = EvictionPlanner.plan(inventory, limits: SpaceLimits(budgetBytes: 0))
        #expect(names(budget) == ["/l/a.2.gz"])
        #expect(
            budget.shortfalls.first?.cause
                == .exhausted(liveBytes: 0, keptBytes: 10, stuckBytes: 20, foreignBytes: 0))
        let floor = EvictionPlanner.plan(inventory, limits: SpaceLimits(minimumFreeBytes: 100, freeBytes: 0))
        #expect(names(floor) == ["/l/a.2.gz", "/l/a.1.gz", "/l/a.4.gz"])
        #expect(floor.evictions.map(\.tier) == [.surplus, .kept, .held])
        // A file that is only emptied keeps its inode.
        let inodes = EvictionPlanner.plan(inventory, limits: SpaceLimits(minimumFreeInodes: 100, freeInodes: 0))
        #expect(names(inodes) == ["/l/a.2.gz", "/l/a.1.gz"] && inodes.shortfalls.map(\.missing) == [98])
    }

    @Test func inodesCountFiles() {
        let inventory = SpaceInventory(logs: [
            SpaceTree.log("many", Array(repeating: 1, count: 20)), SpaceTree.log("large", [1000, 1000, 1000]),
        ])
        let plan = EvictionPlanner.plan(inventory, limits: SpaceLimits(minimumFreeInodes: 5, freeInodes: 0))
        #expect(names(plan) == (0..<5).map { "/l/many.\(20 - $0).gz" })
        #expect(plan.evictions.first?.choice == .fair(level: 17, total: 21))
        // What went for the bytes counts for the inodes.
        let both = EvictionPlanner.plan(
            inventory, limits: SpaceLimits(minimumFreeBytes: 2000, minimumFreeInodes: 2, freeBytes: 0, freeInodes: 0))
        #expect(names(both) == ["/l/large.3.gz", "/l/large.2.gz"])
    }

    /// A hundred logs of processes that have ended would outvote a quiet one.
    @Test func logsWithProcessNumbersCountAsOne() {
        let processes = (0..<100).map { SpaceTree.log("tapdisk.\($0)", live: 0, [3], from: Int64($0), group: 7) }
        let quiet = SpaceTree.log("quiet", live: 10, [40, 40])
        let inventory = SpaceInventory(logs: processes + [quiet])
        let plan = EvictionPlanner.plan(inventory, limits: SpaceLimits(budgetBytes: 300))
        #expect(names(plan) == (0..<30).map { "/l/tapdisk.\($0).1.gz" })
        #expect(plan.evictions.first?.log == "/l/tapdisk.0")
        let alone = SpaceInventory(
            logs: processes.map {
                var log = $0
                log.group = nil
                return log
            } + [quiet])
        #expect(names(EvictionPlanner.plan(alone, limits: SpaceLimits(budgetBytes: 300))) == ["/l/quiet.2.gz"])
    }

    @Test func purgedFilesCountAsOneLogWithoutALiveOne() {
        let purgeable = (0..<10).map { SpaceTree.archive("/l/old\($0).gz", 10, time: Int64($0)) }
        let inventory = SpaceInventory(
            logs: [SpaceTree.log("a", live: 20, [10, 10], from: -100)], purgeable: purgeable)
        let fair = EvictionPlanner.plan(inventory, limits: SpaceLimits(budgetBytes: 100))
        #expect(names(fair) == (0..<4).map { "/l/old\($0).gz" })
        #expect(fair.evictions.allSatisfy { $0.log == nil })
        let oldest = EvictionPlanner.plan(inventory, limits: SpaceLimits(budgetBytes: 100, eviction: .oldest))
        #expect(names(oldest) == ["/l/a.2.gz", "/l/old0.gz", "/l/old1.gz", "/l/old2.gz"])
    }

    @Test func roomIsWhatTheWorkNeedsAndNotMore() {
        let inventory = SpaceInventory(logs: [SpaceTree.log("a", [10, 10, 10])])
        let plan = EvictionPlanner.plan(inventory, limits: SpaceLimits(roomBytes: 15, freeBytes: 6))
        #expect(names(plan) == ["/l/a.3.gz"])
        #expect(plan.evictions.first?.rule == .room(neededBytes: 15))
        #expect(EvictionPlanner.plan(inventory, limits: SpaceLimits(roomBytes: 6, freeBytes: 6)).evictions.isEmpty)
    }

    @Test func sharesAreOfTheFileSystem() {
        var rule = SpaceRule(directory: "/l", location: SourceLocation(file: "x", line: 1, column: 1))
        rule.budget = .percent(10)
        rule.minimumFree = .percent(5)
        rule.minimumFreeInodes = .percent(2)
        rule.eviction = .oldest
        let size = FileSystemSize(totalBytes: 1000, availableBytes: 40, totalInodes: 500, availableInodes: 60)
        let limits = SpaceLimits(rule, on: size)
        #expect(limits.budgetBytes == 100 && limits.minimumFreeBytes == 50 && limits.minimumFreeInodes == 10)
        #expect(limits.isBelowFloor && limits.eviction == .oldest)
        // btrfs counts no inodes.
        let btrfs = FileSystemSize(totalBytes: 1000, availableBytes: 60, totalInodes: 0, availableInodes: 0)
        #expect(SpaceLimits(rule, on: btrfs).minimumFreeInodes == nil && !SpaceLimits(rule, on: btrfs).isBelowFloor)
    }

    @Test func fileSystemsAnswerWhatTheyLike() {
        let inventory = SpaceInventory(
            logs: [SpaceTree.log("a", live: .max, [.max, .max, .max]), SpaceTree.log("b", live: .min, [-5, 5])],
            foreignBytes: 1)
        for eviction in Eviction.allCases {
            let limits = SpaceLimits(
                budgetBytes: 10, minimumFreeBytes: .max, minimumFreeInodes: .max, roomBytes: .max, freeBytes: 0,
                freeInodes: 0, eviction: eviction)
            #expect(EvictionPlanner.plan(inventory, limits: limits).evictions.count > 0)
        }
    }
}
