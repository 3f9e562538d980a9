import LinuxSystem

/// Decides which archives go for space. Pure: an inventory and limits in; evictions, reasons and what is missing out.
///
/// One limit after the other: each log's `maxtotal`, the budget, the room that the work needs, the floors. What goes for one
/// counts for the next. For each limit archives go one by one until it is met, so that never more than the last one of them
/// is too much. What each may take:
///
/// | limit | surplus | the newest `minkeep` | held |
/// | --- | --- | --- | --- |
/// | `maxtotal`, `budget`, room | yes | no | no |
/// | `minfree` | yes | then | last |
/// | `minfreeinodes` | yes | then | no: it would free none |
public struct EvictionPlanner {
    private var candidates: EvictionCandidates
    private let inventory: SpaceInventory
    private let limits: SpaceLimits
    private var plan = EvictionPlan()

    /// The plan for a tree. `maxtotal` is each log's own; the other limits are the tree's.
    public static func plan(_ inventory: SpaceInventory, limits: SpaceLimits) -> EvictionPlan {
        var planner = EvictionPlanner(
            candidates: EvictionCandidates(inventory), inventory: inventory, limits: limits)
        planner.enforceMaximumTotals()
        planner.enforceBudget()
        if let room = limits.roomBytes {
            planner.enforce(.room(neededBytes: room), need: planner.missingBytes(room), .bytes, upTo: .surplus)
        }
        if let floor = limits.minimumFreeBytes {
            planner.enforceFloor(floor)
        }
        if let floor = limits.minimumFreeInodes {
            let freed = Int64(planner.plan.evictions.count { $0.tier != .held })
            planner.enforce(
                .inodeFloor(limit: floor), need: floor.subtracting(limits.freeInodes.adding(freed)), .inodes,
                upTo: .kept)
        }
        return planner.plan
    }

    /// What would be free in addition if all archives went and all live logs were cut, in bytes.
    static func reachableBytes(_ inventory: SpaceInventory) -> Int64 {
        inventory.logs.reduce(EvictionCandidates(inventory).evictableBytes) { $0.adding($1.liveBytes) }
    }

    private func missingBytes(_ wanted: Int64) -> Int64 {
        wanted.subtracting(limits.freeBytes.adding(plan.freedBytes))
    }

    private mutating func enforceMaximumTotals() {
        for (index, log) in candidates.logs.enumerated() {
            guard let limit = log.maximumTotalBytes else { continue }
            let rule = EvictionRule.maximumTotal(limitBytes: limit)
            var total = log.totalBytes
            for candidate in candidates.candidates(.surplus, of: index) where total > limit {
                take(candidate, rule, .own(totalBytes: total))
                total = total.subtracting(candidates.bytes(candidate))
            }
            if total > limit {
                plan.shortfalls.append(
                    SpaceShortfall(
                        rule: rule, log: log.path, missing: total.subtracting(limit),
                        cause: exhausted([candidates.logs[index]]),
                        consumers: []))
            }
        }
    }

    private mutating func enforceBudget() {
        guard let budget = limits.budgetBytes else { return }
        let rule = EvictionRule.budget(limitBytes: budget)
        let foreign = inventory.foreignBytes
        let ours = candidates.logs.reduce(Int64(0)) { $0.adding($1.totalBytes) }
        let need = foreign.adding(ours).subtracting(budget)
        if need > 0, foreign > budget {
            plan.shortfalls.append(
                SpaceShortfall(
                    rule: rule, missing: need, cause: .foreign(bytes: foreign), consumers: largestConsumers()))
        } else {
            enforce(rule, need: need, .bytes, upTo: .surplus)
        }
    }

    private mutating func enforceFloor(_ floor: Int64) {
        let rule = EvictionRule.freeFloor(limitBytes: floor)
        let need = missingBytes(floor)
        let evictable = candidates.evictableBytes
        guard need > 0, evictable > 0, !limits.justifies(reachableBytes: floor.subtracting(need).adding(evictable))
        else {
            return enforce(rule, need: need, .bytes, upTo: .held)
        }
        let live = candidates.logs.reduce(Int64(0)) { $0.adding($1.liveBytes) }
        let all = candidates.logs.reduce(Int64(0)) { $0.adding($1.totalBytes) }
        plan.shortfalls.append(
            SpaceShortfall(
                rule: rule, missing: need,
                cause: .outOfReach(
                    liveBytes: live, evictableBytes: evictable,
                    stuckBytes: all.subtracting(live).subtracting(evictable), foreignBytes: inventory.foreignBytes),
                consumers: largestConsumers()))
    }

    private mutating func enforce(
        _ rule: EvictionRule, need: Int64, _ unit: EvictionCandidates.Unit, upTo last: EvictionTier
    ) {
        var need = need
        for tier in EvictionTier.allCases where tier <= last && need > 0 {
            let queue = candidates.queue(tier, limits.eviction, unit)
            // The prefix of the queue that is enough; its last one sets the level.
            var count = 0
            while need > 0, count < queue.count {
                need = need.subtracting(candidates.weight(queue[count], unit))
                count += 1
            }
            let level = count > 0 ? queue[count - 1].total : 0
            for candidate in queue[..<count] {
                take(
                    candidate, rule, limits.eviction == .oldest ? .oldest : .fair(level: level, total: candidate.total))
            }
        }
        guard need > 0 else { return }
        plan.shortfalls.append(
            SpaceShortfall(
                rule: rule, missing: need, cause: exhausted(candidates.logs, foreign: inventory.foreignBytes),
                consumers: largestConsumers()))
    }

    private mutating func take(_ candidate: EvictionCandidate, _ rule: EvictionRule, _ choice: EvictionChoice) {
        let (file, log) = candidates.take(candidate)
        plan.evictions.append(
            PlannedEviction(file: file, log: log, rule: rule, choice: choice, tier: candidate.tier))
    }

    private func exhausted(_ logs: [CountedLog], foreign: Int64 = 0) -> SpaceShortfall.Cause {
        var live: Int64 = 0
        var kept: Int64 = 0
        var stuck: Int64 = 0
        for log in logs {
            live = live.adding(log.liveBytes)
            for entry in log.entries where !entry.isTaken {
                if entry.file.obstacle == nil {
                    kept = kept.adding(entry.file.allocatedBytes)
                } else {
                    stuck = stuck.adding(entry.file.allocatedBytes)
                }
            }
        }
        return .exhausted(liveBytes: live, keptBytes: kept, stuckBytes: stuck, foreignBytes: foreign)
    }

    /// So many are named in a message.
    private static let consumerCount = 5

    private func largestConsumers() -> [SpaceConsumer] {
        var consumers = candidates.logs.map { log in
            let kind: SpaceConsumer.Kind = log.path == nil ? .purgeable : .log(count: log.logCount)
            return SpaceConsumer(kind: kind, path: log.path, bytes: log.totalBytes)
        }
        consumers += inventory.largestForeign.map {
            SpaceConsumer(kind: .foreign, path: $0.path, bytes: $0.allocatedBytes)
        }
        consumers.sort { ($1.bytes, $0.path ?? "") < ($0.bytes, $1.path ?? "") }
        return Array(consumers.prefix(Self.consumerCount).filter { $0.bytes > 0 })
    }
}
