import LinuxSystem
import RotationCore
import Testing

/// The two algorithms of XenServer's script, written down as it did them, beside ours.
struct ScriptOracleTests {
    /// `delete_old_logs_by_space`: while `du -sk` says more than the budget, delete the oldest, and look again.
    private static func deletedBySpace(_ files: [SpaceFile], foreignBytes: Int64, budgetBytes: Int64) -> [Path] {
        var left = files
        var deleted: [Path] = []
        while foreignBytes + left.map(\.allocatedBytes).reduce(0, +) > budgetBytes {
            let oldest = left.min { ($0.modified, $0.path) < ($1.modified, $1.path) }
            guard let oldest else { break }
            left.removeAll { $0.path == oldest.path }
            deleted.append(oldest.path)
        }
        return deleted
    }

    @Test func theOldestGoExactlyAsTheScriptDeletedThem() {
        var random = SeededRandom(state: 2345)
        var compared = 0
        for round in 0..<2000 {
            var inventory = SpaceTree.random(&random, obstacles: false)
            for index in inventory.logs.indices { inventory.logs[index].minimumKeep = 0 }
            let budget = Int64(random.next(120))
            // For what is not its own the script deleted everything; spillway deletes nothing.
            guard inventory.foreignBytes <= budget else { continue }
            let live = inventory.logs.map(\.liveBytes).reduce(0, +)
            let expected = Self.deletedBySpace(
                inventory.logs.flatMap(\.archives) + inventory.purgeable,
                foreignBytes: inventory.foreignBytes + live, budgetBytes: budget)
            let plan = EvictionPlanner.plan(inventory, limits: SpaceLimits(budgetBytes: budget, eviction: .oldest))
            #expect(plan.evictions.map(\.file.path) == expected, "round \(round)")
            compared += expected.count
        }
        #expect(compared > 1000)
    }

    /// `rotate_logs_by_size`: nothing below the trigger; sort by size, ascending; the first file that lifts the sum over
    /// the target is the threshold; logrotate rotates all that have that size or more.
    private static func rotatedBySize(_ logs: [LiveLog], trigger: Int64, target: Int64) -> (Int64, Set<Path>)? {
        var sum: Int64 = 0
        for log in logs { sum += log.bytes }
        if sum < trigger { return nil }
        var added: Int64 = 0
        for log in logs.sorted(by: { $0.bytes < $1.bytes }) {
            added += log.bytes
            if added > target { return (log.bytes, Set(logs.filter { $0.bytes >= log.bytes }.map(\.path))) }
        }
        return nil
    }

    @Test func liveLogsAreRotatedExactlyAsTheScriptChoseThem() {
        var random = SeededRandom(state: 36_012)
        var rotated = 0
        for round in 0..<5000 {
            let logs = (0..<random.next(12)).map { LiveLog(path: Path("/l/\($0)"), bytes: Int64(random.next(10))) }
            let trigger = Int64(1 + random.next(50))
            let limits = LiveLimits(triggerBytes: trigger, targetBytes: Int64(random.next(Int(trigger))))
            let ours = LiveRotation.plan(logs, limits: limits)
            let script = Self.rotatedBySize(logs, trigger: limits.triggerBytes, target: limits.targetBytes)
            #expect(ours?.thresholdBytes == script?.0, "round \(round)")
            #expect(ours.map { Set($0.logs.map(\.path)) } == script?.1, "round \(round)")
            guard let ours else { continue }
            rotated += 1
            #expect(ours.logs.map(\.bytes) == ours.logs.map(\.bytes).sorted(by: >), "the biggest first")
            let left = ours.totalBytes - ours.logs.map(\.bytes).reduce(0, +)
            #expect(left <= limits.targetBytes, "round \(round)")
        }
        #expect(rotated > 1000)
    }

    @Test func theNumbersOfADom0() {
        let megabyte: Int64 = 1 << 20
        let limits = LiveLimits(triggerBytes: 36 * megabyte, targetBytes: 12 * megabyte)
        func plan(_ sizes: [Int64]) -> [Path]? {
            let logs = sizes.enumerated().map { LiveLog(path: Path("/l/\($0)"), bytes: $1 * megabyte) }
            return LiveRotation.plan(logs, limits: limits)?.logs.map(\.path)
        }
        #expect(plan([10, 10, 10, 5]) == nil)
        #expect(plan([10, 10, 11, 5]) == ["/l/2", "/l/0", "/l/1"])
        #expect(plan([1, 2, 3, 30]) == ["/l/3"])
        #expect(plan([]) == nil)
    }
}
