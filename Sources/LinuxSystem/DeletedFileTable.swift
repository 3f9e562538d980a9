/// The deleted files that processes hold, as far as /proc shows them: regular files on disks of this machine that occupy
/// blocks.
///
/// One walk, with a handle for each directory. Files are told apart by device and inode, never by name; no network server is
/// asked for anything (AT_STATX_DONT_SYNC, and the kinds of file systems from the tables of mounts).
public struct DeletedFileTable: Sendable {
    /// The files, in no order.
    public private(set) var files: [DeletedFile]
    /// How many processes could not be looked into: somebody else's, without the rights for that, or where /proc answered with
    /// an error.
    public private(set) var unreadableProcesses: Int
    /// The first error of /proc that was no matter of rights.
    public private(set) var obstacle: SystemError?

    /// Looks for deleted files.
    ///
    /// - Parameters:
    ///   - wanted: only these; nil: all that take space.
    ///   - memoryDevices: file systems in memory that count too.
    ///   - isComplete: whoever holds one is found. Else it takes four fifths of the time: of files that a process has in its
    ///     memory without a descriptor only the program that it runs and what is shared with the file are found, not the
    ///     libraries; and whoever has opened and closed something just then may be missed.
    /// - Throws: where there is no /proc.
    public static func look(
        for wanted: Set<FileIdentity>? = nil, memoryDevices: Set<UInt64> = [], isComplete: Bool = true
    ) throws(SystemError) -> DeletedFileTable {
        let walks = try ProcessList.look { processes in
            var walk = DeletedFileWalk(
                processes, wanted: wanted, memoryDevices: memoryDevices, isComplete: isComplete)
            while let process = processes.next() { walk.look(into: process) }
            return DeletedFileTable(
                files: Array(walk.files.values), unreadableProcesses: walk.unreadableProcesses, obstacle: walk.obstacle)
        }
        return merged(walks)
    }

    private static func merged(_ parts: [DeletedFileTable]) -> DeletedFileTable {
        var files: [FileIdentity: DeletedFile] = [:]
        for file in parts.lazy.flatMap(\.files) {
            files[file.identity, default: file.withoutHolders].add(file)
        }
        for identity in files.keys { files[identity]?.sortHolders() }
        return DeletedFileTable(
            files: Array(files.values), unreadableProcesses: parts.reduce(0) { $0 + $1.unreadableProcesses },
            obstacle: parts.lazy.compactMap(\.obstacle).first)
    }
}
