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
    /// Whether it is a program that was tried, and reads on at once when a file becomes smaller.
    public var followsShrunkFile = false

    /// By process and descriptor, so that two looks give the same.
    static func isBefore(_ one: Holder, _ other: Holder) -> Bool {
        (one.process, one.descriptor ?? .max) < (other.process, other.descriptor ?? .max)
    }

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
        let walks: [(table: HolderTable, refusedProcess: Int32?)]
        do throws(SystemError) {
            walks = try ProcessList.look { processes in
                var walk = HolderWalk(files, processes)
                while let process = processes.next() { walk.look(into: process) }
                return (walk.table, walk.refusedProcess)
            }
        } catch {
            throw .system(error)
        }
        var table = HolderTable()
        for part in walks.map(\.table) { table.holders.merge(part.holders) { $0 + $1 } }
        for file in table.holders.keys { table.holders[file]?.sort(by: Holder.isBefore) }
        // Whoever is not root is not told of everybody's descriptors, and with `hidepid` not even of everybody.
        if geteuid() != 0 {
            table.gap = "only root is shown every process"
        } else if let process = walks.compactMap(\.refusedProcess).min() {
            let name = (try? identity(of: process))??.command.description
            table.gap = "process \(process)\(name.map { ", \($0)," } ?? "") cannot be looked into"
        }
        return table
    }

    mutating func add(_ process: Int32, _ number: Int32, _ file: FileIdentity) throws(SystemError) {
        guard let info = try ProcessFile.text(process, "fdinfo/\(number)"),
            let identity = try Self.identity(of: process)
        else { return }
        let how = DescriptorInfo(info)
        // An O_PATH descriptor can neither read nor write.
        if how.isPathOnly { return }
        holders[file, default: []].append(
            Holder(
                process: process, startTicks: identity.startTicks, command: identity.command, descriptor: number,
                access: how.access, appends: how.appends, position: how.position,
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

    /// Where a process's descriptor stands: /proc/PID/fdinfo; nil where that is not shown.
    public static func position(of descriptor: Int32, in process: Int32) -> Int64? {
        let text = (try? ProcessFile.text(process, "fdinfo/\(descriptor)")) ?? nil
        return text.map { DescriptorInfo($0).position }
    }

    /// The program that a process runs: /proc/PID/exe.
    ///
    /// Throws EFBIG where it is larger than `limitBytes`.
    public static func program(of holder: Holder, limitBytes: Int) throws(SystemError) -> [UInt8] {
        try Descriptor.open(Path("/proc/\(holder.process)/exe")).readAll(limitBytes: limitBytes)
    }

    /// Whether a process is woken by inotify(7): it has such a descriptor.
    public static func usesInotify(_ holder: Holder) throws(SystemError) -> Bool {
        let directory = try Directory.openFollowingLinks(Path("/proc/\(holder.process)/fd"))
        for name in try directory.names() where try directory.readLink(name) == "anon_inode:inotify" { return true }
        return false
    }

    /// Start time and name of a process; nil where it is gone.
    package static func identity(of process: Int32) throws(SystemError) -> (startTicks: UInt64, command: Path)? {
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

    /// The number behind a name and a colon, as /proc/PID/io has them; nil where there is none.
    static func number(_ name: String, in text: String) -> Int64? {
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + ": ") }
        return line.flatMap { Int64($0.dropFirst(name.utf8.count + 2)) }
    }
}
