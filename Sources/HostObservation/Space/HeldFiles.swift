public import LinuxSystem

/// The deleted files under some paths that processes still hold.
public struct HeldFiles: Sendable {
    /// The files, the one that occupies most first.
    public private(set) var files: [DeletedFile]
    /// How many processes could not be looked into.
    public private(set) var unreadableProcesses: Int

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
    public static func look(
        under paths: [Path] = [], minimumBytes: Int64 = 1, isComplete: Bool = true
    ) throws(SystemError) -> HeldFiles {
        let places = paths.map { HeldPlace($0) }
        let table = try DeletedFileTable.look(
            memoryDevices: Set(places.compactMap(\.device)), isComplete: isComplete)
        let files = table.files.filter { file in
            file.status.allocatedBytes >= minimumBytes
                && (places.isEmpty || places.contains { $0.holds(file.path) })
        }
        let sorted = files.sorted {
            ($1.status.allocatedBytes, $0.path, $0.identity.inode) < (
                $0.status.allocatedBytes, $1.path, $1.identity.inode
            )
        }
        return HeldFiles(files: sorted, unreadableProcesses: table.unreadableProcesses)
    }
}

/// A path that somebody named, as the kernel writes it.
private struct HeldPlace {
    let path: Path
    let device: UInt64?

    /// The kernel remembers names without links. A deleted file's own name leads nowhere, its directory's does.
    init(_ path: Path) {
        let absolute = path.resolved(against: Environment.workingDirectory)
        if let found = absolute.canonical() {
            self.path = found
        } else {
            self.path = absolute.directory.canonical()?.appending(absolute.name) ?? absolute
        }
        device = self.path.device() ?? self.path.directory.device()
    }

    func holds(_ other: Path) -> Bool {
        path == "/" || other == path || other.hasPrefix(path + "/")
    }
}
