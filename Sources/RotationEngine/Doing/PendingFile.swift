import LinuxSystem
import SystemPackage

/// A file that gets its name only when it is complete and on the disk. Until then nobody sees it, and if this process
/// ends nothing is left of it.
struct PendingFile: ~Copyable {
    private let directory: Directory
    private let name: Path
    let descriptor: Descriptor
    /// Where the file system has no unnamed files: a name that only spillway gives.
    private let temporaryName: Path?

    private init(
        _ directory: Directory, _ name: Path, _ descriptor: consuming Descriptor, _ temporaryName: Path?
    ) {
        self.directory = directory
        self.name = name
        self.descriptor = descriptor
        self.temporaryName = temporaryName
    }

    /// Begins a file with these attributes.
    static func begin(in directory: Directory, name: Path, attributes: FileAttributes) throws(SystemError)
        -> PendingFile
    {
        let file = try create(in: directory, name: name, mode: attributes.narrowestMode)
        do throws(SystemError) {
            try attributes.apply(to: file.descriptor)
        } catch {
            file.abandon()
            throw error
        }
        return file
    }

    private static func create(in directory: Directory, name: Path, mode: UInt32) throws(SystemError) -> PendingFile {
        do throws(SystemError) {
            return PendingFile(directory, name, try directory.createUnnamed(mode: mode, for: name), nil)
        } catch {
            // EOPNOTSUPP from a file system without O_TMPFILE, EISDIR from a kernel without.
            guard error.errno == .notSupported || error.errno == .isDirectory else { throw error }
        }
        let temporary = temporaryName(for: name)
        // Only a run that was killed leaves one behind, and nothing in it is needed.
        if try directory.status(of: temporary) != nil { try directory.remove(temporary) }
        return PendingFile(directory, name, try directory.create(temporary, mode: mode), temporary)
    }

    private static func temporaryName(for name: Path) -> Path {
        ".spillway-" + name + ".new"
    }

    /// Everything is written: on the disk with it, then its name, then the directory. Throws EEXIST where something has
    /// the name, which stays as it is.
    func commit() throws(SystemError) {
        try descriptor.sync()
        if let temporaryName {
            try directory.rename(temporaryName, to: name)
        } else {
            try directory.link(descriptor, as: name)
        }
        try directory.sync()
    }

    /// After a failure: a temporary name goes with it.
    func abandon() {
        guard let temporaryName else { return }
        // The failure before this one is what is reported.
        try? directory.remove(temporaryName)
    }
}
