import HostObservation
import LinuxChanges
import LinuxSystem
import LogCut
import RotationCore
import SystemPackage

/// How the lock on the state is asked for.
public enum LockMode: Hashable, Sendable {
    /// Once: busy is busy.
    case tryOnce
    /// Until it is free, or so many seconds.
    case wait(seconds: Int64?)
    /// Not at all.
    case skip
}

/// The state file and the lock on it.
final class StateStore {
    private var file: StateFile
    private var path: Path { file.path }
    private var held: Descriptor?
    private var heldDirectory: Directory?
    /// Whether the file is there, and is a state.
    private var isStored = false
    /// What this run has written.
    private var written: [UInt8]?
    /// Whether what is known waits in the journal for room.
    private var isWaiting = false
    /// What could not be read must not be overwritten.
    private var isUnreadable = false
    /// Whether the lock was not waited for, because everybody can take it.
    private(set) var isLockedByAnybody = false
    /// Whether it has the lock on the file.
    var isLocked: Bool { held != nil }
    /// Whether the file was not there before this run, or held nothing.
    private(set) var isNew = false
    /// Where the state waits if there is no room for its file.
    var journal: Journal?

    /// The state under a path; `/dev/null` for none. nil is the default path, which takes logrotate's dates over.
    init(path: Path?) {
        file = StateFile(path: path)
    }

    /// The directory of a state that was named, where it is not there: a slip in its name would begin a history anew.
    var missingDirectory: Path? {
        guard !file.isNone, path.directory != DefaultPlaces.state.directory else { return nil }
        do throws(WalkError) {
            _ = try Directory.open(path.directory)
            return nil
        } catch {
            return error.errno == .noSuchFileOrDirectory ? path.directory : nil
        }
    }

    /// Takes the lock; false where another run has it.
    func lock(_ mode: LockMode) throws -> Bool {
        guard !file.isNone, mode != .skip else { return true }
        let deadline: Double? =
            switch mode {
            case .wait(let seconds?): monotonicSeconds() + Double(seconds)
            case .wait(nil): nil
            case .tryOnce, .skip: 0
            }
        while true {
            if try tryLock() { return true }
            if let deadline, monotonicSeconds() >= deadline { return false }
            if StopSignal.arrived { return false }
            sleep(milliseconds: 50)
        }
    }

    private func tryLock() throws -> Bool {
        let directory: Directory
        do throws(WalkError) {
            directory = try SafeFile.openOrMakeDirectory(path.directory)
        } catch {
            // There is nothing to be locked, and nobody who could change anything there.
            if error.errno == .readOnlyFileSystem { return true }
            throw error
        }
        let file: Descriptor
        do throws(SystemError) {
            file = try openOrCreate(in: directory)
        } catch {
            // A link of root's leads to it.
            if error.errno == .tooManySymbolicLinkLevels, let linked = self.file.linked {
                self.file = linked
                return try tryLock()
            }
            // No room for the file: the directory can be locked without any.
            guard error.isNoRoom || error.errno == .readOnlyFileSystem else { throw error }
            guard try directory.tryLock() else { return false }
            heldDirectory = directory
            return true
        }
        let status = try file.status()
        guard status.kind == .regular else { throw StepFailure(StateText.notRegular(path)) }
        guard try file.tryLock() else {
            // Anybody can have done that, and for ever.
            guard status.mode & 0o004 != 0 else { return false }
            isLockedByAnybody = true
            return true
        }
        // The run before replaced the file: its lock was on the old one.
        guard try directory.status(of: path.name)?.identity == status.identity else { return try tryLock() }
        isNew = status.sizeBytes == 0
        held = consume file
        return true
    }

    private func openOrCreate(in directory: Directory) throws(SystemError) -> Descriptor {
        do throws(SystemError) {
            return try directory.openOwn(path.name, mode: 0o600)
        } catch {
            // Remounted because of a damaged disk: what is there can be read and locked.
            guard error.errno == .readOnlyFileSystem, try directory.status(of: path.name) != nil else { throw error }
            return try directory.open(path.name, .reading)
        }
    }

    /// What is known, and what is wrong with the file.
    func read() throws -> (state: RotationState, diagnostics: [Diagnostic]) {
        isUnreadable = true
        // What is written replaces what the link leads to, and not the link.
        if held == nil, !file.isNone, let linked = file.linked { file = linked }
        let content = try file.read(waiting: journal?.reserved())
        isUnreadable = content.isForeign
        isNew = isNew || content.isMissing
        isWaiting = content.isWaiting
        isStored = content.isStored
        if isStored { try narrow() }
        return (content.state, content.diagnostics)
    }

    /// Whoever can read it can lock it, and keep every run from working (CVE-2022-1348): that is for nobody but its owner and
    /// whom its group and its ACL name.
    private func narrow() throws {
        guard let status = try held?.status(), status.mode & 0o007 != 0, status.owner == Accounts.effectiveUser else {
            return
        }
        do throws(SystemError) {
            try held?.setMode(status.mode & 0o770)
        } catch {
            if error.errno != .readOnlyFileSystem { throw error }
        }
    }

    /// Whether what is known can be written: tried with a file as large as the state before anything is rotated by its
    /// date. Rotated without that it would be due again in every run, until nothing is left of its history.
    func rehearse(_ state: RotationState) throws {
        guard !file.isNone else { return }
        guard !isUnreadable else { throw StepFailure(StateText.notReplaced(path)) }
        do {
            try SafeFile(path: path).rehearse(with: state.encoded())
        } catch {
            guard let journal, Self.isNoRoom(error) else { throw error }
            try journal.reserve(state.encoded(), for: path)
            isWaiting = true
        }
    }

    private static func isNoRoom(_ error: any Error) -> Bool {
        if case .system(let inner)? = error as? WalkError { return inner.isNoRoom }
        return (error as? SystemError)?.isNoRoom ?? false
    }

    /// Writes what is known now, if that is something else than what the file holds.
    func write(_ state: RotationState) throws {
        guard !file.isNone else { return }
        guard !isUnreadable else { throw StepFailure(StateText.notReplaced(path)) }
        guard state.isChanged || !isStored || isWaiting else { return }
        let bytes = state.encoded()
        // What was changed and changed back is nothing to be written.
        let before = isStored ? written ?? (try? StoredFile.read(path)) : nil
        guard bytes != before || isWaiting else { return }
        do {
            var file = SafeFile(path: path)
            file.keepsAttributes = true
            try file.replace(with: bytes)
            written = bytes
            isStored = true
            if isWaiting { try journal?.reserve([], for: path) }
            isWaiting = false
        } catch {
            guard let journal, Self.isNoRoom(error) else { throw error }
            try journal.reserve(bytes, for: path)
            isWaiting = true
        }
    }
}
