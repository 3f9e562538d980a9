import LinuxSystem
import RotationCore

extension RotationRun {
    /// Finishes what an earlier run was ended in the middle of.
    func recover(_ executor: Executor) {
        guard !options.isDryRun else {
            begun = Journal.look(StandIn.existing(for: journalPath) ?? journalPath)
            for entry in begun where entry.kind != .extend {
                report.steps.append((recovery(entry), nil))
                listener(.began(recovery(entry)))
                state.lastRotated[entry.log] = zone.civil(at: now)
            }
            return
        }
        Recovery(executor).perform { entry, outcome in
            let step = recovery(entry)
            switch outcome {
            case .finished:
                began(step)
                ended(step, .done(bytes: nil))
                // A renamed log has no dates.
                if ledger.ledger.unreleased[entry.log] == nil { state.lastRotated[entry.log] = zone.civil(at: now) }
            case .nothing:
                began(step)
                ended(step, .left("nothing of it was left to do"))
            case .unresolved(let why):
                note(entry.log, "the cut of \(entry.log) that an earlier run began is not finished: \(why)")
            }
        }
        for directory in ledger.ledger.removing.sorted() {
            for (path, message) in executor.removal.finishEarlier(in: directory, cache) {
                note(path, message, isError: false)
            }
        }
        // Renamed logs that are gone, or have another's name, are nobody's any more.
        // Where numbers are not the files' own, whatever has the name is taken for it.
        let gone = ledger.ledger.unreleased.values.filter { file in
            guard let inode = inode(of: file.path) else { return true }
            return inode != file.inode && (try? cache.directory(file.path.directory))?.hasInodesByName != true
        }
        ledger.record(gone.map { .released($0.path) })
    }

    func inode(of path: Path) -> UInt64? {
        guard let directory = try? cache.directory(path.directory) else { return nil }
        return (try? directory.status(of: path.name))??.identity.inode
    }

    /// A renamed log that is released, and needs nothing more, is an archive like others.
    func forgetReleased(_ archives: inout ArchiveObservation?, _ settings: Settings) {
        guard var found = archives else { return }
        for index in found.entries.indices {
            guard let file = found.entries[index].unreleased, file.isReleased, file.isTold, file.parts == nil,
                settings.compression == nil || settings.delaysCompression
            else { continue }
            ledger.record([.released(found.directory.appending(found.entries[index].name))])
            found.entries[index].unreleased = nil
        }
        archives = found
    }

    func recovery(_ entry: JournalEntry) -> PlannedStep {
        PlannedStep(.recover(entry.log, archive: entry.archive), .leftover, for: entry.log)
    }

    /// Without a journal a run that is interrupted may leave lines in a log and in its archive, and on a full disk nothing
    /// can be cut: what can be had in memory takes its place.
    func replaceJournal(for plan: StanzaPlan, _ executor: Executor, _ store: StateStore) {
        guard let problem = journalProblem else { return }
        let cuts = plan.groups.contains { group in
            group.logs.contains { $0.rotate.contains { if case .cut = $0.step { true } else { false } } }
        }
        guard cuts || plan.isDueByDate else { return }
        journalProblem = nil
        let standIn = StandIn.path(for: journalPath)
        journal = standIn.flatMap { try? Journal.open($0, isStandIn: true) }
        executor.journal = journal
        store.journal = journal
        if let journal {
            note(
                journalPath,
                "there is no journal (\(problem)): \(journal.path) takes its place, which is lost if the machine stops",
                isError: false)
        } else if cuts {
            note(
                journalPath,
                "there is no journal (\(problem)): logs are cut without it, and what is interrupted may be archived twice"
            )
        }
    }

    /// What is in memory is not needed any more: the next run looks for room on the disk.
    func endStandIn() {
        guard let journal, journal.isStandIn, journal.isIdle else { return }
        do {
            try journal.remove()
        } catch {
            note(journal.path, StepFailure(error, about: journal.path).message, isError: false)
        }
    }

    /// A log was renamed: whether its writers have let go. If not, it is no archive yet, and that is said.
    func noteRelease(of plan: LogPlan, _ settings: Settings) {
        guard let executor,
            let file = ledger.ledger.unreleased.values.first(where: { $0.log == plan.log && $0.path == plan.archive })
        else { return }
        do throws(StepFailure) {
            let who = try explaining(file.path) { try executor.holder(of: file, settings) }
            guard let who else {
                // It is compressed, or stays as it is.
                if settings.compression == nil || settings.delaysCompression { ledger.record([.released(file.path)]) }
                return
            }
            guard settings.signal != nil else { return }
            note(
                file.path,
                "\(file.path) is not released yet: \(who); it is kept like a live log, and archived when it is released",
                isError: false)
        } catch {
            note(file.path, error.message)
        }
    }
}
