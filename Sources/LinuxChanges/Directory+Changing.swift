import CLinux
import Glibc
public import LinuxSystem
import SystemPackage

/// What changes a directory, or the files in it.
extension Directory {
    /// How a file is opened that is to be changed.
    public enum WritingAccess: Sendable {
        /// O_RDWR.
        case readingAndWriting
    }

    /// Opens an existing file for reading and writing. A symbolic link is ELOOP.
    public func open(_ name: Path, _ access: WritingAccess) throws(SystemError) -> Descriptor {
        try openAt(name, O_RDWR | Directory.safe, mode: 0, "open")
    }

    /// Creates a file that must not exist, with at most these permission bits, and opens it for reading and writing.
    public func create(_ name: Path, mode: UInt32) throws(SystemError) -> Descriptor {
        try openAt(name, O_RDWR | O_CREAT | O_EXCL | Directory.safe, mode: mode, "create")
    }

    /// Opens a file, or creates it with at most these permission bits.
    public func openOrCreate(_ name: Path, mode: UInt32) throws(SystemError) -> Descriptor {
        try openAt(name, O_RDWR | O_CREAT | Directory.safe, mode: mode, "open")
    }

    /// Opens a file of this program's own for reading and writing, or creates it with at most these permission bits.
    ///
    /// Who can write to the directory can put another file there, and what is remembered would be written into it, or its
    /// lock be held for ever: EPERM where it is no plain file, belongs to others, or has a second name.
    public func openOwn(_ name: Path, mode: UInt32) throws(SystemError) -> Descriptor {
        let file = try openOrCreate(name, mode: mode)
        let status = try file.status()
        guard status.isOwn, status.linkCount <= 1 else {
            throw SystemError("use a file that others have put there:", path.appending(name), .notPermitted)
        }
        return file
    }

    /// Creates a file that has no name yet; `link` gives it one. Throws EOPNOTSUPP or EISDIR where the file system has
    /// no O_TMPFILE.
    public func createUnnamed(mode: UInt32, for name: Path) throws(SystemError) -> Descriptor {
        let number = try call("create", path.appending(name)) {
            spillway_openat(descriptor.number, ".", spillway_O_TMPFILE | O_RDWR | O_CLOEXEC, mode_t(mode))
        }
        return Descriptor(number: number, path: path.appending(name))
    }

    /// Gives an unnamed file its name. Throws EEXIST rather than replace anything. linkat(2).
    public func link(_ file: borrowing Descriptor, as name: Path) throws(SystemError) {
        let number = file.number
        try name.withCString { pointer throws(SystemError) in
            _ = try call("create", path.appending(name)) {
                spillway_link_descriptor(number, descriptor.number, pointer)
            }
        }
    }

    /// Renames without ever replacing: EEXIST where `target` is taken. renameat2(2); where kernel or file system do not know
    /// RENAME_NOREPLACE the name is taken first, by an empty file (`FileStatus.isPlaceholder`), which is replaced.
    public func rename(_ name: Path, to target: Path, in other: Directory? = nil) throws(SystemError) {
        let destination = other ?? self
        do throws(SystemError) {
            try withNames(name, target) { from, to throws(SystemError) in
                try call("rename", path.appending(name)) {
                    spillway_rename_noreplace(descriptor.number, from, destination.descriptor.number, to)
                }
            }
        } catch {
            guard error.errno == .invalidArgument || error.errno == .noFunction else { throw error }
            try renameOverPlaceholder(name, to: target, in: destination)
        }
    }

    /// A link to the new name and the old one removed would do it as well. But a process that is killed between leaves one
    /// file with two names, and to a server of FUSE it is another file under each.
    private func renameOverPlaceholder(_ name: Path, to target: Path, in other: Directory) throws(SystemError) {
        _ = try other.create(target, mode: 0)
        do throws(SystemError) {
            try withNames(name, target) { from, to throws(SystemError) in
                try call("rename", path.appending(name)) {
                    renameat(descriptor.number, from, other.descriptor.number, to)
                }
            }
        } catch {
            // What the rename failed of is what is to be told.
            try? other.remove(target)
            throw error
        }
    }

    /// Renames and replaces what has the name: renameat(2).
    public func replace(_ target: Path, with name: Path) throws(SystemError) {
        try withNames(name, target) { from, to throws(SystemError) in
            try call("replace", path.appending(target)) {
                renameat(descriptor.number, from, descriptor.number, to)
            }
        }
    }

    private func withNames(
        _ first: Path, _ second: Path,
        _ body: (UnsafePointer<CChar>, UnsafePointer<CChar>) throws(SystemError) -> Void
    ) throws(SystemError) {
        try first.withCString { from throws(SystemError) in
            try second.withCString { to throws(SystemError) in try body(from, to) }
        }
    }

    /// Removes a name: unlinkat(2).
    public func remove(_ name: Path) throws(SystemError) {
        try name.withCString { pointer throws(SystemError) in
            _ = try call("remove", path.appending(name)) { unlinkat(descriptor.number, pointer, 0) }
        }
    }

    /// Makes a directory: mkdirat(2).
    public func makeDirectory(_ name: Path, mode: UInt32) throws(SystemError) {
        try name.withCString { pointer throws(SystemError) in
            _ = try call("make directory", path.appending(name)) {
                mkdirat(descriptor.number, pointer, mode_t(mode))
            }
        }
    }

    /// Sets mode and owner of the directory itself.
    public func setAttributes(mode: UInt32, owner: UInt32, group: UInt32) throws(SystemError) {
        try descriptor.setOwner(owner, group: group)
        try descriptor.setMode(mode)
    }

    /// Names given, replaced and removed so far are on the disk when this returns: fsync(2).
    public func sync() throws(SystemError) {
        try descriptor.sync()
    }

    /// Takes a lock on the directory without waiting; false where somebody else has it. flock(2).
    public func tryLock() throws(SystemError) -> Bool {
        try descriptor.tryLock()
    }
}
