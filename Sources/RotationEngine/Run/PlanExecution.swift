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
    private var prepared: [(group: GroupPlan, logs: [LogPlan])] = []
    /// Groups whose logs were moved or cut, with the logs that nothing went wrong with.
    private var begun: [(group: GroupPlan, logs: [LogPlan])] = []
    /// Groups whose scripts were run, and whether that went well.
    private var told: [(group: GroupPlan, logs: [LogPlan], isDone: Bool)] = []
    private var isGivenUp = false
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
    private func afterPrerotate(_ group: GroupPlan, _ logs: [LogPlan], _ memory: inout RunMemory) -> [LogPlan] {
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
    private mutating func taken(_ logs: [LogPlan]) -> [LogPlan] {
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

    private func prepared(_ logs: [LogPlan], _ group: GroupPlan, _ memory: inout RunMemory) -> [LogPlan] {
        var going: [LogPlan] = []
        for log in logs where prepare(log, &memory) { going.append(log) }
        return kept(going, of: logs, group)
    }

    /// Those that it went well with; with shared scripts all or none.
    private func kept(_ going: [LogPlan], of all: [LogPlan], _ group: GroupPlan) -> [LogPlan] {
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
    private func rotate(_ logs: [LogPlan], cutWell: Set<Path>, _ memory: inout RunMemory) -> Set<Path> {
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
    private func tell(_ group: GroupPlan, _ logs: [LogPlan], _ memory: inout RunMemory) -> Bool {
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
    private func noteRelease(of log: LogPlan, _ memory: inout RunMemory) {
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

    private func chains(_ chains: [[PlannedStep]], _ memory: inout RunMemory) {
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
    private func perform(_ step: PlannedStep, _ memory: inout RunMemory) -> Bool {
        workshop.perform(step, settings, &memory).goesOn(behind: step)
    }
}

// MARK: - Side by side with other stanzas

extension PlanExecution {
    /// Everything that comes before logs are moved or cut.
    mutating func prepareTogether(_ memory: inout RunMemory) {
        if let script = plan.firstAction, !perform(script, &memory) {
            isGivenUp = true
            return
        }
        prepare(plan.groups, &memory)
        for index in prepared.indices {
            prepared[index].logs = afterPrerotate(prepared[index].group, prepared[index].logs, &memory)
        }
    }

    private mutating func prepare(_ groups: [GroupPlan], _ memory: inout RunMemory) {
        prepared = groups.map { group in
            let free = taken(group.logs)
            guard !group.isShared || free.count == group.logs.count else { return (group, []) }
            return (group, prepared(free, group, &memory))
        }
    }

    /// Logs of those prepared whose rotation is a cut and nothing else.
    var cutsAlone: [LogPlan] { prepared.flatMap(\.logs).filter(\.isCutAlone) }

    /// Moves what was prepared; names are not on the disk yet.
    ///
    /// - Parameter cutWell: logs that are cut already.
    mutating func rotatePrepared(_ cutWell: Set<Path>, _ memory: inout RunMemory) {
        for (group, logs) in prepared {
            let rotated = rotate(logs, cutWell: cutWell, &memory)
            begun.append((group, kept(logs.filter { rotated.contains($0.log) }, of: logs, group)))
        }
        prepared = []
    }

    /// Where it is not known whether the disk has the names nothing more is done with what they are of.
    mutating func keepSynced(_ failures: [Path: StepFailure]) {
        guard !failures.isEmpty else { return }
        for index in begun.indices {
            let synced = begun[index].logs.filter {
                failures[$0.log.directory] == nil && failures[$0.archive.directory] == nil
            }
            begun[index].logs = kept(synced, of: begun[index].logs, begun[index].group)
        }
    }

    /// Runs the scripts of what was moved.
    mutating func tell(_ memory: inout RunMemory) {
        for (group, logs) in begun { told.append((group, logs, tell(group, logs, &memory))) }
        begun = []
    }

    /// What is to be compressed then, and nothing more is to be done with.
    var compressions: [PlannedStep] {
        told.flatMap { _, logs, isDone in
            logs.flatMap { isDone ? $0.finish : $0.finishWithoutNewest }.filter(\.isCompressionAlone).compactMap(
                \.first)
        }
    }

    /// What is left to be done when that is compressed.
    private mutating func finishTold(_ memory: inout RunMemory) {
        for (_, logs, isDone) in told {
            for log in logs where !StopSignal.arrived {
                chains((isDone ? log.finish : log.finishWithoutNewest).filter { !$0.isCompressionAlone }, &memory)
            }
            if isDone { for log in logs { noteRelease(of: log, &memory) } }
        }
        told = []
    }
}

extension StanzaPlan {
    /// How a stanza goes side by side with others.
    enum Place {
        /// Not at all.
        case alone
        /// Before all others: scripts come before its logs are moved.
        case first
        /// Anywhere.
        case anywhere
        /// After all others: a program is run when its logs are done, or one for logs that were cut. Their writers are not
        /// told by the next run, where this one does not come to it.
        case last
    }

    /// Where among other stanzas it can be carried out, with scripts and programs in the order of the stanzas.
    var place: Place {
        let isFirst = firstAction != nil || groups.contains { $0.prerotate != nil }
        let isLast =
            lastAction != nil || telling != nil
            || !expiry.allSatisfy { $0.isCompressionAlone || $0.isRemovalAlone }
            || groups.contains { group in
                group.logs.contains { log in
                    group.postrotate != nil && !log.isOfRenaming
                        || !log.finish.allSatisfy { $0.isCompressionAlone || $0.isRemovalAlone }
                }
            }
        let isPossible = groups.allSatisfy { group in
            group.logs.allSatisfy { log in
                log.signal == nil && log.prepare.allSatisfy(\.isOfRenaming)
                    && (log.isOfRenaming || log.isCutAlone && stanza.settings.account == nil)
            }
        }
        // Where a script is run for each log what belongs to that log is done before the next one's.
        guard isPossible, groups.count == 1 || !groups.isEmpty && !isFirst && groups.allSatisfy(\.isFree) else {
            return .alone
        }
        if isLast { return isFirst ? .alone : .last }
        return isFirst ? .first : .anywhere
    }
}

extension LogPlan {
    /// Whether it gets another name, and nothing is written.
    fileprivate var isOfRenaming: Bool { rotate.allSatisfy(\.isOfRenaming) }
}

extension PlannedStep {
    /// Whether it gives something a name, and writes nothing.
    fileprivate var isOfRenaming: Bool {
        switch step {
        case .shift, .move, .create: true
        default: false
        }
    }
}

extension Workshop {
    /// Cuts logs of one account; those that it went well with.
    func performCuts(_ logs: [LogPlan], as account: Account?, _ memory: inout RunMemory) -> Set<Path> {
        let planned = logs.flatMap(\.rotate)
        if planned.count == 1 { recorder.began(planned[0]) }
        var done: Set<Path> = []
        for (index, result) in steps.performCuts(planned, as: account, &memory).enumerated() {
            if planned.count > 1 { recorder.began(planned[index]) }
            recorder.ended(planned[index], result)
            if result.goesOn(behind: planned[index]) { done.insert(logs[index].log) }
        }
        return done
    }

    /// Puts names that wait for it on the disk, and says where that failed; why, by directory.
    func syncNames(_ memory: inout RunMemory) -> [Path: StepFailure] {
        let failures = steps.syncNames(&memory)
        for (path, failure) in failures { recorder.note(path, failure.message) }
        return failures
    }

    /// Compresses archives, as many at once as can be open.
    func compressTogether(_ steps: [(step: PlannedStep, settings: Settings)], _ memory: inout RunMemory) {
        var rest = steps[...]
        while !rest.isEmpty, !StopSignal.arrived {
            let part = Array(rest.prefix(CutBatch.mostTogether))
            rest = rest.dropFirst(part.count)
            for ((step, _), outcome) in zip(part, self.steps.performCompressions(part, &memory)) {
                recorder.began(step)
                recorder.ended(step, outcome)
            }
        }
    }
}

extension StanzaPlan {
    /// Whether the logs that are due have no more than 256 KiB on average: what is too old goes when all of those that are cut
    /// together have their archives.
    fileprivate var hasSmallLogs: Bool {
        var excessBytes: Double = 0
        for item in decisions where item.decision.isRotation {
            excessBytes += Double(item.log.status?.sizeBytes ?? 0) - Double(256 << 10)
        }
        return excessBytes <= 0
    }
}

extension GroupPlan {
    /// Whether no script is run for it.
    fileprivate var isFree: Bool { prerotate == nil && postrotate == nil && !isShared }
}

extension [PlannedStep] {
    /// Whether this chain is a compression that others can be done together with.
    fileprivate var isCompressionAlone: Bool { count == 1 && allSatisfy(CompressionBatch.takes) }

    /// Whether it takes an archive away, without a script, a mail or shred(1).
    fileprivate var isRemovalAlone: Bool {
        if count == 1, case .remove(_, nil) = self[0].step { true } else { false }
    }
}

extension LogPlan {
    /// What is done although the script that should have seen the newest archive failed: older ones are compressed, and what
    /// is too much goes, but for one, as with logrotate: the newest one is as good as not there.
    fileprivate var finishWithoutNewest: [[PlannedStep]] {
        var chains = finish.filter { chain in
            guard let last = chain.last else { return false }
            switch last.step {
            case .compress(let path, _, _): return path != archive
            case .remove: return last.reason.isRetention
            default: return false
            }
        }
        // The oldest go first: the last of them is the newest of what is too much.
        if let spared = chains.lastIndex(where: { $0.last?.reason.isRetention == true }) { chains.remove(at: spared) }
        return chains
    }

    /// The newest archive, before numbers are moved.
    fileprivate var newestArchive: Path? {
        let shifts = prepare.compactMap { planned -> Path? in
            if case .shift(let path, _) = planned.step { return path }
            return nil
        }
        return shifts.last
    }

    /// Whether its archive is plain until its scripts have seen it.
    fileprivate var isCompressedLater: Bool {
        finish.contains { chain in
            if case .compress(let path, _, _)? = chain.first?.step { path == archive } else { false }
        }
    }

    /// Whether its rotation is a cut and nothing else.
    fileprivate var isCutAlone: Bool {
        if rotate.count == 1, case .cut = rotate[0].step { return true }
        return false
    }
}

extension StanzaPlan {
    /// Whether writers are told by a signal.
    fileprivate var hasSignals: Bool { groups.contains { $0.logs.contains { $0.signal != nil } } }
}
