public import LinuxSystem

/// What spillway itself must remember between runs, all of it safe to lose: errors that were told, where logs were cut,
/// renamed logs that are still written, directories in which removals are under way, logs that were abandoned, and programs
/// that ended after a signal.
///
/// A file of lines, each a record that holds until a later one about the same thing; a run adds records as it goes, and
/// writes those that still hold at its end.
public struct Ledger: Hashable, Sendable {
    /// A log that was cut: everything before `end` is its head, a hole, NULs or padding.
    public struct Cut: Hashable, Sendable {
        /// The log's first bytes, which are archived and stayed.
        public struct Head: Hashable, Sendable {
            /// How many they are.
            public var bytes: Int64
            /// Their CRC-32.
            public var checksum: UInt32

            /// The log's first bytes.
            public init(bytes: Int64, checksum: UInt32) {
                self.bytes = bytes
                self.checksum = checksum
            }
        }

        /// The log's inode.
        public var inode: UInt64
        /// Where what is not archived yet begins.
        public var end: Int64
        /// So many bytes before that are NULs or padding, in a cluster that is no hole.
        public var paddingBytes: Int64
        /// What stayed at its start; nil: nothing.
        public var head: Head?
        /// So many bytes at its start are about to be taken out, or were: both can be where a run was ended there.
        public var collapsingBytes: Int64

        /// A log that was cut.
        public init(inode: UInt64, end: Int64, paddingBytes: Int64, head: Head? = nil, collapsingBytes: Int64 = 0) {
            self.inode = inode
            self.end = end
            self.paddingBytes = paddingBytes
            self.head = head
            self.collapsingBytes = collapsingBytes
        }

        /// Whether a log, by its status alone, seems to be the one that was cut: one that was emptied and written anew has
        /// no hole, also where it is as long as the other was.
        public func isOf(_ status: FileStatus) -> Bool {
            guard inode == status.identity.inode, end <= status.sizeBytes else { return false }
            let holeBytes = end - paddingBytes - (head?.bytes ?? 0)
            let isFull = status.allocatedBytes >= status.sizeBytes
            return end < status.sizeBytes || holeBytes < 2 * status.blockBytes || !isFull
        }

        /// What holds when the bytes at its start were taken out.
        public var collapsed: Cut {
            guard collapsingBytes > 0 else { return self }
            return Cut(inode: inode, end: max(0, end - collapsingBytes), paddingBytes: paddingBytes)
        }
    }

    /// A log that was renamed, and is not known to be released by its writers.
    public struct Unreleased: Hashable, Sendable {
        /// What it is called now.
        public var path: Path
        /// What it was called.
        public var log: Path
        /// Its inode.
        public var inode: UInt64
        /// Where parts of it were archived to, and that archive's inode; nil where none were.
        public var parts: Path?
        /// That archive's inode; 0 where there is none.
        public var partsInode: UInt64
        /// Whether its writers were told, by a signal or a script.
        public var isTold: Bool

        /// A log that was renamed.
        public init(
            path: Path, log: Path, inode: UInt64, parts: Path? = nil, partsInode: UInt64 = 0, isTold: Bool = false
        ) {
            self.path = path
            self.log = log
            self.inode = inode
            self.parts = parts
            self.partsInode = partsInode
            self.isTold = isTold
        }
    }

    /// One line.
    public enum Record: Hashable, Sendable {
        /// An error was told, so many seconds after 1970.
        case told(Path, seconds: Int64)
        /// A log was cut.
        case cut(Path, Cut)
        /// Nothing is remembered of a log's cuts.
        case whole(Path)
        /// A log was renamed, or is about to be.
        case unreleased(Unreleased)
        /// A renamed log is an archive like others, by its path.
        case released(Path)
        /// Files are being removed in a directory.
        case removing(Path)
        /// None are any more.
        case removed(Path)
        /// A log that nobody has any more was archived whole: by its inode, to be removed in a later run.
        case abandoned(Path, UInt64)
        /// A log is in use again, or gone.
        case inUse(Path)
        /// A program ended after it was sent a signal.
        case ends(SignalKnowledge.Ending)
        /// A run ended with this exit status.
        case exit(Int32)
    }

    /// When errors were told, by their sentences.
    public var told: [Path: Int64] = [:]
    /// Where logs were cut.
    public var cuts: [Path: Cut] = [:]
    /// Renamed logs that are not known to be released, by their paths: inodes are those of many file systems.
    public var unreleased: [Path: Unreleased] = [:]
    /// Directories in which removals are under way.
    public var removing: Set<Path> = []
    /// Inodes of logs that were archived whole, and are to be removed.
    public var abandoned: [Path: UInt64] = [:]
    /// What programs do on signals.
    public var signals = SignalKnowledge()
    /// The last run's exit status: 0 is not written down.
    public var exitStatus: Int32 = 0

    /// Nothing remembered.
    public init() {}

    /// Takes a record into account; whether anything is known now that was not. A run has a record or two for each log, so
    /// that none may cost more than what it is about.
    @discardableResult
    public mutating func apply(_ record: Record) -> Bool {
        switch record {
        case .told(let message, let seconds): return told.updateValue(seconds, forKey: message) != seconds
        case .cut(let log, let cut): return cuts.updateValue(cut, forKey: log) != cut
        case .whole(let log): return cuts.removeValue(forKey: log) != nil
        case .unreleased(let file): return unreleased.updateValue(file, forKey: file.path) != file
        case .released(let path): return unreleased.removeValue(forKey: path) != nil
        case .removing(let directory): return removing.insert(directory).inserted
        case .removed(let directory): return removing.remove(directory) != nil
        case .abandoned(let log, let inode): return abandoned.updateValue(inode, forKey: log) != inode
        case .inUse(let log): return abandoned.removeValue(forKey: log) != nil
        case .ends(let ending): return signals.endings.insert(ending).inserted
        case .exit(let status):
            defer { exitStatus = status }
            return exitStatus != status
        }
    }

    /// Reads a ledger; lines that make no sense are left out.
    public static func decode(_ bytes: [UInt8]) -> Ledger {
        var ledger = Ledger()
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            if let record = Record(line: line) { ledger.apply(record) }
        }
        return ledger
    }

    /// The whole file, in an order, so that equal ledgers are equal files.
    public func encoded() -> [UInt8] {
        let records =
            told.sorted { $0.key < $1.key }.map { Record.told($0.key, seconds: $0.value) }
            + cuts.sorted { $0.key < $1.key }.map { Record.cut($0.key, $0.value) }
            + unreleased.sorted { $0.key < $1.key }.map { Record.unreleased($0.value) }
            + removing.sorted().map { Record.removing($0) }
            + abandoned.sorted { $0.key < $1.key }.map { Record.abandoned($0.key, $0.value) }
            + signals.endings.sorted { ($0.program, $0.signal) < ($1.program, $1.signal) }.map { Record.ends($0) }
            + (exitStatus == 0 ? [] : [Record.exit(exitStatus)])
        return records.flatMap(\.line)
    }
}

extension Ledger.Record {
    private static let blank = UInt8(ascii: " ")

    /// The line with its end.
    public var line: [UInt8] {
        switch self {
        case .told(let message, let seconds):
            // A sentence has no other line breaks than those in the names it quotes.
            let text = message.bytes.map { $0 == UInt8(ascii: "\n") ? Self.blank : $0 }
            return Array("told \(seconds) ".utf8) + text + [UInt8(ascii: "\n")]
        case .cut(let log, let cut):
            var numbers = [cut.inode, UInt64(clamping: cut.end), UInt64(clamping: cut.paddingBytes)]
            if cut.head != nil || cut.collapsingBytes > 0 {
                numbers += [
                    UInt64(clamping: cut.head?.bytes ?? 0), UInt64(cut.head?.checksum ?? 0),
                    UInt64(clamping: cut.collapsingBytes),
                ]
            }
            return Self.line("cut", numbers, [log])
        case .whole(let log): return Self.line("whole", [], [log])
        case .unreleased(let file):
            return Self.line(
                "unreleased", [file.inode, file.partsInode, file.isTold ? 1 : 0],
                [file.path, file.log, file.parts].compactMap(\.self))
        case .released(let path): return Self.line("released", [], [path])
        case .removing(let directory): return Self.line("removing", [], [directory])
        case .removed(let directory): return Self.line("removed", [], [directory])
        case .abandoned(let log, let inode): return Self.line("abandoned", [inode], [log])
        case .inUse(let log): return Self.line("inuse", [], [log])
        // Names of programs are written like paths, which tells them from numbers.
        case .ends(let ending): return Self.line("ends", [UInt64(clamping: ending.signal)], ["/" + ending.program])
        case .exit(let status): return Self.line("exit", [UInt64(clamping: status)], [])
        }
    }

    private static func line(_ verb: String, _ numbers: [UInt64], _ paths: [Path]) -> [UInt8] {
        var bytes = Array(verb.utf8)
        for number in numbers {
            bytes.append(blank)
            bytes += String(number).utf8
        }
        for path in paths {
            bytes.append(blank)
            escape(path, to: &bytes)
        }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    /// Reads a line without its end; nil where it is none of a ledger's.
    init?(line: ArraySlice<UInt8>) {
        let verb = String(decoding: line.prefix { $0 != Self.blank }, as: UTF8.self)
        if verb == "told" {
            let words = line.split(separator: Self.blank, maxSplits: 2)
            guard words.count == 3, let seconds = Int64(String(decoding: words[1], as: UTF8.self)) else { return nil }
            self = .told(Path(bytes: words[2]), seconds: seconds)
            return
        }
        let words = line.split(separator: Self.blank).dropFirst()
        let numbers = words.compactMap { UInt64(String(decoding: $0, as: UTF8.self)) }
        let paths = words.filter { $0.first == UInt8(ascii: "/") }.map(Self.unescaped)
        switch (verb, numbers.count, paths.count) {
        case ("cut", 3, 1), ("cut", 6, 1):
            var cut = Ledger.Cut(
                inode: numbers[0], end: Int64(clamping: numbers[1]), paddingBytes: Int64(clamping: numbers[2]))
            if numbers.count == 6 {
                let bytes = Int64(clamping: numbers[3])
                if bytes > 0 { cut.head = .init(bytes: bytes, checksum: UInt32(truncatingIfNeeded: numbers[4])) }
                cut.collapsingBytes = Int64(clamping: numbers[5])
            }
            self = .cut(paths[0], cut)
        case ("whole", 0, 1): self = .whole(paths[0])
        case ("unreleased", 3, 2...3):
            self = .unreleased(
                Ledger.Unreleased(
                    path: paths[0], log: paths[1], inode: numbers[0], parts: paths.count == 3 ? paths[2] : nil,
                    partsInode: numbers[1], isTold: numbers[2] == 1))
        case ("released", 0, 1): self = .released(paths[0])
        case ("removing", 0, 1): self = .removing(paths[0])
        case ("removed", 0, 1): self = .removed(paths[0])
        case ("abandoned", 1, 1): self = .abandoned(paths[0], numbers[0])
        case ("inuse", 0, 1): self = .inUse(paths[0])
        case ("ends", 1, 1):
            let program = Path(bytes: paths[0].bytes.dropFirst())
            self = .ends(SignalKnowledge.Ending(program: program, signal: CInt(clamping: numbers[0])))
        case ("exit", 1, 0): self = .exit(Int32(clamping: numbers[0]))
        default: return nil
        }
    }

    /// Blanks, line breaks and % as %XX: a path is one word.
    private static func escape(_ path: Path, to bytes: inout [UInt8]) {
        for byte in path.bytes {
            if byte > blank, byte != UInt8(ascii: "%") {
                bytes.append(byte)
            } else {
                bytes += "%".utf8
                bytes += [byte >> 4, byte & 15].map { $0 < 10 ? UInt8(ascii: "0") + $0 : UInt8(ascii: "a") + $0 - 10 }
            }
        }
    }

    private static func unescaped(_ bytes: ArraySlice<UInt8>) -> Path {
        var result: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                result.append(value)
                rest = rest.dropFirst(2)
            } else {
                result.append(byte)
            }
        }
        return Path(bytes: result)
    }
}
