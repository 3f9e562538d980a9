import LinuxSystem

/// What counts as one log: a log, all logs of a stanza with `abandoned`, or all files that `purge` names.
struct CountedLog {
    struct Entry {
        var file: SpaceFile
        /// The log it is an archive of.
        var log: Path?
        var isTaken = false
    }

    /// The first log's path; nil for files that `purge` names.
    var path: Path?
    var logCount = 1
    var liveBytes: Int64 = 0
    /// Its archives, the oldest first.
    var entries: [Entry] = []
    var minimumKeep = 0
    var maximumTotalBytes: Int64?
    /// Live log and archives that are not taken.
    var totalBytes: Int64 = 0
    var totalFiles: Int64 = 0

    fileprivate mutating func add(_ log: SpaceLog) {
        liveBytes = liveBytes.adding(log.liveBytes)
        totalFiles += log.identity == nil ? 0 : 1
        minimumKeep = log.minimumKeep
        maximumTotalBytes = log.maximumTotalBytes
        entries += log.archives.map { Entry(file: $0, log: log.path) }
    }

    fileprivate mutating func complete() {
        totalBytes = entries.reduce(liveBytes) { $0.adding($1.file.allocatedBytes) }
        totalFiles += Int64(entries.count)
    }

    fileprivate func tier(of index: Int) -> EvictionTier? {
        switch entries[index].file.obstacle {
        case .linked, .needed: nil
        case .held: .held
        case nil: entries.count - index <= minimumKeep ? .kept : .surplus
        }
    }
}

/// An archive that could go.
struct EvictionCandidate {
    /// Which of the counted logs, and which of its entries.
    var log: Int
    var entry: Int
    var tier: EvictionTier
    /// What its log has when its turn comes: bytes or files.
    var total: Int64
    var modified: Timestamp
}

/// All archives that could go, and the order in which they do.
struct EvictionCandidates {
    /// What is short.
    enum Unit {
        case bytes, inodes
    }

    private(set) var logs: [CountedLog] = []

    init(_ inventory: SpaceInventory) {
        var groups: [Int: Int] = [:]
        for log in inventory.logs {
            if let group = log.group, let index = groups[group] {
                logs[index].logCount += 1
                logs[index].add(log)
            } else {
                if let group = log.group { groups[group] = logs.count }
                var counted = CountedLog(path: log.path)
                counted.add(log)
                logs.append(counted)
            }
        }
        // Each log's own order is better than the times of its archives; between logs there is only the time.
        for index in groups.values where logs[index].logCount > 1 { Self.sortByTime(&logs[index].entries) }
        if !inventory.purgeable.isEmpty {
            var purgeable = CountedLog(path: nil, entries: inventory.purgeable.map { .init(file: $0, log: nil) })
            Self.sortByTime(&purgeable.entries)
            logs.append(purgeable)
        }
        for index in logs.indices { logs[index].complete() }
    }

    private static func sortByTime(_ entries: inout [CountedLog.Entry]) {
        entries.sort { ($0.file.modified, $0.file.path) < ($1.file.modified, $1.file.path) }
    }

    private func path(_ candidate: EvictionCandidate) -> Path {
        logs[candidate.log].entries[candidate.entry].file.path
    }

    func bytes(_ candidate: EvictionCandidate) -> Int64 {
        logs[candidate.log].entries[candidate.entry].file.allocatedBytes
    }

    func weight(_ candidate: EvictionCandidate, _ unit: Unit) -> Int64 {
        unit == .inodes ? 1 : bytes(candidate)
    }

    /// The archives of one log that could go, the oldest first.
    func candidates(_ tier: EvictionTier, of index: Int, _ unit: Unit = .bytes) -> [EvictionCandidate] {
        let log = logs[index]
        var total = unit == .bytes ? log.totalBytes : log.totalFiles
        var result: [EvictionCandidate] = []
        for entry in log.entries.indices where !log.entries[entry].isTaken && log.tier(of: entry) == tier {
            let candidate = EvictionCandidate(
                log: index, entry: entry, tier: tier, total: total, modified: log.entries[entry].file.modified)
            result.append(candidate)
            total = total.subtracting(weight(candidate, unit))
        }
        return result
    }

    /// What all that could go occupies, in bytes.
    var evictableBytes: Int64 {
        var sum: Int64 = 0
        for log in logs {
            for index in log.entries.indices where !log.entries[index].isTaken && log.tier(of: index) != nil {
                sum = sum.adding(log.entries[index].file.allocatedBytes)
            }
        }
        return sum
    }

    /// The order in which all of a tier go.
    ///
    /// Under `fair` an archive's turn comes when the level has sunk to what its log then has, with all older archives of
    /// that log gone: in the order of those totals every log is brought down to the level, and none below it.
    func queue(_ tier: EvictionTier, _ eviction: Eviction, _ unit: Unit) -> [EvictionCandidate] {
        var queue: [EvictionCandidate] = []
        for index in logs.indices { queue += candidates(tier, of: index, unit) }
        switch eviction {
        case .fair: queue.sort(by: isHigher)
        case .oldest: queue.sort(by: isOlder)
        }
        return queue
    }

    private func isHigher(_ left: EvictionCandidate, _ right: EvictionCandidate) -> Bool {
        if left.total != right.total { return left.total > right.total }
        // An empty archive has the same total as the one behind it.
        if left.log == right.log { return left.entry < right.entry }
        return isOlder(left, right)
    }

    private func isOlder(_ left: EvictionCandidate, _ right: EvictionCandidate) -> Bool {
        if left.modified != right.modified { return left.modified < right.modified }
        return path(left) < path(right)
    }

    /// It goes: it counts no longer.
    mutating func take(_ candidate: EvictionCandidate) -> (SpaceFile, log: Path?) {
        logs[candidate.log].entries[candidate.entry].isTaken = true
        logs[candidate.log].totalBytes = logs[candidate.log].totalBytes.subtracting(bytes(candidate))
        logs[candidate.log].totalFiles -= 1
        let entry = logs[candidate.log].entries[candidate.entry]
        return (entry.file, entry.log)
    }
}
