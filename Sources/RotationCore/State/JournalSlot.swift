public import LinuxSystem

/// A cut that is under way: enough to finish it, or to know that it never began, whatever moment the machine stopped at.
public struct JournalEntry: Hashable, Sendable {
    /// What is under way.
    public enum Kind: UInt64, Hashable, Sendable {
        /// The archived bytes are punched out of the log.
        case punch = 1
        /// The log is made empty.
        case truncate = 2
        /// An archive is being extended; nothing has left the log yet.
        case extend = 3
        /// The archived bytes are in the staging area and nowhere else: they are punched out of the log, and then written
        /// into the archive.
        case stage = 4
    }

    /// Bytes of a log that lie together.
    public struct Run: Hashable, Sendable {
        /// Where they begin.
        public var offset: Int64
        /// How many they are.
        public var count: Int64

        /// Bytes of a log.
        public init(offset: Int64, count: Int64) {
            self.offset = offset
            self.count = count
        }

        /// Where they end.
        public var end: Int64 { offset + count }
    }

    /// What is under way.
    public var kind: Kind
    /// The log.
    public var log: Path
    /// Its inode: another one under its name means it was replaced.
    public var inode: UInt64
    /// The bytes that were archived, in their order; holes and padding between them are not.
    public var runs: [Run]
    /// Where the cut ends: everything before it, but for the head, is punched.
    public var end: Int64
    /// How much of the log's start stays where it is, in bytes.
    public var headBytes: Int64
    /// The archive's whole path.
    public var archive: Path
    /// Its inode: another one under its name means it is not the one. 0: it is to be made.
    public var archiveInode: UInt64
    /// Where in the archive these bytes begin: what is before that was there already.
    public var archiveOffset: Int64
    /// The archive's size in bytes with them.
    public var archiveBytes: Int64
    /// Whether the archive is compressed with gzip.
    public var isCompressed: Bool
    /// How many bytes of the staging area hold it; 0 where it was written directly.
    public var stagedBytes: Int64
    /// The checksum of the staged bytes.
    public var stagedChecksum: UInt32

    /// A cut that is under way.
    public init(
        kind: Kind = .punch, log: Path, inode: UInt64, runs: [Run], end: Int64, archive: Path, archiveInode: UInt64,
        archiveOffset: Int64 = 0, archiveBytes: Int64, isCompressed: Bool = true, stagedBytes: Int64 = 0,
        stagedChecksum: UInt32 = 0, headBytes: Int64 = 0
    ) {
        self.kind = kind
        self.log = log
        self.inode = inode
        self.runs = runs
        self.end = end
        self.archive = archive
        self.archiveInode = archiveInode
        self.archiveOffset = archiveOffset
        self.archiveBytes = archiveBytes
        self.isCompressed = isCompressed
        self.stagedBytes = stagedBytes
        self.stagedChecksum = stagedChecksum
        self.headBytes = headBytes
    }

    /// A log in more pieces than this is cut up to the end of the last of them; the next cut takes more.
    public static let runLimit = 256
}

/// One of the journal's two slots. The one with the higher number that is whole holds.
public struct JournalSlot: Hashable, Sendable {
    /// How large a slot is, in bytes: written as a whole, and more than one sector of any disk.
    public static let sizeBytes = 64 << 10

    private static let magic: [UInt8] = Array("SPILLWAY".utf8)
    private static let version: UInt32 = 3
    /// Before logs kept their heads: a run of that version may have been interrupted.
    private static let versionWithoutHead: UInt32 = 2
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
        var bytes = Self.magic
        Self.append(UInt64(Self.version), 4, to: &bytes)
        Self.append(sequence, 8, to: &bytes)
        Self.append(UInt64(entries.count), 4, to: &bytes)
        for entry in entries {
            guard Self.isEncodable(entry) else { return nil }
            Self.append(entry, to: &bytes)
        }
        guard bytes.count <= Self.sizeBytes - 4 else { return nil }
        bytes += [UInt8](repeating: 0, count: Self.sizeBytes - 4 - bytes.count)
        Self.append(UInt64(Checksum.crc32(bytes)), 4, to: &bytes)
        return bytes
    }

    private static func isEncodable(_ entry: JournalEntry) -> Bool {
        entry.log.bytes.count < pathLimitBytes && entry.archive.bytes.count < pathLimitBytes
            && entry.runs.count <= JournalEntry.runLimit
    }

    private static func append(_ entry: JournalEntry, to bytes: inout [UInt8]) {
        for path in [entry.log, entry.archive] {
            append(UInt64(path.bytes.count), 4, to: &bytes)
            bytes += path.bytes
        }
        let numbers = [
            entry.kind.rawValue, entry.inode, UInt64(bitPattern: entry.end), entry.archiveInode,
            UInt64(bitPattern: entry.archiveOffset), UInt64(bitPattern: entry.archiveBytes), entry.isCompressed ? 1 : 0,
            UInt64(bitPattern: entry.stagedBytes), UInt64(entry.stagedChecksum), UInt64(bitPattern: entry.headBytes),
            UInt64(entry.runs.count),
        ]
        for number in numbers { append(number, 8, to: &bytes) }
        for run in entry.runs {
            append(UInt64(bitPattern: run.offset), 8, to: &bytes)
            append(UInt64(bitPattern: run.count), 8, to: &bytes)
        }
    }

    /// Reads a slot; nil where it is not whole: never written, or the machine stopped while it was.
    public static func decode(_ bytes: [UInt8]) -> JournalSlot? {
        // One that was never written is known at a glance.
        guard bytes.count == sizeBytes, bytes.starts(with: magic) else { return nil }
        var reader = Reader(rest: bytes[...])
        let body = bytes.dropLast(4)
        var trailer = Reader(rest: bytes.suffix(4))
        guard trailer.number(4) == UInt64(Checksum.crc32(body)), reader.bytes(magic.count) == magic,
            let format = reader.number(4), [version, versionWithoutHead].contains(UInt32(truncatingIfNeeded: format)),
            let sequence = reader.number(8), let count = reader.number(4)
        else { return nil }
        var slot = JournalSlot(sequence: sequence, entries: [])
        for _ in 0..<count {
            guard let entry = reader.entry(hasHead: format == UInt64(version)) else { return nil }
            slot.entries.append(entry)
        }
        return slot
    }

    /// So many bytes at its start tell whether there is anything in it.
    public static let headBytes = 24

    /// The slot without cuts that begins and ends so; nil where that is another one, or not whole.
    ///
    /// Nearly every slot that is read has none, and is NULs but for its first bytes: what they are followed by need not be
    /// read, because the checksum of so many NULs is known. Where the machine stopped while it was written there is nothing
    /// in it all the same.
    ///
    /// - Parameters:
    ///   - head: its first `headBytes`.
    ///   - trailer: its last four.
    public static func empty(head: [UInt8], trailer: [UInt8]) -> JournalSlot? {
        guard head.count == headBytes, head.starts(with: magic) else { return nil }
        var reader = Reader(rest: head[...].dropFirst(magic.count))
        var end = Reader(rest: trailer[...])
        guard reader.number(4) == UInt64(version), let sequence = reader.number(8), reader.number(4) == 0,
            let checksum = end.number(4),
            checksum == UInt64(Checksum.product(ofRest, Checksum.crc32(head)) ^ checksumOfRest)
        else { return nil }
        return JournalSlot(sequence: sequence, entries: [])
    }

    /// x to the power of eight times the number of NULs behind the head, modulo the polynomial of CRC-32, and their CRC-32.
    private static let (ofRest, checksumOfRest): (UInt32, UInt32) = (0x9f0f_9106, 0x8839_f63a)

    /// The number of a slot that begins so, if it is whole.
    public static func sequence(inHead head: [UInt8]) -> UInt64? {
        guard head.count == headBytes, head.starts(with: magic) else { return nil }
        var reader = Reader(rest: head[...].dropFirst(magic.count))
        _ = reader.number(4)
        return reader.number(8)
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

    /// Whether these cuts fit into a slot together.
    public static func fits(_ entries: [JournalEntry]) -> Bool {
        let bytes = entries.reduce(64) { sum, entry in
            sum + entry.log.bytes.count + entry.archive.bytes.count + 8 + 88 + 16 * entry.runs.count
        }
        return bytes <= sizeBytes && entries.allSatisfy(isEncodable)
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

        mutating func signed() -> Int64? { number(8).map { Int64(bitPattern: $0) } }

        mutating func entry(hasHead: Bool) -> JournalEntry? {
            guard let log = path(), let archive = path(), let kind = number(8).flatMap(JournalEntry.Kind.init),
                let inode = number(8), let end = signed(), let archiveInode = number(8),
                let archiveOffset = signed(), let archiveBytes = signed(), let isCompressed = number(8),
                let stagedBytes = signed(), let checksum = number(8).flatMap(UInt32.init(exactly:)),
                let headBytes = hasHead ? signed() : 0, headBytes >= 0,
                let count = number(8), count <= UInt64(JournalEntry.runLimit)
            else { return nil }
            // No run writes such lengths, and sums of them would not fit.
            guard end >= 0, archiveOffset >= 0, archiveBytes >= archiveOffset, stagedBytes >= 0 else { return nil }
            var runs: [JournalEntry.Run] = []
            for _ in 0..<count {
                guard let offset = signed(), let length = signed(), offset >= 0, length >= 0,
                    !offset.addingReportingOverflow(length).overflow
                else { return nil }
                runs.append(JournalEntry.Run(offset: offset, count: length))
            }
            return JournalEntry(
                kind: kind, log: log, inode: inode, runs: runs, end: end, archive: archive, archiveInode: archiveInode,
                archiveOffset: archiveOffset, archiveBytes: archiveBytes, isCompressed: isCompressed == 1,
                stagedBytes: stagedBytes, stagedChecksum: checksum, headBytes: headBytes)
        }
    }
}
