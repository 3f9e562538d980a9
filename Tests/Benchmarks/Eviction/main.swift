// How long the planner takes over many archives. By hand: swift run -c release EvictionBenchmark [ARCHIVES]
import LinuxSystem
import RotationCore

let count = CommandLine.arguments.dropFirst().first.flatMap(Int.init) ?? 1_000_000

func inventory(of count: Int, logs logCount: Int) -> SpaceInventory {
    var state: UInt64 = 4711
    func random(_ limit: Int64) -> Int64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int64(state >> 33) % limit
    }
    let logs = (0..<logCount).map { number in
        let path = Path("/var/log/log\(number)")
        let archives = (0..<(count / logCount)).map { index in
            SpaceFile(
                path: path + Path(".\(index).gz"),
                identity: FileIdentity(device: 1, inode: UInt64(number * count + index)),
                allocatedBytes: 4096 * random(2000), modified: Timestamp(seconds: random(1 << 30)))
        }
        return SpaceLog(path: path, liveBytes: 4096 * random(5000), archives: archives)
    }
    return SpaceInventory(logs: logs)
}

for logCount in [10, 1000, count / 10] {
    let inventory = inventory(of: count, logs: max(1, logCount))
    let used = inventory.usedBytes
    for eviction in Eviction.allCases {
        let limits = SpaceLimits(
            budgetBytes: used / 2, minimumFreeBytes: used / 2 + used / 4, minimumFreeInodes: 1000, freeBytes: 0,
            freeInodes: 0, eviction: eviction)
        let began = monotonicSeconds()
        let plan = EvictionPlanner.plan(inventory, limits: limits)
        let milliseconds = Int((monotonicSeconds() - began) * 1000)
        print("\(count) archives of \(logCount) logs, \(eviction): \(plan.evictions.count) evicted, \(milliseconds) ms")
    }
}
