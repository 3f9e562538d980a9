import LinuxSystem
import LogCut
import RotationCore

/// Carries a stanza's plan out, with logrotate's rules about what an error keeps from happening.
///
/// In two parts: between them the writers of all renamed logs of the run are told, each once.
struct PlanExecution {
    let workshop: Workshop
    let plan: StanzaPlan
    var settings: Settings { plan.stanza.settings }
    private var steps: StepRunner { workshop.steps }
    /// Groups whose logs are about to be moved or cut.
    var prepared: [(group: GroupPlan, logs: [LogPlan])] = []
    /// Groups whose logs were moved or cut, with the logs that nothing went wrong with.
    var begun: [(group: GroupPlan, logs: [LogPlan])] = []
    /// Groups whose scripts were run, and whether that went well.
    var told: [(group: GroupPlan, logs: [LogPlan], isDone: Bool)] = []
    var isGivenUp = false
    /// Logs whose locks this stanza has.
    private var locked: [FileIdentity] = []

    init(_ plan: StanzaPlan, in workshop: Workshop) {
        self.plan = plan
        self.workshop = workshop
    }

    /// Everything up to the moment at which writers are told; what is to be sent.
    mutating func begin(_ memory: inout RunMemory) -> [Signalling.Request] {
        if let script = plan.firstAction, !perform(script, &memory) {
            isGivenUp = true
            return []
        }
        let most = plan.hasSmallLogs ? CutBatch.limit : CutBatch.few
        var rest = plan.groups[...]
        while let group = rest.first, !StopSignal.arrived {
            // Logs that no script is run between are cut together.
            let together = rest.prefix { $0.isFree }.prefix(most)
            if together.count > 1 {
                begin(Array(together), &memory)
                rest = rest.dropFirst(together.count)
            } else {
                begin(group, &memory)
                rest = rest.dropFirst()
            }
            if !plan.hasSignals { finishBegun(&memory) }
        }
        return begun.flatMap(\.logs).compactMap { log in log.signal.flatMap { Signalling.Request($0, settings) } }
    }

    /// The rest, once the writers were told.
    mutating func end(_ memory: inout RunMemory) {
        defer { workshop.locks.giveBack(locked) }
        guard !isGivenUp else { return }
        finishBegun(&memory)
        finishTold(&memory)
        if let script = plan.lastAction, !StopSignal.arrived { perform(script, &memory) }
        if let telling = plan.telling, let script = telling.steps.last, !StopSignal.arrived {
            if all(telling.steps.dropLast(), &memory) {
                perform(script, &memory)
                for log in telling.logs { workshop.ledger.recordTelling(of: log) }
            }
        }
        chains(plan.expiry, &memory)
    }

    private mutating func begin(_ group: GroupPlan, _ memory: inout RunMemory) {
        let free = taken(group.logs)
        guard !group.isShared || free.count == group.logs.count else { return }
        memory.namesToSync = []
        let going = afterPrerotate(group, prepared(free, group, &memory), &memory)
        let rotated = rotate(going, &memory)
        begun.append((group, kept(going.filter { rotated.contains($0.log) }, of: going, group)))
        keepSynced(workshop.syncNames(&memory))
    }

    /// Runs the script that comes before; the logs that it leaves to be rotated.
    func afterPrerotate(_ group: GroupPlan, _ logs: [LogPlan], _ memory: inout RunMemory) -> [LogPlan] {
        guard let script = group.prerotate, !logs.isEmpty else { return logs }
        guard perform(script, &memory) else {
            // logrotate takes its word for it, and asks again when they are due the next time.
            if workshop.recorder.isLogrotate {
                for log in logs { memory.state.lastRotated[log.log] = memory.civilNow }
            }
            return []
        }
        // A script may have replaced the log, as sed -i does: what is there now is meant.
        return logs.map { steps.lookedAtAgain($0) }
    }

    private mutating func begin(_ groups: [GroupPlan], _ memory: inout RunMemory) {
        memory.namesToSync = []
        prepare(groups, &memory)
        let cutWell = performCuts(cutsAlone, &memory)
        rotatePrepared(cutWell, &memory)
        keepSynced(workshop.syncNames(&memory))
    }

    /// The logs that no other run is at work on.
    mutating func taken(_ logs: [LogPlan]) -> [LogPlan] {
        logs.filter { log in
            guard let step = log.rotate.first, let identity = step.identity else { return true }
            if workshop.locks.take(identity) {
                locked.append(identity)
                return true
            }
            workshop.recorder.began(step)
            workshop.recorder.ended(step, .left(RunText.anotherRun))
            return false
        }
    }

    func prepared(_ logs: [LogPlan], _ group: GroupPlan, _ memory: inout RunMemory) -> [LogPlan] {
        var going: [LogPlan] = []
        for log in logs where prepare(log, &memory) { going.append(log) }
        return kept(going, of: logs, group)
    }

    /// Those that it went well with; with shared scripts all or none.
    func kept(_ going: [LogPlan], of all: [LogPlan], _ group: GroupPlan) -> [LogPlan] {
        group.isShared && going.count < all.count ? [] : going
    }

    /// What comes before the rotation. Where there is no room even for a name, as on a full XFS, a part of the log is added
    /// to its newest archive first, which makes some.
    private func prepare(_ log: LogPlan, _ memory: inout RunMemory) -> Bool {
        var isRelieved = false
        for step in log.prepare {
            workshop.recorder.began(step)
            var outcome = steps.perform(step, settings, &memory)
            if case .failed = outcome.result, outcome.hadNoRoom, !isRelieved, log.isCutAlone, relieve(log, &memory) {
                isRelieved = true
                outcome = steps.perform(step, settings, &memory)
            }
            workshop.recorder.ended(step, outcome)
            guard outcome.result.goesOn(behind: step) else { return false }
        }
        return true
    }

    /// Adds what can be cut of a log to its newest archive, through the journal.
    private func relieve(_ log: LogPlan, _ memory: inout RunMemory) -> Bool {
        guard let newest = log.newestArchive, let planned = log.rotate.first,
            case .cut(let path, _?, let compression, var plan) = planned.step,
            (compression == nil) != newest.hasSuffix(".gz")
        else { return false }
        plan.extends = true
        let relief = PlannedStep(
            .cut(path, to: newest, compression: compression, plan), .room, for: log.log, identity: planned.identity)
        workshop.recorder.began(relief)
        let result =
            steps.performCuts([relief], as: settings.account, &memory).first ?? .left(CutText.nothing)
        workshop.recorder.ended(relief, result)
        return result.goesOn(behind: relief)
    }

    /// Moves or cuts logs; those that it went well with.
    private func rotate(_ logs: [LogPlan], _ memory: inout RunMemory) -> Set<Path> {
        rotate(logs, cutWell: performCuts(logs.filter(\.isCutAlone), &memory), &memory)
    }

    /// - Parameter cutWell: logs that are cut already.
    func rotate(_ logs: [LogPlan], cutWell: Set<Path>, _ memory: inout RunMemory) -> Set<Path> {
        var done: Set<Path> = []
        for log in logs where log.isCutAlone ? cutWell.contains(log.log) : all(log.rotate, &memory) {
            done.insert(log.log)
            // What was moved or emptied is rotated, whatever becomes of the rest.
            rememberRotation(of: log, &memory)
            if log.isCompressedLater { steps.rememberPlain(log.archive, of: log.log) }
        }
        return done
    }

    private func rememberRotation(of log: LogPlan, _ memory: inout RunMemory) {
        memory.state.lastRotated[log.log] = memory.civilNow
        workshop.recorder.report.rotatedCount += 1
        if case .abandoned = log.reason, let identity = log.rotate.first?.identity {
            workshop.ledger.record([.abandoned(log.log, identity.inode)])
        }
    }

    private func performCuts(_ logs: [LogPlan], _ memory: inout RunMemory) -> Set<Path> {
        workshop.performCuts(logs, as: settings.account, &memory)
    }

    private mutating func finishBegun(_ memory: inout RunMemory) {
        let groups = begun
        begun = []
        // Where a script is run for a log what belongs to that log is done before the next one's.
        let areTogether = groups.count > 1 && groups.allSatisfy { $0.group.postrotate == nil }
        if areTogether { compressTogether(groups.flatMap(\.logs), &memory) }
        for (group, logs) in groups {
            guard tell(group, logs, &memory) else {
                for log in logs where !StopSignal.arrived { chains(log.finishWithoutNewest, &memory) }
                continue
            }
            for log in logs where !StopSignal.arrived {
                chains(areTogether ? log.finish.filter { !$0.isCompressionAlone } : log.finish, &memory)
            }
            for log in logs { noteRelease(of: log, &memory) }
        }
    }

    /// Runs the script that tells the writers of logs; false where it failed.
    func tell(_ group: GroupPlan, _ logs: [LogPlan], _ memory: inout RunMemory) -> Bool {
        // Logs that were moved have writers that must be told, whoever asks this run to stop.
        guard let script = group.postrotate, !logs.isEmpty else { return true }
        let isDone = perform(script, &memory)
        let others = group.isShared ? plan.telling?.logs ?? [] : []
        for log in logs.map(\.log) + others { workshop.ledger.recordTelling(of: log) }
        return isDone
    }

    /// Compresses what is to be compressed for these logs and nothing more is to be done with.
    private func compressTogether(_ logs: [LogPlan], _ memory: inout RunMemory) {
        let steps = logs.flatMap(\.finish).filter(\.isCompressionAlone).compactMap(\.first)
        workshop.compressTogether(steps.map { ($0, settings) }, &memory)
    }

    /// A log was renamed: whether its writers have let go. If not, it is no archive yet, and that is said.
    func noteRelease(of log: LogPlan, _ memory: inout RunMemory) {
        let ledger = workshop.ledger
        guard let file = ledger.ledger.unreleased[log.archive], file.log == log.log else { return }
        // A script may have moved or compressed it.
        guard steps.isThere(file.path) else { return ledger.record([.released(file.path)]) }
        do throws(StepFailure) {
            let who = try explaining(file.path) { try steps.holder(of: file, settings, &memory) }
            guard let who else {
                // It is compressed, or stays as it is.
                if settings.compression == nil || settings.delaysCompression { ledger.record([.released(file.path)]) }
                return
            }
            guard settings.signal != nil else { return }
            workshop.recorder.note(
                file.path,
                FileText.notReleased(file.path, who),
                isError: false)
        } catch {
            workshop.recorder.note(file.path, error.message)
        }
    }

    func chains(_ chains: [[PlannedStep]], _ memory: inout RunMemory) {
        for chain in chains where !StopSignal.arrived {
            // It is not mailed, and its script not run, again and again for nothing; what is mailed first is mailed now.
            if chain.count > 1, chain.first?.reason != .rotation, let removal = chain.last,
                let why = steps.reasonToKeep(removal)
            {
                workshop.recorder.began(removal)
                workshop.recorder.ended(removal, .left(why))
            } else {
                all(chain, &memory)
            }
        }
    }

    /// Steps up to the first that fails; whether none did.
    @discardableResult
    private func all(_ steps: some Sequence<PlannedStep>, _ memory: inout RunMemory) -> Bool {
        for step in steps where !perform(step, &memory) { return false }
        return true
    }

    /// Whether what comes behind it is to be done.
    @discardableResult
    func perform(_ step: PlannedStep, _ memory: inout RunMemory) -> Bool {
        workshop.perform(step, settings, &memory).goesOn(behind: step)
    }
}
