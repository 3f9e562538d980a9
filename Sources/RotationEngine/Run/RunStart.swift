import HostObservation
import LinuxSystem
import LogCut
import RotationCore

/// What a run holds from its first moment to its last: the locks that keep other runs away.
struct RunStart {
    let store: StateStore
    /// nil where there is none; why.
    let journal: Journal?
    let journalProblem: String?
    /// The state, where its lock was not waited for, because everybody can take it.
    var lockedByAnybody: Path? { store.isLockedByAnybody ? statePath : nil }
    private let statePath: Path

    /// Why a run does not even begin.
    enum Hindrance: Error {
        /// Another run has the lock on this file.
        case busy(Path)
        /// Something is wrong with the state.
        case failed(Path, String, LogrotateText?)
    }

    /// Takes the locks of the state and of the journal. A dry run takes none.
    ///
    /// - Parameter journal: where the journal is.
    init(_ options: RunOptions, journal path: Path) throws(Hindrance) {
        store = StateStore(path: options.statePath)
        let statePath = options.statePath ?? DefaultPlaces.state
        self.statePath = statePath
        if let directory = store.missingDirectory {
            throw .failed(
                statePath,
                StateText.directoryMissing(statePath, directory),
                .error("error creating stub state file \(statePath): No such file or directory"))
        }
        guard !options.isDryRun else {
            journal = nil
            journalProblem = nil
            return
        }
        let isLocked: Bool
        do {
            isLocked = try store.lock(options.lockMode)
        } catch {
            throw .failed(
                statePath,
                StateText.notLocked(StepFailure(error, about: statePath).message),
                (error as? SystemError).map { .error("error opening state file \(statePath): \($0.reason)") })
        }
        guard isLocked else { throw .busy(statePath) }
        (journal, journalProblem) = try Self.openJournal(path, options.lockMode)
        store.journal = journal
    }

    /// Opens the journal, whose lock keeps other runs from working whatever state they use.
    private static func openJournal(_ path: Path, _ mode: LockMode) throws(Hindrance) -> (Journal?, String?) {
        let deadline: Double? =
            switch mode {
            case .wait(let seconds?): monotonicSeconds() + Double(seconds)
            case .wait(nil): nil
            case .tryOnce, .skip: 0
            }
        let standIn = StandIn.existing(for: path)
        while true {
            do throws(Journal.Problem) {
                return (try Journal.open(standIn ?? path, isStandIn: standIn != nil), nil)
            } catch {
                switch error {
                case .failed(let message): return (nil, message)
                case .busy: break
                }
            }
            if let deadline, monotonicSeconds() >= deadline { break }
            if StopSignal.arrived { break }
            sleep(milliseconds: 50)
        }
        throw .busy(standIn ?? path)
    }
}
