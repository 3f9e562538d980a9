import HostObservation
import LinuxChanges
import LinuxSystem
import RotationCore
import SystemPackage

/// The order in which nothing is lost and nothing doubled, wherever it is interrupted.
extension CutBatch {
    func commit() {
        writeArchives()
        syncArchives()
        lookAgain()
        guard writeSlot() else { return }
        each { _, cut in
            try cut.nameArchive()
            if let archive = cut.job.archive {
                memory.logTimes[archive] = cut.before.modified
                memory.madeArchives[archive] = try cut.archive?.identity()
            }
        }
        syncDirectories()
        var techniques: [Int: CutTechnique] = [:]
        each { index, cut in
            do {
                techniques[index] = try takeOut(cut)
            } catch let error as SystemError {
                // How much of it the disk has done nobody knows.
                unresolved.insert(cut.job.log)
                throw error
            }
        }
        syncLogs()
        // A head is known by the ledger alone where no hole follows it.
        if cuts.contains(where: \.cut.needsLedger) { tools.ledger.sync() }
        clearSlot()
        shrink(techniques)
    }

    /// False where nothing may be done because the journal could not be told.
    func writeSlot() -> Bool {
        guard let journal, !cuts.isEmpty else { return !cuts.isEmpty }
        do {
            let entries = try cuts.compactMap { try $0.cut.entry() }
            if !entries.isEmpty { try journal.write(memory.unresolved + entries) }
            return true
        } catch {
            let failure = StepFailure(error, about: journal.path)
            each { _, _ in throw StepFailure(JournalText.notWritten(failure.message)) }
            return false
        }
    }

    func syncArchives() {
        var batch = SyncBatch()
        let archived = cuts.filter { $0.cut.archive != nil }
        for (_, cut) in archived {
            if let archive = cut.archive { batch.add(archive.descriptor) }
        }
        let errors = Dictionary(uniqueKeysWithValues: zip(archived.map(\.index), batch.perform()))
        each { index, cut in
            guard case .some(.some(let error)) = errors[index] else { return }
            _ = try unlessRoomless(index, cut) { throw error }
        }
    }

    func syncLogs() {
        var batch = SyncBatch()
        for (_, cut) in cuts { batch.add(cut.log) }
        let errors = Dictionary(uniqueKeysWithValues: zip(cuts.map(\.index), batch.perform()))
        each(.unresolved) { index, _ in
            if case .some(.some(let error)) = errors[index] { throw error }
        }
    }

    func syncDirectories() {
        // What one of them is told holds for all that are named there.
        let failures = tools.syncNames(in: cuts.compactMap(\.cut.job.archive?.directory))
        each { _, cut in
            if let directory = cut.job.archive?.directory, let error = failures[directory] { throw error }
        }
    }

    func takeOut(_ cut: CutInProgress) throws -> CutTechnique {
        // A few milliseconds have passed since the look at the holders.
        try cut.requireUnchanged()
        let emptying = Emptying(cut)
        if cut.job.plan.isBinary {
            try emptying.underLease()
            return .truncate
        }
        if cut.job.plan.technique == .punch, try cut.punch() { return .punch }
        guard cut.job.plan.lossless else {
            try emptying.draining()
            return .truncate
        }
        throw StepFailure(
            CutText.noHolesAndLossless(cut.job.log)
        )
    }

    func clearSlot() {
        guard let journal, !journal.entries.isEmpty else { return }
        // What an earlier part could not finish is in the journal with what this one could not.
        let known = Set(memory.unresolved)
        memory.unresolved += journal.entries.filter { unresolved.contains($0.log) && !known.contains($0) }
        do {
            try journal.write(memory.unresolved)
        } catch {
            memory.journalFailure = StepFailure(error, about: journal.path).message
        }
    }

    func shrink(_ techniques: [Int: CutTechnique]) {
        var outcomes: [Int: ShrinkOutcome] = [:]
        each(.nothing) { index, cut in
            guard techniques[index] == .punch else {
                outcomes[index] = .truncated
                return
            }
            outcomes[index] = Shrink(cut).perform()
        }
        each(.nothing) { index, cut in
            // Its next cut counts from where its bytes are now.
            if case .collapsed? = outcomes[index] { try cut.syncCollapsed() }
            let report = try cut.report(techniques[index] ?? .punch, outcomes[index] ?? .none("it was not tried"))
            results[index] = .cut(report)
        }
    }
}
