public import LinuxSystem
import SystemPackage

/// The deleted files under some paths that processes still hold.
public struct HeldFiles: Sendable {
    /// The files, the one that occupies most first.
    public private(set) var files: [DeletedFile]
    /// How many processes could not be looked into.
    public private(set) var unreadableProcesses: Int
    /// The first error of /proc that was no matter of rights.
    public private(set) var obstacle: SystemError?

    /// What all of them occupy, in bytes.
    public var totalBytes: Int64 {
        files.reduce(0) { sum, file in
            let (result, overflow) = sum.addingReportingOverflow(file.status.allocatedBytes)
            return overflow ? .max : result
        }
    }

    /// Looks for them, in one walk through /proc.
    ///
    /// - Parameters:
    ///   - paths: only files that had a name there; empty: on all file systems of this machine's disks. On a file system in
    ///     memory only where a path is on one.
    ///   - minimumBytes: only files that occupy so much.
    ///   - isComplete: also libraries, see ``DeletedFileTable``.
    /// - Throws: where there is no /proc; where a path leads through a link that others than root can put there: who owns a
    ///   directory of logs is not to say whose deleted files are meant.
    public static func look(
        under paths: [Path] = [], minimumBytes: Int64 = 1, isComplete: Bool = true
    ) throws(WalkError) -> HeldFiles {
        var places: [HeldPlace] = []
        for path in paths { places.append(try HeldPlace(path)) }
        let table: DeletedFileTable
        do throws(SystemError) {
            table = try DeletedFileTable.look(
                memoryDevices: Set(places.compactMap(\.device)), isComplete: isComplete)
        } catch {
            throw .system(error)
        }
        let files = table.files.filter { file in
            file.status.allocatedBytes >= minimumBytes
                && (places.isEmpty || places.contains { $0.holds(file.path) })
        }
        let sorted = files.sorted {
            ($1.status.allocatedBytes, $0.path, $0.identity.inode) < (
                $0.status.allocatedBytes, $1.path, $1.identity.inode
            )
        }
        return HeldFiles(files: sorted, unreadableProcesses: table.unreadableProcesses, obstacle: table.obstacle)
    }
}

/// A path that somebody named, as the kernel writes it.
private struct HeldPlace {
    let path: Path
    let device: UInt64?

    /// The kernel remembers names without links. A deleted file's own name leads nowhere, its directory's does.
    init(_ path: Path) throws(WalkError) {
        let absolute = path.resolved(against: Environment.workingDirectory)
        if let directory = try Self.found({ () throws(WalkError) in try Directory.open(absolute) }) {
            self.path = directory.canonicalPath()
            device = directory.status.identity.device
        } else if let place = try Self.found({ () throws(WalkError) in try Directory.place(of: absolute) }) {
            self.path = place.directory.canonicalPath().appending(place.name)
            device = place.directory.status.identity.device
        } else {
            self.path = absolute
            device = nil
        }
    }

    /// nil where there is no such directory, or this user may not look into it.
    private static func found<Found>(_ look: () throws(WalkError) -> Found) throws(WalkError) -> Found? {
        do throws(WalkError) {
            return try look()
        } catch {
            switch error.errno {
            case .noSuchFileOrDirectory, .notDirectory, .permissionDenied: return nil
            default: throw error
            }
        }
    }

    func holds(_ other: Path) -> Bool {
        path == "/" || other == path || other.hasPrefix(path + "/")
    }
}
