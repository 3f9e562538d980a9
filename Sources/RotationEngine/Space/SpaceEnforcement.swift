import HostObservation
import LinuxSystem
import LogCut
import RotationCore

/// Keeps trees and logs within their limits, in one run.
///
/// Before the rotation it looks at each tree and says which logs are to be rotated for it, removes what earlier runs left
/// over, and makes room for what cannot work without. After the rotation it looks again, and evicts what is still too much.
struct SpaceEnforcement {
    struct Tree {
        var rule: SpaceRule
        var accounting: SpaceAccounting
        var limits: SpaceLimits
        var need: SpaceNeed
    }

    let planner: Planner
    let isDryRun: Bool
    let observer: Observer
    let rules: [SpaceRule]
    let stanzas: [(stanza: Stanza, observation: Observer.StanzaObservation)]
    let limitsLogs: Bool
    private let headroomBytes: Int64
    var logs = SpaceLogs()
    var trees: [Tree] = []
    /// Where nothing had to be looked at more closely before the rotation.
    private(set) var atRest: SpaceAtRest?
    var stepsBefore = 0
    /// Archives that somebody has open, and files that could not be removed.
    var obstacles: [FileIdentity: SpaceFile.Obstacle] = [:]
    /// Cuts that an earlier run began, which a dry run does not finish.
    let begun: [JournalEntry]
    /// Trees of which it was said that their floor can never be met.
    private var impossible: Set<Path> = []
    /// Files that were asked for holders.
    var probed: Set<FileIdentity> = []

    /// nil where nothing limits anything. A run for some logs alone does not see the others' archives: it does not touch
    /// them.
    init?(_ look: RunLook, _ planner: Planner, _ options: RunOptions) {
        rules = look.configuration.spaces
        guard options.only.isEmpty else { return nil }
        limitsLogs = look.configuration.stanzas.contains { $0.settings.maximumTotalBytes != nil }
        guard !rules.isEmpty || limitsLogs else { return nil }
        self.planner = planner
        observer = look.observer
        stanzas = zip(look.configuration.stanzas, look.observations).map { (stanza: $0, observation: $1) }
        begun = look.begun
        isDryRun = options.isDryRun
        headroomBytes = options.headroomBytes
    }

    /// Whether a file system has less free than it must, or will have before the work is done: room is wanted now.
    static func isShort(_ rules: [SpaceRule], headroomBytes: Int64) -> Bool {
        rules.contains { rule in
            let limits = try? SpaceAccounting.limits(rule, syncs: false)
            return limits?.raisingFloor(byBytes: headroomBytes).isBelowFloor ?? false
        }
    }

    /// Cuts that are not finished.
    func unfinished(_ memory: RunMemory) -> [JournalEntry] { isDryRun ? begun : memory.cuts.unresolved }

    func settings(of log: Path?) -> Settings? {
        log.flatMap { logs.stanzas[$0] }.map { stanzas[$0].stanza.settings }
    }
}

// MARK: - Looking

extension SpaceEnforcement {
    mutating func lookAtLogs(_ workshop: Workshop, _ memory: RunMemory) {
        let everywhere = !rules.isEmpty
        logs = SpaceLogs.look(
            stanzas, observer, workshop.steps.tools.cache, where: { everywhere || $0.maximumTotalBytes != nil }
        ) { path, message in workshop.recorder.note(path, message) }
        // Also what this very run has moved, or could not finish.
        let unreleased = workshop.ledger.ledger.unreleased
        let archives = Set(unfinished(memory).map(\.archive))
        logs.mark { file in
            unreleased[file.path]?.inode == file.identity.inode || archives.contains(file.path)
        }
    }

    mutating func lookAtTrees(sync: Bool, _ workshop: Workshop) {
        trees = rules.compactMap { lookAtTree($0, sync: sync, workshop) }
    }

    private mutating func lookAtTree(_ rule: SpaceRule, sync: Bool, _ workshop: Workshop) -> Tree? {
        do throws(WalkError) {
            // What a log may have by itself is looked at apart: its archives can be in another tree.
            var logs = logs.logs
            for index in logs.indices { logs[index].maximumTotalBytes = nil }
            let accounting = try SpaceAccounting.look(rule, logs: logs, nested: rules.map(\.directory))
            var limits = try SpaceAccounting.limits(rule, syncs: sync && !isDryRun)
            if limits.isBelowFloor, !sync, !isDryRun { limits = try SpaceAccounting.limits(rule) }
            noteProblems(accounting, rule, workshop.recorder)
            if let floor = limits.impossibleFloorBytes, impossible.insert(rule.directory).inserted {
                workshop.recorder.note(
                    rule.directory,
                    SpaceText.impossibleFloor(rule, bytes: floor)
                )
            }
            return Tree(
                rule: rule, accounting: accounting, limits: limits,
                need: SpaceNeed(
                    accounting.inventory, usedBytes: accounting.usedBytes, limits,
                    reclaims: rule.reclaimsHeld))
        } catch {
            workshop.recorder.note(rule.directory, SpaceText.unreadable(rule, "\(error)"))
            return nil
        }
    }

    private func noteProblems(_ accounting: SpaceAccounting, _ rule: SpaceRule, _ recorder: RunRecorder) {
        guard let first = accounting.problems.first else { return }
        let others = accounting.problemCount > 1 ? " (and \(accounting.problemCount - 1) more)" : ""
        recorder.note(
            rule.directory, "space \(rule.directory): not everything is counted: \(first)\(others)", isError: false,
            key: "space \(rule.directory): not everything is counted")
    }

    /// Looks at everything before the rotation. Which logs are to be rotated for space, and why.
    mutating func look(_ decided: Decisions, _ workshop: Workshop, _ memory: RunMemory) -> [Path: DueReason] {
        stepsBefore = workshop.recorder.report.steps.count
        guard !rules.isEmpty else { return [:] }
        if !isDryRun, !limitsLogs {
            atRest = SpaceAtRest(rules, decided, headroomBytes: headroomBytes)
            if atRest != nil { return [:] }
        }
        lookAtLogs(workshop, memory)
        lookAtTrees(sync: false, workshop)
        var demands: [Path: DueReason] = [:]
        for tree in trees {
            let inTree = Set(tree.accounting.inventory.logs.compactMap { $0.identity == nil ? nil : $0.path })
            let live = liveLogs(decided, inTree)
            // Rotating early destroys nothing: it need not be justified as evictions have to be.
            let need =
                headroomBytes == 0
                ? tree.need
                : SpaceNeed(
                    tree.accounting.inventory, usedBytes: tree.accounting.usedBytes,
                    tree.limits.raisingFloor(byBytes: headroomBytes), reclaims: true)
            let rotation = SpaceDemand.plan(live, tree.rule, need)
            demands.merge(rotation) { first, _ in first }
        }
        return demands
    }

    /// The live logs of a tree. Those that rotating does not make smaller, or that are not to be touched, only count.
    private func liveLogs(_ decided: Decisions, _ inTree: Set<Path>) -> [SpaceDemand.Log] {
        var result: [SpaceDemand.Log] = []
        for (index, items) in decided.enumerated() {
            let stanza = stanzas[index].stanza
            let canRotate = !stanza.isBroken && stanza.settings.technique != .copy
            for (log, decision) in items where inTree.contains(log.path) {
                guard let status = log.status else { continue }
                let bytes = min(log.pendingBytes, status.allocatedBytes)
                var isDue = false
                var isRotatable = canRotate
                switch decision {
                case .rotate: isDue = canRotate
                case .leave(let reason): isRotatable = canRotate && reason.isOfTimeOrSize
                case .problem: isRotatable = false
                }
                result.append(
                    SpaceDemand.Log(
                        log: LiveLog(path: log.path, bytes: bytes), isDue: isDue, isRotatable: isRotatable))
            }
        }
        return result
    }
}
