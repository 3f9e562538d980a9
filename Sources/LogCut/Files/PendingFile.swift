import HostObservation
import LinuxChanges
package import LinuxSystem
import RotationCore
import SystemPackage

/// A file that gets its name only when it is complete and on the disk, so that nobody sees it before, and nothing is left of
/// it if this process ends. Or a file that is there and is extended.
package final class PendingFile {
    private let directory: Directory
    private let name: Path
    package let descriptor: Descriptor
    /// Where the file system has no unnamed files: a name that only spillway gives.
    private let temporaryName: Path?
    /// How large it was before: 0 unless it is extended.
    package let startBytes: Int64
    /// Whether it has its name.
    package private(set) var isNamed: Bool
    /// Which file it is, as it was when it began; nil until it has its attributes.
    private var own: FileIdentity?

    private init(
        _ directory: Directory, _ name: Path, _ descriptor: consuming Descriptor, _ temporaryName: Path?,
        startBytes: Int64 = 0, isNamed: Bool = false
    ) {
        self.directory = directory
        self.name = name
        self.descriptor = descriptor
        self.temporaryName = temporaryName
        self.startBytes = startBytes
        self.isNamed = isNamed
    }

    /// Begins a file with these attributes.
    package static func begin(in directory: Directory, name: Path, attributes: FileAttributes) throws(SystemError)
        -> PendingFile
    {
        let file = try create(in: directory, name: name, mode: attributes.narrowestMode)
        do throws(SystemError) {
            file.own = try attributes.apply(to: file.descriptor)
        } catch {
            // Nothing is in it; the next run removes what has its name.
            _ = file.abandon()
            throw error
        }
        return file
    }

    /// A file that is there, to be extended.
    package static func extend(_ name: Path, in directory: Directory) throws(SystemError) -> PendingFile {
        let file = try directory.open(name, .readingAndWriting)
        let status = try file.status()
        try file.seek(to: status.sizeBytes)
        let pending = PendingFile(directory, name, file, nil, startBytes: status.sizeBytes, isNamed: true)
        pending.own = status.identity
        return pending
    }

    private static func create(in directory: Directory, name: Path, mode: UInt32) throws(SystemError) -> PendingFile {
        do throws(SystemError) {
            return PendingFile(directory, name, try directory.createUnnamed(mode: mode, for: name), nil)
        } catch {
            // EOPNOTSUPP from a file system without O_TMPFILE, EISDIR from a kernel without.
            guard error.errno == .notSupported || error.errno == .isDirectory else { throw error }
        }
        let temporary = OwnNames.temporary(for: name)
        // Only a run that was killed leaves one behind, and nothing in it is needed.
        if try directory.status(of: temporary) != nil { try directory.remove(temporary) }
        return PendingFile(directory, name, try directory.create(temporary, mode: mode), temporary)
    }

    /// Everything is written: on the disk with it, then its name, then the directory. Throws EEXIST where something has
    /// the name, which stays as it is.
    package func commit() throws(SystemError) {
        try descriptor.sync()
        try giveName()
        try directory.sync()
    }

    /// As `commit`; where it fails the name goes again, because what is in the file is where it came from still.
    package func commit(orUndoing removal: Removal) throws(StepFailure) {
        do throws(SystemError) {
            try commit()
        } catch {
            throw undo(removal, because: StepFailure(error, about: path))
        }
    }

    /// Its name. It has to be on the disk before, and the directory after that.
    package func giveName() throws(SystemError) {
        guard !isNamed else { return }
        if let temporaryName {
            try directory.rename(temporaryName, to: name)
        } else {
            try directory.link(descriptor, as: name)
        }
        isNamed = true
    }

    /// What tells it from others: where a number is not the file's own, the one that its name has.
    package func identity() throws(SystemError) -> FileIdentity {
        let own = if let own { own } else { try descriptor.status().identity }
        guard isNamed, descriptor.hasInodesByName else { return own }
        return try directory.status(of: name)?.identity ?? own
    }

    private var path: Path { directory.path.appending(name) }

    /// After a failure: a temporary name goes with it. What is to be said of one that stays; nil where none does.
    package func abandon() -> String? {
        guard let temporaryName, !isNamed else { return nil }
        do throws(SystemError) {
            try directory.remove(temporaryName)
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// After a failure: takes back what was written, name and all. What is to be told: where that fails too, both.
    package func undo(_ removal: Removal, because failure: StepFailure) -> StepFailure {
        do throws(StepFailure) {
            try explaining(path) { try undo(removal) }
            return failure
        } catch {
            return failure.adding(FileText.madeInVain(path, error.message))
        }
    }

    /// Takes back what was written, name and all.
    package func undo(_ removal: Removal) throws {
        guard isNamed else {
            if let left = abandon() { throw StepFailure(left) }
            return
        }
        if startBytes > 0 { return try descriptor.truncate(to: startBytes) }
        if case .held(let who) = try removal.remove(name, in: directory, descriptor.status(), opened: descriptor) {
            throw StepFailure(FileText.notTakenBack(path, who))
        }
    }
}
