import HostObservation
import LinuxSystem
import LogCut
import RotationCore

/// Finishes what earlier runs were ended in the middle of: the first thing a run does.
struct EarlierRuns {
    let workshop: Workshop
    private var tools: CutTools { workshop.steps.tools }
    private var recorder: RunRecorder { workshop.recorder }

    /// What a real run would finish, for one that changes nothing.
    static func look(_ journal: Path, _ recorder: RunRecorder, _ memory: inout RunMemory) -> [JournalEntry] {
        let begun = JournalFile.entries(of: StandIn.existing(for: journal) ?? journal)
        for entry in begun where entry.kind != .extend {
            recorder.wouldDo(step(for: entry))
            memory.state.lastRotated[entry.log] = memory.civilNow
        }
        return begun
    }

    /// A journal that is there and cannot be used now may be read all the same: the logs that it names are left alone in this
    /// run, which would archive them once more.
    func leaveAlone(_ journal: Path, because problem: String, _ memory: inout RunMemory) {
        for entry in JournalFile.entries(of: journal) {
            memory.othersLogs.insert(entry.log)
            recorder.note(entry.log, JournalText.notFinished(entry.log, problem))
        }
    }

    /// Cuts, removals, and what is remembered of renamed logs that are gone.
    func finish(_ memory: inout RunMemory) {
        finishCuts(&memory)
        for directory in tools.ledger.ledger.removing.sorted() {
            recorder.note(left: tools.removal.finishEarlier(in: directory, tools.cache))
        }
        // Renamed logs that are gone, or have another's name, are nobody's any more.
        // Where numbers are not the files' own, whatever has the name is taken for it.
        let gone = tools.ledger.ledger.unreleased.values.filter { file in
            guard let inode = tools.cache.inode(of: file.path) else { return true }
            return inode != file.inode && (try? tools.cache.directory(file.path.directory))?.hasInodesByName != true
        }
        tools.ledger.record(gone.map { .released($0.path) })
    }

    /// Finishes what a run with another state was ended in the middle of, if none is at work on it. Logs that it cannot finish,
    /// or that another run is at work on, are left alone in this run.
    func finish(another path: Path, _ memory: inout RunMemory) {
        guard !JournalFile.entries(of: path).isEmpty else { return }
        let journal: Journal
        do throws(Journal.Problem) {
            journal = try Journal.open(path)
        } catch {
            memory.othersLogs.formUnion(JournalFile.entries(of: path).map(\.log))
            if case .failed(let message) = error { recorder.note(path, message) }
            return
        }
        let store = LedgerStore(journal: path, isReadOnly: false, rights: tools.rights)
        let others = CutTools(cache: tools.cache, journal: journal, ledger: store, rights: tools.rights)
        var cuts = CutMemory()
        finishCuts(with: others, &cuts, &memory)
        memory.othersLogs.formUnion(cuts.unresolved.map(\.log))
        if let failure = cuts.journalFailure { recorder.note(path, JournalText.notWritten(failure)) }
        recorder.note(left: others.removal.finish())
    }

    private func finishCuts(_ memory: inout RunMemory) {
        var cuts = memory.cuts
        finishCuts(with: tools, &cuts, &memory)
        memory.cuts = cuts
    }

    private func finishCuts(with tools: CutTools, _ cuts: inout CutMemory, _ memory: inout RunMemory) {
        var finished: [JournalEntry] = []
        Recovery(tools).perform(&cuts) { entry, outcome in
            let step = Self.step(for: entry)
            switch outcome {
            case .finished:
                recorder.began(step)
                recorder.ended(step, .done(bytes: nil))
                finished.append(entry)
            case .nothing:
                recorder.began(step)
                recorder.ended(step, .left(JournalText.nothingLeft))
            case .unresolved(let why):
                recorder.note(
                    entry.log, JournalText.notFinished(entry.log, why))
            }
        }
        // A renamed log has no dates.
        for entry in finished where tools.ledger.ledger.unreleased[entry.log] == nil {
            memory.state.lastRotated[entry.log] = memory.civilNow
        }
    }

    private static func step(for entry: JournalEntry) -> PlannedStep {
        PlannedStep(.recover(entry.log, archive: entry.archive), .leftover, for: entry.log)
    }
}

extension DirectoryCache {
    /// The inode that has a name; nil where nothing has.
    func inode(of path: Path) -> UInt64? {
        guard let directory = try? directory(path.directory) else { return nil }
        return (try? directory.status(of: path.name))??.identity.inode
    }
}
