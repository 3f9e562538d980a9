import CLinux
import Glibc
import SystemPackage

/// An opened directory. Everything is done relative to it, so that nobody can exchange the path between two steps.
public final class Directory: Sendable {
    private let descriptor: Descriptor
    /// What it was opened as.
    public let path: Path
    /// Its status when it was opened.
    public let status: FileStatus

    init(descriptor: consuming Descriptor) throws(SystemError) {
        path = descriptor.path
        status = try descriptor.status()
        self.descriptor = descriptor
    }

    private init(descriptor: consuming Descriptor, path: Path, status: FileStatus) {
        self.descriptor = descriptor
        self.path = path
        self.status = status
    }

    /// The same directory under the name that somebody asked for, where links led elsewhere.
    func renamed(to path: Path) throws(SystemError) -> Directory {
        let copy = try call("open", path) { fcntl(descriptor.number, F_DUPFD_CLOEXEC, 0) }
        return Directory(descriptor: Descriptor(number: copy, path: path), path: path, status: status)
    }

    /// For the next step of a walk.
    var walkNumber: CInt { descriptor.number }

    /// Where a symbolic link points: readlinkat(2).
    func readLink(_ name: Path) throws(SystemError) -> Path {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = try name.withCString { pointer throws(SystemError) in
            try call("read the link", path.appending(name)) {
                readlinkat(descriptor.number, pointer, &buffer, buffer.count)
            }
        }
        return Path(bytes: buffer[..<count].map { UInt8(bitPattern: $0) })
    }

    /// Whether a file can be renamed from here to there: both are on one file system, and reached through one mount
    /// (statx(2); kernels before 5.8 do not tell mounts).
    public func canRename(to other: Directory) -> Bool {
        status.identity.device == other.status.identity.device
            && spillway_mount_id(descriptor.number) == spillway_mount_id(other.descriptor.number)
    }

    /// `Descriptor.hasInodesByName`, for the files in it.
    public var hasInodesByName: Bool { descriptor.hasInodesByName }

    /// Flags of every file opened here: no link is followed, no terminal acquired, no FIFO waited for, nothing inherited.
    private static let safe = O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC

    /// How a file is opened.
    public enum Access: Sendable {
        case reading, readingAndWriting
        /// As `reading`, and reading does not change the time of the last access, where this process may ask for that.
        case looking

        fileprivate var flags: CInt {
            switch self {
            case .reading: O_RDONLY
            case .readingAndWriting: O_RDWR
            case .looking: O_RDONLY | spillway_O_NOATIME
            }
        }
    }

    /// Opens an existing file. A symbolic link is ELOOP.
    public func open(_ name: Path, _ access: Access) throws(SystemError) -> Descriptor {
        do throws(SystemError) {
            return try openAt(name, access.flags | Directory.safe, mode: 0, "open")
        } catch {
            // O_NOATIME is the owner's and root's.
            guard access == .looking, error.errno == .notPermitted else { throw error }
            return try openAt(name, Access.reading.flags | Directory.safe, mode: 0, "open")
        }
    }

    /// Creates a file that must not exist, with at most these permission bits.
    public func create(_ name: Path, mode: UInt32, _ access: Access = .readingAndWriting) throws(SystemError)
        -> Descriptor
    {
        try openAt(name, access.flags | O_CREAT | O_EXCL | Directory.safe, mode: mode, "create")
    }

    /// Opens a file, or creates it with at most these permission bits.
    public func openOrCreate(_ name: Path, mode: UInt32) throws(SystemError) -> Descriptor {
        try openAt(name, O_RDWR | O_CREAT | Directory.safe, mode: mode, "open")
    }

    /// Creates a file that has no name yet; `link` gives it one. Throws EOPNOTSUPP or EISDIR where the file system has
    /// no O_TMPFILE.
    public func createUnnamed(mode: UInt32, for name: Path) throws(SystemError) -> Descriptor {
        let number = try call("create", path.appending(name)) {
            spillway_openat(descriptor.number, ".", spillway_O_TMPFILE | O_RDWR | O_CLOEXEC, mode_t(mode))
        }
        return Descriptor(number: number, path: path.appending(name))
    }

    private func openAt(_ name: Path, _ flags: CInt, mode: UInt32, _ operation: String) throws(SystemError)
        -> Descriptor
    {
        let full = path.appending(name)
        let number = try name.withCString { pointer throws(SystemError) in
            try call(operation, full) { spillway_openat(descriptor.number, pointer, flags, mode_t(mode)) }
        }
        return Descriptor(number: number, path: full)
    }

    /// The status of what the name stands for, a symbolic link's own; nil where there is none. fstatat(2).
    ///
    /// Of a whole path only the last part counts: a path is made for each of ten thousand logs once, not twice.
    public func status(of name: Path) throws(SystemError) -> FileStatus? {
        var raw = stat()
        do throws(SystemError) {
            try name.withNameCString { pointer throws(SystemError) in
                _ = try call("stat", path.appending(name.name)) {
                    fstatat(descriptor.number, pointer, &raw, AT_SYMLINK_NOFOLLOW)
                }
            }
        } catch {
            if error.errno == .noSuchFileOrDirectory { return nil }
            throw error
        }
        return FileStatus(raw)
    }

    /// The status of what a link in /proc leads to; nil where it is gone.
    func statusFollowingLink(of name: Path) throws(SystemError) -> FileStatus? {
        var raw = stat()
        do throws(SystemError) {
            try name.withCString { pointer throws(SystemError) in
                _ = try call("stat", path.appending(name)) { fstatat(descriptor.number, pointer, &raw, 0) }
            }
        } catch {
            if error.errno == .noSuchFileOrDirectory { return nil }
            throw error
        }
        return FileStatus(raw)
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

    /// The names in it, without `.` and `..`, in no order: getdents64(2).
    public func names() throws(SystemError) -> [Path] {
        var names: [Path] = []
        try forEachName { names.append(Path(bytes: $0)) }
        return names
    }

    /// The names in it in the order of their bytes.
    public func sortedNames() throws(SystemError) -> [Path] {
        // Sorted as places in one piece of memory: paths are counted references, each comparison of two would count.
        var bytes: [UInt8] = []
        var places: [(start: Int32, count: Int32)] = []
        try forEachName { name in
            guard bytes.count + name.count < Int32.max else { return }
            places.append((Int32(bytes.count), Int32(name.count)))
            bytes.append(contentsOf: name)
        }
        return bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return [] }
            places.sort { first, second in
                let order = memcmp(
                    base + Int(first.start), base + Int(second.start), Int(min(first.count, second.count)))
                return order == 0 ? first.count < second.count : order < 0
            }
            return places.map { place in
                Path(bytes: UnsafeBufferPointer(start: base + Int(place.start), count: Int(place.count)))
            }
        }
    }

    private func forEachName(_ body: (UnsafeBufferPointer<UInt8>) -> Void) throws(SystemError) {
        // Listing moves a descriptor's position: it gets one of its own.
        let copy = try call("list", path) {
            spillway_openat(descriptor.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        }
        let listed = Descriptor(number: copy, path: path)
        try EntryList().forEach(in: listed.number, path) { name, count in
            name.withMemoryRebound(to: UInt8.self, capacity: count) { bytes in
                body(UnsafeBufferPointer(start: bytes, count: count))
            }
        }
    }
}
