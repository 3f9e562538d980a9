import HostObservation
import LinuxSystem
import LogCut
import RotationCore

/// Without a journal a run that is interrupted may leave lines in a log and in its archive, and on a full disk nothing can be
/// cut: what can be had in memory takes its place.
struct JournalStandIn {
    private let path: Path
    private let store: StateStore
    private let recorder: RunRecorder
    /// Why there is no journal; nil where there is one, or its place is taken.
    private var problem: String?

    init(_ path: Path, _ start: RunStart, _ recorder: RunRecorder) {
        self.path = path
        store = start.store
        problem = start.journalProblem
        self.recorder = recorder
    }

    /// The journal that a plan is carried out with. Only a plan that needs one makes a stand-in.
    mutating func journal(for plan: StanzaPlan, instead of: Journal?) -> Journal? {
        guard let problem else { return of }
        let cuts = plan.groups.contains { group in
            group.logs.contains { $0.rotate.contains { if case .cut = $0.step { true } else { false } } }
        }
        guard cuts || plan.isDueByDate else { return of }
        self.problem = nil
        let journal = StandIn.path(for: path).flatMap { try? Journal.open($0, isStandIn: true) }
        store.journal = journal
        if let journal {
            recorder.note(
                path,
                JournalText.standIn(problem, journal.path),
                isError: false)
        } else if cuts {
            recorder.note(
                path,
                JournalText.none(problem)
            )
        }
        return journal
    }

    /// What is in memory is not needed any more: the next run looks for room on the disk.
    func end(_ journal: Journal?) {
        guard let journal, journal.isStandIn, journal.isIdle else { return }
        do {
            try journal.remove()
        } catch {
            recorder.note(journal.path, StepFailure(error, about: journal.path).message, isError: false)
        }
    }
}
