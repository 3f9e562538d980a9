public import LinuxSystem

/// A cut that is under way: enough to finish it, or to know that it never began, whatever moment the machine stopped at.
public struct JournalEntry: Hashable, Sendable {
    /// The log.
    public var log: Path
    /// Its inode: another one under its name means it was replaced.
    public var inode: UInt64
    /// Where the archived part begins; what is before it was cut earlier.
    public var start: Int64
    /// Where it ends: everything before it is punched.
    public var end: Int64
    /// The archive's whole path.
    public var archive: Path
    /// The archive's size in bytes.
    public var archiveBytes: Int64
    /// How many bytes of the staging area hold it; 0 where it was written directly.
    public var stagedBytes: Int64
    /// The checksum of the staged bytes.
    public var stagedChecksum: UInt32

    /// A cut that is under way.
    public init(
        log: Path, inode: UInt64, start: Int64, end: Int64, archive: Path, archiveBytes: Int64, stagedBytes: Int64 = 0,
        stagedChecksum: UInt32 = 0
    ) {
        self.log = log
        self.inode = inode
        self.start = start
        self.end = end
        self.archive = archive
        self.archiveBytes = archiveBytes
        self.stagedBytes = stagedBytes
        self.stagedChecksum = stagedChecksum
    }
}

/// One of the journal's two slots. The one with the higher number that is whole holds.
public struct JournalSlot: Hashable, Sendable {
    /// How large a slot is, in bytes: written as a whole, and more than one sector of any disk.
    public static let sizeBytes = 64 << 10
    /// As many cuts fit into a slot whatever their paths are.
    public static let entryLimit = 7

    private static let magic: [UInt8] = Array("SPILLWAY".utf8)
    private static let version: UInt32 = 1
    /// Longest path of Linux, with its NUL.
    private static let pathLimitBytes = 4096

    /// Counts up with each write.
    public var sequence: UInt64
    /// The cuts under way; empty where there are none.
    public var entries: [JournalEntry]

    /// A slot.
    public init(sequence: UInt64, entries: [JournalEntry]) {
        self.sequence = sequence
        self.entries = entries
    }

    /// The slot's bytes, all `sizeBytes` of them; nil where it holds more than fits.
    public func encoded() -> [UInt8]? {
        guard entries.count <= Self.entryLimit else { return nil }
        var bytes = Self.magic
        Self.append(UInt64(Self.version), 4, to: &bytes)
        Self.append(sequence, 8, to: &bytes)
        Self.append(UInt64(entries.count), 4, to: &bytes)
        for entry in entries {
            guard entry.log.bytes.count < Self.pathLimitBytes, entry.archive.bytes.count < Self.pathLimitBytes else {
                return nil
            }
            for path in [entry.log, entry.archive] {
                Self.append(UInt64(path.bytes.count), 4, to: &bytes)
                bytes += path.bytes
            }
            let numbers = [
                entry.inode, UInt64(bitPattern: entry.start), UInt64(bitPattern: entry.end),
                UInt64(bitPattern: entry.archiveBytes), UInt64(bitPattern: entry.stagedBytes),
                UInt64(entry.stagedChecksum),
            ]
            for number in numbers { Self.append(number, 8, to: &bytes) }
        }
        bytes += [UInt8](repeating: 0, count: Self.sizeBytes - 4 - bytes.count)
        Self.append(UInt64(Checksum.crc32(bytes)), 4, to: &bytes)
        return bytes
    }

    /// Reads a slot; nil where it is not whole: never written, or the machine stopped while it was.
    public static func decode(_ bytes: [UInt8]) -> JournalSlot? {
        guard bytes.count == sizeBytes else { return nil }
        var reader = Reader(rest: bytes[...])
        let body = bytes.dropLast(4)
        var trailer = Reader(rest: bytes.suffix(4))
        guard trailer.number(4) == UInt64(Checksum.crc32(body)), reader.bytes(magic.count) == magic,
            reader.number(4) == UInt64(version), let sequence = reader.number(8), let count = reader.number(4),
            count <= UInt64(entryLimit)
        else { return nil }
        var slot = JournalSlot(sequence: sequence, entries: [])
        for _ in 0..<count {
            guard let entry = reader.entry() else { return nil }
            slot.entries.append(entry)
        }
        return slot
    }

    /// Which of two slots holds: the newer whole one.
    public static func current(_ first: JournalSlot?, _ second: JournalSlot?) -> JournalSlot? {
        guard let first else { return second }
        guard let second else { return first }
        return first.sequence > second.sequence ? first : second
    }

    private static func append(_ number: UInt64, _ width: Int, to bytes: inout [UInt8]) {
        for shift in 0..<width { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * shift))) }
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func bytes(_ count: Int) -> [UInt8]? {
            guard rest.count >= count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }

        mutating func number(_ width: Int) -> UInt64? {
            bytes(width)?.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }

        mutating func path() -> Path? {
            guard let count = number(4), count < UInt64(JournalSlot.pathLimitBytes) else { return nil }
            return bytes(Int(count)).map { Path(bytes: $0) }
        }

        mutating func entry() -> JournalEntry? {
            guard let log = path(), let archive = path(), let inode = number(8), let start = number(8),
                let end = number(8), let archiveBytes = number(8), let stagedBytes = number(8),
                let checksum = number(8), let small = UInt32(exactly: checksum)
            else { return nil }
            return JournalEntry(
                log: log, inode: inode, start: Int64(bitPattern: start), end: Int64(bitPattern: end), archive: archive,
                archiveBytes: Int64(bitPattern: archiveBytes), stagedBytes: Int64(bitPattern: stagedBytes),
                stagedChecksum: small)
        }
    }
}
