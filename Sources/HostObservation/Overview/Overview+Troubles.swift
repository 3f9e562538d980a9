public import LinuxSystem
public import RotationCore

/// From when on something is worth a word.
public struct TroubleThresholds: Sendable {
    /// A last run that is older, in seconds, where something should start one every minute.
    public var staleSeconds: Int64 = 300
    /// Deleted files that are held and occupy as much together, in bytes.
    public var heldBytes: Int64 = 100 << 20

    /// The defaults.
    public init() {}
}

extension Overview {
    /// Everything that is wrong, the worst first.
    ///
    /// - Parameter isScheduled: whether something starts a run every minute.
    public func troubles(_ thresholds: TroubleThresholds, now: Timestamp, isScheduled: Bool) -> [Trouble] {
        var troubles: [Trouble] = []
        for space in spaces {
            let (path, limits) = (space.figures.path, space.figures.limits)
            if let floor = limits.minimumFreeBytes, limits.freeBytes < floor {
                troubles.append(.belowFloor(space: path, freeBytes: limits.freeBytes, floorBytes: floor))
            }
            if let floor = limits.minimumFreeInodes, limits.freeInodes < floor {
                troubles.append(.belowInodeFloor(space: path, free: limits.freeInodes, floor: floor))
            }
            if let budget = limits.budgetBytes, space.figures.usedBytes > budget {
                troubles.append(
                    .overBudget(space: path, usedBytes: space.figures.usedBytes, budgetBytes: budget))
            }
        }
        if let first = unresolved.first { troubles.append(.unresolved(log: first.log, count: unresolved.count)) }
        let errors = problems.filter(\.isError)
        if let first = errors.first { troubles.append(.problems(message: first.message, count: errors.count)) }
        troubles += troublesWithRuns(thresholds, now, isScheduled)
        if let held, held.totalBytes >= thresholds.heldBytes {
            troubles.append(.held(files: held.files.count, bytes: held.totalBytes))
        }
        if let first = unreleased.first { troubles.append(.unreleased(path: first.path, count: unreleased.count)) }
        return troubles.sorted { $0.rank < $1.rank }
    }

    private func troublesWithRuns(
        _ thresholds: TroubleThresholds, _ now: Timestamp, _ isScheduled: Bool
    ) -> [Trouble] {
        guard let lastRun else { return isScheduled ? [.neverRan] : [] }
        var troubles: [Trouble] = []
        if lastRun.exitStatus != 0, !lastRun.isAtWork {
            troubles.append(.lastRunFailed(exitStatus: lastRun.exitStatus))
        }
        let age = now.seconds(since: lastRun.at)
        if isScheduled, !lastRun.isAtWork, age > thresholds.staleSeconds { troubles.append(.stale(ageSeconds: age)) }
        return troubles
    }
}

/// What starts runs on this machine.
public enum Scheduler {
    private static let places: [Path] = [
        "/etc/cron.d/spillway", "/etc/systemd/system/timers.target.wants/spillway.timer",
        "/etc/systemd/system/multi-user.target.wants/spillway-watch.service",
    ]

    /// Whether cron's file, or the unit that takes its place, is installed and on.
    public static var isInstalled: Bool { places.contains { $0.device() != nil } }
}
