import HostObservation
import LinuxSystem
import RotationCore

/// The trees of a run in which no log is due, and nothing misses anything: nearly every minute of nearly every host.
///
/// Then it does not matter whose files are whose. A tree is only counted, as du(1) counts it: one look at each file, and none
/// at the archives of each log.
struct SpaceAtRest {
    /// What each tree has, and its limits.
    let figures: [SpaceFigures]

    /// nil where something is to be done, or said, for one of the trees.
    ///
    /// - Parameters:
    ///   - decided: what the run's logs are in for.
    ///   - headroomBytes: what the floor is raised by for what logs grow meanwhile.
    init?(_ rules: [SpaceRule], _ decided: Decisions, headroomBytes: Int64) {
        var liveBytes: Int64 = 0
        for (log, decision) in decided.joined() {
            guard case .leave = decision else { return nil }
            let (sum, overflow) = liveBytes.addingReportingOverflow(log.status?.allocatedBytes ?? 0)
            liveBytes = overflow ? .max : sum
        }
        var figures: [SpaceFigures] = []
        for rule in rules {
            // Whichever of them are in this tree.
            if let live = rule.live, liveBytes >= live.triggerBytes { return nil }
            guard let limits = try? SpaceAccounting.limits(rule, syncs: false), limits.impossibleFloorBytes == nil,
                !limits.raisingFloor(byBytes: headroomBytes).isBelowFloor
            else { return nil }
            var plain = rule
            plain.purges = []
            guard let counted = try? SpaceAccounting.look(plain, logs: [], nested: rules.map(\.directory)),
                counted.problemCount == 0, counted.leftovers.isEmpty,
                counted.usedBytes <= limits.budgetBytes ?? .max
            else { return nil }
            figures.append(SpaceFigures(path: rule.directory, usedBytes: counted.usedBytes, limits: limits))
        }
        self.figures = figures
    }
}
