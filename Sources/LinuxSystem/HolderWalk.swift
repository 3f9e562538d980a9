import CLinux
import Glibc
import SystemPackage

/// A look into one process after the other for those that have certain files open, or mapped.
struct HolderWalk {
    private let files: Set<FileIdentity>
    private let inodes: Set<UInt64>
    private let processes: ProcessList
    private(set) var table = HolderTable()
    /// The first process that could not be looked into.
    private(set) var refusedProcess: Int32?
    private let descriptors = EntryList()
    private var mappings = MappingWalk()

    init(_ files: Set<FileIdentity>, _ processes: ProcessList) {
        self.files = files
        self.processes = processes
        inodes = Set(files.map(\.inode))
    }

    /// One that ends meanwhile is left out.
    mutating func look(into process: Int32) {
        do throws(SystemError) {
            try lookIntoDescriptors(process)
            try lookIntoMappings(process)
        } catch {
            // It has ended, or is one of the kernel's own, which have nothing of ours.
            guard error.errno != .noSuchFileOrDirectory, error.errno != .noSuchProcess else { return }
            refusedProcess = min(refusedProcess ?? process, process)
        }
    }

    private mutating func lookIntoDescriptors(_ process: Int32) throws(SystemError) {
        let directory = try processes.open(process, "fd", O_DIRECTORY)
        var refusal: SystemError?
        try descriptors.forEach(in: directory.number, fillsBuffer: true, Path("/proc/\(process)/fd")) { name, _ in
            do throws(SystemError) {
                guard let look = try Look.at(name, in: directory.number, followingLink: true, "/proc"),
                    files.contains(look.status.identity), let number = Int32(String(cString: name))
                else { return }
                try table.add(process, number, look.status.identity)
            } catch {
                refusal = refusal ?? error
            }
        }
        if let refusal { throw refusal }
    }

    /// A mapping stays when its descriptor was closed.
    private mutating func lookIntoMappings(_ process: Int32) throws(SystemError) {
        let maps = try processes.open(process, "maps")
        let found: [FileMapping]
        if let asked = try mappings.mappings(of: inodes, in: maps) {
            found = asked
        } else {
            found = try lines(of: process)
        }
        for mapping in found {
            guard let file = try mapped(process, mapping), let identity = try HolderTable.identity(of: process) else {
                continue
            }
            table.holders[file, default: []].append(
                Holder(
                    process: process, startTicks: identity.startTicks, command: identity.command, descriptor: nil,
                    access: mapping.writes ? .readingAndWriting : .reading, appends: false, position: 0))
        }
    }

    /// Before Linux 6.11 the text is all there is.
    private func lines(of process: Int32) throws(SystemError) -> [FileMapping] {
        guard let maps = try ProcessFile.bytes(process, "maps"), mentions(maps) else { return [] }
        return String(decoding: maps, as: UTF8.self).split(separator: "\n").compactMap { FileMapping(line: $0) }
            .filter { inodes.contains($0.file.inode) }
    }

    /// Whether one of the files' inodes stands anywhere in these lines: nearly always none does, and lines need not be read.
    private func mentions(_ maps: [UInt8]) -> Bool {
        inodes.contains { inode in
            let wanted = Array(" \(inode) ".utf8)
            return maps.withUnsafeBytes { text in
                wanted.withUnsafeBytes { word in
                    guard let text = text.baseAddress, let word = word.baseAddress else { return false }
                    return spillway_find(text, maps.count, word, wanted.count) != nil
                }
            }
        }
    }

    /// Which of the files a mapping is of. btrfs has another device number here than stat(2) tells, so where only the inode
    /// fits the file itself is asked, if this process may.
    private func mapped(_ process: Int32, _ mapping: FileMapping) throws(SystemError) -> FileIdentity? {
        if files.contains(mapping.file) { return mapping.file }
        guard let candidate = files.first(where: { $0.inode == mapping.file.inode }) else { return nil }
        do throws(SystemError) {
            let link = Path("/proc/\(process)/map_files/\(mapping.range)")
            let look = try link.withCString { pointer throws(SystemError) in
                try Look.at(pointer, in: AT_FDCWD, followingLink: true, link)
            }
            return look?.status.identity == candidate ? candidate : nil
        } catch {
            // What cannot be told is taken for the worst.
            return error.errno == .permissionDenied || error.errno == .notPermitted ? candidate : nil
        }
    }
}
