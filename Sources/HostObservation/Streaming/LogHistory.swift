public import LinuxSystem
public import RotationCore

/// A log with everything that is left of it, as one stream: its archives, the oldest first, and the log.
public struct LogHistory: Sendable {
    /// A file that holds a part of it.
    public struct Part: Hashable, Sendable {
        /// How its content is had.
        public enum Form: Hashable, Sendable {
            /// As it is: only what is no hole, no padding, and no head that an archive has already.
            case plain
            /// gzip.
            case gzip
            /// Uncompressed by this program, which reads its standard input.
            case program(String, [String])
        }

        /// Its path.
        public var path: Path
        /// How its content is had.
        public var form: Form
        /// When its last line was written.
        public var end: Timestamp
        /// Whether it is the log itself.
        public var isLive = false
    }

    /// The log.
    public let log: Path
    /// Its parts in order.
    public private(set) var parts: [Part] = []
    private let ledger: Ledger

    /// Finds the parts of a log; nil where no stanza names it.
    public static func find(_ log: Path, _ request: OverviewRequest, now: Timestamp = .now()) -> LogHistory? {
        let look = OverviewLook(request, now)
        for (index, items) in look.decisions.enumerated() {
            guard let found = items.first(where: { $0.log.path == log }) else { continue }
            return LogHistory(found.log, look.configuration.stanzas[index].settings, look)
        }
        // A log that is gone, and has archives.
        for (index, stanza) in look.configuration.stanzas.enumerated() where stanza.names(log) {
            let missing = LogObservation(path: log, finding: .missing, directory: nil)
            return LogHistory(missing, look.configuration.stanzas[index].settings, look)
        }
        return nil
    }

    private init(_ log: LogObservation, _ settings: Settings, _ look: OverviewLook) {
        self.log = log.path
        ledger = look.ledger
        if let archives = try? look.observer.observeArchives(of: log.path, settings) {
            let statuses = Dictionary(
                archives.entries.map { ($0.name, $0.status) }, uniquingKeysWith: { first, _ in first })
            for name in archives.namesOldestFirst(of: log.path, settings) {
                guard let status = statuses[name] else { continue }
                let path = archives.directory.appending(name)
                parts.append(Part(path: path, form: Self.form(of: name, settings), end: status.modified))
            }
        }
        if let status = log.status, status.kind == .regular {
            parts.append(Part(path: log.path, form: .plain, end: status.modified, isLive: true))
        }
    }

    private static func form(of name: Path, _ settings: Settings) -> Part.Form {
        if name.hasSuffix(".gz") { return .gzip }
        if settings.compresses, name.hasSuffix(settings.compressionSuffix), let command = settings.uncompressCommand {
            return .program(command, [])
        }
        let programs: [(Path, String)] = [
            (".bz2", "bzip2"), (".xz", "xz"), (".zst", "zstd"), (".lz4", "lz4"), (".lzma", "xz"), (".lz", "lzip"),
            (".Z", "gzip"),
        ]
        return programs.first { name.hasSuffix($0.0) }.map { .program($0.1, ["-dc"]) } ?? .plain
    }

    /// Leaves out parts whose lines are all older, or all newer, by the times of the archives.
    public func limited(since: Timestamp?, until: Timestamp?) -> LogHistory {
        var limited = self
        limited.parts = []
        var previous: Timestamp?
        for part in parts {
            defer { previous = part.end }
            if let since, part.end < since { continue }
            if let until, let previous, previous >= until { continue }
            limited.parts.append(part)
        }
        return limited
    }

    /// Opens a part. ENOENT where it was renamed meanwhile.
    public func open(_ part: Part) throws -> Descriptor {
        let file = try Directory.open(part.path.directory).open(part.path.name, .looking)
        file.adviseSequential()
        return file
    }

    /// What of a plain part is content, as it is now.
    public func runs(of part: Part, in file: borrowing Descriptor) throws -> [JournalEntry.Run] {
        let status = try file.status()
        let scan = PendingScan(ledger.cuts[part.path], of: status)
        let runs = try scan.runs(in: file, before: status.sizeBytes)
        // NULs in records are theirs.
        guard try file.holdsRecords(log.name, runs) else { return runs }
        return [JournalEntry.Run(offset: 0, count: status.sizeBytes)]
    }
}
