public import LinuxSystem

/// Which archive of a log a name stands for.
public struct ArchiveName: Hashable, Sendable {
    /// What tells it from the log's other archives.
    public enum Key: Hashable, Sendable {
        /// `.1`, `.2`...: the higher the older.
        case number(Int)
        /// A date, and a sequence number where a second archive got the same date.
        case date(DateStamp, sequence: Int)
    }

    /// Number or date.
    public var key: Key
    /// `.gz` or what else a compressed one ends in; empty for a plain one.
    public var compressionSuffix: Path

    /// Whether it is compressed.
    public var isCompressed: Bool { !compressionSuffix.isEmpty }
}

/// How the archives of a log are called, in both directions.
///
/// A name is the log's stem, a number or date, the extension the log keeps, and that of the compression.
public struct ArchiveNaming: Hashable, Sendable {
    private let stem: Path
    private let keptExtension: Path
    private let dateFormat: DateFormat?
    private let suffixes: [Path]

    /// The naming of a log's archives under these settings. `log` is its bare name.
    public init(log: Path, settings: Settings) {
        var stem = log
        var kept = settings.addedExtension ?? ""
        // As in logrotate, `extension` looks at what `addextension` left.
        for ending in [settings.addedExtension, settings.keptExtension].compactMap(\.self) {
            guard stem.hasSuffix(ending) else { continue }
            stem = Path(bytes: stem.bytes.dropLast(ending.bytes.count))
            kept = ending
        }
        self.init(stem: stem, keptExtension: kept, settings: settings)
    }

    private init(stem: Path, keptExtension: Path, settings: Settings) {
        self.stem = stem
        self.keptExtension = keptExtension
        dateFormat =
            settings.usesDate
            ? settings.archiveDateFormat : nil
        suffixes = ArchiveNaming.suffixes(settings)
    }

    /// What a compressed archive can end in; longer ones first, so that `.tar.gz` is not taken for `.gz`.
    private static func suffixes(_ settings: Settings) -> [Path] {
        if knownSuffixes.contains(settings.compressionSuffix) { return knownSuffixes }
        return longestFirst(knownSuffixes + [settings.compressionSuffix])
    }

    private static let knownSuffixes = longestFirst(Settings.knownCompressionSuffixes)

    private static func longestFirst(_ suffixes: [Path]) -> [Path] {
        suffixes.sorted { ($1.bytes.count, $0) < ($0.bytes.count, $1) }
    }

    /// What all names of this log's archives begin with.
    public var prefix: Path { stem }

    /// The name of a numbered archive.
    public func name(number: Int, compressionSuffix: Path = "") -> Path {
        stem + "." + Path(String(number)) + keptExtension + compressionSuffix
    }

    /// The name of a dated archive; sequence 0 has none in it.
    public func name(date: Path, sequence: Int, compressionSuffix: Path = "") -> Path {
        let counter = sequence == 0 ? "" : "." + Path(String(sequence))
        return stem + date + counter + keptExtension + compressionSuffix
    }

    /// What a name stands for; nil where it is none of this log's archives.
    public func parse(_ name: Path) -> ArchiveName? {
        // The cheap test first: a directory can hold thousands of others' archives.
        guard name.hasPrefix(stem), name.bytes.count > stem.bytes.count else { return nil }
        let rest = name.bytes.dropFirst(stem.bytes.count)
        if let key = key(rest) { return ArchiveName(key: key, compressionSuffix: "") }
        for suffix in suffixes where name.hasSuffix(suffix) {
            if let key = key(rest.dropLast(suffix.bytes.count)) {
                return ArchiveName(key: key, compressionSuffix: suffix)
            }
        }
        return nil
    }

    /// The date as it stands in an archive's name.
    func dateText(in name: Path) -> Path? {
        guard let dateFormat, name.hasPrefix(stem) else { return nil }
        let behind = name.bytes.dropFirst(stem.bytes.count)
        guard let (_, rest) = dateFormat.match(behind) else { return nil }
        return Path(bytes: behind.dropLast(rest.count))
    }

    /// Reads number or date and the kept extension, which must be all there is.
    private func key(_ bytes: ArraySlice<UInt8>) -> ArchiveName.Key? {
        guard Path(bytes: bytes).hasSuffix(keptExtension) else { return nil }
        let middle = bytes.dropLast(keptExtension.bytes.count)
        guard let dateFormat else { return ArchiveNaming.number(middle).map { .number($0) } }
        guard let (stamp, rest) = dateFormat.match(middle) else { return nil }
        if rest.isEmpty { return .date(stamp, sequence: 0) }
        guard let sequence = ArchiveNaming.number(rest), sequence > 0 else { return nil }
        return .date(stamp, sequence: sequence)
    }

    /// `.17` and nothing else; no leading zeros, which spillway does not write.
    private static func number(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.first == UInt8(ascii: "."), (2...10).contains(bytes.count) else { return nil }
        let digits = bytes.dropFirst()
        guard digits.allSatisfy(\.isDigit), digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }
}

extension ArchiveNaming {
    /// A log whose archive a name could be.
    public struct Candidate: Hashable, Sendable {
        /// The log's bare name.
        public var log: Path
        /// Whether the name has a compression's extension, as no live log has.
        public var isCompressed: Bool
    }

    /// The logs that a name could be an archive of, under these settings.
    public static func logs(ofArchive name: Path, settings: Settings) -> [Candidate] {
        var candidates: [Candidate] = []
        let plain = Candidate(log: name, isCompressed: false)
        let stripped = suffixes(settings).filter { name.hasSuffix($0) }.map { suffix in
            Candidate(log: Path(bytes: name.bytes.dropLast(suffix.bytes.count)), isCompressed: true)
        }
        for candidate in [plain] + stripped {
            for stem in stems(of: candidate.log, settings) {
                for log in stem.possibleLogs
                where ArchiveNaming(log: log, settings: settings).parse(name) != nil {
                    candidates.append(Candidate(log: log, isCompressed: candidate.isCompressed))
                }
            }
        }
        return candidates
    }

    private struct Stem {
        var possibleLogs: [Path]
    }

    /// Takes extension and number or date off.
    private static func stems(of name: Path, _ settings: Settings) -> [Stem] {
        let endings = [settings.addedExtension, settings.keptExtension].compactMap(\.self).filter { name.hasSuffix($0) }
        var stems: [Stem] = []
        for ending in [Path(bytes: [])] + endings {
            let body = name.bytes.dropLast(ending.bytes.count)
            for cut in body.indices.dropFirst() {
                guard isTail(body[cut...], settings) else { continue }
                let stem = Path(bytes: body[..<cut])
                stems.append(Stem(possibleLogs: Array(Set([stem, stem + ending])).sorted()))
            }
        }
        return stems
    }

    private static func isTail(_ bytes: ArraySlice<UInt8>, _ settings: Settings) -> Bool {
        guard settings.usesDate else { return number(bytes) != nil }
        let format = settings.archiveDateFormat
        guard let (_, rest) = format.match(bytes) else { return false }
        return rest.isEmpty || number(rest) != nil
    }
}
