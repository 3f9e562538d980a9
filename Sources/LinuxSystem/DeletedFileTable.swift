import CLinux
import Glibc
import SystemPackage

/// The deleted files that processes hold, as far as /proc shows them: regular files on disks of this machine that occupy
/// blocks.
///
/// One walk, with a handle for each directory. Files are told apart by device and inode, never by name; no network server is
/// asked for anything (AT_STATX_DONT_SYNC, and the kinds of file systems from the tables of mounts).
public struct DeletedFileTable: Sendable {
    /// The files, in no order.
    public private(set) var files: [DeletedFile]
    /// How many processes could not be looked into: somebody else's, without the rights for that.
    public private(set) var unreadableProcesses: Int

    /// Looks for deleted files.
    ///
    /// - Parameters:
    ///   - wanted: only these; nil: all that take space.
    ///   - memoryDevices: file systems in memory that count too.
    /// - Throws: where there is no /proc.
    public static func look(
        for wanted: Set<FileIdentity>? = nil, memoryDevices: Set<UInt64> = []
    ) throws(SystemError) -> DeletedFileTable {
        let processes = try self.processes()
        let count = min(Threads.available, limitOfThreads, 1 + processes.count / processesWorthAThread)
        let walks = Threads.run(count) { part -> DeletedFileTable in
            var walk = DeletedFileWalk(wanted: wanted, memoryDevices: memoryDevices)
            for index in stride(from: part, to: processes.count, by: count) { walk.look(into: processes[index]) }
            return DeletedFileTable(files: Array(walk.files.values), unreadableProcesses: walk.unreadableProcesses)
        }
        return merged(walks)
    }

    private static let limitOfThreads = 8
    /// So many are looked into in the time that a thread takes to start.
    private static let processesWorthAThread = 100

    private static func processes() throws(SystemError) -> [Int32] {
        let number = try call("open", "/proc") {
            spillway_openat(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        }
        let proc = Descriptor(number: number, path: "/proc")
        let own = getpid()
        var processes: [Int32] = []
        try EntryList().forEach(in: proc.number, "/proc") { name, _ in
            // Numbers are processes, all else in /proc is not.
            guard name[0] >= 48, name[0] <= 57, let process = Int32(String(cString: name)), process != own else {
                return
            }
            processes.append(process)
        }
        return processes
    }

    private static func merged(_ parts: [DeletedFileTable]) -> DeletedFileTable {
        var files: [FileIdentity: DeletedFile] = [:]
        for file in parts.lazy.flatMap(\.files) {
            files[file.identity, default: file.withoutHolders].add(file)
        }
        for identity in files.keys { files[identity]?.sortHolders() }
        return DeletedFileTable(
            files: Array(files.values), unreadableProcesses: parts.reduce(0) { $0 + $1.unreadableProcesses })
    }
}
