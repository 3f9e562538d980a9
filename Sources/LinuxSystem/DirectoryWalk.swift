import CLinux
import Glibc
public import SystemPackage

/// Why a directory on the way was not entered.
public enum WalkError: Error, Hashable, Sendable {
    /// A system call failed.
    case system(SystemError)
    /// A symbolic link that somebody else than root (or this user) could have put there.
    case untrustedLink(Path)

    /// The kernel's answer, where the kernel gave one.
    public var errno: Errno? {
        if case .system(let error) = self { return error.errno }
        return nil
    }
}

extension WalkError: CustomStringConvertible {
    /// A sentence.
    public var description: String {
        switch self {
        case .system(let error): error.description
        case .untrustedLink(let path):
            "\(path) is a symbolic link that others than root can put there: name the directory it points to instead"
        }
    }
}

extension Directory {
    /// More links than this on one path are a loop, as for the kernel.
    private static let linkLimit = 40

    /// Opens a directory part by part.
    ///
    /// A symbolic link is followed only where root (or the user of this process) owns it and nobody else can write to
    /// the directory that holds it, as with a `/var/log` that an administrator moved to another disk.
    public static func open(_ path: Path) throws(WalkError) -> Directory {
        var rest = Array(path.components.reversed())
        var directory = try step(into: path.isAbsolute ? "/" : ".", from: nil, last: rest.isEmpty)
        var linksFollowed = 0
        while let part = rest.popLast() {
            if part == "." {
                if rest.isEmpty { directory = try step(into: ".", from: directory, last: true) }
                continue
            }
            do throws(WalkError) {
                directory = try step(into: part, from: directory, last: rest.isEmpty)
            } catch {
                guard let errno = error.errno, errno == .notDirectory || errno == .tooManySymbolicLinkLevels else {
                    throw error
                }
                let target = try linkTarget(of: part, in: directory, otherwise: error)
                linksFollowed += 1
                guard linksFollowed <= linkLimit else { throw error }
                if target.isAbsolute {
                    directory = try step(into: "/", from: nil, last: target.components.isEmpty && rest.isEmpty)
                }
                rest.append(contentsOf: target.components.reversed())
                if rest.isEmpty { directory = try step(into: ".", from: directory, last: true) }
            }
        }
        if directory.path == path { return directory }
        do throws(SystemError) {
            return try directory.renamed(to: path)
        } catch {
            throw .system(error)
        }
    }

    private static func step(into part: Path, from parent: Directory?, last: Bool) throws(WalkError) -> Directory {
        let full = parent.map { $0.path.appending(part) } ?? part
        // On the way O_PATH is enough, which needs no permission to read.
        let flags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | (last ? O_RDONLY : spillway_O_PATH)
        do throws(SystemError) {
            let number = try part.withCString { pointer throws(SystemError) in
                try call("open", full) { spillway_openat(parent?.walkNumber ?? AT_FDCWD, pointer, flags, 0) }
            }
            return try Directory(descriptor: Descriptor(number: number, path: full))
        } catch {
            throw .system(error)
        }
    }

    private static func linkTarget(of name: Path, in directory: Directory, otherwise: WalkError) throws(WalkError)
        -> Path
    {
        let status: FileStatus?
        do throws(SystemError) {
            status = try directory.status(of: name)
        } catch {
            throw .system(error)
        }
        guard let status, status.kind == .symbolicLink else { throw otherwise }
        let trusted = [0, geteuid()]
        guard trusted.contains(status.owner), directory.status.isWritableOnly(by: trusted) else {
            throw .untrustedLink(directory.path.appending(name))
        }
        do throws(SystemError) {
            return try directory.readLink(name)
        } catch {
            throw .system(error)
        }
    }
}

extension Directory {
    /// The directory and the name that a path leads to, where its last part may be a link as well: one that is followed under
    /// the same rule as those on the way. What /proc leads to has no name; there the link itself is the answer.
    public static func place(of path: Path) throws(WalkError) -> (directory: Directory, name: Path) {
        var path = path
        for _ in 0...linkLimit {
            let directory = try open(path.directory)
            let status: FileStatus?
            do throws(SystemError) {
                status = try directory.status(of: path.name)
            } catch {
                throw .system(error)
            }
            guard let status, status.kind == .symbolicLink, !directory.isOfProcesses else {
                return (directory, path.name)
            }
            let loop = WalkError.system(SystemError("open", path, .tooManySymbolicLinkLevels))
            path = try linkTarget(of: path.name, in: directory, otherwise: loop).resolved(against: directory.path)
        }
        throw .system(SystemError("open", path, .tooManySymbolicLinkLevels))
    }

    /// Whether nobody but root, and the user of this process, can put something in here.
    public var isTrusted: Bool { status.isWritableOnly(by: [0, geteuid()]) }

    /// Whether who owns the directory, and can put any file in it to which he has a name, may read one that is in it, as far as
    /// its mode tells. Root may, and the user of this process.
    public func ownerMayRead(_ file: FileStatus) -> Bool {
        if [0, geteuid(), file.owner].contains(status.owner) { return true }
        return file.mode & 0o004 != 0 || (file.mode & 0o040 != 0 && file.group == status.group)
    }

    /// Whether it is in /proc, whose links lead where no name does.
    package var isOfProcesses: Bool { spillway_file_system_type(descriptor.number) & 0xffff_ffff == 0x9fa0 }
}

extension Directory {
    /// Where it is, without links, as the kernel writes it: /proc/self/fd. What it was opened as where there is no /proc, or it
    /// has no name any more.
    public func canonicalPath() -> Path {
        guard let own = try? Directory.openFollowingLinks("/proc/self/fd"), own.isOfProcesses,
            let found = try? own.readLink(Path(String(walkNumber))), found.isAbsolute,
            found == found.withoutDeletionMark
        else { return path }
        return found
    }
}

extension FileStatus {
    /// Whether it is a plain file that belongs to root, or the user of this process.
    public var isOwn: Bool { kind == .regular && (owner == 0 || owner == geteuid()) }

    /// Whether nobody but these users, and the group 0, may write to it.
    public func isWritableOnly(by owners: [UInt32]) -> Bool {
        owners.contains(owner) && (mode & 0o020 == 0 || group == 0) && mode & 0o002 == 0
    }
}

extension Directory {
    /// Opens a directory as open(2) does, whoever owns links on the way.
    public static func openFollowingLinks(_ path: Path) throws(SystemError) -> Directory {
        let number = try path.withCString { pointer throws(SystemError) in
            try call("open", path) { spillway_openat(AT_FDCWD, pointer, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0) }
        }
        return try Directory(descriptor: Descriptor(number: number, path: path))
    }
}
