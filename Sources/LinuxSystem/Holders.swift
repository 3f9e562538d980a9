import CLinux
import Glibc
import SystemPackage

/// How a process has a file open.
public struct Holder: Hashable, Sendable {
    /// What it may do with it.
    public enum Access: Hashable, Sendable {
        case reading, writing, readingAndWriting
    }

    /// The process's number.
    public var process: Int32
    /// When it was started, in clock ticks since the machine was: with the number it tells processes apart.
    public var startTicks: UInt64
    /// Its name: /proc/PID/comm.
    public var command: Path
    /// Its descriptor; nil where the file is only mapped.
    public var descriptor: Int32?
    /// What it may do.
    public var access: Access
    /// Whether every write goes to the end: O_APPEND.
    public var appends: Bool
    /// The descriptor's position, where the next write without O_APPEND goes.
    public var position: Int64
    /// The signals it has handlers for, bit N-1 for signal N: `SigCgt` of /proc/PID/status.
    public var caughtSignals: UInt64

    /// Whether it can write.
    public var canWrite: Bool { access != .reading }

    /// Whether it has a handler for a signal.
    public func catches(_ signal: CInt) -> Bool {
        caughtSignals & (1 << UInt64(signal - 1)) != 0
    }

    /// How a process has a file open.
    public init(
        process: Int32, startTicks: UInt64, command: Path, descriptor: Int32?, access: Access, appends: Bool,
        position: Int64, caughtSignals: UInt64 = 0
    ) {
        self.process = process
        self.startTicks = startTicks
        self.command = command
        self.descriptor = descriptor
        self.access = access
        self.appends = appends
        self.position = position
        self.caughtSignals = caughtSignals
    }
}

/// Who has which files open, as far as /proc shows it.
public struct HolderTable: Sendable {
    /// The holders of each file that was asked for.
    public var holders: [FileIdentity: [Holder]] = [:]
    /// Why not every process could be looked into, so that a file without holders may still have some; nil where all were.
    public var gap: String?

    /// Nobody.
    public init() {}

    /// Nobody was seen, because nothing could be looked into.
    public static var unseen: HolderTable {
        var table = HolderTable()
        table.gap = "/proc cannot be read"
        return table
    }
}

extension HolderTable {
    /// Walks /proc once and looks for these files, in descriptors and in mappings.
    ///
    /// A process that ends meanwhile is left out; one that cannot be looked into makes the table incomplete. Descriptors
    /// that are not in a process (on their way through a socket, registered with io_uring, loop devices) are not seen.
    public static func look(for files: Set<FileIdentity>) throws(WalkError) -> HolderTable {
        var table = HolderTable()
        // Whoever is not root is not told of everybody's descriptors, and with `hidepid` not even of everybody.
        if geteuid() != 0 { table.gap = "only root is shown every process" }
        let proc = try Directory.open("/proc")
        let names: [Path]
        do throws(SystemError) { names = try proc.names() } catch { throw .system(error) }
        for name in names {
            guard let process = Int32(name.description), process != getpid() else { continue }
            table.look(into: process, files)
        }
        return table
    }

    private mutating func look(into process: Int32, _ files: Set<FileIdentity>) {
        let base = Path("/proc/\(process)")
        do throws(SystemError) {
            let directory = try Directory.openFollowingLinks(base.appending("fd"))
            for name in try directory.names() {
                guard let number = Int32(name.description), let status = try directory.statusFollowingLink(of: name),
                    files.contains(status.identity)
                else { continue }
                try add(process, number, status.identity)
            }
            try lookIntoMappings(process, files)
        } catch {
            // It has ended, or is one of the kernel's own, which have nothing of ours.
            guard error.errno != .noSuchFileOrDirectory, error.errno != .noSuchProcess, gap == nil else { return }
            let name = (try? Self.identity(of: process))??.command.description
            gap = "process \(process)\(name.map { ", \($0)," } ?? "") cannot be looked into"
        }
    }

    private mutating func add(_ process: Int32, _ number: Int32, _ file: FileIdentity) throws(SystemError) {
        guard let info = try ProcessFile.text(process, "fdinfo/\(number)"),
            let identity = try Self.identity(of: process)
        else { return }
        var flags: CInt = 0
        var position: Int64 = 0
        for line in info.split(separator: "\n") {
            let words = line.split { $0 == ":" || $0 == "\t" || $0 == " " }
            guard words.count == 2 else { continue }
            if words[0] == "pos" { position = Int64(words[1]) ?? 0 }
            if words[0] == "flags" { flags = CInt(words[1], radix: 8) ?? 0 }
        }
        // An O_PATH descriptor can neither read nor write.
        if flags & spillway_O_PATH != 0 { return }
        let access: Holder.Access =
            switch flags & O_ACCMODE {
            case O_RDONLY: .reading
            case O_WRONLY: .writing
            default: .readingAndWriting
            }
        holders[file, default: []].append(
            Holder(
                process: process, startTicks: identity.startTicks, command: identity.command, descriptor: number,
                access: access, appends: flags & O_APPEND != 0, position: position,
                caughtSignals: try ProcessSignal.caught(by: process)))
    }

    /// The holder as it is now: its position and flags are read again. nil where it has let go.
    public static func lookAgain(at holder: Holder, of file: FileIdentity) throws(SystemError) -> Holder? {
        guard let number = holder.descriptor else { return holder }
        guard let identity = try identity(of: holder.process), identity.startTicks == holder.startTicks else {
            return nil
        }
        var table = HolderTable()
        do throws(SystemError) {
            let directory = try Directory.openFollowingLinks(Path("/proc/\(holder.process)/fd"))
            guard try directory.statusFollowingLink(of: Path(String(number)))?.identity == file else { return nil }
        } catch {
            if error.errno == .noSuchFileOrDirectory || error.errno == .noSuchProcess { return nil }
            throw error
        }
        try table.add(holder.process, number, file)
        return table.holders[file]?.first
    }

    /// A mapping stays when its descriptor was closed.
    private mutating func lookIntoMappings(_ process: Int32, _ files: Set<FileIdentity>) throws(SystemError) {
        guard let maps = try ProcessFile.bytes(process, "maps"), Self.mentions(files, maps) else { return }
        for line in String(decoding: maps, as: UTF8.self).split(separator: "\n") {
            // address perms offset major:minor inode path
            let words = line.split(separator: " ", maxSplits: 5)
            guard words.count >= 5, let inode = UInt64(words[4]), inode != 0 else { continue }
            let numbers = words[3].split(separator: ":").compactMap { UInt64($0, radix: 16) }
            guard numbers.count == 2 else { continue }
            guard let file = try Self.mapped(process, words[0], Self.device(numbers[0], numbers[1]), inode, files),
                let identity = try Self.identity(of: process)
            else { continue }
            let writes = words[1].contains("w") && words[1].contains("s")
            holders[file, default: []].append(
                Holder(
                    process: process, startTicks: identity.startTicks, command: identity.command, descriptor: nil,
                    access: writes ? .readingAndWriting : .reading, appends: false, position: 0))
        }
    }

    /// Whether one of the files' inodes stands anywhere in these lines: nearly always none does, and lines need not be read.
    private static func mentions(_ files: Set<FileIdentity>, _ maps: [UInt8]) -> Bool {
        files.contains { file in
            let wanted = Array(" \(file.inode) ".utf8)
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
    private static func mapped(
        _ process: Int32, _ range: Substring, _ device: UInt64, _ inode: UInt64, _ files: Set<FileIdentity>
    ) throws(SystemError) -> FileIdentity? {
        let exact = FileIdentity(device: device, inode: inode)
        if files.contains(exact) { return exact }
        guard let candidate = files.first(where: { $0.inode == inode }) else { return nil }
        do throws(SystemError) {
            let mappings = try Directory.openFollowingLinks(Path("/proc/\(process)/map_files"))
            let status = try mappings.statusFollowingLink(of: Path(String(range)))
            return status?.identity == candidate ? candidate : nil
        } catch {
            // What cannot be told is taken for the worst.
            return error.errno == .permissionDenied || error.errno == .notPermitted ? candidate : nil
        }
    }

    /// makedev(3), a macro.
    private static func device(_ major: UInt64, _ minor: UInt64) -> UInt64 {
        (minor & 0xff) | ((major & 0xfff) << 8) | ((minor & ~0xff) << 12) | ((major & ~0xfff) << 32)
    }

    /// Start time and name of a process; nil where it is gone.
    static func identity(of process: Int32) throws(SystemError) -> (startTicks: UInt64, command: Path)? {
        guard let stat = try ProcessFile.text(process, "stat"), let open = stat.firstIndex(of: "("),
            let close = stat.lastIndex(of: ")"), open < close
        else { return nil }
        // The name may hold blanks and brackets; the fields behind it are counted from the third.
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        guard fields.count > 19, let ticks = UInt64(fields[19]) else { return nil }
        return (ticks, Path(String(stat[stat.index(after: open)..<close])))
    }
}

/// Files below /proc/PID.
enum ProcessFile {
    private static let limitBytes = 64 << 20

    /// The content as text; nil where the process has gone.
    static func text(_ process: Int32, _ name: String) throws(SystemError) -> String? {
        try bytes(process, name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The content; nil where the process has gone.
    static func bytes(_ process: Int32, _ name: String) throws(SystemError) -> [UInt8]? {
        do throws(SystemError) {
            let file = try Descriptor.open(Path("/proc/\(process)/\(name)"))
            return try file.readAll(limitBytes: limitBytes)
        } catch {
            if error.errno == .noSuchFileOrDirectory || error.errno == .noSuchProcess { return nil }
            throw error
        }
    }
}
