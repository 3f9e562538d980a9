import CLinux
import Glibc
import SystemPackage

/// Something that a walk through a tree came by.
public struct TreeEntry: ~Copyable {
    /// The directory it is in.
    public let directory: Path
    /// Device, inode, size, what it occupies.
    public let status: FileStatus
    private let nameBytes: UnsafeBufferPointer<UInt8>

    fileprivate init(directory: Path, status: FileStatus, name: UnsafePointer<CChar>, length: Int) {
        self.directory = directory
        self.status = status
        nameBytes = UnsafeBufferPointer(
            start: UnsafeRawPointer(name).assumingMemoryBound(to: UInt8.self), count: length)
    }

    /// Its bare name; empty for the tree's own directory. Only made when somebody asks.
    public var name: Path { Path(bytes: nameBytes) }

    /// Whether its name begins and ends so.
    public func hasName(withPrefix prefix: StaticString, suffix: StaticString) -> Bool {
        guard nameBytes.count >= prefix.utf8CodeUnitCount + suffix.utf8CodeUnitCount else { return false }
        return prefix.withUTF8Buffer { nameBytes.starts(with: $0) }
            && suffix.withUTF8Buffer { nameBytes.suffix($0.count).elementsEqual($0) }
    }

    /// Its path.
    public var path: Path { nameBytes.isEmpty ? directory : directory.appending(name) }
}

/// Why a part of a tree was not looked at.
public enum TreeProblem: Error, Hashable, Sendable {
    /// A system call failed.
    case unreadable(SystemError)
    /// It is too many directories deep.
    case tooDeep(Path)

    /// What it is about.
    public var path: Path? {
        switch self {
        case .unreadable(let error): error.path
        case .tooDeep(let path): path
        }
    }
}

extension TreeProblem: CustomStringConvertible {
    /// A sentence.
    public var description: String {
        switch self {
        case .unreadable(let error): error.description
        case .tooDeep(let path): "\(path) is not looked at: it is more than \(TreeWalk.depthLimit) directories deep"
        }
    }
}

/// One walk through a directory tree, with a handle for each directory on the way and no path for any file.
///
/// Each inode is visited once, whatever its names. Symbolic links are visited and not followed; what is mounted below is
/// neither visited nor entered, a bind mount of the same file system either (Linux 5.8 and later tell). What vanishes
/// meanwhile is left out.
public struct TreeWalk {
    /// Deeper directories are left out: each needs a descriptor.
    public static let depthLimit = 256
    /// More problems than this are counted and not kept.
    public static let problemLimit = 100

    /// What could not be looked at, at most `problemLimit` of them.
    public private(set) var problems: [TreeProblem] = []
    /// How many there were in all.
    public private(set) var problemCount = 0

    private let excluded: Set<FileIdentity>
    private let entries = EntryList()
    private var linked: Set<FileIdentity> = []
    private var mount: Int64?
    private var device: UInt64 = 0

    private init(excluded: Set<FileIdentity>) {
        self.excluded = excluded
    }

    /// Walks through a tree and calls `visit` for each inode, the directory itself first.
    ///
    /// - Parameters:
    ///   - excluded: directories that are neither visited nor entered.
    /// - Throws: where the directory itself cannot be looked at.
    public static func walk(
        _ root: Directory, excluding excluded: Set<FileIdentity> = [], _ visit: (borrowing TreeEntry) -> Void
    ) throws(SystemError) -> TreeWalk {
        var walk = TreeWalk(excluded: excluded)
        guard let look = try Look.at("", in: root.walkNumber, root.path) else { return walk }
        walk.mount = look.mount
        walk.device = look.status.identity.device
        visit(TreeEntry(directory: root.path, status: look.status, name: "", length: 0))
        // The handle may be somebody else's, and listing moves its position.
        let own = try call("open", root.path) {
            spillway_openat(root.walkNumber, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        }
        walk.enter(Descriptor(number: own, path: root.path), depth: 0, visit)
        return walk
    }

    private mutating func note(_ problem: TreeProblem) {
        problemCount += 1
        if problems.count < Self.problemLimit { problems.append(problem) }
    }

    private mutating func enter(
        _ directory: borrowing Descriptor, depth: Int, _ visit: (borrowing TreeEntry) -> Void
    ) {
        let path = directory.path
        let number = directory.number
        var below: [(name: Path, identity: FileIdentity)] = []
        do throws(SystemError) {
            try entries.forEach(in: number, path) { name, length in
                if let identity = look(name, length, number, path, visit) {
                    below.append((Path(bytes: bytes(name, length)), identity))
                }
            }
        } catch {
            note(.unreadable(error))
        }
        for (name, identity) in below { descend(name, identity, number, path.appending(name), depth + 1, visit) }
    }

    private func bytes(_ name: UnsafePointer<CChar>, _ length: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: UnsafeRawPointer(name).assumingMemoryBound(to: UInt8.self), count: length)
    }

    /// Visits what has a name; which directory it is, where it is one to enter.
    private mutating func look(
        _ name: UnsafePointer<CChar>, _ length: Int, _ number: CInt, _ path: Path,
        _ visit: (borrowing TreeEntry) -> Void
    ) -> FileIdentity? {
        do throws(SystemError) {
            let found = try Look.at(name, in: number, path.appending(Path(bytes: bytes(name, length))))
            guard let found, isInTree(found) else { return nil }
            let status = found.status
            if status.kind == .directory {
                if excluded.contains(status.identity) { return nil }
            } else if status.linkCount > 1, !linked.insert(status.identity).inserted {
                return nil
            }
            visit(TreeEntry(directory: path, status: status, name: name, length: length))
            return status.kind == .directory ? status.identity : nil
        } catch {
            note(.unreadable(error))
            return nil
        }
    }

    /// A subvolume of btrfs has a device number of its own and is no mount; without mount numbers it is taken for one.
    private func isInTree(_ look: Look) -> Bool {
        if let mount, let other = look.mount { return mount == other }
        return look.status.identity.device == device
    }

    private mutating func descend(
        _ name: Path, _ identity: FileIdentity, _ parent: CInt, _ path: Path, _ depth: Int,
        _ visit: (borrowing TreeEntry) -> Void
    ) {
        guard depth < Self.depthLimit else { return note(.tooDeep(path)) }
        do throws(SystemError) {
            let number = try name.withCString { pointer throws(SystemError) in
                try call("open", path) {
                    spillway_openat(parent, pointer, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0)
                }
            }
            let directory = Descriptor(number: number, path: path)
            // Exchanged since it was looked at: the next walk will see it.
            guard try directory.status().identity == identity else { return }
            enter(directory, depth: depth, visit)
        } catch {
            if error.errno != .noSuchFileOrDirectory { note(.unreadable(error)) }
        }
    }
}

extension Directory {
    /// Waits until what was freed on the file system is counted as free: syncfs(2). btrfs and xfs need it.
    public func syncFileSystem() throws(SystemError) {
        try call("sync the file system of", path) { spillway_sync_file_system(walkNumber) }
    }

    /// The size of the file system that it is on, and what is free: fstatvfs(3).
    public func fileSystemSize() throws(SystemError) -> FileSystemSize {
        var raw = statvfs()
        try call("measure the file system of", path) { fstatvfs(walkNumber, &raw) }
        return FileSystemSize(raw)
    }
}
