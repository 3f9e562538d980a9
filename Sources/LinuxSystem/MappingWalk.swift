import CLinux
import Glibc
import SystemPackage

/// A deleted file in a process's memory.
struct DeletedMapping {
    /// Its name below /proc/PID/map_files.
    var range: String
    /// Whether what is written there goes into the file.
    var writes: Bool
    var inode: UInt64
    /// The name it had.
    var path: Path
}

/// A file in a process's memory.
struct FileMapping {
    /// Its name below /proc/PID/map_files.
    var range: String
    /// Whether what is written there goes into the file.
    var writes: Bool
    /// Device and inode, as /proc has them: on btrfs the device is another one than stat(2) says.
    var file: FileIdentity
}

extension FileMapping {
    init(_ mapping: spillway_mapping) {
        range = String(mapping.start, radix: 16) + "-" + String(mapping.end, radix: 16)
        writes = mapping.writes != 0
        file = FileIdentity(device: mapping.device, inode: mapping.inode)
    }

    /// A line of /proc/PID/maps: range, rights, offset, device, inode, path. nil where it is no file's.
    init?(line: Substring) {
        let words = line.split(separator: " ", maxSplits: 5)
        guard words.count >= 5, let inode = UInt64(words[4]), inode != 0 else { return nil }
        let numbers = words[3].split(separator: ":").compactMap { UInt64($0, radix: 16) }
        guard numbers.count == 2 else { return nil }
        range = String(words[0])
        writes = words[1].contains("w") && words[1].contains("s")
        file = FileIdentity(device: deviceNumber(numbers[0], numbers[1]), inode: inode)
    }
}

extension SystemError {
    /// Whether the kernel does not know the query. EINVAL: an ioctl that it knows, with another structure.
    fileprivate var meansUnknownQuery: Bool {
        errno == .inappropriateIOCTLForDevice || errno == .invalidArgument
    }
}

/// Looks for deleted files in the memory of one process after the other.
///
/// Since Linux 6.11 mappings are asked for one by one and the name of each file is made once for all processes that have it
/// mapped; before, all of /proc/PID/maps is read, which takes five times as long. Each question costs half a microsecond, and
/// most are about libraries.
struct MappingWalk {
    private let isComplete: Bool
    private var present = RecentFiles()
    private var deleted: [FileIdentity: Path] = [:]
    private var canAsk = true
    private var buffer = TextBuffer()
    private var name = [CChar](repeating: 0, count: Int(PATH_MAX) + 16)

    /// - Parameters:
    ///   - isComplete: else of a process's private mappings only the first one with code is looked at, its program's.
    init(isComplete: Bool = true) {
        self.isComplete = isComplete
    }

    /// The deleted files of a process, one mapping of each, and a further one where only that can write.
    mutating func deleted(in maps: borrowing Descriptor) throws(SystemError) -> [DeletedMapping] {
        if canAsk {
            do throws(SystemError) {
                return try ask(maps)
            } catch {
                guard error.meansUnknownQuery else { throw error }
                canAsk = false
            }
        }
        return try read(maps)
    }

    /// The mappings of files with these inodes' numbers; nil where the kernel cannot be asked for mappings one by one.
    mutating func mappings(
        of inodes: Set<UInt64>, in maps: borrowing Descriptor
    ) throws(SystemError) -> [FileMapping]? {
        guard canAsk else { return nil }
        var found: [FileMapping] = []
        var mapping = spillway_mapping()
        do throws(SystemError) {
            while try next(maps, mapping.end, 0, withName: false, &mapping) {
                guard inodes.contains(mapping.inode) else { continue }
                found.append(FileMapping(mapping))
            }
            return found
        } catch {
            guard error.meansUnknownQuery else { throw error }
            canAsk = false
            return nil
        }
    }

    private mutating func ask(_ maps: borrowing Descriptor) throws(SystemError) -> [DeletedMapping] {
        var found: [DeletedMapping] = []
        var mapping = spillway_mapping()
        if !isComplete, try next(maps, 0, spillway_executable_mapping, withName: false, &mapping) {
            try note(mapping, maps, &found)
        }
        mapping.end = 0
        let flags = isComplete ? 0 : spillway_shared_mapping
        while try next(maps, mapping.end, flags, withName: false, &mapping) { try note(mapping, maps, &found) }
        return found
    }

    private mutating func note(
        _ mapping: spillway_mapping, _ maps: borrowing Descriptor, _ found: inout [DeletedMapping]
    ) throws(SystemError) {
        let file = FileIdentity(device: mapping.device, inode: mapping.inode)
        if present.contains(file) { return }
        if deleted[file] == nil {
            var named = spillway_mapping()
            guard try next(maps, mapping.start, 0, withName: true, &named) else { return }
            let path = Path(bytes: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) })
            let there = FileIdentity(device: named.device, inode: named.inode)
            if path.hasDeletionMark { deleted[there] = path.withoutDeletionMark } else { present.insert(there) }
        }
        // Another one is mapped there by now if it is not known yet.
        guard let path = deleted[file] else { return }
        let isKnown = found.contains { $0.inode == mapping.inode && $0.path == path }
        guard !isKnown || mapping.writes != 0 else { return }
        let range = FileMapping(mapping).range
        found.append(DeletedMapping(range: range, writes: mapping.writes != 0, inode: mapping.inode, path: path))
    }

    private mutating func next(
        _ maps: borrowing Descriptor, _ address: UInt64, _ flags: UInt64, withName: Bool,
        _ mapping: inout spillway_mapping
    ) throws(SystemError) -> Bool {
        let size = UInt32(name.count)
        let number = maps.number
        do throws(SystemError) {
            if withName {
                try call("read the mappings in", maps.path) {
                    spillway_next_mapping(number, address, flags, &name, size, &mapping)
                }
            } else {
                try call("read the mappings in", maps.path) {
                    spillway_next_mapping(number, address, flags, nil, 0, &mapping)
                }
            }
            return true
        } catch {
            if error.errno == .noSuchFileOrDirectory { return false }
            throw error
        }
    }

    private mutating func read(_ maps: borrowing Descriptor) throws(SystemError) -> [DeletedMapping] {
        var found: [DeletedMapping] = []
        var seen: Set<UInt64> = []
        for line in try buffer.lines(of: maps, endingWith: " (deleted)") {
            guard let mapping = DeletedMapping(line, orPrivate: isComplete) else { continue }
            if seen.insert(mapping.inode).inserted || mapping.writes { found.append(mapping) }
        }
        return found
    }
}

/// Files that were seen not long ago. Faster than a set, and of two in the same place the first is forgotten.
private struct RecentFiles {
    private static let places = 1024
    private var files = [FileIdentity](repeating: FileIdentity(device: 0, inode: 0), count: places)

    private func place(of file: FileIdentity) -> Int {
        Int(truncatingIfNeeded: file.inode % UInt64(Self.places))
    }

    /// Whether it is known still.
    func contains(_ file: FileIdentity) -> Bool {
        files[place(of: file)] == file
    }

    mutating func insert(_ file: FileIdentity) {
        files[place(of: file)] = file
    }
}

extension DeletedMapping {
    /// A line of /proc/PID/maps: range, rights, offset, device, inode, path. nil also for a private one without code, unless
    /// those are wanted.
    fileprivate init?(_ line: ArraySlice<UInt8>, orPrivate: Bool) {
        let blank = UInt8(ascii: " ")
        let words = line.split(separator: blank, maxSplits: 4)
        guard words.count == 5 else { return nil }
        let rest = words[4].split(separator: blank, maxSplits: 1)
        guard rest.count == 2, let inode = UInt64(String(decoding: rest[0], as: UTF8.self)), inode != 0 else {
            return nil
        }
        range = String(decoding: words[0], as: UTF8.self)
        let isShared = words[1].contains(UInt8(ascii: "s"))
        guard isShared || orPrivate || words[1].contains(UInt8(ascii: "x")) else { return nil }
        writes = isShared && words[1].contains(UInt8(ascii: "w"))
        self.inode = inode
        path = Path(bytes: rest[1].drop { $0 == blank }).withoutDeletionMark
    }
}

extension Path {
    private static let deletionMark: Path = " (deleted)"

    /// Whether the kernel has put " (deleted)" behind the name.
    var hasDeletionMark: Bool { hasSuffix(Path.deletionMark) }

    /// The name that the file had.
    var withoutDeletionMark: Path {
        hasDeletionMark ? Path(bytes: bytes.dropLast(Path.deletionMark.bytes.count)) : self
    }
}
