// How long planning evictions and counting a tree take. By hand; Tests/Benchmarks/space calls it:
//   swift run -c release SpaceBenchmark plan ARCHIVES
//   swift run -c release SpaceBenchmark count DIRECTORY
import LinuxSystem
import RotationCore
import HostObservation

func milliseconds(_ body: () throws -> Void) rethrows -> Int {
    let began = monotonicSeconds()
    try body()
    return Int((monotonicSeconds() - began) * 1000)
}

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

func plan(_ count: Int) {
    for logCount in [10, 1000, max(1, count / 10)] {
        let inventory = inventory(of: count, logs: logCount)
        let used = inventory.usedBytes
        for eviction in Eviction.allCases {
            let limits = SpaceLimits(
                budgetBytes: used / 2, minimumFreeBytes: used / 2 + used / 4, minimumFreeInodes: 1000, freeBytes: 0,
                freeInodes: 0, eviction: eviction)
            var evicted = 0
            let time = milliseconds { evicted = EvictionPlanner.plan(inventory, limits: limits).evictions.count }
            print("\(count) archives of \(logCount) logs, \(eviction): \(evicted) evicted, \(time) ms")
        }
    }
}

func countTree(_ directory: Path) throws {
    var rule = SpaceRule(directory: directory, location: SourceLocation(file: "benchmark", line: 1, column: 1))
    rule.purges = ["*.gz"]
    var result: SpaceAccounting?
    let time = try milliseconds { result = try SpaceAccounting.look(rule, logs: []) }
    guard let result else { return }
    print("\(result.inodeCount) inodes, \(result.usedBytes) bytes, \(time) ms")
    for problem in result.problems { print(problem) }
}

let arguments = CommandLine.arguments.dropFirst()
switch (arguments.first, arguments.dropFirst().first) {
case ("plan", let count): plan(count.flatMap(Int.init) ?? 1_000_000)
case ("count", let directory?): try countTree(Path(directory))
default: print("plan ARCHIVES | count DIRECTORY")
}
