import CLinux
import Glibc
import SystemPackage

/// An opened directory. Everything is done relative to it, so that nobody can exchange the path between two steps.
public final class Directory: Sendable {
    package let descriptor: Descriptor
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
    package static let safe = O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC

    /// How a file is opened.
    public enum Access: Sendable {
        case reading
        /// As `reading`, and reading does not change the time of the last access, where this process may ask for that.
        case looking

        fileprivate var flags: CInt {
            switch self {
            case .reading: O_RDONLY
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

    package func openAt(_ name: Path, _ flags: CInt, mode: UInt32, _ operation: String) throws(SystemError)
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
        let directory = descriptor.number
        // What an error needs is no concern of the others: each would count references to it.
        let failure = name.withNameCString { pointer -> Errno? in
            do throws(SystemError) {
                try call("stat") { fstatat(directory, pointer, &raw, AT_SYMLINK_NOFOLLOW) }
                return nil
            } catch {
                return error.errno
            }
        }
        switch failure {
        case nil: return FileStatus(raw)
        case .noSuchFileOrDirectory?: return nil
        case let errno?: throw SystemError("stat", path.appending(name.name), errno)
        }
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

    /// The names in it, without `.` and `..`, in no order: getdents64(2).
    public func names() throws(SystemError) -> [Path] {
        var names: [Path] = []
        try forEachName { names.append(Path(bytes: $0)) }
        return names
    }

    /// The names in it in the order of their bytes.
    public func sortedNames() throws(SystemError) -> SortedNames {
        var names = NameSorter()
        try forEachName { names.add($0) }
        return names.sorted()
    }

    /// The names in it, each part in the order of their bytes: of what its list calls regular files, and of all others. What a
    /// file system's list does not tell is among the others, as are links.
    package func sortedNamesByKind() throws(SystemError) -> (regular: SortedNames, others: SortedNames) {
        var regular = NameSorter()
        var others = NameSorter()
        try forEachEntry { name, isRegular in
            if isRegular { regular.add(name) } else { others.add(name) }
        }
        return (regular.sorted(), others.sorted())
    }

    private func forEachName(_ body: (UnsafeBufferPointer<UInt8>) -> Void) throws(SystemError) {
        try forEachEntry { name, _ in body(name) }
    }

    private func forEachEntry(_ body: (UnsafeBufferPointer<UInt8>, _ isRegular: Bool) -> Void) throws(SystemError) {
        // Listing moves a descriptor's position: it gets one of its own.
        let copy = try call("list", path) {
            spillway_openat(descriptor.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        }
        let listed = Descriptor(number: copy, path: path)
        try EntryList().forEach(in: listed.number, path) { name, count in
            let isRegular = EntryList.isRegular(name)
            name.withMemoryRebound(to: UInt8.self, capacity: count) { bytes in
                body(UnsafeBufferPointer(start: bytes, count: count), isRegular)
            }
        }
    }
}
