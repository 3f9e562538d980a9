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

    /// Whether it can write.
    public var canWrite: Bool { access != .reading }

    /// How a process has a file open.
    public init(
        process: Int32, startTicks: UInt64, command: Path, descriptor: Int32?, access: Access, appends: Bool,
        position: Int64
    ) {
        self.process = process
        self.startTicks = startTicks
        self.command = command
        self.descriptor = descriptor
        self.access = access
        self.appends = appends
        self.position = position
    }
}

/// Who has which files open, as far as /proc shows it.
public struct HolderTable: Sendable {
    /// The holders of each file that was asked for.
    public var holders: [FileIdentity: [Holder]] = [:]
    /// Whether every process could be looked into. If not, a file without holders may still have some.
    public var isComplete = true

    /// Nobody.
    public init() {}
}

extension HolderTable {
    /// Walks /proc once and looks for these files, in descriptors and in mappings.
    ///
    /// A process that ends meanwhile is left out; one that cannot be looked into makes the table incomplete. Descriptors
    /// that are not in a process (on their way through a socket, registered with io_uring, loop devices) are not seen.
    public static func look(for files: Set<FileIdentity>) throws(WalkError) -> HolderTable {
        var table = HolderTable()
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
            if error.errno != .noSuchFileOrDirectory, error.errno != .noSuchProcess { isComplete = false }
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
                access: access, appends: flags & O_APPEND != 0, position: position))
    }

    /// A mapping stays when its descriptor was closed.
    private mutating func lookIntoMappings(_ process: Int32, _ files: Set<FileIdentity>) throws(SystemError) {
        guard let maps = try ProcessFile.text(process, "maps") else { return }
        for line in maps.split(separator: "\n") {
            // address perms offset major:minor inode path
            let words = line.split(separator: " ", maxSplits: 5)
            guard words.count >= 5, let inode = UInt64(words[4]), inode != 0 else { continue }
            let numbers = words[3].split(separator: ":").compactMap { UInt64($0, radix: 16) }
            guard numbers.count == 2 else { continue }
            let file = FileIdentity(device: Self.device(numbers[0], numbers[1]), inode: inode)
            guard files.contains(file), let identity = try Self.identity(of: process) else { continue }
            let writes = words[1].contains("w") && words[1].contains("s")
            holders[file, default: []].append(
                Holder(
                    process: process, startTicks: identity.startTicks, command: identity.command, descriptor: nil,
                    access: writes ? .readingAndWriting : .reading, appends: false, position: 0))
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

    /// The content; nil where the process has gone.
    static func text(_ process: Int32, _ name: String) throws(SystemError) -> String? {
        do throws(SystemError) {
            let file = try Descriptor.open(Path("/proc/\(process)/\(name)"))
            return String(decoding: try file.readAll(limitBytes: limitBytes), as: UTF8.self)
        } catch {
            if error.errno == .noSuchFileOrDirectory || error.errno == .noSuchProcess { return nil }
            throw error
        }
    }
}
