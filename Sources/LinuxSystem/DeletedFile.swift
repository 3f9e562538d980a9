import CLinux
import Glibc
import SystemPackage

/// A file that has no name any more and takes space as long as somebody has it open.
public struct DeletedFile: Hashable, Sendable {
    /// What statx(2) says of it.
    public var status: FileStatus
    /// The name it had, as the kernel remembers it. What a message says, and what nothing is decided by.
    public var path: Path
    /// Who has it open or mapped.
    public var holders: [Holder]
    /// Whether it was made without a name (O_TMPFILE): its program may still give it one, so it is not deleted.
    public var isUnnamed: Bool
    /// Where /proc leads to it, for each holder.
    package var links: [Path]

    /// Device and inode.
    public var identity: FileIdentity { status.identity }

    var withoutHolders: DeletedFile {
        DeletedFile(status: status, path: path, holders: [], isUnnamed: false, links: [])
    }

    /// Takes the holders of another look at the same file over.
    mutating func add(_ other: DeletedFile) {
        holders += other.holders
        links += other.links
        isUnnamed = isUnnamed || other.isUnnamed
    }

    /// By process and descriptor, so that two looks give the same.
    mutating func sortHolders() {
        let order = holders.indices.sorted {
            let (one, other) = (holders[$0], holders[$1])
            return (one.process, one.descriptor ?? .max, $0) < (other.process, other.descriptor ?? .max, $1)
        }
        holders = order.map { holders[$0] }
        links = order.map { links[$0] }
    }
}

/// How a process has a descriptor open: /proc/PID/fdinfo/N.
struct DescriptorInfo {
    var access: Holder.Access
    var appends: Bool
    var position: Int64
    /// It can neither read nor write: O_PATH.
    var isPathOnly: Bool
    /// It was opened with O_TMPFILE.
    var isUnnamed: Bool

    init(_ text: String) {
        var flags: CInt = 0
        position = 0
        for line in text.split(separator: "\n") {
            let words = line.split { $0 == ":" || $0 == "\t" || $0 == " " }
            guard words.count == 2 else { continue }
            if words[0] == "pos" { position = Int64(words[1]) ?? 0 }
            if words[0] == "flags" { flags = CInt(truncatingIfNeeded: UInt64(words[1], radix: 8) ?? 0) }
        }
        access =
            switch flags & O_ACCMODE {
            case O_RDONLY: .reading
            case O_WRONLY: .writing
            default: .readingAndWriting
            }
        appends = flags & O_APPEND != 0
        isPathOnly = flags & spillway_O_PATH != 0
        isUnnamed = flags & spillway_O_UNNAMED != 0
    }
}

extension Path {
    /// The same place without links, as the kernel writes it; nil where it leads nowhere. realpath(3).
    public func canonical() -> Path? {
        withCString { pointer -> Path? in
            guard let found = realpath(pointer, nil) else { return nil }
            defer { free(found) }
            return Path(bytes: UnsafeRawBufferPointer(start: found, count: strlen(found)))
        }
    }

    /// The device of the file system that it is on; nil where it leads nowhere. No server is asked.
    public func device() -> UInt64? {
        let look = withCString { try? Look.at($0, in: AT_FDCWD, followingLink: true, self) }
        return look?.status.identity.device
    }
}
