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
    public private(set) var files: [DeletedFile] = []
    /// How many processes could not be looked into: somebody else's, without the rights for that.
    public private(set) var unreadableProcesses = 0

    /// Looks for deleted files.
    ///
    /// - Parameters:
    ///   - wanted: only these; nil: all that take space.
    ///   - memoryDevices: file systems in memory that count too.
    /// - Throws: where there is no /proc.
    public static func look(
        for wanted: Set<FileIdentity>? = nil, memoryDevices: Set<UInt64> = []
    ) throws(SystemError) -> DeletedFileTable {
        let number = try call("open", "/proc") {
            spillway_openat(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        }
        let proc = Descriptor(number: number, path: "/proc")
        var walk = DeletedFileWalk(proc: proc.number, wanted: wanted, memoryDevices: memoryDevices)
        try walk.run()
        var table = DeletedFileTable()
        table.files = Array(walk.files.values)
        table.unreadableProcesses = walk.unreadableProcesses
        return table
    }
}

/// The walk through /proc.
private struct DeletedFileWalk {
    let proc: CInt
    let wanted: Set<FileIdentity>?
    let memoryDevices: Set<UInt64>
    var files: [FileIdentity: DeletedFile] = [:]
    var unreadableProcesses = 0
    private var kinds = MountTable.own().kinds
    private let processes = EntryList()
    private let descriptors = EntryList()
    private var maps = TextBuffer()

    init(proc: CInt, wanted: Set<FileIdentity>?, memoryDevices: Set<UInt64>) {
        self.proc = proc
        self.wanted = wanted
        self.memoryDevices = memoryDevices
    }

    mutating func run() throws(SystemError) {
        let own = getpid()
        try processes.forEach(in: proc, "/proc") { name, _ in
            // Numbers are processes, all else in /proc is not.
            guard name[0] >= 48, name[0] <= 57, let process = Int32(String(cString: name)), process != own else {
                return
            }
            do throws(SystemError) {
                try look(into: process)
            } catch {
                // It has ended meanwhile.
                if error.errno != .noSuchFileOrDirectory, error.errno != .noSuchProcess { unreadableProcesses += 1 }
            }
        }
    }

    private mutating func look(into process: Int32) throws(SystemError) {
        let number = try open("\(process)/fd", O_DIRECTORY)
        let directory = Descriptor(number: number, path: "/proc")
        try descriptors.forEach(in: directory.number, Path("/proc/\(process)/fd")) { name, _ in
            // A descriptor that is closed meanwhile, or a server that does not answer, is left out.
            guard let look = try? Look.at(name, in: directory.number, followingLink: true, "/proc") else { return }
            guard takesSpace(look.status) else { return }
            note(look.status, process, name, in: directory.number)
        }
        try lookIntoMappings(process)
    }

    private func open(_ name: String, _ flags: CInt) throws(SystemError) -> CInt {
        try call("open", Path("/proc/" + name)) { spillway_openat(proc, name, O_RDONLY | O_CLOEXEC | flags, 0) }
    }

    private func takesSpace(_ status: FileStatus) -> Bool {
        guard status.kind == .regular, status.linkCount == 0 else { return false }
        if let wanted { return wanted.contains(status.identity) }
        return status.allocatedBytes > 0
    }

    /// A file of a process's descriptor.
    private mutating func note(_ status: FileStatus, _ process: Int32, _ name: UnsafePointer<CChar>, in directory: CInt)
    {
        let descriptor = String(cString: name)
        let link = Path("/proc/\(process)/fd/\(descriptor)")
        guard isLocal(status.identity.device, process, link),
            let text = try? ProcessFile.text(process, "fdinfo/\(descriptor)"),
            let identity = try? HolderTable.identity(of: process)
        else { return }
        let info = DescriptorInfo(text)
        let path = readLink(name, in: directory)
        add(
            status, path, link,
            Holder(
                process: process, startTicks: identity.startTicks, command: identity.command,
                descriptor: Int32(descriptor), access: info.isPathOnly ? .reading : info.access, appends: info.appends,
                position: info.position), isUnnamed: info.isUnnamed)
    }

    private mutating func add(_ status: FileStatus, _ path: Path, _ link: Path, _ holder: Holder, isUnnamed: Bool) {
        var file =
            files[status.identity]
            ?? DeletedFile(status: status, path: path, holders: [], isUnnamed: false, links: [])
        file.holders.append(holder)
        file.links.append(link)
        // The kernel names what never had a name `#` and the inode's number.
        let hasNoName = path.name == Path("#\(status.identity.inode)")
        file.isUnnamed = file.isUnnamed || isUnnamed || hasNoName
        files[status.identity] = file
    }

    private func readLink(_ name: UnsafePointer<CChar>, in directory: CInt) -> Path {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlinkat(directory, name, &buffer, buffer.count)
        guard count > 0 else { return "?" }
        return Self.withoutMark(Path(bytes: buffer[..<count].map { UInt8(bitPattern: $0) }))
    }

    /// The kernel puts " (deleted)" behind the name.
    private static func withoutMark(_ path: Path) -> Path {
        let mark: Path = " (deleted)"
        return path.hasSuffix(mark) ? Path(bytes: path.bytes.dropLast(mark.bytes.count)) : path
    }

    /// Whether a file system keeps its files on a disk of this machine: by this process's mounts, by the holder's, and only
    /// then by asking the file system (btrfs and overlayfs have devices that are no mount's).
    private mutating func isLocal(_ device: UInt64, _ process: Int32, _ link: Path) -> Bool {
        if memoryDevices.contains(device) { return true }
        if let known = kinds[device] { return known == .local }
        if let text = try? ProcessFile.text(process, "mountinfo") {
            kinds.merge(MountTable(text).kinds) { first, _ in first }
        }
        if let known = kinds[device] { return known == .local }
        let magic = link.withCString { spillway_file_system_magic($0) }
        guard magic != -1 else { return false }
        kinds[device] = FileSystemKind(magic: magic)
        return kinds[device] == .local
    }

    /// A mapping stays when its descriptor was closed. Only lines that end with the mark matter.
    private mutating func lookIntoMappings(_ process: Int32) throws(SystemError) {
        let file = Descriptor(number: try open("\(process)/maps", 0), path: "/proc")
        var seen: Set<FileIdentity> = []
        for line in try maps.lines(of: file, endingWith: " (deleted)") {
            guard let mapping = Mapping(line), let look = try? look(at: mapping, process) else { continue }
            guard takesSpace(look.status), isLocal(look.status.identity.device, process, mapping.link(process)),
                let identity = try? HolderTable.identity(of: process)
            else { continue }
            // One for each file of a process is enough, unless a later one can write.
            if !seen.insert(look.status.identity).inserted, !mapping.canWrite { continue }
            add(
                look.status, Self.withoutMark(mapping.path), mapping.link(process),
                Holder(
                    process: process, startTicks: identity.startTicks, command: identity.command, descriptor: nil,
                    access: mapping.canWrite ? .readingAndWriting : .reading, appends: false, position: 0),
                isUnnamed: false)
        }
    }

    /// The mapped file. Without the rights for /proc/PID/map_files only one that a descriptor has shown too is known.
    private func look(at mapping: Mapping, _ process: Int32) throws(SystemError) -> Look? {
        do throws(SystemError) {
            let name = "\(process)/map_files/\(mapping.range)"
            return try Look.at(name, in: proc, followingLink: true, "/proc")
        } catch {
            guard error.errno == .notPermitted || error.errno == .permissionDenied else { throw error }
        }
        let path = Self.withoutMark(mapping.path)
        let known = files.values.first { $0.identity.inode == mapping.inode && $0.path == path }
        return known.map { Look(status: $0.status, mount: nil) }
    }
}

/// A line of /proc/PID/maps: range, rights, offset, device, inode, path.
private struct Mapping {
    var range: String
    var canWrite: Bool
    var inode: UInt64
    var path: Path

    init?(_ line: ArraySlice<UInt8>) {
        let words = line.split(separator: 32, maxSplits: 4)
        guard words.count == 5 else { return nil }
        let rest = words[4].split(separator: 32, maxSplits: 1)
        guard rest.count == 2, let inode = UInt64(String(decoding: rest[0], as: UTF8.self)), inode != 0 else {
            return nil
        }
        range = String(decoding: words[0], as: UTF8.self)
        canWrite = words[1].contains(UInt8(ascii: "w")) && words[1].contains(UInt8(ascii: "s"))
        self.inode = inode
        path = Path(bytes: rest[1].drop { $0 == 32 })
    }

    func link(_ process: Int32) -> Path { Path("/proc/\(process)/map_files/\(range)") }
}
