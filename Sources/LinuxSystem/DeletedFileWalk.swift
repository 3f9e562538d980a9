import CLinux
import Glibc
import SystemPackage

/// A look into one process after the other for deleted files.
struct DeletedFileWalk {
    let wanted: Set<FileIdentity>?
    let memoryDevices: Set<UInt64>
    private(set) var files: [FileIdentity: DeletedFile] = [:]
    private(set) var unreadableProcesses = 0
    /// The first of what hindered it, other than missing rights.
    private(set) var obstacle: SystemError?
    private lazy var kinds = MountTable.own().kinds
    private let processes: ProcessList
    private let isComplete: Bool
    private let descriptors = DescriptorList()
    private var mappings: MappingWalk

    init(_ processes: ProcessList, wanted: Set<FileIdentity>?, memoryDevices: Set<UInt64>, isComplete: Bool) {
        self.processes = processes
        self.isComplete = isComplete
        mappings = MappingWalk(isComplete: isComplete)
        self.wanted = wanted
        self.memoryDevices = memoryDevices
    }

    /// One that ends meanwhile is left out, one that cannot be looked into is counted.
    mutating func look(into process: Int32) {
        var failure: SystemError?
        do throws(SystemError) {
            failure = try lookIntoDescriptors(process)
            try lookIntoMappings(process)
        } catch {
            if failure == nil, error.errno != .noSuchFileOrDirectory, error.errno != .noSuchProcess { failure = error }
        }
        guard let failure else { return }
        unreadableProcesses += 1
        if obstacle == nil, failure.errno != .permissionDenied, failure.errno != .notPermitted { obstacle = failure }
    }

    /// What kept a file from being seen that a descriptor leads to.
    private mutating func lookIntoDescriptors(_ process: Int32) throws(SystemError) -> SystemError? {
        let directory = try processes.open(process, "fd", O_DIRECTORY)
        var refusal: SystemError?
        var raw = spillway_status()
        try descriptors.forEach(in: directory, mayCount: !isComplete, Path("/proc/\(process)/fd")) { name in
            var isFound = false
            do throws(SystemError) {
                guard
                    try Look.look(at: name, in: directory.number, followingLink: true, "/proc", into: &raw)
                else { return false }
                // Nearly none is deleted.
                guard raw.links == 0 else { return true }
                let status = FileStatus(raw)
                isFound = takesSpace(status)
                if isFound { try note(process, name, in: directory.number, seen: status) }
            } catch {
                // A file that says nothing of itself, such as one of a file system in user space, is nobody's log. One that is
                // deleted, and then cannot be reached, is not left out in silence.
                if isFound || Self.refusals.contains(error.errno) { refusal = error }
            }
            return true
        }
        return refusal
    }

    private static let refusals: [Errno] = [
        .permissionDenied, .notPermitted, .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory,
    ]

    private func takesSpace(_ status: FileStatus) -> Bool {
        guard status.kind == .regular, status.linkCount == 0 else { return false }
        if let wanted { return wanted.contains(status.identity) }
        return status.allocatedBytes > 0
    }

    /// A file of a process's descriptor.
    ///
    /// The process may put another file there at any moment: the place is held with O_PATH, which opens nothing, so that status
    /// and name are those of one file.
    private mutating func note(
        _ process: Int32, _ name: UnsafePointer<CChar>, in directory: CInt, seen: FileStatus
    ) throws(SystemError) {
        let descriptor = String(cString: name)
        let link = Path("/proc/\(process)/fd/\(descriptor)")
        let number = spillway_openat(directory, name, spillway_O_PATH | O_CLOEXEC, 0)
        guard number >= 0 else {
            // Closed meanwhile it is nobody's; for want of descriptors it is not seen, and that is said.
            let failure = Errno(rawValue: errno)
            guard failure == .noSuchFileOrDirectory else { throw SystemError("open", link, failure) }
            return
        }
        let place = Descriptor(number: number, path: link)
        // Where it cannot be asked once more it is what was seen: whoever opens it looks whether it is that.
        let status = (try? place.status()) ?? seen
        guard takesSpace(status), isLocal(status.identity.device, process, link),
            let text = try ProcessFile.text(process, "fdinfo/\(descriptor)"),
            let identity = try HolderTable.identity(of: process)
        else { return }
        let info = DescriptorInfo(text)
        add(
            status, try Self.readLink("/proc/self/fd/\(place.number)"), link,
            Holder(
                process: process, startTicks: identity.startTicks, command: identity.command,
                descriptor: Int32(descriptor), access: info.isPathOnly ? .reading : info.access, appends: info.appends,
                position: info.position), isUnnamed: info.isUnnamed)
    }

    private mutating func add(_ status: FileStatus, _ path: Path, _ link: Path, _ holder: Holder, isUnnamed: Bool) {
        // A descriptor that was opened again through /proc does not tell that the first one had O_TMPFILE; but what never
        // had a name is named `#` and the inode's number by the kernel.
        let hasNoName = isUnnamed || path.name == Path("#\(status.identity.inode)")
        let file = DeletedFile(status: status, path: path, holders: [holder], isUnnamed: hasNoName, links: [link])
        files[status.identity, default: file.withoutHolders].add(file)
    }

    /// Where a link of /proc leads; `?` where that is longer than the kernel says.
    private static func readLink(_ link: String) throws(SystemError) -> Path {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlinkat(AT_FDCWD, link, &buffer, buffer.count)
        guard count > 0 else {
            let failure = Errno(rawValue: errno)
            // Else whoever owns a directory could make every list end with an error.
            guard failure == .fileNameTooLong else { throw SystemError("read", Path(link), failure) }
            return "?"
        }
        return Path(bytes: buffer[..<count].map { UInt8(bitPattern: $0) }).withoutDeletionMark
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

    /// A mapping stays when its descriptor was closed.
    private mutating func lookIntoMappings(_ process: Int32) throws(SystemError) {
        let maps = try processes.open(process, "maps")
        for mapping in try mappings.deleted(in: maps) {
            let link = Path("/proc/\(process)/map_files/\(mapping.range)")
            guard let status = try status(of: mapping, link), takesSpace(status),
                isLocal(status.identity.device, process, link),
                let identity = try HolderTable.identity(of: process)
            else { continue }
            add(
                status, mapping.path, link,
                Holder(
                    process: process, startTicks: identity.startTicks, command: identity.command, descriptor: nil,
                    access: mapping.writes ? .readingAndWriting : .reading, appends: false, position: 0),
                isUnnamed: false)
        }
    }

    /// The mapped file. Without the rights for /proc/PID/map_files only one that a descriptor has shown too is known.
    private func status(of mapping: DeletedMapping, _ link: Path) throws(SystemError) -> FileStatus? {
        do throws(SystemError) {
            return try link.withCString { pointer throws(SystemError) in
                try Look.at(pointer, in: AT_FDCWD, followingLink: true, link)?.status
            }
        } catch {
            // As with descriptors: what says nothing of itself is nobody's log.
            if error.errno != .notPermitted, error.errno != .permissionDenied {
                if Self.refusals.contains(error.errno) { throw error }
                return nil
            }
        }
        return files.values.first { $0.identity.inode == mapping.inode && $0.path == mapping.path }?.status
    }
}
