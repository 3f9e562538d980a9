import LinuxSystem
import LogCut
import RotationCore

/// Side by side with other stanzas (`StanzaBatch`).
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

    mutating func prepare(_ groups: [GroupPlan], _ memory: inout RunMemory) {
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
    mutating func finishTold(_ memory: inout RunMemory) {
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
