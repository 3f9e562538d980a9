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

    private func finishCuts(_ memory: inout RunMemory) {
        var finished: [JournalEntry] = []
        Recovery(tools).perform(&memory.cuts) { entry, outcome in
            let step = Self.step(for: entry)
            switch outcome {
            case .finished:
                recorder.began(step)
                recorder.ended(step, .done(bytes: nil))
                finished.append(entry)
            case .nothing:
                recorder.began(step)
                recorder.ended(step, .left("nothing of it was left to do"))
            case .unresolved(let why):
                recorder.note(
                    entry.log, "the cut of \(entry.log) that an earlier run began is not finished: \(why)")
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
