package import HostObservation
import LinuxChanges
package import LinuxSystem
import RotationCore
import SystemPackage

/// The one place where files are removed, so that no deleted file is ever held by somebody.
///
/// Under a write lease, which only a file that nobody has open gets, it is renamed to a private name. If somebody waits for
/// it then, it gets its name back. If not it is emptied at once, so that its space is free, and its private name goes at
/// the end of the run, when whoever was on his way to it has arrived and is noticed.
package final class Removal {
    /// What became of a file.
    package enum Outcome {
        /// It is gone; what the file system has back, in bytes.
        case removed(freedBytes: Int64)
        /// Somebody has it open; who, as far as that is known.
        case held(String)
    }

    private struct Emptied {
        var directory: Directory
        var name: Path
    }

    private let ledger: LedgerStore
    private let rights: Rights
    private var emptied: [Emptied] = []
    private var lastEmptied = 0.0
    /// Directories in which a removal failed half-way.
    private var doubtful: Set<Path> = []

    /// Whoever opens a file has found its name at most so long ago, in milliseconds.
    private static let openingMilliseconds = 50.0

    /// - Parameters:
    ///   - ledger: remembers where a removal is under way.
    ///   - rights: leases and /proc are asked with this process's own.
    package init(ledger: LedgerStore, rights: Rights) {
        self.ledger = ledger
        self.rights = rights
    }

    /// Removes a file.
    ///
    /// - Parameter status: of the file that is meant; another one under the name stays.
    package func remove(_ name: Path, in directory: Directory, _ status: FileStatus) throws -> Outcome {
        let path = directory.path.appending(name)
        // Without its other names it would go on existing, and with them emptying it would destroy it.
        guard status.kind == .regular, status.linkCount == 1 else {
            try directory.remove(name)
            return .removed(freedBytes: 0)
        }
        let file: Descriptor
        do throws(SystemError) {
            file = try directory.open(name, .readingAndWriting)
        } catch {
            switch error.errno {
            case .wouldBlock, .resourceTemporarilyUnavailable: return .held(FileText.leased)
            case .permissionDenied, .textFileBusy: return try removeUnopened(name, in: directory, status)
            default: throw error
            }
        }
        guard try file.status().identity == status.identity else {
            throw StepFailure(FileText.replaced(path))
        }
        return try remove(name, in: directory, status, opened: file)
    }

    /// Removes a file that this process has open once, for reading and writing.
    package func remove(_ name: Path, in directory: Directory, _ status: FileStatus, opened file: borrowing Descriptor)
        throws
        -> Outcome
    {
        let doubt = file.reasonToDoubtHolders
        if doubt == nil, try rights.ask(file) == .refused { return .held(try holder(of: status.identity)) }
        ledger.record([.removing(directory.path)])
        return try withLease(file, doubt) { isWhole in
            try takeAway(name, in: directory, file, status, isWhole)
        }
    }

    /// Removes a file only if it is still as it was seen: a log that somebody may have written to since.
    package func removeUnchanged(_ name: Path, in directory: Directory, _ status: FileStatus) throws -> Outcome {
        let file = try directory.open(name, .readingAndWriting)
        let doubt = file.reasonToDoubtHolders
        ledger.record([.removing(directory.path)])
        return try withLease(file, doubt) { isWhole in
            let now = try file.status()
            guard now.identity == status.identity, now.linkCount == 1, now.sizeBytes == status.sizeBytes,
                now.modified == status.modified
            else { return .held(FileText.writtenMeanwhile) }
            return try takeAway(name, in: directory, file, status, isWhole)
        }
    }

    /// Frees the space of a file that somebody has open, as a last resort: it gets a private name and is emptied. Its name
    /// goes in the run that finds it let go of.
    package func emptyHeld(_ name: Path, in directory: Directory, _ status: FileStatus) throws -> Outcome {
        guard status.kind == .regular, status.linkCount == 1 else { return .held(FileText.furtherNames) }
        let file = try directory.open(name, .readingAndWriting)
        guard try file.status().identity == status.identity else {
            throw StepFailure(FileText.replaced(directory.path.appending(name)))
        }
        guard let holders = try rights.look(for: [status.identity])?.holders[status.identity], !holders.isEmpty else {
            return .held(FileText.holderUnknown)
        }
        // SIGBUS would end it.
        if let holder = holders.first(where: { $0.descriptor == nil }) {
            return .held(FileText.mapped(holder))
        }
        ledger.record([.removing(directory.path)])
        return try takeAway(name, in: directory, file, status) { true }
    }

    /// Holds a write lease while `body` works; where leases tell nothing /proc has to.
    private func withLease(
        _ file: borrowing Descriptor, _ doubt: String?, _ body: (() -> Bool) throws -> Outcome
    ) throws -> Outcome {
        if doubt == nil {
            switch try rights.lease(file) {
            case .granted(let lease): return try body { lease.isWhole }
            case .refused: return .held(try holder(of: file.status().identity))
            case .unknown: break
            }
        }
        let identity = try file.status().identity
        if let seen = try rights.look(for: [identity])?.holders[identity]?.first { return .held(Self.describe(seen)) }
        return try body { true }
    }

    private func takeAway(
        _ name: Path, in directory: Directory, _ file: borrowing Descriptor, _ status: FileStatus,
        _ isWhole: () -> Bool
    ) throws -> Outcome {
        let hidden = OwnNames.goingPrefix + Path(String(status.identity.inode))
        let seen = try SeenFile(name, in: directory)
        guard seen?.status.identity == status.identity else {
            throw StepFailure(FileText.replaced(directory.path.appending(name)))
        }
        do throws(SystemError) {
            try directory.rename(name, to: hidden)
        } catch {
            // XFS needs a block for a name. What the file holds is more than that.
            guard error.errno == .noSpace || error.errno == .diskQuotaExceeded, isWhole() else { throw error }
            try file.truncate(to: 0)
            try directory.remove(name)
            return .removed(freedBytes: status.allocatedBytes)
        }
        do {
            guard try seen?.isStill(hidden, in: directory) == true else {
                try directory.rename(hidden, to: name)
                throw StepFailure(
                    FileText.replacedInRemoval(directory.path.appending(name)))
            }
            guard isWhole() else {
                try directory.rename(hidden, to: name)
                return .held(FileText.beingOpened)
            }
            try file.truncate(to: 0)
        } catch {
            // The next run looks for what may have a private name still.
            doubtful.insert(directory.path)
            throw error
        }
        emptied.append(Emptied(directory: directory, name: hidden))
        lastEmptied = monotonicSeconds()
        return .removed(freedBytes: status.allocatedBytes)
    }

    /// With `su`, what its user cannot open he can still remove, if nobody has it open.
    private func removeUnopened(_ name: Path, in directory: Directory, _ status: FileStatus) throws -> Outcome {
        if let seen = try rights.look(for: [status.identity])?.holders[status.identity]?.first {
            return .held(Self.describe(seen))
        }
        try directory.remove(name)
        return .removed(freedBytes: status.allocatedBytes)
    }

    private func holder(of file: FileIdentity) throws -> String {
        guard let holder = try rights.look(for: [file])?.holders[file]?.first else {
            return FileText.holderUnseen
        }
        return Self.describe(holder)
    }

    private static func describe(_ holder: Holder) -> String {
        FileText.held(by: holder)
    }

    /// The private names go: of this run, once nobody can be on his way to them any more.
    ///
    /// - Returns: what is to be said of files that somebody has opened meanwhile, or that could not be removed.
    package func finish() -> [Left] {
        guard !emptied.isEmpty else { return [] }
        let passed = (monotonicSeconds() - lastEmptied) * 1000
        if passed < Self.openingMilliseconds { sleep(milliseconds: UInt32(Self.openingMilliseconds - passed) + 1) }
        var left: [Left] = []
        var unfinished: Set<Path> = []
        for file in emptied {
            if let why = removeEmptied(file.name, in: file.directory) {
                left.append(why)
                unfinished.insert(file.directory.path)
            }
        }
        let done = synced(Set(emptied.map(\.directory.path)).subtracting(unfinished).subtracting(doubtful))
        ledger.record(done.sorted().map { .removed($0) })
        emptied = []
        return left
    }

    /// Those of these directories whose disk knows that the names are gone. The ledger can be on another one, which may have it
    /// first that nothing is left to be done: a power cut would bring back an archive beside its compressed form.
    private func synced(_ paths: Set<Path>) -> Set<Path> {
        var batch = SyncBatch()
        var places: [Path] = []
        var rest = paths
        for directory in emptied.map(\.directory) where rest.remove(directory.path) != nil {
            batch.add(directory.descriptor)
            places.append(directory.path)
        }
        return paths.subtracting(zip(places, batch.perform()).compactMap { $1 == nil ? nil : $0 })
    }

    /// Finishes the removals of runs that were ended, and of files that somebody had opened.
    package func finishEarlier(in path: Path, _ cache: DirectoryCache) -> [Left] {
        var left: [Left] = []
        do {
            let directory = try cache.directory(path)
            let names = try directory.names().filter { $0.hasPrefix(OwnNames.goingPrefix) }
            for name in names {
                if let why = removeEmptied(name, in: directory) { left.append(why) }
            }
            if !names.isEmpty { try directory.sync() }
        } catch {
            // A directory that is gone has nothing left in it.
            guard (error as? WalkError)?.errno != .noSuchFileOrDirectory else {
                ledger.record([.removed(path)])
                return []
            }
            return [Left(path: path, message: StepFailure(error, about: path).message, isError: true)]
        }
        if left.isEmpty { ledger.record([.removed(path)]) }
        return left
    }

    /// A file with a private name that stays, and why.
    package struct Left {
        package var path: Path
        package var message: String
        /// Whether something failed; otherwise it is waited for somebody.
        package var isError: Bool
    }

    /// Why a file with a private name stays; nil where it is gone.
    package func removeEmptied(_ name: Path, in directory: Directory) -> Left? {
        let path = directory.path.appending(name)
        do {
            guard let status = try directory.status(of: name) else { return nil }
            // Whoever can write to the directory can give this name to a file of somebody else.
            guard status.kind == .regular, status.linkCount == 1 else {
                return Left(path: path, message: FileText.foreignPrivateName(path), isError: false)
            }
            let file = try directory.open(name, .readingAndWriting)
            let outcome = try withLease(file, file.reasonToDoubtHolders) { _ in
                let now = try file.status()
                // Between the two looks somebody can have put another file there.
                guard now.identity == status.identity, now.linkCount == 1 else {
                    return .held(FileText.replaced(path))
                }
                // A run that was ended between the new name and the emptying left it whole: then the name was the last
                // thing that changed. Otherwise it has grown since it was emptied.
                guard now.sizeBytes == 0 || now.modified < now.changed else {
                    return .held(FileText.grownPrivateName(bytes: now.sizeBytes))
                }
                if now.sizeBytes > 0 { try file.truncate(to: 0) }
                try directory.remove(name)
                return .removed(freedBytes: status.allocatedBytes)
            }
            guard case .held(let who) = outcome else { return nil }
            return Left(path: path, message: FileText.removalWaits(path, who), isError: false)
        } catch {
            return Left(path: path, message: StepFailure(error, about: path).message, isError: true)
        }
    }
}
