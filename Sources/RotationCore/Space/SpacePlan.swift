public import LinuxSystem

/// What is done for space in one go: a tree's, or what `maxtotal` asks of single logs.
public struct SpacePlan: Hashable, Sendable {
    /// The tree; nil: `maxtotal`.
    public var space: Path?
    /// What the tree occupies, in bytes.
    public var usedBytes: Int64
    /// Its limits.
    public var limits: SpaceLimits
    /// What is done, each file by itself: a chain ends with the first step that fails.
    public var chains: [[PlannedStep]]
    /// The logs that something is done for, as they were seen: who shows the plan needs it.
    public var seen: [SpaceLog] = []

    /// What is done for space.
    public init(space: Path?, usedBytes: Int64, limits: SpaceLimits, chains: [[PlannedStep]]) {
        self.space = space
        self.usedBytes = usedBytes
        self.limits = limits
        self.chains = chains
    }

    /// All steps in their order.
    public var steps: [PlannedStep] { Array(chains.joined()) }
}

extension Planner {
    /// The steps that an archive goes by for space. Where a file system is below its floor it is not mailed before: that
    /// takes room, and what cannot be mailed would stay.
    ///
    /// - Parameter settings: those of its log; nil for a file that `purge` names.
    public func steps(for eviction: PlannedEviction, _ settings: Settings?) -> [PlannedStep] {
        let reason = StepReason.evicted(
            EvictionReason(
                rule: eviction.rule, choice: eviction.choice, tier: eviction.tier, bytes: eviction.file.allocatedBytes))
        let path = eviction.file.path
        let subject = eviction.log ?? path
        guard var settings, eviction.tier != .held else {
            return [
                PlannedStep(.remove(path, shredCycles: nil), reason, for: subject, identity: eviction.file.identity)
            ]
        }
        switch eviction.rule {
        case .freeFloor, .inodeFloor, .room: settings.mailAddress = nil
        case .maximumTotal, .budget: break
        }
        return removal(of: path, reason, log: subject, settings, identity: eviction.file.identity)
    }
}
